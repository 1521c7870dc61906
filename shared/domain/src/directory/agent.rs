//! Agents as the portal declares them: its word on each, by its own id, and what of it is newest.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use super::name::{AgentId, AgentName};

use crate::{
    account::{Role, rights::PermanentGuest},
    consultation::repair,
    contact::{email::Email, name_of_person, phone::Phone},
    id::EntityId,
    json::Json,
    paris, stored,
    text::{FieldError, Invalid, Text},
};

/// An agent as one revision says they are (`AgentSaved`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Saved {
    /// Grows with each word of the portal on this agent.
    pub revision: u64,
    /// The entity that they work in.
    pub entity_id: EntityId,
    /// Their role.
    pub role: Role,
    /// Their standing rights.
    #[serde(deserialize_with = "stored::known")]
    pub permanent_guest: PermanentGuest,
    /// False if their account is not to work.
    pub active: bool,
    /// True if they are to be invited.
    pub invite: bool,
    /// Their address; none where it is missing or cannot be read.
    pub email: Option<Email>,
    /// Civility.
    pub civility: Option<Text<20>>,
    /// First name; none where it cannot be had.
    pub first_name: Option<Text<100>>,
    /// Last name; none where it cannot be had.
    pub last_name: Option<Text<100>>,
    /// Job title.
    pub job_title: Option<Text<200>>,
    /// Phone number.
    pub phone: Option<Phone>,
}

/// The word that an agent leaves (`AgentLeft`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Left {
    /// Grows with each word of the portal on this agent.
    pub revision: u64,
    /// Their last day.
    pub left_on: Date,
    /// The agent who takes over, if the portal names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<AgentId>,
}

/// One word of the portal on an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Word {
    /// They are so.
    Saved(Saved),
    /// They leave.
    Left(Left),
}

impl Word {
    /// Returns its revision.
    #[must_use]
    pub fn revision(&self) -> u64 {
        match self {
            Self::Saved(saved) => saved.revision,
            Self::Left(left) => left.revision,
        }
    }
}

/// A word, and on whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// The root of their organisation.
    pub organisation_id: EntityId,
    /// The portal's id of the agent.
    pub agent_id: AgentId,
    /// The word.
    pub word: Word,
    /// Fields that are kept otherwise than they were sent.
    pub repaired: Vec<&'static str>,
}

impl Declaration {
    /// Reads an `AgentSaved` or an `AgentLeft`. What is only shown is repaired.
    ///
    /// # Errors
    /// The field that identifies the agent or the revision, or says what they may do, and cannot be
    /// read.
    pub fn read(detail_type: &str, detail: &Value) -> Result<Self, FieldError> {
        let read = if detail_type == "AgentLeft" {
            left
        } else {
            saved
        };
        let Value::Object(fields) = detail else {
            return Err(FieldError::new("", "must be an object"));
        };
        read(&mut Fields {
            sent: fields,
            repaired: Vec::new(),
        })
    }

    /// Returns the entity that it puts the agent into.
    #[must_use]
    pub fn entity(&self) -> Option<&EntityId> {
        match &self.word {
            Word::Saved(saved) => Some(&saved.entity_id),
            Word::Left(_) => None,
        }
    }

    /// Returns the name of the agent.
    #[must_use]
    pub fn name(&self) -> AgentName {
        AgentName::new(&self.organisation_id, &self.agent_id)
    }
}

/// The forms of the two events.
#[cfg(feature = "schema")]
pub(crate) mod sent {
    #![expect(dead_code, reason = "they are only described")]

    use schemars::JsonSchema;
    use serde_json::Value;

    use super::{AgentId, EntityId, Role};

    #[derive(JsonSchema)]
    #[schemars(rename_all = "camelCase")]
    pub(crate) struct AgentSaved {
        /// Root of the organisation's tree.
        organisation_id: EntityId,
        /// The portal's own id of the agent, unique within the organisation: any text.
        agent_id: AgentId,
        /// Grows with each word on the agent, saved or left; an older one never rolls back.
        #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
        revision: u64,
        /// Entity that they work in; they come once it is there.
        entity_id: EntityId,
        /// Their address; missing or unreadable, they have none.
        #[schemars(default)]
        email: Value,
        /// Civility; repaired.
        #[schemars(default)]
        civility: Value,
        /// First name; repaired.
        #[schemars(default)]
        first_name: Value,
        /// Last name; repaired.
        #[schemars(default)]
        last_name: Value,
        /// Job title; repaired.
        #[schemars(default)]
        job_title: Value,
        /// Phone number; left out where it is none.
        #[schemars(default)]
        phone: Value,
        /// Role.
        role: Role,
        /// Standing rights to see consultations of their entity, of those below it, of those that
        /// it is linked to; one that is not said is none.
        permanent_guest: Option<Rights>,
        /// False if their account is not to work; true if absent.
        active: Option<bool>,
        /// True if they are to be invited, once by this revision; false if absent.
        invite: Option<bool>,
    }

