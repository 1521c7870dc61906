//! The alert that agents send to their own address: the whole way, within the quota of mails, seen
//! in the list of deliveries.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_tests::{
    World,
    fake_aws::Fault,
    scenario::{Person, tender},
};

async fn ask(world: &World, person: &Person) -> vigie_tests::Answer {
    world
        .request("POST", &person.path("/alerts/test"))
        .by(&person.login)
        .send()
        .await
}

async fn deliveries(world: &World, person: &Person) -> Vec<Value> {
    person.get(world, "/deliveries").await.expect(200).items()
}

async fn states(world: &World, person: &Person) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    deliveries(world, person)
        .await
        .iter()
        .map(|item| (text(&item["kind"]), text(&item["state"])))
        .collect()
}

fn said(kind: &str, state: &str) -> (String, String) {
    (kind.to_owned(), state.to_owned())
}

#[tokio::test]
async fn it_goes_the_whole_way_and_the_list_shows_how_far_it_has_come() {
    let (world, ada) = World::with("EMS").await;
    world.empty_inbox();
    let asked = ask(&world, &ada).await.expect(202).json;
    // Before anybody has taken it up.
    let item = deliveries(&world, &ada).await.remove(0);
    assert_eq!(
        (&item["kind"], &item["state"], &item["why"]),
        (&json!("test"), &json!("PENDING"), &json!("asked"))
    );
    assert_eq!(
        asked,
        json!({"kind": "test", "factKey": item["factKey"], "state": "PENDING"})
    );
    assert!(
        item["consultationId"].is_null() && item["reference"].is_null(),
        "{item}"
    );
    world.settle().await;
    assert_eq!(states(&world, &ada).await, [said("test", "SENT")]);
    let mails = world.mails_to(&ada.email);
    let [mail] = &mails[..] else {
        panic!("{mails:?}")
    };
    assert_eq!(mail.subject, "Alerte d’essai");
    // Whatever comes again sends nothing again.
    for event in world
        .events("AccountMailDue")
        .iter()
        .filter(|event| event["mail"] == "test")
    {
        world.aws.with(|traffic| {
            traffic.events.push_back(
                json!({"source": "vigie", "detail-type": "AccountMailDue", "detail": event}),
            )
        });
    }
    world.settle().await;
    assert_eq!(world.mails_to(&ada.email).len(), 1);
    // It is no alert about a consultation.
    assert!(world.events("AlertSent").is_empty());
}

#[tokio::test]
async fn it_is_one_of_the_five_mails_of_an_hour() {
    let (world, ada) = World::with("EMS").await;
    world.empty_inbox();
    for _ in 0..2 {
        ada.post(
            &world,
            "/links",
            json!({"email": "nobody@agents.example.fr"}),
        )
        .await
        .expect(202);
    }
    for _ in 0..3 {
        world.pass(SignedDuration::from_mins(1));
        ask(&world, &ada).await.expect(202);
    }
    let refused = ask(&world, &ada).await.expect(429);
    assert_eq!(refused.problem(), "too-many-mails");
    let wait: i64 = refused.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    world.settle().await;
    assert_eq!(world.mails_to(&ada.email).len(), 3);
    world.pass(SignedDuration::from_secs(wait));
    ask(&world, &ada).await.expect(202);
    ask(&world, &ada).await.expect(202);
    ask(&world, &ada).await.expect(429);
}

#[tokio::test]
async fn asked_at_once_each_is_counted_and_sent() {
    let (world, ada) = World::with("EMS").await;
    world.empty_inbox();
    let answers = tokio::join!(ask(&world, &ada), ask(&world, &ada), ask(&world, &ada));
    let accepted = [answers.0, answers.1, answers.2]
        .iter()
        .filter(|answer| answer.status == 202)
        .count();
    world.settle().await;
    assert_eq!((accepted, world.mails_to(&ada.email).len()), (3, 3));
    ask(&world, &ada).await.expect(202);
    ask(&world, &ada).await.expect(202);
    ask(&world, &ada).await.expect(429);
}

