//! Agents' accounts: made with an invitation, invited again, taken back while nobody accepted.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_tests::{Answer, Login, World, scenario::address};

use crate::entities::{agent, agents, ids, new_agent, organisation};

/// Tries to accept an invitation.
async fn accept(world: &World, login: &str, token: &str) -> Answer {
    world
        .post(
            &Login::new(login),
            "/v1/invitations",
            json!({"token": token}),
        )
        .await
}

#[tokio::test]
async fn an_invited_agent_has_an_account_and_a_mail() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let mut wanted = new_agent("Bruno");
    wanted["contact"]["email"] = json!("  Bruno@AGENTS.example.fr");
    wanted["contact"]["phone"] = json!("03 88 00 00 00");
    let created = world
        .post(&ada.login, &agents("EMS-DSI"), wanted)
        .await
        .expect(201);
    let id = created.json["id"].as_str().unwrap().to_owned();
    assert_eq!(created.headers["location"], format!("/v1/accounts/{id}"));
    assert_eq!(created.json["contact"]["email"], "bruno@agents.example.fr");
    assert_eq!(created.json["contact"]["phone"], "+33388000000");
    assert_eq!(
        created.json["entity"],
        json!({"id": "EMS-DSI", "name": "Service EMS-DSI"})
    );
    assert_eq!(created.json["emailStatus"], "unconfirmed");
    assert_eq!(created.json["role"], "agent");
    assert_eq!(created.json["active"], true);
    assert_eq!(
        created.json["permanentGuest"],
        json!({"own": false, "dependent": false, "transverse": false})
    );
    assert_eq!(created.json["invitationExpiresAt"], "2026-12-01T08:00:00Z");
    // Never its preferences.
    for hidden in ["alerts", "places", "favourites"] {
        assert!(created.json.get(hidden).is_none(), "{hidden}");
    }

    let bruno = world.accept(&address("Bruno")).await;
    assert_eq!(bruno.id, id);
    assert_eq!(world.mails_to(&bruno.email).len(), 1);
    let shown = bruno.get(&world, "").await.expect(200).json;
    assert_eq!(shown["emailStatus"], "confirmed");
    assert_eq!(shown["invitationExpiresAt"], Value::Null);
}

#[tokio::test]
async fn a_role_is_agent_unless_said_otherwise() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let mut silent = new_agent("Bruno");
    silent.as_object_mut().unwrap().remove("role");
    assert_eq!(
        world
            .post(&ada.login, &agents("EMS-DSI"), silent)
            .await
            .expect(201)
            .json["role"],
        "agent"
    );
}

#[tokio::test]
async fn an_address_is_taken_on_the_whole_platform() {
    let world = World::new().await;
    let (ada, carl) = (organisation(&world).await, world.organisation("CUS").await);
    world.invite(&ada, "EMS-DSI", "Bruno").await;
    let before = ids(&world, &carl, "CUS").await;
    for email in [
        address("Bruno"),
        address("bruno").to_uppercase(),
        ada.email.clone(),
    ] {
        let mut wanted = new_agent("Other");
        wanted["contact"]["email"] = json!(email);
        let refused = world
            .post(&carl.login, &agents("CUS"), wanted)
            .await
            .expect(409);
        assert_eq!(refused.problem(), "email-taken");
        assert!(
            !refused.text.to_lowercase().contains("bruno"),
            "{}",
            refused.text
        );
    }
    assert_eq!(ids(&world, &carl, "CUS").await, before);
    world.settle().await;
    assert_eq!(world.mails_to(&address("Bruno")).len(), 1);
}

#[tokio::test]
async fn a_wrong_contact_is_refused_field_by_field() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    for (wanted, fields) in [
        (
            json!({"contact": {"firstName": "", "email": "nobody"}}),
            vec!["contact.email", "contact.firstName", "contact.lastName"],
        ),
        (
            json!({"contact": {"firstName": "A", "lastName": "B", "email": "a@b.fr", "age": 7}}),
            vec!["contact.age"],
        ),
        (json!({"contact": []}), vec!["contact"]),
    ] {
        let refused = world
            .post(&ada.login, &agents("EMS-DSI"), wanted.clone())
            .await
            .expect(422);
        let mut named = refused.fields();
        named.sort_unstable();
        assert_eq!(named, fields, "{wanted}");
    }
    for wanted in [
        json!({}),
        json!({"contact": new_agent("B")["contact"], "role": "king"}),
        json!({"contact": {}, "id": "x"}),
    ] {
        world
            .post(&ada.login, &agents("EMS-DSI"), wanted)
            .await
            .expect(422);
    }
    world
        .post(&ada.login, &agents("NOWHERE"), new_agent("Bruno"))
        .await
        .expect(404);
    assert!(ids(&world, &ada, "EMS-DSI").await.is_empty());
}

