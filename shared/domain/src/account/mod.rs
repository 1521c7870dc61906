//! An agent's account: its person, its entity, its rights, and the life of its e-mail address.

pub mod absence;
pub mod address;
pub mod administration;
pub mod binding;
pub mod declared;
pub mod departure;
pub mod invitation;
pub mod link;
pub mod own_domain;
pub mod place;
pub mod preferences;
pub mod reservation;
pub mod rights;
pub mod todo;
pub mod unreached;

pub use address::{FormerEmail, PendingEmail};
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    account::{
        absence::Absence,
        binding::Binding,
        declared::Declared,
        departure::{Deactivation, Handover},
        invitation::{Acceptance, Invitation},
        place::Places,
        preferences::Alerts,
        rights::PermanentGuest,
    },
    contact::{
        Contact,
        email::{AddressDigest, Email},
    },
    id::{AccountId, EntityId, RequestId},
    quota::{BOUNCES, Ledger},
    stored,
};

/// Mails that one account can cause in an hour by asking (docs/contract.md: five, then 429).
pub const MAILS_PER_HOUR: usize = 5;

/// The role of an agent, by what it opens beside their own account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Role {
    /// Nothing.
    Agent,
    /// Manages entities, agents and rights in their entity and below (« compte administrateur »).
    Administrator,
}

impl Role {
    /// Returns the word used in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Administrator => "administrator",
        }
    }
}

/// Tells whether alerts can be sent to the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum EmailStatus {
    /// There is none.
    None,
    /// Its owner opened a link that was sent to it.
    Confirmed,
    /// Nobody has shown yet that they read it.
    Unconfirmed,
    /// A permanent bounce or a complaint came back.
    Undeliverable,
}

/// The reason for which mails to the address stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "StopCause")
)]
pub enum Cause {
    /// A mail came back for good, or on three different days.
    Bounce,
    /// The recipient called a mail unwanted.
    Complaint,
}

/// State of an address to which mails stopped, until somebody confirms one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Undeliverable {
    /// Time at which it was noticed.
    pub since: Timestamp,
    /// The reason.
    pub cause: Cause,
    /// The receiving server's code, such as `5.1.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Names the mail to the administrators.
    pub request_id: RequestId,
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
#[expect(clippy::struct_excessive_bools, reason = "each says something else")]
pub struct Account {
    /// Made by Vigie.
    pub id: AccountId,
    /// Grows with every change that `GET /v1/accounts/{id}` shows.
    pub version: u64,
    /// The role of its agent.
    pub role: Role,
    /// False while it does not work: an administrator or the portal deactivated it, or the last day
    /// of its agent is over.
    pub active: bool,
    /// The last day of its agent, if they leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaves_on: Option<Date>,
    /// Since when it does not work, and when it is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deactivated: Option<Deactivation>,
    /// Handover of what its agent alone follows, as long as it is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handover: Option<Handover>,
    /// The entity that it belongs to.
    pub entity_id: EntityId,
    /// « Mes coordonnées ».
    pub contact: Contact,
    /// Tells whether `contact.email` can be mailed.
    pub email_status: EmailStatus,
    /// True while the address that the portal declared is somebody else's, and the account has
    /// none.
    #[serde(default, skip_serializing_if = "stored::is_false")]
    pub address_unavailable: bool,
    /// Since when and why `contact.email` cannot be mailed, if [`EmailStatus::Undeliverable`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undeliverable: Option<Undeliverable>,
    /// Days of Paris on which mails came back for a reason that may pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub soft_bounces: Vec<Date>,
    /// Time at which its owner last showed that they read the address, in milliseconds since the
    /// epoch. Mails before that say nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<i64>,
    /// Another address, which waits for its reader to confirm it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_email: Option<PendingEmail>,
    /// The change of address that took effect last: its link may be opened twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_request: Option<RequestId>,
    /// The addresses that the last changes replaced. They are told of that, if they were not
    /// before, and of whoever takes the account over by an address that an administrator set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_emails: Vec<FormerEmail>,
    /// An invitation that waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<Invitation>,
    /// The invitation that was accepted; once there, the account has a login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_invitation: Option<RequestId>,
    /// The login that acts for it, and those that may take its place.
    #[serde(default, skip_serializing_if = "stored::is_default")]
    pub binding: Binding,
    /// The standing rights of its agent, beyond their own consultations.
    #[serde(default, deserialize_with = "stored::known")]
    pub permanent_guest: PermanentGuest,
    /// « Mes alertes électroniques ».
    #[serde(default, deserialize_with = "preferences::stored")]
    pub alerts: Alerts,
    /// True while those are what its administrators proposed when it accepted its invitation, and
    /// nobody has saved them since.
    #[serde(default, skip_serializing_if = "stored::is_false")]
    pub alerts_proposed: bool,
    /// « Mes préférences Lieu d'exécution ».
    #[serde(default, deserialize_with = "place::stored")]
    pub places: Places,
    /// Days on which it is away, and who stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absence: Option<Absence>,
    /// The mails that it caused lately.
    #[serde(default)]
    pub mail_quota: MailQuota,
    /// The mails that it asked for, to addresses not its own, that came back for good lately.
    #[serde(default, skip_serializing_if = "Ledger::is_empty")]
    pub asked_bounces: Ledger,
    /// True if nobody asks it to be linked: its agent said so, or called such a mail unwanted.
    #[serde(default, skip_serializing_if = "stored::is_false")]
    pub refuses_link_requests: bool,
    /// True if nobody asks it to stand in.
    #[serde(default, skip_serializing_if = "stored::is_false")]
    pub refuses_delegations: bool,
    /// The portal's hold on it, if the portal declared its agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<Declared>,
}

