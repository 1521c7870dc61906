//! Automatic favourites: once, at the first save in drafting, whenever that arrives.

use std::collections::BTreeMap;

use serde_json::json;
use vigie_domain::{
    account::preferences::Rule,
    consultation::Consultation,
    contact::email::Email,
    id::{AccountId, ConsultationId},
};
use vigie_tests::{
    World,
    gate::Gate,
    scenario::{alerts, saved, tender},
};

use crate::consultations::{people, save, stars, stored, with};

#[tokio::test]
async fn a_late_drafting_save_rolls_nothing_back_and_still_gives_the_star_once() {
    let world = World::new().await;
    let (_, bruno, chloe) = people(&world).await;
    save(
        &world,
        with(
            saved("c-1", 7, "EMS-DSI", &bruno.id, "consultation", &[&chloe]),
            "title",
            json!("Sept"),
        ),
    )
    .await;
    assert!(stars(&world, &bruno).await.is_empty());
    for revision in [1, 1, 2] {
        save(
            &world,
            saved("c-1", revision, "EMS-DSI", &bruno.id, "drafting", &[]),
        )
        .await;
        let list = stars(&world, &bruno).await;
        assert_eq!(
            (list.len(), &list[0]["title"], &list[0]["automatic"]),
            (1, &json!("Sept"), &json!("mine"))
        );
    }
    assert_eq!(world.events("FavouriteAdded").len(), 1);
    assert_eq!(stored(&world, "c-1").await.unwrap().guests.len(), 1);
    // Once taken away it stays away, late as the saves may be.
    bruno.delete(&world, "/favourites/c-1").await.expect(204);
    for (revision, phase) in [(1, "drafting"), (3, "drafting"), (8, "drafting")] {
        save(
            &world,
            saved("c-1", revision, "EMS-DSI", &bruno.id, phase, &[]),
        )
        .await;
    }
    assert!(stars(&world, &bruno).await.is_empty());
}

#[tokio::test]
async fn a_consultation_that_starts_beyond_drafting_gives_no_star() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    for phase in [
        "consultation",
        "opening",
        "decision",
        "archived",
        "cancelled",
    ] {
        save(
            &world,
            saved(&format!("c-{phase}"), 1, "EMS-DSI", &bruno.id, phase, &[]),
        )
        .await;
    }
    assert!(stars(&world, &bruno).await.is_empty());
}

#[tokio::test]
async fn a_save_that_was_cut_short_is_taken_up_again() {
    let world = World::new().await;
    let (ada, bruno, chloe) = people(&world).await;
    world
        .rights(&ada, "EMS-DSI", &chloe.id, json!({"own": true}))
        .await;
    let mut choice = chloe.get(&world, "/alerts").await.json;
    choice["automaticFavourites"]["ownEntity"] = json!(true);
    chloe.put(&world, "/alerts", choice).await.expect(200);
    let detail = saved("c-1", 1, "EMS-DSI", &bruno.id, "drafting", &[]);
    let consultation: Consultation = serde_json::from_value(detail.clone()).unwrap();
    // The worker died after the save and one of the two stars.
    let store = &world.table.store();
    store
        .consultation_save(&consultation, world.now())
        .await
        .unwrap();
    let first = BTreeMap::from([(AccountId::parse(&bruno.id).unwrap(), Rule::Mine)]);
    store
        .favourite_add_by_rule(&consultation.id, &first, world.now())
        .await
        .unwrap();
    save(&world, detail).await;
    assert_eq!(stars(&world, &bruno).await[0]["automatic"], "mine");
    assert_eq!(stars(&world, &chloe).await[0]["automatic"], "ownEntity");
    assert_eq!(world.events("FavouriteAdded").len(), 2);
}

/// Between a first save and its stars nobody follows yet: what happens then must wait for those who
/// will.
#[tokio::test]
async fn a_fact_between_a_save_and_its_stars_is_told_once_they_are_given() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    let detail = saved("c-1", 1, "EMS-DSI", &bruno.id, "drafting", &[]);
    let consultation: Consultation = serde_json::from_value(detail.clone()).unwrap();
    world
        .table
        .store()
        .consultation_save(&consultation, world.now())
        .await
        .unwrap();
    world.empty_inbox();
    let request = json!({"consultationId": "c-1", "requestId": "r-1", "level": 1, "requestedBy": "Direction", "url": "https://marches.example.fr/a"});
    world.send("ApprovalRequested", request.clone()).await;
    assert!(world.mails_to(&bruno.email).is_empty());
    save(&world, detail.clone()).await;
    assert_eq!(world.mails_to(&bruno.email).len(), 1);
    // Told once, whatever comes again.
    world.send("ApprovalRequested", request).await;
    save(&world, detail).await;
    assert_eq!(world.mails_to(&bruno.email).len(), 1);
}

