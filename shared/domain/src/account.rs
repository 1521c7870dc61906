//! An agent's account: who it is, where it belongs, what it may see, and the life of its e-mail address.

use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    absence::Absence,
    contact::Contact,
    email::Email,
    id::{AccountId, EntityId, RequestId},
    place::Places,
    preferences::{self, Alerts},
    retention::waits,
};

/// How long a confirmation link works. An invitation lasts as long (DOMAIN: 7 days).
pub const LINK_LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Mails that one account can cause in an hour by asking (contract: 5, then 429).
pub const MAILS_PER_HOUR: usize = 5;

/// What an agent may do beyond its own account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Role {
    /// Nothing.
    Agent,
    /// Manages entities, agents and rights in its entity and below (« compte administrateur »).
    Administrator,
}

impl Role {
    /// As in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Administrator => "administrator",
        }
    }
}

/// Whether alerts can be sent to the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum EmailStatus {
    /// Its owner opened a link that was sent to it.
    Confirmed,
    /// Nobody has shown yet that they read it.
    Unconfirmed,
    /// A permanent bounce or a complaint came back.
    Undeliverable,
}

/// Why mails to the address stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "StopCause"))]
pub enum Cause {
    /// A mail came back for good, or on three different days.
    Bounce,
    /// The recipient called a mail unwanted.
    Complaint,
}

/// That mails to the address stopped, until somebody confirms one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Undeliverable {
    /// When it was noticed.
    pub since: Timestamp,
    /// Why.
    pub cause: Cause,
    /// The receiving server's code, such as `5.1.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Names the mail to the administrators.
    pub request_id: RequestId,
}

/// Standing right to see every consultation of a scope (« invité permanent »); given by an administrator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PermanentGuest {
    /// Of the agent's own entity.
    pub own: bool,
    /// Of every entity below it.
    pub dependent: bool,
    /// Of the entities that its own is linked to.
    pub transverse: bool,
}

/// A change of e-mail that waits for its link to be opened. It reserves nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingEmail {
    /// The address asked for.
    pub address: Email,
    /// What the mailed token answers.
    pub request_id: RequestId,
    /// When the link stops working.
    pub expires_at: Timestamp,
    /// 1, and one more each time that it is sent again.
    pub attempt: u32,
}

/// An address that a confirmed change replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FormerEmail {
    /// The address.
    pub address: Email,
    /// The change.
    pub request_id: RequestId,
    /// When it was confirmed.
    pub at: Timestamp,
}

/// An invitation that waits to be accepted. A new one voids the older.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// What the mailed token answers.
    pub request_id: RequestId,
    /// When the link stops working.
    pub expires_at: Timestamp,
    /// Its mail was not sent, since the address was sent too many; another one can be from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_back_until: Option<Timestamp>,
}

impl Invitation {
    /// One that is mailed now.
    #[must_use]
    pub fn new(request_id: RequestId, now: Timestamp) -> Self {
        Self { request_id, expires_at: now + LINK_LIFETIME, held_back_until: None }
    }
}

/// The moments of the mails that an account caused lately.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailQuota(Vec<Timestamp>);

impl MailQuota {
    /// Counts one more mail at `now`, or says after how many seconds the next may be asked for.
    pub fn take(&mut self, now: Timestamp) -> Result<(), i64> {
        let hour = SignedDuration::from_hours(1);
        self.0.retain(|at| now.duration_since(*at) < hour);
        if self.0.len() >= MAILS_PER_HOUR {
            let oldest = self.0.iter().min().copied().unwrap_or(now);
            let wait = hour - now.duration_since(oldest);
            // Rounded up: who waits as long as told is let in.
            return Err(wait.as_secs() + i64::from(wait.subsec_nanos() > 0));
        }
        self.0.push(now);
        Ok(())
    }
}

