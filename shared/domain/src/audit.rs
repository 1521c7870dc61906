//! The audit: who did what to whom, in ids only, for every change of role, right, activity, entity,
//! link, import and erasure (docs/domain.md, "Administrators"). Names, addresses and texts are
//! never part of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, EntityId};

/// The kinds of deeds that the audit records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "AuditedAct")
)]
pub enum What {
    /// An account was created, and invited.
    AgentCreated,
    /// An account was not created, because its address is taken: that told whoever asked that the
    /// address is known.
    AgentRefused,
    /// An account was created by the portal's word.
    AgentDeclared,
    /// An account was created by an import, and invited.
    AgentImported,
    /// An account was invited, for the first time or again.
    AgentInvited,
    /// Role, rights, activity or entity of an account were changed.
    AgentChanged,
    /// The last day of an agent is over, and their account does not work any more.
    AgentLeft,
    /// The last who could administer all of an organisation does no more, by the portal's word.
    AdministratorsGone,
    /// Somebody else follows now what an agent alone had followed.
    AgentHandedOver,
    /// An administrator gives what an agent alone follows to somebody else.
    HandoverBegun,
    /// An account that does not work will be erased, unless it works again.
    ErasureAnnounced,
    /// The address of an account that does not work is free again.
    AddressReleased,
    /// An account that nobody had accepted was taken back.
    AgentWithdrawn,
    /// An account that nobody was invited to gave up its address to who has a better right to it.
    AddressYielded,
    /// An account went with its invitation, which nobody accepted in time.
    InvitationExpired,
    /// A login acts for the account from now on.
    InvitationAccepted,
    /// An administrator set another address, which waits for its reader, or took it back.
    AddressGiven,
    /// The reader of an address that an administrator set confirmed it.
    AddressConfirmed,
    /// An administrator had a link mailed by which another login takes an account over.
    RecoverySent,
    /// A login will act for the account in place of the former one, unless that is stopped.
    RecoveryWaits,
    /// A recovery that waited was stopped.
    RecoveryStopped,
    /// A login acts for the account from now on, in place of the former one.
    AccountRecovered,
    /// An account was erased.
    AccountErased,
    /// Two accounts were linked.
    AccountsLinked,
    /// The link of two accounts was undone.
    AccountsUnlinked,
    /// An absence was set, changed or ended by an account that is linked to the absentee's; with
    /// the two accounts only.
    AbsenceChanged,
    /// Agents of a spreadsheet were imported.
    AgentsImported,
    /// An import was tried by a dry run, which looks the addresses up.
    ImportTried,
    /// All who were declared and never invited, in an entity and below, are being invited.
    AgentsInvited,
    /// An entity was created.
    EntityCreated,
    /// An entity has another name.
    EntityRenamed,
    /// An entity depends on another one now.
    EntityMoved,
    /// The choices that an entity's new agents begin with were changed.
    DefaultsChanged,
    /// An entity was removed.
    EntityRemoved,
    /// An entity's agents may follow another's consultations.
    EntitiesLinked,
    /// The link of two entities was undone.
    EntitiesUnlinked,
    /// An organisation was provisioned, or given a first administrator again.
    OrganisationProvisioned,
}

/// Names the time at which a recovery takes effect, in records of it.
pub const RECOVERY_DUE: &str = "recovery.due";

/// Names the address that waits for its reader, in records of it: they say that it does, not which.
pub const ADDRESS_WAITS: &str = "pendingEmail";

/// A value that was changed. Values are words of ours, ids and numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "AuditedChange")
)]
pub struct Change {
    /// Name of the field.
    pub field: String,
    /// Its value before; null where there was none.
    pub before: Option<String>,
    /// Its value now.
    pub after: Option<String>,
}

impl Change {
    /// One change.
    #[must_use]
    pub fn new(field: &str, before: Option<&str>, after: Option<&str>) -> Self {
        Self {
            field: field.to_owned(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        }
    }
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "AuditRecord")
)]
pub struct Record {
    /// Time of the deed.
    #[cfg_attr(feature = "schema", schemars(with = "String", extend("format" = "date-time")))]
    pub at: Timestamp,
    /// The deed.
    pub what: What,
    /// The account that did it; null where no person did (the clock, the procurement portal).
    pub actor_account_id: Option<AccountId>,
    /// The account that it was done to.
    pub target_account_id: Option<AccountId>,
    /// The entity that it was done to or in.
    pub entity_id: EntityId,
    /// The other one, of two entities.
    pub other_entity_id: Option<EntityId>,
    /// Changed values.
    pub changes: Vec<Change>,
}

impl Record {
    /// An entry about an entity, or about what is in it.
    #[must_use]
    pub fn new(what: What, actor: Option<&AccountId>, entity: &EntityId, at: Timestamp) -> Self {
        Self {
            at,
            what,
            actor_account_id: actor.cloned(),
            target_account_id: None,
            entity_id: entity.clone(),
            other_entity_id: None,
            changes: Vec::new(),
        }
    }

    /// About an account.
    #[must_use]
    pub fn to(mut self, target: &AccountId) -> Self {
        self.target_account_id = Some(target.clone());
        self
    }

    /// With another entity.
    #[must_use]
    pub fn with(mut self, other: &EntityId) -> Self {
        self.other_entity_id = Some(other.clone());
        self
    }

    /// Saying what changed.
    #[must_use]
    pub fn changing(mut self, changes: Vec<Change>) -> Self {
        self.changes = changes;
        self
    }

    /// Returns when the recovery takes effect that it tells of.
    #[must_use]
    pub fn recovery_due(&self) -> Option<Timestamp> {
        let mut changes = self.changes.iter();
        let due = changes.find(|change| change.field == RECOVERY_DUE)?;
        due.after.as_deref()?.parse().ok()
    }

    /// Counting something.
    #[must_use]
    pub fn counting(mut self, field: &str, count: usize) -> Self {
        self.changes
            .push(Change::new(field, None, Some(&count.to_string())));
        self
    }
}
