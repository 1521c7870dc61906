//! Links of alerts that switch something off (RFC 8058), and the time for which they work. Each
//! names an account and the choice, and needs nothing stored. A mailed link can only switch off;
//! the page that answers one offers another link that takes it back, for a day.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{
    account::preferences::Kind,
    delivery::asked::Asked,
    id::{AccountId, ConsultationId, RequestId},
    token::{Purpose, Token},
};

/// Number of days for which a link works.
const DAYS: i64 = 365;
/// Number of days for which the effect of a link can be taken back.
const UNDO_DAYS: i64 = 1;
const SECONDS: i64 = 86_400;

/// Names beside those of the kinds.
const CONSULTATION: &str = "consultation";
const CONSULTATION_AGAIN: &str = "consultationAgain";
const STANDING_IN: &str = "delegate";
const ASKED: &str = "asked";
const TOLD: &str = "told";
const TOLD_DAILY: &str = "toldDaily";

/// Kinds as a number: a bit each, in their order.
fn bits(kinds: &BTreeSet<Kind>) -> u32 {
    Kind::ALL
        .iter()
        .enumerate()
        .filter(|(_, kind)| kinds.contains(kind))
        .map(|(i, _)| 1 << i)
        .sum()
}

fn kinds(bits: &str) -> Option<BTreeSet<Kind>> {
    let bits: u32 = bits.parse().ok()?;
    (bits < 1 << Kind::ALL.len()).then(|| {
        Kind::ALL
            .into_iter()
            .enumerate()
            .filter(|(i, _)| bits & 1 << i != 0)
            .map(|(_, kind)| kind)
            .collect()
    })
}

/// The choice that a link switches off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// One kind of alert.
    Kind(Kind),
    /// Following one consultation.
    Consultation(ConsultationId),
    /// Nothing: it takes back what the one before did. Never mailed.
    ConsultationAgain {
        /// The consultation that was followed.
        consultation: ConsultationId,
        /// Since when, to the millisecond.
        since: Timestamp,
    },
    /// The kinds that a mail of several alerts told, and every other that is wanted daily if it is
    /// a daily one.
    Told {
        /// The kinds that it told.
        kinds: BTreeSet<Kind>,
        /// True for a daily mail.
        daily: bool,
    },
    /// Being asked for something by others.
    Asked(Asked),
    /// Standing in for the account while it is away, whatever its days: by this account.
    StandingIn(AccountId),
}

/// A link's choice, of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsubscribe {
    /// The account.
    pub account: AccountId,
    /// The choice.
    pub choice: Choice,
    /// Last day on which the link works, in days since the epoch (UTC).
    last_day: i64,
}

impl Unsubscribe {
    /// The link of a mail that is sent now; the same for all mails of a kind on one day.
    #[must_use]
    pub fn new(account: AccountId, choice: Choice, now: Timestamp) -> Self {
        let days = if matches!(choice, Choice::ConsultationAgain { .. }) {
            UNDO_DAYS
        } else {
            DAYS
        };
        Self {
            account,
            choice,
            last_day: now.as_second().div_euclid(SECONDS) + days,
        }
    }

    /// True if it is too old.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        now.as_second().div_euclid(SECONDS) > self.last_day
    }

    /// Time at which it stops working.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        Timestamp::from_second((self.last_day + 1).saturating_mul(SECONDS))
            .unwrap_or(Timestamp::MAX)
    }

    /// True if its mail went on a day before that time: it says nothing of what was chosen
    /// since.
    #[must_use]
    pub fn was_mailed_before(&self, at: Timestamp) -> bool {
        self.last_day - DAYS < at.as_second().div_euclid(SECONDS)
    }

    /// Makes the token that is signed; `None` only of a request that is longer than ours are.
    #[must_use]
    pub fn token(&self) -> Option<Token> {
        let day = self.last_day;
        let request = match &self.choice {
            Choice::Kind(kind) => format!("{}.{day}", kind.as_str()),
            Choice::Told { kinds, daily } => format!(
                "{}.{}.{day}",
                if *daily { TOLD_DAILY } else { TOLD },
                bits(kinds)
            ),
            Choice::Consultation(consultation) => format!("{CONSULTATION}.{consultation}.{day}"),
            Choice::ConsultationAgain {
                consultation,
                since,
            } => {
                let since = since.as_millisecond();
                format!("{CONSULTATION_AGAIN}.{since}.{consultation}.{day}")
            }
            Choice::Asked(asked) => format!("{ASKED}.{}.{day}", asked.as_str()),
            Choice::StandingIn(account) => format!("{STANDING_IN}.{account}.{day}"),
        };
        let request = RequestId::parse(&request).ok()?;
        Some(Token {
            purpose: Purpose::Unsubscribe,
            account: self.account.clone(),
            request,
        })
    }

    /// Reads a token that was signed.
    #[must_use]
    pub fn of(token: &Token) -> Option<Self> {
        let (choice, last_day) = token.request.as_str().rsplit_once('.')?;
        let choice = match choice.split_once('.') {
            Some((CONSULTATION, id)) => Choice::Consultation(ConsultationId::parse(id).ok()?),
            Some((CONSULTATION_AGAIN, star)) => {
                let (since, consultation) = star.split_once('.')?;
                Choice::ConsultationAgain {
                    consultation: ConsultationId::parse(consultation).ok()?,
                    since: Timestamp::from_millisecond(since.parse().ok()?).ok()?,
                }
            }
            Some((ASKED, asked)) => Choice::Asked(Asked::parse(asked)?),
            Some((STANDING_IN, account)) => Choice::StandingIn(AccountId::parse(account).ok()?),
            Some((TOLD, told)) => Choice::Told {
                kinds: kinds(told)?,
                daily: false,
            },
            Some((TOLD_DAILY, told)) => Choice::Told {
                kinds: kinds(told)?,
                daily: true,
            },
            Some(_) => return None,
            None => Choice::Kind(
                Kind::ALL
                    .into_iter()
                    .find(|known| known.as_str() == choice)?,
            ),
        };
        let last_day = last_day.parse().ok()?;
        (token.purpose == Purpose::Unsubscribe).then(|| Self {
            account: token.account.clone(),
            choice,
            last_day,
        })
    }
}
