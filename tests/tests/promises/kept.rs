//! The time for which things are kept, kind by kind: whatever goes by itself is in this list.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_aws::Consumer;
use vigie_store::keys::{self, ItemKind};
use vigie_tests::{
    World,
    scenario::{Person, alerts, tender},
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
    person.put(world, "/alerts", alerts(mode)).await.expect(200);
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
        .save("c-1", 1, "EMS", &ada.id, "drafting", &[&bruno, &chloe])
        .await;
    told(&world, &bruno, "immediate").await;
    told(&world, &chloe, "daily").await;
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    world.send("TenderReceived", tender("c-1", "d-2")).await;
    bruno
        .post(&world, "/alerts/test", json!({}))
        .await
        .expect(202);
    bruno
        .post(
            &world,
            "/links",
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

/// The minutes that each item counts which counts by the minute.
async fn counted(world: &World) -> Vec<BTreeSet<i64>> {
    let minutes = |item: &HashMap<String, AttributeValue>| {
        let names = item.keys().filter_map(|name| name.strip_prefix('m'));
        names.filter_map(|minute| minute.parse().ok()).collect()
    };
    let items = world.table.items().await;
    let counted = items.iter().map(minutes);
    counted
        .filter(|minutes: &BTreeSet<_>| !minutes.is_empty())
        .collect()
}

/// A minute that went before its day is over would let everything through again, and one that
/// stayed would be there for ever.
#[tokio::test]
async fn a_minute_is_counted_until_a_day_after_its_end() {
    let (world, ada) = World::with("EMS").await;
    let invite = async |name: &str| {
        world.invite(&ada, "EMS", name).await;
        world.settle().await;
        counted(&world).await
    };
    let first = world.now().as_second() / 60;
    // Addresses looked up, and invitations sent.
    let before = invite("Bruno").await;
    assert_eq!(before, vec![BTreeSet::from([first]); 2]);
    world.pass(SignedDuration::from_secs(24 * 3600 + 59));
    let last = invite("Chloe").await;
    assert_eq!(last, vec![BTreeSet::from([first, first + 24 * 60]); 2]);
    world.pass(SignedDuration::from_secs(1));
    let after = invite("Dora").await;
    assert!(after.iter().all(|minutes| !minutes.contains(&first)));
}
