//! Mails that tell an agent of an administrator's change.

use jiff::SignedDuration;
use serde_json::json;
use vigie_tests::{World, scenario::address};

use crate::entities::{agent, organisation};

const CHANGED: &str = "Votre compte d’agent a été modifié";

#[tokio::test]
async fn the_agent_is_mailed_what_an_administrator_changed() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    world.empty_inbox();
    let mut path = agent("EMS-DSI", &bruno.id);
    for (patch, words) in [
        (
            json!({"role": "administrator"}),
            &["Rôle\u{a0}: administrateur (auparavant\u{a0}: agent)."][..],
        ),
        (
            json!({"permanentGuest": {"own": true, "dependent": true}}),
            &[
                "Invité(e) permanent(e) de votre entité\u{a0}: oui.",
                "qui dépendent de la vôtre\u{a0}: oui.",
            ],
        ),
        (
            json!({"entityId": "EMS-CULTURE"}),
            &["Entité\u{a0}: Service EMS-CULTURE (auparavant\u{a0}: Service EMS-DSI)."],
        ),
        (
            json!({"active": false}),
            &["Votre compte est désactivé", "exporter vos"],
        ),
        (
            json!({"active": true}),
            &["Votre compte est de nouveau actif."],
        ),
    ] {
        world
            .patch(&ada.login, &path, patch.clone())
            .await
            .expect(200);
        path = agent("EMS-CULTURE", &bruno.id);
        if patch.get("entityId").is_none() && !patch["active"].is_boolean() {
            path = agent("EMS-DSI", &bruno.id);
        }
        world.settle().await;
        let mails = world.mails_to(&bruno.email);
        assert_eq!(
            (mails.len(), mails[0].subject.as_str()),
            (1, CHANGED),
            "{patch}"
        );
        let text = mails[0].text.replace('\n', " ");
        for word in words {
            assert!(text.contains(word), "{patch}: {word}: {text}");
        }
        assert!(
            !text.contains("Ada") && !text.contains(&ada.email),
            "{text}"
        );
        world.empty_inbox();
    }
    // A change without effect mails nobody, and neither does a change of somebody who has not
    // accepted.
    world
        .patch(&ada.login, &path, json!({"active": true}))
        .await
        .expect(200);
    let invited = world.invite(&ada, "EMS-DSI", "Nadia").await;
    world.settle().await;
    world.empty_inbox();
    world
        .change(
            &ada,
            "EMS-DSI",
            &invited,
            json!({"permanentGuest": {"own": true}}),
        )
        .await
        .expect(200);
    world.settle().await;
    assert!(world.mails().is_empty());
    assert_eq!(world.mails_to(&address("Nadia")).len(), 0);
}

#[tokio::test]
async fn nobody_is_mailed_without_end() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    world.empty_inbox();
    for round in 0..15 {
        world
            .change(
                &ada,
                "EMS-DSI",
                &bruno.id,
                json!({"permanentGuest": {"own": round % 2 == 0}}),
            )
            .await
            .expect(200);
        world.settle().await;
    }
    assert_eq!(world.mails_to(&bruno.email).len(), 10);
    world.pass(SignedDuration::from_hours(1));
    world
        .change(&ada, "EMS-DSI", &bruno.id, json!({"active": false}))
        .await
        .expect(200);
    world.settle().await;
    assert_eq!(world.mails_to(&bruno.email).len(), 11);
}
