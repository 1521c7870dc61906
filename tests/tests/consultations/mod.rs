//! The only reader of consultation events: saves in any order, the stars that the first one gives,
//! facts beside them.

mod content;
mod names;
mod revisions;
mod stars;
mod table;
mod waits;
mod watchers;
mod yields;

use serde_json::{Value, json};
use vigie_aws::Consumer as _;
use vigie_domain::{consultation::Consultation, id::ConsultationId};
use vigie_tests::{World, scenario::Person, world::sqs};

/// An organisation EMS with its administrator, and two agents of EMS-DSI that want every alert.
async fn people(world: &World) -> (Person, Person, Person) {
    let ada = world.organisation("EMS").await;
    world.entity(&ada, "EMS-DSI", "EMS").await;
    let (bruno, chloe) = (
        world.agent(&ada, "EMS-DSI", "Bruno").await,
        world.agent(&ada, "EMS-DSI", "Chloe").await,
    );
    for person in [&bruno, &chloe] {
        world.wants_everything(person).await;
    }
    (ada, bruno, chloe)
}

async fn save(world: &World, detail: Value) {
    world.send("ConsultationSaved", detail).await;
}

async fn stars(world: &World, person: &Person) -> Vec<Value> {
    person.get(world, "/favourites").await.expect(200).items()
}

async fn stored(world: &World, id: &str) -> Option<Consultation> {
    world
        .table
        .store()
        .consultation_read(&ConsultationId::parse(id).unwrap())
        .await
        .unwrap()
}

fn with(mut detail: Value, field: &str, value: Value) -> Value {
    detail[field] = value;
    detail
}

/// Delivers messages at once, as several workers do; all are acknowledged.
async fn at_once(world: &World, events: impl IntoIterator<Item = (&str, Value)>) {
    let together = tokio::task::LocalSet::new();
    let workers: Vec<_> = events
        .into_iter()
        .map(|(detail_type, detail)| {
            let event =
                json!({"source": "procurement", "detail-type": detail_type, "detail": detail});
            let function = world.consultations.clone();
            together.spawn_local(async move { function.consume(sqs(&event, 1)).await.unwrap() })
        })
        .collect();
    together.await;
    for worker in workers {
        assert_eq!(worker.await.unwrap(), json!({"batchItemFailures": []}));
    }
    world.settle().await;
}
