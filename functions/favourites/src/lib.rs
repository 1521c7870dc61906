//! Stars, only on consultations that the agent may see, listed newest first. All that the agent may
//! see, with their stars. Deadlines for calendars.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod dashboard;
mod deadline;
mod handover;
mod list;
#[cfg(feature = "schema")]
pub mod openapi;
mod place;
mod wanted;

use vigie_access::Door;
use vigie_aws::{Platform, tokens::Tokens};
use vigie_domain::{
    consultation::{Consultation, Sight},
    id::ConsultationId,
};
use vigie_http::{Access, Call, Gate, Handler, Method, Problem, Reply, Route};
use vigie_runtime::{clock::Clock, config::ConfigError};
use vigie_store::Store;

/// Answers the routes of favourites.
#[derive(Clone, Debug)]
pub struct Favourites {
    /// The table.
    pub store: Store,
    /// Tells the time.
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
    /// Shows one that the account may see, over or not.
    ReadConsultation,
    /// Gives one.
    Star,
    /// Takes one away.
    Unstar,
    /// Shows the deadline of a consultation as a calendar.
    ReadDeadline,
    /// Lists what an agent alone follows.
    ShowHandover,
    /// Has somebody else follow what an agent alone follows.
    HandOver,
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
        Operation::ReadConsultation,
        Method::Get,
        "/v1/accounts/{id}/consultations/{consultationId}",
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
    Route::new(
        Operation::ShowHandover,
        Method::Get,
        "/v1/entities/{id}/agents/{accountId}/handover",
        Access::Administrator,
    ),
    Route::new(
        Operation::HandOver,
        Method::Post,
        "/v1/entities/{id}/agents/{accountId}/handover",
        Access::Administrator,
    ),
];

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

    /// The consultation, if it exists and the agent may see it; the same answer otherwise.
    async fn seen(&self, call: &Call) -> Result<(Consultation, Sight), Problem> {
        let id = ConsultationId::parse(call.parameter("consultationId"))?;
        let found = self
            .store
            .consultation_read(&id)
            .await?
            .ok_or_else(Problem::not_found)?;
        let mut visible = self.store.sight_find(call.owner()?, vec![found]).await?;
        visible.pop().ok_or_else(Problem::not_found)
    }
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
            Operation::ReadConsultation => self.consultation(&call).await,
            Operation::Star => {
                let (consultation, _) = self.seen(&call).await?;
                self.store
                    .favourite_add(&consultation.id, &call.owner()?.id, None, call.now)
                    .await?;
                Ok(Reply::empty())
            }
            Operation::Unstar => {
                let (consultation, _) = self.seen(&call).await?;
                self.store
                    .favourite_remove(&consultation.id, &call.owner()?.id)
                    .await?;
                Ok(Reply::empty())
            }
            Operation::ReadDeadline => self.deadline(&call).await,
            Operation::ShowHandover => self.show_handover(&call).await,
            Operation::HandOver => self.hand_over(&call).await,
        }
    }
}
