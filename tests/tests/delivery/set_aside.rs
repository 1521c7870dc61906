//! An unreadable item is set aside, and stops nobody else's mail.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::json;
use vigie_domain::{
    account::preferences::Rule,
    contact::email::Email,
    id::{AccountId, ConsultationId, EntityId},
};
use vigie_store::{
    Stars,
    keys::{self, Key},
};
use vigie_tests::{
    World,
    scenario::{Person, alerts, tender},
};

use crate::delivery::{End, accounts, address, alert, work};

/// Makes a field of somebody's contact details unreadable; what those held.
async fn spoil(world: &World, account: &AccountId, field: &str) -> AttributeValue {
    let key = keys::account(account);
    let items = world.table.items().await;
    let item = items
        .iter()
        .find(|item| item["pk"].as_s() == Ok(&key.pk) && item["sk"].as_s() == Ok(&key.sk))
        .expect("an account");
    let contact = item["contact"].clone();
    let mut spoilt = contact.as_m().expect("a map").clone();
    spoilt.insert(field.to_owned(), AttributeValue::S("by hand".to_owned()));
    world
        .set(&key.pk, &key.sk, "contact", AttributeValue::M(spoilt))
        .await;
    contact
}

/// What was set aside for people: changes of an item that cannot be read are too, in the stream.
fn aside(world: &World) -> Vec<String> {
    let mut reasons = world.rejections();
    reasons.retain(|reason| !reason.starts_with("a record of the stream"));
    reasons
}

#[tokio::test]
async fn an_account_that_cannot_be_read_keeps_nobody_from_their_alert_and_has_its_own_once_mended()
{
    let (world, crowd, due) = alert(7).await;
    let event = due
        .iter()
        .find(|event| accounts(event).len() == 7)
        .expect("a batch");
    let broken = accounts(event)[3].clone();
    let its_address = address(&world, &broken).await;
    let contact = spoil(&world, &broken, "email").await;

    assert_eq!(work(&world, event, 1).await, End::Acknowledged);

    let others: Vec<_> = crowd
        .iter()
        .filter(|address| **address != its_address)
        .cloned()
        .collect();
    assert_eq!(world.mailed(), others);
    world.settle().await;
    assert_eq!(aside(&world), ["accounts that cannot be read"]);
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
    let (world, ada) = World::with("EMS").await;
    let ids = world.watchers("EMS", Rule::OwnEntity, 5);
    spoil(&world, ids.first().expect("a watcher"), "phone").await;
    world.save("c-1", 1, "EMS", &ada.id, "drafting", &[]).await;
    assert_eq!(
        world
            .table
            .store()
            .follower_list(&ConsultationId::parse("c-1").unwrap(), None)
            .await
            .unwrap()
            .items
            .len(),
        5,
        "Ada and four"
    );
}

#[tokio::test]
async fn whoever_cannot_be_read_has_their_star_by_the_same_save_once_mended_and_what_waited_is_told()
 {
    let (world, ada) = World::with("EMS").await;
    world.wants_everything(&ada).await;
    let (author, watchers) = (
        AccountId::parse(&ada.id).unwrap(),
        world.watchers("EMS", Rule::OwnEntity, 5),
    );
    world.settle().await;
    let watcher = watchers.first().expect("a watcher");
    let contacts = [
        (&author, spoil(&world, &author, "phone").await),
        (watcher, spoil(&world, watcher, "phone").await),
    ];
    // The tender overtakes the first save.
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    world.empty_inbox();
    world.save("c-1", 1, "EMS", &ada.id, "drafting", &[]).await;

    let id = ConsultationId::parse("c-1").unwrap();
    let followers = async || {
        world
            .table
            .store()
            .follower_list(&id, None)
            .await
            .unwrap()
            .items
            .len()
    };
    assert_eq!(
        (followers().await, world.dead.lock().unwrap().len()),
        (4, 0)
    );
    assert_eq!(aside(&world), ["accounts that cannot be read"]);
    let original = world
        .rejected
        .lock()
        .unwrap()
        .iter()
        .find(|rejected| rejected["reason"] == "accounts that cannot be read")
        .unwrap()["original"]
        .clone();
    world.resume(vec![original.clone()]).await;
    assert_eq!(
        (followers().await, aside(&world).len()),
        (4, 2),
        "still set aside"
    );

    for (account, contact) in contacts {
        let key = keys::account(account);
        world.set(&key.pk, &key.sk, "contact", contact).await;
    }
    assert!(world.mails_to(&ada.email).is_empty());
    world.resume(vec![original]).await;
    assert_eq!((followers().await, aside(&world).len()), (6, 2));
    assert_eq!(world.mails_to(&ada.email).len(), 1, "what waited");
}

