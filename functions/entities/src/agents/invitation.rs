//! The invitation of an agent: mailed again, or withdrawn with the account that nobody accepted.

use vigie_domain::{
    account::{Account, invitation::Invitation},
    audit::{Record, What},
};
use vigie_http::{Call, Problem, Reply, view::AccountView};
use vigie_runtime::{again::Tries, ids};
use vigie_store::StoreError;

use crate::{
    Entities,
    agents::{entry, require_undeclared},
};

impl Entities {
    pub(crate) async fn delete_agent(&self, call: &Call) -> Result<Reply, Problem> {
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let account = self.agent(call).await?;
            require_undeclared(&account)?;
            if account.accepted_invitation.is_some() {
                return Err(accepted());
            }
            let record = Record::new(
                What::AgentWithdrawn,
                call.caller.actor(),
                &account.entity_id,
                call.now,
            )
            .to(&account.id);
            match self
                .store
                .invitation_withdraw(&account, call.now, &[entry(call, record)?])
                .await
            {
                Ok(()) => return Ok(Reply::empty()),
                // Accepted, invited again or moved meanwhile: what the account says now decides.
                Err(StoreError::Refused) => {}
                Err(e) => return Err(e.into()),
            }
        }
    }

    pub(crate) async fn invite(&self, call: &Call) -> Result<Reply, Problem> {
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let before = self.agent(call).await?;
            if before.accepted_invitation.is_some() {
                return Err(accepted());
            }
            if before.contact.email.is_none() {
                return Err(Problem::email_none());
            }
            let mut account = Account {
                version: before.version + 1,
                ..before.clone()
            };
            account
                .mail_quota
                .take(call.now)
                .map_err(Problem::too_many)?;
            let invitation = Invitation::new(ids::request(), call.now);
            // Read first: what cannot be shown is not mailed either.
            let known = self.named([&account.entity_id].into_iter()).await?;
            let record = Record::new(
                What::AgentInvited,
                call.caller.actor(),
                &account.entity_id,
                call.now,
            )
            .to(&account.id);
            match self
                .store
                .invitation_renew(
                    &before,
                    &invitation,
                    &account.mail_quota,
                    &[entry(call, record)?],
                )
                .await
            {
                // Accepted, or invited again, meanwhile: what the account says now decides.
                Err(StoreError::Refused) => {}
                Err(e) => return Err(e.into()),
                Ok(()) => {
                    account.invitation = Some(invitation);
                    return Reply::json(202, &AccountView::for_administrators(&account, &known));
                }
            }
        }
    }
}

fn accepted() -> Problem {
    Problem::new(
        409,
        "already-bound",
        "The account has a login",
        "Its invitation was accepted.",
    )
}
