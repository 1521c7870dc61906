//! The change of an account's address: it waits for its reader, and the former one is kept for a
//! while. Of one that an administrator began, that is the time in which nobody takes the account
//! over at once (docs/domain.md, "The way back in").

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    account::{Account, EmailStatus, MailQuota, binding::Unrecoverable},
    contact::email::Email,
    id::RequestId,
    stored,
    token::LINK_LIFETIME,
};

/// Time for which a former address is kept.
pub const FORMER_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Most changes that administrators begin and readers confirm within that time. Each address that
/// they replaced is kept, so that none of its readers is told no more.
const REPLACED: usize = 5;

/// Most others that are kept, the newest.
const OTHERS: usize = 10;

/// A change of e-mail that waits for its link to be opened. It reserves nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingEmail {
    /// The address asked for.
    pub address: Email,
    /// Names the request in the mailed token.
    pub request_id: RequestId,
    /// Time at which the link stops working.
    pub expires_at: Timestamp,
    /// 1, and one more each time that it is sent again.
    pub attempt: u32,
    /// True if the portal declared the address, and its agent did not ask for it.
    #[serde(default, skip_serializing_if = "stored::is_false")]
    pub by_portal: bool,
    /// True if an administrator set the address.
    #[serde(default, skip_serializing_if = "stored::is_false")]
    pub by_administrator: bool,
}

impl PendingEmail {
    /// Makes a request that is mailed now.
    #[must_use]
    pub fn new(address: Email, request_id: RequestId, now: Timestamp) -> Self {
        Self {
            address,
            request_id,
            expires_at: now + LINK_LIFETIME,
            attempt: 1,
            by_portal: false,
            by_administrator: false,
        }
    }

    /// Sends the same link once more, which works for seven days from now.
    pub fn send_again(&mut self, now: Timestamp) {
        self.attempt += 1;
        self.expires_at = now + LINK_LIFETIME;
    }
}

/// An address that a confirmed change replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FormerEmail {
    /// The address.
    pub address: Email,
    /// The change.
    pub request_id: RequestId,
    /// Time at which it was confirmed.
    pub at: Timestamp,
    /// True if an administrator began the change.
    #[serde(default, skip_serializing_if = "stored::is_false")]
    pub by_administrator: bool,
}

impl FormerEmail {
    /// True if it is kept still.
    #[must_use]
    pub fn is_kept(&self, now: Timestamp) -> bool {
        now.duration_since(self.at) < FORMER_KEPT
    }
}

/// The part of an account that an administrator changes by setting another address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readdressed {
    /// The address that waits for its reader; none if one that waited is taken back.
    pub pending: Option<PendingEmail>,
    /// The moments of the links that administrators had mailed lately.
    pub links_mailed: MailQuota,
}

/// The reason for which an administrator cannot set another address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unaddressable {
    /// The portal declares it.
    Declared,
    /// Nobody would confirm it.
    Unconfirmable(Unrecoverable),
    /// Too many links were mailed; the next may be in so many seconds.
    TooMany(i64),
}

impl Account {
    /// Decides what an administrator changes by setting an address; none where the account has it.
    /// Setting the one in use takes back another that an administrator set and that waits.
    ///
    /// # Errors
    /// The reason for which none is mailed.
    pub fn readdressed(
        &self,
        address: &Email,
        request: RequestId,
        now: Timestamp,
    ) -> Result<Option<Readdressed>, Unaddressable> {
        let mut links_mailed = self.binding.links_mailed.clone();
        let waits = self.pending_email.as_ref();
        let in_use = self.contact.email.as_ref() == Some(address)
            && self.email_status == EmailStatus::Confirmed;
        if in_use && !waits.is_some_and(|pending| pending.by_administrator) {
            return Ok(None);
        }
        if self.declared.is_some() {
            return Err(Unaddressable::Declared);
        }
        if in_use {
            return Ok(Some(Readdressed {
                pending: None,
                links_mailed,
            }));
        }
        if self.contact.email.is_none() {
            // Nobody could stop who takes the account over by it.
            return Err(Unaddressable::Unconfirmable(Unrecoverable::NoAddress));
        }
        if self.accepted_invitation.is_none() {
            return Err(Unaddressable::Unconfirmable(Unrecoverable::Unbound));
        }
        if !self.active {
            return Err(Unaddressable::Unconfirmable(Unrecoverable::Inactive));
        }
        if self.replaced_lately(now).count() >= REPLACED {
            return Err(Unaddressable::TooMany(self.until_forgotten(now)));
        }
        links_mailed.take(now).map_err(Unaddressable::TooMany)?;
        let pending = PendingEmail {
            by_administrator: true,
            ..PendingEmail::new(address.clone(), request, now)
        };
        Ok(Some(Readdressed {
            pending: Some(pending),
            links_mailed,
        }))
    }

    /// The former addresses once a change is confirmed.
    #[must_use]
    pub fn former_after(&self, request: &RequestId, now: Timestamp) -> Vec<FormerEmail> {
        let pending = self.pending_email.as_ref();
        let former = self.contact.email.clone().map(|address| FormerEmail {
            by_administrator: pending
                .is_some_and(|pending| pending.by_administrator && pending.address != address),
            address,
            request_id: request.clone(),
            at: now,
        });
        let mut kept = self.former_kept(now);
        kept.extend(former);
        let others = kept.iter().filter(|former| !former.by_administrator);
        let mut many = others.count().saturating_sub(OTHERS);
        kept.retain(|former| {
            let goes = !former.by_administrator && many > 0;
            many -= usize::from(goes);
            !goes
        });
        kept
    }

    /// Seconds until the first address that administrators replaced lately is forgotten.
    fn until_forgotten(&self, now: Timestamp) -> i64 {
        let of_administrators = self.former_emails.iter().filter(|of| of.by_administrator);
        let kept = of_administrators.filter(|of| of.is_kept(now));
        let first = kept.map(|of| now.duration_since(of.at)).max();
        (FORMER_KEPT - first.unwrap_or_default()).as_secs() + 1
    }

    /// The former addresses that are kept still.
    #[must_use]
    pub fn former_kept(&self, now: Timestamp) -> Vec<FormerEmail> {
        let former = self.former_emails.iter();
        let kept = former.filter(|former| former.is_kept(now));
        kept.cloned().collect()
    }

    /// Lists the addresses that administrators replaced lately: their readers may stop whoever
    /// takes the account over by the one in use.
    pub fn replaced_lately(&self, now: Timestamp) -> impl Iterator<Item = &Email> {
        let former = self.former_emails.iter();
        former
            .filter(move |former| former.by_administrator && former.is_kept(now))
            .map(|former| &former.address)
    }
}
