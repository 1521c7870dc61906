//! What the link in an alert switches off (RFC 8058), and until when it works. It names account and kind, can only switch off, and
//! needs nothing stored.

use jiff::Timestamp;

use crate::{
    id::{AccountId, RequestId},
    preferences::Kind,
    token::{Purpose, Token},
};

/// How long a link works, in days.
const DAYS: i64 = 365;
const SECONDS: i64 = 86_400;

/// One kind of alert of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsubscribe {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub kind: Kind,
    /// Last day on which the link works, in days since the epoch (UTC).
    last_day: i64,
}

impl Unsubscribe {
    /// The link of a mail that is sent now; the same for all mails of a kind on one day.
    #[must_use]
    pub fn new(account: AccountId, kind: Kind, now: Timestamp) -> Self {
        Self { account, kind, last_day: now.as_second().div_euclid(SECONDS) + DAYS }
    }

    /// Whether it is too old.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        now.as_second().div_euclid(SECONDS) > self.last_day
    }

    /// What is signed; `None` never happens with the kinds there are.
    #[must_use]
    pub fn token(&self) -> Option<Token> {
        let request = RequestId::parse(&format!("{}.{}", self.kind.as_str(), self.last_day)).ok()?;
        Some(Token { purpose: Purpose::Unsubscribe, account: self.account.clone(), request })
    }

    /// What was signed.
    #[must_use]
    pub fn of(token: &Token) -> Option<Self> {
        let (kind, last_day) = token.request.as_str().split_once('.')?;
        let kind = Kind::ALL.into_iter().find(|known| known.as_str() == kind)?;
        let last_day = last_day.parse().ok()?;
        (token.purpose == Purpose::Unsubscribe).then(|| Self { account: token.account.clone(), kind, last_day })
    }
}
