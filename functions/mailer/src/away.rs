//! Delegates of agents who are away.

use std::collections::{BTreeMap, BTreeSet};

use vigie_aws::queue::Failure;
use vigie_domain::{
    account::{Account, absence::Absence},
    consultation::{Consultation, Scope},
    delivery::alert::stands_in,
    id::{AccountId, EntityId},
    paris,
};
use vigie_store::{DeferredAlert, Hold, StoreError};

use crate::Mailer;

/// The reason, in records, for which a delegate was mailed.
pub(crate) const STANDS_IN: &str = "delegate";

/// Delegates by who is away.
pub(crate) type Delegates = BTreeMap<AccountId, Account>;

/// Returns the delegate who was asked and agreed.
fn agreed(absence: &Absence) -> Option<&AccountId> {
    absence
        .delegate
        .as_ref()
        .filter(|delegate| delegate.agreed)
        .map(|delegate| &delegate.account_id)
}

impl Mailer {
    /// For each of those who are away, the delegate that may be told of a consultation instead, if
    /// there is one.
    pub(crate) async fn delegates_for(
        &self,
        away: &[Account],
        consultation: &Consultation,
        mut scope: Scope,
    ) -> Result<Delegates, Failure> {
        let mut delegates = self.agreed_delegates(away).await?;
        let today = paris::day(self.clock.now());
        let transverse = |delegate: &Account| {
            delegate.permanent_guest.transverse && !stands_in(delegate, consultation, &scope, today)
        };
        if scope.transverse_from.is_empty() && delegates.values().any(transverse) {
            scope.transverse_from = self
                .store
                .entity_list_transverse_from(&consultation.entity_id)
                .await?;
        }
        delegates.retain(|_, delegate| stands_in(delegate, consultation, &scope, today));
        Ok(delegates)
    }

    /// For each of those who are away, the delegate that agreed, exists and belongs to the same
    /// organisation.
    pub(crate) async fn agreed_delegates(&self, away: &[Account]) -> Result<Delegates, StoreError> {
        let asked: Vec<_> = away
            .iter()
            .filter_map(|absentee| Some((absentee, agreed(absentee.absence.as_ref()?)?)))
            .collect();
        if asked.is_empty() {
            return Ok(Delegates::new());
        }
        let ids: BTreeSet<_> = asked
            .iter()
            .map(|(_, delegate)| (*delegate).clone())
            .collect();
        let found = self
            .store
            .account_read_each(&ids.into_iter().collect::<Vec<_>>())
            .await?;
        let entities: BTreeSet<EntityId> = asked
            .iter()
            .map(|(absentee, _)| absentee.entity_id.clone())
            .chain(found.values().map(|found| found.entity_id.clone()))
            .collect();
        let paths = self.store.entity_read_paths(&entities).await?;
        let root = |account: &Account| paths.get(&account.entity_id).and_then(|path| path.root());
        Ok(asked
            .into_iter()
            .filter_map(|(absentee, delegate)| Some((absentee, found.get(delegate)?)))
            .filter(|(absentee, delegate)| {
                root(absentee).is_some() && root(absentee) == root(delegate)
            })
            .map(|(absentee, delegate)| (absentee.id.clone(), delegate.clone()))
            .collect())
    }

    /// Holds an alert for accounts until each is back; for who is back already, until the next
    /// daily mail.
    pub(crate) async fn hold_until_return(
        &self,
        hash: &str,
        held: &DeferredAlert,
        accounts: &[AccountId],
    ) -> Result<(), StoreError> {
        if accounts.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let holds: Vec<_> = self
            .store
            .absence_read_each(accounts)
            .await?
            .into_iter()
            .map(|(account, absence)| {
                match absence.filter(|absence| absence.covers(paris::day(now))) {
                    Some(absence) => Hold {
                        due: absence.returns_at(),
                        until_return: true,
                        account,
                    },
                    None => Hold {
                        due: paris::told_daily(held.recorded_at, now),
                        until_return: false,
                        account,
                    },
                }
            })
            .collect();
        self.store.deferred_alert_write(hash, held, &holds).await
    }
}
