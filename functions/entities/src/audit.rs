//! The audit of an entity and everything below it: authors, actions and their targets, newest
//! first, a year back, in ids only.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use vigie_domain::{
    audit::Record,
    entity::Path,
    id::{EntityId, RequestId},
};
use vigie_http::{Call, Problem, Reply};

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
        let limit = call.limit(PAGE_LIMIT)?;
        let (mut items, mut looked_at, mut paths) = (Vec::new(), 0, BTreeMap::new());
        loop {
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
                return Reply::json(
                    200,
                    &Audit {
                        items,
                        cursor: None,
                    },
                );
            }
            if items.len() >= usize::try_from(limit).unwrap_or_default() || looked_at >= LOOKED_AT {
                return Reply::json(
                    200,
                    &Audit {
                        items,
                        cursor: after,
                    },
                );
            }
        }
    }

    /// Learns where the entities of entries lie now.
    async fn learn(
        &self,
        records: impl Iterator<Item = &Record>,
        known: &mut BTreeMap<EntityId, Path>,
    ) -> Result<(), Problem> {
        let named = records.flat_map(|record| {
            [
                Some(record.entity_id.clone()),
                record.other_entity_id.clone(),
            ]
            .into_iter()
            .flatten()
            .chain(moved(record))
        });
        let unknown: BTreeSet<_> = named.filter(|id| !known.contains_key(id)).collect();
        known.extend(self.store.entity_read_paths(&unknown).await?);
        Ok(())
    }
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
