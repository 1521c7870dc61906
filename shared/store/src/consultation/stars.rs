//! Progress of a consultation's automatic favourites. They are given list by list of those who may
//! watch it, page by page. The consultation remembers the page that was done last, so that a save
//! that is cut short goes on behind it.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vigie_domain::{
    consultation::Consultation,
    id::{AccountId, ConsultationId, EntityId},
    retention::waits,
};
use vigie_runtime::again::unless_refused;

use crate::{
    Item, Result, Store, StoreError,
    table::{
        item::{self, n, s},
        keys,
        transaction::{Expression, Transaction},
    },
};

/// The attribute with those whom a consultation names by names of the portal's.
pub(crate) const AWAITED: &str = "awaited";

/// The name of the author to whom the first save gives a star, as long as it is open whose it is or
/// it may become another account's. Not part of any revision.
pub(crate) const STAR_AWAITED: &str = "starAwaited";

/// The account that had its star by that name.
pub(crate) const STARRED_AS: &str = "starredAs";

/// The attribute that is there once automatic favourites were given.
pub(crate) const STARS_GIVEN: &str = "starsGiven";

/// The attribute with those who are [`owed`] a star.
pub(crate) const STARS_OWED: &str = "starsOwed";

/// Most of them that a consultation remembers: its item stays below the table's 400 KB.
const MOST_OWED: usize = 1000;

/// Time at which a consultation was first saved. Not part of any revision.
pub(crate) const HEARD_AT: &str = "heardAt";

/// True if a fact of a consultation has to wait for automatic favourites, or for somebody whom it
/// names: they may still come, and will not come too late.
pub(crate) fn may_wait(consultation: &Item, now: Timestamp) -> bool {
    let open = [AWAITED, STAR_AWAITED, STARS_OWED];
    let is_open = open.iter().any(|open| consultation.contains_key(*open));
    (is_open || !consultation.contains_key(STARS_GIVEN))
        && heard_at(consultation).is_none_or(|heard_at| waits(heard_at, now))
}

/// Those who may have a star by a rule and could not be read when stars were given.
pub(crate) fn owed(consultation: &Item) -> BTreeSet<AccountId> {
    let owed = consultation.get(STARS_OWED);
    let owed = owed.and_then(|owed| owed.as_ss().ok());
    let owed = owed.into_iter().flatten();
    owed.filter_map(|id| AccountId::parse(id).ok()).collect()
}

fn heard_at(consultation: &Item) -> Option<Timestamp> {
    item::text(consultation, HEARD_AT).parse().ok()
}

/// The progress of a consultation's automatic favourites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stars {
    /// All were given.
    Given,
    /// All were given but those to accounts that could not be read.
    Owed(BTreeSet<AccountId>),
    /// Some may be missing; those before this place were given.
    Open(Option<StarCursor>),
}

/// A place in the lists of those who may watch a consultation: everybody before it was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StarCursor {
    /// Names the lists and their order; in other lists the place means nothing.
    #[serde(rename = "starsLists")]
    pub lists: String,
    /// The number of lists that were gone through to their end.
    #[serde(rename = "starsDone")]
    pub done: usize,
    /// Sort key of the last watcher looked at in the list after those; empty at its beginning.
    #[serde(rename = "starsAfter")]
    pub after: String,
}

impl StarCursor {
    /// Before the first of these lists.
    #[must_use]
    pub fn start(lists: String) -> Self {
        Self {
            lists,
            done: 0,
            after: String::new(),
        }
    }

    /// Behind a page: after its last sort key, or before the next list where there is none.
    #[must_use]
    pub fn behind(self, next: Option<String>) -> Self {
        match next {
            Some(after) => Self { after, ..self },
            None => Self {
                done: self.done + 1,
                after: String::new(),
                ..self
            },
        }
    }

    /// The sort key to go on after.
    #[must_use]
    pub fn after(&self) -> Option<String> {
        Some(self.after.clone()).filter(|after| !after.is_empty())
    }
}

impl Store {
    /// Reads the progress of automatic favourites.
    pub async fn stars_read(&self, id: &ConsultationId) -> Result<Stars> {
        let Some(found) = self.get_item(&keys::consultation(id)).await? else {
            return Ok(Stars::Open(None));
        };
        if found.contains_key(STARS_GIVEN) {
            let owed = owed(&found);
            return Ok(if owed.is_empty() {
                Stars::Given
            } else {
                Stars::Owed(owed)
            });
        }
        Ok(Stars::Open(if found.contains_key("starsLists") {
            item::read_or_set_aside(found, "place of stars")
        } else {
            None
        }))
    }

