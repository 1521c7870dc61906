//! Administrators of an organisation: the accounts at its root that can administer it, as a set at
//! the root. The set changes in the transaction that changes the account, so that of two who leave
//! at once one is refused: nobody outside of Vigie's own people could let anybody in again.

use aws_sdk_dynamodb::types::AttributeValue;
use vigie_domain::{
    account::{
        Account,
        own_domain::{self, OwnDomains},
    },
    entity::Path,
    id::{AccountId, EntityId},
};

use crate::{
    Result, Store,
    account::{
        creation::{Creation, Origin},
        reservations::Reservation,
        writes::At,
    },
    entity::audit::AuditEntry,
    table::{
        item::{self, n, s},
        keys,
        transaction::{Expression, PRESENT, Transaction},
    },
};

/// Names the accounts that can administer and have a last day: they keep nobody from leaving.
const LEAVING: &str = "leaving";

/// Names the mail domains of the first administrators, as the portal named them.
const DOMAINS: &str = "domains";

/// Most agents of an entity that are looked at for who administers it.
const LOOKED_AT: usize = 500;

/// Most administrators of parts of an organisation who are told that nobody administers all of it.
const TOLD: usize = 20;
/// Most entities that are looked at for them.
const ENTITIES_LOOKED_AT: usize = 200;

/// Agents read at a time.
const PAGE: i32 = 100;

/// The effect that a change of an account has on the set of its organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seat {
    /// It takes its place there.
    Taken,
    /// It leaves it, to others.
    Left,
    /// It administers until its agent's last day, and leaves it to others now.
    Leaving,
}

/// The standing of an account in the set of its organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    None,
    Seat,
    Leaving,
}

impl Store {
    /// Returns whether the account is one of those that keep their organisation from being without
    /// an administrator. Whoever has a last day is none, save by the portal's word: that one is
    /// carried out, whoever is left.
    async fn standing(&self, account: &Account) -> Result<Standing> {
        if !account.can_administer() {
            return Ok(Standing::None);
        }
        let entity = self.entity_read(&account.entity_id).await?;
        // An entity never becomes a root, nor a root any other entity.
        if entity.is_none_or(|entity| entity.parent_id.is_some()) {
            return Ok(Standing::None);
        }
        let leaves = account.leaves_on.is_some() && account.declared.is_none();
        Ok(if leaves {
            Standing::Leaving
        } else {
            Standing::Seat
        })
    }

    /// The changes of seats that come with a change of an account.
    pub(crate) async fn seats(
        &self,
        before: &Account,
        after: Option<&Account>,
    ) -> Result<Vec<(EntityId, Seat)>> {
        let had = self.standing(before).await?;
        let has = match after {
            Some(after) => self.standing(after).await?,
            None => Standing::None,
        };
        let stays = after.is_some_and(|after| after.entity_id == before.entity_id);
        if stays && had == has {
            return Ok(Vec::new());
        }
        let mut seats = Vec::new();
        if had != Standing::None && !(stays && has != Standing::None) {
            seats.push((before.entity_id.clone(), Seat::Left));
        }
        if let Some(after) = after {
            match has {
                Standing::None => {}
                Standing::Seat => seats.push((after.entity_id.clone(), Seat::Taken)),
                Standing::Leaving => seats.push((after.entity_id.clone(), Seat::Leaving)),
            }
        }
        Ok(seats)
    }

    /// Writes a change of seat; the one who leaves is refused if nobody else is there.
    pub(crate) fn reseat<P: Copy>(
        &self,
        writes: &mut Transaction<P>,
        at: P,
        account: &AccountId,
        (root, seat): &(EntityId, Seat),
    ) -> Result<()> {
        let me = AttributeValue::Ss(vec![account.to_string()]);
        let update = match seat {
            Seat::Taken => Expression::update("ADD accounts :me DELETE leaving :me"),
            Seat::Left => others(account, "DELETE accounts :me, leaving :me"),
            Seat::Leaving => others(account, "DELETE accounts :me ADD leaving :me"),
        };
        writes.update(
            at,
            self,
            &keys::administrators(root),
            update.value(":me", me),
        )
    }

    /// True if an account is the only one that can administer an organisation, and would do so no
    /// more: nobody would be left.
    pub async fn administrator_is_last(
        &self,
        root: &EntityId,
        before: &Account,
        after: &Account,
    ) -> Result<bool> {
        let leaves = before.can_administer()
            && before.entity_id == *root
            && !(after.can_administer() && after.entity_id == *root);
        if !leaves {
            return Ok(false);
        }
        let seats = self.get_item(&keys::administrators(root)).await?;
        let seats = seats
            .as_ref()
            .and_then(|seats| seats.get("accounts")?.as_ss().ok());
        Ok(seats.is_some_and(|seats| matches!(&seats[..], [one] if one == before.id.as_str())))
    }

    /// Writes that the last account that had a seat has it no more.
    pub(crate) fn vacate<P: Copy>(
        &self,
        writes: &mut Transaction<P>,
        at: P,
        account: &AccountId,
        root: &EntityId,
    ) -> Result<()> {
        let me = AttributeValue::Ss(vec![account.to_string()]);
        let update = Expression::update("DELETE accounts :me")
            .when("accounts = :me")
            .value(":me", me);
        writes.update(at, self, &keys::administrators(root), update)
    }

