//! The changes that an administrator makes to an account.

use jiff::{Timestamp, civil::Date};

use crate::{
    account::{
        Account, Role,
        address::Readdressed,
        departure::{Deactivation, LEAVES_ON},
        rights::PermanentGuest,
    },
    audit::{ADDRESS_WAITS, Change},
    id::EntityId,
};

/// The changes that an administrator makes to an account; `None` leaves as it is.
#[derive(Clone, Debug, Default)]
pub struct Administration {
    /// The role.
    pub role: Option<Role>,
    /// False deactivates it.
    pub active: Option<bool>,
    /// The last day of its agent; `Some(None)` takes it back.
    pub leaves_on: Option<Option<Date>>,
    /// Time of the change: an account that is deactivated by it is so since then.
    pub at: Timestamp,
    /// The standing rights.
    pub permanent_guest: Option<PermanentGuest>,
    /// The entity that it belongs to.
    pub entity_id: Option<EntityId>,
    /// The address that waits for its reader from now on.
    pub email: Option<Readdressed>,
    /// The portal's newest revision, of a declared agent whom it makes an administrator of a root
    /// that has none.
    pub raised: Option<u64>,
}

impl Administration {
    /// The account as it will be. A recovery of one that does not work ends for good.
    #[must_use]
    pub fn applied(&self, before: &Account) -> Account {
        let active = self.active.unwrap_or(before.active);
        // One that stopped before that was counted is counted from now on.
        let since = before.deactivated.clone();
        let deactivated = since.unwrap_or_else(|| Deactivation::begin(self.at));
        // Who works again has no last day any more.
        let known = before.leaves_on.filter(|_| before.active || !active);
        let mut after = Account {
            role: self.role.unwrap_or(before.role),
            active,
            leaves_on: self.leaves_on.unwrap_or(known),
            deactivated: (!active).then_some(deactivated),
            permanent_guest: self.permanent_guest.unwrap_or(before.permanent_guest),
            entity_id: self
                .entity_id
                .clone()
                .unwrap_or_else(|| before.entity_id.clone()),
            ..before.clone()
        };
        if !after.active {
            after.binding.link = None;
            after.binding.waiting.clear();
        }
        if let Some(email) = &self.email {
            after.pending_email.clone_from(&email.pending);
            after.binding.links_mailed.clone_from(&email.links_mailed);
        }
        after
    }

    /// Says that an address waits for its reader by it, or does no more; not which.
    #[must_use]
    pub fn waits(&self) -> Vec<Change> {
        let said = self.email.as_ref().map(|email| match email.pending {
            Some(_) => Change::new(ADDRESS_WAITS, None, Some("waits")),
            None => Change::new(ADDRESS_WAITS, Some("waits"), None),
        });
        said.into_iter().collect()
    }

    /// Lists the fields that become different by it.
    #[must_use]
    pub fn changes(&self, before: &Account) -> Vec<Change> {
        let after = self.applied(before);
        let word = |yes: bool| if yes { "true" } else { "false" };
        let (had, has) = (before.permanent_guest, after.permanent_guest);
        let all = [
            ("role", before.role.as_str(), after.role.as_str()),
            ("active", word(before.active), word(after.active)),
            ("permanentGuest.own", word(had.own), word(has.own)),
            (
                "permanentGuest.dependent",
                word(had.dependent),
                word(has.dependent),
            ),
            (
                "permanentGuest.transverse",
                word(had.transverse),
                word(has.transverse),
            ),
            (
                "entityId",
                before.entity_id.as_str(),
                after.entity_id.as_str(),
            ),
        ];
        let day = |of: &Account| of.leaves_on.map(|day| day.to_string());
        let (had, has) = (day(before), day(&after));
        let leaves = Change::new(LEAVES_ON, had.as_deref(), has.as_deref());
        all.into_iter()
            .filter(|(_, old, new)| old != new)
            .map(|(field, old, new)| Change::new(field, Some(old), Some(new)))
            .chain((had != has).then_some(leaves))
            .collect()
    }
}
