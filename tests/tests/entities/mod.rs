//! Work of administrators: the tree of an organisation, the links across it, its agents.

mod administrators;
mod agents;
mod apart;
mod audit;
mod branch;
mod conditions;
mod defaults;
mod ids;
mod invitations;
mod links;
mod moves;
mod search;
mod tree;

use serde_json::{Value, json};
use vigie_tests::{
    Answer, Login, World,
    scenario::{Person, address},
};

fn at(id: &str) -> String {
    format!("/v1/entities/{id}")
}

/// Renames or moves, or creates.
async fn put(world: &World, person: &Person, id: &str, parent: Option<&str>) -> Answer {
    world
        .put(
            &person.login,
            &at(id),
            json!({"name": format!("Service {id}"), "parentId": parent}),
        )
        .await
}

async fn shown(world: &World, person: &Person, id: &str) -> Value {
    world.get(&person.login, &at(id)).await.expect(200).json
}

/// EMS ← EMS-DSI ← EMS-RESEAU, EMS ← EMS-CULTURE; its administrator.
async fn organisation(world: &World) -> Person {
    let ada = world.organisation("EMS").await;
    for (id, parent) in [
        ("EMS-DSI", "EMS"),
        ("EMS-RESEAU", "EMS-DSI"),
        ("EMS-CULTURE", "EMS"),
    ] {
        world.entity(&ada, id, parent).await;
    }
    ada
}

/// One login for administrators of several entities.
async fn one_login(world: &World, of: &[(&Person, &str)]) -> Login {
    let login = Login::new("one");
    for (by, entity) in of {
        let email = format!("one@{}.example.fr", entity.to_lowercase());
        let contact = json!({"firstName": "Lou", "lastName": "Deux", "email": email});
        let body = json!({"contact": contact, "role": "administrator"});
        world
            .post(&by.login, &agents(entity), body)
            .await
            .expect(201);
        world.settle().await;
        let token = world.last_mail(&email).token();
        world
            .post(&login, "/v1/invitations", json!({"token": token}))
            .await
            .expect(200);
    }
    login
}

/// Two organisations, and a login that administers both.
async fn of_both(world: &World) -> (Person, Person, Login) {
    let (ada, carl) = (
        world.organisation("EMS").await,
        world.organisation("CUS").await,
    );
    let both = one_login(world, &[(&ada, "EMS"), (&carl, "CUS")]).await;
    (ada, carl, both)
}

fn agents(entity: &str) -> String {
    format!("{}/agents", at(entity))
}

fn agent(entity: &str, account: &str) -> String {
    format!("{}/agents/{account}", at(entity))
}

/// The ids of an entity's agents.
async fn ids(world: &World, by: &Person, entity: &str) -> Vec<String> {
    let list = world.get(&by.login, &agents(entity)).await.expect(200).json;
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|agent| agent["id"].as_str().unwrap().to_owned())
        .collect()
}

fn new_agent(name: &str) -> Value {
    json!({"contact": {"firstName": name, "lastName": "Agent", "email": address(name)}, "role": "agent"})
}
