//! Nothing is lost, and nothing is sent twice that need not be, whoever dies, throttles or refuses. ARCHITECTURE.md, "Delivery".

use std::{collections::BTreeMap, sync::Arc};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::task::LocalSet;
use vigie_domain::id::{AccountId, ConsultationId};
use vigie_mailer::Mailer;
use vigie_platform::{
    runtime::Consumer,
    store::deliveries::{Claim, Delivery, Intent, Outcome, State, Subject},
};
use vigie_tests::{World, story::tender, wire::Fault, world::sqs};

/// What became of a message.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Acknowledged,
    Back,
    Died,
}

/// A consultation that so many agents follow, and a tender: what waits for the mailer. Everybody's address, sorted.
async fn alert(followers: usize) -> (Arc<World>, Vec<String>, Vec<Value>) {
    let world = World::new().await;
    let ada = world.organisation("EMS").await;
    world.consultation("c-1", "EMS", &ada, &[]).await;
    let crowd = world.crowd("EMS", "c-1", followers).await;
    world.empty_inbox();
    world.wire.with(|traffic| traffic.ses_calls = 0);
    world.publish("TenderReceived", tender("c-1", "d-1"));
    let due = world.due().await;
    assert!(due.len() >= followers.div_ceil(50));
    (Arc::new(world), crowd, due)
}

fn subject() -> Subject {
    Subject::alert(&ConsultationId::parse("c-1").expect("an id"), "tenderReceived", "d-1")
}

/// Hands a message to the mailer, in a process of its own as it were.
async fn work(world: &Arc<World>, event: &Value, receives: u32) -> End {
    let (world, record) = (Arc::clone(world), sqs(event, receives));
    let work = LocalSet::new();
    let worker = work.spawn_local(async move { ended(&world.mailer, record).await });
    work.await;
    worker.await.unwrap_or(End::Died)
}

async fn ended(mailer: &Mailer, record: Value) -> End {
    let answer = mailer.consume(record).await.expect("an answer");
    if answer["batchItemFailures"].as_array().is_some_and(Vec::is_empty) { End::Acknowledged } else { End::Back }
}

fn faults(world: &World, faults: impl IntoIterator<Item = Fault>) {
    world.wire.with(|traffic| traffic.faults.extend(faults));
}

fn ses_calls(world: &World) -> usize {
    world.wire.with(|traffic| std::mem::take(&mut traffic.ses_calls))
}

/// How many mails each address has.
fn counted(world: &World) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    for to in world.mailed() {
        *counted.entry(to).or_default() += 1;
    }
    counted
}

/// The accounts of an `AlertDue`.
fn accounts(event: &Value) -> Vec<AccountId> {
    let ids = event["detail"]["accountIds"].as_array().expect("ids");
    ids.iter().map(|id| AccountId::parse(id.as_str().expect("an id")).expect("an id")).collect()
}

async fn delivery(world: &World, account: &AccountId) -> Option<Delivery> {
    world.delivery(account.as_str(), "c-1", "tenderReceived", "d-1").await
}

/// The address of an account.
async fn address(world: &World, account: &AccountId) -> String {
    world.table.store().account(account).await.expect("a read").expect("an account").contact.email.as_str().to_owned()
}

#[tokio::test]
async fn a_worker_killed_between_claim_and_send_loses_nothing() {
    let (world, crowd, due) = alert(120).await;
    for event in &due {
        faults(&world, [Fault::DiesBefore]);
        assert_eq!(work(&world, event, 1).await, End::Died);
    }
    assert!(world.mails().is_empty());
    for account in due.iter().flat_map(accounts) {
        assert_eq!(delivery(&world, &account).await.expect("a claim").state, State::Pending);
    }

    world.pass(SignedDuration::from_secs(180));
    for event in &due {
        assert_eq!(work(&world, event, 2).await, End::Acknowledged);
    }
    assert_eq!(world.mailed(), crowd);
    world.settle().await;
    assert_eq!(world.events("AlertSent").len(), 120);
}

