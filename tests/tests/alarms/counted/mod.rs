//! Metrics of the functions themselves. Lines go to standard output as on AWS, so each piece of
//! work is a test of its own that runs once more as a process, whose output is read.

mod rings;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use vigie_aws::Consumer as _;
use vigie_domain::canary::ADDRESS;
use vigie_tests::{
    World,
    fake_aws::Fault,
    feedback::{said_of, sample},
    scenario::tender,
    world::sqs,
};

/// Alarm → the work whose lines make it ring.
pub const RINGING: &[(&str, &str)] = &[
    (
        "MessagesComeBackAlarm",
        "an_alert_that_ses_throttles_comes_back",
    ),
    (
        "OldestUnsentAlarm",
        "an_alert_that_ses_throttles_comes_back",
    ),
    ("SweepAlarm", "the_clock_strikes"),
    ("CanaryAgeAlarm", "the_mailer_is_stopped"),
    ("CanarySilentAlarm", "the_canary_flies"),
    ("UnreadableItemAlarm", "an_item_is_set_aside"),
    ("FailedForGoodAlarm", "ses_refuses_a_mail_for_good"),
    (
        "OrganisationOverlapsAlarm",
        "an_organisation_comes_under_the_id_of_another",
    ),
    (
        "EntityHangsNowhereAlarm",
        "the_portal_declares_entities_in_a_circle",
    ),
    (
        "OrganisationOverlapsAlarm",
        "the_portal_declares_an_entity_of_another_organisation",
    ),
    (
        "AdministratorsGoneAlarm",
        "the_portal_takes_the_last_administrator",
    ),
    ("AccountMailsHeldBackAlarm", "agents_ask_and_ask"),
    (
        "InvitationsHeldBackAlarm",
        "an_organisation_s_invitations_come_back",
    ),
    ("FailedForGoodAlarm", "ses_cannot_render_a_mail"),
    ("UnreadableItemAlarm", "a_record_of_the_stream_is_set_aside"),
    (
        "DailyQuotaUsedAlarm",
        "the_clock_strikes_when_four_fifths_are_sent",
    ),
];

/// A fact that the portal told half an hour and a bit ago.
fn half_an_hour_ago() -> Timestamp {
    Timestamp::now() - SignedDuration::from_secs(1_860)
}

#[tokio::test]
async fn an_alert_that_ses_throttles_comes_back() {
    let (world, ada) = World::with("EMS").await;
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
    let (world, ada) = World::with("EMS").await;
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
    let (world, ada) = World::with("EMS").await;
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
    let (world, ada) = World::with("EMS").await;
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
    let (world, ada) = World::with("EMS").await;
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

/// The organisation's first administrator is declared, and leaves.
#[tokio::test]
async fn the_portal_takes_the_last_administrator() {
    let (world, ada) = World::with("EMS").await;
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
    let (world, ada) = World::with("EMS").await;
    for name in ["Bruno", "Chloe", "Dora"] {
        let asker = world.agent(&ada, "EMS", name).await;
        asker
            .patch_contact(&world, json!({"email": "victime@ailleurs.example.fr"}))
            .await
            .expect(202);
        for _ in 0..4 {
            asker
                .post(&world, "/contact/pending-email/resend", json!({}))
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
    let (world, ada) = World::with("EMS").await;
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
    let (world, ada) = World::with("EMS").await;
    world.consultation("c-1", "EMS", &ada, &[]).await;
    let crowd = world.crowd("EMS", "c-1", 1).await;
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    let mail = world.last_mail(&crowd[0]);
    world.ses_says(&mail, "not-rendered").await;
    assert_eq!(world.events("AlertFailed").len(), 1);
}
