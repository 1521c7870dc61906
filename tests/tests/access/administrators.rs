//! Administrators: in their part of the tree and nowhere else, and as long as they are some.

use serde_json::{Value, json};
use vigie_tests::{
    routes::{ENTITIES, Row, Scene, all},
    scenario::Person,
};

use super::{promote, refusal, row};

fn for_administrators() -> impl Iterator<Item = Row> {
    all().into_iter().filter(Row::is_for_administrators)
}

#[tokio::test]
async fn an_agent_who_is_no_administrator_has_no_entity_route() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for row in for_administrators() {
        for (entity, _) in ENTITIES {
            let answer = scene
                .request_of(&row, entity)
                .by(&scene.bruno.login)
                .send()
                .await;
            scene.refused(&row.key(), &answer, 403, "forbidden");
        }
    }
    assert_eq!(scene.table().await, before);
}

#[tokio::test]
async fn an_administrator_of_a_service_acts_there_and_below() {
    let bruno_administers = async || {
        let scene = Scene::new().await;
        let role = json!({"role": "administrator"});
        promote(&scene, &scene.bruno, "EMS-DSI", role).await;
        scene
    };
    let read = bruno_administers().await;
    for row in for_administrators() {
        for entity in ["EMS-DSI", "EMS-DEV"] {
            let written;
            let scene = if row.only_reads() {
                &read
            } else {
                written = bruno_administers().await;
                &written
            };
            let answer = scene
                .request_of(&row, entity)
                .by(&scene.bruno.login)
                .send()
                .await;
            if row.key() == "PUT /v1/entities/{id}" && entity == "EMS-DSI" {
                // Renamed where it is: its parent need not be the caller's.
                assert_eq!(answer.json["name"], "Un autre nom");
            }
            assert!(
                (200..300).contains(&answer.status),
                "{} {entity}: {}",
                row.key(),
                answer.text
            );
        }
    }
}

#[tokio::test]
async fn an_administrator_of_a_service_is_refused_above_and_beside_it() {
    let scene = Scene::new().await;
    promote(
        &scene,
        &scene.bruno,
        "EMS-DSI",
        json!({"role": "administrator"}),
    )
    .await;
    let before = scene.table().await;
    for row in for_administrators() {
        for entity in ["EMS", "EMS-RH", "LYON"] {
            let answer = scene
                .request_of(&row, entity)
                .by(&scene.bruno.login)
                .send()
                .await;
            let (status, name) = refusal(&row);
            scene.refused(&format!("{} {entity}", row.key()), &answer, status, name);
        }
    }
    assert_eq!(scene.table().await, before);
}

#[tokio::test]
async fn nobody_moves_entities_or_agents_across_the_border_of_their_tree() {
    let scene = Scene::new().await;
    promote(
        &scene,
        &scene.bruno,
        "EMS-DSI",
        json!({"role": "administrator"}),
    )
    .await;
    let before = scene.table().await;
    let Scene {
        world, bruno, zoe, ..
    } = &scene;
    let move_agent = scene.path(
        &row("PATCH /v1/entities/{id}/agents/{accountId}"),
        "EMS-DEV",
    );
    let moves: [(&Person, &str, &str, Value); 9] = [
        (
            bruno,
            "PUT",
            "/v1/entities/EMS-DEV",
            json!({"name": "Ailleurs", "parentId": "EMS"}),
        ),
        (
            bruno,
            "PUT",
            "/v1/entities/EMS-DSI",
            json!({"name": "Ailleurs", "parentId": "EMS-RH"}),
        ),
        (
            bruno,
            "PUT",
            "/v1/entities/EMS-RH",
            json!({"name": "À moi", "parentId": "EMS-DSI"}),
        ),
        (
            bruno,
            "PUT",
            "/v1/entities/EMS-NEW",
            json!({"name": "Nouveau", "parentId": "EMS"}),
        ),
        (
            bruno,
            "PUT",
            "/v1/entities/EMS-DEV/transverse/EMS-RH",
            json!({}),
        ),
        (bruno, "PATCH", &move_agent, json!({"entityId": "EMS-RH"})),
        (
            bruno,
            "PATCH",
            &move_agent,
            json!({"entityId": "LYON", "role": "administrator"}),
        ),
        (
            zoe,
            "PUT",
            "/v1/entities/LYON-NEW",
            json!({"name": "Nouveau", "parentId": "EMS-DSI"}),
        ),
        (
            zoe,
            "PUT",
            "/v1/entities/EMS-DEV",
            json!({"name": "À moi", "parentId": "LYON"}),
        ),
    ];
    for (person, method, path, body) in moves {
        let answer = world
            .request(method, path)
            .by(&person.login)
            .json(&body)
            .send()
            .await;
        scene.refused(
            &format!("{method} {path} {body}"),
            &answer,
            403,
            "forbidden",
        );
    }
    assert_eq!(scene.table().await, before);
    world
        .put(
            &bruno.login,
            "/v1/entities/EMS-NEW",
            json!({"name": "Nouveau", "parentId": "EMS-DEV"}),
        )
        .await
        .expect(201);
    world
        .patch(&bruno.login, &move_agent, json!({"entityId": "EMS-NEW"}))
        .await
        .expect(200);
}

#[tokio::test]
async fn who_was_an_administrator_is_none() {
    let scene = Scene::new().await;
    for change in [json!({"role": "administrator"}), json!({"role": "agent"})] {
        promote(&scene, &scene.bruno, "EMS-DSI", change).await;
    }
    let before = scene.table().await;
    for row in for_administrators() {
        let answer = scene.request(&row).by(&scene.bruno.login).send().await;
        scene.refused(&row.key(), &answer, 403, "forbidden");
    }
    assert_eq!(scene.table().await, before);
}