#[tokio::test]
async fn a_running_lease_of_somebody_else_is_neither_sent_nor_acknowledged() {
    let (world, crowd, due) = alert(3).await;
    let intents: Vec<_> = accounts(&due[0]).into_iter().map(|id| (id, Intent::Send("ownEntity".to_owned()))).collect();
    let claims = world.table.store().claim(&subject(), &intents, world.now()).await.expect("a claim");
    assert_eq!(claims, [Claim::Held; 3]);

    for _ in 0..2 {
        assert_eq!(work(&world, &due[0], 1).await, End::Back);
        world.pass(SignedDuration::from_secs(29));
    }
    assert_eq!(ses_calls(&world), 0);

    // Its holder is dead: the lease runs out long before the queue hands the message out again.
    world.pass(SignedDuration::from_secs(122));
    assert_eq!(work(&world, &due[0], 2).await, End::Acknowledged);
    assert_eq!(world.mailed(), crowd);
}

#[tokio::test]
async fn of_a_batch_only_what_is_open_is_sent_and_what_somebody_holds_comes_back() {
    let (world, crowd, due) = alert(6).await;
    let (store, ids) = (world.table.store(), accounts(&due[0]));
    let intents: Vec<_> = ids[..4].iter().map(|id| (id.clone(), Intent::Send("ownEntity".to_owned()))).collect();
    store.claim(&subject(), &intents, world.now()).await.expect("a claim");
    let failed = |retryable| Outcome::Failed { reason: "WHY".to_owned(), retryable };
    let outcomes = [Outcome::Sent("m".to_owned()), failed(false), failed(true)];
    let outcomes: Vec<_> = ids.iter().cloned().zip(outcomes).collect();
    store.settle(&subject(), &outcomes).await.expect("a record");

    assert_eq!(work(&world, &due[0], 1).await, End::Back);
    let mut open = Vec::new();
    for id in [&ids[2], &ids[4], &ids[5]] {
        open.push(address(&world, id).await);
    }
    open.sort();
    assert_eq!(world.mailed(), open);
    assert_eq!(ses_calls(&world), 1);

    world.pass(SignedDuration::from_secs(180));
    assert_eq!(work(&world, &due[0], 2).await, End::Acknowledged);
    assert_eq!(counted(&world).len(), crowd.len() - 2);
    assert_eq!(world.mails().len(), crowd.len() - 2);
    assert_eq!(delivery(&world, &ids[1]).await.expect("a record").reason.as_deref(), Some("WHY"));
}

#[tokio::test]
async fn a_worker_killed_between_the_answer_and_its_record_repeats_its_chunk_at_most() {
    for fault in [Fault::DiesAfter, Fault::AnswerLost] {
        let (world, crowd, due) = alert(120).await;
        let expected = if fault == Fault::DiesAfter { End::Died } else { End::Back };
        assert_eq!(work(&world, &due[0], 1).await, End::Acknowledged);
        faults(&world, [fault]);
        assert_eq!(work(&world, &due[1], 1).await, expected);
        assert_eq!(work(&world, &due[2], 1).await, End::Acknowledged);
        assert_eq!(world.mailed(), crowd, "SES sent them all");

        // While the lease runs, nobody knows better.
        assert_eq!(work(&world, &due[1], 2).await, End::Back);
        assert_eq!(world.mails().len(), 120);

        world.pass(SignedDuration::from_secs(180));
        for event in due.iter().chain(&due) {
            assert_eq!(work(&world, event, 3).await, End::Acknowledged);
        }
        let mut twice = Vec::new();
        for account in accounts(&due[1]) {
            twice.push(address(&world, &account).await);
        }
        for (to, count) in counted(&world) {
            assert_eq!(count, if twice.contains(&to) { 2 } else { 1 }, "{to}");
        }
        world.settle().await;
        assert_eq!(world.events("AlertSent").len(), 120);
    }
}

#[tokio::test]
async fn when_nobody_knows_whether_it_was_sent_only_the_lease_leads_to_another_try() {
    let (world, crowd, due) = alert(3).await;
    faults(&world, [Fault::Down]);
    assert_eq!(work(&world, &due[0], 1).await, End::Back);
    assert_eq!(ses_calls(&world), 1, "no retry behind the lease's back");
    assert_eq!(work(&world, &due[0], 2).await, End::Back);
    assert_eq!(ses_calls(&world), 0);
    world.pass(SignedDuration::from_secs(180));
    assert_eq!(work(&world, &due[0], 3).await, End::Acknowledged);
    assert_eq!(world.mailed(), crowd);
}

