//! The agents of an entity: listed, given rights, moved.

use std::sync::Arc;

use serde_json::json;
use vigie_tests::World;

use crate::entities::{agent, agents, at, ids, new_agent, of_both, organisation};

#[tokio::test]
async fn a_list_goes_on_where_its_page_ended() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let mut invited = Vec::new();
    for i in 0..7 {
        invited.push(world.invite(&ada, "EMS-DSI", &format!("Agent{i}")).await);
    }
    world.invite(&ada, "EMS-RESEAU", "Elsewhere").await;
    invited.sort();
    for limit in [1, 3, 7, 100] {
        let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let page = world
                .get(
                    &ada.login,
                    &format!("{}?limit={limit}{cursor}", agents("EMS-DSI")),
                )
                .await
                .expect(200)
                .json;
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= limit);
            seen.extend(
                items
                    .iter()
                    .map(|agent| agent["id"].as_str().unwrap().to_owned()),
            );
            pages += 1;
            let Some(next) = page["cursor"].as_str() else {
                break;
            };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, invited, "limit {limit}");
        assert!(pages >= invited.len().div_ceil(limit), "limit {limit}");
    }
    for query in ["limit=0", "limit=101", "limit=-1", "limit=ten", "limit="] {
        assert_eq!(
            world
                .get(&ada.login, &format!("{}?{query}", agents("EMS-DSI")))
                .await
                .expect(422)
                .fields(),
            ["limit"],
            "{query}"
        );
    }
    assert_eq!(
        world
            .get(&ada.login, &format!("{}?cursor=a!b", agents("EMS-DSI")))
            .await
            .expect(422)
            .fields(),
        ["cursor"]
    );
    world.get(&ada.login, &agents("NOWHERE")).await.expect(404);
}

#[tokio::test]
async fn role_activity_and_rights_change_one_by_one() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    let path = agent("EMS-DSI", &bruno.id);
    let version = bruno.get(&world, "").await.json["version"]
        .as_u64()
        .unwrap();
    for (patch, role, active, rights) in [
        (
            json!({"permanentGuest": {"own": true}}),
            "agent",
            true,
            [true, false, false],
        ),
        (
            json!({"permanentGuest": {"dependent": true, "transverse": true}}),
            "agent",
            true,
            [true, true, true],
        ),
        (
            json!({"permanentGuest": {"own": false}}),
            "agent",
            true,
            [false, true, true],
        ),
        (
            json!({"role": "administrator"}),
            "administrator",
            true,
            [false, true, true],
        ),
        (
            json!({"role": "agent", "active": false}),
            "agent",
            false,
            [false, true, true],
        ),
        (json!({"active": true}), "agent", true, [false, true, true]),
        (
            json!({"entityId": "EMS-DSI"}),
            "agent",
            true,
            [false, true, true],
        ),
        (json!({}), "agent", true, [false, true, true]),
    ] {
        let after = world
            .patch(&ada.login, &path, patch.clone())
            .await
            .expect(200)
            .json;
        let [own, dependent, transverse] = rights;
        assert_eq!(
            (after["role"].as_str(), after["active"].as_bool()),
            (Some(role), Some(active)),
            "{patch}"
        );
        assert_eq!(
            after["permanentGuest"],
            json!({"own": own, "dependent": dependent, "transverse": transverse}),
            "{patch}"
        );
    }
    let shown = bruno.get(&world, "").await.expect(200).json;
    assert!(shown["version"].as_u64().unwrap() > version);
    assert_eq!(
        shown["permanentGuest"],
        json!({"own": false, "dependent": true, "transverse": true})
    );
}

#[tokio::test]
async fn a_deactivated_agent_is_shut_out_and_comes_back_as_it_was() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let denise = world.administrator(&ada, "EMS-DSI", "Denise").await;
    let path = agent("EMS-DSI", &denise.id);
    world
        .patch(&ada.login, &path, json!({"active": false}))
        .await
        .expect(200);
    denise.get(&world, "").await.expect(403);
    world.get(&denise.login, &at("EMS-DSI")).await.expect(403);
    world
        .patch(&ada.login, &path, json!({"active": true}))
        .await
        .expect(200);
    denise.get(&world, "").await.expect(200);
    world.get(&denise.login, &at("EMS-DSI")).await.expect(200);
}

