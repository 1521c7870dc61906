//! R1: an agent's request for another address: one read, one transaction of three.

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{Delete, Put, TransactWriteItem, Update},
};
use lambda_http::{Body, Request, RequestExt as _, Response, service_fn};
use lambda_runtime::Error;
use serde_json::{Value, json};

use crate::{Item, Peer, s, take};

pub(crate) async fn run(peer: Peer) -> Result<(), Error> {
    let peer = &peer;
    lambda_http::run(service_fn(async |request: Request| {
        let (status, body) = peer.change(&request).await?;
        Ok::<_, Error>(
            Response::builder()
                .status(status)
                .header("content-type", "application/json")
                .body(Body::from(body.to_string()))?,
        )
    }))
    .await
}

impl Peer {
    async fn change(&self, request: &Request) -> Result<(u16, Value), Error> {
        let claims = request
            .request_context_ref()
            .and_then(|context| context.authorizer()?.jwt.as_ref().map(|jwt| &jwt.claims));
        let Some(account) = claims.and_then(|claims| claims.get("sub")) else {
            return Ok((401, json!({"error": "nobody"})));
        };
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let email = body["email"]
            .as_str()
            .unwrap_or_default()
            .trim()
            .to_lowercase();
        if email.len() > 254
            || email
                .split_once('@')
                .is_none_or(|(local, domain)| local.is_empty() || !domain.contains('.'))
        {
            return Ok((422, json!({"error": "no address"})));
        }
        let read = self
            .table
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key(account)));
        let Some(mut found) = read.consistent_read(true).send().await?.item else {
            return Ok((404, json!({"error": "no account"})));
        };
        let (old, version) = (
            take(&mut found, "email"),
            take(&mut found, "version").parse::<u64>()?,
        );
        if old == email {
            return Ok((200, json!({"email": email, "version": version})));
        }
        let writes = self.writes(account, [&old, &email], version)?;
        match self
            .table
            .transact_write_items()
            .set_transact_items(Some(writes.into()))
            .send()
            .await
        {
            Ok(_) => Ok((200, json!({"email": email, "version": version + 1}))),
            Err(SdkError::ServiceError(e)) => match e.err() {
                TransactWriteItemsError::TransactionCanceledException(cancelled) => {
                    let first = cancelled
                        .cancellation_reasons()
                        .first()
                        .and_then(|reason| reason.code());
                    Ok((
                        409,
                        json!({"error": if first == Some("ConditionalCheckFailed") { "taken" } else { "again" }}),
                    ))
                }
                _ => Err(SdkError::ServiceError(e).into()),
            },
            Err(e) => Err(e.into()),
        }
    }

    /// Takes the new address unless somebody has it, frees the old one, and changes the account
    /// unless that was changed.
    fn writes(
        &self,
        account: &str,
        [old, new]: [&str; 2],
        version: u64,
    ) -> Result<[TransactWriteItem; 3], Error> {
        let address = |email: &str| {
            Item::from([
                ("pk".to_owned(), s(format!("PEEREMAIL#{email}"))),
                ("sk".to_owned(), s("EMAIL")),
            ])
        };
        let put = Put::builder()
            .table_name(&self.name)
            .set_item(Some(address(new)))
            .item("owner", s(account))
            .condition_expression("attribute_not_exists(pk)")
            .build()?;
        let delete = Delete::builder()
            .table_name(&self.name)
            .set_key(Some(address(old)))
            .condition_expression("#owner = :account")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":account", s(account))
            .build()?;
        let number = |number: u64| aws_sdk_dynamodb::types::AttributeValue::N(number.to_string());
        let update = Update::builder()
            .table_name(&self.name)
            .set_key(Some(key(account)))
            .update_expression("SET email = :email, version = :next")
            .condition_expression("version = :version")
            .expression_attribute_values(":email", s(new))
            .expression_attribute_values(":next", number(version + 1))
            .expression_attribute_values(":version", number(version))
            .build()?;
        let write = TransactWriteItem::builder;
        Ok([
            write().put(put).build(),
            write().delete(delete).build(),
            write().update(update).build(),
        ])
    }
}

fn key(account: &str) -> Item {
    Item::from([
        ("pk".to_owned(), s(format!("PEER#{account}"))),
        ("sk".to_owned(), s("PEER")),
    ])
}
