//! The first step of a new customer: its root entity, its first administrator, an invitation. All
//! or nothing, once.

mod anew;
mod ids;

use serde_json::{Value, json};
use vigie_aws::Consumer as _;
use vigie_tests::{World, world::sqs};

const EMAIL: &str = "ada@ems.example.fr";

fn provisioned(entity: &str, email: &str) -> Value {
    json!({
        "organisation": "EUROMETROPOLE DE STRASBOURG",
        "entityId": entity,
        "name": "Direction de la commande publique",
        "administrator": {"firstName": "Ada", "lastName": "Ministre", "email": email},
    })
}

async fn provision(world: &World, detail: Value) {
    world.send("OrganisationProvisioned", detail).await;
}

/// Delivers an event and says how many writes it caused.
async fn writes_of(world: &World, detail: Value) -> usize {
    world.settle().await;
    let event = json!({"source": "procurement", "detail-type": "OrganisationProvisioned", "detail": detail});
    world.provisioning.consume(sqs(&event, 1)).await.unwrap();
    let writes = world.table.records().len();
    world.settle().await;
    writes
}

/// Counts the items of each sort.
async fn count(world: &World, sorts: [&str; 3]) -> [usize; 3] {
    let items = world.table.items().await;
    sorts.map(|sort| {
        items
            .iter()
            .filter(|item| item["sk"].as_s().is_ok_and(|sk| sk == sort))
            .count()
    })
}

#[tokio::test]
async fn an_organisation_begins_with_its_root_and_an_invited_administrator() {
    let world = World::new().await;
    provision(&world, provisioned("EMS", EMAIL)).await;

    assert_eq!(world.mails_to(EMAIL).len(), 1);
    assert_eq!(world.events("AccountCreated").len(), 1);
    let ada = world.accept(EMAIL).await;
    let me = world.get(&ada.login, "/v1/me").await.expect(200).json;
    assert_eq!(me["accounts"][0]["role"], "administrator");
    assert_eq!(
        me["accounts"][0]["entity"],
        json!({"id": "EMS", "name": "Direction de la commande publique"})
    );
    let root = world
        .get(&ada.login, "/v1/entities/EMS")
        .await
        .expect(200)
        .json;
    assert_eq!(root["parentId"], Value::Null);
    assert_eq!(root["organisation"], "EUROMETROPOLE DE STRASBOURG");
    let account = ada.get(&world, "").await.expect(200).json;
    assert_eq!(account["emailStatus"], "confirmed");
    assert_eq!(account["contact"]["lastName"], "Ministre");
    let agents = world
        .get(&ada.login, "/v1/entities/EMS/agents")
        .await
        .expect(200)
        .json;
    assert_eq!(agents["items"].as_array().unwrap().len(), 1);
    assert!(world.rejections().is_empty());
}

#[tokio::test]
async fn the_same_event_again_changes_nothing_before_and_after_the_invitation_was_accepted() {
    let world = World::new().await;
    provision(&world, provisioned("EMS", EMAIL)).await;
    assert_eq!(writes_of(&world, provisioned("EMS", EMAIL)).await, 0);
    // Another spelling of the same address is the same administrator.
    assert_eq!(
        writes_of(&world, provisioned("EMS", " Ada@EMS.example.FR ")).await,
        0
    );
    assert_eq!(world.mails_to(EMAIL).len(), 1);

    let ada = world.accept(EMAIL).await;
    assert_eq!(writes_of(&world, provisioned("EMS", EMAIL)).await, 0);
    assert_eq!(world.mails_to(EMAIL).len(), 1);
    world.get(&ada.login, "/v1/entities/EMS").await.expect(200);
    assert!(world.rejections().is_empty(), "{:?}", world.rejections());
}

