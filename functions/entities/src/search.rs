//! Agents of an entity and everything below it, by name or address.

use std::collections::{BTreeMap, BTreeSet};

use vigie_domain::{
    account::Account,
    contact::name::{NameSearch, PersonSearch},
    entity::Path,
    id::{AccountId, EntityId},
};
use vigie_http::{Call, Problem};

use crate::{Entities, agents::existing};

/// Most looks for agents for one answer, at a hundred people of the organisation each.
const LOOKS: usize = 5;

/// Some agents, and the last one that was looked at, if there may be more.
pub(crate) type Found = (Vec<Account>, Option<AccountId>);

impl Entities {
    /// Finds at most so many agents of the path's entity and of those below it. A page ends when it
    /// is full or has looked at enough, so it may be empty and yet not the last. Whoever is
    /// elsewhere is not found, as nobody is.
    pub(crate) async fn find_agents(
        &self,
        call: &Call,
        (text, after): (&str, Option<AccountId>),
        limit: usize,
    ) -> Result<Found, Problem> {
        let search =
            PersonSearch::parse(text).map_err(|e| Problem::invalid_field("q", e.to_string()))?;
        match search {
            PersonSearch::Name(search) => self.named_agents(call, &search, after, limit).await,
            PersonSearch::Address(address) => {
                let (top, asker) = (existing(call)?, call.actor()?);
                let found = self.store.person_read_at(&address, asker).await?;
                let found = found.filter(|(_, path)| path.is_in_tree_of(top));
                Ok((found.map(|(found, _)| found).into_iter().collect(), None))
            }
            PersonSearch::Nobody => Ok((Vec::new(), None)),
        }
    }

    async fn named_agents(
        &self,
        call: &Call,
        search: &NameSearch,
        mut after: Option<AccountId>,
        limit: usize,
    ) -> Result<Found, Problem> {
        let (top, path) = (existing(call)?, &call.administrator()?.path);
        let root = path.root().ok_or_else(Problem::not_found)?;
        let (mut agents, mut paths) = (Vec::new(), BTreeMap::<EntityId, Path>::new());
        for _ in 0..LOOKS {
            let (found, next) = self.store.person_find(root, search, after).await?;
            let unknown: BTreeSet<_> = found
                .iter()
                .map(|found| found.entity_id.clone())
                .filter(|entity| !paths.contains_key(entity))
                .collect();
            paths.extend(self.store.entity_read_paths(&unknown).await?);
            let is_below = |found: &Account| {
                let path = paths.get(&found.entity_id);
                path.is_some_and(|path| path.is_in_tree_of(top))
            };
            agents.extend(found.into_iter().filter(is_below));
            after = next;
            if agents.len() >= limit || after.is_none() {
                break;
            }
        }
        if agents.len() > limit {
            agents.truncate(limit);
            after = agents.last().map(|last| last.id.clone());
        }
        Ok((agents, after))
    }
}
