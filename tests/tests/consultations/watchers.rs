//! Automatic favourites of thousands: page by page, each page once, whoever dies or comes twice.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use vigie_domain::{
    account::preferences::Rule,
    id::{AccountId, ConsultationId},
};
use vigie_store::{StarCursor, Stars, WATCHERS_PER_PAGE};
use vigie_tests::{
    World,
    scenario::{Person, saved, tender},
};

use crate::consultations::{at_once, stored};

/// An organisation EMS with EMS-DRH below it, and who administers it.
async fn organisation() -> (World, Person) {
    let (world, ada) = World::with("EMS").await;
    world.entity(&ada, "EMS-DRH", "EMS").await;
    (world, ada)
}

async fn link(world: &World, ada: &Person) {
    world.link(ada, "EMS-DRH", "EMS").await;
}

async fn tree() -> World {
    organisation().await.0
}

/// A world whose workers have time for one page of watchers a receive.
async fn hurried() -> World {
    let mut world = tree().await;
    world.consultations.budget = Duration::ZERO;
    world
}

fn draft() -> Value {
    saved("c-1", 1, "EMS", "nobody", "drafting", &[])
}

fn id() -> ConsultationId {
    ConsultationId::parse("c-1").unwrap()
}

/// Delivers the draft once; whether it was acknowledged.
async fn receive(world: &World) -> bool {
    let event =
        json!({"source": "procurement", "detail-type": "ConsultationSaved", "detail": draft()});
    world.hand(&event, 1).await
}

