//! Reads what this release or another one stored. Input is strict and says what is wrong with it;
//! what is stored is read as far as it is known here, so that an upgrade, or a way back from it,
//! makes nobody's account unreadable.

use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned, de::Error};
use serde_json::{Map, Value};

/// Reads an object whose type is strict: fields that it does not know are passed over, and those
/// that are missing are as by default.
///
/// # Errors
/// It is no such object.
pub fn known<'de, D: Deserializer<'de>, T: Default + Serialize + DeserializeOwned>(
    deserializer: D,
) -> Result<T, D::Error> {
    let mut stored: Map<String, Value> = Map::deserialize(deserializer)?;
    let Value::Object(mut known) = serde_json::to_value(T::default()).map_err(D::Error::custom)?
    else {
        return Err(D::Error::custom("no object"));
    };
    for (name, value) in &mut known {
        if let Some(found) = stored.remove(name) {
            *value = found;
        }
    }
    T::deserialize(Value::Object(known)).map_err(D::Error::custom)
}

/// True if a value need not be stored.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// True if a flag need not be stored.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
pub(crate) fn is_false(value: &bool) -> bool {
    !value
}
