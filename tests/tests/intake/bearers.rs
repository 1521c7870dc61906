//! The people and programs that the door opens to, and that nothing else opens to.

use serde_json::{Value, json};
use vigie_http::Access;
use vigie_tests::{
    Login, World,
    http::AUDIENCE,
    routes::{Scene, all},
    scenario::{saved, tender},
};

use crate::intake::{asked, event, on_the_bus, portal, sent, taken};

const ISSUER: &str = "https://issuer.test";

fn claims(extra: &Value) -> Value {
    let mut claims = json!({"iss": ISSUER, "sub": "portal"});
    let all = claims.as_object_mut().unwrap();
    all.extend(extra.as_object().unwrap().clone());
    claims
}

#[tokio::test]
async fn a_portal_s_program_sends_events_that_go_the_whole_way_once() {
    let (world, ada) = World::with("EMS").await;
    world.wants_everything(&ada).await;
    let batch = [
        event(
            "ConsultationSaved",
            &saved("c-1", 1, "EMS", &ada.id, "drafting", &[]),
        ),
        event("TenderReceived", &tender("c-1", "d-1")),
    ];
    taken(&world, &portal(), &batch).await;
    assert_eq!(
        world.mails_to(&ada.email).len(),
        1 + 1,
        "invited, and told of the tender"
    );
    let before = (world.mails().len(), world.table.items().await.len());
    taken(&world, &portal(), &batch).await;
    assert_eq!(
        (world.mails().len(), world.table.items().await.len()),
        before
    );
    assert!(world.rejections().is_empty());
}

#[tokio::test]
async fn a_whole_organisation_comes_through_the_door() {
    let world = World::new().await;
    let provisioned = json!({
        "organisation": "Ville de Colmar", "entityId": "colmar", "name": "Colmar",
        "administrator": {"firstName": "Ada", "lastName": "Adam", "email": "ada@colmar.example.fr"},
    });
    let entity = json!({
        "organisationId": "colmar", "entityId": "voirie", "revision": 1, "name": "Voirie", "parentId": "colmar",
    });
    let batch = [
        event("EntitySaved", &entity),
        event("OrganisationProvisioned", &provisioned),
    ];
    taken(&world, &portal(), &batch).await;
    assert_eq!(world.mails_to("ada@colmar.example.fr").len(), 1);
    assert_eq!(
        world.table.count("ENTITY#voirie").await,
        2,
        "declared, and there"
    );
}

#[tokio::test]
async fn only_a_program_s_token_with_its_scope_opens_the_door() {
    let world = World::new().await;
    let batch = [event("TenderReceived", &tender("c-1", "d-1"))];
    asked(&world, &batch).send().await.expect(401);
    sent(&world, &Login::new("ada"), &batch).await.expect(403);
    for refused in [
        json!({"client_id": "portal"}),
        json!({"client_id": "portal", "scope": "vigie/other"}),
        json!({"client_id": "portal", "scope": "vigie/events.read"}),
        json!({"aud": AUDIENCE, "scope": "vigie/events"}),
        json!({"aud": AUDIENCE, "scp": "[openid vigie/events]"}),
        json!({"aud": format!("[{AUDIENCE} machines]"), "scope": "vigie/events"}),
        json!({"client_id": AUDIENCE, "scope": "vigie/events"}),
    ] {
        let answer = asked(&world, &batch)
            .with_claims(claims(&refused))
            .send()
            .await;
        assert_eq!(
            (answer.status, answer.problem()),
            (403, "forbidden"),
            "{refused}"
        );
    }
    assert_eq!(on_the_bus(&world), 0);
    for opened in [
        json!({"client_id": "portal", "scope": "vigie/events"}),
        json!({"aud": "machines", "azp": "portal", "scp": "[vigie/events]"}),
        json!({"aud": "machines", "client_id": "portal", "scope": "openid vigie/events"}),
    ] {
        let answer = asked(&world, &batch)
            .with_claims(claims(&opened))
            .send()
            .await;
        assert_eq!(answer.status, 200, "{opened}: {}", answer.text);
    }
}

/// With the scope or without it, in any spelling; and whatever it holds in its hands: the links of
/// an invitation, a delegation or a request to link accounts.
#[tokio::test]
async fn a_program_opens_nothing_else_and_accepts_nothing() {
    let scene = Scene::new().await;
    let before = scene.table().await;
    let tokens = [
        json!({"client_id": "portal", "scope": "vigie/events"}),
        json!({"client_id": "portal"}),
        json!({"aud": "machines", "scp": "[other vigie/events]"}),
        json!({"aud": AUDIENCE, "scope": "openid vigie/events"}),
        json!({"aud": AUDIENCE, "scp": "[\"vigie/events\"]"}),
        json!({}),
    ];
    let closed = |access| !matches!(access, Access::Public | Access::Machine);
    for row in all().iter().filter(|row| closed(row.access)) {
        for token in &tokens {
            // Also as somebody who has the right: the same subject, another audience.
            let sub = scene
                .rightful(row)
                .map_or("portal".to_owned(), |login| login.sub);
            let mut claims = claims(token);
            claims["sub"] = json!(sub);
            let answer = scene.request(row).with_claims(claims).send().await;
            scene.refused(
                &format!("{}: {token}", row.key()),
                &answer,
                403,
                "forbidden",
            );
        }
    }
    assert_eq!(scene.table().await, before);
}
