//! Trips of the canary's day, and the events that set out on them.

use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::NAME;
use crate::{id::ConsultationId, paris, text::Invalid};

/// A tender in each quarter of an hour.
const EVERY: SignedDuration = SignedDuration::from_mins(15);

/// Time from the first save of a consultation to its closing.
const OPEN: SignedDuration = SignedDuration::from_mins(15);

/// Time after which a trip that a later one overtook counts as lost.
const LOST: SignedDuration = SignedDuration::from_hours(1);

/// Longest time to wait for a trip, if none after it comes back either.
const WAITED: SignedDuration = SignedDuration::from_hours(24);

/// Time into a day for which the previous day's items are kept.
const SPARE: SignedDuration = SignedDuration::from_hours(1);

/// The hour of Paris at which its day begins.
const DAYBREAK: i8 = 20;

/// Subject of a trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Leg {
    /// A tender, told at once.
    Tender,
    /// The consultation's deadline.
    Closing,
    /// A question, told in the daily mail.
    Daily,
}

impl Leg {
    /// Returns its name in keys and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tender => "tender",
            Self::Closing => "closing",
            Self::Daily => "daily",
        }
    }

    /// Returns the kind of its fact.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Self::Tender => "tenderReceived",
            Self::Closing => "consultationClosed",
            Self::Daily => "questionReceived",
        }
    }
}

/// One way through everything, from the event to SES's receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trip {
    /// Tells it from all others.
    pub name: String,
    /// Its subject.
    pub leg: Leg,
    /// Consultation of the trip.
    pub consultation_id: ConsultationId,
    /// Key of its fact.
    pub key: String,
    /// From when on its mail is waited for.
    pub due: Timestamp,
    /// Time at which its event was put on the bus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// Time at which its receipt was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_at: Option<Timestamp>,
    /// Milliseconds from the bus to the receiving server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took: Option<u64>,
}

impl Trip {
    fn new(name: String, leg: Leg, day: &Day, key: String, due: Timestamp) -> Self {
        Self {
            name,
            leg,
            consultation_id: day.consultation.clone(),
            key,
            due,
            sent_at: None,
            back_at: None,
            took: None,
        }
    }

    /// Returns a tender that is due now, beside those of each quarter of an hour.
    #[must_use]
    pub fn extra(day: &Day, now: Timestamp) -> Self {
        let key = now.as_millisecond().to_string();
        Self::new(format!("tender-{key}"), Leg::Tender, day, key, now)
    }

    /// Returns the tender of this quarter of an hour: one, whoever asks.
    #[must_use]
    pub fn tender(day: &Day, now: Timestamp) -> Self {
        let key = (quarter(now) * EVERY.as_secs()).to_string();
        Self::new(format!("tender-{key}"), Leg::Tender, day, key, now)
    }

    /// Returns the closing of a day's consultation that is first saved now.
    #[must_use]
    pub fn closing(day: &Day, now: Timestamp) -> Self {
        let deadline = Timestamp::from_second((now + OPEN).as_second()).unwrap_or(now);
        Self::new(
            format!("closing-{}", day.consultation),
            Leg::Closing,
            day,
            deadline.to_string(),
            deadline,
        )
    }

    /// Returns a day's question, if what is recorded now is told within that day.
    #[must_use]
    pub fn daily(day: &Day, now: Timestamp) -> Option<Self> {
        let told = paris::told_daily(now, now);
        (told < day.ends).then(|| {
            Self::new(
                format!("daily-{}", day.consultation),
                Leg::Daily,
                day,
                "question".to_owned(),
                told,
            )
        })
    }

    /// Notes that it is back: its receipt was seen now, and the receiving server took the mail
    /// then.
    pub fn come_back(&mut self, delivered_at: Option<Timestamp>, now: Timestamp) {
        self.back_at = Some(now);
        // A closing is started by the clock, so it says nothing of how fast an event is told.
        let sent_at = self.sent_at.filter(|_| self.leg == Leg::Tender);
        let took = sent_at.map(|sent_at| {
            delivered_at
                .unwrap_or(now)
                .duration_since(sent_at)
                .as_millis()
        });
        // Two clocks differ.
        self.took = took.map(|took| u64::try_from(took).unwrap_or(0));
    }

