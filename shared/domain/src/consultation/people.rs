//! People as an event names them on a consultation: by their account, or by the portal's own names.

use serde::Deserialize;
use serde_json::Value;

use crate::{
    consultation::{Consultation, person::Name},
    contact::email::Email,
    directory::agent::AgentId,
    id::AccountId,
    json::Json,
    text::{FieldError, Invalid},
};

/// A person as an event names them.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Person {
    /// By their account, wherever it is.
    Account(AccountId),
    /// By a name of the portal's.
    Named(Name),
}

/// The parts of an event that name people.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct People {
    /// The agent that saved it first: an account, the portal's own id of an agent, or the address
    /// of an account, of the organisation to which the entity belongs. Whoever is not known yet is
    /// waited for. An address that cannot be read names nobody.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Sent>"))]
    author: Option<Value>,
    /// Account of the agent that saved it first; only read without `author`.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Value"))]
    author_account_id: Option<Value>,
    /// People invited on this consultation, named as `author` is.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<Sent>", length(max = 1000)))]
    guests: Vec<Value>,
}

/// A person as an event may name them.
#[cfg(feature = "schema")]
struct Sent;

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Sent {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Person".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let account = generator.subschema_for::<AccountId>();
        schemars::json_schema!({
            "anyOf": [
                account,
                {
                    "type": "object",
                    "required": ["agentId"],
                    "properties": {
                        "agentId": { "type": "string", "minLength": 1, "maxLength": 128 },
                        "email": { "type": "null" },
                    },
                },
                {
                    "type": "object",
                    "required": ["email"],
                    "properties": { "agentId": { "type": "null" } },
                },
            ],
        })
    }
}

impl People {
    /// The fields that name people, and the one that an event has no word on.
    pub(super) const FIELDS: [&str; 4] = ["author", "authorAccountId", "guests", "awaited"];

    /// Puts them on a consultation. `author` wins over `authorAccountId`.
    ///
    /// # Errors
    /// The field: there is no author, or a person is none.
    pub(super) fn put_on(self, consultation: &mut Consultation) -> Result<(), FieldError> {
        let author = self.author.map_or_else(
            || {
                let field = "authorAccountId";
                let id = self
                    .author_account_id
                    .ok_or_else(|| FieldError::new(field, "is required, or author"))?;
                let id = Json::from(&id).to_type();
                let id = id.map_err(|e| FieldError::new(field, e.reason))?;
                Ok(Some(Person::Account(id)))
            },
            |author| Person::read(&author).map_err(|e| FieldError::new("author", e.to_string())),
        );
        match author? {
            Some(Person::Account(id)) => consultation.author_account_id = Some(id),
            Some(Person::Named(name)) => consultation.awaited.author = Some(name),
            None => {}
        }
        for (index, guest) in self.guests.iter().enumerate() {
            let guest = Person::read(guest);
            match guest.map_err(|e| FieldError::new(format!("guests[{index}]"), e.to_string()))? {
                Some(Person::Account(id)) => drop(consultation.guests.insert(id)),
                Some(Person::Named(name)) => drop(consultation.awaited.guests.insert(name)),
                None => {}
            }
        }
        Ok(())
    }
}

const NO_PERSON: Invalid =
    Invalid("a person is an account's id, or has an agentId or an email, and not both");

impl Person {
    /// Reads a person; nobody where their address cannot be read.
    fn read(sent: &Value) -> Result<Option<Self>, Invalid> {
        let named = match sent {
            Value::String(id) => return AccountId::parse(id).map(|id| Some(Self::Account(id))),
            Value::Object(named) => named,
            _ => return Err(NO_PERSON),
        };
        let given = |name: &str| named.get(name).filter(|sent| !sent.is_null());
        match (given("agentId"), given("email")) {
            (Some(Value::String(id)), None) => {
                Ok(Some(Self::Named(Name::AgentId(AgentId::parse(id)?))))
            }
            (None, email) if named.contains_key("email") => {
                let email = email.and_then(address);
                Ok(email.map(|email| Self::Named(Name::Address(email.digest()))))
            }
            _ => Err(NO_PERSON),
        }
    }
}

fn address(sent: &Value) -> Option<Email> {
    Email::parse(sent.as_str()?).ok()
}

/// True if a person is named by an address that cannot be read: they are left out.
pub(super) fn is_unreadable(sent: &Value) -> bool {
    matches!(Person::read(sent), Ok(None))
}
