//! Accounts and consultations, as several functions show them.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use vigie_domain::{
    account::{Account, Cause, EmailStatus, Role, Undeliverable, rights::PermanentGuest},
    consultation::{Consultation, Phase},
    contact::{Contact, email::Email},
    directory::agent::AgentId,
    entity::Entity,
    id::{AccountId, ConsultationId, EntityId},
};

/// An entity by name.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EntityName {
    /// Its id.
    pub id: EntityId,
    /// Its name; empty if it has gone.
    pub name: String,
}

impl EntityName {
    /// The name of an entity among those read.
    #[must_use]
    pub fn of(id: &EntityId, known: &BTreeMap<EntityId, Entity>) -> Self {
        Self {
            id: id.clone(),
            name: known
                .get(id)
                .map(|entity| entity.name.to_string())
                .unwrap_or_default(),
        }
    }
}

/// A consultation, as each list of them shows it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConsultationView {
    consultation_id: ConsultationId,
    reference: String,
    title: String,
    phase: Phase,
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::openapi::Instant>"))]
    submission_deadline: Option<Timestamp>,
    /// The buyer's own offset from UTC, such as `+04:00`, if the deadline was given at an hour
    /// overseas; else the hour is that of Paris.
    time_zone: Option<String>,
}

impl ConsultationView {
    /// Says of a consultation what every list says.
    #[must_use]
    pub fn new(consultation: &Consultation) -> Self {
        Self {
            consultation_id: consultation.id.clone(),
            reference: consultation.shown_reference(),
            title: consultation.shown_title(),
            phase: consultation.phase,
            submission_deadline: consultation.deadline(),
            time_zone: consultation.time_zone(),
        }
    }
}

/// A change of e-mail that waits to be confirmed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "WaitingAddress")
)]
pub struct Pending {
    /// The address asked for.
    pub address: Email,
    /// Time at which its link stops working.
    #[cfg_attr(feature = "schema", schemars(with = "crate::openapi::Instant"))]
    pub expires_at: Timestamp,
}

/// An account as its owner and its administrators see it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccountView<'a> {
    id: &'a AccountId,
    version: u64,
    role: Role,
    active: bool,
    /// The last day, in Paris; the account stops at midnight after it.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::openapi::Day>"))]
    leaves_on: Option<Date>,
    /// There only while the account does not work: since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::openapi::Instant>"))]
    deactivated_since: Option<Timestamp>,
    /// There only while the account does not work: when it is erased, unless it works again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::openapi::Instant>"))]
    erased_at: Option<Timestamp>,
    entity: EntityName,
    contact: &'a Contact,
    email_status: EmailStatus,
    /// True while the address that the portal declared is somebody else's; for administrators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "bool"))]
    address_unavailable: Option<bool>,
    /// The portal's own id of the agent, null where it declared none; for administrators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<AgentId>"))]
    external_id: Option<ExternalId<'a>>,
    /// True if the portal declares the agent: entity, role, rights and activity are changed there;
    /// for administrators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "bool"))]
    declared: Option<bool>,
    /// There only while it is true: the portal declares the agent and nobody ever invited them; for
    /// administrators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "bool"))]
    never_invited: Option<bool>,
    /// Since when and why mails do not reach the address.
    undeliverable: Option<Stopped>,
    pending_email: Option<Pending>,
    permanent_guest: PermanentGuest,
    /// Time at which the invitation that waits stops working; none once accepted.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::openapi::Instant>"))]
    invitation_expires_at: Option<Timestamp>,
    /// There only where the invitation was not mailed, since its address was sent too many mails:
    /// from when on another one can be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::openapi::Instant>"))]
    invitation_held_back_until: Option<Timestamp>,
    /// There only while a recovery waits: when another login acts for the account, unless that is
    /// stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::openapi::Instant>"))]
    recovery_due: Option<Timestamp>,
}

/// An agent's id at the portal, null where it declared none.
#[derive(Clone, Copy, Debug, Serialize)]
struct ExternalId<'a>(Option<&'a AgentId>);

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "StoppedMails")
)]
struct Stopped {
    #[cfg_attr(feature = "schema", schemars(with = "crate::openapi::Instant"))]
    since: Timestamp,
    cause: Cause,
    /// The receiving server's code, such as `5.1.1`.
    code: Option<String>,
}

impl Stopped {
    fn of(found: &Undeliverable) -> Self {
        Self {
            since: found.since,
            cause: found.cause,
            code: found.code.clone(),
        }
    }
}

impl<'a> AccountView<'a> {
    /// Shows an account; `known` holds its entity.
    #[must_use]
    pub fn new(account: &'a Account, known: &BTreeMap<EntityId, Entity>) -> Self {
        let deactivated = account.deactivated.as_ref();
        Self {
            id: &account.id,
            version: account.version,
            role: account.role,
            active: account.active,
            leaves_on: account.leaves_on,
            deactivated_since: deactivated.map(|of| of.since),
            erased_at: deactivated.and_then(|of| of.erased_at),
            entity: EntityName::of(&account.entity_id, known),
            contact: &account.contact,
            email_status: account.email_status,
            address_unavailable: None,
            external_id: None,
            declared: None,
            never_invited: None,
            undeliverable: account.undeliverable.as_ref().map(Stopped::of),
            pending_email: account.pending_email.as_ref().map(|pending| Pending {
                address: pending.address.clone(),
                expires_at: pending.expires_at,
            }),
            permanent_guest: account.permanent_guest,
            invitation_expires_at: account
                .invitation
                .as_ref()
                .map(|invitation| invitation.expires_at),
            invitation_held_back_until: account
                .invitation
                .as_ref()
                .and_then(|invitation| invitation.held_back_until),
            recovery_due: account.waiting_recoveries().next().map(|first| first.due),
        }
    }

    /// Shows it to its administrators: an address that waits to be confirmed is the agent's own
    /// business, unless an administrator set it.
    #[must_use]
    pub fn for_administrators(account: &'a Account, known: &BTreeMap<EntityId, Entity>) -> Self {
        let declared = account.declared.as_ref();
        let pending = account.pending_email.as_ref();
        let set = pending.filter(|pending| pending.by_administrator);
        let shown = Self::new(account, known);
        Self {
            address_unavailable: Some(account.address_unavailable),
            external_id: Some(ExternalId(declared.map(|declared| &declared.agent_id))),
            declared: Some(declared.is_some()),
            never_invited: account.is_uninvited().then_some(true),
            pending_email: set.and_then(|_| shown.pending_email.clone()),
            ..shown
        }
    }
}
