//! Keys of scheduled work: the time first, to the millisecond and of fixed width, so that keys sort
//! as times do.

use jiff::Timestamp;
use vigie_domain::{
    directory::agent::AgentName,
    id::{AccountId, ConsultationId, EntityId, RequestId},
};

use super::Key;

/// Partition of open work.
#[must_use]
pub fn open_pk(shard: u64) -> String {
    format!("OPEN#{shard}")
}

/// An account whose deferred alerts are to be told at a time.
#[must_use]
pub fn daily(shard: u64, due: Timestamp, id: &AccountId) -> Key {
    Key::new(open_pk(shard), format!("{due:.3}#daily#{id}"))
}

/// An administrator who is to be told at a time whom mails do not reach.
#[must_use]
pub fn unreached_due(shard: u64, due: Timestamp, id: &AccountId) -> Key {
    Key::new(open_pk(shard), format!("{due:.3}#unreached#{id}"))
}

/// A consultation to close at a time, to the millisecond so that keys sort as times do.
#[must_use]
pub fn closing(shard: u64, due: Timestamp, id: &ConsultationId, deadline: Timestamp) -> Key {
    Key::new(open_pk(shard), format!("{due:.3}#closing#{id}#{deadline}"))
}

/// An erased account to look at again at a time, for its traces elsewhere.
#[must_use]
pub fn purge(shard: u64, due: Timestamp, id: &AccountId) -> Key {
    Key::new(open_pk(shard), format!("{due:.3}#purge#{id}"))
}

/// A consultation to delete at a time, if it has been over since then.
#[must_use]
pub fn retention(shard: u64, due: Timestamp, id: &ConsultationId, over_since: Timestamp) -> Key {
    Key::new(
        open_pk(shard),
        format!("{due:.3}#retention#{id}#{over_since:.3}"),
    )
}

/// A request to remind of at a time, if it still waits: the kind and key of its fact.
#[must_use]
pub fn reminder(shard: u64, due: Timestamp, id: &ConsultationId, kind: &str, key: &str) -> Key {
    Key::new(
        open_pk(shard),
        format!("{due:.3}#reminder#{id}#{kind}#{key}"),
    )
}

/// An account to erase at a time, if nobody has accepted this invitation by then.
#[must_use]
pub fn invitation(shard: u64, due: Timestamp, id: &AccountId, request: &RequestId) -> Key {
    Key::new(
        open_pk(shard),
        format!("{due:.3}#invitation#{id}#{request}"),
    )
}

/// A recovery that takes effect at a time, unless it is stopped.
#[must_use]
pub fn recovery(shard: u64, due: Timestamp, id: &AccountId, request: &RequestId) -> Key {
    Key::new(open_pk(shard), format!("{due:.3}#recovery#{id}#{request}"))
}

/// A former address to forget at a time, by the request that replaced it.
#[must_use]
pub fn former_email(shard: u64, due: Timestamp, id: &AccountId, request: &RequestId) -> Key {
    Key::new(
        open_pk(shard),
        format!("{due:.3}#formerEmail#{id}#{request}"),
    )
}

/// A mail about an account, to try again at a time.
#[must_use]
pub fn account_mail(shard: u64, due: Timestamp, id: &AccountId, mail: &str) -> Key {
    Key::new(open_pk(shard), format!("{due:.3}#mail#{id}#{mail}"))
}

/// An agent whose last day is over at a time.
#[must_use]
pub fn agent_due(shard: u64, due: Timestamp, name: &AgentName) -> Key {
    Key::new(open_pk(shard), format!("{due:.3}#agent#{name}"))
}

/// The next step of an entity's invitations, at a time.
#[must_use]
pub fn invitations_due(shard: u64, due: Timestamp, entity: &EntityId, step: u64) -> Key {
    Key::new(
        open_pk(shard),
        format!("{due:.3}#invitations#{entity}#{step}"),
    )
}

/// An account whose agent's last day is over at a time.
#[must_use]
pub fn leaving(shard: u64, due: Timestamp, id: &AccountId) -> Key {
    Key::new(open_pk(shard), format!("{due:.3}#leaving#{id}"))
}

/// An account to look at again at a time, if it has not worked since then.
#[must_use]
pub fn inactive(shard: u64, due: Timestamp, id: &AccountId, since: Timestamp) -> Key {
    let sk = format!("{due:.3}#inactive#{id}#{since}");
    Key::new(open_pk(shard), sk)
}

/// The sort key behind all that is due at `now`: `$` comes after `#`.
#[must_use]
pub fn due_until(now: Timestamp) -> String {
    format!("{now:.3}$")
}