#[tokio::test]
async fn a_save_of_an_entity_or_author_that_is_not_there_waits_for_nobody() {
    let world = World::new().await;
    let (ada, bruno, _) = people(&world).await;
    save(
        &world,
        saved("c-1", 1, "NOWHERE", "nobody", "drafting", &[&bruno]),
    )
    .await;
    save(
        &world,
        saved("c-2", 1, "EMS", "nobody", "drafting", &[&bruno]),
    )
    .await;
    assert!(world.rejections().is_empty() && world.dead.lock().unwrap().is_empty());
    world.star(&bruno, "c-1").await;
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    assert_eq!(world.mails_to(&bruno.email).len(), 2);
    assert!(stars(&world, &ada).await.is_empty());
}

/// More watchers than one transaction, and more than one page of accounts, takes.
#[tokio::test]
async fn every_watcher_has_its_star_however_many_they_are() {
    let world = World::new().await;
    let (ada, ..) = people(&world).await;
    let store = &world.table.store();
    let template = store
        .account_read(&AccountId::parse(&ada.id).unwrap())
        .await
        .unwrap()
        .unwrap();
    let mut watching = 0;
    for i in 0..130 {
        let mut account = template.clone();
        account.id = AccountId::parse(&format!("watcher-{i:03}")).unwrap();
        account.contact.email = Email::parse(&format!("w{i}@example.fr")).ok();
        account.permanent_guest.own = i % 10 != 0;
        account.active = i % 11 != 0;
        watching += usize::from(account.permanent_guest.own && account.active);
        store.account_create(&account, None, &[]).await.unwrap();
        let mut alerts = account.alerts.clone();
        alerts.automatic_favourites.own_entity = true;
        store.alerts_write(&account, &alerts, false).await.unwrap();
    }
    // A worker before died after these.
    let id = ConsultationId::parse("c-1").unwrap();
    let earlier =
        ["watcher-003", "watcher-104"].map(|id| (AccountId::parse(id).unwrap(), Rule::OwnEntity));
    store
        .favourite_add_by_rule(&id, &earlier.into(), world.now())
        .await
        .unwrap();
    save(&world, saved("c-1", 1, "EMS", "nobody", "drafting", &[])).await;
    let followers = store.follower_list(&id, None).await.unwrap();
    assert_eq!((followers.items.len(), followers.next), (watching, None));
    assert_eq!(world.events("FavouriteAdded").len(), watching);
}

#[tokio::test]
async fn who_moves_while_stars_are_given_has_theirs_wherever_the_move_falls() {
    for after in 0..6 {
        let mut world = World::new().await;
        let ada = world.organisation("EMS").await;
        world.entity(&ada, "EMS-DSI", "EMS").await;
        let [author, chief] = [
            world.agent(&ada, "EMS-DSI", "Author").await,
            world.agent(&ada, "EMS", "Chief").await,
        ];
        world
            .rights(
                &ada,
                "EMS",
                &chief.id,
                json!({"own": true, "dependent": true, "transverse": false}),
            )
            .await;
        let mut choice = alerts("immediate");
        for rule in ["ownEntity", "dependentEntities"] {
            choice["automaticFavourites"][rule] = json!(true);
        }
        chief.put(&world, "/alerts", choice).await.expect(200);
        world.settle().await;
        let gate = Gate::before("Query", after);
        world.consultations.store = gate.store(&world.table, "consultations");
        world.publish(
            "ConsultationSaved",
            saved("c-9", 1, "EMS-DSI", &author.id, "drafting", &[]),
        );
        let event = world
            .taken()
            .into_iter()
            .find(|event| event["detail-type"] == "ConsultationSaved")
            .expect("an event");
        let moves = async {
            world
                .change(&ada, "EMS", &chief.id, json!({"entityId": "EMS-DSI"}))
                .await
                .expect(200);
        };
        let (done, _) = gate.woven(world.hand(&event, 1), moves).await;
        assert!(done);
        world.settle().await;
        assert_eq!(
            stars(&world, &chief).await.len(),
            1,
            "{after} queries before the move"
        );
    }
}
