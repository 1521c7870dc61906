//! Schemas of the portal's events, as they may be sent: made from the types that they are read
//! into, and from what is repaired before.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Value, json};

use crate::{
    consultation::{
        Consultation,
        details::{Deposit, Message, Notice, Question, RefusedNotice, Withdrawal},
        fact::About,
        people::People,
        repair::{Field, fields},
        sign_off::{End, SignOff},
    },
    directory::{agent, entity, organisation},
    id::AccountId,
};

/// Returns the schema of each event's detail, by detail-type, and what it tells.
#[must_use]
pub fn schemas() -> Vec<(&'static str, &'static str, Value)> {
    let all = [
        (
            "ConsultationSaved",
            "A procurement procedure was created or changed; everything in it replaces what was known.",
            consultation(),
        ),
        (
            "TenderReceived",
            "A firm handed in a tender.",
            fact::<Deposit>(),
        ),
        (
            "DocumentsWithdrawn",
            "Somebody took the tender documents.",
            fact::<Withdrawal>(),
        ),
        (
            "MessageReceived",
            "A firm answered a message of the buyer that allowed an answer.",
            fact::<Message>(),
        ),
        (
            "QuestionReceived",
            "A firm asked a question of its own accord.",
            fact::<Question>(),
        ),
        (
            "NoticePublished",
            "The BOAMP published a notice.",
            fact::<Notice>(),
        ),
        (
            "NoticeRejected",
            "The BOAMP refused a notice.",
            fact::<RefusedNotice>(),
        ),
        (
            "ApprovalRequested",
            "A consultation waits for approval.",
            fact::<SignOff>(),
        ),
        (
            "ValidationRequested",
            "A consultation waits for validation.",
            fact::<SignOff>(),
        ),
        (
            "ApprovalGiven",
            "A request for approval has ended.",
            fact::<End>(),
        ),
        (
            "ValidationGiven",
            "A request for validation has ended.",
            fact::<End>(),
        ),
        (
            "EntitySaved",
            "The portal declares an entity of an organisation: its name, its place and its links.",
            of::<entity::Sent>(),
        ),
        (
            "EntityRemoved",
            "The portal removes an entity, which goes once no agent and no entity lies in it any more.",
            only(
                &["organisationId", "entityId", "revision"],
                of::<entity::Sent>(),
            ),
        ),
        (
            "AgentSaved",
            "The portal declares an agent of an organisation: their entity, role and rights, and their contact details until they change them.",
            of::<agent::sent::AgentSaved>(),
        ),
        (
            "AgentLeft",
            "The portal says that an agent leaves: their account works until the day is over in Paris.",
            of::<agent::sent::AgentLeft>(),
        ),
        (
            "OrganisationProvisioned",
            "First step of a new customer: the root of its tree and its first administrator.",
            of::<organisation::Sent>(),
        ),
    ];
    let all = all.into_iter();
    all.map(|(name, tells, schema)| (name, tells, loosened(name, schema)))
        .collect()
}

fn of<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12()
        .for_deserialize()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}

/// Returns the schema of a fact: the consultation first, then what happened.
fn fact<T: JsonSchema>() -> Value {
    both(of::<About>(), of::<T>())
}

/// Returns the schema of a consultation with the people whom it names. One of two fields names its
/// author.
fn consultation() -> Value {
    let mut schema = both(of::<Consultation>(), of::<People>());
    schema["anyOf"] = json!([
        {"required": ["author"], "properties": {"author": {"not": {"type": "null"}}}},
        {"required": ["authorAccountId"], "properties": {"authorAccountId": of::<AccountId>()}},
    ]);
    schema
}

/// Returns a schema with the properties of two.
fn both(mut schema: Value, mut of: Value) -> Value {
    if let (Some(all), Some(more)) = (
        schema["properties"].as_object_mut(),
        of["properties"].as_object_mut(),
    ) {
        all.append(more);
    }
    if let (Some(all), Some(more)) = (
        schema["required"].as_array_mut(),
        of["required"].as_array_mut(),
    ) {
        all.append(more);
    }
    schema
}

/// Returns the schema with these properties alone.
fn only(names: &[&str], mut schema: Value) -> Value {
    if let Some(properties) = schema["properties"].as_object_mut() {
        properties.retain(|name, _| names.contains(&name.as_str()));
    }
    require(&mut schema, |name| names.contains(&name));
    schema
}

/// Says of each field what is taken, which is more than what is kept.
fn loosened(detail_type: &str, mut schema: Value) -> Value {
    for (name, field) in fields(detail_type) {
        let Some(property) = schema["properties"][name].as_object_mut() else {
            continue;
        };
        property.remove("default");
        match field {
            Field::Integer | Field::Person => {}
            Field::List | Field::People => {
                property.insert("type".to_owned(), json!(["array", "null"]));
            }
            Field::Instant => {
                property.insert("format".to_owned(), "date-time".into());
                property.insert("pattern".to_owned(), INSTANT.into());
            }
            _ => {
                let told = property["description"].as_str().unwrap_or_default();
                let told = format!("{told} {}", shown(*field));
                *property = [("description".to_owned(), told.into())]
                    .into_iter()
                    .collect();
                require(&mut schema, |required| required != *name);
            }
        }
    }
    schema
}

/// The shape of an instant.
const INSTANT: &str =
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$";

/// Returns how a field is read of which anything is taken.
fn shown(field: Field) -> String {
    let form = match field {
        Field::Part(_) => return "Text or number.".to_owned(),
        Field::Text(most) => format!("Text or number, {most} characters at most are kept."),
        Field::Texts { most, each, .. } => {
            format!("A list of texts; {most} of at most {each} characters are kept.")
        }
        Field::Url => "An http or https address.".to_owned(),
        Field::Day => "A day, YYYY-MM-DD.".to_owned(),
        Field::Flag => "true or false.".to_owned(),
        Field::Integer | Field::List | Field::Person | Field::People | Field::Instant => {
            return String::new();
        }
    };
    format!("{form} Only shown: whatever else comes is repaired, never refused.")
}

/// Keeps the requirements that are wanted.
fn require(schema: &mut Value, wanted: impl Fn(&str) -> bool) {
    if let Some(names) = schema["required"].as_array_mut() {
        names.retain(|name| name.as_str().is_some_and(&wanted));
    }
}
