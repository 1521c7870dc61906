//! The way back in (« Retrouver mon compte »): a login whose account has another one asks for it by
//! its address, and takes the other one's place with the link that is mailed there.

use jiff::Timestamp;
use serde::Serialize;
use vigie_domain::{
    account::{
        Account,
        binding::{RECOVERY_WAIT, Recovery, WaitingRecovery},
    },
    audit::{Change, RECOVERY_DUE, Record, What},
    id::{AccountId, LoginId},
    token::Purpose,
};
use vigie_http::{Access, Call, Problem, Reply};
use vigie_runtime::{again::Tries, ids};
use vigie_store::{Recoverer, StoreError};

use crate::{Accounts, confirmation::expired, links::AskedAddress};

/// A recovery that was confirmed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Recovered {
    account_id: AccountId,
    /// Time at which the login acts for the account, unless that is stopped; none if it does.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<vigie_http::openapi::Instant>")
    )]
    due: Option<Timestamp>,
}

impl Accounts {
    /// `POST /v1/recoveries`: 202 whoever has the address, and also where the login has asked too
    /// often. It is not looked up here, so that neither the answer nor the time that it takes tells
    /// anything; the mailer writes to its owner, if there is one.
    pub(crate) async fn ask_to_recover(&self, call: &Call) -> Result<Reply, Problem> {
        let AskedAddress { email } = call.json()?;
        let (login, request) = (call.login()?, ids::request());
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let before = self.store.recovery_read_asks(login).await?;
            let mut after = before.clone();
            if !after.ask(&email, request.clone(), call.now) {
                return Reply::json(202, &serde_json::json!({}));
            }
            match self.store.recovery_write_asks(login, &before, &after).await {
                Ok(()) => return Reply::json(202, &serde_json::json!({})),
                // It asked for another one at once.
                Err(StoreError::Refused) => {}
                Err(e) => return Err(e.into()),
            }
        }
    }

    /// `POST /v1/recoveries/confirm`: single use; the same login again is answered as the first
    /// time.
    pub(crate) async fn confirm_recovery(
        &self,
        token: &str,
        login: &LoginId,
        now: Timestamp,
    ) -> Result<Reply, Problem> {
        let token = self.tokens.verify(Purpose::Recovery, token).await?;
        let token = token.ok_or_else(Problem::not_found)?;
        let (number, request) = token.recovers().ok_or_else(Problem::not_found)?;
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let asks = self.store.recovery_read_asks(login).await?;
            let found = self.store.account_read_with_login(&token.account, login);
            let (account, mine) = found.await?;
            let account = account.ok_or_else(Problem::not_found)?;
            let by = Recoverer {
                login,
                request: &request,
                asks: &asks,
            };
            let written = match account.recovery((number, &request), (login, mine), &asks, now) {
                Recovery::Done => return recovered(&account, None),
                Recovery::WaitsUntil(due) => return recovered(&account, Some(due)),
                Recovery::Expired => return Err(expired()),
                Recovery::Unknown => return Err(Problem::not_found()),
                Recovery::Binds => self.bind(&account, by, now).await,
                Recovery::Waits(address) => {
                    let waiting = WaitingRecovery {
                        request_id: request.clone(),
                        login: login.clone(),
                        address,
                        due: now + RECOVERY_WAIT,
                    };
                    self.wait(&account, by, waiting, now).await
                }
            };
            match written {
                // Written: what the account says now is the answer. Or else it has changed
                // meanwhile, and what it says now decides.
                Ok(()) | Err(StoreError::Refused) => {}
                Err(e) => return Err(e.into()),
            }
        }
    }

    async fn bind(
        &self,
        account: &Account,
        by: Recoverer<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let what = What::AccountRecovered;
        let record = Record::new(what, Some(&account.id), &account.entity_id, now).to(&account.id);
        let entries = self.entries_of([account], record).await?;
        self.store.recovery_bind(account, by, &entries).await
    }

    /// The audit says of nobody that they did it: who reads the mailbox is not yet the agent.
    async fn wait(
        &self,
        account: &Account,
        by: Recoverer<'_>,
        waiting: WaitingRecovery,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let due = waiting.due.to_string();
        let record = Record::new(What::RecoveryWaits, None, &account.entity_id, now)
            .to(&account.id)
            .changing(vec![Change::new(RECOVERY_DUE, None, Some(&due))]);
        let entries = self.entries_of([account], record).await?;
        let wait = self.store.recovery_wait(account, by, waiting, &entries);
        wait.await
    }

    /// `POST /v1/recoveries/stop`: the reader of an address that an administrator replaced stops
    /// what waits, without a login. Again changes nothing, as where something else ended it.
    pub(crate) async fn stop_recovery_by_link(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Reply, Problem> {
        let token = self.tokens.verify(Purpose::RecoveryStop, token).await?;
        let token = token.ok_or_else(Problem::not_found)?;
        let (number, request) = token.recovers().ok_or_else(Problem::not_found)?;
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let account = self.store.account_read(&token.account).await?;
            let account = account.ok_or_else(Problem::not_found)?;
            if account.binding.number != number {
                return Err(expired());
            }
            let waiting = &account.binding.waiting;
            if waiting.iter().all(|of| of.request_id != request) {
                return Reply::json(200, &serde_json::json!({"stopped": true}));
            }
            match self.stop(&account, None, now).await {
                Ok(()) | Err(StoreError::Refused) => {}
                Err(e) => return Err(e.into()),
            }
        }
    }

    async fn stop(
        &self,
        account: &Account,
        actor: Option<&AccountId>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let what = What::RecoveryStopped;
        let record = Record::new(what, actor, &account.entity_id, now).to(&account.id);
        let entries = self.entries_of([account], record).await?;
        self.store.recovery_stop(account, &entries).await
    }

    /// `DELETE /v1/accounts/{id}/recovery`: whoever acts for the account keeps it; again changes
    /// nothing.
    pub(crate) async fn stop_recovery(&self, call: &Call) -> Result<Reply, Problem> {
        let mut account = call.owner()?.clone();
        let mut tries = Tries::default();
        while !account.binding.waiting.is_empty() {
            tries.begin()?;
            match self.stop(&account, call.caller.actor(), call.now).await {
                Ok(()) => break,
                Err(StoreError::Refused) => account = self.owned_still(call, Access::Owner).await?,
                Err(e) => return Err(e.into()),
            }
        }
        Ok(Reply::empty())
    }
}

fn recovered(account: &Account, due: Option<Timestamp>) -> Result<Reply, Problem> {
    let account_id = account.id.clone();
    let status = if due.is_some() { 202 } else { 200 };
    Reply::json(status, &Recovered { account_id, due })
}