    /// Returns some of those who administer a part of an organisation and not all of it: the first
    /// of the entities below its root that have any.
    pub async fn administrator_list_below(&self, root: &EntityId) -> Result<Vec<Account>> {
        let (mut at, mut found) = (Path::new(vec![root.clone()]), Vec::new());
        for _ in 0..ENTITIES_LOOKED_AT {
            let Some(next) = self.entity_find_next_below(root, &at).await? else {
                break;
            };
            if let Some(entity) = next.entity() {
                found.extend(self.administrator_list(entity, false).await?);
            }
            if found.len() >= TOLD {
                found.truncate(TOLD);
                break;
            }
            at = next;
        }
        Ok(found)
    }

    /// Returns who can administer an entity, there and not from above: at a root those who have
    /// their seats, elsewhere those among its first agents.
    pub async fn administrator_list(
        &self,
        entity: &EntityId,
        is_root: bool,
    ) -> Result<Vec<Account>> {
        let mut agents = Vec::new();
        if is_root {
            let seats = self.get_item(&keys::administrators(entity)).await?;
            let set = |name| {
                seats
                    .as_ref()
                    .and_then(|seats| seats.get(name)?.as_ss().ok())
            };
            let ids: Vec<_> = ["accounts", LEAVING]
                .into_iter()
                .filter_map(set)
                .flatten()
                .filter_map(|id| AccountId::parse(id).ok())
                .take(LOOKED_AT)
                .collect();
            agents.extend(self.account_read_each(&ids).await?.into_values());
        } else {
            let mut after = None;
            loop {
                let (page, next) = self
                    .account_list_of_entity(entity, after.as_ref(), PAGE)
                    .await?;
                agents.extend(page);
                after = next.filter(|_| agents.len() < LOOKED_AT);
                if after.is_none() {
                    break;
                }
            }
        }
        // A seat may be older than the account of somebody who has just left.
        Ok(agents
            .into_iter()
            .filter(|agent| agent.can_administer() && agent.entity_id == *entity)
            .collect())
    }

    /// Returns the mail domains of an organisation.
    pub async fn administrator_read_domains(&self, root: &EntityId) -> Result<OwnDomains> {
        let seats = self.get_item(&keys::administrators(root)).await?;
        let named = seats
            .as_ref()
            .and_then(|seats| seats.get(DOMAINS)?.as_ss().ok());
        let named = named.into_iter().flatten().cloned().collect();
        Ok(OwnDomains::new(
            &self.administrator_list(root, true).await?,
            named,
        ))
    }

    /// Writes that the portal named a first administrator, and with it a mail domain of the
    /// organisation's own.
    pub(crate) fn name_domain(
        &self,
        writes: &mut Transaction<At>,
        account: &Account,
        update: Expression,
    ) -> Result<()> {
        let key = keys::administrators(&account.entity_id);
        match account.contact.email.as_ref().and_then(own_domain::of) {
            Some(domain) => {
                let update = update
                    .also(&format!("ADD {DOMAINS} :domain"))
                    .value(":domain", AttributeValue::Ss(vec![domain.to_owned()]));
                writes.update(At::Seat, self, &key, update)
            }
            None if update.update.is_some() => writes.update(At::Seat, self, &key, update),
            None => Ok(()),
        }
    }

    /// True if somebody at a root can administer it.
    pub async fn administrator_exists(&self, root: &EntityId) -> Result<bool> {
        Ok(self
            .get_item(&keys::administrators(root))
            .await?
            .is_some_and(|seats| seats.contains_key("accounts")))
    }

    /// Creates a first administrator at a root where nobody can administer and nobody was invited
    /// to since `seen`.
    pub async fn administrator_refill(
        &self,
        account: &Account,
        seen: Option<&AccountId>,
        from: Option<&Reservation>,
        entries: &[AuditEntry],
    ) -> Result<Creation> {
        let mut writes = Transaction::new();
        let known = if seen.is_some() {
            "refilledBy = :seen"
        } else {
            "attribute_not_exists(refilledBy)"
        };
        let update =
            Expression::update("SET refilledBy = :id").value(":id", s(account.id.as_str()));
        let update = update.when(&format!("attribute_not_exists(accounts) AND {known}"));
        let update = if let Some(seen) = seen {
            update.value(":seen", s(seen.as_str()))
        } else {
            update
        };
        self.name_domain(&mut writes, account, update)?;
        writes.check(
            At::Entity,
            self,
            &keys::entity(&account.entity_id),
            Expression::condition(PRESENT),
        )?;
        let origin = (Origin::Portal, &account.entity_id);
        self.create(writes, account, origin, from, entries).await
    }

    /// Returns the account that was invited last to a root without administrators.
    pub async fn administrator_read_refill(&self, root: &EntityId) -> Result<Option<AccountId>> {
        let found = self.get_item(&keys::administrators(root)).await?;
        Ok(found.and_then(|found| AccountId::parse(item::text(&found, "refilledBy")).ok()))
    }
}

/// Returns an update by which an account leaves its seat, if somebody else has one.
fn others(account: &AccountId, update: &str) -> Expression {
    Expression::update(update)
        .when("NOT contains(accounts, :id) OR size(accounts) > :one")
        .value(":id", s(account.as_str()))
        .value(":one", n(1))
}