async fn followers(world: &World) -> BTreeSet<AccountId> {
    let (mut all, mut after) = (BTreeSet::new(), None);
    loop {
        let page = world
            .table
            .store()
            .follower_list(&id(), after)
            .await
            .unwrap();
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

/// Each of the watchers has its star, and was given it once.
async fn all_starred_once(world: &World, watchers: &BTreeSet<AccountId>) {
    assert!(
        followers(world).await == *watchers,
        "all of {} watchers follow it",
        watchers.len()
    );
    let told: Vec<_> = world
        .events("FavouriteAdded")
        .into_iter()
        .map(|event| event["accountId"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(told.len(), watchers.len());
    assert_eq!(
        told.into_iter().collect::<BTreeSet<_>>().len(),
        watchers.len()
    );
    assert_eq!(
        world.table.store().stars_read(&id()).await.unwrap(),
        Stars::Given
    );
    assert!(
        kept(world)
            .await
            .keys()
            .all(|name| !["starsLists", "starsDone", "starsAfter"].contains(&name.as_str()))
    );
}

async fn kept(world: &World) -> BTreeMap<String, AttributeValue> {
    let items = world.table.items().await;
    let of = |item: &std::collections::HashMap<_, AttributeValue>| {
        item["sk"].as_s().is_ok_and(|sk| sk == "CONSULTATION")
    };
    items.into_iter().find(of).unwrap().into_iter().collect()
}

async fn reached(world: &World) -> StarCursor {
    match world.table.store().stars_read(&id()).await.unwrap() {
        Stars::Open(Some(place)) => place,
        other => panic!("{other:?}"),
    }
}

/// Returns the number of calls of each operation since the last time.
fn calls(world: &World) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    world
        .table
        .calls()
        .into_iter()
        .for_each(|operation| *counts.entry(operation).or_default() += 1);
    counts
}

/// Two calls for a hundred watchers (their accounts, their stars), two for a page of them (who they
/// are, how far it has come).
#[tokio::test]
async fn ten_thousand_watchers_have_their_stars_and_the_cost_grows_no_faster_than_they() {
    let mut fixed = None;
    for count in [100, 1_000, 3_000, 10_000] {
        let mut world = tree().await;
        world.table.silence();
        // However slow the machine is.
        world.consultations.budget = Duration::from_mins(10);
        let watchers = world.watchers("EMS", Rule::OwnEntity, count);
        world.table.calls();
        assert!(receive(&world).await);
        let mut calls = calls(&world);
        assert!(followers(&world).await == watchers, "all of {count}");
        let full = count / usize::from(WATCHERS_PER_PAGE);
        for (operation, growing) in [
            ("BatchGetItem", count.div_ceil(100)),
            ("TransactWriteItems", count.div_ceil(100)),
            ("Query", full),
            ("UpdateItem", full),
        ] {
            *calls.entry(operation.to_owned()).or_default() -= growing;
        }
        // The other calls are the same, however many they are.
        assert_eq!(
            *fixed.get_or_insert_with(|| calls.clone()),
            calls,
            "{count} watchers"
        );
    }
    // One of them looks once more for who moved meanwhile, one for the organisation that was named
    // before.
    assert_eq!(fixed.unwrap().values().sum::<usize>(), 10);
}

#[tokio::test]
async fn what_is_cut_short_goes_on_where_it_was() {
    let world = hurried().await;
    let watchers = world.watchers("EMS", Rule::OwnEntity, 1_700);
    let page = usize::from(WATCHERS_PER_PAGE);
    let mut receives = 0;
    world.table.calls();
    loop {
        let acknowledged = receive(&world).await;
        receives += 1;
        let calls = calls(&world);
        // One page each, and nothing of the others.
        assert!(
            calls["TransactWriteItems"] <= page / 100 + 1
                && calls["BatchGetItem"] <= page / 100 + 2,
            "{calls:?}"
        );
        assert_eq!(
            followers(&world).await.len(),
            watchers.len().min(receives * page)
        );
        world.table.calls();
        if acknowledged {
            break;
        }
        assert_eq!(reached(&world).await.done, 0);
    }
    world.settle().await;
    all_starred_once(&world, &watchers).await;
    assert_eq!(receives, 4);
    // Given once: nobody is looked at again.
    world.table.calls();
    assert!(receive(&world).await);
    assert!(!calls(&world).contains_key("Query"));
}

#[tokio::test]
async fn a_list_that_is_done_is_not_gone_through_again() {
    let (mut world, ada) = organisation().await;
    world.consultations.budget = Duration::ZERO;
    link(&world, &ada).await;
    let own = world.watchers("EMS", Rule::OwnEntity, 30);
    let linked = world.watchers("EMS-DRH", Rule::TransverseEntities, 20);
    assert!(!receive(&world).await);
    assert_eq!(
        (followers(&world).await, reached(&world).await.done),
        (own.clone(), 1)
    );
    world.table.calls();
    assert!(receive(&world).await);
    // Its stars, and that all were given.
    assert_eq!(calls(&world)["TransactWriteItems"], 2);
    world.settle().await;
    all_starred_once(&world, &own.union(&linked).cloned().collect()).await;
}

/// The stars of a page are there, and that they are is not remembered.
#[tokio::test]
async fn a_worker_killed_between_a_page_and_its_record_repeats_that_page_alone() {
    let world = hurried().await;
    let watchers = world.watchers("EMS", Rule::OwnEntity, 1_200);
    assert!(!receive(&world).await);
    let first = reached(&world).await;
    assert!(!receive(&world).await);
    world
        .set(
            "CONSULTATION#c-1",
            "CONSULTATION",
            "starsAfter",
            AttributeValue::S(first.after.clone()),
        )
        .await;
    world.table.calls();
    assert!(!receive(&world).await);
    let page = usize::from(WATCHERS_PER_PAGE);
    assert_eq!(
        (
            followers(&world).await.len(),
            reached(&world).await.after > first.after
        ),
        (2 * page, true)
    );
    assert!(receive(&world).await);
    world.settle().await;
    all_starred_once(&world, &watchers).await;
}

#[tokio::test]
async fn in_a_tree_that_changed_meanwhile_it_begins_again() {
    let (mut world, ada) = organisation().await;
    world.consultations.budget = Duration::ZERO;
    let own = world.watchers("EMS", Rule::OwnEntity, 700);
    let linked = world.watchers("EMS-DRH", Rule::TransverseEntities, 5);
    assert!(!receive(&world).await);
    let before = reached(&world).await;
    link(&world, &ada).await;
    let mut receives = 1;
    while !receive(&world).await {
        receives += 1;
        assert!(receives < 10);
        assert_ne!(reached(&world).await.lists, before.lists);
    }
    world.settle().await;
    all_starred_once(&world, &own.union(&linked).cloned().collect()).await;
    assert!(receives > 2);
}

#[tokio::test]
async fn what_is_unstarred_before_the_rest_is_given_stays_so() {
    let world = hurried().await;
    let watchers = world.watchers("EMS", Rule::OwnEntity, 700);
    assert!(!receive(&world).await);
    let store = &world.table.store();
    let gone = followers(&world).await.pop_first().unwrap();
    store.favourite_remove(&id(), &gone).await.unwrap();
    // Its record was lost as well: its page comes again.
    let start = StarCursor {
        after: String::new(),
        ..reached(&world).await
    };
    world
        .set(
            "CONSULTATION#c-1",
            "CONSULTATION",
            "starsAfter",
            AttributeValue::S(start.after),
        )
        .await;
    assert!(!receive(&world).await && receive(&world).await);
    let followers = followers(&world).await;
    assert!(!followers.contains(&gone) && followers.len() == watchers.len() - 1);
}

#[tokio::test]
async fn a_newer_revision_between_two_receives_changes_nothing_about_the_stars() {
    let world = hurried().await;
    let watchers = world.watchers("EMS", Rule::OwnEntity, 700);
    assert!(!receive(&world).await);
    let before = reached(&world).await;
    world.publish(
        "ConsultationSaved",
        saved("c-1", 2, "EMS", "nobody", "consultation", &[]),
    );
    world.settle().await;
    assert_eq!(
        (
            reached(&world).await,
            stored(&world, "c-1").await.unwrap().revision
        ),
        (before, 2)
    );
    assert!(receive(&world).await);
    world.settle().await;
    all_starred_once(&world, &watchers).await;
    assert_eq!(stored(&world, "c-1").await.unwrap().revision, 2);
}

/// Those who have their star hear of it at once, the others when they have theirs.
#[tokio::test]
async fn a_fact_between_two_receives_is_told_to_each_follower_once() {
    let world = hurried().await;
    let watchers = world.watchers("EMS", Rule::OwnEntity, 520);
    assert!(!receive(&world).await);
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    assert_eq!(
        world.mailed().len(),
        usize::from(WATCHERS_PER_PAGE) + 1,
        "and Ada's invitation"
    );
    assert!(receive(&world).await);
    world.settle().await;
    assert_eq!(world.mailed().len(), watchers.len() + 1);
    assert_eq!(
        world.mailed().into_iter().collect::<BTreeSet<_>>().len(),
        watchers.len() + 1
    );
}

#[tokio::test]
async fn workers_at_once_give_each_star_once() {
    let world = tree().await;
    let watchers = world.watchers("EMS", Rule::OwnEntity, 700);
    at_once(
        &world,
        (1..=3).map(|revision| {
            (
                "ConsultationSaved",
                saved("c-1", revision, "EMS", "nobody", "drafting", &[]),
            )
        }),
    )
    .await;
    all_starred_once(&world, &watchers).await;
}

#[tokio::test]
async fn a_worker_that_is_behind_goes_on_where_the_other_is() {
    let world = hurried().await;
    world.watchers("EMS", Rule::OwnEntity, 1_700);
    let store = &world.table.store();
    assert!(!receive(&world).await);
    let first = reached(&world).await;
    assert!(!receive(&world).await);
    let second = reached(&world).await;
    // Told of the first page again, by the slower one.
    assert_eq!(
        store.stars_write_reached(&id(), &first).await.unwrap(),
        Stars::Open(Some(second.clone()))
    );
    assert_eq!(reached(&world).await, second);
    // Told of the second again, since its answer was lost.
    assert_eq!(
        store.stars_write_reached(&id(), &second).await.unwrap(),
        Stars::Open(Some(second.clone()))
    );
    // Another list is ahead of whatever comes in this one.
    let next = second.clone().behind(None);
    store.stars_write_reached(&id(), &next).await.unwrap();
    assert_eq!(
        store.stars_write_reached(&id(), &second).await.unwrap(),
        Stars::Open(Some(next))
    );
    // Once all are given, nobody is behind.
    let consultation = store.consultation_read(&id()).await.unwrap().unwrap();
    store
        .stars_mark_given(&consultation, None, world.now())
        .await
        .unwrap();
    assert_eq!(
        store.stars_write_reached(&id(), &second).await.unwrap(),
        Stars::Given
    );
    assert!(!kept(&world).await.contains_key("starsLists"));
}
