//! `GET /v1/entities/{id}/agents?q=`: agents of an entity and everything below it.

use serde_json::{Value, json};
use vigie_tests::{Answer, World, scenario::Person};

use super::organisation;

async fn search(world: &World, by: &Person, entity: &str, query: &str) -> Answer {
    let path = format!("/v1/entities/{entity}/agents?{query}");
    world.get(&by.login, &path).await
}

fn names(answer: &Value) -> Vec<&str> {
    let items = answer["items"].as_array().expect("items");
    items
        .iter()
        .map(|item| item["contact"]["firstName"].as_str().expect("a name"))
        .collect()
}

/// The first names that a search finds, sorted.
async fn found(world: &World, by: &Person, entity: &str, q: &str) -> Vec<String> {
    let answer = search(world, by, entity, &format!("q={q}"))
        .await
        .expect(200);
    let names = names(&answer.json).into_iter().map(str::to_owned);
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[tokio::test]
async fn an_agent_is_found_by_name_in_the_entity_and_everything_below_it_and_nowhere_else() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let denis = world.administrator(&ada, "EMS-DSI", "Denis").await;
    for (entity, name) in [
        ("EMS", "Zoé-Un"),
        ("EMS-DSI", "Zoé-Deux"),
        ("EMS-RESEAU", "Zoé-Trois"),
        ("EMS-CULTURE", "Zoé-Quatre"),
    ] {
        // Also those who never accepted, or do not work.
        let contact = json!({"firstName": name, "lastName": "Agent", "email": format!("{}@ems.example.fr", entity.to_lowercase())});
        let path = format!("/v1/entities/{entity}/agents");
        world
            .post(&ada.login, &path, json!({"contact": contact}))
            .await
            .expect(201);
    }
    let lea = world.organisation("LYON").await;
    world.agent(&lea, "LYON", "Zoelie").await;
    assert_eq!(
        found(&world, &ada, "EMS", "zoe").await,
        ["Zoé-Deux", "Zoé-Quatre", "Zoé-Trois", "Zoé-Un"]
    );
    for by in [&ada, &denis] {
        assert_eq!(
            found(&world, by, "EMS-DSI", "ZOÉ").await,
            ["Zoé-Deux", "Zoé-Trois"]
        );
        assert_eq!(
            found(&world, by, "EMS-RESEAU", "tr%20ag").await,
            ["Zoé-Trois"]
        );
        assert_eq!(found(&world, by, "EMS-RESEAU", "quatre").await, [""; 0]);
    }
    // By address, only whole.
    assert_eq!(
        found(&world, &denis, "EMS-DSI", "ems-reseau@ems.example.fr").await,
        ["Zoé-Trois"]
    );
    let nobody = search(&world, &denis, "EMS-DSI", "q=nobody@ems.example.fr")
        .await
        .expect(200);
    for elsewhere in [
        "ems-culture@ems.example.fr",
        "ems@ems.example.fr",
        "zoelie@agents.example.fr",
        "ems-reseau@ems.example",
        "@ems.example.fr",
    ] {
        let answer = search(&world, &denis, "EMS-DSI", &format!("q={elsewhere}")).await;
        assert_eq!(answer.expect(200).text, nobody.text, "{elsewhere}");
    }
    assert_eq!(nobody.json, json!({"items": [], "cursor": null}));
    // An entity that is not theirs, as before.
    search(&world, &denis, "EMS", "q=zoe").await.expect(403);
    search(&world, &lea, "EMS", "q=zoe").await.expect(403);
    for short in ["", "z", "%20z%20"] {
        let refused = search(&world, &ada, "EMS", &format!("q={short}")).await;
        assert_eq!(refused.expect(422).fields(), ["q"]);
    }
    // Without a search, the entity's own.
    let own = world
        .get(&ada.login, "/v1/entities/EMS-DSI/agents")
        .await
        .expect(200);
    assert_eq!(names(&own.json), ["Denis", "Zoé-Deux"]);
    assert_eq!(world.table.strayed_people().await, [""; 0]);
}

#[tokio::test]
async fn pages_of_a_search_show_everybody_once() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let mut wanted = Vec::new();
    for i in 0..230 {
        let entity = if i % 2 == 0 {
            "EMS-RESEAU"
        } else {
            "EMS-CULTURE"
        };
        let declared = world.declared(entity, &format!("Zoe{i}-Zora"), None).await;
        wanted.extend((i % 2 == 0).then_some(declared.id.to_string()));
    }
    wanted.sort();
    for limit in [7, 100] {
        let (mut ids, mut cursor) = (Vec::new(), String::new());
        loop {
            let query = format!("q=zo&limit={limit}{cursor}");
            let page = search(&world, &ada, "EMS-DSI", &query)
                .await
                .expect(200)
                .json;
            let items = page["items"].as_array().expect("items");
            assert!(items.len() <= limit);
            ids.extend(
                items
                    .iter()
                    .map(|item| item["id"].as_str().expect("an id").to_owned()),
            );
            let Some(next) = page["cursor"].as_str() else {
                break;
            };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(ids, wanted);
    }
}
