//! Requests as API Gateway hands them to the function.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::AtomicI64},
};

use http::{
    Response,
    header::{
        CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName,
        REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
    },
};
use serde_json::{Value, json};
use vigie_http::{Access, Method, Site, answer};
use vigie_operator::{Operator, audit::Criterion, colour};
use vigie_portal::{
    DESCRIPTION, EVENTS, Portal, ROUTES, SignIn,
    public::{Stack, accessibility::Criteria, stored::Stored},
};
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

const DEMO: &str = include_str!("../../../infra/local/demo/operator.json");

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
async fn whatever_a_page_loads_is_there_and_may_be_kept_for_ever() {
    let mut wanted: Vec<_> = Vec::new();
    for page in pages() {
        wanted.extend(assets_of(&text(&get(page).await)));
    }
    let mut seen = BTreeSet::new();
    while let Some(address) = wanted.pop() {
        let response = get(&address).await;
        assert_eq!(response.status(), 200, "{address}");
        assert_eq!(
            header(&response, &CACHE_CONTROL),
            "public, max-age=31536000, immutable",
            "{address}"
        );
        assert_eq!(header(&response, &X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert_eq!(header(&response, &VARY), "Accept-Encoding");
        assert!(header(&response, &CONTENT_SECURITY_POLICY).starts_with("default-src 'none'"));
        if seen.insert(address.clone())
            && std::path::Path::new(&address)
                .extension()
                .is_some_and(|extension| extension == "js")
        {
            wanted.extend(assets_of(&text(&response)));
        }
    }
    assert!(seen.len() >= 3, "{seen:?}");
}

#[tokio::test]
async fn a_page_without_a_script_has_the_look_and_the_headers_of_all_pages() {
    let plain = request("GET", "/nulle-part", json!({"accept": "text/html"})).await;
    let html = text(&plain);
    assert!(
        html.contains("<h1>Cette page n’existe pas</h1>")
            && html
                .contains("<title>Cette page n’existe pas – Achats publics de Valfictif</title>"),
        "{html}"
    );
    assert!(!html.contains("{{") && !html.contains("<script"), "{html}");
    let loaded = assets_of(&html);
    assert_eq!(
        loaded,
        [asset("/confirm", ".css").await],
        "the style of the landing pages, and nothing else"
    );
    let landing = get("/confirm").await;
    for name in landing
        .headers()
        .keys()
        .filter(|name| **name != CONTENT_SECURITY_POLICY)
    {
        assert_eq!(
            plain.headers().get(name),
            landing.headers().get(name),
            "{name}"
        );
    }
    let policy = header(&plain, &CONTENT_SECURITY_POLICY);
    for part in [
        "default-src 'none'",
        "style-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(
        !policy.contains("script-src") && !policy.contains("connect-src"),
        "{policy}"
    );
}

#[tokio::test]
async fn an_asset_comes_in_the_smallest_form_that_the_asker_takes() {
    for (extension, oldest) in [(".js", "gzip"), (".css", "")] {
        let address = asset("/alertes", extension).await;
        let plain = get(&address).await;
        assert_eq!(header(&plain, &CONTENT_ENCODING), "");
        let mut before = plain.body().len() + 1;
        for (accepts, encoding) in [("gzip, deflate", oldest), ("gzip, deflate, br;q=1.0", "br")] {
            let response = request("GET", &address, json!({"accept-encoding": accepts})).await;
            assert_eq!(header(&response, &CONTENT_ENCODING), encoding);
            assert!(response.body().len() < before, "{address}: {encoding}");
            before = response.body().len();
        }
        let refused = request(
            "GET",
            &address,
            json!({"accept-encoding": "br;q=0, identity"}),
        )
        .await;
        assert_eq!(header(&refused, &CONTENT_ENCODING), "");
    }
}

#[tokio::test]
async fn who_has_an_asset_is_sent_none() {
    let address = asset("/alertes", ".css").await;
    let response = get(&address).await;
    let etag = header(&response, &ETAG);
    for tags in [
        etag.to_owned(),
        format!("W/{etag}"),
        format!("\"older\", {etag}"),
        "*".to_owned(),
    ] {
        let unchanged = request(
            "GET",
            &address,
            json!({"if-none-match": tags, "accept-encoding": "br"}),
        )
        .await;
        assert_eq!(unchanged.status(), 304);
        assert!(text(&unchanged).is_empty());
        assert_eq!(header(&unchanged, &ETAG), etag);
        assert_eq!(
            [
                header(&unchanged, &CONTENT_ENCODING),
                header(&unchanged, &CONTENT_TYPE)
            ],
            [""; 2]
        );
    }
    assert_eq!(
        request("GET", &address, json!({"if-none-match": "\"older\""}))
            .await
            .status(),
        200
    );
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

const LINKS: [(&str, &str); 4] = [
    ("/accessibilite", "Accessibilité\u{a0}: non conforme"),
    ("/mentions-legales", "Mentions légales"),
    ("/donnees-personnelles", "Données personnelles"),
    ("/aide", "Aide"),
];

#[tokio::test]
async fn every_page_is_the_operator_s_and_leads_to_what_the_law_wants() {
    let html = json!({"accept": "text/html"});
    let pages = all_pages();
    assert!(pages.len() >= 16, "{pages:?}");
    // What is not there, and what is not opened so, are pages too.
    let refused = [
        "/nulle-part",
        "/assets/nothing.js",
        "/v1/me",
        "/v1/confirmations",
    ];
    for page in pages.iter().map(String::as_str).chain(refused) {
        let page_of =
            async |operator: &str| text(&request_of(operator, "GET", page, html.clone()).await);
        let shown = page_of(DEMO).await;
        assert!(!shown.contains("{{"), "{page}: {shown}");
        for (address, name) in LINKS {
            let link = format!("<a href=\"{address}\">{name}</a>");
            assert!(shown.contains(&link), "{page} lacks {link}: {shown}");
        }
        for own in [
            " – Achats publics de Valfictif</title>",
            "<p class=\"brand\"><a href=\"/\"><img src=\"data:image/svg+xml;base64,",
            "Besoin de plus d’aide\u{a0}?",
            "<a href=\"tel:0300000000\">",
            "du lundi au vendredi",
            "mailto:assistance@valfictif.example.fr",
            "<span data-guide=\"alertes\" hidden>",
        ] {
            assert!(shown.contains(own), "{page} lacks {own}: {shown}");
        }
        let other = page_of(&DEMO.replace("Valfictif", "Bourg-Imaginaire")).await;
        assert!(
            other.contains("Achats publics de Bourg-Imaginaire") && !other.contains("Valfictif"),
            "{page}"
        );
    }
}

#[tokio::test]
async fn what_the_operator_has_not_said_is_said_to_be_lacking() {
    for page in all_pages() {
        let shown = text(&request_of("{}", "GET", &page, json!({})).await);
        assert!(
            shown.contains("Nom à compléter par l’exploitant</title>"),
            "{page}"
        );
        let lacking = shown
            .matches("<em>à compléter par l’exploitant</em>")
            .count();
        assert!(lacking >= 3, "{page}: {shown}");
        assert!(!shown.contains("<img"), "{page}");
    }
}

#[tokio::test]
async fn an_operator_s_words_are_text() {
    let hostile = json!({
        "name": "<script>{{footer}}</script>\"",
        "help": {"hours": "<b>toujours</b>"},
    });
    let shown = text(&request_of(&hostile.to_string(), "GET", "/alertes", json!({})).await);
    assert!(
        shown.contains("&lt;script&gt;{{footer}}&lt;/script&gt;&quot;"),
        "{shown}"
    );
    assert!(shown.contains("&lt;b&gt;toujours"), "{shown}");
    assert_eq!(shown.matches("<footer").count(), 1);
}

#[tokio::test]
async fn the_style_sheet_ends_with_the_operator_s_colours_under_a_name_of_its_own() {
    let style = async |operator: &str| {
        let page = text(&request_of(operator, "GET", "/alertes", json!({})).await);
        let address = assets_of(&page)
            .into_iter()
            .find(|asset| asset.contains(".css"));
        let address = address.expect("a style sheet");
        let plain = request_of(operator, "GET", &address, json!({})).await;
        assert_eq!(plain.status(), 200, "{address}");
        (address, text(&plain))
    };
    let (address, plain) = style("{}").await;
    let (other, coloured) = style(DEMO).await;
    assert_ne!(address, other);
    let colours = coloured
        .strip_prefix(&plain)
        .expect("the pages' own rules first");
    assert!(colours.starts_with(":root{--accent:#5b2a86;"), "{colours}");
    // Another operator's is not served under this one's name, which is kept for ever.
    assert_not_found(&request_of("{}", "GET", &other, json!({})).await, &other);
}

#[tokio::test]
async fn colours_are_judged_on_the_grounds_that_the_pages_have() {
    let plain = include_str!("../web/src/style.css");
    let (light, dark) = plain
        .split_once("prefers-color-scheme: dark")
        .expect("two themes");
    let page = |line: &&str| !line.contains("on-accent");
    let grounds = |theme: &str| {
        let root = theme.split_once(":root {").expect("a root").1;
        let root = root.split_once('}').expect("an end").0;
        let lines = root.lines().filter(page);
        let grounds = lines.filter(|line| {
            ["--ground", "--sheet", "tint"]
                .iter()
                .any(|name| line.contains(name))
        });
        grounds
            .filter_map(|line| Some(line.split_once(": ")?.1.trim_end_matches(';').to_owned()))
            .collect::<BTreeSet<_>>()
    };
    for (theme, known) in [(light, &colour::LIGHT[..]), (dark, &colour::DARK[..])] {
        let found = grounds(theme);
        assert!(
            found.len() >= 6 && found.iter().all(|ground| known.contains(&&**ground)),
            "{found:?}"
        );
    }
    for on in colour::ON {
        assert!(plain.contains(&format!("--on-accent: {on};")), "{on}");
    }
}

const PUBLIC: [&str; 4] = [
    "/mentions-legales",
    "/donnees-personnelles",
    "/accessibilite",
    "/aide",
];

#[tokio::test]
async fn public_pages_need_neither_a_script_nor_a_sign_in() {
    for page in PUBLIC {
        let response = get(page).await;
        assert_eq!(response.status(), 200, "{page}");
        assert_eq!(header(&response, &CONTENT_TYPE), "text/html; charset=utf-8");
        let (policy, html) = (
            header(&response, &CONTENT_SECURITY_POLICY).to_owned(),
            text(&response),
        );
        assert!(
            policy.contains("style-src 'self'") && !policy.contains("script-src"),
            "{policy}"
        );
        assert!(
            !html.contains("<script") && !html.contains("style="),
            "{page}"
        );
        // The table of criteria is long, and still no download that anybody waits for.
        assert!(html.len() < 40_000, "{page}: {}", html.len());
    }
}

#[tokio::test]
async fn public_pages_say_all_that_the_operator_says() {
    for (page, own) in [
        (
            "/mentions-legales",
            &[
                "Syndicat mixte imaginaire de Valfictif",
                "1 place de l’Exemple",
                "Camille Exemple",
                "Hébergeur imaginaire SAS",
                "2 rue de l’Exemple",
                "eu-west-3",
            ][..],
        ),
        (
            "/donnees-personnelles",
            &[
                "représenté par sa présidence",
                "dpo@valfictif.example.fr",
                "mission d’intérêt public (RGPD, article 6.1.e)",
                "obligation légale de sécurité",
                "eu-west-3",
                "Commission nationale de l’informatique et des libertés",
                "<td>400 jours</td>",
                "Aucun cookie",
            ],
        ),
        (
            "/accessibilite",
            &[
                "<strong>non conforme</strong>",
                "accessibilite@valfictif.example.fr",
                "Défenseur des droits",
                "https://valfictif.example.fr/accessibilite/schema.html",
                "https://valfictif.example.fr/accessibilite/plan-2026.html",
            ],
        ),
        (
            "/aide",
            &[
                "tel:0300000000",
                "https://valfictif.example.fr/guides/compte.pdf#favoris",
                "Je ne reçois aucune alerte",
            ],
        ),
    ] {
        let html = text(&get(page).await);
        for own in own {
            assert!(html.contains(own), "{page} lacks {own}: {html}");
        }
        assert!(!html.contains("à compléter"), "{page}");
    }
}

#[tokio::test]
async fn each_particular_that_is_lacking_is_said_on_some_page() {
    let all = include_str!("../../../infra/operator.json")
        .parse::<Operator>()
        .expect("an operator")
        .missing();
    for name in all {
        // Neither is words, and the law asks for neither.
        if ["logo", "colours"].contains(&name) {
            continue;
        }
        let mut without: Value = serde_json::from_str(DEMO).unwrap();
        let gone = if name == "help.guides" {
            json!({})
        } else {
            Value::Null
        };
        *without
            .pointer_mut(&format!("/{}", name.replace('.', "/")))
            .unwrap() = gone;
        let mut said = 0;
        for page in PUBLIC {
            let html = text(&request_of(&without.to_string(), "GET", page, json!({})).await);
            said += html.matches("à compléter par l’exploitant").count();
        }
        assert!(said > 0, "{name}");
    }
}

#[tokio::test]
async fn a_valid_audit_changes_the_statement_and_the_link_on_every_page() {
    let audited = |not_met: &[&str]| {
        let mut operator: Value = serde_json::from_str(DEMO).unwrap();
        operator["accessibility"]["audit"] = json!({
            "auditor": "Cabinet imaginaire",
            "on": "2026-11-27",
            "rgaa": "4.1.2",
            "sample": ["Page de l’échantillon"],
            "results": {"notMet": not_met, "notApplicable": ["4.1"]},
        });
        operator.to_string()
    };
    let clock = Clock::Fixed(Arc::new(AtomicI64::new(1_796_032_800_000)));
    for (operator, words, said) in [
        (
            audited(&[]),
            "totalement conforme",
            "105 critères sur les 105 applicables",
        ),
        (
            audited(&["1.1"]),
            "partiellement conforme",
            "<li>1.1 Chaque image porteuse",
        ),
    ] {
        let page_of = async |page: &str| {
            text(&request_at(portal(clock.clone()), &operator, "GET", page, json!({})).await)
        };
        let statement = page_of("/accessibilite").await;
        assert!(
            statement.contains(&format!("<strong>{words}</strong>")),
            "{statement}"
        );
        assert!(
            statement.contains(said) && statement.contains("Page de l’échantillon"),
            "{statement}"
        );
        assert!(
            page_of("/confirm")
                .await
                .contains(&format!("Accessibilité\u{a0}: {words}</a>"))
        );
    }
}

#[test]
fn all_criteria_are_listed_once_each_with_a_way_of_testing_that_is_there() {
    let file = Criteria::all();
    let listed: Vec<_> = file.criteria.iter().map(|each| each.id).collect();
    assert_eq!(listed, Criterion::all().collect::<Vec<_>>());
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for each in &file.criteria {
        assert!(each.title.ends_with("\u{a0}?"), "{}", each.title);
        if let Some(way) = &each.tested {
            let way = file.tests.get(way).expect("a way of testing");
            assert!(root.join(&way.place).exists(), "{}", way.place);
        }
    }
}

#[test]
fn what_is_stored_about_people_is_said_in_french_with_its_duration() {
    let all = Stored::all();
    assert!(all.len() > 25);
    let about_people = all.iter().filter(|row| row.donnees.is_some());
    assert!(about_people.clone().count() > 20);
    for row in about_people {
        assert!(row.duree.is_some(), "{}", row.place);
        // The same numbers in both languages.
        for number in row
            .how_long
            .split(|c: char| !c.is_ascii_digit())
            .filter(|digits| !digits.is_empty())
        {
            assert!(
                row.duree.as_ref().unwrap().contains(number),
                "{}: {number}",
                row.place
            );
        }
    }
}
