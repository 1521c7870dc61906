//! An organisation keeps an administrator at its root who works and has a login, whoever leaves in
//! whatever way, and however many at once.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::{sync::Barrier, task::JoinSet};
use vigie_tests::{
    Login, World,
    scenario::{Person, address},
};

use crate::entities::{agent, agents, at, of_both, organisation};

const ROUNDS: usize = 25;

type Act = (Login, &'static str, String, Value);

/// Ways to leave the root without an administrator, of somebody there by somebody.
fn departures(by: &Person, who: &Person) -> Vec<Act> {
    let patch = |body: Value| (by.login.clone(), "PATCH", agent("EMS", &who.id), body);
    let mut all = vec![
        patch(json!({"role": "agent"})),
        patch(json!({"active": false})),
        patch(json!({"entityId": "EMS-DSI"})),
    ];
    if by.id == who.id {
        all.push((who.login.clone(), "DELETE", who.path(""), json!({})));
    }
    all
}

async fn act(world: &World, (login, method, path, body): Act) -> (u16, String) {
    let answer = world
        .request(method, &path)
        .by(&login)
        .json(&body)
        .send()
        .await;
    (answer.status, answer.problem().to_owned())
}

/// Everybody at the root who works as an administrator and has a login, by the table itself.
async fn left(world: &World) -> usize {
    let accounts = world
        .table
        .items()
        .await
        .into_iter()
        .filter(|item| item["sk"].as_s().is_ok_and(|sk| sk == "ACCOUNT"));
    let accounts = accounts.map(|item| serde_dynamo::from_item::<_, Value>(item).expect("JSON"));
    let counts = |account: &Value| {
        account["entityId"] == "EMS"
            && account["role"] == "administrator"
            && account["active"] == true
            && account["acceptedInvitation"].is_string()
    };
    accounts.filter(counts).count()
}

#[tokio::test]
async fn the_last_one_cannot_leave_in_any_way() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    // None of these can administer the organisation: below the root, without a login, deactivated,
    // no administrator.
    world.administrator(&ada, "EMS-DSI", "Denise").await;
    let contact = json!({"firstName": "Ines", "lastName": "Chef", "email": address("Ines")});
    world
        .post(
            &ada.login,
            &agents("EMS"),
            json!({"contact": contact, "role": "administrator"}),
        )
        .await
        .expect(201);
    let gone = world.administrator(&ada, "EMS", "Gone").await;
    world
        .change(&ada, "EMS", &gone.id, json!({"active": false}))
        .await
        .expect(200);
    world.agent(&ada, "EMS", "Bruno").await;
    let before = world.table.items().await.len();
    for departure in departures(&ada, &ada) {
        let what = format!("{departure:?}");
        assert_eq!(
            act(&world, departure).await,
            (409, "last-administrator".to_owned()),
            "{what}"
        );
    }
    assert_eq!(
        (world.table.items().await.len(), left(&world).await),
        (before, 1)
    );
    // A change without effect does no harm, and rights give no power over others.
    world
        .change(
            &ada,
            "EMS",
            &ada.id,
            json!({"role": "administrator", "active": true, "entityId": "EMS"}),
        )
        .await
        .expect(200);
    world
        .change(
            &ada,
            "EMS",
            &ada.id,
            json!({"permanentGuest": {"own": true}}),
        )
        .await
        .expect(200);
}

#[tokio::test]
async fn whoever_is_not_the_last_can_and_who_stays_is_the_last_then() {
    for way in 0..4 {
        let world = World::new().await;
        let ada = organisation(&world).await;
        let basile = world.administrator(&ada, "EMS", "Basile").await;
        let (status, problem) = act(&world, departures(&ada, &ada).swap_remove(way)).await;
        assert!([200, 204].contains(&status), "{way}: {status} {problem}");
        assert_eq!(left(&world).await, 1, "{way}");
        for departure in departures(&basile, &basile) {
            assert_eq!(
                act(&world, departure).await,
                (409, "last-administrator".to_owned()),
                "{way}"
            );
        }
    }
}

