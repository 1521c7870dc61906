//! Handovers: what an agent alone follows, and who follows it from now on. The account says to whom
//! it is being given, so that whoever was cut short goes on, and nothing of it outlives the
//! account.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use vigie_domain::{
    account::{Account, departure::Handover},
    consultation::Consultation,
    id::{ConsultationId, EntityId},
};

use crate::{
    Favourite, Result, Store, StoreError,
    consultation::favourites,
    entity::audit::AuditEntry,
    table::{
        item::{self, n, s},
        keys,
        transaction::{ABSENT, Expression, PRESENT, Transaction, TransactionError},
    },
};

/// Stars, or tombstones of stars, of a consultation that are read first.
const FEW: i32 = 25;
/// Those that are read at a time after that.
const MANY: i32 = 1000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Star,
    Leaver,
    Receiver,
}

impl Store {
    /// Lists the consultations that are not over and that an account alone follows of those in an
    /// entity and below, newest star first: those of a page of its stars. `after` is where the last
    /// page ended. The list of stars may lag behind.
    pub async fn handover_list(
        &self,
        of: &Account,
        scope: &EntityId,
        after: Option<&Favourite>,
        limit: i32,
    ) -> Result<(Vec<Consultation>, Option<Favourite>)> {
        let (stars, more) = self.favourite_list(&of.id, after, limit).await?;
        let ids: Vec<_> = stars
            .iter()
            .map(|star| star.consultation_id.clone())
            .collect();
        let starred = self
            .favourite_find(&of.id, &ids.iter().cloned().collect())
            .await?;
        let found = self.consultation_read_each(&ids).await?;
        let mut open: BTreeMap<_, _> = found
            .into_iter()
            .filter(|found| !found.is_over() && starred.contains_key(&found.id))
            .map(|found| (found.id.clone(), found))
            .collect();
        let (mut alone, mut covered) = (Vec::new(), BTreeMap::new());
        for id in &ids {
            let Some(consultation) = open.remove(id) else {
                continue;
            };
            if !self.is_followed_beside(of, id, scope, &mut covered).await? {
                alone.push(consultation);
            }
        }
        Ok((alone, stars.into_iter().last().filter(|_| more)))
    }

    /// Returns whether anybody of an entity and below follows a consultation beside an account, and
    /// goes on to once it is gone.
    async fn is_followed_beside(
        &self,
        leaver: &Account,
        id: &ConsultationId,
        scope: &EntityId,
        covered: &mut BTreeMap<EntityId, bool>,
    ) -> Result<bool> {
        let (mut after, mut limit) = (None, FEW);
        loop {
            let (ids, next) = self.follower_list_after(id, after.as_ref(), limit).await?;
            let mut others = self.account_read_each(&ids).await?;
            others.retain(|_, other| other.stays_after(leaver));
            let entities = others.values().map(|other| other.entity_id.clone());
            let unknown: BTreeSet<_> = entities.filter(|id| !covered.contains_key(id)).collect();
            let paths = self.entity_read_paths(&unknown).await?;
            let is_covered =
                |id: &EntityId| paths.get(id).is_some_and(|at| at.is_in_tree_of(scope));
            covered.extend(unknown.iter().map(|id| (id.clone(), is_covered(id))));
            if others
                .values()
                .any(|other| covered.get(&other.entity_id) == Some(&true))
            {
                return Ok(true);
            }
            if next.is_none() {
                return Ok(false);
            }
            (after, limit) = (next, MANY);
        }
    }

    /// Begins to give what an account alone follows to somebody, in place of whom it was being
    /// given to; refused if that is not who it was when the account was read. `entries` tell of
    /// what the former one was given.
    pub async fn handover_begin(
        &self,
        before: &Account,
        handover: &Handover,
        entries: &[AuditEntry],
    ) -> Result<()> {
        let mut writes = Transaction::new();
        let update = Expression::update("SET handover = :next");
        let update = as_read(before, update)?.value(":next", item::value(handover)?);
        writes.update((), self, &keys::account(&before.id), update)?;
        self.note(&mut writes, (), entries)?;
        self.write(writes).await
    }

    /// Stars a consultation for somebody to whom it is handed over, unless they have a star or took
    /// one away. Returns whether the handover still stands; refused if the receiver has changed
    /// since they were read.
    pub async fn handover_star(
        &self,
        leaver: &Account,
        handover: &Handover,
        receiver: &Account,
        consultation: &ConsultationId,
        now: Timestamp,
    ) -> Result<bool> {
        let mut writes = Transaction::new();
        let star = favourites::star(consultation, &receiver.id, None, now)?;
        let star = star.when(ABSENT);
        writes.update(
            At::Star,
            self,
            &keys::favourite(consultation, &receiver.id),
            star,
        )?;
        let given = Expression::update("SET handover.given = :yes")
            .when("handover.requestId = :request")
            .value(":yes", item::value(&true)?)
            .value(":request", s(handover.request_id.as_str()));
        writes.update(At::Leaver, self, &keys::account(&leaver.id), given)?;
        let same = Expression::condition("version = :version AND active = :yes")
            .value(":version", n(receiver.version))
            .value(":yes", item::value(&true)?);
        writes.check(At::Receiver, self, &keys::account(&receiver.id), same)?;
        match self.transact(writes).await {
            Ok(()) => Ok(true),
            Err(TransactionError::Store(e)) => Err(e),
            Err(TransactionError::Refused(at)) => {
                let refused = |position| at.iter().any(|(at, _)| *at == position);
                if refused(At::Leaver) {
                    Ok(false)
                } else if refused(At::Receiver) {
                    Err(StoreError::Refused)
                } else {
                    Ok(true)
                }
            }
        }
    }

    /// Ends a handover; refused if it is not what it was when the account was read.
    pub async fn handover_end(&self, before: &Account, entries: &[AuditEntry]) -> Result<()> {
        let mut writes = Transaction::new();
        let update = as_read(before, Expression::update("REMOVE handover"))?;
        writes.update((), self, &keys::account(&before.id), update)?;
        self.note(&mut writes, (), entries)?;
        self.write(writes).await
    }
}

/// Adds the condition that a handover stands as it was read.
fn as_read(before: &Account, update: Expression) -> Result<Expression> {
    Ok(match &before.handover {
        Some(known) => update
            .when("handover = :known")
            .value(":known", item::value(known)?),
        None => update.when(&format!("{PRESENT} AND attribute_not_exists(handover)")),
    })
}
