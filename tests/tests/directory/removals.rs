//! Entities that the portal removes: they go with the last that lies in them.

use serde_json::json;
use vigie_domain::id::EntityId;
use vigie_tests::{
    World,
    scenario::{address, saved},
};

use crate::directory::{all_taken, entity, linked, links, removed, save, shown, way};

#[tokio::test]
async fn an_entity_goes_with_its_last_agent_and_is_seen_to_go_until_then() {
    let (world, ada) = World::with("EMS").await;
    save(&world, linked("dsi", 1, "EMS", &["sig"])).await;
    save(&world, linked("sig", 1, "EMS", &["dsi"])).await;
    let bruno = world.agent(&ada, "dsi", "Bruno").await;
    let chloe = world.invite(&ada, "dsi", "Chloe").await;
    world
        .rights(
            &ada,
            "dsi",
            &bruno.id,
            json!({"own": true, "dependent": false, "transverse": false}),
        )
        .await;
    world
        .save("c-1", 1, "dsi", &ada.id, "consultation", &[])
        .await;
    let path = bruno.path("/consultations");
    let sees = world.get(&bruno.login, &path).await.expect(200).json;
    assert_eq!(sees["items"].as_array().unwrap().len(), 1);
    world.send("EntityRemoved", removed("dsi", 2)).await;
    let dsi = shown(&world, &ada, "dsi").await;
    assert_eq!(
        (&dsi["removing"], &dsi["declared"]),
        (&json!(true), &json!(true))
    );
    // It takes nobody in.
    let contact = json!({"firstName": "Dora", "lastName": "Agent", "email": address("Dora")});
    world
        .post(
            &ada.login,
            "/v1/entities/dsi/agents",
            json!({"contact": contact, "role": "agent"}),
        )
        .await
        .expect(404);
    let body = json!({"name": "Neuf", "parentId": "dsi"});
    let below = world
        .put(&ada.login, "/v1/entities/EMS-NEW", body)
        .await
        .expect(422);
    assert_eq!(below.fields(), ["parentId"]);
    save(&world, entity("below", 1, "dsi")).await;
    assert_eq!(way(&world, "below").await, Vec::<String>::new());
    world
        .put(&ada.login, "/v1/entities/EMS/transverse/dsi", json!({}))
        .await
        .expect(404);
    // One leaves, and another is taken back.
    world
        .change(&ada, "dsi", &bruno.id, json!({"entityId": "sig"}))
        .await
        .expect(200);
    world.settle().await;
    assert_eq!(shown(&world, &ada, "dsi").await["removing"], true);
    world
        .delete(&ada.login, &format!("/v1/entities/dsi/agents/{chloe}"))
        .await
        .expect(204);
    world.settle().await;
    assert_eq!(way(&world, "dsi").await, Vec::<String>::new());
    world.get(&ada.login, "/v1/entities/dsi").await.expect(404);
    assert_eq!(links(&world, "sig").await, Vec::<String>::new());
    let store = world.table.store();
    let root = EntityId::parse("EMS").unwrap();
    let children = store.entity_list_below(&root).await.unwrap();
    assert_eq!(children, [EntityId::parse("sig").unwrap()].into());
    // Its consultations' entity counts as unknown.
    let sees = world.get(&bruno.login, &path).await.expect(200).json;
    assert_eq!(sees["items"], json!([]));
    let audit = world
        .get(&ada.login, "/v1/entities/EMS/audit")
        .await
        .expect(200)
        .json;
    let gone = audit["items"].as_array().unwrap().iter();
    assert_eq!(
        gone.filter(|deed| deed["what"] == "entityRemoved").count(),
        1
    );
    all_taken(&world);
    // The same again changes nothing; a newer save brings it back, with the link that another has
    // to it, and with who waited for it.
    world.send("EntityRemoved", removed("dsi", 2)).await;
    save(&world, entity("dsi", 1, "EMS")).await;
    assert_eq!(way(&world, "dsi").await, Vec::<String>::new());
    save(&world, entity("dsi", 3, "EMS")).await;
    assert_eq!(links(&world, "sig").await, ["dsi"]);
    assert_eq!(way(&world, "below").await, ["below", "dsi", "EMS"]);
    assert_eq!(shown(&world, &ada, "dsi").await["removing"], false);
    all_taken(&world);
}

#[tokio::test]
async fn a_removal_waits_for_the_entities_below_too() {
    let world = World::new().await;
    world.organisation("EMS").await;
    save(&world, entity("a", 1, "EMS")).await;
    save(&world, entity("b", 1, "a")).await;
    save(&world, entity("c", 1, "b")).await;
    world.send("EntityRemoved", removed("a", 2)).await;
    world.send("EntityRemoved", removed("b", 2)).await;
    assert_eq!(way(&world, "c").await, ["c", "b", "a", "EMS"]);
    save(&world, entity("c", 2, "EMS")).await;
    assert_eq!(way(&world, "c").await, ["c", "EMS"]);
    for gone in ["a", "b"] {
        assert_eq!(way(&world, gone).await, Vec::<String>::new());
    }
    all_taken(&world);
}

#[tokio::test]
async fn a_removal_that_is_taken_back_lets_in_who_waited() {
    let (world, ada) = World::with("EMS").await;
    save(&world, entity("a", 1, "EMS")).await;
    world.agent(&ada, "a", "Bruno").await;
    world.send("EntityRemoved", removed("a", 2)).await;
    save(&world, entity("b", 1, "a")).await;
    save(&world, linked("c", 1, "EMS", &["a"])).await;
    assert_eq!(way(&world, "b").await, Vec::<String>::new());
    assert_eq!(links(&world, "c").await, Vec::<String>::new());
    save(&world, entity("a", 3, "EMS")).await;
    assert_eq!(way(&world, "b").await, ["b", "a", "EMS"]);
    assert_eq!(links(&world, "c").await, ["a"]);
    assert_eq!(shown(&world, &ada, "a").await["removing"], false);
    all_taken(&world);
}

#[tokio::test]
async fn no_organisation_is_made_under_an_id_that_was_declared_for_another() {
    let (world, ada) = World::with("EMS").await;
    save(&world, entity("gone", 1, "EMS")).await;
    let draft = saved("c-1", 1, "gone", &ada.id, "drafting", &[]);
    world.send("ConsultationSaved", draft).await;
    world.send("EntityRemoved", removed("gone", 2)).await;
    save(&world, entity("waits", 1, "later")).await;
    all_taken(&world);
    for id in ["gone", "waits"] {
        let detail = json!({
            "organisation": "Autre", "entityId": id, "name": "Autre",
            "administrator": {"firstName": "Zoé", "lastName": "Autre", "email": format!("zoe@{id}.example.fr")},
        });
        world.send("OrganisationProvisioned", detail).await;
        assert_eq!(way(&world, id).await, Vec::<String>::new());
        assert_eq!(
            world.rejections(),
            [format!(
                "entity-exists: {id} was declared as an entity of the organisation EMS"
            )]
        );
        world.rejected.lock().unwrap().clear();
    }
    // It is its organisation's still.
    save(&world, entity("gone", 3, "EMS")).await;
    assert_eq!(way(&world, "gone").await, ["gone", "EMS"]);
    all_taken(&world);
}
