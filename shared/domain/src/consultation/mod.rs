//! Consultations, and who may see them.

pub mod deadline;
pub mod details;
pub mod fact;
pub(crate) mod people;
pub mod person;
pub mod repair;
pub mod sign_off;
pub mod tally;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    account::{Account, preferences::Rule},
    canary::is_canary,
    consultation::{deadline::Deadline, people::People, person::Awaited},
    entity::Path,
    id::{AccountId, ConsultationId, EntityId},
    json::Json,
    text::{
        FieldError, one_line,
        untrusted::{ExternalUrl, Untrusted},
    },
};

/// The phase of a procedure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Phase {
    /// « Élaboration »: saved, not yet released.
    Drafting,
    /// Open to tenders.
    Consultation,
    /// Tenders are being opened.
    Opening,
    /// Tenders are being judged.
    Decision,
    /// Over.
    Archived,
    /// Given up, from any phase.
    Cancelled,
}

impl Phase {
    /// True if nothing happens in it any more.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Archived | Self::Cancelled)
    }
}

/// One procurement procedure, as its newest revision says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Consultation {
    /// Consultation as the portal names it.
    #[serde(rename = "consultationId")]
    pub id: ConsultationId,
    /// Grows with every save; an older one never rolls back.
    #[cfg_attr(
        feature = "schema",
        schemars(range(min = 1, max = 9_007_199_254_740_991_u64))
    )]
    pub revision: u64,
    /// The buyer's reference.
    pub reference: Untrusted<200>,
    /// Title as published, however it is spelt.
    pub title: Untrusted<5000>,
    /// Name of the legal buyer.
    pub organisation: Untrusted<5000>,
    /// The entity that buys.
    pub entity_id: EntityId,
    /// The root of its organisation, once a revision has named it: it never becomes another's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation_id: Option<EntityId>,
    /// The agent who saved it first, if they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub author_account_id: Option<AccountId>,
    /// Its phase.
    pub phase: Phase,
    /// After it a deposit is late. Absent or null while none is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submission_deadline: Option<Deadline>,
    /// Agents named on it, who may therefore see it.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub guests: BTreeSet<AccountId>,
    /// Those whom it names and of whom it is still open who they are.
    #[serde(default, skip_serializing_if = "Awaited::is_empty")]
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub awaited: Awaited,
    /// Its dashboard on the portal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<ExternalUrl>,
}

/// Most guests that one consultation can name: its item stays far below the table's 400 KB.
pub const MAX_GUESTS: usize = 1000;

impl Consultation {
    /// Reads the repaired detail of a `ConsultationSaved`.
    ///
    /// # Errors
    /// The field that is missing or wrong: it identifies or times the consultation.
    pub fn from_event(detail: &Value) -> Result<Self, FieldError> {
        let people: People = Json::from(detail).to_type()?;
        let mut rest = detail.clone();
        if let Value::Object(rest) = &mut rest {
            rest.retain(|name, _| !People::FIELDS.contains(&name.as_str()));
        }
        let mut saved: Self = Json::from(&rest).to_type()?;
        people.put_on(&mut saved)?;
        saved.check()
    }

    /// Its reference as it is shown: one line, at most 200 characters.
    #[must_use]
    pub fn shown_reference(&self) -> String {
        one_line(self.reference.as_str(), 200)
    }

    /// Its title as it is shown: one line, at most 5,000 characters.
    #[must_use]
    pub fn shown_title(&self) -> String {
        one_line(self.title.as_str(), 5000)
    }

