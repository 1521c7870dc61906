//! Consultations that an account may see now.

use std::collections::{BTreeMap, BTreeSet};

use vigie_domain::{
    account::Account,
    consultation::{Consultation, Scope, Sight, sight},
    id::EntityId,
};

use crate::{Result, Store};

impl Store {
    /// Those of the consultations that the account may see now.
    pub async fn sight_filter(
        &self,
        account: &Account,
        consultations: Vec<Consultation>,
    ) -> Result<Vec<Consultation>> {
        Ok(self
            .sight_find(account, consultations)
            .await?
            .into_iter()
            .map(|(consultation, _)| consultation)
            .collect())
    }

    /// Those of the consultations that the account may see now, and why. Trees are read only for
    /// standing rights that need them.
    pub async fn sight_find(
        &self,
        account: &Account,
        consultations: Vec<Consultation>,
    ) -> Result<Vec<(Consultation, Sight)>> {
        if consultations.is_empty() {
            return Ok(Vec::new());
        }
        let rights = account.permanent_guest;
        let linked: BTreeSet<EntityId> = if rights.transverse {
            self.entity_list_transverse_to(&account.entity_id).await?
        } else {
            BTreeSet::new()
        };
        let entities = consultations
            .iter()
            .map(|consultation| consultation.entity_id.clone())
            .collect();
        let named = |of: &Consultation| of.organisation_id.is_some();
        let mut paths = if rights.dependent || consultations.iter().any(named) {
            self.entity_read_paths(&entities).await?
        } else {
            BTreeMap::default()
        };
        let seen = consultations.into_iter().filter_map(|consultation| {
            let path = paths
                .entry(consultation.entity_id.clone())
                .or_default()
                .clone();
            let linked = linked.contains(&consultation.entity_id);
            let transverse_from = if linked {
                BTreeSet::from([account.entity_id.clone()])
            } else {
                BTreeSet::new()
            };
            let sight = sight(
                account,
                &consultation,
                &Scope {
                    path,
                    transverse_from,
                },
            )?;
            Some((consultation, sight))
        });
        Ok(seen.collect())
    }
}
