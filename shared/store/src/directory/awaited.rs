//! Those who wait for an entity. An entry is written in one transaction with the check that what it
//! waits for is not there, so that nobody who comes is missed between a look and a write.

use vigie_domain::{
    directory::{agent::AgentName, entity::DeclaredEntity},
    id::EntityId,
};
use vigie_runtime::again::unless_refused;
use vigie_runtime::ids;

use crate::{
    Item, Page, Result, Store, TreeVersion,
    table::{
        item::{self, s},
        keys::{self, ItemKind, Key},
        transaction::{Expression, Transaction},
    },
};

/// The attribute with the name of an entry as it is now: written again, it has another.
const NAME: &str = "entry";

/// The condition that an entity takes nobody in: it is not there, or about to go.
pub(crate) const TAKES_NOBODY_IN: &str = "attribute_not_exists(pk) OR attribute_exists(removing)";

/// Whoever waits for an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// Another entity.
    Entity(EntityId),
    /// An agent.
    Agent(AgentName),
}

/// An entry of somebody who waits for an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaiting {
    /// The one that waits.
    pub who: Waiting,
    /// Names the entry as it was read.
    name: String,
}

/// Returns an entry under a key.
pub(crate) fn entry(key: &Key) -> Item {
    let mut entry = key.attributes();
    entry.insert(NAME.to_owned(), s(ids::request().as_str()));
    entry
}

impl Store {
    /// Waits for an entity; refused if it is there by now, or the declaration is not the newest.
    pub async fn awaiting_write(
        &self,
        declared: &DeclaredEntity,
        awaited: &EntityId,
    ) -> Result<()> {
        let absent = Expression::condition(TAKES_NOBODY_IN);
        self.wait(declared, awaited, absent).await
    }

    /// Waits for a move in a tree, by its root; refused if the tree has changed since `version`, or
    /// the declaration is not the newest.
    pub async fn awaiting_write_move(
        &self,
        declared: &DeclaredEntity,
        (root, version): (&EntityId, TreeVersion),
    ) -> Result<()> {
        self.wait(declared, root, version.unchanged()).await
    }

    async fn wait(
        &self,
        declared: &DeclaredEntity,
        awaited: &EntityId,
        still: Expression,
    ) -> Result<()> {
        let mut writes = Transaction::new();
        let key = keys::awaited_entity(awaited, &declared.entity_id);
        writes.put((), self, entry(&key), Expression::default())?;
        writes.check((), self, &keys::entity(awaited), still)?;
        self.by(&mut writes, (), &declared.entity_id, Some(declared))?;
        self.write(writes).await
    }

    /// A page of those that wait for an entity.
    pub async fn awaiting_list(
        &self,
        awaited: &EntityId,
        after: Option<String>,
        limit: i32,
    ) -> Result<Page<Awaiting>> {
        let page = self
            .query(keys::entity_pk(awaited), keys::AWAITED, after, limit)
            .await?;
        let read = |found: &Item| {
            let key = item::key(found);
            let who = match keys::parse(&key.pk, &key.sk) {
                ItemKind::AwaitedEntity(_, id) => Waiting::Entity(EntityId::parse(id).ok()?),
                ItemKind::AwaitedAgent(_, name) => Waiting::Agent(AgentName::parse(name).ok()?),
                _ => return None,
            };
            let name = item::text(found, NAME).to_owned();
            Some(Awaiting { who, name })
        };
        Ok(Page {
            items: page.items.iter().filter_map(read).collect(),
            next: page.next,
        })
    }

    /// Ends the wait of an entry that was read and taken up, unless it waits again since.
    pub async fn awaiting_end(&self, awaited: &EntityId, entry: &Awaiting) -> Result<()> {
        let mut writes = Transaction::new();
        let same = Expression::condition("#entry = :entry")
            .name("#entry", NAME)
            .value(":entry", s(entry.name.as_str()));
        let key = match &entry.who {
            Waiting::Entity(entity) => keys::awaited_entity(awaited, entity),
            Waiting::Agent(name) => keys::awaited_agent(awaited, name),
        };
        writes.delete((), self, &key, same)?;
        unless_refused(self.write(writes).await).map(drop)
    }
}
