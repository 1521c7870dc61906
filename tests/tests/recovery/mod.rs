//! The way back in (« Retrouver mon compte »): another login takes the place of the one that acted
//! for an account, and nobody else does.

mod alias;
mod asking;
mod attacks;
mod ending;
mod histories;
mod waiting;

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_tests::{Answer, Login, World, scenario::Person};

const LINK: &str = "Retrouver votre compte d’agent";
const RECOVERED: &str = "Un autre identifiant accède à votre compte";
const WAITS: &str = "Un autre identifiant demande votre compte";
const STOPPED: &str = "L’accès d’un autre identifiant est arrêté";

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Ada administers the organisation, Bruno is an agent whose login has changed; no mail in the
/// inbox.
struct Scene {
    world: World,
    ada: Person,
    bruno: Person,
    /// Bruno's new login.
    new: Login,
}

impl Scene {
    async fn new() -> Self {
        let (world, ada) = World::with("EMS").await;
        let bruno = world.agent(&ada, "EMS", "Bruno").await;
        world.empty_inbox();
        Self {
            world,
            ada,
            bruno,
            new: Login::new("bruno anew"),
        }
    }

    /// The world, Ada and Bruno, and Bruno's new login.
    fn parts(&self) -> (&World, [&Person; 2], &Login) {
        (&self.world, [&self.ada, &self.bruno], &self.new)
    }

    /// The same, and Bruno's new login has the token of a link.
    async fn asked() -> (Self, String) {
        let scene = Self::new().await;
        let token = token(&scene.world, &scene.new, &scene.bruno.email).await;
        (scene, token)
    }

    /// The same, and the account is recovered.
    async fn recovered() -> Self {
        let (scene, token) = Self::asked().await;
        confirm(&scene.world, &scene.new, &token).await.expect(200);
        scene
    }
}

/// `POST /v1/recoveries`, and all that follows.
async fn ask(world: &World, login: &Login, email: &str) -> Answer {
    let body = json!({"email": email});
    let answer = world.post(login, "/v1/recoveries", body).await;
    world.settle().await;
    answer
}

/// The mailed links to an address, oldest first.
fn links(world: &World, email: &str) -> Vec<String> {
    let mails = world.mails_to(email).into_iter();
    let links = mails.filter(|mail| mail.subject == LINK);
    links.map(|mail| mail.token()).collect()
}

/// Asks; the token that is mailed.
async fn token(world: &World, login: &Login, email: &str) -> String {
    ask(world, login, email).await.expect(202);
    links(world, email).pop().expect("a link")
}

/// `POST /v1/recoveries/confirm`, and all that follows.
async fn confirm(world: &World, login: &Login, token: &str) -> Answer {
    let body = json!({"token": token});
    let answer = world.post(login, "/v1/recoveries/confirm", body).await;
    world.settle().await;
    answer
}

/// An administrator presses the button of an agent of `EMS`.
async fn press(world: &World, administrator: &Person, agent: &str) -> Answer {
    let path = format!("/v1/entities/EMS/agents/{agent}/recovery");
    let answer = world.post(&administrator.login, &path, json!({})).await;
    world.settle().await;
    answer
}

/// The accounts of `GET /v1/me` that are the login's own.
async fn own(world: &World, login: &Login) -> BTreeSet<String> {
    let me = world.get(login, "/v1/me").await.expect(200).json;
    let accounts = me["accounts"].as_array().expect("accounts").iter();
    let own = accounts.filter(|account| account["linked"] == false);
    own.map(|account| account["id"].as_str().expect("an id").to_owned())
        .collect()
}

/// Fails unless of these logins exactly this one acts for the account.
async fn assert_bound(world: &World, account: &str, to: &Login, others: &[&Login]) {
    let path = format!("/v1/accounts/{account}");
    world.get(to, &path).await.expect(200);
    assert!(own(world, to).await.contains(account), "{to:?}");
    for other in others {
        assert!(!own(world, other).await.contains(account), "{other:?}");
        world.get(other, &path).await.expect(403);
    }
}

/// The items by which logins act for an account.
async fn items_of_logins(world: &World, account: &str) -> usize {
    let items = world.table.items().await;
    let of_logins = items.iter().filter(|item| {
        item["pk"].as_s().is_ok_and(|pk| pk.starts_with("LOGIN#"))
            && item["sk"].as_s() == Ok(&format!("ACCOUNT#{account}"))
    });
    of_logins.count()
}

/// A test alert comes back for good.
async fn die(world: &World, person: &Person) {
    world.pass(SignedDuration::from_secs(1));
    let path = person.path("/alerts/test");
    world
        .post(&person.login, &path, json!({}))
        .await
        .expect(202);
    world.settle().await;
    let mail = world.last_mail(&person.email);
    world.ses_says(&mail, "bounced-permanent").await;
}

/// Somebody asks somebody else to link their accounts; the token that is mailed.
async fn ask_to_link(world: &World, asker: &Person, other: &Person) -> String {
    let (path, body) = (asker.path("/links"), json!({"email": other.email}));
    world.post(&asker.login, &path, body).await.expect(202);
    world.settle().await;
    world.last_mail(&other.email).token()
}

async fn accept_link(world: &World, login: &Login, token: &str) -> Answer {
    let body = json!({"token": token});
    let answer = world.post(login, "/v1/links", body).await;
    world.settle().await;
    answer
}

/// The deeds of the organisation's audit, newest first.
async fn audit(world: &World, ada: &Person) -> Vec<Value> {
    let path = "/v1/entities/EMS/audit";
    let answer = world.get(&ada.login, path).await.expect(200);
    answer.items()
}
