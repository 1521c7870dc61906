//! Access: the only place that decides who may. Deny by default: a route says whom it is for, and
//! its handler is not reached by anybody else.

use std::collections::BTreeMap;

use vigie_domain::{
    account::{Account, Role},
    consultation::{Consultation, Phase},
    entity::Path,
    id::{AccountId, ConsultationId, EntityId, LoginId},
};

use super::Problem;
use crate::store::Store;

/// People who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody: either a token in the request protects the route, or it needs no protection.
    Public,
    /// Any login.
    Login,
    /// Those who act for the account `{id}`, while it is active.
    Owner,
    /// The same, and who acts for an active account that is linked to it (« comptes associés »).
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
    Linked(LoginId, Box<Account>, AccountId),
    /// A login with at least one administrator account.
    Administrator(Administrator),
    /// The same of a consultation in its tree.
    ConsultationAdministrator(Administrator, Box<Consultation>),
}

impl Caller {
    /// The account by which the login acts, if the route asks for one.
    #[must_use]
    pub fn actor(&self) -> Option<&AccountId> {
        match self {
            Self::Anybody | Self::Login(_) => None,
            Self::Owner(_, account) => Some(&account.id),
            Self::Linked(_, _, by) => Some(by),
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
    administered: BTreeMap<AccountId, EntityId>,
    /// The entity `{id}`, or that of the consultation `{id}`, and its way to the root; empty if it
    /// does not exist.
    pub path: Path,
}

impl Administrator {
    /// Returns whether an entity with this way to the root lies in the administrator's tree.
    #[must_use]
    pub fn covers(&self, path: &Path) -> bool {
        self.administered
            .values()
            .any(|entity| path.is_in_tree_of(entity))
    }

    /// Returns whether the login administers the whole organisation of [`Self::path`].
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

/// Lets the caller in, or says why not. `id` is the route's `{id}`.
///
/// # Errors
/// 401 without a login, 404 for what does not exist, 403 for what is not the caller's (404 too for
/// a consultation).
pub async fn authorise(
    access: Access,
    login: Option<LoginId>,
    id: Option<&str>,
    store: Option<&Store>,
) -> Result<Caller, Problem> {
    if access == Access::Public {
        return Ok(Caller::Anybody);
    }
    let login = login.ok_or_else(Problem::unauthorized)?;
    if access == Access::Login {
        return Ok(Caller::Login(login));
    }
    let (Some(store), Some(id)) = (store, id) else {
        return Err(Problem::internal("a route names an owner but no account"));
    };
    match access {
        Access::Owner | Access::OwnerOrLinked | Access::OwnerAnyhow => {
            let id = AccountId::parse(id)?;
            let (account, bound) = store.account_read_with_login(&id, &login).await?;
            let account = account.ok_or_else(Problem::not_found)?;
            if !account.active && access != Access::OwnerAnyhow {
                return Err(Problem::forbidden());
            }
            if bound {
                return Ok(Caller::Owner(login, Box::new(account)));
            }
            // Judged at each request: a link that was undone opens nothing any more.
            let through = if access == Access::OwnerOrLinked {
                store.link_find_through(&login, &id).await?
            } else {
                None
            };
            let through = through.ok_or_else(Problem::forbidden)?;
            Ok(Caller::Linked(login, Box::new(account), through))
        }
        Access::ConsultationAdministrator => {
            let id = ConsultationId::parse(id)?;
            let accounts = store.account_list_of_login(&login).await?;
            let mut administrator = administrator(&accounts)?;
            let consultation = store
                .consultation_read(&id)
                .await?
                .ok_or_else(Problem::not_found)?;
            administrator.path = store.entity_read_path(&consultation.entity_id).await?;
            // One answer for what does not exist and what is not theirs: also of a consultation
            // whose entity is in no tree, and of a draft.
            if !administrator.covers(&administrator.path)
                || !is_shown(&accounts, &consultation, store).await?
            {
                return Err(Problem::not_found());
            }
            Ok(Caller::ConsultationAdministrator(
                administrator,
                Box::new(consultation),
            ))
        }
        _ => {
            let id = EntityId::parse(id)?;
            let mut administrator = administrator(&store.account_list_of_login(&login).await?)?;
            administrator.path = store.entity_read_path(&id).await?;
            if access == Access::AnyAdministrator && administrator.path.ids().is_empty() {
                return Err(Problem::not_found());
            }
            let is_let_in =
                access == Access::AnyAdministrator || administrator.covers(&administrator.path);
            if !administrator.path.ids().is_empty() && !is_let_in {
                return Err(Problem::forbidden());
            }
            Ok(Caller::Administrator(administrator))
        }
    }
}

/// Returns all that a login's accounts administer; 403 if nothing.
fn administrator(accounts: &[Account]) -> Result<Administrator, Problem> {
    let administered = accounts
        .iter()
        .filter(|account| account.active && account.role == Role::Administrator);
    let administered: BTreeMap<_, _> = administered
        .map(|account| (account.id.clone(), account.entity_id.clone()))
        .collect();
    if administered.is_empty() {
        return Err(Problem::forbidden());
    }
    Ok(Administrator {
        administered,
        path: Path::default(),
    })
}

/// Returns whether an administrator is shown the consultation: a draft only if one of the login's
/// accounts may see it.
async fn is_shown(
    accounts: &[Account],
    consultation: &Consultation,
    store: &Store,
) -> Result<bool, Problem> {
    if consultation.phase != Phase::Drafting {
        return Ok(true);
    }
    for account in accounts.iter().filter(|account| account.active) {
        if !store
            .sight_filter(account, vec![consultation.clone()])
            .await?
            .is_empty()
        {
            return Ok(true);
        }
    }
    Ok(false)
}
