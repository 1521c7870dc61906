//! An unreadable item is set aside, and stops nobody else's mail.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use vigie_domain::{
    email::Email,
    id::{AccountId, ConsultationId},
    preferences::Rule,
};
use vigie_platform::store::keys::{self, Key};
use vigie_tests::{
    World,
    scenario::{saved, tender},
};

use crate::{End, accounts, address, alert, work};

/// Makes a field of somebody's contact details unreadable; what those held.
async fn spoil(world: &World, account: &AccountId, field: &str) -> AttributeValue {
    let key = keys::account(account);
    let items = world.table.items().await;
    let item = items.iter().find(|item| item["pk"].as_s() == Ok(&key.pk) && item["sk"].as_s() == Ok(&key.sk)).expect("an account");
    let contact = item["contact"].clone();
    let mut spoilt = contact.as_m().expect("a map").clone();
    spoilt.insert(field.to_owned(), AttributeValue::S("by hand".to_owned()));
    world.set(&key.pk, &key.sk, "contact", AttributeValue::M(spoilt)).await;
    contact
}

#[tokio::test]
async fn an_account_that_cannot_be_read_keeps_nobody_from_their_alert_and_has_its_own_once_mended() {
    let (world, crowd, due) = alert(7).await;
    let event = due.iter().find(|event| accounts(event).len() == 7).expect("a batch");
    let broken = accounts(event)[3].clone();
    let its_address = address(&world, &broken).await;
    let contact = spoil(&world, &broken, "email").await;

    assert_eq!(work(&world, event, 1).await, End::Acknowledged);

    let others: Vec<_> = crowd.iter().filter(|address| **address != its_address).cloned().collect();
    assert_eq!(world.mailed(), others);
    world.settle().await;
    assert_eq!(world.rejections(), ["accounts that cannot be read"]);
    let original = world.rejected.lock().unwrap()[0]["original"].clone();
    assert_eq!(original["detail"]["accountIds"], json!([broken]));

    let key = keys::account(&broken);
    world.set(&key.pk, &key.sk, "contact", contact).await;
    world.resume(vec![original]).await;
    assert_eq!(world.mailed(), crowd);
}

#[tokio::test]
async fn what_no_alert_needs_keeps_nobody_from_theirs() {
    let (world, crowd, due) = alert(3).await;
    spoil(&world, &accounts(&due[0])[1], "phone").await;
    assert_eq!(work(&world, &due[0], 1).await, End::Acknowledged);
    assert_eq!(world.mailed(), crowd);
}

#[tokio::test]
async fn a_watcher_that_cannot_be_read_keeps_nobody_from_their_star() {
    let world = World::new().await;
    let ada = world.organisation("EMS").await;
    let ids = world.watchers("EMS", Rule::OwnEntity, 5);
    spoil(&world, ids.first().expect("a watcher"), "phone").await;
    world.send("ConsultationSaved", saved("c-1", 1, "EMS", &ada.id, "drafting", &[])).await;
    assert_eq!(
        world.table.store().follower_list(&ConsultationId::parse("c-1").unwrap(), None).await.unwrap().items.len(),
        5,
        "Ada and four"
    );
}

#[tokio::test]
async fn lists_show_what_can_be_read() {
    let world = World::new().await;
    let ada = world.organisation("EMS").await;
    let [bruno, chloe] = [world.agent(&ada, "EMS", "Bruno").await, world.agent(&ada, "EMS", "Chloe").await];
    for id in ["c-1", "c-2", "c-3"] {
        world.consultation(id, "EMS", &bruno, &[]).await;
        world.star(&bruno, id).await;
    }
    world.wants_everything(&bruno).await;
    for id in ["c-1", "c-2", "c-3"] {
        world.send("TenderReceived", tender(id, "d-1")).await;
    }
    spoil(&world, &AccountId::parse(&chloe.id).unwrap(), "phone").await;
    world.set("CONSULTATION#c-2", "CONSULTATION", "phase", AttributeValue::S("by hand".to_owned())).await;
    let count = async |login, path: &str| world.get(login, path).await.expect(200).json["items"].as_array().map_or(0, Vec::len);
    assert_eq!(count(&ada.login, "/v1/entities/EMS/agents").await, 2);
    assert_eq!(count(&bruno.login, &bruno.path("/favourites")).await, 2);
    assert_eq!(count(&bruno.login, &bruno.path("/deliveries")).await, 3, "one of them unnamed");
    assert_eq!(count(&ada.login, "/v1/entities/EMS/unfollowed").await, 0);
}

#[tokio::test]
async fn what_is_asked_for_twice_is_read_once() {
    let world = World::new().await;
    let ada = world.organisation("EMS").await;
    // The index of addresses looks so for a moment, while the owner changes theirs.
    let [old, new] = ["old@agents.example.fr", &ada.email].map(|address| Email::parse(address).unwrap());
    let Key { pk, sk } = keys::email(&old);
    let owner = HashMap::from([("owner".to_owned(), AttributeValue::S(ada.id.clone()))]);
    world.table.put_all(vec![(Key { pk, sk }, owner)]).await;
    let owners = world.table.store().address_read_owners(&[old.clone(), new.clone(), old]).await.unwrap();
    assert_eq!(owners[&new].id.as_str(), ada.id);
}
