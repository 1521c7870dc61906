//! Agents as the portal declares them: its newest words on each under the agent's name, and the
//! account that they are carried out on.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use vigie_domain::{
    account::{Account, declared::Declared},
    contact::email::Email,
    directory::{
        agent::{AgentName, Declaration},
        known::Known,
    },
    id::{AccountId, EntityId},
};
use vigie_runtime::again::Tries;

use crate::{
    Result, Store, StoreError,
    account::{
        administrators::Seat,
        creation::{Creation, Origin},
        reservations::{AWAITED_BY, Reservation},
        writes::{At, same_power},
    },
    directory::awaited::{TAKES_NOBODY_IN, entry},
    entity::audit::AuditEntry,
    schedule::entries::{agent_of, departure_of, invitation_of},
    table::{
        item::{self, n, s},
        keys,
        transaction::{ABSENT, Expression, Transaction, TransactionError},
    },
};

/// The result of carrying out the portal's word on an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Carried {
    /// It is done.
    Out,
    /// The entity takes nobody in.
    Entity,
    /// Something is not what it was when it was read: what it says now decides.
    Superseded,
}

impl Store {
    /// Reads the portal's words on an agent.
    pub async fn agent_read(&self, name: &AgentName) -> Result<Option<Known>> {
        self.get(&keys::agent_name(name), "agent").await
    }

