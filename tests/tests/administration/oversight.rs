//! Consultations that nobody follows, agents who cannot be mailed.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use vigie_domain::{
    contact::email::Email,
    id::{AccountId, ConsultationId, EntityId},
};
use vigie_store::keys;
use vigie_tests::{
    World,
    scenario::{Person, saved},
};

use crate::administration::{each, organisation, pages};

async fn unfollowed(world: &World, by: &Person, entity: &str) -> Vec<String> {
    let mut lists = Vec::new();
    for limit in [1, 2, 100] {
        let (items, _) = pages(
            world,
            by,
            &format!("/v1/entities/{entity}/unfollowed?"),
            limit,
        )
        .await;
        lists.push(each(&items, "consultationId"));
    }
    assert!(lists.iter().all(|list| *list == lists[0]), "{lists:?}");
    lists.remove(0)
}

/// The ids of what an administrator finds, whatever the size of a page.
async fn found(world: &World, by: &Person, entity: &str, words: &str) -> Vec<String> {
    let path = format!("/v1/entities/{entity}/consultations?q={words}&");
    let mut lists = Vec::new();
    for limit in [1, 2, 100] {
        lists.push(each(
            &pages(world, by, &path, limit).await.0,
            "consultationId",
        ));
    }
    assert!(lists.iter().all(|list| *list == lists[0]), "{lists:?}");
    lists.remove(0)
}

#[tokio::test]
async fn consultations_of_a_tree_are_found_by_reference_or_title_while_they_are_released() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let chef = world.administrator(&ada, "EMS-DSI", "Denise").await;
    let zoe = world.organisation("LYON").await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    for (id, entity, reference, title, phase) in [
        ("c-1", "EMS", "24-0001", "Voirie communale", "consultation"),
        ("c-2", "EMS-DSI", "24-0002", "Déneigement", "opening"),
        ("c-3", "EMS-RESEAU", "24-0103", "Œuvres d’art", "decision"),
        ("c-4", "EMS-EAU", "24-0004", "Réseau d'eau", "consultation"),
        ("c-5", "EMS-DSI", "24-0005", "Secret", "drafting"),
        ("c-6", "EMS-DSI", "24-0006", "Fini", "archived"),
        ("c-7", "LYON", "24-0007", "Voirie lyonnaise", "consultation"),
    ] {
        let mut saved = saved(id, 1, entity, &bruno.id, phase, &[]);
        saved["reference"] = json!(reference);
        saved["title"] = json!(title);
        world.send("ConsultationSaved", saved).await;
    }
    // A star is neither needed nor in the way.
    world.star(&bruno, "c-2").await;
    for (by, entity, words, wanted) in [
        (&ada, "EMS", "", &["c-1", "c-2", "c-3", "c-4"][..]),
        (&ada, "EMS", "voirie", &["c-1"]),
        (&ada, "EMS", "DENEIGEMENT", &["c-2"]),
        (&ada, "EMS", "oeuvres%20art", &["c-3"]),
        (&ada, "EMS", "24-0103", &["c-3"]),
        (&ada, "EMS", "0001%20commun", &["c-1"]),
        (&ada, "EMS", "secret", &[]),
        (&ada, "EMS", "fini", &[]),
        (&ada, "EMS-DSI", "24", &["c-2", "c-3"]),
        (&chef, "EMS-DSI", "24", &["c-2", "c-3"]),
        (&zoe, "LYON", "voirie", &["c-7"]),
    ] {
        assert_eq!(found(&world, by, entity, words).await, wanted, "{words}");
    }
    let items = world
        .get(&ada.login, "/v1/entities/EMS/consultations?q=neige")
        .await
        .expect(200)
        .json["items"]
        .clone();
    assert_eq!(
        items,
        json!([{
            "consultationId": "c-2", "reference": "24-0002", "title": "Déneigement", "phase": "opening",
            "submissionDeadline": "2027-02-01T11:00:00Z", "timeZone": null,
            "entity": {"id": "EMS-DSI", "name": "Service EMS-DSI"},
        }])
    );
    for (by, entity, status) in [
        (&chef, "EMS", 403),
        (&chef, "EMS-EAU", 403),
        (&zoe, "EMS", 403),
        (&bruno, "EMS-DSI", 403),
        (&ada, "NOWHERE", 404),
    ] {
        let path = format!("/v1/entities/{entity}/consultations?q=voirie");
        world.get(&by.login, &path).await.expect(status);
    }
    let path = format!("/v1/entities/EMS/consultations?q={}", "a".repeat(201));
    let refused = world.get(&ada.login, &path).await.expect(422);
    assert_eq!(refused.fields(), ["q"]);
}

