//! Departures: the last day of an agent, the account that does not work after it, what they alone
//! followed and who follows it then, and the erasure that ends it (docs/domain.md, "The way out").

use jiff::{Timestamp, ToSpan as _, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    account::Account,
    audit::{Change, Record, What},
    id::{AccountId, EntityId, RequestId},
    paris, stored,
};

/// Names the last day, in records of changes.
pub const LEAVES_ON: &str = "leavesOn";
/// Names who follows what an agent alone had followed, in records of it.
pub const HANDED_TO: &str = "handover.toAccountId";
/// Names the time at which a deactivated account is erased, in records of it.
pub const ERASED_AT: &str = "erasedAt";

/// Returns when a last day is over: at midnight after it in Paris.
#[must_use]
pub fn over_at(last: Date) -> Timestamp {
    paris::midnight(paris::after(last))
}

/// Returns that many months before or after a time, by the calendar of Paris.
fn months(at: Timestamp, months: i32) -> Timestamp {
    let later = at
        .to_zoned_datetime(paris::PARIS)
        .checked_add(months.months());
    later.map_or(Timestamp::MAX, |later| later.timestamp())
}

/// True from a month before a last day is over: what would be left is handed over from then on.
#[must_use]
pub fn is_near(last: Date, now: Timestamp) -> bool {
    months(now, 1) >= over_at(last)
}

/// An account that does not work, and when it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deactivation {
    /// Since when it does not work.
    pub since: Timestamp,
    /// Time at which it is erased, unless it works again; none until that was looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<Timestamp>,
    /// True once its agent and those who administer it were told.
    #[serde(default, skip_serializing_if = "stored::is_false")]
    pub announced: bool,
}

/// The next thing that becomes of a deactivated account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing until then.
    Wait(Timestamp),
    /// It is announced that it will be erased.
    Announce,
    /// It is erased.
    Erase,
}

impl Deactivation {
    /// Begins at a time.
    #[must_use]
    pub fn begin(since: Timestamp) -> Self {
        Self {
            since,
            erased_at: None,
            announced: false,
        }
    }

    /// Decides what becomes of an account that is kept for so many months, and how its deactivation
    /// is then: it is announced a month before it is erased, and never erased sooner after that.
    #[must_use]
    pub fn next(&self, kept: i32, now: Timestamp) -> (Next, Self) {
        let until = match self.erased_at {
            Some(at) if self.announced => at,
            _ => months(self.since, kept),
        };
        let announce = months(until, -1);
        let known = |announced, erased_at| Self {
            since: self.since,
            erased_at: Some(erased_at),
            announced,
        };
        match (self.announced, now >= until, now >= announce) {
            (true, true, _) => (Next::Erase, self.clone()),
            (true, false, _) => (Next::Wait(until), self.clone()),
            (false, _, true) => (Next::Announce, known(true, until.max(months(now, 1)))),
            (false, _, false) => (Next::Wait(announce), known(false, until)),
        }
    }

    /// Returns when it is looked at again.
    #[must_use]
    pub fn due(&self) -> Timestamp {
        match self.erased_at {
            None => self.since,
            Some(at) if self.announced => at,
            Some(at) => months(at, -1),
        }
    }

    /// True once an administrator may release the address: a month after the account stopped.
    #[must_use]
    pub fn releases_address(&self, now: Timestamp) -> bool {
        now >= months(self.since, 1)
    }
}

/// A handover: somebody is being given what an agent alone follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Handover {
    /// Names it.
    pub request_id: RequestId,
    /// The account that follows it from now on, as far as it may see it.
    pub to_account_id: AccountId,
    /// The administrator who asked for it; none if the portal named the successor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<AccountId>,
    /// Whoever follows in this entity and below counts: nobody else's star is looked at.
    pub scope: EntityId,
    /// True once a star was given by it.
    #[serde(default, skip_serializing_if = "stored::is_false")]
    pub given: bool,
}

