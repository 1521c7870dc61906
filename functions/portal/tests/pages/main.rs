//! Requests as API Gateway hands them to the function.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod assets;
mod operator;
mod public;

use std::sync::Arc;

use http::{
    Response,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
        X_CONTENT_TYPE_OPTIONS,
    },
};
use serde_json::{Value, json};
use vigie_http::{Access, Method, Site, answer};
use vigie_operator::Operator;
use vigie_portal::{DESCRIPTION, EVENTS, Portal, ROUTES, SignIn, public::Stack};
use vigie_runtime::clock::Clock;

const LANDING: [&str; 6] = [
    "/confirm",
    "/invitation",
    "/link",
    "/delegation",
    "/recovery",
    "/stop",
];
const SECTIONS: [&str; 11] = [
    "/",
    "/coordonnees",
    "/alertes",
    "/favoris",
    "/favoris/c-21-165381",
    "/lieux",
    "/comptes",
    "/historique",
    "/administration",
    "/administration/agents",
    "/administration/entites/EMS-DSI",
];

fn pages() -> impl Iterator<Item = &'static str> {
    LANDING.into_iter().chain(SECTIONS)
}

fn portal(clock: Clock) -> Portal {
    let sign_in = SignIn::new(
        "https://issuer.example/pool",
        None,
        "client",
        "https://login.issuer.example",
    );
    portal_with(clock, sign_in.unwrap())
}

fn portal_with(clock: Clock, sign_in: SignIn) -> Portal {
    let stack = Stack {
        region: "eu-west-3".to_owned(),
        log_days: 400,
    };
    Portal::with(clock, sign_in, stack)
}

const DEMO: &str = include_str!("../../../../infra/local/demo/operator.json");

async fn request(method: &str, address: &str, headers: Value) -> Response<Vec<u8>> {
    request_of(DEMO, method, address, headers).await
}

/// The answer of a portal beside which this operator's file lies.
async fn request_of(
    operator: &str,
    method: &str,
    address: &str,
    headers: Value,
) -> Response<Vec<u8>> {
    request_at(portal(Clock::default()), operator, method, address, headers).await
}

async fn request_at(
    portal: Portal,
    operator: &str,
    method: &str,
    address: &str,
    headers: Value,
) -> Response<Vec<u8>> {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let parameters: serde_json::Map<_, _> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    let event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "queryStringParameters": parameters,
        "headers": headers,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "test",
            "domainName": "api.test",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.9", "userAgent": "test"},
            "requestId": "request",
            "routeKey": "$default",
            "stage": "$default",
            "time": "24/Nov/2026:08:00:00 +0000",
            "timeEpoch": 1_795_507_200_000_u64,
        },
        "isBase64Encoded": false,
    });
    let request = serde_json::from_value(event).expect("an API Gateway event");
    let operator: Operator = operator.parse().expect("an operator");
    let site = Arc::new(Site::new("client", operator));
    answer(Arc::new(portal), request, &site).await
}

async fn get(address: &str) -> Response<Vec<u8>> {
    request("GET", address, json!({})).await
}

fn header<'a>(response: &'a Response<Vec<u8>>, name: &HeaderName) -> &'a str {
    response
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

fn text(response: &Response<Vec<u8>>) -> String {
    String::from_utf8(response.body().clone()).expect("UTF-8")
}

/// The addresses of assets in a page or a script.
fn assets_of(text: &str) -> Vec<String> {
    let quoted = text.split('"').map(|part| part.replace("./", "/assets/"));
    quoted.filter(|part| part.starts_with("/assets/")).collect()
}

/// The script or the style that a page loads.
async fn asset(page: &str, extension: &str) -> String {
    assets_of(&text(&get(page).await))
        .into_iter()
        .find(|asset| asset.ends_with(extension))
        .expect("an asset")
}

#[track_caller]
fn assert_not_found(response: &Response<Vec<u8>>, what: &str) {
    assert_eq!(response.status(), 404, "{what}");
    assert_eq!(
        header(response, &CONTENT_TYPE),
        "application/problem+json",
        "{what}"
    );
    let problem: Value = serde_json::from_str(&text(response)).unwrap();
    assert_eq!(problem["type"], "urn:vigie:problem:not-found", "{what}");
}

