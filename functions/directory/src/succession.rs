//! Successors: whom the portal names in `AgentLeft` follows what the leaver alone followed, from a
//! month before their last day on. Whoever has no login yet, or is not declared yet, does so once
//! they have one: their name keeps whom they are to succeed.

use vigie_domain::{
    account::{
        Account,
        departure::{Handover, is_near, over_at},
    },
    directory::{agent::AgentName, known::Known},
    id::AccountId,
};
use vigie_runtime::{
    again::{Tries, unless_refused},
    ids,
};
use vigie_store::StoreError;

use crate::Directory;

impl Directory {
    /// Looks, once the words on an agent were carried out, whether somebody succeeds them and
    /// whether they succeed somebody.
    pub(crate) async fn succession(
        &self,
        name: &AgentName,
        known: &Known,
    ) -> Result<(), StoreError> {
        if let Some(successor) = known.successor().filter(|successor| successor != name) {
            self.note_successor(name, known, &successor).await?;
            self.succeed(&successor).await?;
        }
        if known.succeeds.is_empty() {
            return Ok(());
        }
        self.succeed(name).await
    }

    /// Looks whether an account that has a login now is to succeed somebody.
    pub(crate) async fn may_succeed(&self, account: &AccountId) -> Result<(), StoreError> {
        let account = self.store.account_read(account).await?;
        match account.and_then(|account| account.declared) {
            Some(declared) => self.succeed(&declared.name()).await,
            None => Ok(()),
        }
    }

    async fn note_successor(
        &self,
        leaver: &AgentName,
        of: &Known,
        successor: &AgentName,
    ) -> Result<(), StoreError> {
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let found = self.store.agent_read(successor).await?;
            let nobody = Known::nothing(&of.organisation_id);
            let known = found.as_ref().unwrap_or(&nobody);
            if known.succeeds.contains(leaver) {
                return Ok(());
            }
            let noted = self
                .store
                .agent_write_succession(successor, found.as_ref(), &known.succeeding(leaver, true))
                .await;
            if unless_refused(noted)?.is_some() {
                return Ok(());
            }
        }
    }

    /// Has an agent take over from each whom they are to succeed, as far as both are there and the
    /// last day is near. What is over is done.
    async fn succeed(&self, name: &AgentName) -> Result<(), StoreError> {
        let mut tries = Tries::default();
        'again: loop {
            tries.begin()?;
            let Some(known) = self.store.agent_read(name).await? else {
                return Ok(());
            };
            let Some(successor) = self.account_of(&known).await?.filter(Account::can_receive)
            else {
                return Ok(());
            };
            for leaver in &known.succeeds {
                if !self.take_over(name, &successor, leaver).await? {
                    continue;
                }
                let done = known.succeeding(leaver, false);
                let written = self
                    .store
                    .agent_write_succession(name, Some(&known), &done)
                    .await;
                unless_refused(written)?;
                continue 'again;
            }
            return Ok(());
        }
    }

    /// Begins that an account takes over from an agent. Returns whether that is done with.
    async fn take_over(
        &self,
        name: &AgentName,
        successor: &Account,
        leaver: &AgentName,
    ) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let known = self.store.agent_read(leaver).await?;
            let Some(known) = known.filter(|of| of.successor().as_ref() == Some(name)) else {
                return Ok(true);
            };
            let (Some(day), Some(account)) = (known.leaves_on(), self.account_of(&known).await?)
            else {
                return Ok(true);
            };
            if !is_near(day, now) {
                return Ok(false);
            }
            let begun = account.handover.as_ref();
            if begun.is_some_and(|of| of.to_account_id == successor.id) {
                return Ok(over_at(day) <= now);
            }
            let former = match begun {
                Some(former) => self.handover_entry(&account, former).await?,
                None => None,
            };
            let handover = Handover {
                request_id: ids::request(),
                to_account_id: successor.id.clone(),
                by: None,
                scope: known.organisation_id.clone(),
                given: false,
            };
            let begun = self
                .store
                .handover_begin(&account, &handover, former.as_slice())
                .await;
            if unless_refused(begun)?.is_some() {
                return Ok(over_at(day) <= now);
            }
        }
    }

    async fn account_of(&self, known: &Known) -> Result<Option<Account>, StoreError> {
        match &known.account_id {
            Some(id) => self.store.account_read(id).await,
            None => Ok(None),
        }
    }
}
