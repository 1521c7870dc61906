//! The portal's directory: what it declares, in whatever order it comes.

mod addresses;
mod agents;
mod consultations;
mod departures;
mod entities;
mod held;
mod invitations;
mod last;
mod meetings;
mod order;
mod races;
mod removals;
mod transverse;

use serde_json::{Value, json};
use vigie_domain::{
    account::Account,
    contact::email::Email,
    directory::agent::{AgentId, AgentName},
    id::EntityId,
};
use vigie_store::{Item, keys};
use vigie_tests::{World, scenario::Person};

/// The detail of an `EntitySaved` in the organisation EMS.
fn entity(id: &str, revision: u64, parent: &str) -> Value {
    json!({
        "organisationId": "EMS",
        "entityId": id,
        "revision": revision,
        "name": format!("Service {id}"),
        "parentId": parent,
        "transverse": [],
    })
}

/// The same with links.
fn linked(id: &str, revision: u64, parent: &str, to: &[&str]) -> Value {
    let mut detail = entity(id, revision, parent);
    detail["transverse"] = json!(to);
    detail
}

/// The detail of an `EntityRemoved` in the organisation EMS.
fn removed(id: &str, revision: u64) -> Value {
    json!({"organisationId": "EMS", "entityId": id, "revision": revision})
}

/// The detail of an `AgentSaved` in the organisation EMS.
fn agent(id: &str, revision: u64, entity: &str) -> Value {
    json!({
        "organisationId": "EMS",
        "agentId": id,
        "revision": revision,
        "entityId": entity,
        "email": format!("{id}@ems.example.fr"),
        "civility": "Mme",
        "firstName": "Zoé",
        "lastName": "Petit",
        "jobTitle": "Acheteuse",
        "phone": "03 88 60 90 90",
        "role": "agent",
        "permanentGuest": {"own": true},
        "active": true,
    })
}

/// The same with other fields.
fn with(mut detail: Value, fields: Value) -> Value {
    let more = fields.as_object().unwrap().clone();
    detail.as_object_mut().unwrap().extend(more);
    detail
}

async fn declare(world: &World, detail: Value) {
    world.send("AgentSaved", detail).await;
}

/// The account of an agent by their id at the portal, if there is one.
async fn account(world: &World, agent: &str) -> Option<Account> {
    let (organisation, agent) = (
        EntityId::parse("EMS").unwrap(),
        AgentId::parse(agent).unwrap(),
    );
    let name = AgentName::new(&organisation, &agent);
    let store = world.table.store();
    let id = store.agent_read(&name).await.unwrap()?.account_id?;
    Some(store.account_read(&id).await.unwrap().expect("an account"))
}

/// The agents of an entity as its administrators see them.
async fn listed(world: &World, by: &Person, entity: &str) -> Vec<Value> {
    let path = format!("/v1/entities/{entity}/agents");
    let answer = world.get(&by.login, &path).await.expect(200);
    answer.items()
}

/// Accounts and addresses belong to each other, and everybody is found by their name.
async fn assert_whole(world: &World) {
    let items = world.table.items().await;
    let text = |item: &Item, name: &str| item.get(name).and_then(|it| it.as_s().ok()).cloned();
    let mut owners: Vec<_> = items
        .iter()
        .filter(|item| item["sk"].as_s().unwrap() == "EMAIL")
        .map(|item| {
            (
                item["pk"].as_s().unwrap().clone(),
                text(item, "owner").unwrap(),
            )
        })
        .collect();
    let mut owned: Vec<_> = items
        .iter()
        .filter(|item| item["sk"].as_s().unwrap() == "ACCOUNT")
        .filter_map(|item| {
            let contact = item["contact"].as_m().unwrap();
            let email = Email::parse(text(contact, "email")?.as_str()).unwrap();
            Some((keys::email(&email).pk, text(item, "id").unwrap()))
        })
        .collect();
    owners.sort();
    owned.sort();
    assert_eq!(owners, owned);
    assert_eq!(world.table.strayed_people().await, [""; 0]);
}

async fn save(world: &World, detail: Value) {
    world.send("EntitySaved", detail).await;
}

/// The way from an entity to its root, itself first; empty if it is not there.
async fn way(world: &World, id: &str) -> Vec<String> {
    let id = EntityId::parse(id).unwrap();
    let path = world.table.store().entity_read_path(&id).await.unwrap();
    path.ids().iter().map(ToString::to_string).collect()
}

async fn shown(world: &World, by: &Person, id: &str) -> Value {
    let path = format!("/v1/entities/{id}");
    world.get(&by.login, &path).await.expect(200).json
}

/// The entities that an entity is linked to.
async fn links(world: &World, id: &str) -> Vec<String> {
    let id = EntityId::parse(id).unwrap();
    let links = world.table.store().entity_list_transverse_to(&id).await;
    links.unwrap().iter().map(ToString::to_string).collect()
}

/// Nothing was refused, and no message is dead.
fn all_taken(world: &World) {
    assert_eq!(world.rejections(), Vec::<String>::new());
    assert!(world.dead.lock().unwrap().is_empty());
}
