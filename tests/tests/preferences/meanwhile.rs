//! A choice that is saved while an administrator changes what it is judged by.

use std::sync::Arc;

use serde_json::{Value, json};
use vigie_preferences::Preferences;
use vigie_tests::{
    Answer, World,
    gate::Gate,
    http::Function as _,
    scenario::{Person, alerts},
};

use crate::preferences::{agent, chosen};

/// Saves a choice; just as it is written, an administrator changes the agent.
async fn saved_while(
    world: &Arc<World>,
    agent: &Person,
    choice: &Value,
    administrator: &Person,
    change: Value,
) -> Answer {
    let path = format!("/v1/entities/EMS-DSI/agents/{}", agent.id);
    let gate = Gate::before_write();
    let function = Arc::new(Preferences {
        store: gate.store(&world.table, "preferences"),
        ..(*world.preferences).clone()
    });
    let saved = function.answer(
        world
            .request("PUT", &agent.path("/alerts"))
            .by(&agent.login)
            .json(choice)
            .event(),
    );
    let changed = async {
        drop(
            world
                .patch(&administrator.login, &path, change)
                .await
                .expect(200),
        )
    };
    gate.while_waiting(saved, changed).await
}

/// Judged again: refused without the right, saved with whatever else changed, and never lost.
#[tokio::test]
async fn what_an_administrator_changes_while_an_agent_saves_counts() {
    let world = Arc::new(World::new().await);
    let (ada, bruno) = agent(&world).await;
    let off = alerts("off");
    let mut on = alerts("off");
    on["automaticFavourites"]["ownEntity"] = json!(true);
    let mut mailed = on.clone();
    mailed["kinds"]["tenderReceived"] = json!("immediate");
    for (before, choice, change, status) in [
        // With and without a change of rules, which are two ways of writing.
        (&off, &on, json!({"permanentGuest": {"own": false}}), 422),
        (&on, &mailed, json!({"permanentGuest": {"own": false}}), 422),
        (
            &off,
            &on,
            json!({"permanentGuest": {"dependent": true}}),
            200,
        ),
        (
            &on,
            &mailed,
            json!({"permanentGuest": {"transverse": true}}),
            200,
        ),
    ] {
        world
            .rights(
                &ada,
                "EMS-DSI",
                &bruno.id,
                json!({"own": true, "dependent": false, "transverse": false}),
            )
            .await;
        bruno
            .put(&world, "/alerts", before.clone())
            .await
            .expect(200);
        let answer = saved_while(&world, &bruno, choice, &ada, change.clone()).await;
        assert_eq!(answer.status, status, "{change}: {}", answer.text);
        if status == 422 {
            assert_eq!(answer.problem(), "not-permanent-guest");
        }
        assert_eq!(
            chosen(&world, &bruno).await,
            if status == 200 {
                choice.clone()
            } else {
                before.clone()
            },
            "{change}"
        );
    }
    // Moved: the rule watches the new entity, and only that.
    bruno.put(&world, "/alerts", off).await.expect(200);
    saved_while(&world, &bruno, &on, &ada, json!({"entityId": "EMS-RESEAU"}))
        .await
        .expect(200);
    for entity in ["EMS-DSI", "EMS-RESEAU"] {
        world
            .save(&format!("c-{entity}"), 1, entity, &ada.id, "drafting", &[])
            .await;
    }
    let list = bruno.get(&world, "/favourites").await.expect(200).json;
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["items"][0]["consultationId"], "c-EMS-RESEAU");
    assert_eq!(
        world
            .table
            .items()
            .await
            .iter()
            .filter(|item| item["sk"].as_s().is_ok_and(|sk| sk.starts_with("WATCH#")))
            .count(),
        1
    );
}
