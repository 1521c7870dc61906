//! Things that wait for who administers an entity and everything below it (« À traiter »): agents
//! by the entries that their accounts have at the root, and consultations that nobody follows.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use vigie_domain::{
    account::{Account, departure, todo::Todo},
    entity::{Entity, by_level},
    id::{AccountId, EntityId},
};
use vigie_http::{Call, Problem, Reply, cursor, view::AccountView};
use vigie_store::TodoPlace;

use crate::{Entities, agents::existing, oversight::Item};

/// Most items that an answer may be asked for.
const PAGE_LIMIT: i32 = 100;
/// Most that are counted, and shown, of each kind.
const COUNTED: usize = 50;

/// A kind of what waits, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "TodoKind")
)]
pub(crate) enum Kind {
    Undeliverable,
    Unfollowed,
    Recovery,
    Leaving,
    NoAddress,
    Invitation,
    Uninvited,
}

impl Kind {
    const ALL: [Self; 7] = [
        Self::Undeliverable,
        Self::Unfollowed,
        Self::Recovery,
        Self::Leaving,
        Self::NoAddress,
        Self::Invitation,
        Self::Uninvited,
    ];

    /// Returns the kind of entry, if it is about agents; none of consultations.
    fn of_agents(self) -> Option<Todo> {
        match self {
            Self::Undeliverable => Some(Todo::Undeliverable),
            Self::Unfollowed => None,
            Self::Recovery => Some(Todo::Recovery),
            Self::Leaving => Some(Todo::Leaving),
            Self::NoAddress => Some(Todo::NoAddress),
            Self::Invitation => Some(Todo::Invitation),
            Self::Uninvited => Some(Todo::Uninvited),
        }
    }

    fn parse(word: &str) -> Option<Self> {
        let is = |kind: &Self| kind.of_agents().map_or("unfollowed", Todo::as_str) == word;
        Self::ALL.into_iter().find(is)
    }
}

/// Things that wait, by kinds; those of which nothing waits are left out.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "Todos")
)]
pub(crate) struct List<'a> {
    items: Vec<Shown<'a>>,
}

/// Things of one kind that wait.
#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "TodosOfAKind")
)]
struct Shown<'a> {
    kind: Kind,
    /// The number of them, 50 at most, from the cursor on.
    count: usize,
    /// True if there may be more than were counted.
    more: bool,
    /// The first of them, where they are agents.
    agents: Vec<AccountView<'a>>,
    /// The first of them, where they are consultations.
    consultations: &'a [Item],
    /// Goes on with this kind; null at the end.
    cursor: Option<&'a str>,
}

/// Things found of one kind: the first so many of them, how many there are, and where the list goes
/// on.
struct Found {
    kind: Kind,
    count: usize,
    more: bool,
    agents: Vec<Account>,
    consultations: Vec<Item>,
    cursor: Option<String>,
}

impl Found {
    /// Counts what was found, by its places, and what may lie behind it.
    fn new(kind: Kind, places: &[String], next: Option<String>, limit: usize) -> Self {
        let last = limit.checked_sub(1).and_then(|last| places.get(last));
        let cut = last.filter(|_| places.len() > limit);
        Self {
            kind,
            count: places.len().min(COUNTED),
            more: places.len() > COUNTED || next.is_some(),
            agents: Vec::new(),
            consultations: Vec::new(),
            cursor: cut.cloned().or(next),
        }
    }

    fn shown<'a>(&'a self, known: &BTreeMap<EntityId, Entity>) -> Shown<'a> {
        let agents = self.agents.iter();
        Shown {
            kind: self.kind,
            count: self.count,
            more: self.more,
            agents: agents
                .map(|agent| AccountView::for_administrators(agent, known))
                .collect(),
            consultations: &self.consultations,
            cursor: self.cursor.as_deref(),
        }
    }
}

