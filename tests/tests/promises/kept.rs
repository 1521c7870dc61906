//! The time for which things are kept, kind by kind: whatever goes by itself is in this list.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_aws::Consumer;
use vigie_store::keys::{self, ItemKind};
use vigie_tests::{
    World,
    scenario::{Person, alerts, saved, tender},
};

/// Hours.
const DAY: i64 = 24;

/// A kind of item, by the name of its variant.
fn kind(pk: &str, sk: &str) -> String {
    let kind = keys::parse(pk, sk);
    assert_ne!(kind, ItemKind::Unknown, "{pk} {sk}");
    format!("{kind:?}")
        .split(['(', ' '])
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// The hours for which items of each kind are kept from now on, of those that are there now and
/// were not there before.
async fn hours(
    world: &World,
    known: &mut BTreeSet<(String, String)>,
) -> BTreeMap<String, BTreeSet<i64>> {
    let mut hours = BTreeMap::<_, BTreeSet<_>>::new();
    for item in world.table.items().await {
        let [pk, sk] = ["pk", "sk"].map(|name| item[name].as_s().expect("a key").clone());
        let Some(ttl) = item.get("ttl") else { continue };
        let seconds = ttl
            .as_n()
            .expect("a time")
            .parse::<i64>()
            .expect("a number")
            - world.now().as_second();
        if known.insert((pk.clone(), sk.clone())) {
            hours
                .entry(kind(&pk, &sk))
                .or_default()
                .insert(seconds / 3600);
        }
    }
    hours
}

async fn told(world: &World, person: &Person, mode: &str) {
    world
        .put(&person.login, &person.path("/alerts"), alerts(mode))
        .await
        .expect(200);
    world.star(person, "c-1").await;
}

#[tokio::test]
async fn whatever_goes_by_itself_goes_when_it_is_promised_to() {
    let (world, mut known) = (World::new().await, BTreeSet::new());
    let ada = world.organisation("EMS").await;
    let [bruno, chloe] = [
        world.agent(&ada, "EMS", "Bruno").await,
        world.agent(&ada, "EMS", "Chloe").await,
    ];
    world
        .send(
            "ConsultationSaved",
            saved("c-1", 1, "EMS", &ada.id, "drafting", &[&bruno, &chloe]),
        )
        .await;
    told(&world, &bruno, "immediate").await;
    told(&world, &chloe, "daily").await;
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    world.send("TenderReceived", tender("c-1", "d-2")).await;
    world
        .post(&bruno.login, &bruno.path("/alerts/test"), json!({}))
        .await
        .expect(202);
    world
        .post(
            &bruno.login,
            &bruno.path("/links"),
            json!({"email": "nobody@agents.example.fr"}),
        )
        .await
        .expect(202);
    world
        .rights(&ada, "EMS", &bruno.id, json!({"own": true}))
        .await;
    world.settle().await;
    world.canary.consume(Value::Null).await.expect("a trip");
    let of = |hours: &[i64]| hours.iter().copied().collect::<BTreeSet<_>>();
    let expected = [
        // Alerts, test alerts and mails about accounts alike.
        ("Delivery", of(&[365 * DAY])),
        ("Audit", of(&[365 * DAY])),
        ("AccountAudit", of(&[365 * DAY])),
        // Asked for by others; of changes; of an organisation, minute by minute.
        ("Mailed", of(&[DAY, 1, 2 * DAY])),
        // Twice the longest window.
        ("Lookups", of(&[2 * DAY])),
        // Its own week, and another.
        ("LinkRequest", of(&[14 * DAY])),
        // As long as what an alert would have told can be looked at, and two days.
        ("Drafted", of(&[92 * DAY])),
        // All that the canary has.
        ("Address", of(&[DAY])),
        ("Account", of(&[DAY])),
        ("Entity", of(&[DAY])),
        ("Trip", of(&[DAY])),
    ];
    let expected: BTreeMap<_, _> = expected
        .into_iter()
        .map(|(kind, hours)| (kind.to_owned(), hours))
        .collect();
    let mut hours_now = hours(&world, &mut known).await;
    // A trip is kept from when it is due.
    let trips = hours_now.remove("Trip").expect("a trip");
    assert!(
        trips.iter().all(|hours| (DAY..=2 * DAY).contains(hours)),
        "{trips:?}"
    );
    let mut expected = expected;
    expected.remove("Trip");
    assert_eq!(hours_now, expected);

    // What a daily mail was made of, as long as SES may say something of it.
    let morning: jiff::Timestamp = "2026-11-25T07:00:00+01:00".parse().expect("a time");
    world.pass(morning.duration_since(world.now()));
    world.sweep().await;
    assert_eq!(
        world
            .mails_to(&chloe.email)
            .last()
            .map(|mail| mail.subject.contains("2 alertes")),
        Some(true)
    );
    let new = hours(&world, &mut known).await;
    assert_eq!(new.get("Bundle"), Some(&of(&[30 * DAY])), "{new:?}");
    assert_eq!(new.get("Delivery"), Some(&of(&[365 * DAY])), "{new:?}");
}

/// A counter that went before its window is over would let everything through again.
#[tokio::test]
async fn a_counter_outlives_its_window() {
    let world = World::new().await;
    let ada = world.organisation("EMS").await;
    world.invite(&ada, "EMS", "Bruno").await;
    world.settle().await;
    world.pass(SignedDuration::from_hours(23));
    world.invite(&ada, "EMS", "Chloe").await;
    let lookups: Vec<_> = world
        .table
        .items()
        .await
        .into_iter()
        .filter(|item| item["sk"].as_s().is_ok_and(|sk| sk.starts_with("LOOKUPS")))
        .collect();
    assert_eq!(lookups.len(), 1, "counted in one item");
    let ttl: i64 = lookups[0]["ttl"]
        .as_n()
        .expect("a time")
        .parse()
        .expect("a number");
    assert!(
        ttl >= (world.now() + SignedDuration::from_hours(DAY)).as_second(),
        "{ttl}"
    );
}
