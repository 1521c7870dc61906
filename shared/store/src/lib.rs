//! The table: typed items, strong reads, and transactions whose refusals say which position
//! refused. A room for each noun, over [`table`], which knows none of them.
//!
//! A method is named noun first, with the glossary's noun and one verb for one thing
//! (`account_read`, `follower_list`, `delivery_claim`): `read` is one by its key, `read_each`
//! several, `list` a page, `find` by something else than its key. Types are named from here
//! (`vigie_store::Creation`), never by their rooms.

mod account;
mod consultation;
mod delivery;
mod departure;
mod directory;
mod entity;
mod schedule;
mod table;

use std::collections::HashMap;

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use vigie_runtime::config::{ConfigError, required};

pub use crate::{
    account::{
        addresses::Owned,
        binding::recoveries::Recoverer,
        creation::Creation,
        data::AccountData,
        invitations::Accepted,
        links::{Link, Linked},
        quotas::Allowed,
        reservations::{Holding, Reservation},
        todos::TodoPlace,
        writes::Changed,
    },
    consultation::{
        awaited::Naming,
        facts::FactContext,
        favourites::Favourite,
        followers::Candidates,
        items::Saved,
        lists::FirstDraft,
        stars::{StarCursor, Stars},
        watches::WATCHERS_PER_PAGE,
    },
    delivery::{
        claims::{Claim, Intent, LEASE, WantedDelivery},
        deferred::{DeferredAlert, Hold, MAX_DEFERRED},
        items::{Outcome, Subject},
        lists::DeliveryPosition,
        stand_ins::{PassedOn, Passing},
    },
    directory::{
        agents::Carried,
        awaited::{Awaiting, Waiting},
    },
    entity::{audit::AuditEntry, items::TreeVersion, links::LinkOwner},
    schedule::{
        entries::SHARDS,
        work::{
            Closing, Daily, DueAgent, DueInvitations, HeldMail, Inactive, Leaving, OfAccount,
            Purge, Reminder, Retention, Unreached, Work,
        },
    },
    table::{
        error::{Result, Source, StoreError},
        keys,
        snapshot::Snapshot,
    },
};

/// A raw item.
pub type Item = HashMap<String, AttributeValue>;

/// The table and its client.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    table: String,
}

/// One page of a list, and where the next begins.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The items of the page.
    pub items: Vec<T>,
    /// Sort key after which to go on; `None` at the end.
    pub next: Option<String>,
}

impl Store {
    /// A table.
    #[must_use]
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// The table that the environment names (`TABLE_NAME`).
    ///
    /// # Errors
    /// It is not named.
    pub fn from_env(client: Client) -> std::result::Result<Self, ConfigError> {
        Ok(Self::new(client, required("TABLE_NAME")?))
    }

    /// Opens the connection during init, where CPU is free of charge and a cold first request would
    /// wait for it.
    pub async fn warm(&self) {
        // Success does not matter: the first request will tell.
        let _ = self.get_item(&keys::warm()).await;
    }
}
