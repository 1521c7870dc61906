//! Metrics of the functions themselves. Lines go to standard output as on AWS, so each piece of
//! work is a test of its own that runs once more as a process, whose output is read.

use std::process::Command;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use vigie_aws::Consumer;
use vigie_domain::canary::ADDRESS;
use vigie_tests::{
    World,
    fake_aws::Fault,
    feedback::{said_of, sample},
    scenario::tender,
    world::sqs,
};

use crate::alarms::cloudwatch::{Alarm, Datum, STACK, State, alarms, embedded};

/// Alarm → the work whose lines make it ring.
pub const RINGING: &[(&str, &str)] = &[
    (
        "MessagesComeBackAlarm",
        "alarms::counted::an_alert_that_ses_throttles_comes_back",
    ),
    (
        "OldestUnsentAlarm",
        "alarms::counted::an_alert_that_ses_throttles_comes_back",
    ),
    ("SweepAlarm", "alarms::counted::the_clock_strikes"),
    ("CanaryAgeAlarm", "alarms::counted::the_mailer_is_stopped"),
    ("CanarySilentAlarm", "alarms::counted::the_canary_flies"),
    (
        "UnreadableItemAlarm",
        "alarms::counted::an_item_is_set_aside",
    ),
    (
        "FailedForGoodAlarm",
        "alarms::counted::ses_refuses_a_mail_for_good",
    ),
    (
        "OrganisationOverlapsAlarm",
        "alarms::counted::an_organisation_comes_under_the_id_of_another",
    ),
    (
        "EntityHangsNowhereAlarm",
        "alarms::counted::the_portal_declares_entities_in_a_circle",
    ),
    (
        "OrganisationOverlapsAlarm",
        "alarms::counted::the_portal_declares_an_entity_of_another_organisation",
    ),
    (
        "AdministratorsGoneAlarm",
        "alarms::counted::the_portal_takes_the_last_administrator",
    ),
    (
        "AccountMailsHeldBackAlarm",
        "alarms::counted::agents_ask_and_ask",
    ),
    (
        "InvitationsHeldBackAlarm",
        "alarms::counted::an_organisation_s_invitations_come_back",
    ),
    (
        "FailedForGoodAlarm",
        "alarms::counted::ses_cannot_render_a_mail",
    ),
    (
        "UnreadableItemAlarm",
        "alarms::counted::a_record_of_the_stream_is_set_aside",
    ),
    (
        "DailyQuotaUsedAlarm",
        "alarms::counted::the_clock_strikes_when_four_fifths_are_sent",
    ),
];

/// A fact that the portal told half an hour and a bit ago.
fn half_an_hour_ago() -> Timestamp {
    Timestamp::now() - SignedDuration::from_secs(1_860)
}

#[tokio::test]
async fn an_alert_that_ses_throttles_comes_back() {
    let world = World::new().await;
    let ada = world.organisation("EMS").await;
    world.consultation("c-1", "EMS", &ada, &[]).await;
    world.crowd("EMS", "c-1", 3).await;
    world.publish("TenderReceived", tender("c-1", "d-1"));
    let due = world.due().await;
    world
        .aws
        .with(|traffic| traffic.faults.extend(vec![Fault::Throttle; 40]));
    let mut record = sqs(&due[0], 2);
    let mut body: Value =
        serde_json::from_str(record["Records"][0]["body"].as_str().expect("a body")).expect("JSON");
    body["time"] = json!(half_an_hour_ago().strftime("%FT%TZ").to_string());
    record["Records"][0]["body"] = json!(body.to_string());
    record["Records"][0]["attributes"]["SentTimestamp"] =
        json!(Timestamp::now().as_millisecond().to_string());
    let answer = world.mailer.consume(record).await.expect("an answer");
    assert_eq!(
        answer["batchItemFailures"].as_array().map(Vec::len),
        Some(1)
    );
}

#[tokio::test]
async fn a_message_that_cannot_even_be_rejected_comes_back() {
    let world = World::new().await;
    world.aws.with(|traffic| traffic.bus_down = true);
    let record = sqs(&json!("no event"), 1);
    for answer in [
        world.consultations.consume(record.clone()).await,
        world.provisioning.consume(record.clone()).await,
        world.directory.consume(record.clone()).await,
        world.alerts.consume(record.clone()).await,
        world.feedback.consume(record.clone()).await,
        world.mailer.consume(record).await,
    ] {
        assert_eq!(
            answer.expect("an answer")["batchItemFailures"]
                .as_array()
                .map(Vec::len),
            Some(1)
        );
    }
}

#[tokio::test]
async fn a_record_of_the_stream_is_set_aside() {
    let world = World::new().await;
    let records =
        json!({"Records": [{"eventID": "1", "eventName": "INSERT", "dynamodb": {"Keys": {}}}]});
    world.publisher.consume(records).await.expect("a batch");
    world.settle().await;
    assert_eq!(world.rejections().len(), 1);
}

#[tokio::test]
async fn the_clock_strikes_when_four_fifths_are_sent() {
    let world = World::new().await;
    world
        .aws
        .with(|traffic| traffic.daily_quota = Some((200.0, 160.0)));
    world.sweep().await;
}

