//! Items as they were read: what was decided on one writing of an item does not delete the next.

use super::{Item, item, keys::Key, transaction::Expression};

/// The attribute that tells one writing of an item from the next: what was decided on the one does not delete the other.
pub(super) const MARK: &str = "mark";

/// An item that is over, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Its key.
    pub key: Key,
    /// Which writing of it.
    mark: Option<String>,
}

impl Snapshot {
    pub(super) fn of(found: &Item) -> Self {
        Self { key: item::key(found), mark: Some(item::text(found, MARK)).filter(|mark| !mark.is_empty()).map(str::to_owned) }
    }

    pub(super) fn unchanged(&self) -> Expression {
        let condition = Expression::condition(if self.mark.is_some() { "#mark = :mark" } else { "attribute_not_exists(#mark)" });
        let condition = condition.name("#mark", MARK);
        match &self.mark {
            Some(mark) => condition.value(":mark", item::s(mark)),
            None => condition,
        }
    }
}

/// An item with a mark of this writing.
pub(super) fn marked(mut item: Item) -> Item {
    item.insert(MARK.to_owned(), item::s(format!("{:016x}", fastrand::u64(..))));
    item
}
