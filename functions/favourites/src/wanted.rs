//! The filters of lists of consultations.

use std::collections::BTreeMap;

use serde::{Deserialize, de::IntoDeserializer};
use vigie_domain::{
    consultation::{Consultation, Phase},
    entity::Entity,
    id::EntityId,
    text::search::Search,
};
use vigie_http::{Call, Problem};

/// The filters of a request.
pub(crate) struct Wanted {
    search: Search,
    phase: Option<Phase>,
}

impl Wanted {
    pub(crate) fn of(call: &Call) -> Result<Self, Problem> {
        let search = call.query("q").map(Search::parse).transpose();
        let search = search
            .map_err(|e| Problem::invalid_field("q", e.to_string()))?
            .unwrap_or_default();
        let phase = call
            .query("phase")
            .map(|phase| Phase::deserialize(phase.into_deserializer()));
        let phase = phase
            .transpose()
            .map_err(|_: serde::de::value::Error| Problem::invalid_field("phase", "not a phase"))?;
        Ok(Self { search, phase })
    }

    pub(crate) fn is_all(&self) -> bool {
        self.search.is_empty() && self.phase.is_none()
    }

    pub(crate) fn includes(
        &self,
        consultation: &Consultation,
        known: &BTreeMap<EntityId, Entity>,
    ) -> bool {
        let entity = known
            .get(&consultation.entity_id)
            .map_or("", |entity| entity.name.as_str());
        self.phase.is_none_or(|phase| phase == consultation.phase)
            && self.search.finds(&[
                &consultation.shown_reference(),
                &consultation.shown_title(),
                entity,
            ])
    }
}
