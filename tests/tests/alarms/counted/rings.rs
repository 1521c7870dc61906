//! Each alarm on what that work measures, at other times.

use std::process::Command;

use serde_json::Value;

use super::RINGING;
use crate::alarms::cloudwatch::{Alarm, Datum, STACK, State, alarms, embedded};

/// The lines that a piece of work wrote, in a process of its own.
fn lines(work: &str) -> Vec<Value> {
    let program = std::env::current_exe().expect("this program");
    let test = format!("alarms::counted::{work}");
    let done = Command::new(program)
        .args(["--exact", &test, "--nocapture"])
        .env("VIGIE_STACK", STACK)
        .output()
        .expect("a process");
    let out = String::from_utf8(done.stdout).expect("text");
    assert!(
        done.status.success() && out.contains("1 passed"),
        "{work}: {out}"
    );
    // The test's own name stands before its first line.
    out.lines()
        .filter_map(|line| serde_json::from_str(&line[line.find('{')?..]).ok())
        .collect()
}

/// Returns the measurements of that work.
fn measured(work: &str) -> Vec<Datum> {
    lines(work).iter().flat_map(embedded).collect()
}

/// The same, at other times.
fn at(data: &[Datum], times: impl IntoIterator<Item = i64>) -> Vec<Datum> {
    times
        .into_iter()
        .flat_map(|at| {
            data.iter().map(move |datum| Datum {
                at,
                ..datum.clone()
            })
        })
        .collect()
}

fn alarm(name: &str) -> (Alarm, Vec<Datum>) {
    let (_, work) = RINGING
        .iter()
        .find(|(alarm, _)| *alarm == name)
        .expect("the work");
    let alarm = alarms().remove(name).expect("the alarm");
    let data: Vec<_> = measured(work)
        .into_iter()
        .filter(|datum| datum.metric == alarm.metric())
        .collect();
    assert!(!data.is_empty(), "{work} measures no {}", alarm.metric());
    (alarm, data)
}

#[test]
fn what_keeps_coming_back_rings_within_a_quarter_of_an_hour() {
    let (alarm, data) = alarm("MessagesComeBackAlarm");
    // SQS hands it out again after its visibility time-out.
    let returns = |until: i64| at(&data, (0..until).step_by(180));
    assert_eq!(alarm.state(&returns(900), 900, State::Fine), State::Rings);
    // Once, and done: SES throttled for a moment, or another worker was at it.
    assert_eq!(
        alarm.state(&at(&data, [100]), 900, State::Fine),
        State::Fine
    );
}

#[test]
fn every_consumer_says_that_a_message_comes_back() {
    let data = measured("a_message_that_cannot_even_be_rejected_comes_back");
    let back: f64 = data
        .iter()
        .filter(|datum| datum.metric == "MessageComesBack")
        .map(|datum| datum.value)
        .sum();
    assert!((back - 6.0).abs() < f64::EPSILON, "{data:?}");
}

#[test]
fn what_is_old_rings_however_often_it_was_received() {
    let (alarm, data) = alarm("OldestUnsentAlarm");
    assert!(
        data.iter()
            .all(|datum| (1_860.0..2_000.0).contains(&datum.value)),
        "{data:?}"
    );
    assert_eq!(
        alarm.state(&at(&data, [100]), 300, State::Fine),
        State::Rings
    );
    let young: Vec<_> = data
        .iter()
        .map(|datum| Datum {
            value: 1_800.0,
            ..datum.clone()
        })
        .collect();
    assert_eq!(
        alarm.state(&at(&young, [100]), 300, State::Fine),
        State::Fine
    );
}

#[test]
fn a_clock_that_stops_rings_within_ten_minutes() {
    let (alarm, data) = alarm("SweepAlarm");
    assert_eq!(data.len(), 1, "one for each sweep");
    let beats = at(&data, (0..600).step_by(60));
    assert_eq!(alarm.state(&beats, 600, State::Fine), State::Fine);
    assert_eq!(alarm.state(&beats, 900, State::Fine), State::Fine);
    assert_eq!(alarm.state(&beats, 1_200, State::Fine), State::Rings);
    // And a stack whose clock never struck.
    assert_eq!(alarm.state(&[], 600, State::Fine), State::Rings);
}

