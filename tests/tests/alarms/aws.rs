//! Measurements by AWS itself: queues, functions, stream, API, and the account's reputation.

use serde_json::json;
use vigie_aws::Consumer;
use vigie_runtime::Error;
use vigie_tests::{World, world::sqs};

use crate::alarms::cloudwatch::{Alarm, Datum, State, alarms, number};

/// Alarm → a value that makes it ring, just above where it does not.
pub const RINGING: &[(&str, f64)] = &[
    ("ConsultationsDeadLetterDepthAlarm", 1.0),
    ("ProvisioningDeadLetterDepthAlarm", 1.0),
    ("DirectoryDeadLetterDepthAlarm", 1.0),
    ("FeedbackDeadLetterDepthAlarm", 1.0),
    ("AlertsDeadLetterDepthAlarm", 1.0),
    ("MailerDeadLetterDepthAlarm", 1.0),
    ("AccountMailsDeadLetterDepthAlarm", 1.0),
    ("UndeliveredDepthAlarm", 1.0),
    ("PublisherFailuresDepthAlarm", 1.0),
    ("RejectedDepthAlarm", 1.0),
    ("ConsultationsAgeAlarm", 601.0),
    ("ProvisioningAgeAlarm", 601.0),
    ("FeedbackAgeAlarm", 601.0),
    ("AlertsAgeAlarm", 601.0),
    ("DirectoryAgeAlarm", 3_601.0),
    ("MailerAgeAlarm", 3_601.0),
    ("AccountMailsAgeAlarm", 3_601.0),
    ("AccountsErrorsAlarm", 1.0),
    ("PreferencesErrorsAlarm", 1.0),
    ("FavouritesErrorsAlarm", 1.0),
    ("EntitiesErrorsAlarm", 1.0),
    ("IntakeErrorsAlarm", 1.0),
    ("PortalErrorsAlarm", 1.0),
    ("ProvisioningErrorsAlarm", 1.0),
    ("DirectoryErrorsAlarm", 1.0),
    ("FeedbackErrorsAlarm", 1.0),
    ("ConsultationsErrorsAlarm", 1.0),
    ("SchedulerErrorsAlarm", 1.0),
    ("CanaryErrorsAlarm", 1.0),
    ("PublisherErrorsAlarm", 1.0),
    ("AlertsErrorsAlarm", 1.0),
    ("MailerErrorsAlarm", 1.0),
    ("PublisherIteratorAgeAlarm", 300_001.0),
    ("ApiServerErrorsAlarm", 6.0),
    ("AccountMailsLostAlarm", 1.0),
    ("AlertsLostAlarm", 1.0),
    ("AwaitedLostAlarm", 1.0),
    ("CanaryLostAlarm", 1.0),
    ("ConsultationsLostAlarm", 1.0),
    ("DirectoryLostAlarm", 1.0),
    ("DirectoryReadyLostAlarm", 1.0),
    ("FeedbackLostAlarm", 1.0),
    ("MailerLostAlarm", 1.0),
    ("ProvisioningLostAlarm", 1.0),
    ("RejectedLostAlarm", 1.0),
    ("SchedulerLostAlarm", 1.0),
    ("UnknownSourceLostAlarm", 1.0),
    ("PublisherLostAlarm", 1.0),
    ("FunctionsThrottledAlarm", 1.0),
    ("TableReadsThrottledAlarm", 1.0),
    ("TableWritesThrottledAlarm", 1.0),
    ("IndexReadsThrottledAlarm", 1.0),
    ("IndexWritesThrottledAlarm", 1.0),
    ("SignUpsAlarm", 201.0),
    ("BounceRateAlarm", 0.025),
    ("ComplaintRateAlarm", 0.0005),
];

/// Values of an alarm's metrics, by the names that its arithmetic has for them.
type Values = &'static [(&'static str, f64)];

