//! Steps of the administrator: entities, links, agents. What the portal declared is not theirs.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::histories::{
    play::Play,
    portal::entity_id,
    steps::Step,
    terms::{Agent, Told},
};

impl Play {
    pub async fn administration(
        &mut self,
        step: Step,
        now: Timestamp,
    ) -> Result<Vec<Told>, String> {
        match step {
            Step::Rights { agent, rights } => {
                let differs = self.model.agents[agent].rights != rights;
                let body = json!({"permanentGuest": {"own": rights.own, "dependent": rights.dependent, "transverse": rights.transverse}});
                if self.administer(agent, body, differs).await? {
                    self.model.agents[agent].rights = rights;
                }
            }
            Step::Active { agent, active } => {
                let differs = self.model.agents[agent].active != active;
                let body = json!({"active": active});
                if self.administer(agent, body, differs).await? {
                    self.model.agents[agent].active = active;
                }
            }
            Step::MoveAgent { agent, entity } => {
                let differs = self.model.agents[agent].entity != entity;
                let body = json!({"entityId": entity_id(entity)});
                if self.model.directory.takes_in(entity)
                    && self.administer(agent, body, differs).await?
                {
                    self.model.agents[agent].entity = entity;
                    return Ok(self.model.moved(now));
                }
            }
            // What the portal removed, or did not declare yet, is in no administrator's hands.
            Step::MoveEntity { parent: one, .. }
            | Step::Link { from: one, .. }
            | Step::Unlink { from: one, .. }
                if !self.model.directory.takes_in(one) => {}
            Step::Link { to, .. } | Step::Unlink { to, .. }
                if !self.model.directory.takes_in(to) => {}
            Step::MoveEntity { entity, parent } => {
                let cycle = entity == parent || self.model.is_below(parent, entity);
                let body = json!({"name": "Service", "parentId": entity_id(parent)});
                self.administrate(
                    "PUT",
                    &format!("/v1/entities/{}", entity_id(entity)),
                    body,
                    if cycle { 422 } else { 200 },
                )
                .await?;
                if !cycle {
                    self.model.parents[entity] = Some(parent);
                    return Ok(self.model.moved(now));
                }
            }
            Step::Link { from, to } => {
                let path = format!(
                    "/v1/entities/{}/transverse/{}",
                    entity_id(from),
                    entity_id(to)
                );
                self.administrate("PUT", &path, json!({}), if from == to { 422 } else { 204 })
                    .await?;
                if from != to {
                    self.model.links.insert((from, to));
                    self.model.directory.take_over((from, to));
                }
            }
            // The portal makes again what it wants.
            Step::Unlink { from, to } if self.model.directory.wants((from, to)) => {}
            Step::Unlink { from, to } => {
                let path = format!(
                    "/v1/entities/{}/transverse/{}",
                    entity_id(from),
                    entity_id(to)
                );
                self.administrate("DELETE", &path, json!({}), 204).await?;
                self.model.links.remove(&(from, to));
                self.model.directory.take_over((from, to));
            }
            Step::Role {
                agent,
                administrator,
            } => {
                let differs = self.model.agents[agent].administrator != administrator;
                let role = if administrator {
                    "administrator"
                } else {
                    "agent"
                };
                if self
                    .administer(agent, json!({"role": role}), differs)
                    .await?
                {
                    self.model.agents[agent].administrator = administrator;
                }
            }
            _ => {}
        }
        Ok(Vec::new())
    }

    /// True if there was such an agent to administer, and it is not the portal's to do so.
    /// `differs` says that it would be another one than before.
    async fn administer(
        &mut self,
        agent: Agent,
        body: Value,
        differs: bool,
    ) -> Result<bool, String> {
        let account = &self.model.agents[agent];
        if account.erased || !account.there {
            return Ok(false);
        }
        let kept = account.declared && differs;
        let path = format!(
            "/v1/entities/{}/agents/{}",
            entity_id(account.entity),
            self.stage.accounts[agent]
        );
        let expected = if kept { 409 } else { 200 };
        self.administrate("PATCH", &path, body, expected).await?;
        self.model
            .counts
            .add("changes that are the portal's", usize::from(kept));
        Ok(!kept)
    }

    async fn administrate(
        &self,
        method: &str,
        path: &str,
        body: Value,
        expected: u16,
    ) -> Result<(), String> {
        self.ask(&self.stage.administrator, method, path, body, expected)
            .await
    }
}
