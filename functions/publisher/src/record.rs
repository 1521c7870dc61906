//! Records of a DynamoDB stream, as far as we look into them.

use serde::Deserialize;
use serde_json::{Value, json};
use vigie_aws::bus::Event;

#[derive(Deserialize)]
pub(crate) struct Batch {
    #[serde(rename = "Records")]
    pub records: Vec<Record>,
}

/// One change of one item, its images in DynamoDB's JSON.
#[derive(Deserialize)]
pub(crate) struct Record {
    #[serde(rename = "eventID")]
    event_id: String,
    #[serde(rename = "eventName")]
    pub name: String,
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
    /// Returns whether DynamoDB removed the item because its time was over.
    pub fn is_expiry(&self) -> bool {
        self.name == "REMOVE"
            && self
                .user_identity
                .as_ref()
                .is_some_and(|who| who["principalId"] == "dynamodb.amazonaws.com")
    }

    /// Returns whether the item is new.
    pub fn is_insert(&self) -> bool {
        self.name == "INSERT"
    }

    /// The primary key.
    pub fn keys(&self) -> (&str, &str) {
        (
            string(&self.dynamodb.keys["pk"]),
            string(&self.dynamodb.keys["sk"]),
        )
    }

    /// An attribute after the change, `.`-separated into maps; null if absent.
    pub fn after(&self, path: &str) -> &Value {
        attribute(&self.dynamodb.new_image, path)
    }

    /// An attribute before the change.
    pub fn before(&self, path: &str) -> &Value {
        attribute(&self.dynamodb.old_image, path)
    }

    /// Returns whether an attribute is there after the change and differs from before.
    pub fn became(&self, path: &str) -> bool {
        !self.after(path).is_null() && self.after(path) != self.before(path)
    }

    /// Returns whether an attribute of an item that stays came, went or is another.
    pub fn changed(&self, path: &str) -> bool {
        self.name == "MODIFY" && self.after(path) != self.before(path)
    }

    /// An event of ours about this record; `part` tells apart several of one record, so that a
    /// repetition has the same id.
    pub fn event(&self, detail_type: &'static str, part: &str, mut detail: Value) -> Event {
        detail["eventId"] = json!(format!("{}{part}", self.event_id));
        Event {
            detail_type,
            detail,
        }
    }
}

/// The text of `{"S": …}` or the digits of `{"N": …}`.
pub(crate) fn string(attribute: &Value) -> &str {
    attribute["S"]
        .as_str()
        .or_else(|| attribute["N"].as_str())
        .unwrap_or_default()
}

fn attribute<'a>(image: &'a Value, path: &str) -> &'a Value {
    let mut parts = path.split('.');
    let first = parts.next().map_or(&Value::Null, |name| &image[name]);
    parts.fold(first, |map, name| &map["M"][name])
}
