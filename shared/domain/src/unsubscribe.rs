//! What the link in an alert switches off (RFC 8058), and until when it works. It names an account and what is switched off, can only
//! switch off, and needs nothing stored.

use jiff::Timestamp;

use crate::{
    id::{AccountId, RequestId},
    preferences::Kind,
    token::{Purpose, Token},
};

/// How long a link works, in days.
const DAYS: i64 = 365;
const SECONDS: i64 = 86_400;

/// Names beside those of the kinds.
const DAILY: &str = "daily";
const DELEGATION: &str = "delegation";

/// What a link switches off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// One kind of alert.
    Kind(Kind),
    /// Every kind that is wanted daily.
    Daily,
    /// Standing in for the account while it is away; the request that was agreed to.
    Delegation(RequestId),
}

/// What a link switches off of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsubscribe {
    /// Whose.
    pub account: AccountId,
    /// What.
    pub what: What,
    /// Last day on which the link works, in days since the epoch (UTC).
    last_day: i64,
}

impl Unsubscribe {
    /// The link of a mail that is sent now; the same for all mails of a kind on one day.
    #[must_use]
    pub fn new(account: AccountId, what: What, now: Timestamp) -> Self {
        Self { account, what, last_day: now.as_second().div_euclid(SECONDS) + DAYS }
    }

    /// Whether it is too old.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        now.as_second().div_euclid(SECONDS) > self.last_day
    }

    /// What is signed; `None` only of a request that is longer than ours are.
    #[must_use]
    pub fn token(&self) -> Option<Token> {
        let day = self.last_day;
        let request = match &self.what {
            What::Kind(kind) => format!("{}.{day}", kind.as_str()),
            What::Daily => format!("{DAILY}.{day}"),
            What::Delegation(request) => format!("{DELEGATION}.{request}.{day}"),
        };
        let request = RequestId::parse(&request).ok()?;
        Some(Token { purpose: Purpose::Unsubscribe, account: self.account.clone(), request })
    }

    /// What was signed.
    #[must_use]
    pub fn of(token: &Token) -> Option<Self> {
        let (what, last_day) = token.request.as_str().rsplit_once('.')?;
        let what = match what.split_once('.') {
            Some((DELEGATION, request)) => What::Delegation(RequestId::parse(request).ok()?),
            Some(_) => return None,
            None if what == DAILY => What::Daily,
            None => What::Kind(Kind::ALL.into_iter().find(|known| known.as_str() == what)?),
        };
        let last_day = last_day.parse().ok()?;
        (token.purpose == Purpose::Unsubscribe).then(|| Self { account: token.account.clone(), what, last_day })
    }
}
