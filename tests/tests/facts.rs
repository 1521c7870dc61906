//! What happens on a consultation, from the portal's event to exactly the right inboxes.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use tokio::task::{JoinSet, LocalSet};
use vigie_platform::{runtime::Consumer, store::deliveries::State};
use vigie_tests::{
    World,
    story::{Person, alerts, saved, tender},
    traffic::{News, news},
    world::sqs,
};

/// An organisation `EMS` with the service `EMS-DSI`.
async fn organisation() -> (Arc<World>, Person) {
    let world = World::new().await;
    let ada = world.organisation("EMS").await;
    world.entity(&ada, "EMS-DSI", "EMS").await;
    (Arc::new(world), ada)
}

/// Agents of `EMS-DSI` who want everything.
async fn agents<const N: usize>(world: &World, ada: &Person, names: [&str; N]) -> [Person; N] {
    let mut agents = Vec::new();
    for name in names {
        let agent = world.agent(ada, "EMS-DSI", name).await;
        world.wants_everything(&agent).await;
        agents.push(agent);
    }
    agents.try_into().expect("as many")
}

/// Chooses a mode for one kind, and another for the others.
async fn wants(world: &World, person: &Person, kind: &str, mode: &str, others: &str) {
    let mut choice = alerts(others);
    choice["kinds"][kind] = json!(mode);
    world.put(&person.login, &person.path("/alerts"), choice).await.expect(200);
}

fn addresses<'p>(people: impl IntoIterator<Item = &'p Person>) -> Vec<String> {
    let mut addresses: Vec<_> = people.into_iter().map(|person| person.email.clone()).collect();
    addresses.sort();
    addresses
}

/// Who was told of a fact, by the events on the bus.
fn told(world: &World, outcome: &str, news: &News) -> Vec<String> {
    let told = world.events(outcome).into_iter().filter(|event| event["kind"] == news.fact && event["factKey"] == news.key);
    let mut told: Vec<_> = told.map(|event| event["accountId"].as_str().expect("an id").to_owned()).collect();
    told.sort();
    told
}

/// The facts in the table.
async fn facts(world: &World) -> Vec<Value> {
    let items = world.table.items().await;
    let facts = items.into_iter().filter(|item| item["sk"].as_s().is_ok_and(|sk| sk.starts_with("FACT#")));
    facts.map(|item| serde_dynamo::from_item(item).expect("JSON")).collect()
}

#[tokio::test]
async fn each_kind_mails_exactly_those_who_want_it() {
    let (world, ada) = organisation().await;
    let [author, all] = agents(&world, &ada, ["Author", "All"]).await;
    let kinds = ["tenderReceived", "messageReceived", "questionReceived", "noticePublished", "noticeRejected", "approvalRequested"];
    let mut only = Vec::new();
    for kind in kinds {
        let agent = world.agent(&ada, "EMS-DSI", &format!("Only-{kind}")).await;
        wants(&world, &agent, kind, "immediate", "off").await;
        only.push(agent);
    }
    let [nothing, unstarred, stranger] = agents(&world, &ada, ["Nothing", "Unstarred", "Stranger"]).await;
    world.put(&nothing.login, &nothing.path("/alerts"), alerts("off")).await.expect(200);
    let guests: Vec<_> = only.iter().chain([&all, &nothing, &unstarred]).collect();
    world.send("ConsultationSaved", saved("c-1", 1, "EMS-DSI", &author.id, "drafting", &guests)).await;
    for person in only.iter().chain([&all, &nothing]) {
        world.star(person, "c-1").await;
    }
    world.get(&stranger.login, &stranger.path("/favourites")).await.expect(200);

    for fact in news("c-1") {
        world.empty_inbox();
        world.send(fact.detail_type, fact.detail.clone()).await;

        let one = &only[kinds.iter().position(|kind| *kind == fact.kind).expect("a kind")];
        assert_eq!(world.mailed(), addresses([&author, &all, one]), "{}", fact.detail_type);
        let subject = format!("[21-166157] {}", fact.subject);
        assert!(world.mails().iter().all(|mail| mail.subject == subject), "{:?}", world.mails()[0].subject);
        let mut ids: Vec<_> = [&author, &all, one].map(|person| person.id.clone()).to_vec();
        ids.sort();
        assert_eq!(told(&world, "AlertSent", &fact), ids, "{}", fact.detail_type);
    }
    assert!(world.events("AlertFailed").is_empty());
    assert!(world.rejections().is_empty(), "{:?}", world.rejections());
}

