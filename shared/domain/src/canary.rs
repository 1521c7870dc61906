//! The canary: a synthetic tender that goes the whole way, over and over, so that whether alerts
//! leave is known before somebody misses one. It has an organisation, an account and consultations
//! of its own, under ids that nobody else can take.
//!
//! Its day begins at 20:00 in Paris and has one consultation. Its alerts for the daily mail are
//! recorded before midnight and come at 7:00, within that day, so the next day needs nothing of it
//! any more.

pub mod flight;

use jiff::Timestamp;
use serde_json::json;

use crate::{
    account::{
        Account, EmailStatus, Role,
        preferences::{Alerts, Kind, Mode},
    },
    contact::Contact,
    entity::Entity,
    id::{AccountId, EntityId, RequestId},
    text::{Invalid, Text},
};

/// Its account, its entity, and the beginning of its consultations' ids.
pub const NAME: &str = "vigie-canary";

/// Address of its mails: SES's success simulator, which takes everything and says so.
pub const ADDRESS: &str = "success+vigie-canary@simulator.amazonses.com";

/// True if an id is one of the canary's, which nobody else may take.
#[must_use]
pub fn is_canary(id: &str) -> bool {
    id.starts_with(NAME)
}

/// Returns its account, confirmed and wanting what a trip is about.
///
/// # Errors
/// Never: the constants above are right.
pub fn account(now: Timestamp) -> Result<Account, Invalid> {
    let contact = json!({"firstName": "Canari", "lastName": "Vigie", "email": ADDRESS});
    let contact = Contact::from_json(&contact).map_err(|_| Invalid("the canary's contact"))?;
    let request = RequestId::parse(NAME)?;
    let mut alerts = Alerts::default();
    alerts.automatic_favourites.mine = true;
    alerts.kinds.set(Kind::TenderReceived, Mode::Immediate);
    alerts.kinds.set(Kind::ConsultationClosed, Mode::Immediate);
    alerts.kinds.set(Kind::QuestionReceived, Mode::Daily);
    let invited = Account::invite(
        AccountId::parse(NAME)?,
        EntityId::parse(NAME)?,
        Role::Agent,
        contact,
        request,
        now,
    );
    Ok(Account {
        email_status: EmailStatus::Confirmed,
        invitation: None,
        alerts,
        ..invited
    })
}

/// Returns the root of its organisation.
///
/// # Errors
/// Never: the constants above are right.
pub fn organisation() -> Result<Entity, Invalid> {
    let name = Text::parse("Canari de Vigie")?;
    Ok(Entity {
        id: EntityId::parse(NAME)?,
        name: name.clone(),
        parent_id: None,
        organisation: name,
    })
}
