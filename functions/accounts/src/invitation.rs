//! Accepting an invitation: the login acts for the account from then on, and its address is
//! confirmed.

use jiff::Timestamp;
use serde_json::json;
use vigie_domain::{
    account::invitation::Acceptance,
    audit::{Record, What},
    id::LoginId,
    token::{Purpose, Token},
};
use vigie_http::{Problem, Reply};
use vigie_runtime::again::Tries;
use vigie_store::{Accepted, AuditEntry};

use crate::{Accounts, confirmation::expired};

impl Accounts {
    /// `POST /v1/invitations`: single use; the same login again is answered as the first time.
    pub(crate) async fn accept(
        &self,
        token: &str,
        login: &LoginId,
        now: Timestamp,
    ) -> Result<Reply, Problem> {
        let Token {
            account, request, ..
        } = self
            .tokens
            .verify(Purpose::Invitation, token)
            .await?
            .ok_or_else(Problem::not_found)?;
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let (found, mine) = self.store.account_read_with_login(&account, login).await?;
            let found = found.ok_or_else(Problem::not_found)?;
            match found.acceptance(&request, now) {
                Acceptance::Waits => {}
                Acceptance::Done if mine => {
                    return Reply::json(200, &json!({"accountId": account}));
                }
                Acceptance::Done => return Err(already_bound()),
                Acceptance::Expired => return Err(expired()),
                Acceptance::Unknown => return Err(Problem::not_found()),
            }
            let record = Record::new(
                What::InvitationAccepted,
                Some(&account),
                &found.entity_id,
                now,
            )
            .to(&account);
            let path = self.store.entity_read_path(&found.entity_id).await?;
            let entry = path.root().map(|root| AuditEntry::new(root, record));
            let defaults = self.store.defaults_find(path.ids()).await?;
            let proposal = defaults.and_then(|(_, defaults)| found.proposal(&defaults));
            let accepted = self.store.invitation_accept(
                &found,
                proposal.as_ref(),
                login,
                &request,
                now,
                entry.as_slice(),
            );
            match accepted.await? {
                Accepted::Yes => return Reply::json(200, &json!({"accountId": account})),
                Accepted::Superseded => {}
            }
        }
    }
}

fn already_bound() -> Problem {
    Problem::new(
        409,
        "already-bound",
        "The account has a login",
        "The invitation was accepted with another login.",
    )
}
