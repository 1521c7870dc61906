//! One operation: its parameters, what it answers, and how it refuses.

use serde_json::{Map, Value, json};

use super::{Description, Given};
use crate::{Access, Method, Route};

const PROBLEM: &str = "application/problem+json";
const JSON: &str = "application/json";

pub(super) fn describe<O: std::fmt::Debug>(
    tag: &str,
    route: &Route<O>,
    description: Description,
) -> Value {
    let in_path = route
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameters: Vec<Value> = in_path
        .map(|name| in_path_of(route.access, name))
        .chain(description.parameters)
        .collect();
    let refusable = parameters
        .iter()
        .any(|parameter| parameter["in"] == "query");
    let mut answers = Map::new();
    for answer in description.answers {
        answers.insert(answer.status.to_string(), given(&answer));
    }
    for (status, why) in problems(route, description.request.is_some(), refusable) {
        answers
            .entry(status.to_string())
            .or_insert_with(|| refusal(status, why, route.access));
    }
    for (status, why) in description.problems {
        answers.insert(status.to_string(), refusal(status, why, route.access));
    }
    let about = [description.about, whom(route.access)]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let mut operation = json!({
        "operationId": format!("{:?}", route.operation),
        "tags": [tag],
        "summary": description.summary,
        "description": about,
        "parameters": parameters,
        "responses": answers,
        "security": match route.access {
            Access::Public => json!([]),
            Access::Machine => json!([{"machine": []}]),
            _ => json!([{"login": []}]),
        },
    });
    if let Some((media_type, schema)) = description.request {
        operation["requestBody"] =
            json!({"required": true, "content": {media_type: {"schema": schema}}});
    }
    operation
}

/// For whom a route is, in a sentence.
fn whom(access: Access) -> &'static str {
    match access {
        Access::Public => "Public.",
        Access::Login => "For any login.",
        Access::Owner => "For who acts for the account.",
        Access::OwnerAnyhow => "For who acts for the account, also once it was deactivated.",
        Access::OwnerOrLinked => {
            "For who acts for the account, or for an active account that is linked to it."
        }
        Access::Administrator => "For administrators whose tree holds the entity.",
        Access::ConsultationAdministrator => {
            "For administrators whose tree holds the consultation's entity, and who may see it if it is a draft."
        }
        Access::AnyAdministrator => "For administrators of the entities concerned.",
        Access::Machine => "For programs of portals, and for no login.",
    }
}

fn in_path_of(access: Access, name: &str) -> Value {
    let (what, example) = match (name, access) {
        ("token", _) => (
            "The token of the mailed link.",
            "u1~01939c0e-0000-7000-8000-000000000002~tenderReceived.21146~AAAA",
        ),
        ("part", _) => ("The part of the administration.", "agents"),
        ("file", _) => ("The file's name.", "style.css"),
        ("consultation" | "consultationId", _) | ("id", Access::ConsultationAdministrator) => {
            ("The consultation.", "c-21-166157")
        }
        ("id", Access::Administrator | Access::AnyAdministrator) => ("The entity.", "ems-sig"),
        ("otherId", Access::Administrator | Access::AnyAdministrator) => {
            ("The other entity.", "ems-numerique")
        }
        ("otherId", _) => ("The other account.", "01939c0e-0000-7000-8000-000000000003"),
        _ => ("The account.", "01939c0e-0000-7000-8000-000000000002"),
    };
    let pattern = match name {
        "token" => "^[A-Za-z0-9._~-]+$",
        _ => "^[A-Za-z0-9._-]{1,128}$",
    };
    let schema = json!({"type": "string", "pattern": pattern, "examples": [example]});
    json!({"name": name, "in": "path", "required": true, "description": what, "schema": schema})
}

fn given(answer: &Given) -> Value {
    let mut described = json!({"description": answer.what});
    if let Some((media_type, schema)) = &answer.content {
        described["content"] = json!({*media_type: {"schema": schema}});
    }
    let is_page = answer
        .content
        .as_ref()
        .is_some_and(|(media_type, _)| media_type.starts_with("text/html"));
    let page = if is_page { PAGE } else { &[] };
    described["headers"] = named(OURS.iter().chain(page).chain(&answer.headers));
    described
}

/// Headers of whatever we answer.
const OURS: &[&str] = &["Cache-Control", "X-Content-Type-Options"];
/// Headers of pages.
const PAGE: &[&str] = &[
    "Content-Security-Policy",
    "Referrer-Policy",
    "Strict-Transport-Security",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Permissions-Policy",
];

fn named<'n>(names: impl Iterator<Item = &'n &'n str>) -> Value {
    names
        .map(|name| ((*name).to_owned(), header(name)))
        .collect::<Map<_, _>>()
        .into()
}

fn header(name: &str) -> Value {
    json!({"$ref": format!("#/components/headers/{name}")})
}

