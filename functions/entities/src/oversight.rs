//! Oversight of an entity and everything below it: its consultations, those that nobody follows,
//! agents who cannot be mailed. All walk the tree entity by entity. A page ends when it is full or
//! has looked at enough, so it may be empty and yet not the last.

use std::collections::BTreeMap;

use serde::Serialize;
use vigie_domain::{
    account::{Account, EmailStatus},
    consultation::{Consultation, Phase},
    entity::{Entity, Path},
    id::{AccountId, ConsultationId, EntityId},
    text::{Invalid, search::Search},
};
use vigie_http::{
    Administrator, Call, Problem, Reply, cursor,
    view::{AccountView, ConsultationView, EntityName},
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
/// Most entries of consultations that one answer looks at for followers: one call for each, and
/// more where many took their star away.
const CONSULTATIONS: usize = 100;
/// Most entries of consultations that one answer searches.
const SEARCHED: usize = 1000;
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
pub(crate) struct Item {
    #[serde(flatten)]
    consultation: ConsultationView,
    entity_id: EntityId,
    #[serde(skip)]
    id: ConsultationId,
}

impl Item {
    fn new(consultation: &Consultation) -> Self {
        Self {
            consultation: ConsultationView::new(consultation),
            entity_id: consultation.entity_id.clone(),
            id: consultation.id.clone(),
        }
    }

    /// Returns the cursor with which a list goes on after it.
    pub(crate) fn place(&self) -> String {
        cursor(&[self.entity_id.as_str(), self.id.as_str()])
    }
}

/// Consultations of an entity and below, released and neither archived nor cancelled.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "AdministeredConsultations")
)]
pub(crate) struct Found {
    items: Vec<FoundItem>,
    /// `<entity>` or `<entity>~<consultation>`.
    cursor: Option<String>,
}

#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "AdministeredConsultation")
)]
struct FoundItem {
    #[serde(flatten)]
    consultation: ConsultationView,
    entity: EntityName,
}

/// The consultations that are looked for.
enum Wanted {
    /// Those whose reference or title has these words.
    With(Search),
    /// Those that nobody of the caller's tree follows.
    Unfollowed,
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

/// Returns the number of items that a page may hold.
fn page(call: &Call) -> Result<usize, Problem> {
    Ok(usize::try_from(call.limit(PAGE_LIMIT)?).unwrap_or_default())
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
    /// caller's tree counts, an inactive agent's too.
    pub(crate) async fn list_unfollowed(&self, call: &Call) -> Result<Reply, Problem> {
        let (items, cursor) = self.find_unfollowed(call, page(call)?).await?;
        Reply::json(200, &Unfollowed { items, cursor })
    }

    /// Returns so many of these, and the cursor with which they go on.
    pub(crate) async fn find_unfollowed(
        &self,
        call: &Call,
        limit: usize,
    ) -> Result<(Vec<Item>, Option<String>), Problem> {
        let wanted = self.consultations(call, &Wanted::Unfollowed, limit);
        let (found, cursor) = wanted.await?;
        Ok((found.iter().map(Item::new).collect(), cursor))
    }

    /// Lists consultations of an entity and below by reference or title.
    pub(crate) async fn find_consultations(&self, call: &Call) -> Result<Reply, Problem> {
        let search = Search::parse(call.query("q").unwrap_or_default())
            .map_err(|e| Problem::invalid_field("q", e.to_string()))?;
        let (found, cursor) = self
            .consultations(call, &Wanted::With(search), page(call)?)
            .await?;
        let known = self.named(found.iter().map(|each| &each.entity_id)).await?;
        let items = found
            .iter()
            .map(|consultation| FoundItem {
                consultation: ConsultationView::new(consultation),
                entity: EntityName::of(&consultation.entity_id, &known),
            })
            .collect();
        Reply::json(200, &Found { items, cursor })
    }

    /// Returns a page of the consultations that are wanted, and its cursor. Drafts are not shown:
    /// to administer is no right to see them.
    async fn consultations(
        &self,
        call: &Call,
        wanted: &Wanted,
        limit: usize,
    ) -> Result<(Vec<Consultation>, Option<String>), Problem> {
        let mut walk = Some(self.walk(call, ConsultationId::parse).await?);
        let (mut found, mut cursor, mut looked_at, mut covered) =
            (Vec::new(), None, 0, BTreeMap::new());
        let most = match wanted {
            Wanted::With(_) => SEARCHED,
            Wanted::Unfollowed => CONSULTATIONS,
        };
        'pages: while let Some(here) = walk {
            if looked_at >= most || here.begun > ENTITIES {
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
                let is_wanted = match wanted {
                    Wanted::With(search) => search
                        .finds(&[&consultation.shown_reference(), &consultation.shown_title()]),
                    Wanted::Unfollowed => {
                        let (followed, pages) = self
                            .is_followed(call.administrator()?, &consultation.id, &mut covered)
                            .await?;
                        looked_at += pages - 1;
                        !followed
                    }
                };
                if !is_wanted {
                    continue;
                }
                let last = consultation.id.clone();
                found.push(consultation);
                if found.len() == limit {
                    cursor = here.cursor(Some(&last));
                    break 'pages;
                }
            }
            walk = here.on(self, next).await?;
        }
        Ok((found, cursor))
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
