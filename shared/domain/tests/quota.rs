//! Quotas over several windows of time, and the pace of invitations to declared agents.

use jiff::{SignedDuration, Timestamp};
use vigie_domain::quota::{
    LOOKUPS, Ledger, OF_A_SHARE, lookups, minute, next_turn, too_many_bounced, turns_now,
};

const NOW: Timestamp = Timestamp::constant(1_795_507_200, 0);

#[test]
fn a_hundred_have_their_turn_at_once_and_one_more_each_second() {
    let (taken, last) = turns_now(None, NOW, 1000);
    assert_eq!((taken, last), (100, NOW));
    for (seconds, wanted, expected) in [(0, 5, 0), (1, 5, 1), (60, 1000, 60), (9999, 1000, 100)] {
        let now = NOW + SignedDuration::from_secs(seconds);
        let (taken, after) = turns_now(Some(last), now, wanted);
        assert_eq!(taken, expected, "{seconds}");
        // What was taken is not there again, and no more than that is gone.
        let (more, _) = turns_now(Some(after), now, 1000);
        assert_eq!(
            taken + more,
            turns_now(Some(last), now, 1000).0,
            "{seconds}"
        );
    }
    // A clock that stands behind the last turn gives none and takes none.
    let before = NOW - SignedDuration::from_secs(30);
    assert_eq!(turns_now(Some(NOW), before, 5), (0, NOW));
}

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
