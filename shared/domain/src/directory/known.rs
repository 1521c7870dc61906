//! Knowledge of an agent, by all of the portal's words.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    account::departure::over_at,
    directory::{
        agent::{Declaration, Left, Saved, Word},
        name::{AgentId, AgentName},
    },
    id::{AccountId, EntityId},
};

/// All that is known of an agent by the portal's words. The newest of each kind is kept, so that
/// it is the same in whatever order they came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Known {
    /// The root of their organisation.
    pub organisation_id: EntityId,
    /// Their id at the portal; gone once their account was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// The newest that says how they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved: Option<Saved>,
    /// The newest that says that they leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Left>,
    /// The newest revision when their account was erased: none up to it counts again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased: Option<u64>,
    /// Their account, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// The agents whom they are to succeed, as far as that is not done yet.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub succeeds: BTreeSet<AgentName>,
    /// Grows with each word that counts.
    pub version: u64,
}

impl Known {
    /// Knows nothing of an agent yet.
    #[must_use]
    pub fn nothing(organisation_id: &EntityId) -> Self {
        Self {
            organisation_id: organisation_id.clone(),
            agent_id: None,
            saved: None,
            left: None,
            erased: None,
            account_id: None,
            succeeds: BTreeSet::new(),
            version: 0,
        }
    }

    /// Returns what is known with one word more; `None` if it says nothing new.
    #[must_use]
    pub fn with(&self, declaration: &Declaration) -> Option<Self> {
        let revision = declaration.word.revision();
        let known = match &declaration.word {
            Word::Saved(_) => self.saved.as_ref().map(|saved| saved.revision),
            Word::Left(_) => self.left.as_ref().map(|left| left.revision),
        };
        if known
            .max(self.erased)
            .is_some_and(|known| revision <= known)
        {
            return None;
        }
        let mut known = Self {
            agent_id: Some(declaration.agent_id.clone()),
            version: self.version + 1,
            ..self.clone()
        };
        match &declaration.word {
            Word::Saved(saved) => known.saved = Some(saved.clone()),
            Word::Left(left) => known.left = Some(left.clone()),
        }
        Some(known)
    }

    /// Returns the newest revision that counted.
    #[must_use]
    pub fn revision(&self) -> Option<u64> {
        let saved = self.saved.as_ref().map(|saved| saved.revision);
        let left = self.left.as_ref().map(|left| left.revision);
        saved.max(left).max(self.erased)
    }

    /// Returns their last day, unless they were declared again since.
    #[must_use]
    pub fn leaves_on(&self) -> Option<Date> {
        let left = self.left.as_ref()?;
        let saved = self.saved.as_ref().map(|saved| saved.revision);
        (Some(left.revision) >= saved).then_some(left.left_on)
    }

    /// Returns the name of the agent who takes over once they leave, if the portal named one.
    #[must_use]
    pub fn successor(&self) -> Option<AgentName> {
        self.leaves_on()?;
        let successor = self.left.as_ref()?.successor.as_ref()?;
        Some(AgentName::new(&self.organisation_id, successor))
    }

    /// Returns what is known with one more whom they are to succeed, or one less.
    #[must_use]
    pub fn succeeding(&self, leaver: &AgentName, is: bool) -> Self {
        let mut known = self.clone();
        known.version += 1;
        if is {
            known.succeeds.insert(leaver.clone());
        } else {
            known.succeeds.remove(leaver);
        }
        known
    }

    /// Returns when their last day is over, in Paris, unless they were declared again since.
    #[must_use]
    pub fn over_at(&self) -> Option<Timestamp> {
        self.leaves_on().map(over_at)
    }

    /// True if their account is to work on that day of Paris.
    #[must_use]
    pub fn is_active(&self, today: Date) -> bool {
        self.saved.as_ref().is_some_and(|saved| saved.active)
            && self.leaves_on().is_none_or(|day| today <= day)
    }

    /// Keeps what is left once their account was erased: no word up to now brings them back, and
    /// nothing says who they were.
    #[must_use]
    pub fn after_erasure(&self) -> Self {
        Self {
            erased: self.revision(),
            version: self.version + 1,
            ..Self::nothing(&self.organisation_id)
        }
    }
}
