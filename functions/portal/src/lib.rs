//! The pages that mailed links lead to, what they load, and the API's description. The API's default route leads here too: what is
//! no route gets the platform's 404.
//!
//! Nothing here reads or changes data. Opening a page never acts, because mail scanners open links; its button calls the API.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod asset;
#[cfg(feature = "schema")]
pub mod openapi;
mod page;
mod sign_in;

use vigie_platform::{
    clock::Clock,
    config::ConfigError,
    http::{
        Access, Call, Handler, Method, Problem, Reply, Route,
        header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH},
    },
    runtime::Platform,
    store::Store,
};

use asset::Assets;
use page::Page;
pub use sign_in::SignIn;

/// The API's description; generated from the code.
pub const DESCRIPTION: &[u8] = include_bytes!("../openapi.json");

/// The function.
#[derive(Clone, Debug)]
pub struct Portal {
    clock: Clock,
    sign_in: SignIn,
    assets: Assets,
}

/// What the function does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Says what this is.
    ShowHome,
    /// Shows the button that confirms an address.
    ShowConfirmation,
    /// Shows the button that accepts an invitation.
    ShowInvitation,
    /// Shows the button that links two accounts.
    ShowLink,
    /// Shows the button that agrees to stand in for a colleague.
    ShowDelegation,
    /// Sends what the pages load.
    ReadAsset,
    /// Describes the API.
    ReadDescription,
}

/// The function's routes.
pub const ROUTES: &[Route<Operation>] = &[
    Route::new(Operation::ShowHome, Method::Get, "/", Access::Public),
    Route::new(Operation::ShowConfirmation, Method::Get, "/confirm", Access::Public),
    Route::new(Operation::ShowInvitation, Method::Get, "/invitation", Access::Public),
    Route::new(Operation::ShowLink, Method::Get, "/link", Access::Public),
    Route::new(Operation::ShowDelegation, Method::Get, "/delegation", Access::Public),
    Route::new(Operation::ReadAsset, Method::Get, "/assets/{file}", Access::Public),
    Route::new(Operation::ReadDescription, Method::Get, "/v1/openapi.json", Access::Public),
];

impl Portal {
    /// From the environment.
    ///
    /// # Errors
    /// Something is missing in it.
    pub fn new(platform: &Platform) -> Result<Self, ConfigError> {
        Ok(Self::with(platform.clock.clone(), SignIn::from_env()?))
    }

    /// From its parts.
    #[must_use]
    pub fn with(clock: Clock, sign_in: SignIn) -> Self {
        Self { clock, sign_in, assets: Assets::load() }
    }

    fn page(&self, page: Page) -> Reply {
        page.reply(&self.assets, &self.sign_in)
    }

    fn asset(&self, call: &Call) -> Option<Reply> {
        let asset = self.assets.get(call.parameter("file"))?;
        let etag = self.assets.etag();
        // Pages ask for the version they were made for, which never changes; whoever asks for none asks again each time.
        let caching =
            if call.query("v") == Some(self.assets.version()) { "public, max-age=31536000, immutable" } else { "public, no-cache" };
        let known = call.header(&IF_NONE_MATCH).is_some_and(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag));
        let reply =
            if known { Reply::bytes(304, asset.content_type, "") } else { Reply::bytes(200, asset.content_type, asset.body.as_bytes()) };
        Some(page::inert(reply).with(CACHE_CONTROL, caching).with(ETAG, etag))
    }
}

impl Handler for Portal {
    type Operation = Operation;

    fn routes() -> &'static [Route<Operation>] {
        ROUTES
    }

    fn store(&self) -> Option<&Store> {
        None
    }

    fn clock(&self) -> &Clock {
        &self.clock
    }

    async fn handle(&self, operation: Operation, call: Call) -> Result<Reply, Problem> {
        match operation {
            Operation::ShowHome => Ok(self.page(Page::Home)),
            Operation::ShowConfirmation => Ok(self.page(Page::Confirmation)),
            Operation::ShowInvitation => Ok(self.page(Page::Invitation)),
            Operation::ShowLink => Ok(self.page(Page::Link)),
            Operation::ShowDelegation => Ok(self.page(Page::Delegation)),
            Operation::ReadAsset if call.parameter("file") == "config.json" => Ok(page::inert(Reply::json(200, &self.sign_in)?)),
            Operation::ReadAsset => self.asset(&call).ok_or_else(Problem::not_found),
            Operation::ReadDescription => {
                Ok(page::inert(Reply::bytes(200, "application/json", DESCRIPTION)).with(CACHE_CONTROL, "public, max-age=300"))
            }
        }
    }
}
