//! Accounts that do not work: announced, then erased, unless they work again; and their addresses,
//! which an administrator can release before that.

use jiff::Timestamp;
use vigie_domain::{
    account::{
        Account, EmailStatus,
        departure::{Deactivation, ERASED_AT, Next},
    },
    audit::{Change, Record, What},
    contact::email::Email,
};
use vigie_runtime::again::Tries;

use crate::{
    Changed, Result, Store, StoreError,
    entity::audit::AuditEntry,
    schedule::{entries::inactive_of, work::Inactive},
    table::{
        item::{self, n, s},
        keys,
        transaction::{Expression, Transaction},
    },
};

impl Store {
    /// Does the next thing that becomes of an account that does not work, if it is still the same
    /// deactivation: waits, announces the erasure, erases. Drops the entry otherwise. An account is
    /// `kept` for so many months.
    pub async fn deactivation_run(&self, work: &Inactive, kept: i32, now: Timestamp) -> Result<()> {
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let account = self.account_read(&work.account).await?;
            let known = account
                .as_ref()
                .and_then(|of| Some((of, of.deactivated.as_ref()?)));
            let Some((account, known)) = known.filter(|(_, known)| known.since == work.since)
            else {
                return self.drop_entry(&work.entry).await;
            };
            let (next, after) = known.next(kept, now);
            let done = match next {
                Next::Erase => {
                    let entry = self.entry_of(What::AccountErased, account, now).await?;
                    let login = account.binding.login.as_ref();
                    match self
                        .account_erase(account, login, now, entry.as_slice())
                        .await?
                    {
                        Changed::Yes => self.drop_entry(&work.entry).await,
                        Changed::LastAdministrator | Changed::Superseded => {
                            Err(StoreError::Refused)
                        }
                    }
                }
                Next::Announce => {
                    let entry = self.entry_of(What::ErasureAnnounced, account, now).await?;
                    let at = after.erased_at.map(|at| at.to_string());
                    let change = Change::new(ERASED_AT, None, at.as_deref());
                    let entry = entry.map(|mut entry| {
                        entry.record = entry.record.changing(vec![change]);
                        entry
                    });
                    let due = after.erased_at.unwrap_or(now);
                    self.go_on(work, account, (&after, due), entry.as_slice())
                        .await
                }
                Next::Wait(until) => self.go_on(work, account, (&after, until), &[]).await,
            };
            match done {
                // Changed meanwhile: what the account says now decides.
                Err(StoreError::Refused) => {}
                done => return done,
            }
        }
    }

    /// Returns the entry of the audit by which something becomes of an account; none of an account
    /// whose entity lies in no tree.
    async fn entry_of(
        &self,
        what: What,
        account: &Account,
        now: Timestamp,
    ) -> Result<Option<AuditEntry>> {
        let path = self.entity_read_path(&account.entity_id).await?;
        let record = Record::new(what, None, &account.entity_id, now).to(&account.id);
        Ok(path.root().map(|root| AuditEntry::new(root, record)))
    }

    /// Writes how a deactivation stands and opens the work of looking at it again.
    async fn go_on(
        &self,
        work: &Inactive,
        account: &Account,
        (after, due): (&Deactivation, Timestamp),
        entries: &[AuditEntry],
    ) -> Result<()> {
        let mut writes = Transaction::new();
        let update = Expression::update("SET deactivated = :next")
            .when("deactivated = :known")
            .value(":next", item::value(after)?)
            .value(":known", item::value(&account.deactivated)?);
        writes.update((), self, &keys::account(&account.id), update)?;
        let next = inactive_of(&account.id, after.since, due);
        if next != work.entry {
            writes.delete((), self, &work.entry, Expression::default())?;
            writes.put((), self, next.attributes(), Expression::default())?;
        }
        self.note(&mut writes, (), entries)?;
        self.write(writes).await
    }

    /// Takes the address from an account that does not work, so that somebody else can have it;
    /// refused if the account has changed since it was read.
    pub async fn address_release(&self, before: &Account, entries: &[AuditEntry]) -> Result<()> {
        let Some(address) = &before.contact.email else {
            return Ok(());
        };
        let mut writes = Transaction::new();
        let update = Expression::update(
            "SET contact.email = :none, emailStatus = :without, version = :next \
             REMOVE pendingEmail, invitation, undeliverable, softBounces, confirmedAt",
        )
        .when("version = :version AND contact.email = :address AND active = :no")
        .value(":none", item::value(&None::<Email>)?)
        .value(":without", item::value(&EmailStatus::None)?)
        .value(":address", s(address.as_str()))
        .value(":no", item::value(&false)?)
        .value(":version", n(before.version))
        .value(":next", n(before.version + 1));
        writes.update((), self, &keys::account(&before.id), update)?;
        let mine = Expression::condition("#owner = :me")
            .name("#owner", "owner")
            .value(":me", s(before.id.as_str()));
        writes.delete((), self, &keys::email(address), mine)?;
        self.note(&mut writes, (), entries)?;
        self.write(writes).await
    }
}
