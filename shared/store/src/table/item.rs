//! Between our types and items.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;

use crate::{
    Item, Result, Source, StoreError,
    table::keys::{self, Key, PK, SK},
};
use vigie_runtime::log;

/// A type as an item under a key.
pub(crate) fn write<T: Serialize>(key: &Key, value: &T) -> Result<Item> {
    let mut item: Item = serde_dynamo::to_item(value)
        .map_err(|e| StoreError::Unbuildable("item", Source::new(e)))?;
    item.extend(key.attributes());
    Ok(item)
}

/// An item as a type; fields that the type does not have are passed over.
pub(crate) fn read<T: DeserializeOwned>(item: Item, what: &'static str) -> Result<T> {
    serde_dynamo::from_item(item).map_err(|e| StoreError::Corrupt(what, Source::new(e)))
}

/// An item of several as a type. What cannot be read is set aside with an alarm: it takes none of
/// the others with it.
pub(crate) fn read_or_set_aside<T: DeserializeOwned>(item: Item, what: &'static str) -> Option<T> {
    let Key { pk, sk } = key(&item);
    read(item, what)
        .inspect_err(|_| {
            // An address is part of its guard's key.
            let key = if keys::holds_address(&pk) {
                String::new()
            } else {
                format!("{pk} {sk}")
            };
            log::error(
                "an item that cannot be read is set aside",
                json!({"item": what, "key": key}),
            );
            log::count("UnreadableItem", 1);
        })
        .ok()
}

/// Those of several items that can be read.
pub(crate) fn read_those<T: DeserializeOwned>(
    items: impl IntoIterator<Item = Item>,
    what: &'static str,
) -> Vec<T> {
    items
        .into_iter()
        .filter_map(|item| read_or_set_aside(item, what))
        .collect()
}

/// A value for an expression.
pub(crate) fn value<T: Serialize>(value: &T) -> Result<AttributeValue> {
    serde_dynamo::to_attribute_value(value)
        .map_err(|e| StoreError::Unbuildable("item", Source::new(e)))
}

/// Text for an expression.
pub(crate) fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A number for an expression.
pub(crate) fn n(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// Text of an attribute.
pub(crate) fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name)
        .and_then(|v| v.as_s().ok())
        .map_or("", String::as_str)
}

/// An item's sort key.
pub(crate) fn sk(item: &Item) -> &str {
    text(item, SK)
}

/// An item's primary key.
pub(crate) fn key(item: &Item) -> Key {
    Key {
        pk: text(item, PK).to_owned(),
        sk: sk(item).to_owned(),
    }
}
