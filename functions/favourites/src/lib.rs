//! Stars, only on consultations that the agent may see, listed newest first. All that the agent may
//! see, with its stars. Deadlines for its calendar.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod dashboard;
mod deadline;
#[cfg(feature = "schema")]
pub mod openapi;

use jiff::Timestamp;
use serde::Serialize;
use vigie_access::Door;
use vigie_aws::{Platform, tokens::Tokens};
use vigie_domain::{
    consultation::{Consultation, Phase},
    id::ConsultationId,
    preferences::Rule,
    text::one_line,
};
use vigie_http::{Access, Call, Gate, Handler, Method, Problem, Reply, Route};
use vigie_runtime::{clock::Clock, config::ConfigError};
use vigie_store::{Favourite, Store};

/// Most favourites in one answer.
const PAGE_LIMIT: i32 = 100;

/// The function.
#[derive(Clone, Debug)]
pub struct Favourites {
    /// The table.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// The keys of links to deadlines.
    pub tokens: Tokens,
}

/// The operations of the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Lists the account's stars.
    List,
    /// Lists what the account may see now.
    ListConsultations,
    /// Gives one.
    Star,
    /// Takes one away.
    Unstar,
    /// Shows the deadline of a consultation as a calendar.
    ReadDeadline,
}

/// The function's routes.
pub const ROUTES: &[Route<Operation>] = &[
    Route::new(
        Operation::List,
        Method::Get,
        "/v1/accounts/{id}/favourites",
        Access::OwnerOrLinked,
    ),
    Route::new(
        Operation::ListConsultations,
        Method::Get,
        "/v1/accounts/{id}/consultations",
        Access::OwnerOrLinked,
    ),
    Route::new(
        Operation::Star,
        Method::Put,
        "/v1/accounts/{id}/favourites/{consultationId}",
        Access::OwnerOrLinked,
    ),
    Route::new(
        Operation::Unstar,
        Method::Delete,
        "/v1/accounts/{id}/favourites/{consultationId}",
        Access::OwnerOrLinked,
    ),
    Route::new(
        Operation::ReadDeadline,
        Method::Get,
        "/v1/deadlines/{token}",
        Access::Public,
    ),
];

#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "Favourites")
)]
struct List {
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
    consultation_id: ConsultationId,
    reference: String,
    title: String,
    phase: Phase,
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<vigie_http::openapi::Instant>")
    )]
    submission_deadline: Option<Timestamp>,
    /// The buyer's own offset from UTC, such as `+04:00`, if the deadline was given at an hour
    /// overseas; else the hour is that of Paris.
    time_zone: Option<String>,
    #[cfg_attr(feature = "schema", schemars(with = "vigie_http::openapi::Instant"))]
    since: Timestamp,
    automatic: Option<Rule>,
    /// Path of the deadline's calendar, if there is a deadline. Works for whoever has it, as long
    /// as the agent may see the consultation.
    calendar: Option<String>,
}

impl Item {
    fn new(star: Favourite, consultation: &Consultation, calendar: Option<String>) -> Self {
        Self {
            consultation_id: star.consultation_id,
            reference: one_line(consultation.reference.as_str(), 200),
            title: one_line(consultation.title.as_str(), 5000),
            phase: consultation.phase,
            submission_deadline: consultation.deadline(),
            time_zone: consultation.time_zone(),
            since: star.since,
            automatic: star.automatic,
            calendar,
        }
    }
}

impl Favourites {
    /// From the environment.
    ///
    /// # Errors
    /// Something is missing in it.
    pub fn new(platform: &Platform) -> Result<Self, ConfigError> {
        Ok(Self {
            store: Store::from_env(platform.aws.dynamodb())?,
            clock: platform.clock.clone(),
            tokens: platform.tokens()?,
        })
    }

    async fn list(&self, call: &Call) -> Result<Reply, Problem> {
        let account = call.owner()?;
        let after = call.query("cursor").map(read_cursor).transpose()?;
        let (stars, more) = self
            .store
            .favourite_list(&account.id, after.as_ref(), call.limit(PAGE_LIMIT)?)
            .await?;
        let cursor = stars.last().filter(|_| more).map(cursor);
        let ids: Vec<_> = stars
            .iter()
            .map(|star| star.consultation_id.clone())
            .collect();
        let consultations = self
            .store
            .sight_filter(account, self.store.consultation_read_each(&ids).await?)
            .await?;
        let keys = self.tokens.keys().await?;
        let items = stars.into_iter().filter_map(|star| {
            let consultation = consultations
                .iter()
                .find(|consultation| consultation.id == star.consultation_id)?;
            Some(Item::new(
                star,
                consultation,
                Self::calendar(&keys, &account.id, call.linked_through(), consultation),
            ))
        });
        Reply::json(
            200,
            &List {
                items: items.collect(),
                cursor,
            },
        )
    }

    /// The consultation, if it exists and the agent may see it; the same answer otherwise.
    async fn seen(&self, call: &Call) -> Result<ConsultationId, Problem> {
        let id = ConsultationId::parse(call.parameter("consultationId"))?;
        let found = self
            .store
            .consultation_read(&id)
            .await?
            .ok_or_else(Problem::not_found)?;
        let visible = self.store.sight_filter(call.owner()?, vec![found]).await?;
        if visible.is_empty() {
            Err(Problem::not_found())
        } else {
            Ok(id)
        }
    }
}

/// Makes the cursor of a list: the time and consultation of its last star.
fn cursor(last: &Favourite) -> String {
    format!("{:.3}~{}", last.since, last.consultation_id)
}

fn read_cursor(cursor: &str) -> Result<Favourite, Problem> {
    let read = || {
        let (since, id) = cursor.split_once('~')?;
        Some(Favourite {
            consultation_id: ConsultationId::parse(id).ok()?,
            since: since.parse().ok()?,
            automatic: None,
        })
    };
    read().ok_or_else(|| Problem::invalid_field("cursor", "not one that a list gave"))
}

impl Handler for Favourites {
    type Operation = Operation;

    fn routes() -> &'static [Route<Operation>] {
        ROUTES
    }

    fn gate(&self) -> impl Gate {
        Door(&self.store)
    }

    async fn warm(&self) {
        self.store.warm().await;
    }

    fn clock(&self) -> &Clock {
        &self.clock
    }

    async fn handle(&self, operation: Operation, call: Call) -> Result<Reply, Problem> {
        match operation {
            Operation::List => self.list(&call).await,
            Operation::ListConsultations => self.dashboard(&call).await,
            Operation::Star => {
                let id = self.seen(&call).await?;
                self.store
                    .favourite_add(&id, &call.owner()?.id, None, call.now)
                    .await?;
                Ok(Reply::empty())
            }
            Operation::Unstar => {
                let id = self.seen(&call).await?;
                self.store.favourite_remove(&id, &call.owner()?.id).await?;
                Ok(Reply::empty())
            }
            Operation::ReadDeadline => self.deadline(&call).await,
        }
    }
}
