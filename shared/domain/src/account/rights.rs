//! Standing rights, which an administrator gives.

use serde::{Deserialize, Serialize};

/// Standing right to see every consultation of a scope (« invité permanent »); given by an
/// administrator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PermanentGuest {
    /// Sees consultations of the agent's own entity.
    pub own: bool,
    /// Sees consultations of every entity below it.
    pub dependent: bool,
    /// Sees consultations of the entities that its own is linked to.
    pub transverse: bool,
}
