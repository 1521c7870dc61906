//! Absences: the days, and whether the delegate agrees.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use vigie_domain::{
    account::{
        Account, MailQuota,
        absence::{self, Absence},
    },
    audit::{Record, What},
    id::{AccountId, RequestId},
};

use crate::{
    Result, Store,
    schedule::entries,
    table::{
        item::{self, n},
        keys::{self, PK, SK},
        projection::Projection,
        transaction::{Expression, Transaction},
    },
};

/// The absence of an account.
#[derive(Deserialize)]
struct OfAccount {
    #[serde(default)]
    absence: Option<Absence>,
}

impl Store {
    /// Returns the absences of accounts, of those that exist; one that cannot be read counts as
    /// none.
    pub async fn absence_read_each(
        &self,
        ids: &[AccountId],
    ) -> Result<BTreeMap<AccountId, Option<Absence>>> {
        let wanted: Vec<_> = ids.iter().map(keys::account).collect();
        let found = self
            .get_projected(&wanted, &Projection::of([PK, SK, "absence"]))
            .await?;
        let absence = |found| {
            let id = ids
                .iter()
                .find(|id| keys::account_pk(id) == item::text(&found, PK))
                .cloned()?;
            Some((
                id,
                item::read_or_set_aside::<OfAccount>(found, "absence").and_then(|of| of.absence),
            ))
        };
        Ok(found.into_iter().filter_map(absence).collect())
    }

    /// Replaces an absence, and has what is held looked at when it is over: `due`. Refused if the
    /// account has changed since it was read.
    pub async fn absence_write(
        &self,
        before: &Account,
        absence: Option<&Absence>,
        quota: &MailQuota,
        due: Timestamp,
    ) -> Result<()> {
        let writes = self.absence_in(before, absence, quota, due)?;
        self.write(writes).await
    }

    /// Writes an absence for a linked account, which pays for the mails and whose deed is written
    /// down; refused if either has changed since.
    pub async fn absence_write_by(
        &self,
        (by, quota): (&Account, &MailQuota),
        before: &Account,
        absence: Option<&Absence>,
        due: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        let mut writes = self.absence_in(before, absence, &before.mail_quota, due)?;
        let paid = Expression::update("SET mailQuota = :quota, version = :next")
            .when("version = :version AND active = :yes")
            .value(":quota", item::value(quota)?)
            .value(":version", n(by.version))
            .value(":next", n(by.version + 1))
            .value(":yes", item::value(&true)?);
        writes.update((), self, &keys::account(&by.id), paid)?;
        let record =
            Record::new(What::AbsenceChanged, Some(&by.id), &before.entity_id, now).to(&before.id);
        self.note_between(
            &mut writes,
            (),
            &record.changing(absence::changes(before.absence.as_ref(), absence)),
        )?;
        self.write(writes).await
    }

    fn absence_in(
        &self,
        before: &Account,
        absence: Option<&Absence>,
        quota: &MailQuota,
        due: Timestamp,
    ) -> Result<Transaction<()>> {
        let set = if absence.is_some() {
            ", absence = :absence"
        } else {
            " REMOVE absence"
        };
        let mut update =
            Expression::update(&format!("SET mailQuota = :quota, version = :next{set}"))
                .value(":quota", item::value(quota)?)
                .value(":version", n(before.version))
                .value(":next", n(before.version + 1));
        if let Some(absence) = absence {
            update = update.value(":absence", item::value(absence)?);
        }
        // A delegate's answer, which is no new version of the account, may have come since.
        update = match &before.absence {
            Some(known) => update
                .when("version = :version AND absence = :known")
                .value(":known", item::value(known)?),
            None => update.when("version = :version AND attribute_not_exists(absence)"),
        };
        let mut writes = Transaction::new();
        writes.update((), self, &keys::account(&before.id), update)?;
        writes.put(
            (),
            self,
            entries::daily_of(&before.id, due),
            Expression::default(),
        )?;
        Ok(writes)
    }

    /// Takes back the agreement of a delegate, whichever request it agreed to; refused if the
    /// account does not ask it.
    pub async fn absence_stand_down(
        &self,
        account: &AccountId,
        delegate: &AccountId,
    ) -> Result<()> {
        let update = Expression::update("SET absence.delegate.agreed = :no")
            .when("absence.delegate.accountId = :delegate")
            .value(":no", item::value(&false)?)
            .value(":delegate", item::s(delegate.as_str()));
        self.update(&keys::account(account), update).await
    }

    /// Writes whether the delegate of a request agrees; refused if the account no longer asks them.
    pub async fn absence_answer(
        &self,
        account: &AccountId,
        request: &RequestId,
        agreed: bool,
    ) -> Result<()> {
        let update = Expression::update("SET absence.delegate.agreed = :agreed")
            .when("absence.delegate.requestId = :request")
            .value(":agreed", item::value(&agreed)?)
            .value(":request", item::s(request.as_str()));
        self.update(&keys::account(account), update).await
    }
}