/// SES says of nobody's mail what became of it; then of some.
#[tokio::test]
async fn mails_go_and_some_are_heard_of() {
    let world = World::new().await;
    let ada = world.organisation("EMS").await;
    world.consultation("c-1", "EMS", &ada, &[]).await;
    world.crowd("EMS", "c-1", 9).await;
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    let mails = world.mails();
    assert_eq!(mails.len(), 10, "an invitation, and nine alerts");
    for mail in &mails[..8] {
        world.ses_says(mail, "sent").await;
        world.ses_says(mail, "delivered").await;
    }
    world.ses_says(&mails[8], "bounced-transient").await;
    world.ses_says(&mails[0], "absence-notice").await;
    // Which the administrator is told by one mail more.
    world.ses_says(&mails[1], "complaint").await;
}

#[tokio::test]
async fn ses_tells_of_a_mail_that_is_not_ours() {
    let world = World::new().await;
    let mut event = said_of_nobody();
    world.hears(event.clone()).await;
    event["detail"]["mail"]["tags"] = json!({"account": ["x"], "delivery": ["no digest"]});
    world.hears(event).await;
    assert!(world.rejections().is_empty());
}

fn said_of_nobody() -> Value {
    let mut event = sample("delivered");
    event["detail"]["mail"]["tags"] = json!({});
    event
}

#[tokio::test]
async fn the_clock_strikes() {
    World::new().await.sweep().await;
}

/// The canary for eight minutes, from the one in which its tender goes.
async fn eight_minutes(world: &World) {
    for _ in 0..8 {
        world.canary.consume(json!({})).await.expect("a flight");
        world.due().await;
        world.pass(SignedDuration::from_mins(1));
    }
}

/// Everything but the mailer goes on.
#[tokio::test]
async fn the_mailer_is_stopped() {
    let world = World::new().await;
    eight_minutes(&world).await;
}

#[tokio::test]
async fn the_canary_flies() {
    let world = World::new().await;
    world.canary.consume(json!({})).await.expect("a flight");
    world.settle().await;
    world.pass(SignedDuration::from_secs(1));
    world.canary.consume(json!({})).await.expect("a flight");
    let sent_at = world.now();
    world.settle().await;
    let mail = world.mails_to(ADDRESS).remove(0);
    world
        .hears(said_of(
            &mail,
            "delivered",
            sent_at,
            sent_at + SignedDuration::from_millis(1_234),
        ))
        .await;
    world.canary.consume(json!({})).await.expect("a flight");
}

#[tokio::test]
async fn an_item_is_set_aside() {
    let world = World::new().await;
    let ada = world.organisation("EMS").await;
    world.consultation("c-1", "EMS", &ada, &[]).await;
    world.crowd("EMS", "c-1", 3).await;
    world.publish("TenderReceived", tender("c-1", "d-1"));
    let due = world.due().await;
    let spoilt = due[0]["detail"]["accountIds"][0].as_str().expect("an id");
    world
        .set(
            &format!("ACCOUNT#{spoilt}"),
            "ACCOUNT",
            "contact",
            AttributeValue::S("by hand".to_owned()),
        )
        .await;
    world.resume(due).await;
    // The change in the stream, and the account's alert.
    assert_eq!(world.rejections().len(), 2);
}

#[tokio::test]
async fn ses_refuses_a_mail_for_good() {
    let world = World::new().await;
    let ada = world.organisation("EMS").await;
    world.consultation("c-1", "EMS", &ada, &[]).await;
    let crowd = world.crowd("EMS", "c-1", 3).await;
    world.aws.with(|traffic| {
        traffic.faults.push_back(Fault::Entries(vec![(
            crowd[1].clone(),
            "INVALID_PARAMETER",
        )]))
    });
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    assert_eq!(world.events("AlertFailed").len(), 1);
}

#[tokio::test]
async fn an_organisation_comes_under_the_id_of_another() {
    let world = World::new().await;
    let ada = world.organisation("EMS").await;
    world.entity(&ada, "EMS-DSI", "EMS").await;
    for id in ["EMS-CUS", "EMS-DSI"] {
        let administrator =
            json!({"firstName": "Carl", "lastName": "Roy", "email": "carl@cus.example.fr"});
        world
            .send("OrganisationProvisioned", json!({"organisation": "CUS", "entityId": id, "name": "CUS", "administrator": administrator}))
            .await;
    }
    assert_eq!(world.rejections().len(), 2);
}

/// Who provisioned the organisation is declared, and leaves.
#[tokio::test]
async fn the_portal_takes_the_last_administrator() {
    let world = World::new().await;
    let ada = world.organisation("EMS").await;
    let said = json!({"organisationId": "EMS", "agentId": "ada", "revision": 1, "entityId": "EMS", "email": ada.email, "role": "agent"});
    world.send("AgentSaved", said).await;
    assert_eq!(world.rejections(), Vec::<String>::new());
}

