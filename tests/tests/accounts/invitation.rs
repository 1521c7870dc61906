//! Invitations, and `GET /v1/me`.

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_tests::{Login, World, scenario::Person};

use super::{INVITATION, accept, bruno, read};

const CHLOE: &str = "chloe@agents.example.fr";

/// Chloé's account, and the token of its invitation.
async fn invited(world: &World, ada: &Person) -> (String, String) {
    let id = world.invite(ada, "EMS", "Chloe").await;
    world.settle().await;
    (id, world.last_mail(CHLOE).token())
}

async fn me(world: &World, login: &Login) -> Value {
    world.get(login, "/v1/me").await.expect(200).json
}

async fn ids(world: &World, login: &Login) -> Vec<String> {
    let me = me(world, login).await;
    me["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|account| account["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Chloé's account as its administrator sees it.
async fn seen_by(world: &World, ada: &Person, id: &str) -> Value {
    let agents = world
        .get(&ada.login, "/v1/entities/EMS/agents")
        .await
        .expect(200)
        .json;
    agents["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|agent| agent["id"] == id)
        .cloned()
        .expect("the agent")
}

#[tokio::test]
async fn an_invitation_binds_the_login_and_confirms_the_address() {
    let (world, ada, _) = bruno().await;
    let (id, token) = invited(&world, &ada).await;
    assert_eq!(world.subjects_to(CHLOE), [INVITATION]);
    assert!(
        world
            .last_mail(CHLOE)
            .text
            .contains("https://vigie.test/invitation?token=")
    );
    assert_eq!(
        seen_by(&world, &ada, &id).await["emailStatus"],
        "unconfirmed"
    );
    let login = Login::new("chloe");
    world
        .get(&login, &format!("/v1/accounts/{id}"))
        .await
        .expect(403);

    let answer = accept(&world, &login, &token).await.expect(200);

    assert_eq!(answer.json, json!({"accountId": id}));
    let chloe = Person {
        id: id.clone(),
        email: CHLOE.to_owned(),
        login: login.clone(),
    };
    let account = read(&world, &chloe).await;
    assert_eq!(account["emailStatus"], "confirmed");
    assert_eq!(account["version"], 2);
    let accounts = json!([{"id": id, "role": "agent", "entity": {"id": "EMS", "name": "Direction EMS"}, "email": CHLOE, "linked": false}]);
    let me = me(&world, &login).await;
    assert_eq!(me["accounts"], accounts);
    assert!(!me["login"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn an_invitation_is_used_once_however_often_the_same_login_comes_back() {
    let (world, ada, bruno) = bruno().await;
    let (id, token) = invited(&world, &ada).await;
    let login = Login::new("chloe");
    accept(&world, &login, &token).await.expect(200);
    let after = seen_by(&world, &ada, &id).await;

    for days in [0, 8] {
        world.pass(SignedDuration::from_hours(24 * days));
        assert_eq!(
            accept(&world, &login, &token).await.expect(200).json,
            json!({"accountId": id})
        );
        for other in [&Login::new("denis"), &bruno.login, &ada.login] {
            accept(&world, other, &token)
                .await
                .refused(409, "already-bound");
            assert!(!ids(&world, other).await.contains(&id));
        }
    }
    assert_eq!(seen_by(&world, &ada, &id).await, after);
    assert_eq!(ids(&world, &login).await, [id]);
}

#[tokio::test]
async fn of_several_logins_at_once_one_is_bound() {
    let (world, ada, _) = bruno().await;
    let (id, token) = invited(&world, &ada).await;
    let (x, y) = (Login::new("x"), Login::new("y"));

    let (a, b) = tokio::join!(accept(&world, &x, &token), accept(&world, &y, &token));

    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let bound = if a.status == 200 { &x } else { &y };
    let refused = if a.status == 200 { &y } else { &x };
    assert_eq!(ids(&world, bound).await, [id]);
    assert!(ids(&world, refused).await.is_empty());
}

#[tokio::test]
async fn an_invitation_lasts_seven_days() {
    let (world, ada, _) = bruno().await;
    let (id, token) = invited(&world, &ada).await;
    let login = Login::new("chloe");
    world.pass(SignedDuration::from_hours(7 * 24));

    accept(&world, &login, &token)
        .await
        .refused(410, "token-expired");
    assert!(ids(&world, &login).await.is_empty());

    world
        .post(
            &ada.login,
            &format!("/v1/entities/EMS/agents/{id}/invitation"),
            json!({}),
        )
        .await
        .expect(202);
    world.settle().await;
    let newer = world.last_mail(CHLOE).token();
    world.pass(SignedDuration::from_hours(7 * 24) - SignedDuration::from_millis(1));
    accept(&world, &login, &newer).await.expect(200);
}

#[tokio::test]
async fn a_newer_invitation_voids_the_older() {
    let (world, ada, _) = bruno().await;
    let (id, older) = invited(&world, &ada).await;
    world
        .post(
            &ada.login,
            &format!("/v1/entities/EMS/agents/{id}/invitation"),
            json!({}),
        )
        .await
        .expect(202);
    world.settle().await;
    let newer = world.last_mail(CHLOE).token();
    let login = Login::new("chloe");

    accept(&world, &login, &older)
        .await
        .refused(404, "not-found");
    accept(&world, &login, &newer).await.expect(200);
    accept(&world, &login, &older).await.expect(404);
    // An account with a login is not invited again.
    world
        .post(
            &ada.login,
            &format!("/v1/entities/EMS/agents/{id}/invitation"),
            json!({}),
        )
        .await
        .expect(409);
}

#[tokio::test]
async fn invitations_count_among_the_account_s_mails() {
    let (world, ada, _) = bruno().await;
    let (id, _) = invited(&world, &ada).await;
    let again = format!("/v1/entities/EMS/agents/{id}/invitation");
    for _ in 0..5 {
        world.post(&ada.login, &again, json!({})).await.expect(202);
    }
    let refused = world.post(&ada.login, &again, json!({})).await.expect(429);
    assert_eq!(refused.headers["retry-after"], "3600");
    world.pass(SignedDuration::from_hours(1));
    world.post(&ada.login, &again, json!({})).await.expect(202);
}

#[tokio::test]
async fn invitations_sent_at_once_are_counted_each() {
    let (world, ada, _) = bruno().await;
    let (id, _) = invited(&world, &ada).await;
    let again = format!("/v1/entities/EMS/agents/{id}/invitation");
    let invite = || world.post(&ada.login, &again, json!({}));
    let answers: [_; 8] = tokio::join!(
        invite(),
        invite(),
        invite(),
        invite(),
        invite(),
        invite(),
        invite(),
        invite()
    )
    .into();
    let sent = answers.iter().filter(|answer| answer.status == 202).count();
    let others = answers
        .iter()
        .filter(|answer| [409, 429].contains(&answer.status))
        .count();
    assert!((1..=5).contains(&sent) && sent + others == 8, "{answers:?}");
    world.settle().await;
    assert!(world.subjects_to(CHLOE).len() <= 1 + 5);
    for _ in sent..5 {
        invite().await.expect(202);
    }
    invite().await.expect(429);
}

#[tokio::test]
async fn an_invitation_needs_a_login_and_a_withdrawn_account_has_none() {
    let (world, ada, _) = bruno().await;
    let (id, token) = invited(&world, &ada).await;
    world
        .request("POST", "/v1/invitations")
        .json(&json!({"token": token}))
        .send()
        .await
        .expect(401);
    world
        .delete(&ada.login, &format!("/v1/entities/EMS/agents/{id}"))
        .await
        .expect(204);
    accept(&world, &Login::new("chloe"), &token)
        .await
        .expect(404);
    assert_eq!(
        world.table.count(&format!("ACCOUNT#{id}")).await,
        2,
        "the record of its mail, and its copy of the audit"
    );
    let address = vigie_domain::contact::email::Email::parse(CHLOE)
        .expect("an address")
        .digest();
    assert_eq!(world.table.count(&format!("EMAIL#{address}")).await, 0);
}

#[tokio::test]
async fn a_login_may_act_for_several_accounts() {
    let (world, ada, bruno) = bruno().await;
    let (id, token) = invited(&world, &ada).await;
    world.send("OrganisationProvisioned", json!({"organisation": "Région", "entityId": "REG", "name": "Région", "administrator": {"firstName": "B", "lastName": "M", "email": "b@region.example.fr"}})).await;
    let administrator = world.last_mail("b@region.example.fr").token();

    accept(&world, &bruno.login, &token).await.expect(200);
    let third = accept(&world, &bruno.login, &administrator)
        .await
        .expect(200)
        .json["accountId"]
        .as_str()
        .unwrap()
        .to_owned();

    let accounts = me(&world, &bruno.login).await["accounts"].clone();
    let roles: Vec<_> = accounts
        .as_array()
        .unwrap()
        .iter()
        .map(|account| {
            (
                account["id"].clone(),
                account["role"].clone(),
                account["entity"]["id"].clone(),
            )
        })
        .collect();
    let expected = [
        (&bruno.id, "agent", "EMS"),
        (&id, "agent", "EMS"),
        (&third, "administrator", "REG"),
    ];
    assert_eq!(
        roles,
        expected.map(|(id, role, entity)| (json!(id), json!(role), json!(entity)))
    );
    for id in [&bruno.id, &id, &third] {
        world
            .get(&bruno.login, &format!("/v1/accounts/{id}"))
            .await
            .expect(200);
        world
            .get(&ada.login, &format!("/v1/accounts/{id}"))
            .await
            .expect(403);
    }
}

#[tokio::test]
async fn a_login_without_an_account_acts_for_nobody() {
    let world = World::new().await;
    assert_eq!(
        me(&world, &Login::new("stranger")).await["accounts"],
        json!([])
    );
    world.request("GET", "/v1/me").send().await.expect(401);
}

#[tokio::test]
async fn a_deactivated_agent_is_shut_out_until_activated_again() {
    let (world, ada, bruno) = bruno().await;
    let (_, token) = invited(&world, &ada).await;
    accept(&world, &bruno.login, &token).await.expect(200);
    let before = ids(&world, &bruno.login).await;
    let agent = format!("/v1/entities/EMS/agents/{}", bruno.id);
    world
        .patch(&ada.login, &agent, json!({"active": false}))
        .await
        .expect(200);

    assert_eq!(
        ids(&world, &bruno.login).await,
        before[1..],
        "the login's other account is left"
    );
    for (method, path) in [
        ("GET", ""),
        ("PATCH", "/contact"),
        ("DELETE", "/contact/pending-email"),
        ("POST", "/contact/pending-email/resend"),
        ("GET", "/alerts"),
        ("PUT", "/alerts"),
        ("GET", "/places"),
        ("PUT", "/places"),
        ("GET", "/favourites"),
        ("PUT", "/favourites/c-1"),
        ("DELETE", "/favourites/c-1"),
    ] {
        let answer = world
            .request(method, &bruno.path(path))
            .by(&bruno.login)
            .header("if-match", "*")
            .json(&json!({}))
            .send()
            .await;
        assert_eq!(
            (answer.status, answer.problem()),
            (403, "forbidden"),
            "{method} {path}"
        );
    }

    world
        .patch(&ada.login, &agent, json!({"active": true}))
        .await
        .expect(200);
    assert_eq!(ids(&world, &bruno.login).await, before);
    read(&world, &bruno).await;
}

#[tokio::test]
async fn a_deactivated_account_cannot_be_accepted() {
    let (world, ada, _) = bruno().await;
    let (id, token) = invited(&world, &ada).await;
    world
        .change(&ada, "EMS", &id, json!({"active": false}))
        .await
        .expect(200);
    accept(&world, &Login::new("chloe"), &token)
        .await
        .expect(404);
    world
        .change(&ada, "EMS", &id, json!({"active": true}))
        .await
        .expect(200);
    accept(&world, &Login::new("chloe"), &token)
        .await
        .expect(200);
}
