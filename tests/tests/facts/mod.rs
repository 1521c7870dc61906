//! Facts of a consultation, from the portal's event to exactly the right inboxes.

mod order;
mod recipients;
mod waiting;

use std::sync::Arc;

use serde_json::{Value, json};
use vigie_tests::{
    World,
    scenario::{Person, alerts, tender},
    traffic::{News, news},
};

/// An organisation `EMS` with the service `EMS-DSI`.
async fn organisation() -> (Arc<World>, Person) {
    let (world, ada) = World::with("EMS").await;
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
    person.put(world, "/alerts", choice).await.expect(200);
}

fn addresses<'p>(people: impl IntoIterator<Item = &'p Person>) -> Vec<String> {
    let mut addresses: Vec<_> = people
        .into_iter()
        .map(|person| person.email.clone())
        .collect();
    addresses.sort();
    addresses
}

/// Returns the people told of a fact, by the events on the bus.
fn told(world: &World, outcome: &str, news: &News) -> Vec<String> {
    let told = world
        .events(outcome)
        .into_iter()
        .filter(|event| event["kind"] == news.fact && event["factKey"] == news.key);
    let mut told: Vec<_> = told
        .map(|event| event["accountId"].as_str().expect("an id").to_owned())
        .collect();
    told.sort();
    told
}

/// The facts in the table.
async fn facts(world: &World) -> Vec<Value> {
    let items = world.table.items().await;
    let facts = items
        .into_iter()
        .filter(|item| item["sk"].as_s().is_ok_and(|sk| sk.starts_with("FACT#")));
    facts
        .map(|item| serde_dynamo::from_item(item).expect("JSON"))
        .collect()
}

#[tokio::test]
async fn each_kind_mails_exactly_those_who_want_it() {
    let (world, ada) = organisation().await;
    let [author, all] = agents(&world, &ada, ["Author", "All"]).await;
    let kinds = [
        "tenderReceived",
        "messageReceived",
        "questionReceived",
        "noticePublished",
        "noticeRejected",
        "approvalRequested",
    ];
    let mut only = Vec::new();
    for kind in kinds {
        let agent = world.agent(&ada, "EMS-DSI", &format!("Only-{kind}")).await;
        wants(&world, &agent, kind, "immediate", "off").await;
        only.push(agent);
    }
    let [nothing, unstarred, stranger] =
        agents(&world, &ada, ["Nothing", "Unstarred", "Stranger"]).await;
    nothing
        .put(&world, "/alerts", alerts("off"))
        .await
        .expect(200);
    let guests: Vec<_> = only.iter().chain([&all, &nothing, &unstarred]).collect();
    world
        .save("c-1", 1, "EMS-DSI", &author.id, "drafting", &guests)
        .await;
    for person in only.iter().chain([&all, &nothing]) {
        world.star(person, "c-1").await;
    }
    stranger.get(&world, "/favourites").await.expect(200);

    for fact in news("c-1") {
        world.empty_inbox();
        world.send(fact.detail_type, fact.detail.clone()).await;

        let one = &only[kinds
            .iter()
            .position(|kind| *kind == fact.kind)
            .expect("a kind")];
        assert_eq!(
            world.mailed(),
            addresses([&author, &all, one]),
            "{}",
            fact.detail_type
        );
        let subject = format!("[21-166157] {}", fact.subject);
        assert!(
            world.mails().iter().all(|mail| mail.subject == subject),
            "{:?}",
            world.mails()[0].subject
        );
        let mut ids: Vec<_> = [&author, &all, one]
            .map(|person| person.id.clone())
            .to_vec();
        ids.sort();
        assert_eq!(
            told(&world, "AlertSent", &fact),
            ids,
            "{}",
            fact.detail_type
        );
    }
    assert!(world.events("AlertFailed").is_empty());
    assert!(world.rejections().is_empty(), "{:?}", world.rejections());
}

#[tokio::test]
async fn paper_tenders_and_withdrawals_are_recorded_and_mail_nobody() {
    let (world, ada) = organisation().await;
    let [author] = agents(&world, &ada, ["Author"]).await;
    world
        .save("c-1", 1, "EMS-DSI", &author.id, "drafting", &[])
        .await;
    world.empty_inbox();

    let mut paper = tender("c-1", "p-1");
    paper["channel"] = json!("paper");
    world.send("TenderReceived", paper).await;
    for (id, channel) in [
        ("w-1", "identified"),
        ("w-2", "anonymous"),
        ("w-3", "paper"),
    ] {
        let withdrawal = json!({"consultationId": "c-1", "withdrawalId": id, "at": "2026-11-24T09:00:00+01:00", "channel": channel});
        world.send("DocumentsWithdrawn", withdrawal).await;
    }

    assert!(world.mails().is_empty());
    assert!(world.events("AlertDue").is_empty());
    let mut recorded: Vec<_> = facts(&world)
        .await
        .iter()
        .map(|fact| fact["sk"].as_str().expect("a key").to_owned())
        .collect();
    recorded.sort();
    let withdrawals = [
        "FACT#documentsWithdrawn#w-1",
        "FACT#documentsWithdrawn#w-2",
        "FACT#documentsWithdrawn#w-3",
    ];
    assert_eq!(recorded[..3], withdrawals);
    assert_eq!(recorded[3..], ["FACT#tenderReceived#p-1"]);
    assert!(world.rejections().is_empty(), "{:?}", world.rejections());
}

#[tokio::test]
async fn running_totals_are_exact_when_deposits_come_at_once() {
    let (world, ada) = organisation().await;
    let [author] = agents(&world, &ada, ["Author"]).await;
    world
        .save("c-1", 1, "EMS-DSI", &author.id, "drafting", &[])
        .await;
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
            .filter(|fact| {
                fact["sk"]
                    .as_str()
                    .is_some_and(|sk| sk.starts_with(&format!("FACT#tenderReceived#{id}-")))
            })
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
        assert_eq!(
            world
                .mails()
                .iter()
                .filter(|mail| mail.text.contains(&line))
                .count(),
            1,
            "{total}"
        );
    }
}

#[tokio::test]
async fn levels_and_editions_in_words_are_facts_of_their_own_and_stay_out_of_events() {
    let (world, ada) = organisation().await;
    let [author] = agents(&world, &ada, ["Author"]).await;
    world
        .save("c-1", 1, "EMS-DSI", &author.id, "drafting", &[])
        .await;
    world.empty_inbox();

    for level in [
        "Mme Zélie Xantippe",
        "M. Bruno Quetsche",
        "Mme Zélie Xantippe",
    ] {
        let request = json!({"consultationId": "c-1", "requestId": "r-1", "level": level, "requestedBy": "Ada"});
        world.send("ApprovalRequested", request).await;
    }
    let notice = json!({"consultationId": "c-1", "noticeId": "n-1", "noticeNumber": "26-1", "edition": "n° 227 A", "publishedOn": "2026-11-24"});
    world.send("NoticePublished", notice).await;

    assert_eq!(
        world.mails().len(),
        3,
        "one for each level, one for the notice"
    );
    for event in world.published() {
        assert!(
            !event.to_string().contains("Xantippe") && !event.to_string().contains("Quetsche"),
            "{event}"
        );
        let printable = |key: &str| key.bytes().all(|byte| byte.is_ascii_graphic());
        assert!(
            event["detail"]["factKey"].as_str().is_none_or(printable),
            "{event}"
        );
    }
}