#[tokio::test]
async fn an_account_is_taken_back_only_before_it_was_accepted_and_frees_its_address() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let id = world.invite(&ada, "EMS-DSI", "Bruno").await;
    world.settle().await;
    let token = world.last_mail(&address("Bruno")).token();
    world
        .delete(&ada.login, &agent("EMS-DSI", &id))
        .await
        .expect(204);
    assert!(ids(&world, &ada, "EMS-DSI").await.is_empty());
    world
        .delete(&ada.login, &agent("EMS-DSI", &id))
        .await
        .expect(404);
    accept(&world, "bruno", &token).await.expect(404);

    // The address is free, for a new account with a link of its own.
    let bruno = world.agent(&ada, "EMS-CULTURE", "Bruno").await;
    assert_ne!(bruno.id, id);
    accept(&world, "somebody", &token).await.expect(404);
    world
        .delete(&ada.login, &agent("EMS-CULTURE", &bruno.id))
        .await
        .refused(409, "already-bound");
    assert_eq!(ids(&world, &ada, "EMS-CULTURE").await, [bruno.id.as_str()]);
    bruno.get(&world, "").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_account_is_either_accepted_or_taken_back() {
    let world = Arc::new(World::new().await);
    let ada = organisation(&world).await;
    for round in 0..20 {
        let name = format!("Agent{round}");
        let id = world.invite(&ada, "EMS-DSI", &name).await;
        world.settle().await;
        let token = world.last_mail(&address(&name)).token();
        let (one, other) = (Arc::clone(&world), Arc::clone(&world));
        let (login, path) = (ada.login.clone(), agent("EMS-DSI", &id));
        let deleted = tokio::spawn(async move { one.delete(&login, &path).await.status });
        let accepted = tokio::spawn(async move { accept(&other, &name, &token).await.status });
        let both = (deleted.await.unwrap(), accepted.await.unwrap());
        assert!(
            matches!(both, (204, 404) | (409, 200)),
            "round {round}: {both:?}"
        );
        assert_eq!(
            ids(&world, &ada, "EMS-DSI").await.contains(&id),
            both.1 == 200,
            "round {round}"
        );
    }
}

#[tokio::test]
async fn inviting_again_voids_the_older_link() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let id = world.invite(&ada, "EMS-DSI", "Bruno").await;
    world.settle().await;
    let older = world.last_mail(&address("Bruno")).token();
    world.pass(SignedDuration::from_hours(24 * 6));
    let again = world
        .post(
            &ada.login,
            &format!("{}/invitation", agent("EMS-DSI", &id)),
            json!({}),
        )
        .await
        .expect(202)
        .json;
    assert_eq!(again["invitationExpiresAt"], "2026-12-07T08:00:00Z");
    world.settle().await;
    let mails = world.mails_to(&address("Bruno"));
    let newer = mails.last().unwrap().token();
    assert_eq!(mails.len(), 2);
    assert_ne!(newer, older);
    accept(&world, "bruno", &older).await.expect(404);
    // Beyond the first one's seven days, within its own.
    world.pass(SignedDuration::from_hours(24 * 3));
    accept(&world, "bruno", &newer).await.expect(200);
    world
        .post(
            &ada.login,
            &format!("{}/invitation", agent("EMS-DSI", &id)),
            json!({}),
        )
        .await
        .refused(409, "already-bound");
}

#[tokio::test]
async fn an_expired_invitation_can_be_sent_again() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let id = world.invite(&ada, "EMS-DSI", "Bruno").await;
    world.settle().await;
    let older = world.last_mail(&address("Bruno")).token();
    world.pass(SignedDuration::from_hours(24 * 7));
    accept(&world, "bruno", &older)
        .await
        .refused(410, "token-expired");
    world
        .post(
            &ada.login,
            &format!("{}/invitation", agent("EMS-DSI", &id)),
            json!({}),
        )
        .await
        .expect(202);
    world.accept(&address("Bruno")).await;
}

#[tokio::test]
async fn nobody_is_flooded_with_invitations() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let path = format!(
        "{}/invitation",
        agent("EMS-DSI", &world.invite(&ada, "EMS-DSI", "Bruno").await)
    );
    for _ in 0..5 {
        world.post(&ada.login, &path, json!({})).await.expect(202);
    }
    let refused = world.post(&ada.login, &path, json!({})).await.expect(429);
    assert_eq!(refused.headers["retry-after"], "3600");
    world.pass(SignedDuration::from_hours(1));
    world.post(&ada.login, &path, json!({})).await.expect(202);
}
