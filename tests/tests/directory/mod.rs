//! The portal's directory: what it declares, in whatever order it comes.

mod consultations;
mod entities;
mod order;
mod races;
mod removals;
mod transverse;

use serde_json::{Value, json};
use vigie_domain::id::EntityId;
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
