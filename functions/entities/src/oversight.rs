//! Oversight of an entity and everything below it: consultations that nobody follows, agents who
//! cannot be mailed. Both walk the tree entity by entity. A page ends when it is full or has looked
//! at enough, so it may be empty and yet not the last.

use std::collections::BTreeMap;

use serde::Serialize;
use vigie_domain::{
    account::{Account, EmailStatus},
    consultation::{Consultation, Phase},
    entity::{Entity, Path},
    id::{AccountId, ConsultationId, EntityId},
    text::Invalid,
};
use vigie_http::{
    Administrator, Call, Problem, Reply, cursor,
    view::{AccountView, ConsultationView},
};

use crate::{Entities, agents::existing};

/// Most items in one answer.
const PAGE_LIMIT: i32 = 100;
/// Most entities that one answer looks into.
const ENTITIES: usize = 50;
/// Most agents that one answer looks at.
const AGENTS: usize = 500;
/// Agents read at a time.
const AGENTS_A_CALL: i32 = 100;
/// Most entries of consultations that one answer looks at: one call for each, and more where many
/// took their star away.
const CONSULTATIONS: usize = 100;
/// Entries of consultations read at a time.
const CONSULTATIONS_A_CALL: i32 = 50;
/// Stars, or tombstones of stars, of a consultation that are read first.
const FEW: i32 = 25;
/// Those that are read at a time after that.
const MANY: i32 = 1000;

/// Agents of an entity and below whose address is undeliverable.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Undeliverable<'a> {
    items: Vec<AccountView<'a>>,
    /// `<entity>` or `<entity>~<account>`.
    cursor: Option<String>,
}

/// Consultations of an entity and below, released and neither archived nor cancelled, for which
/// nobody of the caller's tree has a star.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Unfollowed {
    items: Vec<Item>,
    /// `<entity>` or `<entity>~<consultation>`.
    cursor: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "UnfollowedConsultation")
)]
struct Item {
    #[serde(flatten)]
    consultation: ConsultationView,
    entity_id: EntityId,
}

impl Item {
    fn new(consultation: &Consultation) -> Self {
        Self {
            consultation: ConsultationView::new(consultation),
            entity_id: consultation.entity_id.clone(),
        }
    }
}

/// The state of a walk: an entity on its way to the root, and the last item that was looked at in
/// it.
struct Walk<I> {
    top: EntityId,
    at: Path,
    after: Option<I>,
    /// Entities that this answer has begun.
    begun: usize,
}

impl<I: AsRef<str>> Walk<I> {
    /// On with the same entity, or to the next; `None` once there is none.
    async fn on(mut self, entities: &Entities, next: Option<I>) -> Result<Option<Self>, Problem> {
        self.after = next;
        if self.after.is_some() {
            return Ok(Some(self));
        }
        let at = entities
            .store
            .entity_find_next_below(&self.top, &self.at)
            .await?;
        Ok(at.map(|at| Self {
            at,
            begun: self.begun + 1,
            ..self
        }))
    }

    fn entity(&self) -> Result<&EntityId, Problem> {
        self.at.entity().ok_or_else(Problem::not_found)
    }

    /// Makes the cursor with which the next answer goes on in this entity: after one of its items,
    /// or at the same place.
    fn cursor(&self, last: Option<&I>) -> Option<String> {
        let entity = self.at.entity()?;
        let last = last.or(self.after.as_ref()).map(AsRef::as_ref);
        let parts: Vec<_> = [entity.as_str()].into_iter().chain(last).collect();
        Some(cursor(&parts))
    }
}

impl Entities {
    /// A walk of the path's entity, from the start or from where the query's cursor says.
    async fn walk<I>(
        &self,
        call: &Call,
        parse: fn(&str) -> Result<I, Invalid>,
    ) -> Result<Walk<I>, Problem> {
        let top = existing(call)?.clone();
        let place = call.cursor(|parts| {
            let (entity, after) = match parts {
                [entity] => (entity, None),
                [entity, after] => (entity, Some(parse(after).ok()?)),
                _ => return None,
            };
            Some((EntityId::parse(entity).ok()?, after))
        })?;
        let Some((entity, after)) = place else {
            return Ok(Walk {
                top,
                at: call.administrator()?.path.clone(),
                after: None,
                begun: 1,
            });
        };
        let at = self.store.entity_read_path(&entity).await?;
        // Elsewhere, unknown, or moved away since.
        if at.is_in_tree_of(&top) {
            Ok(Walk {
                top,
                at,
                after,
                begun: 1,
            })
        } else {
            Err(Problem::unknown_cursor())
        }
    }

