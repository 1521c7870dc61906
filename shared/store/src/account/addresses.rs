//! Owners of e-mail addresses: an index keeps each address unique on the whole platform.

use std::collections::BTreeMap;

use jiff::Timestamp;
use vigie_domain::{
    account::{Account, EmailStatus},
    contact::email::{AddressDigest, Email},
    id::{AccountId, RequestId},
};

use crate::{
    Result, Store,
    account::{
        items::ESSENTIAL,
        reservations::Reservation,
        writes::{At, Guard, taken_by},
    },
    entity::audit::AuditEntry,
    schedule::{entries, work::OfAccount},
    table::{
        item::{self, n, s},
        keys::{self, Key},
        projection::Projection,
        transaction::{Expression, Transaction, TransactionError},
    },
};

/// The result of making an address an account's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owned {
    /// It is the account's now.
    Yes,
    /// Another account was first.
    EmailTaken,
    /// The account no longer asks for it, or is being changed: what it says now decides.
    Superseded,
}

/// The attributes of an account that the confirmation of an address reads beside the [`ESSENTIAL`]
/// ones.
const OF_CLAIMANTS: [&str; 3] = ["pendingEmail", "confirmedRequest", "formerEmails"];

impl Store {
    /// Reads an account for [`Store::address_confirm`]; fields that the confirmation does not need
    /// are empty.
    pub async fn address_read_claimant(&self, id: &AccountId) -> Result<Option<Account>> {
        let found = self
            .get_item_projected(
                &keys::account(id),
                Projection::of(ESSENTIAL.into_iter().chain(OF_CLAIMANTS)),
            )
            .await?;
        found.map(|item| item::read(item, "account")).transpose()
    }

    /// The accounts that own addresses, by address; what belongs to nobody is not there.
    pub async fn address_read_owners(
        &self,
        addresses: &[Email],
    ) -> Result<BTreeMap<Email, Account>> {
        let wanted: BTreeMap<Key, &Email> = addresses
            .iter()
            .map(|address| (keys::email(address), address))
            .collect();
        let guards = self
            .get_all(&wanted.keys().cloned().collect::<Vec<_>>())
            .await?;
        let mut owned = Vec::with_capacity(guards.len());
        for guard in guards {
            let address = wanted.get(&item::key(&guard)).copied();
            let guard = item::read_or_set_aside::<Guard>(guard, "e-mail guard");
            owned.extend(
                address
                    .zip(guard)
                    .map(|(address, guard)| (address.clone(), guard.owner)),
            );
        }
        let accounts = self
            .account_read_each(
                &owned
                    .iter()
                    .map(|(_, owner)| owner.clone())
                    .collect::<Vec<_>>(),
            )
            .await?;
        Ok(owned
            .into_iter()
            .filter_map(|(address, owner)| Some((address, accounts.get(&owner)?.clone())))
            .collect())
    }

    /// Reads the owner of the address that a digest stands for, if it has one.
    pub async fn address_read_owner(&self, address: &AddressDigest) -> Result<Option<AccountId>> {
        Ok(self
            .get::<Guard>(&keys::address(address), "e-mail guard")
            .await?
            .map(|guard| guard.owner))
    }

    /// Makes a confirmed address the account's, while that works: takes the new guard, frees the
    /// old one. One owner per address at every instant. `from` is the account that yields it, if
    /// there is one.
    pub async fn address_confirm(
        &self,
        account: &Account,
        (address, request): (&Email, &RequestId),
        from: Option<&Reservation>,
        entries: &[AuditEntry],
        now: Timestamp,
    ) -> Result<Owned> {
        let after = readdressed(account, address, EmailStatus::Confirmed);
        let todos = self.todos_of(Some(account), Some(&after)).await?;
        self.own(account, || {
            let mut writes = self.confirmation(account, address, request, from, now)?;
            todos.write(&mut writes, At::Other, self)?;
            self.note(&mut writes, At::Other, entries)?;
            Ok(writes)
        })
        .await
    }

    /// Forgets the former addresses of an account that are not kept any more.
    pub async fn address_forget_former(&self, work: &OfAccount, now: Timestamp) -> Result<()> {
        let Some(account) = self.account_read(&work.account).await? else {
            return self.drop_entry(&work.entry).await;
        };
        let mut update = Expression::update("SET formerEmails = :kept")
            .when("formerEmails = :known")
            .value(":known", item::value(&account.former_emails)?);
        let kept = account.former_kept(now);
        update = if kept.is_empty() {
            Expression {
                update: Some("REMOVE formerEmails".to_owned()),
                ..update
            }
        } else {
            update.value(":kept", item::value(&kept)?)
        };
        let mut writes = Transaction::new();
        writes.delete((), self, &work.entry, Expression::default())?;
        if kept.len() < account.former_emails.len() {
            writes.update((), self, &keys::account(&account.id), update)?;
        }
        self.write(writes).await
    }