/// Alarm that reckons → values that make it ring, and values near them that do not.
pub const RECKONED: &[(&str, Values, &[Values])] = &[
    (
        "ClientErrorsAlarm",
        &[("requests", 200.0), ("refused", 41.0)],
        &[
            &[("requests", 200.0), ("refused", 40.0)],
            &[("requests", 199.0), ("refused", 199.0)],
        ],
    ),
    (
        "ConcurrencyAlarm",
        &[("running", 801.0)],
        &[&[("running", 800.0)]],
    ),
    (
        "MailsUnheardOfAlarm",
        &[("accepted", 100.0), ("heard", 92.0)],
        &[
            &[("accepted", 100.0), ("heard", 93.0)],
            &[("accepted", 2.0), ("heard", 0.0)],
            // A receipt may come twice.
            &[("accepted", 100.0), ("heard", 130.0)],
        ],
    ),
    (
        "DailyQuotaTooSmallAlarm",
        &[
            ("left", 199.0),
            ("alerts", 3.0),
            ("alertsTaken", 0.0),
            ("accountMails", 49.0),
            ("accountMailsTaken", 1.0),
        ],
        &[
            &[
                ("left", 200.0),
                ("alerts", 2.0),
                ("alertsTaken", 1.0),
                ("accountMails", 49.0),
                ("accountMailsTaken", 1.0),
            ],
            // SES was not asked: nobody knows.
            &[
                ("alerts", 900.0),
                ("alertsTaken", 2.0),
                ("accountMails", 900.0),
                ("accountMailsTaken", 2.0),
            ],
        ],
    ),
];

fn alarm(name: &str) -> Alarm {
    alarms().remove(name).unwrap_or_else(|| panic!("no {name}"))
}

/// One value in each of the periods that an alarm looks at.
fn throughout(alarm: &Alarm, value: f64) -> (Vec<Datum>, i64) {
    let now = 1_000_000;
    (
        (0..alarm.periods)
            .map(|i| alarm.datum(now - i * alarm.period - 1, value))
            .collect(),
        now,
    )
}

#[test]
fn each_rings_above_its_threshold_and_not_at_what_is_usual() {
    for (name, value) in RINGING {
        let alarm = alarm(name);
        let (data, now) = throughout(&alarm, *value);
        assert_eq!(alarm.state(&data, now, State::Fine), State::Rings, "{name}");
        let (data, now) = throughout(
            &alarm,
            if *value < 1.0 {
                value * 0.9
            } else {
                value - 1.0
            },
        );
        assert_eq!(alarm.state(&data, now, State::Rings), State::Fine, "{name}");
    }
}

#[test]
fn what_is_reckoned_rings_above_its_threshold_and_not_below() {
    for (name, rings, quiet) in RECKONED {
        let (alarm, now) = (alarm(name), 1_000_000);
        let state = |values: Values| {
            let at = (0..alarm.periods).map(|i| now - i * alarm.period - 1);
            let data: Vec<_> = at
                .flat_map(|at| values.iter().map(move |(id, value)| (*id, at, *value)))
                .map(|(id, at, value)| alarm.datum_of(id, at, value))
                .collect();
            alarm.state(&data, now, State::Fine)
        };
        assert_eq!(state(rings), State::Rings, "{name}");
        for values in *quiet {
            assert_eq!(state(values), State::Fine, "{name} {values:?}");
        }
    }
}

#[test]
fn a_rate_stays_what_it_was_while_nothing_is_sent() {
    for name in ["BounceRateAlarm", "ComplaintRateAlarm"] {
        assert_eq!(
            alarm(name).state(&[], 1_000_000, State::Rings),
            State::Rings,
            "{name}"
        );
        assert_eq!(
            alarm(name).state(&[], 1_000_000, State::Fine),
            State::Fine,
            "{name}"
        );
    }
}

/// A message in a queue: when it came, and how often it was received.
struct Waiting {
    sent: i64,
    receives: u32,
}

/// `ApproximateAgeOfOldestMessage` as AWS measures it: what was received three times or more is
/// left out.
fn oldest(alarm: &Alarm, queue: &[Waiting], now: i64) -> Vec<Datum> {
    let age = queue
        .iter()
        .filter(|message| message.receives < 3)
        .map(|message| now - message.sent)
        .max();
    #[expect(clippy::cast_precision_loss, reason = "seconds")]
    age.map(|age| alarm.datum(now - 1, age as f64))
        .into_iter()
        .collect()
}

/// A backlog that nobody takes up shows in the queue's age; a message that comes back and back does
/// not, however old it is. That is what `MessagesComeBackAlarm` and `OldestUnsentAlarm` are for.
#[test]
fn the_age_of_a_queue_says_nothing_of_what_comes_back() {
    for name in [
        "ConsultationsAgeAlarm",
        "ProvisioningAgeAlarm",
        "DirectoryAgeAlarm",
        "FeedbackAgeAlarm",
        "AlertsAgeAlarm",
        "MailerAgeAlarm",
        "AccountMailsAgeAlarm",
    ] {
        let (alarm, now) = (alarm(name), 1_000_000);
        let waiting = |receives| {
            [Waiting {
                sent: now - 40_000,
                receives,
            }]
        };
        for (receives, state) in [
            (0, State::Rings),
            (2, State::Rings),
            (3, State::Fine),
            (200, State::Fine),
        ] {
            assert_eq!(
                alarm.state(&oldest(&alarm, &waiting(receives), now), now, State::Fine),
                state,
                "{name}, received {receives} times"
            );
        }
    }
}

