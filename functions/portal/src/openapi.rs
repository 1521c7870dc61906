//! What the operations take and give, for the `OpenAPI` document.

use schemars::SchemaGenerator;
use vigie_platform::http::openapi::Description;

use crate::Operation;

/// An operation's description.
#[must_use]
pub fn describe(operation: Operation, _: &mut SchemaGenerator) -> Description {
    let token = "The token of the mailed link.";
    match operation {
        Operation::ShowHome => section("Leads to the section of the account page that needs something"),
        Operation::ShowContact => section("Account page: contact details"),
        Operation::ShowAlerts => section("Account page: alerts"),
        Operation::ShowFavourites => section("Account page: favourites"),
        Operation::ShowFavourite => section("Account page: favourites, at one consultation"),
        Operation::ShowPlaces => section("Account page: places"),
        Operation::ShowLinkedAccounts => section("Account page: linked accounts"),
        Operation::ShowHistory => section("Account page: what was sent, export, erasure"),
        Operation::ShowAdministration | Operation::ShowAdministrationPart | Operation::ShowAdministrationDetail => {
            section("Account page: administration")
        }
        Operation::ShowConfirmation => {
            Description::new("Page of a mailed confirmation link; its button acts").query("token", token).gives_no_json(200, "HTML.")
        }
        Operation::ShowInvitation => {
            Description::new("Page of a mailed invitation; signs in and accepts").query("token", token).gives_no_json(200, "HTML.")
        }
        Operation::ShowLink => Description::new("Page of a mailed request to link accounts; signs in and accepts")
            .query("token", token)
            .gives_no_json(200, "HTML."),
        Operation::ShowDelegation => Description::new("Page of a mailed request to stand in for a colleague; signs in and agrees")
            .query("token", token)
            .gives_no_json(200, "HTML."),
        Operation::ReadAsset => Description::new("What the pages load").gives_no_json(200, "A file.").refuses(404, "No such file."),
        Operation::ReadDescription => Description::new("This document").gives_no_json(200, "OpenAPI 3.1."),
    }
}

fn section(summary: &'static str) -> Description {
    Description::new(summary).gives_no_json(200, "HTML.")
}