#[tokio::test]
async fn what_nobody_follows_is_listed_while_it_is_not_over() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let zoe = world.organisation("LYON").await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    for (id, entity) in [
        ("c-1", "EMS"),
        ("c-2", "EMS-DSI"),
        ("c-3", "EMS-DSI"),
        ("c-4", "EMS-RESEAU"),
        ("c-5", "EMS-EAU"),
        ("c-6", "LYON"),
    ] {
        world.consultation(id, entity, &bruno, &[]).await;
    }
    assert_eq!(
        unfollowed(&world, &ada, "EMS").await,
        ["c-1", "c-2", "c-3", "c-4", "c-5"]
    );
    assert_eq!(
        unfollowed(&world, &ada, "EMS-DSI").await,
        ["c-2", "c-3", "c-4"]
    );
    assert_eq!(unfollowed(&world, &ada, "EMS-RESEAU").await, ["c-4"]);
    assert_eq!(unfollowed(&world, &zoe, "LYON").await, ["c-6"]);
    let first = world
        .get(&ada.login, "/v1/entities/EMS-DSI/unfollowed")
        .await
        .expect(200)
        .json["items"][0]
        .clone();
    let wanted = json!({
        "consultationId": "c-2", "reference": "21-166157", "phase": "consultation", "submissionDeadline": "2027-02-01T11:00:00Z", "timeZone": null,
        "title": "Prestations d'assistance et de développements spécifiques sur le logiciel Qgis", "entityId": "EMS-DSI",
    });
    assert_eq!(first, wanted);

    // A star takes it off the list, also of who has left; taken back, it is there again.
    world.star(&bruno, "c-2").await;
    assert_eq!(unfollowed(&world, &ada, "EMS-DSI").await, ["c-3", "c-4"]);
    let path = format!("/v1/entities/EMS-DSI/agents/{}", bruno.id);
    world
        .patch(&ada.login, &path, json!({"active": false}))
        .await
        .expect(200);
    assert_eq!(unfollowed(&world, &ada, "EMS-DSI").await, ["c-3", "c-4"]);
    world
        .patch(&ada.login, &path, json!({"active": true}))
        .await
        .expect(200);
    bruno.delete(&world, "/favourites/c-2").await.expect(204);
    assert_eq!(
        unfollowed(&world, &ada, "EMS-DSI").await,
        ["c-2", "c-3", "c-4"]
    );

    // By where it stands: once over it has gone, and an older revision does not bring it back; a
    // newer one does.
    for (revision, phase, listed) in [
        (5, "archived", false),
        (4, "opening", false),
        (6, "decision", true),
        (7, "cancelled", false),
        (8, "drafting", false),
    ] {
        // Nobody's: a draft would be its author's favourite.
        world
            .save("c-3", revision, "EMS-DSI", "nobody", phase, &[])
            .await;
        assert_eq!(
            unfollowed(&world, &ada, "EMS-DSI")
                .await
                .contains(&"c-3".to_owned()),
            listed,
            "{phase}"
        );
    }

    // By where it lies: the consultation moves, and the entity moves.
    world
        .save("c-3", 9, "EMS-EAU", "nobody", "opening", &[])
        .await;
    assert_eq!(unfollowed(&world, &ada, "EMS-DSI").await, ["c-2", "c-4"]);
    assert_eq!(unfollowed(&world, &ada, "EMS-EAU").await, ["c-3", "c-5"]);
    world
        .put(
            &ada.login,
            "/v1/entities/EMS-RESEAU",
            json!({"name": "Réseau", "parentId": "EMS-EAU"}),
        )
        .await
        .expect(200);
    assert_eq!(unfollowed(&world, &ada, "EMS-DSI").await, ["c-2"]);
    assert_eq!(
        unfollowed(&world, &ada, "EMS-EAU").await,
        ["c-3", "c-5", "c-4"]
    );
}

