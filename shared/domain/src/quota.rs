//! Quotas over several windows of time: what was taken lately, and whether more may be.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// At most so much in any window of that length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The window.
    pub within: SignedDuration,
    /// How much.
    pub most: usize,
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Mails to an address that has not confirmed, over all askers, accounts and deletions (docs/domain.md, "Contact details").
pub const TO_STRANGERS: [Limit; 2] = [Limit { within: HOUR, most: 5 }, Limit { within: DAY, most: 10 }];

/// Mails that tell an agent what administrators changed of its account: who is mailed without end reads none.
pub const OF_CHANGES: [Limit; 1] = [Limit { within: HOUR, most: 10 }];

/// Addresses that an organisation may have looked up by dry runs; the same again for imports, so that their invitations delay alerts by a
/// minute or two at most.
pub const LOOKUPS: [Limit; 2] = [Limit { within: HOUR, most: 1000 }, Limit { within: DAY, most: 5000 }];

/// How many addresses a file counts as at least: who asks for one at a time is stopped too.
pub const LEAST_LOOKUPS: usize = 20;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Taken {
    at: Timestamp,
    count: usize,
    name: String,
}

/// What was taken lately, each under a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger(Vec<Taken>);

impl Ledger {
    /// Takes so much under a name, or says from when on it may be taken. What was taken under that name before is not taken twice.
    ///
    /// # Errors
    /// From when on.
    pub fn take(&mut self, name: &str, count: usize, now: Timestamp, limits: &[Limit]) -> Result<(), Timestamp> {
        let longest = limits.iter().map(|limit| limit.within).max().unwrap_or_default();
        self.0.retain(|taken| now.duration_since(taken.at) < longest);
        if self.0.iter().any(|taken| taken.name == name) {
            return Ok(());
        }
        if let Some(until) = limits.iter().filter_map(|limit| self.full_until(count, now, limit)).max() {
            return Err(until);
        }
        self.0.push(Taken { at: now, count, name: name.to_owned() });
        Ok(())
    }

    /// When enough of a window will be free, unless it is now.
    fn full_until(&self, count: usize, now: Timestamp, limit: &Limit) -> Option<Timestamp> {
        let mut within: Vec<_> = self.0.iter().filter(|taken| now.duration_since(taken.at) < limit.within).collect();
        within.sort_by_key(|taken| taken.at);
        let mut sum: usize = within.iter().map(|taken| taken.count).sum();
        let mut until = None;
        for taken in within {
            if sum + count <= limit.most {
                break;
            }
            sum -= taken.count;
            until = Some(taken.at.saturating_add(limit.within).unwrap_or(Timestamp::MAX));
        }
        until
    }

    /// When nothing of it counts any more.
    #[must_use]
    pub fn ends(&self, limits: &[Limit]) -> Option<Timestamp> {
        let longest = limits.iter().map(|limit| limit.within).max()?;
        self.0.iter().map(|taken| taken.at).max()?.checked_add(longest).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    #[test]
    fn five_an_hour_and_ten_a_day_are_taken_and_no_more() {
        let mut ledger = Ledger::default();
        for i in 0..5 {
            assert_eq!(ledger.take(&format!("m{i}"), 1, at(i), &TO_STRANGERS), Ok(()));
        }
        assert_eq!(ledger.take("m5", 1, at(59), &TO_STRANGERS), Err(at(60)));
        // One that was counted goes again.
        assert_eq!(ledger.take("m3", 1, at(59), &TO_STRANGERS), Ok(()));
        for i in 0..5 {
            assert_eq!(ledger.take(&format!("n{i}"), 1, at(100 + i), &TO_STRANGERS), Ok(()));
        }
        assert_eq!(ledger.take("n5", 1, at(600), &TO_STRANGERS), Err(at(24 * 60)));
        assert_eq!(ledger.take("n5", 1, at(24 * 60), &TO_STRANGERS), Ok(()));
        assert_eq!(ledger.take("n6", 1, at(24 * 60), &TO_STRANGERS), Err(at(24 * 60 + 1)));
        assert_eq!(ledger.ends(&TO_STRANGERS), Some(at(48 * 60)));
    }

    #[test]
    fn much_at_once_waits_until_enough_is_free() {
        let mut ledger = Ledger::default();
        for i in 0..5 {
            assert_eq!(ledger.take(&i.to_string(), 190, at(i), &LOOKUPS), Ok(()));
        }
        assert_eq!(ledger.take("5", 50, at(10), &LOOKUPS), Ok(()));
        assert_eq!(ledger.take("6", 1, at(10), &LOOKUPS), Err(at(60)));
        assert_eq!(ledger.take("6", 200, at(10), &LOOKUPS), Err(at(61)));
    }
}
