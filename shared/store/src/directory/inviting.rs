//! Invitations of an entity's declared agents: how far they are, and each of them. What is counted
//! is counted in the transaction that invites, so that nobody is counted or invited twice.

use jiff::{SignedDuration, Timestamp};
use vigie_domain::{
    account::{Account, invitation::Invitation},
    directory::inviting::Inviting,
    id::{AccountId, EntityId},
};
use vigie_runtime::again::{Tries, unless_refused};

use crate::{
    Result, Store, StoreError,
    entity::audit::AuditEntry,
    schedule::entries::invitations_of,
    table::{
        item::{self, n},
        keys::{self, TTL},
        transaction::{ABSENT, Expression, Transaction},
    },
};

/// Time for which a run is kept after its last step.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

impl Store {
    /// Reads how far the invitations of an entity's declared agents are.
    pub async fn inviting_read(&self, entity: &EntityId) -> Result<Option<Inviting>> {
        self.get(&keys::inviting(entity), "invitations").await
    }

    /// Begins a run, unless one goes already; the stream tells of it.
    pub async fn inviting_begin(
        &self,
        entity: &EntityId,
        by: &AccountId,
        now: Timestamp,
        entries: &[AuditEntry],
    ) -> Result<Inviting> {
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let before = self.inviting_read(entity).await?;
            let Some(begun) = Inviting::next(before.as_ref(), by, now) else {
                return before.ok_or(StoreError::Refused);
            };
            let as_read = match &before {
                Some(before) => at_step(before, Expression::default()),
                None => Expression::condition(ABSENT),
            };
            let mut written = item::write(&keys::inviting(entity), &begun)?;
            written.insert(TTL.to_owned(), n((now + KEPT).as_second()));
            let mut writes = Transaction::new();
            writes.put((), self, written, as_read)?;
            self.note(&mut writes, (), entries)?;
            match self.write(writes).await {
                Ok(()) => return Ok(begun),
                // Somebody else began them.
                Err(StoreError::Refused) => {}
                Err(e) => return Err(e),
            }
        }
    }

    /// Invites an agent and counts them; [`StoreError::Refused`] if the account has changed since
    /// it was read, or the step was done.
    pub async fn inviting_invite(
        &self,
        (entity, going): (&EntityId, &Inviting),
        before: &Account,
        invitation: &Invitation,
        entries: &[AuditEntry],
    ) -> Result<()> {
        let mut writes = Transaction::new();
        let count = Expression::update("ADD sent :one").value(":one", n(1));
        let count = at_step(going, count);
        writes.update((), self, &keys::inviting(entity), count)?;
        self.renew_in(&mut writes, before, invitation, &before.mail_quota)
            .await?;
        self.note(&mut writes, (), entries)?;
        self.write(writes).await
    }

    /// Goes on to the next step, which the stream tells of, or the scheduler once it is due.
    /// Nothing if another did so.
    pub async fn inviting_go_on(
        &self,
        entity: &EntityId,
        going: &Inviting,
        next: &Inviting,
        due: Timestamp,
    ) -> Result<()> {
        let update = Expression::update(
            "SET #step = :next, place = :place, #found = :found, waits = :waits, #by = :by, \
             finishedAt = :finished, #ttl = :ttl",
        )
        .name("#found", "found")
        .name("#by", "by")
        .name("#ttl", TTL)
        .value(":next", n(next.step))
        .value(":place", item::value(&next.place)?)
        .value(":found", item::value(&next.found)?)
        .value(":waits", item::value(&next.waits)?)
        .value(":by", item::value(&next.by)?)
        .value(":finished", item::value(&next.finished_at)?)
        .value(":ttl", n((due + KEPT).as_second()));
        let mut writes = Transaction::new();
        let update = at_step(going, update);
        writes.update((), self, &keys::inviting(entity), update)?;
        if next.waits {
            let entry = invitations_of(entity, next.step, due);
            writes.put((), self, entry, Expression::default())?;
        }
        unless_refused(self.write(writes).await).map(drop)
    }
}

/// Adds the condition that a step is still to be done.
fn at_step(going: &Inviting, expression: Expression) -> Expression {
    expression
        .when("#step = :step")
        .name("#step", "step")
        .value(":step", n(going.step))
}
