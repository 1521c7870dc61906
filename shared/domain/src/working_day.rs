//! Working days: Monday to Friday without the eleven legal holidays of France (Code du travail,
//! article L3133-1). What a territory has in addition (Good Friday in Alsace, the end of slavery
//! overseas) does not count.

use jiff::civil::{Date, Weekday};

/// The holidays that have the same date each year, as month and day.
const FIXED: [(i8, i8); 8] = [
    (1, 1),
    (5, 1),
    (5, 8),
    (7, 14),
    (8, 15),
    (11, 1),
    (11, 11),
    (12, 25),
];

/// Those that follow Easter Sunday, in days after it: Easter Monday, Ascension, Whit Monday.
const AFTER_EASTER: [i16; 3] = [1, 39, 50];

/// Returns the last working day before a day; `None` where the calendar begins.
#[must_use]
pub fn before(day: Date) -> Option<Date> {
    std::iter::successors(day.yesterday().ok(), |day| day.yesterday().ok()).find(|day| is_one(*day))
}

fn is_one(day: Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && !is_holiday(day)
}

fn is_holiday(day: Date) -> bool {
    FIXED.contains(&(day.month(), day.day()))
        || easter(day.year()).is_some_and(|easter| {
            AFTER_EASTER.contains(&(day.day_of_year() - easter.day_of_year()))
        })
}

/// Returns Easter Sunday of a year of the Gregorian calendar, by Oudin's algorithm (1940;
/// Tøndering, « Frequently asked questions about calendars », 2.13.7). It lies on 21 March plus a
/// day or more.
fn easter(year: i16) -> Option<Date> {
    let of = i32::from(year);
    let (golden, century) = (of.rem_euclid(19), of.div_euclid(100));
    let epact =
        (century - century.div_euclid(4) - (8 * century + 13).div_euclid(25) + 19 * golden + 15)
            .rem_euclid(30);
    // The full moon of spring, in days after 21 March.
    let moon =
        epact - (epact / 28) * (1 - (epact / 28) * (29 / (epact + 1)) * ((21 - golden) / 11));
    let weekday =
        (of + of.div_euclid(4) + moon + 2 - century + century.div_euclid(4)).rem_euclid(7);
    let sunday = i8::try_from(28 + moon - weekday).ok()?;
    match sunday {
        ..=31 => Date::new(year, 3, sunday),
        _ => Date::new(year, 4, sunday - 31),
    }
    .ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn easter_is_on_the_sunday_that_the_church_says() {
        for (year, month, day) in [
            // The first and the last day that it can have, and the years of both exceptions.
            (1818, 3, 22),
            (2285, 3, 22),
            (1943, 4, 25),
            (2038, 4, 25),
            (1954, 4, 18),
            (1981, 4, 19),
            (2049, 4, 18),
            (2076, 4, 19),
            (2000, 4, 23),
            (2008, 3, 23),
            (2024, 3, 31),
            (2025, 4, 20),
            (2026, 4, 5),
            (2027, 3, 28),
            (2028, 4, 16),
            (2100, 3, 28),
        ] {
            assert_eq!(easter(year), Some(date(year, month, day)), "{year}");
        }
        for year in 0..=9999 {
            let easter = easter(year).expect("a day");
            assert_eq!(easter.weekday(), Weekday::Sunday, "{year}");
            let day = (easter.month(), easter.day());
            assert!(((3, 22)..=(4, 25)).contains(&day), "{year}");
        }
    }

    #[test]
    fn a_year_has_eleven_holidays_unless_two_fall_on_one_day() {
        let holidays = |year| {
            let first = date(year, 1, 1);
            let days = first.series(jiff::ToSpan::day(1));
            days.take_while(move |day| day.year() == year)
                .filter(|day| is_holiday(*day))
                .count()
        };
        // Ascension may be on 1 or 8 May.
        for year in 1950..2150 {
            let ascension =
                easter(year).and_then(|easter| easter.checked_add(jiff::ToSpan::days(39)).ok());
            let shared = ascension.is_some_and(|day| FIXED.contains(&(day.month(), day.day())));
            assert_eq!(holidays(year), 11 - usize::from(shared), "{year}");
        }
        assert_eq!(holidays(2026), 11);
        assert_eq!(holidays(2008), 10, "Ascension was on 1 May");
    }

    #[test]
    fn the_working_day_before_is_neither_in_a_weekend_nor_a_legal_holiday() {
        for (day, before_it) in [
            // Within a week, after one, and from within a weekend.
            (date(2026, 11, 25), date(2026, 11, 24)),
            (date(2026, 11, 30), date(2026, 11, 27)),
            (date(2026, 11, 29), date(2026, 11, 27)),
            (date(2026, 11, 28), date(2026, 11, 27)),
            // The day after a holiday; the holiday itself.
            (date(2026, 11, 12), date(2026, 11, 10)),
            (date(2026, 11, 11), date(2026, 11, 10)),
            (date(2027, 1, 4), date(2026, 12, 31)),
            (date(2026, 12, 28), date(2026, 12, 24)),
            (date(2026, 5, 2), date(2026, 4, 30)),
            (date(2026, 5, 11), date(2026, 5, 7)),
            (date(2026, 7, 15), date(2026, 7, 13)),
            (date(2025, 8, 18), date(2025, 8, 14)),
            (date(2022, 11, 2), date(2022, 10, 31)),
            // Those of Easter. Good Friday is one in Alsace alone.
            (date(2026, 4, 7), date(2026, 4, 3)),
            (date(2026, 5, 15), date(2026, 5, 13)),
            (date(2026, 5, 26), date(2026, 5, 22)),
            (date(2026, 12, 27), date(2026, 12, 24)),
            // Easter in the other month; leap years.
            (date(2024, 4, 2), date(2024, 3, 29)),
            (date(2028, 3, 1), date(2028, 2, 29)),
            // 22 May is a holiday in Martinique alone.
            (date(2025, 5, 23), date(2025, 5, 22)),
        ] {
            assert_eq!(before(day), Some(before_it), "{day}");
        }
        assert_eq!(before(Date::MIN), None);
        assert!(before(Date::MAX).is_some());
    }
}
