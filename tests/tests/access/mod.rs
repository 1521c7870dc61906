//! Nobody reads or changes what is not theirs: every route of every table, asked by everybody whom
//! it is not for.

mod administrators;

use serde_json::{Value, json};
use vigie_http::Access;
use vigie_tests::{
    Answer, Login,
    routes::{ENTITIES, Row, Scene, all},
    scenario::Person,
};

/// Rows that take an account or an entity.
fn owned() -> impl Iterator<Item = Row> {
    all()
        .into_iter()
        .filter(|row| row.is_for_owners() || row.is_for_administrators())
}

/// The refusal that an administrator of something else gets: to them there is no such consultation.
fn refusal(row: &Row) -> (u16, &'static str) {
    if row.access == Access::ConsultationAdministrator {
        (404, "not-found")
    } else {
        (403, "forbidden")
    }
}

fn row(key: &str) -> Row {
    all()
        .into_iter()
        .find(|row| row.key() == key)
        .unwrap_or_else(|| panic!("no route {key}"))
}

/// Ada makes somebody an administrator of the entity that they belong to.
async fn promote(scene: &Scene, person: &Person, entity: &str, change: Value) {
    scene
        .world
        .change(&scene.ada, entity, &person.id, change)
        .await
        .expect(200);
}

#[test]
fn the_public_routes_are_exactly_these() {
    let public: Vec<_> = all()
        .iter()
        .filter(|row| row.access == Access::Public)
        .map(Row::key)
        .collect();
    let wanted = [
        "POST /v1/confirmations",
        "POST /v1/recoveries/stop",
        "GET /v1/places",
        "GET /v1/unsubscribe/{token}",
        "POST /v1/unsubscribe/{token}",
        "GET /v1/deadlines/{token}",
        "GET /",
        "GET /coordonnees",
        "GET /alertes",
        "GET /favoris",
        "GET /favoris/{consultation}",
        "GET /lieux",
        "GET /comptes",
        "GET /historique",
        "GET /administration",
        "GET /administration/{part}",
        "GET /administration/{part}/{id}",
        "GET /confirm",
        "GET /invitation",
        "GET /link",
        "GET /delegation",
        "GET /recovery",
        "GET /stop",
        "GET /mentions-legales",
        "GET /donnees-personnelles",
        "GET /accessibilite",
        "GET /aide",
        "GET /assets/{file}",
        "GET /v1/openapi.json",
        "GET /v1/asyncapi.json",
    ];
    assert_eq!(public, wanted);
}

#[test]
fn no_two_functions_have_one_route() {
    let mut keys: Vec<_> = all().iter().map(Row::key).collect();
    keys.sort();
    let count = keys.len();
    keys.dedup();
    assert_eq!(keys.len(), count);
}

#[tokio::test]
async fn every_route_but_the_public_ones_refuses_the_anonymous() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for row in all().iter().filter(|row| row.access != Access::Public) {
        let answer = scene.request(row).send().await;
        scene.refused(&row.key(), &answer, 401, "unauthorized");
        // A claim that the authorizer did not vouch for says nothing.
        let answer = scene
            .request(row)
            .header(
                "authorization",
                "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJsb2dpbi1vZi1hZG1pbiJ9.",
            )
            .send()
            .await;
        scene.refused(&row.key(), &answer, 401, "unauthorized");
    }
    assert_eq!(scene.table().await, before);
}

/// Without it, refusals would prove nothing: the same request does something when the right person
/// makes it.
#[tokio::test]
async fn every_route_lets_its_rightful_caller_in() {
    let read = Scene::new().await;
    for row in all() {
        let written;
        let scene = if row.only_reads() {
            &read
        } else {
            written = Scene::new().await;
            &written
        };
        let before = scene.table().await;
        let asked = scene.request(&row);
        let answer = match scene.rightful(&row) {
            Some(login) => asked.by(&login).send().await,
            None => asked.send().await,
        };
        assert!(
            (200..300).contains(&answer.status),
            "{}: {}",
            row.key(),
            answer.text
        );
        let nothing_to_take_back = row.method == "DELETE"
            && (row.names("otherId")
                || row.names("consultationId")
                || row.path.ends_with("/recovery"))
            || row.path == "/v1/recoveries/stop";
        let changes = !row.only_reads() && !nothing_to_take_back;
        assert_eq!(scene.table().await != before, changes, "{}", row.key());
    }
}

