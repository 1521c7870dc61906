//! Ids of entities that begin with the id of an organisation are its own, also where another one chose them before it was there.

use serde_json::{Value, json};
use vigie_tests::World;

use crate::{organisation, put, shown};

#[tokio::test]
async fn an_id_taken_before_its_organisation_came_is_that_one_s_once_it_asks() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    put(&world, &ada, "LYON-DSI", Some("DSI")).await.expect(201);
    put(&world, &ada, "LYON-DSI-EAU", Some("LYON-DSI")).await.expect(201);
    let bruno = world.agent(&ada, "LYON-DSI", "Bruno").await;
    let rights = json!({"role": "administrator", "permanentGuest": {"own": true, "dependent": true}});
    world.patch(&ada.login, &format!("/v1/entities/LYON-DSI/agents/{}", bruno.id), rights).await.expect(200);
    world.put(&ada.login, "/v1/entities/CULTURE/transverse/LYON-DSI", json!({})).await.expect(204);

    let zoe = world.organisation("LYON").await;
    world.get(&zoe.login, "/v1/entities/LYON-DSI").await.expect(403);
    // Not where its organisation does not begin with the id; and not by who administers something else.
    let omar = world.organisation("METZ").await;
    put(&world, &omar, "LYON-DSI", Some("METZ")).await.expect(403);
    put(&world, &zoe, "LYON-DSI", Some("DSI")).await.expect(403);
    put(&world, &zoe, "LYON-DSI", Some("NICE")).await.expect(422);
    put(&world, &zoe, "LYON-DSI", None).await.expect(422);
    assert_eq!(shown(&world, &ada, "LYON-DSI").await["parentId"], "DSI");

    put(&world, &zoe, "LYON-DSI", Some("LYON")).await.expect(201);
    let claimed = shown(&world, &zoe, "LYON-DSI").await;
    assert_eq!(
        (&claimed["parentId"], &claimed["children"], &claimed["organisation"]),
        (&json!("LYON"), &json!([]), &json!("Organisme LYON"))
    );
    let agents = world.get(&zoe.login, "/v1/entities/LYON-DSI/agents").await.expect(200).json;
    assert_eq!(agents["items"], json!([]));
    for person in [&ada, &bruno] {
        world.get(&person.login, "/v1/entities/LYON-DSI").await.expect(403);
    }
    // People and things in it went up, and Lyon's are neither seen nor changed.
    let up = shown(&world, &ada, "DSI").await;
    let names: Vec<_> = up["children"].as_array().unwrap().iter().map(|child| child["id"].as_str().unwrap()).collect();
    assert_eq!(names, ["LYON-DSI-EAU", "RESEAU"]);
    assert_eq!(shown(&world, &ada, "CULTURE").await["transverse"], json!([]));
    let bruno_now = world.get(&bruno.login, &bruno.path("")).await.expect(200).json;
    assert_eq!((&bruno_now["entity"]["id"], &bruno_now["role"]), (&json!("DSI"), &json!("agent")));
    world.consultation("c-1", "LYON-DSI", &zoe, &[]).await;
    world.put(&bruno.login, &bruno.path("/favourites/c-1"), json!({})).await.expect(404);
    // Both are told who did what; the one only that it yielded.
    let audit = async |by: &vigie_tests::scenario::Person, root: &str| {
        world.get(&by.login, &format!("/v1/entities/{root}/audit?limit=1")).await.expect(200).json["items"][0].clone()
    };
    let (theirs, ours) = (audit(&ada, "EMS").await, audit(&zoe, "LYON").await);
    assert_eq!((&theirs["what"], &theirs["actorAccountId"]), (&json!("entityYielded"), &Value::Null));
    assert_eq!((&ours["what"], &ours["actorAccountId"]), (&json!("entityCreated"), &json!(zoe.id.as_str())));
    // From now on it is an entity like any other, and what is below its id follows in the same way.
    put(&world, &zoe, "LYON-DSI", Some("LYON")).await.expect(200);
    put(&world, &zoe, "LYON-DSI-EAU", Some("LYON-DSI")).await.expect(201);
    put(&world, &ada, "LYON-DSI", Some("EMS")).await.expect(403);
}

#[tokio::test]
async fn nobody_claims_what_is_rightly_another_s() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let carl = world.organisation("EMS-CUS").await;
    put(&world, &carl, "EMS-CUS-DSI", Some("EMS-CUS")).await.expect(201);
    // A root, what begins with its own root's id, and what begins with the id of an entity that is no root.
    for (id, status) in [("EMS-CUS", 403), ("EMS-CUS-DSI", 403)] {
        put(&world, &ada, id, Some("EMS")).await.expect(status);
    }
    let zoe = world.organisation("LYON").await;
    put(&world, &ada, "DSI-EAU", Some("DSI")).await.expect(201);
    put(&world, &zoe, "DSI-EAU", Some("LYON")).await.expect(403);
    assert_eq!(shown(&world, &ada, "DSI-EAU").await["parentId"], "DSI");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn claimed_at_once_while_somebody_moves_in_it_is_claimed_once_and_nobody_is_left_inside() {
    for _ in 0..4 {
        let world = std::sync::Arc::new(World::new().await);
        let ada = organisation(&world).await;
        put(&world, &ada, "LYON-DSI", Some("DSI")).await.expect(201);
        let bruno = world.agent(&ada, "CULTURE", "Bruno").await;
        let zoe = world.organisation("LYON").await;
        let claim = || {
            let (world, zoe) = (std::sync::Arc::clone(&world), zoe.clone());
            tokio::spawn(async move { put(&world, &zoe, "LYON-DSI", Some("LYON")).await.status })
        };
        let claims = [claim(), claim()];
        let path = format!("/v1/entities/CULTURE/agents/{}", bruno.id);
        let moved = world.patch(&ada.login, &path, json!({"entityId": "LYON-DSI"})).await.status;
        assert!(matches!(moved, 200 | 403 | 409 | 422), "{moved}");
        for claim in claims {
            let status = claim.await.expect("an answer");
            assert!(matches!(status, 200 | 201 | 409), "{status}");
        }
        assert!(matches!(put(&world, &zoe, "LYON-DSI", Some("LYON")).await.status, 200 | 201));
        assert_eq!(shown(&world, &zoe, "LYON-DSI").await["parentId"], "LYON");
        let agents = world.get(&zoe.login, "/v1/entities/LYON-DSI/agents").await.expect(200).json;
        assert_eq!(agents["items"], json!([]));
        let entity = world.get(&bruno.login, &bruno.path("")).await.expect(200).json["entity"]["id"].clone();
        assert!(["DSI", "CULTURE"].contains(&entity.as_str().unwrap()), "{entity}");
    }
}
