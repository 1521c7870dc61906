//! Accounts, the index that keeps e-mail addresses unique, and logins.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vigie_domain::{
    account::{Account, EmailStatus, MailQuota, PendingEmail},
    audit::Administration,
    contact::Contact,
    email::Email,
    entity::Entity,
    id::{AccountId, EntityId, LoginId, RequestId},
    place::Places,
};

use super::{
    Item, Result, Store, StoreError,
    audit::AuditEntry,
    entities::{OPEN, open_below},
    item::{self, n, s},
    keys, scheduled_work,
    transaction::{ABSENT, Expression, PRESENT, Transaction, TransactionError},
};

/// The result of creating an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creation {
    /// It is there.
    Created,
    /// Its address belongs to an account.
    EmailTaken,
    /// Its entity does not exist (or, for a root, exists already).
    Entity,
}

/// The result of confirming an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmed {
    /// It is the account's now.
    Yes,
    /// Another account was first.
    EmailTaken,
    /// The account no longer asks for it, or is being changed: what it says now decides.
    Superseded,
}

/// The result of accepting an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// The login acts for the account now.
    Yes,
    /// The invitation is no longer open.
    Superseded,
}

/// The result of a change that an organisation's last administrator must not make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Changed {
    /// It is done.
    Yes,
    /// Nobody would be left at the organisation's root who can administer it.
    LastAdministrator,
    /// The account is not what it was when it was read: what it says now decides.
    Superseded,
}

/// Owner of an address.
#[derive(Serialize, Deserialize)]
pub(super) struct Guard {
    pub(super) owner: AccountId,
}

/// Positions of the transactions of accounts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    Guard,
    OldGuard,
    Account,
    Entity,
    Seat,
    Other,
}

/// Reads the refusal of a change. The account's own word goes first: a seat is judged by it.
fn changed(done: std::result::Result<(), TransactionError<At>>) -> Result<Changed> {
    match done {
        Ok(()) => Ok(Changed::Yes),
        Err(TransactionError::Store(e)) => Err(e),
        Err(TransactionError::Refused(at)) if at.iter().all(|(at, _)| *at == At::Seat) => Ok(Changed::LastAdministrator),
        Err(TransactionError::Refused(_)) => Ok(Changed::Superseded),
    }
}

/// That an account administers as much as it did when it was read: what its seat was judged by.
fn same_power(before: &Account, judged: &str, expression: Expression) -> Result<Expression> {
    let accepted = if before.accepted_invitation.is_some() { "attribute_exists" } else { "attribute_not_exists" };
    let same = format!("entityId = :from AND #role = :had AND active = :was AND {accepted}(acceptedInvitation){judged}");
    Ok(expression
        .when(&same)
        .name("#role", "role")
        .value(":from", s(before.entity_id.as_str()))
        .value(":had", item::value(&before.role)?)
        .value(":was", item::value(&before.active)?))
}

/// For who has no use for knowing what refused.
fn refused(e: TransactionError<At>) -> StoreError {
    e.position().err().unwrap_or(StoreError::Refused)
}

/// Returns whether the guard that refused is the account's own.
fn taken_by(refused: &[(At, Option<Item>)], account: &AccountId) -> bool {
    let owner = |guard: &Item| item::text(guard, "owner") == account.as_str();
    refused.iter().any(|(at, found)| *at == At::Guard && found.as_ref().is_some_and(owner))
}

impl Store {
    /// An account.
    pub async fn account_read(&self, id: &AccountId) -> Result<Option<Account>> {
        self.get(&keys::account(id), "account").await
    }

    /// Accounts by id, those that exist and can be read.
    pub async fn account_read_each(&self, ids: &[AccountId]) -> Result<BTreeMap<AccountId, Account>> {
        let wanted: Vec<_> = ids.iter().map(keys::account).collect();
        let accounts: Vec<Account> = item::read_those(self.get_all(&wanted).await?, "account");
        Ok(accounts.into_iter().map(|account| (account.id.clone(), account)).collect())
    }

