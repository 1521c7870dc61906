//! Saves of consultations in any order, the stars that the first one gives, and facts recorded beside them.

use std::collections::BTreeMap;

use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};
use vigie_domain::{
    consultation::Consultation,
    fact::Fact,
    id::{AccountId, ConsultationId},
    preferences::Rule,
};
use vigie_platform::runtime::Consumer as _;
use vigie_tests::{
    World,
    story::{Person, saved, tender},
    world::sqs,
};

/// An organisation EMS with its administrator, and two agents of DSI that want every alert.
async fn people(world: &World) -> (Person, Person, Person) {
    let ada = world.organisation("EMS").await;
    world.entity(&ada, "DSI", "EMS").await;
    let (bruno, chloe) = (world.agent(&ada, "DSI", "Bruno").await, world.agent(&ada, "DSI", "Chloe").await);
    for person in [&bruno, &chloe] {
        world.wants_everything(person).await;
    }
    (ada, bruno, chloe)
}

async fn save(world: &World, detail: Value) {
    world.send("ConsultationSaved", detail).await;
}

async fn stars(world: &World, person: &Person) -> Vec<Value> {
    world.get(&person.login, &person.path("/favourites")).await.expect(200).json["items"].as_array().unwrap().clone()
}

async fn stored(world: &World, id: &str) -> Option<Consultation> {
    world.consultations.store.consultation(&ConsultationId::parse(id).unwrap()).await.unwrap()
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
            let event = json!({"source": "procurement", "detail-type": detail_type, "detail": detail});
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

#[tokio::test]
async fn the_newest_revision_says_everything() {
    let world = World::new().await;
    let (ada, bruno, chloe) = people(&world).await;
    save(&world, saved("c-1", 1, "DSI", &bruno.id, "drafting", &[&chloe])).await;
    world.star(&chloe, "c-1").await;
    let mut newer = saved("c-1", 2, "EMS", &bruno.id, "opening", &[&chloe, &ada]);
    for (field, value) in
        [("title", json!("Autre titre")), ("reference", json!("22-1")), ("submissionDeadline", json!("2027-06-01T00:00:00Z"))]
    {
        newer[field] = value;
    }
    save(&world, newer).await;
    for person in [&bruno, &chloe] {
        let list = stars(&world, person).await;
        assert_eq!(list.len(), 1);
        assert_eq!(
            [&list[0]["title"], &list[0]["reference"], &list[0]["phase"], &list[0]["submissionDeadline"]],
            [&json!("Autre titre"), &json!("22-1"), &json!("opening"), &json!("2027-06-01T00:00:00Z")]
        );
    }
    world.star(&ada, "c-1").await;
}

#[tokio::test]
async fn an_older_revision_never_rolls_back() {
    let world = World::new().await;
    let (_, bruno, chloe) = people(&world).await;
    save(&world, with(saved("c-1", 5, "DSI", &bruno.id, "consultation", &[&chloe]), "title", json!("Cinq"))).await;
    for (revision, phase) in [(4, "drafting"), (1, "drafting"), (4, "archived"), (3, "cancelled")] {
        let older = with(saved("c-1", revision, "EMS", &chloe.id, phase, &[]), "title", json!("Vieux"));
        save(&world, older).await;
        let now = stored(&world, "c-1").await.unwrap();
        assert_eq!((now.revision, now.title.as_str(), now.entity_id.as_str()), (5, "Cinq", "DSI"));
        assert_eq!((now.author_account_id.as_str(), now.guests.len()), (bruno.id.as_str(), 1));
    }
    assert!(world.rejections().is_empty());
}

#[tokio::test]
async fn the_same_revision_again_writes_nothing() {
    let world = World::new().await;
    let (_, bruno, chloe) = people(&world).await;
    for phase in ["drafting", "consultation"] {
        let detail = saved(&format!("c-{phase}"), 3, "DSI", &bruno.id, phase, &[&chloe]);
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
            let phase = if revision == 1 { "drafting" } else { "consultation" };
            let guests: &[&Person] = if revision % 2 == 0 { &[&chloe] } else { &[] };
            let detail = saved(&id, revision, "DSI", &bruno.id, phase, guests);
            ("ConsultationSaved", with(detail, "title", json!(format!("Révision {revision}"))))
        });
        at_once(&world, saves).await;
        let now = stored(&world, &id).await.unwrap();
        assert_eq!((now.revision, now.title.as_str(), now.guests.len()), (12, "Révision 12", 1), "round {round}");
        let starred: Vec<_> = stars(&world, &bruno).await.into_iter().filter(|star| star["consultationId"] == *id).collect();
        assert_eq!(starred.len(), 1, "round {round}");
    }
    assert_eq!(world.events("FavouriteAdded").len(), 10);
}

