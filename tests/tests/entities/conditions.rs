//! Two who change one entity: what one of them did not read is not undone, and what is there is not
//! taken for new.

use std::sync::Arc;

use serde_json::{Value, json};
use vigie_entities::Entities;
use vigie_tests::{Answer, World, gate::Gate, http::Function as _, scenario::Person};

use crate::entities::{at, organisation, shown};

fn etag(answer: &Answer) -> String {
    answer.headers["etag"].to_str().unwrap().to_owned()
}

async fn read(world: &World, by: &Person, id: &str) -> Answer {
    world.get(&by.login, &at(id)).await.expect(200)
}

fn body(name: &str, parent: &str) -> Value {
    json!({"name": name, "parentId": parent})
}

async fn put(
    world: &World,
    by: &Person,
    id: &str,
    wanted: Value,
    (header, tags): (&str, &str),
) -> Answer {
    let asked = world.request("PUT", &at(id)).by(&by.login);
    asked.json(&wanted).header(header, tags).send().await
}

/// Writes an entity; just as it is written, somebody else writes it otherwise.
async fn put_while(
    world: &Arc<World>,
    by: &Person,
    id: &str,
    (mine, theirs): (Value, Value),
    condition: Option<(&str, &str)>,
) -> Answer {
    let gate = Gate::before_write();
    let function = Arc::new(Entities {
        store: gate.store(&world.table, "entities"),
        ..(*world.entities).clone()
    });
    let mut asked = world.request("PUT", &at(id)).by(&by.login).json(&mine);
    if let Some((header, tags)) = condition {
        asked = asked.header(header, tags);
    }
    let written = function.answer(asked.event());
    let changed = async {
        let other = world.put(&by.login, &at(id), theirs).await;
        assert!(other.status < 300, "{}", other.text);
    };
    gate.while_waiting(written, changed).await
}

#[tokio::test]
async fn an_entity_has_a_tag_that_changes_with_all_that_is_shown_of_it() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let made = put(
        &world,
        &ada,
        "EMS-NEW",
        body("Neuve", "EMS"),
        ("If-None-Match", "*"),
    )
    .await
    .expect(201);
    let mut tags = vec![etag(&made)];
    assert_eq!(etag(&read(&world, &ada, "EMS-NEW").await), tags[0]);
    let renamed = put(
        &world,
        &ada,
        "EMS-NEW",
        body("Autre", "EMS"),
        ("If-Match", &tags[0]),
    )
    .await
    .expect(200);
    tags.push(etag(&renamed));
    let moved = put(
        &world,
        &ada,
        "EMS-NEW",
        body("Autre", "EMS-DSI"),
        ("If-Match", &tags[1]),
    )
    .await
    .expect(200);
    tags.push(etag(&moved));
    world.entity(&ada, "EMS-BELOW", "EMS-NEW").await;
    tags.push(etag(&read(&world, &ada, "EMS-NEW").await));
    for (n, tag) in tags.iter().enumerate() {
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
        assert!(!tags[..n].contains(tag), "{tags:?}");
    }
    let known = world.request("GET", &at("EMS-NEW")).by(&ada.login);
    let known = known.header("If-None-Match", &tags[3]).send().await;
    assert_eq!(known.status, 304);
}

#[tokio::test]
async fn what_changed_since_it_was_read_is_neither_renamed_nor_moved() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    for theirs in [body("Renommée", "EMS"), body("Renommée", "EMS-CULTURE")] {
        let old = etag(&read(&world, &ada, "EMS-DSI").await);
        world
            .put(&ada.login, &at("EMS-DSI"), theirs)
            .await
            .expect(200);
        let now = read(&world, &ada, "EMS-DSI").await;
        for tags in [
            old.clone(),
            format!("W/{}", etag(&now)),
            format!("{old}, \"another\""),
        ] {
            for (name, parent) in [
                ("Service EMS-DSI", "EMS"),
                ("Mienne", "EMS-CULTURE"),
                ("Renommée", "EMS"),
            ] {
                let refused = put(
                    &world,
                    &ada,
                    "EMS-DSI",
                    body(name, parent),
                    ("If-Match", &tags),
                );
                assert_eq!(refused.await.expect(412).problem(), "stale", "{tags}");
            }
        }
        assert_eq!(read(&world, &ada, "EMS-DSI").await.json, now.json);
    }
    let now = etag(&read(&world, &ada, "EMS-DSI").await);
    for tags in ["*".to_owned(), format!("\"old\", {now}")] {
        let mine = put(
            &world,
            &ada,
            "EMS-DSI",
            body("Renommée", "EMS-CULTURE"),
            ("If-Match", &tags),
        );
        mine.await.expect(200);
    }
    // What is not there is as nobody has read it.
    for tags in ["*", &now] {
        let refused = put(
            &world,
            &ada,
            "EMS-NEW",
            body("Neuve", "EMS"),
            ("If-Match", tags),
        );
        refused.await.refused(412, "stale");
    }
    world.get(&ada.login, &at("EMS-NEW")).await.expect(404);
}

