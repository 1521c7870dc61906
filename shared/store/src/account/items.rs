//! Accounts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use vigie_domain::{
    account::{Account, administration::Administration, place::Places},
    contact::{Contact, name::NameWords},
    entity::Entity,
    id::{AccountId, EntityId, LoginId},
};

use crate::{
    Result, Source, Store, StoreError,
    account::{
        binding::logins::same_binding,
        creation::{Creation, Origin},
        reservations::Reservation,
        writes::{At, Changed, UNDECLARED, changed, refused, same_power},
    },
    consultation::watches::MOVED_AT,
    entity::{
        audit::AuditEntry,
        items::{TAKES_IN, root_item},
    },
    schedule::entries,
    table::{
        item::{self, n, s},
        keys,
        transaction::{ABSENT, Expression, PRESENT, Transaction},
    },
};

/// The attributes without which an item is no account, for reads of parts.
pub(crate) const ESSENTIAL: [&str; 9] = [
    "id",
    "version",
    "role",
    "active",
    "entityId",
    "contact.firstName",
    "contact.lastName",
    "contact.email",
    "emailStatus",
];

impl Store {
    /// An account.
    pub async fn account_read(&self, id: &AccountId) -> Result<Option<Account>> {
        self.get(&keys::account(id), "account").await
    }

    /// Accounts by id, those that exist and can be read.
    pub async fn account_read_each(
        &self,
        ids: &[AccountId],
    ) -> Result<BTreeMap<AccountId, Account>> {
        Ok(self.account_find(ids).await?.0)
    }

    /// Reads accounts by id, and names those that exist and cannot be read, for who comes back to
    /// them.
    pub async fn account_find(
        &self,
        ids: &[AccountId],
    ) -> Result<(BTreeMap<AccountId, Account>, BTreeSet<AccountId>)> {
        let wanted: Vec<_> = ids.iter().map(keys::account).collect();
        let (mut accounts, mut unreadable) = (BTreeMap::new(), BTreeSet::new());
        for found in self.get_all(&wanted).await? {
            let pk = item::key(&found).pk;
            match item::read_or_set_aside::<Account>(found, "account") {
                Some(account) => drop(accounts.insert(account.id.clone(), account)),
                None => {
                    unreadable.extend(ids.iter().find(|id| keys::account_pk(id) == pk).cloned());
                }
            }
        }
        Ok((accounts, unreadable))
    }

    /// Creates an account and takes its address, if it has one; with `root`, its organisation's
    /// root entity too.
    pub async fn account_create(
        &self,
        account: &Account,
        root: Option<&Entity>,
        entries: &[AuditEntry],
    ) -> Result<Creation> {
        self.account_create_from(account, root, None, entries).await
    }

    /// Creates an account whose address is yielded by another one.
    pub async fn account_create_from(
        &self,
        account: &Account,
        root: Option<&Entity>,
        from: Option<&Reservation>,
        entries: &[AuditEntry],
    ) -> Result<Creation> {
        let mut writes = Transaction::new();
        let (origin, root) = match root {
            Some(root) => {
                writes.put(
                    At::Entity,
                    self,
                    root_item(root)?,
                    Expression::condition(ABSENT),
                )?;
                self.guard_root(&mut writes, &root.id)?;
                // An entity that was declared stays in its organisation, also once it is removed.
                writes.check(
                    At::Entity,
                    self,
                    &keys::declared_entity(&root.id),
                    Expression::condition(ABSENT),
                )?;
                self.name_domain(&mut writes, account, Expression::default())?;
                (Origin::Portal, root.id.clone())
            }
            None => {
                self.require_open(&mut writes, &account.entity_id)?;
                let path = self.entity_read_path(&account.entity_id).await?;
                let Some(root) = path.root() else {
                    return Ok(Creation::Entity);
                };
                (Origin::Administrator, root.clone())
            }
        };
        self.create(writes, account, (origin, &root), from, entries)
            .await
    }

