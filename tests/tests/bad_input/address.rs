//! Paths, queries, methods and headers that make no sense.

use serde_json::json;
use vigie_tests::routes::{Scene, all, is_problem};

use crate::bad_input::{ENTITY, asked, no_failure, refused, refused_field, row};

#[tokio::test]
async fn what_cannot_be_an_id_names_nothing() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    let (long, longer) = ("a".repeat(129), "b".repeat(9000));
    let odd = [
        "é",
        "a b",
        " ",
        "%41",
        "%2e%2e",
        "a%2Fb",
        "a%00b",
        "%",
        "%zz",
        "%ff",
        "\0",
        "a\nb",
        "\u{202e}x",
        "\u{1f600}",
        "{id}",
        "<script>",
        "\"",
        "'",
        "a'--",
        "*",
        "~",
        "a|b",
        "a\\b",
        "a;b",
        "a:b",
        "@",
        "$default",
        "#",
        "a#b",
        "[",
        "a,b",
        "a+b",
        &long,
        &longer,
    ];
    // The page's own addresses are one page, which asks the API by itself.
    for row in all().into_iter().filter(|row| row.path.starts_with("/v1/")) {
        for (index, name) in row
            .path
            .split('/')
            .enumerate()
            .filter(|(_, name)| name.starts_with('{'))
        {
            for odd in odd {
                let known = scene.path(&row, ENTITY);
                let mut path: Vec<_> = known.split('/').collect();
                path[index] = odd;
                let asked = asked(&scene, &row, &path.join("/"));
                let answer = match scene.body(&row, ENTITY) {
                    Some(body) => asked.json(&body).send().await,
                    None => asked.send().await,
                };
                let what = format!("{} with {odd:.40?} for {name}", row.key());
                assert!(
                    [404, 422].contains(&answer.status),
                    "{what}: {} {}",
                    answer.status,
                    answer.text
                );
                is_problem(&what, &answer);
            }
        }
    }
    assert_eq!(scene.table().await, before);
}

#[tokio::test]
async fn a_limit_or_cursor_that_makes_no_sense_is_422_with_its_name() {
    let scene = Scene::new().await;
    let far = format!("{}~c-1", "9".repeat(300));
    let lists = [
        "GET /v1/accounts/{id}/favourites",
        "GET /v1/accounts/{id}/consultations",
        "GET /v1/accounts/{id}/deliveries",
        "GET /v1/entities/{id}/agents",
    ];
    for key in lists {
        let row = row(key);
        let path = scene.path(&row, ENTITY);
        let limits = [
            "0",
            "-1",
            "101",
            "abc",
            "",
            "1.5",
            "99999999999999999999",
            "1e1",
            "0x1",
            "\u{ff11}",
            "1,2",
            "null",
        ];
        for limit in limits {
            let answer = asked(&scene, &row, &format!("{path}?limit={limit}"))
                .send()
                .await;
            refused_field(&format!("{key} limit={limit}"), &answer, "limit");
        }
        let long = "a".repeat(9000);
        for cursor in [
            "",
            "~",
            "é",
            "a~b~c",
            "2026-11-24~c-1",
            "2026-11-24T08:00:00.000Z~",
            "2026-11-24T08:00:00.000Z~a/b",
            "#",
            &long,
            &far,
        ] {
            let answer = asked(&scene, &row, &format!("{path}?cursor={cursor}"))
                .send()
                .await;
            refused_field(&format!("{key} cursor={cursor:.40}"), &answer, "cursor");
        }
        for fine in ["limit=1", "limit=100", "other=1", "", "limit=1&other"] {
            asked(&scene, &row, &format!("{path}?{fine}"))
                .send()
                .await
                .expect(200);
        }
    }
    // Cursors that no list gave, and yet could have been.
    for path in [
        scene
            .bruno
            .path("/favourites?cursor=-009999-01-02T01:59:59Z~c"),
        scene
            .bruno
            .path("/favourites?cursor=9999-12-30T21:59:59.999Z~zzz"),
        scene
            .bruno
            .path("/deliveries?cursor=9999-12-30T21:59:59.999Z~0123456789012345678_-z"),
    ] {
        scene.world.get(&scene.bruno.login, &path).await.expect(200);
    }
    scene
        .world
        .get(&scene.ada.login, "/v1/entities/EMS-DSI/agents?cursor=zzz")
        .await
        .expect(200);
}

