//! The alert that agents send to their own address, to see that alerts arrive: recorded here, it
//! goes the whole way of an account mail.

use serde::Serialize;
use vigie_domain::{
    account::Account,
    delivery::{
        DeliveryState,
        alert::{self, LeftOut},
    },
};
use vigie_http::{Call, Problem, Reply};
use vigie_runtime::{again::Tries, ids};
use vigie_store::{StoreError, Subject};

use crate::Accounts;

/// The test alert, as the list of deliveries shows it from now on.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct TestAlert {
    kind: String,
    fact_key: String,
    state: DeliveryState,
}

impl Accounts {
    /// `POST /v1/accounts/{id}/alerts/test`: 202 once it is recorded.
    pub(crate) async fn send_test_alert(&self, call: &Call) -> Result<Reply, Problem> {
        let subject = Subject::test_alert(&ids::request());
        let mut account = call.owner()?.clone();
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            reachable(&account)?;
            let mut quota = account.mail_quota.clone();
            quota.take(call.now).map_err(Problem::too_many)?;
            match self
                .store
                .test_alert_ask(&account, &subject, &quota, call.now)
                .await
            {
                Ok(()) => {
                    return Reply::json(
                        202,
                        &TestAlert {
                            kind: subject.kind,
                            fact_key: subject.key,
                            state: DeliveryState::Pending,
                        },
                    );
                }
                // Changed meanwhile: judged and counted again.
                Err(StoreError::Refused) => {
                    account = self
                        .store
                        .account_read(&account.id)
                        .await?
                        .ok_or_else(Problem::not_found)?;
                }
                Err(e) => return Err(e.into()),
            }
        }
    }
}

/// Alerts go to an active account with a confirmed address, and so does this one.
fn reachable(account: &Account) -> Result<(), Problem> {
    let refused = |name, title| {
        Problem::new(
            409,
            name,
            title,
            "Confirm an address first: alerts go to no other.",
        )
    };
    alert::reach(account).map_err(|left_out| match left_out {
        LeftOut::NoAddress => Problem::email_none(),
        LeftOut::AddressUnconfirmed => {
            refused("email-unconfirmed", "The e-mail address is not confirmed")
        }
        LeftOut::AddressUndeliverable => {
            refused("email-undeliverable", "Mails to the address come back")
        }
        _ => Problem::forbidden(),
    })
}
