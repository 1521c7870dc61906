//! Accounts that the portal declares: what of them is the portal's to say, and which of its words
//! were followed.

use serde::{Deserialize, Serialize};

use crate::{
    contact::{Contact, email::Email},
    directory::agent::{AgentId, AgentName},
    id::EntityId,
    stored,
};

/// The portal's hold on an account. Entity, role, rights and activity are the portal's; contact
/// details are, field by field, until their owner changes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Declared {
    /// The root of the organisation within which the portal's id is unique.
    pub organisation_id: EntityId,
    /// The portal's own id of the agent.
    pub agent_id: AgentId,
    /// The address that the portal named last, once it was followed: its reader is asked once to
    /// confirm it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// The newest revision by whose word the agent was invited: each invites once.
    #[serde(default)]
    pub invited: u64,
    /// True once nobody accepted an invitation in time: the agent was invited.
    #[serde(default, skip_serializing_if = "stored::is_false")]
    pub lapsed: bool,
    /// The newest revision when `OrganisationProvisioned` made them an active administrator
    /// whatever it said: they are until a newer one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raised: Option<u64>,
    /// The contact details that their owner has changed.
    #[serde(default)]
    pub own: OwnFields,
}

impl Declared {
    /// Returns the name under which the portal's words are kept.
    #[must_use]
    pub fn name(&self) -> AgentName {
        AgentName::new(&self.organisation_id, &self.agent_id)
    }
}

/// Contact details that are their owner's, and no longer the portal's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "one for each field")]
pub struct OwnFields {
    /// Civility.
    pub civility: bool,
    /// First name.
    pub first_name: bool,
    /// Last name.
    pub last_name: bool,
    /// Job title.
    pub job_title: bool,
    /// Phone number.
    pub phone: bool,
}

impl OwnFields {
    /// Adds what an owner changes.
    #[must_use]
    pub fn with_changes(self, before: &Contact, after: &Contact) -> Self {
        Self {
            civility: self.civility || before.civility != after.civility,
            first_name: self.first_name || before.first_name != after.first_name,
            last_name: self.last_name || before.last_name != after.last_name,
            job_title: self.job_title || before.job_title != after.job_title,
            phone: self.phone || before.phone != after.phone,
        }
    }
}
