//! Who can administer an organisation: the accounts at its root that can, as a set at the root. It changes in the transaction that changes
//! the account, so that of two who leave at once one is refused: nobody outside of Vigie's own people could let anybody in again.

use aws_sdk_dynamodb::types::AttributeValue;
use vigie_domain::{
    account::Account,
    id::{AccountId, EntityId},
};

use super::{
    Result, Store,
    item::{n, s},
    keys,
    transaction::{Expression, Transaction},
};

/// What a change of an account does to the set of its organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seat {
    /// It takes its place there.
    Taken,
    /// It leaves it, to others.
    Left,
}

impl Store {
    /// Whether the account is one of those who keep their organisation from being without an administrator.
    pub(super) async fn has_seat(&self, account: &Account) -> Result<bool> {
        if !account.can_administer() {
            return Ok(false);
        }
        // An entity never becomes a root, nor a root any other entity, but for one that yields its id: its agents leave it before.
        Ok(self.entity(&account.entity_id).await?.is_some_and(|entity| entity.parent_id.is_none()))
    }

    /// The changes of seats that come with a change of an account.
    pub(super) async fn seats(&self, before: &Account, after: Option<&Account>) -> Result<Vec<(EntityId, Seat)>> {
        let had = self.has_seat(before).await?;
        let has = match after {
            Some(after) => self.has_seat(after).await?,
            None => false,
        };
        let stays = had && has && after.is_some_and(|after| after.entity_id == before.entity_id);
        let mut seats = Vec::new();
        if had && !stays {
            seats.push((before.entity_id.clone(), Seat::Left));
        }
        if let Some(after) = after.filter(|_| has && !stays) {
            seats.push((after.entity_id.clone(), Seat::Taken));
        }
        Ok(seats)
    }

    /// Writes a change of seat; the one who leaves is refused if nobody else is there.
    pub(super) fn reseat<P: Copy>(
        &self,
        writes: &mut Transaction<P>,
        at: P,
        account: &AccountId,
        (root, seat): &(EntityId, Seat),
    ) -> Result<()> {
        let me = AttributeValue::Ss(vec![account.to_string()]);
        let update = match seat {
            Seat::Taken => Expression::update("ADD accounts :me"),
            Seat::Left => Expression::update("DELETE accounts :me")
                .when("NOT contains(accounts, :id) OR size(accounts) > :one")
                .value(":id", s(account.as_str()))
                .value(":one", n(1)),
        };
        writes.update(at, self, &keys::administrators(root), update.value(":me", me))
    }

    /// Whether somebody at a root can administer it.
    pub async fn is_administered(&self, root: &EntityId) -> Result<bool> {
        Ok(self.get_item(&keys::administrators(root)).await?.is_some_and(|seats| seats.contains_key("accounts")))
    }
}
