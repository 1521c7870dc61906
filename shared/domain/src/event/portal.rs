//! Events of the portal, read: the one table of their types. The door and the functions behind the
//! queues read them by the same code, so that what one takes the other can read.

use serde_json::Value;

use crate::{
    consultation::{
        Consultation,
        fact::{About, Fact},
        repair::{self, Repaired},
    },
    directory::{agent::Declaration, entity::DeclaredEntity, organisation::Organisation},
    text::FieldError,
};

/// An event that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A consultation was saved.
    Consultation(Box<Consultation>),
    /// Something happened to one.
    Fact(About, Box<Fact>),
    /// An agent is declared, or leaves.
    Agent(Box<Declaration>),
    /// An entity is declared, or removed.
    Entity(Box<DeclaredEntity>),
    /// An organisation comes.
    Organisation(Box<Organisation>),
}

/// An event as it is understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Understood {
    /// Its detail-type.
    pub detail_type: &'static str,
    /// Its content.
    pub said: Said,
    /// Fields that are shown otherwise than they were sent.
    pub repaired: Vec<&'static str>,
}

/// Reads a detail that was repaired.
type Read = fn(&'static str, &Value) -> Result<Said, FieldError>;

/// All types, each with its reader.
const TYPES: [(&str, Read); 16] = [
    ("ConsultationSaved", consultation),
    ("TenderReceived", fact),
    ("DocumentsWithdrawn", fact),
    ("MessageReceived", fact),
    ("QuestionReceived", fact),
    ("NoticePublished", fact),
    ("NoticeRejected", fact),
    ("ApprovalRequested", fact),
    ("ValidationRequested", fact),
    ("ApprovalGiven", fact),
    ("ValidationGiven", fact),
    ("EntitySaved", |_, detail| {
        DeclaredEntity::saved(detail).map(|declared| Said::Entity(Box::new(declared)))
    }),
    ("EntityRemoved", |_, detail| {
        DeclaredEntity::removed(detail).map(|declared| Said::Entity(Box::new(declared)))
    }),
    ("AgentSaved", agent),
    ("AgentLeft", agent),
    ("OrganisationProvisioned", |_, detail| {
        Organisation::read(detail).map(|organisation| Said::Organisation(Box::new(organisation)))
    }),
];

/// Returns the types that the portal may send.
pub fn types() -> impl Iterator<Item = &'static str> {
    TYPES.iter().map(|(name, _)| *name)
}

/// Returns the refusal of a type that the portal may not send.
#[must_use]
pub fn unknown_type() -> FieldError {
    let known: Vec<_> = types().collect();
    FieldError::new("type", format!("must be one of {}", known.join(", ")))
}

/// Reads an event of the portal; `None` if it has no such type.
///
/// # Errors
/// The field that is missing or wrong, and the form that it has to have.
#[must_use]
pub fn read(detail_type: &str, detail: &Value) -> Option<Result<Understood, FieldError>> {
    let (name, read) = TYPES.iter().find(|(name, _)| *name == detail_type)?;
    let Repaired { detail, mut fields } = repair::repair(name, detail);
    let said = read(name, &detail).map_err(|error| repair::with_cure(name, error));
    Some(said.map(|said| {
        if let Said::Agent(declared) = &said {
            fields.extend(&declared.repaired);
        }
        Understood {
            detail_type: name,
            said,
            repaired: fields,
        }
    }))
}

fn consultation(_: &'static str, detail: &Value) -> Result<Said, FieldError> {
    let saved = Consultation::from_event(detail)?;
    Ok(Said::Consultation(Box::new(saved)))
}

fn agent(detail_type: &'static str, detail: &Value) -> Result<Said, FieldError> {
    Declaration::read(detail_type, detail).map(|declared| Said::Agent(Box::new(declared)))
}

fn fact(detail_type: &'static str, detail: &Value) -> Result<Said, FieldError> {
    let read = Fact::from_event(detail_type, detail);
    let (about, fact) = read.unwrap_or_else(|| Err(FieldError::new("", "carries no fact")))?;
    Ok(Said::Fact(about, Box::new(fact)))
}