    /// An account, and whether it is the login's: one call.
    pub async fn account_read_with_login(&self, id: &AccountId, login: &LoginId) -> Result<(Option<Account>, bool)> {
        let link = keys::login(login, id);
        let (mut account, mut bound) = (None, false);
        for found in self.get_all(&[keys::account(id), link.clone()]).await? {
            if item::key(&found) == link {
                bound = true;
            } else {
                account = Some(item::read(found, "account")?);
            }
        }
        Ok((account, bound))
    }

    /// The accounts that a login acts for.
    pub async fn account_list_of_login(&self, login: &LoginId) -> Result<Vec<Account>> {
        let ids = self.ids_of_login(login).await?;
        Ok(self.account_read_each(&ids).await?.into_values().collect())
    }

    /// The ids of the accounts that a login acts for.
    pub(super) async fn ids_of_login(&self, login: &LoginId) -> Result<Vec<AccountId>> {
        let (mut ids, mut after) = (Vec::new(), None);
        loop {
            let page = self.query(keys::login_pk(login), keys::ACCOUNT_OF_LOGIN, after, 100).await?;
            let accounts = page.items.iter().filter_map(|link| item::sk(link).strip_prefix(keys::ACCOUNT_OF_LOGIN));
            ids.extend(accounts.filter_map(|id| AccountId::parse(id).ok()));
            after = page.next;
            if after.is_none() {
                return Ok(ids);
            }
        }
    }

    /// Returns the owner of an address, if it has one.
    pub async fn address_read_owner(&self, email: &Email) -> Result<Option<AccountId>> {
        Ok(self.get::<Guard>(&keys::email(email), "e-mail guard").await?.map(|guard| guard.owner))
    }

    /// Creates an account and takes its address; with `root`, its organisation's root entity too.
    pub async fn account_create(&self, account: &Account, root: Option<&Entity>, entries: &[AuditEntry]) -> Result<Creation> {
        let mut writes = Transaction::new();
        match root {
            Some(root) => writes.put(At::Entity, self, super::entities::root_item(root)?, Expression::condition(ABSENT))?,
            None => {
                let open = open_below(&account.entity_id, entries);
                writes.check(At::Entity, self, &keys::entity(&account.entity_id), open)?;
            }
        }
        self.create(writes, account, entries).await
    }

    /// Creates a first administrator at a root where nobody can administer and nobody was invited to since `seen`.
    pub async fn administrator_refill(&self, account: &Account, seen: Option<&AccountId>, entries: &[AuditEntry]) -> Result<Creation> {
        let mut writes = Transaction::new();
        let known = if seen.is_some() { "refilledBy = :seen" } else { "attribute_not_exists(refilledBy)" };
        let update = Expression::update("SET refilledBy = :id").value(":id", s(account.id.as_str()));
        let update = update.when(&format!("attribute_not_exists(accounts) AND {known}"));
        let update = if let Some(seen) = seen { update.value(":seen", s(seen.as_str())) } else { update };
        writes.update(At::Seat, self, &keys::administrators(&account.entity_id), update)?;
        writes.check(At::Entity, self, &keys::entity(&account.entity_id), Expression::condition(OPEN))?;
        self.create(writes, account, entries).await
    }

    /// Returns the account that was invited last to a root without administrators.
    pub async fn administrator_read_refill(&self, root: &EntityId) -> Result<Option<AccountId>> {
        let found = self.get_item(&keys::administrators(root)).await?;
        Ok(found.and_then(|found| AccountId::parse(item::text(&found, "refilledBy")).ok()))
    }

