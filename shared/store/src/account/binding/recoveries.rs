//! Recoveries (« Retrouver mon compte »): a login asks for the account of an address, and takes the
//! place of the one that acted for it, at once or after a time in which that may be stopped. What a
//! login asked for lies with the login, and is the same whether the address has an account.

use jiff::Timestamp;
use vigie_domain::{
    account::{
        Account,
        binding::{RecoveryAsks, WaitingRecovery},
    },
    audit::{Record, What},
    id::{LoginId, RequestId},
};
use vigie_runtime::again::Tries;

use crate::{
    Result, Store, StoreError,
    account::binding::logins::of_login,
    entity::audit::AuditEntry,
    schedule::{entries::recovery_of, work::OfAccount},
    table::{
        item::{self, n},
        keys::{self, TTL},
        transaction::{ABSENT, Expression, Transaction},
    },
};

/// A login that opened the link of a recovery, and what it asked for lately.
#[derive(Clone, Copy, Debug)]
pub struct Recoverer<'a> {
    /// The login.
    pub login: &'a LoginId,
    /// The request of the link.
    pub request: &'a RequestId,
    /// The asks of the login, as they were read.
    pub asks: &'a RecoveryAsks,
}

impl Store {
    /// Reads what a login asked for lately.
    pub async fn recovery_read_asks(&self, login: &LoginId) -> Result<RecoveryAsks> {
        let found = self.get(&keys::recovery_asks(login), "recoveries").await?;
        Ok(found.unwrap_or_default())
    }

    /// Replaces what a login asked for; refused if it is not what was read.
    pub async fn recovery_write_asks(
        &self,
        login: &LoginId,
        before: &RecoveryAsks,
        after: &RecoveryAsks,
    ) -> Result<()> {
        let mut writes = Transaction::new();
        self.asks_in(&mut writes, login, before, after)?;
        self.write(writes).await
    }

    fn asks_in(
        &self,
        writes: &mut Transaction<()>,
        login: &LoginId,
        before: &RecoveryAsks,
        after: &RecoveryAsks,
    ) -> Result<()> {
        let mut written = item::write(&keys::recovery_asks(login), after)?;
        written.insert(TTL.to_owned(), n(after.ends().as_second()));
        let same = if before.asks.is_empty() {
            Expression::condition(ABSENT)
        } else {
            Expression::condition("asks = :known").value(":known", item::value(&before.asks)?)
        };
        writes.put((), self, written, same)
    }

    /// Writes that an administrator has a link mailed; refused if the account has changed since.
    pub async fn recovery_send(
        &self,
        before: &Account,
        after: &Account,
        entries: &[AuditEntry],
    ) -> Result<()> {
        self.rebind(before, after, entries, |_| Ok(())).await
    }

    /// Binds a login to an account in place of the one that acted for it; refused if either has
    /// changed since it was read.
    pub async fn recovery_bind(
        &self,
        before: &Account,
        by: Recoverer<'_>,
        entries: &[AuditEntry],
    ) -> Result<()> {
        let after = before.bound_anew(by.login, by.request);
        let bind = |writes: &mut Transaction<()>| {
            self.bind_in(writes, before, &after, by.login)?;
            self.use_in(writes, by)
        };
        self.rebind(before, &after, entries, bind).await
    }

    /// Has a login bound once a time has passed in which that may be stopped; refused as
    /// [`Store::recovery_bind`] is.
    pub async fn recovery_wait(
        &self,
        before: &Account,
        by: Recoverer<'_>,
        waiting: WaitingRecovery,
        entries: &[AuditEntry],
    ) -> Result<()> {
        let entry = recovery_of(&before.id, &waiting).attributes();
        let wait = |writes: &mut Transaction<()>| {
            writes.put((), self, entry.clone(), Expression::default())?;
            self.use_in(writes, by)
        };
        let after = before.awaiting(waiting);
        self.rebind(before, &after, entries, wait).await
    }

