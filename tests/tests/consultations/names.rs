//! People whom the portal names by its own names: known at once, or waited for.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};
use vigie_aws::Consumer as _;
use vigie_consultations::Consultations;
use vigie_tests::{
    World,
    gate::Gate,
    scenario::{Person, saved, tender},
    wire::{End, Fate},
    world::sqs,
};

use crate::consultations::{people, save, stars, stored, with};

pub(crate) const X: &str = "x@agents.example.fr";

/// A save that names its author and guests.
pub(crate) fn named(revision: u64, phase: &str, author: Value, guests: Value) -> Value {
    let mut detail = saved("c-1", revision, "EMS-DSI", "-", phase, &[]);
    detail.as_object_mut().unwrap().remove("authorAccountId");
    detail["author"] = author;
    detail["guests"] = guests;
    detail
}

pub(crate) fn email(address: &str) -> Value {
    json!({"email": address})
}

/// Somebody confirms another address.
pub(crate) async fn comes(world: &World, person: &Person, address: &str) {
    let token = asks(world, person, address).await;
    confirms(world, &token).await;
    world.settle().await;
}

/// Asks for another address; returns the token that was mailed there.
async fn asks(world: &World, person: &Person, address: &str) -> String {
    person
        .patch_contact(world, json!({"email": address}))
        .await
        .expect(202);
    world.settle().await;
    world.last_mail(address).token()
}

async fn confirms(world: &World, token: &str) {
    let confirmed = world.confirm(token);
    confirmed.await.expect(200);
}

pub(crate) async fn sees(world: &World, person: &Person) -> usize {
    let path = person.path("/consultations");
    let list = world.get(&person.login, &path).await.expect(200).json;
    list["items"].as_array().unwrap().len()
}

/// Number of alerts about a tender that an address was mailed.
pub(crate) fn told(world: &World, address: &str) -> usize {
    let mails = world.mails_to(address);
    let about = |subject: &str| subject.contains("Nouveau dépôt");
    mails.iter().filter(|mail| about(&mail.subject)).count()
}

/// Nothing waits for anybody.
async fn nobody_waits(world: &World) {
    assert_eq!(world.table.count("AWAITED#").await, 0);
}

#[tokio::test]
async fn who_is_known_by_their_address_is_author_and_guest_at_once() {
    let world = World::new().await;
    let (_, bruno, chloe) = people(&world).await;
    let spelt = email(&format!(" {} ", bruno.email.to_uppercase()));
    let guests = json!([email(&chloe.email), bruno.id]);
    let mut detail = named(1, "drafting", spelt, guests);
    // `author` wins, whatever the other says.
    detail["authorAccountId"] = json!(7);
    save(&world, detail).await;
    let now = stored(&world, "c-1").await.unwrap();
    assert_eq!(now.author_account_id.unwrap().as_str(), bruno.id);
    let guests: Vec<_> = now.guests.iter().map(|id| id.as_str()).collect();
    assert_eq!(guests.len(), 2);
    assert!(guests.contains(&chloe.id.as_str()) && guests.contains(&bruno.id.as_str()));
    assert!(now.awaited.is_empty());
    assert_eq!(stars(&world, &bruno).await.len(), 1);
    assert_eq!(sees(&world, &chloe).await, 1);
    nobody_waits(&world).await;
    assert!(world.rejections().is_empty(), "{:?}", world.rejections());
}

#[tokio::test]
async fn an_author_who_comes_has_their_star_and_what_waited_whatever_came_first() {
    for order in permutations(4) {
        let world = World::new().await;
        let (_, bruno, _) = people(&world).await;
        for step in &order {
            match step {
                0 => save(&world, named(1, "drafting", email(X), json!([]))).await,
                1 => save(&world, named(2, "consultation", email(X), json!([]))).await,
                2 => comes(&world, &bruno, X).await,
                _ => world.send("TenderReceived", tender("c-1", "d-1")).await,
            }
        }
        assert_eq!(stars(&world, &bruno).await.len(), 1, "{order:?}");
        assert_eq!(told(&world, X), 1, "{order:?}");
        nobody_waits(&world).await;
        assert!(world.dead.lock().unwrap().is_empty(), "{order:?}");
    }
}

