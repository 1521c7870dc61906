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

/// Mails that tell an agent about an administrator's changes of their account: people who are
/// mailed without end read none.
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

/// Searches for colleagues that an agent may make. Each finds twenty at most: a directory of
/// thousands is not listed by its beginnings of names, and whoever chooses a delegate needs a few.
pub const SEARCHES: [Limit; 2] = [
    Limit {
        within: HOUR,
        most: 60,
    },
    Limit {
        within: DAY,
        most: 300,
    },
];

/// The pace of mails about addresses that a portal declares, for each organisation. A turn is a
/// second, and none is later than now as long as the last one lies within this time before: a
/// hundred at once, and one more each second. A domain that changes for everybody is mailed within
/// a day or two, and stands before nobody's invitation.
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

    /// Time at which enough of a window will be free, unless it is now.
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

    /// Time at which nothing of it counts any more.
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