    pub(super) async fn create(&self, mut writes: Transaction<At>, account: &Account, entries: &[AuditEntry]) -> Result<Creation> {
        let guard = keys::email(&account.contact.email);
        writes.put(At::Guard, self, item::write(&guard, &Guard { owner: account.id.clone() })?, Expression::condition(ABSENT))?;
        writes.put(At::Account, self, item::write(&keys::account(&account.id), account)?, Expression::condition(ABSENT))?;
        let agent = keys::agent(&account.entity_id, &account.id);
        writes.put(At::Other, self, agent.attributes(), Expression::condition(ABSENT))?;
        if let Some(invitation) = &account.invitation {
            writes.put(At::Other, self, scheduled_work::invitation_of(&account.id, invitation).attributes(), Expression::default())?;
        }
        self.note(&mut writes, At::Other, entries)?;
        match self.transact(writes).await {
            Ok(()) => Ok(Creation::Created),
            // An earlier attempt whose answer was lost: the guard comes with all the rest.
            Err(TransactionError::Refused(at)) if taken_by(&at, &account.id) => Ok(Creation::Created),
            Err(e) => match e.position()? {
                At::Entity => Ok(Creation::Entity),
                At::Guard => Ok(Creation::EmailTaken),
                _ => Err(StoreError::Conflict),
            },
        }
    }

    /// Replaces the contact details, save the address, and the change of address that waits, if the version still stands.
    pub async fn account_write_contact(
        &self,
        before: &Account,
        contact: &Contact,
        pending: Option<&PendingEmail>,
        quota: &MailQuota,
    ) -> Result<()> {
        debug_assert_eq!(before.contact.email, contact.email, "an address changes only by confirmation");
        let mut set = "SET contact = :contact, mailQuota = :quota, version = :next".to_owned();
        set += if pending.is_some() { ", pendingEmail = :pending" } else { " REMOVE pendingEmail" };
        let mut update = Expression::update(&set)
            .when("version = :version")
            .value(":contact", item::value(contact)?)
            .value(":quota", item::value(quota)?)
            .value(":version", n(before.version))
            .value(":next", n(before.version + 1));
        if let Some(pending) = pending {
            update = update.value(":pending", item::value(pending)?);
        }
        self.update_account(&before.id, update).await
    }

    /// Makes a confirmed address the account's, while that works: takes the new guard, frees the old one. One owner per address at every
    /// instant.
    pub async fn address_confirm(&self, account: &Account, address: &Email, request: &RequestId, now: Timestamp) -> Result<Confirmed> {
        let mut writes = Transaction::new();
        let mine = || Expression::condition("#owner = :me").name("#owner", "owner").value(":me", s(account.id.as_str()));
        let guard = keys::email(address);
        if address == &account.contact.email {
            writes.check(At::OldGuard, self, &guard, mine())?;
        } else {
            writes.put(At::Guard, self, item::write(&guard, &Guard { owner: account.id.clone() })?, Expression::condition(ABSENT))?;
            writes.delete(At::OldGuard, self, &keys::email(&account.contact.email), mine())?;
        }
        let update = Expression::update(
            "SET contact.email = :address, emailStatus = :confirmed, confirmedRequest = :request, formerEmails = :former, confirmedAt = :now, version = version + :one REMOVE pendingEmail, undeliverable, softBounces",
        )
        .when("pendingEmail.requestId = :request AND contact.email = :old AND active = :yes")
        .value(":yes", item::value(&true)?)
        .value(":address", s(address.as_str()))
        .value(":old", s(account.contact.email.as_str()))
        .value(":confirmed", item::value(&EmailStatus::Confirmed)?)
        // Nobody has confirmed anything since this was read: that would have ended the request.
        .value(":former", item::value(&account.former_after(request, now))?)
        .value(":request", s(request.as_str()))
        .value(":now", n(now.as_millisecond()))
        .value(":one", n(1));
        writes.update(At::Account, self, &keys::account(&account.id), update)?;
        match self.transact(writes).await {
            Ok(()) => Ok(Confirmed::Yes),
            Err(TransactionError::Store(e)) => Err(e),
            Err(TransactionError::Refused(at)) => {
                // A link that is used twice at once finds its guards moved by itself, and the account perhaps still being
                // written: then the account's own word decides, not its guards'.
                let moving = at.iter().any(|(at, _)| matches!(at, At::Account | At::OldGuard)) || taken_by(&at, &account.id);
                Ok(if moving { Confirmed::Superseded } else { Confirmed::EmailTaken })
            }
        }
    }

