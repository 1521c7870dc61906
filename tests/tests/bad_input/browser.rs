//! Whatever a browser opens is answered by a page: in French, with a way on. Programs have
//! problem+json.

use vigie_tests::{
    Answer, World,
    routes::{Scene, all, is_problem},
};

use super::ENTITY;

const ACCEPT: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn open(world: &World, method: &str, path: &str) -> Answer {
    let asked = world.request(method, path).header("accept", ACCEPT);
    asked.send().await
}

/// A page that says what is wrong, with a link to somewhere that exists.
#[track_caller]
fn is_page(what: &str, answer: &Answer) {
    assert_eq!(
        answer.headers["content-type"], "text/html; charset=utf-8",
        "{what}: {}",
        answer.text
    );
    for part in ["<html lang=\"fr\">", "<h1>", "<p><a href=\"/"] {
        assert!(answer.text.contains(part), "{what}: {part}");
    }
    let policy = answer.headers["content-security-policy"].to_str();
    assert!(policy.is_ok_and(|policy| policy.contains("default-src 'none'")));
    assert_eq!(answer.headers["cache-control"], "no-store", "{what}");
    for english in ["problem:", "title", "There is", "No such", "link is too"] {
        let body = answer.text.split_once("<main").map_or("", |(_, body)| body);
        assert!(!body.contains(english), "{what}: {english}");
    }
}

#[tokio::test]
async fn every_address_that_refuses_a_browser_does_so_with_a_page() {
    let scene = Scene::new().await;
    let mut refused = 0;
    for row in all() {
        let path = scene.path(&row, ENTITY);
        for (method, path) in [
            ("GET", path.clone()),
            (row.method, format!("{path}/more")),
            ("GET", format!("{path}%20")),
            ("GET", path.to_uppercase()),
        ] {
            let what = format!("{method} {path}");
            let answer = open(&scene.world, method, &path).await;
            if answer.status < 400 {
                continue;
            }
            refused += 1;
            is_page(&what, &answer);
            let head = open(&scene.world, "HEAD", &path).await;
            if method == "GET" {
                assert_eq!((head.status, head.text.as_str()), (answer.status, ""));
            }
            // A program that says nothing, or that it wants anything, has JSON.
            for accept in [
                "*/*",
                "application/json",
                "application/json, text/html;q=0.5",
            ] {
                let asked = scene.world.request(method, &path).header("accept", accept);
                is_problem(&what, &asked.send().await);
            }
        }
    }
    assert!(refused > 200, "{refused}");
}

#[tokio::test]
async fn links_of_mails_that_lead_nowhere_say_so_in_french_and_lead_on() {
    let scene = Scene::new().await;
    for (path, way) in [
        ("/v1/unsubscribe/u~nothing", "/alertes"),
        ("/v1/deadlines/d~nothing", "/favoris"),
        ("/favoris/a%20b", "/"),
        ("/nulle-part", "/"),
        ("/v1/confirmations", "/"),
    ] {
        let answer = open(&scene.world, "GET", path).await;
        is_page(path, &answer);
        assert!(
            answer.text.contains(&format!("<p><a href=\"{way}\">")),
            "{path}"
        );
    }
    let none = open(&scene.world, "POST", "/v1/unsubscribe/u~nothing").await;
    assert_eq!(none.status, 404);
    is_page("a button", &none);
    let wrong = open(&scene.world, "DELETE", "/favoris").await;
    assert_eq!(
        (wrong.status, &wrong.headers["allow"]),
        (405, &"GET, HEAD".parse().unwrap())
    );
    is_page("another method", &wrong);
}

#[tokio::test]
async fn a_program_whose_library_names_html_has_json_by_its_token_or_its_body() {
    let scene = Scene::new().await;
    // What Java's HttpURLConnection sends of itself.
    let java = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2";
    let asked = |method: &str, path: &str| scene.world.request(method, path).header("accept", java);
    let unknown = asked("GET", "/v1/nothing");
    is_problem(
        "a token",
        &unknown.header("authorization", "Bearer x").send().await,
    );
    let body = serde_json::json!({"token": "nothing"});
    let confirmation = asked("POST", "/v1/confirmations").json(&body);
    is_problem("a body", &confirmation.send().await);
    is_page("nothing of both", &asked("GET", "/v1/nothing").send().await);
}

#[tokio::test]
async fn an_unsubscribe_link_that_has_run_out_is_a_page() {
    let scene = Scene::new().await;
    let row = super::row("GET /v1/unsubscribe/{token}");
    let path = scene.path(&row, ENTITY);
    assert_eq!(open(&scene.world, "GET", &path).await.status, 200);
    scene.world.pass(jiff::SignedDuration::from_hours(24 * 800));
    for method in ["GET", "POST"] {
        let answer = open(&scene.world, method, &path).await;
        assert_eq!(answer.status, 410, "{}", answer.text);
        is_page(&path, &answer);
        assert!(answer.text.contains("Ce lien n’est plus valable"));
    }
}

#[tokio::test]
async fn a_calendar_link_of_who_may_not_see_it_any_more_is_a_page() {
    let scene = Scene::new().await;
    let row = super::row("GET /v1/deadlines/{token}");
    let path = scene.path(&row, ENTITY);
    assert_eq!(open(&scene.world, "GET", &path).await.status, 200);
    let off = serde_json::json!({"active": false});
    scene
        .world
        .change(&scene.ada, ENTITY, &scene.bruno.id, off)
        .await
        .expect(200);
    let answer = open(&scene.world, "GET", &path).await;
    assert_eq!(answer.status, 404);
    is_page(&path, &answer);
}
