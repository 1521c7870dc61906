//! Bodies that are no message of ours, alone and among others.

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_aws::Consumer;
use vigie_tests::{scenario::tender, world::sqs};

use crate::delivery::{End, accounts, alert, event, intents, subject, work};

/// Several messages of one SQS event: the id of each is its place.
fn batch(events: &[Value]) -> Value {
    let records = events.iter().enumerate().map(|(i, event)| {
        let mut record = sqs(event, 1)["Records"][0].take();
        record["messageId"] = json!(i.to_string());
        record
    });
    json!({"Records": records.collect::<Vec<_>>()})
}

fn came_back(answer: &Value) -> Vec<&str> {
    let failures = answer["batchItemFailures"].as_array().expect("failures");
    failures
        .iter()
        .map(|failure| failure["itemIdentifier"].as_str().expect("an id"))
        .collect()
}

/// The bus takes 256 KB, and the reason and the envelope come on top.
#[tokio::test]
async fn what_is_refused_is_kept_whole_also_where_it_is_as_long_as_the_bus_takes() {
    let (world, ..) = alert(1).await;
    for title in [
        "x".repeat(255_000),
        "é\\\"".repeat(40_000),
        "x".repeat(240_000),
    ] {
        world.rejected.lock().expect("a lock").clear();
        let bad = event(
            "procurement",
            "ConsultationSaved",
            json!({"consultationId": "c-1", "revision": 1, "phase": "unknown", "title": title}),
        );
        let record = sqs(&bad, 1);
        let body = record["Records"][0]["body"]
            .as_str()
            .expect("a body")
            .to_owned();
        let answer = world
            .consultations
            .consume(record)
            .await
            .expect("an answer");
        assert_eq!(came_back(&answer), Vec::<&str>::new());
        world.settle().await;
        let rejected = world.rejected.lock().expect("a lock").clone();
        let whole = match &rejected[..] {
            [one] => one["original"].clone(),
            parts => {
                let text: String = parts
                    .iter()
                    .map(|part| part["text"].as_str().expect("a part"))
                    .collect();
                assert!(
                    parts
                        .iter()
                        .all(|part| part["parts"] == parts.len() && part["messageId"] == "message")
                );
                serde_json::from_str(&text).expect("the original")
            }
        };
        assert_eq!(whole, serde_json::from_str::<Value>(&body).expect("JSON"));
        assert!(rejected.iter().all(|part| {
            part["reason"].as_str().is_some_and(|reason| {
                reason.contains("is required") || reason.contains("must be one of")
            })
        }));
    }
}

#[tokio::test]
async fn malformed_events_are_rejected_with_a_reason_and_block_nothing() {
    let (world, crowd, due) = alert(3).await;
    let fine = due[0].clone();
    let with = |field: &str, value: Value| {
        let mut event = fine.clone();
        event["detail"][field] = value;
        event
    };
    let too_many: Vec<_> = (0..51).map(|i| format!("a-{i}")).collect();
    let long = "x".repeat(200_000);
    let bad = [
        json!("not JSON"),
        json!(""),
        json!("null"),
        json!("[]"),
        json!("{\"source\": \"vigie\"}"),
        event("vigie", "AlertDue", json!(null)),
        event("vigie", "AlertDue", json!("text")),
        event("vigie", "AlertDue", json!({})),
        event("vigie", "CoffeeReady", fine["detail"].clone()),
        event(
            "vigie",
            "AccountMailDue",
            json!({"accountId": "a", "mail": "coffee", "requestId": "r", "attempt": 1}),
        ),
        event(
            "vigie",
            "AccountMailDue",
            json!({"accountId": "a", "mail": "invitation", "requestId": "r", "attempt": -1}),
        ),
        with("accountIds", json!(too_many)),
        with("accountIds", json!(["a#b"])),
        with("accountIds", json!("all")),
        with("consultationId", json!("")),
        with("consultationId", json!("c-2")),
        with("kind", json!("coffeeReady")),
        with("kind", json!(long)),
        with("factKey", json!("d-2")),
        with("factKey", json!(long)),
        with("factKey", json!("é".repeat(1000))),
        with("entityPath", json!([1])),
        event(
            "vigie",
            "AccountMailDue",
            json!({"accountId": "a", "mail": long, "requestId": "r", "attempt": 1}),
        ),
    ];
    let mut events = bad.to_vec();
    events.push(fine.clone());
    let answer = world
        .mailer
        .consume(batch(&events))
        .await
        .expect("an answer");
    assert_eq!(came_back(&answer), Vec::<&str>::new());
    assert_eq!(world.mailed(), crowd);
    world.settle().await;

    let rejected = world.rejected.lock().expect("a lock").clone();
    assert_eq!(rejected.len(), bad.len());
    for (rejected, bad) in rejected.iter().zip(&bad) {
        let reason = rejected["reason"].as_str().expect("a reason");
        assert!(
            !reason.is_empty() && reason.chars().count() <= 2000 && !reason.contains('\n'),
            "{reason}"
        );
        if bad.is_object() {
            assert_eq!(rejected["original"]["detail"], bad["detail"]);
        }
    }
    assert_eq!(rejected[0]["original"], "not JSON");
    for (i, reason) in [
        (3, "not an EventBridge event"),
        (8, "unknown detail-type"),
        (11, "more than 50 accounts"),
    ] {
        assert_eq!(rejected[i]["reason"], reason);
    }
}