#[tokio::test]
async fn a_late_drafting_save_rolls_nothing_back_and_still_gives_the_star_once() {
    let world = World::new().await;
    let (_, bruno, chloe) = people(&world).await;
    save(&world, with(saved("c-1", 7, "DSI", &bruno.id, "consultation", &[&chloe]), "title", json!("Sept"))).await;
    assert!(stars(&world, &bruno).await.is_empty());
    for revision in [1, 1, 2] {
        save(&world, saved("c-1", revision, "DSI", &bruno.id, "drafting", &[])).await;
        let list = stars(&world, &bruno).await;
        assert_eq!((list.len(), &list[0]["title"], &list[0]["automatic"]), (1, &json!("Sept"), &json!("mine")));
    }
    assert_eq!(world.events("FavouriteAdded").len(), 1);
    assert_eq!(stored(&world, "c-1").await.unwrap().guests.len(), 1);
    // Once taken away it stays away, late as the saves may be.
    world.delete(&bruno.login, &bruno.path("/favourites/c-1")).await.expect(204);
    for (revision, phase) in [(1, "drafting"), (3, "drafting"), (8, "drafting")] {
        save(&world, saved("c-1", revision, "DSI", &bruno.id, phase, &[])).await;
    }
    assert!(stars(&world, &bruno).await.is_empty());
}

#[tokio::test]
async fn a_consultation_that_starts_beyond_drafting_gives_no_star() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    for phase in ["consultation", "opening", "decision", "archived", "cancelled"] {
        save(&world, saved(&format!("c-{phase}"), 1, "DSI", &bruno.id, phase, &[])).await;
    }
    assert!(stars(&world, &bruno).await.is_empty());
}

#[tokio::test]
async fn the_phases_of_the_end_are_kept_and_shown() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    for (i, phase) in ["archived", "cancelled"].into_iter().enumerate() {
        let id = format!("c-{phase}");
        save(&world, saved(&id, 1, "DSI", &bruno.id, "drafting", &[])).await;
        save(&world, saved(&id, 2, "DSI", &bruno.id, phase, &[])).await;
        let list = stars(&world, &bruno).await;
        assert_eq!(list.len(), i + 1);
        assert!(list.iter().any(|star| star["consultationId"] == *id && star["phase"] == phase));
    }
}

#[tokio::test]
async fn a_guest_that_is_removed_sees_nothing_any_more_and_is_not_mailed() {
    let world = World::new().await;
    let (ada, _, chloe) = people(&world).await;
    save(&world, saved("c-1", 1, "DSI", &ada.id, "consultation", &[&chloe])).await;
    world.star(&chloe, "c-1").await;
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    assert_eq!(world.mails_to(&chloe.email).len(), 2);
    save(&world, saved("c-1", 2, "DSI", &ada.id, "consultation", &[])).await;
    world.send("TenderReceived", tender("c-1", "d-2")).await;
    assert_eq!(world.mails_to(&chloe.email).len(), 2);
    assert!(stars(&world, &chloe).await.is_empty());
    world.put(&chloe.login, &chloe.path("/favourites/c-1"), json!({})).await.expect(404);
}

