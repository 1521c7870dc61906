//! Changes of entities and of the guards of addresses: whoever waited for them is looked at again.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::Change;
use crate::{
    directory::{agent::AgentName, inviting::Inviting},
    event::{AgentDue, DirectoryReady, EntityCame, Event, InvitationsDue},
    id::EntityId,
};

/// An entity, as far as it says who may come to it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ground {
    /// Of a root: grows with each change of its tree.
    #[serde(default)]
    tree_version: Option<u64>,
    /// There while it is about to go, and takes nobody in.
    #[serde(default)]
    removing: bool,
}

/// Returns the events of an entity for which others may have waited: it came, stays after all, or
/// its tree has changed.
#[must_use]
pub fn entity(change: Change<Ground>, id: &EntityId) -> Vec<Event> {
    let Some(after) = change.after else {
        return Vec::new();
    };
    let awaited = change.before.is_none_or(|before| {
        before.removing && !after.removing || before.tree_version != after.tree_version
    });
    let came = change.inserted().map(|_| {
        let came = EntityCame {
            event_id: change.part(".came"),
            entity_id: id.clone(),
            after: None,
        };
        came.into()
    });
    let ready = awaited.then(|| ready(&change, id));
    ready.into_iter().chain(came).collect()
}

/// Returns the event of what left an entity, which may be about to go: an agent, or an entity right
/// below it.
#[must_use]
pub fn left(change: Change<Value>, id: &EntityId) -> Option<Event> {
    let left = change.before.is_some() && change.after.is_none();
    left.then(|| ready(&change, id))
}

/// Returns the event of invitations that go on at once. The scheduler tells of those that wait for
/// their turn.
#[must_use]
pub fn inviting(change: Change<Inviting>, id: &EntityId) -> Option<Event> {
    let step = change.became(|of| Some(of.step))?;
    let goes = change
        .after
        .is_some_and(|after| after.goes() && !after.waits);
    let due = InvitationsDue {
        event_id: change.name.to_owned(),
        entity_id: id.clone(),
        step,
    };
    goes.then(|| due.into())
}

fn ready<T>(change: &Change<T>, id: &EntityId) -> Event {
    let ready = DirectoryReady {
        event_id: change.name.to_owned(),
        entity_id: id.clone(),
        after: None,
    };
    ready.into()
}

/// The guard of an address, as far as it says who has it and who waits for it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Guard {
    owner: String,
    #[serde(default)]
    awaited_by: BTreeSet<AgentName>,
}

/// Returns the events of an address that its owner let go of: those who waited for it are looked at
/// again, whoever has it now.
#[must_use]
pub fn guard(change: Change<Guard>) -> Vec<Event> {
    let Some(before) = change.before else {
        return Vec::new();
    };
    if change
        .after
        .is_some_and(|after| after.owner == before.owner)
    {
        return Vec::new();
    }
    let due = |agent: &AgentName| {
        let due = AgentDue {
            event_id: change.part(&format!(".{agent}")),
            agent: agent.clone(),
        };
        due.into()
    };
    before.awaited_by.iter().map(due).collect()
}
