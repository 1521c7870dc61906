//! The second look: at what is gone, for what was being written then, and at who moved meanwhile.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use vigie_domain::{account::preferences::Rule, id::EntityId};
use vigie_store::keys;
use vigie_tests::World;

async fn open(world: &World, work: &str) -> usize {
    let items = world.table.items().await;
    let is_open = |key: &str| key.contains(&format!("#{work}#"));
    items
        .iter()
        .filter(|item| {
            item["pk"].as_s().is_ok_and(|pk| pk.starts_with("OPEN#"))
                && item["sk"].as_s().is_ok_and(|sk| is_open(sk))
        })
        .count()
}

/// Lets a quarter of an hour pass but for a second, and then that.
async fn is_looked_at_again_after_15_minutes(world: &World, work: &str) {
    assert_eq!(open(world, work).await, 1, "{work}");
    world.pass(SignedDuration::from_secs(15 * 60 - 1));
    world.sweep().await;
    assert_eq!(open(world, work).await, 1, "{work}: too early");
    world.pass(SignedDuration::from_secs(1));
    world.sweep().await;
    assert_eq!(open(world, work).await, 0, "{work}: too late");
}

#[tokio::test]
async fn an_erased_account_is_looked_at_again_after_a_quarter_of_an_hour() {
    let (world, ada) = World::with("EMS").await;
    let bruno = world.agent(&ada, "EMS", "Bruno").await;
    bruno.delete(&world, "").await.expect(204);
    world.sweep().await;
    is_looked_at_again_after_15_minutes(&world, "purge").await;
}

#[tokio::test]
async fn a_consultation_that_went_is_looked_at_again_after_a_quarter_of_an_hour() {
    let (world, ada) = World::with("EMS").await;
    world.save("c-1", 1, "EMS", &ada.id, "archived", &[]).await;
    world.pass(SignedDuration::from_hours(400 * 24));
    world.sweep().await;
    is_looked_at_again_after_15_minutes(&world, "retention").await;
}

/// Of two functions, one writes when somebody moved and the other looks who has since it began.
#[tokio::test]
async fn who_moved_by_a_clock_that_is_a_minute_behind_is_looked_at() {
    let world = World::new().await;
    world.organisation("EMS").await;
    let moved = world.watchers("EMS", Rule::OwnEntity, 1);
    let (ems, now) = (EntityId::parse("EMS").expect("an id"), world.now());
    for account in &moved {
        let sk = format!("{}{account}", keys::watch_prefix(Rule::OwnEntity));
        let at = AttributeValue::S(now.to_string());
        world.set("ENTITY#EMS", &sk, "movedAt", at).await;
    }
    let store = world.table.store_of("consultations");
    for (behind, seen) in [(60, 1), (61, 0)] {
        let begun = now + SignedDuration::from_secs(behind);
        let found = store.watcher_list_moved(&ems, Rule::OwnEntity, begun).await;
        assert_eq!(found.expect("a list").len(), seen, "{behind} s");
    }
}
