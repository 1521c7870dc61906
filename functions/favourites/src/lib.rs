//! Stars: only on what the agent may see, listed newest first.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[cfg(feature = "schema")]
pub mod openapi;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;
use vigie_domain::{
    account::Account,
    consultation::{Consultation, Phase, Scope, sight},
    id::{ConsultationId, EntityId},
    preferences::Rule,
    text::one_line,
};
use vigie_platform::{
    clock::Clock,
    config::ConfigError,
    http::{Access, Call, Handler, Method, Problem, Reply, Route},
    runtime::Platform,
    store::{Store, favourites::Favourite},
};

/// Most favourites in one answer.
const MOST: i32 = 100;

/// The function.
#[derive(Clone, Debug)]
pub struct Favourites {
    /// The table.
    pub store: Store,
    /// The time.
    pub clock: Clock,
}

/// What the function does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Lists the account's stars.
    List,
    /// Gives one.
    Star,
    /// Takes one away.
    Unstar,
}

/// The function's routes.
pub const ROUTES: &[Route<Operation>] = &[
    Route::new(Operation::List, Method::Get, "/v1/accounts/{id}/favourites", Access::OwnerOrLinked),
    Route::new(Operation::Star, Method::Put, "/v1/accounts/{id}/favourites/{consultationId}", Access::OwnerOrLinked),
    Route::new(Operation::Unstar, Method::Delete, "/v1/accounts/{id}/favourites/{consultationId}", Access::OwnerOrLinked),
];

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct List {
    items: Vec<Item>,
    cursor: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Item {
    consultation_id: ConsultationId,
    reference: String,
    title: String,
    phase: Phase,
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    submission_deadline: Option<Timestamp>,
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    since: Timestamp,
    automatic: Option<Rule>,
}

impl Item {
    fn new(star: Favourite, consultation: &Consultation) -> Self {
        Self {
            consultation_id: star.consultation_id,
            reference: one_line(consultation.reference.as_str(), 200),
            title: one_line(consultation.title.as_str(), 5000),
            phase: consultation.phase,
            submission_deadline: consultation.deadline(),
            since: star.since,
            automatic: star.automatic,
        }
    }
}

impl Favourites {
    /// From the environment.
    ///
    /// # Errors
    /// Something is missing in it.
    pub fn new(platform: &Platform) -> Result<Self, ConfigError> {
        Ok(Self { store: platform.store()?, clock: platform.clock.clone() })
    }

    async fn list(&self, call: &Call) -> Result<Reply, Problem> {
        let account = call.owner()?;
        let after = call.query("cursor").map(read_cursor).transpose()?;
        let (stars, more) = self.store.favourites(&account.id, after.as_ref(), call.limit(MOST)?).await?;
        let cursor = stars.last().filter(|_| more).map(cursor);
        let ids: Vec<_> = stars.iter().map(|star| star.consultation_id.clone()).collect();
        let consultations = self.visible(account, self.store.consultations(&ids).await?).await?;
        let items = stars.into_iter().filter_map(|star| {
            let consultation = consultations.iter().find(|consultation| consultation.id == star.consultation_id)?;
            Some(Item::new(star, consultation))
        });
        Reply::json(200, &List { items: items.collect(), cursor })
    }

    /// Those of the consultations that the agent may see now. Trees are read only for standing rights that need them.
    async fn visible(&self, account: &Account, consultations: Vec<Consultation>) -> Result<Vec<Consultation>, Problem> {
        let rights = account.permanent_guest;
        let linked: BTreeSet<EntityId> =
            if rights.transverse { self.store.transverse_to(&account.entity_id).await? } else { BTreeSet::new() };
        let entities = consultations.iter().map(|consultation| consultation.entity_id.clone()).collect();
        let mut paths = if rights.dependent { self.store.paths(&entities).await? } else { BTreeMap::default() };
        let mut visible = consultations;
        visible.retain(|consultation| {
            let path = paths.entry(consultation.entity_id.clone()).or_default().clone();
            let linked = linked.contains(&consultation.entity_id);
            let transverse_from = if linked { BTreeSet::from([account.entity_id.clone()]) } else { BTreeSet::new() };
            sight(account, consultation, &Scope { path, transverse_from }).is_some()
        });
        Ok(visible)
    }

    /// The consultation, if it exists and the agent may see it; the same answer otherwise.
    async fn seen(&self, call: &Call) -> Result<ConsultationId, Problem> {
        let id = ConsultationId::parse(call.parameter("consultationId"))?;
        let found = self.store.consultation(&id).await?.ok_or_else(Problem::not_found)?;
        let visible = self.visible(call.owner()?, vec![found]).await?;
        if visible.is_empty() { Err(Problem::not_found()) } else { Ok(id) }
    }
}

/// Where a list went on: the time and consultation of its last star.
fn cursor(last: &Favourite) -> String {
    format!("{:.3}~{}", last.since, last.consultation_id)
}

fn read_cursor(cursor: &str) -> Result<Favourite, Problem> {
    let read = || {
        let (since, id) = cursor.split_once('~')?;
        Some(Favourite { consultation_id: ConsultationId::parse(id).ok()?, since: since.parse().ok()?, automatic: None })
    };
    read().ok_or_else(|| Problem::invalid_field("cursor", "not one that a list gave"))
}

impl Handler for Favourites {
    type Operation = Operation;

    fn routes() -> &'static [Route<Operation>] {
        ROUTES
    }

    fn store(&self) -> Option<&Store> {
        Some(&self.store)
    }

    fn clock(&self) -> &Clock {
        &self.clock
    }

    async fn handle(&self, operation: Operation, call: Call) -> Result<Reply, Problem> {
        match operation {
            Operation::List => self.list(&call).await,
            Operation::Star => {
                let id = self.seen(&call).await?;
                self.store.star(&id, &call.owner()?.id, None, call.now).await?;
                Ok(Reply::empty())
            }
            Operation::Unstar => {
                let id = self.seen(&call).await?;
                self.store.unstar(&id, &call.owner()?.id).await?;
                Ok(Reply::empty())
            }
        }
    }
}
