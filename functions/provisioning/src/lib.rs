//! `OrganisationProvisioned`: the root entity of a new customer, its first administrator, an invitation. All or nothing, once.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use serde::Deserialize;
use serde_json::{Value, json};
use vigie_domain::{
    account::{Account, Invitation, LINK_LIFETIME, Role},
    contact::Contact,
    entity::Entity,
    id::EntityId,
    repair,
    text::Text,
};
use vigie_platform::{
    bus::Bus,
    clock::Clock,
    config::ConfigError,
    queue::{Failure, Message, each_message},
    runtime::{Consumer, Error, Platform},
    store::{Store, StoreError, accounts::Creation, ids},
};

/// The function.
#[derive(Clone, Debug)]
pub struct Provisioning {
    /// The table.
    pub store: Store,
    /// The bus, for what is refused.
    pub bus: Bus,
    /// The time.
    pub clock: Clock,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrganisationProvisioned {
    #[serde(default)]
    organisation: Value,
    entity_id: EntityId,
    #[serde(default)]
    name: Value,
    administrator: FirstAdministrator,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FirstAdministrator {
    #[serde(default)]
    first_name: Value,
    #[serde(default)]
    last_name: Value,
    email: String,
}

/// Returns a name that is only shown: repaired, or the entity's id where nothing is left of it.
fn name(sent: &Value, entity: &EntityId) -> Result<Text<200>, Failure> {
    let name = Text::parse(&repair::name(sent, 200, entity.as_str())).or_else(|_| Text::parse(entity.as_str()));
    name.map_err(|e| Failure::Reject(format!("name: {e}")))
}

/// Returns the first administrator's contact; names that cannot be had stand back, since only the address decides.
fn contact(administrator: &FirstAdministrator) -> Result<Contact, Failure> {
    let named = |first: &str, last: &str| json!({"firstName": first, "lastName": last, "email": administrator.email});
    let first = repair::name(&administrator.first_name, 100, "Compte");
    let last = repair::name(&administrator.last_name, 100, "Administrateur");
    let contact = Contact::from_json(&named(&first, &last)).or_else(|_| Contact::from_json(&named("Compte", "Administrateur")));
    contact.map_err(|errors| {
        let reasons: Vec<_> = errors.iter().map(|e| format!("administrator.{}: {}", e.field, e.reason)).collect();
        Failure::Reject(reasons.join("; "))
    })
}

impl Provisioning {
    /// From the environment.
    ///
    /// # Errors
    /// Something is missing in it.
    pub fn new(platform: &Platform) -> Result<Self, ConfigError> {
        Ok(Self { store: platform.store()?, bus: platform.bus()?, clock: platform.clock.clone() })
    }

    async fn provision(&self, message: &Message) -> Result<(), Failure> {
        if message.source != "procurement" || message.detail_type != "OrganisationProvisioned" {
            return Err(Failure::Reject("unknown detail-type".to_owned()));
        }
        let event = OrganisationProvisioned::deserialize(&message.detail).map_err(|e| Failure::Reject(e.to_string()))?;
        let contact = contact(&event.administrator)?;
        let root = Entity {
            id: event.entity_id.clone(),
            name: name(&event.name, &event.entity_id)?,
            parent_id: None,
            organisation: name(&event.organisation, &event.entity_id)?,
        };
        let account = Account::invite(ids::account(), root.id.clone(), Role::Administrator, contact, ids::request(), self.clock.now());
        match self.store.create_account(&account, Some(&root)).await? {
            Creation::Created => Ok(()),
            Creation::EmailTaken => Err(Failure::Reject("email-taken: the administrator's address belongs to an account".to_owned())),
            Creation::Entity => self.again(&account).await,
        }
    }

    /// The entity exists: the same event once more, or a root that nobody is left in; anything else is somebody else's.
    async fn again(&self, account: &Account) -> Result<(), Failure> {
        let root = self.store.entity(&account.entity_id).await?.is_some_and(|entity| entity.parent_id.is_none());
        let owner = self.store.owner(&account.contact.email).await?;
        let known = match owner {
            Some(owner) => self.store.account(&owner).await?,
            None => None,
        };
        match known {
            // Nobody accepted in time, or everybody left: the customer begins anew.
            None if root && self.store.agents(&account.entity_id, None, 1).await?.0.is_empty() => self.refill(account).await,
            Some(known) if root && known.entity_id == account.entity_id && known.role == Role::Administrator => self.renew(&known).await,
            _ => Err(Failure::Reject("entity-exists: the entity is there already, with another administrator".to_owned())),
        }
    }

    /// A first administrator for a root that has no agents.
    async fn refill(&self, account: &Account) -> Result<(), Failure> {
        match self.store.create_account(account, None).await? {
            Creation::Created => Ok(()),
            // The same event at the same time: looked at again.
            Creation::EmailTaken | Creation::Entity => Err(Failure::Retry("the entity is being provisioned".to_owned())),
        }
    }

    /// Nobody else can invite a first administrator again, so the event sent once more does, when the invitation is too old.
    async fn renew(&self, known: &Account) -> Result<(), Failure> {
        let now = self.clock.now();
        if known.invitation.as_ref().is_none_or(|invitation| invitation.expires_at > now) {
            return Ok(());
        }
        let invitation = Invitation { request_id: ids::request(), expires_at: now + LINK_LIFETIME };
        match self.store.invite_again(known, &invitation, &known.mail_quota).await {
            // Accepted, or sent again, meanwhile.
            Err(StoreError::Refused) => Ok(()),
            other => Ok(other?),
        }
    }
}

impl Consumer for Provisioning {
    async fn consume(&self, event: Value) -> Result<Value, Error> {
        Ok(each_message(event, &self.bus, async |message| self.provision(message).await).await?)
    }

    fn store(&self) -> Option<&Store> {
        Some(&self.store)
    }
}
