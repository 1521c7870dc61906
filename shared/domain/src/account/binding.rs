//! Bindings: the login that acts for an account, under a number that each recovery raises. Whatever
//! a login holds names the number that it was given under, so that a former one opens nothing.
//! Recoveries (« Retrouver mon compte »): another login takes the place of one that is gone, by a
//! link that is mailed to the account's address (docs/domain.md, "The way back in").

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    account::{Account, MailQuota, Role},
    contact::email::{AddressDigest, Email},
    id::{AccountId, LoginId, RequestId},
    stored,
};

/// Time for which the mailed link of a recovery works.
pub const RECOVERY_LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// Time for which a recovery waits that may be stopped.
pub const RECOVERY_WAIT: SignedDuration = SignedDuration::from_hours(24);

/// Time after which a login may ask for the same address again.
const ASKED_AGAIN: SignedDuration = SignedDuration::from_mins(10);

/// Time for which an address that a login asked for counts.
const ASKED_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Most addresses that a login asks for within that time.
const ADDRESSES: usize = 5;

/// The login that acts for an account, and those that may take its place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Binding {
    /// Raised by each recovery.
    #[serde(default, skip_serializing_if = "stored::is_default")]
    pub number: u64,
    /// The login that was bound last, so that an erasure finds what it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<LoginId>,
    /// The recovery by which it was bound: its link may be opened twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovered: Option<RequestId>,
    /// A link that an administrator had mailed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<RecoveryLink>,
    /// The moments of the links that administrators had mailed lately. Apart from the account's own
    /// mails, so that whoever spends those stops no administrator.
    #[serde(default, skip_serializing_if = "stored::is_default")]
    pub links_mailed: MailQuota,
    /// Recoveries that were confirmed and may still be stopped, the first first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<WaitingRecovery>,
}

/// A link that an administrator had mailed to the account's address, for the first login that
/// confirms it. A newer one voids it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryLink {
    /// Names it in the mailed token.
    pub request_id: RequestId,
    /// Stands for the address that it is mailed to.
    pub address: AddressDigest,
    /// Time at which it stops working.
    pub expires_at: Timestamp,
    /// The account by which the administrator acted.
    pub by: AccountId,
}

/// A recovery that was confirmed, and takes effect unless it is stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WaitingRecovery {
    /// Names it in the mailed token.
    pub request_id: RequestId,
    /// The login that confirmed it.
    pub login: LoginId,
    /// Stands for the address that the link was mailed to.
    pub address: AddressDigest,
    /// Time at which it takes effect.
    pub due: Timestamp,
}

/// The addresses whose accounts a login asked for lately, whether anybody has them or not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryAsks {
    /// The newest for each address.
    pub asks: Vec<RecoveryAsk>,
}

/// An address whose account a login asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryAsk {
    /// Names it in the mailed token.
    pub request_id: RequestId,
    /// Stands for the address.
    pub address: AddressDigest,
    /// The mailbox of that address, whose mails are counted whoever has it.
    pub mailbox: AddressDigest,
    /// Time at which it was asked for.
    pub at: Timestamp,
    /// True once its link was used.
    #[serde(default, skip_serializing_if = "stored::is_false")]
    pub used: bool,
}

impl RecoveryAsk {
    /// Returns when its link stops working.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.at + RECOVERY_LIFETIME
    }
}

impl RecoveryAsks {
    /// Asks for the account of an address; false if the login may not, yet. A newer ask for the
    /// same address voids the older.
    #[must_use]
    pub fn ask(&mut self, email: &Email, request: RequestId, now: Timestamp) -> bool {
        let address = email.digest();
        self.asks
            .retain(|ask| now.duration_since(ask.at) < ASKED_WITHIN);
        match self.asks.iter().position(|ask| ask.address == address) {
            Some(known) if now.duration_since(self.asks[known].at) < ASKED_AGAIN => return false,
            Some(known) => drop(self.asks.remove(known)),
            None if self.asks.len() >= ADDRESSES => return false,
            None => {}
        }
        self.asks.push(RecoveryAsk {
            request_id: request,
            address,
            mailbox: email.mailbox(),
            at: now,
            used: false,
        });
        true
    }

