//! « Mon compte » and the pages behind mailed links, with the files that they load, and the
//! descriptions of the API and its events. The API's default route leads here too: an unknown route
//! gets the platform's 404.
//!
//! Nothing here reads or changes data. Opening a page never acts, because mail scanners open links;
//! its button calls the API.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod asset;
mod described;
#[cfg(feature = "schema")]
pub mod openapi;
mod page;
pub mod public;
mod sign_in;

use vigie_domain::id::is_id;
use vigie_http::{
    Access, Call, Gate, Handler, Method, Open, Problem, Reply, Route,
    header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, ETAG, VARY},
};
use vigie_runtime::{
    clock::Clock,
    config::{Config, ConfigError, required_number},
};

use asset::Style;
use page::Page;
use public::{Public, Stack};
pub use sign_in::SignIn;

/// The API's description; generated from the code.
pub const DESCRIPTION: &[u8] = include_bytes!("../openapi.json");

/// The description of the events; generated from the code.
pub const EVENTS: &[u8] = include_bytes!("../asyncapi.json");

/// Answers with the page, the pages of mailed links and the description.
#[derive(Clone, Debug)]
pub struct Portal {
    clock: Clock,
    sign_in: SignIn,
    stack: Stack,
}

/// The operations of the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Leads to the section that needs something.
    ShowHome,
    /// Shows « Mes coordonnées ».
    ShowContact,
    /// Shows « Mes alertes électroniques ».
    ShowAlerts,
    /// Shows « Mes favoris ».
    ShowFavourites,
    /// Shows one consultation.
    ShowFavourite,
    /// Shows « Mes préférences Lieu d'exécution ».
    ShowPlaces,
    /// Shows « Mes comptes associés ».
    ShowLinkedAccounts,
    /// Shows « Historique ».
    ShowHistory,
    /// Shows « Administration ».
    ShowAdministration,
    /// Shows a part of « Administration ».
    ShowAdministrationPart,
    /// Shows one thing in a part of « Administration ».
    ShowAdministrationDetail,
    /// Shows the button that confirms an address.
    ShowConfirmation,
    /// Shows the button that accepts an invitation.
    ShowInvitation,
    /// Shows the button that links two accounts.
    ShowLink,
    /// Shows the button that agrees to stand in for a colleague.
    ShowDelegation,
    /// Shows the button by which a login takes an account over.
    ShowRecovery,
    /// Shows the button by which a former address stops that.
    ShowRecoveryStop,
    /// Shows « Mentions légales ».
    ShowLegalNotice,
    /// Shows « Données personnelles ».
    ShowPersonalData,
    /// Shows « Déclaration d'accessibilité ».
    ShowAccessibility,
    /// Shows « Aide ».
    ShowHelp,
    /// Sends what the pages load.
    ReadAsset,
    /// Describes the API.
    ReadDescription,
    /// Describes the events.
    ReadDescriptionOfEvents,
}

const CSS: &str = "text/css; charset=utf-8";

/// The function's routes.
pub const ROUTES: &[Route<Operation>] = &[
    Route::new(Operation::ShowHome, Method::Get, "/", Access::Public),
    Route::new(
        Operation::ShowContact,
        Method::Get,
        "/coordonnees",
        Access::Public,
    ),
    Route::new(
        Operation::ShowAlerts,
        Method::Get,
        "/alertes",
        Access::Public,
    ),
    Route::new(
        Operation::ShowFavourites,
        Method::Get,
        "/favoris",
        Access::Public,
    ),
    Route::new(
        Operation::ShowFavourite,
        Method::Get,
        "/favoris/{consultation}",
        Access::Public,
    ),
    Route::new(Operation::ShowPlaces, Method::Get, "/lieux", Access::Public),
    Route::new(
        Operation::ShowLinkedAccounts,
        Method::Get,
        "/comptes",
        Access::Public,
    ),
    Route::new(
        Operation::ShowHistory,
        Method::Get,
        "/historique",
        Access::Public,
    ),
    Route::new(
        Operation::ShowAdministration,
        Method::Get,
        "/administration",
        Access::Public,
    ),
    Route::new(
        Operation::ShowAdministrationPart,
        Method::Get,
        "/administration/{part}",
        Access::Public,
    ),
    Route::new(
        Operation::ShowAdministrationDetail,
        Method::Get,
        "/administration/{part}/{id}",
        Access::Public,
    ),
    Route::new(
        Operation::ShowConfirmation,
        Method::Get,
        "/confirm",
        Access::Public,
    ),
    Route::new(
        Operation::ShowInvitation,
        Method::Get,
        "/invitation",
        Access::Public,
    ),
    Route::new(Operation::ShowLink, Method::Get, "/link", Access::Public),
    Route::new(
        Operation::ShowDelegation,
        Method::Get,
        "/delegation",
        Access::Public,
    ),
    Route::new(
        Operation::ShowRecovery,
        Method::Get,
        "/recovery",
        Access::Public,
    ),
    Route::new(
        Operation::ShowRecoveryStop,
        Method::Get,
        "/stop",
        Access::Public,
    ),
    Route::new(
        Operation::ShowLegalNotice,
        Method::Get,
        "/mentions-legales",
        Access::Public,
    ),
    Route::new(
        Operation::ShowPersonalData,
        Method::Get,
        "/donnees-personnelles",
        Access::Public,
    ),
    Route::new(
        Operation::ShowAccessibility,
        Method::Get,
        "/accessibilite",
        Access::Public,
    ),
    Route::new(Operation::ShowHelp, Method::Get, "/aide", Access::Public),
    Route::new(
        Operation::ReadAsset,
        Method::Get,
        "/assets/{file}",
        Access::Public,
    ),
    Route::new(
        Operation::ReadDescription,
        Method::Get,
        "/v1/openapi.json",
        Access::Public,
    ),
    Route::new(
        Operation::ReadDescriptionOfEvents,
        Method::Get,
        "/v1/asyncapi.json",
        Access::Public,
    ),
];

