//! The audit of an entity and everything below it: authors, actions and their targets, newest
//! first, a year back, in ids only. Whoever asks is told the names of those ids too, as they are
//! now.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use vigie_domain::{
    account::{Account, Role, departure::HANDED_TO},
    audit::Record,
    entity::Path,
    id::{AccountId, EntityId, RequestId},
};
use vigie_http::{Administrator, Call, Problem, Reply, view::EntityName};

use crate::{Entities, agents::existing};

/// Most entries in one answer.
const PAGE_LIMIT: i32 = 100;
/// Most entries of the organisation that one answer looks at: those of other services are passed
/// over.
const LOOKED_AT: usize = 1000;

/// A page of the audit.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Audit {
    items: Vec<Record>,
    /// The last entry that was looked at.
    cursor: Option<RequestId>,
    /// There only where the caller asks for `names`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Names"))]
    names: Option<Names>,
}

/// Names of what a page speaks of. Who is not among the people has no account any more, or neither
/// lies in the caller's entities nor administers them.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "AuditNames")
)]
struct Names {
    people: Vec<PersonName>,
    /// Entities of the organisation.
    entities: Vec<EntityName>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "AuditedPerson")
)]
struct PersonName {
    account_id: AccountId,
    /// First and last name.
    name: String,
}

impl Entities {
    pub(crate) async fn list_audit(&self, call: &Call) -> Result<Reply, Problem> {
        let top = existing(call)?;
        let root = call
            .administrator()?
            .path
            .root()
            .ok_or_else(Problem::not_found)?;
        let mut after = call.cursor(|parts| match parts {
            [request] => RequestId::parse(request).ok(),
            _ => None,
        })?;
        let (limit, asks) = (call.limit(PAGE_LIMIT)?, call.asks("names")?);
        let (mut items, mut looked_at, mut paths) = (Vec::new(), 0, BTreeMap::new());
        let cursor = loop {
            let room = limit - i32::try_from(items.len()).unwrap_or(limit);
            let (page, more) = self.store.audit_list(root, after.as_ref(), room).await?;
            looked_at += page.len();
            after = page.last().map(|(id, _)| id.clone()).or(after);
            self.learn(
                page.iter().filter_map(|(_, record)| record.as_ref()),
                &mut paths,
            )
            .await?;
            let is_mine = |record: &Record| {
                let ends = [Some(&record.entity_id), record.other_entity_id.as_ref()];
                // A root's audit shows everything, deleted entities too.
                top == root
                    || ends
                        .into_iter()
                        .flatten()
                        .chain(moved(record).iter())
                        .any(|id| {
                            paths
                                .get(id)
                                .is_some_and(|path: &Path| path.is_in_tree_of(top))
                        })
            };
            items.extend(
                page.into_iter()
                    .filter_map(|(_, record)| record)
                    .filter(is_mine),
            );
            if !more {
                break None;
            }
            if items.len() >= usize::try_from(limit).unwrap_or_default() || looked_at >= LOOKED_AT {
                break after;
            }
        };
        let names = if asks {
            Some(self.names(call.administrator()?, &items, paths).await?)
        } else {
            None
        };
        Reply::json(
            200,
            &Audit {
                items,
                cursor,
                names,
            },
        )
    }

    /// Returns the names of what entries speak of, as far as the caller may know them: `paths` says
    /// where their entities lie.
    async fn names(
        &self,
        administrator: &Administrator,
        items: &[Record],
        mut paths: BTreeMap<EntityId, Path>,
    ) -> Result<Names, Problem> {
        let root = administrator.path.root();
        let own = |path: &Path| root.is_some() && path.root() == root;
        let spoken_of: BTreeSet<_> = items.iter().flat_map(entities).collect();
        let spoken_of = spoken_of
            .into_iter()
            .filter(|id| paths.get(id).is_some_and(own))
            .collect();
        let known = self.store.entity_read_each(&spoken_of).await?;
        let people: BTreeSet<_> = items
            .iter()
            .flat_map(|record| {
                let named = [&record.actor_account_id, &record.target_account_id];
                named.into_iter().flatten().cloned().chain(receiver(record))
            })
            .collect();
        let people: Vec<_> = people.into_iter().collect();
        let people = self.store.account_read_each(&people).await?;
        let elsewhere = people.values().map(|account| &account.entity_id);
        let elsewhere = elsewhere.filter(|id| !paths.contains_key(*id));
        let elsewhere = elsewhere.cloned().collect();
        paths.extend(self.store.entity_read_paths(&elsewhere).await?);
        let is_named = |account: &Account| {
            let covered = paths
                .get(&account.entity_id)
                .is_some_and(|path| administrator.covers(path));
            // Every agent may know those who administer them.
            covered
                || account.role == Role::Administrator
                    && administrator.path.is_in_tree_of(&account.entity_id)
        };
        Ok(Names {
            people: people
                .into_values()
                .filter(is_named)
                .map(|account| PersonName {
                    name: account.contact.full_name(),
                    account_id: account.id,
                })
                .collect(),
            entities: known.keys().map(|id| EntityName::of(id, &known)).collect(),
        })
    }

    /// Learns where the entities of entries lie now.
    async fn learn(
        &self,
        records: impl Iterator<Item = &Record>,
        known: &mut BTreeMap<EntityId, Path>,
    ) -> Result<(), Problem> {
        let named = records.flat_map(entities);
        let unknown: BTreeSet<_> = named.filter(|id| !known.contains_key(id)).collect();
        known.extend(self.store.entity_read_paths(&unknown).await?);
        Ok(())
    }
}

/// Lists the entities that an entry speaks of.
fn entities(record: &Record) -> impl Iterator<Item = EntityId> + use<> {
    let ends = [
        Some(record.entity_id.clone()),
        record.other_entity_id.clone(),
    ];
    ends.into_iter().flatten().chain(moved(record))
}

/// Returns the account that got what somebody alone followed.
fn receiver(record: &Record) -> Option<AccountId> {
    let mut changes = record.changes.iter();
    let to = changes.find(|change| change.field == HANDED_TO)?;
    AccountId::parse(to.after.as_deref()?).ok()
}

/// Lists the entities that an agent was moved from and to.
fn moved(record: &Record) -> Vec<EntityId> {
    let moves = record
        .changes
        .iter()
        .filter(|change| change.field == "entityId");
    moves
        .flat_map(|change| [&change.before, &change.after])
        .flatten()
        .filter_map(|id| EntityId::parse(id).ok())
        .collect()
}
