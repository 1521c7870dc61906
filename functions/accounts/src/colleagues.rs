//! Colleagues, for the choice of who stands in: the names and entities of other agents of the
//! organisation who can act. An address finds its owner only as a whole, and is not shown.

use serde::Serialize;
use vigie_domain::{
    account::Account,
    contact::name::{NameSearch, NameWords, PersonSearch},
    id::{AccountId, EntityId},
};
use vigie_http::{Call, Problem, Reply, view::EntityName};
use vigie_store::StoreError;

use crate::Accounts;

/// Most colleagues in an answer.
const MOST: usize = 20;

/// Most looks for them, at a hundred people each: most of an organisation may have no account that
/// works.
const LOOKS: usize = 10;

/// Colleagues whom a search finds.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Colleagues {
    items: Vec<Colleague>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Colleague {
    account_id: AccountId,
    first_name: String,
    last_name: String,
    entity: EntityName,
}

impl Accounts {
    /// `GET /v1/accounts/{id}/colleagues`: at most twenty, by their names.
    pub(crate) async fn colleagues(&self, call: &Call) -> Result<Reply, Problem> {
        let own = call.owner()?;
        let search = PersonSearch::parse(call.query("q").unwrap_or_default())
            .map_err(|e| Problem::invalid_field("q", e.to_string()))?;
        let allowed = self.store.quota_take_for_search(&own.id, call.now).await?;
        allowed.map_err(|until| {
            Problem::too_many_searches(until.duration_since(call.now).as_secs() + 1)
        })?;
        let path = self.store.entity_read_path(&own.entity_id).await?;
        let root = path.root().ok_or_else(Problem::not_found)?;
        let mut found = match &search {
            PersonSearch::Name(search) => self.named(own, root, search).await?,
            PersonSearch::Address(address) => {
                let found = self.store.person_read_at(address, &own.id).await?;
                let found = found
                    .filter(|(found, path)| path.root() == Some(root) && is_colleague(found, own));
                found.map(|(found, _)| found).into_iter().collect()
            }
            PersonSearch::Nobody => Vec::new(),
        };
        found.sort_by_cached_key(|found| NameWords::of(&found.contact));
        let entities = found.iter().map(|found| found.entity_id.clone()).collect();
        let known = self.store.entity_read_each(&entities).await?;
        let items = found.into_iter().map(|found| Colleague {
            entity: EntityName::of(&found.entity_id, &known),
            account_id: found.id,
            first_name: found.contact.first_name.to_string(),
            last_name: found.contact.last_name.to_string(),
        });
        Reply::json(
            200,
            &Colleagues {
                items: items.collect(),
            },
        )
    }

    async fn named(
        &self,
        own: &Account,
        root: &EntityId,
        search: &NameSearch,
    ) -> Result<Vec<Account>, StoreError> {
        let (mut colleagues, mut after) = (Vec::new(), None);
        for _ in 0..LOOKS {
            let (found, next) = self.store.person_find(root, search, after).await?;
            colleagues.extend(found.into_iter().filter(|found| is_colleague(found, own)));
            after = next;
            if colleagues.len() >= MOST || after.is_none() {
                break;
            }
        }
        colleagues.truncate(MOST);
        Ok(colleagues)
    }
}

/// True of somebody else who can act for their account.
fn is_colleague(found: &Account, own: &Account) -> bool {
    found.id != own.id && found.active && found.accepted_invitation.is_some()
}