    /// Replaces the contact details and the change of address that waits, if the version still
    /// stands. The address stays: it changes only by confirmation.
    pub async fn account_write_contact(&self, before: &Account, after: &Account) -> Result<()> {
        let contact = Contact {
            email: before.contact.email.clone(),
            ..after.contact.clone()
        };
        let mut writes = Transaction::new();
        if NameWords::of(&before.contact) != NameWords::of(&after.contact) {
            let path = self.entity_read_path(&before.entity_id).await?;
            let root = path
                .root()
                .ok_or(StoreError::Corrupt("entity", Source::NONE))?;
            let contacts = [Some(&before.contact), Some(&after.contact)];
            self.rename_person(&mut writes, At::Other, (root, &before.id), contacts)?;
        }
        let mut set = "SET contact = :contact, mailQuota = :quota, version = :next".to_owned();
        if after.declared.is_some() {
            set += ", declared = :declared";
        }
        set += if after.pending_email.is_some() {
            ", pendingEmail = :pending"
        } else {
            " REMOVE pendingEmail"
        };
        let mut update = Expression::update(&set)
            .when("version = :version")
            .value(":contact", item::value(&contact)?)
            .value(":quota", item::value(&after.mail_quota)?)
            .value(":version", n(before.version))
            .value(":next", n(before.version + 1));
        if let Some(declared) = &after.declared {
            update = update.value(":declared", item::value(declared)?);
        }
        if let Some(pending) = &after.pending_email {
            update = update.value(":pending", item::value(pending)?);
        }
        writes.update(At::Account, self, &keys::account(&before.id), update)?;
        // A transaction even of one, for its request token: an answer that was lost is asked for
        // again, where an update by itself would find its own work done and be refused.
        self.transact(writes).await.map_err(refused)
    }

    /// Makes an administrator's change; a move takes the agent from its old entity's list to the
    /// new one's.
    pub async fn account_administer(
        &self,
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
        if after.binding != before.binding {
            set += ", binding = :binding";
            update = update.value(":binding", item::value(&after.binding)?);
        }
        if after.binding != before.binding || !after.active || !before.active || moved {
            // A recovery that began meanwhile would wait on; what waits for administrators from
            // then on would have no entry here.
            judged += " AND version = :version";
            update = update.value(":version", n(before.version));
        }
        if let Some(pending) = after
            .pending_email
            .as_ref()
            .filter(|_| change.email.is_some())
        {
            set += ", pendingEmail = :pending";
            update = update.value(":pending", item::value(pending)?);
        }
        let mut gone = Vec::new();
        for (name, changed, value) in [
            (
                "leavesOn",
                after.leaves_on != before.leaves_on,
                after.leaves_on.as_ref().map(item::value).transpose()?,
            ),
            (
                "deactivated",
                after.deactivated != before.deactivated,
                after.deactivated.as_ref().map(item::value).transpose()?,
            ),
        ] {
            match value {
                _ if !changed => {}
                Some(value) => {
                    set.extend([", ", name, " = :", name]);
                    update = update.value(format!(":{name}"), value);
                }
                None => gone.push(name),
            }
        }
        if let Some(raised) = change.raised {
            set += ", declared.raised = :raised";
            update = update.value(":raised", n(raised));
        }
        if moved {
            set += ", entityId = :to";
            judged += " AND alerts.automaticFavourites = :rules";
            update = update.value(":to", s(after.entity_id.as_str()));
            update = update.value(":rules", item::value(&before.alerts.automatic_favourites)?);
        }
        if before.declared.is_none() {
            judged += UNDECLARED;
        }
        if change.email.is_some() && after.pending_email.is_none() {
            gone.push("pendingEmail");
            judged += " AND pendingEmail.requestId = :withdrawn";
            let pending = before.pending_email.as_ref();
            let withdrawn = pending.map(|pending| pending.request_id.as_str());
            update = update.value(":withdrawn", s(withdrawn.unwrap_or_default()));
        }
        if !gone.is_empty() {
            set.extend([" REMOVE ", &gone.join(", ")]);
        }
        update.update = Some(set);
        let mut writes = Transaction::new();
        writes.update(
            At::Account,
            self,
            &keys::account(&before.id),
            same_power(before, &judged, update)?,
        )?;
        for seat in self.seats(before, Some(&after)).await? {
            self.reseat(&mut writes, At::Seat, &before.id, &seat)?;
        }
        if moved {
            self.relocate(&mut writes, before, &after.entity_id, entries)?;
        }
        for entry in entries::departure_of(Some(before), &after) {
            writes.put(At::Other, self, entry.attributes(), Expression::default())?;
        }
        let todos = self.todos_of(Some(before), Some(&after)).await?;
        todos.write(&mut writes, At::Other, self)?;
        self.note(&mut writes, At::Other, entries)?;
        changed(self.transact(writes).await)
    }

    /// Adds to a transaction that an entity takes agents in.
    pub(crate) fn require_open(
        &self,
        writes: &mut Transaction<At>,
        entity: &EntityId,
    ) -> Result<()> {
        let open = Expression::condition(TAKES_IN);
        writes.check(At::Entity, self, &keys::entity(entity), open)
    }

