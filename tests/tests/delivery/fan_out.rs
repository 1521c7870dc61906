//! From the stream to the batches: how much it costs, and a bus that takes nothing or not all.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vigie_aws::Consumer;
use vigie_tests::{World, scenario::tender, world::sqs};

use crate::delivery::{End, accounts, alert, ended, event, ses_calls};

#[tokio::test]
async fn a_thousand_followers_cost_one_page_85_calls_of_the_table_and_20_of_ses() {
    let (world, ada) = World::with("EMS").await;
    world.entity(&ada, "EMS-DSI", "EMS").await;
    world.entity(&ada, "EMS-DSI-RES", "EMS-DSI").await;
    world.consultation("c-1", "EMS-DSI-RES", &ada, &[]).await;
    let crowd = world.crowd("EMS-DSI-RES", "c-1", 1000).await;
    world.empty_inbox();
    world.aws.with(|traffic| traffic.ses_calls = 0);
    world.publish("TenderReceived", tender("c-1", "d-1"));
    let due = world.due().await;
    assert_eq!(due.len(), 20);

    let told = world.table.calls();
    let recorded = told
        .iter()
        .position(|call| call == "TransactWriteItems")
        .expect("the fact");
    let fan_out = &told[recorded + 1..];
    assert_eq!(
        fan_out.iter().filter(|call| *call == "Query").count(),
        1,
        "{fan_out:?}"
    );
    let fan_out = fan_out.len();
    for event in &due {
        assert_eq!(ended(&world.mailer, sqs(event, 1)).await, End::Acknowledged);
    }
    let mailed = world.table.calls().len();
    assert!(fan_out + mailed <= 85, "{fan_out} + {mailed}");
    assert_eq!(ses_calls(&world), 20);
    assert_eq!(world.mailed(), crowd);
}

#[tokio::test]
async fn followers_on_later_pages_are_told_too() {
    let (world, crowd, due) = alert(2_600).await;
    let told: BTreeSet<_> = due.iter().flat_map(accounts).collect();
    assert_eq!(told.len(), crowd.len());
    assert!(due.iter().all(|event| accounts(event).len() <= 50));
    let ids: BTreeSet<_> = due
        .iter()
        .map(|event| event["detail"]["eventId"].to_string())
        .collect();
    assert_eq!(ids.len(), due.len());
    assert!(
        world
            .table
            .calls()
            .iter()
            .filter(|call| *call == "Query")
            .count()
            <= 3
    );
}

#[tokio::test]
async fn each_page_of_followers_and_each_waiting_fact_is_a_message_of_its_own() {
    let (world, _, _) = alert(2_600).await;
    let recorded = event(
        "vigie",
        "FactRecorded",
        json!({"consultationId": "c-1", "kind": "tenderReceived", "factKey": "d-1"}),
    );
    let told = |events: &[Value]| {
        events
            .iter()
            .filter(|event| event["detail-type"] == "AlertDue")
            .map(|event| accounts(event).len())
            .sum::<usize>()
    };
    assert!(world.hand(&recorded, 1).await);
    let first = world.taken();
    assert!(told(&first) <= 2_000, "{}", told(&first));
    let next: Vec<_> = first
        .iter()
        .filter(|event| event["detail-type"] == "FactRecorded")
        .collect();
    assert_eq!(next.len(), 1);
    assert!(world.hand(next[0], 1).await);
    let second = world.taken();
    assert_eq!(told(&first) + told(&second), 2_600);
    assert!(
        second
            .iter()
            .all(|event| event["detail-type"] == "AlertDue")
    );

    for i in 0..250 {
        world
            .consultations
            .consume(sqs(
                &event(
                    "procurement",
                    "TenderReceived",
                    tender("c-2", &format!("d-{i}")),
                ),
                1,
            ))
            .await
            .expect("a fact");
    }
    world.table.records();
    world.taken();
    let ready = event(
        "vigie",
        "ConsultationReady",
        json!({"consultationId": "c-2"}),
    );
    assert!(world.hand(&ready, 1).await);
    let mut events = world.taken();
    let after = events.pop().expect("a place");
    assert_eq!(
        (events.len(), &after["detail-type"]),
        (200, &json!("ConsultationReady"))
    );
    assert!(world.hand(&after, 1).await);
    events.extend(world.taken());
    let facts: BTreeSet<_> = events
        .iter()
        .map(|event| event["detail"]["factKey"].to_string())
        .collect();
    assert_eq!((facts.len(), events.len()), (250, 250));
}

