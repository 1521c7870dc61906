//! Ids of entities: administrators make them under their root's id only, so nobody takes one that
//! is another organisation's or the portal's.

use serde_json::json;
use vigie_tests::World;

use crate::entities::{at, of_both, organisation, put, shown};

#[tokio::test]
async fn administrators_make_entities_under_their_root_s_id_and_no_other() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    world.organisation("CUS").await;
    let denise = world.administrator(&ada, "EMS-DSI", "Denise").await;
    for id in [
        "EMS-EAU",
        "EMS.EAU",
        "EMS_EAU",
        "EMS--",
        "EMS-CUS",
        "EMS-DSI-EAU",
        "EMS.-_",
    ] {
        put(&world, &ada, id, Some("EMS")).await.expect(201);
    }
    // A service's administrators too: it is the root's id that counts.
    for id in ["EMS-SUPPORT", "EMS-DSI-SUPPORT"] {
        put(&world, &denise, id, Some("EMS-DSI")).await.expect(201);
    }
    let strange = [
        "SIG",
        "ems-EAU",
        "EMSE",
        "EMSEAU",
        "EM",
        "SIG-EMS",
        "CUS-EAU",
        "CUS-EMS-EAU",
        "NEW-EMS",
        "-EMS-",
        "vigie-canary-x",
    ];
    for (by, parent) in [(&ada, "EMS"), (&denise, "EMS-DSI")] {
        for id in strange {
            let refused = put(&world, by, id, Some(parent)).await.expect(422);
            assert_eq!(
                (refused.problem(), refused.fields()),
                ("invalid", vec!["id"]),
                "{id}"
            );
            world.get(&ada.login, &at(id)).await.expect(404);
        }
    }
    let refused = put(&world, &ada, "SIG", Some("EMS")).await.expect(422).json;
    assert_eq!(
        refused["errors"][0]["reason"],
        "must begin with EMS- (or EMS. or EMS_)"
    );
}

#[tokio::test]
async fn an_id_that_exists_elsewhere_is_not_taken_whatever_its_beginning() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let carl = world.organisation("CUS").await;
    for id in ["EMS", "EMS-DSI"] {
        put(&world, &carl, id, Some("CUS")).await.expect(403);
    }
    put(&world, &ada, "CUS", Some("EMS")).await.expect(403);
    assert_eq!(shown(&world, &ada, "EMS-DSI").await["parentId"], "EMS");
}

/// The new parent's organisation decides, not what else the login administers.
#[tokio::test]
async fn who_administers_two_organisations_mixes_no_ids() {
    let world = World::new().await;
    let (ada, _, both) = of_both(&world).await;
    for (id, parent, status) in [
        ("EMS-EAU", "CUS", 422),
        ("CUS-EAU", "EMS", 422),
        ("EMS-EAU", "EMS", 201),
        ("CUS-EAU", "CUS", 201),
    ] {
        world
            .put(&both, &at(id), json!({"name": "Eau", "parentId": parent}))
            .await
            .expect(status);
    }
    assert_eq!(
        shown(&world, &ada, "EMS-EAU").await["organisationId"],
        "EMS"
    );
}

/// The portal saves under its own id of a service that nobody made here, and that another
/// organisation asks for.
#[tokio::test]
async fn what_is_saved_under_an_id_that_is_no_entity_is_its_author_s_and_guests_alone() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let carl = world.organisation("CUS").await;
    let [author, guest] = [
        world.agent(&carl, "CUS", "Alice").await,
        world.agent(&carl, "CUS", "Gil").await,
    ];
    let spy = world.agent(&ada, "EMS", "Spy").await;
    world
        .rights(
            &ada,
            "EMS",
            &spy.id,
            json!({"own": true, "dependent": true, "transverse": true}),
        )
        .await;
    world.wants_everything(&spy).await;
    world
        .save("c-1", 1, "S-4711", &author.id, "drafting", &[&guest])
        .await;
    put(&world, &ada, "S-4711", Some("EMS")).await.expect(422);
    world
        .put(&ada.login, "/v1/entities/EMS/transverse/S-4711", json!({}))
        .await
        .expect(404);
    world
        .put(&ada.login, "/v1/entities/S-4711/transverse/EMS", json!({}))
        .await
        .expect(404);
    world
        .save("c-2", 1, "S-4711", &author.id, "drafting", &[])
        .await;
    let listed = async |of: &vigie_tests::scenario::Person| {
        let items = of.get(&world, "/consultations").await.expect(200).json["items"].clone();
        items
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["consultationId"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (listed(&author).await, listed(&guest).await),
        (
            vec!["c-1".to_owned(), "c-2".to_owned()],
            vec!["c-1".to_owned()]
        )
    );
    for nobody in [&spy, &ada, &carl] {
        assert!(listed(nobody).await.is_empty());
        nobody
            .put(&world, "/favourites/c-1", json!({}))
            .await
            .expect(404);
        let told = world
            .get(
                &nobody.login,
                "/v1/consultations/c-1/recipients?kind=tenderReceived",
            )
            .await;
        assert!(matches!(told.status, 403 | 404), "{}", told.text);
    }
    let preview = spy.get(&world, "/alerts/preview").await.expect(200).json;
    assert_eq!(
        preview["automaticFavourites"],
        json!({"mine": 0, "ownEntity": 0, "dependentEntities": 0, "transverseEntities": 0})
    );
}