    /// The instant of its deadline.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        self.submission_deadline.map(Deadline::instant)
    }

    /// The buyer's own offset from UTC, if the deadline was given at an hour overseas.
    #[must_use]
    pub fn time_zone(&self) -> Option<String> {
        self.submission_deadline.and_then(Deadline::zone)
    }

    /// The deadline that will close it, as this revision says: drafts have none yet. What was
    /// decided or over when it was first heard of was closed elsewhere; where this revision
    /// replaces one `before` that was not, those between them were overtaken.
    #[must_use]
    pub fn closes_at(&self, before: Option<&Self>) -> Option<Timestamp> {
        let is_open = |revision: &Self| {
            matches!(
                revision.phase,
                Phase::Drafting | Phase::Consultation | Phase::Opening
            )
        };
        let known = is_open(self) || before.is_some_and(is_open);
        self.deadline()
            .filter(|deadline| known && self.closed_by(*deadline))
    }

    /// True if a deadline that has passed closed it: the deadline is still in force, and
    /// the consultation was released and not cancelled before.
    #[must_use]
    pub fn closed_by(&self, deadline: Timestamp) -> bool {
        self.deadline() == Some(deadline)
            && !matches!(self.phase, Phase::Drafting | Phase::Cancelled)
    }

    /// The deadline, if it lies ahead and still counts: not of a consultation that is over.
    #[must_use]
    pub fn deadline_ahead(&self, now: Timestamp) -> Option<Timestamp> {
        self.deadline()
            .filter(|deadline| *deadline > now && !self.is_over())
    }

    /// Returns the organisation that it lies in, as far as that is known: the one that was named
    /// first, or that of its entity, by the entity's way to its root.
    #[must_use]
    pub fn organisation_of<'p>(&'p self, path: &'p Path) -> Option<&'p EntityId> {
        self.organisation_id.as_ref().or_else(|| path.root())
    }

    /// True if its entity lies in another organisation than the consultation, by the entity's way
    /// to its root: then the entity counts as unknown.
    #[must_use]
    pub fn is_elsewhere(&self, path: &Path) -> bool {
        let (own, root) = (self.organisation_id.as_ref(), path.root());
        own.zip(root).is_some_and(|(own, root)| own != root)
    }

    /// True if nothing more will happen: archived or cancelled.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.phase.is_over()
    }

    /// Lists the accounts that it names: author and guests.
    pub fn named(&self) -> impl Iterator<Item = &AccountId> {
        self.guests.iter().chain(&self.author_account_id)
    }

    /// True if it and all that it names are the canary's, or none of them is.
    fn is_of_one_world(&self) -> bool {
        let own = is_canary(self.id.as_str());
        let mut named = self
            .named()
            .map(AccountId::as_str)
            .chain([self.entity_id.as_str()]);
        named.all(|id| is_canary(id) == own) && (!own || self.awaited.is_empty())
    }

    /// Checks the limits that its type cannot express.
    ///
    /// # Errors
    /// The field that passes one.
    pub fn check(self) -> Result<Self, FieldError> {
        if self.guests.len() + self.awaited.guests.len() > MAX_GUESTS {
            return Err(FieldError::new("guests", "more than 1,000 guests"));
        }
        if self.revision == 0 {
            return Err(FieldError::new("revision", "starts at 1"));
        }
        if !self.is_of_one_world() {
            let reason = "what is named after Vigie's canary is Vigie's own";
            return Err(FieldError::new("consultationId", reason));
        }
        Ok(self)
    }
}

/// The place of a consultation's entity in its tree, as far as standing rights ask.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The consultation's entity up to its root.
    pub path: Path,
    /// Entities whose agents may follow it by a transverse link.
    pub transverse_from: BTreeSet<EntityId>,
}

/// The reason for which an agent may see a consultation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Sight {
    /// They saved it first.
    Author,
    /// They are named on it.
    Guest,
    /// Permanent guest of their own entity.
    OwnEntity,
    /// Permanent guest of the entities below their own.
    DependentEntity,
    /// Permanent guest of the entities that their own is linked to.
    TransverseEntity,
}

impl Sight {
    /// The name in records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Author => "author",
            Self::Guest => "guest",
            Self::OwnEntity => "ownEntity",
            Self::DependentEntity => "dependentEntity",
            Self::TransverseEntity => "transverseEntity",
        }
    }
}

/// True if a rule gives the agent a star for a consultation that is drafted for the first
/// time: it is on, its right is there, and the consultation lies in its scope.
#[must_use]
pub fn stars(account: &Account, rule: Rule, consultation: &Consultation, scope: &Scope) -> bool {
    let applies = applies(
        account,
        rule,
        consultation.author_account_id.as_ref(),
        &consultation.entity_id,
        scope,
    );
    let known = rule == Rule::Mine || !consultation.is_elsewhere(&scope.path);
    account.active && account.alerts.automatic_favourites.is_on(rule) && applies && known
}

/// True if a rule, if it is on, covers a consultation that this author drafts in this
/// entity: the rule's right is there, and the consultation lies in its scope.
#[must_use]
pub fn applies(
    account: &Account,
    rule: Rule,
    author: Option<&AccountId>,
    entity: &EntityId,
    scope: &Scope,
) -> bool {
    let own = &account.entity_id;
    let there = match rule {
        Rule::Mine => author == Some(&account.id),
        Rule::OwnEntity => entity == own,
        Rule::DependentEntities => scope.path.is_below(own),
        Rule::TransverseEntities => scope.transverse_from.contains(own),
    };
    there && rule.is_permitted(account.permanent_guest)
}

/// Returns why the agent may see the consultation, if they may (docs/domain.md, "Alerts").
#[must_use]
pub fn sight(account: &Account, consultation: &Consultation, scope: &Scope) -> Option<Sight> {
    let rights = account.permanent_guest;
    let own = &account.entity_id;
    if consultation.author_account_id.as_ref() == Some(&account.id) {
        Some(Sight::Author)
    } else if consultation.guests.contains(&account.id) {
        Some(Sight::Guest)
    } else if consultation.is_elsewhere(&scope.path) {
        None
    } else if rights.own && &consultation.entity_id == own {
        Some(Sight::OwnEntity)
    } else if rights.dependent && scope.path.is_below(own) {
        Some(Sight::DependentEntity)
    } else if rights.transverse && scope.transverse_from.contains(own) {
        Some(Sight::TransverseEntity)
    } else {
        None
    }
}