#[tokio::test]
async fn a_throttled_ses_loses_nothing_and_sends_each_once() {
    let (world, crowd, due) = alert(120).await;
    faults(&world, vec![Fault::Throttle; 14]);

    world.resume(due).await;

    assert_eq!(world.mailed(), crowd);
    assert_eq!(ses_calls(&world), 14 + 3);
    assert_eq!(world.events("AlertSent").len(), 120);
    assert!(world.events("AlertFailed").is_empty());
    assert!(world.dead.lock().expect("a lock").is_empty());
}

#[tokio::test]
async fn entries_that_ses_throttles_are_sent_once_and_the_others_not_again() {
    for status in ["ACCOUNT_THROTTLED", "ACCOUNT_DAILY_QUOTA_EXCEEDED", "ACCOUNT_SENDING_PAUSED", "TRANSIENT_FAILURE"] {
        let (world, crowd, due) = alert(50).await;
        // First forty, then thirty … are too many; the third try of a receive is its last.
        for most in [40, 30, 20, 10] {
            let throttled = crowd.iter().take(most).map(|to| (to.clone(), status)).collect();
            faults(&world, [Fault::Entries(throttled)]);
        }
        assert_eq!(work(&world, &due[0], 1).await, End::Back);
        assert_eq!(world.mails().len(), 30, "{status}");
        for account in accounts(&due[0]) {
            let waits = crowd[..20].contains(&address(&world, &account).await);
            let state = delivery(&world, &account).await.expect("a record").state;
            assert_eq!(state, if waits { State::Pending } else { State::Sent });
        }
        // Certainly not sent, so there is no lease to wait for.
        assert_eq!(work(&world, &due[0], 2).await, End::Acknowledged);
        assert_eq!(world.mailed(), crowd, "{status}");
    }
}

#[tokio::test]
async fn a_refused_entry_fails_alone_with_its_reason() {
    let (world, crowd, due) = alert(50).await;
    faults(&world, [Fault::Entries(vec![(crowd[7].clone(), "MESSAGE_REJECTED"), (crowd[9].clone(), "INVALID_PARAMETER")])]);
    for receives in [1, 2] {
        assert_eq!(work(&world, &due[0], receives).await, End::Acknowledged);
        world.pass(SignedDuration::from_secs(180));
    }
    let sent: Vec<_> = crowd.iter().filter(|to| **to != crowd[7] && **to != crowd[9]).cloned().collect();
    assert_eq!(world.mailed(), sent);
    assert_eq!(ses_calls(&world), 1);

    world.settle().await;
    assert_eq!(world.events("AlertSent").len(), 48);
    let failed = world.events("AlertFailed");
    assert_eq!(failed.len(), 2);
    for event in failed {
        let account = AccountId::parse(event["accountId"].as_str().expect("an id")).expect("an id");
        let reason = if address(&world, &account).await == crowd[7] { "MESSAGE_REJECTED" } else { "INVALID_PARAMETER" };
        assert_eq!(event["reason"], reason);
        assert_eq!((&event["kind"], &event["factKey"]), (&json!("tenderReceived"), &json!("d-1")));
        let delivery = delivery(&world, &account).await.expect("a record");
        assert_eq!((delivery.state, delivery.reason.as_deref()), (State::Failed, Some(reason)));
    }
}

#[tokio::test]
async fn a_call_refused_as_a_whole_is_nobodys_last_word() {
    let (world, crowd, due) = alert(50).await;
    faults(&world, vec![Fault::Refuse; 3]);
    assert_eq!(work(&world, &due[0], 1).await, End::Back);
    assert!(world.mails().is_empty());
    assert_eq!(work(&world, &due[0], 2).await, End::Acknowledged);
    assert_eq!(world.mailed(), crowd);
}

