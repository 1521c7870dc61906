//! R2: a fact to all followers of a consultation that want its kind. Fifty at a time are claimed in
//! one transaction and mailed in one call, eight such chunks at once. Who is claimed and not mailed
//! is forgotten when it dies in between.

use std::sync::Arc;

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{Put, TransactWriteItem},
};
use aws_sdk_sesv2::types::{
    BulkEmailContent, BulkEmailEntry, BulkEmailStatus, Destination, ReplacementEmailContent,
    ReplacementTemplate, Template,
};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{Peer, s, take};

/// Chunks under way at once.
const WIDTH: usize = 8;

#[derive(Deserialize)]
struct Event {
    id: String,
    detail: Detail,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    consultation_id: String,
    kind: String,
}

struct Follower {
    id: String,
    email: String,
    name: String,
}

pub(crate) async fn run(peer: Peer) -> Result<(), Error> {
    let peer = Arc::new(peer);
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Event>| {
        tell(&peer, event.payload).await
    }))
    .await
}

async fn tell(peer: &Arc<Peer>, event: Event) -> Result<Value, Error> {
    let mut followers = peer.followers(&event).await?;
    let (found, event) = (followers.len(), Arc::new(event));
    let (mut at_work, mut sent) = (JoinSet::new(), 0);
    while !followers.is_empty() {
        let rest = followers.split_off(followers.len().min(50));
        let chunk = std::mem::replace(&mut followers, rest);
        if at_work.len() == WIDTH {
            sent += at_work.join_next().await.ok_or("no chunk")???;
        }
        let (peer, event) = (Arc::clone(peer), Arc::clone(&event));
        at_work.spawn(async move { peer.mail(&event, peer.claim(&event, chunk).await?).await });
    }
    while let Some(done) = at_work.join_next().await {
        sent += done??;
    }
    Ok(json!({"statusCode": 200, "found": found, "sent": sent}))
}

impl Peer {
    async fn followers(&self, event: &Event) -> Result<Vec<Follower>, Error> {
        let query = self
            .table
            .query()
            .table_name(&self.name)
            .key_condition_expression("pk = :pk")
            .filter_expression("contains(wants, :kind)")
            .expression_attribute_values(":pk", s(format!("PEER#{}", event.detail.consultation_id)))
            .expression_attribute_values(":kind", s(&event.detail.kind));
        let (mut pages, mut followers) = (query.into_paginator().items().send(), Vec::new());
        while let Some(item) = pages.next().await {
            let mut item = item?;
            followers.push(Follower {
                id: take(&mut item, "sk"),
                email: take(&mut item, "email"),
                name: take(&mut item, "name"),
            });
        }
        Ok(followers)
    }

    /// Keeps those whose record this call made.
    async fn claim(&self, event: &Event, mut chunk: Vec<Follower>) -> Result<Vec<Follower>, Error> {
        while !chunk.is_empty() {
            let writes = chunk
                .iter()
                .map(|follower| self.record(event, follower))
                .collect::<Result<Vec<_>, _>>()?;
            let Err(error) = self
                .table
                .transact_write_items()
                .set_transact_items(Some(writes))
                .send()
                .await
            else {
                break;
            };
            let SdkError::ServiceError(e) = &error else {
                return Err(error.into());
            };
            let TransactWriteItemsError::TransactionCanceledException(cancelled) = e.err() else {
                return Err(error.into());
            };
            let (before, mut reasons) = (chunk.len(), cancelled.cancellation_reasons().iter());
            chunk.retain(|_| {
                reasons.next().and_then(|reason| reason.code()) != Some("ConditionalCheckFailed")
            });
            if chunk.len() == before {
                return Err(error.into());
            }
        }
        Ok(chunk)
    }

    fn record(&self, event: &Event, follower: &Follower) -> Result<TransactWriteItem, Error> {
        let put = Put::builder()
            .table_name(&self.name)
            .item("pk", s(format!("PEERSENT#{}", event.id)))
            .item("sk", s(&follower.id))
            .item("kind", s(&event.detail.kind))
            .condition_expression("attribute_not_exists(pk)")
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    async fn mail(&self, event: &Event, chunk: Vec<Follower>) -> Result<usize, Error> {
        if chunk.is_empty() {
            return Ok(0);
        }
        let shared = json!({"consultation": event.detail.consultation_id}).to_string();
        let template = Template::builder()
            .template_name("consultation-alert")
            .template_data(shared)
            .build();
        let entries = chunk.iter().map(|follower| {
            let data = json!({"name": follower.name}).to_string();
            let data = ReplacementTemplate::builder()
                .replacement_template_data(data)
                .build();
            BulkEmailEntry::builder()
                .destination(Destination::builder().to_addresses(&follower.email).build())
                .replacement_email_content(
                    ReplacementEmailContent::builder()
                        .replacement_template(data)
                        .build(),
                )
                .build()
        });
        let call = self
            .ses
            .send_bulk_email()
            .from_email_address(&self.from)
            .set_bulk_email_entries(Some(entries.collect()));
        let sent = call
            .default_content(BulkEmailContent::builder().template(template).build())
            .send()
            .await?;
        let accepted = |status: Option<&BulkEmailStatus>| status == Some(&BulkEmailStatus::Success);
        Ok(sent
            .bulk_email_entry_results
            .iter()
            .filter(|result| accepted(result.status.as_ref()))
            .count())
    }
}
