//! The tree: created, renamed, moved.

use serde_json::{Value, json};
use vigie_domain::entity::MAX_DEPTH;
use vigie_tests::World;

use crate::entities::{at, of_both, one_login, organisation, put, shown};

#[tokio::test]
async fn an_entity_is_created_below_another_and_shown() {
    let (world, ada) = World::with("EMS").await;
    let created = put(&world, &ada, "EMS-DSI", Some("EMS")).await.expect(201);
    assert_eq!(created.headers["location"], "/v1/entities/EMS-DSI");
    let expected = json!({"id": "EMS-DSI", "name": "Service EMS-DSI", "parentId": "EMS", "organisation": "Organisme EMS", "declared": false, "removing": false, "organisationId": "EMS",
        "transverse": [], "children": []});
    assert_eq!(created.json, expected);
    assert_eq!(shown(&world, &ada, "EMS-DSI").await, expected);
    // Again: it is there.
    assert_eq!(
        put(&world, &ada, "EMS-DSI", Some("EMS"))
            .await
            .expect(200)
            .json,
        expected
    );
}

#[tokio::test]
async fn an_entity_is_renamed_and_so_is_the_root() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    for (id, parent) in [("EMS-DSI", Some("EMS")), ("EMS", None)] {
        let answer = world
            .put(
                &ada.login,
                &at(id),
                json!({"name": "  Nouveau nom ", "parentId": parent}),
            )
            .await
            .expect(200);
        assert_eq!(answer.json["name"], "Nouveau nom");
        assert_eq!(shown(&world, &ada, id).await["parentId"], json!(parent));
    }
    // Below it nothing moved.
    assert_eq!(
        shown(&world, &ada, "EMS-RESEAU").await["parentId"],
        "EMS-DSI"
    );
}

#[tokio::test]
async fn a_move_takes_all_that_lies_below_along() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let clement = world.administrator(&ada, "EMS-CULTURE", "Clement").await;
    world
        .get(&clement.login, &at("EMS-RESEAU"))
        .await
        .expect(403);
    let moved = put(&world, &ada, "EMS-DSI", Some("EMS-CULTURE"))
        .await
        .expect(200);
    assert_eq!(moved.json["parentId"], "EMS-CULTURE");
    assert_eq!(
        shown(&world, &clement, "EMS-RESEAU").await["parentId"],
        "EMS-DSI"
    );
    put(&world, &ada, "EMS-DSI", Some("EMS")).await.expect(200);
    world
        .get(&clement.login, &at("EMS-RESEAU"))
        .await
        .expect(403);
}

#[tokio::test]
async fn a_cycle_is_refused() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    for (id, parent) in [("EMS-DSI", "EMS-DSI"), ("EMS-DSI", "EMS-RESEAU")] {
        let answer = put(&world, &ada, id, Some(parent)).await.expect(422);
        assert_eq!(
            (answer.problem(), answer.fields()),
            ("invalid", vec!["parentId"])
        );
    }
    assert_eq!(shown(&world, &ada, "EMS-DSI").await["parentId"], "EMS");
    // An entity that is yet to be made is no parent of its own either.
    assert_eq!(
        put(&world, &ada, "EMS-NEW", Some("EMS-NEW"))
            .await
            .expect(422)
            .fields(),
        ["parentId"]
    );
}

#[tokio::test]
async fn the_root_keeps_no_parent_and_nothing_else_becomes_a_root() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    for (id, parent) in [
        ("EMS", Some("EMS-DSI")),
        ("EMS", Some("EMS")),
        ("EMS-DSI", None),
        ("EMS-NEW", None),
    ] {
        assert_eq!(
            put(&world, &ada, id, parent).await.expect(422).fields(),
            ["parentId"],
            "{id} {parent:?}"
        );
    }
    let absent = world
        .put(&ada.login, &at("EMS-NEW"), json!({"name": "Sans parent"}))
        .await
        .expect(422);
    assert_eq!(absent.fields(), ["parentId"]);
    assert_eq!(shown(&world, &ada, "EMS").await["parentId"], Value::Null);
}

#[tokio::test]
async fn a_parent_exists() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    for id in ["EMS-NEW", "EMS-DSI"] {
        assert_eq!(
            put(&world, &ada, id, Some("NOWHERE"))
                .await
                .expect(422)
                .fields(),
            ["parentId"],
            "{id}"
        );
    }
    world.get(&ada.login, &at("EMS-NEW")).await.expect(404);
    let odd = world
        .put(
            &ada.login,
            &at("EMS-NEW"),
            json!({"name": "x", "parentId": "with space"}),
        )
        .await
        .expect(422);
    assert_eq!(odd.fields(), ["parentId"]);
    world
        .put(
            &ada.login,
            &at("with%20space"),
            json!({"name": "x", "parentId": "EMS"}),
        )
        .await
        .expect(404);
}

