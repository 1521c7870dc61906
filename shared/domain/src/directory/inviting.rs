//! Inviting all agents of an entity and below whom the portal declared and nobody ever invited: who
//! is meant, how far it is, and how it goes on.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    account::{Account, invitation::Invitation},
    id::{AccountId, EntityId, RequestId},
    stored,
};

/// Time after which it is looked whether somebody's turn has come: the scheduler looks each minute.
pub const PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// A place in the walk of an entity and all that lies below it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The entity whose agents are looked at.
    pub entity_id: EntityId,
    /// The agent to go on after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<AccountId>,
}

/// Progress of the invitations of an entity and below, of which one run goes at a time. A run walks
/// the tree again until it finds nobody more, so that it misses nobody who was declared meanwhile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Inviting {
    /// Grows with each step, also from one run to the next: a step that was done is not done again.
    pub step: u64,
    /// The administrator who asked for the run; none once it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<AccountId>,
    /// Time at which the run began.
    pub started_at: Timestamp,
    /// Time at which it ended; none while it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// The number of agents whom it invited.
    #[serde(default)]
    pub sent: u64,
    /// The place where it goes on; at the beginning without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// True if this walk found somebody: another follows it.
    #[serde(default, skip_serializing_if = "stored::is_false")]
    pub found: bool,
    /// True if it waits for its turn.
    #[serde(default, skip_serializing_if = "stored::is_false")]
    pub waits: bool,
}

impl Inviting {
    /// Returns the beginning of the next run; `None` while one goes.
    #[must_use]
    pub fn next(before: Option<&Self>, by: &AccountId, now: Timestamp) -> Option<Self> {
        if before.is_some_and(Self::goes) {
            return None;
        }
        Some(Self {
            step: before.map_or(0, |before| before.step) + 1,
            by: Some(by.clone()),
            started_at: now,
            finished_at: None,
            sent: 0,
            place: None,
            found: false,
            waits: false,
        })
    }

    /// True until it is over.
    #[must_use]
    pub fn goes(&self) -> bool {
        self.finished_at.is_none()
    }

    /// Returns the next step, at a place of the same walk.
    #[must_use]
    pub fn at(&self, place: Place, found: bool, waits: bool) -> Self {
        Self {
            step: self.step + 1,
            place: Some(place),
            found,
            waits,
            ..self.clone()
        }
    }

    /// Returns the step after a walk: another one if it found somebody, else the end.
    #[must_use]
    pub fn walked(&self, found: bool, now: Timestamp) -> Self {
        let over = !found;
        Self {
            step: self.step + 1,
            by: self.by.clone().filter(|_| found),
            finished_at: over.then_some(now),
            place: None,
            found: false,
            waits: false,
            ..self.clone()
        }
    }
}

impl Account {
    /// True if the portal declared the agent and nobody ever invited them. An invitation that went
    /// with its address is as none: nobody reads it any more.
    #[must_use]
    pub fn is_uninvited(&self) -> bool {
        self.declared
            .as_ref()
            .is_some_and(|declared| !declared.lapsed)
            && self.invitation.is_none()
            && self.accepted_invitation.is_none()
    }

    /// True if a word to all invites them: their account works and has an address.
    #[must_use]
    pub fn awaits_word(&self) -> bool {
        self.is_uninvited() && self.active && self.contact.email.is_some()
    }

    /// Returns the invitation of an agent whom a word to all invites.
    #[must_use]
    pub fn on_word(&self, request: RequestId, now: Timestamp) -> Option<Invitation> {
        self.awaits_word().then(|| Invitation::new(request, now))
    }
}
