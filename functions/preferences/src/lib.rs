//! Choices of an agent: alerts and automatic favourites (« Mes alertes électroniques »), places of
//! execution (« Mes préférences Lieu d'exécution »), absence.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod absence;
#[cfg(feature = "schema")]
pub mod openapi;
mod preview;
mod requests;
mod unsubscribe;

use serde::{Deserialize, Serialize};
use vigie_access::Door;
use vigie_aws::{Platform, tokens::Tokens};
use vigie_domain::{
    account::{
        Account,
        place::{PlaceInfo, Places, reference},
        preferences::{Alerts, AutomaticFavourites, Kinds},
    },
    contact::FieldError,
};
use vigie_http::{Access, Call, Gate, Handler, Method, Problem, Reply, Route, reply::IF_MATCH};
use vigie_runtime::{again::Tries, clock::Clock, config::ConfigError};
use vigie_store::{Store, StoreError};

use crate::requests::Requests;

/// Answers the routes of preferences.
#[derive(Clone, Debug)]
pub struct Preferences {
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
    /// Shows the choice of alerts.
    ReadAlerts,
    /// Replaces it.
    WriteAlerts,
    /// Says what each rule of automatic favourites would have given lately.
    PreviewAlerts,
    /// Shows the places.
    ReadPlaces,
    /// Replaces them.
    WritePlaces,
    /// Shows the absence.
    ReadAbsence,
    /// Replaces it.
    WriteAbsence,
    /// Shows what others may ask the account for.
    ReadRequests,
    /// Replaces it.
    WriteRequests,
    /// Agrees to stand in for somebody.
    AnswerDelegation,
    /// Lists all places there are.
    ListPlaces,
    /// Shows the button that switches a kind of alert off.
    ShowUnsubscribe,
    /// Switches it off.
    Unsubscribe,
}

/// The function's routes.
pub const ROUTES: &[Route<Operation>] = &[
    Route::new(
        Operation::ReadAlerts,
        Method::Get,
        "/v1/accounts/{id}/alerts",
        Access::OwnerOrLinked,
    ),
    Route::new(
        Operation::WriteAlerts,
        Method::Put,
        "/v1/accounts/{id}/alerts",
        Access::OwnerOrLinked,
    ),
    Route::new(
        Operation::PreviewAlerts,
        Method::Get,
        "/v1/accounts/{id}/alerts/preview",
        Access::OwnerOrLinked,
    ),
    Route::new(
        Operation::ReadPlaces,
        Method::Get,
        "/v1/accounts/{id}/places",
        Access::OwnerOrLinked,
    ),
    Route::new(
        Operation::WritePlaces,
        Method::Put,
        "/v1/accounts/{id}/places",
        Access::OwnerOrLinked,
    ),
    Route::new(
        Operation::ReadAbsence,
        Method::Get,
        "/v1/accounts/{id}/absence",
        Access::OwnerOrLinked,
    ),
    Route::new(
        Operation::WriteAbsence,
        Method::Put,
        "/v1/accounts/{id}/absence",
        Access::OwnerOrLinked,
    ),
    Route::new(
        Operation::ReadRequests,
        Method::Get,
        "/v1/accounts/{id}/requests",
        Access::Owner,
    ),
    Route::new(
        Operation::WriteRequests,
        Method::Put,
        "/v1/accounts/{id}/requests",
        Access::Owner,
    ),
    Route::new(
        Operation::AnswerDelegation,
        Method::Post,
        "/v1/delegations",
        Access::Login,
    ),
    Route::new(
        Operation::ListPlaces,
        Method::Get,
        "/v1/places",
        Access::Public,
    ),
    Route::new(
        Operation::ShowUnsubscribe,
        Method::Get,
        "/v1/unsubscribe/{token}",
        Access::Public,
    ),
    Route::new(
        Operation::Unsubscribe,
        Method::Post,
        "/v1/unsubscribe/{token}",
        Access::Public,
    ),
];

/// The choice of alerts, and whose it is.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "AgentAlerts")
)]
struct ChosenAlerts {
    /// The way in which each kind is wanted.
    kinds: Kinds,
    /// Rules by which consultations become favourites by themselves.
    automatic_favourites: AutomaticFavourites,
    /// True while it is what administrators proposed on the first day and nobody has saved it;
    /// otherwise not there. What a body says of it changes nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    proposed: Option<bool>,
}

impl ChosenAlerts {
    fn of(account: &Account) -> Self {
        Self {
            kinds: account.alerts.kinds.clone(),
            automatic_favourites: account.alerts.automatic_favourites,
            proposed: account.alerts_proposed.then_some(true),
        }
    }
}

