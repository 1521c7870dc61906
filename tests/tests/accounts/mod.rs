//! Contact details, the life of an e-mail address, invitations: what the routes answer and which
//! mails follow.

mod address;
mod administrators;
mod colleagues;
mod confirmation;
mod contact;
mod data;
mod declared;
mod erasure;
mod invitation;
mod kinds;
mod no_address;
mod proposal;
mod reserved;
mod shares;
mod strangers;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use vigie_domain::{
    account::Account,
    contact::email::{AddressDigest, Email},
    id::AccountId,
};
use vigie_tests::{Answer, Login, World, fake_aws::Mail, scenario::Person};

const CONFIRMATION: &str = "Confirmez votre adresse électronique";
const TAKEN: &str = "Cette adresse appartient déjà à un compte";
const NOTICE: &str = "Changement d’adresse demandé pour votre compte";
const INVITATION: &str = "Invitation à ouvrir votre compte d’agent";

/// An organisation with an administrator and one agent, and no mail in the inbox.
async fn bruno() -> (World, Person, Person) {
    let (world, ada) = World::with("EMS").await;
    let bruno = world.agent(&ada, "EMS", "Bruno").await;
    world.empty_inbox();
    (world, ada, bruno)
}

/// Asks for another address, and lets the mails go.
async fn ask(world: &World, person: &Person, email: &str) -> Answer {
    let answer = person
        .patch_contact(world, json!({"email": email}))
        .await
        .expect(202);
    world.settle().await;
    answer
}

/// `POST /v1/confirmations` by nobody in particular.
async fn confirm(world: &World, token: &str) -> Answer {
    let answer = world.confirm(token).await;
    world.settle().await;
    answer
}

/// Asks for another address and confirms it.
async fn change(world: &World, person: &Person, email: &str) {
    ask(world, person, email).await;
    confirm(world, &world.last_mail(email).token())
        .await
        .expect(200);
}

/// `GET /v1/accounts/{id}`.
async fn read(world: &World, person: &Person) -> Value {
    person.get(world, "").await.expect(200).json
}

fn has_link(mail: &Mail) -> bool {
    mail.text.contains("token") || mail.html.contains("token")
}

/// Another one of the mailed characters, wherever it stands.
fn tampered(token: &str, at: usize) -> String {
    let mut bytes = token.as_bytes().to_vec();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    String::from_utf8(bytes).expect("ASCII")
}

async fn accept(world: &World, login: &Login, token: &str) -> Answer {
    world
        .post(login, "/v1/invitations", json!({"token": token}))
        .await
}

/// Each address has one guard, of the account that has it, and who has none has no guard.
async fn assert_whole(world: &World) {
    let (mut guards, mut accounts) = (BTreeMap::new(), BTreeMap::new());
    for item in world.table.items().await {
        let text = |name: &str| item[name].as_s().expect("text").as_str();
        if let Some(address) = text("pk").strip_prefix("EMAIL#") {
            guards.insert(address.to_owned(), text("owner").to_owned());
        } else if text("sk") == "ACCOUNT" {
            let account: Account = serde_dynamo::from_item(item.clone()).expect("an account");
            let address = account.contact.email.as_ref().map(Email::digest);
            accounts.extend(
                address.map(|address: AddressDigest| (address.to_string(), account.id.to_string())),
            );
        }
    }
    assert_eq!(guards, accounts);
    assert_eq!(world.table.strayed_people().await, [""; 0]);
}

async fn stored(world: &World, id: &AccountId) -> Account {
    let account = world.table.store().account_read(id).await;
    account.expect("a read").expect("an account")
}
