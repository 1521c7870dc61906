//! Requests as API Gateway hands them to the function.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use http::{
    Response,
    header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
};
use serde_json::{Value, json};
use vigie_platform::{
    clock::Clock,
    http::{Access, Method, answer},
};
use vigie_portal::{DESCRIPTION, Portal, ROUTES, SignIn};

const PAGES: [&str; 5] = ["/", "/confirm", "/invitation", "/link", "/delegation"];

fn portal() -> Portal {
    let sign_in = SignIn::new("https://issuer.example/pool", None, "client", "https://login.issuer.example").unwrap();
    Portal::with(Clock::default(), sign_in)
}

async fn request(method: &str, address: &str, headers: Value) -> Response<Vec<u8>> {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let parameters: serde_json::Map<_, _> =
        query.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name.to_owned(), json!(value))).collect();
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
    answer(Arc::new(portal()), request).await
}

async fn get(address: &str) -> Response<Vec<u8>> {
    request("GET", address, json!({})).await
}

fn header<'a>(response: &'a Response<Vec<u8>>, name: &HeaderName) -> &'a str {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn text(response: &Response<Vec<u8>>) -> String {
    String::from_utf8(response.body().clone()).expect("UTF-8")
}

/// The addresses of assets in a page or a script.
fn assets_of(text: &str) -> Vec<String> {
    let quoted = text.split('"').map(|part| part.replace("./", "/assets/"));
    quoted.filter(|part| part.starts_with("/assets/") && part != "/assets/config.json").collect()
}

#[track_caller]
fn assert_not_found(response: &Response<Vec<u8>>, what: &str) {
    assert_eq!(response.status(), 404, "{what}");
    assert_eq!(header(response, &CONTENT_TYPE), "application/problem+json", "{what}");
    let problem: Value = serde_json::from_str(&text(response)).unwrap();
    assert_eq!(problem["type"], "urn:vigie:problem:not-found", "{what}");
}

#[test]
fn everything_is_public_and_only_read() {
    assert!(ROUTES.iter().all(|route| route.access == Access::Public && route.method == Method::Get));
}

#[tokio::test]
async fn pages_are_french_html_that_nobody_keeps_or_frames() {
    for page in PAGES {
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
            assert!(policy.split("; ").any(|d| d == directive), "{page}: {directive} is not in {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        assert!(text(&response).contains("<html lang=\"fr\">"));
    }
}

#[tokio::test]
async fn only_pages_that_sign_in_may_call_the_issuer() {
    let signs_in = "'self' https://issuer.example https://login.issuer.example";
    for (page, sources) in
        [("/", "'none'"), ("/confirm", "'self'"), ("/invitation", signs_in), ("/link", signs_in), ("/delegation", signs_in)]
    {
        let response = get(page).await;
        let policy = header(&response, &CONTENT_SECURITY_POLICY);
        assert!(policy.split("; ").any(|d| d == format!("connect-src {sources}")), "{page}: {policy}");
    }
}

#[tokio::test]
async fn pages_hold_no_script_style_or_host_of_their_own() {
    for page in PAGES {
        let html = text(&get(page).await);
        for forbidden in ["<style", "style=", "onclick", "onload", "javascript:", "http://", "https://", "//cdn"] {
            assert!(!html.contains(forbidden), "{page} holds {forbidden}");
        }
        let scripts = html.matches("<script").count();
        assert_eq!(scripts, html.matches("></script>").count(), "{page} holds an inline script");
    }
}

#[tokio::test]
async fn a_page_is_the_same_whatever_its_query_says() {
    for (page, query) in [("/confirm", "token=c.abc.def"), ("/invitation", "code=1&state=%3Cscript%3E"), ("/", "a=%22%3E%3Cimg%20src=x%3E")]
    {
        assert_eq!(text(&get(&format!("{page}?{query}")).await), text(&get(page).await));
    }
}

#[tokio::test]
async fn whatever_a_page_loads_is_there_and_may_be_kept() {
    let mut wanted: Vec<_> = Vec::new();
    for page in PAGES {
        wanted.extend(assets_of(&text(&get(page).await)));
    }
    let mut seen = 0;
    while let Some(address) = wanted.pop() {
        seen += 1;
        let response = get(&address).await;
        assert_eq!(response.status(), 200, "{address}");
        assert_eq!(header(&response, &CACHE_CONTROL), "public, max-age=31536000, immutable", "{address}");
        assert_eq!(header(&response, &X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert!(header(&response, &CONTENT_SECURITY_POLICY).starts_with("default-src 'none'"));
        let body = text(&response);
        assert!(!body.contains("?v=0\""), "{address} loads something without its version");
        if address.contains(".js") && !address.contains(".min.js") {
            wanted.extend(assets_of(&body));
        }
    }
    assert!(seen >= 16, "{seen}");
}

#[tokio::test]
async fn an_asset_without_its_version_is_asked_for_again_each_time() {
    let response = get("/assets/style.css").await;
    assert_eq!(header(&response, &CACHE_CONTROL), "public, no-cache");
    let etag = header(&response, &ETAG);
    for tags in [etag.to_owned(), format!("W/{etag}"), format!("\"older\", {etag}")] {
        let unchanged = request("GET", "/assets/style.css", json!({"if-none-match": tags})).await;
        assert_eq!(unchanged.status(), 304);
        assert!(text(&unchanged).is_empty());
        assert_eq!(header(&unchanged, &ETAG), etag);
    }
    let changed = request("GET", "/assets/style.css?v=older", json!({"if-none-match": "\"older\""})).await;
    assert_eq!(changed.status(), 200);
    assert_eq!(header(&changed, &CACHE_CONTROL), "public, no-cache");
}

#[tokio::test]
async fn the_page_learns_where_to_sign_in() {
    let response = get("/assets/config.json").await;
    assert_eq!(header(&response, &CONTENT_TYPE), "application/json");
    assert_eq!(header(&response, &CACHE_CONTROL), "no-store");
    let config: Value = serde_json::from_str(&text(&response)).unwrap();
    assert_eq!(config, json!({"authority": "https://issuer.example/pool", "clientId": "client"}));
}

#[tokio::test]
async fn the_api_is_described() {
    let response = get("/v1/openapi.json").await;
    assert_eq!(header(&response, &CONTENT_TYPE), "application/json");
    assert_eq!(response.body().as_slice(), DESCRIPTION);
    let description: Value = serde_json::from_slice(DESCRIPTION).unwrap();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1."));
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
        "/assets/vendor/oidc-client-ts.min.js",
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
async fn nothing_but_get_is_answered() {
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"] {
        for page in PAGES.into_iter().chain(["/assets/style.css", "/v1/openapi.json"]) {
            assert_not_found(&request(method, page, json!({})).await, &format!("{method} {page}"));
        }
    }
}
