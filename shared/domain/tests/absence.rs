//! Days of an absence: those that have passed are not fought over, and those that are far away are
//! told as such.

use jiff::civil::{Date, date};
use vigie_domain::account::absence::{Absence, Day};

fn day(text: &str) -> Result<Date, &'static str> {
    Day::try_from(text.to_owned())
        .map(|Day(day)| day)
        .map_err(|e| e.0)
}

#[test]
fn a_day_is_read_as_everywhere() {
    for text in [
        "2026-11-25",
        "2026-11-25+01:00",
        "2026-11-25+0100",
        "2026-11-25+01",
        "2026-11-24T23:00:00Z",
        " 2026-11-25 ",
        "2026-11-25T10:00:00",
    ] {
        assert_eq!(day(text), Ok(date(2026, 11, 25)), "{text}");
    }
}

#[test]
fn a_year_of_five_digits_is_far_away_and_not_malformed() {
    for text in [
        "12026-11-25",
        "20266-11-25",
        "+012026-11-25",
        "99999-01-01",
        "123456-01-01",
    ] {
        assert_eq!(day(text), Err("lies more than a year ahead"), "{text}");
    }
    for text in [
        "",
        "soon",
        "2026-11-31",
        "25/11/2026",
        "-12026-11-25",
        "+002026-11-25",
        "00002026-11-25",
        "2026",
        "20261125",
    ] {
        assert_eq!(
            day(text),
            Err("is no day: write it as 2026-11-25"),
            "{text}"
        );
    }
    let today = date(2026, 11, 25);
    assert!(Absence::check_days(today, date(2027, 11, 25), today).is_ok());
    assert_eq!(
        Absence::check_days(today, date(2027, 11, 26), today)
            .unwrap_err()
            .reason,
        "lies more than a year ahead"
    );
    assert_eq!(
        Absence::check_days(today, date(9999, 12, 31), today)
            .unwrap_err()
            .reason,
        "lies more than a year ahead"
    );
}

#[test]
fn nobody_is_away_from_a_day_that_has_passed() {
    let today = date(2026, 11, 25);
    let known = |from, until| Absence {
        from,
        until,
        delegate: None,
    };
    let first = |wanted, known: Option<&Absence>| Absence::first_day(wanted, known, today);
    assert_eq!(first(date(2026, 11, 20), None), today);
    assert_eq!(first(date(1, 1, 1), None), today);
    assert_eq!(first(today, None), today);
    assert_eq!(first(date(2026, 11, 26), None), date(2026, 11, 26));

    let running = known(date(2026, 11, 23), today);
    assert_eq!(
        first(date(2026, 11, 23), Some(&running)),
        date(2026, 11, 23)
    );
    assert_eq!(
        first(date(2026, 11, 20), Some(&running)),
        date(2026, 11, 23)
    );
    assert_eq!(first(date(2026, 11, 24), Some(&running)), today);
    assert_eq!(first(today, Some(&running)), today);
    assert_eq!(
        first(date(2026, 11, 26), Some(&running)),
        date(2026, 11, 26)
    );

    let over = known(date(2026, 11, 1), date(2026, 11, 24));
    assert_eq!(first(date(2026, 11, 1), Some(&over)), today);
    let ahead = known(date(2026, 12, 1), date(2026, 12, 2));
    assert_eq!(first(date(2026, 11, 1), Some(&ahead)), today);
}
