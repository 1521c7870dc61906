//! Erasure (RGPD, article 17): at once what makes the account one, then, as open work, what lies
//! elsewhere.

use vigie_domain::audit::{Record, What};
use vigie_http::{Access, Call, Problem, Reply};
use vigie_runtime::again::Tries;
use vigie_store::Changed;

use crate::Accounts;

impl Accounts {
    /// `DELETE /v1/accounts/{id}`: the account is gone and its address free when this is answered.
    /// Also for who was deactivated; not for the last who can administer the organisation.
    pub(crate) async fn erase(&self, call: &Call) -> Result<Reply, Problem> {
        let mut account = call.owner()?.clone();
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let record = Record::new(
                What::AccountErased,
                call.caller.actor(),
                &account.entity_id,
                call.now,
            )
            .to(&account.id);
            let entries = self.entries_of([&account], record).await?;
            match self
                .store
                .account_erase(&account, Some(call.login()?), call.now, &entries)
                .await?
            {
                Changed::Yes => return Ok(Reply::empty()),
                Changed::LastAdministrator => return Err(Problem::last_administrator()),
                // Moved, given other rights, or its address changed, meanwhile: what the account
                // says now is erased.
                Changed::Superseded => {
                    account = self.owned_still(call, Access::OwnerAnyhow).await?;
                }
            }
        }
    }
}
