//! One entity: its revisions, whose it is, and what administrators may still do.

use serde_json::{Value, json};
use vigie_tests::World;

use crate::directory::{all_taken, entity, removed, save, shown, way};

#[tokio::test]
async fn an_entity_that_the_portal_saves_is_there_and_a_newer_revision_moves_and_renames_it() {
    let (world, ada) = World::with("EMS").await;
    save(&world, entity("dsi", 1, "EMS")).await;
    save(&world, entity("sig", 2, "EMS")).await;
    let dsi = shown(&world, &ada, "dsi").await;
    assert_eq!(
        (
            &dsi["name"],
            &dsi["parentId"],
            &dsi["organisationId"],
            &dsi["organisation"]
        ),
        (
            &json!("Service dsi"),
            &json!("EMS"),
            &json!("EMS"),
            &json!("Organisme EMS")
        )
    );
    assert_eq!(
        (&dsi["declared"], &dsi["removing"]),
        (&json!(true), &json!(false))
    );
    let root = shown(&world, &ada, "EMS").await;
    assert_eq!(
        (&root["declared"], &root["removing"]),
        (&json!(false), &json!(false))
    );
    let mut newer = entity("sig", 3, "dsi");
    newer["name"] = json!("Géomatique");
    save(&world, newer.clone()).await;
    assert_eq!(way(&world, "sig").await, ["sig", "dsi", "EMS"]);
    assert_eq!(shown(&world, &ada, "sig").await["name"], "Géomatique");
    // The same again, and an older one.
    save(&world, newer).await;
    save(&world, entity("sig", 1, "EMS")).await;
    world.send("EntityRemoved", removed("sig", 2)).await;
    assert_eq!(way(&world, "sig").await, ["sig", "dsi", "EMS"]);
    assert_eq!(shown(&world, &ada, "sig").await["name"], "Géomatique");
    all_taken(&world);
    let audit = world
        .get(&ada.login, "/v1/entities/EMS/audit")
        .await
        .expect(200)
        .json;
    let deeds: Vec<_> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|deed| {
            deed["what"]
                .as_str()
                .is_some_and(|what| what.starts_with("entity"))
        })
        .map(|deed| {
            (
                deed["what"].clone(),
                deed["entityId"].clone(),
                deed["actorAccountId"].clone(),
            )
        })
        .collect();
    assert_eq!(
        deeds,
        [
            (json!("entityRenamed"), json!("sig"), Value::Null),
            (json!("entityMoved"), json!("sig"), Value::Null),
            (json!("entityCreated"), json!("sig"), Value::Null),
            (json!("entityCreated"), json!("dsi"), Value::Null),
        ]
    );
}

#[tokio::test]
async fn what_is_only_shown_is_repaired_and_what_identifies_is_not() {
    let (world, ada) = World::with("EMS").await;
    for (name, shown_as) in [
        (json!(null), "dsi"),
        (json!(["x"]), "dsi"),
        (json!("www.hameconnage.example"), "dsi"),
        (
            json!("  Direction\r\ndu numérique\u{202e} "),
            "Direction du numérique",
        ),
        (json!(7), "7"),
    ] {
        let revision = shown(&world, &ada, "EMS").await["children"]
            .as_array()
            .unwrap()
            .len();
        let id = format!("dsi{revision}");
        let mut sent = entity(&id, 1, "EMS");
        sent["name"] = name;
        sent["revision"] = json!(1.0);
        sent["transverse"] = json!(null);
        save(&world, sent).await;
        let wanted = shown_as.replace("dsi", &id);
        assert_eq!(shown(&world, &ada, &id).await["name"], wanted.as_str());
    }
    all_taken(&world);
    let with = |field: &str, value: Value| {
        let mut sent = entity("x", 1, "EMS");
        sent[field] = value;
        sent
    };
    for (sent, reason) in [
        (with("entityId", json!("a#b")), "an identifier"),
        (with("entityId", json!("EMS")), "entity-root"),
        (
            with("entityId", json!("vigie-canary")),
            "entityId: is Vigie's own",
        ),
        (
            with("organisationId", json!("vigie-canary")),
            "organisationId: is Vigie's own",
        ),
        (
            with("organisationId", json!(null)),
            "organisationId: must be a string",
        ),
        (
            with("parentId", json!(null)),
            "parentId: is required: only the root",
        ),
        (
            with("revision", json!(0)),
            "revision: must be a whole number, from 1 on",
        ),
        (
            with("revision", json!("1")),
            "revision: must be a whole number",
        ),
        (with("transverse", json!(["a b"])), "an identifier"),
    ] {
        save(&world, sent).await;
        let reason_given = world.rejections().pop().unwrap_or_default();
        assert!(reason_given.contains(reason), "{reason}: {reason_given}");
    }
    assert_eq!(way(&world, "x").await, Vec::<String>::new());
}