#[tokio::test]
async fn an_entity_that_cannot_be_read_keeps_those_from_nothing_whose_right_does_not_hang_on_it() {
    let (world, ada) = World::with("EMS").await;
    world.entity(&ada, "EMS-DSI", "EMS").await;
    world.entity(&ada, "EMS-DSI-RES", "EMS-DSI").await;
    let [author, above, daily] = [
        world.agent(&ada, "EMS-DSI-RES", "Author").await,
        world.agent(&ada, "EMS", "Above").await,
        world.agent(&ada, "EMS", "Daily").await,
    ];
    for (person, mode) in [
        (&author, "immediate"),
        (&above, "immediate"),
        (&daily, "daily"),
    ] {
        person
            .put(&world, "/alerts", alerts(mode))
            .await
            .expect(200);
    }
    for person in [&above, &daily] {
        world
            .rights(
                &ada,
                "EMS",
                &person.id,
                json!({"own": false, "dependent": true, "transverse": false}),
            )
            .await;
    }
    world.consultation("c-1", "EMS-DSI-RES", &author, &[]).await;
    world.consultation("c-2", "EMS", &author, &[&daily]).await;
    for (person, consultation) in [
        (&author, "c-1"),
        (&above, "c-1"),
        (&daily, "c-1"),
        (&daily, "c-2"),
    ] {
        world.star(person, consultation).await;
    }
    for consultation in ["c-1", "c-2"] {
        world
            .send("TenderReceived", tender(consultation, "d-1"))
            .await;
    }
    world.empty_inbox();
    let name = world
        .table
        .store()
        .entity_read(&EntityId::parse("EMS-DSI").unwrap())
        .await
        .unwrap()
        .expect("an entity")
        .name;
    world
        .set(
            "ENTITY#EMS-DSI",
            "ENTITY",
            "name",
            AttributeValue::N("1".to_owned()),
        )
        .await;

    world.send("TenderReceived", tender("c-1", "d-2")).await;
    assert_eq!(world.mailed(), std::slice::from_ref(&author.email));
    // One who may see it from above, at once or in the daily mail, cannot be judged now.
    assert_eq!(world.rejections(), ["entities that cannot be read"]);
    assert!(world.dead.lock().unwrap().is_empty());
    world.pass(SignedDuration::from_hours(24));
    world.sweep().await;
    let told = |person: &Person| {
        world
            .mails_to(&person.email)
            .iter()
            .map(|mail| mail.text.matches("N-d-").count())
            .collect::<Vec<_>>()
    };
    assert_eq!(told(&daily), [1], "of c-2 alone");

    // A first save gives what can be given, and comes back for those above.
    world
        .save("c-3", 1, "EMS-DSI-RES", &author.id, "drafting", &[])
        .await;
    let followers = async || {
        world
            .table
            .store()
            .follower_list(&ConsultationId::parse("c-3").unwrap(), None)
            .await
            .unwrap()
            .items
            .len()
    };
    assert_eq!(
        (followers().await, world.dead.lock().unwrap().len()),
        (1, 1)
    );

    world
        .set(
            "ENTITY#EMS-DSI",
            "ENTITY",
            "name",
            AttributeValue::S(name.as_str().to_owned()),
        )
        .await;
    let original = world.rejected.lock().unwrap()[0]["original"].clone();
    world.resume(vec![original]).await;
    world.redrive().await;
    assert_eq!(told(&above), [1]);
    world.pass(SignedDuration::from_hours(24));
    world.sweep().await;
    assert_eq!(told(&daily), [1, 2], "what waited, by itself");
    let given = world
        .table
        .store()
        .stars_read(&ConsultationId::parse("c-3").unwrap())
        .await
        .unwrap();
    assert_eq!(given, Stars::Given);
}

