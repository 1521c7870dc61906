//! Contact details (« Mes coordonnées »), the life of an e-mail address, the people who act for an
//! account, and the data kept about it.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod administrators;
mod colleagues;
mod confirmation;
mod contact;
mod deliveries;
mod erasure;
mod export;
mod invitation;
mod links;
mod missed;
#[cfg(feature = "schema")]
pub mod openapi;
mod recovery;
mod test_alert;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use vigie_access::Door;
use vigie_aws::{Platform, tokens::Tokens};
use vigie_domain::{
    account::{Account, Role},
    audit::Record,
    contact::email::Email,
    entity::{Entity, Path},
    id::{AccountId, EntityId, LoginId},
};
use vigie_http::{
    Access, Bearer, Call, Caller, Gate, Handler, Method, Problem, Reply, Route,
    reply::ETAG,
    view::{AccountView, EntityName},
};
use vigie_runtime::{clock::Clock, config::ConfigError};
use vigie_store::{AuditEntry, Source, Store, StoreError};

/// Answers the routes of accounts.
#[derive(Clone, Debug)]
pub struct Accounts {
    /// The table.
    pub store: Store,
    /// Tells the time.
    pub clock: Clock,
    /// The keys of mailed links.
    pub tokens: Tokens,
}

/// The operations of the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Shows whom the login acts for.
    ReadMe,
    /// Shows an account.
    ReadAccount,
    /// Changes contact details.
    PatchContact,
    /// Withdraws a change of e-mail.
    WithdrawPendingEmail,
    /// Sends its link again.
    ResendPendingEmail,
    /// Confirms a change of e-mail.
    ConfirmEmail,
    /// Binds the login to an invited account.
    AcceptInvitation,
    /// Asks for the account of an address.
    AskToRecover,
    /// Binds the login to it in place of the former one.
    ConfirmRecovery,
    /// Stops a recovery that waits.
    StopRecovery,
    /// Stops it by the link mailed to a former address.
    StopRecoveryByLink,
    /// Erases an account.
    Erase,
    /// Lists what the agent was alerted of.
    ListDeliveries,
    /// Counts what was not sent since mails to the address stopped.
    CountMissed,
    /// Names those who administer the agent.
    ListAdministrators,
    /// Finds colleagues by name or address.
    FindColleagues,
    /// Sends an alert to one's own address, to see that alerts arrive.
    SendTestAlert,
    /// Returns everything that is stored about an account.
    Export,
    /// Shows the linked accounts.
    ListLinks,
    /// Asks the owner of an address to link accounts.
    AskToLink,
    /// Links the accounts.
    AcceptLink,
    /// Undoes a link.
    UndoLink,
}