/// Two that are there, two that are not, and one by itself.
#[tokio::test]
async fn the_portal_declares_entities_in_a_circle() {
    let world = World::new().await;
    world.organisation("EMS").await;
    for (id, revision, parent) in [
        ("a", 1, "EMS"),
        ("b", 1, "a"),
        ("a", 2, "b"),
        ("c", 1, "d"),
        ("d", 1, "c"),
        ("e", 1, "e"),
    ] {
        let detail = json!({"organisationId": "EMS", "entityId": id, "revision": revision, "name": id, "parentId": parent});
        world.send("EntitySaved", detail).await;
    }
    assert_eq!(world.rejections(), Vec::<String>::new());
}

/// One that is there, and one that waits while another organisation is to have its id.
#[tokio::test]
async fn the_portal_declares_an_entity_of_another_organisation() {
    let world = World::new().await;
    world.organisation("EMS").await;
    let detail = |id: &str| json!({"organisationId": "CUS", "entityId": id, "revision": 1, "name": id, "parentId": "CUS"});
    world.send("EntitySaved", detail("EMS")).await;
    world.send("EntitySaved", detail("LYON")).await;
    let lyon = json!({
        "organisation": "Lyon", "entityId": "LYON", "name": "Lyon",
        "administrator": {"firstName": "Ada", "lastName": "Lyon", "email": "ada@lyon.example.fr"},
    });
    world.send("OrganisationProvisioned", lyon).await;
    world.organisation("CUS").await;
    assert_eq!(world.rejections().len(), 2);
}

/// Three agents ask for one address, five times each.
#[tokio::test]
async fn agents_ask_and_ask() {
    let world = World::new().await;
    let ada = world.organisation("EMS").await;
    for name in ["Bruno", "Chloe", "Dora"] {
        let asker = world.agent(&ada, "EMS", name).await;
        world
            .patch_contact(
                &asker.login,
                &asker.id,
                json!({"email": "victime@ailleurs.example.fr"}),
            )
            .await
            .expect(202);
        for _ in 0..4 {
            world
                .post(
                    &asker.login,
                    &asker.path("/contact/pending-email/resend"),
                    json!({}),
                )
                .await
                .expect(202);
        }
        world.settle().await;
    }
    assert_eq!(world.mails_to("victime@ailleurs.example.fr").len(), 5);
}

/// Three of sixty.
#[tokio::test]
async fn an_organisation_s_invitations_come_back() {
    let world = World::new().await;
    let ada = world.organisation("EMS").await;
    for i in 0..60 {
        world.invite(&ada, "EMS", &format!("Agent{i}")).await;
    }
    world.settle().await;
    for i in 0..3 {
        let mail = world
            .mails_to(&format!("agent{i}@agents.example.fr"))
            .remove(0);
        world.ses_says(&mail, "bounced-permanent").await;
    }
    world.invite(&ada, "EMS", "Zoe").await;
    world.settle().await;
    assert!(world.mails_to("zoe@agents.example.fr").is_empty());
}

#[tokio::test]
async fn ses_cannot_render_a_mail() {
    let world = World::new().await;
    let ada = world.organisation("EMS").await;
    world.consultation("c-1", "EMS", &ada, &[]).await;
    let crowd = world.crowd("EMS", "c-1", 1).await;
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    let mail = world.mails_to(&crowd[0]).pop().expect("an alert");
    world.ses_says(&mail, "not-rendered").await;
    assert_eq!(world.events("AlertFailed").len(), 1);
}

/// The lines that a piece of work wrote, in a process of its own.
fn lines(work: &str) -> Vec<Value> {
    let program = std::env::current_exe().expect("this program");
    let done = Command::new(program)
        .args(["--exact", work, "--nocapture"])
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
    let data = measured("alarms::counted::a_message_that_cannot_even_be_rejected_comes_back");
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
    let strikes = measured("alarms::counted::the_clock_strikes");
    assert!(!strikes.is_empty());
    let all_the_time = at(&strikes, (0..600).step_by(60));
    assert_eq!(alarm.state(&all_the_time, 600, State::Fine), State::Rings);
    let with_it = [at(&flights[..1], [100, 400]), all_the_time].concat();
    assert_eq!(alarm.state(&with_it, 600, State::Fine), State::Fine);
}

#[test]
fn what_came_back_is_measured_once_in_milliseconds() {
    let data = measured("alarms::counted::the_canary_flies");
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
    let work = "alarms::counted::the_clock_strikes_when_four_fifths_are_sent";
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
    let data = measured("alarms::counted::mails_go_and_some_are_heard_of");
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
    let data = measured("alarms::counted::ses_tells_of_a_mail_that_is_not_ours");
    let foreign = data
        .iter()
        .filter(|datum| datum.metric == "ForeignFeedback");
    assert_eq!(foreign.count(), 2);
}

#[test]
fn an_overlap_and_an_entity_s_id_are_counted_both() {
    assert_eq!(alarm("OrganisationOverlapsAlarm").1.len(), 2);
    let of = |work: &str, metric: &str| {
        let data = measured(&format!("alarms::counted::{work}"));
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