/// One agent's account in one entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Made by Vigie.
    pub id: AccountId,
    /// Grows with every change of what `GET /v1/accounts/{id}` shows.
    pub version: u64,
    /// What it may do.
    pub role: Role,
    /// Whether an administrator left it working.
    pub active: bool,
    /// Where it belongs.
    pub entity_id: EntityId,
    /// « Mes coordonnées ».
    pub contact: Contact,
    /// Whether `contact.email` can be mailed.
    pub email_status: EmailStatus,
    /// Since when and why it cannot, if [`EmailStatus::Undeliverable`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undeliverable: Option<Undeliverable>,
    /// Days of Paris on which mails came back for a reason that may pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub soft_bounces: Vec<Date>,
    /// When its owner last showed that they read the address, in milliseconds since the epoch. What went before that says nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<i64>,
    /// A change that waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_email: Option<PendingEmail>,
    /// The change that took effect last: its link may be opened twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_request: Option<RequestId>,
    /// What the last changes replaced: told of them, if it was not before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_emails: Vec<FormerEmail>,
    /// An invitation that waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<Invitation>,
    /// The invitation that was accepted; once there, the account has a login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_invitation: Option<RequestId>,
    /// What it may see beyond its own consultations.
    #[serde(default)]
    pub permanent_guest: PermanentGuest,
    /// « Mes alertes électroniques ».
    #[serde(default, deserialize_with = "preferences::stored")]
    pub alerts: Alerts,
    /// « Mes préférences Lieu d'exécution ».
    #[serde(default)]
    pub places: Places,
    /// When it is away, and who stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absence: Option<Absence>,
    /// The mails that it caused lately.
    #[serde(default)]
    pub mail_quota: MailQuota,
}

impl Account {
    /// A new account with an invitation that waits: all alerts off, its address unconfirmed.
    #[must_use]
    pub fn invite(id: AccountId, entity_id: EntityId, role: Role, contact: Contact, request_id: RequestId, now: Timestamp) -> Self {
        Self {
            id,
            version: 1,
            role,
            active: true,
            entity_id,
            contact,
            email_status: EmailStatus::Unconfirmed,
            undeliverable: None,
            soft_bounces: Vec::new(),
            confirmed_at: None,
            pending_email: None,
            confirmed_request: None,
            former_emails: Vec::new(),
            invitation: Some(Invitation::new(request_id, now)),
            accepted_invitation: None,
            permanent_guest: PermanentGuest::default(),
            alerts: Alerts::default(),
            places: Places::default(),
            absence: None,
            mail_quota: MailQuota::default(),
        }
    }

    /// Whether it can administer: it is an administrator's, works, and has a login. An organisation keeps such an account at its root: an
    /// invitation that waits may be forgotten.
    #[must_use]
    pub fn can_administer(&self) -> bool {
        self.role == Role::Administrator && self.active && self.accepted_invitation.is_some()
    }

    /// The absence that this day of Paris lies in.
    #[must_use]
    pub fn away(&self, today: Date) -> Option<&Absence> {
        self.absence.as_ref().filter(|absence| absence.covers(today))
    }

    /// The former addresses once a change is confirmed; those whose owners were told long ago are forgotten.
    #[must_use]
    pub fn former_after(&self, request: &RequestId, now: Timestamp) -> Vec<FormerEmail> {
        let former = FormerEmail { address: self.contact.email.clone(), request_id: request.clone(), at: now };
        let recent = self.former_emails.iter().filter(|former| waits(former.at, now)).cloned();
        recent.chain([former]).collect()
    }

    /// Where the mailed confirmation of a change stands.
    #[must_use]
    pub fn confirmation(&self, request: &RequestId, now: Timestamp) -> Confirmation<'_> {
        if self.confirmed_request.as_ref() == Some(request) {
            return Confirmation::Done;
        }
        match &self.pending_email {
            Some(pending) if &pending.request_id == request && pending.expires_at <= now => Confirmation::Expired,
            Some(pending) if &pending.request_id == request => Confirmation::Waits(&pending.address),
            _ => Confirmation::Unknown,
        }
    }
}

/// What opening a confirmation link finds.
#[derive(Debug, PartialEq, Eq)]
pub enum Confirmation<'a> {
    /// The request waits for exactly this.
    Waits(&'a Email),
    /// It was confirmed before: opening the link twice changes nothing.
    Done,
    /// Too late; it can be sent again.
    Expired,
    /// Withdrawn, or superseded by a newer request.
    Unknown,
}
