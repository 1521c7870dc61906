//! Quotas over several windows of time: recent uses, and the decision about the next one.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// At most so much in any window of that length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The window.
    pub within: SignedDuration,
    /// The limit.
    pub most: usize,
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Mails that somebody else asks for, to one mailbox and of one share, over all askers, accounts
/// and deletions (docs/domain.md, "Mails that somebody else causes").
pub const OF_A_SHARE: [Limit; 2] = [
    Limit {
        within: HOUR,
        most: 5,
    },
    Limit {
        within: DAY,
        most: 10,
    },
];

/// Mails that an account asked for, to addresses that are not its own, and that came back for good.
pub const BOUNCES: [Limit; 1] = [Limit {
    within: DAY,
    most: 3,
}];

/// Time for which an organisation's invitations are counted by what became of them.
pub const OF_INVITATIONS: SignedDuration = DAY;

/// Time after which an invitation is looked at again that was held back because others came back.
pub const AFTER_BOUNCES: SignedDuration = HOUR;

/// Time for which nobody asks a mailbox again for what was called unwanted there.
pub const AFTER_COMPLAINT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// True if too many of the invitations that an organisation sent in a day came back: one in
/// twenty, of fifty or more. SES reviews an account for as many, whoever caused them.
#[must_use]
pub fn too_many_bounced(sent: usize, bounced: usize) -> bool {
    sent >= 50 && bounced * 20 >= sent
}

/// Mails that tell an agent about an administrator's changes of its account: people who are mailed
/// without end read none.
pub const OF_CHANGES: [Limit; 1] = [Limit {
    within: HOUR,
    most: 10,
}];

/// Number of addresses on an organisation's own mail domain that count as one. So a file of 5,000
/// of them goes through at once, and once more after it was corrected. An organisation knows who
/// has an address on its own domain, and mails no stranger there.
pub const OWN_PER_LOOKUP: usize = 10;

/// Addresses that an organisation may have looked up by dry runs; the same again for imports, so
/// that their invitations delay alerts by a minute or two at most.
pub const LOOKUPS: [Limit; 2] = [
    Limit {
        within: HOUR,
        most: 1000,
    },
    Limit {
        within: DAY,
        most: 5000,
    },
];

/// The part of it that all who administer only a part of the organisation have together: whoever
/// administers all of it has the rest.
pub const LOOKUPS_BELOW: [Limit; 2] = [
    Limit {
        within: HOUR,
        most: 750,
    },
    Limit {
        within: DAY,
        most: 3750,
    },
];

/// The part of it that one of them has: the others have the rest.
pub const LOOKUPS_EACH: [Limit; 2] = [
    Limit {
        within: HOUR,
        most: 500,
    },
    Limit {
        within: DAY,
        most: 2500,
    },
];

/// The least number of addresses that a file counts as: somebody who asks for one at a time is
/// stopped too.
pub const LEAST_LOOKUPS: usize = 20;

/// Returns how much a file counts by its addresses, some of which are on a domain of the
/// organisation's own.
#[must_use]
pub fn lookups(addresses: usize, own: usize) -> usize {
    let own = own.min(addresses);
    (addresses - own + own.div_ceil(OWN_PER_LOOKUP)).max(LEAST_LOOKUPS)
}

/// The pace of mails about addresses that a portal declares, for each organisation: so many at
/// once, and one more each second. A domain that changes for everybody is mailed within a day or
/// two, and stands before nobody's invitation.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(100);

/// Returns the next turn of such a mail, given the last one that was taken: now, or later.
#[must_use]
pub fn next_turn(last: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let earliest = now - AT_ONCE;
    last.unwrap_or(earliest).max(earliest) + SignedDuration::from_secs(1)
}

/// Returns how many of so many invitations to declared agents have their turn now, at the same pace
/// for each organisation, and the last turn that is taken then.
#[must_use]
pub fn turns_now(last: Option<Timestamp>, now: Timestamp, wanted: usize) -> (usize, Timestamp) {
    let earliest = now - AT_ONCE;
    let last = last.unwrap_or(earliest).max(earliest);
    let free = u32::try_from(now.duration_since(last).as_secs()).unwrap_or(0);
    let taken = free.min(u32::try_from(wanted).unwrap_or(u32::MAX));
    (
        taken as usize,
        last + SignedDuration::from_secs(i64::from(taken)),
    )
}

