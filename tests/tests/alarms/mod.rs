//! Each alarm of the template rings when it should, on what the functions really write and on what
//! AWS would measure.

mod arithmetic;
mod aws;
mod cloudwatch;
mod counted;

use std::collections::BTreeSet;

use crate::alarms::cloudwatch::{State, alarms};

/// No alarm is left out: what rings here is all that there is.
#[test]
fn every_alarm_of_the_template_is_made_to_ring() {
    let rung: BTreeSet<_> = aws::RINGING
        .iter()
        .map(|(name, _)| *name)
        .chain(aws::RECKONED.iter().map(|(name, ..)| *name))
        .chain(counted::RINGING.iter().map(|(name, _)| *name))
        .map(str::to_owned)
        .collect();
    assert_eq!(rung, alarms().into_keys().collect());
}

/// And none rings where nothing is wrong: nothing measured, and the clock striking.
#[test]
fn a_quiet_day_is_quiet() {
    for (name, alarm) in alarms() {
        let beats = |now: i64| match name.as_str() {
            "SweepAlarm" => (1..=20).map(|i| alarm.datum(now - i * 60, 1.0)).collect(),
            "CanaryAgeAlarm" | "CanarySilentAlarm" => {
                (1..=20).map(|i| alarm.datum(now - i * 60, 0.0)).collect()
            }
            _ => Vec::new(),
        };
        assert_eq!(
            alarm.state(&beats(1_000_000), 1_000_000, State::Fine),
            State::Fine,
            "{name}"
        );
    }
}