#[tokio::test]
async fn paper_tenders_and_withdrawals_are_recorded_and_mail_nobody() {
    let (world, ada) = organisation().await;
    let [author] = agents(&world, &ada, ["Author"]).await;
    world.send("ConsultationSaved", saved("c-1", 1, "EMS-DSI", &author.id, "drafting", &[])).await;
    world.empty_inbox();

    let mut paper = tender("c-1", "p-1");
    paper["channel"] = json!("paper");
    world.send("TenderReceived", paper).await;
    for (id, channel) in [("w-1", "identified"), ("w-2", "anonymous"), ("w-3", "paper")] {
        let withdrawal = json!({"consultationId": "c-1", "withdrawalId": id, "at": "2026-11-24T09:00:00+01:00", "channel": channel});
        world.send("DocumentsWithdrawn", withdrawal).await;
    }

    assert!(world.mails().is_empty());
    assert!(world.events("AlertDue").is_empty());
    let mut recorded: Vec<_> = facts(&world).await.iter().map(|fact| fact["sk"].as_str().expect("a key").to_owned()).collect();
    recorded.sort();
    let withdrawals = ["FACT#documentsWithdrawn#w-1", "FACT#documentsWithdrawn#w-2", "FACT#documentsWithdrawn#w-3"];
    assert_eq!(recorded[..3], withdrawals);
    assert_eq!(recorded[3..], ["FACT#tenderReceived#p-1"]);
    assert!(world.rejections().is_empty(), "{:?}", world.rejections());
}

#[tokio::test]
async fn facts_delivered_ten_times_at_once_are_one_mail_each() {
    let (world, ada) = organisation().await;
    let [author, guest, other] = agents(&world, &ada, ["Author", "Guest", "Other"]).await;
    world.send("ConsultationSaved", saved("c-1", 1, "EMS-DSI", &author.id, "drafting", &[&guest, &other])).await;
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
        let mails: Vec<_> = world.mails().into_iter().filter(|mail| mail.subject == subject).collect();
        assert_eq!(mails.len(), 3, "{}", fact.detail_type);
        assert_eq!(told(&world, "AlertSent", &fact).len(), 3, "{}", fact.detail_type);
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
    assert!(local.run_until(tasks.join_all()).await.into_iter().all(|acknowledged| acknowledged));

    let records = world.table.records();
    let facts = records.iter().filter(|record| record["dynamodb"]["Keys"]["sk"]["S"].as_str().is_some_and(|sk| sk.starts_with("FACT#")));
    assert_eq!(facts.count(), news("c-1").len());
}

