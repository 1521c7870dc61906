//! Agents whom mails do not reach, as collected for each administrator who is told of them.

use jiff::Timestamp;
use vigie_domain::{
    account::unreached::{Heard, Telling, Unreached},
    id::{AccountId, RequestId},
};
use vigie_runtime::again::unless_refused;

use crate::{
    Result, Store, StoreError,
    schedule::entries,
    table::{
        item::{self, n},
        keys,
        pause::Pause,
        transaction::{ABSENT, Expression, Transaction},
    },
};

impl Store {
    /// Hears for an administrator of an address that was marked by a request. What is collected has
    /// an entry of scheduled work.
    pub async fn unreached_hear(
        &self,
        administrator: &AccountId,
        agent: &AccountId,
        request: &RequestId,
        now: Timestamp,
    ) -> Result<Heard> {
        let mut pause = Pause::default();
        loop {
            let known = self.unreached_read(administrator).await?;
            let before = known.as_ref().map(|known| known.version);
            let (next, heard) = Unreached::heard(known, agent, request, now);
            let due = if let Heard::Collected(due) = heard {
                Some(due)
            } else {
                None
            };
            if before == Some(next.version)
                || self
                    .unreached_write(administrator, before, &next, due)
                    .await?
            {
                return Ok(heard);
            }
            if !pause.wait().await {
                return Err(StoreError::Conflict);
            }
        }
    }

    /// Begins to tell an administrator of those collected, under this name, or goes on with what
    /// was begun.
    pub async fn unreached_begin(
        &self,
        administrator: &AccountId,
        id: &RequestId,
        now: Timestamp,
    ) -> Result<Option<Telling>> {
        self.unreached_change(administrator, |known| known.begun(id.clone(), now))
            .await
    }

    /// Forgets what an administrator was told under a name.
    pub async fn unreached_end(&self, administrator: &AccountId, id: &RequestId) -> Result<()> {
        self.unreached_change(administrator, |known| Some(known.ended(id)))
            .await
            .map(drop)
    }

    /// Changes what is collected by what it says now; returns what is being told then.
    async fn unreached_change(
        &self,
        administrator: &AccountId,
        change: impl Fn(Unreached) -> Option<Unreached>,
    ) -> Result<Option<Telling>> {
        let mut pause = Pause::default();
        loop {
            let Some(known) = self.unreached_read(administrator).await? else {
                return Ok(None);
            };
            let version = known.version;
            let Some(next) = change(known) else {
                return Ok(None);
            };
            if next.version == version
                || self
                    .unreached_write(administrator, Some(version), &next, None)
                    .await?
            {
                return Ok(next.telling);
            }
            if !pause.wait().await {
                return Err(StoreError::Conflict);
            }
        }
    }

    async fn unreached_read(&self, administrator: &AccountId) -> Result<Option<Unreached>> {
        self.get(&keys::unreached(administrator), "unreached agents")
            .await
    }

    /// Writes what is collected, if it is still of that version; returns whether it was.
    async fn unreached_write(
        &self,
        administrator: &AccountId,
        before: Option<u64>,
        next: &Unreached,
        due: Option<Timestamp>,
    ) -> Result<bool> {
        let condition = match before {
            None => Expression::condition(ABSENT),
            Some(version) => {
                Expression::condition("version = :version").value(":version", n(version))
            }
        };
        let mut writes = Transaction::new();
        writes.put(
            (),
            self,
            item::write(&keys::unreached(administrator), next)?,
            condition,
        )?;
        if let Some(due) = due {
            writes.put(
                (),
                self,
                entries::unreached_of(administrator, due),
                Expression::default(),
            )?;
        }
        Ok(unless_refused(self.write(writes).await)?.is_some())
    }
}