/// Queue → how often it hands out what its function gives back, and the alarm on what becomes of
/// it.
const QUEUES: [(&str, &str); 7] = [
    ("ConsultationsQueue", "ConsultationsDeadLetterDepthAlarm"),
    ("ProvisioningQueue", "ProvisioningDeadLetterDepthAlarm"),
    ("DirectoryQueue", "DirectoryDeadLetterDepthAlarm"),
    ("FeedbackQueue", "FeedbackDeadLetterDepthAlarm"),
    ("AlertsQueue", "AlertsDeadLetterDepthAlarm"),
    ("MailerQueue", "MailerDeadLetterDepthAlarm"),
    ("AccountMailsQueue", "AccountMailsDeadLetterDepthAlarm"),
];

async fn consume(world: &World, queue: &str, receives: u32) -> bool {
    let record = sqs(&json!("no event"), receives);
    let answer = match queue {
        "ConsultationsQueue" => world.consultations.consume(record).await,
        "ProvisioningQueue" => world.provisioning.consume(record).await,
        "DirectoryQueue" => world.directory.consume(record).await,
        "FeedbackQueue" => world.feedback.consume(record).await,
        "AlertsQueue" => world.alerts.consume(record).await,
        _ => world.mailer.consume(record).await,
    };
    answer.expect("an answer")["batchItemFailures"]
        .as_array()
        .is_some_and(Vec::is_empty)
}

/// A message that is neither taken in nor, while the bus is down, rejected goes back until it is a
/// dead letter.
#[tokio::test]
async fn what_no_attempt_takes_in_rings_as_a_dead_letter() {
    let world = World::new().await;
    world.aws.with(|traffic| traffic.bus_down = true);
    for (queue, name) in QUEUES {
        let most = number(&format!("{queue}.RedrivePolicy.maxReceiveCount"));
        let mut receives = 0;
        while receives < most && !consume(&world, queue, receives + 1).await {
            receives += 1;
        }
        let dead = f64::from(u8::from(receives == most));
        let (alarm, now) = (alarm(name), 1_000_000);
        assert_eq!(
            alarm.state(&[alarm.datum(now - 1, dead)], now, State::Fine),
            State::Rings,
            "{queue}"
        );
    }
}

#[tokio::test]
async fn what_is_refused_rings_in_the_rejected_queue() {
    let world = World::new().await;
    world.publish("Nonsense", json!({}));
    world.settle().await;
    #[expect(clippy::cast_precision_loss, reason = "one")]
    let waiting = world.rejections().len() as f64;
    let (alarm, now) = (alarm("RejectedDepthAlarm"), 1_000_000);
    assert_eq!(
        alarm.state(&[alarm.datum(now - 1, waiting)], now, State::Fine),
        State::Rings
    );
}

/// A function that gives back an error, rather than naming what failed, is what AWS counts as one.
#[tokio::test]
async fn a_function_that_fails_as_a_whole_rings() {
    let world = World::new().await;
    let nonsense = || json!({"Records": "none"});
    let bus_down = World::new().await;
    bus_down.aws.with(|traffic| traffic.bus_down = true);
    let failed: [(&str, Result<_, Error>); 8] = [
        (
            "CanaryErrorsAlarm",
            bus_down.canary.consume(json!({})).await,
        ),
        (
            "ConsultationsErrorsAlarm",
            world.consultations.consume(nonsense()).await,
        ),
        (
            "ProvisioningErrorsAlarm",
            world.provisioning.consume(nonsense()).await,
        ),
        (
            "DirectoryErrorsAlarm",
            world.directory.consume(nonsense()).await,
        ),
        (
            "FeedbackErrorsAlarm",
            world.feedback.consume(nonsense()).await,
        ),
        ("AlertsErrorsAlarm", world.alerts.consume(nonsense()).await),
        ("MailerErrorsAlarm", world.mailer.consume(nonsense()).await),
        (
            "PublisherErrorsAlarm",
            world.publisher.consume(nonsense()).await,
        ),
    ];
    for (name, answer) in failed {
        let errors = f64::from(u8::from(answer.is_err()));
        let (alarm, now) = (alarm(name), 1_000_000);
        assert_eq!(
            alarm.state(&[alarm.datum(now - 1, errors)], now, State::Fine),
            State::Rings,
            "{name}"
        );
    }
}