#[tokio::test]
async fn the_last_receive_records_the_failure_and_a_redrive_sends_it() {
    for (fault, tries, reason) in [(Fault::Throttle, 12, "TooManyRequestsException"), (Fault::Down, 4, "unknown")] {
        let (world, crowd, due) = alert(50).await;
        let ids = accounts(&due[0]);
        faults(&world, vec![fault; tries]);
        world.resume(due).await;

        assert_eq!(ses_calls(&world), tries);
        assert!(world.mails().is_empty());
        assert_eq!(world.dead.lock().expect("a lock").len(), 1);
        for id in &ids {
            let delivery = delivery(&world, id).await.expect("a record");
            assert_eq!((delivery.state, delivery.reason.as_deref()), (State::Failed, Some(reason)));
        }
        let failed = world.events("AlertFailed");
        assert_eq!(failed.len(), 50);
        assert!(failed.iter().all(|event| event["reason"] == reason));

        world.redrive().await;
        assert_eq!(world.mailed(), crowd);
        assert_eq!(world.events("AlertSent").len(), 50);
        assert!(world.dead.lock().expect("a lock").is_empty());
    }
}

#[tokio::test]
#[ignore = "Store::followers must ask for more than 1,000 to know that there is no second page"]
async fn a_thousand_followers_cost_one_page_85_calls_of_the_table_and_20_of_ses() {
    let world = World::new().await;
    let ada = world.organisation("EMS").await;
    world.entity(&ada, "EMS-DSI", "EMS").await;
    world.entity(&ada, "EMS-DSI-RES", "EMS-DSI").await;
    world.consultation("c-1", "EMS-DSI-RES", &ada, &[]).await;
    let crowd = world.crowd("EMS-DSI-RES", "c-1", 1000).await;
    world.empty_inbox();
    world.wire.with(|traffic| traffic.ses_calls = 0);
    world.publish("TenderReceived", tender("c-1", "d-1"));
    let due = world.due().await;
    assert_eq!(due.len(), 20);

    let told = world.table.calls();
    let recorded = told.iter().position(|call| call == "TransactWriteItems").expect("the fact");
    let fan_out = &told[recorded + 1..];
    assert_eq!(fan_out.iter().filter(|call| *call == "Query").count(), 1, "{fan_out:?}");
    let fan_out = fan_out.len();
    for event in &due {
        assert_eq!(ended(&world.mailer, sqs(event, 1)).await, End::Acknowledged);
    }
    let mailed = world.table.calls().len();
    assert!(fan_out + mailed <= 85, "{fan_out} + {mailed}");
    assert_eq!(ses_calls(&world), 20);
    assert_eq!(world.mailed(), crowd);
}

#[tokio::test]
async fn workers_at_once_on_one_message_send_each_mail_once() {
    for _ in 0..5 {
        let (world, crowd, due) = alert(50).await;
        let others = [world.another_mailer(), world.another_mailer()];
        let (a, b, c) =
            tokio::join!(ended(&world.mailer, sqs(&due[0], 1)), ended(&others[0], sqs(&due[0], 1)), ended(&others[1], sqs(&due[0], 1)),);
        assert!([&a, &b, &c].contains(&&End::Acknowledged), "{a:?} {b:?} {c:?}");
        assert_eq!(world.mailed(), crowd);
        world.pass(SignedDuration::from_secs(180));
        assert_eq!(work(&world, &due[0], 2).await, End::Acknowledged);
        assert_eq!(world.mailed(), crowd);
    }
}

#[tokio::test]
async fn workers_at_once_on_overlapping_batches_send_each_mail_once() {
    let (world, crowd, due) = alert(60).await;
    let all: Vec<_> = due.iter().flat_map(accounts).collect();
    let batch = |ids: &[AccountId]| {
        let mut event = due[0].clone();
        event["detail"]["accountIds"] = json!(ids);
        sqs(&event, 1)
    };
    let (first, last) = (batch(&all[..50]), batch(&all[10..]));
    let other = world.another_mailer();
    tokio::join!(ended(&world.mailer, first.clone()), ended(&other, last.clone()));
    world.pass(SignedDuration::from_secs(180));
    for record in [first, last] {
        assert_eq!(ended(&world.mailer, record).await, End::Acknowledged);
    }
    assert_eq!(world.mailed(), crowd);
}