    /// Finds an ask by its request.
    #[must_use]
    pub fn find(&self, request: &RequestId) -> Option<&RecoveryAsk> {
        self.asks.iter().find(|ask| &ask.request_id == request)
    }

    /// Notes that the link of an ask was used.
    pub fn mark_used(&mut self, request: &RequestId) {
        for ask in &mut self.asks {
            ask.used |= &ask.request_id == request;
        }
    }

    /// Lists the requests that are not among others.
    #[must_use]
    pub fn newer_than(&self, before: &Self) -> Vec<&RequestId> {
        self.asks
            .iter()
            .map(|ask| &ask.request_id)
            .filter(|request| before.find(request).is_none())
            .collect()
    }

    /// Returns from when on nothing of it counts any more.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        let last = self.asks.iter().map(|ask| ask.at).max();
        last.map_or(Timestamp::UNIX_EPOCH, |last| last + ASKED_WITHIN)
    }
}

/// The state of a recovery, for a login that opens its mailed link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// The login takes the place of the former one at once.
    Binds,
    /// It does so after a time in which it may be stopped.
    Waits(AddressDigest),
    /// It waits until then already.
    WaitsUntil(Timestamp),
    /// The login acts for the account already.
    Done,
    /// Too late.
    Expired,
    /// Superseded, stopped, of another login or another address, or of an account that cannot be
    /// recovered.
    Unknown,
}

/// The reason for which an account cannot be recovered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unrecoverable {
    /// It was deactivated.
    Inactive,
    /// It has no address.
    NoAddress,
    /// Mails do not reach its address.
    Undeliverable,
    /// Nobody has shown that they read its address.
    Unconfirmed,
    /// Nobody has accepted its invitation yet.
    Unbound,
}

impl Account {
    /// Returns the address by which the account can be recovered: confirmed and deliverable, of an
    /// account that is active and that a login acts for.
    ///
    /// # Errors
    /// The reason for which it cannot.
    pub fn recoverable(&self) -> Result<&Email, Unrecoverable> {
        use super::EmailStatus;
        if !self.active {
            return Err(Unrecoverable::Inactive);
        }
        let Some(address) = &self.contact.email else {
            return Err(Unrecoverable::NoAddress);
        };
        match self.email_status {
            EmailStatus::None => Err(Unrecoverable::NoAddress),
            EmailStatus::Undeliverable => Err(Unrecoverable::Undeliverable),
            EmailStatus::Unconfirmed => Err(Unrecoverable::Unconfirmed),
            EmailStatus::Confirmed if self.accepted_invitation.is_none() => {
                Err(Unrecoverable::Unbound)
            }
            EmailStatus::Confirmed => Ok(address),
        }
    }

    /// True if an ask for this address is mailed to the account's owner.
    #[must_use]
    pub fn is_asked_for(&self, ask: &RecoveryAsk) -> bool {
        self.recoverable()
            .is_ok_and(|address| address.digest() == ask.address)
            && self.is_unchanged_since(ask.at)
    }

    /// True if nobody has confirmed an address of the account after that: what was begun by the one
    /// of then ended with it, also where it is in use again.
    fn is_unchanged_since(&self, then: Timestamp) -> bool {
        then.as_millisecond() >= self.confirmed_since().as_millisecond()
    }

    /// True if a recovery still may take effect: its address is the account's, and nobody has
    /// confirmed one since the recovery began to wait.
    fn is_waited_for(&self, waiting: &WaitingRecovery, address: &AddressDigest) -> bool {
        waiting.address == *address && self.is_unchanged_since(waiting.due - RECOVERY_WAIT)
    }

