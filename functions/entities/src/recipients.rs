//! The recipients of a consultation now, and those left out with the reason: the mailer's own rule,
//! asked of everybody concerned.
//!
//! People of the caller's tree are shown one by one, page by page and each once: followers first,
//! then author and guests, then permanent guests. Of people elsewhere only one number is told: how
//! many may see the consultation. How many of them would be mailed, or why not, would tell of one
//! person to whoever knows the others.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use vigie_domain::{
    account::{Account, preferences::Kind},
    consultation::{Consultation, Scope, Sight, sight},
    delivery::alert::{LeftOut, judge_now},
    entity::Entity,
    id::{AccountId, ConsultationId, EntityId},
    paris,
};
use vigie_http::{
    Administrator, Call, Problem, Reply, cursor,
    view::{ConsultationView, EntityName},
};

use crate::Entities;

/// Most people in one answer.
const PAGE_LIMIT: i32 = 100;
/// Accounts looked at in one call of the table: an account and a star for each.
const READ_BATCH: usize = 50;

/// A page of people.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Recipients {
    kind: Kind,
    consultation: ConsultationView,
    items: Vec<Person>,
    /// The number of people elsewhere who may see the consultation; null where there are one to
    /// four. With the first page only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<u64>", extend("examples" = [7])))]
    #[expect(
        clippy::option_option,
        reason = "absent on later pages; null tells of one to four"
    )]
    outside: Option<Option<u64>>,
    /// The number of people whom the consultation names and whom nobody knows yet: nobody can say
    /// whether they would be mailed. With the first page only, and only for who administers the
    /// whole organisation: anybody else would learn who comes elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<u64>", extend("examples" = [2])))]
    awaited: Option<usize>,
    cursor: Option<String>,
}

/// Somebody of the caller's tree.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "Recipient")
)]
struct Person {
    account_id: AccountId,
    /// First and last name.
    name: String,
    entity: EntityName,
    /// The reason for which the person may see the consultation; `null` if they may not.
    sight: Option<Sight>,
    /// True if the person would be mailed.
    mailed: bool,
    /// The first reason against, if they would not.
    left_out: Option<LeftOut>,
}

/// Fewest people elsewhere who are counted (docs/domain.md, "Administrators").
const FEWEST: u64 = 5;

/// Place in the list: a stage, and the last account of it that was gone through.
#[derive(Clone)]
enum Place {
    Followers(Option<AccountId>),
    Named(Option<AccountId>),
    Agents(EntityId, Option<AccountId>),
}

impl Place {
    /// A cursor names only people whom the caller was shown.
    fn cursor(&self) -> String {
        let (mut parts, after) = match self {
            Self::Followers(after) => (vec!["followers"], after),
            Self::Named(after) => (vec!["named"], after),
            Self::Agents(entity, after) => (vec!["agents", entity.as_str()], after),
        };
        parts.extend(after.as_ref().map(AccountId::as_str));
        cursor(&parts)
    }

    fn read(parts: &[&str]) -> Option<Self> {
        let after = |id: &str| AccountId::parse(id).ok().map(Some);
        match parts {
            ["followers", id] => Some(Self::Followers(after(id)?)),
            ["named", id] => Some(Self::Named(after(id)?)),
            ["agents", entity, id] => Some(Self::Agents(EntityId::parse(entity).ok()?, after(id)?)),
            _ => None,
        }
    }

    fn after(&self, account: &AccountId) -> Self {
        let account = Some(account.clone());
        match self {
            Self::Followers(_) => Self::Followers(account),
            Self::Named(_) => Self::Named(account),
            Self::Agents(entity, _) => Self::Agents(entity.clone(), account),
        }
    }
}

/// The consultation asked about, with everything that decides who may see it.
struct Asked<'a> {
    consultation: &'a Consultation,
    administrator: &'a Administrator,
    scope: Scope,
    /// Author and guests.
    named: BTreeSet<AccountId>,
    /// The entities of its permanent guests: its own, those above it, those linked to it.
    entities: Vec<EntityId>,
}

impl Entities {
    pub(crate) async fn list_recipients(&self, call: &Call) -> Result<Reply, Problem> {
        let kind = call.query("kind").and_then(Kind::parse).ok_or_else(|| {
            let kinds = Kind::ALL.map(Kind::as_str).join(", ");
            Problem::invalid_field("kind", format!("must be one of {kinds}"))
        })?;
        let limit = usize::try_from(call.limit(PAGE_LIMIT)?).unwrap_or_default();
        let from = call.cursor(Place::read)?;
        let asked = self.asked(call).await?;
        if let Some(Place::Agents(entity, _)) = &from
            && !asked.entities.contains(entity)
        {
            return Err(Problem::unknown_cursor());
        }
        let (mut place, mut outside) = match from {
            None => (Some(Place::Followers(None)), Some(0)),
            Some(place) => (Some(place), None),
        };
        let (mut shown, mut last, mut more) = (Vec::new(), None, false);
        let (mut covered, today) = (BTreeMap::new(), paris::day(call.now));
        while let Some(here) = place {
            let (people, next) = self.people(&asked, &here).await?;
            self.cover(
                asked.administrator,
                people.iter().map(|(account, _)| account),
                &mut covered,
            )
            .await?;
            for (account, star) in people {
                if covered.get(&account.entity_id) != Some(&true) {
                    if let Some(outside) = &mut outside
                        && asked.sight(&account).is_some()
                    {
                        *outside += 1;
                    }
                } else if shown.len() < limit {
                    last = Some(here.after(&account.id));
                    let judged = judge_now(
                        &account,
                        star,
                        kind,
                        asked.consultation,
                        &asked.scope,
                        today,
                    );
                    shown.push((account, judged));
                } else {
                    more = true;
                }
            }
            // People elsewhere are counted to the end.
            place = next.filter(|_| !more || outside.is_some());
        }
        let known = self
            .named(shown.iter().map(|(account, _)| &account.entity_id))
            .await?;
        let items = shown
            .iter()
            .map(|(account, judged)| asked.person(account, *judged, &known))
            .collect();
        let all = outside.is_some() && asked.administrator.covers_organisation();
        let awaited = all.then(|| asked.consultation.awaited.unknown().len());
        let outside =
            outside.map(|people| Some(people).filter(|people| *people == 0 || *people >= FEWEST));
        Reply::json(
            200,
            &Recipients {
                kind,
                consultation: ConsultationView::new(asked.consultation),
                items,
                outside,
                awaited,
                cursor: last.filter(|_| more).map(|last| last.cursor()),
            },
        )
    }

