//! Administration: entities, links across them, and their agents. Oversight: the people who are
//! mailed, and the people and consultations left out.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod agents;
mod audit;
mod branch;
mod defaults;
mod import;
mod invitations;
#[cfg(feature = "schema")]
pub mod openapi;
mod oversight;
mod reading;
mod recipients;
mod recovery;
mod search;
mod todo;
mod tree;

use vigie_access::Door;
use vigie_aws::Platform;
use vigie_http::{Access, Call, Gate, Handler, Method, Problem, Reply, Route};
use vigie_runtime::{clock::Clock, config::ConfigError};
use vigie_store::Store;

/// Answers the routes of administrators.
#[derive(Clone, Debug)]
pub struct Entities {
    /// The table.
    pub store: Store,
    /// Tells the time.
    pub clock: Clock,
}

/// The operations of the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Shows an entity.
    Read,
    /// Lists an entity and all below it.
    ReadTree,
    /// Creates, renames or moves one.
    Write,
    /// Lets an entity's agents follow another's consultations.
    Link,
    /// Takes that back.
    Unlink,
    /// Shows the choices that new agents begin with.
    ReadDefaults,
    /// Replaces them.
    WriteDefaults,
    /// Lists an entity's agents, or finds those of its tree by name or address.
    ListAgents,
    /// Creates an agent's account and invites it.
    CreateAgent,
    /// Changes role, rights, activity or entity.
    PatchAgent,
    /// Takes back an account that nobody accepted.
    DeleteAgent,
    /// Invites again.
    Invite,
    /// Says how far the invitations of declared agents are.
    ReadInvitations,
    /// Invites all agents who were declared and never invited.
    InviteDeclared,
    /// Has a link mailed by which another login takes an agent's account over.
    SendAgentRecovery,
    /// Stops a recovery that waits.
    StopAgentRecovery,
    /// Creates the agents of a spreadsheet.
    ImportAgents,
    /// Reads a spreadsheet.
    ReadSpreadsheet,
    /// Lists who did what to whom.
    ListAudit,
    /// Lists agents whose address is undeliverable.
    ListUndeliverable,
    /// Finds consultations of the tree by reference or title.
    FindConsultations,
    /// Lists consultations that nobody of the tree follows.
    ListUnfollowed,
    /// Lists what waits for the administrators of an entity and below.
    ListTodo,
    /// Says who would be mailed about a consultation.
    ListRecipients,
}

