//! Revisions in any order: the newest says everything.

use serde_json::{Value, json};
use vigie_aws::Consumer as _;
use vigie_tests::{
    World,
    scenario::{Person, saved, tender},
    world::sqs,
};

use crate::consultations::{at_once, people, save, stars, stored, with};

#[tokio::test]
async fn the_newest_revision_says_everything() {
    let world = World::new().await;
    let (ada, bruno, chloe) = people(&world).await;
    save(
        &world,
        saved("c-1", 1, "EMS-DSI", &bruno.id, "drafting", &[&chloe]),
    )
    .await;
    world.star(&chloe, "c-1").await;
    let mut newer = saved("c-1", 2, "EMS", &bruno.id, "opening", &[&chloe, &ada]);
    for (field, value) in [
        ("title", json!("Autre titre")),
        ("reference", json!("22-1")),
        ("submissionDeadline", json!("2027-06-01T00:00:00Z")),
    ] {
        newer[field] = value;
    }
    save(&world, newer).await;
    for person in [&bruno, &chloe] {
        let list = stars(&world, person).await;
        assert_eq!(list.len(), 1);
        assert_eq!(
            [
                &list[0]["title"],
                &list[0]["reference"],
                &list[0]["phase"],
                &list[0]["submissionDeadline"]
            ],
            [
                &json!("Autre titre"),
                &json!("22-1"),
                &json!("opening"),
                &json!("2027-06-01T00:00:00Z")
            ]
        );
    }
    world.star(&ada, "c-1").await;
}

#[tokio::test]
async fn an_older_revision_never_rolls_back() {
    let world = World::new().await;
    let (_, bruno, chloe) = people(&world).await;
    save(
        &world,
        with(
            saved("c-1", 5, "EMS-DSI", &bruno.id, "consultation", &[&chloe]),
            "title",
            json!("Cinq"),
        ),
    )
    .await;
    for (revision, phase) in [
        (4, "drafting"),
        (1, "drafting"),
        (4, "archived"),
        (3, "cancelled"),
    ] {
        let older = with(
            saved("c-1", revision, "EMS", &chloe.id, phase, &[]),
            "title",
            json!("Vieux"),
        );
        save(&world, older).await;
        let now = stored(&world, "c-1").await.unwrap();
        assert_eq!(
            (now.revision, now.title.as_str(), now.entity_id.as_str()),
            (5, "Cinq", "EMS-DSI")
        );
        assert_eq!(
            (
                now.author_account_id.as_ref().unwrap().as_str(),
                now.guests.len()
            ),
            (bruno.id.as_str(), 1)
        );
    }
    assert!(world.rejections().is_empty());
}

