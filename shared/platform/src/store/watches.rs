//! Watchers of an entity by rule: hints that spare a scan of all accounts. The account itself decides; a hint may be one too
//! many, never one too few.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use vigie_domain::{
    account::Account,
    id::{AccountId, ConsultationId, EntityId},
    preferences::{Alerts, AutomaticFavourites, Kind, Mode, Rule},
};

use super::{
    Page, Result, Store, StoreError,
    item::{self, s},
    keys::{self, Key},
    transaction::{ABSENT, Expression, PRESENT, Transaction, TransactionError},
};

/// Watchers in a page: what one receive repeats at most when it dies.
pub const WATCHERS_PER_PAGE: u16 = 500;

/// Most stars given in one transaction: DynamoDB takes 100 actions.
const STARS: usize = 100;

#[derive(Clone, Copy)]
enum At {
    Any,
}

/// The rules that watch an entity; `mine` needs none.
const WATCHING: [Rule; 3] = [Rule::OwnEntity, Rule::DependentEntities, Rule::TransverseEntities];

/// Every hint that an agent of an entity can have.
pub(super) fn all(entity: &EntityId, account: &AccountId) -> [Key; 3] {
    WATCHING.map(|rule| keys::watch(entity, rule, account))
}

impl Store {
    /// Replaces the choice of alerts, if the account still has the rights and the entity that it was judged by.
    pub async fn alerts_write(&self, account: &Account, alerts: &Alerts) -> Result<()> {
        let rights = item::value(&account.permanent_guest)?;
        let update = Expression::update("SET alerts = :alerts")
            .value(":alerts", item::value(alerts)?)
            .value(":rights", rights)
            .value(":entity", s(account.entity_id.as_str()));
        let key = keys::account(&account.id);
        let judged = "attribute_exists(pk) AND permanentGuest = :rights AND entityId = :entity";
        if alerts.automatic_favourites == account.alerts.automatic_favourites {
            let same = format!("{judged} AND alerts.automaticFavourites = :rules");
            let only = update.clone().when(&same).value(":rules", item::value(&alerts.automatic_favourites)?);
            match self.update(&key, only).await {
                Err(StoreError::Refused) => {}
                other => return other,
            }
        }
        let mut writes = Transaction::new();
        writes.update(At::Any, self, &key, update.when(judged))?;
        self.watch(&mut writes, &account.entity_id, &account.id, alerts.automatic_favourites)?;
        self.transact(writes).await.map_err(|e| e.position().err().unwrap_or(StoreError::Refused))
    }

    /// Switches kinds of alert off, whatever else is chosen; refused if there is no such account.
    pub async fn alerts_switch_off(&self, account: &AccountId, kinds: &BTreeSet<Kind>) -> Result<()> {
        self.switch_all_off(account, kinds, &BTreeSet::new()).await
    }

    /// The same, and with them every kind that is wanted daily; what is chosen anew meanwhile is as it was chosen.
    pub async fn alerts_switch_off_with_daily(&self, account: &AccountId, kinds: &BTreeSet<Kind>) -> Result<()> {
        for _ in 0..4 {
            let found = self.account_read(account).await?.ok_or(StoreError::Refused)?;
            let daily = found.alerts.kinds.with(Mode::Daily).filter(|kind| !kinds.contains(kind)).collect();
            match self.switch_all_off(account, kinds, &daily).await {
                Err(StoreError::Refused) => {}
                done => return done,
            }
        }
        Err(StoreError::Conflict)
    }

    async fn switch_all_off(&self, account: &AccountId, kinds: &BTreeSet<Kind>, while_daily: &BTreeSet<Kind>) -> Result<()> {
        let all: Vec<_> = while_daily.iter().chain(kinds).collect();
        if all.is_empty() {
            return Ok(());
        }
        let set: Vec<_> = (0..all.len()).map(|i| format!("alerts.kinds.#k{i} = :off")).collect();
        let still = (0..while_daily.len()).map(|i| format!("alerts.kinds.#k{i} = :daily"));
        let condition: Vec<_> = std::iter::once(PRESENT.to_owned()).chain(still).collect();
        let mut update = Expression::update(&format!("SET {}", set.join(", "))).value(":off", item::value(&Mode::Off)?);
        update = update.when(&condition.join(" AND "));
        if !while_daily.is_empty() {
            update = update.value(":daily", item::value(&Mode::Daily)?);
        }
        for (i, kind) in all.into_iter().enumerate() {
            update = update.name(format!("#k{i}"), kind.as_str());
        }
        self.update(&keys::account(account), update).await
    }

    fn watch(&self, writes: &mut Transaction<At>, entity: &EntityId, account: &AccountId, rules: AutomaticFavourites) -> Result<()> {
        for rule in WATCHING {
            let key = keys::watch(entity, rule, account);
            if rules.is_on(rule) {
                writes.put(At::Any, self, key.attributes(), Expression::default())?;
            } else {
                writes.delete(At::Any, self, &key, Expression::default())?;
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

    /// Gives stars by rules, a hundred in a transaction. Where there is a star or the tombstone of one, nothing changes.
    pub async fn favourite_add_by_rule(
        &self,
        consultation: &ConsultationId,
        stars: &BTreeMap<AccountId, Rule>,
        now: Timestamp,
    ) -> Result<()> {
        let all: Vec<_> = stars.iter().collect();
        for chunk in all.chunks(STARS) {
            let mut open = vec![true; chunk.len()];
            while open.contains(&true) {
                let writes = || {
                    let mut writes = Transaction::new();
                    for (i, (account, rule)) in chunk.iter().enumerate().filter(|(i, _)| open[*i]) {
                        let star = super::favourites::star(consultation, account, Some(**rule), now)?;
                        writes.update(i, self, &keys::favourite(consultation, account), star.when(ABSENT))?;
                    }
                    Ok(writes)
                };
                match self.transact_built(writes).await {
                    Ok(()) => break,
                    Err(TransactionError::Store(e)) => return Err(e),
                    Err(TransactionError::Refused(there)) => there.iter().for_each(|(i, _)| open[*i] = false),
                }
            }
        }
        Ok(())
    }
}
