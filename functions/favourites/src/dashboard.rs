//! Everything that an agent may see now and that is not over: the dashboard on which the guide's
//! star stands. It is read from lists that exist for other reasons, one after the other:
//! consultations that name the agent, then those of their own entity, of the entities below it, and
//! of the entities that their own is linked to. Lists are hints. The agent's right to see a
//! consultation is judged here, and a consultation is shown only in the list of that right, so
//! once. A page ends when it is full or has looked at enough, so it may be empty and yet not the
//! last.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use vigie_domain::{
    account::{Account, preferences::Rule},
    consultation::{Consultation, Sight},
    entity::Entity,
    id::{ConsultationId, EntityId},
};
use vigie_http::{
    Call, Problem, Reply,
    view::{ConsultationView, EntityName},
};

use crate::{
    Favourites,
    place::{List, Place},
    wanted::Wanted,
};

/// Most consultations in one answer.
pub(crate) const PAGE_LIMIT: i32 = 100;
/// Most that one look into a list takes from it.
pub(crate) const LOOK: i32 = 50;
/// Most looks into lists for one answer.
pub(crate) const LOOKS: usize = 20;

/// Consultations that the agent may see and that are not over, in a stable order: those that name
/// them, then those of their entity, of the entities below, of the entities linked to.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Dashboard {
    items: Vec<Item>,
    cursor: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "VisibleConsultation")
)]
pub(crate) struct Item {
    #[serde(flatten)]
    consultation: ConsultationView,
    entity: EntityName,
    /// The reason for which the agent may see it.
    sight: Sight,
    starred: bool,
    /// The rule that gave the star; none if the agent did, or where there is no star.
    automatic: Option<Rule>,
    /// Path of the deadline's calendar, if there is a deadline. Works for whoever has it, as long
    /// as the agent may see the consultation.
    calendar: Option<String>,
    /// Its page on the procurement portal.
    url: Option<String>,
}

