//! Daily mails and absences: what is held, when it is told, and to whom.

mod absence;
mod agreement;
mod came_back;
mod crash;
mod daily;
mod receipts;
mod several_mails;
mod unreached;
mod woven;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use vigie_tests::{
    World,
    fake_aws::Mail,
    scenario::{Person, alerts, tender},
};

/// A released consultation `c-1` of `EMS-DSI`, written by `author`; `reader` is its guest. Both
/// follow it.
struct Office {
    world: World,
    ada: Person,
    author: Person,
    reader: Person,
}

impl Office {
    /// The reader wants its alerts in that mode; the author none.
    async fn new(mode: &str) -> Self {
        let world = World::new().await;
        let ada = world.organisation("EMS").await;
        world.entity(&ada, "EMS-DSI", "EMS").await;
        let [author, reader] = [
            world.agent(&ada, "EMS-DSI", "Author").await,
            world.agent(&ada, "EMS-DSI", "Reader").await,
        ];
        world
            .consultation("c-1", "EMS-DSI", &author, &[&reader])
            .await;
        for person in [&author, &reader] {
            world.star(person, "c-1").await;
        }
        let office = Self {
            world,
            ada,
            author,
            reader,
        };
        office.wants(&office.reader, mode).await;
        office.world.settle().await;
        office.world.empty_inbox();
        office
    }

    async fn wants(&self, person: &Person, mode: &str) {
        self.world
            .put(&person.login, &person.path("/alerts"), alerts(mode))
            .await
            .expect(200);
    }

    /// The reader is away, perhaps with somebody standing in who agrees.
    async fn away(&self, from: &str, until: &str, delegate: Option<&Person>) {
        let days = json!({"from": from, "until": until, "delegateAccountId": delegate.map(|delegate| &delegate.id)});
        self.world
            .put(&self.reader.login, &self.reader.path("/absence"), days)
            .await
            .expect(200);
        self.world.settle().await;
        if let Some(delegate) = delegate {
            let token = self
                .world
                .mails_to(&delegate.email)
                .pop()
                .expect("a mail")
                .token();
            self.world
                .post(&delegate.login, "/v1/delegations", json!({"token": token}))
                .await
                .expect(200);
        }
        self.world.settle().await;
        self.world.empty_inbox();
    }

    async fn tender(&self, deposit: &str) {
        self.world
            .send("TenderReceived", tender("c-1", deposit))
            .await;
    }

    /// Each minute of the sweep that matters: the clock comes to a time, and strikes.
    async fn at(&self, time: &str) {
        until(&self.world, time);
        self.world.sweep().await;
    }

    /// Subjects of the mails to somebody.
    fn subjects(&self, person: &Person) -> Vec<String> {
        self.world
            .mails_to(&person.email)
            .into_iter()
            .map(|mail| mail.subject)
            .collect()
    }

    /// Returns the state of a tender's delivery to somebody.
    async fn state(&self, person: &Person, deposit: &str) -> Option<(String, Option<String>)> {
        let delivery = self
            .world
            .delivery(&person.id, "c-1", "tenderReceived", deposit)
            .await?;
        Some((
            serde_json::to_value(delivery.state)
                .expect("a state")
                .as_str()
                .expect("text")
                .to_owned(),
            delivery.reason,
        ))
    }

    /// Counts the deferred alerts of everybody.
    async fn held(&self) -> usize {
        let items = self.world.table.items().await;
        items
            .iter()
            .filter(|item| item["sk"].as_s().is_ok_and(|sk| sk.starts_with("HELD#")))
            .count()
    }
}

fn until(world: &World, time: &str) {
    let time: Timestamp = time.parse().expect("a time");
    let wait = time.duration_since(world.now());
    assert!(wait >= SignedDuration::ZERO, "time goes forward");
    world.pass(wait);
}

/// The deposits that a mail tells of.
fn told(mail: &Mail) -> Vec<String> {
    let lines = mail
        .text
        .lines()
        .filter_map(|line| line.split("Dépôt n°\u{a0}N-").nth(1));
    lines
        .map(|rest| rest.split([',', ' ']).next().unwrap_or_default().to_owned())
        .collect()
}

fn absence(from: &str, until: &str, delegate: Option<&str>) -> Value {
    json!({"from": from, "until": until, "delegateAccountId": delegate})
}