#[test]
fn a_mailer_that_stops_rings_after_five_minutes() {
    let (alarm, data) = alarm("CanaryAgeAlarm");
    let ages: Vec<_> = data.iter().map(|datum| datum.value).collect();
    assert_eq!(
        ages,
        [0.0, 60.0, 120.0, 180.0, 240.0, 300.0, 360.0, 420.0],
        "each minute"
    );
    let minutes: Vec<_> = data
        .iter()
        .zip(0..)
        .map(|(datum, i)| Datum {
            at: i * 60,
            ..datum.clone()
        })
        .collect();
    let states: Vec<_> = (0..8)
        .map(|i| alarm.state(&minutes, i * 60 + 1, State::Fine))
        .collect();
    assert_eq!(states[..6], [State::Fine; 6]);
    assert_eq!(states[6..], [State::Rings; 2]);
}

#[test]
fn a_canary_whose_clock_stops_rings_within_ten_minutes() {
    let (alarm, data) = alarm("CanarySilentAlarm");
    assert_eq!(data.len(), 3, "one for each flight");
    let beats = at(&data[..1], (0..600).step_by(60));
    assert_eq!(alarm.state(&beats, 600, State::Fine), State::Fine);
    assert_eq!(alarm.state(&beats, 900, State::Fine), State::Fine);
    assert_eq!(alarm.state(&beats, 1_200, State::Fine), State::Rings);
    // And one that never flew.
    assert_eq!(alarm.state(&[], 600, State::Fine), State::Rings);
}

/// Nothing else keeps it quiet: what the other function of the clock says, all the time.
#[test]
fn a_canary_whose_clock_stops_rings_whatever_else_goes_on() {
    let (alarm, flights) = alarm("CanarySilentAlarm");
    let strikes = measured("the_clock_strikes");
    assert!(!strikes.is_empty());
    let all_the_time = at(&strikes, (0..600).step_by(60));
    assert_eq!(alarm.state(&all_the_time, 600, State::Fine), State::Rings);
    let with_it = [at(&flights[..1], [100, 400]), all_the_time].concat();
    assert_eq!(alarm.state(&with_it, 600, State::Fine), State::Fine);
}

#[test]
fn what_came_back_is_measured_once_in_milliseconds() {
    let data = measured("the_canary_flies");
    let trips: Vec<_> = data
        .iter()
        .filter(|datum| datum.metric == "CanaryTrip")
        .map(|datum| datum.value)
        .collect();
    assert_eq!(trips, [1_234.0]);
}

#[test]
fn one_is_enough_where_something_is_lost() {
    for name in [
        "UnreadableItemAlarm",
        "FailedForGoodAlarm",
        "InvitationsHeldBackAlarm",
        "OrganisationOverlapsAlarm",
    ] {
        let (alarm, data) = alarm(name);
        assert_eq!(
            alarm.state(&at(&data[..1], [100]), 300, State::Fine),
            State::Rings,
            "{name}"
        );
    }
}

#[test]
fn four_fifths_of_the_daily_quota_ring_and_less_does_not() {
    let (alarm, data) = alarm("DailyQuotaUsedAlarm");
    let values: Vec<_> = data.iter().map(|datum| datum.value).collect();
    assert_eq!(values, [80.0]);
    assert_eq!(
        alarm.state(&at(&data, [100]), 300, State::Fine),
        State::Rings
    );
    let less = Datum {
        value: 79.0,
        ..data[0].clone()
    };
    assert_eq!(
        alarm.state(&at(&[less], [100]), 300, State::Rings),
        State::Fine
    );
}