/// A star of the only one elsewhere who can have it would show, if it took the consultation off the
/// list.
#[tokio::test]
async fn a_star_of_somebody_elsewhere_does_not_show() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let zoe = world.organisation("LYON").await;
    let chef = world.administrator(&ada, "EMS-DSI", "Chef").await;
    let bruno = world.agent(&ada, "EMS-RESEAU", "Bruno").await;
    let beside = world.agent(&ada, "EMS-EAU", "Beside").await;
    world
        .consultation("c-1", "EMS-DSI", &bruno, &[&zoe, &beside])
        .await;
    for (star, of_ems, of_dsi) in [
        (&zoe, true, true),
        (&beside, false, true),
        (&bruno, false, false),
    ] {
        world.star(star, "c-1").await;
        assert_eq!(
            !unfollowed(&world, &ada, "EMS").await.is_empty(),
            of_ems,
            "{}",
            star.email
        );
        assert_eq!(
            !unfollowed(&world, &chef, "EMS-DSI").await.is_empty(),
            of_dsi,
            "{}",
            star.email
        );
    }
}

#[tokio::test]
async fn a_consultation_that_came_before_its_entity_is_listed_once_that_is_there() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    world
        .save("c-1", 1, "EMS-NEW", "nobody", "consultation", &[])
        .await;
    world.entity(&ada, "EMS-NEW", "EMS-DSI").await;
    assert_eq!(unfollowed(&world, &ada, "EMS").await, ["c-1"]);
}

async fn undeliverable(world: &World, by: &Person, entity: &str) -> Vec<String> {
    let mut lists = Vec::new();
    for limit in [1, 2, 100] {
        let (items, _) = pages(
            world,
            by,
            &format!("/v1/entities/{entity}/undeliverable?"),
            limit,
        )
        .await;
        assert!(
            items
                .iter()
                .all(|item| item["emailStatus"] == "undeliverable"
                    && item["contact"]["email"].is_string())
        );
        lists.push(each(&items, "id"));
    }
    assert!(lists.iter().all(|list| *list == lists[0]), "{lists:?}");
    let mut list = lists.remove(0);
    list.sort();
    list
}

#[tokio::test]
async fn agents_whose_address_is_undeliverable_are_listed_with_those_of_below() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let chef = world.administrator(&ada, "EMS-DSI", "Chef").await;
    let mut ids = Vec::new();
    for (name, entity) in [
        ("A", "EMS"),
        ("B", "EMS-DSI"),
        ("C", "EMS-DSI"),
        ("D", "EMS-RESEAU"),
        ("E", "EMS-EAU"),
        ("F", "EMS-RESEAU"),
    ] {
        let person = world.agent(&ada, entity, name).await;
        if name != "F" {
            let status = AttributeValue::S("undeliverable".to_owned());
            world
                .set(
                    &format!("ACCOUNT#{}", person.id),
                    "ACCOUNT",
                    "emailStatus",
                    status,
                )
                .await;
        }
        ids.push(person.id);
    }
    let sorted = |wanted: &[usize]| {
        let mut wanted: Vec<_> = wanted.iter().map(|i| ids[*i].clone()).collect();
        wanted.sort();
        wanted
    };
    assert_eq!(
        undeliverable(&world, &ada, "EMS").await,
        sorted(&[0, 1, 2, 3, 4])
    );
    assert_eq!(
        undeliverable(&world, &chef, "EMS-DSI").await,
        sorted(&[1, 2, 3])
    );
    assert_eq!(
        undeliverable(&world, &chef, "EMS-RESEAU").await,
        sorted(&[3])
    );
    assert_eq!(undeliverable(&world, &ada, "EMS-EAU").await, sorted(&[4]));
}