#[tokio::test]
async fn an_erased_account_in_the_batch_is_passed_over() {
    let (world, crowd, due) = alert(3).await;
    let erased = accounts(&due[0]).remove(1);
    let gone = address(&world, &erased).await;
    let key = |name: &str, value: String| (name.to_owned(), AttributeValue::S(value));
    let key = [key("pk", format!("ACCOUNT#{erased}")), key("sk", "ACCOUNT".to_owned())].into();
    world.table.client().delete_item().table_name(vigie_tests::table::NAME).set_key(Some(key)).send().await.expect("an erasure");

    assert_eq!(work(&world, &due[0], 1).await, End::Acknowledged);
    assert_eq!(world.mailed(), crowd.into_iter().filter(|to| *to != gone).collect::<Vec<_>>());
    assert!(delivery(&world, &erased).await.is_none());
}

#[tokio::test]
async fn what_was_erased_while_it_was_sent_stays_erased() {
    let (world, _, due) = alert(3).await;
    let (store, ids) = (world.table.store(), accounts(&due[0]));
    let intents: Vec<_> = ids.iter().map(|id| (id.clone(), Intent::Send("ownEntity".to_owned()))).collect();
    store.claim(&subject(), &intents, world.now()).await.expect("a claim");
    let key = |name: &str, value: String| (name.to_owned(), AttributeValue::S(value));
    let key = [key("pk", format!("ACCOUNT#{}", ids[0])), key("sk", format!("DELIVERY#{}", subject().hash))].into();
    world.table.client().delete_item().table_name(vigie_tests::table::NAME).set_key(Some(key)).send().await.expect("an erasure");

    let outcomes: Vec<_> = ids.iter().map(|id| (id.clone(), Outcome::Sent("m".to_owned()))).collect();
    store.settle(&subject(), &outcomes).await.expect("a record");
    assert!(delivery(&world, &ids[0]).await.is_none());
    for id in &ids[1..] {
        assert_eq!(delivery(&world, id).await.expect("a record").state, State::Sent);
    }
}

#[tokio::test]
async fn account_mails_survive_the_same_faults() {
    let world = World::new().await;
    let ada = world.organisation("EMS").await;
    let world = Arc::new(world);
    for (i, (fault, mails)) in
        [(Fault::DiesBefore, 1), (Fault::Down, 1), (Fault::Throttle, 1), (Fault::DiesAfter, 2), (Fault::AnswerLost, 2)]
            .into_iter()
            .enumerate()
    {
        world.invite(&ada, "EMS", &format!("Agent{i}")).await;
        let due = world.due().await;
        assert_eq!(due.len(), 1);
        faults(&world, [fault.clone()]);
        let dies = matches!(fault, Fault::DiesBefore | Fault::DiesAfter);
        assert_eq!(work(&world, &due[0], 1).await, if dies { End::Died } else { End::Back }, "{fault:?}");
        // What was throttled was not sent; for the rest the lease decides.
        let next = if fault == Fault::Throttle { End::Acknowledged } else { End::Back };
        assert_eq!(work(&world, &due[0], 2).await, next, "{fault:?}");
        world.pass(SignedDuration::from_secs(180));
        for _ in 0..2 {
            assert_eq!(work(&world, &due[0], 3).await, End::Acknowledged);
        }
        assert_eq!(world.mails_to(&format!("agent{i}@agents.example.fr")).len(), mails, "{fault:?}");
    }
}

#[tokio::test]
async fn an_account_mail_that_cannot_go_ends_in_the_dead_letters_and_a_redrive_sends_it() {
    let world = World::new().await;
    let ada = world.organisation("EMS").await;
    faults(&world, vec![Fault::Throttle; 4]);
    world.invite(&ada, "EMS", "Bruno").await;
    world.settle().await;
    assert_eq!(world.dead.lock().expect("a lock").len(), 1);
    assert!(world.mails_to("bruno@agents.example.fr").is_empty());
    world.redrive().await;
    assert_eq!(world.mails_to("bruno@agents.example.fr").len(), 1);
}