#[tokio::test]
async fn a_patch_takes_nothing_unknown_and_removes_nothing() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    let path = agent("EMS-DSI", &bruno.id);
    for (patch, field) in [
        (json!({"role": null}), "role"),
        (json!({"active": null}), "active"),
        (json!({"permanentGuest": null}), "permanentGuest"),
        (
            json!({"permanentGuest": {"own": null}}),
            "permanentGuest.own",
        ),
        (json!({"entityId": null}), "entityId"),
        (json!({"active": "yes"}), "active"),
        (json!({"role": "king"}), "role"),
        (
            json!({"permanentGuest": {"all": true}}),
            "permanentGuest.all",
        ),
        (json!({"entityId": "NOWHERE"}), "entityId"),
        (json!({"contact": {"firstName": "X"}}), "contact"),
    ] {
        assert_eq!(
            world
                .patch(&ada.login, &path, patch.clone())
                .await
                .expect(422)
                .fields(),
            [field],
            "{patch}"
        );
    }
}

#[tokio::test]
async fn a_move_updates_both_lists_and_what_the_rules_watch() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    world
        .rights(&ada, "EMS-DSI", &bruno.id, json!({"own": true}))
        .await;
    let mut choice = bruno.get(&world, "/alerts").await.json;
    choice["automaticFavourites"]["ownEntity"] = json!(true);
    bruno.put(&world, "/alerts", choice).await.expect(200);

    let moved = world
        .change(
            &ada,
            "EMS-DSI",
            &bruno.id,
            json!({"entityId": "EMS-CULTURE"}),
        )
        .await
        .expect(200)
        .json;
    assert_eq!(
        moved["entity"],
        json!({"id": "EMS-CULTURE", "name": "Service EMS-CULTURE"})
    );
    assert_eq!(moved["permanentGuest"]["own"], true);
    assert!(ids(&world, &ada, "EMS-DSI").await.is_empty());
    assert_eq!(ids(&world, &ada, "EMS-CULTURE").await, [bruno.id.as_str()]);
    world
        .change(&ada, "EMS-DSI", &bruno.id, json!({"active": false}))
        .await
        .expect(404);

    for entity in ["EMS-DSI", "EMS-CULTURE"] {
        world
            .save(&format!("c-{entity}"), 1, entity, &ada.id, "drafting", &[])
            .await;
    }
    let stars = bruno.get(&world, "/favourites").await.expect(200).json;
    let starred: Vec<_> = stars["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|star| star["consultationId"].clone())
        .collect();
    assert_eq!(starred, ["c-EMS-CULTURE"]);
}

#[tokio::test]
async fn an_agent_moves_only_within_what_the_administrator_has() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let denise = world.administrator(&ada, "EMS-DSI", "Denise").await;
    world.organisation("CUS").await;
    let bruno = world.agent(&ada, "EMS-RESEAU", "Bruno").await;
    for elsewhere in ["EMS", "EMS-CULTURE", "CUS"] {
        world
            .change(
                &denise,
                "EMS-RESEAU",
                &bruno.id,
                json!({"entityId": elsewhere}),
            )
            .await
            .expect(403);
    }
    world
        .change(
            &denise,
            "EMS-RESEAU",
            &bruno.id,
            json!({"entityId": "EMS-DSI"}),
        )
        .await
        .expect(200);
    let chloe = world.agent(&ada, "EMS-CULTURE", "Chloe").await;
    world
        .change(
            &denise,
            "EMS-CULTURE",
            &chloe.id,
            json!({"entityId": "EMS-DSI"}),
        )
        .await
        .expect(403);
    world
        .change(&ada, "EMS-CULTURE", &chloe.id, json!({"entityId": "CUS"}))
        .await
        .expect(403);
    assert_eq!(ids(&world, &ada, "EMS-CULTURE").await, [chloe.id.as_str()]);
}

/// The portal's word is that consultations belong to one legal buyer; who administers two does not
/// carry agents across.
#[tokio::test]
async fn an_agent_stays_in_its_organisation_also_for_who_administers_both() {
    let world = World::new().await;
    let (ada, carl, both) = of_both(&world).await;
    world.entity(&ada, "EMS-DSI", "EMS").await;
    world.entity(&carl, "CUS-VOIRIE", "CUS").await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    for elsewhere in ["CUS", "CUS-VOIRIE"] {
        assert_eq!(
            world
                .patch(
                    &both,
                    &agent("EMS-DSI", &bruno.id),
                    json!({"entityId": elsewhere})
                )
                .await
                .expect(422)
                .fields(),
            ["entityId"]
        );
    }
    assert_eq!(ids(&world, &ada, "EMS-DSI").await, [bruno.id.as_str()]);
    assert!(ids(&world, &carl, "CUS-VOIRIE").await.is_empty());
    world
        .patch(
            &both,
            &agent("EMS-DSI", &bruno.id),
            json!({"entityId": "EMS"}),
        )
        .await
        .expect(200);
}

