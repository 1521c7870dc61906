//! Requests of others that an agent takes or refuses. Who asks is answered as ever and learns
//! nothing of it.

use serde::{Deserialize, Serialize};
use vigie_domain::account::Account;
use vigie_http::{Call, Problem, Reply};

use crate::Preferences;

/// The requests of others that are mailed to the agent.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "TakenRequests")
)]
pub(crate) struct Requests {
    /// True if others may ask to be linked.
    link_requests: bool,
    /// True if colleagues may ask the agent to stand in.
    delegations: bool,
}

impl Requests {
    pub(crate) fn of(account: &Account) -> Self {
        Self {
            link_requests: !account.refuses_link_requests,
            delegations: !account.refuses_delegations,
        }
    }
}

impl Preferences {
    /// `PUT …/requests`.
    pub(crate) async fn write_requests(&self, call: &Call) -> Result<Reply, Problem> {
        let (wanted, account) = (call.json::<Requests>()?, call.owner()?);
        self.store
            .account_refuse_link_requests(&account.id, !wanted.link_requests)
            .await?;
        self.store
            .account_refuse_delegations(&account.id, !wanted.delegations)
            .await?;
        Reply::json(200, &wanted)
    }
}
