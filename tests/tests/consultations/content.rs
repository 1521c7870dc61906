//! Contents that a save may hold, and the fate of one that holds anything else.

use serde_json::json;
use vigie_aws::Consumer as _;
use vigie_tests::{World, scenario::saved, world::sqs};

use crate::consultations::{people, save, stars, stored, with};

#[tokio::test]
async fn a_title_has_up_to_5000_characters_whatever_they_are() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    for (i, character) in ["é", "日", "𝄞", "x"].into_iter().enumerate() {
        let title = character.repeat(5000);
        save(
            &world,
            with(
                saved(&format!("c-{i}"), 1, "EMS-DSI", &bruno.id, "drafting", &[]),
                "title",
                json!(title),
            ),
        )
        .await;
        assert_eq!(
            stored(&world, &format!("c-{i}"))
                .await
                .unwrap()
                .title
                .as_str(),
            title
        );
    }
    assert_eq!(stars(&world, &bruno).await.len(), 4);
    save(
        &world,
        with(
            saved("c-9", 1, "EMS-DSI", &bruno.id, "drafting", &[]),
            "title",
            json!("é".repeat(5001)),
        ),
    )
    .await;
    let kept = stored(&world, "c-9").await.unwrap();
    assert_eq!(
        (
            kept.title.as_str().chars().count(),
            kept.title.as_str().ends_with("é…")
        ),
        (5000, true)
    );
    assert_eq!(world.rejections(), Vec::<String>::new());
}

/// Its identity is whole, so that nobody misses what happens there; the rest is repaired, and said
/// in the log without its text.
#[tokio::test]
async fn what_is_only_shown_never_loses_a_save() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    for (i, (field, value)) in [
        ("title", json!(null)),
        ("title", json!({"fr": "Travaux"})),
        ("reference", json!(["26"])),
        ("organisation", json!(true)),
        ("url", json!("javascript:alert(1)")),
        ("url", json!("")),
        ("guests", json!(null)),
        ("revision", json!(1.0)),
        ("submissionDeadline", json!("9999-12-31T00:00:00+02:00")),
        ("submissionDeadline", json!("9999-12-31T23:59:59Z")),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("c-{i}");
        save(
            &world,
            with(
                saved(&id, 1, "EMS-DSI", &bruno.id, "drafting", &[]),
                field,
                value.clone(),
            ),
        )
        .await;
        assert!(stored(&world, &id).await.is_some(), "{field}: {value}");
        let mut released = with(
            saved(&id, 2, "EMS-DSI", &bruno.id, "consultation", &[]),
            field,
            value.clone(),
        );
        released["revision"] = json!(2);
        save(&world, released).await;
        assert_eq!(
            stored(&world, &id).await.unwrap().revision,
            2,
            "{field}: {value}"
        );
    }
    assert_eq!(world.rejections(), Vec::<String>::new());
}

#[tokio::test]
async fn half_a_character_anywhere_loses_nothing_and_what_is_rejected_is_kept_as_json() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    let half = |detail: serde_json::Value| {
        let event = json!({"version": "0", "id": "x", "source": "procurement", "detail-type": "ConsultationSaved", "detail": detail});
        sqs(&json!(event.to_string().replace("HALF", "\\ud83e")), 1)
    };
    let good = with(
        saved("c-1", 1, "EMS-DSI", &bruno.id, "drafting", &[]),
        "title",
        json!("Robots HALF"),
    );
    world.consultations.consume(half(good)).await.unwrap();
    world.settle().await;
    assert_eq!(
        stored(&world, "c-1").await.unwrap().title.as_str(),
        "Robots \u{fffd}"
    );
    let bad = with(
        saved("c-2", 1, "EMS-DSI", &bruno.id, "drafting", &[]),
        "entityId",
        json!("HALF"),
    );
    world.consultations.consume(half(bad)).await.unwrap();
    world.settle().await;
    let rejected = world.rejected.lock().unwrap().clone();
    assert_eq!(
        rejected[0]["original"]["detail"]["entityId"], "\u{fffd}",
        "an event that can be sent again: {rejected:?}"
    );
}

