//! `OrganisationProvisioned`: the root of a new customer, and who administers it first.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    canary::is_canary,
    consultation::repair,
    contact::{Contact, name_of_person},
    entity::{Entity, MAX_SEPARATORS, beginnings},
    id::EntityId,
    json::Json,
    text::{FieldError, Text},
};

/// An organisation as the portal provisions it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its root.
    pub root: Entity,
    /// Its first administrator.
    pub administrator: Contact,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Sent {
    /// Name of the legal buyer; repaired, and the root's id where nothing is left of it.
    #[serde(default)]
    organisation: Value,
    /// Root of the organisation's tree.
    entity_id: EntityId,
    /// Name of the root; repaired, and its id where nothing is left of it.
    #[serde(default)]
    name: Value,
    /// First administrator, who is mailed an invitation.
    administrator: Administrator,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Administrator {
    /// Repaired, as the last name is.
    #[serde(default)]
    first_name: Value,
    /// Repaired.
    #[serde(default)]
    last_name: Value,
    /// The address that the invitation goes to.
    #[cfg_attr(feature = "schema", schemars(length(min = 3, max = 320), extend("pattern" = "@")))]
    email: String,
}

impl Organisation {
    /// Reads the detail of the event.
    ///
    /// # Errors
    /// The id or the administrator's address is missing or wrong.
    pub fn read(detail: &Value) -> Result<Self, FieldError> {
        let sent: Sent = Json::from(detail).to_type()?;
        let id = &sent.entity_id;
        if is_canary(id.as_str()) {
            return Err(FieldError::new(
                "entityId",
                "is Vigie's own: choose another",
            ));
        }
        if beginnings(id).count() > MAX_SEPARATORS {
            let reason = format!("more than {MAX_SEPARATORS} hyphens, dots and underscores");
            return Err(FieldError::new("entityId", reason));
        }
        Ok(Self {
            root: Entity {
                id: id.clone(),
                name: name("name", &sent.name, id)?,
                parent_id: None,
                organisation: name("organisation", &sent.organisation, id)?,
            },
            administrator: contact(&sent.administrator)?,
        })
    }
}

/// Returns a name that is only shown: repaired, or the entity's id where nothing is left of it.
fn name(field: &str, sent: &Value, entity: &EntityId) -> Result<Text<200>, FieldError> {
    repair::name(sent, Text::name)
        .map_or_else(|| Text::parse(entity.as_str()), Ok)
        .map_err(|e| FieldError::new(field, e.to_string()))
}

/// Returns the first administrator's contact; names that cannot be had stand back, since only the
/// address decides.
fn contact(sent: &Administrator) -> Result<Contact, FieldError> {
    let name = |sent, stand_in: &str| {
        repair::name::<100>(sent, name_of_person).map_or_else(|| stand_in.to_owned(), String::from)
    };
    let first = name(&sent.first_name, "Compte");
    let last = name(&sent.last_name, "Administrateur");
    let named = |first: &str, last: &str| json!({"firstName": first, "lastName": last, "email": sent.email});
    let contact = Contact::from_json(&named(&first, &last))
        .or_else(|_| Contact::from_json(&named("Compte", "Administrateur")));
    contact.map_err(|errors| {
        let first = errors.into_iter().next();
        first.map_or_else(
            || FieldError::new("administrator", "cannot be read"),
            |e| FieldError::new(format!("administrator.{}", e.field), e.reason),
        )
    })
}