    /// Keeps a word of the portal, if it is news, and opens the work of looking at the agent again
    /// once their last day is over. Returns whether it is news.
    pub async fn agent_declare(&self, declaration: &Declaration, now: Timestamp) -> Result<bool> {
        let name = declaration.name();
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let found = self.agent_read(&name).await?;
            let before = found
                .clone()
                .unwrap_or_else(|| Known::nothing(&declaration.organisation_id));
            let Some(known) = before.with(declaration) else {
                return Ok(false);
            };
            let as_read = match &found {
                Some(found) => as_known(found),
                None => Expression::condition(ABSENT),
            };
            let mut writes = Transaction::new();
            let written = item::write(&keys::agent_name(&name), &known)?;
            writes.put((), self, written, as_read)?;
            if let Some(over) = known.over_at().filter(|over| *over > now) {
                writes.put((), self, agent_of(&name, over), Expression::default())?;
            }
            match self.write(writes).await {
                Ok(()) => return Ok(true),
                // Another word came at the same time.
                Err(StoreError::Refused) => {}
                Err(e) => return Err(e),
            }
        }
    }

    /// Notes whom an agent is to succeed, or that it is done; [`StoreError::Refused`] if another
    /// word came since they were read. Nobody may know them yet.
    pub async fn agent_write_succession(
        &self,
        name: &AgentName,
        before: Option<&Known>,
        after: &Known,
    ) -> Result<()> {
        let as_read = before.map_or_else(|| Expression::condition(ABSENT), as_known);
        let mut writes = Transaction::new();
        let written = item::write(&keys::agent_name(name), after)?;
        writes.put((), self, written, as_read)?;
        self.write(writes).await
    }

    /// Has an agent wait for an entity; [`StoreError::Refused`] if it takes them in by now, or the
    /// portal's words are not the newest.
    pub async fn agent_await_entity(
        &self,
        name: &AgentName,
        known: &Known,
        entity: &EntityId,
    ) -> Result<()> {
        let mut writes = Transaction::new();
        let waits = entry(&keys::awaited_agent(entity, name));
        writes.put((), self, waits, Expression::default())?;
        let absent = Expression::condition(TAKES_NOBODY_IN);
        writes.check((), self, &keys::entity(entity), absent)?;
        writes.check((), self, &keys::agent_name(name), as_known(known))?;
        self.write(writes).await
    }

    /// Has an agent wait until an account lets go of an address; [`StoreError::Refused`] if it has
    /// by now. The stream tells of it.
    pub async fn agent_await_address(
        &self,
        name: &AgentName,
        address: &Email,
        owner: &AccountId,
    ) -> Result<()> {
        let update = Expression::update(&format!("ADD {AWAITED_BY} :name"))
            .when("#owner = :owner")
            .name("#owner", "owner")
            .value(":owner", s(owner.as_str()))
            .value(":name", AttributeValue::Ss(vec![name.to_string()]));
        self.update(&keys::email(address), update).await
    }

    /// Creates the account of an agent. `from` is the account that yields its address, if there is
    /// one.
    pub async fn agent_create(
        &self,
        name: &AgentName,
        known: &Known,
        account: &Account,
        from: Option<&Reservation>,
        entries: &[AuditEntry],
    ) -> Result<Carried> {
        let mut writes = Transaction::new();
        self.require_open(&mut writes, &account.entity_id)?;
        self.bind_agent(&mut writes, name, known, &account.id)?;
        let origin = (Origin::Administrator, &known.organisation_id);
        match self.create(writes, account, origin, from, entries).await {
            Ok(Creation::Created) => Ok(Carried::Out),
            Ok(Creation::Entity) => Ok(Carried::Entity),
            Ok(Creation::EmailTaken) | Err(StoreError::Conflict) => Ok(Carried::Superseded),
            Err(e) => Err(e),
        }
    }

    /// Makes an account what the portal's words make it. `last` says that nobody will be left who
    /// administers the organisation; refused where that is not so. `from` is the account that
    /// yields its address, if there is one; `former` the one that the agent had so far, that nobody
    /// accepted and that is taken back at this time.
    pub async fn agent_carry_out(
        &self,
        name: &AgentName,
        known: &Known,
        (before, after, last): (&Account, &Account, bool),
        (from, former): (Option<&Reservation>, Option<(&Account, Timestamp)>),
        entries: &[AuditEntry],
    ) -> Result<Carried> {
        let (mut writes, root) = (Transaction::new(), &known.organisation_id);
        if let Some((former, now)) = former {
            self.free_address(&mut writes, former)?;
            let todos = self.todos_of(Some(former), None).await?;
            todos.write(&mut writes, At::Other, self)?;
            let former = (Some(root), former);
            self.withdraw_in(&mut writes, [At::Holder, At::Other], former, now, &[])?;
        }
        let contacts = [Some(&before.contact), Some(&after.contact)];
        self.rename_person(&mut writes, At::Other, (root, &before.id), contacts)?;
        self.bind_agent(&mut writes, name, known, &before.id)?;
        let key = keys::account(&before.id);
        writes.update(At::Account, self, &key, change(before, after)?)?;
        if before.contact.email != after.contact.email {
            if let Some(address) = &after.contact.email {
                self.take_address(&mut writes, address, &after.id, from)?;
            }
            self.free_address(&mut writes, before)?;
        }
        for (root, seat) in self.seats(before, Some(after)).await? {
            if seat == Seat::Left && last {
                self.vacate(&mut writes, At::Seat, &before.id, &root)?;
            } else {
                self.reseat(&mut writes, At::Seat, &before.id, &(root, seat))?;
            }
        }
        if after.entity_id != before.entity_id {
            self.relocate(&mut writes, before, &after.entity_id, entries)?;
        }
        if after.invitation != before.invitation {
            if let Some(older) = &before.invitation {
                let older = invitation_of(&before.id, older);
                writes.delete(At::Other, self, &older, Expression::default())?;
            }
            if let Some(newer) = &after.invitation {
                let newer = invitation_of(&before.id, newer).attributes();
                writes.put(At::Other, self, newer, Expression::default())?;
            }
        }
        for entry in departure_of(Some(before), after) {
            writes.put(At::Other, self, entry.attributes(), Expression::default())?;
        }
        let todos = self.todos_of(Some(before), Some(after)).await?;
        todos.write(&mut writes, At::Other, self)?;
        self.note(&mut writes, At::Other, entries)?;
        match self.transact(writes).await {
            Ok(()) => Ok(Carried::Out),
            Err(TransactionError::Store(e)) => Err(e),
            Err(TransactionError::Refused(at)) => {
                let closed = at.iter().all(|(at, _)| *at == At::Entity);
                Ok(if closed {
                    Carried::Entity
                } else {
                    Carried::Superseded
                })
            }
        }
    }

    /// Adds to a transaction that an agent has this account, by the words that are known.
    fn bind_agent(
        &self,
        writes: &mut Transaction<At>,
        name: &AgentName,
        known: &Known,
        account: &AccountId,
    ) -> Result<()> {
        let key = keys::agent_name(name);
        if known.account_id.as_ref() == Some(account) {
            return writes.check(At::Other, self, &key, as_known(known));
        }
        let update = Expression::update("SET accountId = :account, version = :next")
            .value(":account", s(account.as_str()))
            .value(":next", n(known.version + 1));
        writes.update(At::Other, self, &key, newest(known, update))
    }

    /// Adds to a transaction that an account lets go of its address.
    fn free_address(&self, writes: &mut Transaction<At>, account: &Account) -> Result<()> {
        let Some(address) = &account.contact.email else {
            return Ok(());
        };
        let mine = Expression::condition("#owner = :me")
            .name("#owner", "owner")
            .value(":me", s(account.id.as_str()));
        writes.delete(At::OldGuard, self, &keys::email(address), mine)
    }

    /// Adds to the transaction of an erasure what is left of an agent's name: no word up to now
    /// brings them back.
    pub(crate) async fn forget_agent(
        &self,
        writes: &mut Transaction<At>,
        account: &Account,
    ) -> Result<()> {
        let Some(name) = account.declared.as_ref().map(Declared::name) else {
            return Ok(());
        };
        let Some(known) = self.agent_read(&name).await? else {
            return Ok(());
        };
        let left = item::write(&keys::agent_name(&name), &known.after_erasure())?;
        writes.put(At::Other, self, left, as_known(&known))
    }
}

