//! Roots that nobody administers any more, or not yet.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use vigie_tests::World;

use super::{at_once, provision, provisioned};

#[tokio::test]
async fn a_first_invitation_that_is_too_old_is_renewed_by_the_same_event_and_no_earlier() {
    let world = World::new().await;
    let administrator =
        json!({"firstName": "Ada", "lastName": "Ministre", "email": "ada@ems.example.fr"});
    let event = json!({"organisation": "EMS", "entityId": "EMS", "name": "EMS", "administrator": administrator});
    world.send("OrganisationProvisioned", event.clone()).await;
    world.send("OrganisationProvisioned", event.clone()).await;
    assert_eq!(world.mails_to("ada@ems.example.fr").len(), 1);
    world.pass(jiff::SignedDuration::from_hours(8 * 24));
    world.send("OrganisationProvisioned", event).await;
    assert_eq!(world.mails_to("ada@ems.example.fr").len(), 2);
    world.accept("ada@ems.example.fr").await;
    assert!(world.rejections().is_empty());
}

/// Makes the state of a time when the last administrator could still leave.
async fn forget_administrators(world: &World) {
    let key = vigie_store::keys::administrators(&vigie_domain::id::EntityId::parse("EMS").unwrap());
    world
        .table
        .client()
        .delete_item()
        .table_name(vigie_tests::table::NAME)
        .set_key(Some(key.attributes()))
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_root_that_nobody_can_administer_is_given_an_administrator() {
    // A new one; an agent of it; somebody who was deactivated there.
    for (email, status) in [
        ("new@ems.example.fr", None),
        ("bruno@agents.example.fr", Some("agent")),
        ("admin@ems.example.fr", Some("gone")),
    ] {
        let (world, ada) = World::with("EMS").await;
        let bruno = world.agent(&ada, "EMS", "Bruno").await;
        forget_administrators(&world).await;
        if status == Some("gone") {
            world
                .change(&ada, "EMS", &ada.id, json!({"active": false}))
                .await
                .expect(200);
        } else {
            ada.delete(&world, "").await.expect(204);
        }
        forget_administrators(&world).await;
        world.empty_inbox();
        provision(&world, provisioned("EMS", email)).await;
        assert!(
            world.rejections().is_empty(),
            "{email}: {:?}",
            world.rejections()
        );
        let login = match status {
            None => world.accept(email).await.login,
            Some("agent") => bruno.login.clone(),
            _ => ada.login.clone(),
        };
        world.get(&login, "/v1/entities/EMS").await.expect(200);
        // From then on it has one.
        provision(&world, provisioned("EMS", "late@ems.example.fr")).await;
        assert!(
            world
                .rejections()
                .pop()
                .is_some_and(|reason| reason.starts_with("entity-exists")),
            "{email}"
        );
    }
}

#[tokio::test]
async fn an_agent_whom_the_portal_only_declared_administers_nothing_until_they_are_invited() {
    for (email, role) in [
        ("hedwige@ems.example.fr", "agent"),
        ("hedwige@ems.example.fr", "administrator"),
        ("new@ems.example.fr", "administrator"),
    ] {
        let (world, ada) = World::with("EMS").await;
        forget_administrators(&world).await;
        ada.delete(&world, "").await.expect(204);
        for address in [None, Some("hedwige@ems.example.fr")] {
            let declared = world.declared("EMS", "Hedwige", address).await;
            let pk = vigie_store::keys::account(&declared.id).pk;
            let role = AttributeValue::S(role.to_owned());
            world.set(&pk, "ACCOUNT", "role", role).await;
        }
        world.settle().await;
        world.empty_inbox();
        provision(&world, provisioned("EMS", email)).await;
        assert_eq!(world.rejections(), Vec::<String>::new(), "{email} {role}");
        let ada = world.accept(email).await;
        world.get(&ada.login, "/v1/entities/EMS").await.expect(200);
        provision(&world, provisioned("EMS", email)).await;
        assert_eq!(world.mails().len(), 1, "{email} {role}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_who_refill_a_root_at_once_one_does() {
    for _ in 0..5 {
        let (world, ada) = World::with("EMS").await;
        forget_administrators(&world).await;
        ada.delete(&world, "").await.expect(204);
        let events =
            ["un@ems.example.fr", "deux@ems.example.fr"].map(|email| provisioned("EMS", email));
        if at_once(&world, events.clone()).await > 0 {
            for event in events {
                provision(&world, event).await;
            }
        }
        let invited =
            ["un@ems.example.fr", "deux@ems.example.fr"].map(|email| world.mails_to(email).len());
        assert_eq!(invited.iter().sum::<usize>(), 1, "{invited:?}");
    }
}
