//! Preview of automatic favourites: the consultations that each rule would have starred lately, had
//! it been on.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;
use vigie_domain::{
    account::{
        Account,
        preferences::{PREVIEWED, Rule},
    },
    consultation::{Scope, applies},
    entity::Path,
    id::EntityId,
};
use vigie_http::{Call, Problem, Reply};
use vigie_store::{FirstDraft, StoreError};

use crate::Preferences;

/// The number of consultations, first saved in drafting lately, that each rule would have starred,
/// by the tree, the links and the rights of today.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Preview {
    /// The time from which on first drafts are counted.
    #[cfg_attr(feature = "schema", schemars(with = "vigie_http::openapi::Instant"))]
    since: Timestamp,
    automatic_favourites: Counts,
}

/// `null` where the right is missing that the rule needs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "PreviewCounts")
)]
struct Counts {
    mine: Option<u64>,
    own_entity: Option<u64>,
    dependent_entities: Option<u64>,
    transverse_entities: Option<u64>,
}

/// An account, and where what it could see lies.
struct Onlooker<'a> {
    account: &'a Account,
    /// The entities that its own is linked to, if it may see those.
    linked: BTreeSet<EntityId>,
    /// The ways to the root met so far.
    paths: BTreeMap<EntityId, Path>,
    found: BTreeMap<Rule, u64>,
}

impl Preferences {
    /// `GET /v1/accounts/{id}/alerts/preview`: reads what was drafted lately in the own
    /// organisation and in those that links lead to.
    pub(crate) async fn preview(&self, call: &Call) -> Result<Reply, Problem> {
        let (account, since) = (call.owner()?, call.now - PREVIEWED);
        let transverse = Rule::TransverseEntities.is_permitted(account.permanent_guest);
        let linked = if transverse {
            self.store
                .entity_list_transverse_to(&account.entity_id)
                .await?
        } else {
            BTreeSet::new()
        };
        let places = linked.iter().chain([&account.entity_id]).cloned().collect();
        let paths = self.store.entity_read_paths(&places).await?;
        let roots: BTreeSet<EntityId> = paths
            .values()
            .filter_map(|path| path.root().cloned())
            .collect();
        let mut onlooker = Onlooker {
            account,
            linked,
            paths,
            found: BTreeMap::new(),
        };
        for root in &roots {
            let mut after = None;
            loop {
                let page = self
                    .store
                    .consultation_list_first_drafts(root, since, after)
                    .await?;
                self.look(&mut onlooker, &page.items).await?;
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        let count = |rule: Rule| {
            rule.is_permitted(account.permanent_guest)
                .then(|| onlooker.found.get(&rule).copied().unwrap_or_default())
        };
        let automatic_favourites = Counts {
            mine: count(Rule::Mine),
            own_entity: count(Rule::OwnEntity),
            dependent_entities: count(Rule::DependentEntities),
            transverse_entities: count(Rule::TransverseEntities),
        };
        Reply::json(
            200,
            &Preview {
                since,
                automatic_favourites,
            },
        )
    }

    async fn look(
        &self,
        onlooker: &mut Onlooker<'_>,
        drafts: &[FirstDraft],
    ) -> Result<(), StoreError> {
        let unknown = drafts
            .iter()
            .map(|draft| &draft.entity_id)
            .filter(|id| !onlooker.paths.contains_key(*id))
            .cloned()
            .collect();
        onlooker
            .paths
            .extend(self.store.entity_read_paths(&unknown).await?);
        for draft in drafts {
            let path = onlooker
                .paths
                .get(&draft.entity_id)
                .cloned()
                .unwrap_or_default();
            let linked = onlooker.linked.contains(&draft.entity_id);
            let transverse_from = linked
                .then(|| onlooker.account.entity_id.clone())
                .into_iter()
                .collect();
            let scope = Scope {
                path,
                transverse_from,
            };
            let account = onlooker.account;
            let author = draft.is_by(account).then_some(&account.id);
            let given = Rule::ALL
                .into_iter()
                .filter(|rule| applies(account, *rule, author, &draft.entity_id, &scope));
            for rule in given {
                *onlooker.found.entry(rule).or_default() += 1;
            }
        }
        Ok(())
    }
}
