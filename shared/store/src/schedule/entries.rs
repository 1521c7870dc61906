//! The entries of what has to be done, made from what it is about.

use jiff::{SignedDuration, Timestamp};
use vigie_domain::{
    account::{
        Account, address::FORMER_KEPT, binding::WaitingRecovery, departure::over_at,
        invitation::Invitation,
    },
    consultation::{Consultation, fact::Fact},
    directory::agent::AgentName,
    id::{AccountId, ConsultationId, EntityId, RequestId, digest},
    retention::consultation_until,
};

use crate::{
    Item,
    table::{
        keys::{self, Key},
        snapshot::marked,
    },
};

/// Partitions that open work is spread over: deadlines fall on the same hour.
pub const SHARDS: u64 = 4;

/// Time after a deadline at which its consultation is closed: deposits of the last second arrive.
const GRACE: SignedDuration = SignedDuration::from_secs(30);

/// Time after which an erased account is looked at again: no worker that knew it is at work any
/// more.
pub(crate) const SECOND_LOOK: SignedDuration = SignedDuration::from_mins(15);

/// Marks the entry of a deadline that passed while it was in force, and was taken out of it before
/// a sweep came by.
pub(crate) const PASSED: &str = "passed";

/// The entries that a saved consultation needs: it will be closed, it is over and will be deleted.
/// `before` is the revision that it replaces.
pub(crate) fn entries_of(
    consultation: &Consultation,
    before: Option<&Consultation>,
    now: Timestamp,
) -> impl Iterator<Item = Key> {
    let closing = consultation
        .closes_at(before)
        .map(|deadline| closing(consultation, deadline));
    closing.into_iter().chain(retention_of(consultation, now))
}

/// The entry of a deadline that has passed by `now` and that the next revision takes out of force;
/// it may have been closed already.
pub(crate) fn passed_of(before: &Consultation, next: &Consultation, now: Timestamp) -> Option<Key> {
    let deadline = before
        .deadline()
        .filter(|deadline| closing_due(*deadline) <= now)?;
    (before.closed_by(deadline) && !next.closed_by(deadline)).then(|| closing(before, deadline))
}

/// The time at which a deadline is closed; a portal may write one at the end of time.
fn closing_due(deadline: Timestamp) -> Timestamp {
    deadline.checked_add(GRACE).unwrap_or(Timestamp::MAX)
}

fn closing(consultation: &Consultation, deadline: Timestamp) -> Key {
    keys::closing(
        shard(consultation.id.as_str()),
        closing_due(deadline),
        &consultation.id,
        deadline,
    )
}

/// The entry that a saved consultation needs, if it is over. Each revision that says so leaves one;
/// the first of the row is the one that deletes, and the others find nothing.
fn retention_of(consultation: &Consultation, now: Timestamp) -> Option<Key> {
    consultation
        .is_over()
        .then(|| retention(&consultation.id, now))
}

/// The entry that a fact needs whose consultation is not there (yet): if it never comes, what waits
/// for it goes as if it had been over.
pub(crate) fn retention(id: &ConsultationId, now: Timestamp) -> Key {
    keys::retention(shard(id.as_str()), consultation_until(now), id, now)
}

/// The entry that a request needs which is to be reminded of; none if it came later than that.
pub(crate) fn reminder_of(id: &ConsultationId, fact: &Fact, now: Timestamp) -> Option<Key> {
    let (_, due) = fact.reminder()?;
    let entry = || keys::reminder(shard(id.as_str()), due, id, fact.kind(), &fact.key());
    (due > now).then(entry)
}

/// The entry that an invitation needs as long as it waits. Made from what the account holds, so
/// that whoever ends it finds the entry.
pub(crate) fn invitation_of(account: &AccountId, invitation: &Invitation) -> Key {
    keys::invitation(
        shard(account.as_str()),
        invitation.account_kept_until(),
        account,
        &invitation.request_id,
    )
}

/// The entry that a recovery needs as long as it waits.
pub(crate) fn recovery_of(account: &AccountId, waiting: &WaitingRecovery) -> Key {
    let shard = shard(account.as_str());
    keys::recovery(shard, waiting.due, account, &waiting.request_id)
}

/// The entry that a confirmed address needs as long as the one that it replaced is kept.
pub(crate) fn former_email_of(account: &AccountId, request: &RequestId, at: Timestamp) -> Key {
    keys::former_email(shard(account.as_str()), at + FORMER_KEPT, account, request)
}

/// The entries that a changed account needs: its agent's last day will be over, it does not work
/// any more. Of who is declared, the last day is the portal's.
pub(crate) fn departure_of(before: Option<&Account>, after: &Account) -> Vec<Key> {
    let (id, mut entries) = (&after.id, Vec::new());
    let changed = before.is_none_or(|before| before.leaves_on != after.leaves_on);
    if let Some(day) = after.leaves_on
        && changed
        && after.active
        && after.declared.is_none()
    {
        entries.push(keys::leaving(shard(id.as_str()), over_at(day), id));
    }
    let since = |of: &Account| Some(of.deactivated.as_ref()?.since);
    if let Some(now) = since(after)
        && before.and_then(since) != Some(now)
    {
        entries.push(inactive_of(id, now, now));
    }
    entries
}

/// The entries that an account still has of those, to go with it.
pub(crate) fn departure_left(account: &Account) -> impl Iterator<Item = Key> {
    let id = &account.id;
    let last = account
        .leaves_on
        .map(|day| keys::leaving(shard(id.as_str()), over_at(day), id));
    let stopped = account.deactivated.as_ref();
    let stopped = stopped.map(|of| inactive_of(id, of.since, of.due()));
    last.into_iter().chain(stopped)
}

/// The entry of an account that has not worked since then, to look at it at a time.
pub(crate) fn inactive_of(id: &AccountId, since: Timestamp, due: Timestamp) -> Key {
    keys::inactive(shard(id.as_str()), due, id, since)
}

/// The entries that an erased account needs: one for now, one for what was being written then or
/// what the index did not show yet.
pub(crate) fn purges_of(account: &AccountId, now: Timestamp) -> [Key; 2] {
    [now, now + SECOND_LOOK].map(|due| keys::purge(shard(account.as_str()), due, account))
}

/// The entry of an account that has deferred alerts, marked anew each time.
pub(crate) fn daily_of(account: &AccountId, due: Timestamp) -> Item {
    marked(keys::daily(shard(account.as_str()), due, account).attributes())
}

/// The entry of an administrator for whom agents are collected, marked anew each time.
pub(crate) fn unreached_of(administrator: &AccountId, due: Timestamp) -> Item {
    marked(keys::unreached_due(shard(administrator.as_str()), due, administrator).attributes())
}

/// The entry of an agent whose last day is over then, marked anew each time.
pub(crate) fn agent_of(name: &AgentName, due: Timestamp) -> Item {
    marked(keys::agent_due(shard(name.as_str()), due, name).attributes())
}

/// The entry of an entity's invitations that go on then.
pub(crate) fn invitations_of(entity: &EntityId, step: u64, due: Timestamp) -> Item {
    let shard = shard(entity.as_str());
    marked(keys::invitations_due(shard, due, entity, step).attributes())
}

pub(crate) fn shard(id: &str) -> u64 {
    digest(&[id]).bytes().next().map_or(0, u64::from) % SHARDS
}
