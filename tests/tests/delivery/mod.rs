//! Nothing is lost, and nothing is sent twice that need not be, whoever dies, throttles or refuses.
//! docs/decisions/003-deliveries.md.

mod candidates;
mod crash;
mod deadline;
mod fan_out;
mod headers;
mod malformed;
mod privacy;
mod queues;
mod sender;
mod ses;
mod set_aside;

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::LocalSet;
use vigie_aws::Consumer;
use vigie_domain::{
    delivery::Delivery,
    id::{AccountId, ConsultationId},
};
use vigie_mailer::Mailer;
use vigie_store::{Intent, Subject};
use vigie_tests::{World, fake_aws::Fault, scenario::tender, world::sqs};

/// Outcomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Acknowledged,
    Back,
    Died,
}

/// A consultation that so many agents follow, and a tender: what waits for the mailer. Everybody's
/// address, sorted.
async fn alert(followers: usize) -> (Arc<World>, Vec<String>, Vec<Value>) {
    let (world, ada) = World::with("EMS").await;
    world.consultation("c-1", "EMS", &ada, &[]).await;
    let crowd = world.crowd("EMS", "c-1", followers).await;
    world.empty_inbox();
    world.aws.with(|traffic| traffic.ses_calls = 0);
    world.publish("TenderReceived", tender("c-1", "d-1"));
    let due = world.due().await;
    assert!(due.len() >= followers.div_ceil(50));
    (Arc::new(world), crowd, due)
}

fn subject() -> Subject {
    Subject::alert(
        &ConsultationId::parse("c-1").expect("an id"),
        "tenderReceived",
        "d-1",
    )
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
    if answer["batchItemFailures"]
        .as_array()
        .is_some_and(Vec::is_empty)
    {
        End::Acknowledged
    } else {
        End::Back
    }
}

fn faults(world: &World, faults: impl IntoIterator<Item = Fault>) {
    world.aws.with(|traffic| traffic.faults.extend(faults));
}

fn ses_calls(world: &World) -> usize {
    world
        .aws
        .with(|traffic| std::mem::take(&mut traffic.ses_calls))
}

/// The accounts of an `AlertDue`.
fn accounts(event: &Value) -> Vec<AccountId> {
    let ids = event["detail"]["accountIds"].as_array().expect("ids");
    ids.iter()
        .map(|id| AccountId::parse(id.as_str().expect("an id")).expect("an id"))
        .collect()
}

/// Purposes of a claim: to send each its alert.
fn intents(accounts: &[AccountId]) -> Vec<(AccountId, Intent)> {
    accounts
        .iter()
        .map(|id| (id.clone(), Intent::Send("ownEntity")))
        .collect()
}

async fn delivery(world: &World, account: &AccountId) -> Option<Delivery> {
    world
        .delivery(account.as_str(), "c-1", "tenderReceived", "d-1")
        .await
}

/// The address of an account.
async fn address(world: &World, account: &AccountId) -> String {
    world
        .table
        .store()
        .account_read(account)
        .await
        .expect("a read")
        .expect("an account")
        .contact
        .email
        .expect("an address")
        .to_string()
}

fn event(source: &str, detail_type: &str, detail: Value) -> Value {
    json!({"source": source, "detail-type": detail_type, "detail": detail})
}
