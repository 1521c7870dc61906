//! People whom the portal names by its own names: known at once, or waited for.

use serde_json::{Value, json};
use vigie_aws::Consumer as _;
use vigie_consultations::Consultations;
use vigie_tests::{
    World,
    gate::Gate,
    scenario::{Person, saved, tender},
    world::sqs,
};

use crate::consultations::{people, save, stars, stored, with};

const X: &str = "x@agents.example.fr";

/// A save that names its author and guests.
fn named(revision: u64, phase: &str, author: Value, guests: Value) -> Value {
    let mut detail = saved("c-1", revision, "EMS-DSI", "-", phase, &[]);
    detail.as_object_mut().unwrap().remove("authorAccountId");
    detail["author"] = author;
    detail["guests"] = guests;
    detail
}

fn email(address: &str) -> Value {
    json!({"email": address})
}

/// Somebody confirms another address.
async fn comes(world: &World, person: &Person, address: &str) {
    world
        .patch_contact(&person.login, &person.id, json!({"email": address}))
        .await
        .expect(202);
    world.settle().await;
    let token = world.mails_to(address).pop().expect("a link").token();
    let confirmed = world.request("POST", "/v1/confirmations");
    let confirmed = confirmed.json(&json!({"token": token})).send();
    confirmed.await.expect(200);
    world.settle().await;
}

async fn sees(world: &World, person: &Person) -> usize {
    let path = person.path("/consultations");
    let list = world.get(&person.login, &path).await.expect(200).json;
    list["items"].as_array().unwrap().len()
}

/// Number of alerts about a tender that an address was mailed.
fn told(world: &World, address: &str) -> usize {
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
    for id in 2..=130 {
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

/// Who takes up a name that came is cut short before or after each of its calls.
#[tokio::test]
async fn a_name_that_came_is_taken_up_however_often_that_is_cut_short() {
    for calls in 0..24 {
        let world = World::new().await;
        let (_, bruno, _) = people(&world).await;
        save(&world, named(1, "drafting", email(X), json!([email(X)]))).await;
        world.send("TenderReceived", tender("c-1", "d-1")).await;
        let gate = Gate::open();
        let slow = Consultations {
            store: gate.store(&world.table, "consultations"),
            ..world.consultations.clone()
        };
        let wait = waits(&world).await.pop().unwrap();
        comes(&world, &bruno, X).await;
        // Once more, and a newer revision in between.
        let event = json!({"source": "vigie", "detail-type": "AwaitedCame", "detail": {"consultationId": "c-1", "wait": wait}});
        gate.close(None, calls);
        let again = async { slow.consume(sqs(&event, 1)).await.unwrap() };
        let newer = save(
            &world,
            named(2, "consultation", email(X), json!([email(X)])),
        );
        let (answer, waited) = gate.woven(again, newer).await;
        assert_eq!(answer, json!({"batchItemFailures": []}), "{calls}");
        assert_eq!(told(&world, X), 1, "{calls}");
        nobody_waits(&world).await;
        if !waited {
            return;
        }
    }
    panic!("more calls than that");
}

async fn waits(world: &World) -> Vec<String> {
    let items = world.table.items().await;
    let keys = items.iter().map(|item| item["pk"].as_s().unwrap());
    keys.filter_map(|pk| Some(pk.strip_prefix("AWAITED#")?.to_owned()))
        .collect()
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

fn permutations(of: usize) -> Vec<Vec<usize>> {
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
