//! Choices of an agent: alerts, automatic favourites, places of execution.

mod alerts;
mod meanwhile;
mod places;
mod preview;
mod unfollow;
mod unsubscribe;
mod versions;

use serde_json::Value;
use vigie_tests::{World, scenario::Person};

/// An organisation EMS ← EMS-DSI ← EMS-RESEAU with an agent of EMS-DSI.
async fn agent(world: &World) -> (Person, Person) {
    let ada = world.organisation("EMS").await;
    world.entity(&ada, "EMS-DSI", "EMS").await;
    world.entity(&ada, "EMS-RESEAU", "EMS-DSI").await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    (ada, bruno)
}

async fn chosen(world: &World, person: &Person) -> Value {
    person.get(world, "/alerts").await.expect(200).json
}
