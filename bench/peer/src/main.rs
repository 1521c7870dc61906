//! The least that the two main ways can cost in Rust with the SDK: a yardstick for `make bench`, not a design. `peer.py` does the same.
//!
//! `{"account", "email"}`: one read, one transaction of three. `{"consultation", "fact"}`: its followers page by page; fifty at a time
//! they are claimed in one transaction and mailed in one call. It forgets who was mailed when it dies in between.

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Region},
    types::{AttributeValue, Delete, Put, TransactWriteItem, Update},
};
use aws_sdk_sesv2::types::{
    BulkEmailContent, BulkEmailEntry, Destination, EmailTemplateContent, ReplacementEmailContent, ReplacementTemplate, Template,
};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

/// Clients and names.
struct Peer {
    table: Client,
    ses: aws_sdk_sesv2::Client,
    name: String,
    from: String,
}

fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn text<'a>(event: &'a Value, name: &str) -> &'a str {
    event[name].as_str().unwrap_or_default()
}

fn string(item: &std::collections::HashMap<String, AttributeValue>, name: &str) -> String {
    item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
}

impl Peer {
    async fn answer(&self, event: Value) -> Result<Value, Error> {
        if event["account"].is_string() {
            self.change(text(&event, "account"), text(&event, "email")).await
        } else {
            self.tell(text(&event, "consultation"), text(&event, "fact")).await
        }
    }

    /// Gives an account another address that nobody has.
    async fn change(&self, account: &str, email: &str) -> Result<Value, Error> {
        let key = [s(format!("PEER#{account}")), s("PEER")];
        let read = self.table.get_item().table_name(&self.name).key("pk", key[0].clone()).key("sk", key[1].clone());
        let item = read.consistent_read(true).send().await?.item.ok_or("no such account")?;
        let old = string(&item, "email");
        let put = Put::builder()
            .table_name(&self.name)
            .item("pk", s(format!("PEEREMAIL#{email}")))
            .item("sk", s("EMAIL"))
            .item("owner", s(account))
            .condition_expression("attribute_not_exists(pk)")
            .build()?;
        let delete = Delete::builder().table_name(&self.name).key("pk", s(format!("PEEREMAIL#{old}"))).key("sk", s("EMAIL")).build()?;
        let update = Update::builder()
            .table_name(&self.name)
            .key("pk", key[0].clone())
            .key("sk", key[1].clone())
            .update_expression("SET email = :email")
            .condition_expression("email = :old")
            .expression_attribute_values(":email", s(email))
            .expression_attribute_values(":old", s(old))
            .build()?;
        let writes = [
            TransactWriteItem::builder().put(put).build(),
            TransactWriteItem::builder().delete(delete).build(),
            TransactWriteItem::builder().update(update).build(),
        ];
        self.table.transact_write_items().set_transact_items(Some(writes.to_vec())).send().await?;
        Ok(json!({"statusCode": 200, "body": "{\"confirmed\":true}"}))
    }

    /// Mails a fact to all who follow a consultation.
    async fn tell(&self, consultation: &str, fact: &str) -> Result<Value, Error> {
        let query = self.table.query().table_name(&self.name).key_condition_expression("pk = :pk");
        let mut pages = query.expression_attribute_values(":pk", s(format!("PEER#{consultation}"))).into_paginator().send();
        let mut sent = 0;
        while let Some(page) = pages.next().await {
            let followers: Vec<_> =
                page?.items.unwrap_or_default().iter().map(|item| ["sk", "email", "name"].map(|name| string(item, name))).collect();
            for chunk in followers.chunks(50) {
                self.claim(fact, chunk).await?;
                sent += self.send(consultation, fact, chunk).await?;
            }
        }
        Ok(json!({"statusCode": 200, "sent": sent}))
    }

    async fn claim(&self, fact: &str, followers: &[[String; 3]]) -> Result<(), Error> {
        let mut writes = Vec::with_capacity(followers.len());
        for [id, ..] in followers {
            let put = Put::builder()
                .table_name(&self.name)
                .item("pk", s(format!("PEERSENT#{fact}")))
                .item("sk", s(id))
                .condition_expression("attribute_not_exists(pk)")
                .build()?;
            writes.push(TransactWriteItem::builder().put(put).build());
        }
        self.table.transact_write_items().set_transact_items(Some(writes)).send().await?;
        Ok(())
    }

    async fn send(&self, consultation: &str, fact: &str, followers: &[[String; 3]]) -> Result<usize, Error> {
        let content = EmailTemplateContent::builder().subject("{{consultation}}").text("{{name}}: {{fact}}").build();
        let shared = json!({"consultation": consultation, "fact": fact}).to_string();
        let entries = followers.iter().map(|[_, email, name]| {
            let data = ReplacementTemplate::builder().replacement_template_data(json!({"name": name}).to_string()).build();
            BulkEmailEntry::builder()
                .destination(Destination::builder().to_addresses(email).build())
                .replacement_email_content(ReplacementEmailContent::builder().replacement_template(data).build())
                .build()
        });
        let template = Template::builder().template_content(content).template_data(shared).build();
        let call = self.ses.send_bulk_email().from_email_address(&self.from).set_bulk_email_entries(Some(entries.collect()));
        let sent = call.default_content(BulkEmailContent::builder().template(template).build()).send().await?;
        Ok(sent.bulk_email_entry_results.len())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let var = |name: &str| std::env::var(name).unwrap_or_default();
    let credentials = Credentials::new(var("AWS_ACCESS_KEY_ID"), var("AWS_SECRET_ACCESS_KEY"), None, None, "environment");
    let http = aws_smithy_http_client::Builder::new().build_http();
    let region = Region::new(var("AWS_REGION"));
    let table = aws_sdk_dynamodb::config::Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(region.clone())
        .credentials_provider(credentials.clone())
        .endpoint_url(var("AWS_ENDPOINT_URL"))
        .http_client(http.clone());
    let ses = aws_sdk_sesv2::config::Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(region)
        .credentials_provider(credentials)
        .endpoint_url(var("AWS_ENDPOINT_URL_SESV2"))
        .http_client(http);
    let peer = Peer {
        table: Client::from_conf(table.build()),
        ses: aws_sdk_sesv2::Client::from_conf(ses.build()),
        name: var("TABLE_NAME"),
        from: var("MAIL_FROM"),
    };
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| peer.answer(event.payload).await)).await
}