    /// Lists agents of an entity and below whom mails do not reach.
    pub(crate) async fn list_undeliverable(&self, call: &Call) -> Result<Reply, Problem> {
        let mut walk = Some(self.walk(call, AccountId::parse).await?);
        let limit = usize::try_from(call.limit(PAGE_LIMIT)?).unwrap_or_default();
        let (mut found, mut cursor, mut looked_at): (Vec<Account>, _, _) = (Vec::new(), None, 0);
        'pages: while let Some(here) = walk {
            if looked_at >= AGENTS || here.begun > ENTITIES {
                cursor = here.cursor(None);
                break;
            }
            let (agents, next) = self
                .store
                .account_list_of_entity(here.entity()?, here.after.as_ref(), AGENTS_A_CALL)
                .await?;
            looked_at += agents.len();
            for agent in agents
                .into_iter()
                .filter(|agent| agent.email_status == EmailStatus::Undeliverable)
            {
                let last = agent.id.clone();
                found.push(agent);
                if found.len() == limit {
                    cursor = here.cursor(Some(&last));
                    break 'pages;
                }
            }
            walk = here.on(self, next).await?;
        }
        let known: BTreeMap<EntityId, Entity> = self
            .named(found.iter().map(|agent| &agent.entity_id))
            .await?;
        let items = found
            .iter()
            .map(|agent| AccountView::for_administrators(agent, &known))
            .collect();
        Reply::json(200, &Undeliverable { items, cursor })
    }

    /// Lists consultations of an entity and below that nobody follows. A star of anybody in the
    /// caller's tree counts, an inactive agent's too. Drafts are not shown: to administer is no
    /// right to see them.
    pub(crate) async fn list_unfollowed(&self, call: &Call) -> Result<Reply, Problem> {
        let mut walk = Some(self.walk(call, ConsultationId::parse).await?);
        let limit = usize::try_from(call.limit(PAGE_LIMIT)?).unwrap_or_default();
        let (mut items, mut cursor, mut looked_at, mut covered) =
            (Vec::new(), None, 0, BTreeMap::new());
        'pages: while let Some(here) = walk {
            if looked_at >= CONSULTATIONS || here.begun > ENTITIES {
                cursor = here.cursor(None);
                break;
            }
            let (consultations, listed, next) = self
                .store
                .consultation_list(here.entity()?, here.after.as_ref(), CONSULTATIONS_A_CALL)
                .await?;
            // Entries of what is over or gone too: a list full of them must not keep an answer
            // busy.
            looked_at += listed;
            for consultation in consultations {
                if consultation.phase == Phase::Drafting || consultation.is_elsewhere(&here.at) {
                    continue;
                }
                let (followed, pages) = self
                    .is_followed(call.administrator()?, &consultation.id, &mut covered)
                    .await?;
                looked_at += pages - 1;
                if followed {
                    continue;
                }
                items.push(Item::new(&consultation));
                if items.len() == limit {
                    cursor = here.cursor(Some(&consultation.id));
                    break 'pages;
                }
            }
            walk = here.on(self, next).await?;
        }
        Reply::json(200, &Unfollowed { items, cursor })
    }

    /// Returns whether anybody of the caller's tree has a star for a consultation, and how many
    /// pages of stars and of tombstones of stars were read to know. A star of somebody elsewhere
    /// does not show: it may be the only one there can be.
    async fn is_followed(
        &self,
        administrator: &Administrator,
        id: &ConsultationId,
        covered: &mut BTreeMap<EntityId, bool>,
    ) -> Result<(bool, usize), Problem> {
        let (mut after, mut pages, mut limit) = (None, 0, FEW);
        loop {
            let (ids, next) = self
                .store
                .follower_list_after(id, after.as_ref(), limit)
                .await?;
            pages += 1;
            let followers = self.store.account_read_each(&ids).await?;
            self.cover(administrator, followers.values(), covered)
                .await?;
            let followed = followers
                .values()
                .any(|follower| covered.get(&follower.entity_id) == Some(&true));
            if followed || next.is_none() {
                return Ok((followed, pages));
            }
            (after, limit) = (next, MANY);
        }
    }
}
