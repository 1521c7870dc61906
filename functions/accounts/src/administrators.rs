//! The people who can give an agent what is missing: the administrators of the agent's entity and
//! of those above it. Shows their names and nothing else.

use std::collections::BTreeSet;

use serde::Serialize;
use vigie_domain::account::Account;
use vigie_http::{Problem, Reply, view::EntityName};

use crate::Accounts;

/// Most people that are named.
const MOST: usize = 20;

/// Those who administer an agent, from the nearest entity on; entities that nobody administers are
/// left out.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Administrators {
    items: Vec<AdministeredEntity>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct AdministeredEntity {
    /// The agent's entity, or one above it.
    entity: EntityName,
    administrators: Vec<PersonName>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct PersonName {
    first_name: String,
    last_name: String,
}

impl PersonName {
    fn of(account: Account) -> Self {
        Self {
            first_name: account.contact.first_name.to_string(),
            last_name: account.contact.last_name.to_string(),
        }
    }
}

impl Accounts {
    /// `GET /v1/accounts/{id}/administrators`: those who can act now. Whoever was deactivated asks
    /// them too.
    pub(crate) async fn administrators(&self, account: &Account) -> Result<Reply, Problem> {
        let path = self.store.entity_read_path(&account.entity_id).await?;
        let known = self
            .store
            .entity_read_each(&path.ids().iter().cloned().collect::<BTreeSet<_>>())
            .await?;
        let (mut items, mut named) = (Vec::new(), 0);
        for entity in path.ids() {
            let found = self
                .store
                .administrator_list(entity, path.root() == Some(entity))
                .await?;
            let others = found
                .into_iter()
                .filter(|administrator| administrator.id != account.id);
            let administrators: Vec<_> = others.take(MOST - named).map(PersonName::of).collect();
            named += administrators.len();
            if !administrators.is_empty() {
                items.push(AdministeredEntity {
                    entity: EntityName::of(entity, &known),
                    administrators,
                });
            }
            if named == MOST {
                break;
            }
        }
        Reply::json(200, &Administrators { items })
    }
}
