//! The agents whom mails do not reach, as one administrator is told of them: of the first at once,
//! of those that follow within an hour by one list, and so on.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, RequestId};

/// Time for which those that follow are collected.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Most agents that are remembered, by the ids of some sixty bytes: the rest is counted, and the
/// administrator's page shows them all.
pub const MOST: usize = 2000;

/// Time and mail by which an administrator is told of an address that was marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// By a mail of its own.
    AtOnce,
    /// With the list that goes then.
    Collected(Timestamp),
}

/// Agents, each with the request by which its address was marked, and how many more there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Agents {
    /// The agents.
    pub known: BTreeMap<AccountId, RequestId>,
    /// The number of those beyond [`MOST`].
    pub more: u64,
}

/// A list that is being told, the same until it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Telling {
    /// Names the mail.
    pub id: RequestId,
    /// The agents that it is about.
    pub agents: Agents,
}

/// Agents whom mails do not reach, as collected for one administrator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unreached {
    /// Grows with every change.
    pub version: u64,
    /// The request of which the administrator was told at once last.
    pub first: RequestId,
    /// Until then others are collected.
    pub until: Timestamp,
    /// Those collected.
    #[serde(default)]
    pub waiting: Agents,
    /// Those of whom the administrator is being told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telling: Option<Telling>,
}

impl Unreached {
    /// Hears of an address that was marked by a request; the same again changes nothing.
    #[must_use]
    pub fn heard(
        known: Option<Self>,
        agent: &AccountId,
        request: &RequestId,
        now: Timestamp,
    ) -> (Self, Heard) {
        let version = known.as_ref().map_or(1, |known| known.version + 1);
        let first = |version| Self {
            version,
            first: request.clone(),
            until: now + HOUR,
            waiting: Agents::default(),
            telling: None,
        };
        let Some(mut known) = known else {
            return (first(version), Heard::AtOnce);
        };
        if known.first == *request {
            return (known, Heard::AtOnce);
        }
        if known.until <= now && known.waiting == Agents::default() && known.telling.is_none() {
            return (first(version), Heard::AtOnce);
        }
        let agents = &mut known.waiting;
        if agents.known.len() < MOST || agents.known.contains_key(agent) {
            agents.known.insert(agent.clone(), request.clone());
        } else {
            agents.more += 1;
        }
        let until = known.until;
        (Self { version, ..known }, Heard::Collected(until))
    }

    /// Begins to tell of those collected, once their hour is over, or goes on with what was begun;
    /// nothing if nobody is to be told of.
    #[must_use]
    pub fn begun(mut self, id: RequestId, now: Timestamp) -> Option<Self> {
        if self.telling.is_some() {
            return Some(self);
        }
        if self.waiting == Agents::default() || now < self.until {
            return None;
        }
        self.telling = Some(Telling {
            id,
            agents: std::mem::take(&mut self.waiting),
        });
        Some(Self {
            version: self.version + 1,
            until: now + HOUR,
            ..self
        })
    }

    /// Forgets a list that was told.
    #[must_use]
    pub fn ended(self, id: &RequestId) -> Self {
        let telling = self.telling.filter(|telling| telling.id != *id);
        Self {
            version: self.version + 1,
            telling,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AN_HOUR: SignedDuration = SignedDuration::from_secs(3600);

    const NOW: Timestamp = Timestamp::constant(1_795_507_200, 0);

    fn hears(known: Option<Unreached>, i: usize, now: Timestamp) -> (Unreached, Heard) {
        let (agent, request) = (
            AccountId::parse(&format!("a-{i}")).expect("an id"),
            RequestId::parse(&format!("r-{i}")).expect("an id"),
        );
        Unreached::heard(known, &agent, &request, now)
    }

    fn id(name: &str) -> RequestId {
        RequestId::parse(name).expect("an id")
    }

    #[test]
    fn the_first_is_told_at_once_and_an_hour_s_others_together() {
        let (first, heard) = hears(None, 0, NOW);
        assert_eq!(heard, Heard::AtOnce);
        assert_eq!(
            hears(Some(first.clone()), 0, NOW).1,
            Heard::AtOnce,
            "a message that comes back"
        );
        let (known, heard) = hears(Some(first), 1, NOW);
        assert_eq!(heard, Heard::Collected(NOW + AN_HOUR));
        assert_eq!(known.clone().begun(id("l"), NOW), None, "too early");
        let told = known.begun(id("l"), NOW + AN_HOUR).expect("a list");
        let (told, heard) = hears(Some(told), 2, NOW + AN_HOUR);
        assert_eq!(
            heard,
            Heard::Collected(NOW + AN_HOUR + AN_HOUR),
            "an hour after a list as after the first"
        );
        assert_eq!(
            told.clone()
                .begun(id("m"), NOW + AN_HOUR)
                .expect("a list")
                .telling
                .expect("a list")
                .id,
            id("l"),
            "as it was begun"
        );
        let left = told.ended(&id("l"));
        assert_eq!((left.waiting.known.len(), left.telling.as_ref()), (1, None));
        let over = left
            .begun(id("m"), NOW + AN_HOUR + AN_HOUR)
            .expect("a list")
            .ended(&id("m"));
        assert_eq!(
            hears(Some(over), 3, NOW + AN_HOUR + AN_HOUR + AN_HOUR).1,
            Heard::AtOnce
        );
    }

    #[test]
    fn what_is_beyond_the_most_is_counted() {
        let (known, _) = hears(None, 0, NOW);
        let known = (1..=MOST + 3).fold(known, |known, i| hears(Some(known), i, NOW).0);
        assert_eq!((known.waiting.known.len(), known.waiting.more), (MOST, 3));
        assert_eq!(hears(Some(known), 1, NOW).0.waiting.more, 3, "again");
    }
}
