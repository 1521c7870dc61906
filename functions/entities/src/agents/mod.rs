//! The agents of an entity: their contact, status and rights; never their preferences.

pub(crate) mod creation;
mod invitation;
pub(crate) mod patch;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use vigie_domain::{
    account::{Account, binding::Unrecoverable},
    audit::Record,
    entity::Entity,
    id::{AccountId, EntityId},
};
use vigie_http::{Call, Problem, Reply, view::AccountView};
use vigie_store::{AuditEntry, StoreError};

use crate::Entities;

/// Most agents in one answer.
const PAGE_LIMIT: i32 = 100;

#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "Agents")
)]
pub(crate) struct List<'a> {
    items: Vec<AccountView<'a>>,
    cursor: Option<AccountId>,
}

impl Entities {
    pub(crate) async fn list_agents(&self, call: &Call) -> Result<Reply, Problem> {
        let entity = existing(call)?;
        let after = call.cursor(|parts| match parts {
            [agent] => AccountId::parse(agent).ok(),
            _ => None,
        })?;
        let limit = call.limit(PAGE_LIMIT)?;
        let (agents, cursor) = match call.query("q") {
            Some(text) => {
                let limit = usize::try_from(limit).unwrap_or_default();
                self.find_agents(call, (text, after), limit).await?
            }
            None => {
                self.store
                    .account_list_of_entity(entity, after.as_ref(), limit)
                    .await?
            }
        };
        let known = self
            .named(agents.iter().map(|agent| &agent.entity_id))
            .await?;
        let items = agents
            .iter()
            .map(|agent| AccountView::for_administrators(agent, &known))
            .collect();
        Reply::json(200, &List { items, cursor })
    }

    /// The agent of the path, in the entity of the path.
    pub(crate) async fn agent(&self, call: &Call) -> Result<Account, Problem> {
        let entity = existing(call)?;
        let account = self
            .store
            .account_read(&call.account_id()?)
            .await?
            .ok_or_else(Problem::not_found)?;
        if &account.entity_id == entity {
            Ok(account)
        } else {
            Err(Problem::not_found())
        }
    }

    pub(crate) async fn shown_agent(
        &self,
        status: u16,
        account: &Account,
    ) -> Result<Reply, Problem> {
        let known = self.named([&account.entity_id].into_iter()).await?;
        Reply::json(status, &AccountView::for_administrators(account, &known))
    }

    pub(crate) async fn named<'a>(
        &self,
        ids: impl Iterator<Item = &'a EntityId>,
    ) -> Result<BTreeMap<EntityId, Entity>, StoreError> {
        self.store
            .entity_read_each(&ids.cloned().collect::<BTreeSet<_>>())
            .await
    }
}

/// The entity of the path, which exists and lies in the caller's tree.
pub(crate) fn existing(call: &Call) -> Result<&EntityId, Problem> {
    let administrator = call.administrator()?;
    administrator.require(&administrator.path)?;
    administrator.path.entity().ok_or_else(Problem::not_found)
}

/// An entry of the audit of the organisation that the path's entity belongs to.
pub(crate) fn entry(call: &Call, record: Record) -> Result<AuditEntry, Problem> {
    let root = call
        .administrator()?
        .path
        .root()
        .ok_or_else(Problem::not_found)?;
    Ok(AuditEntry::new(root, record))
}

/// Checks that the portal has not declared an agent: what it declares is changed there.
fn require_undeclared(agent: &Account) -> Result<(), Problem> {
    match &agent.declared {
        Some(_) => Err(Problem::declared()),
        None => Ok(()),
    }
}

/// The reason for which nothing is mailed to the address of an account.
pub(crate) fn unrecoverable(why: Unrecoverable) -> Problem {
    let refused = |name, title| Problem::new(409, name, title, "Nothing is mailed.");
    match why {
        Unrecoverable::NoAddress => Problem::email_none(),
        Unrecoverable::Undeliverable => {
            refused("email-undeliverable", "Mails do not reach the address")
        }
        Unrecoverable::Unconfirmed => {
            refused("email-unconfirmed", "The e-mail address is not confirmed")
        }
        Unrecoverable::Unbound => refused("not-bound", "Nobody has accepted the invitation yet"),
        Unrecoverable::Inactive => refused("inactive", "The account was deactivated"),
    }
}
