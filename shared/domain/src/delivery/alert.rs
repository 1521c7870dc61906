//! Decides who is mailed about a fact: when the mail is sent, not when the star was given.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    account::{
        Account, EmailStatus,
        absence::Absence,
        preferences::{Kind, Mode},
    },
    consultation::{Consultation, Scope, Sight, fact::Fact, sight},
};

/// The reason for which an agent is left out of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum LeftOut {
    /// They have not starred the consultation.
    NotAFavourite,
    /// They have this kind off.
    KindOff,
    /// An administrator deactivated the account.
    Inactive,
    /// There is no address.
    NoAddress,
    /// Nobody has confirmed the address.
    AddressUnconfirmed,
    /// Mails to the address come back.
    AddressUndeliverable,
    /// They may not, or no longer, see the consultation.
    MayNotSeeIt,
    /// They are away: their delegate gets it, or it comes on the day after.
    Away,
    /// They want this kind in the daily mail.
    Daily,
    /// The request that the alert tells of has ended. That is so of one fact, so it answers no
    /// question about a kind.
    #[cfg_attr(feature = "schema", schemars(skip))]
    Ended,
}

impl LeftOut {
    /// True if the agent asked for the alert, so that its absence is recorded for them.
    #[must_use]
    pub fn is_worth_a_record(self) -> bool {
        !matches!(
            self,
            Self::NotAFavourite | Self::KindOff | Self::Away | Self::Daily | Self::Ended
        )
    }

    /// The name in records and events.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotAFavourite => "notAFavourite",
            Self::KindOff => "kindOff",
            Self::Inactive => "inactive",
            Self::NoAddress => "noAddress",
            Self::AddressUnconfirmed => "addressUnconfirmed",
            Self::AddressUndeliverable => "addressUndeliverable",
            Self::MayNotSeeIt => "mayNotSeeIt",
            Self::Away => "away",
            Self::Daily => "daily",
            Self::Ended => "ended",
        }
    }
}

/// True if a fact tells nothing any more: the request that it is about has `ended`, or it reminds
/// of one and its consultation is over.
#[must_use]
pub fn is_past(fact: &Fact, ended: bool, consultation: &Consultation) -> bool {
    let reminds = matches!(
        fact,
        Fact::ApprovalReminded(_) | Fact::ValidationReminded(_)
    );
    ended || reminds && consultation.is_over()
}

/// A star, as far as it decides what its agent is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Star {
    /// Time at which the agent gave it; none of a star by rule, which stands for the first save of
    /// its consultation.
    pub since: Option<Timestamp>,
}

impl Star {
    /// True if it tells of a fact recorded then: an agent's own star tells nothing recorded
    /// before it.
    #[must_use]
    pub fn tells(self, recorded_at: Timestamp) -> bool {
        self.since.is_none_or(|since| since <= recorded_at)
    }
}

/// Decides whether the agent gets a mail of this kind now: active ∧ address confirmed and
/// deliverable ∧ may see the consultation ∧ has it as favourite ∧ has the kind not off. Returns why
/// they may see it, or the first reason against.
pub fn judge(
    account: &Account,
    favourite: bool,
    kind: Kind,
    consultation: &Consultation,
    scope: &Scope,
) -> Result<Sight, LeftOut> {
    if !favourite {
        return Err(LeftOut::NotAFavourite);
    }
    if account.alerts.kinds.mode(kind) == Mode::Off {
        return Err(LeftOut::KindOff);
    }
    reach(account)?;
    sight(account, consultation, scope).ok_or(LeftOut::MayNotSeeIt)
}

/// Says why alerts do not reach the agent, if they do not: active ∧ address confirmed and
/// deliverable.
pub fn reach(account: &Account) -> Result<(), LeftOut> {
    if !account.active {
        return Err(LeftOut::Inactive);
    }
    if account.contact.email.is_none() {
        return Err(LeftOut::NoAddress);
    }
    match account.email_status {
        EmailStatus::Confirmed => Ok(()),
        EmailStatus::None => Err(LeftOut::NoAddress),
        EmailStatus::Unconfirmed => Err(LeftOut::AddressUnconfirmed),
        EmailStatus::Undeliverable => Err(LeftOut::AddressUndeliverable),
    }
}

/// Time and mail by which an alert reaches the agent who is to have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Timing<'a> {
    /// By a mail of its own.
    AtOnce,
    /// In the daily mail.
    Daily,
    /// Away: the delegate gets it if they may see the consultation, otherwise it is deferred until
    /// the day after.
    Away(&'a Absence),
}

/// Decides when an alert reaches its agent, on this day of Paris. An absence comes before the
/// choice of a daily mail.
#[must_use]
pub fn timing(account: &Account, kind: Kind, today: Date) -> Timing<'_> {
    match (account.away(today), account.alerts.kinds.mode(kind)) {
        (Some(absence), _) => Timing::Away(absence),
        (None, Mode::Daily) => Timing::Daily,
        (None, _) => Timing::AtOnce,
    }
}

/// Applies the same rule to the question whom a mail would reach at this moment: an alert for later
/// is not told now.
pub fn judge_now(
    account: &Account,
    favourite: bool,
    kind: Kind,
    consultation: &Consultation,
    scope: &Scope,
    today: Date,
) -> Result<Sight, LeftOut> {
    let sight = judge(account, favourite, kind, consultation, scope)?;
    match timing(account, kind, today) {
        Timing::AtOnce => Ok(sight),
        Timing::Daily => Err(LeftOut::Daily),
        Timing::Away(_) => Err(LeftOut::Away),
    }
}

/// True if a delegate can be told of a consultation instead of the agent who is away.
/// Nothing is granted: they must be able to see the consultation in their own right, and they pass
/// nothing on. The caller knows whether both belong to one organisation.
#[must_use]
pub fn stands_in(
    delegate: &Account,
    consultation: &Consultation,
    scope: &Scope,
    today: Date,
) -> bool {
    delegate.active
        && delegate.confirmed_email().is_some()
        && delegate.away(today).is_none()
        && sight(delegate, consultation, scope).is_some()
}