/// Somebody who was a guest by their account, and is named as one before they are known.
#[tokio::test]
async fn a_follower_who_is_not_known_for_a_while_misses_nothing() {
    for again in [false, true] {
        let world = World::new().await;
        let (_, bruno, chloe) = people(&world).await;
        let chloes = json!([chloe.id]);
        save(&world, named(1, "consultation", json!(bruno.id), chloes)).await;
        world.star(&chloe, "c-1").await;
        let by_name =
            |revision| named(revision, "consultation", json!(bruno.id), json!([email(X)]));
        save(&world, by_name(2)).await;
        world.send("TenderReceived", tender("c-1", "d-1")).await;
        assert_eq!(
            (sees(&world, &chloe).await, told(&world, &chloe.email)),
            (0, 0)
        );
        let token = asks(&world, &chloe, X).await;
        if again {
            // The next save comes before anybody was told that she has come.
            world.publish("ConsultationSaved", by_name(3));
        }
        confirms(&world, &token).await;
        world.settle().await;
        assert_eq!(told(&world, X), 1, "{again}");
        world.send("TenderReceived", tender("c-1", "d-2")).await;
        assert_eq!(told(&world, X), 2, "{again}");
    }
}

#[tokio::test]
async fn names_wait_for_their_entity_too() {
    for order in permutations(4) {
        let world = World::new().await;
        let (_, bruno, chloe) = people(&world).await;
        let later = |detail: Value| with(detail, "entityId", json!("later"));
        for step in &order {
            match step {
                0 => {
                    let guests = json!([email(&chloe.email)]);
                    save(&world, later(named(1, "drafting", email(X), guests))).await;
                }
                1 => {
                    let entity = json!({"organisationId": "EMS", "entityId": "later", "revision": 1, "name": "Later", "parentId": "EMS"});
                    world.send("EntitySaved", entity).await;
                }
                2 => comes(&world, &bruno, X).await,
                _ => world.send("TenderReceived", tender("c-1", "d-1")).await,
            }
        }
        assert_eq!(stars(&world, &bruno).await.len(), 1, "{order:?}");
        assert_eq!(told(&world, X), 1, "{order:?}");
        assert_eq!(sees(&world, &chloe).await, 1, "{order:?}");
        nobody_waits(&world).await;
    }
}

#[tokio::test]
async fn an_address_means_nobody_of_another_organisation_and_nobody_who_has_not_confirmed_it() {
    let world = World::new().await;
    let (ada, bruno, _) = people(&world).await;
    let carl = world.organisation("CUS").await;
    let dan = world.agent(&carl, "CUS", "Dan").await;
    world.invite(&ada, "EMS-DSI", "Emma").await;
    let guests = json!([email(&dan.email), email("emma@agents.example.fr")]);
    save(&world, named(1, "drafting", json!(bruno.id), guests)).await;
    comes(&world, &dan, X).await;
    comes(&world, &dan, "dan@agents.example.fr").await;
    let now = stored(&world, "c-1").await.unwrap();
    assert_eq!((now.guests.len(), now.awaited.guests.len()), (0, 2));
    assert_eq!(sees(&world, &dan).await, 0);
    let emma = world.accept("emma@agents.example.fr").await;
    assert_eq!(sees(&world, &emma).await, 1);
    let now = stored(&world, "c-1").await.unwrap();
    assert_eq!((now.guests.len(), now.awaited.guests.len()), (1, 1));
    // The address is free, and somebody of the organisation has it.
    comes(&world, &dan, X).await;
    comes(&world, &emma, "dan@agents.example.fr").await;
    let now = stored(&world, "c-1").await.unwrap();
    assert_eq!((now.guests.len(), now.awaited.guests.len()), (1, 0));
    assert!(world.rejections().is_empty(), "{:?}", world.rejections());
    nobody_waits(&world).await;
}