/// The function's routes.
pub const ROUTES: &[Route<Operation>] = &[
    Route::new(
        Operation::Read,
        Method::Get,
        "/v1/entities/{id}",
        Access::Administrator,
    ),
    Route::new(
        Operation::ReadTree,
        Method::Get,
        "/v1/entities/{id}/tree",
        Access::Administrator,
    ),
    Route::new(
        Operation::Write,
        Method::Put,
        "/v1/entities/{id}",
        Access::Administrator,
    ),
    Route::new(
        Operation::Link,
        Method::Put,
        "/v1/entities/{id}/transverse/{otherId}",
        Access::AnyAdministrator,
    ),
    Route::new(
        Operation::Unlink,
        Method::Delete,
        "/v1/entities/{id}/transverse/{otherId}",
        Access::AnyAdministrator,
    ),
    Route::new(
        Operation::ReadDefaults,
        Method::Get,
        "/v1/entities/{id}/defaults",
        Access::Administrator,
    ),
    Route::new(
        Operation::WriteDefaults,
        Method::Put,
        "/v1/entities/{id}/defaults",
        Access::Administrator,
    ),
    Route::new(
        Operation::ListAgents,
        Method::Get,
        "/v1/entities/{id}/agents",
        Access::Administrator,
    ),
    Route::new(
        Operation::CreateAgent,
        Method::Post,
        "/v1/entities/{id}/agents",
        Access::Administrator,
    ),
    Route::new(
        Operation::PatchAgent,
        Method::Patch,
        "/v1/entities/{id}/agents/{accountId}",
        Access::Administrator,
    ),
    Route::new(
        Operation::DeleteAgent,
        Method::Delete,
        "/v1/entities/{id}/agents/{accountId}",
        Access::Administrator,
    ),
    Route::new(
        Operation::Invite,
        Method::Post,
        "/v1/entities/{id}/agents/{accountId}/invitation",
        Access::Administrator,
    ),
    Route::new(
        Operation::ReadInvitations,
        Method::Get,
        "/v1/entities/{id}/invitations",
        Access::Administrator,
    ),
    Route::new(
        Operation::InviteDeclared,
        Method::Post,
        "/v1/entities/{id}/invitations",
        Access::Administrator,
    ),
    Route::new(
        Operation::SendAgentRecovery,
        Method::Post,
        "/v1/entities/{id}/agents/{accountId}/recovery",
        Access::Administrator,
    ),
    Route::new(
        Operation::StopAgentRecovery,
        Method::Delete,
        "/v1/entities/{id}/agents/{accountId}/recovery",
        Access::Administrator,
    ),
    Route::new(
        Operation::ImportAgents,
        Method::Post,
        "/v1/entities/{id}/agents/import",
        Access::Administrator,
    ),
    Route::new(
        Operation::ReadSpreadsheet,
        Method::Post,
        "/v1/entities/{id}/agents/import/reading",
        Access::Administrator,
    ),
    Route::new(
        Operation::ListAudit,
        Method::Get,
        "/v1/entities/{id}/audit",
        Access::Administrator,
    ),
    Route::new(
        Operation::ListUndeliverable,
        Method::Get,
        "/v1/entities/{id}/undeliverable",
        Access::Administrator,
    ),
    Route::new(
        Operation::FindConsultations,
        Method::Get,
        "/v1/entities/{id}/consultations",
        Access::Administrator,
    ),
    Route::new(
        Operation::ListUnfollowed,
        Method::Get,
        "/v1/entities/{id}/unfollowed",
        Access::Administrator,
    ),
    Route::new(
        Operation::ListTodo,
        Method::Get,
        "/v1/entities/{id}/todo",
        Access::Administrator,
    ),
    Route::new(
        Operation::ListRecipients,
        Method::Get,
        "/v1/consultations/{id}/recipients",
        Access::ConsultationAdministrator,
    ),
];

impl Entities {
    /// From the environment.
    ///
    /// # Errors
    /// Something is missing in it.
    pub fn new(platform: &Platform) -> Result<Self, ConfigError> {
        Ok(Self {
            store: Store::from_env(platform.aws.dynamodb())?,
            clock: platform.clock.clone(),
        })
    }
}

impl Handler for Entities {
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
            Operation::Read => self.read(&call).await,
            Operation::ReadTree => self.read_tree(&call).await,
            Operation::Write => self.write(&call).await,
            Operation::Link => self.link(&call).await,
            Operation::Unlink => self.unlink(&call).await,
            Operation::ReadDefaults => self.read_defaults(&call).await,
            Operation::WriteDefaults => self.write_defaults(&call).await,
            Operation::ListAgents => self.list_agents(&call).await,
            Operation::CreateAgent => self.create_agent(&call).await,
            Operation::PatchAgent => self.patch_agent(&call).await,
            Operation::DeleteAgent => self.delete_agent(&call).await,
            Operation::Invite => self.invite(&call).await,
            Operation::ReadInvitations => self.read_invitations(&call).await,
            Operation::InviteDeclared => self.invite_declared(&call).await,
            Operation::SendAgentRecovery => self.send_recovery(&call).await,
            Operation::StopAgentRecovery => self.stop_recovery(&call).await,
            Operation::ImportAgents => self.import_agents(&call).await,
            Operation::ReadSpreadsheet => reading::read_spreadsheet(&call),
            Operation::ListAudit => self.list_audit(&call).await,
            Operation::ListUndeliverable => self.list_undeliverable(&call).await,
            Operation::FindConsultations => self.find_consultations(&call).await,
            Operation::ListUnfollowed => self.list_unfollowed(&call).await,
            Operation::ListTodo => self.list_todo(&call).await,
            Operation::ListRecipients => self.list_recipients(&call).await,
        }
    }
}