    #[derive(JsonSchema)]
    struct Rights {
        own: Option<bool>,
        dependent: Option<bool>,
        transverse: Option<bool>,
    }

    #[derive(JsonSchema)]
    #[schemars(rename_all = "camelCase")]
    pub(crate) struct AgentLeft {
        /// Root of the organisation's tree.
        organisation_id: EntityId,
        /// The portal's own id of the agent, unique within the organisation: any text.
        agent_id: AgentId,
        /// Grows with each word on the agent, saved or left; an older one never rolls back.
        #[schemars(range(min = 1, max = 9_007_199_254_740_991_u64))]
        revision: u64,
        /// Their last day.
        #[schemars(with = "String", extend("format" = "date"))]
        left_on: jiff::civil::Date,
        /// The agent who takes over; left out where it is none.
        #[schemars(default)]
        successor_agent_id: Value,
    }
}

fn saved(fields: &mut Fields<'_>) -> Result<Declaration, FieldError> {
    let word = Word::Saved(Saved {
        revision: fields.revision()?,
        entity_id: fields.needed("entityId")?,
        role: fields.needed("role")?,
        permanent_guest: fields.rights()?,
        active: fields.or("active", true)?,
        invite: fields.or("invite", false)?,
        email: fields.shown("email", |email| Email::parse(email).ok()),
        civility: fields.shown("civility", |text| named(text, Text::parse)),
        first_name: fields.shown("firstName", |text| named(text, name_of_person)),
        last_name: fields.shown("lastName", |text| named(text, name_of_person)),
        job_title: fields.shown("jobTitle", |text| named(text, Text::parse)),
        phone: fields.shown("phone", |phone| Phone::parse(phone).ok()),
    });
    fields.declaration(word)
}

fn named<const MAX: usize>(
    text: &str,
    parse: fn(&str) -> Result<Text<MAX>, Invalid>,
) -> Option<Text<MAX>> {
    repair::name(&Value::from(text), parse)
}

fn left(fields: &mut Fields<'_>) -> Result<Declaration, FieldError> {
    let word = Word::Left(Left {
        revision: fields.revision()?,
        left_on: paris::read_day(&fields.needed::<String>("leftOn")?)
            .ok_or_else(|| FieldError::new("leftOn", "must be a day, such as 2026-11-24"))?,
        successor: fields.shown("successorAgentId", |id| AgentId::parse(id).ok()),
    });
    fields.declaration(word)
}

struct Fields<'a> {
    sent: &'a Map<String, Value>,
    repaired: Vec<&'static str>,
}

impl Fields<'_> {
    fn given(&self, name: &str) -> Option<&Value> {
        self.sent.get(name).filter(|sent| !sent.is_null())
    }

    fn needed<T: serde::de::DeserializeOwned>(&self, name: &'static str) -> Result<T, FieldError> {
        let sent = self
            .given(name)
            .ok_or_else(|| FieldError::new(name, "is required"))?;
        // Its reasons tell the form, never the value: they stand in a log.
        let read = Json::from(sent).to_type();
        read.map_err(|refused| FieldError::new(name, refused.reason))
    }

    fn or<T: serde::de::DeserializeOwned>(
        &self,
        name: &'static str,
        absent: T,
    ) -> Result<T, FieldError> {
        match self.given(name) {
            None => Ok(absent),
            Some(_) => self.needed(name),
        }
    }

    /// Returns the standing rights: one that is not said is none. More may be said than is known.
    fn rights(&self) -> Result<PermanentGuest, FieldError> {
        let said = match self.given("permanentGuest") {
            None => return Ok(PermanentGuest::default()),
            Some(said) => said
                .as_object()
                .ok_or_else(|| FieldError::new("permanentGuest", "must be an object"))?,
        };
        let right = |name| match said.get(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(has)) => Ok(*has),
            Some(_) => Err(FieldError::new(
                format!("permanentGuest.{name}"),
                "must be true or false",
            )),
        };
        Ok(PermanentGuest {
            own: right("own")?,
            dependent: right("dependent")?,
            transverse: right("transverse")?,
        })
    }

    fn revision(&self) -> Result<u64, FieldError> {
        let sent = self
            .given("revision")
            .ok_or_else(|| FieldError::new("revision", "is required"))?;
        let revision = repair::integer(sent.clone()).as_u64();
        revision
            .filter(|revision| *revision > 0)
            .ok_or_else(|| FieldError::new("revision", repair::WHOLE))
    }

    /// Returns what is only shown, or nothing.
    fn shown<T>(&mut self, name: &'static str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let sent = self.given(name)?;
        let text = match sent {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => String::new(),
        };
        if text.trim().is_empty() && sent.is_string() {
            return None;
        }
        let parsed = parse(&text);
        if parsed.is_none() {
            self.repaired.push(name);
        }
        parsed
    }

    fn declaration(&mut self, word: Word) -> Result<Declaration, FieldError> {
        Ok(Declaration {
            organisation_id: self.needed("organisationId")?,
            agent_id: self.needed("agentId")?,
            word,
            repaired: std::mem::take(&mut self.repaired),
        })
    }
}