#[tokio::test]
async fn a_stranger_is_refused_what_exists_though_an_administrator_elsewhere() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for row in owned() {
        for (entity, _) in ENTITIES {
            let answer = scene
                .request_of(&row, entity)
                .by(&scene.zoe.login)
                .send()
                .await;
            let (status, name) = refusal(&row);
            scene.refused(&row.key(), &answer, status, name);
        }
    }
    assert_eq!(scene.table().await, before);
}

#[tokio::test]
async fn a_login_of_another_issuer_with_the_same_subject_is_a_stranger() {
    let scene = Scene::new().await;
    for row in owned() {
        let mut event: Value = scene
            .request(&row)
            .by(&scene.bruno.login)
            .event()
            .parse()
            .unwrap();
        event["requestContext"]["authorizer"]["jwt"]["claims"]["iss"] =
            json!("https://another.test");
        let answer = scene
            .world
            .answer(&scene.path(&row, "EMS-DSI"), event.to_string())
            .await;
        scene.refused(&row.key(), &answer, 403, "forbidden");
    }
}

#[tokio::test]
async fn claims_without_issuer_or_subject_are_nobody() {
    let scene = Scene::new().await;
    for row in all().iter().filter(|row| row.access != Access::Public) {
        for missing in ["iss", "sub"] {
            let mut event: Value = scene
                .request(row)
                .by(&scene.ada.login)
                .event()
                .parse()
                .unwrap();
            event["requestContext"]["authorizer"]["jwt"]["claims"]
                .as_object_mut()
                .unwrap()
                .remove(missing);
            let answer = scene
                .world
                .answer(&scene.path(row, "EMS-DSI"), event.to_string())
                .await;
            scene.refused(&row.key(), &answer, 401, "unauthorized");
        }
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for row in owned() {
        // Bruno and Ada know most; even to them, an account that does not exist is not there.
        let login = scene.rightful(&row).unwrap();
        let (known, mut unknown) = (scene.path(&row, "EMS-DSI"), Vec::new());
        for (index, name) in row
            .path
            .split('/')
            .enumerate()
            .filter(|(_, name)| name.starts_with('{'))
        {
            let creates = row.key() == "PUT /v1/entities/{id}";
            let takes_back = row.method == "DELETE" && name == "{otherId}";
            if !creates && !takes_back {
                let mut path: Vec<_> = known.split('/').collect();
                path[index] = "nothing-here";
                unknown.push(path.join("/"));
            }
        }
        for path in unknown {
            let asked = scene
                .world
                .request(row.method, &path)
                .by(&login)
                .header("if-match", "*");
            let answer = match scene.body(&row, "EMS-DSI") {
                Some(body) => asked.json(&body).send().await,
                None => asked.send().await,
            };
            scene.refused(&format!("{} {path}", row.method), &answer, 404, "not-found");
        }
    }
    assert_eq!(scene.table().await, before);
}

#[tokio::test]
async fn one_s_own_account_or_entity_opens_nothing_of_others() {
    let scene = Scene::new().await;
    scene.world.invite(&scene.zoe, "LYON", "Yann").await;
    scene.world.settle().await;
    let before = scene.table().await;
    let Scene { world, zoe, .. } = &scene;
    for row in owned() {
        let path = scene.path(&row, "EMS-DSI");
        let path = path.replacen(&scene.bruno.id, &zoe.id, 1).replacen(
            "/entities/EMS-DSI",
            "/entities/LYON",
            1,
        );
        // Her own account with Bruno's consultation, her own entity with their agent or with their
        // entity.
        let (status, name) = match row
            .path
            .rsplit_once('{')
            .map(|(_, name)| name.split('}').next().unwrap())
        {
            Some("accountId" | "consultationId") => (404, "not-found"),
            // Either side takes a link back.
            Some("otherId") if row.method == "PUT" => (403, "forbidden"),
            _ => continue,
        };
        let asked = world.request(row.method, &path).by(&zoe.login);
        let answer = match scene.body(&row, "EMS-DSI") {
            Some(body) => asked.json(&body).send().await,
            None => asked.send().await,
        };
        scene.refused(&format!("{} {path}", row.method), &answer, status, name);
    }
    assert_eq!(scene.table().await, before);
}

#[tokio::test]
async fn who_was_deactivated_has_nothing_not_even_an_account() {
    let scene = Scene::new().await;
    promote(
        &scene,
        &scene.bruno,
        "EMS-DSI",
        json!({"role": "administrator", "active": false}),
    )
    .await;
    let before = scene.table().await;
    for row in owned().filter(|row| row.access != Access::OwnerAnyhow) {
        let answer = scene.request(&row).by(&scene.bruno.login).send().await;
        scene.refused(&row.key(), &answer, 403, "forbidden");
    }
    assert_eq!(scene.table().await, before);
    let me = scene
        .world
        .get(&scene.bruno.login, "/v1/me")
        .await
        .expect(200);
    assert_eq!(me.json["accounts"], json!([]));
    // Rights that the RGPD gives to everybody stay, and the names of the people who can change it
    // back; nothing else does.
    assert_eq!(me.json["deactivated"][0]["id"], scene.bruno.id);
    let anyhow: Vec<_> = all()
        .iter()
        .filter(|row| row.access == Access::OwnerAnyhow)
        .map(Row::key)
        .collect();
    assert_eq!(
        anyhow,
        [
            "GET /v1/accounts/{id}/administrators",
            "GET /v1/accounts/{id}/export",
            "DELETE /v1/accounts/{id}"
        ]
    );
    let export = scene.bruno.get(&scene.world, "/export").await.expect(200);
    assert_eq!(export.json["account"]["active"], false);

    promote(&scene, &scene.bruno, "EMS-DSI", json!({"active": true})).await;
    scene.bruno.get(&scene.world, "").await.expect(200);
    scene
        .world
        .get(&scene.bruno.login, "/v1/entities/EMS-DSI")
        .await
        .expect(200);
}

#[tokio::test]
async fn who_administers_somebody_does_not_have_their_account() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    for row in all().iter().filter(|row| row.is_for_owners()) {
        let answer = scene.request(row).by(&scene.ada.login).send().await;
        scene.refused(&row.key(), &answer, 403, "forbidden");
    }
    assert_eq!(scene.table().await, before);
}