#[tokio::test]
async fn an_administrator_acts_only_where_the_entity_its_old_and_its_new_parent_lie_in_the_tree() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let denise = world.administrator(&ada, "EMS-DSI", "Denise").await;
    let elsewhere = world.organisation("CUS").await;
    world.entity(&elsewhere, "CUS-1", "CUS").await;

    put(&world, &denise, "EMS-SUPPORT", Some("EMS-DSI"))
        .await
        .expect(201);
    put(&world, &denise, "EMS-SUPPORT", Some("EMS-RESEAU"))
        .await
        .expect(200);
    put(&world, &denise, "EMS-DSI", Some("EMS"))
        .await
        .expect(200);
    for (who, id, parent) in [
        (&denise, "EMS-NEW", "EMS"),            // created outside
        (&denise, "EMS-RESEAU", "EMS"),         // taken out
        (&denise, "EMS-RESEAU", "EMS-CULTURE"), // taken out
        (&denise, "EMS-CULTURE", "EMS-DSI"),    // fetched in
        (&denise, "EMS-DSI", "EMS-CULTURE"),    // her own entity hangs outside
        (&denise, "EMS-RESEAU", "CUS"),         // given away
        (&elsewhere, "EMS-DSI", "CUS"),         // stolen
        (&elsewhere, "EMS-DSI", "EMS"),         // renamed from outside
        (&elsewhere, "EMS-NEW", "EMS"),         // planted
    ] {
        put(&world, who, id, Some(parent)).await.expect(403);
    }
    world.get(&ada.login, &at("EMS-NEW")).await.expect(404);
    for (id, parent) in [
        ("EMS-RESEAU", "EMS-DSI"),
        ("EMS-CULTURE", "EMS"),
        ("EMS-DSI", "EMS"),
        ("EMS-SUPPORT", "EMS-RESEAU"),
    ] {
        assert_eq!(shown(&world, &ada, id).await["parentId"], parent, "{id}");
    }
    // Entities that are not hers she does not see, not even those above.
    for id in ["EMS", "EMS-CULTURE", "CUS"] {
        world.get(&denise.login, &at(id)).await.expect(403);
    }
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    world.get(&bruno.login, &at("EMS-DSI")).await.expect(403);
    put(&world, &bruno, "EMS-NEW", Some("EMS-DSI"))
        .await
        .expect(403);
}

/// The entity's present parent is not theirs, though the entity and the new parent would be.
#[tokio::test]
async fn who_administers_two_branches_does_not_hang_one_into_the_other() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let login = one_login(&world, &[(&ada, "EMS-DSI"), (&ada, "EMS-CULTURE")]).await;
    world
        .put(
            &login,
            &at("EMS-DSI"),
            json!({"name": "x", "parentId": "EMS-CULTURE"}),
        )
        .await
        .expect(403);
    world
        .put(
            &login,
            &at("EMS-RESEAU"),
            json!({"name": "x", "parentId": "EMS-CULTURE"}),
        )
        .await
        .expect(200);
    assert_eq!(shown(&world, &ada, "EMS-DSI").await["parentId"], "EMS");
}

#[tokio::test]
async fn an_entity_stays_in_its_organisation_even_for_who_administers_both() {
    let world = World::new().await;
    let (ada, _, both) = of_both(&world).await;
    world.entity(&ada, "EMS-DSI", "EMS").await;
    let answer = world
        .put(
            &both,
            &at("EMS-DSI"),
            json!({"name": "x", "parentId": "CUS"}),
        )
        .await
        .expect(422);
    assert_eq!(answer.fields(), ["parentId"]);
    assert_eq!(
        shown(&world, &ada, "EMS-DSI").await["organisation"],
        "Organisme EMS"
    );
}

#[tokio::test]
async fn a_tree_is_32_levels_deep_at_most_by_creation_and_by_move() {
    let (world, ada) = World::with("L").await;
    let mut above = "L".to_owned();
    for level in 2..=MAX_DEPTH {
        let id = format!("L-{level}");
        world.entity(&ada, &id, &above).await;
        above = id;
    }
    assert_eq!(
        put(&world, &ada, "L-33", Some("L-32"))
            .await
            .expect(422)
            .fields(),
        ["parentId"]
    );

    // A branch counts with all that lies below it.
    for (id, parent) in [
        ("L-B1", "L"),
        ("L-B2", "L-B1"),
        ("L-B3", "L-B2"),
        ("L-C", "L-B1"),
    ] {
        world.entity(&ada, id, parent).await;
    }
    for parent in ["L-32", "L-31", "L-30"] {
        assert_eq!(
            put(&world, &ada, "L-B1", Some(parent))
                .await
                .expect(422)
                .fields(),
            ["parentId"],
            "{parent}"
        );
    }
    put(&world, &ada, "L-B1", Some("L-29")).await.expect(200);
    // It moves on from there as one branch, and the way up is whole.
    put(&world, &ada, "L-B3", Some("L")).await.expect(200);
    put(&world, &ada, "L-B1", Some("L-30")).await.expect(200);
    for id in ["L-32", "L-C", "L-B2", "L-B3"] {
        shown(&world, &ada, id).await;
    }
    assert_eq!(
        put(&world, &ada, "L-B3", Some("L-B2"))
            .await
            .expect(422)
            .fields(),
        ["parentId"]
    );
}

/// Names of entities stand in invitations to strangers.
#[tokio::test]
async fn a_name_leads_nobody_to_a_web_page() {
    let (world, ada) = World::with("EMS").await;
    for name in [
        "Voir www.evil.example",
        "https://evil.example",
        "evil.com/gagnez",
        "“evil.click”",
        "→secure-login.com…",
    ] {
        let refused = world
            .put(
                &ada.login,
                "/v1/entities/EMS-DSI",
                json!({"name": name, "parentId": "EMS"}),
            )
            .await
            .expect(422);
        assert_eq!(refused.fields(), ["name"], "{name}");
    }
    world
        .put(
            &ada.login,
            "/v1/entities/EMS-DSI",
            json!({"name": "Dir. J.-P. Martin", "parentId": "EMS"}),
        )
        .await
        .expect(201);
}