impl Portal {
    /// From the environment.
    ///
    /// # Errors
    /// Something is missing in it.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let stack = Stack {
            region: config.region,
            log_days: required_number("LOG_RETENTION_DAYS")?,
        };
        Ok(Self::with(Clock::System, SignIn::from_env()?, stack))
    }

    /// From its parts.
    #[must_use]
    pub fn with(clock: Clock, sign_in: SignIn, stack: Stack) -> Self {
        Self {
            clock,
            sign_in,
            stack,
        }
    }

    fn page(&self, page: Page, call: &Call) -> Result<Reply, Problem> {
        page.reply(&self.sign_in, call)
    }

    /// Returns « Mon compte » at what the path names; what cannot be an identifier names nothing.
    fn page_of(&self, call: &Call, named: &[&str]) -> Result<Reply, Problem> {
        if named.iter().all(|name| is_id(call.parameter(name))) {
            self.page(Page::Account, call)
        } else {
            Err(Problem::not_found())
        }
    }

    /// Returns a file that a page loads. Its name changes with its content, so that whoever has it
    /// never asks again.
    fn asset(&self, call: &Call) -> Result<Reply, Problem> {
        if call.parameter("file") == "config.json" {
            return Ok(page::inert(Reply::json(200, &self.sign_in)?));
        }
        let (name, accepts) = (call.parameter("file"), call.header(&ACCEPT_ENCODING));
        let style = Style::new(call.site.sheet.as_ref());
        let (content_type, (body, encoding)) = if name == style.name {
            (CSS, style.encoded(accepts.unwrap_or_default()))
        } else {
            let asset = asset::get(name).ok_or_else(Problem::not_found)?;
            let encoded = asset.encoded(accepts.unwrap_or_default());
            (asset.content_type, encoded)
        };
        let reply = Reply::bytes(200, content_type, body);
        let reply = if let Some(encoding) = encoding {
            reply.with(CONTENT_ENCODING, encoding)
        } else {
            reply
        };
        let reply = page::inert(reply).with(CACHE_CONTROL, "public, max-age=31536000, immutable");
        Ok(reply
            .with(VARY, "Accept-Encoding")
            .with(ETAG, format!("\"{name}\"")))
    }
}

fn described(document: &'static [u8]) -> Reply {
    page::inert(Reply::bytes(200, "application/json", document))
        .with(CACHE_CONTROL, "public, max-age=300")
}

impl Handler for Portal {
    type Operation = Operation;

    fn routes() -> &'static [Route<Operation>] {
        ROUTES
    }

    fn gate(&self) -> impl Gate {
        Open
    }

    async fn warm(&self) {}

    fn clock(&self) -> &Clock {
        &self.clock
    }

    fn elsewhere(path: &str) -> Vec<&'static str> {
        described::methods(path)
    }

    async fn handle(&self, operation: Operation, call: Call) -> Result<Reply, Problem> {
        match operation {
            Operation::ShowHome
            | Operation::ShowContact
            | Operation::ShowAlerts
            | Operation::ShowFavourites
            | Operation::ShowPlaces
            | Operation::ShowLinkedAccounts
            | Operation::ShowHistory
            | Operation::ShowAdministration => self.page(Page::Account, &call),
            Operation::ShowFavourite => self.page_of(&call, &["consultation"]),
            Operation::ShowAdministrationPart => self.page_of(&call, &["part"]),
            Operation::ShowAdministrationDetail => self.page_of(&call, &["part", "id"]),
            Operation::ShowConfirmation => self.page(Page::Confirmation, &call),
            Operation::ShowInvitation => self.page(Page::Invitation, &call),
            Operation::ShowLink => self.page(Page::Link, &call),
            Operation::ShowDelegation => self.page(Page::Delegation, &call),
            Operation::ShowRecovery => self.page(Page::Recovery, &call),
            Operation::ShowRecoveryStop => self.page(Page::RecoveryStop, &call),
            Operation::ShowLegalNotice => Ok(Public::Legal.reply(&call, &self.stack)),
            Operation::ShowPersonalData => Ok(Public::Data.reply(&call, &self.stack)),
            Operation::ShowAccessibility => Ok(Public::Accessibility.reply(&call, &self.stack)),
            Operation::ShowHelp => Ok(Public::Help.reply(&call, &self.stack)),
            Operation::ReadAsset => self.asset(&call),
            Operation::ReadDescription => Ok(described(DESCRIPTION)),
            Operation::ReadDescriptionOfEvents => Ok(described(EVENTS)),
        }
    }
}
