//! Any order: what waits goes on by the table's stream, and no message comes back.

use serde_json::{Value, json};
use vigie_tests::World;

use crate::directory::{all_taken, entity, linked, links, removed, save, shown, way};

#[tokio::test]
async fn an_entity_before_its_parent_waits_and_comes_with_it() {
    let world = World::new().await;
    save(&world, entity("reseau", 1, "dsi")).await;
    save(&world, entity("dsi", 1, "EMS")).await;
    assert_eq!(way(&world, "dsi").await, Vec::<String>::new());
    let before = world.now();
    let ada = world.organisation("EMS").await;
    assert_eq!(way(&world, "reseau").await, ["reseau", "dsi", "EMS"]);
    // By no message that came back after its time-out.
    assert_eq!(world.now(), before);
    // By whoever makes the parent.
    save(&world, entity("wifi", 1, "EMS-RADIO")).await;
    assert_eq!(way(&world, "wifi").await, Vec::<String>::new());
    world.entity(&ada, "EMS-RADIO", "EMS").await;
    world.settle().await;
    assert_eq!(way(&world, "wifi").await, ["wifi", "EMS-RADIO", "EMS"]);
    all_taken(&world);
    // Nobody waits any more.
    let items = world.table.items().await;
    let waiting = items
        .iter()
        .filter(|item| item["sk"].as_s().unwrap().starts_with("AWAITED#"));
    assert_eq!(waiting.count(), 0);
}

#[tokio::test]
async fn every_order_of_a_directory_ends_as_the_portal_has_it() {
    let story = [
        (
            "OrganisationProvisioned",
            json!({"organisation": "EMS", "entityId": "EMS", "name": "EMS", "administrator": {"firstName": "Ada", "lastName": "Ministre", "email": "ada@ems.example.fr"}}),
        ),
        ("EntitySaved", linked("a", 1, "EMS", &["c"])),
        ("EntitySaved", entity("b", 1, "a")),
        ("EntitySaved", entity("c", 1, "b")),
        // Changes places: b above a.
        ("EntitySaved", entity("b", 2, "EMS")),
        ("EntitySaved", linked("a", 2, "b", &["c"])),
        ("EntityRemoved", removed("d", 2)),
        ("EntitySaved", entity("d", 1, "c")),
    ];
    // All rotations, forwards and backwards, and some shuffles.
    let mut orders: Vec<Vec<usize>> = Vec::new();
    for start in 0..story.len() {
        let forwards: Vec<_> = (0..story.len())
            .map(|i| (start + i) % story.len())
            .collect();
        orders.push(forwards.iter().rev().copied().collect());
        orders.push(forwards);
    }
    let mut random = fastrand::Rng::with_seed(24);
    for _ in 0..24 {
        let mut shuffled: Vec<_> = (0..story.len()).collect();
        random.shuffle(&mut shuffled);
        orders.push(shuffled);
    }
    for order in orders {
        let world = World::new().await;
        for at in &order {
            let (kind, detail) = &story[*at];
            world.send(kind, detail.clone()).await;
        }
        // Again, the other way round.
        for at in order.iter().rev() {
            let (kind, detail) = &story[*at];
            if *kind != "OrganisationProvisioned" {
                world.send(kind, detail.clone()).await;
            }
        }
        assert_eq!(way(&world, "a").await, ["a", "b", "EMS"], "{order:?}");
        assert_eq!(way(&world, "c").await, ["c", "b", "EMS"], "{order:?}");
        assert_eq!(way(&world, "d").await, Vec::<String>::new(), "{order:?}");
        assert_eq!(links(&world, "a").await, ["c"], "{order:?}");
        all_taken(&world);
    }
}

#[tokio::test]
async fn a_cycle_hangs_nowhere_until_a_revision_mends_it() {
    let (world, ada) = World::with("EMS").await;
    // Of entities that are there: each stays where it was, and has its new name.
    save(&world, entity("a", 1, "EMS")).await;
    save(&world, entity("b", 1, "a")).await;
    let mut below = entity("a", 2, "b");
    below["name"] = json!("Nouveau nom");
    save(&world, below).await;
    assert_eq!(way(&world, "b").await, ["b", "a", "EMS"]);
    assert_eq!(shown(&world, &ada, "a").await["name"], "Nouveau nom");
    // Of entities that are not.
    save(&world, entity("c", 1, "d")).await;
    save(&world, entity("d", 1, "c")).await;
    save(&world, entity("e", 1, "e")).await;
    for id in ["c", "d", "e"] {
        assert_eq!(way(&world, id).await, Vec::<String>::new());
    }
    // A revision of another one mends it too.
    save(&world, entity("b", 2, "EMS")).await;
    assert_eq!(way(&world, "a").await, ["a", "b", "EMS"]);
    save(&world, entity("d", 2, "EMS")).await;
    assert_eq!(way(&world, "c").await, ["c", "d", "EMS"]);
    save(&world, entity("e", 2, "d")).await;
    assert_eq!(way(&world, "e").await, ["e", "d", "EMS"]);
    all_taken(&world);
}

#[tokio::test]
async fn what_would_be_too_deep_hangs_nowhere_until_something_moves() {
    let world = World::new().await;
    world.organisation("EMS").await;
    let name = |level: usize| {
        if level == 1 {
            "EMS".to_owned()
        } else {
            format!("l{level}")
        }
    };
    for level in (2..=33).rev() {
        world.publish("EntitySaved", entity(&name(level), 1, &name(level - 1)));
    }
    world.settle().await;
    assert_eq!(way(&world, "l32").await.len(), 32);
    assert_eq!(way(&world, "l33").await, Vec::<String>::new());
    // What lies above it moves up.
    save(&world, entity("l20", 2, "EMS")).await;
    assert_eq!(way(&world, "l33").await.len(), 15);
    // Too deep with all that lies below it: stays, until the last below it has gone.
    save(&world, entity("l20", 3, "l19")).await;
    assert_eq!(way(&world, "l20").await, ["l20", "EMS"]);
    world.send("EntityRemoved", removed("l33", 2)).await;
    assert_eq!(way(&world, "l32").await.len(), 32);
    all_taken(&world);
}

#[tokio::test]
async fn many_that_wait_for_one_come_page_by_page() {
    let world = World::new().await;
    for i in 0..120 {
        world.publish("EntitySaved", entity(&format!("s{i}"), 1, "EMS"));
    }
    world.settle().await;
    world.organisation("EMS").await;
    let pages: Vec<Value> = world
        .events("DirectoryReady")
        .into_iter()
        .filter(|event| !event["after"].is_null())
        .collect();
    assert_eq!(pages.len(), 2);
    for i in 0..120 {
        assert_eq!(way(&world, &format!("s{i}")).await.len(), 2);
    }
    all_taken(&world);
}
