//! 13 months after a consultation was archived or cancelled, nothing is left of it.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_domain::id::ConsultationId;
use vigie_store::{Retention, SHARDS, Saved, Work, keys};
use vigie_tests::{
    Login, World,
    scenario::{self, Person, tender},
};

use crate::retention::{open, sweep_twice_at_once, traces};

/// 13 months after the world begins, at the same hour.
const OVER: &str = "2027-12-24T08:00:00Z";

/// A save without a deadline, which would give a fact more.
fn saved(
    id: &str,
    revision: u64,
    entity: &str,
    author: &str,
    phase: &str,
    guests: &[&Person],
) -> Value {
    let mut detail = scenario::saved(id, revision, entity, author, phase, guests);
    detail
        .as_object_mut()
        .expect("an object")
        .remove("submissionDeadline");
    detail
}

/// `c-1`, followed by its author, unstarred by an agent, with facts; released. `c-10` beside it.
async fn story() -> (World, Person, Person) {
    let (world, ada) = World::with("EMS").await;
    let bruno = world.agent(&ada, "EMS", "Bruno").await;
    for id in ["c-1", "c-10"] {
        let drafted = saved(id, 1, "EMS", &ada.id, "drafting", &[&bruno]);
        world.send("ConsultationSaved", drafted).await;
        world.send("TenderReceived", tender(id, "d-1")).await;
        world.star(&bruno, id).await;
    }
    bruno.delete(&world, "/favourites/c-1").await.expect(204);
    (world, ada, bruno)
}

async fn save(world: &World, revision: u64, author: &Person, phase: &str) {
    let detail = saved("c-1", revision, "EMS", &author.id, phase, &[]);
    world.send("ConsultationSaved", detail).await;
}

/// Counts the items below `CONSULTATION#c-1`.
async fn left(world: &World) -> usize {
    world
        .table
        .items()
        .await
        .iter()
        .filter(|item| item["pk"].as_s().is_ok_and(|pk| pk == "CONSULTATION#c-1"))
        .count()
}

#[tokio::test]
async fn a_consultation_goes_with_everything_below_it_13_months_after_it_was_over() {
    for phase in ["archived", "cancelled"] {
        let (world, ada, bruno) = story().await;
        save(&world, 2, &ada, phase).await;
        assert_eq!(
            left(&world).await,
            5,
            "consultation, fact, tally, star, tombstone"
        );
        world.sweep_at("2027-12-24T07:59:59Z").await;
        assert_eq!(left(&world).await, 5);

        world.sweep_at(OVER).await;

        assert_eq!(left(&world).await, 0, "{phase}");
        // The entry that looks once more for what was being written.
        assert_eq!(open(&world, "retention").await.len(), 1);
        world
            .table
            .put_all(vec![(
                keys::tally(&ConsultationId::parse("c-1").expect("an id")),
                [].into(),
            )])
            .await;
        world.pass(SignedDuration::from_mins(16));
        world.sweep().await;
        assert_eq!(
            (left(&world).await, open(&world, "retention").await.len()),
            (0, 0)
        );
        // Its neighbour is there, and all that was said of `c-1` to somebody is that somebody's;
        // its first draft goes by TTL.
        bruno.get(&world, "/favourites").await.expect(200);
        assert_eq!(
            world.table.count("CONSULTATION#c-10").await,
            7,
            "the same, and its place in the lists of author and guest"
        );
        assert!(traces(&world, "\"c-1\"").await.iter().all(|item| {
            ["DELIVERY#", "DRAFTED#"]
                .iter()
                .any(|left| item.contains(left))
        }));
    }
}

#[tokio::test]
async fn nobody_is_waited_for_by_a_consultation_that_is_gone() {
    let (world, ada, _) = story().await;
    let guest = |i| json!({"email": format!("guest-{i}@x.example.fr")});
    let mut detail = saved("c-1", 2, "EMS", &ada.id, "archived", &[]);
    detail["author"] = json!({"agentId": "7"});
    detail["guests"] = (0..120).map(guest).collect();
    world.send("ConsultationSaved", detail).await;
    assert_eq!(world.table.count("AWAITED#").await, 121);
    world.sweep_at(OVER).await;
    assert_eq!(left(&world).await, 0);
    assert_eq!(world.table.count("AWAITED#").await, 0);
}

#[tokio::test]
async fn a_consultation_that_was_taken_up_again_stays() {
    let (world, ada, _) = story().await;
    save(&world, 2, &ada, "archived").await;
    world.pass(SignedDuration::from_hours(24));
    save(&world, 3, &ada, "decision").await;
    world.sweep_at(OVER).await;
    // And its place in its author's list again.
    assert_eq!(
        (left(&world).await, open(&world, "retention").await.len()),
        (6, 0)
    );
}

#[tokio::test]
async fn a_consultation_that_was_archived_anew_is_kept_as_long_from_then() {
    let (world, ada, _) = story().await;
    save(&world, 2, &ada, "archived").await;
    save(&world, 3, &ada, "decision").await;
    world.until("2027-01-24T08:00:00Z");
    save(&world, 4, &ada, "archived").await;
    world.sweep_at(OVER).await;
    assert_eq!(left(&world).await, 5);
    world.sweep_at("2028-02-24T08:00:00Z").await;
    assert_eq!(left(&world).await, 0);
}