#[tokio::test]
async fn a_newer_revision_that_names_others_waits_for_those_alone() {
    let world = World::new().await;
    let (_, bruno, chloe) = people(&world).await;
    let all: Vec<_> = (0..150)
        .map(|i| email(&format!("g{i}@x.example.fr")))
        .collect();
    save(&world, named(1, "drafting", email(X), json!(all))).await;
    assert_eq!(world.table.count("AWAITED#").await, 151);
    save(&world, named(2, "drafting", email(X), json!(all[..100]))).await;
    save(
        &world,
        named(3, "drafting", json!(bruno.id), json!(all[..50])),
    )
    .await;
    save(&world, named(4, "drafting", json!(bruno.id), json!([]))).await;
    nobody_waits(&world).await;
    comes(&world, &chloe, X).await;
    assert_eq!(sees(&world, &chloe).await, 0);
    assert!(stars(&world, &chloe).await.is_empty());
    let now = stored(&world, "c-1").await.unwrap();
    assert_eq!(now.author_account_id.unwrap().as_str(), bruno.id);
    // Another author, who is not the one of the first save, has no star by rule.
    save(
        &world,
        named(5, "drafting", email("y@x.example.fr"), json!([])),
    )
    .await;
    comes(&world, &chloe, "y@x.example.fr").await;
    assert_eq!(sees(&world, &chloe).await, 1);
    assert!(stars(&world, &chloe).await.is_empty());
}

#[tokio::test]
async fn a_hundred_and_more_who_wait_all_come() {
    let world = World::new().await;
    let (_, bruno, chloe) = people(&world).await;
    let mut all: Vec<_> = (0..150)
        .map(|i| email(&format!("g{i}@x.example.fr")))
        .collect();
    all.push(email(X));
    save(
        &world,
        named(1, "consultation", json!(bruno.id), json!(all)),
    )
    .await;
    comes(&world, &chloe, X).await;
    assert_eq!(sees(&world, &chloe).await, 1);
    assert_eq!(world.table.count("AWAITED#").await, 150);
    for id in 2..=102 {
        let detail = named(
            1,
            "consultation",
            json!(bruno.id),
            json!([email("y@x.example.fr")]),
        );
        save(
            &world,
            with(detail, "consultationId", json!(format!("c-{id}"))),
        )
        .await;
    }
    comes(&world, &chloe, "y@x.example.fr").await;
    assert_eq!(world.table.count("AWAITED#").await, 150);
}

/// The save stops before each of its calls, and the author comes there.
#[tokio::test]
async fn somebody_who_comes_while_they_are_looked_up_is_not_missed() {
    for calls in 0..24 {
        let world = World::new().await;
        let (_, bruno, _) = people(&world).await;
        let gate = Gate::open();
        let consultations = Consultations {
            store: gate.store(&world.table, "consultations"),
            ..world.consultations.clone()
        };
        let guests = json!([email(X), email("nobody@x.example.fr")]);
        let detail = named(1, "drafting", email(X), guests);
        let event =
            json!({"source": "procurement", "detail-type": "ConsultationSaved", "detail": detail});
        gate.close(None, calls);
        let saving = async { consultations.consume(sqs(&event, 1)).await.unwrap() };
        let (answer, waited) = gate.woven(saving, comes(&world, &bruno, X)).await;
        assert_eq!(answer, json!({"batchItemFailures": []}), "{calls}");
        world.settle().await;
        world.send("TenderReceived", tender("c-1", "d-1")).await;
        assert_eq!(stars(&world, &bruno).await.len(), 1, "{calls}");
        assert_eq!(told(&world, X), 1, "{calls}");
        let now = stored(&world, "c-1").await.unwrap();
        assert_eq!(
            (now.guests.len(), now.awaited.guests.len()),
            (1, 1),
            "{calls}"
        );
        assert_eq!(world.table.count("AWAITED#").await, 1, "{calls}");
        if !waited {
            assert!(calls > 8, "{calls}");
            return;
        }
    }
    panic!("more calls than that");
}