impl Entities {
    /// `GET /v1/entities/{id}/todo`: of each kind the entries of a page and their accounts are
    /// read, however many agents there are.
    pub(crate) async fn list_todo(&self, call: &Call) -> Result<Reply, Problem> {
        let top = existing(call)?;
        let kind = call.query("kind").map(|word| {
            Kind::parse(word).ok_or_else(|| Problem::invalid_field("kind", "no such kind"))
        });
        let kind = kind.transpose()?;
        if call.query("cursor").is_some() && kind.is_none() {
            return Err(Problem::unknown_cursor());
        }
        let limit = usize::try_from(call.limit(PAGE_LIMIT)?)
            .unwrap_or_default()
            .min(COUNTED);
        let root = call.administrator()?.path.root();
        let within = match root {
            Some(root) if root != top => {
                let parents = self.store.entity_list_below_root(root).await?;
                let levels = by_level(top, &parents).into_iter();
                Some(levels.map(|(_, id)| id).collect())
            }
            _ => None,
        };
        let mut found = Vec::new();
        for each in Kind::ALL {
            if kind.is_some_and(|kind| kind != each) {
                continue;
            }
            let of = match each.of_agents() {
                Some(todo) => {
                    let agents = self.agents_to_do(call, (each, todo), within.as_ref(), limit);
                    agents.await?
                }
                None => self.unfollowed_to_do(call, limit).await?,
            };
            found.extend((of.count > 0 || of.more).then_some(of));
        }
        let agents = found.iter().flat_map(|of| &of.agents);
        let known = self.named(agents.map(|agent| &agent.entity_id)).await?;
        let items = found.iter().map(|of| of.shown(&known)).collect();
        Reply::json(200, &List { items })
    }

    async fn agents_to_do(
        &self,
        call: &Call,
        (kind, todo): (Kind, Todo),
        within: Option<&BTreeSet<EntityId>>,
        limit: usize,
    ) -> Result<Found, Problem> {
        let administrator = call.administrator()?;
        let root = administrator.path.root().ok_or_else(Problem::not_found)?;
        let after = call.cursor(read_place)?;
        if let (Some((entity, _)), Some(within)) = (&after, within)
            && !within.contains(entity)
        {
            return Err(Problem::unknown_cursor());
        }
        let (mut agents, next) = self
            .store
            .todo_list(root, todo, within, after.as_ref(), COUNTED + 1)
            .await?;
        let mut covered = BTreeMap::new();
        self.cover(administrator, agents.iter(), &mut covered)
            .await?;
        agents.retain(|agent| {
            covered.get(&agent.entity_id) == Some(&true)
                && (todo != Todo::Leaving || is_near(agent, call))
        });
        let places: Vec<_> = agents
            .iter()
            .map(|agent| cursor(&[agent.entity_id.as_str(), agent.id.as_str()]))
            .collect();
        let found = Found::new(kind, &places, next.map(place), limit);
        agents.truncate(limit);
        Ok(Found { agents, ..found })
    }

    async fn unfollowed_to_do(&self, call: &Call, limit: usize) -> Result<Found, Problem> {
        let (mut consultations, next) = self.find_unfollowed(call, COUNTED + 1).await?;
        let places: Vec<_> = consultations.iter().map(Item::place).collect();
        let found = Found::new(Kind::Unfollowed, &places, next, limit);
        consultations.truncate(limit);
        Ok(Found {
            consultations,
            ..found
        })
    }
}

/// A last day is looked at from a month before on, as what is left then is handed over.
fn is_near(agent: &Account, call: &Call) -> bool {
    agent
        .leaves_on
        .is_some_and(|day| departure::is_near(day, call.now))
}

fn place((entity, after): TodoPlace) -> String {
    let after = after.as_ref().map(AccountId::as_str);
    let parts: Vec<_> = [entity.as_str()].into_iter().chain(after).collect();
    cursor(&parts)
}

fn read_place(parts: &[&str]) -> Option<TodoPlace> {
    match parts {
        [entity] => Some((EntityId::parse(entity).ok()?, None)),
        [entity, after] => Some((
            EntityId::parse(entity).ok()?,
            Some(AccountId::parse(after).ok()?),
        )),
        _ => None,
    }
}