    /// Decides what a login finds that opens the link of a recovery, which was signed for the
    /// binding of that number. `mine` says that the login acts for the account.
    ///
    /// Whoever reads the mailbox of an administrator may be several, so that an administrator's own
    /// account waits, unless another administrator had the link mailed. An account whose address an
    /// administrator replaced lately waits in any case: they may read the new one themselves.
    #[must_use]
    pub fn recovery(
        &self,
        (number, request): (u64, &RequestId),
        (login, mine): (&LoginId, bool),
        asks: &RecoveryAsks,
        now: Timestamp,
    ) -> Recovery {
        let Ok(address) = self.recoverable().map(Email::digest) else {
            return Recovery::Unknown;
        };
        // First: the recovery itself has raised the number.
        if mine && self.binding.recovered.as_ref() == Some(request) {
            return Recovery::Done;
        }
        if number != self.binding.number {
            return Recovery::Unknown;
        }
        let waits = self.binding.waiting.iter().find(|waiting| {
            &waiting.request_id == request
                && &waiting.login == login
                && self.is_waited_for(waiting, &address)
        });
        if let Some(waiting) = waits {
            return Recovery::WaitsUntil(waiting.due);
        }
        let link = self.binding.link.as_ref();
        let (to, mailed, expires_at, by_another) = match (
            link.filter(|link| &link.request_id == request),
            asks.find(request),
        ) {
            (Some(link), _) => {
                let mailed = link.expires_at - RECOVERY_LIFETIME;
                (&link.address, mailed, link.expires_at, link.by != self.id)
            }
            (None, Some(ask)) if !ask.used => (&ask.address, ask.at, ask.expires_at(), false),
            _ => return Recovery::Unknown,
        };
        if *to != address || !self.is_unchanged_since(mailed) {
            Recovery::Unknown
        } else if expires_at <= now {
            Recovery::Expired
        } else if mine {
            Recovery::Done
        } else if self.role == Role::Administrator && !by_another
            || self.replaced_lately(now).next().is_some()
        {
            Recovery::Waits(address)
        } else {
            Recovery::Binds
        }
    }

    /// Returns the recovery of a request that waits, if it still may take effect.
    #[must_use]
    pub fn waiting_recovery(&self, request: &RequestId) -> Option<&WaitingRecovery> {
        self.waiting_recoveries()
            .find(|waiting| &waiting.request_id == request)
    }

    /// Lists the recoveries that wait and still may take effect, the first first.
    pub fn waiting_recoveries(&self) -> impl Iterator<Item = &WaitingRecovery> {
        let address = self.recoverable().ok().map(Email::digest);
        let waiting = self.binding.waiting.iter();
        waiting.filter(move |waiting| {
            let address = address.as_ref();
            address.is_some_and(|address| self.is_waited_for(waiting, address))
        })
    }

    /// The account once a login has taken the place of the one that acted for it. What the former
    /// one began and nobody has answered ends: an address that waits, a request to stand in, other
    /// recoveries; requests to be linked and calendar links end by the number.
    #[must_use]
    pub fn bound_anew(&self, login: &LoginId, request: &RequestId) -> Self {
        let mut after = self.clone();
        after.version += 1;
        after.binding = Binding {
            number: self.binding.number + 1,
            login: Some(login.clone()),
            recovered: Some(request.clone()),
            link: None,
            links_mailed: self.binding.links_mailed.clone(),
            waiting: Vec::new(),
        };
        after.pending_email = None;
        if let Some(absence) = &mut after.absence {
            absence.delegate = absence.delegate.take().filter(|delegate| delegate.agreed);
        }
        after
    }

    /// The account once a recovery waits.
    #[must_use]
    pub fn awaiting(&self, waiting: WaitingRecovery) -> Self {
        let mut after = self.clone();
        after.version += 1;
        let link = after.binding.link.take();
        after.binding.link = link.filter(|link| link.request_id != waiting.request_id);
        after.binding.waiting.push(waiting);
        after
    }

    /// The account once nothing waits that could be stopped.
    #[must_use]
    pub fn stopped(&self) -> Self {
        let mut after = self.clone();
        after.version += 1;
        after.binding.waiting.clear();
        after
    }
}
