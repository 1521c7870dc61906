//! Changing contact details; a new e-mail address only asks for its confirmation.

use vigie_domain::{account::Account, contact};
use vigie_http::{Access, Call, Problem, Reply, reply::IF_MATCH};
use vigie_runtime::{again::Tries, ids};
use vigie_store::StoreError;

use crate::{Accounts, show};

impl Accounts {
    /// `PATCH …/contact`: 200 with the account, or 202 when an address waits for confirmation.
    /// Nobody looks up if that address is taken: asking never tells (docs/domain.md, "Contact
    /// details").
    pub(crate) async fn patch_contact(&self, call: &Call) -> Result<Reply, Problem> {
        let patch = call.merge_patch()?;
        let before = call.owner()?;
        let asked = contact::merge(&before.contact, &patch).map_err(Problem::invalid)?;
        require_version(call, before.version)?;
        let mut account = before.clone();
        let asks = account.change_contact(
            asked,
            patch.get("email").is_some(),
            ids::request(),
            call.now,
        );
        let asks = asks.map_err(Problem::too_many)?;
        let entity = self.entity_of(before).await?;
        if account == *before {
            return show(200, before, &entity);
        }
        self.write(before, &mut account)
            .await
            .map_err(|e| match e {
                StoreError::Refused => Problem::stale(),
                e => e.into(),
            })?;
        show(if asks { 202 } else { 200 }, &account, &entity)
    }

    /// `DELETE …/pending-email`: the link dies with the request.
    pub(crate) async fn withdraw_pending_email(&self, call: &Call) -> Result<Reply, Problem> {
        self.amend(call, |account| {
            account.pending_email = None;
            Ok(())
        })
        .await?;
        Ok(Reply::empty())
    }

    /// `POST …/pending-email/resend`: the same link, good for seven more days.
    pub(crate) async fn resend_pending_email(&self, call: &Call) -> Result<Reply, Problem> {
        let entity = self.entity_of(call.owner()?).await?;
        let account = self.amend(call, |account| {
            let pending = account
                .pending_email
                .as_mut()
                .ok_or_else(Problem::not_found)?;
            pending.send_again(call.now);
            let address = pending.address.clone();
            account
                .take_mail_to(&address, call.now)
                .map_err(Problem::too_many)
        });
        show(202, &account.await?, &entity)
    }

    /// Changes the account's newest version: after a concurrent write, the account is read again
    /// and the change made again.
    async fn amend(
        &self,
        call: &Call,
        change: impl Fn(&mut Account) -> Result<(), Problem>,
    ) -> Result<Account, Problem> {
        let mut before = call.owner()?.clone();
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let mut account = before.clone();
            change(&mut account)?;
            if account == before {
                return Ok(account);
            }
            match self.write(&before, &mut account).await {
                Ok(()) => return Ok(account),
                Err(StoreError::Refused) => before = self.owned_still(call, Access::Owner).await?,
                Err(e) => return Err(e.into()),
            }
        }
    }

    async fn write(&self, before: &Account, after: &mut Account) -> Result<(), StoreError> {
        self.store.account_write_contact(before, after).await?;
        after.version += 1;
        Ok(())
    }
}

/// `If-Match` is needed, so that two people who edit at once do not undo each other (RFC 6585, RFC
/// 9110).
fn require_version(call: &Call, version: u64) -> Result<(), Problem> {
    if call.header(&IF_MATCH).is_none() {
        return Err(Problem::new(
            428,
            "precondition-required",
            "If-Match is needed",
            "Send the ETag that you read.",
        ));
    }
    call.check_match(&format!("\"{version}\""))
}
