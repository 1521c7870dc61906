//! Erasure (RGPD, article 17): at once what makes the account one, then, as open work, what lies elsewhere.

use vigie_platform::{
    http::{Call, Problem, Reply},
    store::StoreError,
};

use crate::Accounts;

impl Accounts {
    /// `DELETE /v1/accounts/{id}`: the account is gone and its address free when this is answered.
    pub(crate) async fn erase(&self, call: &Call) -> Result<Reply, Problem> {
        let mut account = call.owner()?.clone();
        for _ in 0..4 {
            match self.store.erase(&account, call.login()?, call.now).await {
                Ok(()) => return Ok(Reply::empty()),
                // Moved, or its address changed, meanwhile: what the account says now is erased.
                Err(StoreError::Refused) => account = self.store.account(&account.id).await?.ok_or_else(Problem::not_found)?,
                Err(e) => return Err(e.into()),
            }
        }
        Err(Problem::conflict())
    }
}
