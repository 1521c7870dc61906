//! The stars of an account, newest first. A page ends when it is full or has looked at enough, so
//! it may be empty and yet not the last.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use vigie_domain::{
    account::preferences::Rule,
    consultation::{Consultation, Sight},
    entity::Entity,
    id::{ConsultationId, EntityId},
};
use vigie_http::{
    Call, Problem, Reply, dated_cursor,
    view::{ConsultationView, EntityName},
};
use vigie_store::Favourite;

use crate::{
    Favourites,
    dashboard::{LOOK, LOOKS, PAGE_LIMIT},
    wanted::Wanted,
};

#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "Favourites")
)]
pub(crate) struct List {
    items: Vec<Item>,
    cursor: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "Favourite")
)]
struct Item {
    #[serde(flatten)]
    consultation: ConsultationView,
    entity: EntityName,
    #[cfg_attr(feature = "schema", schemars(with = "vigie_http::openapi::Instant"))]
    since: Timestamp,
    automatic: Option<Rule>,
    /// Path of the deadline's calendar, if there is a deadline. Works for whoever has it, as long
    /// as the agent may see the consultation.
    calendar: Option<String>,
}

impl Item {
    fn new(
        star: Favourite,
        consultation: &Consultation,
        entity: EntityName,
        calendar: Option<String>,
    ) -> Self {
        Self {
            consultation: ConsultationView::new(consultation),
            entity,
            since: star.since,
            automatic: star.automatic,
            calendar,
        }
    }
}

impl Favourites {
    /// `GET /v1/accounts/{id}/favourites`.
    pub(crate) async fn list(&self, call: &Call) -> Result<Reply, Problem> {
        let account = call.owner()?;
        let (wanted, limit) = (Wanted::of(call)?, call.limit(PAGE_LIMIT)?);
        let mut after = call.cursor(read_place)?;
        let (look, looks) = if wanted.is_all() {
            (limit, 1)
        } else {
            (LOOK, LOOKS)
        };
        let limit = usize::try_from(limit).unwrap_or_default();
        let keys = self.tokens.keys().await?;
        let (mut items, mut known) = (Vec::new(), BTreeMap::new());
        for _ in 0..looks {
            let (stars, more) = self
                .store
                .favourite_list(&account.id, after.as_ref(), look)
                .await?;
            let seen = self.seen_of(call, &stars, &mut known).await?;
            let (count, mut last) = (stars.len(), 0);
            for (place, star) in stars.into_iter().enumerate() {
                after = Some(star.clone());
                last = place + 1;
                let about = seen.iter().find(|(of, _)| of.id == star.consultation_id);
                let Some((consultation, _)) = about.filter(|(of, _)| wanted.includes(of, &known))
                else {
                    continue;
                };
                let entity = EntityName::of(&consultation.entity_id, &known);
                let calendar = Self::calendar(&keys, account, call.linked_through(), consultation);
                items.push(Item::new(star, consultation, entity, calendar));
                if items.len() == limit {
                    break;
                }
            }
            let is_over = last == count && !more;
            if is_over {
                after = None;
            }
            if is_over || items.len() == limit {
                break;
            }
        }
        let cursor = after.map(|last| dated_cursor(last.since, last.consultation_id.as_str()));
        Reply::json(200, &List { items, cursor })
    }

    /// Those of the starred consultations that the agent may see now.
    async fn seen_of(
        &self,
        call: &Call,
        stars: &[Favourite],
        known: &mut BTreeMap<EntityId, Entity>,
    ) -> Result<Vec<(Consultation, Sight)>, Problem> {
        let ids: Vec<_> = stars
            .iter()
            .map(|star| star.consultation_id.clone())
            .collect();
        let found = self.store.consultation_read_each(&ids).await?;
        let seen = self.store.sight_find(call.owner()?, found).await?;
        self.know(known, &seen).await?;
        Ok(seen)
    }
}

/// Reads the star to go on after, as a cursor has it.
pub(crate) fn read_place(parts: &[&str]) -> Option<Favourite> {
    let [since, id] = parts else { return None };
    Some(Favourite {
        consultation_id: ConsultationId::parse(id).ok()?,
        since: since.parse().ok()?,
        automatic: None,
    })
}