#[tokio::test]
async fn a_deadline_may_be_absent_and_goes_when_a_revision_has_none() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    let deadline = async || stars(&world, &bruno).await[0]["submissionDeadline"].clone();
    let mut without = saved("c-1", 1, "DSI", &bruno.id, "drafting", &[]);
    without.as_object_mut().unwrap().remove("submissionDeadline");
    without.as_object_mut().unwrap().remove("url");
    save(&world, without.clone()).await;
    assert_eq!(deadline().await, Value::Null);
    // The instant decides, whatever the offset: real notices of April carry +01:00.
    save(&world, with(saved("c-1", 2, "DSI", &bruno.id, "drafting", &[]), "submissionDeadline", json!("2015-04-10T12:00:00+01:00"))).await;
    assert_eq!(deadline().await, "2015-04-10T11:00:00Z");
    assert!(stored(&world, "c-1").await.unwrap().url.is_some());
    save(&world, with(without, "revision", json!(3))).await;
    assert_eq!(deadline().await, Value::Null);
    assert!(stored(&world, "c-1").await.unwrap().url.is_none());
    save(&world, with(saved("c-1", 4, "DSI", &bruno.id, "drafting", &[]), "submissionDeadline", Value::Null)).await;
    assert_eq!(deadline().await, Value::Null);
    assert!(world.rejections().is_empty(), "{:?}", world.rejections());
}

#[tokio::test]
async fn a_title_has_up_to_5000_characters_whatever_they_are() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    for (i, character) in ["é", "日", "𝄞", "x"].into_iter().enumerate() {
        let title = character.repeat(5000);
        save(&world, with(saved(&format!("c-{i}"), 1, "DSI", &bruno.id, "drafting", &[]), "title", json!(title))).await;
        assert_eq!(stored(&world, &format!("c-{i}")).await.unwrap().title.as_str(), title);
    }
    assert_eq!(stars(&world, &bruno).await.len(), 4);
    save(&world, with(saved("c-9", 1, "DSI", &bruno.id, "drafting", &[]), "title", json!("é".repeat(5001)))).await;
    assert!(stored(&world, "c-9").await.is_none());
    assert!(world.rejections().pop().is_some_and(|reason| reason.contains("too long")));
}

#[tokio::test]
async fn a_hostile_title_is_kept_as_it_came_and_shown_on_one_line() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    let hostile = "<b>{{x}}</b>\r\nBcc: a\u{202e}b\u{0}\"'&";
    save(&world, with(saved("c-1", 1, "DSI", &bruno.id, "drafting", &[]), "title", json!(hostile))).await;
    assert_eq!(stored(&world, "c-1").await.unwrap().title.as_str(), hostile);
    assert_eq!(stars(&world, &bruno).await[0]["title"], "<b>{{x}}</b> Bcc: ab \"'&");
}

#[tokio::test]
async fn a_consultation_has_at_most_1000_guests() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    let guests = |count: usize| json!((0..count).map(|i| format!("01900000-0000-7000-8000-{i:012}")).collect::<Vec<_>>());
    save(&world, with(saved("c-1", 1, "DSI", &bruno.id, "drafting", &[]), "guests", guests(1000))).await;
    assert_eq!(stored(&world, "c-1").await.unwrap().guests.len(), 1000);
    save(&world, with(saved("c-1", 2, "DSI", &bruno.id, "drafting", &[]), "guests", guests(1001))).await;
    assert_eq!(stored(&world, "c-1").await.unwrap().revision, 1);
    assert_eq!(world.rejections(), ["more than 1,000 guests"]);
}

