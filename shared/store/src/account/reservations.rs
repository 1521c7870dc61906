//! Reservations: addresses of accounts that nobody has accepted. Whoever takes one withdraws its
//! account in the same transaction, which fails if the invitation was accepted, or sent again,
//! meanwhile. An account that the portal declared stays, without its address.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use vigie_domain::{
    account::{
        Account, EmailStatus,
        own_domain::OwnDomains,
        reservation::{self, Organisation, Taker},
    },
    audit::{Record, What},
    contact::email::Email,
    id::AccountId,
};

use crate::{
    Item, Result, Store,
    account::{
        invitations::unaccepted,
        todos::Todos,
        writes::{At, Guard},
    },
    entity::audit::AuditEntry,
    schedule::entries::invitation_of,
    table::{
        item::{self, n, s},
        keys,
        transaction::{ABSENT, Expression, Transaction},
    },
};

/// Marks the item of an account that the portal made.
const PROVISIONED: &str = "provisioned";

/// Names the agents who wait for an address, on the guard of whoever has it.
pub(crate) const AWAITED_BY: &str = "awaitedBy";

/// An account that yields its address, and the trace of that.
#[derive(Clone, Debug)]
pub struct Reservation {
    holder: Account,
    /// None where its entity lies in no tree.
    entry: Option<AuditEntry>,
    todos: Todos,
    at: Timestamp,
}

/// The state of an address that somebody wants.
#[derive(Clone, Debug)]
pub enum Holding {
    /// Nobody has it.
    Free,
    /// An account that yields it.
    Yields(Box<Reservation>),
    /// An account that keeps it.
    Kept,
}

/// Marks the item of an account as made by the portal.
pub(crate) fn mark_provisioned(account: &mut Item) -> Result<()> {
    account.insert(PROVISIONED.to_owned(), item::value(&true)?);
    Ok(())
}

impl Store {
    /// Returns whether an address is free, or what holds it yields it to a taker.
    pub async fn reservation_read(
        &self,
        address: &Email,
        taker: Taker<'_>,
        now: Timestamp,
    ) -> Result<Holding> {
        // What cannot be read of somebody else's keeps the address, and blocks nobody.
        let guard = async || -> Result<Option<Option<Guard>>> {
            let found = self.get_item(&keys::email(address)).await?;
            Ok(found.map(|found| item::read_or_set_aside(found, "e-mail guard")))
        };
        let mut held = match guard().await? {
            None => return Ok(Holding::Free),
            Some(None) => return Ok(Holding::Kept),
            Some(Some(held)) => held,
        };
        let found = loop {
            if let Some(found) = self.get_item(&keys::account(&held.owner)).await? {
                break found;
            }
            // Taken or withdrawn between the two reads: whoever has it now decides.
            match guard().await? {
                None => return Ok(Holding::Free),
                Some(Some(now)) if now.owner != held.owner => held = now,
                Some(_) => return Ok(Holding::Kept),
            }
        };
        let provisioned = found.contains_key(PROVISIONED);
        let Some(holder) =
            item::read_or_set_aside::<Account>(found, "account").filter(reservation::is_reserved)
        else {
            return Ok(Holding::Kept);
        };
        let of = BTreeSet::from([holder.entity_id.clone()]);
        let Some(path) = self.entity_find_paths(&of).await?.remove(&holder.entity_id) else {
            return Ok(Holding::Kept);
        };
        let domains = match (taker, path.root()) {
            (Taker::Organisation(_), Some(root)) => self.administrator_read_domains(root).await?,
            _ => OwnDomains::default(),
        };
        let of = path.root().map(|root| Organisation {
            root,
            domains: &domains,
        });
        if !reservation::yields(&holder, provisioned, of, taker) {
            return Ok(Holding::Kept);
        }
        let yielded = holder.declared.as_ref().map(|_| without_address(&holder));
        let todos = path.root().map_or_else(Todos::default, |root| {
            Todos::of(root, Some(&holder), yielded.as_ref())
        });
        let entry = match path.root() {
            Some(root) => {
                let what = if holder.declared.is_some() {
                    What::AddressYielded
                } else {
                    What::AgentWithdrawn
                };
                let record = Record::new(what, None, &holder.entity_id, now).to(&holder.id);
                Some(AuditEntry::new(root, record).telling(self.inviter(&holder.id).await?))
            }
            None => None,
        };
        Ok(Holding::Yields(Box::new(Reservation {
            holder,
            entry,
            todos,
            at: now,
        })))
    }