#[tokio::test]
async fn an_id_that_exists_is_not_created_anew() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let denise = world.administrator(&ada, "EMS-DSI", "Denise").await;
    let new = ("If-None-Match", "*");
    for (id, parent) in [
        ("EMS-DSI", "EMS"),
        ("EMS-DSI", "EMS-CULTURE"),
        ("EMS", "EMS-DSI"),
        ("EMS-RESEAU", "EMS"),
    ] {
        let before = shown(&world, &ada, id).await;
        let refused = put(&world, &ada, id, body("Neuve", parent), new).await;
        assert_eq!(refused.expect(412).problem(), "exists", "{id}");
        assert_eq!(shown(&world, &ada, id).await, before);
    }
    // Nobody learns so what is there: it is said to those alone who may see it.
    let hidden = put(&world, &denise, "EMS-CULTURE", body("x", "EMS-DSI"), new);
    hidden.await.expect(403);
    let carl = world.organisation("CUS").await;
    put(&world, &carl, "EMS-DSI", body("x", "CUS"), new)
        .await
        .expect(403);
    put(&world, &denise, "EMS-NEW", body("x", "EMS-DSI"), new)
        .await
        .expect(201);
}

#[tokio::test]
async fn of_two_who_change_an_entity_at_once_the_second_is_told() {
    let world = Arc::new(World::new().await);
    let ada = organisation(&world).await;
    let (rename, relocate) = (
        body("Mienne", "EMS"),
        body("Service EMS-DSI", "EMS-CULTURE"),
    );
    let (renamed, moved) = (body("Leur", "EMS"), body("Service EMS-DSI", "EMS-CULTURE"));
    for (mine, theirs) in [
        (&rename, &renamed),
        (&rename, &moved),
        (&relocate, &renamed),
    ] {
        world
            .put(&ada.login, &at("EMS-DSI"), body("Service EMS-DSI", "EMS"))
            .await
            .expect(200);
        let tag = etag(&read(&world, &ada, "EMS-DSI").await);
        let both = (mine.clone(), theirs.clone());
        let answer = put_while(&world, &ada, "EMS-DSI", both, Some(("If-Match", &tag))).await;
        assert_eq!(answer.status, 412, "{mine} {theirs}: {}", answer.text);
        assert_eq!(answer.problem(), "stale");
        let now = shown(&world, &ada, "EMS-DSI").await;
        assert_eq!(now["name"], theirs["name"]);
        assert_eq!(now["parentId"], theirs["parentId"]);
    }
    // The later one wins where nobody says what they read.
    let both = (rename.clone(), renamed.clone());
    put_while(&world, &ada, "EMS-DSI", both, None)
        .await
        .expect(200);
    assert_eq!(shown(&world, &ada, "EMS-DSI").await["name"], "Mienne");
    // Nor is one created over another.
    let both = (body("Mienne", "EMS"), body("Leur", "EMS-CULTURE"));
    let answer = put_while(&world, &ada, "EMS-NEW", both, Some(("If-None-Match", "*"))).await;
    answer.refused(412, "exists");
    let now = shown(&world, &ada, "EMS-NEW").await;
    assert_eq!(
        (&now["name"], &now["parentId"]),
        (&json!("Leur"), &json!("EMS-CULTURE"))
    );
}
