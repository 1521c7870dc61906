//! Invitations of all agents of an entity and below whom the portal declared and nobody ever
//! invited. They are only asked for here: `directory` invites, at a pace.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use vigie_domain::{
    audit::{Record, What},
    directory::inviting::Inviting,
};
use vigie_http::{Call, Problem, Reply};
use vigie_runtime::clock;

use crate::{
    Entities,
    agents::{entry, existing},
};

/// Time in which a call counts who is left, of the function's ten seconds.
const TIME_FOR_COUNTING: Duration = Duration::from_secs(4);

/// Progress of the invitations of an entity's declared agents.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "InvitationsProgress")
)]
pub(crate) struct Progress {
    /// Those who were invited, and while it goes those who are left.
    total: u64,
    /// Those who were invited, by the call that goes or by the last one.
    sent: u64,
    /// Those who were never invited and can be.
    left: u64,
    /// Those who were never invited and have no address: they are left out.
    without_address: u64,
    /// True if there are more than were counted: a call counts a few thousand.
    more: bool,
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<vigie_http::openapi::Instant>")
    )]
    started_at: Option<Timestamp>,
    /// None while it goes.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<vigie_http::openapi::Instant>")
    )]
    finished_at: Option<Timestamp>,
}

impl Entities {
    /// `GET /v1/entities/{id}/invitations`.
    pub(crate) async fn read_invitations(&self, call: &Call) -> Result<Reply, Problem> {
        let going = self.store.inviting_read(existing(call)?).await?;
        Reply::json(200, &self.progress(call, going).await?)
    }

    /// `POST /v1/entities/{id}/invitations`: again while it goes, nothing changes.
    pub(crate) async fn invite_declared(&self, call: &Call) -> Result<Reply, Problem> {
        let (entity, by) = (existing(call)?, call.actor()?);
        let record = Record::new(What::AgentsInvited, Some(by), entity, call.now);
        let entries = [entry(call, record)?];
        let going = self
            .store
            .inviting_begin(entity, by, call.now, &entries)
            .await?;
        Reply::json(202, &self.progress(call, Some(going)).await?)
    }

    async fn progress(&self, call: &Call, going: Option<Inviting>) -> Result<Progress, Problem> {
        let (top, begun) = (existing(call)?, clock::instant());
        let (mut left, mut without_address, mut after) = (0, 0, None);
        let mut at = Some(call.administrator()?.path.clone());
        while let Some(here) = &at
            && begun.elapsed() < TIME_FOR_COUNTING
        {
            let entity = here.entity().unwrap_or(top);
            let listed = self
                .store
                .account_list_of_entity(entity, after.as_ref(), 100);
            let (agents, next) = listed.await?;
            for agent in agents
                .iter()
                .filter(|agent| agent.is_uninvited() && agent.active)
            {
                left += u64::from(agent.contact.email.is_some());
                without_address += u64::from(agent.contact.email.is_none());
            }
            after = next;
            if after.is_none() {
                at = self.store.entity_find_next_below(top, here).await?;
            }
        }
        let sent = going.as_ref().map_or(0, |going| going.sent);
        let goes = going.as_ref().is_some_and(Inviting::goes);
        Ok(Progress {
            total: if goes { sent + left } else { sent },
            sent,
            left,
            without_address,
            more: at.is_some(),
            started_at: going.as_ref().map(|going| going.started_at),
            finished_at: going.and_then(|going| going.finished_at),
        })
    }
}