#[tokio::test]
async fn the_same_revision_again_writes_nothing() {
    let world = World::new().await;
    let (_, bruno, chloe) = people(&world).await;
    for phase in ["drafting", "consultation"] {
        let detail = saved(
            &format!("c-{phase}"),
            3,
            "EMS-DSI",
            &bruno.id,
            phase,
            &[&chloe],
        );
        save(&world, detail.clone()).await;
        // Even if it says something else: a revision is said once.
        for again in [detail.clone(), with(detail, "title", json!("Autre"))] {
            let event = json!({"source": "procurement", "detail-type": "ConsultationSaved", "detail": again});
            world.consultations.consume(sqs(&event, 1)).await.unwrap();
            assert!(world.table.records().is_empty(), "{phase}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whatever_the_order_the_newest_revision_stays() {
    let world = World::new().await;
    let (_, bruno, chloe) = people(&world).await;
    for round in 0..10_u64 {
        let id = format!("c-{round}");
        // 1 to 12, in an order of its own each round, each twice.
        let revisions = (0..24).map(|i| (i * 7 + round * 5) % 12 + 1);
        let saves = revisions.map(|revision| {
            let phase = if revision == 1 {
                "drafting"
            } else {
                "consultation"
            };
            let guests: &[&Person] = if revision % 2 == 0 { &[&chloe] } else { &[] };
            let detail = saved(&id, revision, "EMS-DSI", &bruno.id, phase, guests);
            (
                "ConsultationSaved",
                with(detail, "title", json!(format!("Révision {revision}"))),
            )
        });
        at_once(&world, saves).await;
        let now = stored(&world, &id).await.unwrap();
        assert_eq!(
            (now.revision, now.title.as_str(), now.guests.len()),
            (12, "Révision 12", 1),
            "round {round}"
        );
        let starred: Vec<_> = stars(&world, &bruno)
            .await
            .into_iter()
            .filter(|star| star["consultationId"] == *id)
            .collect();
        assert_eq!(starred.len(), 1, "round {round}");
    }
    assert_eq!(world.events("FavouriteAdded").len(), 10);
}

#[tokio::test]
async fn the_phases_of_the_end_are_kept_and_shown() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    for (i, phase) in ["archived", "cancelled"].into_iter().enumerate() {
        let id = format!("c-{phase}");
        save(&world, saved(&id, 1, "EMS-DSI", &bruno.id, "drafting", &[])).await;
        save(&world, saved(&id, 2, "EMS-DSI", &bruno.id, phase, &[])).await;
        let list = stars(&world, &bruno).await;
        assert_eq!(list.len(), i + 1);
        assert!(
            list.iter()
                .any(|star| star["consultationId"] == *id && star["phase"] == phase)
        );
    }
}

#[tokio::test]
async fn a_guest_that_is_removed_sees_nothing_any_more_and_is_not_mailed() {
    let world = World::new().await;
    let (ada, _, chloe) = people(&world).await;
    save(
        &world,
        saved("c-1", 1, "EMS-DSI", &ada.id, "consultation", &[&chloe]),
    )
    .await;
    world.star(&chloe, "c-1").await;
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    assert_eq!(world.mails_to(&chloe.email).len(), 2);
    save(
        &world,
        saved("c-1", 2, "EMS-DSI", &ada.id, "consultation", &[]),
    )
    .await;
    world.send("TenderReceived", tender("c-1", "d-2")).await;
    assert_eq!(world.mails_to(&chloe.email).len(), 2);
    assert!(stars(&world, &chloe).await.is_empty());
    chloe
        .put(&world, "/favourites/c-1", json!({}))
        .await
        .expect(404);
}

#[tokio::test]
async fn a_deadline_may_be_absent_and_goes_when_a_revision_has_none() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    let deadline = async || stars(&world, &bruno).await[0]["submissionDeadline"].clone();
    let mut without = saved("c-1", 1, "EMS-DSI", &bruno.id, "drafting", &[]);
    without
        .as_object_mut()
        .unwrap()
        .remove("submissionDeadline");
    without.as_object_mut().unwrap().remove("url");
    save(&world, without.clone()).await;
    assert_eq!(deadline().await, Value::Null);
    // The instant decides, whatever the offset: real notices of April carry +01:00.
    save(
        &world,
        with(
            saved("c-1", 2, "EMS-DSI", &bruno.id, "drafting", &[]),
            "submissionDeadline",
            json!("2015-04-10T12:00:00+01:00"),
        ),
    )
    .await;
    assert_eq!(deadline().await, "2015-04-10T11:00:00Z");
    assert!(stored(&world, "c-1").await.unwrap().url.is_some());
    save(&world, with(without, "revision", json!(3))).await;
    assert_eq!(deadline().await, Value::Null);
    assert!(stored(&world, "c-1").await.unwrap().url.is_none());
    save(
        &world,
        with(
            saved("c-1", 4, "EMS-DSI", &bruno.id, "drafting", &[]),
            "submissionDeadline",
            Value::Null,
        ),
    )
    .await;
    assert_eq!(deadline().await, Value::Null);
    assert!(world.rejections().is_empty(), "{:?}", world.rejections());
}