impl Account {
    /// Returns since when its address is the one that its owner confirmed last.
    #[must_use]
    pub fn confirmed_since(&self) -> Timestamp {
        self.confirmed_at
            .and_then(|at| Timestamp::from_millisecond(at).ok())
            .unwrap_or_default()
    }

    /// Returns its address, if it is confirmed and mails reach it.
    #[must_use]
    pub fn confirmed_email(&self) -> Option<&Email> {
        let email = self.contact.email.as_ref();
        email.filter(|_| self.email_status == EmailStatus::Confirmed)
    }

    /// Returns what stands for its address, once its owner has shown that they read it.
    #[must_use]
    pub fn confirmed_address(&self) -> Option<AddressDigest> {
        let read = matches!(
            self.email_status,
            EmailStatus::Confirmed | EmailStatus::Undeliverable
        );
        let email = self.contact.email.as_ref();
        email
            .filter(|_| read && self.confirmed_at.is_some())
            .map(Email::digest)
    }

    /// A new account with an invitation that waits: all alerts off, its address unconfirmed.
    #[must_use]
    pub fn invite(
        id: AccountId,
        entity_id: EntityId,
        role: Role,
        contact: Contact,
        request_id: RequestId,
        now: Timestamp,
    ) -> Self {
        Self {
            invitation: Some(Invitation::new(request_id, now)),
            ..Self::declare(id, entity_id, role, contact)
        }
    }

    /// A new account that nobody is invited to yet, with an unconfirmed address or without one. It
    /// stays, however long nobody is.
    #[must_use]
    pub fn declare(id: AccountId, entity_id: EntityId, role: Role, contact: Contact) -> Self {
        let email_status = if contact.email.is_some() {
            EmailStatus::Unconfirmed
        } else {
            EmailStatus::None
        };
        Self {
            id,
            version: 1,
            role,
            active: true,
            leaves_on: None,
            deactivated: None,
            handover: None,
            entity_id,
            contact,
            email_status,
            address_unavailable: false,
            undeliverable: None,
            soft_bounces: Vec::new(),
            confirmed_at: None,
            pending_email: None,
            confirmed_request: None,
            former_emails: Vec::new(),
            invitation: None,
            accepted_invitation: None,
            binding: Binding::default(),
            permanent_guest: PermanentGuest::default(),
            alerts: Alerts::default(),
            alerts_proposed: false,
            places: Places::default(),
            absence: None,
            mail_quota: MailQuota::default(),
            asked_bounces: Ledger::default(),
            refuses_link_requests: false,
            refuses_delegations: false,
            declared: None,
        }
    }