#[tokio::test]
async fn agents_of_other_entities_are_not_there() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let carl = world.organisation("CUS").await;
    let bruno = world.invite(&ada, "EMS-DSI", "Bruno").await;
    // In her tree, but not in the entity that the path names.
    for entity in ["EMS", "EMS-RESEAU", "EMS-CULTURE"] {
        world
            .change(&ada, entity, &bruno, json!({"active": false}))
            .await
            .expect(404);
        world
            .delete(&ada.login, &agent(entity, &bruno))
            .await
            .expect(404);
        world
            .post(
                &ada.login,
                &format!("{}/invitation", agent(entity, &bruno)),
                json!({}),
            )
            .await
            .expect(404);
    }
    for nobody in ["nobody", "a%20b", &carl.id] {
        world
            .change(&ada, "EMS-DSI", nobody, json!({"active": false}))
            .await
            .expect(404);
        world
            .delete(&ada.login, &agent("EMS-DSI", nobody))
            .await
            .expect(404);
        world
            .post(
                &ada.login,
                &format!("{}/invitation", agent("EMS-DSI", nobody)),
                json!({}),
            )
            .await
            .expect(404);
    }
    // Elsewhere altogether, under its own entity or the caller's.
    for (entity, status) in [("EMS-DSI", 403), ("CUS", 404)] {
        world
            .change(&carl, entity, &bruno, json!({"active": false}))
            .await
            .expect(status);
        world
            .delete(&carl.login, &agent(entity, &bruno))
            .await
            .expect(status);
        world
            .post(
                &carl.login,
                &format!("{}/invitation", agent(entity, &bruno)),
                json!({}),
            )
            .await
            .expect(status);
    }
    world.get(&carl.login, &agents("EMS-DSI")).await.expect(403);
    world
        .post(&carl.login, &agents("EMS-DSI"), new_agent("Zoe"))
        .await
        .expect(403);
    assert_eq!(ids(&world, &ada, "EMS-DSI").await, [bruno]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rights_given_at_once_are_all_there() {
    let world = Arc::new(World::new().await);
    let ada = organisation(&world).await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    for round in 0..20 {
        let wanted = round % 2 == 0;
        let mut patches = tokio::task::JoinSet::new();
        for right in ["own", "dependent", "transverse"] {
            let (world, login, path) = (
                Arc::clone(&world),
                ada.login.clone(),
                agent("EMS-DSI", &bruno.id),
            );
            patches.spawn(async move {
                world
                    .patch(&login, &path, json!({"permanentGuest": {right: wanted}}))
                    .await
                    .status
            });
        }
        assert_eq!(patches.join_all().await, [200, 200, 200], "round {round}");
        let shown = bruno.get(&world, "").await.expect(200).json;
        assert_eq!(
            shown["permanentGuest"],
            json!({"own": wanted, "dependent": wanted, "transverse": wanted}),
            "round {round}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn moves_at_once_leave_an_agent_in_one_list() {
    let world = Arc::new(World::new().await);
    let ada = organisation(&world).await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    let mut at = "EMS-DSI";
    for round in 0..20 {
        let mut moves = tokio::task::JoinSet::new();
        for to in ["EMS", "EMS-DSI", "EMS-RESEAU", "EMS-CULTURE"]
            .into_iter()
            .filter(|to| *to != at)
        {
            let (world, login, path) =
                (Arc::clone(&world), ada.login.clone(), agent(at, &bruno.id));
            moves.spawn(async move {
                (
                    world
                        .patch(&login, &path, json!({"entityId": to}))
                        .await
                        .status,
                    to,
                )
            });
        }
        let answers = moves.join_all().await;
        // One has it; for the others it is no longer where they looked.
        let won: Vec<_> = answers
            .iter()
            .filter(|(status, _)| *status == 200)
            .map(|(_, to)| *to)
            .collect();
        assert_eq!(won.len(), 1, "round {round}: {answers:?}");
        assert!(
            answers
                .iter()
                .all(|(status, _)| matches!(status, 200 | 404)),
            "round {round}: {answers:?}"
        );
        at = won[0];
        for entity in ["EMS", "EMS-DSI", "EMS-RESEAU", "EMS-CULTURE"] {
            assert_eq!(
                ids(&world, &ada, entity).await.contains(&bruno.id),
                entity == at,
                "round {round}: {entity}"
            );
        }
    }
}