#[tokio::test]
async fn malformed_events_for_the_other_queues_are_rejected_with_a_reason_and_block_nothing() {
    let (world, ..) = alert(0).await;
    let fact = json!({"consultationId": "c-1", "kind": "tenderReceived", "factKey": "d-1"});
    let with = |base: &Value, field: &str, value: Value| {
        let mut detail = base.clone();
        detail[field] = value;
        detail
    };
    let alerts = [
        json!("not JSON"),
        event("vigie", "CoffeeReady", fact.clone()),
        event("vigie", "FactRecorded", json!({})),
        event(
            "vigie",
            "FactRecorded",
            with(&fact, "kind", json!("coffeeReady")),
        ),
        event(
            "vigie",
            "FactRecorded",
            with(&fact, "factKey", json!("x".repeat(2000))),
        ),
        event(
            "vigie",
            "FactRecorded",
            with(&fact, "factKey", json!(["d-1"])),
        ),
        event("vigie", "ConsultationReady", json!({"consultationId": ""})),
        event("vigie", "ConsultationReady", json!([])),
    ];
    let tender = tender("c-1", "d-9");
    let consultations = [
        json!("not JSON"),
        event("elsewhere", "TenderReceived", tender.clone()),
        event("procurement", "CoffeeReady", tender.clone()),
        event("procurement", "TenderReceived", json!(null)),
        event(
            "procurement",
            "TenderReceived",
            with(&tender, "consultationId", json!("a#b")),
        ),
        event(
            "procurement",
            "TenderReceived",
            with(&tender, "depositId", json!(null)),
        ),
        event(
            "procurement",
            "TenderReceived",
            with(&tender, "receivedAt", json!("yesterday")),
        ),
        event(
            "procurement",
            "TenderReceived",
            with(&tender, "channel", json!("pigeon")),
        ),
        event("procurement", "ConsultationSaved", tender.clone()),
    ];
    let provisioning = [
        json!("not JSON"),
        event("procurement", "TenderReceived", tender.clone()),
        event(
            "procurement",
            "OrganisationProvisioned",
            json!({"organisation": "X"}),
        ),
    ];
    let directory = [
        json!("not JSON"),
        event("procurement", "OrganisationProvisioned", json!({})),
        event("vigie", "EntitySaved", json!({})),
        event("procurement", "DirectoryReady", json!({"entityId": "ems"})),
        event("procurement", "EntitySaved", json!({"organisationId": "X"})),
        event("procurement", "AgentDue", json!({"agent": "x"})),
        event("vigie", "AgentDue", json!({"agent": "x"})),
        event("vigie", "AgentSaved", json!({})),
        event("procurement", "AgentSaved", json!({"organisationId": "X"})),
        event("procurement", "AgentLeft", json!({"agentId": "x"})),
    ];
    for answer in [
        world.alerts.consume(batch(&alerts)).await,
        world.consultations.consume(batch(&consultations)).await,
        world.provisioning.consume(batch(&provisioning)).await,
        world.directory.consume(batch(&directory)).await,
    ] {
        assert_eq!(came_back(&answer.expect("an answer")), Vec::<&str>::new());
    }
    world.taken();
    let rejected = world.rejected.lock().expect("a lock").clone();
    assert_eq!(
        rejected.len(),
        alerts.len() + consultations.len() + provisioning.len() + directory.len()
    );
    assert!(rejected.iter().all(|rejected| {
        rejected["reason"]
            .as_str()
            .is_some_and(|reason| !reason.is_empty())
    }));
}

#[tokio::test]
async fn a_repeated_id_in_a_batch_is_one_recipient() {
    let (world, crowd, due) = alert(3).await;
    let mut event = due[0].clone();
    let twice: Vec<_> = accounts(&event)
        .into_iter()
        .flat_map(|id| [id.clone(), id])
        .collect();
    event["detail"]["accountIds"] = json!(twice);
    event["detail"]["entityPath"] = json!(["EMS", "EMS"]);
    assert_eq!(work(&world, &event, 1).await, End::Acknowledged);
    assert_eq!(world.mailed(), crowd);
}

#[tokio::test]
async fn of_several_messages_only_those_that_failed_come_back() {
    let (world, crowd, due) = alert(150).await;
    let held = intents(&accounts(&due[1]));
    world
        .table
        .store()
        .delivery_claim(&subject(), &held[..1], world.now())
        .await
        .expect("a claim");
    let events = [
        due[0].clone(),
        json!("not JSON"),
        due[1].clone(),
        due[2].clone(),
    ];
    let answer = world
        .mailer
        .consume(batch(&events))
        .await
        .expect("an answer");
    assert_eq!(came_back(&answer), ["2"]);
    assert_eq!(world.mails().len(), 149);
    world.pass(SignedDuration::from_secs(180));
    assert_eq!(work(&world, &due[1], 2).await, End::Acknowledged);
    assert_eq!(world.mailed(), crowd);
}
