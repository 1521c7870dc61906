//! Races of who takes up a name that came: whoever read the consultation before somebody else wrote
//! it changes nothing by what they know.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use vigie_domain::{
    consultation::person::Name,
    contact::email::Email,
    id::{AccountId, ConsultationId, EntityId},
};
use vigie_store::StoreError;
use vigie_tests::World;

use crate::consultations::{
    names::{X, comes, email, named, sees},
    people, save, stored,
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
