//! The API's description, made from the functions' route tables and types.

use serde_json::Value;
use vigie_http::openapi::document::Document;

/// The document that the portal serves.
pub fn document() -> Value {
    let mut document = Document::default();
    document.add(
        (
            "accounts",
            "Accounts, addresses, invitations, linked accounts, what is held about an account.",
        ),
        vigie_accounts::ROUTES,
        vigie_accounts::openapi::describe,
    );
    document.add(
        (
            "preferences",
            "Alerts, places of execution, absences; unsubscribing from a mail.",
        ),
        vigie_preferences::ROUTES,
        vigie_preferences::openapi::describe,
    );
    document.add(
        (
            "favourites",
            "What an agent may see, and its stars; deadlines for calendars.",
        ),
        vigie_favourites::ROUTES,
        vigie_favourites::openapi::describe,
    );
    document.add(
        (
            "entities",
            "For administrators: entities, agents, who is mailed.",
        ),
        vigie_entities::ROUTES,
        vigie_entities::openapi::describe,
    );
    document.add(
        ("intake", "For programs of portals: events."),
        vigie_intake::ROUTES,
        vigie_intake::openapi::describe,
    );
    document.add(
        ("portal", "Pages, and this description."),
        vigie_portal::ROUTES,
        vigie_portal::openapi::describe,
    );
    document.finish()
}