#[tokio::test]
async fn facts_delivered_ten_times_at_once_with_their_consultation_are_one_mail_each() {
    let (world, ada) = organisation().await;
    let [author] = agents(&world, &ada, ["Author"]).await;
    world.empty_inbox();

    world.publish("ConsultationSaved", saved("c-1", 1, "EMS-DSI", &author.id, "drafting", &[]));
    for fact in news("c-1") {
        world.publish(fact.detail_type, fact.detail);
    }
    world.publish("ConsultationSaved", saved("c-1", 2, "EMS-DSI", &author.id, "consultation", &[]));
    world.storm(10).await;

    let subjects: std::collections::BTreeSet<_> = world.mails().into_iter().map(|mail| mail.subject).collect();
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
#[ignore = "record_fact must let a fact wait until the automatic favourites are given, whatever the phase"]
async fn a_release_and_a_fact_before_the_first_save_mail_the_author_once() {
    mails_the_author_once([1, 2, 0]).await;
}

async fn mails_the_author_once(order: [usize; 3]) {
    let (world, ada) = organisation().await;
    let [author] = agents(&world, &ada, ["Author"]).await;
    world.empty_inbox();
    let events = [
        ("ConsultationSaved", saved("c-1", 1, "EMS-DSI", &author.id, "drafting", &[])),
        ("ConsultationSaved", saved("c-1", 2, "EMS-DSI", &author.id, "consultation", &[])),
        ("TenderReceived", tender("c-1", "d-1")),
    ];
    for _ in 0..2 {
        for (detail_type, detail) in order.map(|i| events[i].clone()) {
            world.send(detail_type, detail).await;
        }
    }
    assert_eq!(world.mailed(), std::slice::from_ref(&author.email), "{order:?}");
    assert_eq!(world.mails()[0].subject, "[21-166157] Nouveau dépôt électronique");
}

#[tokio::test]
async fn a_fact_between_a_first_save_and_its_favourites_reaches_the_author() {
    let (world, ada) = organisation().await;
    let [author] = agents(&world, &ada, ["Author"]).await;
    world.empty_inbox();
    let detail = saved("c-1", 1, "EMS-DSI", &author.id, "drafting", &[]);
    let consultation = serde_json::from_value(detail.clone()).expect("a consultation");

    // The worker that saves is cut short after the consultation and before the stars; its message comes back later.
    world.table.store().save_consultation(&consultation).await.expect("a save");
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

    world.send("ConsultationSaved", saved("c-1", 1, "EMS-DSI", &author.id, "drafting", &[])).await;
    assert_eq!(world.mails().len(), news("c-1").len());
    assert_eq!(world.events("AlertSent").len(), news("c-1").len());

    for fact in news("c-1") {
        world.send(fact.detail_type, fact.detail).await;
    }
    world.send("ConsultationSaved", saved("c-1", 2, "EMS-DSI", &author.id, "consultation", &[])).await;
    assert_eq!(world.mails().len(), news("c-1").len());
}

#[tokio::test]
async fn a_fact_before_a_consultation_that_starts_released_is_sent_once_somebody_follows_by_a_late_drafting_save() {
    let (world, ada) = organisation().await;
    let [author] = agents(&world, &ada, ["Author"]).await;
    world.empty_inbox();
    world.send("TenderReceived", tender("c-1", "d-1")).await;

    world.send("ConsultationSaved", saved("c-1", 5, "EMS-DSI", &author.id, "consultation", &[])).await;
    assert!(!world.events("ConsultationReady").is_empty());
    assert!(world.mails().is_empty(), "nobody follows it");

    world.send("ConsultationSaved", saved("c-1", 1, "EMS-DSI", &author.id, "drafting", &[])).await;
    assert_eq!(world.mailed(), [author.email]);
    assert!(world.mails()[0].text.contains("Consultation"), "the phase of the newest revision");
}

#[tokio::test]
async fn a_late_drafting_save_rolls_nothing_back_and_stars_once() {
    let (world, ada) = organisation().await;
    let [author] = agents(&world, &ada, ["Author"]).await;
    let mut released = saved("c-1", 5, "EMS-DSI", &author.id, "consultation", &[]);
    released["title"] = json!("Le titre de la version 5");
    world.send("ConsultationSaved", released).await;

    world.send("ConsultationSaved", saved("c-1", 1, "EMS-DSI", &author.id, "drafting", &[])).await;
    let favourites = world.get(&author.login, &author.path("/favourites")).await.expect(200).json;
    assert_eq!(favourites["items"][0]["title"], "Le titre de la version 5");
    assert_eq!(favourites["items"][0]["phase"], "consultation");
    assert_eq!(favourites["items"][0]["automatic"], "mine");

    world.delete(&author.login, &author.path("/favourites/c-1")).await.expect(204);
    for revision in [1, 2, 6] {
        world.send("ConsultationSaved", saved("c-1", revision, "EMS-DSI", &author.id, "drafting", &[])).await;
    }
    let favourites = world.get(&author.login, &author.path("/favourites")).await.expect(200).json;
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
    world.put(&author.login, &author.path("/alerts"), choice).await.expect(200);
    world.empty_inbox();

    world.send("ConsultationSaved", saved("c-1", 1, "EMS-DSI", &author.id, "drafting", &[])).await;
    world.send("TenderReceived", tender("c-1", "d-1")).await;

    assert!(world.events("FavouriteAdded").is_empty());
    assert!(world.mails().is_empty());
}

#[tokio::test]
async fn running_totals_are_exact_when_deposits_come_at_once() {
    let (world, ada) = organisation().await;
    let [author] = agents(&world, &ada, ["Author"]).await;
    world.send("ConsultationSaved", saved("c-1", 1, "EMS-DSI", &author.id, "drafting", &[])).await;
    world.empty_inbox();

    for i in 0..12 {
        world.publish("TenderReceived", tender("c-1", &format!("d-{i}")));
    }
    for i in 0..5 {
        let mut paper = tender("c-1", &format!("p-{i}"));
        paper["channel"] = json!("paper");
        world.publish("TenderReceived", paper);
    }
    world.storm(3).await;

    let facts = facts(&world).await;
    let totals = |id: char| {
        let mut totals: Vec<_> = facts
            .iter()
            .filter(|fact| fact["sk"].as_str().is_some_and(|sk| sk.starts_with(&format!("FACT#tenderReceived#{id}-"))))
            .map(|fact| fact["total"].as_u64().expect("a total"))
            .collect();
        totals.sort_unstable();
        totals
    };
    assert_eq!(totals('d'), (1..=12).collect::<Vec<_>>());
    assert_eq!(totals('p'), (1..=5).collect::<Vec<_>>());
    assert_eq!(world.mails().len(), 12);
    for total in 1..=12 {
        let line = format!("Dépôts électroniques à ce jour\u{a0}: {total}, celui-ci compris");
        assert_eq!(world.mails().iter().filter(|mail| mail.text.contains(&line)).count(), 1, "{total}");
    }
}

#[tokio::test]
#[ignore = "Fact::key must not quote free text"]
async fn levels_and_editions_in_words_are_facts_of_their_own_and_stay_out_of_events() {
    let (world, ada) = organisation().await;
    let [author] = agents(&world, &ada, ["Author"]).await;
    world.send("ConsultationSaved", saved("c-1", 1, "EMS-DSI", &author.id, "drafting", &[])).await;
    world.empty_inbox();

    for level in ["Mme Zélie Xantippe", "M. Bruno Quetsche", "Mme Zélie Xantippe"] {
        let request = json!({"consultationId": "c-1", "requestId": "r-1", "level": level, "requestedBy": "Ada"});
        world.send("ApprovalRequested", request).await;
    }
    let notice =
        json!({"consultationId": "c-1", "noticeId": "n-1", "noticeNumber": "26-1", "edition": "n° 227 A", "publishedOn": "2026-11-24"});
    world.send("NoticePublished", notice).await;

    assert_eq!(world.mails().len(), 3, "one for each level, one for the notice");
    for event in world.published() {
        assert!(!event.to_string().contains("Xantippe") && !event.to_string().contains("Quetsche"), "{event}");
        let printable = |key: &str| key.bytes().all(|byte| byte.is_ascii_graphic());
        assert!(event["detail"]["factKey"].as_str().is_none_or(printable), "{event}");
    }
}

#[tokio::test]
async fn recipients_are_judged_when_the_mail_is_sent() {
    let (world, ada) = organisation().await;
    world.entity(&ada, "EMS-EAU", "EMS").await;
    let author = world.agent(&ada, "EMS-DSI", "Author").await;
    world.wants_everything(&author).await;
    let names = ["Stays", "Unstars", "Kind-off", "Uninvited", "Deactivated", "Unconfirmed", "Undeliverable"];
    let [stays, unstars, kind_off, uninvited, deactivated, unconfirmed, undeliverable] = agents(&world, &ada, names).await;
    let [own, moved] = agents(&world, &ada, ["Own", "Moved"]).await;
    let dependent = world.agent(&ada, "EMS", "Dependent").await;
    let [transverse, unlinked] = [world.agent(&ada, "EMS-EAU", "Transverse").await, world.agent(&ada, "EMS-EAU", "Unlinked").await];
    for (person, entity, right) in [
        (&own, "EMS-DSI", "own"),
        (&moved, "EMS-DSI", "own"),
        (&dependent, "EMS", "dependent"),
        (&transverse, "EMS-EAU", "transverse"),
        (&unlinked, "EMS-EAU", "transverse"),
    ] {
        world.wants_everything(person).await;
        let mut rights = json!({"own": false, "dependent": false, "transverse": false});
        rights[right] = json!(true);
        world.rights(&ada, entity, &person.id, rights).await;
    }
    world.put(&ada.login, "/v1/entities/EMS-EAU/transverse/EMS-DSI", json!({})).await.expect(204);
    let guests = [&stays, &unstars, &kind_off, &uninvited, &deactivated, &unconfirmed, &undeliverable];
    world.consultation("c-1", "EMS-DSI", &author, &guests).await;
    for person in guests.into_iter().chain([&author, &own, &moved, &dependent, &transverse, &unlinked]) {
        world.star(person, "c-1").await;
    }
    world.settle().await;
    world.empty_inbox();

    world.publish("TenderReceived", tender("c-1", "d-1"));
    let due = world.due().await;
    assert_eq!(due.len(), 1);
    assert_eq!(due[0]["detail"]["accountIds"].as_array().map(Vec::len), Some(13));
    world.delete(&unstars.login, &unstars.path("/favourites/c-1")).await.expect(204);
    wants(&world, &kind_off, "tenderReceived", "off", "immediate").await;
    let left: Vec<_> = guests.into_iter().filter(|guest| guest.id != uninvited.id).collect();
    let event = json!({"source": "procurement", "detail-type": "ConsultationSaved", "detail": saved("c-1", 2, "EMS-DSI", &author.id, "consultation", &left)});
    world.consultations.consume(sqs(&event, 1)).await.expect("a save");
    let administer = async |entity: &str, person: &Person, change: Value| {
        world.patch(&ada.login, &format!("/v1/entities/{entity}/agents/{}", person.id), change).await.expect(200);
    };
    administer("EMS-DSI", &deactivated, json!({"active": false})).await;
    let none = json!({"permanentGuest": {"own": false, "dependent": false, "transverse": false}});
    administer("EMS-DSI", &own, none.clone()).await;
    administer("EMS", &dependent, none.clone()).await;
    administer("EMS-EAU", &transverse, none).await;
    administer("EMS-DSI", &moved, json!({"entityId": "EMS-EAU"})).await;
    for (person, status) in [(&unconfirmed, "unconfirmed"), (&undeliverable, "undeliverable")] {
        world.set(&format!("ACCOUNT#{}", person.id), "ACCOUNT", "emailStatus", AttributeValue::S(status.to_owned())).await;
    }
    world.delete(&ada.login, "/v1/entities/EMS-EAU/transverse/EMS-DSI").await.expect(204);
    world.resume(due).await;

    assert_eq!(world.mailed(), addresses([&author, &stays]));
    assert_eq!(world.events("AlertSent").len(), 2);
    assert!(world.events("AlertFailed").is_empty());
    for (person, reason) in [
        (&uninvited, "mayNotSeeIt"),
        (&own, "mayNotSeeIt"),
        (&moved, "mayNotSeeIt"),
        (&dependent, "mayNotSeeIt"),
        (&transverse, "mayNotSeeIt"),
        (&unlinked, "mayNotSeeIt"),
        (&deactivated, "inactive"),
        (&unconfirmed, "addressUnconfirmed"),
        (&undeliverable, "addressUndeliverable"),
    ] {
        let delivery = world.delivery(&person.id, "c-1", "tenderReceived", "d-1").await;
        let delivery = delivery.unwrap_or_else(|| panic!("no record of {}", person.email));
        assert_eq!((delivery.state, delivery.reason.as_deref()), (State::Skipped, Some(reason)), "{}", person.email);
    }
    for person in [&unstars, &kind_off] {
        assert!(world.delivery(&person.id, "c-1", "tenderReceived", "d-1").await.is_none(), "{}", person.email);
    }
    for person in [&author, &stays] {
        let delivery = world.delivery(&person.id, "c-1", "tenderReceived", "d-1").await.expect("a record");
        assert_eq!(delivery.state, State::Sent);
        assert!(delivery.message_id.is_some());
    }
}

#[tokio::test]
async fn permanent_guests_are_mailed_for_their_scope_and_told_why() {
    let (world, ada) = organisation().await;
    world.entity(&ada, "EMS-DSI-RES", "EMS-DSI").await;
    world.entity(&ada, "EMS-EAU", "EMS").await;
    let author = world.agent(&ada, "EMS-DSI-RES", "Author").await;
    let nothing = json!({"own": false, "dependent": false, "transverse": false});
    let all = json!({"own": true, "dependent": true, "transverse": true});
    let mut told = Vec::new();
    for (name, entity, rights, why) in [
        ("Own", "EMS-DSI-RES", json!({"own": true, "dependent": false, "transverse": false}), Some("de votre entité")),
        ("Parent", "EMS-DSI", json!({"own": false, "dependent": true, "transverse": false}), Some("qui dépendent de la vôtre")),
        ("Root", "EMS", json!({"own": false, "dependent": true, "transverse": false}), Some("qui dépendent de la vôtre")),
        ("Linked", "EMS-EAU", json!({"own": false, "dependent": false, "transverse": true}), Some("associées transversalement à la vôtre")),
        ("Own-of-parent", "EMS-DSI", json!({"own": true, "dependent": false, "transverse": true}), None),
        ("Dependent-of-same", "EMS-DSI-RES", json!({"own": false, "dependent": true, "transverse": true}), None),
        ("Sibling", "EMS-EAU", json!({"own": true, "dependent": true, "transverse": false}), None),
        ("Nobody", "EMS-DSI-RES", nothing, None),
    ] {
        let agent = world.agent(&ada, entity, name).await;
        world.wants_everything(&agent).await;
        // With every right, so that the star is given; what counts is the right when the mail is sent.
        world.rights(&ada, entity, &agent.id, all.clone()).await;
        told.push((agent, entity, rights, why));
    }
    world.put(&ada.login, "/v1/entities/EMS-EAU/transverse/EMS-DSI-RES", json!({})).await.expect(204);
    let guests: Vec<_> = told.iter().map(|(agent, ..)| agent).collect();
    world.consultation("c-1", "EMS-DSI-RES", &author, &guests).await;
    for (agent, entity, rights, _) in &told {
        world.star(agent, "c-1").await;
        world.rights(&ada, entity, &agent.id, rights.clone()).await;
    }
    world.send("ConsultationSaved", saved("c-1", 2, "EMS-DSI-RES", &author.id, "consultation", &[])).await;
    world.empty_inbox();

    world.send("TenderReceived", tender("c-1", "d-1")).await;

    assert_eq!(world.mailed(), addresses(told.iter().filter(|(.., why)| why.is_some()).map(|(agent, ..)| agent)));
    for (agent, _, _, why) in &told {
        let Some(why) = why else { continue };
        assert!(world.mails_to(&agent.email)[0].text.contains(why), "{}", agent.email);
    }
}