    /// Gives an account whose address nobody has confirmed another one, unconfirmed too. Voids an
    /// invitation that waits: it was mailed to the former address. `from` is the account that
    /// yields the address, if there is one.
    pub async fn address_give(
        &self,
        account: &Account,
        address: &Email,
        from: Option<&Reservation>,
        entries: &[AuditEntry],
    ) -> Result<Owned> {
        let after = Account {
            invitation: None,
            ..readdressed(account, address, EmailStatus::Unconfirmed)
        };
        let todos = self.todos_of(Some(account), Some(&after)).await?;
        self.own(account, || {
            let mut writes = self.gift(account, address, from, entries)?;
            todos.write(&mut writes, At::Other, self)?;
            Ok(writes)
        })
        .await
    }

    async fn own(
        &self,
        account: &Account,
        build: impl Fn() -> Result<Transaction<At>>,
    ) -> Result<Owned> {
        match self.transact_built(build).await {
            Ok(()) => Ok(Owned::Yes),
            Err(TransactionError::Store(e)) => Err(e),
            Err(TransactionError::Refused(at)) => {
                // A link that is used twice at once finds its guards moved by itself, and the
                // account perhaps still being written: then the account's own word decides, not its
                // guards'.
                let moving = at
                    .iter()
                    .any(|(at, _)| matches!(at, At::Account | At::OldGuard))
                    || taken_by(&at, &account.id);
                Ok(if moving {
                    Owned::Superseded
                } else {
                    Owned::EmailTaken
                })
            }
        }
    }

    fn confirmation(
        &self,
        account: &Account,
        address: &Email,
        request: &RequestId,
        from: Option<&Reservation>,
        now: Timestamp,
    ) -> Result<Transaction<At>> {
        let mut writes = Transaction::new();
        self.replace_address(&mut writes, account, address, from)?;
        let update = Expression::update(
            "SET contact.email = :address, emailStatus = :confirmed, confirmedRequest = :request, formerEmails = :former, confirmedAt = :now, version = version + :one REMOVE pendingEmail, addressUnavailable, undeliverable, softBounces",
        )
        .when("pendingEmail.requestId = :request AND contact.email = :old AND active = :yes")
        .value(":yes", item::value(&true)?)
        .value(":address", s(address.as_str()))
        .value(":old", item::value(&account.contact.email)?)
        .value(":confirmed", item::value(&EmailStatus::Confirmed)?)
        // Nobody has confirmed anything since this was read: that would have ended the request.
        .value(":former", item::value(&account.former_after(request, now))?)
        .value(":request", s(request.as_str()))
        .value(":now", n(now.as_millisecond()))
        .value(":one", n(1));
        writes.update(At::Account, self, &keys::account(&account.id), update)?;
        if account.contact.email.is_some() {
            let entry = entries::former_email_of(&account.id, request, now).attributes();
            writes.put(At::Other, self, entry, Expression::default())?;
        }
        Ok(writes)
    }

    fn gift(
        &self,
        account: &Account,
        address: &Email,
        from: Option<&Reservation>,
        entries: &[AuditEntry],
    ) -> Result<Transaction<At>> {
        let mut writes = Transaction::new();
        self.replace_address(&mut writes, account, address, from)?;
        let unchanged = "contact.email = :old AND emailStatus = :was AND emailStatus <> :confirmed AND entityId = :at AND active = :active";
        let mut update = Expression::update(
            "SET contact.email = :address, emailStatus = :unconfirmed, version = version + :one REMOVE invitation, addressUnavailable, undeliverable, softBounces",
        )
        .value(":address", s(address.as_str()))
        .value(":old", item::value(&account.contact.email)?)
        .value(":was", item::value(&account.email_status)?)
        .value(":at", s(account.entity_id.as_str()))
        .value(":active", item::value(&account.active)?)
        .value(":confirmed", item::value(&EmailStatus::Confirmed)?)
        .value(":unconfirmed", item::value(&EmailStatus::Unconfirmed)?)
        .value(":one", n(1));
        update = match &account.invitation {
            Some(invitation) => {
                let entry = entries::invitation_of(&account.id, invitation);
                writes.delete(At::Other, self, &entry, Expression::default())?;
                update
                    .when(&format!("{unchanged} AND invitation.requestId = :invited"))
                    .value(":invited", s(invitation.request_id.as_str()))
            }
            None => update.when(&format!("{unchanged} AND attribute_not_exists(invitation)")),
        };
        writes.update(At::Account, self, &keys::account(&account.id), update)?;
        self.note(&mut writes, At::Other, entries)?;
        Ok(writes)
    }

    /// Takes an address for an account in place of the one that it has, if it has one.
    fn replace_address(
        &self,
        writes: &mut Transaction<At>,
        account: &Account,
        address: &Email,
        from: Option<&Reservation>,
    ) -> Result<()> {
        let mine = Expression::condition("#owner = :me")
            .name("#owner", "owner")
            .value(":me", s(account.id.as_str()));
        match &account.contact.email {
            Some(own) if own == address => {
                writes.check(At::OldGuard, self, &keys::email(address), mine)
            }
            own => {
                self.take_address(writes, address, &account.id, from)?;
                let Some(own) = own else { return Ok(()) };
                writes.delete(At::OldGuard, self, &keys::email(own), mine)
            }
        }
    }
}

/// Returns an account with another address.
fn readdressed(account: &Account, address: &Email, status: EmailStatus) -> Account {
    let mut after = account.clone();
    after.contact.email = Some(address.clone());
    after.email_status = status;
    after
}
