//! The running total of a consultation's deposits by one channel. A deposit may come before it is
//! known in which organisation the consultation lies, and be told of another one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::EntityId;

/// The deposits so far, by the organisation that their events named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// Those that named none.
    unnamed: u64,
    /// Those that named one.
    named: BTreeMap<EntityId, u64>,
}

impl Tally {
    /// Returns it with one more.
    #[must_use]
    pub fn with(mut self, organisation: Option<&EntityId>) -> Self {
        let counter = match organisation {
            Some(organisation) => self.named.entry(organisation.clone()).or_default(),
            None => &mut self.unnamed,
        };
        *counter += 1;
        self
    }

    /// True if some named their organisation.
    #[must_use]
    pub fn has_named(&self) -> bool {
        !self.named.is_empty()
    }

    /// Returns how many are a consultation's of this organisation. While nobody knows of which it
    /// is, that is known only as long as none named one.
    #[must_use]
    pub fn total(&self, organisation: Option<&EntityId>) -> Option<u64> {
        match organisation {
            Some(own) => Some(self.unnamed + self.named.get(own).copied().unwrap_or_default()),
            None => (!self.has_named()).then_some(self.unnamed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_of_another_organisation_is_in_no_total() {
        let [ems, lyon] = ["EMS", "LYON"].map(|id| EntityId::parse(id).expect("an id"));
        let none = Tally::default().with(None).with(None);
        assert_eq!(
            (none.total(None), none.total(Some(&ems))),
            (Some(2), Some(2))
        );
        let both = none.with(Some(&ems)).with(Some(&lyon)).with(Some(&lyon));
        assert_eq!(both.total(Some(&ems)), Some(3));
        assert_eq!(both.total(Some(&lyon)), Some(4));
        assert_eq!(both.total(None), None);
    }
}
