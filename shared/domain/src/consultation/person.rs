//! Names of the portal's for people on a consultation. A name means somebody of the consultation's
//! organisation and nobody else; while nobody there has it, it waits with the consultation.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    consultation::Consultation,
    contact::email::AddressDigest,
    directory::agent::{AgentId, AgentName},
    id::{AccountId, EntityId, digest, is_id},
    text::Invalid,
};

/// A name of the portal's for somebody of one organisation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Name {
    /// The portal's id of an agent, as long as it is not known in which organisation.
    AgentId(AgentId),
    /// The portal's id of an agent within their organisation.
    Agent(AgentName),
    /// Stands for the address of an account.
    Address(AddressDigest),
}

impl Name {
    /// Returns the name within an organisation.
    #[must_use]
    pub fn within(&self, organisation: &EntityId) -> Self {
        match self {
            Self::AgentId(id) => Self::Agent(AgentName::new(organisation, id)),
            name => name.clone(),
        }
    }
}

impl TryFrom<String> for Name {
    type Error = Invalid;

    fn try_from(name: String) -> Result<Self, Invalid> {
        match name.split_once('#') {
            Some(("agentId", id)) => AgentId::parse(id).map(Self::AgentId),
            Some(("agent", name)) => AgentName::parse(name).map(Self::Agent),
            Some(("address", digest)) => AddressDigest::parse(digest).map(Self::Address),
            _ => Err(Invalid("is no name of the portal's")),
        }
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        match name {
            Name::AgentId(id) => format!("agentId#{}", id.as_str()),
            Name::Agent(name) => format!("agent#{name}"),
            Name::Address(digest) => format!("address#{}", digest.as_str()),
        }
    }
}

/// The people whom a consultation names by the portal's own names, as far as it is still open who
/// they are. They wait with it: whom nobody knows yet, and agents who are known, since another
/// account may become theirs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Awaited {
    /// The root of their organisation; none as long as the consultation's entity is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<EntityId>,
    /// The agent who saved it first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Name>,
    /// Its guests.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub guests: BTreeSet<Name>,
    /// The agents who are known, each with the account that is theirs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub agents: BTreeMap<AgentName, AccountId>,
}

impl Awaited {
    /// True if a consultation names nobody by such a name.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.has_unknown() && self.agents.is_empty()
    }

    /// True if it names somebody whom nobody knows yet.
    #[must_use]
    pub fn has_unknown(&self) -> bool {
        self.author.is_some() || !self.guests.is_empty()
    }

    /// Returns the names of those whom nobody knows yet.
    #[must_use]
    pub fn unknown(&self) -> BTreeSet<&Name> {
        self.author.iter().chain(&self.guests).collect()
    }

    /// Lists the names of all of them.
    pub fn names(&self) -> impl Iterator<Item = Name> {
        let known = self.agents.keys().cloned().map(Name::Agent);
        self.unknown().into_iter().cloned().chain(known)
    }

    /// Keeps which account an agent's name stood for: another one may become theirs. An address is
    /// done with: it means whoever had it then.
    fn know(&mut self, name: Name, account: &AccountId) {
        if let Name::Agent(name) = name {
            self.agents.insert(name, account.clone());
        }
    }
}

/// The thing that has to come before a name is tried again: the consultation's entity, without
/// which its organisation is not known, or an account of that organisation. In keys and events.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Wait(String);

impl Wait {
    /// Returns the wait for an entity.
    #[must_use]
    pub fn entity(id: &EntityId) -> Self {
        Self(format!("entity#{id}"))
    }

    /// Returns the wait for the account that is to have a name in an organisation. Nobody learns an
    /// address by it who does not know it.
    #[must_use]
    pub fn name(name: &Name, organisation: &EntityId) -> Self {
        Self(match name {
            Name::AgentId(id) => format!("agent#{}", AgentName::new(organisation, id)),
            Name::Agent(agent) => format!("agent#{agent}"),
            Name::Address(address) => {
                let parts = ["awaited", organisation.as_str(), address.as_str()];
                format!("{OF_ADDRESSES}{}", digest(&parts))
            }
        })
    }

    /// Returns it as it stands in keys.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The beginning of waits for an address.
pub const OF_ADDRESSES: &str = "address#";

impl TryFrom<String> for Wait {
    type Error = Invalid;

    fn try_from(wait: String) -> Result<Self, Invalid> {
        match wait.split_once('#') {
            Some(("entity" | "agent" | "address", of)) if is_id(of) => Ok(Self(wait)),
            _ => Err(Invalid("is nothing that a consultation waits for")),
        }
    }
}

impl From<Wait> for String {
    fn from(wait: Wait) -> Self {
        wait.0
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Wait {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Wait".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^(entity|agent|address)#[A-Za-z0-9._-]{1,128}$" })
    }
}

impl Consultation {
    /// Returns everything that it waits for.
    #[must_use]
    pub fn waits(&self) -> BTreeSet<Wait> {
        let of = |name| {
            let organisation = self.awaited.organisation.as_ref();
            organisation.map_or_else(
                || Wait::entity(&self.entity_id),
                |organisation| Wait::name(&name, organisation),
            )
        };
        self.awaited.names().map(of).collect()
    }

    /// Returns the name of its author, if they are named by one and it may still become another
    /// account's.
    #[must_use]
    pub fn author_name(&self) -> Option<Name> {
        let is_author = |account: &AccountId| self.author_account_id.as_ref() == Some(account);
        let mut agents = self.awaited.agents.iter();
        let agent = agents.find(|(_, account)| is_author(account));
        let agent = agent.map(|(name, _)| Name::Agent(name.clone()));
        self.awaited.author.clone().or(agent)
    }

    /// Puts those whom it awaits into their organisation, and those of them who are known there by
    /// these names in their places. Whoever has the name of an agent now takes the place of whoever
    /// had it.
    #[must_use]
    pub fn knowing(&self, organisation: &EntityId, known: &BTreeMap<Name, AccountId>) -> Self {
        let mut after = self.clone();
        let awaited = std::mem::take(&mut after.awaited);
        for (name, had) in awaited.agents {
            let has = known.get(&Name::Agent(name.clone())).unwrap_or(&had);
            if after.author_account_id.as_ref() == Some(&had) {
                after.author_account_id = Some(has.clone());
            }
            if after.guests.remove(&had) {
                after.guests.insert(has.clone());
            }
            after.awaited.agents.insert(name, has.clone());
        }
        if let Some(author) = awaited.author.map(|name| name.within(organisation)) {
            match known.get(&author) {
                Some(account) => {
                    after.author_account_id = Some(account.clone());
                    after.awaited.know(author, account);
                }
                None => after.awaited.author = Some(author),
            }
        }
        for guest in awaited.guests.iter().map(|name| name.within(organisation)) {
            match known.get(&guest) {
                Some(account) => {
                    after.guests.insert(account.clone());
                    after.awaited.know(guest, account);
                }
                None => drop(after.awaited.guests.insert(guest)),
            }
        }
        if !after.awaited.is_empty() {
            after.awaited.organisation = Some(organisation.clone());
        }
        after
    }
}
