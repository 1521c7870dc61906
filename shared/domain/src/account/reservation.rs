//! Reserved addresses. An account that nobody has accepted holds its address for whoever was
//! invited, and yields it to who has a better right: so that no organisation keeps an address from
//! its owner by inviting it (docs/domain.md, "Contact details").

use crate::{
    account::{Account, EmailStatus, own_domain::OwnDomains},
    contact::email::Email,
    id::EntityId,
};

/// The organisation that an account belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Organisation<'a> {
    /// Its root.
    pub root: &'a EntityId,
    /// Its mail domains.
    pub domains: &'a OwnDomains,
}

/// The one who asks for an address that is reserved.
#[derive(Clone, Copy, Debug)]
pub enum Taker<'a> {
    /// The portal, for a first administrator.
    Portal,
    /// An organisation, for an agent of its own.
    Organisation(Organisation<'a>),
    /// Whoever opened a link that was mailed to the address.
    Reader,
}

/// True if an account only reserves its address: nobody has accepted an invitation to it, nor
/// shown that they read the address.
#[must_use]
pub fn is_reserved(holder: &Account) -> bool {
    holder.contact.email.is_some()
        && holder.accepted_invitation.is_none()
        && holder.email_status != EmailStatus::Confirmed
}

/// Decides whether a reserved address is yielded. `provisioned` says that the portal reserved it;
/// `of` is the holder's organisation, if it has one.
#[must_use]
pub fn yields(
    holder: &Account,
    provisioned: bool,
    of: Option<Organisation<'_>>,
    taker: Taker<'_>,
) -> bool {
    is_reserved(holder)
        && match taker {
            Taker::Reader => true,
            Taker::Portal => !provisioned,
            Taker::Organisation(taker) => {
                let is_better = |address| is_better(address, taker, of);
                !provisioned && holder.contact.email.as_ref().is_some_and(is_better)
            }
        }
}

/// Asks of who takes that they own the domain beyond doubt. A holder keeps its own by as much as
/// one administrator who reads mails there.
fn is_better(address: &Email, taker: Organisation<'_>, holder: Option<Organisation<'_>>) -> bool {
    taker.domains.own(address)
        && holder.is_none_or(|holder| holder.root != taker.root && !holder.domains.show(address))
}