#[tokio::test]
async fn an_entry_of_the_audit_that_cannot_be_read_hides_no_other() {
    let (world, ada) = World::with("EMS").await;
    for id in ["EMS-1", "EMS-2", "EMS-3"] {
        world.entity(&ada, id, "EMS").await;
    }
    let list = async |limit: usize| {
        let (mut items, mut cursor) = (0, String::new());
        loop {
            let page = world
                .get(
                    &ada.login,
                    &format!("/v1/entities/EMS/audit?limit={limit}{cursor}"),
                )
                .await
                .expect(200)
                .json;
            items += page["items"].as_array().map_or(0, Vec::len);
            match page["cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    };
    let all = list(100).await;
    let entries = world
        .table
        .items()
        .await
        .into_iter()
        .filter(|item| item["pk"].as_s().is_ok_and(|pk| pk == "ENTITY#EMS"));
    let mut entries: Vec<_> = entries
        .filter_map(|item| {
            item["sk"]
                .as_s()
                .ok()
                .filter(|sk| sk.starts_with("AUDIT#"))
                .cloned()
        })
        .collect();
    entries.sort();
    world
        .set(
            "ENTITY#EMS",
            &entries[entries.len() - 2],
            "what",
            AttributeValue::S("by hand".to_owned()),
        )
        .await;
    assert_eq!((list(100).await, list(1).await), (all - 1, all - 1));
}

#[tokio::test]
async fn lists_show_what_can_be_read() {
    let (world, ada) = World::with("EMS").await;
    let [bruno, chloe] = [
        world.agent(&ada, "EMS", "Bruno").await,
        world.agent(&ada, "EMS", "Chloe").await,
    ];
    for id in ["c-1", "c-2", "c-3"] {
        world.consultation(id, "EMS", &bruno, &[]).await;
        world.star(&bruno, id).await;
    }
    world.wants_everything(&bruno).await;
    for id in ["c-1", "c-2", "c-3"] {
        world.send("TenderReceived", tender(id, "d-1")).await;
    }
    spoil(&world, &AccountId::parse(&chloe.id).unwrap(), "phone").await;
    world
        .set(
            "CONSULTATION#c-2",
            "CONSULTATION",
            "phase",
            AttributeValue::S("by hand".to_owned()),
        )
        .await;
    let count = async |login, path: &str| {
        world.get(login, path).await.expect(200).json["items"]
            .as_array()
            .map_or(0, Vec::len)
    };
    assert_eq!(count(&ada.login, "/v1/entities/EMS/agents").await, 2);
    assert_eq!(count(&bruno.login, &bruno.path("/favourites")).await, 2);
    assert_eq!(
        count(&bruno.login, &bruno.path("/deliveries")).await,
        3,
        "one of them unnamed"
    );
    assert_eq!(count(&ada.login, "/v1/entities/EMS/unfollowed").await, 0);
}

#[tokio::test]
async fn what_is_asked_for_twice_is_read_once() {
    let (world, ada) = World::with("EMS").await;
    // The index of addresses looks so for a moment, while the owner changes theirs.
    let [old, new] =
        ["old@agents.example.fr", &ada.email].map(|address| Email::parse(address).unwrap());
    let Key { pk, sk } = keys::email(&old);
    let owner = HashMap::from([("owner".to_owned(), AttributeValue::S(ada.id.clone()))]);
    world.table.put_all(vec![(Key { pk, sk }, owner)]).await;
    let owners = world
        .table
        .store()
        .address_read_owners(&[old.clone(), new.clone(), old])
        .await
        .unwrap();
    assert_eq!(owners[&new].id.as_str(), ada.id);
}
