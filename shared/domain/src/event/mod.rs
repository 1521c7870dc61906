//! Events that Vigie publishes (docs/contract.md, "Events out"): ids only, save in `Rejected`. The
//! schemas in `events/schemas` are made from these types.

pub mod change;
pub mod envelope;
pub mod mail;
pub mod portal;
#[cfg(feature = "schema")]
pub mod sent;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    consultation::{fact::Fact, person::Wait},
    directory::agent::AgentName,
    event::mail::AccountMailKind,
    id::{AccountId, ConsultationId, EntityId, LoginId, RequestId, digest},
    text::{Invalid, untrusted::Untrusted},
};

/// The kind of a fact, as it is stored: what a newer version knows is handed on.
pub type KindName = Untrusted<20>;
/// The business key of a fact, as it is stored.
pub type KeyText = Untrusted<229>;

/// Most candidates of one alert in one event: as many as one bulk call takes (AWS limit).
pub const CANDIDATES: usize = 50;

macro_rules! events {
    ($($(#[doc = $doc:literal])+ $name:ident)*) => {
        /// An event, as its detail tells it.
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[serde(untagged)]
        pub enum Event {
            $($(#[doc = $doc])+ $name($name),)*
        }

        impl Event {
            /// Returns the detail-type.
            #[must_use]
            pub fn detail_type(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => stringify!($name),)*
                }
            }
        }

        $(impl From<$name> for Event {
            fn from(event: $name) -> Self {
                Self::$name(event)
            }
        })*

        /// Returns the schema of each event's detail, by detail-type, and what it tells.
        #[cfg(feature = "schema")]
        #[must_use]
        pub fn schemas() -> Vec<(&'static str, String, schemars::Schema)> {
            let settings = schemars::generate::SchemaSettings::draft2020_12()
                .with(|settings| settings.inline_subschemas = true);
            vec![$((
                stringify!($name),
                concat!($($doc, "\n"),+).trim().replace("\n ", " "),
                settings.clone().into_generator().into_root_schema_for::<$name>(),
            ),)*]
        }
    };
}

events! {
    /// An account was created.
    AccountCreated
    /// An account's confirmed address changed.
    AccountEmailChanged
    /// Internal: an account has a name of the portal's now, for which consultations may have
    /// waited.
    AccountNamed
    /// Internal: something came for which a consultation has waited.
    AwaitedCame
    /// Internal: a mail about an account itself.
    AccountMailDue
    /// Internal: an agent of the portal's directory is to be looked at again: their last day is
    /// over, or an address that they wait for came free.
    AgentDue
    /// Internal: candidates for one alert; the mailer decides for each of them when it sends.
    AlertDue
    /// An alert was not sent.
    AlertFailed
    /// SES accepted an alert.
    AlertSent
    /// Internal: facts that waited for a consultation, or for its automatic favourites, can be
    /// told.
    ConsultationReady
    /// Internal: an account's deferred alerts are due.
    DailyDue
    /// Internal: an entity came, its tree changed or something left it, for which others of the
    /// portal's directory may have waited.
    DirectoryReady
    /// Internal: an entity came, for which consultations may have waited.
    EntityCame
    /// Internal: a fact was recorded, and its followers are to be told.
    FactRecorded
    /// An agent has a consultation as favourite now.
    FavouriteAdded
    /// An agent has a consultation as favourite no more.
    FavouriteRemoved
    /// Internal: the declared agents of an entity and below are to be invited, a step further.
    InvitationsDue
    /// An account's choices changed: alerts, places or absence.
    PreferencesChanged
    /// Internal: what an agent alone follows is to be given to somebody.
    HandoverDue
    /// Internal: a login looks for its account, whose address is to be mailed if there is one.
    RecoveryDue
    /// An event was malformed or refused. Goes to the encrypted rejected queue only, because the
    /// original may hold personal data.
    Rejected
}

macro_rules! details {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            /// Names the change, in each of its publications, so that a reader can drop repeats.
            #[cfg_attr(feature = "schema", schemars(extend("pattern" = EVENT_ID)))]
            #[serde(default)]
            pub event_id: String,
            $($(#[$field_meta])* pub $field: $type,)*
        }
    )*};
}

/// The shape of an event's id.
#[cfg(feature = "schema")]
const EVENT_ID: &str = "^[!-~]{1,200}$";
/// The shape of keys and of places in lists.
#[cfg(feature = "schema")]
const PLACE: &str = "^[!-~]{1,300}$";
/// The shape of a reason.
#[cfg(feature = "schema")]
const CODE: &str = r"^[^@\s]{1,200}$";
/// The kinds of facts, first the [`UNTOLD`] ones.
#[cfg(feature = "schema")]
const FACTS: [&str; 13] = [
    "documentsWithdrawn",
    "approvalGiven",
    "validationGiven",
    "tenderReceived",
    "consultationClosed",
    "messageReceived",
    "questionReceived",
    "noticePublished",
    "noticeRejected",
    "approvalRequested",
    "validationRequested",
    "approvalReminded",
    "validationReminded",
];
/// Number of kinds of which nobody is told: withdrawals are only counted, and ends only recorded.
#[cfg(feature = "schema")]
const UNTOLD: usize = 3;
/// The kinds of facts of which somebody may be told.
#[cfg(feature = "schema")]
const KINDS: &[&str] = FACTS.split_at(UNTOLD).1;

details! {
    /// Detail of an account that was created.
    AccountCreated {
        /// Account.
        account_id: AccountId,
    }
    /// Detail of a changed address.
    AccountEmailChanged {
        /// Account.
        account_id: AccountId,
    }
    /// Detail of an account that has a name now.
    AccountNamed {
        /// Account.
        account_id: AccountId,
        /// Stands for the portal's id of its agent, if that is the name; its address without.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<AgentName>,
        /// The place among those who wait to go on after.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schemars(extend("pattern" = PLACE)))]
        after: Option<String>,
    }
    /// Detail of a consultation that has waited.
    AwaitedCame {
        /// Consultation as the procurement system names it.
        consultation_id: ConsultationId,
        /// The thing that it has waited for.
        wait: Wait,
    }
    /// Detail of an entity that came.
    EntityCame {
        /// Entity.
        entity_id: EntityId,
        /// The place among those who wait to go on after.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schemars(extend("pattern" = PLACE)))]
        after: Option<String>,
    }
    /// Detail of changed choices.
    PreferencesChanged {
        /// Account.
        account_id: AccountId,
    }
    /// Detail of a new favourite.
    FavouriteAdded {
        /// Account.
        account_id: AccountId,
        /// Consultation as the procurement system names it.
        consultation_id: ConsultationId,
    }
    /// Detail of a favourite that went.
    FavouriteRemoved {
        /// Account.
        account_id: AccountId,
        /// Consultation as the procurement system names it.
        consultation_id: ConsultationId,
    }
    /// Detail of a fact that was recorded.
    FactRecorded {
        /// Consultation as the procurement system names it.
        consultation_id: ConsultationId,
        /// Kind of the fact.
        #[cfg_attr(feature = "schema", schemars(extend("enum" = FACTS)))]
        kind: KindName,
        /// Business key of the fact within its consultation and kind.
        #[cfg_attr(feature = "schema", schemars(extend("pattern" = PLACE)))]
        fact_key: KeyText,
        /// The place among the followers to go on after.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schemars(extend("pattern" = PLACE)))]
        after: Option<String>,
    }
    /// Detail of a consultation whose waiting facts can be told.
    ConsultationReady {
        /// Consultation as the procurement system names it.
        consultation_id: ConsultationId,
        /// The place among the facts to go on after.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schemars(extend("pattern" = PLACE)))]
        after: Option<String>,
    }
    /// Detail of an entity for which others may have waited.
    DirectoryReady {
        /// Entity.
        entity_id: EntityId,
        /// The place among those who wait to go on after.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schemars(extend("pattern" = PLACE)))]
        after: Option<String>,
    }
    /// Detail of an agent to look at again.
    AgentDue {
        /// Digest of the organisation and the portal's own id of the agent.
        agent: AgentName,
    }
    /// Detail of invitations that go on.
    InvitationsDue {
        /// Entity.
        entity_id: EntityId,
        /// The step that is due; void once it was done.
        #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
        step: u64,
    }
    /// Detail of what is to be given to somebody.
    HandoverDue {
        /// Account whose agent alone follows it.
        account_id: AccountId,
        /// Names the handover; void once superseded.
        request_id: RequestId,
        /// The place among the stars to go on after.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schemars(extend("pattern" = PLACE)))]
        after: Option<String>,
    }
    /// Detail of one chunk of candidates.
    AlertDue {
        /// Consultation as the procurement system names it.
        consultation_id: ConsultationId,
        /// Kind of the fact.
        #[cfg_attr(feature = "schema", schemars(extend("enum" = KINDS)))]
        kind: KindName,
        /// Business key of the fact within its consultation and kind.
        #[cfg_attr(feature = "schema", schemars(extend("pattern" = PLACE)))]
        fact_key: KeyText,
        /// One chunk of candidates.
        #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 50)))]
        account_ids: BTreeSet<AccountId>,
        /// The consultation's entity first, then each parent up to the root; empty if the entity is
        /// not known. A hint that is checked.
        #[serde(default)]
        #[cfg_attr(feature = "schema", schemars(length(max = 100), extend("uniqueItems" = true)))]
        entity_path: Vec<EntityId>,
        /// Delegate who was mailed instead of the candidates and whose copy did not arrive: they
        /// are told after all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delegate_id: Option<AccountId>,
    }
    /// Detail of deferred alerts that are due.
    DailyDue {
        /// Account.
        account_id: AccountId,
    }
    /// Detail of a mail that is due.
    AccountMailDue {
        /// Account.
        account_id: AccountId,
        /// Kind of the mail.
        mail: AccountMailKind,
        /// Invitation, address change, delegation, request to link accounts, recovery or entry of
        /// the audit that the mail belongs to; void once superseded. Of unreached: names the entry
        /// of open work.
        request_id: RequestId,
        /// Grows each time the mail is asked for again.
        #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
        attempt: u32,
        /// True if the mail was held back before.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        again: bool,
        /// Of missedAlerts: since when mails were not sent; absent if they only came back for a
        /// while.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schemars(with = "Option<String>", extend("format" = "date-time")))]
        since: Option<Timestamp>,
        /// Of missedAlerts: when the address had been confirmed before, from when on what came back
        /// is missed; milliseconds since the epoch.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        confirmed_at: Option<i64>,
    }
    /// Detail of an ask for an account.
    RecoveryDue {
        /// Login that asks: a digest of issuer and subject.
        login_id: LoginId,
        /// Names the ask; void once superseded.
        request_id: RequestId,
    }
    /// Detail of an alert that SES accepted.
    AlertSent {
        /// Account.
        account_id: AccountId,
        /// Consultation as the procurement system names it.
        consultation_id: ConsultationId,
        /// Kind of the fact.
        #[cfg_attr(feature = "schema", schemars(extend("enum" = KINDS)))]
        kind: KindName,
        /// Business key of the fact within its consultation and kind.
        #[cfg_attr(feature = "schema", schemars(extend("pattern" = PLACE)))]
        fact_key: KeyText,
    }
    /// Detail of an alert that was not sent.
    AlertFailed {
        /// Account.
        account_id: AccountId,
        /// Consultation as the procurement system names it.
        consultation_id: ConsultationId,
        /// Kind of the fact.
        #[cfg_attr(feature = "schema", schemars(extend("enum" = KINDS)))]
        kind: KindName,
        /// Business key of the fact within its consultation and kind.
        #[cfg_attr(feature = "schema", schemars(extend("pattern" = PLACE)))]
        fact_key: KeyText,
        /// Why: machine-readable, never an address or a name.
        #[cfg_attr(feature = "schema", schemars(extend("pattern" = CODE)))]
        reason: String,
    }
}

impl FactRecorded {
    /// Names a fact to fan out, again or from a place among its followers on.
    ///
    /// # Errors
    /// Its key is longer than any that is stored.
    pub fn again(id: &ConsultationId, fact: &Fact, after: Option<String>) -> Result<Self, Invalid> {
        let (kind, key) = (fact.kind(), fact.key());
        let place = after.as_deref().unwrap_or_default();
        Ok(Self {
            event_id: digest(&["recorded", id.as_str(), kind, &key, place]),
            consultation_id: id.clone(),
            kind: KindName::new(kind.to_owned())?,
            fact_key: KeyText::new(key)?,
            after,
        })
    }
}

impl AccountMailDue {
    /// Makes a mail due for the first time.
    #[must_use]
    pub fn new(
        event_id: impl Into<String>,
        account: &AccountId,
        mail: AccountMailKind,
        request: &RequestId,
    ) -> Self {
        Self {
            event_id: event_id.into(),
            account_id: account.clone(),
            mail,
            request_id: request.clone(),
            attempt: 1,
            again: false,
            since: None,
            confirmed_at: None,
        }
    }
}

/// An event as it came, and why it was not taken.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Rejected {
    /// The event in one piece.
    Whole {
        /// Why, in one line.
        reason: String,
        /// The event as it came: an object, or a string where it was not JSON.
        original: Value,
    },
    /// A part of one that does not fit in one event.
    #[serde(rename_all = "camelCase")]
    Part {
        /// Why, in one line.
        reason: String,
        /// Names the message.
        message_id: String,
        /// Number of the part of its text, from 1.
        part: usize,
        /// Number of parts.
        parts: usize,
        /// The part: all of them, in order, are the event as it came.
        text: String,
    },
}

impl Rejected {
    /// Keeps an event of ours whole, for whom it could not be done yet.
    #[must_use]
    pub fn of(reason: &str, event: &Event) -> Self {
        Self::Whole {
            reason: reason.to_owned(),
            original: serde_json::json!({
                "source": "vigie", "detail-type": event.detail_type(), "detail": event,
            }),
        }
    }
}