#[tokio::test]
async fn a_malformed_save_is_rejected_with_its_reason_and_changes_nothing() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    let good = saved("c-1", 1, "DSI", &bruno.id, "drafting", &[]);
    let mut rejected = 0;
    for field in ["consultationId", "revision", "reference", "title", "organisation", "entityId", "authorAccountId", "phase"] {
        let mut without = good.clone();
        without.as_object_mut().unwrap().remove(field);
        save(&world, without).await;
        rejected += 1;
        assert!(world.rejections().pop().is_some_and(|reason| reason.contains(field)), "{field}: {:?}", world.rejections());
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
        ("url", json!("javascript:alert(1)")),
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
        world.publish(unknown, saved("c-1", 1, "DSI", &bruno.id, "drafting", &[]));
    }
    world.publish("ConsultationSaved", saved("c-1", 1, "DSI", &bruno.id, "drafting", &[]));
    world.settle().await;
    assert_eq!(world.rejections(), ["unknown detail-type"; 3]);
    assert_eq!(stars(&world, &bruno).await.len(), 1);
    // From our own side of the bus nothing is read at all.
    let event =
        json!({"source": "vigie", "detail-type": "ConsultationSaved", "detail": saved("c-2", 1, "DSI", &bruno.id, "drafting", &[])});
    world.consultations.consume(sqs(&event, 1)).await.unwrap();
    assert!(stored(&world, "c-2").await.is_none());
}

#[tokio::test]
async fn unknown_fields_are_passed_over() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    save(&world, with(saved("c-1", 1, "DSI", &bruno.id, "drafting", &[]), "cpv", json!(["72000000"]))).await;
    assert_eq!(stars(&world, &bruno).await.len(), 1);
}

#[tokio::test]
async fn a_save_that_was_cut_short_is_taken_up_again() {
    let world = World::new().await;
    let (ada, bruno, chloe) = people(&world).await;
    world.rights(&ada, "DSI", &chloe.id, json!({"own": true})).await;
    let mut choice = world.get(&chloe.login, &chloe.path("/alerts")).await.json;
    choice["automaticFavourites"]["ownEntity"] = json!(true);
    world.put(&chloe.login, &chloe.path("/alerts"), choice).await.expect(200);
    let detail = saved("c-1", 1, "DSI", &bruno.id, "drafting", &[]);
    let consultation: Consultation = serde_json::from_value(detail.clone()).unwrap();
    // The worker died after the save and one of the two stars.
    let store = &world.consultations.store;
    store.save_consultation(&consultation).await.unwrap();
    let first = BTreeMap::from([(AccountId::parse(&bruno.id).unwrap(), Rule::Mine)]);
    store.star_by_rule(&consultation.id, &first, world.now()).await.unwrap();
    save(&world, detail).await;
    assert_eq!(stars(&world, &bruno).await[0]["automatic"], "mine");
    assert_eq!(stars(&world, &chloe).await[0]["automatic"], "ownEntity");
    assert_eq!(world.events("FavouriteAdded").len(), 2);
}

/// Between a first save and its stars nobody follows yet: what happens then must wait for those who will.
#[tokio::test]
async fn a_fact_between_a_save_and_its_stars_is_told_once_they_are_given() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    let detail = saved("c-1", 1, "DSI", &bruno.id, "drafting", &[]);
    let consultation: Consultation = serde_json::from_value(detail.clone()).unwrap();
    world.consultations.store.save_consultation(&consultation).await.unwrap();
    world.empty_inbox();
    let request =
        json!({"consultationId": "c-1", "requestId": "r-1", "level": 1, "requestedBy": "Direction", "url": "https://marches.example.fr/a"});
    world.send("ApprovalRequested", request.clone()).await;
    assert!(world.mails_to(&bruno.email).is_empty());
    save(&world, detail.clone()).await;
    assert_eq!(world.mails_to(&bruno.email).len(), 1);
    // Told once, whatever comes again.
    world.send("ApprovalRequested", request).await;
    save(&world, detail).await;
    assert_eq!(world.mails_to(&bruno.email).len(), 1);
}