#[tokio::test]
async fn an_address_that_gets_no_alerts_gets_no_test() {
    let (world, ada) = World::with("EMS").await;
    for (status, name) in [
        ("unconfirmed", "email-unconfirmed"),
        ("undeliverable", "email-undeliverable"),
    ] {
        world
            .set(
                &format!("ACCOUNT#{}", ada.id),
                "ACCOUNT",
                "emailStatus",
                AttributeValue::S(status.to_owned()),
            )
            .await;
        let answer = ask(&world, &ada).await.expect(409);
        assert_eq!(answer.problem(), name);
    }
    world.loses_address(&ada).await;
    ask(&world, &ada).await.refused(409, "email-none");
    assert!(deliveries(&world, &ada).await.is_empty());
}

#[tokio::test]
async fn what_changed_before_it_was_sent_is_said() {
    let (world, ada) = World::with("EMS").await;
    world.empty_inbox();
    ask(&world, &ada).await.expect(202);
    world
        .set(
            &format!("ACCOUNT#{}", ada.id),
            "ACCOUNT",
            "emailStatus",
            AttributeValue::S("undeliverable".to_owned()),
        )
        .await;
    world.settle().await;
    assert!(world.mails_to(&ada.email).is_empty());
    assert_eq!(states(&world, &ada).await, [said("test", "SKIPPED")]);
    assert_eq!(
        deliveries(&world, &ada).await[0]["why"],
        "addressUndeliverable"
    );
}

#[tokio::test]
async fn a_failure_is_shown_and_a_redrive_sends_it() {
    let (world, ada) = World::with("EMS").await;
    world.empty_inbox();
    world
        .aws
        .with(|traffic| traffic.faults.extend(vec![Fault::Down; 4]));
    ask(&world, &ada).await.expect(202);
    world.settle().await;
    assert_eq!(states(&world, &ada).await, [said("test", "FAILED")]);
    world.redrive().await;
    assert_eq!(states(&world, &ada).await, [said("test", "SENT")]);
    assert_eq!(world.mails_to(&ada.email).len(), 1);
}

#[tokio::test]
async fn it_stands_among_the_alerts_in_its_place() {
    let (world, ada) = World::with("EMS").await;
    world.wants_everything(&ada).await;
    world.consultation("c-1", "EMS", &ada, &[]).await;
    world.star(&ada, "c-1").await;
    for step in 0..3 {
        world.pass(SignedDuration::from_mins(5));
        if step == 1 {
            ask(&world, &ada).await.expect(202);
        } else {
            world
                .send("TenderReceived", tender("c-1", &format!("d-{step}")))
                .await;
        }
        world.settle().await;
    }
    let sent = |kind| said(kind, "SENT");
    assert_eq!(
        states(&world, &ada).await,
        [sent("tenderReceived"), sent("test"), sent("tenderReceived")]
    );
    // Page by page too.
    let first = ada
        .get(&world, "/deliveries?limit=2")
        .await
        .expect(200)
        .json;
    let cursor = first["cursor"].as_str().unwrap();
    let next = ada
        .get(&world, &format!("/deliveries?limit=2&cursor={cursor}"))
        .await
        .expect(200)
        .json;
    assert_eq!(
        (
            first["items"].as_array().unwrap().len(),
            next["items"].as_array().unwrap().len()
        ),
        (2, 1)
    );
}

#[tokio::test]
async fn an_erased_account_leaves_none() {
    let (world, ada) = World::with("EMS").await;
    let bruno = world.agent(&ada, "EMS", "Bruno").await;
    world.empty_inbox();
    ask(&world, &bruno).await.expect(202);
    bruno.delete(&world, "").await.expect(204);
    world.settle().await;
    for _ in 0..2 {
        world.sweep().await;
        world.pass(SignedDuration::from_mins(20));
    }
    assert!(world.mails_to(&bruno.email).is_empty());
    let left = world.table.items().await;
    assert!(
        left.iter()
            .all(|item| !item["pk"].as_s().unwrap().contains(&bruno.id)),
        "{left:?}"
    );
}