#[tokio::test]
async fn with_the_bus_down_everything_comes_back_and_nothing_is_lost() {
    let (world, crowd, _) = alert(120).await;
    let down = |down: bool| world.aws.with(|traffic| traffic.bus_down = down);
    let bad = event("procurement", "TenderReceived", json!({}));
    let recorded = event(
        "vigie",
        "FactRecorded",
        json!({"consultationId": "c-1", "kind": "tenderReceived", "factKey": "d-1"}),
    );
    down(true);
    assert!(
        !world.hand(&bad, 1).await,
        "what cannot be published comes back"
    );
    assert!(!world.hand(&recorded, 1).await);
    world
        .consultations
        .consume(sqs(
            &event("procurement", "TenderReceived", tender("c-1", "d-2")),
            1,
        ))
        .await
        .expect("a fact");
    let records = json!({"Records": world.table.records()});
    world
        .publisher
        .consume(records.clone())
        .await
        .expect_err("the stream's batch comes back");

    down(false);
    assert!(world.hand(&bad, 2).await);
    assert!(world.hand(&recorded, 2).await);
    world
        .publisher
        .consume(records)
        .await
        .expect("the stream's batch");
    world.settle().await;
    assert_eq!(world.rejections().len(), 1);
    let expected: Vec<_> = crowd
        .iter()
        .flat_map(|to| [to.clone(), to.clone()])
        .collect();
    assert_eq!(world.mailed(), expected, "one mail for each of two tenders");
}

#[tokio::test]
async fn what_the_bus_takes_only_in_part_is_put_again() {
    let (world, crowd, _) = alert(1000).await;
    let recorded = event(
        "vigie",
        "FactRecorded",
        json!({"consultationId": "c-1", "kind": "tenderReceived", "factKey": "d-1"}),
    );
    world
        .aws
        .with(|traffic| (traffic.bus_refuses, traffic.bus_calls) = (2, 0));
    assert!(world.hand(&recorded, 1).await);
    assert_eq!(
        world.aws.with(|traffic| traffic.bus_calls),
        4,
        "two calls, and two for what was refused in the first"
    );
    assert_eq!(
        world.aws.with(|traffic| traffic.events.len()),
        20,
        "and nothing else put again"
    );
    world.settle().await;
    assert_eq!(world.mailed(), crowd);

    world.aws.with(|traffic| traffic.bus_refuses = 3);
    assert!(!world.hand(&recorded, 1).await, "refused three times");
}

/// A record that will never be read is said with the refused events, at its place, and holds up
/// nobody's.
#[test]
fn a_record_that_cannot_be_read_is_set_aside_and_the_rest_of_its_batch_is_told() {
    let good = |id: &str| {
        let key = json!({"pk": {"S": "CONSULTATION#c-1"}, "sk": {"S": format!("FAVOURITE#{id}")}});
        json!({"eventID": id, "eventName": "INSERT", "dynamodb": {"Keys": key, "SequenceNumber": "1", "NewImage": {"starred": {"BOOL": true}}}})
    };
    let of_keys = |keys: Value| json!({"eventID": "x", "eventName": "INSERT", "dynamodb": {"Keys": keys, "SequenceNumber": "7", "NewImage": {"email": {"S": "ada@ems.example.fr"}}}});
    for bad in [
        json!({"eventID": "x", "eventName": "INSERT"}),
        json!({"eventID": 7, "eventName": "INSERT", "dynamodb": {"Keys": {}}}),
        json!({"eventName": "INSERT", "dynamodb": {"Keys": {}}}),
        json!("no record"),
        json!(null),
        of_keys(json!({})),
        of_keys(json!("none")),
        of_keys(json!({"pk": {"S": "ACCOUNT#a-1"}})),
        of_keys(json!({"pk": {"B": "AA=="}, "sk": {"S": "ACCOUNT"}})),
    ] {
        let batch = json!({"Records": [good("a-1"), bad, good("a-2")]});
        let events = vigie_publisher::events(batch).expect("a batch");
        let types: Vec<_> = events.iter().map(|event| event.detail_type).collect();
        assert_eq!(
            types,
            ["FavouriteAdded", "Rejected", "FavouriteAdded"],
            "{bad}"
        );
        let told = events[1].detail.to_string();
        assert!(told.contains("a record of the stream"), "{told}");
        assert!(!told.contains("ada@"), "{told}");
    }
}

#[test]
fn what_expires_is_no_news() {
    let key = json!({"pk": {"S": "CONSULTATION#c-1"}, "sk": {"S": "FAVOURITE#a-1"}});
    let mut record = json!({"eventID": "1", "eventName": "REMOVE", "dynamodb": {"Keys": key, "OldImage": {"starred": {"BOOL": true}}}});
    let events =
        |record: &Value| vigie_publisher::events(json!({"Records": [record]})).expect("a batch");
    assert_eq!(events(&record).len(), 1);
    record["userIdentity"] = json!({"type": "Service", "principalId": "dynamodb.amazonaws.com"});
    assert!(events(&record).is_empty());
}