#[tokio::test]
async fn a_save_of_an_entity_or_author_that_is_not_there_waits_for_nobody() {
    let world = World::new().await;
    let (ada, bruno, _) = people(&world).await;
    save(&world, saved("c-1", 1, "NOWHERE", "nobody", "drafting", &[&bruno])).await;
    save(&world, saved("c-2", 1, "EMS", "nobody", "drafting", &[&bruno])).await;
    assert!(world.rejections().is_empty() && world.dead.lock().unwrap().is_empty());
    world.star(&bruno, "c-1").await;
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    assert_eq!(world.mails_to(&bruno.email).len(), 2);
    assert!(stars(&world, &ada).await.is_empty());
}

/// More watchers than one transaction, and more than one page of accounts, takes.
#[tokio::test]
async fn every_watcher_has_its_star_however_many_they_are() {
    let world = World::new().await;
    let (ada, ..) = people(&world).await;
    let store = &world.consultations.store;
    let template = store.account(&AccountId::parse(&ada.id).unwrap()).await.unwrap().unwrap();
    let mut watching = 0;
    for i in 0..130 {
        let mut account = template.clone();
        account.id = AccountId::parse(&format!("watcher-{i:03}")).unwrap();
        account.contact.email = vigie_domain::email::Email::parse(&format!("w{i}@example.fr")).unwrap();
        account.permanent_guest.own = i % 10 != 0;
        account.active = i % 11 != 0;
        watching += usize::from(account.permanent_guest.own && account.active);
        store.create_account(&account, None).await.unwrap();
        let mut alerts = account.alerts.clone();
        alerts.automatic_favourites.own_entity = true;
        store.write_alerts(&account, &alerts).await.unwrap();
    }
    save(&world, saved("c-1", 1, "EMS", "nobody", "drafting", &[])).await;
    let followers = store.followers(&ConsultationId::parse("c-1").unwrap(), None).await.unwrap();
    assert_eq!((followers.items.len(), followers.next), (watching, None));
    assert_eq!(world.events("FavouriteAdded").len(), watching);
}

/// A consultation of any shape that the contract allows.
fn any_consultation() -> impl Strategy<Value = Value> {
    let text = "[ -~éà日\\n\\t\u{202e}]{0,40}";
    let phase = prop::sample::select(&["drafting", "consultation", "opening", "decision", "archived", "cancelled"][..]);
    let deadline = prop::option::of(0..4_000_000_000_i64);
    (
        ("[A-Za-z0-9._-]{1,128}", 1..u64::from(u32::MAX), text, text, text),
        (
            phase,
            deadline,
            prop::collection::btree_set("[A-Za-z0-9._-]{1,20}", 0..5),
            prop::option::of("https://[a-z]{1,9}/[a-z0-9?=&]{0,20}"),
        ),
    )
        .prop_map(|((id, revision, reference, title, organisation), (phase, deadline, guests, url))| {
            let deadline = deadline.map(|second| jiff::Timestamp::from_second(second).unwrap());
            json!({
                "consultationId": id, "revision": revision, "reference": reference, "title": title, "organisation": organisation,
                "entityId": "DSI", "authorAccountId": "a", "phase": phase, "submissionDeadline": deadline, "guests": guests, "url": url,
            })
        })
}

