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
        let (world, ada) = World::with("EMS").await;
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
        person
            .put(&self.world, "/alerts", alerts(mode))
            .await
            .expect(200);
    }

    /// Another agent of the entity, a guest of `c-1` too, who follows it and wants its alerts in
    /// that mode.
    async fn another(&self, mode: &str) -> Person {
        let (world, author) = (&self.world, &self.author.id);
        let other = world.agent(&self.ada, "EMS-DSI", "Other").await;
        let guests = [&self.reader, &other];
        world
            .save("c-1", 2, "EMS-DSI", author, "consultation", &guests)
            .await;
        self.wants(&other, mode).await;
        world.star(&other, "c-1").await;
        other
    }

    /// The reader is away, perhaps with somebody standing in who agrees.
    async fn away(&self, from: &str, until: &str, delegate: Option<&Person>) {
        self.absent(&self.reader, from, until, delegate).await;
    }

    async fn absent(&self, person: &Person, from: &str, until: &str, delegate: Option<&Person>) {
        let world = &self.world;
        let days = absence(from, until, delegate.map(|delegate| &*delegate.id));
        person.put(world, "/absence", days).await.expect(200);
        world.settle().await;
        if let Some(delegate) = delegate {
            let token = json!({"token": world.last_mail(&delegate.email).token()});
            let agreed = world.post(&delegate.login, "/v1/delegations", token);
            agreed.await.expect(200);
        }
        world.settle().await;
        world.empty_inbox();
    }

    async fn tender(&self, deposit: &str) {
        self.world
            .send("TenderReceived", tender("c-1", deposit))
            .await;
    }

    /// Each minute of the sweep that matters: the clock comes to a time, and strikes.
    async fn at(&self, time: &str) {
        self.world.sweep_at(time).await;
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