/// Several messages of one SQS event: the id of each is its place.
fn batch(events: &[Value]) -> Value {
    let records = events.iter().enumerate().map(|(i, event)| {
        let mut record = sqs(event, 1)["Records"][0].take();
        record["messageId"] = json!(i.to_string());
        record
    });
    json!({"Records": records.collect::<Vec<_>>()})
}

fn came_back(answer: &Value) -> Vec<&str> {
    let failures = answer["batchItemFailures"].as_array().expect("failures");
    failures.iter().map(|failure| failure["itemIdentifier"].as_str().expect("an id")).collect()
}

fn event(source: &str, detail_type: &str, detail: Value) -> Value {
    json!({"source": source, "detail-type": detail_type, "detail": detail})
}

#[tokio::test]
async fn malformed_events_are_rejected_with_a_reason_and_block_nothing() {
    let (world, crowd, due) = alert(3).await;
    let fine = due[0].clone();
    let with = |field: &str, value: Value| {
        let mut event = fine.clone();
        event["detail"][field] = value;
        event
    };
    let too_many: Vec<_> = (0..51).map(|i| format!("a-{i}")).collect();
    let long = "x".repeat(300_000);
    let bad = [
        json!("not JSON"),
        json!(""),
        json!("null"),
        json!("[]"),
        json!("{\"source\": \"vigie\"}"),
        event("vigie", "AlertDue", json!(null)),
        event("vigie", "AlertDue", json!("text")),
        event("vigie", "AlertDue", json!({})),
        event("vigie", "CoffeeReady", fine["detail"].clone()),
        event("vigie", "AccountMailDue", json!({"accountId": "a", "mail": "coffee", "requestId": "r", "attempt": 1})),
        event("vigie", "AccountMailDue", json!({"accountId": "a", "mail": "invitation", "requestId": "r", "attempt": -1})),
        with("accountIds", json!(too_many)),
        with("accountIds", json!(["a#b"])),
        with("accountIds", json!("all")),
        with("consultationId", json!("")),
        with("consultationId", json!("c-2")),
        with("kind", json!("coffeeReady")),
        with("kind", json!(long)),
        with("factKey", json!("d-2")),
        with("factKey", json!(long)),
        with("factKey", json!("é".repeat(1000))),
        with("entityPath", json!([1])),
        event("vigie", "AccountMailDue", json!({"accountId": "a", "mail": long, "requestId": "r", "attempt": 1})),
    ];
    let mut events = bad.to_vec();
    events.push(fine.clone());
    let answer = world.mailer.consume(batch(&events)).await.expect("an answer");
    assert_eq!(came_back(&answer), Vec::<&str>::new());
    assert_eq!(world.mailed(), crowd);
    world.settle().await;

    let rejected = world.rejected.lock().expect("a lock").clone();
    assert_eq!(rejected.len(), bad.len());
    for (rejected, bad) in rejected.iter().zip(&bad) {
        let reason = rejected["reason"].as_str().expect("a reason");
        assert!(!reason.is_empty() && reason.chars().count() <= 2000 && !reason.contains('\n'), "{reason}");
        if bad.is_object() {
            assert_eq!(rejected["original"]["detail"], bad["detail"]);
        }
    }
    assert_eq!(rejected[0]["original"], "not JSON");
    for (i, reason) in [(3, "not an EventBridge event"), (8, "unknown detail-type"), (11, "more than 50 accounts")] {
        assert_eq!(rejected[i]["reason"], reason);
    }
}

#[tokio::test]
async fn a_repeated_id_in_a_batch_is_one_recipient() {
    let (world, crowd, due) = alert(3).await;
    let mut event = due[0].clone();
    let twice: Vec<_> = accounts(&event).into_iter().flat_map(|id| [id.clone(), id]).collect();
    event["detail"]["accountIds"] = json!(twice);
    event["detail"]["entityPath"] = json!(["EMS", "EMS"]);
    assert_eq!(work(&world, &event, 1).await, End::Acknowledged);
    assert_eq!(world.mailed(), crowd);
}

