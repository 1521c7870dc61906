//! Rights of a linked account, over every route, judged at each request.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vigie_http::Access;
use vigie_tests::{
    Login, World,
    routes::{self, Row, all},
    scenario::Person,
};

use super::{link, me, set_active, unlink};

/// docs/domain.md, "Linked accounts": alerts, places, absence, favourites. Every other route of an
/// account is its owner's alone; a new one stays so unless it is put here too.
const SHARED: [&str; 12] = [
    "GET /v1/accounts/{id}/alerts",
    "PUT /v1/accounts/{id}/alerts",
    "GET /v1/accounts/{id}/alerts/preview",
    "GET /v1/accounts/{id}/places",
    "PUT /v1/accounts/{id}/places",
    "GET /v1/accounts/{id}/absence",
    "PUT /v1/accounts/{id}/absence",
    "GET /v1/accounts/{id}/favourites",
    "GET /v1/accounts/{id}/consultations",
    "GET /v1/accounts/{id}/consultations/{consultationId}",
    "PUT /v1/accounts/{id}/favourites/{consultationId}",
    "DELETE /v1/accounts/{id}/favourites/{consultationId}",
];

fn of_accounts() -> Vec<Row> {
    all().into_iter().filter(Row::is_for_owners).collect()
}

#[test]
fn exactly_these_routes_are_shared() {
    let shared: BTreeSet<_> = all()
        .iter()
        .filter(|row| row.access == Access::OwnerOrLinked)
        .map(Row::key)
        .collect();
    assert_eq!(shared, SHARED.map(str::to_owned).into());
}

/// Ada asked Bruno, who accepts.
async fn linked() -> routes::Scene {
    let scene = routes::Scene::new().await;
    let row = all()
        .into_iter()
        .find(|row| row.key() == "POST /v1/links")
        .expect("the route");
    scene
        .request(&row)
        .by(&scene.bruno.login)
        .send()
        .await
        .expect(200);
    scene
}

/// Returns the shown text without its tokens.
fn without_links(text: &str) -> String {
    let mut parts = text.split("/v1/deadlines/");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| {
        all + part.trim_start_matches(|c| c != '"')
    })
}

#[tokio::test]
async fn a_linked_account_may_do_what_is_shared_as_its_owner_may() {
    for row in of_accounts()
        .into_iter()
        .filter(|row| SHARED.contains(&row.key().as_str()))
    {
        let mut did = Vec::new();
        for by_owner in [true, false] {
            let scene = linked().await;
            let login = if by_owner {
                &scene.bruno.login
            } else {
                &scene.ada.login
            };
            let answer = scene.request(&row).by(login).send().await;
            assert!(
                (200..300).contains(&answer.status),
                "{}: {}",
                row.key(),
                answer.text
            );
            scene.world.settle().await;
            // The owner's view afterwards: it was done to Bruno's account, by any of them.
            let mut seen = vec![answer.text];
            for rest in ["/alerts", "/places", "/absence", "/favourites"] {
                seen.push(scene.bruno.get(&scene.world, rest).await.expect(200).text);
            }
            // Bruno's delegate has another id in another scene, and his calendar another link.
            did.push(without_links(&seen.join("\n")).replace(&scene.chloe.id, "chloe"));
        }
        assert_eq!(did[0], did[1], "{}", row.key());
    }
}

#[tokio::test]
async fn a_linked_account_may_do_nothing_else() {
    let scene = linked().await;
    let before = scene.table().await;
    for row in of_accounts()
        .into_iter()
        .filter(|row| !SHARED.contains(&row.key().as_str()))
    {
        let answer = scene.request(&row).by(&scene.ada.login).send().await;
        scene.refused(&row.key(), &answer, 403, "forbidden");
    }
    assert_eq!(scene.table().await, before);
}

/// The other way round, from an agent to an administrator: her entities are not opened by it.
#[tokio::test]
async fn a_link_gives_no_right_over_entities() {
    let scene = linked().await;
    let before = scene.table().await;
    for row in all().into_iter().filter(Row::is_for_administrators) {
        let answer = scene.request(&row).by(&scene.bruno.login).send().await;
        scene.refused(&row.key(), &answer, 403, "forbidden");
    }
    assert_eq!(scene.table().await, before);
    let places = scene.ada.path("/places");
    scene
        .world
        .get(&scene.bruno.login, &places)
        .await
        .expect(200);
}

