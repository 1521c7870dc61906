//! Mails that somebody else asked for: an invitation, the confirmation of an address, a request to
//! be linked or to stand in, a link by which another login takes an account over. Each has an
//! origin, and each mailbox a share for each kind of origin, so that nobody spends what is
//! another's (docs/domain.md, "Mails that somebody else causes").

use serde::{Deserialize, Serialize};

use crate::id::EntityId;

/// The side from which a mail was asked for, as seen from the mailbox that it goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The account whose own address it is.
    Owner,
    /// The portal, for a new customer.
    Portal,
    /// The organisation of this root, to an address on a domain of its own.
    OwnDomain(EntityId),
    /// The organisation of this root, to any other address.
    Organisation(EntityId),
    /// An agent of the recipient's own organisation.
    Colleague,
    /// Any other agent. All requests to be linked count so, since the address is not looked up.
    Agent,
    /// A login that looks for its account, whoever has the address.
    Login,
}

impl Origin {
    /// Returns the name of the share that it spends, in keys and in the mail's tags.
    #[must_use]
    pub fn share(&self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Portal => "portal",
            Self::OwnDomain(_) => "ownDomain",
            Self::Organisation(_) => "organisations",
            Self::Colleague => "colleagues",
            Self::Agent => "agents",
            Self::Login => "logins",
        }
    }

    /// Reads the name of a share.
    #[must_use]
    pub fn known_share(name: &str) -> Option<&'static str> {
        [
            "owner",
            "portal",
            "ownDomain",
            "organisations",
            "colleagues",
            "agents",
            "logins",
        ]
        .into_iter()
        .find(|known| *known == name)
    }

    /// Returns the organisation of a share that several spend: the first mail of each in a day
    /// waits for no other's.
    #[must_use]
    pub fn organisation(&self) -> Option<&EntityId> {
        match self {
            Self::OwnDomain(root) | Self::Organisation(root) => Some(root),
            _ => None,
        }
    }
}

/// The kinds of mail that somebody else can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Asked {
    /// To open an account.
    Invitation,
    /// To confirm an address.
    Confirmation,
    /// To link accounts.
    LinkRequest,
    /// To stand in for a colleague.
    Delegation,
    /// To bind another login to an account.
    Recovery,
}

impl Asked {
    /// Returns its name, in records and tags.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Confirmation => "confirmation",
            Self::LinkRequest => "linkRequest",
            Self::Delegation => "delegation",
            Self::Recovery => "recovery",
        }
    }

    /// Reads its name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::Invitation,
            Self::Confirmation,
            Self::LinkRequest,
            Self::Delegation,
            Self::Recovery,
        ]
        .into_iter()
        .find(|known| known.as_str() == name)
    }
}