/// Whoever takes up a name that came is cut short before or after each of their calls.
#[tokio::test]
async fn a_name_that_came_is_taken_up_wherever_that_is_cut_short() {
    for after in [false, true] {
        for calls in 0..40 {
            let world = World::new().await;
            let (_, bruno, _) = people(&world).await;
            save(&world, named(1, "drafting", email(X), json!([email(X)]))).await;
            world.send("TenderReceived", tender("c-1", "d-1")).await;
            let token = asks(&world, &bruno, X).await;
            confirms(&world, &token).await;
            let left = cut_short(&world, calls, after);
            world.settle().await;
            world.wire.lift("cut");
            assert_eq!(stars(&world, &bruno).await.len(), 1, "{calls} {after}");
            assert_eq!(told(&world, X), 1, "{calls} {after}");
            nobody_waits(&world).await;
            if left.load(Ordering::SeqCst) > 0 {
                assert!(calls > 8, "{calls}");
                break;
            }
        }
    }
}

/// Breaks one call of those who take up names, after so many others; returns those that are left.
pub(crate) fn cut_short(world: &World, calls: usize, after: bool) -> Arc<AtomicUsize> {
    let left = Arc::new(AtomicUsize::new(calls + 1));
    let counted = Arc::clone(&left);
    world.wire.rule("cut", move |call| {
        let theirs = matches!(call.function, Some("consultations" | "directory"));
        let before = counted.load(Ordering::SeqCst);
        if !theirs || before == 0 {
            return None;
        }
        counted.store(before - 1, Ordering::SeqCst);
        let fate = if after { Fate::After } else { Fate::Before };
        (before == 1).then(|| fate(End::Broken))
    });
    left
}

#[tokio::test]
async fn a_person_who_is_none_rejects_the_save_and_an_address_that_is_none_is_left_out() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    let long = "x".repeat(129);
    let mut rejected = 0;
    for person in [
        json!({}),
        json!({"agentId": "a", "email": X}),
        json!({"agentId": ""}),
        json!({"agentId": long}),
        json!({"agentId": 7}),
        json!({"agentId": null}),
        json!({"name": "Bruno"}),
        json!(7),
        json!([X]),
        json!("no id"),
        json!(""),
    ] {
        save(&world, named(1, "drafting", person.clone(), json!([]))).await;
        save(
            &world,
            named(1, "drafting", json!(bruno.id), json!([person])),
        )
        .await;
        rejected += 2;
        let reasons = world.rejections();
        assert_eq!(reasons.len(), rejected, "{person}");
        assert!(!reasons.concat().contains(X) && !reasons.concat().contains(&long));
    }
    assert!(stored(&world, "c-1").await.is_none());
    let unreadable = json!([{"email": "x at example"}, {"email": null}, {"email": 7}, {"email": ["a@b.example.fr"], "agentId": null}]);
    save(
        &world,
        named(1, "drafting", json!({"email": ""}), unreadable),
    )
    .await;
    let now = stored(&world, "c-1").await.unwrap();
    assert!(now.author_account_id.is_none() && now.guests.is_empty() && now.awaited.is_empty());
    assert_eq!(world.rejections().len(), rejected);
    // Nobody says in an event whom a consultation awaits.
    let mut detail = named(2, "drafting", json!(bruno.id), json!(null));
    detail["awaited"] = json!({"author": {"address": "0123456789_abcdefghi-A"}});
    save(&world, detail).await;
    assert!(stored(&world, "c-1").await.unwrap().awaited.is_empty());
}

#[tokio::test]
async fn an_address_that_is_waited_for_stands_nowhere() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    let named = named(1, "drafting", email("zoe.xantippe@x.example.fr"), json!([]));
    save(&world, with(named, "guests", json!([email(X)]))).await;
    comes(&world, &bruno, X).await;
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    let items = format!("{:?}", world.table.items().await);
    let out = world.published();
    assert!(!items.contains("xantippe"), "{items}");
    assert!(!json!(out).to_string().contains("xantippe"));
    assert!(!json!(out).to_string().contains(X));
    assert_eq!(world.table.count("AWAITED#address#").await, 1);
}

pub(crate) fn permutations(of: usize) -> Vec<Vec<usize>> {
    let mut all = vec![vec![]];
    for next in 0..of {
        let longer = |one: &Vec<usize>| {
            (0..=one.len())
                .map(|at| {
                    let mut one = one.clone();
                    one.insert(at, next);
                    one
                })
                .collect::<Vec<_>>()
        };
        all = all.iter().flat_map(longer).collect();
    }
    all
}
