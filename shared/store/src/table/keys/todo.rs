//! Keys of what waits for an organisation's administrators: by kind, then by entity, so that those
//! of a part of it are found together.

use vigie_domain::{
    account::todo::Todo,
    id::{AccountId, EntityId},
};

use super::{Key, entity_pk};

/// Sort-key prefix of all of it.
pub const TODO: &str = "TODO#";

/// Sort-key prefix of one kind of it.
#[must_use]
pub fn todo_prefix(todo: Todo) -> String {
    format!("{TODO}{}#", todo.as_str())
}

/// Something about an agent of an entity, at the root of the organisation. Without an account, the
/// place before all of that entity: no id begins with a `#` or less.
#[must_use]
pub fn todo(root: &EntityId, todo: Todo, entity: &EntityId, account: Option<&AccountId>) -> Key {
    let account = account.map(AccountId::as_str).unwrap_or_default();
    let sk = format!("{}{entity}#{account}", todo_prefix(todo));
    Key::new(entity_pk(root), sk)
}
