//! An account whose invitation nobody accepted within 30 days goes with its address.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::json;
use vigie_tests::{
    World,
    scenario::{Person, address},
};

use vigie_domain::id::EntityId;
use vigie_store::keys;

use crate::retention::{open, sweep_twice_at_once, traces};

/// 30 days after the world begins.
const OVER: &str = "2026-12-24T08:00:00Z";

fn root() -> EntityId {
    EntityId::parse("EMS").expect("an id")
}

async fn invited() -> (World, Person, String) {
    let (world, ada) = World::with("EMS").await;
    world.entity(&ada, "EMS-DSI", "EMS").await;
    let id = world.invite(&ada, "EMS", "Nadia").await;
    world.settle().await;
    (world, ada, id)
}

#[tokio::test]
async fn an_invitation_that_nobody_accepted_in_30_days_goes_with_its_account_and_address() {
    let (world, ada, id) = invited().await;
    world.sweep_at("2026-12-24T07:59:59Z").await;
    assert!(traces(&world, &id).await.len() >= 4);

    world.sweep_at(OVER).await;
    // The next minute's sweep erases what was sent to it.
    world.sweep().await;

    let left = traces(&world, &id).await;
    assert!(left.len() == 1 && left[0].contains("#purge#"), "{left:?}");
    world.pass(SignedDuration::from_mins(16));
    world.sweep().await;
    assert_eq!(traces(&world, &id).await, Vec::<String>::new());
    assert_eq!(traces(&world, "nadia").await, Vec::<String>::new());
    assert_eq!(
        (
            open(&world, "invitation").await.len(),
            open(&world, "purge").await.len()
        ),
        (0, 0)
    );
    // The address is free.
    assert_ne!(world.invite(&ada, "EMS-DSI", "Nadia").await, id);
    world.accept(&address("Nadia")).await;
}

#[tokio::test]
async fn each_new_invitation_gives_another_30_days() {
    let (world, ada, id) = invited().await;
    world.until("2026-12-14T08:00:00Z");
    world
        .post(
            &ada.login,
            &format!("/v1/entities/EMS/agents/{id}/invitation"),
            json!({}),
        )
        .await
        .expect(202);
    world.settle().await;
    assert_eq!(
        open(&world, "invitation").await.len(),
        1,
        "the older one's is gone"
    );
    world.sweep_at(OVER).await;
    assert_eq!(
        world.table.count(&format!("ACCOUNT#{id}")).await,
        5,
        "account, two deliveries, and its copies of the audit"
    );
    world.sweep_at("2027-01-13T08:00:00Z").await;
    world.sweep().await;
    assert_eq!(world.table.count(&format!("ACCOUNT#{id}")).await, 0);
}

#[tokio::test]
async fn who_accepted_stays_and_leaves_no_work() {
    let (world, _, id) = invited().await;
    let nadia = world.accept(&address("Nadia")).await;
    assert_eq!(open(&world, "invitation").await, Vec::<String>::new());
    world.sweep_at("2027-12-24T08:00:00Z").await;
    assert_eq!(nadia.id, id);
    nadia.get(&world, "").await.expect(200);
}

#[tokio::test]
async fn an_agent_who_was_moved_before_accepting_goes_from_where_it_is() {
    let (world, ada, id) = invited().await;
    let agent = format!("/v1/entities/EMS/agents/{id}");
    world
        .patch(
            &ada.login,
            &agent,
            json!({"entityId": "EMS-DSI", "permanentGuest": {"own": true}}),
        )
        .await
        .expect(200);
    world.sweep_at(OVER).await;
    world.pass(SignedDuration::from_mins(16));
    world.sweep().await;
    assert_eq!(traces(&world, &id).await, Vec::<String>::new());
}

#[tokio::test]
async fn an_invitation_that_was_taken_back_leaves_nothing_either() {
    let (world, ada, id) = invited().await;
    world
        .delete(&ada.login, &format!("/v1/entities/EMS/agents/{id}"))
        .await
        .expect(204);
    assert_eq!(open(&world, "invitation").await, Vec::<String>::new());
    world.sweep().await;
    world.pass(SignedDuration::from_mins(16));
    world.sweep().await;
    assert_eq!(traces(&world, &id).await, Vec::<String>::new());
}

#[tokio::test]
async fn sweeps_at_once_erase_once() {
    let (world, _, id) = invited().await;
    world.until(OVER);
    sweep_twice_at_once(&world).await;
    world.sweep().await;
    world.pass(SignedDuration::from_mins(16));
    world.sweep().await;
    assert_eq!(traces(&world, &id).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_customer_whose_first_administrator_never_came_is_provisioned_again() {
    let world = World::new().await;
    let event = |email: &str| {
        let administrator = json!({"firstName": "Ada", "lastName": "Ministre", "email": email});
        json!({"organisation": "Eurométropole", "entityId": "EMS", "name": "Eurométropole", "administrator": administrator})
    };
    world
        .send("OrganisationProvisioned", event("ada@ems.example.fr"))
        .await;
    world.sweep_at(OVER).await;
    world.empty_inbox();

    // The same event several times at once; then another's, which comes too late.
    let world = Arc::new(world);
    world.publish("OrganisationProvisioned", event("ada@ems.example.fr"));
    world.storm(4).await;
    assert_eq!(
        (
            world.mails_to("ada@ems.example.fr").len(),
            world.rejections()
        ),
        (1, Vec::new())
    );
    world
        .send("OrganisationProvisioned", event("basile@ems.example.fr"))
        .await;
    assert!(
        world
            .rejections()
            .pop()
            .is_some_and(|reason| reason.starts_with("entity-exists"))
    );
    let ada = world.accept("ada@ems.example.fr").await;
    world.get(&ada.login, "/v1/entities/EMS").await.expect(200);
}

#[tokio::test]
async fn a_customer_that_everybody_left_is_provisioned_again() {
    let world = World::new().await;
    // Set as in a time when the last administrator could still leave.
    let ada = world.organisation("EMS").await;
    world
        .table
        .client()
        .delete_item()
        .table_name(vigie_tests::table::NAME)
        .set_key(Some(keys::administrators(&root()).attributes()))
        .send()
        .await
        .expect("a deletion");
    ada.delete(&world, "").await.expect(204);
    let again = world.organisation("EMS").await;
    assert_ne!(again.id, ada.id);
    assert!(world.rejections().is_empty());
}
