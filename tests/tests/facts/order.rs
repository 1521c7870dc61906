//! Facts and saves many times over, at once, and in any order.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::json;
use tokio::task::{JoinSet, LocalSet};
use vigie_tests::{
    scenario::{alerts, saved, tender},
    traffic::news,
};

use crate::facts::{agents, facts, organisation, told};

#[tokio::test]
async fn facts_delivered_ten_times_at_once_are_one_mail_each() {
    let (world, ada) = organisation().await;
    let [author, guest, other] = agents(&world, &ada, ["Author", "Guest", "Other"]).await;
    world
        .save(
            "c-1",
            1,
            "EMS-DSI",
            &author.id,
            "drafting",
            &[&guest, &other],
        )
        .await;
    world.star(&guest, "c-1").await;
    world.star(&other, "c-1").await;
    world.settle().await;
    world.empty_inbox();

    for fact in news("c-1") {
        world.publish(fact.detail_type, fact.detail);
    }
    world.storm(10).await;

    for fact in news("c-1") {
        let subject = format!("[21-166157] {}", fact.subject);
        let mails: Vec<_> = world
            .mails()
            .into_iter()
            .filter(|mail| mail.subject == subject)
            .collect();
        assert_eq!(mails.len(), 3, "{}", fact.detail_type);
        assert_eq!(
            told(&world, "AlertSent", &fact).len(),
            3,
            "{}",
            fact.detail_type
        );
    }
    assert_eq!(world.mails().len(), 3 * news("c-1").len());
    assert_eq!(facts(&world).await.len(), news("c-1").len());
}

#[tokio::test]
async fn facts_sent_again_at_once_are_written_once() {
    let (world, ada) = organisation().await;
    world.consultation("c-1", "EMS-DSI", &ada, &[]).await;
    let (mut tasks, local) = (JoinSet::new(), LocalSet::new());
    for news in (0..5).flat_map(|_| news("c-1")) {
        let world = Arc::clone(&world);
        let event = json!({"source": "procurement", "detail-type": news.detail_type, "detail": news.detail});
        tasks.spawn_local_on(async move { world.hand(&event, 1).await }, &local);
    }
    assert!(
        local
            .run_until(tasks.join_all())
            .await
            .into_iter()
            .all(|acknowledged| acknowledged)
    );

    let records = world.table.records();
    let facts = records.iter().filter(|record| {
        record["dynamodb"]["Keys"]["sk"]["S"]
            .as_str()
            .is_some_and(|sk| sk.starts_with("FACT#"))
    });
    assert_eq!(facts.count(), news("c-1").len());
}

#[tokio::test]
async fn facts_delivered_ten_times_at_once_with_their_consultation_are_one_mail_each() {
    let (world, ada) = organisation().await;
    let [author] = agents(&world, &ada, ["Author"]).await;
    world.empty_inbox();

    world.publish(
        "ConsultationSaved",
        saved("c-1", 1, "EMS-DSI", &author.id, "drafting", &[]),
    );
    for fact in news("c-1") {
        world.publish(fact.detail_type, fact.detail);
    }
    world.publish(
        "ConsultationSaved",
        saved("c-1", 2, "EMS-DSI", &author.id, "consultation", &[]),
    );
    world.storm(10).await;

    let subjects: BTreeSet<_> = world.mails().into_iter().map(|mail| mail.subject).collect();
    assert_eq!(subjects.len(), news("c-1").len(), "{subjects:?}");
    assert_eq!(world.mails().len(), news("c-1").len());
}

#[tokio::test]
async fn a_save_its_release_and_a_fact_mail_the_author_once_in_any_order() {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [2, 0, 1], [2, 1, 0]] {
        mails_the_author_once(order).await;
    }
}

#[tokio::test]
async fn a_release_and_a_fact_before_the_first_save_mail_the_author_once() {
    mails_the_author_once([1, 2, 0]).await;
}

async fn mails_the_author_once(order: [usize; 3]) {
    let (world, ada) = organisation().await;
    let [author] = agents(&world, &ada, ["Author"]).await;
    world.empty_inbox();
    let events = [
        (
            "ConsultationSaved",
            saved("c-1", 1, "EMS-DSI", &author.id, "drafting", &[]),
        ),
        (
            "ConsultationSaved",
            saved("c-1", 2, "EMS-DSI", &author.id, "consultation", &[]),
        ),
        ("TenderReceived", tender("c-1", "d-1")),
    ];
    for _ in 0..2 {
        for (detail_type, detail) in order.map(|i| events[i].clone()) {
            world.send(detail_type, detail).await;
        }
    }
    assert_eq!(
        world.mailed(),
        std::slice::from_ref(&author.email),
        "{order:?}"
    );
    assert_eq!(
        world.mails()[0].subject,
        "[21-166157] Nouveau dépôt électronique"
    );
}

