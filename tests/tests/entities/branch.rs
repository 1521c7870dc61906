//! An entity and all below it in one list.

use serde_json::{Value, json};
use vigie_tests::{World, scenario::Person};

use crate::entities::{at, organisation, put, shown};

fn tree(id: &str) -> String {
    format!("{}/tree", at(id))
}

async fn items(world: &World, by: &Person, id: &str) -> Vec<(String, Option<String>)> {
    let answer = world.get(&by.login, &tree(id)).await.expect(200).json;
    assert_eq!(answer["cursor"], Value::Null);
    named(&answer)
}

fn named(answer: &Value) -> Vec<(String, Option<String>)> {
    let of = |item: &Value, name: &str| item[name].as_str().map(str::to_owned);
    answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (of(item, "id").unwrap(), of(item, "parentId")))
        .collect()
}

/// The same, collected from one entity after the other.
async fn walked(world: &World, by: &Person, id: &str) -> Vec<(String, Option<String>)> {
    let (mut level, mut found) = (vec![id.to_owned()], Vec::new());
    while !level.is_empty() {
        level.sort();
        let mut below = Vec::new();
        for id in level {
            let entity = shown(world, by, &id).await;
            found.push((id, entity["parentId"].as_str().map(str::to_owned)));
            let children = entity["children"].as_array().unwrap().iter();
            below.extend(children.map(|child| child["id"].as_str().unwrap().to_owned()));
        }
        level = below;
    }
    found
}

fn some(id: &str, parent: &str) -> (String, Option<String>) {
    (id.to_owned(), Some(parent.to_owned()))
}

#[tokio::test]
async fn a_tree_is_one_list_level_by_level() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let answer = world.get(&ada.login, &tree("EMS")).await.expect(200).json;
    let item = |id: &str, name: &str, parent: Option<&str>| json!({"id": id, "name": name, "parentId": parent, "declared": false});
    let expected = json!({"cursor": null, "items": [
        item("EMS", "Direction EMS", None),
        item("EMS-CULTURE", "Service EMS-CULTURE", Some("EMS")),
        item("EMS-DSI", "Service EMS-DSI", Some("EMS")),
        item("EMS-RESEAU", "Service EMS-RESEAU", Some("EMS-DSI")),
    ]});
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn whoever_administers_a_part_sees_that_part_alone() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let denise = world.administrator(&ada, "EMS-DSI", "Denise").await;
    let expected = [some("EMS-DSI", "EMS"), some("EMS-RESEAU", "EMS-DSI")];
    assert_eq!(items(&world, &denise, "EMS-DSI").await, expected);
    for id in ["EMS", "EMS-CULTURE"] {
        world.get(&denise.login, &tree(id)).await.expect(403);
    }
}

/// Whatever made an entity, moved it or removed it.
#[tokio::test]
async fn the_list_says_what_the_entities_themselves_say() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let declared = |id: &str, revision: u64, parent: &str| json!({"organisationId": "EMS", "entityId": id, "revision": revision, "name": id, "parentId": parent, "transverse": []});
    for (id, parent) in [("sig", "EMS-DSI"), ("eau", "sig"), ("voirie", "EMS")] {
        world.send("EntitySaved", declared(id, 1, parent)).await;
    }
    let agree = async || {
        let list = items(&world, &ada, "EMS").await;
        assert_eq!(list, walked(&world, &ada, "EMS").await);
        list.len()
    };
    assert_eq!(agree().await, 7);
    put(&world, &ada, "EMS-DSI", Some("EMS-CULTURE"))
        .await
        .expect(200);
    world
        .send("EntitySaved", declared("eau", 2, "voirie"))
        .await;
    assert_eq!(agree().await, 7);
    let answer = world.get(&ada.login, &tree("EMS")).await.expect(200).json;
    let of_the_portal: Vec<_> = answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["declared"] == true)
        .map(|item| item["id"].as_str().unwrap())
        .collect();
    assert_eq!(of_the_portal, ["voirie", "eau", "sig"]);
    let gone = json!({"organisationId": "EMS", "entityId": "eau", "revision": 3});
    world.send("EntityRemoved", gone).await;
    assert_eq!(agree().await, 6);
}

#[tokio::test]
async fn a_page_goes_on_behind_an_entity_that_has_gone_since() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let detail = json!({"organisationId": "EMS", "entityId": "EMS-CULTURE-1", "revision": 1, "name": "x", "parentId": "EMS", "transverse": []});
    world.send("EntitySaved", detail).await;
    let read = async |query: &str| {
        let answer = world
            .get(&ada.login, &format!("{}?{query}", tree("EMS")))
            .await
            .expect(200)
            .json;
        let cursor = answer["cursor"].as_str().map(str::to_owned);
        (named(&answer), cursor)
    };
    let (first, cursor) = read("limit=3").await;
    let cursor = cursor.unwrap();
    assert_eq!((first.len(), first[2].0.as_str()), (3, "EMS-CULTURE-1"));
    let gone = json!({"organisationId": "EMS", "entityId": "EMS-CULTURE-1", "revision": 2});
    world.send("EntityRemoved", gone).await;
    let rest = vec![some("EMS-DSI", "EMS"), some("EMS-RESEAU", "EMS-DSI")];
    assert_eq!(read(&format!("cursor={cursor}")).await, (rest, None));
    for cursor in ["EMS", "1", "x~EMS", "1~EMS~EMS", "-1~EMS"] {
        let path = format!("{}?cursor={cursor}", tree("EMS"));
        let refused = world.get(&ada.login, &path).await.expect(422);
        assert_eq!(refused.fields(), ["cursor"], "{cursor}");
    }
}

#[tokio::test]
async fn two_hundred_entities_are_a_few_calls_of_the_table() {
    let (world, ada) = World::with("EMS").await;
    for (id, parent) in (0..199).map(|i| {
        let above = if i < 10 {
            "EMS".to_owned()
        } else {
            format!("EMS-{}", i / 10)
        };
        (format!("EMS-{i}"), above)
    }) {
        world.entity(&ada, &id, &parent).await;
    }
    world.table.calls();
    assert_eq!(items(&world, &ada, "EMS").await.len(), 200);
    let calls = world.table.calls();
    // What is read of who asks comes first: then the ids, and each hundred twice.
    let [.., ids, a, b, c, d] = &calls[..] else {
        panic!("{calls:?}");
    };
    assert_eq!(ids, "Query");
    assert_eq!([a, b, c, d], ["BatchGetItem"; 4]);
    assert!(calls.len() <= 8, "{calls:?}");
}