impl Favourites {
    /// `GET /v1/accounts/{id}/consultations`.
    pub(crate) async fn dashboard(&self, call: &Call) -> Result<Reply, Problem> {
        let account = call.owner()?;
        let (wanted, limit) = (Wanted::of(call)?, call.limit(PAGE_LIMIT)?);
        let mut place = self.place(account, call.cursor(Place::read)?).await?;
        let look = if wanted.is_all() {
            limit.min(LOOK)
        } else {
            LOOK
        };
        let limit = usize::try_from(limit).unwrap_or_default();
        let (mut found, mut known, mut looks, mut cursor) = (Vec::new(), BTreeMap::new(), 0, None);
        'looks: while let Some(here) = place {
            if looks == LOOKS {
                cursor = Some(here.cursor(None));
                break;
            }
            looks += 1;
            let (listed, next) = self.listed(account, &here, look).await?;
            let seen = self.store.sight_find(account, listed).await?;
            self.know(&mut known, &seen).await?;
            for (consultation, sight) in seen {
                if here.shows(sight) && wanted.includes(&consultation, &known) {
                    let last = consultation.id.clone();
                    found.push((consultation, sight));
                    if found.len() == limit {
                        cursor = Some(here.cursor(Some(&last)));
                        break 'looks;
                    }
                }
            }
            place = match next {
                Some(after) => Some(Place {
                    after: Some(after),
                    ..here
                }),
                None => self.next_list(account, here.list).await?,
            };
        }
        let items = self.items(call, found, &known).await?;
        Reply::json(200, &Dashboard { items, cursor })
    }

    /// `GET /v1/accounts/{id}/consultations/{consultationId}`: as in the list, also once it is
    /// over.
    pub(crate) async fn consultation(&self, call: &Call) -> Result<Reply, Problem> {
        let seen = vec![self.seen(call).await?];
        let mut known = BTreeMap::new();
        self.know(&mut known, &seen).await?;
        let item = self.items(call, seen, &known).await?.pop();
        Reply::json(200, &item.ok_or_else(Problem::not_found)?)
    }

    async fn listed(
        &self,
        account: &Account,
        place: &Place,
        look: i32,
    ) -> Result<(Vec<Consultation>, Option<ConsultationId>), Problem> {
        let after = place.after.as_ref();
        Ok(match place.entity(account) {
            None => {
                self.store
                    .consultation_list_naming(&account.id, after, look)
                    .await?
            }
            Some(entity) => {
                let (found, _, next) = self.store.consultation_list(&entity, after, look).await?;
                (found, next)
            }
        })
    }

    /// Reads the entities of these, unless they are known.
    pub(crate) async fn know(
        &self,
        known: &mut BTreeMap<EntityId, Entity>,
        seen: &[(Consultation, Sight)],
    ) -> Result<(), Problem> {
        let ids = seen
            .iter()
            .map(|(consultation, _)| &consultation.entity_id)
            .filter(|id| !known.contains_key(*id));
        let ids: BTreeSet<_> = ids.cloned().collect();
        if !ids.is_empty() {
            known.extend(self.store.entity_read_each(&ids).await?);
        }
        Ok(())
    }

    /// The beginning of the next list that the agent's rights open; none behind the last.
    async fn next_list(&self, account: &Account, list: List) -> Result<Option<Place>, Problem> {
        let rights = account.permanent_guest;
        if matches!(list, List::Named) && rights.own {
            return Ok(Some(Place::start(List::Own)));
        }
        let across = match list {
            List::Across(entity) => Some(entity),
            List::Named | List::Own | List::Below(_) => {
                if let Some(below) = self.next_below(account, list).await? {
                    return Ok(Some(below));
                }
                None
            }
        };
        let linked = if rights.transverse {
            self.store
                .entity_list_transverse_to(&account.entity_id)
                .await?
        } else {
            BTreeSet::new()
        };
        let next = linked
            .into_iter()
            .find(|entity| across.as_ref().is_none_or(|across| entity > across));
        Ok(next.map(|entity| Place::start(List::Across(entity))))
    }

    async fn next_below(&self, account: &Account, list: List) -> Result<Option<Place>, Problem> {
        if !account.permanent_guest.dependent {
            return Ok(None);
        }
        let at = match list {
            List::Below(path) => path,
            _ => self.store.entity_read_path(&account.entity_id).await?,
        };
        let next = self
            .store
            .entity_find_next_below(&account.entity_id, &at)
            .await?;
        Ok(next.map(|path| Place::start(List::Below(path))))
    }

    /// The place that a cursor names, as it is now; the beginning without one. What a cursor names
    /// is judged as if it had not been named: a forged one opens nothing.
    async fn place(
        &self,
        account: &Account,
        named: Option<Place>,
    ) -> Result<Option<Place>, Problem> {
        let Some(Place { list, after }) = named else {
            return Ok(Some(Place::start(List::Named)));
        };
        let List::Below(place) = &list else {
            return Ok(Some(Place { list, after }));
        };
        if !account.permanent_guest.dependent {
            // The right has gone since: on behind what it opened.
            return self.next_list(account, List::Own).await;
        }
        let path = self
            .store
            .entity_read_path(place.entity().ok_or_else(Problem::unknown_cursor)?)
            .await?;
        // Elsewhere, unknown, or moved away since.
        if path.is_below(&account.entity_id) {
            Ok(Some(Place {
                list: List::Below(path),
                after,
            }))
        } else {
            Err(Problem::unknown_cursor())
        }
    }

    async fn items(
        &self,
        call: &Call,
        found: Vec<(Consultation, Sight)>,
        known: &BTreeMap<EntityId, Entity>,
    ) -> Result<Vec<Item>, Problem> {
        let account = call.owner()?;
        let ids: Vec<_> = found
            .iter()
            .map(|(consultation, _)| consultation.id.clone())
            .collect();
        let stars = self
            .store
            .favourite_find_with_rules(&account.id, &ids)
            .await?;
        let keys = self.tokens.keys().await?;
        let item = |(consultation, sight): (Consultation, Sight)| Item {
            consultation: ConsultationView::new(&consultation),
            entity: EntityName::of(&consultation.entity_id, known),
            sight,
            starred: stars.contains_key(&consultation.id),
            automatic: stars.get(&consultation.id).copied().flatten(),
            calendar: Self::calendar(&keys, account, call.linked_through(), &consultation),
            url: consultation.url.as_ref().map(|url| url.as_str().to_owned()),
        };
        Ok(found.into_iter().map(item).collect())
    }
}
