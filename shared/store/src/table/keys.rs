//! The only place that spells keys of the table. docs/data.md lists the access patterns that each
//! is for.

mod consultation;
mod directory;
mod kind;
mod todo;
mod work;

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use vigie_domain::{
    account::preferences::Rule,
    contact::{
        email::{AddressDigest, Email},
        name::Beginning,
    },
    id::{self, AccountId, ConsultationId, EntityId, LoginId, RequestId},
};

pub use self::{
    consultation::{
        awaited, awaited_pk, consultation, consultation_pk, fact, favourite, named, tally,
    },
    directory::{
        AWAITED, AWAITED_AGENT, AWAITED_ENTITY, agent_name, awaited_agent, awaited_entity,
        declared_entity, inviting,
    },
    kind::{ItemKind, WorkKind, holds_address, parse},
    todo::{TODO, todo, todo_prefix},
    work::{
        account_mail, agent_due, closing, daily, due_until, former_email, inactive, invitation,
        invitations_due, leaving, open_pk, purge, recovery, reminder, retention, unreached_due,
    },
};

/// Name of the partition key.
pub const PK: &str = "pk";
/// Name of the sort key.
pub const SK: &str = "sk";
/// Name of the index.
pub const INDEX1: &str = "index1";
/// Name of its partition key.
pub const I1PK: &str = "i1pk";
/// Name of its sort key.
pub const I1SK: &str = "i1sk";
/// Name of the attribute after whose time (seconds since the epoch) an item may go.
pub const TTL: &str = "ttl";

/// Partition prefix of a consultation.
pub const CONSULTATION: &str = "CONSULTATION#";
/// Partition prefix of what consultations wait for.
pub const WAITS: &str = "AWAITED#";
/// Sort-key prefix of a consultation's favourites.
pub const FAVOURITE: &str = "FAVOURITE#";
/// Sort-key prefix of a consultation's facts.
pub const FACT: &str = "FACT#";
/// Sort-key prefix of whom a consultation names: its author and its guests.
pub const NAMED: &str = "NAMED#";
/// Sort-key prefix of an account's deliveries.
pub const DELIVERY: &str = "DELIVERY#";
/// Sort-key prefix of accounts linked to one.
pub const LINK: &str = "LINK#";
/// Sort-key prefix of an account's requests to be linked to others.
pub const LINK_REQUEST: &str = "LINKREQUEST#";
/// Sort-key prefix of alerts held for an account.
pub const HELD: &str = "HELD#";
/// Sort-key prefix of the audit, of an organisation and of an account.
pub const AUDIT: &str = "AUDIT#";
/// Sort-key prefix of the canary's trips.
pub const TRIP: &str = "TRIP#";
/// Sort-key prefix of an entity's agents, and of a login's accounts (with [`ACCOUNT_OF_LOGIN`]).
pub const AGENT: &str = "AGENT#";
/// Sort-key prefix of a login's accounts.
pub const ACCOUNT_OF_LOGIN: &str = "ACCOUNT#";
/// Sort-key prefix of an organisation's people, by the beginnings of their names.
pub const PERSON: &str = "PERSON#";
/// Sort-key prefix of the entities right below one.
pub const CHILD: &str = "CHILD#";
/// Sort-key prefix of all entities below a root.
pub const BELOW: &str = "BELOW#";
/// Sort-key prefix of an entity's consultations.
pub const LISTED: &str = "LISTED#";
/// Sort-key prefix of first drafts in an organisation.
pub const DRAFTED: &str = "DRAFTED#";
/// Sort-key prefix of links to other entities.
pub const TRANSVERSE_OUT: &str = "TRANSVERSE#out#";
/// Sort-key prefix of links from other entities.
pub const TRANSVERSE_IN: &str = "TRANSVERSE#in#";

/// A primary key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Partition.
    pub pk: String,
    /// Sort.
    pub sk: String,
}

impl Key {
    fn new(pk: String, sk: impl Into<String>) -> Self {
        Self { pk, sk: sk.into() }
    }

    /// Returns the key as the SDK wants it.
    #[must_use]
    pub fn attributes(&self) -> HashMap<String, AttributeValue> {
        HashMap::from([
            (PK.to_owned(), AttributeValue::S(self.pk.clone())),
            (SK.to_owned(), AttributeValue::S(self.sk.clone())),
        ])
    }
}

/// Owner of an address.
#[must_use]
pub fn email(email: &Email) -> Key {
    address(&email.digest())
}