    async fn asked<'a>(&self, call: &'a Call) -> Result<Asked<'a>, Problem> {
        let (administrator, consultation) = (call.administrator()?, call.consultation()?);
        if consultation.is_elsewhere(&administrator.path) {
            return Err(Problem::not_found());
        }
        let transverse_from = self
            .store
            .entity_list_transverse_from(&consultation.entity_id)
            .await?;
        let scope = Scope {
            path: administrator.path.clone(),
            transverse_from,
        };
        let linked = scope
            .transverse_from
            .iter()
            .filter(|linked| !scope.path.ids().contains(linked));
        let entities = scope.path.ids().iter().chain(linked).cloned().collect();
        let named = consultation.named().cloned().collect();
        Ok(Asked {
            consultation,
            administrator,
            scope,
            named,
            entities,
        })
    }

    /// Returns some people of a stage with their stars, in the order of their ids, and the place to
    /// go on from.
    async fn people(
        &self,
        asked: &Asked<'_>,
        here: &Place,
    ) -> Result<(Vec<(Account, bool)>, Option<Place>), Problem> {
        let id = &asked.consultation.id;
        match here {
            Place::Followers(after) => {
                let (ids, next) = self
                    .store
                    .follower_list_after(id, after.as_ref(), 100)
                    .await?;
                let people = self
                    .store
                    .account_read_each(&ids)
                    .await?
                    .into_values()
                    .map(|account| (account, true))
                    .collect();
                Ok((
                    people,
                    Some(next.map_or(Place::Named(None), |next| Place::Followers(Some(next)))),
                ))
            }
            Place::Named(after) => {
                let rest = asked
                    .named
                    .iter()
                    .filter(|named| after.as_ref().is_none_or(|after| *named > after));
                let ids: Vec<_> = rest.take(READ_BATCH).cloned().collect();
                let next = ids
                    .last()
                    .filter(|_| ids.len() == READ_BATCH)
                    .cloned()
                    .map(|last| Place::Named(Some(last)));
                Ok((
                    self.unstarred(id, &ids).await?,
                    next.or_else(|| asked.first_agents()),
                ))
            }
            Place::Agents(entity, after) => {
                let together = i32::try_from(READ_BATCH).unwrap_or(i32::MAX);
                let (agents, next) = self
                    .store
                    .account_list_of_entity(entity, after.as_ref(), together)
                    .await?;
                let guests = agents.iter().filter(|agent| asked.sight(agent).is_some());
                let ids: Vec<_> = guests
                    .map(|guest| guest.id.clone())
                    .filter(|id| !asked.named.contains(id))
                    .collect();
                let next = next
                    .map(|next| Place::Agents(entity.clone(), Some(next)))
                    .or_else(|| asked.agents_after(entity));
                Ok((self.unstarred(id, &ids).await?, next))
            }
        }
    }

    /// Returns those accounts that do not follow the consultation. Followers were counted before.
    async fn unstarred(
        &self,
        id: &ConsultationId,
        accounts: &[AccountId],
    ) -> Result<Vec<(Account, bool)>, Problem> {
        let mut people = self.store.follower_find(id, accounts).await?;
        people.retain(|(_, star)| !star);
        people.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
        Ok(people)
    }

    /// Learns which of people's entities lie in the caller's tree.
    pub(crate) async fn cover<'a>(
        &self,
        administrator: &Administrator,
        people: impl Iterator<Item = &'a Account>,
        covered: &mut BTreeMap<EntityId, bool>,
    ) -> Result<(), Problem> {
        let unknown = people
            .map(|account| &account.entity_id)
            .filter(|id| !covered.contains_key(*id))
            .cloned()
            .collect();
        let paths = self.store.entity_read_paths(&unknown).await?;
        covered.extend(
            paths
                .into_iter()
                .map(|(id, path)| (id, administrator.covers(&path))),
        );
        Ok(())
    }
}

impl Asked<'_> {
    fn sight(&self, account: &Account) -> Option<Sight> {
        sight(account, self.consultation, &self.scope)
    }

    fn first_agents(&self) -> Option<Place> {
        self.entities
            .first()
            .map(|entity| Place::Agents(entity.clone(), None))
    }

    fn agents_after(&self, entity: &EntityId) -> Option<Place> {
        let next = self
            .entities
            .iter()
            .skip_while(|other| *other != entity)
            .nth(1);
        next.map(|entity| Place::Agents(entity.clone(), None))
    }

    fn person(
        &self,
        account: &Account,
        judged: Result<Sight, LeftOut>,
        known: &BTreeMap<EntityId, Entity>,
    ) -> Person {
        Person {
            account_id: account.id.clone(),
            name: account.contact.full_name(),
            entity: EntityName::of(&account.entity_id, known),
            sight: self.sight(account),
            mailed: judged.is_ok(),
            left_out: judged.err(),
        }
    }
}
