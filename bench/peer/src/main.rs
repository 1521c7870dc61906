//! The least that the two main ways can cost in Rust with the SDK: a yardstick for `make bench`,
//! not a design. `peer.py` does the same.
//!
//! `bench-peer change` gives an account another address (R1), `bench-peer fan-out` mails a fact to
//! a consultation's followers (R2).

mod change;
mod fan_out;

use std::collections::HashMap;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::{
    config::{BehaviorVersion, Region},
    types::AttributeValue,
};
use lambda_runtime::Error;

/// Clients and names.
struct Peer {
    table: aws_sdk_dynamodb::Client,
    ses: aws_sdk_sesv2::Client,
    name: String,
    from: String,
}

type Item = HashMap<String, AttributeValue>;

fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// Takes a text out of an item.
fn take(item: &mut Item, name: &str) -> String {
    match item.remove(name) {
        Some(AttributeValue::S(text) | AttributeValue::N(text)) => text,
        _ => String::new(),
    }
}

fn peer() -> Peer {
    let var = |name: &str| std::env::var(name).unwrap_or_default();
    let credentials = Credentials::new(
        var("AWS_ACCESS_KEY_ID"),
        var("AWS_SECRET_ACCESS_KEY"),
        None,
        None,
        "environment",
    );
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
    Peer {
        table: aws_sdk_dynamodb::Client::from_conf(table.build()),
        ses: aws_sdk_sesv2::Client::from_conf(ses.build()),
        name: var("TABLE_NAME"),
        from: var("MAIL_FROM"),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    match std::env::args().nth(1).as_deref() {
        Some("change") => change::run(peer()).await,
        Some("fan-out") => fan_out::run(peer()).await,
        _ => Err("bench-peer change|fan-out".into()),
    }
}
