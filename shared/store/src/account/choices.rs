//! The choice of alerts.

use std::collections::BTreeSet;

use vigie_domain::{
    account::{
        Account,
        preferences::{Alerts, Kind, Mode},
    },
    id::AccountId,
};
use vigie_runtime::again::Tries;

use crate::{
    Result, Store, StoreError,
    table::{
        item::{self, s},
        keys,
        transaction::{Expression, PRESENT, Transaction},
    },
};

impl Store {
    /// Replaces the choice of alerts, which is no proposal any more, if the account still has the
    /// rights and the entity that it was judged by and, where it `holds`, the choice.
    pub async fn alerts_write(
        &self,
        account: &Account,
        alerts: &Alerts,
        holds: bool,
    ) -> Result<()> {
        let rights = item::value(&account.permanent_guest)?;
        let mut update = Expression::update("SET alerts = :alerts REMOVE alertsProposed")
            .value(":alerts", item::value(alerts)?)
            .value(":rights", rights)
            .value(":entity", s(account.entity_id.as_str()));
        let key = keys::account(&account.id);
        let mut judged =
            "attribute_exists(pk) AND permanentGuest = :rights AND entityId = :entity".to_owned();
        if holds {
            update = update.value(":known", item::value(&account.alerts)?);
            judged.push_str(" AND alerts = :known AND attribute_");
            judged.push_str(if account.alerts_proposed { "" } else { "not_" });
            judged.push_str("exists(alertsProposed)");
        }
        if alerts.automatic_favourites == account.alerts.automatic_favourites {
            let same = format!("{judged} AND alerts.automaticFavourites = :rules");
            let only = update
                .clone()
                .when(&same)
                .value(":rules", item::value(&alerts.automatic_favourites)?);
            match self.update(&key, only).await {
                Err(StoreError::Refused) => {}
                other => return other,
            }
        }
        let mut writes = Transaction::new();
        writes.update((), self, &key, update.when(&judged))?;
        self.watch(
            &mut writes,
            (),
            &account.entity_id,
            &account.id,
            alerts.automatic_favourites,
        )?;
        self.transact(writes)
            .await
            .map_err(|e| e.position().err().unwrap_or(StoreError::Refused))
    }

    /// Switches kinds of alert off, whatever else is chosen; refused if there is no such account.
    pub async fn alerts_switch_off(
        &self,
        account: &AccountId,
        kinds: &BTreeSet<Kind>,
    ) -> Result<()> {
        self.switch_all_off(account, kinds, &BTreeSet::new()).await
    }

    /// Switches kinds off, and with them every kind that is wanted daily; what is chosen anew
    /// meanwhile is as it was chosen.
    pub async fn alerts_switch_off_with_daily(
        &self,
        account: &AccountId,
        kinds: &BTreeSet<Kind>,
    ) -> Result<()> {
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let found = self
                .account_read(account)
                .await?
                .ok_or(StoreError::Refused)?;
            let daily = found
                .alerts
                .kinds
                .with(Mode::Daily)
                .filter(|kind| !kinds.contains(kind))
                .collect();
            match self.switch_all_off(account, kinds, &daily).await {
                Err(StoreError::Refused) => {}
                done => return done,
            }
        }
    }

    async fn switch_all_off(
        &self,
        account: &AccountId,
        kinds: &BTreeSet<Kind>,
        while_daily: &BTreeSet<Kind>,
    ) -> Result<()> {
        let all: Vec<_> = while_daily.iter().chain(kinds).collect();
        if all.is_empty() {
            return Ok(());
        }
        let set: Vec<_> = (0..all.len())
            .map(|i| format!("alerts.kinds.#k{i} = :off"))
            .collect();
        let still = (0..while_daily.len()).map(|i| format!("alerts.kinds.#k{i} = :daily"));
        let condition: Vec<_> = std::iter::once(PRESENT.to_owned()).chain(still).collect();
        let mut update = Expression::update(&format!("SET {}", set.join(", ")))
            .value(":off", item::value(&Mode::Off)?);
        update = update.when(&condition.join(" AND "));
        if !while_daily.is_empty() {
            update = update.value(":daily", item::value(&Mode::Daily)?);
        }
        for (i, kind) in all.into_iter().enumerate() {
            update = update.name(format!("#k{i}"), kind.as_str());
        }
        self.update(&keys::account(account), update).await
    }
}