    /// Counts one more mail that it asks for to somebody else's address, or says after how many
    /// seconds the next may be asked for. Who made too many come back waits a day.
    pub fn take_mail(&mut self, now: Timestamp) -> Result<(), i64> {
        match self.asked_bounces.full(now, &BOUNCES) {
            Some(until) => Err((until.duration_since(now)).as_secs() + 1),
            None => self.mail_quota.take(now),
        }
    }

    /// Counts one more mail that it asks for to an address. Mails to its own stop for none that
    /// came back from others.
    pub fn take_mail_to(&mut self, address: &Email, now: Timestamp) -> Result<(), i64> {
        if self.contact.email.as_ref() == Some(address) {
            self.mail_quota.take(now)
        } else {
            self.take_mail(now)
        }
    }

    /// True if its agent can administer: they are an administrator, active, and have a
    /// login. An organisation keeps such an account at its root. An invitation that waits may be
    /// forgotten, so it does not count.
    #[must_use]
    pub fn can_administer(&self) -> bool {
        self.role == Role::Administrator && self.active && self.accepted_invitation.is_some()
    }

    /// The absence that this day of Paris lies in.
    #[must_use]
    pub fn away(&self, today: Date) -> Option<&Absence> {
        self.absence
            .as_ref()
            .filter(|absence| absence.covers(today))
    }

    /// Changes the contact details to those asked for, save the address: that one waits until its
    /// owner confirms it, and the mail which asks them counts. An address in use is asked for again
    /// where the request names it and nobody has confirmed it. Returns whether a confirmation is
    /// mailed, or after how many seconds one may be.
    pub fn change_contact(
        &mut self,
        asked: Contact,
        names_email: bool,
        request: RequestId,
        now: Timestamp,
    ) -> Result<bool, i64> {
        let again = names_email && self.email_status != EmailStatus::Confirmed;
        let address = asked
            .email
            .filter(|address| again || self.contact.email.as_ref() != Some(address));
        let asks = address.is_some();
        if let Some(address) = address {
            self.take_mail_to(&address, now)?;
            self.pending_email = Some(PendingEmail::new(address, request, now));
        }
        let changed = Contact {
            email: self.contact.email.clone(),
            ..asked
        };
        if let Some(declared) = &mut self.declared {
            declared.own = declared.own.with_changes(&self.contact, &changed);
        }
        self.contact = changed;
        Ok(asks)
    }

    /// Decides what a login that opens the link of an invitation finds. A deactivated account opens
    /// nothing.
    #[must_use]
    pub fn acceptance(&self, request: &RequestId, now: Timestamp) -> Acceptance {
        if !self.active {
            return Acceptance::Unknown;
        }
        if self.accepted_invitation.as_ref() == Some(request) {
            return Acceptance::Done;
        }
        match &self.invitation {
            Some(invitation) if &invitation.request_id != request => Acceptance::Unknown,
            Some(invitation) if invitation.expires_at <= now => Acceptance::Expired,
            Some(_) => Acceptance::Waits,
            None => Acceptance::Unknown,
        }
    }

    /// Decides where the mailed confirmation of a change stands. A deactivated account opens
    /// nothing; if it works again in time, so does the link.
    #[must_use]
    pub fn confirmation(&self, request: &RequestId, now: Timestamp) -> Confirmation<'_> {
        if self.confirmed_request.as_ref() == Some(request) {
            return Confirmation::Done;
        }
        match &self.pending_email {
            Some(pending) if &pending.request_id == request && pending.expires_at <= now => {
                Confirmation::Expired
            }
            Some(pending) if &pending.request_id == request && self.active => {
                Confirmation::Waits(&pending.address)
            }
            _ => Confirmation::Unknown,
        }
    }
}

/// The state of a change of address, for who opens its link.
#[derive(Debug, PartialEq, Eq)]
pub enum Confirmation<'a> {
    /// The request waits for the reader of this address.
    Waits(&'a Email),
    /// It was confirmed before: opening the link twice changes nothing.
    Done,
    /// Too late; it can be sent again.
    Expired,
    /// Withdrawn, superseded by a newer request, or of an account that does not work.
    Unknown,
}