#[tokio::test]
async fn who_comes_back_counts_again() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let basile = world.administrator(&ada, "EMS", "Basile").await;
    for (leave, back, from) in [
        (
            json!({"role": "agent"}),
            json!({"role": "administrator"}),
            "EMS",
        ),
        (json!({"active": false}), json!({"active": true}), "EMS"),
        (
            json!({"entityId": "EMS-DSI"}),
            json!({"entityId": "EMS"}),
            "EMS-DSI",
        ),
        (
            json!({"role": "agent", "entityId": "EMS-DSI"}),
            json!({"role": "administrator", "entityId": "EMS"}),
            "EMS-DSI",
        ),
    ] {
        world
            .change(&ada, "EMS", &basile.id, leave.clone())
            .await
            .expect(200);
        let (status, problem) = act(&world, departures(&ada, &ada).remove(0)).await;
        assert_eq!(
            (status, problem.as_str()),
            (409, "last-administrator"),
            "{leave}"
        );
        world.change(&ada, from, &basile.id, back).await.expect(200);
        world
            .change(&basile, "EMS", &ada.id, json!({"role": "agent"}))
            .await
            .expect(200);
        world
            .change(&basile, "EMS", &ada.id, json!({"role": "administrator"}))
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn who_was_deactivated_is_none_and_may_leave() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let basile = world.administrator(&ada, "EMS", "Basile").await;
    world
        .change(&basile, "EMS", &ada.id, json!({"active": false}))
        .await
        .expect(200);
    ada.get(&world, "/export").await.expect(200);
    ada.delete(&world, "").await.expect(204);
    world.get(&basile.login, &at("EMS")).await.expect(200);
}

#[tokio::test]
async fn an_invitation_that_goes_takes_nobody_s_place() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let contact = json!({"firstName": "Ines", "lastName": "Chef", "email": address("Ines")});
    let body = json!({"contact": contact, "role": "administrator"});
    let ines = world
        .post(&ada.login, &agents("EMS"), body)
        .await
        .expect(201)
        .json["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    world
        .delete(&ada.login, &agent("EMS", &ines))
        .await
        .expect(204);
    assert_eq!(left(&world).await, 1);
    // A login that administers two organisations: each keeps its own.
    let world = World::new().await;
    let (ada, _, both) = of_both(&world).await;
    let mine = crate::entities::ids(&world, &ada, "EMS")
        .await
        .into_iter()
        .find(|id| *id != ada.id)
        .expect("an account");
    world
        .patch(&both, &agent("EMS", &mine), json!({"active": false}))
        .await
        .expect(200);
    world
        .change(&ada, "EMS", &ada.id, json!({"active": false}))
        .await
        .refused(409, "last-administrator");
}

/// Two who make each other leave, or leave together, in every pair of ways: one stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_who_leave_at_once_one_stays() {
    for round in 0..ROUNDS {
        let world = Arc::new(World::new().await);
        let ada = organisation(&world).await;
        let basile = world.administrator(&ada, "EMS", "Basile").await;
        let ways: Vec<[Act; 2]> = departures(&ada, &basile)
            .into_iter()
            .zip(departures(&basile, &ada))
            .map(|(a, b)| [a, b])
            .collect();
        let own: Vec<[Act; 2]> = departures(&ada, &ada)
            .into_iter()
            .zip(departures(&basile, &basile).into_iter().rev())
            .map(|(a, b)| [a, b])
            .collect();
        let pairs: Vec<_> = ways.into_iter().chain(own).collect();
        let pair = pairs[round % pairs.len()].clone();
        let start = Arc::new(Barrier::new(2));
        let mut leaving = JoinSet::new();
        for departure in pair {
            let (world, start) = (Arc::clone(&world), Arc::clone(&start));
            leaving.spawn(async move {
                start.wait().await;
                act(&world, departure).await
            });
        }
        let answers = leaving.join_all().await;
        let done = answers
            .iter()
            .filter(|(status, _)| [200, 204].contains(status))
            .count();
        assert_eq!(
            (done, left(&world).await),
            (1, 1),
            "round {round}: {answers:?}"
        );
        // The other is refused as the last one, or has lost its say, or is not where it was looked
        // for.
        assert!(
            answers
                .iter()
                .all(|(status, _)| [200, 204, 403, 404, 409].contains(status)),
            "round {round}: {answers:?}"
        );
    }
}

/// An administrator accepts while the only other one leaves: somebody is there at the end.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_accepts_while_another_leaves_leaves_nobody_out() {
    for round in 0..ROUNDS {
        let world = Arc::new(World::new().await);
        let ada = organisation(&world).await;
        let contact = json!({"firstName": "Ines", "lastName": "Chef", "email": address("Ines")});
        world
            .post(
                &ada.login,
                &agents("EMS"),
                json!({"contact": contact, "role": "administrator"}),
            )
            .await
            .expect(201);
        world.settle().await;
        let token = world.last_mail(&address("Ines")).token();
        let accept = (
            Login::new("ines"),
            "POST",
            "/v1/invitations".to_owned(),
            json!({"token": token}),
        );
        let leave = departures(&ada, &ada).swap_remove(round % 4);
        let start = Arc::new(Barrier::new(2));
        let mut racing = JoinSet::new();
        for request in [accept, leave] {
            let (world, start) = (Arc::clone(&world), Arc::clone(&start));
            racing.spawn(async move {
                start.wait().await;
                act(&world, request).await
            });
        }
        let answers = racing.join_all().await;
        assert!(
            answers.contains(&(200, String::new())),
            "round {round}: {answers:?}"
        );
        assert!(left(&world).await >= 1, "round {round}: {answers:?}");
    }
}
