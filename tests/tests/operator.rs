//! Whatever a browser is shown, by whichever function: it is the operator's, and leads to what the
//! law wants on every page.

use vigie_tests::routes::{Scene, all};

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
        for own in [
            " – Achats publics de Valfictif</title>",
            "Besoin de plus d’aide\u{a0}?",
            "<a href=\"/accessibilite\">Accessibilité\u{a0}: non conforme</a>",
            "<a href=\"/mentions-legales\">Mentions légales</a>",
            "<a href=\"/donnees-personnelles\">Données personnelles</a>",
            "<a href=\"/aide\">Aide</a>",
        ] {
            assert!(answer.text.contains(own), "{what} lacks {own}");
        }
    }
    assert!(pages > 60, "{pages}");
}
