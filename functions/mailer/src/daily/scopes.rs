//! Places of consultations, and who sees them through links: read to judge deferred alerts.

use std::collections::{BTreeMap, BTreeSet};

use vigie_domain::{
    account::Account,
    consultation::{Consultation, Scope},
    entity::{Entity, Path},
    id::EntityId,
};
use vigie_store::{FactContext, StoreError};

use crate::Mailer;

/// The scopes of consultations, as far as two accounts ask.
pub(crate) struct Scopes {
    pub paths: BTreeMap<EntityId, Path>,
    pub entities: BTreeMap<EntityId, Entity>,
    linked: BTreeMap<EntityId, BTreeSet<EntityId>>,
}

impl Scopes {
    pub(crate) fn scope(&self, consultation: &Consultation) -> Scope {
        let entity = &consultation.entity_id;
        let from = self
            .linked
            .iter()
            .filter(|(_, to)| to.contains(entity))
            .map(|(from, _)| from.clone());
        Scope {
            path: self.paths.get(entity).cloned().unwrap_or_default(),
            transverse_from: from.collect(),
        }
    }
}

impl Mailer {
    /// Reads the scopes of the consultations of some facts.
    pub(crate) async fn scopes(
        &self,
        told: &[Option<FactContext>],
        accounts: [Option<&Account>; 2],
    ) -> Result<Scopes, StoreError> {
        let ids = told
            .iter()
            .filter_map(|told| told.as_ref()?.consultation.as_ref())
            .map(|consultation| consultation.entity_id.clone())
            .collect();
        let mut linked = BTreeMap::new();
        for account in accounts
            .into_iter()
            .flatten()
            .filter(|account| account.permanent_guest.transverse)
        {
            linked.insert(
                account.entity_id.clone(),
                self.store
                    .entity_list_transverse_to(&account.entity_id)
                    .await?,
            );
        }
        Ok(Scopes {
            paths: self.store.entity_find_paths(&ids).await?,
            entities: self.store.entity_read_each(&ids).await?,
            linked,
        })
    }
}