#[tokio::test]
async fn malformed_events_for_the_other_queues_are_rejected_with_a_reason_and_block_nothing() {
    let (world, ..) = alert(0).await;
    let fact = json!({"consultationId": "c-1", "kind": "tenderReceived", "factKey": "d-1"});
    let with = |base: &Value, field: &str, value: Value| {
        let mut detail = base.clone();
        detail[field] = value;
        detail
    };
    let alerts = [
        json!("not JSON"),
        event("vigie", "CoffeeReady", fact.clone()),
        event("vigie", "FactRecorded", json!({})),
        event("vigie", "FactRecorded", with(&fact, "kind", json!("coffeeReady"))),
        event("vigie", "FactRecorded", with(&fact, "factKey", json!("x".repeat(2000)))),
        event("vigie", "FactRecorded", with(&fact, "factKey", json!(["d-1"]))),
        event("vigie", "ConsultationReady", json!({"consultationId": ""})),
        event("vigie", "ConsultationReady", json!([])),
    ];
    let tender = tender("c-1", "d-9");
    let consultations = [
        json!("not JSON"),
        event("elsewhere", "TenderReceived", tender.clone()),
        event("procurement", "CoffeeReady", tender.clone()),
        event("procurement", "TenderReceived", json!(null)),
        event("procurement", "TenderReceived", with(&tender, "consultationId", json!("a#b"))),
        event("procurement", "TenderReceived", with(&tender, "depositId", json!(null))),
        event("procurement", "TenderReceived", with(&tender, "receivedAt", json!("yesterday"))),
        event("procurement", "TenderReceived", with(&tender, "channel", json!("pigeon"))),
        event("procurement", "TenderReceived", with(&tender, "lots", json!(vec!["1"; 201]))),
        event("procurement", "ConsultationSaved", tender.clone()),
    ];
    let provisioning = [
        json!("not JSON"),
        event("procurement", "TenderReceived", tender.clone()),
        event("procurement", "OrganisationProvisioned", json!({"organisation": "X"})),
    ];
    for answer in [
        world.alerts.consume(batch(&alerts)).await,
        world.consultations.consume(batch(&consultations)).await,
        world.provisioning.consume(batch(&provisioning)).await,
    ] {
        assert_eq!(came_back(&answer.expect("an answer")), Vec::<&str>::new());
    }
    world.taken();
    let rejected = world.rejected.lock().expect("a lock").clone();
    assert_eq!(rejected.len(), alerts.len() + consultations.len() + provisioning.len());
    assert!(rejected.iter().all(|rejected| rejected["reason"].as_str().is_some_and(|reason| !reason.is_empty())));
}

#[tokio::test]
async fn of_several_messages_only_those_that_failed_come_back() {
    let (world, crowd, due) = alert(150).await;
    let held: Vec<_> = accounts(&due[1]).into_iter().map(|id| (id, Intent::Send("ownEntity".to_owned()))).collect();
    world.table.store().claim(&subject(), &held[..1], world.now()).await.expect("a claim");
    let events = [due[0].clone(), json!("not JSON"), due[1].clone(), due[2].clone()];
    let answer = world.mailer.consume(batch(&events)).await.expect("an answer");
    assert_eq!(came_back(&answer), ["2"]);
    assert_eq!(world.mails().len(), 149);
    world.pass(SignedDuration::from_secs(180));
    assert_eq!(work(&world, &due[1], 2).await, End::Acknowledged);
    assert_eq!(world.mailed(), crowd);
}

#[tokio::test]
async fn with_the_bus_down_everything_comes_back_and_nothing_is_lost() {
    let (world, crowd, _) = alert(120).await;
    let down = |down: bool| world.wire.with(|traffic| traffic.bus_down = down);
    let bad = event("procurement", "TenderReceived", json!({}));
    let recorded = event("vigie", "FactRecorded", json!({"consultationId": "c-1", "kind": "tenderReceived", "factKey": "d-1"}));
    down(true);
    assert!(!world.hand(&bad, 1).await, "what cannot be published comes back");
    assert!(!world.hand(&recorded, 1).await);
    world.consultations.consume(sqs(&event("procurement", "TenderReceived", tender("c-1", "d-2")), 1)).await.expect("a fact");
    let records = json!({"Records": world.table.records()});
    world.changes.consume(records.clone()).await.expect_err("the stream's batch comes back");

    down(false);
    assert!(world.hand(&bad, 2).await);
    assert!(world.hand(&recorded, 2).await);
    world.changes.consume(records).await.expect("the stream's batch");
    world.settle().await;
    assert_eq!(world.rejections().len(), 1);
    let expected: Vec<_> = crowd.iter().flat_map(|to| [to.clone(), to.clone()]).collect();
    assert_eq!(world.mailed(), expected, "one mail for each of two tenders");
}

