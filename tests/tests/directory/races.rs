//! Two at once.

use std::sync::Arc;

use serde_json::{Value, json};
use vigie_aws::Consumer;
use vigie_directory::Directory;
use vigie_tests::{World, gate::Gate, world::sqs};

use crate::directory::{all_taken, entity, linked, removed, save, shown, way};

fn behind(world: &World, gate: &Gate) -> Directory {
    Directory {
        store: gate.store(&world.table, "directory"),
        ..world.directory.clone()
    }
}

async fn hand(directory: &Directory, kind: &str, detail: Value) {
    let event = json!({"source": "procurement", "detail-type": kind, "detail": detail});
    let answer = directory.consume(sqs(&event, 1)).await.unwrap();
    assert_eq!(answer["batchItemFailures"], json!([]), "{event}");
}

/// Whatever is written first of a child that is to wait, its parent comes just before.
#[tokio::test]
async fn a_parent_made_while_the_wait_of_its_child_is_written_is_not_missed() {
    for writes in 0..2 {
        let world = World::new().await;
        world.organisation("EMS").await;
        let gate = Gate::before("TransactWriteItems", writes);
        let directory = behind(&world, &gate);
        let parent = async { save(&world, entity("dsi", 1, "EMS")).await };
        gate.while_waiting(
            hand(&directory, "EntitySaved", entity("sig", 1, "dsi")),
            parent,
        )
        .await;
        world.settle().await;
        assert_eq!(way(&world, "sig").await, ["sig", "dsi", "EMS"], "{writes}");
        all_taken(&world);
    }
}

/// The older one stops before each of its writes, and the newer one is done there.
#[tokio::test]
async fn of_two_declarations_at_once_the_newer_one_stays() {
    for (newer, gone) in [(entity("sig", 2, "dsi"), false), (removed("sig", 2), true)] {
        for writes in 0..6 {
            let world = World::new().await;
            world.organisation("EMS").await;
            save(&world, entity("dsi", 1, "EMS")).await;
            let gate = Gate::before("TransactWriteItems", writes);
            let directory = behind(&world, &gate);
            let kind = if gone { "EntityRemoved" } else { "EntitySaved" };
            let meanwhile = async { world.send(kind, newer.clone()).await };
            let older = hand(&directory, "EntitySaved", linked("sig", 1, "EMS", &["dsi"]));
            gate.woven(older, meanwhile).await;
            world.settle().await;
            let wanted: &[&str] = if gone { &[] } else { &["sig", "dsi", "EMS"] };
            assert_eq!(way(&world, "sig").await, wanted, "{writes}");
            let links = crate::directory::links(&world, "sig").await;
            assert_eq!(links, Vec::<String>::new(), "{writes}");
            all_taken(&world);
        }
    }
}

/// An administrator stops before each of their calls, and the portal declares the same id there.
#[tokio::test]
async fn a_declaration_beats_an_administrator_who_writes_the_same_id() {
    for (created, parent) in [(false, "dsi"), (true, "dsi"), (false, "EMS")] {
        for calls in 0..6 {
            let (world, ada) = World::with("EMS").await;
            save(&world, entity("dsi", 1, "EMS")).await;
            if !created {
                world.entity(&ada, "EMS-SIG", "EMS").await;
                world.settle().await;
            }
            let gate = Gate::before("TransactWriteItems", 0);
            gate.close(None, calls);
            let mut slow = World::new().await;
            slow.entities = Arc::new(vigie_entities::Entities {
                store: gate.store(&world.table, "entities"),
                clock: world.entities.clock.clone(),
            });
            let body = json!({"name": "D'un administrateur", "parentId": parent});
            let portal = async { save(&world, entity("EMS-SIG", 1, "EMS")).await };
            let put = slow.put(&ada.login, "/v1/entities/EMS-SIG", body);
            let (answer, _) = gate.woven(put, portal).await;
            assert!(matches!(answer.status, 200 | 201 | 409), "{}", answer.text);
            world.settle().await;
            let sig = shown(&world, &ada, "EMS-SIG").await;
            assert_eq!(
                (&sig["name"], &sig["parentId"], &sig["declared"]),
                (&json!("Service EMS-SIG"), &json!("EMS"), &json!(true)),
                "{calls}"
            );
            all_taken(&world);
        }
    }
}

/// The removal stops before each of its calls, and somebody comes to the entity there, or does not.
#[tokio::test]
async fn nobody_is_left_in_an_entity_that_goes() {
    for calls in 0..14 {
        let (world, ada) = World::with("EMS").await;
        save(&world, entity("dsi", 1, "EMS")).await;
        let gate = Gate::open();
        let directory = behind(&world, &gate);
        gate.close(None, calls);
        let comes = async {
            let contact =
                json!({"firstName": "Bruno", "lastName": "Agent", "email": "b@x.example.fr"});
            let body = json!({"contact": contact, "role": "agent"});
            let status = world
                .post(&ada.login, "/v1/entities/dsi/agents", body)
                .await
                .status;
            assert!(matches!(status, 201 | 404 | 403), "{status}");
            save(&world, entity("sig", 1, "dsi")).await;
        };
        let removal = hand(&directory, "EntityRemoved", removed("dsi", 2));
        gate.woven(removal, comes).await;
        world.settle().await;
        let items = world.table.items().await;
        let there = |sk: &str| {
            let here = |name: &str| {
                items.iter().any(|item| {
                    item["pk"].as_s().unwrap() == "ENTITY#dsi"
                        && item["sk"].as_s().unwrap().starts_with(name)
                })
            };
            here(sk)
        };
        assert_eq!(
            there("ENTITY"),
            there("AGENT#") || there("CHILD#"),
            "{calls}"
        );
        all_taken(&world);
    }
}
