//! Confirming a new address with the link that was mailed to it.

use jiff::Timestamp;
use serde_json::json;
use vigie_domain::{
    account::{Confirmation, reservation::Taker},
    token::Purpose,
};
use vigie_http::{Problem, Reply};
use vigie_runtime::again::Tries;
use vigie_store::{Holding, Owned};

use crate::Accounts;

impl Accounts {
    /// `POST /v1/confirmations`: who confirms first has the address, also where an invitation that
    /// nobody accepted holds it. Opening a link twice changes nothing.
    pub(crate) async fn confirm(&self, token: &str, now: Timestamp) -> Result<Reply, Problem> {
        let token = self
            .tokens
            .verify(Purpose::Confirmation, token)
            .await?
            .ok_or_else(Problem::not_found)?;
        let mut from = None;
        // Again when something changed between reading and writing: what it is now decides.
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let account = self
                .store
                .address_read_claimant(&token.account)
                .await?
                .ok_or_else(Problem::not_found)?;
            let address = match account.confirmation(&token.request, now) {
                Confirmation::Done => return done(),
                Confirmation::Expired => return Err(expired()),
                Confirmation::Unknown => return Err(Problem::not_found()),
                Confirmation::Waits(address) => address,
            };
            match self
                .store
                .address_confirm(&account, address, &token.request, from.as_deref(), now)
                .await?
            {
                Owned::Yes => return done(),
                Owned::EmailTaken => {
                    from = match self
                        .store
                        .reservation_read(address, Taker::Reader, now)
                        .await?
                    {
                        Holding::Free => None,
                        Holding::Yields(reservation) => Some(reservation),
                        Holding::Kept => return Err(Problem::email_taken()),
                    }
                }
                Owned::Superseded => {}
            }
        }
    }
}

fn done() -> Result<Reply, Problem> {
    Reply::json(200, &json!({"confirmed": true}))
}

/// A link that is too old; it can be sent again.
pub(crate) fn expired() -> Problem {
    Problem::new(
        410,
        "token-expired",
        "The link is too old",
        "Ask for a new one.",
    )
}
