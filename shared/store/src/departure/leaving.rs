//! Last days: an account stops once its agent's is over.

use jiff::Timestamp;
use vigie_domain::{
    account::{Account, administration::Administration, departure::over_at},
    audit::{Record, What},
};
use vigie_runtime::again::Tries;

use crate::{
    Changed, Result, Store, StoreError, entity::audit::AuditEntry, schedule::work::Leaving,
};

impl Store {
    /// Deactivates an account whose agent's last day is over; does nothing but drop the entry if
    /// they stay, leave later, or are the portal's.
    pub async fn leaving_run(&self, work: &Leaving, now: Timestamp) -> Result<()> {
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let account = self.account_read(&work.account).await?;
            let Some(account) = account.filter(|account| is_over(account, now)) else {
                return self.drop_entry(&work.entry).await;
            };
            let change = Administration {
                active: Some(false),
                at: now,
                ..Administration::default()
            };
            let record = Record::new(What::AgentLeft, None, &account.entity_id, now);
            let record = record.to(&account.id).changing(change.changes(&account));
            let path = self.entity_read_path(&account.entity_id).await?;
            let entry = path.root().map(|root| AuditEntry::new(root, record));
            let done = self
                .account_administer(&account, &change, entry.as_slice())
                .await?;
            match done {
                Changed::Yes => return self.drop_entry(&work.entry).await,
                // Others administer the organisation: that was seen to when the day was set.
                Changed::LastAdministrator => return Err(StoreError::Conflict),
                // Changed meanwhile: what the account says now decides.
                Changed::Superseded => {}
            }
        }
    }
}

fn is_over(account: &Account, now: Timestamp) -> bool {
    let over = account.leaves_on.is_some_and(|day| over_at(day) <= now);
    over && account.active && account.declared.is_none()
}