    /// Lets a login act for an invited account, whose address is thereby confirmed; refused unless that works and administers what it did
    /// when it was read.
    pub async fn invitation_accept(
        &self,
        account: &Account,
        login: &LoginId,
        request: &RequestId,
        now: Timestamp,
        entries: &[AuditEntry],
    ) -> Result<Accepted> {
        let mut writes = Transaction::new();
        writes.put(At::Other, self, keys::login(login, &account.id).attributes(), Expression::default())?;
        let update =
            Expression::update("SET acceptedInvitation = :request, emailStatus = :confirmed, confirmedAt = :now, version = version + :one REMOVE invitation, undeliverable, softBounces")
                .value(":now", n(now.as_millisecond()))
                .value(":request", s(request.as_str()))
                .value(":confirmed", item::value(&EmailStatus::Confirmed)?)
                .value(":one", n(1));
        let update = same_power(account, " AND invitation.requestId = :request", update)?;
        writes.update(At::Account, self, &keys::account(&account.id), update)?;
        if let Some(invitation) = &account.invitation {
            writes.delete(At::Other, self, &scheduled_work::invitation_of(&account.id, invitation), Expression::default())?;
        }
        let after = Account { accepted_invitation: Some(request.clone()), ..account.clone() };
        for seat in self.seats(account, Some(&after)).await? {
            self.reseat(&mut writes, At::Seat, &account.id, &seat)?;
        }
        self.note(&mut writes, At::Other, entries)?;
        match self.transact(writes).await {
            Ok(()) => Ok(Accepted::Yes),
            Err(TransactionError::Store(e)) => Err(e),
            Err(TransactionError::Refused(_)) => Ok(Accepted::Superseded),
        }
    }

    /// A transaction of one, for its request token: an answer that was lost is asked for again, where an update by itself would
    /// find its own work done and be refused.
    async fn update_account(&self, account: &AccountId, update: Expression) -> Result<()> {
        let mut writes = Transaction::new();
        writes.update(At::Account, self, &keys::account(account), update)?;
        self.transact(writes).await.map_err(refused)
    }

    /// Makes an administrator's change; a move takes the agent from its old entity's list to the new one's.
    pub async fn account_administer(&self, before: &Account, change: &Administration, entries: &[AuditEntry]) -> Result<Changed> {
        self.administer_in(Transaction::new(), before, change, entries).await
    }

    /// The same with more writes or checks.
    pub(super) async fn administer_in(
        &self,
        mut writes: Transaction<At>,
        before: &Account,
        change: &Administration,
        entries: &[AuditEntry],
    ) -> Result<Changed> {
        let after = change.applied(before);
        let moved = after.entity_id != before.entity_id;
        let (mut set, mut judged) = ("SET version = version + :one".to_owned(), String::new());
        let mut update = Expression::default().value(":one", n(1));
        if change.role.is_some() {
            set += ", #role = :role";
            update = update.value(":role", item::value(&after.role)?);
        }
        if change.active.is_some() {
            set += ", active = :active";
            update = update.value(":active", item::value(&after.active)?);
        }
        if change.permanent_guest.is_some() {
            set += ", permanentGuest = :rights";
            judged += " AND permanentGuest = :held";
            update = update.value(":rights", item::value(&after.permanent_guest)?);
            update = update.value(":held", item::value(&before.permanent_guest)?);
        }
        if moved {
            set += ", entityId = :to";
            judged += " AND alerts.automaticFavourites = :rules";
            update = update.value(":to", s(after.entity_id.as_str()));
            update = update.value(":rules", item::value(&before.alerts.automatic_favourites)?);
        }
        update.update = Some(set);
        writes.update(At::Account, self, &keys::account(&before.id), same_power(before, &judged, update)?)?;
        for seat in self.seats(before, Some(&after)).await? {
            self.reseat(&mut writes, At::Seat, &before.id, &seat)?;
        }
        if moved {
            self.relocate(&mut writes, before, &after.entity_id, entries)?;
        }
        self.note(&mut writes, At::Other, entries)?;
        changed(self.transact(writes).await)
    }