/// Delivers events at once, as several workers do; how many messages come back.
async fn at_once(world: &World, events: impl IntoIterator<Item = Value>) -> usize {
    let together = tokio::task::LocalSet::new();
    let workers: Vec<_> = events
        .into_iter()
        .map(|detail| {
            let event = json!({"source": "procurement", "detail-type": "OrganisationProvisioned", "detail": detail});
            let function = world.provisioning.clone();
            together.spawn_local(async move { function.consume(sqs(&event, 1)).await.unwrap() })
        })
        .collect();
    together.await;
    let mut back = 0;
    for worker in workers {
        back += worker.await.unwrap()["batchItemFailures"]
            .as_array()
            .unwrap()
            .len();
    }
    world.settle().await;
    back
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_event_many_times_at_once_makes_one_account() {
    for _ in 0..10 {
        let world = World::new().await;
        assert_eq!(
            at_once(&world, (0..8).map(|_| provisioned("EMS", EMAIL))).await,
            0
        );
        assert_eq!(world.mails_to(EMAIL).len(), 1);
        assert_eq!(
            count(&world, ["ENTITY", "ACCOUNT", "EMAIL"]).await,
            [1, 1, 1]
        );
        assert!(world.rejections().is_empty(), "{:?}", world.rejections());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_organisations_with_one_administrator_at_once_one_is_rejected_whole() {
    for _ in 0..10 {
        let world = World::new().await;
        assert_eq!(
            at_once(
                &world,
                ["EMS", "CUS"].map(|entity| provisioned(entity, EMAIL))
            )
            .await,
            0
        );
        assert_eq!(world.rejections().len(), 1);
        assert!(
            world.rejections()[0].starts_with("email-taken"),
            "{:?}",
            world.rejections()
        );
        // The loser left nothing.
        assert_eq!(
            count(&world, ["ENTITY", "ACCOUNT", "EMAIL"]).await,
            [1, 1, 1]
        );
    }
}

#[tokio::test]
async fn a_taken_address_rejects_the_event_with_its_reason_and_leaves_nothing() {
    let (world, ada) = World::with("CUS").await;
    let bruno = world.agent(&ada, "CUS", "Bruno").await;
    for taken in [
        &ada.email,
        &bruno.email,
        &"  BRUNO@Agents.Example.FR".to_owned(),
    ] {
        assert_eq!(writes_of(&world, provisioned("EMS", taken)).await, 0);
    }
    assert_eq!(world.rejections().len(), 3);
    assert!(
        world
            .rejections()
            .iter()
            .all(|reason| reason.starts_with("email-taken")),
        "{:?}",
        world.rejections()
    );
    let rejected = world.rejected.lock().unwrap()[0].clone();
    assert_eq!(
        rejected["original"]["detail"],
        provisioned("EMS", &ada.email)
    );
    assert!(world.dead.lock().unwrap().is_empty());
    // Nothing of the refused one stands in the way of the corrected one.
    provision(&world, provisioned("EMS", EMAIL)).await;
    assert_eq!(world.mails_to(EMAIL).len(), 1);
}

#[tokio::test]
async fn an_entity_that_exists_gets_no_other_administrator() {
    let (world, ada) = World::with("EMS").await;
    world.entity(&ada, "EMS-DSI", "EMS").await;
    let bruno = world.agent(&ada, "EMS", "Bruno").await;
    let elsewhere = world.organisation("CUS").await;
    for (entity, email) in [
        ("EMS", "new@example.fr"),
        // An agent of the entity, but no administrator of it.
        ("EMS", &bruno.email),
        ("EMS", &elsewhere.email),
        // No root: nobody's organisation.
        ("EMS-DSI", "new@example.fr"),
        ("EMS-DSI", &ada.email),
    ] {
        assert_eq!(writes_of(&world, provisioned(entity, email)).await, 0);
        let reason = world.rejections().pop().unwrap();
        assert!(
            reason.starts_with("entity-exists"),
            "{entity} {email}: {reason}"
        );
        assert_eq!(
            reason == "entity-exists: EMS-DSI is an entity of the organisation EMS",
            entity == "EMS-DSI",
            "{reason}"
        );
    }
    assert_eq!(world.rejections().len(), 5);
    assert!(world.mails_to("new@example.fr").is_empty());
}

#[tokio::test]
async fn the_administrator_of_a_service_is_no_first_administrator_of_it() {
    let (world, ada) = World::with("EMS").await;
    world.entity(&ada, "EMS-DSI", "EMS").await;
    let contact =
        json!({"firstName": "Basile", "lastName": "Chef", "email": "basile@ems.example.fr"});
    world
        .post(
            &ada.login,
            "/v1/entities/EMS-DSI/agents",
            json!({"contact": contact, "role": "administrator"}),
        )
        .await
        .expect(201);
    provision(&world, provisioned("EMS-DSI", "basile@ems.example.fr")).await;
    assert!(
        world
            .rejections()
            .pop()
            .is_some_and(|reason| reason.starts_with("entity-exists")),
        "{:?}",
        world.rejections()
    );
}

#[tokio::test]
async fn a_malformed_event_is_rejected_with_a_reason_and_writes_nothing() {
    let world = World::new().await;
    let with = |place: &str, value: Value| {
        let mut detail = provisioned("EMS", EMAIL);
        *detail.pointer_mut(place).unwrap() = value;
        detail
    };
    let without = |place: &str, field: &str| {
        let mut detail = provisioned("EMS", EMAIL);
        detail
            .pointer_mut(place)
            .unwrap()
            .as_object_mut()
            .unwrap()
            .remove(field)
            .unwrap();
        detail
    };
    let cases = [
        (json!([]), ""),
        (Value::Null, ""),
        (without("", "entityId"), "entityId"),
        (without("", "administrator"), "administrator"),
        (without("/administrator", "email"), "email"),
        (with("/entityId", json!("with space")), "identifier"),
        (with("/entityId", json!("x".repeat(129))), "identifier"),
        (
            with("/administrator/email", json!("not an address")),
            "administrator.email",
        ),
        (
            with("/administrator/email", json!("élodie@example.fr")),
            "administrator.email",
        ),
    ];
    let all = cases.len();
    for (detail, named) in cases {
        provision(&world, detail.clone()).await;
        let reason = world.rejections().pop().unwrap_or_default();
        assert!(
            !reason.is_empty() && reason.contains(named),
            "{detail}: {reason}"
        );
    }
    assert_eq!(world.rejections().len(), all);
    assert!(world.table.items().await.is_empty());
    assert!(world.mails().is_empty() && world.dead.lock().unwrap().is_empty());
}

/// Only ids and the address decide; a customer does not wait for a name.
#[tokio::test]
async fn names_that_cannot_be_shown_are_repaired() {
    let world = World::new().await;
    for (i, (place, value)) in [
        ("/organisation", json!("two\nlines")),
        ("/organisation", json!(null)),
        ("/name", json!("")),
        ("/name", json!("x".repeat(5000))),
        ("/name", json!({"fr": "x"})),
        ("/administrator/firstName", json!("x".repeat(101))),
        ("/administrator/lastName", json!(null)),
        ("/administrator/lastName", json!("www.evil.example")),
        (
            "/administrator/firstName",
            json!("Appelez le 06 12 evil 34 56 78"),
        ),
        ("/name", json!("Voir “evil.click”")),
        ("/organisation", json!("→evil.com…")),
    ]
    .into_iter()
    .enumerate()
    {
        let (id, email) = (format!("E{i}"), format!("admin{i}@ems.example.fr"));
        let mut detail = provisioned(&id, &email);
        *detail.pointer_mut(place).unwrap() = value;
        provision(&world, detail.clone()).await;
        assert_eq!(
            world.mails_to(&email).len(),
            1,
            "{detail} {:?}",
            world.rejections()
        );
        // What stands in for an address is no address.
        let mail = world.last_mail(&email);
        assert!(
            !mail.text.contains("evil") && !mail.subject.contains("evil"),
            "{}",
            mail.text
        );
        let ada = world.accept(&email).await;
        let root = world
            .get(&ada.login, &format!("/v1/entities/{id}"))
            .await
            .expect(200);
        assert!(!root.text.contains("evil"), "{}", root.text);
    }
    assert!(world.rejections().is_empty());
}

#[tokio::test]
async fn a_bad_message_blocks_no_good_one_of_its_batch() {
    let world = World::new().await;
    let event = |detail: Value| json!({"source": "procurement", "detail-type": "OrganisationProvisioned", "detail": detail});
    let mut records = Vec::new();
    for (i, event) in [
        event(json!(null)),
        event(json!({})),
        event(provisioned("EMS", EMAIL)),
    ]
    .iter()
    .enumerate()
    {
        let mut record = sqs(event, 1)["Records"][0].clone();
        record["messageId"] = json!(format!("m-{i}"));
        records.push(record);
    }
    records[0]["body"] = json!("no JSON {");
    let answer = world
        .provisioning
        .consume(json!({"Records": records}))
        .await
        .unwrap();
    assert_eq!(answer, json!({"batchItemFailures": []}));
    world.settle().await;
    assert_eq!(world.rejections().len(), 2);
    assert_eq!(world.mails_to(EMAIL).len(), 1);
}

#[tokio::test]
async fn only_the_procurement_system_provisions() {
    let world = World::new().await;
    for (source, detail_type) in [
        ("vigie", "OrganisationProvisioned"),
        ("procurement", "OrganisationRemoved"),
    ] {
        let event = json!({"source": source, "detail-type": detail_type, "detail": provisioned("EMS", EMAIL)});
        world.provisioning.consume(sqs(&event, 1)).await.unwrap();
    }
    world.settle().await;
    assert_eq!(world.rejections().len(), 2);
    assert!(world.table.items().await.is_empty());
}

#[tokio::test]
async fn what_cannot_be_rejected_for_now_comes_back() {
    let world = World::new().await;
    world.aws.with(|traffic| traffic.bus_down = true);
    let event =
        json!({"source": "procurement", "detail-type": "OrganisationProvisioned", "detail": {}});
    let answer = world.provisioning.consume(sqs(&event, 1)).await.unwrap();
    assert_eq!(
        answer["batchItemFailures"],
        json!([{"itemIdentifier": "message"}])
    );
}

#[tokio::test]
async fn no_event_of_ours_holds_who_the_administrator_is() {
    let world = World::new().await;
    provision(&world, provisioned("EMS", EMAIL)).await;
    world.accept(EMAIL).await;
    let seen = world.seen.lock().unwrap();
    let ours: Vec<String> = seen
        .iter()
        .filter(|event| event["source"] == "vigie")
        .map(Value::to_string)
        .collect();
    assert!(ours.len() >= 2, "{ours:?}");
    for event in ours {
        assert!(
            !event.contains('@') && !event.contains("Ministre") && !event.contains("Ada"),
            "{event}"
        );
    }
}
