//! Confirming a new address with the link that was mailed to it.

use jiff::Timestamp;
use serde_json::json;
use vigie_domain::{
    account::{Account, Confirmation, reservation::Taker},
    audit::{Record, What},
    token::Purpose,
};
use vigie_http::{Problem, Reply};
use vigie_runtime::again::Tries;
use vigie_store::{AuditEntry, Holding, Owned, StoreError};

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
            let entries = self.confirmed(&account, now).await?;
            match self
                .store
                .address_confirm(
                    &account,
                    (address, &token.request),
                    from.as_deref(),
                    &entries,
                    now,
                )
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

impl Accounts {
    /// The audit has the address that an administrator set, and says of nobody that they confirmed
    /// it: who reads the mailbox is not yet the agent.
    async fn confirmed(
        &self,
        account: &Account,
        now: Timestamp,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let pending = account.pending_email.as_ref();
        if !pending.is_some_and(|pending| pending.by_administrator) {
            return Ok(Vec::new());
        }
        let what = What::AddressConfirmed;
        let record = Record::new(what, None, &account.entity_id, now).to(&account.id);
        self.entries_of([account], record).await
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