/// Owner of the address that a digest stands for.
#[must_use]
pub fn address(digest: &AddressDigest) -> Key {
    Key::new(format!("EMAIL#{digest}"), "EMAIL")
}

/// Mails that were sent lately to whatever the digest stands for.
#[must_use]
pub fn mailed(digest: &str) -> Key {
    Key::new(format!("MAILED#{digest}"), "MAILED")
}

/// Mails that somebody else asked for lately, to a mailbox and of a share.
#[must_use]
pub fn asked(mailbox: &AddressDigest, share: &str) -> Key {
    Key::new(format!("MAILED#{mailbox}"), format!("MAILED#{share}"))
}

/// Invitations of an organisation, by its digest, that were counted lately: those sent, or those
/// that came back.
#[must_use]
pub fn invited(organisation: &str, counter: &str) -> Key {
    Key::new(
        format!("MAILED#{organisation}"),
        format!("MAILED#{counter}"),
    )
}

/// The administrators of an organisation.
#[must_use]
pub fn administrators(root: &EntityId) -> Key {
    Key::new(entity_pk(root), "ADMINISTRATORS")
}

/// Addresses that an organisation had looked up lately, or those of them that a part of its
/// administrators had.
#[must_use]
pub fn lookups(root: &EntityId, dry_run: bool, part: Option<&str>) -> Key {
    let all = if dry_run {
        "LOOKUPS#tried"
    } else {
        "LOOKUPS#imported"
    };
    Key::new(
        entity_pk(root),
        part.map_or_else(|| all.to_owned(), |part| format!("{all}#{part}")),
    )
}

/// An entry of an organisation's audit; the ids sort by time.
#[must_use]
pub fn audit(root: &EntityId, id: &RequestId) -> Key {
    Key::new(entity_pk(root), format!("{AUDIT}{id}"))
}

/// Its copy with an account that it names.
#[must_use]
pub fn audit_of(account: &AccountId, id: &RequestId) -> Key {
    Key::new(account_pk(account), format!("{AUDIT}{id}"))
}

/// Read when a process begins, to open the connection: there is no such item.
#[must_use]
pub(crate) fn warm() -> Key {
    Key::new("WARM".to_owned(), "WARM")
}

/// Partition of an account.
#[must_use]
pub fn account_pk(id: &AccountId) -> String {
    format!("ACCOUNT#{id}")
}

/// An account.
#[must_use]
pub fn account(id: &AccountId) -> Key {
    Key::new(account_pk(id), "ACCOUNT")
}

/// Partition of a login.
#[must_use]
pub fn login_pk(login: &LoginId) -> String {
    format!("LOGIN#{login}")
}

/// One account of a login.
#[must_use]
pub fn login(login: &LoginId, id: &AccountId) -> Key {
    Key::new(login_pk(login), format!("{ACCOUNT_OF_LOGIN}{id}"))
}

/// The addresses whose accounts a login asked for lately.
#[must_use]
pub fn recovery_asks(login: &LoginId) -> Key {
    Key::new(login_pk(login), "RECOVERIES")
}

/// Partition of an entity.
#[must_use]
pub fn entity_pk(id: &EntityId) -> String {
    format!("ENTITY#{id}")
}

/// An entity.
#[must_use]
pub fn entity(id: &EntityId) -> Key {
    Key::new(entity_pk(id), "ENTITY")
}

/// The guard of an id that is an organisation's, or that an organisation's id begins with.
#[must_use]
pub fn root(id: &EntityId) -> Key {
    Key::new(entity_pk(id), "ROOT")
}

/// An entity right below another, on the upper one's side.
#[must_use]
pub fn child(parent: &EntityId, entity: &EntityId) -> Key {
    Key::new(entity_pk(parent), format!("{CHILD}{entity}"))
}

/// An entity below a root, at any depth, on the root's side.
#[must_use]
pub fn below(root: &EntityId, entity: &EntityId) -> Key {
    Key::new(entity_pk(root), format!("{BELOW}{entity}"))
}

/// An agent of an entity.
#[must_use]
pub fn agent(entity: &EntityId, account: &AccountId) -> Key {
    Key::new(entity_pk(entity), format!("{AGENT}{account}"))
}

/// Sort-key prefix of an organisation's people who have a word in their names that begins so. Not
/// even two letters stand there: they can be a whole name.
#[must_use]
pub fn person_prefix(root: &EntityId, beginning: &Beginning) -> String {
    let digest = id::digest(&["person", root.as_str(), beginning.as_str()]);
    format!("{PERSON}{digest}#")
}