/// The function's routes.
pub const ROUTES: &[Route<Operation>] = &[
    Route::new(Operation::ReadMe, Method::Get, "/v1/me", Access::Login),
    Route::new(
        Operation::ReadAccount,
        Method::Get,
        "/v1/accounts/{id}",
        Access::Owner,
    ),
    Route::new(
        Operation::PatchContact,
        Method::Patch,
        "/v1/accounts/{id}/contact",
        Access::Owner,
    ),
    Route::new(
        Operation::WithdrawPendingEmail,
        Method::Delete,
        "/v1/accounts/{id}/contact/pending-email",
        Access::Owner,
    ),
    Route::new(
        Operation::ResendPendingEmail,
        Method::Post,
        "/v1/accounts/{id}/contact/pending-email/resend",
        Access::Owner,
    ),
    Route::new(
        Operation::ConfirmEmail,
        Method::Post,
        "/v1/confirmations",
        Access::Public,
    ),
    Route::new(
        Operation::AcceptInvitation,
        Method::Post,
        "/v1/invitations",
        Access::Login,
    ),
    Route::new(
        Operation::AskToRecover,
        Method::Post,
        "/v1/recoveries",
        Access::Login,
    ),
    Route::new(
        Operation::ConfirmRecovery,
        Method::Post,
        "/v1/recoveries/confirm",
        Access::Login,
    ),
    Route::new(
        Operation::StopRecovery,
        Method::Delete,
        "/v1/accounts/{id}/recovery",
        Access::Owner,
    ),
    Route::new(
        Operation::StopRecoveryByLink,
        Method::Post,
        "/v1/recoveries/stop",
        Access::Public,
    ),
    Route::new(
        Operation::Erase,
        Method::Delete,
        "/v1/accounts/{id}",
        Access::OwnerAnyhow,
    ),
    Route::new(
        Operation::ListDeliveries,
        Method::Get,
        "/v1/accounts/{id}/deliveries",
        Access::Owner,
    ),
    Route::new(
        Operation::CountMissed,
        Method::Get,
        "/v1/accounts/{id}/missed",
        Access::Owner,
    ),
    Route::new(
        Operation::ListAdministrators,
        Method::Get,
        "/v1/accounts/{id}/administrators",
        Access::OwnerAnyhow,
    ),
    Route::new(
        Operation::FindColleagues,
        Method::Get,
        "/v1/accounts/{id}/colleagues",
        Access::Owner,
    ),
    Route::new(
        Operation::SendTestAlert,
        Method::Post,
        "/v1/accounts/{id}/alerts/test",
        Access::Owner,
    ),
    Route::new(
        Operation::Export,
        Method::Get,
        "/v1/accounts/{id}/export",
        Access::OwnerAnyhow,
    ),
    Route::new(
        Operation::ListLinks,
        Method::Get,
        "/v1/accounts/{id}/links",
        Access::Owner,
    ),
    Route::new(
        Operation::AskToLink,
        Method::Post,
        "/v1/accounts/{id}/links",
        Access::Owner,
    ),
    Route::new(
        Operation::AcceptLink,
        Method::Post,
        "/v1/links",
        Access::Login,
    ),
    Route::new(
        Operation::UndoLink,
        Method::Delete,
        "/v1/accounts/{id}/links/{otherId}",
        Access::Owner,
    ),
];

/// A mailed link's token.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "MailedToken")
)]
struct TokenBody {
    token: String,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Me<'a> {
    login: &'a str,
    accounts: Vec<MyAccount<'a>>,
    /// Accounts of the login that were deactivated, if any: they can still be exported and erased.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deactivated: Vec<MyAccount<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct MyAccount<'a> {
    id: &'a AccountId,
    role: Role,
    entity: EntityName,
    email: Option<&'a Email>,
    /// True if it is not the login's own, but linked to one that is.
    linked: bool,
}

impl<'a> MyAccount<'a> {
    fn new(account: &'a Account, linked: bool, known: &BTreeMap<EntityId, Entity>) -> Self {
        let entity = EntityName::of(&account.entity_id, known);
        Self {
            id: &account.id,
            role: account.role,
            entity,
            email: account.contact.email.as_ref(),
            linked,
        }
    }
}

impl Accounts {
    /// From the environment.
    ///
    /// # Errors
    /// Something is missing in it.
    pub fn new(platform: &Platform) -> Result<Self, ConfigError> {
        Ok(Self {
            store: Store::from_env(platform.aws.dynamodb())?,
            clock: platform.clock.clone(),
            tokens: platform.tokens()?,
        })
    }

    async fn me(&self, login: &LoginId) -> Result<Reply, Problem> {
        let own = self.store.account_list_of_login(login).await?;
        let (own, gone): (Vec<_>, Vec<_>) = own.into_iter().partition(|account| account.active);
        let linked = self.linked_to(&own).await?;
        let all = own.iter().chain(&gone).chain(&linked);
        let known = self
            .store
            .entity_read_each(&all.map(|account| account.entity_id.clone()).collect())
            .await?;
        let shown = |account, linked| MyAccount::new(account, linked, &known);
        let accounts = own
            .iter()
            .map(|account| shown(account, false))
            .chain(linked.iter().map(|account| shown(account, true)));
        let (accounts, deactivated) = (
            accounts.collect(),
            gone.iter().map(|account| shown(account, false)).collect(),
        );
        Reply::json(
            200,
            &Me {
                login: login.as_str(),
                accounts,
                deactivated,
            },
        )
    }

