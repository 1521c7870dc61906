//! Links: the portal's own inside an organisation, and everybody else's.

use serde_json::json;
use vigie_domain::id::EntityId;
use vigie_tests::World;

use crate::directory::{all_taken, entity, linked, links, save};

#[tokio::test]
async fn transverse_replaces_the_portal_s_own_links_and_touches_no_others() {
    let (world, ada) = World::with("EMS").await;
    world.organisation("CUS").await;
    for id in ["a", "b", "c", "d"] {
        save(&world, entity(id, 1, "EMS")).await;
    }
    let put = async |to: &str| {
        let path = format!("/v1/entities/a/transverse/{to}");
        world.put(&ada.login, &path, json!({})).await.expect(204);
    };
    put("d").await;
    // Of another organisation, with both administrators' word.
    let (a, cus) = (
        EntityId::parse("a").unwrap(),
        EntityId::parse("CUS").unwrap(),
    );
    world
        .table
        .store()
        .entity_link(&a, &cus, &[])
        .await
        .unwrap();
    save(
        &world,
        linked("a", 2, "EMS", &["a", "b", "c", "d", "CUS", "later"]),
    )
    .await;
    assert_eq!(links(&world, "a").await, ["CUS", "b", "c", "d"]);
    // What an administrator confirmed is theirs too.
    put("c").await;
    save(&world, entity("later", 1, "EMS")).await;
    assert_eq!(links(&world, "a").await, ["CUS", "b", "c", "d", "later"]);
    save(&world, linked("a", 3, "EMS", &["later"])).await;
    assert_eq!(links(&world, "a").await, ["CUS", "c", "d", "later"]);
    save(&world, entity("a", 4, "EMS")).await;
    assert_eq!(links(&world, "a").await, ["CUS", "c", "d"]);
    // Both ends agree.
    let (store, b) = (world.table.store(), EntityId::parse("b").unwrap());
    let of = store.entity_list_transverse_from(&b).await.unwrap();
    assert!(of.is_empty());
    all_taken(&world);
}

#[tokio::test]
async fn administrators_take_back_what_the_portal_linked_and_a_re_send_does_not_bring_it() {
    let (world, ada) = World::with("EMS").await;
    save(&world, entity("b", 1, "EMS")).await;
    save(&world, linked("a", 1, "EMS", &["b"])).await;
    assert_eq!(links(&world, "a").await, ["b"]);
    world
        .delete(&ada.login, "/v1/entities/a/transverse/b")
        .await
        .expect(204);
    save(&world, linked("a", 1, "EMS", &["b"])).await;
    assert_eq!(links(&world, "a").await, Vec::<String>::new());
    save(&world, linked("a", 2, "EMS", &["b"])).await;
    assert_eq!(links(&world, "a").await, ["b"]);
    all_taken(&world);
}
