//! The first step of a new customer: its root entity, its first administrator, an invitation. All
//! or nothing, once.

use aws_sdk_dynamodb::types::AttributeValue;
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
    let account = world.get(&ada.login, &ada.path("")).await.expect(200).json;
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
    let world = World::new().await;
    let ada = world.organisation("CUS").await;
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
    let world = World::new().await;
    let ada = world.organisation("EMS").await;
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
    let world = World::new().await;
    let ada = world.organisation("EMS").await;
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
        let mail = world.mails_to(&email).pop().unwrap();
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

/// The id of a root is no other root's up to a separator, whichever comes first.
#[tokio::test]
async fn no_organisation_s_id_is_the_beginning_of_another_s() {
    for (first, second) in [
        ("EMS", "EMS-CUS"),
        ("EMS", "EMS.C_U-S"),
        ("EMS_CUS", "EMS"),
        ("E.M-S.CUS", "E.M"),
        ("E.M", "E.M-"),
    ] {
        let world = World::new().await;
        provision(&world, provisioned(first, EMAIL)).await;
        assert_eq!(
            writes_of(&world, provisioned(second, "new@example.fr")).await,
            0
        );
        let reason = world.rejections().pop().unwrap();
        assert_eq!(
            reason,
            format!(
                "entity-overlaps: of {second} and the organisation {first}, one id is the beginning of the other"
            )
        );
        // The first one is what it was, also for the same event once more, and the address is free.
        assert_eq!(writes_of(&world, provisioned(first, EMAIL)).await, 0);
        provision(&world, provisioned("XYZ", "new@example.fr")).await;
        assert_eq!(
            (
                world.mails_to("new@example.fr").len(),
                world.rejections().len()
            ),
            (1, 1)
        );
    }
}

#[tokio::test]
async fn organisations_may_begin_alike() {
    let world = World::new().await;
    for id in ["FR-EMS", "FR-CUS", "FR-EMS2", "FR.EMS", "FRA", "F-R"] {
        let ada = world.organisation(id).await;
        world.entity(&ada, &format!("{id}-DSI"), id).await;
        // Nobody becomes what all of them begin with.
        provision(&world, provisioned("FR", "new@example.fr")).await;
        assert!(
            world
                .rejections()
                .pop()
                .is_some_and(|reason| reason.starts_with("entity-overlaps: of FR and ")),
            "{id}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_organisations_at_once_whose_ids_overlap_one_is_there_and_the_others_are_rejected_whole()
{
    for _ in 0..10 {
        let world = World::new().await;
        let ids = ["EMS", "EMS-CUS", "EMS-CUS.DSI"];
        let events: Vec<_> = ids
            .iter()
            .map(|id| provisioned(id, &format!("admin@{}.example.fr", id.to_lowercase())))
            .collect();
        if at_once(&world, events.clone()).await > 0 {
            for event in events {
                provision(&world, event).await;
            }
        }
        assert_eq!(world.rejections().len(), 2, "{:?}", world.rejections());
        assert!(
            world
                .rejections()
                .iter()
                .all(|reason| reason.starts_with("entity-overlaps: ")),
            "{:?}",
            world.rejections()
        );
        assert_eq!(
            count(&world, ["ENTITY", "ACCOUNT", "EMAIL"]).await,
            [1, 1, 1]
        );
    }
}

/// An entity is made while the organisation of its id comes.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_organisation_comes_under_the_id_of_an_entity_that_is_made_at_once() {
    for _ in 0..5 {
        let world = World::new().await;
        let ada = world.organisation("EMS").await;
        let body = json!({"name": "Service", "parentId": "EMS"});
        let event = provisioned("EMS-CUS", "carl@cus.example.fr");
        let (back, made) = tokio::join!(
            at_once(&world, [event.clone()]),
            world.put(&ada.login, "/v1/entities/EMS-CUS", body)
        );
        if back > 0 {
            provision(&world, event).await;
        }
        made.expect(201);
        assert_eq!(world.rejections().len(), 1);
        assert_eq!(
            world
                .get(&ada.login, "/v1/entities/EMS-CUS")
                .await
                .expect(200)
                .json["parentId"],
            "EMS"
        );
    }
}

/// A transaction has a hundred writes at most.
#[tokio::test]
async fn the_longest_id_of_an_organisation_is_taken_with_all_its_beginnings() {
    let world = World::new().await;
    let longest = "a-".repeat(64);
    provision(&world, provisioned(&longest, EMAIL)).await;
    let ada = world.accept(EMAIL).await;
    assert_eq!(
        world
            .get(&ada.login, &format!("/v1/entities/{longest}"))
            .await
            .expect(200)
            .json["organisationId"],
        longest
    );
    for taken in ["a", "a-a", &longest[..127]] {
        provision(&world, provisioned(taken, "new@example.fr")).await;
        assert!(
            world
                .rejections()
                .pop()
                .is_some_and(|reason| reason.starts_with("entity-overlaps: ")),
            "{taken}"
        );
    }
    provision(&world, provisioned(&"b_.-".repeat(22), "new@example.fr")).await;
    assert_eq!(
        world.rejections().pop().as_deref(),
        Some("entityId: more than 64 hyphens, dots and underscores")
    );
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
        let world = World::new().await;
        let ada = world.organisation("EMS").await;
        let bruno = world.agent(&ada, "EMS", "Bruno").await;
        forget_administrators(&world).await;
        if status == Some("gone") {
            world
                .patch(
                    &ada.login,
                    &format!("/v1/entities/EMS/agents/{}", ada.id),
                    json!({"active": false}),
                )
                .await
                .expect(200);
        } else {
            world.delete(&ada.login, &ada.path("")).await.expect(204);
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
        let world = World::new().await;
        let ada = world.organisation("EMS").await;
        forget_administrators(&world).await;
        world.delete(&ada.login, &ada.path("")).await.expect(204);
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
        let world = World::new().await;
        let ada = world.organisation("EMS").await;
        forget_administrators(&world).await;
        world.delete(&ada.login, &ada.path("")).await.expect(204);
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
