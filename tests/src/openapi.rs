//! The API's description, made from the functions' route tables and types.

use serde_json::Value;
use vigie_platform::http::openapi::Document;

/// The document that the portal serves.
pub fn document() -> Value {
    let mut document = Document::default();
    document.add("accounts", vigie_accounts::ROUTES, vigie_accounts::openapi::describe);
    document.add("preferences", vigie_preferences::ROUTES, vigie_preferences::openapi::describe);
    document.add("favourites", vigie_favourites::ROUTES, vigie_favourites::openapi::describe);
    document.add("entities", vigie_entities::ROUTES, vigie_entities::openapi::describe);
    document.add("portal", vigie_portal::ROUTES, vigie_portal::openapi::describe);
    document.finish()
}
