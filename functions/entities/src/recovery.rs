//! Recoveries of agents: an administrator has a link mailed by which another login takes the
//! agent's account over, or stops a recovery that waits.

use vigie_domain::{
    account::{
        Account,
        binding::{RECOVERY_LIFETIME, RecoveryLink},
    },
    audit::{Record, What},
};
use vigie_http::{Call, Problem, Reply};
use vigie_runtime::{again::Tries, ids};
use vigie_store::{AuditEntry, StoreError};

use crate::{
    Entities,
    agents::{entry, unrecoverable},
};

impl Entities {
    /// `POST …/agents/{accountId}/recovery`: the link works for the first login that confirms it,
    /// and voids the older.
    pub(crate) async fn send_recovery(&self, call: &Call) -> Result<Reply, Problem> {
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let before = self.agent(call).await?;
            let address = before.recoverable().map_err(unrecoverable)?.digest();
            let mut after = before.clone();
            after.version += 1;
            let mailed = after.binding.links_mailed.take(call.now);
            mailed.map_err(Problem::too_many)?;
            after.binding.link = Some(RecoveryLink {
                request_id: ids::request(),
                address,
                expires_at: call.now + RECOVERY_LIFETIME,
                by: call.actor()?.clone(),
            });
            let entry = recorded(call, What::RecoverySent, &before)?;
            match self.store.recovery_send(&before, &after, &[entry]).await {
                Ok(()) => return self.shown_agent(202, &after).await,
                // Changed meanwhile: what the account says now decides.
                Err(StoreError::Refused) => {}
                Err(e) => return Err(e.into()),
            }
        }
    }

    /// `DELETE …/agents/{accountId}/recovery`: the login that acts for the account keeps it; again
    /// changes nothing.
    pub(crate) async fn stop_recovery(&self, call: &Call) -> Result<Reply, Problem> {
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let account = self.agent(call).await?;
            if account.binding.waiting.is_empty() {
                return Ok(Reply::empty());
            }
            let entry = recorded(call, What::RecoveryStopped, &account)?;
            match self.store.recovery_stop(&account, &[entry]).await {
                Ok(()) => return Ok(Reply::empty()),
                Err(StoreError::Refused) => {}
                Err(e) => return Err(e.into()),
            }
        }
    }
}

fn recorded(call: &Call, what: What, account: &Account) -> Result<AuditEntry, Problem> {
    let record = Record::new(what, call.caller.actor(), &account.entity_id, call.now);
    entry(call, record.to(&account.id))
}
