//! The kinds of mails about an account, as events name them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::delivery::TEST_ALERT;

/// The kinds of mails about an account itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum AccountMailKind {
    /// To who was invited.
    Invitation,
    /// To a new address.
    Confirmation,
    /// To the address that would be replaced.
    EmailChangeNotice,
    /// To who was asked to stand in.
    Delegation,
    /// To who was asked to be linked.
    LinkRequest,
    /// To administrators, of one agent.
    Undeliverable,
    /// To who reads mails again.
    MissedAlerts,
    /// To who asked for a test alert.
    Test,
    /// To an agent whose account others changed.
    AccountChanged,
    /// To administrators, of all agents whom mails do not reach.
    Unreached,
    /// To who had been invited.
    InvitationWithdrawn,
    /// To administrators, of an organisation that nobody administers as a whole any more.
    AdministratorsGone,
    /// To both whose accounts were linked.
    AccountsLinked,
    /// To an agent whose absence others changed.
    AbsenceChanged,
    /// To an account's address: bind another login.
    Recovery,
    /// To an account that was recovered, or is about to be, and to those who administer it.
    AccountRecovered,
    /// To who follows now what somebody else alone had followed, and to them.
    HandedOver,
    /// To a deactivated account that will be erased, and to those who administer it.
    ErasureAnnounced,
}

impl AccountMailKind {
    /// Returns the kind of a word used in JSON.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        serde_json::from_value(Value::from(word)).ok()
    }

    /// Returns the word used in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Confirmation => "confirmation",
            Self::EmailChangeNotice => "emailChangeNotice",
            Self::Delegation => "delegation",
            Self::LinkRequest => "linkRequest",
            Self::Undeliverable => "undeliverable",
            Self::MissedAlerts => "missedAlerts",
            Self::Test => TEST_ALERT,
            Self::AccountChanged => "accountChanged",
            Self::Unreached => "unreached",
            Self::InvitationWithdrawn => "invitationWithdrawn",
            Self::AdministratorsGone => "administratorsGone",
            Self::AccountsLinked => "accountsLinked",
            Self::AbsenceChanged => "absenceChanged",
            Self::Recovery => "recovery",
            Self::AccountRecovered => "accountRecovered",
            Self::HandedOver => "handedOver",
            Self::ErasureAnnounced => "erasureAnnounced",
        }
    }
}
