//! Watchers of an entity by rule: hints that spare a scan of all accounts. The account itself
//! decides. There may be a hint too many, never one too few.

use jiff::{SignedDuration, Timestamp};
use vigie_domain::{
    account::{
        Account,
        preferences::{AutomaticFavourites, Rule},
    },
    id::{AccountId, EntityId},
};

use crate::{
    Item, Page, Result, Store,
    table::{
        item,
        keys::{self, Key, SK},
        projection::Projection,
        transaction::{Expression, Transaction},
    },
};

/// Watchers in a page: what one receive repeats at most when it dies.
pub const WATCHERS_PER_PAGE: u16 = 500;

/// The time at which a move brought a hint to its entity.
pub(crate) const MOVED_AT: &str = "movedAt";

/// The most by which the clocks of two functions differ.
const CLOCKS: SignedDuration = SignedDuration::from_mins(1);

/// The rules that watch an entity; `mine` needs none.
const WATCHING: [Rule; 3] = [
    Rule::OwnEntity,
    Rule::DependentEntities,
    Rule::TransverseEntities,
];

/// Every hint that an agent of an entity can have.
pub(crate) fn all(entity: &EntityId, account: &AccountId) -> [Key; 3] {
    WATCHING.map(|rule| keys::watch(entity, rule, account))
}

impl Store {
    pub(crate) fn watch<P: Copy>(
        &self,
        writes: &mut Transaction<P>,
        at: P,
        entity: &EntityId,
        account: &AccountId,
        rules: AutomaticFavourites,
    ) -> Result<()> {
        for rule in WATCHING {
            let key = keys::watch(entity, rule, account);
            if rules.is_on(rule) {
                writes.put(at, self, key.attributes(), Expression::default())?;
            } else {
                writes.delete(at, self, &key, Expression::default())?;
            }
        }
        Ok(())
    }

    /// Lists who came to watch an entity by a rule by a move since a time, or a moment before it.
    pub async fn watcher_list_moved(
        &self,
        entity: &EntityId,
        rule: Rule,
        since: Timestamp,
    ) -> Result<Vec<AccountId>> {
        let (prefix, since) = (keys::watch_prefix(rule), since - CLOCKS);
        let moved = |watch: &Item| {
            item::text(watch, MOVED_AT)
                .parse::<Timestamp>()
                .is_ok_and(|at| at >= since)
        };
        let attributes = Projection::of([SK, MOVED_AT]);
        let watches = self
            .query_whole_projected(keys::entity_pk(entity), &prefix, &attributes)
            .await?;
        let moved = watches.iter().filter(|watch| moved(watch));
        let ids =
            moved.filter_map(|watch| AccountId::parse(item::sk(watch).strip_prefix(&prefix)?).ok());
        Ok(ids.collect())
    }

    /// Lists an agent's hints that go, and those that come, once the agent has moved.
    pub(crate) fn moved_watches(account: &Account, to: &EntityId) -> (Vec<Key>, Vec<Key>) {
        let on = WATCHING
            .into_iter()
            .filter(|rule| account.alerts.automatic_favourites.is_on(*rule));
        on.map(|rule| {
            (
                keys::watch(&account.entity_id, rule, &account.id),
                keys::watch(to, rule, &account.id),
            )
        })
        .unzip()
    }

    /// A page of accounts that may watch an entity by a rule.
    pub async fn watcher_list(
        &self,
        entity: &EntityId,
        rule: Rule,
        after: Option<String>,
    ) -> Result<Page<AccountId>> {
        let prefix = keys::watch_prefix(rule);
        let page = self
            .query(
                keys::entity_pk(entity),
                &prefix,
                after,
                WATCHERS_PER_PAGE.into(),
            )
            .await?;
        let ids = page
            .items
            .iter()
            .filter_map(|watch| AccountId::parse(item::sk(watch).strip_prefix(&prefix)?).ok());
        Ok(Page {
            items: ids.collect(),
            next: page.next,
        })
    }
}