fn any_fact() -> impl Strategy<Value = (&'static str, Value)> {
    let id = || "[A-Za-z0-9._-]{1,128}";
    let text = || "[ -~éà日\\n\u{202e}]{0,40}";
    let at = || (0..4_000_000_000_i64).prop_map(|second| jiff::Timestamp::from_second(second).unwrap().to_string());
    let on = || prop::sample::select(&["2026-11-24", "2015-04-10", "2028-02-29"][..]);
    let url = || prop::option::of("https://[a-z]{1,9}/[a-z0-9]{0,9}");
    // Buyers number or name their lots and levels.
    let label = || prop_oneof![text().prop_map(|text| json!(text)), (0..100_u32).prop_map(|number| json!(number))];
    prop_oneof![
        (id(), text(), at(), any::<bool>(), prop::collection::vec(label(), 0..4)).prop_map(|(id, number, at, paper, lots)| {
            let channel = if paper { "paper" } else { "electronic" };
            ("TenderReceived", json!({"depositId": id, "depositNumber": number, "receivedAt": at, "channel": channel, "lots": lots}))
        }),
        (id(), at(), prop::sample::select(&["identified", "anonymous", "paper"][..]))
            .prop_map(|(id, at, channel)| ("DocumentsWithdrawn", json!({"withdrawalId": id, "at": at, "channel": channel}))),
        (id(), at(), text(), url()).prop_map(|(id, at, r#type, url)| {
            ("MessageReceived", json!({"messageId": id, "receivedAt": at, "messageType": r#type, "url": url}))
        }),
        (id(), at(), any::<bool>(), url()).prop_map(|(id, at, attachment, url)| {
            ("QuestionReceived", json!({"questionId": id, "receivedAt": at, "hasAttachment": attachment, "url": url}))
        }),
        (id(), text(), label(), on(), url(), url()).prop_map(|(id, number, edition, on, url, pdf)| {
            let detail = json!({"noticeId": id, "noticeNumber": number, "edition": edition, "publishedOn": on, "url": url, "pdfUrl": pdf});
            ("NoticePublished", detail)
        }),
        (id(), any::<u32>(), prop::collection::vec(text(), 0..4), url()).prop_map(|(id, attempt, reasons, url)| {
            ("NoticeRejected", json!({"noticeId": id, "attempt": attempt, "reasons": reasons, "url": url}))
        }),
        (any::<bool>(), id(), label(), text(), prop::option::of(on()), url()).prop_map(|(validation, id, level, by, on, url)| {
            let detail = json!({"requestId": id, "level": level, "requestedBy": by, "wantedOn": on, "url": url});
            (if validation { "ValidationRequested" } else { "ApprovalRequested" }, detail)
        }),
    ]
}

#[tokio::test]
async fn consultations_and_facts_come_out_of_the_table_as_they_went_in() {
    let world = World::new().await;
    let store = &world.consultations.store;
    let mut runner = TestRunner::new(Config::default());
    for _ in 0..150 {
        let detail = any_consultation().new_tree(&mut runner).unwrap().current();
        let consultation: Consultation = serde_json::from_value(detail).unwrap();
        store.save_consultation(&consultation).await.unwrap();
        assert_eq!(store.consultation(&consultation.id).await.unwrap(), Some(consultation.clone()));

        let (detail_type, detail) = any_fact().new_tree(&mut runner).unwrap().current();
        let (_, fact) = Fact::from_event(detail_type, &with(detail, "consultationId", json!(consultation.id))).unwrap().unwrap();
        store.record_fact(&consultation.id, &fact, world.now()).await.unwrap();
        let told = store.told(&consultation.id, fact.kind(), &fact.key()).await.unwrap();
        assert_eq!(told.fact.map(|recorded| recorded.fact), Some(fact));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn deposits_at_once_are_counted_one_by_one_and_each_once() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    save(&world, saved("c-1", 1, "DSI", &bruno.id, "drafting", &[])).await;
    let paper = |deposit: &str| with(tender("c-1", deposit), "channel", json!("paper"));
    for wave in 0..4 {
        // Three electronic and one paper deposit, each sent twice.
        let events = (0..8).map(|i| {
            let deposit = format!("d-{wave}-{}", i % 4);
            ("TenderReceived", if i % 4 == 3 { paper(&deposit) } else { tender("c-1", &deposit) })
        });
        at_once(&world, events.collect::<Vec<_>>()).await;
    }
    let facts = world.consultations.store.facts(&ConsultationId::parse("c-1").unwrap(), None).await.unwrap().items;
    let (mut electronic, mut on_paper) = (Vec::new(), Vec::new());
    for recorded in facts {
        let told = recorded.fact.alert().is_some();
        if told { &mut electronic } else { &mut on_paper }.push(recorded.total.unwrap());
    }
    electronic.sort_unstable();
    on_paper.sort_unstable();
    assert_eq!(electronic, (1..=12).collect::<Vec<_>>());
    assert_eq!(on_paper, [1, 2, 3, 4]);
}
