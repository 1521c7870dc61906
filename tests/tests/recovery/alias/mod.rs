//! An address that an administrator sets: it waits for its reader and binds nothing, and whoever
//! takes the account over by it waits and can be stopped.

mod attacks;
mod races;
mod way;

use serde_json::{Value, json};
use vigie_tests::{Answer, Login, World, scenario::Person};

use super::{DAY, Scene, confirm, links, press, token};

const ALIAS: &str = "alias@agents.example.fr";
const GIVEN: &str = "Un administrateur change l’adresse de votre compte";
const STOP: &str = "Un autre identifiant demande votre compte\u{a0}: vous pouvez l’arrêter";

/// An administrator sets the address of an agent of `EMS`, and all that follows.
async fn give(world: &World, by: &Person, agent: &str, email: &str) -> Answer {
    change(world, by, agent, json!({"email": email})).await
}

async fn change(world: &World, by: &Person, agent: &str, body: Value) -> Answer {
    let answer = world.change(by, "EMS", agent, body).await;
    world.settle().await;
    answer
}

/// The token of the newest mail to an address that confirms it.
fn confirmation(world: &World, email: &str) -> String {
    let mails = world.mails_to(email).into_iter();
    let mut asked = mails.filter(|mail| mail.text.contains("/confirm?token="));
    asked.next_back().expect("a mail").token()
}

/// Confirms without a login, and all that follows.
async fn read(world: &World, token: &str) -> Answer {
    public(world, "/v1/confirmations", token).await
}

/// Stops without a login, and all that follows.
async fn stop(world: &World, token: &str) -> Answer {
    public(world, "/v1/recoveries/stop", token).await
}

async fn public(world: &World, path: &str, token: &str) -> Answer {
    let asked = world.request("POST", path).json(&json!({"token": token}));
    let answer = asked.send().await;
    world.settle().await;
    answer
}

/// The tokens of the links to stop that were mailed to an address, oldest first.
fn stops(world: &World, email: &str) -> Vec<String> {
    let mails = world.mails_to(email).into_iter();
    let links = mails.filter(|mail| mail.subject == STOP);
    links.map(|mail| mail.token()).collect()
}

impl Scene {
    /// An administrator has set another address for Bruno, and its reader has confirmed it.
    async fn given() -> Self {
        let scene = Self::new().await;
        let (world, [ada, bruno], _) = scene.parts();
        move_on(world, ada, bruno, ALIAS).await;
        scene
    }

    /// The same, and whoever reads it waits to take the account over.
    async fn taken() -> Self {
        let scene = Self::given().await;
        let (world, [ada, _], _) = scene.parts();
        press(world, ada, &scene.bruno.id).await.expect(202);
        let link = links(world, ALIAS).pop().expect("a link");
        confirm(world, &scene.new, &link).await.expect(202);
        scene
    }
}

/// An administrator sets an address, and its reader confirms it.
async fn move_on(world: &World, by: &Person, agent: &Person, email: &str) {
    give(world, by, &agent.id, email).await.expect(202);
    read(world, &confirmation(world, email)).await.expect(200);
}

/// The account as its owner sees it.
async fn shown(world: &World, login: &Login, agent: &Person) -> Value {
    world.get(login, &agent.path("")).await.expect(200).json
}
