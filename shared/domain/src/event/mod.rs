//! Events that Vigie publishes (docs/contract.md, "Events out"): ids only, save in `Rejected`. The
//! schemas in `events/schemas` are made from these types.

pub mod change;
mod detail;
pub mod envelope;
pub mod mail;
pub mod portal;
mod rejected;
#[cfg(feature = "schema")]
pub mod sent;

use serde::Serialize;

pub use self::{
    detail::{
        AccountCreated, AccountEmailChanged, AccountMailDue, AccountNamed, AgentDue, AlertDue,
        AlertFailed, AlertSent, AwaitedCame, ConsultationReady, DailyDue, DirectoryReady,
        EntityCame, FactRecorded, FavouriteAdded, FavouriteRemoved, HandoverDue, InvitationsDue,
        KeyText, KindName, PreferencesChanged, RecoveryDue,
    },
    rejected::Rejected,
};

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