/// One of them, at the root of their organisation.
#[must_use]
pub fn person(root: &EntityId, beginning: &Beginning, account: &AccountId) -> Key {
    let prefix = person_prefix(root, beginning);
    Key::new(entity_pk(root), format!("{prefix}{account}"))
}

/// A link from an entity, on its own side.
#[must_use]
pub fn transverse_out(from: &EntityId, to: &EntityId) -> Key {
    Key::new(entity_pk(from), format!("{TRANSVERSE_OUT}{to}"))
}

/// A link from an entity, on the other side.
#[must_use]
pub fn transverse_in(from: &EntityId, to: &EntityId) -> Key {
    Key::new(entity_pk(to), format!("{TRANSVERSE_IN}{from}"))
}

/// A consultation in its entity's list of those that are not over.
#[must_use]
pub fn listed(entity: &EntityId, id: &ConsultationId) -> Key {
    Key::new(entity_pk(entity), format!("{LISTED}{id}"))
}

/// A consultation's first draft, at the root of its organisation.
#[must_use]
pub fn drafted(root: &EntityId, at: Timestamp, id: &ConsultationId) -> Key {
    Key::new(entity_pk(root), format!("{}#{id}", drafted_since(at)))
}

/// The sort key before all first drafts of that time or later; of fixed width, so that keys sort as
/// times do.
#[must_use]
pub fn drafted_since(at: Timestamp) -> String {
    format!("{DRAFTED}{at:.3}")
}

/// Sort-key prefix of who watches an entity by a rule.
#[must_use]
pub fn watch_prefix(rule: Rule) -> String {
    format!("WATCH#{}#", rule.as_str())
}

/// One account that watches an entity by a rule.
#[must_use]
pub fn watch(entity: &EntityId, rule: Rule, account: &AccountId) -> Key {
    Key::new(
        entity_pk(entity),
        format!("{}{account}", watch_prefix(rule)),
    )
}

/// Partition of the consultations that name an account, in index 1.
#[must_use]
pub fn naming(account: &AccountId) -> String {
    format!("NAMED#{account}")
}

/// Partition of an account's favourites in index 1.
#[must_use]
pub fn favourites_of(account: &AccountId) -> String {
    format!("FAVOURITES#{account}")
}

/// A delivery; `hash` names what was sent.
#[must_use]
pub fn delivery(account: &AccountId, hash: &str) -> Key {
    Key::new(account_pk(account), format!("{DELIVERY}{hash}"))
}

/// The deliveries that went as one mail; `name` is the digest of all of them.
#[must_use]
pub fn bundle(account: &AccountId, name: &str) -> Key {
    Key::new(account_pk(account), format!("BUNDLE#{name}"))
}

/// A trip of the canary.
#[must_use]
pub fn trip(canary: &AccountId, name: &str) -> Key {
    Key::new(account_pk(canary), format!("{TRIP}{name}"))
}

/// An account linked to another, on the first one's side.
#[must_use]
pub fn link(account: &AccountId, other: &AccountId) -> Key {
    Key::new(account_pk(account), format!("{LINK}{other}"))
}

/// A request of an account to be linked to another.
#[must_use]
pub fn link_request(asker: &AccountId, request: &RequestId) -> Key {
    Key::new(account_pk(asker), format!("{LINK_REQUEST}{request}"))
}

/// An alert that is held, to the millisecond so that keys sort as times do; `hash` names what is
/// told.
#[must_use]
pub fn held(account: &AccountId, recorded_at: Timestamp, hash: &str) -> Key {
    Key::new(
        account_pk(account),
        format!("{HELD}{recorded_at:.3}#{hash}"),
    )
}

/// Agents whom mails do not reach, as collected for an administrator.
#[must_use]
pub fn unreached(administrator: &AccountId) -> Key {
    Key::new(account_pk(administrator), "UNREACHED")
}

/// Searches for colleagues lately made by an account.
#[must_use]
pub fn searches(account: &AccountId) -> Key {
    Key::new(account_pk(account), "SEARCHES")
}

/// Partition of an account's deliveries in index 1.
#[must_use]
pub fn deliveries_of(account: &AccountId) -> String {
    format!("DELIVERIES#{account}")
}

/// The number of deliveries of erased accounts of a kind, by state.
#[must_use]
pub fn erased(kind: &str) -> Key {
    Key::new(format!("STATISTICS#{kind}"), "ERASED")
}

/// Partition of what an account unstarred, in index 1.
#[must_use]
pub fn unstarred_by(account: &AccountId) -> String {
    format!("UNSTARRED#{account}")
}
