//! Invitations: each binds one login to an account that has none, within seven days.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{id::RequestId, retention::UNACCEPTED, token::LINK_LIFETIME};

/// An invitation that waits to be accepted. A new one voids the older.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// Names the request in the mailed token.
    pub request_id: RequestId,
    /// When the link stops working.
    pub expires_at: Timestamp,
    /// Its mail was not sent, since the address was sent too many; another one can be from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_back_until: Option<Timestamp>,
}

impl Invitation {
    /// Makes one that is mailed now.
    #[must_use]
    pub fn new(request_id: RequestId, now: Timestamp) -> Self {
        Self { request_id, expires_at: now + LINK_LIFETIME, held_back_until: None }
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
