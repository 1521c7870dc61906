//! Ids of organisations: none is the beginning of another's entities.

use serde_json::json;
use vigie_tests::World;

use super::{EMAIL, at_once, count, provision, provisioned, writes_of};

/// The id of a root is no other root's up to a separator, whichever comes first.
#[tokio::test]
async fn no_organisation_s_id_is_the_beginning_of_another_s() {
    for (first, second) in [
        ("EMS", "EMS-CUS"),
        ("EMS", "EMS.C_U-S"),
        ("EMS_CUS", "EMS"),
        ("E.M-S.CUS", "E.M"),
        ("E.M", "E.M-"),
    ] {
        let world = World::new().await;
        provision(&world, provisioned(first, EMAIL)).await;
        assert_eq!(
            writes_of(&world, provisioned(second, "new@example.fr")).await,
            0
        );
        let reason = world.rejections().pop().unwrap();
        assert_eq!(
            reason,
            format!(
                "entity-overlaps: of {second} and the organisation {first}, one id is the beginning of the other"
            )
        );
        // The first one is what it was, also for the same event once more, and the address is free.
        assert_eq!(writes_of(&world, provisioned(first, EMAIL)).await, 0);
        provision(&world, provisioned("XYZ", "new@example.fr")).await;
        assert_eq!(
            (
                world.mails_to("new@example.fr").len(),
                world.rejections().len()
            ),
            (1, 1)
        );
    }
}

#[tokio::test]
async fn organisations_may_begin_alike() {
    let world = World::new().await;
    for id in ["FR-EMS", "FR-CUS", "FR-EMS2", "FR.EMS", "FRA", "F-R"] {
        let ada = world.organisation(id).await;
        world.entity(&ada, &format!("{id}-DSI"), id).await;
        // Nobody becomes what all of them begin with.
        provision(&world, provisioned("FR", "new@example.fr")).await;
        assert!(
            world
                .rejections()
                .pop()
                .is_some_and(|reason| reason.starts_with("entity-overlaps: of FR and ")),
            "{id}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_organisations_at_once_whose_ids_overlap_one_is_there_and_the_others_are_rejected_whole()
{
    for _ in 0..10 {
        let world = World::new().await;
        let ids = ["EMS", "EMS-CUS", "EMS-CUS.DSI"];
        let events: Vec<_> = ids
            .iter()
            .map(|id| provisioned(id, &format!("admin@{}.example.fr", id.to_lowercase())))
            .collect();
        if at_once(&world, events.clone()).await > 0 {
            for event in events {
                provision(&world, event).await;
            }
        }
        assert_eq!(world.rejections().len(), 2, "{:?}", world.rejections());
        assert!(
            world
                .rejections()
                .iter()
                .all(|reason| reason.starts_with("entity-overlaps: ")),
            "{:?}",
            world.rejections()
        );
        assert_eq!(
            count(&world, ["ENTITY", "ACCOUNT", "EMAIL"]).await,
            [1, 1, 1]
        );
    }
}

/// An entity is made while the organisation of its id comes.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_organisation_comes_under_the_id_of_an_entity_that_is_made_at_once() {
    for _ in 0..5 {
        let (world, ada) = World::with("EMS").await;
        let body = json!({"name": "Service", "parentId": "EMS"});
        let event = provisioned("EMS-CUS", "carl@cus.example.fr");
        let (back, made) = tokio::join!(
            at_once(&world, [event.clone()]),
            world.put(&ada.login, "/v1/entities/EMS-CUS", body)
        );
        if back > 0 {
            provision(&world, event).await;
        }
        made.expect(201);
        assert_eq!(world.rejections().len(), 1);
        assert_eq!(
            world
                .get(&ada.login, "/v1/entities/EMS-CUS")
                .await
                .expect(200)
                .json["parentId"],
            "EMS"
        );
    }
}

/// A transaction has a hundred writes at most.
#[tokio::test]
async fn the_longest_id_of_an_organisation_is_taken_with_all_its_beginnings() {
    let world = World::new().await;
    let longest = "a-".repeat(64);
    provision(&world, provisioned(&longest, EMAIL)).await;
    let ada = world.accept(EMAIL).await;
    assert_eq!(
        world
            .get(&ada.login, &format!("/v1/entities/{longest}"))
            .await
            .expect(200)
            .json["organisationId"],
        longest
    );
    for taken in ["a", "a-a", &longest[..127]] {
        provision(&world, provisioned(taken, "new@example.fr")).await;
        assert!(
            world
                .rejections()
                .pop()
                .is_some_and(|reason| reason.starts_with("entity-overlaps: ")),
            "{taken}"
        );
    }
    provision(&world, provisioned(&"b_.-".repeat(22), "new@example.fr")).await;
    assert_eq!(
        world.rejections().pop().as_deref(),
        Some("entityId: more than 64 hyphens, dots and underscores")
    );
}
