//! Watchers of an entity by rule: hints that spare a scan of all accounts. The account itself decides. There may be a hint too many,
//! never one too few.

use vigie_domain::{
    account::Account,
    id::{AccountId, EntityId},
    preferences::{AutomaticFavourites, Rule},
};

use super::{
    Page, Result, Store, item,
    keys::{self, Key},
    transaction::{Expression, Transaction},
};

/// Watchers in a page: what one receive repeats at most when it dies.
pub const WATCHERS_PER_PAGE: u16 = 500;

/// The rules that watch an entity; `mine` needs none.
const WATCHING: [Rule; 3] = [Rule::OwnEntity, Rule::DependentEntities, Rule::TransverseEntities];

/// Every hint that an agent of an entity can have.
pub(super) fn all(entity: &EntityId, account: &AccountId) -> [Key; 3] {
    WATCHING.map(|rule| keys::watch(entity, rule, account))
}

impl Store {
    pub(super) fn watch(
        &self,
        writes: &mut Transaction<()>,
        entity: &EntityId,
        account: &AccountId,
        rules: AutomaticFavourites,
    ) -> Result<()> {
        for rule in WATCHING {
            let key = keys::watch(entity, rule, account);
            if rules.is_on(rule) {
                writes.put((), self, key.attributes(), Expression::default())?;
            } else {
                writes.delete((), self, &key, Expression::default())?;
            }
        }
        Ok(())
    }

    /// Lists an agent's hints that go, and those that come, once the agent has moved.
    pub(super) fn moved_watches(account: &Account, to: &EntityId) -> (Vec<Key>, Vec<Key>) {
        let on = WATCHING.into_iter().filter(|rule| account.alerts.automatic_favourites.is_on(*rule));
        on.map(|rule| (keys::watch(&account.entity_id, rule, &account.id), keys::watch(to, rule, &account.id))).unzip()
    }

    /// A page of accounts that may watch an entity by a rule, those that exist.
    pub async fn watcher_list(&self, entity: &EntityId, rule: Rule, after: Option<String>) -> Result<Page<Account>> {
        let prefix = keys::watch_prefix(rule);
        let page = self.query(keys::entity_pk(entity), &prefix, after, WATCHERS_PER_PAGE.into()).await?;
        let ids: Vec<_> = page.items.iter().filter_map(|watch| AccountId::parse(item::sk(watch).strip_prefix(&prefix)?).ok()).collect();
        Ok(Page { items: self.account_read_each(&ids).await?.into_values().collect(), next: page.next })
    }
}
