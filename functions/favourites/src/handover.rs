//! Handovers of what an agent alone follows, for those who administer them: shown, and given to
//! somebody who may see it. Stars are given by `directory`, page by page.

use serde::{Deserialize, Serialize};
use vigie_domain::{
    account::{Account, departure::Handover},
    audit::What,
    consultation::{Consultation, Phase},
    id::{AccountId, EntityId},
};
use vigie_http::{Administrator, Call, Problem, Reply, dated_cursor, view::ConsultationView};
use vigie_runtime::{again::Tries, ids};
use vigie_store::{AuditEntry, StoreError};

use crate::{Favourites, dashboard::PAGE_LIMIT, list::read_place};

/// Most stars that one answer looks at: each takes a call or more.
const LOOKED_AT: i32 = 50;

/// The consultations that an agent alone follows.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "Handover")
)]
pub(crate) struct Shown {
    items: Vec<Item>,
    cursor: Option<String>,
    /// To whom they are being given, while that is under way.
    to_account_id: Option<AccountId>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "HandoverConsultation")
)]
struct Item {
    #[serde(flatten)]
    consultation: ConsultationView,
    entity_id: EntityId,
}

/// The one who follows them from now on.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "HandoverTo")
)]
pub(crate) struct To {
    to_account_id: AccountId,
}

/// A handover that was asked for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "HandoverAsked")
)]
pub(crate) struct Asked {
    to_account_id: AccountId,
}

impl Favourites {
    /// `GET …/agents/{accountId}/handover`: those in the caller's tree that are no drafts. To
    /// administer is no right to see others.
    pub(crate) async fn show_handover(&self, call: &Call) -> Result<Reply, Problem> {
        let administrator = call.administrator()?;
        let (scope, after) = (scope(administrator)?, call.cursor(read_place)?);
        let agent = self.agent(call).await?;
        let (found, last) = self
            .store
            .handover_list(
                &agent,
                scope,
                after.as_ref(),
                call.limit(PAGE_LIMIT)?.min(LOOKED_AT),
            )
            .await?;
        let entities = found.iter().map(|of| of.entity_id.clone()).collect();
        let paths = self.store.entity_read_paths(&entities).await?;
        let is_shown = |of: &&Consultation| {
            let at = paths.get(&of.entity_id);
            of.phase != Phase::Drafting
                && at.is_some_and(|at| administrator.covers(at) && !of.is_elsewhere(at))
        };
        let items = found.iter().filter(is_shown).map(|of| Item {
            consultation: ConsultationView::new(of),
            entity_id: of.entity_id.clone(),
        });
        let shown = Shown {
            items: items.collect(),
            cursor: last.map(|last| dated_cursor(last.since, last.consultation_id.as_str())),
            to_account_id: agent.handover.as_ref().map(|of| of.to_account_id.clone()),
        };
        Reply::json(200, &shown)
    }

    /// `POST …/agents/{accountId}/handover`: the same again, while it is under way, changes
    /// nothing.
    pub(crate) async fn hand_over(&self, call: &Call) -> Result<Reply, Problem> {
        let To { to_account_id } = call.json()?;
        let administrator = call.administrator()?;
        let (scope, root) = (scope(administrator)?, administrator.path.root());
        let root = root.ok_or_else(Problem::not_found)?;
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let agent = self.agent(call).await?;
            let receiver = self.store.account_read(&to_account_id).await?;
            self.require_receiver(&agent, receiver.as_ref(), scope)
                .await?;
            let begun = agent.handover.as_ref();
            if begun.is_some_and(|of| of.to_account_id == to_account_id) {
                return asked(to_account_id);
            }
            let handover = Handover {
                request_id: ids::request(),
                to_account_id: to_account_id.clone(),
                by: call.caller.actor().cloned(),
                scope: scope.clone(),
                given: false,
            };
            let former = begun.filter(|of| of.given);
            let former = former.map(|former| {
                let record = former.record(What::AgentHandedOver, &agent, call.now);
                AuditEntry::new(root, record).telling([former.to_account_id.clone()])
            });
            let begins = handover.record(What::HandoverBegun, &agent, call.now);
            let entries: Vec<_> = former
                .into_iter()
                .chain([AuditEntry::new(root, begins)])
                .collect();
            match self.store.handover_begin(&agent, &handover, &entries).await {
                Ok(()) => return asked(to_account_id),
                // Begun or ended by somebody else meanwhile.
                Err(StoreError::Refused) => {}
                Err(e) => return Err(e.into()),
            }
        }
    }

    /// Checks that somebody can be given what an agent follows: one answer for who does not exist,
    /// is elsewhere, or follows nothing.
    async fn require_receiver(
        &self,
        agent: &Account,
        receiver: Option<&Account>,
        scope: &EntityId,
    ) -> Result<(), Problem> {
        if let Some(receiver) = receiver.filter(|of| of.id != agent.id && of.can_receive()) {
            let path = self.store.entity_read_path(&receiver.entity_id).await?;
            if path.is_in_tree_of(scope) {
                return Ok(());
            }
        }
        Err(Problem::invalid_field(
            "toAccountId",
            "is no other active agent of the entities that you administer in the organisation",
        ))
    }

    /// The agent of the path, in the entity of the path.
    async fn agent(&self, call: &Call) -> Result<Account, Problem> {
        let path = &call.administrator()?.path;
        let account = self.store.account_read(&call.account_id()?).await?;
        account
            .filter(|account| path.entity() == Some(&account.entity_id))
            .ok_or_else(Problem::not_found)
    }
}

fn asked(to_account_id: AccountId) -> Result<Reply, Problem> {
    Reply::json(202, &Asked { to_account_id })
}

/// Returns the widest entity above the path's that the caller administers: whoever follows in it
/// and below counts, and nobody else's star shows.
fn scope(administrator: &Administrator) -> Result<&EntityId, Problem> {
    administrator.require(&administrator.path)?;
    let above = administrator.path.ids().iter().rev();
    let mut above = above.filter(|id| administrator.administered.values().any(|of| of == *id));
    above.next().ok_or_else(Problem::forbidden)
}