    /// An entry of the audit in the organisation of each account, said of where the first one lies.
    async fn entries_of<const N: usize>(
        &self,
        accounts: [&Account; N],
        record: Record,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let entities: BTreeSet<_> = accounts
            .iter()
            .map(|account| account.entity_id.clone())
            .collect();
        let paths = self.store.entity_find_paths(&entities).await?;
        if paths.len() < entities.len() {
            // Nothing is done that its organisation's audit cannot say.
            return Err(StoreError::Corrupt("entity", Source::NONE));
        }
        let roots: BTreeSet<_> = paths.values().filter_map(Path::root).collect();
        Ok(roots
            .into_iter()
            .map(|root| AuditEntry::new(root, record.clone()))
            .collect())
    }

    /// The account of a route for its owner, as it is now: the login may have lost it while it was
    /// at work.
    async fn owned_still(&self, call: &Call, access: Access) -> Result<Account, Problem> {
        let (login, id) = (call.login()?.clone(), call.owner()?.id.to_string());
        match self
            .gate()
            .authorise(access, Bearer::Login(login), Some(&id))
            .await?
        {
            Caller::Owner(_, account) => Ok(*account),
            _ => Err(Problem::forbidden()),
        }
    }

    async fn read(&self, account: &Account) -> Result<Reply, Problem> {
        show(200, account, &self.entity_of(account).await?)
    }

    /// Reads the entity, for its name. It is read before anything is written: a change whose answer
    /// cannot be shown is not made.
    async fn entity_of(&self, account: &Account) -> Result<BTreeMap<EntityId, Entity>, StoreError> {
        self.store
            .entity_read_each(&BTreeSet::from([account.entity_id.clone()]))
            .await
    }
}

fn show(
    status: u16,
    account: &Account,
    entity: &BTreeMap<EntityId, Entity>,
) -> Result<Reply, Problem> {
    let etag = format!("\"{}\"", account.version);
    Ok(Reply::json(status, &AccountView::new(account, entity))?.with(ETAG, etag))
}

impl Handler for Accounts {
    type Operation = Operation;

    fn routes() -> &'static [Route<Operation>] {
        ROUTES
    }

    fn gate(&self) -> impl Gate {
        Door(&self.store)
    }

    async fn warm(&self) {
        self.store.warm().await;
    }

    fn clock(&self) -> &Clock {
        &self.clock
    }

    async fn handle(&self, operation: Operation, call: Call) -> Result<Reply, Problem> {
        match operation {
            Operation::ReadMe => self.me(call.login()?).await,
            Operation::ReadAccount => self.read(call.owner()?).await,
            Operation::PatchContact => self.patch_contact(&call).await,
            Operation::WithdrawPendingEmail => self.withdraw_pending_email(&call).await,
            Operation::ResendPendingEmail => self.resend_pending_email(&call).await,
            Operation::ConfirmEmail => {
                self.confirm(&call.json::<TokenBody>()?.token, call.now)
                    .await
            }
            Operation::AskToRecover => self.ask_to_recover(&call).await,
            Operation::ConfirmRecovery => {
                self.confirm_recovery(&call.json::<TokenBody>()?.token, call.login()?, call.now)
                    .await
            }
            Operation::StopRecovery => self.stop_recovery(&call).await,
            Operation::StopRecoveryByLink => {
                self.stop_recovery_by_link(&call.json::<TokenBody>()?.token, call.now)
                    .await
            }
            Operation::Erase => self.erase(&call).await,
            Operation::ListDeliveries => self.deliveries(&call).await,
            Operation::CountMissed => self.missed(call.owner()?).await,
            Operation::ListAdministrators => self.administrators(call.owner()?).await,
            Operation::FindColleagues => self.colleagues(&call).await,
            Operation::SendTestAlert => self.send_test_alert(&call).await,
            Operation::Export => self.export(&call).await,
            Operation::ListLinks => self.list_links(call.owner()?).await,
            Operation::AskToLink => self.ask_to_link(&call).await,
            Operation::AcceptLink => {
                self.accept_link(&call.json::<TokenBody>()?.token, call.login()?, call.now)
                    .await
            }
            Operation::UndoLink => self.unlink(&call).await,
            Operation::AcceptInvitation => {
                self.accept(&call.json::<TokenBody>()?.token, call.login()?, call.now)
                    .await
            }
        }
    }
}