/// Returns the minute that an instant lies in, since the epoch.
#[must_use]
pub fn minute(now: Timestamp) -> i64 {
    now.as_second().div_euclid(60)
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Taken {
    at: Timestamp,
    count: usize,
    name: String,
}

/// The uses of a quota lately, each under a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger(Vec<Taken>);

impl Ledger {
    /// Takes so much under a name, or says from when on it may be taken. What was taken under that
    /// name before is not taken twice.
    ///
    /// # Errors
    /// From when on.
    pub fn take(
        &mut self,
        name: &str,
        count: usize,
        now: Timestamp,
        limits: &[Limit],
    ) -> Result<(), Timestamp> {
        let longest = limits
            .iter()
            .map(|limit| limit.within)
            .max()
            .unwrap_or_default();
        self.0
            .retain(|taken| now.duration_since(taken.at) < longest);
        if self.0.iter().any(|taken| taken.name == name) {
            return Ok(());
        }
        if let Some(until) = limits
            .iter()
            .filter_map(|limit| self.full_until(count, now, limit))
            .max()
        {
            return Err(until);
        }
        self.0.push(Taken {
            at: now,
            count,
            name: name.to_owned(),
        });
        Ok(())
    }

    /// Takes one as [`Ledger::take`] does, or the first of that asker lately: whoever took nothing
    /// within the longest window waits for nobody.
    ///
    /// # Errors
    /// From when on.
    pub fn take_in_turn(
        &mut self,
        asker: &str,
        name: &str,
        now: Timestamp,
        limits: &[Limit],
    ) -> Result<(), Timestamp> {
        let asker = format!("{asker}/");
        let name = format!("{asker}{name}");
        self.take(&name, 1, now, limits).or_else(|until| {
            if self.0.iter().any(|taken| taken.name.starts_with(&asker)) {
                return Err(until);
            }
            self.0.push(Taken {
                at: now,
                count: 1,
                name,
            });
            Ok(())
        })
    }

    /// Returns the ledger of uses counted by the minute. Each counts as of the end of its minute,
    /// so that never more is used than allowed.
    #[must_use]
    pub fn of_minutes(counted: impl Iterator<Item = (i64, usize)>) -> Self {
        let end = |minute: i64| {
            Timestamp::from_second(minute.saturating_add(1).saturating_mul(60))
                .unwrap_or(Timestamp::MAX)
        };
        Self(
            counted
                .map(|(minute, count)| Taken {
                    at: end(minute),
                    count,
                    name: String::new(),
                })
                .collect(),
        )
    }

    /// From when on it is within its limits, unless it is now.
    #[must_use]
    pub fn over_until(&self, now: Timestamp, limits: &[Limit]) -> Option<Timestamp> {
        limits
            .iter()
            .filter_map(|limit| self.full_until(0, now, limit))
            .max()
    }

    /// From when on one more may be taken, unless it may now.
    #[must_use]
    pub fn full(&self, now: Timestamp, limits: &[Limit]) -> Option<Timestamp> {
        limits
            .iter()
            .filter_map(|limit| self.full_until(1, now, limit))
            .max()
    }

    /// True if nothing was taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns how much was taken lately.
    #[must_use]
    pub fn taken_within(&self, time: SignedDuration, now: Timestamp) -> usize {
        self.0
            .iter()
            .filter(|taken| now.duration_since(taken.at) < time)
            .map(|taken| taken.count)
            .sum()
    }

    /// When enough of a window will be free, unless it is now.
    fn full_until(&self, count: usize, now: Timestamp, limit: &Limit) -> Option<Timestamp> {
        let mut within: Vec<_> = self
            .0
            .iter()
            .filter(|taken| now.duration_since(taken.at) < limit.within)
            .collect();
        within.sort_by_key(|taken| taken.at);
        let mut sum: usize = within.iter().map(|taken| taken.count).sum();
        let mut until = None;
        for taken in within {
            if sum + count <= limit.most {
                break;
            }
            sum -= taken.count;
            until = Some(
                taken
                    .at
                    .saturating_add(limit.within)
                    .unwrap_or(Timestamp::MAX),
            );
        }
        until
    }

    /// When nothing of it counts any more.
    #[must_use]
    pub fn ends(&self, limits: &[Limit]) -> Option<Timestamp> {
        let longest = limits.iter().map(|limit| limit.within).max()?;
        self.0
            .iter()
            .map(|taken| taken.at)
            .max()?
            .checked_add(longest)
            .ok()
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
            assert_eq!(ledger.take(&format!("m{i}"), 1, at(i), &OF_A_SHARE), Ok(()));
        }
        assert_eq!(ledger.take("m5", 1, at(59), &OF_A_SHARE), Err(at(60)));
        // One that was counted goes again.
        assert_eq!(ledger.take("m3", 1, at(59), &OF_A_SHARE), Ok(()));
        for i in 0..5 {
            assert_eq!(
                ledger.take(&format!("n{i}"), 1, at(100 + i), &OF_A_SHARE),
                Ok(())
            );
        }
        assert_eq!(ledger.take("n5", 1, at(600), &OF_A_SHARE), Err(at(24 * 60)));
        assert_eq!(ledger.take("n5", 1, at(24 * 60), &OF_A_SHARE), Ok(()));
        assert_eq!(
            ledger.take("n6", 1, at(24 * 60), &OF_A_SHARE),
            Err(at(24 * 60 + 1))
        );
        assert_eq!(ledger.ends(&OF_A_SHARE), Some(at(48 * 60)));
    }

    #[test]
    fn a_hundred_go_at_once_and_then_one_a_second() {
        let (now, mut last, mut at_once) = (at(10), None, 0);
        for _ in 0..160 {
            let turn = next_turn(last, now);
            at_once += usize::from(turn <= now);
            last = Some(turn);
        }
        assert_eq!((at_once, last), (100, Some(at(11))));
        assert_eq!(
            next_turn(last, at(11)),
            at(11) + SignedDuration::from_secs(1)
        );
        // Who waited long enough has as many at once as ever, and no more.
        assert_eq!(next_turn(last, at(99)), next_turn(None, at(99)));
    }

    #[test]
    fn one_in_twenty_of_fifty_is_too_many_and_of_fewer_it_is_not() {
        for (sent, bounced, too_many) in [
            (49, 49, false),
            (50, 2, false),
            (50, 3, true),
            (1000, 49, false),
            (1000, 50, true),
            (0, 0, false),
        ] {
            assert_eq!(
                too_many_bounced(sent, bounced),
                too_many,
                "{bounced} of {sent}"
            );
        }
    }

    #[test]
    fn the_first_of_an_asker_waits_for_nobody_and_the_second_as_everybody() {
        let mut ledger = Ledger::default();
        for i in 0..5 {
            assert_eq!(
                ledger.take_in_turn("a", &i.to_string(), at(i), &OF_A_SHARE),
                Ok(())
            );
        }
        assert_eq!(
            ledger.take_in_turn("a", "5", at(5), &OF_A_SHARE),
            Err(at(60))
        );
        assert_eq!(ledger.take_in_turn("b", "0", at(5), &OF_A_SHARE), Ok(()));
        // Again is the same one.
        assert_eq!(ledger.take_in_turn("b", "0", at(6), &OF_A_SHARE), Ok(()));
        assert_eq!(
            ledger.take_in_turn("b", "1", at(6), &OF_A_SHARE),
            Err(at(61))
        );
        assert_eq!(ledger.take_in_turn("a", "5", at(61), &OF_A_SHARE), Ok(()));
    }

    #[test]
    fn five_thousand_addresses_of_one_s_own_go_through_in_a_sitting_and_others_do_not() {
        let mut ledger = Ledger::default();
        // Twice, in the largest files that a call takes.
        for i in 0..50 {
            assert_eq!(
                ledger.take(&i.to_string(), lookups(200, 200), at(i / 10), &LOOKUPS),
                Ok(())
            );
        }
        assert_eq!(
            ledger.take("50", lookups(1, 1), at(5), &LOOKUPS),
            Err(at(60))
        );
        let mut ledger = Ledger::default();
        for i in 0..10 {
            assert_eq!(
                ledger.take(&i.to_string(), lookups(100, 0), at(i), &LOOKUPS),
                Ok(())
            );
        }
        assert_eq!(
            ledger.take("10", lookups(100, 0), at(10), &LOOKUPS),
            Err(at(60))
        );
    }

    #[test]
    fn a_file_counts_each_stranger_and_a_tenth_of_its_own_and_never_next_to_nothing() {
        for (addresses, own, counted) in [
            (100, 100, 20),
            (200, 200, 20),
            (200, 195, 25),
            (100, 0, 100),
            (100, 50, 55),
            (101, 1, 101),
            (1, 1, 20),
            (0, 0, 20),
        ] {
            assert_eq!(lookups(addresses, own), counted, "{own} of {addresses}");
        }
    }

    #[test]
    fn what_is_counted_by_the_minute_is_never_more_than_may_be() {
        let ledger = |counts: &[(i64, usize)]| Ledger::of_minutes(counts.iter().copied());
        assert_eq!(
            ledger(&[(0, 600), (10, 400)]).over_until(at(11), &LOOKUPS),
            None
        );
        assert_eq!(
            ledger(&[(0, 600), (10, 401)]).over_until(at(11), &LOOKUPS),
            Some(at(61))
        );
        assert_eq!(
            ledger(&[(0, 600), (10, 401)]).over_until(at(61), &LOOKUPS),
            None
        );
        assert_eq!(
            ledger(&[(10, 1001)]).over_until(at(10), &LOOKUPS),
            Some(at(71))
        );
        let day: Vec<_> = (0..6).map(|hour| (hour * 120, 900)).collect();
        assert_eq!(
            ledger(&day).over_until(at(601), &LOOKUPS),
            Some(at(24 * 60 + 1))
        );
        assert_eq!(
            (minute(at(5)), minute(at(5) + SignedDuration::from_secs(59))),
            (5, 5)
        );
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
