//! Whatever a browser is shown, by whichever function: it is the operator's, and leads to what the
//! law wants on every page.

use vigie_tests::{
    routes::{Scene, all},
    wire::{End, Fate},
};

#[track_caller]
fn assert_operator_s(html: &str, what: &str) {
    for own in [
        " – Achats publics de Valfictif</title>",
        "Besoin de plus d’aide\u{a0}?",
        "<a href=\"/accessibilite\">Accessibilité\u{a0}: non conforme</a>",
        "<a href=\"/mentions-legales\">Mentions légales</a>",
        "<a href=\"/donnees-personnelles\">Données personnelles</a>",
        "<a href=\"/aide\">Aide</a>",
    ] {
        assert!(html.contains(own), "{what} lacks {own}");
    }
}

#[tokio::test]
async fn every_page_of_every_function_is_the_operator_s_and_has_the_four_links() {
    let scene = Scene::new().await;
    let mut pages = 0;
    for row in all() {
        let path = scene.path(&row, "EMS");
        let asked = scene.world.request(row.method, &path);
        let answer = asked.header("accept", "text/html").send().await;
        if !answer.text.starts_with("<!doctype html>") {
            continue;
        }
        pages += 1;
        let what = format!("{} {}", row.method, row.path);
        assert_operator_s(&answer.text, &what);
    }
    assert!(pages > 60, "{pages}");
}

#[tokio::test]
async fn so_is_the_page_that_says_that_something_failed() {
    let scene = Scene::new().await;
    let mut rows = all().into_iter();
    let row = rows.find(|row| row.key() == "POST /v1/unsubscribe/{token}");
    let row = row.expect("a route");
    let path = scene.path(&row, "EMS");
    scene
        .world
        .wire
        .rule("down", |_| Some(Fate::Before(End::Broken)));
    let asked = scene.world.request(row.method, &path);
    let answer = asked.header("accept", "text/html").send().await;
    assert_eq!(answer.status, 503);
    assert_operator_s(&answer.text, "503");
}