#[tokio::test]
async fn an_id_of_another_organisation_is_rejected_with_that_reason() {
    let (world, ada) = World::with("EMS").await;
    let carl = world.organisation("CUS").await;
    world.entity(&carl, "CUS-DSI", "CUS").await;
    world.send("EntitySaved", of_cus("voirie", 1, "CUS")).await;
    world
        .send("EntitySaved", of_cus("parcs", 1, "nowhere"))
        .await;
    all_taken(&world);
    let mut of_none = entity("x", 1, "EMS");
    of_none["organisationId"] = json!("CUS-DSI");
    for (sent, reason) in [
        (
            entity("CUS", 9, "EMS"),
            "entity-exists: CUS is an entity of the organisation CUS",
        ),
        (
            entity("CUS-DSI", 9, "EMS"),
            "entity-exists: CUS-DSI is an entity of the organisation CUS",
        ),
        (
            entity("voirie", 9, "EMS"),
            "entity-exists: voirie was declared by the organisation CUS",
        ),
        (
            entity("parcs", 9, "EMS"),
            "entity-exists: parcs was declared by the organisation CUS",
        ),
        (
            entity("CUS.new", 9, "EMS"),
            "entity-overlaps: CUS.new lies under the organisation CUS",
        ),
        (
            entity("x", 9, "voirie"),
            "organisation-differs: voirie is an entity of the organisation CUS",
        ),
        (
            of_none,
            "organisation-unknown: CUS-DSI is an entity of the organisation CUS",
        ),
        (
            removed("voirie", 9),
            "entity-exists: voirie was declared by the organisation CUS",
        ),
        (
            removed("CUS-DSI", 9),
            "entity-exists: CUS-DSI is an entity of the organisation CUS",
        ),
    ] {
        let kind = if sent["name"].is_null() {
            "EntityRemoved"
        } else {
            "EntitySaved"
        };
        world.send(kind, sent).await;
        assert_eq!(world.rejections().pop().as_deref(), Some(reason));
    }
    assert_eq!(way(&world, "voirie").await, ["voirie", "CUS"]);
    assert_eq!(shown(&world, &carl, "CUS-DSI").await["declared"], false);
    // Under the own root's id the portal declares too.
    save(&world, entity("EMS-DSI", 1, "EMS")).await;
    assert_eq!(shown(&world, &ada, "EMS-DSI").await["declared"], true);
}

fn of_cus(id: &str, revision: u64, parent: &str) -> Value {
    let mut detail = entity(id, revision, parent);
    detail["organisationId"] = json!("CUS");
    detail
}

#[tokio::test]
async fn administrators_change_nothing_of_what_the_portal_declares() {
    let (world, ada) = World::with("EMS").await;
    save(&world, entity("dsi", 1, "EMS")).await;
    save(&world, entity("EMS-WAITS", 1, "later")).await;
    world.entity(&ada, "EMS-OWN", "EMS").await;
    let put = async |id: &str, name: &str, parent: &str| {
        let body = json!({"name": name, "parentId": parent});
        world
            .put(&ada.login, &format!("/v1/entities/{id}"), body)
            .await
    };
    for answer in [
        put("dsi", "Autre", "EMS").await,
        put("dsi", "Service dsi", "EMS-OWN").await,
        // Waits, and is the portal's all the same.
        put("EMS-WAITS", "Autre", "EMS").await,
    ] {
        assert_eq!((answer.status, answer.problem()), (409, "declared"));
    }
    put("dsi", "Service dsi", "EMS").await.expect(200);
    // Who may not even look is told nothing of it.
    let carl = world.organisation("CUS").await;
    let body = json!({"name": "Autre", "parentId": "EMS"});
    world
        .put(&carl.login, "/v1/entities/dsi", body)
        .await
        .expect(403);
    // What is theirs they keep, also below it.
    world.entity(&ada, "EMS-BELOW", "dsi").await;
    put("EMS-OWN", "Autre", "dsi").await.expect(200);
    // And what was theirs is the portal's once it says so, in name and place.
    save(&world, entity("EMS-OWN", 1, "EMS")).await;
    assert_eq!(way(&world, "EMS-OWN").await, ["EMS-OWN", "EMS"]);
    let own = shown(&world, &ada, "EMS-OWN").await;
    assert_eq!(
        (&own["name"], &own["declared"]),
        (&json!("Service EMS-OWN"), &json!(true))
    );
    assert_eq!(put("EMS-OWN", "Autre", "dsi").await.problem(), "declared");
    world.send("EntityRemoved", removed("EMS-OWN", 2)).await;
    assert_eq!(put("EMS-OWN", "Autre", "dsi").await.problem(), "declared");
    all_taken(&world);
}