#[tokio::test]
async fn a_fact_between_a_first_save_and_its_favourites_reaches_the_author() {
    let (world, ada) = organisation().await;
    let [author] = agents(&world, &ada, ["Author"]).await;
    world.empty_inbox();
    let detail = saved("c-1", 1, "EMS-DSI", &author.id, "drafting", &[]);
    let consultation = serde_json::from_value(detail.clone()).expect("a consultation");

    // The worker that saves is cut short after the consultation and before the stars; its message
    // comes back later.
    world
        .table
        .store()
        .consultation_save(&consultation, world.now())
        .await
        .expect("a save");
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    world.send("ConsultationSaved", detail).await;

    assert_eq!(world.mailed(), [author.email]);
}

#[tokio::test]
async fn a_fact_before_its_consultation_waits_for_the_first_save() {
    let (world, ada) = organisation().await;
    let [author] = agents(&world, &ada, ["Author"]).await;
    world.empty_inbox();

    for fact in news("c-1") {
        world.send(fact.detail_type, fact.detail).await;
    }
    assert!(world.mails().is_empty());
    assert!(world.dead.lock().expect("a lock").is_empty());

    world
        .save("c-1", 1, "EMS-DSI", &author.id, "drafting", &[])
        .await;
    assert_eq!(world.mails().len(), news("c-1").len());
    assert_eq!(world.events("AlertSent").len(), news("c-1").len());

    for fact in news("c-1") {
        world.send(fact.detail_type, fact.detail).await;
    }
    world
        .save("c-1", 2, "EMS-DSI", &author.id, "consultation", &[])
        .await;
    assert_eq!(world.mails().len(), news("c-1").len());
}

#[tokio::test]
async fn a_fact_before_a_consultation_that_starts_released_is_sent_once_somebody_follows_by_a_late_drafting_save()
 {
    let (world, ada) = organisation().await;
    let [author] = agents(&world, &ada, ["Author"]).await;
    world.empty_inbox();
    world.send("TenderReceived", tender("c-1", "d-1")).await;

    world
        .save("c-1", 5, "EMS-DSI", &author.id, "consultation", &[])
        .await;
    assert!(!world.events("ConsultationReady").is_empty());
    assert!(world.mails().is_empty(), "nobody follows it");

    world
        .save("c-1", 1, "EMS-DSI", &author.id, "drafting", &[])
        .await;
    assert_eq!(world.mailed(), [author.email]);
    assert!(
        world.mails()[0].text.contains("Consultation"),
        "the phase of the newest revision"
    );
}

#[tokio::test]
async fn a_late_drafting_save_rolls_nothing_back_and_stars_once() {
    let (world, ada) = organisation().await;
    let [author] = agents(&world, &ada, ["Author"]).await;
    let mut released = saved("c-1", 5, "EMS-DSI", &author.id, "consultation", &[]);
    released["title"] = json!("Le titre de la version 5");
    world.send("ConsultationSaved", released).await;

    world
        .save("c-1", 1, "EMS-DSI", &author.id, "drafting", &[])
        .await;
    let favourites = author.get(&world, "/favourites").await.expect(200).json;
    assert_eq!(favourites["items"][0]["title"], "Le titre de la version 5");
    assert_eq!(favourites["items"][0]["phase"], "consultation");
    assert_eq!(favourites["items"][0]["automatic"], "mine");

    author.delete(&world, "/favourites/c-1").await.expect(204);
    for revision in [1, 2, 6] {
        world
            .save("c-1", revision, "EMS-DSI", &author.id, "drafting", &[])
            .await;
    }
    let favourites = author.get(&world, "/favourites").await.expect(200).json;
    assert_eq!(favourites["items"], json!([]));
    assert_eq!(world.events("FavouriteAdded").len(), 1);
    assert_eq!(world.events("FavouriteRemoved").len(), 1);
}

#[tokio::test]
async fn without_the_rule_mine_a_first_save_stars_nothing() {
    let (world, ada) = organisation().await;
    let [author] = agents(&world, &ada, ["Author"]).await;
    let mut choice = alerts("immediate");
    choice["automaticFavourites"]["mine"] = json!(false);
    author.put(&world, "/alerts", choice).await.expect(200);
    world.empty_inbox();

    world
        .save("c-1", 1, "EMS-DSI", &author.id, "drafting", &[])
        .await;
    world.send("TenderReceived", tender("c-1", "d-1")).await;

    assert!(world.events("FavouriteAdded").is_empty());
    assert!(world.mails().is_empty());
}
