//! Invitations of all agents of an entity and below whom the portal declared and nobody ever
//! invited, at the pace of their organisation. Each step is done once: it goes on where the one
//! before it ended, and finds what is left where that one was cut short.

use vigie_domain::{
    account::Account,
    audit::{Record, What},
    directory::inviting::{Inviting, PAUSE, Place},
    entity::Path,
    event::InvitationsDue,
    id::{AccountId, EntityId},
};
use vigie_runtime::{again::unless_refused, ids};
use vigie_store::{AuditEntry, StoreError};

use crate::{Directory, PAGE};

/// Most pages of agents that one step looks at.
const PAGES: usize = 20;

/// Invitations that go, as a step finds them.
struct Step<'a> {
    entity: &'a EntityId,
    root: &'a EntityId,
    going: Inviting,
    /// The administrator who asked for them, if they are still there.
    by: Option<AccountId>,
}

impl Directory {
    /// Takes invitations a step further, unless that was done.
    pub(crate) async fn invitations_due(&self, event: &InvitationsDue) -> Result<(), StoreError> {
        let entity = &event.entity_id;
        let going = self.store.inviting_read(entity).await?;
        let Some(going) = going.filter(|going| going.goes() && going.step == event.step) else {
            return Ok(());
        };
        let top = self.store.entity_read_path(entity).await?;
        let next = match top.root() {
            Some(root) => {
                let by = match &going.by {
                    Some(by) => self.store.account_read(by).await?.map(|account| account.id),
                    None => None,
                };
                let step = Step {
                    entity,
                    root,
                    going: going.clone(),
                    by,
                };
                self.step(&step, &top).await?
            }
            // The entity has gone.
            None => going.walked(false, self.clock.now()),
        };
        let due = self.clock.now() + PAUSE;
        self.store.inviting_go_on(entity, &going, &next, due).await
    }

    /// Walks on and invites whoever has their turn; returns where the next step begins.
    async fn step(&self, step: &Step<'_>, top: &Path) -> Result<Inviting, StoreError> {
        let Step { entity, going, .. } = step;
        let (mut at, mut after) = self.begin(step, top).await?;
        let mut found = going.found;
        for _ in 0..PAGES {
            let Some(here) = at.entity().cloned() else {
                break;
            };
            let listed = self
                .store
                .account_list_of_entity(&here, after.as_ref(), PAGE);
            let (agents, rest) = listed.await?;
            // One who was moved away since they were listed may lie in nobody's tree here.
            let is_meant = |agent: &&Account| agent.entity_id == here && agent.awaits_word();
            let meant: Vec<_> = agents.iter().filter(is_meant).collect();
            found |= !meant.is_empty();
            if self.invite(step, &meant).await? < meant.len() {
                let entity_id = here;
                return Ok(going.at(Place { entity_id, after }, found, true));
            }
            after = rest;
            if after.is_none() {
                match self.store.entity_find_next_below(entity, &at).await? {
                    Some(next) => at = next,
                    None => return Ok(going.walked(found, self.clock.now())),
                }
            }
        }
        Ok(match at.entity().cloned() {
            Some(entity_id) => going.at(Place { entity_id, after }, found, false),
            None => going.walked(found, self.clock.now()),
        })
    }

    /// Returns the place where a step begins; a walk whose place lies elsewhere by now begins anew.
    async fn begin(
        &self,
        step: &Step<'_>,
        top: &Path,
    ) -> Result<(Path, Option<AccountId>), StoreError> {
        if let Some(place) = &step.going.place {
            let at = self.store.entity_read_path(&place.entity_id).await?;
            if at.is_in_tree_of(step.entity) {
                return Ok((at, place.after.clone()));
            }
        }
        Ok((top.clone(), None))
    }

    /// Invites as many of these agents as have their turn, and returns how many had it.
    async fn invite(&self, step: &Step<'_>, agents: &[&Account]) -> Result<usize, StoreError> {
        if agents.is_empty() {
            return Ok(0);
        }
        let (root, now) = (step.root, self.clock.now());
        let turns = self.store.quota_take_turns(root, agents.len(), now);
        let turns = turns.await?;
        for agent in agents.iter().take(turns) {
            let Some(invitation) = agent.on_word(ids::request(), now) else {
                continue;
            };
            let record = Record::new(What::AgentInvited, step.by.as_ref(), &agent.entity_id, now);
            let entries = [AuditEntry::new(root, record.to(&agent.id))];
            let going = (step.entity, &step.going);
            let invited = self
                .store
                .inviting_invite(going, agent, &invitation, &entries);
            // Changed meanwhile, or erased: the next walk finds them as they are.
            unless_refused(invited.await)?;
        }
        Ok(turns)
    }
}
