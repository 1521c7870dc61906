//! Races of who takes up a name that came: whoever read the consultation before somebody else wrote
//! it changes nothing by what they know.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use vigie_aws::Consumer as _;
use vigie_consultations::Consultations;
use vigie_domain::{
    consultation::person::Name,
    contact::email::Email,
    id::{AccountId, ConsultationId, EntityId},
};
use vigie_store::StoreError;
use vigie_tests::{World, gate::Gate, world::sqs};

use crate::consultations::{
    names::{X, comes, email, named, sees},
    people, save, stored, with,
};

const Y: &str = "y@agents.example.fr";

#[tokio::test]
async fn a_wait_that_began_anew_is_not_ended_by_who_read_before() {
    let world = World::new().await;
    let (_, bruno, chloe) = people(&world).await;
    let (store, id) = (world.table.store(), ConsultationId::parse("c-1").unwrap());
    let guests = |guests| named(1, "consultation", json!(bruno.id), guests);
    save(&world, guests(json!([]))).await;
    let read = store.naming_read(&id).await.unwrap().unwrap().consultation;
    let mut waits = guests(json!([email(X)]));
    waits["revision"] = json!(2);
    save(&world, waits).await;
    let ended = stored(&world, "c-1").await.unwrap().waits();
    assert_eq!(ended.len(), 1);
    for read in [Some(&read), None] {
        let over = store.waiting_end(&id, read, &ended).await;
        assert_eq!(over, Err(StoreError::Refused));
    }
    comes(&world, &chloe, X).await;
    assert_eq!(sees(&world, &chloe).await, 1);
}

#[tokio::test]
async fn of_two_who_come_at_once_neither_takes_the_others_place() {
    let world = World::new().await;
    let (ada, bruno, chloe) = people(&world).await;
    let (store, id) = (world.table.store(), ConsultationId::parse("c-1").unwrap());
    let guests = json!([email(X), email(Y)]);
    save(&world, named(1, "consultation", json!(ada.id), guests)).await;
    let read = store.naming_read(&id).await.unwrap().unwrap();
    comes(&world, &bruno, X).await;
    // Another worker, who read before and has found the other one.
    let account = |id: &str| AccountId::parse(id).unwrap();
    let name = Name::Address(Email::parse(Y).unwrap().digest());
    let known = BTreeMap::from([(name, account(&chloe.id))]);
    let after = read
        .consultation
        .knowing(&EntityId::parse("EMS").unwrap(), &known);
    let written = store.naming_write(&read, &after, None, world.now()).await;
    assert_eq!(written, Err(StoreError::Refused));
    comes(&world, &chloe, Y).await;
    let both = BTreeSet::from([account(&bruno.id), account(&chloe.id)]);
    assert_eq!(stored(&world, "c-1").await.unwrap().guests, both);
}

/// The names of so many people whom nobody knows.
fn strangers(domain: &str, many: usize) -> Value {
    (0..many)
        .map(|i| email(&format!("g{i}@{domain}")))
        .collect()
}

#[tokio::test]
async fn whom_a_save_names_no_more_is_waited_for_no_longer_however_many_they_are() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    let guests = [
        strangers("x.example.fr", 50),
        strangers("y.example.fr", 50),
        strangers("x.example.fr", 1000),
        strangers("y.example.fr", 1000),
        json!([]),
    ];
    for (revision, guests) in (1..).zip(guests) {
        let many = guests.as_array().unwrap().len();
        save(
            &world,
            named(revision, "consultation", json!(bruno.id), guests),
        )
        .await;
        assert_eq!(world.table.count("AWAITED#").await, many, "{revision}");
    }
}

/// The save stops before each of its calls, and the entity comes there.
#[tokio::test]
async fn an_entity_that_comes_while_many_begin_to_wait_for_it_is_waited_for_no_longer() {
    for calls in 0..24 {
        let world = World::new().await;
        let (_, bruno, _) = people(&world).await;
        let gate = Gate::open();
        let consultations = Consultations {
            store: gate.store(&world.table, "consultations"),
            ..world.consultations.clone()
        };
        let guests = strangers("x.example.fr", 100);
        let detail = named(1, "consultation", json!(bruno.id), guests);
        let detail = with(detail, "entityId", json!("later"));
        let event =
            json!({"source": "procurement", "detail-type": "ConsultationSaved", "detail": detail});
        let entity = json!({"organisationId": "EMS", "entityId": "later", "revision": 1, "name": "Later", "parentId": "EMS"});
        gate.close(None, calls);
        let saving = async { consultations.consume(sqs(&event, 1)).await.unwrap() };
        let comes = world.send("EntitySaved", entity);
        let (answer, waited) = gate.woven(saving, comes).await;
        assert_eq!(answer, json!({"batchItemFailures": []}), "{calls}");
        world.settle().await;
        assert_eq!(world.table.count("AWAITED#entity#").await, 0, "{calls}");
        assert_eq!(world.table.count("AWAITED#").await, 100, "{calls}");
        if !waited {
            assert!(calls > 4, "{calls}");
            return;
        }
    }
    panic!("more calls than that");
}