/// More entities, agents and consultations than one page looks at: a page may be empty and is not
/// the last.
#[tokio::test]
async fn a_page_that_looked_at_enough_ends_and_the_next_goes_on() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let store = world.table.store();
    let template = store
        .account_read(&AccountId::parse(&ada.id).unwrap())
        .await
        .unwrap()
        .unwrap();
    for i in 0..52 {
        world
            .entity(
                &ada,
                &format!("EMS-E{i:02}"),
                if i % 2 == 0 { "EMS-EAU" } else { "EMS-DSI" },
            )
            .await;
    }
    let (entity, mut items) = (EntityId::parse("EMS-E51").unwrap(), Vec::new());
    for i in 0..620 {
        let mut account = template.clone();
        account.id = AccountId::parse(&format!("agent-{i:03}")).unwrap();
        account.entity_id = entity.clone();
        account.contact.email = Email::parse(&format!("a{i}@example.fr")).ok();
        let mut item: std::collections::HashMap<_, _> = serde_dynamo::to_item(&account).unwrap();
        if i == 619 {
            item.insert(
                "emailStatus".to_owned(),
                AttributeValue::S("undeliverable".to_owned()),
            );
        }
        items.push((keys::account(&account.id), item));
        items.push((
            keys::agent(&entity, &account.id),
            std::collections::HashMap::new(),
        ));
    }
    world.table.put_all(items).await;
    assert_eq!(undeliverable(&world, &ada, "EMS").await, ["agent-619"]);
    let first = world
        .get(&ada.login, "/v1/entities/EMS/undeliverable")
        .await
        .expect(200)
        .json;
    assert_eq!(first["items"], json!([]));
    assert!(first["cursor"].is_string());

    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    for i in 0..103 {
        let id = format!("c-{i:03}");
        world.publish(
            "ConsultationSaved",
            saved(
                &id,
                1,
                "EMS-E51",
                &bruno.id,
                if i == 102 { "opening" } else { "drafting" },
                &[],
            ),
        );
    }
    world.settle().await;
    assert_eq!(unfollowed(&world, &ada, "EMS").await, ["c-102"]);
    let page = world
        .get(&ada.login, "/v1/entities/EMS-E51/unfollowed")
        .await
        .expect(200)
        .json;
    assert_eq!(
        (&page["items"], page["cursor"].is_string()),
        (&json!([]), true)
    );
}

#[tokio::test]
async fn a_limit_or_cursor_that_makes_no_sense_is_422_with_its_name() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    world.organisation("LYON").await;
    let chef = world.administrator(&ada, "EMS-DSI", "Chef").await;
    for list in ["undeliverable", "unfollowed"] {
        let path = format!("/v1/entities/EMS-DSI/{list}");
        for limit in ["0", "101", "-1", "x", ""] {
            let answer = world
                .get(&chef.login, &format!("{path}?limit={limit}"))
                .await
                .expect(422);
            assert_eq!(answer.fields(), ["limit"], "{limit}");
        }
        // Any other entity gets the same answer, whether above, beside, in another organisation or
        // nowhere.
        for cursor in [
            "",
            "~",
            "~a",
            "EMS-DSI~",
            "EMS-DSI~a/b",
            "EMS-DSI~a~b",
            "EMS",
            "EMS~a",
            "EMS-EAU~a",
            "LYON",
            "NOWHERE",
            "é",
        ] {
            let answer = world
                .get(&chef.login, &format!("{path}?cursor={cursor}"))
                .await
                .expect(422);
            assert_eq!(answer.fields(), ["cursor"], "{cursor}");
        }
        for fine in ["EMS-DSI", "EMS-DSI~zzz", "EMS-RESEAU", "EMS-RESEAU~a"] {
            world
                .get(&chef.login, &format!("{path}?cursor={fine}"))
                .await
                .expect(200);
        }
        world
            .get(&ada.login, &format!("/v1/entities/NOWHERE/{list}"))
            .await
            .expect(404);
    }
}

#[tokio::test]
async fn a_list_full_of_what_is_gone_keeps_no_answer_busy() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let entity = EntityId::parse("EMS-DSI").unwrap();
    let stale = (0..1000).map(|i| {
        (
            keys::listed(
                &entity,
                &ConsultationId::parse(&format!("b-{i:04}")).unwrap(),
            ),
            HashMap::new(),
        )
    });
    world.table.import(stale.collect());
    world.consultation("c-1", "EMS-DSI", &ada, &[]).await;
    world.table.calls();
    let first = world
        .get(&ada.login, "/v1/entities/EMS-DSI/unfollowed")
        .await
        .expect(200)
        .json;
    assert!(
        world.table.calls().len() < 20,
        "one answer looks at so many entries"
    );
    assert!(first["items"].as_array().unwrap().is_empty() && first["cursor"].is_string());
    assert_eq!(unfollowed(&world, &ada, "EMS-DSI").await, ["c-1"]);
}

#[tokio::test]
async fn a_consultation_that_passes_to_another_entity_leaves_the_list_of_the_old_one() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    world
        .save("c-1", 1, "EMS-DSI", &ada.id, "consultation", &[])
        .await;
    world
        .save("c-1", 2, "EMS-EAU", &ada.id, "consultation", &[])
        .await;
    let listed = world
        .table
        .items()
        .await
        .into_iter()
        .filter(|item| item["sk"].as_s().unwrap() == "LISTED#c-1");
    assert_eq!(
        listed
            .map(|item| item["pk"].as_s().unwrap().clone())
            .collect::<Vec<_>>(),
        ["ENTITY#EMS-EAU"]
    );
}
