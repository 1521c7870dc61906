//! Items as they were read: what was decided on one writing of an item does not delete the next.

use vigie_domain::id::digest;

use crate::{
    Item, Result, Store,
    table::{
        item,
        keys::Key,
        transaction::{ACTIONS, Expression},
    },
};

/// The attribute that tells one writing of an item from the next: what was decided on the one does
/// not delete the other.
pub(crate) const MARK: &str = "mark";

/// An item that is over, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Its key.
    pub key: Key,
    /// The mark of the version that was written.
    mark: Option<String>,
}

impl Snapshot {
    pub(crate) fn of(found: &Item) -> Self {
        Self {
            key: item::key(found),
            mark: Some(item::text(found, MARK))
                .filter(|mark| !mark.is_empty())
                .map(str::to_owned),
        }
    }

    /// Names the event that tells somebody of it, the same each time.
    #[must_use]
    pub fn event_id(&self, of: &str) -> String {
        digest(&[of, &self.key.sk])
    }

    pub(crate) fn unchanged(&self) -> Expression {
        let condition = Expression::condition(if self.mark.is_some() {
            "#mark = :mark"
        } else {
            "attribute_not_exists(#mark)"
        });
        let condition = condition.name("#mark", MARK);
        match &self.mark {
            Some(mark) => condition.value(":mark", item::s(mark)),
            None => condition,
        }
    }
}

impl Store {
    /// Deletes what is over, as it was read: what was written again since stays.
    pub async fn snapshot_delete(&self, over: &[Snapshot]) -> Result<()> {
        for chunk in over.chunks(ACTIONS) {
            // Refused: gone already, or written again.
            self.transact_those(chunk.len(), |writes, i| {
                writes.delete(i, self, &chunk[i].key, chunk[i].unchanged())
            })
            .await?;
        }
        Ok(())
    }
}

/// An item with a mark of this writing.
pub(crate) fn marked(mut item: Item) -> Item {
    item.insert(
        MARK.to_owned(),
        item::s(format!("{:016x}", fastrand::u64(..))),
    );
    item
}
