//! Alerts that an agent missed because mails to the address came back.

use jiff::Timestamp;
use serde::Serialize;
use vigie_domain::account::Account;
use vigie_http::{Problem, Reply};

use crate::Accounts;

/// Most alerts that are counted.
const MOST: usize = 1000;

/// Alerts that came back, or were not sent since mails to the address stopped.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Missed {
    /// Since when mails have stopped; none while the address works.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<vigie_http::openapi::Instant>")
    )]
    since: Option<Timestamp>,
    /// Number of missed alerts; at most 1,000 are counted.
    count: usize,
    /// True if there are more.
    more: bool,
}

impl Accounts {
    /// `GET /v1/accounts/{id}/missed`.
    pub(crate) async fn missed(&self, account: &Account) -> Result<Reply, Problem> {
        let (missed, more) = self
            .store
            .delivery_list_missed(&account.id, account.confirmed_since(), MOST)
            .await?;
        Reply::json(
            200,
            &Missed {
                since: account.undeliverable.as_ref().map(|stopped| stopped.since),
                count: missed.len(),
                more,
            },
        )
    }
}
