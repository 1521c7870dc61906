//! The changes that an administrator makes to an account.

use crate::{
    account::{Account, Role, rights::PermanentGuest},
    audit::Change,
    id::EntityId,
};

/// The changes that an administrator makes to an account; `None` leaves as it is.
#[derive(Clone, Debug, Default)]
pub struct Administration {
    /// The role.
    pub role: Option<Role>,
    /// False deactivates it.
    pub active: Option<bool>,
    /// The standing rights.
    pub permanent_guest: Option<PermanentGuest>,
    /// The entity that it belongs to.
    pub entity_id: Option<EntityId>,
    /// The portal's newest revision, of a declared agent whom it makes an administrator of a root
    /// that has none.
    pub raised: Option<u64>,
}

impl Administration {
    /// The account as it will be.
    #[must_use]
    pub fn applied(&self, before: &Account) -> Account {
        Account {
            role: self.role.unwrap_or(before.role),
            active: self.active.unwrap_or(before.active),
            permanent_guest: self.permanent_guest.unwrap_or(before.permanent_guest),
            entity_id: self
                .entity_id
                .clone()
                .unwrap_or_else(|| before.entity_id.clone()),
            ..before.clone()
        }
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
        all.into_iter()
            .filter(|(_, old, new)| old != new)
            .map(|(field, old, new)| Change::new(field, Some(old), Some(new)))
            .collect()
    }
}