#[test]
fn everything_is_public_and_only_read() {
    assert!(
        ROUTES
            .iter()
            .all(|route| route.access == Access::Public && route.method == Method::Get)
    );
}

#[tokio::test]
async fn pages_are_french_html_that_nobody_keeps_or_frames() {
    for page in pages() {
        let response = get(page).await;
        assert_eq!(response.status(), 200, "{page}");
        assert_eq!(header(&response, &CONTENT_TYPE), "text/html; charset=utf-8");
        assert_eq!(header(&response, &CACHE_CONTROL), "no-store");
        assert_eq!(header(&response, &REFERRER_POLICY), "no-referrer");
        assert_eq!(header(&response, &X_CONTENT_TYPE_OPTIONS), "nosniff");
        let policy = header(&response, &CONTENT_SECURITY_POLICY);
        for directive in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(
                policy.split("; ").any(|d| d == directive),
                "{page}: {directive} is not in {policy}"
            );
        }
        assert!(
            !policy.contains("unsafe") && !policy.contains('*'),
            "{policy}"
        );
        assert!(text(&response).contains("<html lang=\"fr\">"));
    }
}

#[tokio::test]
async fn only_pages_that_sign_in_may_call_the_issuer() {
    for page in pages() {
        let sources = if ["/confirm", "/stop"].contains(&page) {
            "'self'"
        } else {
            "'self' https://issuer.example https://login.issuer.example"
        };
        let response = get(page).await;
        let policy = header(&response, &CONTENT_SECURITY_POLICY);
        assert!(
            policy
                .split("; ")
                .any(|d| d == format!("connect-src {sources}")),
            "{page}: {policy}"
        );
    }
}

#[tokio::test]
async fn pages_let_no_other_site_or_device_in() {
    for page in pages() {
        let response = get(page).await;
        let policy = header(&response, &CONTENT_SECURITY_POLICY);
        assert!(
            policy.contains("require-trusted-types-for 'script'; trusted-types 'none'"),
            "{policy}"
        );
        for (name, value) in [
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            (
                "permissions-policy",
                "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
            ),
        ] {
            assert_eq!(
                header(&response, &HeaderName::from_static(name)),
                value,
                "{page}"
            );
        }
    }
}

#[tokio::test]
async fn pages_hold_no_script_style_or_host_of_their_own() {
    for page in pages() {
        let html = text(&get(page).await);
        // The sign-in's address is data, which names the issuer.
        let (before, rest) = html.split_once("<meta name=\"vigie-sign-in\"").unwrap();
        let html = before.to_owned() + rest.split_once('>').unwrap().1;
        // Links lead elsewhere only where somebody follows them.
        let html = html.replace("<a href=\"https://valfictif.example.fr/", "");
        for forbidden in [
            "<style",
            "style=",
            "onclick",
            "onload",
            "javascript:",
            "http://",
            "https://",
            "//cdn",
        ] {
            assert!(!html.contains(forbidden), "{page} holds {forbidden}");
        }
        let scripts = html.matches("<script").count();
        assert_eq!(
            scripts,
            html.matches("></script>").count(),
            "{page} holds an inline script"
        );
    }
}

#[tokio::test]
async fn a_page_is_the_same_whatever_its_query_says() {
    for (page, query) in [
        ("/confirm", "token=c.abc.def"),
        ("/invitation", "code=1&state=%3Cscript%3E"),
        ("/", "a=%22%3E%3Cimg%20src=x%3E"),
    ] {
        assert_eq!(
            text(&get(&format!("{page}?{query}")).await),
            text(&get(page).await)
        );
    }
}

#[tokio::test]
async fn each_page_says_where_to_sign_in_as_data() {
    let html = text(&get("/alertes").await);
    let content = html
        .split_once("<meta name=\"vigie-sign-in\" content=\"")
        .unwrap()
        .1
        .split_once('"')
        .unwrap()
        .0;
    let named: Value = serde_json::from_str(&content.replace("&quot;", "\"")).unwrap();
    assert_eq!(
        named,
        json!({"authority": "https://issuer.example/pool", "clientId": "client"})
    );
}

