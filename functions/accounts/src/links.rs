//! Linked accounts (« Mes comptes associés »): asking, accepting by the mailed link, undoing. What
//! a link allows is decided in `shared/access`.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use vigie_domain::{
    account::{
        Account,
        link::{Answer, LinkRequest},
    },
    audit::{Record, What},
    contact::email::Email,
    id::{AccountId, LoginId},
    token::{Purpose, Token},
};
use vigie_http::{Access, Call, Problem, Reply, view::EntityName};
use vigie_runtime::{again::Tries, ids};
use vigie_store::{Linked, StoreError};

use crate::{Accounts, confirmation::expired};

/// The address of somebody who is asked, or whose account is looked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct AskedAddress {
    pub(crate) email: Email,
}

/// The accounts linked to one.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct LinkedAccounts {
    items: Vec<LinkedAccount>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct LinkedAccount {
    account_id: AccountId,
    /// First and last name.
    name: String,
    entity: EntityName,
    #[cfg_attr(feature = "schema", schemars(with = "vigie_http::openapi::Instant"))]
    since: Timestamp,
}

impl Accounts {
    /// `GET /v1/accounts/{id}/links`: also those that do not work at the moment, so that they can
    /// be undone.
    pub(crate) async fn list_links(&self, account: &Account) -> Result<Reply, Problem> {
        let links = self.store.link_list(&account.id).await?;
        let ids: Vec<_> = links.iter().map(|link| link.account.clone()).collect();
        let accounts = self.store.account_read_each(&ids).await?;
        let known = self
            .store
            .entity_read_each(
                &accounts
                    .values()
                    .map(|account| account.entity_id.clone())
                    .collect(),
            )
            .await?;
        let items = links.into_iter().filter_map(|link| {
            // Erased a moment ago: its link goes too.
            let other = accounts.get(&link.account)?;
            Some(LinkedAccount {
                account_id: link.account,
                name: other.contact.full_name(),
                entity: EntityName::of(&other.entity_id, &known),
                since: link.since,
            })
        });
        Reply::json(
            200,
            &LinkedAccounts {
                items: items.collect(),
            },
        )
    }

    /// `POST /v1/accounts/{id}/links`: 202 whoever has the address. It is not looked up here, so
    /// that neither the answer nor the time that it takes tells anything; the mailer writes to its
    /// owner, if there is one.
    pub(crate) async fn ask_to_link(&self, call: &Call) -> Result<Reply, Problem> {
        let AskedAddress { email } = call.json()?;
        let (id, mut asker) = (ids::request(), call.owner()?.clone());
        let request = LinkRequest::new(&email, asker.binding.number, call.now);
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let mut after = asker.clone();
            after.take_mail(call.now).map_err(Problem::too_many)?;
            match self
                .store
                .link_request_write(&asker, &id, &request, &after.mail_quota)
                .await
            {
                Ok(()) => return Reply::json(202, &json!({"expiresAt": request.expires_at})),
                // Changed meanwhile: its mails are counted again, if it is still the caller's.
                Err(StoreError::Refused) => asker = self.owned_still(call, Access::Owner).await?,
                Err(e) => return Err(e.into()),
            }
        }
    }

    /// `POST /v1/links`: by the account that owns the address asked for; again changes nothing.
    /// Leaves undone what was undone since.
    pub(crate) async fn accept_link(
        &self,
        token: &str,
        login: &LoginId,
        now: Timestamp,
    ) -> Result<Reply, Problem> {
        let Token {
            account: asker,
            request,
            ..
        } = self
            .tokens
            .verify(Purpose::Link, token)
            .await?
            .ok_or_else(Problem::not_found)?;
        // Again when something changed between reading and writing: what it is now decides.
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let found = self
                .store
                .link_request_read(&asker, &request)
                .await?
                .ok_or_else(Problem::not_found)?;
            let accounts = self.store.account_list_of_login(login).await?;
            let own = match found.answer(&asker, &accounts, now) {
                Answer::NotYours => return Err(Problem::forbidden()),
                Answer::Expired => return Err(expired()),
                Answer::Accepted(own) if self.store.link_exists(&own.id, &asker).await? => {
                    return linked(&own.id, &asker);
                }
                Answer::Accepted(_) => return Err(Problem::not_found()),
                Answer::Waits(own) => own,
            };
            let with = self
                .store
                .account_read(&asker)
                .await?
                .filter(|asker| found.is_of(asker))
                .ok_or_else(Problem::not_found)?;
            let record = Record::new(What::AccountsLinked, Some(&own.id), &own.entity_id, now)
                .with(&with.entity_id)
                .to(&asker);
            let entries = self.entries_of([own, &with], record).await?;
            match self
                .store
                .link_create(&with, own, &request, now, &entries)
                .await?
            {
                Linked::Yes => return linked(&own.id, &asker),
                Linked::Superseded => {}
            }
        }
    }

    /// `DELETE /v1/accounts/{id}/links/{otherId}`: by either side; again changes nothing.
    pub(crate) async fn unlink(&self, call: &Call) -> Result<Reply, Problem> {
        let (own, id) = (call.owner()?, AccountId::parse(call.parameter("otherId"))?);
        let record = Record::new(
            What::AccountsUnlinked,
            call.caller.actor(),
            &own.entity_id,
            call.now,
        )
        .to(&id);
        let entries = match self.store.account_read(&id).await? {
            Some(other) => {
                self.entries_of([own, &other], record.with(&other.entity_id))
                    .await?
            }
            None => Vec::new(),
        };
        self.store.link_delete(own, &id, &entries).await?;
        Ok(Reply::empty())
    }

    /// The active accounts linked to a login's own, each once, without those that are its own.
    pub(crate) async fn linked_to(&self, own: &[Account]) -> Result<Vec<Account>, StoreError> {
        let mut others = BTreeSet::new();
        for account in own {
            others.extend(
                self.store
                    .link_list(&account.id)
                    .await?
                    .into_iter()
                    .map(|link| link.account),
            );
        }
        others.retain(|other| own.iter().all(|own| own.id != *other));
        let others: Vec<_> = others.into_iter().collect();
        Ok(self
            .store
            .account_read_each(&others)
            .await?
            .into_values()
            .filter(|account| account.active)
            .collect())
    }
}

fn linked(own: &AccountId, other: &AccountId) -> Result<Reply, Problem> {
    Reply::json(200, &json!({"accountId": own, "otherAccountId": other}))
}