#[tokio::test]
async fn what_the_bus_takes_only_in_part_is_put_again() {
    let (world, crowd, _) = alert(1000).await;
    let recorded = event("vigie", "FactRecorded", json!({"consultationId": "c-1", "kind": "tenderReceived", "factKey": "d-1"}));
    world.wire.with(|traffic| (traffic.bus_refuses, traffic.bus_calls) = (2, 0));
    assert!(world.hand(&recorded, 1).await);
    assert_eq!(world.wire.with(|traffic| traffic.bus_calls), 4, "two calls, and two for what was refused in the first");
    assert_eq!(world.wire.with(|traffic| traffic.events.len()), 20, "and nothing else put again");
    world.settle().await;
    assert_eq!(world.mailed(), crowd);

    world.wire.with(|traffic| traffic.bus_refuses = 3);
    assert!(!world.hand(&recorded, 1).await, "refused three times");
}

#[tokio::test]
async fn followers_on_later_pages_are_told_too() {
    let (world, crowd, due) = alert(2_600).await;
    let told: std::collections::BTreeSet<_> = due.iter().flat_map(accounts).collect();
    assert_eq!(told.len(), crowd.len());
    assert!(due.iter().all(|event| accounts(event).len() <= 50));
    let ids: std::collections::BTreeSet<_> = due.iter().map(|event| event["detail"]["eventId"].to_string()).collect();
    assert_eq!(ids.len(), due.len());
    assert!(world.table.calls().iter().filter(|call| *call == "Query").count() <= 3);
}

#[test]
fn what_expires_is_no_news() {
    let key = json!({"pk": {"S": "CONSULTATION#c-1"}, "sk": {"S": "FAVOURITE#a-1"}});
    let mut record = json!({"eventID": "1", "eventName": "REMOVE", "dynamodb": {"Keys": key, "OldImage": {"starred": {"BOOL": true}}}});
    let events = |record: &Value| vigie_changes::events(json!({"Records": [record]})).expect("a batch");
    assert_eq!(events(&record).len(), 1);
    record["userIdentity"] = json!({"type": "Service", "principalId": "dynamodb.amazonaws.com"});
    assert!(events(&record).is_empty());
}

#[tokio::test]
async fn no_event_holds_an_address_a_name_or_a_token() {
    let world = World::new().await;
    let personal = world.everything().await;
    let kinds: std::collections::BTreeSet<_> = world.published().iter().map(|event| event["detail-type"].to_string()).collect();
    assert_eq!(kinds.len(), 11, "{kinds:?}");
    for event in world.published() {
        assert_eq!(World::leak(&event.to_string(), &personal), None, "{event}");
    }
    let mails = world.mails();
    assert!(mails.iter().any(|mail| World::leak(&mail.text, &personal).is_some()), "the data can be recognised");
}

#[test]
fn no_log_line_holds_an_address_a_name_or_a_token() {
    let story = std::process::Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "no_event_holds_an_address_a_name_or_a_token", "--nocapture"])
        .output()
        .expect("the other test");
    assert!(story.status.success());
    let text = String::from_utf8_lossy(&story.stdout).into_owned() + &String::from_utf8_lossy(&story.stderr);
    let lines: Vec<_> = text.lines().filter(|line| line.contains("\"level\"")).collect();
    for wanted in ["message rejected", "message comes back", "\"request\""] {
        assert!(lines.iter().any(|line| line.contains(wanted)), "{wanted}");
    }
    // `~` is in every token and in nothing else.
    let personal: Vec<_> = vigie_tests::everything::PERSONAL.into_iter().chain(["~", "token="]).map(str::to_owned).collect();
    for line in lines {
        assert_eq!(World::leak(line, &personal), None, "{line}");
    }
}