/// Returns the condition that nothing came since an agent's name was read.
fn as_known(known: &Known) -> Expression {
    newest(known, Expression::default())
}

/// Adds the condition that nothing came since an agent's name was read.
fn newest(known: &Known, expression: Expression) -> Expression {
    expression
        .when("version = :version")
        .value(":version", n(known.version))
}

/// Returns the update that makes one account of another, as far as the portal changes it.
fn change(before: &Account, after: &Account) -> Result<Expression> {
    let (mut set, mut gone) = (Vec::new(), Vec::new());
    let mut update = Expression::default();
    let mut kept = |name: &'static str, value: Option<AttributeValue>| match value {
        Some(value) => {
            set.push(format!(", {name} = :{name}"));
            update = std::mem::take(&mut update).value(format!(":{name}"), value);
        }
        None => gone.push(name),
    };
    let pending = after.pending_email.as_ref().map(item::value);
    kept("pendingEmail", pending.transpose()?);
    let invitation = after.invitation.as_ref().map(item::value);
    kept("invitation", invitation.transpose()?);
    let leaves = after.leaves_on.as_ref().map(item::value);
    kept("leavesOn", leaves.transpose()?);
    let deactivated = after.deactivated.as_ref().map(item::value);
    kept("deactivated", deactivated.transpose()?);
    let unavailable = after.address_unavailable.then(|| item::value(&true));
    kept("addressUnavailable", unavailable.transpose()?);
    if before.binding != after.binding {
        kept("binding", Some(item::value(&after.binding)?));
    }
    if before.contact.email != after.contact.email {
        gone.extend(["undeliverable", "softBounces"]);
    }
    let remove = if gone.is_empty() { "" } else { " REMOVE " };
    update.update = Some(format!(
        "SET #role = :role, active = :active, permanentGuest = :rights, entityId = :to, contact = :contact, \
         emailStatus = :status, declared = :declared, version = :next{}{remove}{}",
        set.concat(),
        gone.join(", ")
    ));
    // What SES says of an address changes its state and no version.
    let mut judged = " AND version = :version AND emailStatus = :known".to_owned();
    if after.entity_id != before.entity_id {
        judged += " AND alerts.automaticFavourites = :rules";
        update = update.value(":rules", item::value(&before.alerts.automatic_favourites)?);
    }
    let update = update
        .value(":role", item::value(&after.role)?)
        .value(":active", item::value(&after.active)?)
        .value(":rights", item::value(&after.permanent_guest)?)
        .value(":to", s(after.entity_id.as_str()))
        .value(":contact", item::value(&after.contact)?)
        .value(":status", item::value(&after.email_status)?)
        .value(":known", item::value(&before.email_status)?)
        .value(":declared", item::value(&after.declared)?)
        .value(":version", n(before.version))
        .value(":next", n(before.version + 1));
    same_power(before, &judged, update)
}
