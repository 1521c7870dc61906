//! The parts that transactions on accounts share: their positions, the index of addresses, and the
//! meaning of a refusal.

use serde::{Deserialize, Serialize};
use vigie_domain::{account::Account, id::AccountId};

use crate::{
    Item, Result, StoreError,
    table::{
        item::{self, s},
        transaction::{Expression, TransactionError},
    },
};

/// The condition that the portal has not declared an account meanwhile.
pub(crate) const UNDECLARED: &str = " AND attribute_not_exists(declared)";

/// The result of a change that an organisation's last administrator must not make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Changed {
    /// It is done.
    Yes,
    /// Nobody would be left at the organisation's root who can administer it.
    LastAdministrator,
    /// The account is not what it was when it was read: what it says now decides.
    Superseded,
}

/// Owner of an address.
#[derive(Serialize, Deserialize)]
pub(crate) struct Guard {
    pub(crate) owner: AccountId,
}

/// Positions of the transactions of accounts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    Guard,
    OldGuard,
    Account,
    /// The account that yields an address.
    Holder,
    Entity,
    Seat,
    Other,
}

/// Reads the refusal of a change. The account's own word goes first: a seat is judged by it.
pub(crate) fn changed(done: std::result::Result<(), TransactionError<At>>) -> Result<Changed> {
    match done {
        Ok(()) => Ok(Changed::Yes),
        Err(TransactionError::Store(e)) => Err(e),
        Err(TransactionError::Refused(at)) if at.iter().all(|(at, _)| *at == At::Seat) => {
            Ok(Changed::LastAdministrator)
        }
        Err(TransactionError::Refused(_)) => Ok(Changed::Superseded),
    }
}

/// Adds the condition that an account still administers as much as when it was read and its seat
/// was judged; and whatever else is `judged`, which begins with ` AND `.
pub(crate) fn same_power(
    before: &Account,
    judged: &str,
    expression: Expression,
) -> Result<Expression> {
    let accepted = if before.accepted_invitation.is_some() {
        "attribute_exists"
    } else {
        "attribute_not_exists"
    };
    let (leaves, expression) = match before.leaves_on {
        Some(day) => (
            "leavesOn = :leaves",
            expression.value(":leaves", s(day.to_string())),
        ),
        None => ("attribute_not_exists(leavesOn)", expression),
    };
    let same = format!(
        "entityId = :from AND #role = :had AND active = :was AND {leaves} AND {accepted}(acceptedInvitation){judged}"
    );
    Ok(expression
        .when(&same)
        .name("#role", "role")
        .value(":from", s(before.entity_id.as_str()))
        .value(":had", item::value(&before.role)?)
        .value(":was", item::value(&before.active)?))
}

/// Drops the position of a refusal.
pub(crate) fn refused(e: TransactionError<At>) -> StoreError {
    e.position().err().unwrap_or(StoreError::Refused)
}

/// True if the guard that refused is the account's own.
pub(crate) fn taken_by(refused: &[(At, Option<Item>)], account: &AccountId) -> bool {
    let owner = |guard: &Item| item::text(guard, "owner") == account.as_str();
    refused
        .iter()
        .any(|(at, found)| *at == At::Guard && found.as_ref().is_some_and(owner))
}