impl Handover {
    /// Returns what the audit says of it, once a star was given by it.
    #[must_use]
    pub fn record(&self, what: What, leaver: &Account, at: Timestamp) -> Record {
        let to = Change::new(HANDED_TO, None, Some(self.to_account_id.as_str()));
        let record = Record::new(what, self.by.as_ref(), &leaver.entity_id, at);
        record.to(&leaver.id).changing(vec![to])
    }
}

impl Account {
    /// True if its agent goes on to follow what they follow once another one is gone.
    #[must_use]
    pub fn stays_after(&self, leaver: &Self) -> bool {
        let stays = match (self.leaves_on, leaver.leaves_on) {
            (Some(own), Some(theirs)) => own > theirs,
            _ => true,
        };
        self.can_receive() && self.id != leaver.id && stays
    }

    /// True if its agent can be given what somebody else followed: it works, and has a login.
    #[must_use]
    pub fn can_receive(&self) -> bool {
        self.active && self.accepted_invitation.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn a_last_day_is_over_at_midnight_in_paris() {
        for (day, over) in [
            ("2026-11-30", "2026-11-30T23:00:00Z"),
            ("2026-06-30", "2026-06-30T22:00:00Z"),
            ("2027-03-27", "2027-03-27T23:00:00Z"),
        ] {
            assert_eq!(over_at(day.parse().expect("a day")), at(over), "{day}");
        }
        assert_eq!(over_at(Date::MAX), paris::midnight(Date::MAX));
    }

    #[test]
    fn a_last_day_is_near_a_month_before() {
        let last = "2027-01-31".parse().expect("a day");
        assert!(!is_near(last, at("2026-12-31T22:59:59Z")));
        assert!(is_near(last, at("2026-12-31T23:00:00Z")));
        assert!(is_near(last, at("2027-06-01T00:00:00Z")));
    }

    #[test]
    fn an_erasure_is_announced_a_month_before_and_never_comes_sooner_after_that() {
        let began = Deactivation::begin(at("2026-11-24T08:00:00Z"));
        let (next, known) = began.next(12, at("2026-11-24T08:00:00Z"));
        assert_eq!(next, Next::Wait(at("2027-10-24T07:00:00Z")));
        assert_eq!(known.erased_at, Some(at("2027-11-24T08:00:00Z")));
        assert_eq!(
            (began.due(), known.due()),
            (began.since, at("2027-10-24T07:00:00Z"))
        );
        let (next, told) = known.next(12, at("2027-10-24T07:00:00Z"));
        assert_eq!(next, Next::Announce);
        assert_eq!(told.erased_at, Some(at("2027-11-24T08:00:00Z")));
        assert_eq!(told.due(), at("2027-11-24T08:00:00Z"));
        let (next, _) = told.next(12, at("2027-11-24T07:59:59Z"));
        assert_eq!(next, Next::Wait(at("2027-11-24T08:00:00Z")));
        // What was announced holds, whatever the time is by then.
        assert_eq!(told.next(24, at("2027-11-24T08:00:00Z")).0, Next::Erase);
        // Announced late: erased a month after that.
        let (next, late) = known.next(12, at("2028-05-01T08:00:00Z"));
        assert_eq!(next, Next::Announce);
        assert_eq!(late.erased_at, Some(at("2028-06-01T08:00:00Z")));
        // A time that changed before it was announced counts.
        let (next, longer) = known.next(24, at("2027-10-24T07:00:00Z"));
        assert_eq!(next, Next::Wait(at("2028-10-24T07:00:00Z")));
        assert_eq!(longer.erased_at, Some(at("2028-11-24T08:00:00Z")));
        // A month is announced at once.
        assert_eq!(began.next(1, began.since).0, Next::Announce);
    }

    #[test]
    fn an_address_is_released_a_month_after_its_account_stopped() {
        let began = Deactivation::begin(at("2026-11-24T08:00:00Z"));
        assert!(!began.releases_address(at("2026-12-24T07:59:59Z")));
        assert!(began.releases_address(at("2026-12-24T08:00:00Z")));
    }
}
