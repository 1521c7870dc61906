//! Entities as the portal declares them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    canary::is_canary,
    consultation::repair,
    entity::{Path, may_move},
    id::EntityId,
    json::Json,
    text::{FieldError, Text},
};

/// Most transverse entities of one declaration: its item stays far below the table's 400 KB.
pub const MAX_TRANSVERSE: usize = 1000;

/// An entity as its newest declaration says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeclaredEntity {
    /// The root of its organisation, in which it stays for good.
    pub organisation_id: EntityId,
    /// Its id.
    pub entity_id: EntityId,
    /// Grows with every declaration; an older one never rolls back.
    pub revision: u64,
    /// Its name and place; `None` if the portal removed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<WantedEntity>,
    /// True once all of this revision is done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub applied: bool,
}

/// The name and place that an entity is to have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WantedEntity {
    /// Name as shown in mails.
    pub name: Text<200>,
    /// The entity right above it.
    pub parent_id: EntityId,
    /// Entities of the organisation whose consultations its agents may follow.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub transverse: BTreeSet<EntityId>,
}

/// The parts of both events.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Sent {
    /// Root of the organisation's tree.
    organisation_id: EntityId,
    /// Entity; never the root itself, which comes by `OrganisationProvisioned`.
    entity_id: EntityId,
    /// Grows with each declaration of the entity, saved or removed; an older one never rolls back.
    #[cfg_attr(
        feature = "schema",
        schemars(range(min = 1, max = 9_007_199_254_740_991_u64))
    )]
    revision: u64,
    /// Name as shown; repaired, and the entity's id where nothing is left of it.
    #[serde(default)]
    name: Value,
    /// Entity right above it.
    #[cfg_attr(feature = "schema", schemars(with = "EntityId"))]
    parent_id: Option<EntityId>,
    /// Entities of the organisation whose consultations its agents may follow: they replace the
    /// portal's own links, and no others.
    #[serde(default)]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Vec<EntityId>", length(max = 1000))
    )]
    transverse: BTreeSet<EntityId>,
}

impl Sent {
    fn read(detail: &Value) -> Result<Self, FieldError> {
        let sent: Self = Json::from(detail).to_type()?;
        let named = [
            ("organisationId", &sent.organisation_id),
            ("entityId", &sent.entity_id),
        ];
        if let Some((field, _)) = named.iter().find(|(_, id)| is_canary(id.as_str())) {
            return Err(FieldError::new(*field, "is Vigie's own: choose another"));
        }
        if sent.entity_id == sent.organisation_id {
            return Err(FieldError::new(
                "entityId",
                "entity-root: the root of an organisation comes by OrganisationProvisioned",
            ));
        }
        if sent.revision == 0 {
            return Err(FieldError::new("revision", "starts at 1"));
        }
        Ok(sent)
    }

    fn declared(self, wanted: Option<WantedEntity>) -> DeclaredEntity {
        DeclaredEntity {
            organisation_id: self.organisation_id,
            entity_id: self.entity_id,
            revision: self.revision,
            wanted,
            applied: false,
        }
    }
}

impl DeclaredEntity {
    /// Reads the repaired detail of an `EntitySaved`.
    ///
    /// # Errors
    /// The part that identifies it and is missing or wrong.
    pub fn saved(detail: &Value) -> Result<Self, FieldError> {
        let mut sent = Sent::read(detail)?;
        let parent_id = sent.parent_id.take().ok_or_else(|| {
            FieldError::new(
                "parentId",
                "is required: only the root of an organisation has none",
            )
        })?;
        let mut transverse = std::mem::take(&mut sent.transverse);
        transverse.remove(&sent.entity_id);
        if transverse.len() > MAX_TRANSVERSE {
            return Err(FieldError::new("transverse", "more than 1,000 entities"));
        }
        // Its id, where nothing is left of the name.
        let name = repair::name(&sent.name, Text::name)
            .map_or_else(|| Text::parse(sent.entity_id.as_str()), Ok)
            .map_err(|e| FieldError::new("name", e.to_string()))?;
        Ok(sent.declared(Some(WantedEntity {
            name,
            parent_id,
            transverse,
        })))
    }

    /// Reads the repaired detail of an `EntityRemoved`.
    ///
    /// # Errors
    /// The part that identifies it and is missing or wrong.
    pub fn removed(detail: &Value) -> Result<Self, FieldError> {
        Ok(Sent::read(detail)?.declared(None))
    }

    /// Returns the step that is next, by what is there.
    #[must_use]
    pub fn next(&self, there: &There) -> Step {
        let organisation = &self.organisation_id;
        let of_another = |path: &Path| path.root().is_some_and(|root| root != organisation);
        if let Some(here) = there.here.as_ref().filter(|here| of_another(here)) {
            return Step::OfAnother(here.clone());
        }
        let Some(wanted) = &self.wanted else {
            return there.here.as_ref().map_or(Step::Done, |_| Step::Remove);
        };
        if !there.organisation {
            return Step::Await(organisation.clone());
        }
        let lies_there = there.parent_now.as_ref() == Some(&wanted.parent_id);
        if there.here.is_some() && lies_there {
            return Step::Name;
        }
        let Some(parent) = &there.parent else {
            return Step::Await(wanted.parent_id.clone());
        };
        if of_another(parent) {
            return Step::OfAnother(parent.clone());
        }
        match may_move(&self.entity_id, there.height, parent) {
            Err(_) => Step::Nowhere,
            Ok(()) if there.here.is_some() => Step::Move,
            Ok(()) => Step::Create,
        }
    }
}

/// The parts of the tree that a declaration is about, as they are stored.
#[derive(Clone, Debug, Default)]
pub struct There {
    /// True if the organisation's root is there.
    pub organisation: bool,
    /// The way from the entity to its root, if it is there.
    pub here: Option<Path>,
    /// The entity right above it now.
    pub parent_now: Option<EntityId>,
    /// The way from the wanted parent to its root, if it is there and takes entities in.
    pub parent: Option<Path>,
    /// Number of levels that the entity takes with all that lies below it, at least 1.
    pub height: usize,
}

/// The next step of a declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Waits for an entity that is not there.
    Await(EntityId),
    /// Makes the entity below its parent.
    Create,
    /// Gives it its name, where it lies.
    Name,
    /// Hangs it below its parent, and gives it its name.
    Move,
    /// Its parent would make a cycle, or a tree that is too deep.
    Nowhere,
    /// Its names lie in another organisation: the way there.
    OfAnother(Path),
    /// Goes once nothing lies in it any more.
    Remove,
    /// Nothing is left to do.
    Done,
}