#[tokio::test]
async fn what_is_saved_again_while_it_is_over_is_not_kept_longer() {
    let (world, ada, _) = story().await;
    save(&world, 2, &ada, "archived").await;
    for (revision, phase) in [
        (2, "archived"),
        (3, "archived"),
        (4, "cancelled"),
        (1, "decision"),
    ] {
        world.pass(SignedDuration::from_hours(24));
        save(&world, revision, &ada, phase).await;
    }
    world.sweep_at(OVER).await;
    assert_eq!(left(&world).await, 0);
    world.sweep_at("2028-01-24T08:00:00Z").await;
    assert_eq!(
        (left(&world).await, open(&world, "retention").await.len()),
        (0, 0)
    );
}

#[tokio::test]
async fn facts_whose_consultation_never_comes_go_too_and_those_of_one_that_came_stay() {
    let world = World::new().await;
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    world.send("TenderReceived", tender("c-2", "d-1")).await;
    let nowhere = saved("c-2", 1, "EMS", "ada", "decision", &[]);
    world.send("ConsultationSaved", nowhere).await;
    world.sweep_at(OVER).await;
    assert_eq!(
        (
            left(&world).await,
            world.table.count("CONSULTATION#c-2").await,
            open(&world, "retention").await.len()
        ),
        (0, 4, 0)
    );
}

/// More than two transactions take, followed by nobody in particular.
async fn crowded() -> (World, Person) {
    let (world, ada, _) = story().await;
    world.crowd("EMS", "c-1", 250).await;
    save(&world, 2, &ada, "archived").await;
    world.until(OVER);
    (world, ada)
}

#[tokio::test]
async fn sweeps_at_once_delete_the_same() {
    let (world, _) = crowded().await;
    sweep_twice_at_once(&world).await;
    world.sweep().await;
    assert_eq!(left(&world).await, 0);
    world.pass(SignedDuration::from_mins(16));
    world.sweep().await;
    assert_eq!(open(&world, "retention").await.len(), 0);
}

#[tokio::test]
async fn a_sweep_that_was_cut_short_is_gone_on_with_and_the_consultation_goes_last() {
    let (world, _) = crowded().await;
    world.table.calls();
    let under_way = async {
        let mut transactions = 0;
        // The second of them is on its way.
        while transactions < 2 {
            transactions += world
                .table
                .calls()
                .iter()
                .filter(|operation| *operation == "TransactWriteItems")
                .count();
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = world.sweep() => panic!("nothing was cut short"),
        () = under_way => {}
    }
    let items = world.table.items().await;
    let cut = left(&world).await;
    assert!(cut > 0 && cut < 254, "{cut}");
    assert!(items.iter().any(
        |item| item["pk"].as_s().is_ok_and(|pk| pk == "CONSULTATION#c-1")
            && item["sk"].as_s().is_ok_and(|sk| sk == "CONSULTATION")
    ));
    assert_eq!(open(&world, "retention").await.len(), 1);
    world.sweep().await;
    assert_eq!(left(&world).await, 0);
}

/// The open work of a world that is due, as a sweep finds it.
async fn due(world: &World) -> Vec<Retention> {
    let mut found = Vec::new();
    for shard in 0..SHARDS {
        let work = world
            .table
            .store()
            .work_list(shard, world.now(), None)
            .await
            .expect("work")
            .items;
        found.extend(work.into_iter().filter_map(|work| {
            if let Work::Retention(retention) = work {
                Some(retention)
            } else {
                None
            }
        }));
    }
    found
}

#[tokio::test]
async fn a_consultation_that_is_taken_up_at_the_same_instant_is_never_lost() {
    for i in 0..20_u64 {
        let (world, ada) = if i == 0 {
            crowded().await
        } else {
            (World::new().await, administrator())
        };
        if i > 0 {
            save(&world, 2, &ada, "archived").await;
            world.until(OVER);
        }
        let work = due(&world).await;
        assert_eq!(work.len(), 1);
        let taken_up = serde_json::from_value(saved("c-1", 3, "EMS", &ada.id, "decision", &[]))
            .expect("a consultation");
        let (store, now) = (world.table.store(), world.now());
        let (deleted, saved) = tokio::join!(store.retention_run(&work[0], now), async {
            // A little later each time.
            for _ in 0..i {
                tokio::task::yield_now().await;
            }
            store.consultation_save(&taken_up, now).await
        });
        deleted.expect("a deletion, or none");
        assert_eq!(saved, Ok(Saved::Newest));
        assert_eq!(
            store.consultation_read(&taken_up.id).await,
            Ok(Some(taken_up)),
            "{i}"
        );
    }
}

fn administrator() -> Person {
    Person {
        id: "ada".to_owned(),
        email: String::new(),
        login: Login::new("ada"),
    }
}

#[tokio::test]
async fn very_many_followers_take_several_sweeps() {
    let (world, ada, _) = story().await;
    world.crowd("EMS", "c-1", 1000).await;
    save(&world, 2, &ada, "archived").await;
    world.sweep_at(OVER).await;
    assert_eq!(left(&world).await, 1005 - 10 * 98);
    assert_eq!(open(&world, "retention").await.len(), 1);
    world.sweep().await;
    assert_eq!(left(&world).await, 0);
}

#[tokio::test]
async fn a_mark_that_cannot_be_read_deletes_nothing() {
    let (world, _) = crowded().await;
    world
        .set(
            "CONSULTATION#c-1",
            "CONSULTATION",
            "overSince",
            AttributeValue::S("lost".to_owned()),
        )
        .await;
    world.sweep().await;
    assert_eq!(left(&world).await, 255);
    assert_eq!(json!(open(&world, "retention").await), json!([]));
}