/// Headers of answers, by name.
pub(super) fn headers() -> Value {
    let text = |description: &str, example: &str| json!({"description": description, "schema": {"type": "string", "examples": [example]}});
    json!({
        "Cache-Control": text("Answers hold personal data and are not kept: `no-store`. What is the same for everybody says otherwise.", "no-store"),
        "X-Content-Type-Options": text("The media type is the one that is said.", "nosniff"),
        "Content-Security-Policy": text("What the page may load and do.", "default-src 'none'"),
        "Referrer-Policy": text("What other sites learn of the page's address: nothing.", "no-referrer"),
        "Strict-Transport-Security": text("Only over TLS.", "max-age=31536000"),
        "Cross-Origin-Opener-Policy": text("Other sites' windows are kept apart.", "same-origin"),
        "Cross-Origin-Resource-Policy": text("Other sites do not load it.", "same-origin"),
        "Permissions-Policy": text("What of the device the page may use: nothing.", "camera=()"),
        "Vary": text("What else the answer depends on.", "Accept-Encoding"),
        "Content-Encoding": text("How the file is compressed.", "br"),
        "ETag": text("The version, for If-Match.", "\"3\""),
        "Location": text("Where what was created is.", "/v1/entities/ems-sig"),
        "Content-Disposition": text("The name of the file.", "attachment; filename=\"vigie-2026-11-24.json\""),
        "WWW-Authenticate": text("What was wrong with the token.", "Bearer"),
        "Retry-After": {"description": "Seconds after which to try again.", "schema": {"type": "integer", "format": "int32", "minimum": 0, "examples": [2]}},
    })
}

/// Lists the refusals that are common to all routes of its kind, beside its own reasons.
fn problems<O>(route: &Route<O>, body: bool, query: bool) -> Vec<(u16, &'static str)> {
    let mut problems = vec![
        (429, "Too many requests in a moment."),
        (
            503,
            "Not available right now; Retry-After says when to try again.",
        ),
    ];
    if route.access != Access::Public {
        problems.push((401, "Nobody is signed in."));
    }
    if route.access != Access::Public {
        problems.push((403, "Not the caller's."));
    }
    let is_owned = !matches!(
        route.access,
        Access::Public | Access::Login | Access::Machine
    );
    if is_owned || route.path.contains('{') {
        problems.push((
            404,
            "There is no such thing, or none that the caller may see.",
        ));
    }
    if route.method != Method::Get {
        problems.push((413, "Over 64 KiB."));
    }
    if route.method != Method::Get && route.access != Access::Machine {
        problems.push((409, "Others kept changing it (conflict)."));
    }
    if body {
        problems.push((400, "The body cannot be read."));
        problems.push((415, "Wrong media type."));
    }
    if body || query {
        problems.push((422, "Fields were refused; errors names them."));
    }
    problems
}

/// Describes a refusal of the gateway itself, which has a JSON of its own.
fn refusal(status: u16, why: &str, access: Access) -> Value {
    let schema = |name: &str| json!({"schema": {"$ref": format!("#/components/schemas/{name}")}});
    let by_gateway = matches!(status, 401 | 429 | 503)
        || (status == 413 && access != Access::Public)
        // A token without the route's scope.
        || (status == 403 && access == Access::Machine);
    let mut content = json!({});
    // First, and with both: makers of clients that read one schema for each status take the first.
    if by_gateway {
        content[JSON] = schema("Refusal");
    }
    content[PROBLEM] = schema("Problem");
    content[PROBLEM]["example"] = example(status, why);
    let mut described = json!({"description": why, "content": content});
    let own: &[&str] = match status {
        401 => &["WWW-Authenticate"],
        429 | 503 => &["Retry-After"],
        _ => &[],
    };
    // The gateway's own answers have but WWW-Authenticate.
    described["headers"] = named(OURS.iter().chain(own));
    described
}

/// A problem of that status.
fn example(status: u16, why: &str) -> Value {
    let (name, title) = match status {
        400 => ("malformed", "The request cannot be read"),
        401 => ("unauthorized", "Sign in first"),
        403 => ("forbidden", "Not yours"),
        404 => ("not-found", "There is nothing here"),
        409 => ("conflict", "Somebody else was faster"),
        410 => ("token-expired", "The link is too old"),
        412 => ("stale", "It has changed since"),
        413 => ("too-large", "The body is too large"),
        415 => ("media-type", "Wrong media type"),
        422 => ("invalid", "Some fields were refused"),
        428 => ("precondition-required", "If-Match is needed"),
        429 => ("too-many-mails", "Too many mails"),
        _ => ("unavailable", "Not available right now"),
    };
    let mut example = json!({"type": format!("urn:vigie:problem:{name}"), "title": title, "status": status, "detail": why});
    if status == 422 {
        example["errors"] = json!([{"field": "contact.email", "reason": "is required"}]);
    }
    example
}

/// The errors of our functions, and the gateway's.
pub(super) fn refusals() -> [(&'static str, Value); 3] {
    let text = json!({"type": "string"});
    let problem = json!({
        "type": "object",
        "description": "RFC 9457.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "pattern": "^urn:vigie:problem:[a-z-]+$", "examples": ["urn:vigie:problem:invalid"]},
            "title": {"type": "string", "examples": ["Some fields were refused"]},
            "status": {"type": "integer", "format": "int32", "minimum": 400, "maximum": 599, "examples": [422]},
            "detail": {"type": "string", "examples": ["See errors."]},
            "errors": {
                "type": "array",
                "description": "Fields that were refused, on 422.",
                "items": {"type": "object", "required": ["field", "reason"], "properties": {"field": text, "reason": text}},
            },
        },
    });
    let message = json!({
        "type": "object",
        "description": "What the gateway answers by itself.",
        "required": ["message"],
        "properties": {"message": {"type": "string", "examples": ["Unauthorized"]}},
    });
    let either = ["GatewayMessage", "Problem"]
        .map(|name| json!({"$ref": format!("#/components/schemas/{name}")}));
    let refusal =
        json!({"description": "The gateway's message, or a problem of ours.", "anyOf": either});
    [
        ("Problem", problem),
        ("GatewayMessage", message),
        ("Refusal", refusal),
    ]
}
