//! Things about agents that wait for their administrators: an entry each at the root of the
//! organisation, written in the transaction that makes it so. An entry may be one too many, never
//! one too few: the account says what is so.

use std::collections::BTreeSet;

use vigie_domain::{
    account::{Account, todo::Todo},
    id::{AccountId, EntityId},
};

use crate::{
    Result, Store,
    table::{
        item,
        keys::{self, ItemKind, Key},
        transaction::{Expression, Transaction},
    },
};

/// Most pages of entries that one list reads.
const PAGES: usize = 20;

/// Entries of a page, and accounts read at a time.
const PAGE: i32 = 100;

/// A place among the entries of one kind: an entity, and the account of it that was last.
pub type TodoPlace = (EntityId, Option<AccountId>);

/// The entries that a change of an account takes away and makes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Todos {
    gone: Vec<Key>,
    there: Vec<Key>,
}

impl Todos {
    /// Returns those of an account of an organisation. Who leaves an entity, or is no more, leaves
    /// none there.
    pub(crate) fn of(root: &EntityId, before: Option<&Account>, after: Option<&Account>) -> Self {
        let at = |of: &Account, todos: BTreeSet<Todo>| -> Vec<Key> {
            let key = |todo| keys::todo(root, todo, &of.entity_id, Some(&of.id));
            todos.into_iter().map(key).collect()
        };
        let there = after.map_or_else(Vec::new, |of| at(of, of.todos()));
        let gone = before.map_or_else(Vec::new, |of| {
            let stays = after.is_some_and(|after| after.entity_id == of.entity_id);
            at(of, if stays { of.todos() } else { Todo::ALL.into() })
        });
        let gone = gone.into_iter().filter(|key| !there.contains(key));
        Self {
            gone: gone.collect(),
            there,
        }
    }

    /// Adds them to the transaction of the change.
    pub(crate) fn write<P: Copy>(
        &self,
        writes: &mut Transaction<P>,
        at: P,
        store: &Store,
    ) -> Result<()> {
        for key in &self.gone {
            writes.delete(at, store, key, Expression::default())?;
        }
        for key in &self.there {
            writes.put(at, store, key.attributes(), Expression::default())?;
        }
        Ok(())
    }
}

impl Store {
    /// Returns the entries that a change of an account takes away and makes; none where its entity
    /// lies in no tree.
    pub(crate) async fn todos_of(
        &self,
        before: Option<&Account>,
        after: Option<&Account>,
    ) -> Result<Todos> {
        let Some(of) = after.or(before) else {
            return Ok(Todos::default());
        };
        let entries = Todos::of(&of.entity_id, before, after);
        if entries.gone.is_empty() && entries.there.is_empty() {
            return Ok(entries);
        }
        let root = match &of.declared {
            Some(declared) => Some(declared.organisation_id.clone()),
            None => {
                let entity = BTreeSet::from([of.entity_id.clone()]);
                let path = self.entity_find_paths(&entity).await?.remove(&of.entity_id);
                path.and_then(|path| path.root().cloned())
            }
        };
        Ok(root.map_or_else(Todos::default, |root| Todos::of(&root, before, after)))
    }

    /// Lists agents of an organisation about whom something of a kind waits, entity by entity: at
    /// most so many, of some entities or of all. Returns where the list goes on, if it does: a page
    /// may be empty and yet not the last.
    pub async fn todo_list(
        &self,
        root: &EntityId,
        todo: Todo,
        within: Option<&BTreeSet<EntityId>>,
        after: Option<&TodoPlace>,
        most: usize,
    ) -> Result<(Vec<Account>, Option<TodoPlace>)> {
        let (mut found, mut place) = (Vec::new(), after.cloned());
        if place.is_none()
            && let Some(within) = within
        {
            let Some(first) = within.first() else {
                return Ok((found, None));
            };
            place = Some((first.clone(), None));
        }
        for _ in 0..PAGES {
            let (entries, more) = self.todo_page(root, todo, place.as_ref()).await?;
            let ids: Vec<_> = entries
                .iter()
                .filter(|(entity, _)| within.is_none_or(|within| within.contains(entity)))
                .map(|(_, id)| id.clone())
                .collect();
            let mut accounts = self.account_read_each(&ids).await?;
            let last = entries.last().cloned();
            for (entity, id) in entries {
                let waits = |of: &Account| of.entity_id == entity && of.todos().contains(&todo);
                if let Some(account) = accounts.remove(&id).filter(waits) {
                    found.push(account);
                    if found.len() == most {
                        return Ok((found, Some((entity, Some(id)))));
                    }
                }
            }
            let Some((entity, id)) = last.filter(|_| more) else {
                return Ok((found, None));
            };
            place = match within {
                None => Some((entity, Some(id))),
                // What lies between two of them is not read.
                Some(within) => match within.range(&entity..).next() {
                    None => return Ok((found, None)),
                    Some(next) if *next == entity => Some((entity, Some(id))),
                    Some(next) => Some((next.clone(), None)),
                },
            };
        }
        Ok((found, place))
    }

    /// A page of entries, and whether there are more.
    async fn todo_page(
        &self,
        root: &EntityId,
        todo: Todo,
        after: Option<&TodoPlace>,
    ) -> Result<(Vec<(EntityId, AccountId)>, bool)> {
        let after = after.map(|(entity, id)| keys::todo(root, todo, entity, id.as_ref()).sk);
        let (pk, prefix) = (keys::entity_pk(root), keys::todo_prefix(todo));
        let page = self.query(pk.clone(), &prefix, after, PAGE).await?;
        let entry = |sk: &str| match keys::parse(&pk, sk) {
            ItemKind::Todo(_, _, entity, id) => {
                Some((EntityId::parse(entity).ok()?, AccountId::parse(id).ok()?))
            }
            _ => None,
        };
        let entries = page.items.iter().filter_map(|found| entry(item::sk(found)));
        Ok((entries.collect(), page.next.is_some()))
    }
}