    /// Returns the time for which its mail has been waited for.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> SignedDuration {
        match self.back_at {
            Some(_) => SignedDuration::ZERO,
            None => now.duration_since(self.due).max(SignedDuration::ZERO),
        }
    }

    /// True if it will not come back any more: a later one did an hour ago, or nothing has
    /// come for a day.
    #[must_use]
    pub fn is_lost(&self, all: &[Self], now: Timestamp) -> bool {
        let overtaken = all
            .iter()
            .any(|other| other.back_at.is_some() && other.due > self.due);
        let patience = if overtaken { LOST } else { WAITED };
        self.back_at.is_none() && self.age(now) > patience
    }

    /// True if nothing is to be known of it any more: it is back, and of another day or a
    /// tender that a later one followed.
    #[must_use]
    pub fn is_over(&self, all: &[Self], day: &Day) -> bool {
        let followed = |other: &Self| {
            other.leg == Leg::Tender && other.back_at.is_some() && other.due > self.due
        };
        let over = self.consultation_id != day.consultation
            || (self.leg == Leg::Tender && all.iter().any(followed));
        self.back_at.is_some() && over
    }

    /// True if it happens in a consultation that must be there before.
    #[must_use]
    pub fn is_within(&self) -> bool {
        self.leg != Leg::Closing
    }

    /// Returns the events that set it off, as the portal sends them: detail-type and detail.
    #[must_use]
    pub fn events(&self, now: Timestamp) -> Vec<(&'static str, Value)> {
        match self.leg {
            Leg::Closing => ["drafting", "consultation"]
                .into_iter()
                .zip(1..)
                .map(|(phase, n)| ("ConsultationSaved", self.saved(phase, n)))
                .collect(),
            Leg::Tender => {
                let detail = json!({
                    "consultationId": self.consultation_id,
                    "depositId": self.key,
                    "depositNumber": self.key,
                    "receivedAt": now,
                    "channel": "electronic",
                    "lots": [],
                });
                vec![("TenderReceived", detail)]
            }
            Leg::Daily => {
                let detail = json!({
                    "consultationId": self.consultation_id,
                    "questionId": self.key,
                    "receivedAt": now,
                    "hasAttachment": false,
                });
                vec![("QuestionReceived", detail)]
            }
        }
    }

    fn saved(&self, phase: &str, revision: u64) -> Value {
        json!({
            "consultationId": self.consultation_id,
            "revision": revision,
            "reference": "CANARI",
            "title": "Contrôle automatique des alertes",
            "organisation": "Canari de Vigie",
            "entityId": NAME,
            "authorAccountId": NAME,
            "phase": phase,
            "submissionDeadline": self.due,
            "guests": [],
        })
    }
}

/// A day of the canary's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// Its consultation.
    pub consultation: ConsultationId,
    /// Time at which it began.
    pub began: Timestamp,
    /// Time at which the next one begins.
    pub ends: Timestamp,
}

impl Day {
    /// Returns the day that a moment lies in.
    ///
    /// # Errors
    /// Never: a date makes an id.
    pub fn of(now: Timestamp) -> Result<Self, Invalid> {
        let today = paris::day(now);
        let first = if now < daybreak(today) {
            today.yesterday().unwrap_or(Date::MIN)
        } else {
            today
        };
        let consultation = ConsultationId::parse(&format!("{NAME}-{first}"))?;
        Ok(Self {
            consultation,
            began: daybreak(first),
            ends: daybreak(paris::after(first)),
        })
    }

    /// True if nothing of the days before is needed any more: all of them are back, and
    /// nothing that came twice is on its way.
    #[must_use]
    pub fn is_alone(&self, trips: &[Trip], now: Timestamp) -> bool {
        let waits = trips
            .iter()
            .any(|trip| trip.consultation_id != self.consultation && trip.back_at.is_none());
        !waits && now.duration_since(self.began) > SPARE
    }

    /// Returns the trips that a moment calls for beside those that there are: one closing and one
    /// question a day, a tender each quarter of an hour.
    #[must_use]
    pub fn wanted(&self, there: &[Trip], now: Timestamp) -> Vec<Trip> {
        let has = |leg| {
            there
                .iter()
                .any(|trip| trip.leg == leg && trip.consultation_id == self.consultation)
        };
        let mut wanted = Vec::new();
        if !has(Leg::Closing) {
            wanted.push(Trip::closing(self, now));
        }
        if !has(Leg::Daily) {
            wanted.extend(Trip::daily(self, now));
        }
        if !there
            .iter()
            .any(|trip| trip.leg == Leg::Tender && quarter(trip.due) >= quarter(now))
        {
            wanted.push(Trip::tender(self, now));
        }
        wanted
    }
}

fn quarter(at: Timestamp) -> i64 {
    at.as_second().div_euclid(EVERY.as_secs())
}

/// Returns when the canary's day begins that has this date. Clocks change at night, so there is
/// just one.
fn daybreak(date: Date) -> Timestamp {
    date.at(DAYBREAK, 0, 0, 0)
        .to_zoned_datetime(paris::PARIS)
        .map_or(Timestamp::MAX, |at| at.timestamp())
}
