//! A mail about an account, composed, and the delivery that it makes.

use vigie_domain::{
    account::Account, contact::email::Email, delivery::asked::Origin, event::AccountMailDue,
    id::AccountId,
};
use vigie_mail::Rendered;
use vigie_store::Subject;

/// Names the delivery of a mail.
pub(crate) fn subject(due: &AccountMailDue) -> Subject {
    Subject::account_mail(due.mail.as_str(), due.request_id.as_str(), due.attempt)
}

/// A mail, and whose delivery it is.
pub(crate) struct Composed {
    pub recipient: AccountId,
    pub to: Email,
    pub rendered: Rendered,
    /// The sides that it was asked for from, the first that is counted first; none if nobody else
    /// asked.
    pub origins: Vec<Origin>,
    /// Its number among those of its request that go to one account; none of an only one.
    pub number: Option<u32>,
}

impl Composed {
    /// A mail that the account itself asked for, or that tells it of itself; none if it has no
    /// address.
    pub(crate) fn own(account: &Account, rendered: Rendered) -> Option<Self> {
        let address = account.contact.email.as_ref()?;
        Some(Self::to(account, address, rendered))
    }

    /// Composes a mail about an account to an address.
    pub(crate) fn to(account: &Account, address: &Email, rendered: Rendered) -> Self {
        Self {
            recipient: account.id.clone(),
            to: address.clone(),
            rendered,
            origins: Vec::new(),
            number: None,
        }
    }
}