#[tokio::test]
async fn a_right_of_one_account_does_not_reach_the_login_s_other_accounts() {
    let scene = Scene::new().await;
    let Scene {
        world, zoe, bruno, ..
    } = &scene;
    // Zoe's login accepts an invitation of the other organisation: an agent there, an administrator
    // at home.
    world.invite(&scene.ada, "EMS-DSI", "Zoe").await;
    world.settle().await;
    let token = world.last_mail("zoe@agents.example.fr").token();
    let second = world
        .post(&zoe.login, "/v1/invitations", json!({"token": token}))
        .await
        .expect(200);
    let second = second.json["accountId"].as_str().unwrap();
    world.settle().await;
    let before = scene.table().await;
    for row in owned() {
        let answer = scene.request(&row).by(&zoe.login).send().await;
        let (status, name) = refusal(&row);
        scene.refused(&row.key(), &answer, status, name);
    }
    assert_eq!(scene.table().await, before);

    let me = world.get(&zoe.login, "/v1/me").await.expect(200);
    let mut mine: Vec<_> = me.json["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|account| account["id"].as_str().unwrap())
        .collect();
    mine.sort_unstable();
    let mut wanted = [zoe.id.as_str(), second];
    wanted.sort_unstable();
    assert_eq!(mine, wanted);
    assert!(!me.text.contains(&bruno.email));
    world
        .get(&zoe.login, &format!("/v1/accounts/{second}"))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_login_without_an_account_is_told_so_and_nothing_else() {
    let scene = Scene::new().await;
    let somebody = Login::new("somebody");
    let me: Answer = scene.world.get(&somebody, "/v1/me").await.expect(200);
    assert_eq!(me.json["accounts"], json!([]));
    for row in owned() {
        let answer = scene.request(&row).by(&somebody).send().await;
        scene.refused(&row.key(), &answer, 403, "forbidden");
    }
}

#[tokio::test]
async fn a_refusal_is_the_same_for_a_request_that_makes_no_sense() {
    let scene = Scene::new().await;
    for row in owned() {
        let path = scene.path(&row, "EMS-DSI");
        let answer = scene
            .world
            .request(row.method, &path)
            .by(&scene.zoe.login)
            .raw("text/plain", "{")
            .send()
            .await;
        let (status, name) = refusal(&row);
        scene.refused(&row.key(), &answer, status, name);
        let answer = scene
            .world
            .request(row.method, &path)
            .raw("text/plain", "{")
            .send()
            .await;
        scene.refused(&row.key(), &answer, 401, "unauthorized");
    }
}
