//! Linked accounts (« Mes comptes associés »): one account asks, the one that owns the address
//! asked for accepts (docs/domain.md, "Linked accounts"). What a link then allows is for
//! `shared/access` to say.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    account::Account,
    contact::email::{AddressDigest, Email},
    id::AccountId,
    stored,
    token::LINK_LIFETIME,
};

/// A request of an account to be linked to the one that owns an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkRequest {
    /// Stands for the address asked for; gone once the request was accepted, when nobody needs it
    /// any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<AddressDigest>,
    /// The mailbox of that address, whose mails are counted whoever has it; gone with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mailbox: Option<AddressDigest>,
    /// Time at which the mailed link stops working.
    pub expires_at: Timestamp,
    /// The number of the asker's binding: what a former login asked for is void.
    #[serde(default, skip_serializing_if = "stored::is_default")]
    pub binding: u64,
    /// The account that accepted; a request is accepted once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_by: Option<AccountId>,
}

/// The state of a request, for a login that opens the mailed link.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer<'a> {
    /// This account of the login was asked, and may accept until the request expires.
    Waits(&'a Account),
    /// This account of the login accepted before.
    Accepted(&'a Account),
    /// Too late.
    Expired,
    /// It was not the login's account that was asked, or that account does not work any more.
    NotYours,
}

impl LinkRequest {
    /// A new one, of the asker's binding.
    #[must_use]
    pub fn new(email: &Email, binding: u64, now: Timestamp) -> Self {
        Self {
            address: Some(email.digest()),
            mailbox: Some(email.mailbox()),
            expires_at: now + LINK_LIFETIME,
            binding,
            accepted_by: None,
        }
    }

    /// True if it can still be accepted, by anybody.
    #[must_use]
    pub fn waits(&self, now: Timestamp) -> bool {
        self.address.is_some() && now < self.expires_at
    }

    /// True if the asker works, and is still who asked.
    #[must_use]
    pub fn is_of(&self, asker: &Account) -> bool {
        asker.active && asker.binding.number == self.binding
    }

    /// True if a mail about it goes to the owner of its address: somebody else, active, who
    /// confirmed that address, while it can still be accepted. The caller knows whether the two are
    /// linked already.
    #[must_use]
    pub fn is_for(&self, owner: &Account, asker: &Account, now: Timestamp) -> bool {
        self.waits(now)
            && self.address == owner.confirmed_email().map(Email::digest)
            && owner.id != asker.id
            && owner.active
            && !owner.refuses_link_requests
            && self.is_of(asker)
    }

    /// Decides what a login that acts for these accounts finds. Those who were not asked learn
    /// nothing more of the request.
    #[must_use]
    pub fn answer<'a>(
        &self,
        asker: &AccountId,
        accounts: &'a [Account],
        now: Timestamp,
    ) -> Answer<'a> {
        let asked = |account: &&Account| match &self.accepted_by {
            Some(accepted) => account.id == *accepted,
            None => {
                let own = account.contact.email.as_ref().map(Email::digest);
                own.is_some() && self.address == own
            }
        };
        match accounts
            .iter()
            .filter(|account| account.active && account.id != *asker)
            .find(asked)
        {
            None => Answer::NotYours,
            Some(account) if self.accepted_by.is_some() => Answer::Accepted(account),
            Some(_) if self.expires_at <= now => Answer::Expired,
            Some(account) => Answer::Waits(account),
        }
    }
}