    /// Returns who invited an account last, if it is a person who is still there.
    async fn inviter(&self, invited: &AccountId) -> Result<Option<AccountId>> {
        let audit = self
            .query_whole(keys::account_pk(invited), keys::AUDIT)
            .await?;
        let is_invitation = |record: &Record| {
            matches!(
                record.what,
                What::AgentCreated | What::AgentImported | What::AgentInvited
            ) && record.target_account_id.as_ref() == Some(invited)
        };
        let last = item::read_those(audit, "audit")
            .into_iter()
            .rfind(is_invitation);
        let Some(inviter) = last.and_then(|record| record.actor_account_id) else {
            return Ok(None);
        };
        Ok(self
            .get_item(&keys::account(&inviter))
            .await?
            .map(|_| inviter))
    }

    /// Takes an address for an account: a free one, or one that is yielded together with the
    /// account that held it.
    pub(crate) fn take_address(
        &self,
        writes: &mut Transaction<At>,
        address: &Email,
        account: &AccountId,
        from: Option<&Reservation>,
    ) -> Result<()> {
        let condition = match from {
            None => Expression::condition(ABSENT),
            Some(from) => Expression::condition("#owner = :holder")
                .name("#owner", "owner")
                .value(":holder", s(from.holder.id.as_str())),
        };
        let mut guard = item::write(
            &keys::email(address),
            &Guard {
                owner: account.clone(),
            },
        )?;
        let declared = from.and_then(|from| from.holder.declared.as_ref());
        guard.extend(declared.map(|declared| {
            let name = AttributeValue::Ss(vec![declared.name().to_string()]);
            (AWAITED_BY.to_owned(), name)
        }));
        writes.put(At::Guard, self, guard, condition)?;
        let Some(Reservation {
            holder,
            entry,
            todos,
            at,
        }) = from
        else {
            return Ok(());
        };
        todos.write(writes, At::Other, self)?;
        let entries = entry.as_slice();
        if holder.declared.is_some() {
            self.yield_in(writes, holder, address, entries)
        } else {
            let holder = (entry.as_ref().map(|entry| &entry.root), holder);
            self.withdraw_in(writes, [At::Holder, At::Other], holder, *at, entries)
        }
    }

    /// Adds to a transaction what leaves a declared account without its address. It waits for it.
    fn yield_in(
        &self,
        writes: &mut Transaction<At>,
        holder: &Account,
        address: &Email,
        entries: &[AuditEntry],
    ) -> Result<()> {
        let update = Expression::update(
            "SET contact.email = :none, emailStatus = :without, addressUnavailable = :yes, version = version + :one REMOVE invitation, undeliverable, softBounces",
        )
        .value(":none", item::value(&None::<Email>)?)
        .value(":without", item::value(&EmailStatus::None)?)
        .value(":yes", item::value(&true)?)
        .value(":one", n(1))
        .value(":address", s(address.as_str()))
        .value(":at", s(holder.entity_id.as_str()))
        .value(":active", item::value(&holder.active)?)
        .value(":confirmed", item::value(&EmailStatus::Confirmed)?);
        let reserved = " AND contact.email = :address AND emailStatus <> :confirmed AND entityId = :at AND active = :active";
        let update = unaccepted(holder, reserved, update);
        writes.update(At::Holder, self, &keys::account(&holder.id), update)?;
        if let Some(invitation) = &holder.invitation {
            let entry = invitation_of(&holder.id, invitation);
            writes.delete(At::Other, self, &entry, Expression::default())?;
        }
        self.note(writes, At::Other, entries)
    }
}

/// Returns a declared account that has yielded its address.
fn without_address(holder: &Account) -> Account {
    let mut after = holder.clone();
    after.contact.email = None;
    after.email_status = EmailStatus::None;
    after.invitation = None;
    after
}
