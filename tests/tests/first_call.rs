//! The call that functions make before their first request, so that it is among those that
//! `infra/policies` knows.

use vigie_tests::World;

/// It opens the connection to the table, and the role of each of them has to allow it.
#[tokio::test]
async fn every_function_with_a_table_reads_from_it_before_its_first_request() {
    let world = World::new().await;
    let stores = [
        &world.accounts.store,
        &world.preferences.store,
        &world.favourites.store,
        &world.entities.store,
        &world.intake.store,
        &world.provisioning.store,
        &world.directory.store,
        &world.consultations.store,
        &world.scheduler.store,
        &world.alerts.store,
        &world.mailer.store,
        &world.feedback.store,
        &world.canary.store,
    ];
    for store in stores {
        store.warm().await;
    }
    assert_eq!(world.table.calls(), ["GetItem"; 13]);
}