/// Each shared route that only reads: whether it lets a login in.
async fn let_in(world: &World, login: &Login, person: &Person) -> Vec<u16> {
    let mut statuses = Vec::new();
    for rest in ["/alerts", "/places", "/absence", "/favourites"] {
        statuses.push(world.get(login, &person.path(rest)).await.status);
    }
    statuses
}

#[tokio::test]
async fn a_link_is_not_transitive() {
    let (world, [_, zoe, bruno, chloe]) = super::linked().await;
    let dora = world.agent(&zoe, "LYON", "Dora").await;
    link(&world, &chloe, &dora).await;
    assert_eq!(let_in(&world, &bruno.login, &chloe).await, [200; 4]);
    assert_eq!(let_in(&world, &chloe.login, &dora).await, [200; 4]);
    for (one, other) in [(&bruno, &dora), (&dora, &bruno)] {
        assert_eq!(let_in(&world, &one.login, other).await, [403; 4]);
        assert!(
            me(&world, &one.login)
                .await
                .iter()
                .all(|(id, _)| *id != other.id)
        );
    }
}

#[tokio::test]
async fn undoing_takes_effect_at_once_by_either_side() {
    for by_asker in [true, false] {
        let (world, [_, _, bruno, chloe]) = super::linked().await;
        let (one, other) = if by_asker {
            (&bruno, &chloe)
        } else {
            (&chloe, &bruno)
        };
        unlink(&world, one, other).await.expect(204);
        assert_eq!(
            (
                let_in(&world, &one.login, other).await,
                let_in(&world, &other.login, one).await
            ),
            (vec![403; 4], vec![403; 4])
        );
    }
}

#[tokio::test]
async fn deactivation_takes_effect_at_once_on_both_sides_and_ends_with_itself() {
    let (world, [_, zoe, bruno, chloe]) = super::linked().await;
    for active in [false, true] {
        set_active(&world, &zoe, "LYON", &chloe, active).await;
        let status = if active { 200 } else { 403 };
        assert_eq!(let_in(&world, &bruno.login, &chloe).await, [status; 4]);
        assert_eq!(let_in(&world, &chloe.login, &bruno).await, [status; 4]);
        assert_eq!(
            me(&world, &bruno.login).await.len(),
            if active { 2 } else { 1 }
        );
        assert_eq!(
            me(&world, &chloe.login).await.len(),
            if active { 2 } else { 0 }
        );
    }
}

#[tokio::test]
async fn erasure_takes_effect_at_once_on_both_sides() {
    let (world, [_, _, bruno, chloe]) = super::linked().await;
    chloe.delete(&world, "").await.expect(204);
    assert_eq!(let_in(&world, &bruno.login, &chloe).await, [404; 4]);
    assert_eq!(let_in(&world, &chloe.login, &bruno).await, [403; 4]);
    assert_eq!(me(&world, &bruno.login).await, [(bruno.id.clone(), false)]);
    assert_eq!(super::links(&world, &bruno).await, Vec::<Value>::new());
}

/// Acts of a linked account count as the account's own, by the account's rights.
#[tokio::test]
async fn stars_are_given_by_the_sight_of_the_account_that_gets_them() {
    let (world, [_, _, bruno, chloe]) = super::linked().await;
    world.consultation("c-1", "LYON", &chloe, &[]).await;
    world.consultation("c-2", "EMS", &bruno, &[]).await;
    let star = async |consultation: &str| {
        let path = chloe.path(&format!("/favourites/{consultation}"));
        world.put(&bruno.login, &path, json!({})).await.status
    };
    assert_eq!((star("c-1").await, star("c-2").await), (204, 404));
}

#[tokio::test]
async fn links_are_looked_for_only_where_they_matter() {
    let (world, [ada, _, bruno, chloe]) = super::linked().await;
    world.table.calls();
    for (login, rest, status, calls) in [
        (&chloe.login, "/places", 200, &["BatchGetItem"][..]),
        (
            &bruno.login,
            "/places",
            200,
            &["BatchGetItem", "Query", "BatchGetItem"],
        ),
        (
            &ada.login,
            "/places",
            403,
            &["BatchGetItem", "Query", "BatchGetItem"],
        ),
        (&bruno.login, "/links", 403, &["BatchGetItem"]),
    ] {
        world.get(login, &chloe.path(rest)).await.expect(status);
        assert_eq!(world.table.calls(), calls);
    }
}
