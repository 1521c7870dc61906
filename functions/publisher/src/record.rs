//! Records of a DynamoDB stream, as far as we look into them.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Number, Value};
use vigie_domain::event::{Event, change::Change};

/// Records one by one, so that one that cannot be read is nobody else's matter.
#[derive(Deserialize)]
pub(crate) struct Batch {
    #[serde(rename = "Records")]
    pub records: Vec<Value>,
}

/// The part of a record that cannot be read. None of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It is not in the stream's form.
    Form,
    /// It has not the table's keys.
    Keys,
    /// Its item is not of its kind.
    Item,
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Form => "its form is unknown",
            Self::Keys => "its keys are not the table's",
            Self::Item => "its item cannot be read",
        })
    }
}

/// One change of one item, its images in DynamoDB's JSON.
#[derive(Deserialize)]
pub(crate) struct Record {
    #[serde(rename = "eventID")]
    event_id: String,
    #[serde(rename = "eventName")]
    name: String,
    #[serde(rename = "userIdentity", default)]
    user_identity: Option<Value>,
    dynamodb: Images,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Images {
    keys: Value,
    #[serde(default)]
    new_image: Value,
    #[serde(default)]
    old_image: Value,
}

impl Record {
    /// Reads a record as far as it is looked into.
    ///
    /// # Errors
    /// It cannot be read, and never will be.
    pub fn read(record: &Value) -> Result<Self, Unreadable> {
        let record = Self::deserialize(record).map_err(|_| Unreadable::Form)?;
        let (pk, sk) = record.keys();
        if pk.is_empty() || sk.is_empty() {
            return Err(Unreadable::Keys);
        }
        Ok(record)
    }

    /// True if DynamoDB removed the item because its time was over.
    pub fn is_expiry(&self) -> bool {
        self.name == "REMOVE"
            && self
                .user_identity
                .as_ref()
                .is_some_and(|who| who["principalId"] == "dynamodb.amazonaws.com")
    }

    /// The primary key.
    pub fn keys(&self) -> (&str, &str) {
        let part = |name: &str| self.dynamodb.keys[name]["S"].as_str().unwrap_or_default();
        (part("pk"), part("sk"))
    }

    /// Returns what the change tells, its images read as a type.
    ///
    /// # Errors
    /// One of them is not of it.
    pub fn told<T: DeserializeOwned, E: IntoIterator<Item = Event>>(
        &self,
        tell: impl FnOnce(Change<T>) -> E,
    ) -> Result<Vec<Event>, serde_json::Error> {
        let Images {
            old_image,
            new_image,
            ..
        } = &self.dynamodb;
        let (before, after) = (image(old_image)?, image(new_image)?);
        let change = Change {
            name: &self.event_id,
            before: before.as_ref(),
            after: after.as_ref(),
        };
        Ok(tell(change).into_iter().collect())
    }
}

fn image<T: DeserializeOwned>(image: &Value) -> Result<Option<T>, serde_json::Error> {
    match image {
        Value::Object(item) => serde_json::from_value(map(item)).map(Some),
        _ => Ok(None),
    }
}

fn map(item: &Map<String, Value>) -> Value {
    Value::Object(
        item.iter()
            .map(|(name, attribute)| (name.clone(), plain(attribute)))
            .collect(),
    )
}

/// Reads an attribute in DynamoDB's JSON (`{"S": "…"}`) as the value that it stands for.
fn plain(attribute: &Value) -> Value {
    let Some((kind, value)) = attribute
        .as_object()
        .and_then(|tagged| tagged.iter().next())
    else {
        return Value::Null;
    };
    match (kind.as_str(), value) {
        ("N", Value::String(digits)) => digits
            .parse::<Number>()
            .map_or_else(|_| value.clone(), Value::Number),
        ("M", Value::Object(item)) => map(item),
        ("L", Value::Array(items)) => Value::Array(items.iter().map(plain).collect()),
        ("NULL", _) => Value::Null,
        _ => value.clone(),
    }
}
