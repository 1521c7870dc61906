//! An entity and everything below it in one list, for the choice of one of them.

use std::{collections::BTreeSet, ops::Bound};

use serde::Serialize;
use vigie_domain::{entity::by_level, id::EntityId};
use vigie_http::{Call, Problem, Reply, cursor, view::EntityName};

use crate::{Entities, agents::existing};

/// Most entities in one answer.
pub(crate) const PAGE_LIMIT: i32 = 500;

/// An entity and those below it, level by level.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "EntityTree")
)]
pub(crate) struct Branch {
    items: Vec<Item>,
    /// `<levels below the entity asked for>~<entity>`, of the last one.
    cursor: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "EntityTreeItem")
)]
struct Item {
    #[serde(flatten)]
    entity: EntityName,
    /// `null` for the organisation's root.
    parent_id: Option<EntityId>,
    /// True if the portal declares it: its name and place are changed there.
    declared: bool,
}

impl Entities {
    /// As many calls of the table as the answer has hundreds of entities, twice, and one for each
    /// megabyte of ids that the organisation has.
    pub(crate) async fn read_tree(&self, call: &Call) -> Result<Reply, Problem> {
        let top = existing(call)?;
        let path = &call.administrator()?.path;
        let root = path.root().ok_or_else(Problem::not_found)?;
        let after = call.cursor(|parts| match parts {
            [level, id] => Some((level.parse().ok()?, EntityId::parse(id).ok()?)),
            _ => None,
        })?;
        let limit = usize::try_from(call.limit(PAGE_LIMIT)?).unwrap_or_default();
        let parents = self.store.entity_list_below_root(root).await?;
        let levels = by_level(top, &parents);
        let start = after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let mut left = levels.range((start, Bound::Unbounded));
        let page: Vec<_> = left.by_ref().take(limit).collect();
        let ids: BTreeSet<_> = page.iter().map(|(_, id)| id.clone()).collect();
        let known = self.store.entity_read_each(&ids).await?;
        let declared = self.store.declared_entity_find_each(&ids).await?;
        let items = page
            .iter()
            .filter(|(_, id)| known.contains_key(id))
            .map(|(_, id)| Item {
                entity: EntityName::of(id, &known),
                parent_id: parents.get(id).cloned(),
                declared: declared.contains(id),
            })
            .collect();
        let cursor = page
            .last()
            .filter(|_| left.next().is_some())
            .map(|(level, id)| cursor(&[&level.to_string(), id.as_str()]));
        Reply::json(200, &Branch { items, cursor })
    }
}
