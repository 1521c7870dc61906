//! Access: the only place that decides who may. Deny by default: a route says whom it is for, and
//! its handler is not reached by anybody else.

mod held;

use std::collections::BTreeMap;

use vigie_domain::{
    account::{Account, Role},
    consultation::{Consultation, Phase},
    entity::Path,
    id::{AccountId, ConsultationId, EntityId},
};
use vigie_http::{Access, Administrator, Bearer, Caller, Gate, Problem};
use vigie_store::Store;

pub use held::{Held, HeldClients};

/// The gate of every function that has the table.
#[derive(Clone, Copy, Debug)]
pub struct Door<'a>(pub &'a Store);

impl Gate for Door<'_> {
    async fn authorise(
        &self,
        access: Access,
        bearer: Bearer,
        id: Option<&str>,
    ) -> Result<Caller, Problem> {
        if access == Access::Public {
            return Ok(Caller::Anybody);
        }
        let login = match (access, bearer) {
            (_, Bearer::Nobody) => return Err(Problem::unauthorized()),
            (Access::Machine, Bearer::Machine(machine)) => return Ok(Caller::Machine(machine)),
            // A program opens its own door and no other, and a person not that one.
            (Access::Machine, _) | (_, Bearer::Machine(_) | Bearer::Neither) => {
                return Err(Problem::forbidden());
            }
            (_, Bearer::Login(login)) => login,
        };
        if access == Access::Login {
            return Ok(Caller::Login(login));
        }
        let Some(id) = id else {
            return Err(Problem::internal(
                "a route for some people says not whose: it has no {id}",
            ));
        };
        let store = self.0;
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
                Ok(Caller::Linked(login, Box::new(account), Box::new(through)))
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
            // Answered above, without an id.
            Access::Public | Access::Login | Access::Machine => {
                Err(Problem::internal("a route for everybody asks for somebody"))
            }
            Access::Administrator | Access::AnyAdministrator => {
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

/// True if an administrator is shown the consultation: a draft only if one of the login's
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