#[tokio::test]
async fn odd_queries_and_headers_are_no_failure() {
    let scene = Scene::new().await;
    let long = "x".repeat(70_000);
    let queries = [
        "<",
        "a=\"",
        "a=b c",
        "%",
        "%ff=%00",
        "&&&",
        "=",
        "a=é",
        "a=\u{1f600}",
        "a=\\",
        "a=^`{|}",
        "#",
        "?",
        "a=\u{7f}",
        "a=\0",
        &long,
    ];
    // Names and values as RFC 9110 has them: no server lets others through.
    let headers = [
        ("host", "exa mple"),
        ("host", "127.0.0.1:99999"),
        ("host", ""),
        ("host", "é"),
        ("x-forwarded-proto", "not a scheme"),
        ("user-agent", "é\u{1f600}"),
        ("if-match", "\"é\""),
        ("if-match", "\"1"),
        ("accept", &long),
    ];
    for row in all() {
        for query in queries {
            let path = format!("{}?{query}", scene.path(&row, ENTITY));
            no_failure(
                &format!("{} ?{query:.20}", row.key()),
                &asked(&scene, &row, &path).send().await,
            );
        }
        for (name, value) in headers {
            let asked = asked(&scene, &row, &scene.path(&row, ENTITY)).header(name, value);
            no_failure(
                &format!("{} {name}: {value:.20}", row.key()),
                &asked.send().await,
            );
        }
    }
}

#[tokio::test]
async fn a_method_that_a_path_does_not_have_is_405_with_those_that_it_has() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for row in all() {
        let mut has: Vec<_> = all()
            .into_iter()
            .filter(|other| other.path == row.path)
            .map(|other| other.method)
            .collect();
        if has.contains(&"GET") {
            has.push("HEAD");
        }
        has.sort_unstable();
        for method in [
            "GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT",
            "PROPFIND", "get", "X",
        ] {
            if has.contains(&method) {
                continue;
            }
            let answer = scene
                .world
                .request(method, &scene.path(&row, ENTITY))
                .by(&scene.ada.login)
                .json(&json!({}))
                .send()
                .await;
            if method == "HEAD" {
                assert_eq!(
                    (answer.status, answer.text.as_str()),
                    (405, ""),
                    "{}",
                    row.path
                );
            } else {
                refused(
                    &format!("{method} {}", row.path),
                    &answer,
                    405,
                    "method-not-allowed",
                );
            }
            assert_eq!(
                answer.headers["allow"],
                has.join(", ").as_str(),
                "{method} {}",
                row.path
            );
        }
    }
    assert_eq!(scene.table().await, before);
}

#[tokio::test]
async fn head_is_answered_as_get_is_without_its_body() {
    let scene = Scene::new().await;
    for row in all().into_iter().filter(|row| row.method == "GET") {
        let path = scene.path(&row, ENTITY);
        let ask = |method| asked(&scene, &row, &path).method(method).send();
        let (get, head) = (ask("GET").await, ask("HEAD").await);
        assert_eq!(
            (head.status, head.headers.get("content-type")),
            (get.status, get.headers.get("content-type")),
            "{path}"
        );
        assert!(head.text.is_empty(), "{path}: {}", head.text);
    }
}

#[tokio::test]
async fn a_path_that_is_almost_one_is_404() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for row in all().into_iter().filter(|row| row.path.starts_with("/v1/")) {
        let path = scene.path(&row, ENTITY);
        for almost in [
            format!("{path}/"),
            format!("/{path}"),
            path.to_uppercase(),
            format!("{path}/more"),
            path.replacen('/', "//", 2),
            format!("{path}%20"),
        ] {
            let answer = asked(&scene, &row, &almost).json(&json!({})).send().await;
            // It can be another route's path: one more name, or a name in the place of a word.
            let (status, problem) = if answer.status == 405 {
                (405, "method-not-allowed")
            } else {
                (404, "not-found")
            };
            assert!(
                status == 404
                    || !answer.headers["allow"]
                        .to_str()
                        .expect("text")
                        .contains(row.method),
                "{almost}"
            );
            refused(
                &format!("{} {almost}", row.method),
                &answer,
                status,
                problem,
            );
        }
    }
    for path in [
        "",
        "/v1",
        "/v1/",
        "/v2/me",
        "*",
        "/..",
        "/v1/accounts",
        "/v1/accounts//contact",
        "/v1/entities/",
    ] {
        let answer = scene
            .world
            .request("GET", path)
            .by(&scene.ada.login)
            .send()
            .await;
        refused(path, &answer, 404, "not-found");
    }
    assert_eq!(scene.table().await, before);
}
