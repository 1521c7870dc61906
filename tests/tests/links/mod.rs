//! Linked accounts (« Mes comptes associés »): asking, accepting, what a link allows, and how it
//! ends.

mod accepting;
mod asking;
mod ending;
mod races;
mod rights;
mod told;

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_tests::{Answer, Login, World, scenario::Person};

const SUBJECT: &str = "Demande d’association de comptes";

/// Ada and Zoe administer an organisation each, Bruno is of Ada's and Chloe of Zoe's; no mail in
/// the inbox.
async fn strangers() -> (World, [Person; 4]) {
    let (world, ada) = World::with("EMS").await;
    let zoe = world.organisation("LYON").await;
    let bruno = world.agent(&ada, "EMS", "Bruno").await;
    let chloe = world.agent(&zoe, "LYON", "Chloe").await;
    world.empty_inbox();
    (world, [ada, zoe, bruno, chloe])
}

/// The same four; Bruno asked, Chloe accepted.
async fn linked() -> (World, [Person; 4]) {
    let (world, people) = strangers().await;
    link(&world, &people[2], &people[3]).await;
    (world, people)
}

/// Asks, and lets the mail go.
async fn ask(world: &World, person: &Person, email: &str) -> Answer {
    let answer = person.post(world, "/links", json!({"email": email})).await;
    world.settle().await;
    answer
}

/// Asks for somebody who is there; the token that they are mailed.
async fn token(world: &World, person: &Person, other: &Person) -> String {
    ask(world, person, &other.email).await.expect(202);
    world
        .mails_to(&other.email)
        .into_iter()
        .rfind(|mail| mail.subject == SUBJECT)
        .expect("a mail")
        .token()
}

async fn accept(world: &World, login: &Login, token: &str) -> Answer {
    let answer = world
        .post(login, "/v1/links", json!({"token": token}))
        .await;
    world.settle().await;
    answer
}

async fn link(world: &World, person: &Person, other: &Person) {
    let token = token(world, person, other).await;
    accept(world, &other.login, &token).await.expect(200);
}

async fn unlink(world: &World, person: &Person, other: &Person) -> Answer {
    person.delete(world, &format!("/links/{}", other.id)).await
}

/// `GET /v1/accounts/{id}/links`.
async fn links(world: &World, person: &Person) -> Vec<Value> {
    let answer = person.get(world, "/links").await.expect(200);
    answer.items()
}

/// `GET /v1/me`: ids, and whether they are linked ones.
async fn me(world: &World, login: &Login) -> Vec<(String, bool)> {
    let answer = world.get(login, "/v1/me").await.expect(200);
    let accounts = answer.json["accounts"].as_array().expect("accounts").iter();
    accounts
        .map(|account| {
            (
                account["id"].as_str().expect("an id").to_owned(),
                account["linked"] == true,
            )
        })
        .collect()
}

/// Every link in the table, as pairs of accounts. Fails unless each lies on both sides.
async fn pairs(world: &World) -> BTreeSet<(String, String)> {
    let text = |item: &std::collections::HashMap<_, aws_sdk_dynamodb::types::AttributeValue>,
                name| item[name].as_s().expect("a key").clone();
    let items = world.table.items().await;
    let links = items.iter().filter_map(|item| {
        let (pk, sk) = (text(item, "pk"), text(item, "sk"));
        Some((
            pk.strip_prefix("ACCOUNT#")?.to_owned(),
            sk.strip_prefix("LINK#")?.to_owned(),
        ))
    });
    let links: BTreeSet<_> = links.collect();
    for (one, other) in &links {
        assert!(
            links.contains(&(other.clone(), one.clone())),
            "a link on one side only: {links:?}"
        );
    }
    links
        .into_iter()
        .filter(|(one, other)| one < other)
        .collect()
}

async fn set_active(
    world: &World,
    administrator: &Person,
    entity: &str,
    person: &Person,
    active: bool,
) {
    world
        .change(administrator, entity, &person.id, json!({"active": active}))
        .await
        .expect(200);
}

const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
