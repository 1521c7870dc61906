//! The pace of invitations to declared agents.

use jiff::{SignedDuration, Timestamp};
use vigie_domain::quota::turns_now;

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
