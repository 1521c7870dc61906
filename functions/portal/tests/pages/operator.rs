//! Every page in the operator's name and colours, and what the operator has not said.

use std::collections::BTreeSet;

use serde_json::json;
use vigie_operator::colour;

use super::{DEMO, all_pages, assert_not_found, assets_of, request_of, text};

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
            "<a class=\"skip\" href=\"#contenu\">Aller au contenu</a>",
            "<main id=\"contenu\"",
            // Its size without a style sheet too.
            "\" alt=\"\" width=\"28\" height=\"28\">",
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
    let plain = include_str!("../../web/src/style.css");
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