#[tokio::test]
async fn a_hostile_title_is_kept_as_it_came_and_shown_on_one_line() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    let hostile = "<b>{{x}}</b>\r\nBcc: a\u{202e}b\u{0}\"'&";
    save(
        &world,
        with(
            saved("c-1", 1, "EMS-DSI", &bruno.id, "drafting", &[]),
            "title",
            json!(hostile),
        ),
    )
    .await;
    assert_eq!(stored(&world, "c-1").await.unwrap().title.as_str(), hostile);
    assert_eq!(
        stars(&world, &bruno).await[0]["title"],
        "<b>{{x}}</b> Bcc: ab \"'&"
    );
}

#[tokio::test]
async fn a_consultation_has_at_most_1000_guests() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    let guests = |count: usize| {
        json!(
            (0..count)
                .map(|i| format!("01900000-0000-7000-8000-{i:012}"))
                .collect::<Vec<_>>()
        )
    };
    save(
        &world,
        with(
            saved("c-1", 1, "EMS-DSI", &bruno.id, "drafting", &[]),
            "guests",
            guests(1000),
        ),
    )
    .await;
    assert_eq!(stored(&world, "c-1").await.unwrap().guests.len(), 1000);
    save(
        &world,
        with(
            saved("c-1", 2, "EMS-DSI", &bruno.id, "drafting", &[]),
            "guests",
            guests(1001),
        ),
    )
    .await;
    assert_eq!(stored(&world, "c-1").await.unwrap().revision, 1);
    assert_eq!(world.rejections(), ["guests: more than 1,000 guests"]);
}

#[tokio::test]
async fn a_malformed_save_is_rejected_with_its_reason_and_changes_nothing() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    let good = saved("c-1", 1, "EMS-DSI", &bruno.id, "drafting", &[]);
    let mut rejected = 0;
    for field in [
        "consultationId",
        "revision",
        "entityId",
        "authorAccountId",
        "phase",
    ] {
        let mut without = good.clone();
        without.as_object_mut().unwrap().remove(field);
        save(&world, without).await;
        rejected += 1;
        assert!(
            world
                .rejections()
                .pop()
                .is_some_and(|reason| reason.contains(field)),
            "{field}: {:?}",
            world.rejections()
        );
    }
    for (field, value) in [
        ("consultationId", json!("a#b")),
        ("revision", json!(0)),
        ("revision", json!(-1)),
        ("revision", json!("1")),
        ("revision", json!(1.5)),
        ("phase", json!("DRAFTING")),
        ("submissionDeadline", json!("2027-02-01T12:00:00")),
        ("submissionDeadline", json!("soon")),
        ("guests", json!("all")),
        ("guests", json!([7])),
    ] {
        save(&world, with(good.clone(), field, value.clone())).await;
        rejected += 1;
        assert_eq!(world.rejections().len(), rejected, "{field}: {value}");
        assert!(!world.rejections().pop().unwrap().is_empty());
    }
    assert_eq!(world.table.count("CONSULTATION#").await, 0);
    assert!(world.dead.lock().unwrap().is_empty());
    // And none of them is in the way of a good one.
    save(&world, good).await;
    assert_eq!(stars(&world, &bruno).await.len(), 1);
}

#[tokio::test]
async fn an_unknown_detail_type_is_rejected_and_blocks_nothing() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    for unknown in ["ConsultationDeleted", "consultationsaved", "FactRecorded"] {
        world.publish(
            unknown,
            saved("c-1", 1, "EMS-DSI", &bruno.id, "drafting", &[]),
        );
    }
    world.publish(
        "ConsultationSaved",
        saved("c-1", 1, "EMS-DSI", &bruno.id, "drafting", &[]),
    );
    world.settle().await;
    assert_eq!(world.rejections(), ["unknown detail-type"; 3]);
    assert_eq!(stars(&world, &bruno).await.len(), 1);
    // From our own side of the bus nothing is read at all.
    let event = json!({"source": "vigie", "detail-type": "ConsultationSaved", "detail": saved("c-2", 1, "EMS-DSI", &bruno.id, "drafting", &[])});
    world.consultations.consume(sqs(&event, 1)).await.unwrap();
    assert!(stored(&world, "c-2").await.is_none());
}

#[tokio::test]
async fn unknown_fields_are_passed_over() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    save(
        &world,
        with(
            saved("c-1", 1, "EMS-DSI", &bruno.id, "drafting", &[]),
            "cpv",
            json!(["72000000"]),
        ),
    )
    .await;
    assert_eq!(stars(&world, &bruno).await.len(), 1);
}
