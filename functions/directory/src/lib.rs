//! The portal's directory: entities and agents as it declares them, by its own names. What waits
//! for something else lies in the table, and goes on when the stream tells that it came.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod agents;
mod entity;
mod handover;
mod inviting;
mod links;
mod removal;
mod succession;
mod waiting;

use serde_json::{Value, json};
use vigie_aws::{
    Consumer, Platform,
    bus::Bus,
    queue::{Failure, Message, each_message},
};
use vigie_domain::{
    event::{self, AgentDue, DirectoryReady, portal::Said},
    id::digest,
};
use vigie_runtime::{Error, clock::Clock, config::ConfigError, log};
use vigie_store::{Store, StoreError, Waiting};

/// Most of those who wait for an entity that one message takes up, and most agents of a page.
const PAGE: i32 = 50;

/// Keeps the portal's directory.
#[derive(Clone, Debug)]
pub struct Directory {
    /// The table.
    pub store: Store,
    /// The bus, for what is refused and for what goes on later.
    pub bus: Bus,
    /// Tells the time.
    pub clock: Clock,
}

impl Directory {
    /// From the environment.
    ///
    /// # Errors
    /// Something is missing in it.
    pub fn new(platform: &Platform) -> Result<Self, ConfigError> {
        Ok(Self {
            store: Store::from_env(platform.aws.dynamodb())?,
            bus: platform.bus()?,
            clock: platform.clock.clone(),
        })
    }

    async fn take(&self, message: &Message) -> Result<(), Failure> {
        match (message.source.as_str(), message.detail_type.as_str()) {
            ("vigie", "AgentDue") => {
                let due: AgentDue = message.detail_of()?;
                Ok(Box::pin(self.settle_agent(&due.agent)).await?)
            }
            ("vigie", "DirectoryReady") => self.ready(message.detail_of()?).await,
            ("vigie", "InvitationsDue") => {
                Ok(Box::pin(self.invitations_due(&message.detail_of()?)).await?)
            }
            ("vigie", "AccountNamed") => self.account_named(message.detail_of()?).await,
            ("vigie", "HandoverDue") => self.hand_over(message.detail_of()?).await,
            ("vigie", "EntityCame") => self.entity_came(message.detail_of()?).await,
            ("procurement", _) => match message.understood()? {
                Said::Entity(declared) => self.declare_entity(&declared).await,
                Said::Agent(declared) => Box::pin(self.declare_agent(&declared)).await,
                _ => Err(Failure::unknown()),
            },
            _ => Err(Failure::unknown()),
        }
    }

    /// Takes up what waited for an entity: its own removal, if it was the last that lay in it that
    /// left; and a page of those who wait for it, with where the next begins.
    async fn ready(&self, event: DirectoryReady) -> Result<(), Failure> {
        let id = event.entity_id;
        if event.after.is_none() {
            let going = self.store.declared_entity_read(&id).await?;
            if going.is_some_and(|declared| declared.wanted.is_none()) {
                self.settle_entity(&id).await?;
            }
        }
        let page = self.store.awaiting_list(&id, event.after, PAGE).await?;
        for waiting in &page.items {
            let settled = match &waiting.who {
                Waiting::Entity(entity) => self.settle_entity(entity).await,
                Waiting::Agent(name) => Box::pin(self.settle_agent(name)).await,
            };
            match settled {
                Ok(()) => self.store.awaiting_end(&id, waiting).await?,
                // It holds up none of the others.
                Err(StoreError::Corrupt(..)) => {
                    log::error(
                        "an item that cannot be read is set aside",
                        json!({"item": "declaration", "who": format!("{:?}", waiting.who)}),
                    );
                    log::count("UnreadableItem", 1);
                }
                Err(e) => return Err(e.into()),
            }
        }
        if let Some(next) = page.next {
            let rest = DirectoryReady {
                event_id: digest(&["directory", id.as_str(), &next]),
                entity_id: id,
                after: Some(next),
            };
            self.bus.publish(&[event::Event::from(rest).into()]).await?;
        }
        Ok(())
    }
}

impl Consumer for Directory {
    async fn consume(&self, event: Value) -> Result<Value, Error> {
        Ok(each_message(event, &self.bus, async |message| self.take(message).await).await?)
    }

    async fn warm(&self) {
        self.store.warm().await;
    }
}
