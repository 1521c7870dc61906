//! Standing rights, which an administrator gives.

use serde::{Deserialize, Serialize};

/// Standing right to see every consultation of a scope (« invité permanent »); given by an administrator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PermanentGuest {
    /// Of the agent's own entity.
    pub own: bool,
    /// Of every entity below it.
    pub dependent: bool,
    /// Of the entities that its own is linked to.
    pub transverse: bool,
}