    /// Takes an agent from its entity's lists to another's.
    fn relocate(&self, writes: &mut Transaction<At>, before: &Account, to: &EntityId, entries: &[AuditEntry]) -> Result<()> {
        let (gone, new) = Self::moved_watches(before, to);
        for watch in gone {
            writes.delete(At::Other, self, &watch, Expression::default())?;
        }
        for watch in new {
            writes.put(At::Other, self, watch.attributes(), Expression::default())?;
        }
        writes.check(At::Entity, self, &keys::entity(to), open_below(to, entries))?;
        writes.delete(At::Other, self, &keys::agent(&before.entity_id, &before.id), Expression::default())?;
        writes.put(At::Other, self, keys::agent(to, &before.id).attributes(), Expression::default())
    }

    /// Erases an account with its address, its place in its entity and its login, and opens the work of erasing the rest, unless it was
    /// moved, administers something else, or changed its address since it was read.
    pub async fn account_erase(&self, account: &Account, login: &LoginId, now: Timestamp, entries: &[AuditEntry]) -> Result<Changed> {
        let mut writes = Transaction::new();
        let unchanged = Expression::default().value(":email", s(account.contact.email.as_str()));
        let unchanged = same_power(account, " AND contact.email = :email", unchanged)?;
        writes.delete(At::Account, self, &keys::account(&account.id), unchanged)?;
        let mine = Expression::condition("#owner = :me").name("#owner", "owner").value(":me", s(account.id.as_str()));
        writes.delete(At::Guard, self, &keys::email(&account.contact.email), mine)?;
        for seat in self.seats(account, None).await? {
            self.reseat(&mut writes, At::Seat, &account.id, &seat)?;
        }
        let agent = keys::agent(&account.entity_id, &account.id);
        let watches = super::watches::all(&account.entity_id, &account.id);
        for key in watches.into_iter().chain([agent, keys::login(login, &account.id)]) {
            writes.delete(At::Other, self, &key, Expression::default())?;
        }
        for key in scheduled_work::purges_of(&account.id, now) {
            writes.put(At::Other, self, key.attributes(), Expression::default())?;
        }
        self.note(&mut writes, At::Other, entries)?;
        changed(self.transact(writes).await)
    }

    /// Replaces the places of execution.
    pub async fn account_write_places(&self, account: &AccountId, places: &Places) -> Result<()> {
        let update = Expression::update("SET places = :places").when(PRESENT).value(":places", item::value(places)?);
        self.update(&keys::account(account), update).await
    }

    /// The agents of an entity, in the order of their ids; `after` is where the last page ended.
    pub async fn account_list_of_entity(
        &self,
        entity: &EntityId,
        after: Option<&AccountId>,
        limit: i32,
    ) -> Result<(Vec<Account>, Option<AccountId>)> {
        let after = after.map(|id| keys::agent(entity, id).sk);
        let page = self.query(keys::entity_pk(entity), keys::AGENT, after, limit).await?;
        let id = |sk: &str| sk.strip_prefix(keys::AGENT).and_then(|id| AccountId::parse(id).ok());
        let ids: Vec<_> = page.items.iter().filter_map(|agent| id(item::sk(agent))).collect();
        let mut found = self.account_read_each(&ids).await?;
        Ok((ids.iter().filter_map(|id| found.remove(id)).collect(), page.next.as_deref().and_then(id)))
    }
}
