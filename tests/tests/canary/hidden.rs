//! Nobody sees it, and nobody takes its ids.

use serde_json::json;
use vigie_domain::{
    canary::{ADDRESS, NAME},
    contact::email::Email,
};
use vigie_tests::{World, scenario::saved};

use super::{minutes, traces};

#[tokio::test]
async fn it_is_in_nobody_s_lists_counts_events_or_exports() {
    let (world, ada) = World::with("EMS").await;
    let bruno = world.agent(&ada, "EMS", "Bruno").await;
    world.wants_everything(&bruno).await;
    world.consultation("c-1", "EMS", &bruno, &[]).await;
    let events = world.seen.lock().expect("a lock").len();
    minutes(&world, 20).await;

    for path in [
        "/v1/entities/EMS",
        "/v1/entities/EMS/agents",
        "/v1/entities/EMS/audit",
        "/v1/entities/EMS/unfollowed",
        "/v1/entities/EMS/consultations",
        "/v1/entities/EMS/undeliverable",
        "/v1/consultations/c-1/recipients?kind=tenderReceived",
    ] {
        let shown = world.get(&ada.login, path).await.expect(200);
        assert!(!shown.text.contains(NAME), "{path}: {}", shown.text);
    }
    for part in [
        "",
        "/deliveries",
        "/favourites",
        "/consultations",
        "/export",
        "/alerts/preview",
    ] {
        let shown = bruno.get(&world, part).await.expect(200);
        assert!(!shown.text.contains(NAME), "{part}: {}", shown.text);
    }
    for path in [
        format!("/v1/entities/{NAME}"),
        format!("/v1/entities/{NAME}/agents"),
        format!("/v1/accounts/{NAME}"),
    ] {
        assert_eq!(world.get(&ada.login, &path).await.status, 403, "{path}");
    }
    let seen = world.seen.lock().expect("a lock")[events..].to_vec();
    let told: Vec<_> = seen
        .iter()
        .filter(|event| event["source"] == "vigie")
        .map(|event| event["detail-type"].as_str())
        .collect();
    let outside = |told: &&Option<&str>| {
        !matches!(
            told,
            Some("FactRecorded" | "ConsultationReady" | "AlertDue")
        )
    };
    assert_eq!(told.iter().filter(outside).count(), 0, "{told:?}");
    assert!(told.len() > 5, "it went its way: {told:?}");
    assert_eq!(world.table.count("STATISTICS#").await, 0);
}

#[tokio::test]
async fn nobody_else_takes_an_id_of_its_own() {
    let (world, ada) = World::with("EMS").await;
    let bruno = world.agent(&ada, "EMS", "Bruno").await;
    for id in [NAME, "vigie-canary-2026-11-24", "vigie-canary.x"] {
        let answer = world
            .put(
                &ada.login,
                &format!("/v1/entities/{id}"),
                json!({"name": "Canari", "parentId": "EMS"}),
            )
            .await;
        assert_eq!((answer.status, answer.fields()), (422, vec!["id"]), "{id}");
        let administrator = json!({"firstName": "Zoé", "lastName": "Petit", "email": format!("{id}@agents.example.fr")});
        world
            .send("OrganisationProvisioned", json!({"organisation": "O", "entityId": id, "name": "O", "administrator": administrator}))
            .await;
        assert_eq!(
            world.rejections().pop().as_deref(),
            Some("entityId: is Vigie's own: choose another"),
            "{id}"
        );
    }
    // A consultation of one world that names the other, in each place.
    let own = "vigie-canary-2026-11-24";
    let guest = |mut saved: serde_json::Value| {
        saved["guests"] = json!([NAME]);
        saved
    };
    for mixed in [
        saved(own, 1, "EMS", &bruno.id, "drafting", &[]),
        saved("c-1", 1, NAME, &bruno.id, "drafting", &[]),
        saved("c-1", 1, "EMS", NAME, "drafting", &[]),
        guest(saved("c-1", 1, "EMS", &bruno.id, "drafting", &[])),
        saved(own, 1, NAME, &bruno.id, "drafting", &[]),
    ] {
        let before = world.rejections().len();
        world.send("ConsultationSaved", mixed.clone()).await;
        assert_eq!(world.rejections().len(), before + 1, "{mixed}");
    }
    assert_eq!(traces(&world).await.len(), 0);
    // An id that only begins alike is anybody's.
    world.organisation("vigie-canaries").await;
}

#[tokio::test]
async fn its_address_is_its_own_and_the_template_grants_that_one() {
    let digest = Email::parse(ADDRESS).expect("an address").digest();
    assert!(
        include_str!("../../../infra/template.yaml").contains(&format!("'EMAIL#{digest}'")),
        "{digest}"
    );
    let (world, ada) = World::with("EMS").await;
    minutes(&world, 2).await;
    let contact = json!({"firstName": "Zoé", "lastName": "Petit", "email": ADDRESS});
    let answer = world
        .post(
            &ada.login,
            "/v1/entities/EMS/agents",
            json!({"contact": contact, "role": "agent"}),
        )
        .await;
    assert_eq!(answer.problem(), "email-taken");
    let asked = ada.post(&world, "/links", json!({"email": ADDRESS})).await;
    assert_eq!(asked.status, 202);
}