#[tokio::test]
async fn each_page_says_what_a_sign_in_asks_for_beside() {
    let asked = "acr_values=eidas1&prompt=login&scope=openid email";
    let sign_in = SignIn::new("https://issuer.example", None, "client", "").unwrap();
    let portal = portal_with(Clock::default(), sign_in.asking(asked));
    let html = text(&request_at(portal, DEMO, "GET", "/recovery", json!({})).await);
    assert!(html.contains(
        "&quot;parameters&quot;:&quot;acr_values=eidas1&amp;prompt=login&amp;scope=openid email&quot;"
    ));
}

#[tokio::test]
async fn the_page_learns_where_to_sign_in() {
    let response = get("/assets/config.json").await;
    assert_eq!(header(&response, &CONTENT_TYPE), "application/json");
    assert_eq!(header(&response, &CACHE_CONTROL), "no-store");
    let config: Value = serde_json::from_str(&text(&response)).unwrap();
    assert_eq!(
        config,
        json!({"authority": "https://issuer.example/pool", "clientId": "client"})
    );
}

#[tokio::test]
async fn the_api_and_its_events_are_described() {
    for (path, document, name, version) in [
        ("/v1/openapi.json", DESCRIPTION, "openapi", "3.1."),
        ("/v1/asyncapi.json", EVENTS, "asyncapi", "3."),
    ] {
        let response = get(path).await;
        assert_eq!(header(&response, &CONTENT_TYPE), "application/json");
        assert_eq!(response.body().as_slice(), document);
        let description: Value = serde_json::from_slice(document).unwrap();
        assert!(description[name].as_str().unwrap().starts_with(version));
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_problem() {
    for path in [
        "/index.html",
        "/confirm/",
        "//",
        "/assets",
        "/assets/",
        "/assets/nothing.js",
        "/assets/Style.css",
        "/assets/../style.css",
        "/assets/..",
        "/assets/%2e%2e%2fopenapi.json",
        "/assets/..%2fvendor%2frefresh.sh",
        "/assets/files.rs",
        "/alertes/",
        "/favoris/",
        "/favoris/a/b",
        "/favoris/\u{84}",
        "/favoris/c-21%2f165381",
        "/administration/a/b/c",
        "/administration/é",
        "/administration/agents/a b",
        "/nulle-part",
        "/assets/style.css/",
        "/assets//style.css",
        "/assets/style.css%00.js",
        "/assets/confirm.html",
        "/assets/openapi.json",
        "/v1/openapi",
        "/v1/nothing",
    ] {
        assert_not_found(&get(path).await, path);
    }
}

#[tokio::test]
async fn nothing_but_get_and_head_is_answered() {
    for page in pages().chain(["/assets/style.css", "/v1/openapi.json", "/v1/asyncapi.json"]) {
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let response = request(method, page, json!({})).await;
            assert_eq!(
                (response.status().as_u16(), &response.headers()["allow"]),
                (405, &"GET, HEAD".parse().unwrap()),
                "{method} {page}"
            );
        }
        let (get, head) = (get(page).await, request("HEAD", page, json!({})).await);
        assert_eq!(
            (head.status(), head.headers(), head.body().len()),
            (get.status(), get.headers(), 0),
            "{page}"
        );
    }
}

/// API Gateway leads here what no route of its own fits, also of other functions.
#[tokio::test]
async fn a_path_of_another_function_by_a_wrong_method_is_405() {
    for (method, path, allow) in [
        ("POST", "/v1/me", "GET, HEAD"),
        ("GET", "/v1/confirmations", "POST"),
        ("OPTIONS", "/v1/unsubscribe/x", "GET, HEAD, POST"),
        ("GET", "/v1/entities/x/agents/import", "POST"),
    ] {
        let response = request(method, path, json!({})).await;
        assert_eq!(
            (response.status().as_u16(), &response.headers()["allow"]),
            (405, &allow.parse().unwrap()),
            "{method} {path}"
        );
    }
    for path in ["/v1", "/v1/accounts", "/v1/accounts//contact", "/v2/me"] {
        assert_not_found(&request("POST", path, json!({})).await, path);
    }
}

/// Addresses of all pages, by the table of routes.
fn all_pages() -> Vec<String> {
    let pages = ROUTES.iter().map(|route| route.path);
    pages
        .filter(|path| !path.starts_with("/assets/") && !path.starts_with("/v1/"))
        .map(|path| {
            path.replace("{consultation}", "c-1")
                .replace("{part}", "agents")
                .replace("{id}", "a-1")
        })
        .collect()
}
