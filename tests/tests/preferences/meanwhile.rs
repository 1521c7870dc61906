//! A choice that is saved while an administrator changes what it is judged by.

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::{
    Client,
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextRef},
    error::BoxError,
};
use serde_json::{Value, json};
use vigie_platform::store::Store;
use vigie_preferences::Preferences;
use vigie_tests::{
    Answer, World,
    calls::Caller,
    http::Function as _,
    scenario::{Person, alerts, saved},
    table::NAME,
};

use crate::{agent, chosen};

/// Does something right before the first write that it sees.
struct Meanwhile(Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl std::fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meanwhile")
    }
}

impl Intercept for Meanwhile {
    fn name(&self) -> &'static str {
        "meanwhile"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let target = context.request().headers().get("x-amz-target").unwrap_or_default();
        if target.ends_with(".UpdateItem") || target.ends_with(".TransactWriteItems") {
            let first = self.0.lock().unwrap().take();
            first.into_iter().for_each(|work| work());
        }
        Ok(())
    }
}

/// Saves a choice; just as it is written, an administrator changes the agent.
async fn saved_while(world: &Arc<World>, agent: &Person, choice: &Value, administrator: &Person, change: Value) -> Answer {
    let (other, login, path) = (Arc::clone(world), administrator.login.clone(), format!("/v1/entities/EMS-DSI/agents/{}", agent.id));
    let here = tokio::runtime::Handle::current();
    let work = move || {
        let changed = async move { other.patch(&login, &path, change).await.expect(200) };
        tokio::task::block_in_place(|| here.block_on(changed));
    };
    let meanwhile = Meanwhile(Mutex::new(Some(Box::new(work))));
    let client =
        Client::from_conf(world.table.client().config().to_builder().interceptor(meanwhile).interceptor(Caller("preferences")).build());
    let function = Arc::new(Preferences {
        store: Store::new(client, NAME.to_owned()),
        clock: world.preferences.clock.clone(),
        tokens: world.mailer.tokens.clone(),
    });
    function.answer(world.request("PUT", &agent.path("/alerts")).by(&agent.login).json(choice).event()).await
}

/// Judged again: refused without the right, saved with whatever else changed, and never lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
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
        (&off, &on, json!({"permanentGuest": {"dependent": true}}), 200),
        (&on, &mailed, json!({"permanentGuest": {"transverse": true}}), 200),
    ] {
        world.rights(&ada, "EMS-DSI", &bruno.id, json!({"own": true, "dependent": false, "transverse": false})).await;
        world.put(&bruno.login, &bruno.path("/alerts"), before.clone()).await.expect(200);
        let answer = saved_while(&world, &bruno, choice, &ada, change.clone()).await;
        assert_eq!(answer.status, status, "{change}: {}", answer.text);
        if status == 422 {
            assert_eq!(answer.problem(), "not-permanent-guest");
        }
        assert_eq!(chosen(&world, &bruno).await, if status == 200 { choice.clone() } else { before.clone() }, "{change}");
    }
    // Moved: the rule watches the new entity, and only that.
    world.put(&bruno.login, &bruno.path("/alerts"), off).await.expect(200);
    saved_while(&world, &bruno, &on, &ada, json!({"entityId": "EMS-RESEAU"})).await.expect(200);
    for entity in ["EMS-DSI", "EMS-RESEAU"] {
        world.send("ConsultationSaved", saved(&format!("c-{entity}"), 1, entity, &ada.id, "drafting", &[])).await;
    }
    let list = world.get(&bruno.login, &bruno.path("/favourites")).await.expect(200).json;
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["items"][0]["consultationId"], "c-EMS-RESEAU");
    assert_eq!(world.table.items().await.iter().filter(|item| item["sk"].as_s().is_ok_and(|sk| sk.starts_with("WATCH#"))).count(), 1);
}