#[test]
fn what_may_not_fit_into_the_rest_rings_by_what_the_clock_measured() {
    let alarm = alarms().remove("DailyQuotaTooSmallAlarm").expect("it");
    let work = "the_clock_strikes_when_four_fifths_are_sent";
    let left = at(&measured(work), [100]);
    let state = |alerts: f64| {
        let waiting = [
            ("alerts", alerts),
            ("alertsTaken", 0.0),
            ("accountMails", 0.0),
            ("accountMailsTaken", 0.0),
        ];
        let waiting = waiting.map(|(id, value)| alarm.datum_of(id, 100, value));
        alarm.state(&[left.clone(), waiting.to_vec()].concat(), 300, State::Fine)
    };
    assert_eq!((state(0.0), state(1.0)), (State::Fine, State::Rings));
}

/// Each mail is heard of once: SES's receipt and an automatic answer, or a complaint, are one.
#[test]
fn mails_of_which_ses_says_nothing_for_a_day_ring() {
    let alarm = alarms().remove("MailsUnheardOfAlarm").expect("it");
    let data = measured("mails_go_and_some_are_heard_of");
    let sum = |metric: &str| {
        let of_it = data.iter().filter(|datum| datum.metric == metric);
        of_it.map(|datum| datum.value).sum::<f64>()
    };
    let sums = (sum("MailsAccepted"), sum("MailsHeardOf"));
    assert!(
        (sums.0 - 11.0).abs() < f64::EPSILON && (sums.1 - 9.0).abs() < f64::EPSILON,
        "{sums:?}"
    );
    let day = |data: &[Datum]| alarm.state(&at(data, [100]), 86_400, State::Fine);
    assert_eq!(day(&data), State::Fine, "two of eleven may be late");
    let (nothing, _): (Vec<_>, Vec<_>) = data
        .iter()
        .cloned()
        .partition(|datum| datum.metric != "MailsHeardOf" || datum.value == 0.0);
    assert_eq!(day(&nothing), State::Rings, "SES is silent altogether");
}

#[test]
fn what_is_not_ours_is_counted() {
    let data = measured("ses_tells_of_a_mail_that_is_not_ours");
    let foreign = data
        .iter()
        .filter(|datum| datum.metric == "ForeignFeedback");
    assert_eq!(foreign.count(), 2);
}

#[test]
fn an_overlap_and_an_entity_s_id_are_counted_both() {
    assert_eq!(alarm("OrganisationOverlapsAlarm").1.len(), 2);
    let of = |work: &str, metric: &str| {
        let data = measured(work);
        data.iter().filter(|datum| datum.metric == metric).count()
    };
    let circles = "the_portal_declares_entities_in_a_circle";
    assert_eq!(of(circles, "EntityHangsNowhere"), 3);
    let another = "the_portal_declares_an_entity_of_another_organisation";
    assert_eq!(of(another, "OrganisationOverlaps"), 2);
}

#[test]
fn ten_mails_that_are_held_back_in_an_hour_ring_and_nine_do_not() {
    let (alarm, data) = alarm("AccountMailsHeldBackAlarm");
    assert_eq!(data.len(), 10);
    assert_eq!(
        alarm.state(&at(&data, [100]), 3600, State::Fine),
        State::Rings
    );
    assert_eq!(
        alarm.state(&at(&data[1..], [100]), 3600, State::Rings),
        State::Fine
    );
}

#[test]
fn another_stack_of_the_account_is_another_matter() {
    for (name, _) in RINGING {
        let (alarm, data) = alarm(name);
        let other = |datum: Datum| Datum {
            dimensions: [("Stack".to_owned(), "vigie-other".to_owned())].into(),
            ..datum
        };
        let others: Vec<_> = at(&data, (0..1_200).step_by(60))
            .into_iter()
            .map(other)
            .collect();
        let expected = if ["SweepAlarm", "CanarySilentAlarm"].contains(name) {
            State::Rings
        } else {
            State::Fine
        };
        assert_eq!(alarm.state(&others, 1_200, State::Fine), expected, "{name}");
    }
}
