//! The stream, the bus and the queues, with the trouble of a step; and what arrives in the inboxes.

use std::{collections::VecDeque, mem, sync::Arc};

use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::task::LocalSet;
use vigie_aws::Consumer;
use vigie_tests::{
    World,
    fake_aws::Mail,
    feedback::said_of,
    stream,
    world::{MAX_RECEIVES, is_mail, route},
};

use crate::histories::steps::Trouble;

/// Mails under way.
#[derive(Debug, Default)]
pub struct Post {
    /// True if mails wait between `alerts` and `mailer`.
    pub holds: bool,
    held: Vec<Value>,
    records: Vec<Value>,
    /// Number of times that the bus takes nothing.
    down: usize,
    /// Mails of which SES said that they were delivered before the mailer was asked again.
    pub heard: Vec<Mail>,
    /// Mails that SES accepted in this step and of which it said nothing yet.
    unheard: usize,
}

impl Post {
    /// Lets the waiting mails go on.
    pub fn let_go(&mut self, world: &World) {
        self.holds = false;
        world
            .aws
            .with(|traffic| traffic.events.extend(mem::take(&mut self.held)));
    }

    /// Trouble begins.
    pub fn trouble(&mut self, world: &World, trouble: &Trouble) {
        match trouble {
            Trouble::Ses(faults) | Trouble::Heard(faults) | Trouble::AtOnce(_, faults) => world
                .aws
                .with(|traffic| traffic.faults.extend(faults.iter().cloned())),
            Trouble::BusDown(times) => {
                self.down = *times;
                world.aws.with(|traffic| traffic.bus_down = true);
            }
            Trouble::Table(calls, cut) => world.table.cut(*calls, *cut),
            Trouble::None | Trouble::Repeated(_) => {}
        }
    }

    /// And ends.
    pub fn calm(&mut self, world: &World) {
        world.table.mend();
        world.aws.with(|traffic| {
            traffic.faults.clear();
            traffic.bus_down = false;
        });
    }

    /// Runs everything until nothing is left but what is held; dead letters are put back.
    pub async fn run(&mut self, world: &Arc<World>, trouble: &Trouble) -> Result<(), String> {
        self.unheard = world.aws.with(|traffic| traffic.mails.len());
        for _ in 0..3 {
            let dead = self.settle(world, trouble).await;
            if dead.is_empty() {
                return Ok(());
            }
            world.pass(SignedDuration::from_mins(10));
            world.aws.with(|traffic| traffic.events.extend(dead));
        }
        Err("dead letters stay dead".to_owned())
    }

    async fn settle(&mut self, world: &Arc<World>, trouble: &Trouble) -> Vec<Value> {
        let (mut queue, mut dead) = (VecDeque::new(), Vec::new());
        loop {
            self.stream(world).await;
            for event in world.taken() {
                match route(&event) {
                    Some(_) if self.holds && is_mail(&event) => self.held.push(event),
                    Some(_) => queue.push_back((event, 0)),
                    None => {}
                }
            }
            let Some((event, receives)) = queue.pop_front() else {
                if self.records.is_empty() {
                    return dead;
                }
                continue;
            };
            let receives = receives + 1;
            if !self.hand(world, &event, receives, trouble).await {
                self.failed(world);
                if matches!(trouble, Trouble::Heard(_)) {
                    self.hear(world).await;
                }
                // Only a mailer's lease asks how late it is.
                if is_mail(&event) {
                    world.pass(SignedDuration::from_secs(180));
                }
                if receives < MAX_RECEIVES {
                    queue.push_back((event, receives))
                } else {
                    dead.push(event)
                }
            }
        }
    }

    /// SES says of the mails that it accepted that they were delivered, before anybody recorded
    /// that they were sent.
    async fn hear(&mut self, world: &World) {
        let mails = world
            .aws
            .with(|traffic| traffic.mails[self.unheard..].to_vec());
        self.unheard += mails.len();
        for mail in mails
            .into_iter()
            .filter(|mail| mail.tags.contains_key("delivery"))
        {
            world
                .hand(&said_of(&mail, "delivered", world.now(), world.now()), 1)
                .await;
            self.heard.push(mail);
        }
    }

    /// A batch of the stream stays until it is published.
    async fn stream(&mut self, world: &World) {
        self.records.extend(stream::passed(world.table.records()));
        if self.records.is_empty() {
            return;
        }
        match world
            .publisher
            .consume(json!({"Records": self.records}))
            .await
        {
            Ok(_) => self.records.clear(),
            Err(_) => self.failed(world),
        }
    }

    /// Something failed: the bus may be back.
    pub fn failed(&mut self, world: &World) {
        self.down = self.down.saturating_sub(1);
        if self.down == 0 {
            world.aws.with(|traffic| traffic.bus_down = false);
        }
    }

    /// Hands a message to workers of its function, each in a process of its own as it were; whether
    /// one of those at once, each time, acknowledged it.
    async fn hand(
        &self,
        world: &Arc<World>,
        event: &Value,
        receives: u32,
        trouble: &Trouble,
    ) -> bool {
        let (times, at_once) = match trouble {
            Trouble::Repeated(times) => (*times, 1),
            Trouble::AtOnce(times, _) => (1, *times),
            _ => (1, 1),
        };
        let mut acknowledged = true;
        for _ in 0..times {
            let local = LocalSet::new();
            let workers: Vec<_> = (0..at_once)
                .map(|_| {
                    let (world, event) = (Arc::clone(world), event.clone());
                    local.spawn_local(async move { world.hand(&event, receives).await })
                })
                .collect();
            local.await;
            let mut by_one = false;
            for worker in workers {
                by_one |= worker.await.unwrap_or(false);
            }
            acknowledged &= by_one;
        }
        acknowledged
    }
}

/// The rows of a mail's text.
pub fn row<'m>(mail: &'m Mail, label: &str) -> Option<&'m str> {
    let label = format!("{label}\u{a0}: ");
    mail.text
        .lines()
        .find_map(|line| line.trim().strip_prefix(&label))
}
