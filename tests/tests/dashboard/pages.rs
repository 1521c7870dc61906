//! Pages of the list: their order, their ends, and how much each looks at.

use std::collections::BTreeSet;

use serde_json::json;
use vigie_tests::{World, scenario::Person};

use super::{EVERYWHERE, agent, all, every_right, ids, page, rights};

#[tokio::test]
async fn the_order_is_the_same_whatever_the_limit_and_a_limit_is_an_upper_bound() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    rights(&world, &ada, &bruno, every_right()).await;
    for i in 0..4 {
        for entity in EVERYWHERE {
            let guests: &[&Person] = if i == 0 { &[&bruno] } else { &[] };
            world
                .consultation(&format!("c-{entity}-{i}"), entity, &ada, guests)
                .await;
        }
    }
    let whole = all(&world, &bruno, "limit=100").await;
    // Six guests, and three others in each of four entities.
    assert_eq!(whole.len(), 18, "{whole:?}");
    assert_eq!(whole.iter().collect::<BTreeSet<_>>().len(), 18);
    for limit in [1, 2, 3, 5, 7, 17, 18, 19] {
        assert_eq!(
            all(&world, &bruno, &format!("limit={limit}")).await,
            whole,
            "{limit}"
        );
        assert!(ids(&page(&world, &bruno, &format!("?limit={limit}")).await).len() <= limit);
    }
    for limit in ["0", "101", "-1", "many", ""] {
        let answer = bruno
            .get(&world, &format!("/consultations?limit={limit}"))
            .await
            .expect(422);
        assert_eq!(answer.fields(), ["limit"], "{limit}");
    }
}

#[tokio::test]
async fn a_forged_cursor_opens_nothing() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    let zoe = world.organisation("LYON").await;
    for entity in EVERYWHERE {
        world
            .consultation(&format!("c-{entity}"), entity, &ada, &[])
            .await;
    }
    world.consultation("c-LYON", "LYON", &zoe, &[]).await;
    // Cursors that name no place to which the agent's rights could lead.
    let own: &[&str] = &[
        "named",
        "named~a",
        "own",
        "own~a",
        "across~EMS",
        "across~LYON",
        "across~NOWHERE~a",
        "below~EMS",
        "below~LYON~a",
    ];
    for cursor in own {
        assert!(
            ids(&page(&world, &bruno, &format!("?cursor={cursor}")).await).is_empty(),
            "{cursor}"
        );
    }
    rights(&world, &ada, &bruno, every_right()).await;
    let seen: BTreeSet<_> = all(&world, &bruno, "").await.into_iter().collect();
    assert_eq!(seen.len(), 4);
    for cursor in [
        "named",
        "own~c-A",
        "across~AAA",
        "across~LYON",
        "across~EMS-CULTURE",
        "below~EMS-RESEAU",
        "below~EMS-FIBRE~c-A",
        "across~EMS~c-A",
    ] {
        let shown: BTreeSet<_> = ids(&page(&world, &bruno, &format!("?cursor={cursor}")).await)
            .into_iter()
            .collect();
        assert!(shown.is_subset(&seen), "{cursor}: {shown:?}");
    }
    let refused = [
        "",
        "x",
        "~",
        "named~",
        "named~a~b",
        "own~a%20b",
        "below",
        "below~EMS",
        "below~EMS-DSI",
        "below~LYON",
        "below~NOWHERE",
        "across",
        "across~",
        "across~a~b~c",
    ];
    for cursor in refused {
        let answer = bruno
            .get(&world, &format!("/consultations?cursor={cursor}"))
            .await
            .expect(422);
        assert_eq!(answer.fields(), ["cursor"], "{cursor}");
    }
}

#[tokio::test]
async fn a_right_that_goes_between_two_pages_ends_what_it_opened() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    rights(&world, &ada, &bruno, every_right()).await;
    for entity in EVERYWHERE {
        for i in 0..3 {
            world
                .consultation(&format!("c-{entity}-{i}"), entity, &ada, &[])
                .await;
        }
    }
    let whole = all(&world, &bruno, "limit=1").await;
    for (right, gone) in [
        ("own", "c-EMS-DSI"),
        ("dependent", "c-EMS-RESEAU"),
        ("transverse", "c-EMS-CULTURE"),
    ] {
        let before = whole.iter().position(|id| id.starts_with(gone)).unwrap() + 1;
        let first = page(&world, &bruno, &format!("?limit={before}")).await;
        rights(&world, &ada, &bruno, json!({right: false})).await;
        let rest = all(
            &world,
            &bruno,
            &format!("cursor={}", first["cursor"].as_str().unwrap()),
        )
        .await;
        assert!(
            rest.iter().all(|id| !id.starts_with(gone)),
            "{right}: {rest:?}"
        );
        assert!(
            rest.iter().all(|id| whole[before..].contains(id)),
            "{right}: {rest:?}"
        );
        rights(&world, &ada, &bruno, json!({right: true})).await;
    }
}

#[tokio::test]
async fn a_page_looks_at_so_much_and_no_more() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    rights(&world, &ada, &bruno, every_right()).await;
    for i in 0..60 {
        world
            .entity(&ada, &format!("EMS-E-{i:02}"), "EMS-RESEAU")
            .await;
    }
    world.consultation("c-last", "EMS-E-59", &ada, &[]).await;
    let first = page(&world, &bruno, "?q=introuvable").await;
    assert!(
        ids(&first).is_empty() && first["cursor"].is_string(),
        "{first}"
    );
    assert_eq!(all(&world, &bruno, "").await, ["c-last"]);
}
