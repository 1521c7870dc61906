//! The choices that new agents of an entity, and of all below it, begin with. They are an attribute
//! of the entity: they move and go with it.

use std::collections::HashMap;

use serde::Deserialize;
use vigie_domain::{
    account::preferences::{self, Alerts},
    id::EntityId,
};

use crate::{
    Item, Result, Store,
    entity::audit::AuditEntry,
    table::{
        item,
        keys::{self, PK, SK},
        projection::Projection,
        transaction::{Expression, PRESENT, Transaction},
    },
};

const DEFAULTS: &str = "defaults";

#[derive(Deserialize)]
struct Kept {
    #[serde(deserialize_with = "preferences::stored")]
    defaults: Alerts,
}

/// Defaults of an entity. What cannot be read is set aside: it keeps nobody from accepting.
fn kept(found: Item) -> Option<Alerts> {
    found.contains_key(DEFAULTS).then_some(())?;
    item::read_or_set_aside::<Kept>(found, "defaults").map(|kept| kept.defaults)
}

impl Store {
    /// Defaults of an entity itself.
    pub async fn defaults_read(&self, entity: &EntityId) -> Result<Option<Alerts>> {
        Ok(self.get_item(&keys::entity(entity)).await?.and_then(kept))
    }

    /// The first entity of a way up that has defaults, with them.
    pub async fn defaults_find(&self, way: &[EntityId]) -> Result<Option<(EntityId, Alerts)>> {
        let wanted: Vec<_> = way.iter().map(keys::entity).collect();
        let attributes = Projection::of([PK, SK, DEFAULTS]);
        let found = self.get_projected(&wanted, &attributes).await?;
        let mut found: HashMap<_, _> = found
            .into_iter()
            .filter_map(|found| Some((item::key(&found).pk, kept(found)?)))
            .collect();
        let nearest = |entity: &EntityId| {
            let defaults = found.remove(&keys::entity_pk(entity))?;
            Some((entity.clone(), defaults))
        };
        Ok(way.iter().find_map(nearest))
    }

    /// Replaces the defaults of an entity; refused if it went meanwhile, or has others than those
    /// that are `known`, where it matters.
    pub async fn defaults_write(
        &self,
        entity: &EntityId,
        wanted: Option<&Alerts>,
        known: Option<Option<&Alerts>>,
        entries: &[AuditEntry],
    ) -> Result<()> {
        let mut update = match wanted {
            Some(wanted) => {
                Expression::update("SET #defaults = :wanted").value(":wanted", item::value(wanted)?)
            }
            None => Expression::update("REMOVE #defaults"),
        };
        let same = match known {
            None => "",
            Some(None) => " AND attribute_not_exists(#defaults)",
            Some(Some(known)) => {
                update = update.value(":known", item::value(known)?);
                " AND #defaults = :known"
            }
        };
        let update = update
            .name("#defaults", DEFAULTS)
            .when(&format!("{PRESENT}{same}"));
        let mut writes = Transaction::new();
        writes.update((), self, &keys::entity(entity), update)?;
        self.note(&mut writes, (), entries)?;
        self.write(writes).await
    }
}
