//! The portal's ids of agents, and the digests that stand for them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    id::{EntityId, digest, is_digest},
    text::Invalid,
};

/// Longest id of an agent at the portal, in characters.
const MAX_ID: usize = 128;

/// The portal's own id of an agent, unique within the organisation: any text.
///
/// Its `Debug` form hides the content: a portal may take an address for an id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AgentId(String);

impl AgentId {
    /// Takes any text of 1 to 128 characters.
    ///
    /// # Errors
    /// It is empty or longer.
    pub fn parse(id: &str) -> Result<Self, Invalid> {
        Self::try_from(id.to_owned())
    }

    /// Returns the id as given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AgentId {
    type Error = Invalid;

    fn try_from(id: String) -> Result<Self, Invalid> {
        if (1..=MAX_ID).contains(&id.chars().count()) {
            Ok(Self(id))
        } else {
            Err(Invalid("an agent's id is a text of 1 to 128 characters"))
        }
    }
}

impl From<AgentId> for String {
    fn from(id: AgentId) -> Self {
        id.0
    }
}

impl fmt::Debug for AgentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AgentId(…)")
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for AgentId {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AgentId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "minLength": 1, "maxLength": MAX_ID })
    }
}

/// Stands for an agent's id within an organisation, in keys, events and logs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AgentName(String);

impl AgentName {
    /// Returns the name of an agent of the organisation with that root.
    #[must_use]
    pub fn new(organisation: &EntityId, agent: &AgentId) -> Self {
        Self(digest(&["agent", organisation.as_str(), agent.as_str()]))
    }

    /// Reads a name.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(name: &str) -> Result<Self, Invalid> {
        Self::try_from(name.to_owned())
    }

    /// Returns it as it stands in keys.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AgentName {
    type Error = Invalid;

    fn try_from(name: String) -> Result<Self, Invalid> {
        if is_digest(&name) {
            Ok(Self(name))
        } else {
            Err(Invalid("is no agent's name"))
        }
    }
}

impl From<AgentName> for String {
    fn from(name: AgentName) -> Self {
        name.0
    }
}

impl fmt::Display for AgentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for AgentName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AgentName".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{22}$" })
    }
}
