//! The transaction that creates an account with its address, if it has one, whoever has it made.

use vigie_domain::{account::Account, id::EntityId};

use crate::{
    Result, Store, StoreError,
    account::{
        reservations::{self, Reservation},
        todos::Todos,
        writes::{At, taken_by},
    },
    entity::audit::AuditEntry,
    schedule::entries,
    table::{
        item, keys,
        transaction::{ABSENT, Expression, Transaction, TransactionError},
    },
};

/// The result of creating an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creation {
    /// It is there.
    Created,
    /// Its address belongs to an account.
    EmailTaken,
    /// Its entity does not exist (or, for a root, it or a root that overlaps it exists already).
    Entity,
}

/// The one who has an account made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// An administrator.
    Administrator,
    /// The portal, for a first administrator.
    Portal,
}

impl Store {
    /// Creates an account of an organisation with its address, if it has one, in a transaction that
    /// has begun.
    pub(crate) async fn create(
        &self,
        mut writes: Transaction<At>,
        account: &Account,
        (origin, root): (Origin, &EntityId),
        from: Option<&Reservation>,
        entries: &[AuditEntry],
    ) -> Result<Creation> {
        if let Some(address) = &account.contact.email {
            self.take_address(&mut writes, address, &account.id, from)?;
        }
        let mut written = item::write(&keys::account(&account.id), account)?;
        if origin == Origin::Portal {
            reservations::mark_provisioned(&mut written)?;
        }
        writes.put(At::Account, self, written, Expression::condition(ABSENT))?;
        let agent = keys::agent(&account.entity_id, &account.id);
        writes.put(
            At::Other,
            self,
            agent.attributes(),
            Expression::condition(ABSENT),
        )?;
        let contacts = [None, Some(&account.contact)];
        self.rename_person(&mut writes, At::Other, (root, &account.id), contacts)?;
        if let Some(invitation) = &account.invitation {
            writes.put(
                At::Other,
                self,
                entries::invitation_of(&account.id, invitation).attributes(),
                Expression::default(),
            )?;
        }
        for entry in entries::departure_of(None, account) {
            writes.put(At::Other, self, entry.attributes(), Expression::default())?;
        }
        let todos = match origin {
            Origin::Administrator => self.todos_of(None, Some(account)).await?,
            // A first administrator's entity is the root, which may come with them.
            Origin::Portal => Todos::of(&account.entity_id, None, Some(account)),
        };
        todos.write(&mut writes, At::Other, self)?;
        self.note(&mut writes, At::Other, entries)?;
        match self.transact(writes).await {
            Ok(()) => Ok(Creation::Created),
            // An earlier attempt whose answer was lost: the guard comes with all the rest.
            Err(TransactionError::Refused(at)) if taken_by(&at, &account.id) => {
                Ok(Creation::Created)
            }
            Err(e) => match e.position()? {
                At::Entity => Ok(Creation::Entity),
                At::Guard | At::Holder => Ok(Creation::EmailTaken),
                // Such an attempt of an account that has no guard.
                At::Account if account.contact.email.is_none() => Ok(Creation::Created),
                _ => Err(StoreError::Conflict),
            },
        }
    }
}
