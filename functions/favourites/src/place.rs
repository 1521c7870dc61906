//! Places in the lists that a dashboard is read from, as its cursors name them.

use vigie_domain::{
    account::Account,
    consultation::Sight,
    entity::Path,
    id::{ConsultationId, EntityId},
};
use vigie_http::cursor;

/// One of the lists.
pub(crate) enum List {
    /// Consultations that name the agent.
    Named,
    /// Consultations of their entity.
    Own,
    /// Consultations of an entity below, given with its way to the root.
    Below(Path),
    /// Consultations of an entity that their own is linked to.
    Across(EntityId),
}

/// A place in the lists.
pub(crate) struct Place {
    pub(crate) list: List,
    pub(crate) after: Option<ConsultationId>,
}

impl Place {
    pub(crate) fn start(list: List) -> Self {
        Self { list, after: None }
    }

    pub(crate) fn entity(&self, account: &Account) -> Option<EntityId> {
        match &self.list {
            List::Named => None,
            List::Own => Some(account.entity_id.clone()),
            List::Below(path) => path.entity().cloned(),
            List::Across(entity) => Some(entity.clone()),
        }
    }

    /// True if a consultation seen for that reason is shown from this list.
    pub(crate) fn shows(&self, sight: Sight) -> bool {
        match self.list {
            List::Named => matches!(sight, Sight::Author | Sight::Guest),
            List::Own => sight == Sight::OwnEntity,
            List::Below(_) => sight == Sight::DependentEntity,
            List::Across(_) => sight == Sight::TransverseEntity,
        }
    }

    /// Names the list, its entity where it is one of several, and the consultation.
    pub(crate) fn cursor(&self, after: Option<&ConsultationId>) -> String {
        let mut parts = match &self.list {
            List::Named => vec!["named"],
            List::Own => vec!["own"],
            List::Below(path) => vec!["below", path.entity().map_or("", EntityId::as_str)],
            List::Across(entity) => vec!["across", entity.as_str()],
        };
        parts.extend(after.or(self.after.as_ref()).map(ConsultationId::as_str));
        cursor(&parts)
    }

    /// Reads a place as a cursor has it: of the way to an entity below, only the entity.
    pub(crate) fn read(parts: &[&str]) -> Option<Self> {
        let entity = |id: &str| EntityId::parse(id).ok();
        let (list, after) = match parts {
            ["named", after @ ..] => (List::Named, after),
            ["own", after @ ..] => (List::Own, after),
            ["across", id, after @ ..] => (List::Across(entity(id)?), after),
            ["below", id, after @ ..] => (List::Below(Path::new(vec![entity(id)?])), after),
            _ => return None,
        };
        let after = match after {
            [] => None,
            [id] => Some(ConsultationId::parse(id).ok()?),
            _ => return None,
        };
        Some(Self { list, after })
    }
}
