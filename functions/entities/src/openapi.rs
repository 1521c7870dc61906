//! What the operations take and give, for the OpenAPI document.

use schemars::SchemaGenerator;
use vigie_platform::http::{openapi::Description, view::AccountView};

use crate::{
    Operation,
    agents::{List, NewAgent, Patch},
    tree::{Shown, Wanted},
};

/// An operation's description.
#[must_use]
pub fn describe(operation: Operation, types: &mut SchemaGenerator) -> Description {
    match operation {
        Operation::Read => Description::new("An entity").gives::<Shown>(200, "The entity.", types),
        Operation::Write => Description::new("Create, rename or move an entity")
            .takes::<Wanted>(types)
            .gives::<Shown>(200, "Changed.", types)
            .gives::<Shown>(201, "Created.", types)
            .refuses(409, "The tree kept changing (conflict)."),
        Operation::Link => Description::new("Let an entity's agents follow another's consultations")
            .gives_no_json(204, "Linked.")
            .refuses(422, "An entity needs no link to itself."),
        Operation::Unlink => Description::new("Take such a link back").gives_no_json(204, "Not linked."),
        Operation::ListAgents => Description::new("Agents of an entity").paged().gives::<List>(200, "A page.", types),
        Operation::CreateAgent => Description::new("Create an agent's account and invite it")
            .takes::<NewAgent>(types)
            .gives::<AccountView>(201, "Created; the invitation is on its way.", types)
            .refuses(409, "The address belongs to an account (email-taken)."),
        Operation::PatchAgent => Description::new("Change an agent's role, rights, activity or entity")
            .patches::<Patch>(types)
            .gives::<AccountView>(200, "Changed.", types)
            .refuses(409, "The agent was moved meanwhile (conflict)."),
        Operation::DeleteAgent => Description::new("Take back an account that nobody accepted")
            .gives_no_json(204, "Gone, its address free.")
            .refuses(409, "It was accepted (already-bound)."),
        Operation::Invite => Description::new("Invite again")
            .gives::<AccountView>(202, "It will be sent; the older link is void.", types)
            .refuses(409, "It was accepted (already-bound).")
            .refuses(429, "More than 5 mails in an hour; Retry-After says when."),
    }
}
