//! Details: the fields of each event.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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