/// Codes of places, before they are looked up.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "WantedPlaces")
)]
struct Codes {
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Vec<vigie_domain::account::place::Place>")
    )]
    places: Vec<String>,
}

#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "ChosenPlaces")
)]
struct Chosen<'a> {
    places: &'a Places,
}

#[derive(Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "ReferencePlaces")
)]
struct Reference {
    places: &'static [PlaceInfo],
}

impl Preferences {
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

    async fn write_alerts(&self, call: &Call) -> Result<Reply, Problem> {
        let ChosenAlerts {
            kinds,
            automatic_favourites,
            ..
        } = call.json()?;
        let alerts = Alerts {
            kinds,
            automatic_favourites,
        };
        let mut account = call.owner()?.clone();
        let mut holds = call.header(&IF_MATCH).is_some();
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            permitted(&alerts, &account)?;
            let shown = part(&ChosenAlerts::of(&account))?;
            call.check_match(shown.etag().unwrap_or_default())?;
            if alerts == account.alerts && !account.alerts_proposed {
                return Ok(shown);
            }
            match self.store.alerts_write(&account, &alerts, holds).await {
                Ok(()) => return part(&alerts),
                // The rights, the entity or the choice itself changed meanwhile: judged again.
                Err(StoreError::Refused) => {
                    let now = self.read_again(&account).await?;
                    holds &= now != account;
                    account = now;
                }
                Err(e) => return Err(e.into()),
            }
        }
    }

    async fn write_places(&self, call: &Call) -> Result<Reply, Problem> {
        let codes: Codes = call.json()?;
        let places = Places::parse(&codes.places).map_err(Problem::invalid)?;
        let mut account = call.owner()?.clone();
        let mut holds = call.header(&IF_MATCH).is_some();
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let shown = chosen(&account.places)?;
            call.check_match(shown.etag().unwrap_or_default())?;
            if places == account.places {
                return Ok(shown);
            }
            let known = holds.then_some(&account.places);
            let written = self.store.account_write_places(&account.id, &places, known);
            match written.await {
                Ok(()) => return chosen(&places),
                Err(StoreError::Refused) => {
                    let now = self.read_again(&account).await?;
                    holds &= now != account;
                    account = now;
                }
                Err(e) => return Err(e.into()),
            }
        }
    }

    /// Reads an account whose write was refused. Where nothing of it has changed, it is stored in
    /// another spelling than ours, which no condition can name.
    async fn read_again(&self, account: &Account) -> Result<Account, Problem> {
        let found = self.store.account_read(&account.id).await?;
        found.ok_or_else(Problem::not_found)
    }
}

/// Shows a part of the account, with its own entity tag.
fn part<T: Serialize>(part: &T) -> Result<Reply, Problem> {
    Ok(Reply::json(200, part)?.tagged())
}

fn chosen(places: &Places) -> Result<Reply, Problem> {
    part(&Chosen { places })
}

/// Checks that the account has the right that each rule needs.
fn permitted(alerts: &Alerts, account: &Account) -> Result<(), Problem> {
    let refused = alerts
        .automatic_favourites
        .without_right(account.permanent_guest);
    if refused.is_empty() {
        return Ok(());
    }
    let reason = "needs the standing right (permanent guest) that an administrator gives";
    let errors = refused
        .iter()
        .map(|rule| FieldError::new(format!("automaticFavourites.{rule}"), reason))
        .collect();
    let detail = "Without the right, a rule cannot be switched on.";
    Err(Problem {
        errors,
        ..Problem::new(422, "not-permanent-guest", "Not a permanent guest", detail)
    })
}

impl Handler for Preferences {
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
            Operation::ReadAlerts => part(&ChosenAlerts::of(call.owner()?)),
            Operation::WriteAlerts => self.write_alerts(&call).await,
            Operation::PreviewAlerts => self.preview(&call).await,
            Operation::ReadPlaces => chosen(&call.owner()?.places),
            Operation::WritePlaces => self.write_places(&call).await,
            Operation::ReadAbsence => self.read_absence(&call).await,
            Operation::WriteAbsence => self.write_absence(&call).await,
            Operation::ReadRequests => Reply::json(200, &Requests::of(call.owner()?)),
            Operation::WriteRequests => self.write_requests(&call).await,
            Operation::AnswerDelegation => self.answer_delegation(&call).await,
            Operation::ListPlaces => Reply::json(
                200,
                &Reference {
                    places: reference(),
                },
            ),
            Operation::ShowUnsubscribe => self.show_unsubscribe(&call).await,
            Operation::Unsubscribe => self.unsubscribe(&call).await,
        }
    }
}
