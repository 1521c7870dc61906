//! Callers: whom a route is for, and who calls.

use std::collections::BTreeMap;

use vigie_domain::{
    account::Account,
    consultation::Consultation,
    entity::Path,
    id::{AccountId, EntityId, LoginId},
};

use crate::{Bearer, Machine, Problem};

/// People who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody: either a token in the request protects the route, or it needs no protection.
    Public,
    /// Any login.
    Login,
    /// Those who act for the account `{id}`, while it is active.
    Owner,
    /// Owners, and those who act for an active account that is linked to it (« comptes associés »).
    OwnerOrLinked,
    /// Those who act for the account `{id}`, also once it was deactivated: the RGPD gives this to
    /// everybody.
    OwnerAnyhow,
    /// Administrators whose tree holds the entity `{id}`; where `{id}` is yet to be made, its
    /// parent (the handler asks [`Administrator::require`]).
    Administrator,
    /// Administrators whose tree holds the entity of the consultation `{id}`; of a draft, those who
    /// may see it. To any other administrator there is no such consultation.
    ConsultationAdministrator,
    /// Whoever administers anything, if the entity `{id}` exists; the handler asks
    /// [`Administrator::require`] about each entity that it touches.
    AnyAdministrator,
    /// Programs of portals, and no person.
    Machine,
}

/// The caller, as far as the route asks.
#[derive(Clone, Debug)]
pub enum Caller {
    /// Anybody.
    Anybody,
    /// A login.
    Login(LoginId),
    /// A login for one of its accounts.
    Owner(LoginId, Box<Account>),
    /// A login for an account that is linked to one of its own, and that one.
    Linked(LoginId, Box<Account>, Box<Account>),
    /// A login with at least one administrator account.
    Administrator(Administrator),
    /// An administrator, and a consultation of their tree.
    ConsultationAdministrator(Administrator, Box<Consultation>),
    /// A portal's program.
    Machine(Machine),
}

impl Caller {
    /// The account by which the login acts, if the route asks for one.
    #[must_use]
    pub fn actor(&self) -> Option<&AccountId> {
        match self {
            Self::Anybody | Self::Login(_) | Self::Machine(_) => None,
            Self::Owner(_, account) => Some(&account.id),
            Self::Linked(_, _, by) => Some(&by.id),
            Self::Administrator(administrator)
            | Self::ConsultationAdministrator(administrator, _) => {
                administrator.actor(&administrator.path)
            }
        }
    }
}

/// The entities that an administrator's login may administer.
#[derive(Clone, Debug)]
pub struct Administrator {
    /// Its accounts that administer, and what.
    pub administered: BTreeMap<AccountId, EntityId>,
    /// The entity `{id}`, or that of the consultation `{id}`, and its way to the root; empty if it
    /// does not exist.
    pub path: Path,
}

impl Administrator {
    /// True if an entity with this way to the root lies in the administrator's tree.
    #[must_use]
    pub fn covers(&self, path: &Path) -> bool {
        self.administered
            .values()
            .any(|entity| path.is_in_tree_of(entity))
    }

    /// True if the login administers the whole organisation of [`Self::path`].
    #[must_use]
    pub fn covers_organisation(&self) -> bool {
        self.path
            .root()
            .is_some_and(|root| self.administered.values().any(|entity| entity == root))
    }

    /// The account by which the login administers an entity with this way to the root; any of them
    /// if it does not.
    #[must_use]
    pub fn actor(&self, path: &Path) -> Option<&AccountId> {
        let covering = self
            .administered
            .iter()
            .find(|(_, entity)| path.is_in_tree_of(entity));
        covering
            .or_else(|| self.administered.iter().next())
            .map(|(account, _)| account)
    }

    /// Checks that an entity with this way to the root exists and lies in the administrator's tree.
    ///
    /// # Errors
    /// 404 if it does not exist, 403 if it lies elsewhere.
    pub fn require(&self, path: &Path) -> Result<(), Problem> {
        if path.ids().is_empty() {
            return Err(Problem::not_found());
        }
        if self.covers(path) {
            Ok(())
        } else {
            Err(Problem::forbidden())
        }
    }
}

/// Whoever lets callers in.
pub trait Gate: Sync {
    /// Lets the caller in, or says why not. `id` is the route's `{id}`.
    ///
    /// # Errors
    /// 401 without a token, 404 for what does not exist, 403 for what is not the bearer's (404 too
    /// for a consultation).
    fn authorise(
        &self,
        access: Access,
        bearer: Bearer,
        id: Option<&str>,
    ) -> impl Future<Output = Result<Caller, Problem>> + Send;
}

/// The gate of a function whose routes are all public.
#[derive(Clone, Copy, Debug)]
pub struct Open;

impl Gate for Open {
    async fn authorise(
        &self,
        access: Access,
        _: Bearer,
        _: Option<&str>,
    ) -> Result<Caller, Problem> {
        if access == Access::Public {
            Ok(Caller::Anybody)
        } else {
            Err(Problem::internal(
                "a route is not public, but nobody decides who may",
            ))
        }
    }
}