    /// Takes an agent from its entity's lists to another's.
    pub(crate) fn relocate(
        &self,
        writes: &mut Transaction<At>,
        before: &Account,
        to: &EntityId,
        entries: &[AuditEntry],
    ) -> Result<()> {
        let (gone, new) = Self::moved_watches(before, to);
        for watch in gone {
            writes.delete(At::Other, self, &watch, Expression::default())?;
        }
        for watch in new {
            let mut hint = watch.attributes();
            // For stars that are being given meanwhile, list by list.
            hint.extend(
                entries
                    .first()
                    .map(|entry| (MOVED_AT.to_owned(), s(format!("{:.3}", entry.record.at)))),
            );
            writes.put(At::Other, self, hint, Expression::default())?;
        }
        self.require_open(writes, to)?;
        writes.delete(
            At::Other,
            self,
            &keys::agent(&before.entity_id, &before.id),
            Expression::default(),
        )?;
        writes.put(
            At::Other,
            self,
            keys::agent(to, &before.id).attributes(),
            Expression::default(),
        )
    }

    /// Erases an account with its address, its place in its entity and its login, and opens the
    /// work of erasing the rest, unless it was moved, administers something else, changed its
    /// address or was bound to another login since it was read.
    pub async fn account_erase(
        &self,
        account: &Account,
        login: Option<&LoginId>,
        now: Timestamp,
        entries: &[AuditEntry],
    ) -> Result<Changed> {
        let mut writes = Transaction::new();
        let unchanged = Expression::default()
            .value(":email", item::value(&account.contact.email)?)
            .value(":version", n(account.version));
        let (bound, unchanged) = same_binding(account, unchanged);
        let judged = format!(" AND contact.email = :email AND version = :version AND {bound}");
        let unchanged = same_power(account, &judged, unchanged)?;
        writes.delete(At::Account, self, &keys::account(&account.id), unchanged)?;
        let mine = Expression::condition("#owner = :me")
            .name("#owner", "owner")
            .value(":me", s(account.id.as_str()));
        if let Some(address) = &account.contact.email {
            writes.delete(At::Guard, self, &keys::email(address), mine)?;
        }
        for seat in self.seats(account, None).await? {
            self.reseat(&mut writes, At::Seat, &account.id, &seat)?;
        }
        self.forget_agent(&mut writes, account).await?;
        if let Some(root) = self.entity_read_path(&account.entity_id).await?.root() {
            let contacts = [Some(&account.contact), None];
            self.rename_person(&mut writes, At::Other, (root, &account.id), contacts)?;
        }
        let todos = self.todos_of(Some(account), None).await?;
        todos.write(&mut writes, At::Other, self)?;
        let agent = keys::agent(&account.entity_id, &account.id);
        let watches = crate::consultation::watches::all(&account.entity_id, &account.id);
        for key in watches
            .into_iter()
            .chain([agent])
            .chain(entries::departure_left(account))
            .chain(login.map(|login| keys::login(login, &account.id)))
        {
            writes.delete(At::Other, self, &key, Expression::default())?;
        }
        for key in entries::purges_of(&account.id, now) {
            writes.put(At::Other, self, key.attributes(), Expression::default())?;
        }
        self.note(&mut writes, At::Other, entries)?;
        changed(self.transact(writes).await)
    }

    /// Replaces the places of execution, if they are those that are `known`, if any are.
    pub async fn account_write_places(
        &self,
        account: &AccountId,
        places: &Places,
        known: Option<&Places>,
    ) -> Result<()> {
        let mut update = Expression::update("SET places = :places")
            .when(PRESENT)
            .value(":places", item::value(places)?);
        if let Some(known) = known {
            update = update
                .when(&format!("{PRESENT} AND places = :known"))
                .value(":known", item::value(known)?);
        }
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
        let page = self
            .query(keys::entity_pk(entity), keys::AGENT, after, limit)
            .await?;
        let id = |sk: &str| {
            sk.strip_prefix(keys::AGENT)
                .and_then(|id| AccountId::parse(id).ok())
        };
        let ids: Vec<_> = page
            .items
            .iter()
            .filter_map(|agent| id(item::sk(agent)))
            .collect();
        let mut found = self.account_read_each(&ids).await?;
        Ok((
            ids.iter().filter_map(|id| found.remove(id)).collect(),
            page.next.as_deref().and_then(id),
        ))
    }
}
