//! Files that pages load: scripts, looks and pictures, as they are kept and packed.

use std::collections::BTreeSet;

use http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use serde_json::json;

use super::{asset, assets_of, get, header, pages, request, text};

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
