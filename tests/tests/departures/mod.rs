//! The way out: last days, what an agent alone followed, and accounts that do not work any more.

mod erasure;
mod handover;
mod leaving;
mod succession;

use serde_json::{Value, json};
use vigie_domain::{account::Account, id::AccountId};
use vigie_tests::{Answer, World, scenario::Person};

/// Changes an agent, and lets all follow from it.
async fn change(world: &World, by: &Person, entity: &str, agent: &str, patch: Value) -> Answer {
    let answer = world.change(by, entity, agent, patch).await;
    world.settle().await;
    answer
}

/// Lets an agent leave on a day.
async fn leaves(world: &World, by: &Person, entity: &str, agent: &Person, day: &str) -> Answer {
    change(world, by, entity, &agent.id, json!({"leavesOn": day})).await
}

async fn read(world: &World, id: &str) -> Option<Account> {
    let id = AccountId::parse(id).expect("an id");
    let found = world.table.store().account_read(&id).await;
    found.expect("a table")
}

async fn is_active(world: &World, person: &Person) -> bool {
    let account = read(world, &person.id).await;
    account.expect("an account").active
}

/// Waits until then, sweeping.
async fn until(world: &World, at: &str) {
    world.sweep_at(at).await;
    world.sweep().await;
}

/// Lists what an agent alone follows, page by page.
async fn alone(
    world: &World,
    by: &Person,
    entity: &str,
    agent: &Person,
    limit: usize,
) -> Vec<String> {
    let path = format!(
        "/v1/entities/{entity}/agents/{}/handover?limit={limit}",
        agent.id
    );
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world.get(&by.login, &format!("{path}{cursor}")).await;
        let page = page.expect(200).json;
        let items = page["items"].as_array().expect("items").iter();
        found.extend(items.map(|of| of["consultationId"].as_str().expect("an id").to_owned()));
        match page["cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

/// Asks that somebody follows what an agent alone follows, and lets all follow from it.
async fn hand_over(world: &World, by: &Person, entity: &str, of: &Person, to: &Person) -> Answer {
    let path = format!("/v1/entities/{entity}/agents/{}/handover", of.id);
    let body = json!({"toAccountId": to.id});
    let answer = world.post(&by.login, &path, body).await;
    world.settle().await;
    answer
}

/// Lists the stars of somebody, in the order of their names.
async fn stars(world: &World, of: &Person) -> Vec<String> {
    let id = AccountId::parse(&of.id).expect("an id");
    let (stars, _) = world
        .table
        .store()
        .favourite_list(&id, None, 100)
        .await
        .expect("a table");
    let mut ids: Vec<_> = stars
        .iter()
        .map(|star| star.consultation_id.to_string())
        .collect();
    ids.sort();
    ids
}
