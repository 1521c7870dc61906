//! Invitations: each binds one login to an account that has none, within seven days.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    account::{Account, preferences::Alerts},
    id::RequestId,
    retention::UNACCEPTED,
    stored,
    token::LINK_LIFETIME,
};

/// An invitation that waits to be accepted. A new one voids the older.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// Names the request in the mailed token.
    pub request_id: RequestId,
    /// Time at which the link stops working.
    pub expires_at: Timestamp,
    /// True if the portal asked for it, for a new customer, and no organisation did.
    #[serde(default, skip_serializing_if = "stored::is_false")]
    pub by_portal: bool,
    /// Its mail waits until then, since the mailbox was sent too many or others of the organisation
    /// came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_back_until: Option<Timestamp>,
}

impl Invitation {
    /// Makes one that is mailed now.
    #[must_use]
    pub fn new(request_id: RequestId, now: Timestamp) -> Self {
        Self {
            request_id,
            expires_at: now + LINK_LIFETIME,
            by_portal: false,
            held_back_until: None,
        }
    }

    /// An invitation that the portal asked for.
    #[must_use]
    pub fn by_portal(request_id: RequestId, now: Timestamp) -> Self {
        Self {
            by_portal: true,
            ..Self::new(request_id, now)
        }
    }

    /// Returns when its account goes with its address, if nobody has accepted it by then.
    #[must_use]
    pub fn account_kept_until(&self) -> Timestamp {
        self.expires_at + (UNACCEPTED - LINK_LIFETIME)
    }
}

/// The state of an invitation, for who opens its link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// It can be accepted.
    Waits,
    /// It was accepted before: single use, and the same login again changes nothing.
    Done,
    /// Too late; it can be sent again.
    Expired,
    /// Taken back, superseded by a newer one, or of an account that does not work.
    Unknown,
}

impl Account {
    /// Returns what its administrators' defaults make of its choice when it accepts its invitation:
    /// nothing where somebody has chosen before. A rule whose right is missing is left out.
    #[must_use]
    pub fn proposal(&self, defaults: &Alerts) -> Option<Alerts> {
        let chosen = self.accepted_invitation.is_some() || self.alerts != Alerts::default();
        (!chosen).then(|| Alerts {
            kinds: defaults.kinds.clone(),
            automatic_favourites: defaults
                .automatic_favourites
                .permitted(self.permanent_guest),
        })
    }
}