    /// Returns when automatic favourites may first have been given: when the consultation was first
    /// saved.
    pub async fn stars_read_begun(&self, id: &ConsultationId) -> Result<Option<Timestamp>> {
        Ok(self
            .get_item(&keys::consultation(id))
            .await?
            .as_ref()
            .and_then(heard_at))
    }

    /// Remembers who may have a star by a rule and cannot be read, at most [`MOST_OWED`]: a later
    /// save in drafting gives it.
    pub async fn stars_owe(
        &self,
        id: &ConsultationId,
        accounts: &BTreeSet<AccountId>,
    ) -> Result<()> {
        let update = Expression::update("ADD starsOwed :ids")
            .when("attribute_exists(pk) AND (attribute_not_exists(starsOwed) OR size(starsOwed) <= :room)")
            .value(":room", n(MOST_OWED.saturating_sub(accounts.len())));
        self.update(&keys::consultation(id), update.value(":ids", set(accounts)))
            .await
    }

    /// Forgets those of them whose stars were given, or who are gone.
    pub async fn stars_settle(
        &self,
        id: &ConsultationId,
        accounts: &BTreeSet<AccountId>,
    ) -> Result<()> {
        let update = Expression::update("DELETE starsOwed :ids").when("attribute_exists(pk)");
        let update = update.value(":ids", set(accounts));
        unless_refused(self.update(&keys::consultation(id), update).await).map(drop)
    }

    /// True if facts that wait for a consultation's automatic favourites are still told
    /// once those are there.
    pub async fn stars_are_awaited(&self, id: &ConsultationId, now: Timestamp) -> Result<bool> {
        let found = self.get_item(&keys::consultation(id)).await?;
        Ok(found
            .as_ref()
            .and_then(heard_at)
            .is_none_or(|heard_at| waits(heard_at, now)))
    }

    /// Remembers that everybody before a place was looked at; where to go on. Of several workers at
    /// it the one that is ahead is believed, and nothing is remembered once all stars were given.
    pub async fn stars_write_reached(
        &self,
        id: &ConsultationId,
        place: &StarCursor,
    ) -> Result<Stars> {
        let update = Expression::update("SET starsLists = :lists, starsDone = :done, starsAfter = :after")
            .when(
                "attribute_exists(pk) AND attribute_not_exists(starsGiven) AND (attribute_not_exists(starsLists) OR starsLists <> :lists \
                 OR starsDone < :done OR (starsDone = :done AND starsAfter <= :after))",
            )
            .value(":lists", s(place.lists.as_str()))
            .value(":done", n(place.done))
            .value(":after", s(place.after.as_str()));
        match self.update(&keys::consultation(id), update).await {
            Ok(()) => Ok(Stars::Open(Some(place.clone()))),
            Err(StoreError::Refused) => self.stars_read(id).await,
            Err(e) => Err(e),
        }
    }

    /// Marks automatic favourites as given; last, so that what was cut short is taken up again.
    /// Once: with the mark, the first draft is noted at the root of its organisation, for previews.
    /// An author by name is remembered: whoever comes by it has theirs then.
    pub async fn stars_mark_given(
        &self,
        drafted: &Consultation,
        root: Option<&EntityId>,
        now: Timestamp,
    ) -> Result<()> {
        let mut writes = Transaction::new();
        let mut set = vec!["starsGiven = :yes".to_owned()];
        let mut update = Expression::default();
        if let Some(name) = drafted.author_name() {
            set.push(format!("{STAR_AWAITED} = :name"));
            update = update.value(":name", item::value(&name)?);
            if let Some(author) = &drafted.author_account_id {
                set.push(format!("{STARRED_AS} = :author"));
                update = update.value(":author", item::value(author)?);
            }
        }
        update.update = Some(format!("SET {}", set.join(", ")));
        let update = update
            .also("REMOVE starsLists, starsDone, starsAfter")
            .when("attribute_exists(pk) AND attribute_not_exists(starsGiven)")
            .value(":yes", item::value(&true)?);
        writes.update((), self, &keys::consultation(&drafted.id), update)?;
        if let Some(root) = root {
            writes.put(
                (),
                self,
                crate::consultation::lists::draft(root, drafted, now)?,
                Expression::default(),
            )?;
        }
        // Somebody else, with the same save, was faster.
        unless_refused(self.write(writes).await).map(drop)
    }
}

/// A set of accounts, as it is stored.
pub(crate) fn set(accounts: &BTreeSet<AccountId>) -> AttributeValue {
    AttributeValue::Ss(accounts.iter().map(AccountId::to_string).collect())
}