    /// Stops whatever recovery waits; refused if the account has changed since it was read.
    pub async fn recovery_stop(&self, before: &Account, entries: &[AuditEntry]) -> Result<()> {
        self.rebind(before, &before.stopped(), entries, |_| Ok(()))
            .await
    }

    /// Binds the login of a recovery that was not stopped, if its link was mailed to the address
    /// that the account still has; drops the entry otherwise.
    pub async fn recovery_run(&self, work: &OfAccount, now: Timestamp) -> Result<()> {
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let account = self.account_read(&work.account).await?;
            let waits = account.as_ref().and_then(|account| {
                Some((account, account.waiting_recovery(&work.request)?.clone()))
            });
            let Some((account, waiting)) = waits else {
                return self.drop_entry(&work.entry).await;
            };
            let path = self.entity_read_path(&account.entity_id).await?;
            let (what, actor) = (What::AccountRecovered, Some(&account.id));
            let record = Record::new(what, actor, &account.entity_id, now).to(&account.id);
            let entry = path.root().map(|root| AuditEntry::new(root, record));
            let after = account.bound_anew(&waiting.login, &waiting.request_id);
            let bind = |writes: &mut Transaction<()>| {
                writes.delete((), self, &work.entry, Expression::default())?;
                self.bind_in(writes, account, &after, &waiting.login)
            };
            match self.rebind(account, &after, entry.as_slice(), bind).await {
                // Stopped, deactivated, or given another address, meanwhile: what the account says
                // now decides.
                Err(StoreError::Refused) => {}
                done => return done,
            }
        }
    }

    /// Replaces the binding of an account, if nothing of it has changed since it was read.
    async fn rebind(
        &self,
        before: &Account,
        after: &Account,
        entries: &[AuditEntry],
        with: impl Fn(&mut Transaction<()>) -> Result<()>,
    ) -> Result<()> {
        let mut set = "SET binding = :binding, version = :next".to_owned();
        let mut same = "version = :version".to_owned();
        let mut update = Expression::default()
            .value(":binding", item::value(&after.binding)?)
            .value(":version", n(before.version))
            .value(":next", n(after.version));
        if after.absence != before.absence {
            // A delegate's answer is no new version of the account.
            set += ", absence = :absence";
            same += " AND absence = :known";
            update = update
                .value(":absence", item::value(&after.absence)?)
                .value(":known", item::value(&before.absence)?);
        }
        if after.pending_email != before.pending_email {
            set += " REMOVE pendingEmail";
        }
        update.update = Some(set);
        let mut writes = Transaction::new();
        let key = keys::account(&before.id);
        writes.update((), self, &key, update.when(&same))?;
        with(&mut writes)?;
        let todos = self.todos_of(Some(before), Some(after)).await?;
        todos.write(&mut writes, (), self)?;
        self.note(&mut writes, (), entries)?;
        self.write(writes).await
    }

    /// Gives the account to a login, and takes it from the former one, if that is known: otherwise
    /// its number has passed.
    fn bind_in(
        &self,
        writes: &mut Transaction<()>,
        before: &Account,
        after: &Account,
        login: &LoginId,
    ) -> Result<()> {
        let former = before.binding.login.as_ref().filter(|of| *of != login);
        if let Some(former) = former {
            let former = keys::login(former, &before.id);
            writes.delete((), self, &former, Expression::default())?;
        }
        writes.put((), self, of_login(login, after), Expression::default())
    }

    /// Notes that the link of an ask was used, if the request is one.
    fn use_in(&self, writes: &mut Transaction<()>, by: Recoverer<'_>) -> Result<()> {
        if by.asks.find(by.request).is_none() {
            return Ok(());
        }
        let mut after = by.asks.clone();
        after.mark_used(by.request);
        self.asks_in(writes, by.login, by.asks, &after)
    }
}
