//! Changes of the tree at once: it stays a tree.

use std::sync::Arc;

use serde_json::json;
use vigie_domain::id::EntityId;
use vigie_tests::World;

use crate::entities::{at, organisation, put, shown};

async fn root_of(world: &World, id: &str) -> Option<String> {
    let path = world
        .table
        .store()
        .entity_read_path(&EntityId::parse(id).unwrap())
        .await
        .unwrap();
    path.root().map(ToString::to_string)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_opposite_moves_at_once_never_make_a_cycle() {
    let world = Arc::new(World::new().await);
    let ada = organisation(&world).await;
    for round in 0..60 {
        let mut moves = tokio::task::JoinSet::new();
        for (id, parent) in [("EMS-DSI", "EMS-CULTURE"), ("EMS-CULTURE", "EMS-DSI")] {
            let (world, ada) = (Arc::clone(&world), ada.clone());
            moves.spawn(async move { put(&world, &ada, id, Some(parent)).await.status });
        }
        let mut answers = moves.join_all().await;
        answers.sort_unstable();
        // The one that comes second sees the first, and is refused for what it is.
        assert_eq!(answers, [200, 422], "round {round}");
        for id in ["EMS-DSI", "EMS-CULTURE", "EMS-RESEAU"] {
            assert_eq!(
                root_of(&world, id).await.as_deref(),
                Some("EMS"),
                "round {round}: {id}"
            );
        }
        for id in ["EMS-DSI", "EMS-CULTURE"] {
            put(&world, &ada, id, Some("EMS")).await.expect(200);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_moves_at_once_leave_a_tree() {
    const ENTITIES: [&str; 6] = ["EMS-A", "EMS-B", "EMS-C", "EMS-D", "EMS-E", "EMS-F"];
    let world = Arc::new(World::new().await);
    let ada = world.organisation("EMS").await;
    for id in ENTITIES {
        world.entity(&ada, id, "EMS").await;
    }
    let mut moved = 0;
    for round in 0..25_usize {
        let mut moves = tokio::task::JoinSet::new();
        for (i, id) in ENTITIES.into_iter().enumerate() {
            // Everybody below somebody else: taken together always a cycle, of 6, 3 or 2 entities,
            // another one each round.
            let parent = ENTITIES[(i + 1 + round % 5) % ENTITIES.len()];
            let (world, ada) = (Arc::clone(&world), ada.clone());
            moves.spawn(async move { put(&world, &ada, id, Some(parent)).await });
        }
        for answer in moves.join_all().await {
            assert!(
                matches!(answer.status, 200 | 409 | 422),
                "round {round}: {}",
                answer.text
            );
            if answer.status == 409 {
                assert_eq!(answer.problem(), "conflict");
            }
            moved += usize::from(answer.status == 200);
        }
        for id in ENTITIES {
            assert_eq!(
                root_of(&world, id).await.as_deref(),
                Some("EMS"),
                "round {round}: {id}"
            );
        }
    }
    assert!(moved >= 25, "hardly anything moved: {moved}");
    // The parents agree with the kept lists of children.
    for id in ENTITIES {
        let height = world
            .table
            .store()
            .entity_read_height(&EntityId::parse(id).unwrap())
            .await
            .unwrap();
        let mut highest = 1;
        for other in ENTITIES {
            let path = world
                .table
                .store()
                .entity_read_path(&EntityId::parse(other).unwrap())
                .await
                .unwrap();
            let steps = path.ids().iter().position(|above| above.as_str() == id);
            highest = highest.max(steps.map_or(0, |steps| steps + 1));
        }
        assert_eq!(height, highest, "{id}");
    }
}

/// Both writes are whole: never the name of one and the parent of the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_rename_and_a_move_at_once_end_as_one_of_them() {
    let world = Arc::new(World::new().await);
    let ada = organisation(&world).await;
    for round in 0..40 {
        let mut writes = tokio::task::JoinSet::new();
        for (name, parent) in [("Renommé", "EMS"), ("Déplacé", "EMS-CULTURE")] {
            let (world, ada) = (Arc::clone(&world), ada.clone());
            writes.spawn(async move {
                world
                    .put(
                        &ada.login,
                        &at("EMS-DSI"),
                        json!({"name": name, "parentId": parent}),
                    )
                    .await
                    .status
            });
        }
        assert_eq!(writes.join_all().await, [200, 200], "round {round}");
        let now = shown(&world, &ada, "EMS-DSI").await;
        let whole = [
            (json!("Renommé"), json!("EMS")),
            (json!("Déplacé"), json!("EMS-CULTURE")),
        ];
        assert!(
            whole.contains(&(now["name"].clone(), now["parentId"].clone())),
            "round {round}: {now}"
        );
        put(&world, &ada, "EMS-DSI", Some("EMS")).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_entity_created_many_times_at_once_is_there_once() {
    let world = Arc::new(World::new().await);
    let ada = world.organisation("EMS").await;
    for round in 0..10 {
        let mut creations = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (world, ada) = (Arc::clone(&world), ada.clone());
            creations.spawn(async move {
                put(&world, &ada, &format!("EMS-N{round}"), Some("EMS"))
                    .await
                    .status
            });
        }
        let mut answers = creations.join_all().await;
        answers.sort_unstable();
        assert_eq!(
            answers,
            [200, 200, 200, 200, 200, 200, 200, 201],
            "round {round}"
        );
    }
}

#[tokio::test]
async fn an_entity_names_what_lies_right_below_it_by_name() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let below = shown(&world, &ada, "EMS").await["children"].clone();
    let ids: Vec<_> = below
        .as_array()
        .unwrap()
        .iter()
        .map(|child| child["id"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        ids.contains(&"EMS-DSI".to_owned()) && ids.contains(&"EMS-CULTURE".to_owned()),
        "{below}"
    );
    put(&world, &ada, "EMS-CULTURE", Some("EMS-DSI"))
        .await
        .expect(200);
    let moved = shown(&world, &ada, "EMS-DSI").await["children"].clone();
    assert!(
        moved
            .as_array()
            .unwrap()
            .iter()
            .any(|child| child["id"] == "EMS-CULTURE" && child["name"] != ""),
        "{moved}"
    );
    let left = shown(&world, &ada, "EMS").await["children"].clone();
    assert!(
        left.as_array()
            .unwrap()
            .iter()
            .all(|child| child["id"] != "EMS-CULTURE"),
        "{left}"
    );
}
