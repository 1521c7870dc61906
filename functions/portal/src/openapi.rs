//! The operations' bodies and answers, for the `OpenAPI` document.

use serde_json::{Value, json};
use vigie_http::openapi::{Description, Types};

use crate::Operation;

const HTML: &str = "text/html; charset=utf-8";

/// An operation's description.
#[must_use]
pub fn describe(operation: Operation, _: &mut Types) -> Description {
    let token = "The token of the mailed link.";
    match operation {
        Operation::ShowHome => {
            section("Leads to the section of the account page that needs something")
        }
        Operation::ShowContact => section("Account page: contact details"),
        Operation::ShowAlerts => section("Account page: alerts"),
        Operation::ShowFavourites => section("Account page: favourites"),
        Operation::ShowFavourite => section("Account page: one consultation"),
        Operation::ShowPlaces => section("Account page: places"),
        Operation::ShowLinkedAccounts => section("Account page: linked accounts"),
        Operation::ShowHistory => section("Account page: what was sent, export, erasure"),
        Operation::ShowAdministration
        | Operation::ShowAdministrationPart
        | Operation::ShowAdministrationDetail => section("Account page: administration"),
        Operation::ShowLegalNotice => section("Legal notice, of the operator's particulars"),
        Operation::ShowPersonalData => {
            section("Personal data: purposes, recipients, how long, rights")
        }
        Operation::ShowAccessibility => section("Statement of accessibility"),
        Operation::ShowHelp => section("Help"),
        Operation::ShowConfirmation => {
            Description::new("Page of a mailed confirmation link; its button acts")
                .query("token", token)
                .gives_text(200, HTML, "HTML.")
        }
        Operation::ShowInvitation => {
            Description::new("Page of a mailed invitation; signs in and accepts")
                .query("token", token)
                .gives_text(200, HTML, "HTML.")
        }
        Operation::ShowLink => {
            Description::new("Page of a mailed request to link accounts; signs in and accepts")
                .query("token", token)
                .gives_text(200, HTML, "HTML.")
        }
        Operation::ShowDelegation => Description::new(
            "Page of a mailed request to stand in for a colleague; signs in and agrees",
        )
        .query("token", token)
        .gives_text(200, HTML, "HTML."),
        Operation::ShowRecovery => {
            Description::new("Page of a mailed recovery; signs in and takes the account over")
                .query("token", token)
                .gives_text(200, HTML, "HTML.")
        }
        Operation::ShowRecoveryStop => Description::new(
            "Page mailed to a former address; its button stops a recovery that waits",
        )
        .query("token", token)
        .gives_text(200, HTML, "HTML."),
        Operation::ReadAsset => {
            let file = Description::new("What the pages load")
                .header_if(
                    "If-None-Match",
                    "The ETag of the file that the caller has.",
                    "\"0123456789abcdef\"",
                )
                .gives_text(200, "*/*", "A file.")
                .with("Content-Encoding");
            with_headers_of_files(
                with_headers_of_files(file).gives_nothing(304, "The caller has it."),
            )
            .refuses(404, "No such file.")
        }
        Operation::ReadDescription => document(
            "This document",
            "OpenAPI 3.1.",
            &json!({"openapi": {"type": "string", "examples": ["3.1.0"]}, "paths": {"type": "object", "additionalProperties": {}}}),
        ),
        Operation::ReadDescriptionOfEvents => document(
            "Describes the events that come in and go out",
            "AsyncAPI 3.",
            &json!({"asyncapi": {"type": "string", "examples": ["3.0.0"]}, "channels": {"type": "object", "additionalProperties": {}}}),
        ),
    }
}

fn document(summary: &'static str, what: &'static str, members: &Value) -> Description {
    Description::new(summary)
        .gives_members(200, what, members)
        .with("Content-Security-Policy")
        .with("Referrer-Policy")
}

fn with_headers_of_files(description: Description) -> Description {
    description
        .with("ETag")
        .with("Vary")
        .with("Content-Security-Policy")
        .with("Referrer-Policy")
}

fn section(summary: &'static str) -> Description {
    Description::new(summary).gives_text(200, HTML, "HTML.")
}
