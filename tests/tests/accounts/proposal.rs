//! A new agent's first day: their choice of alerts is what administrators proposed, until they make
//! it their own.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use vigie_accounts::Accounts;
use vigie_tests::{
    Login, World,
    gate::Gate,
    http::Function as _,
    scenario::{Person, address, alerts, saved, tender},
};

/// EMS ← EMS-DSI ← EMS-RESEAU, EMS ← EMS-CULTURE; its administrator.
async fn organisation(world: &World) -> Person {
    let ada = world.organisation("EMS").await;
    for (id, parent) in [
        ("EMS-DSI", "EMS"),
        ("EMS-RESEAU", "EMS-DSI"),
        ("EMS-CULTURE", "EMS"),
    ] {
        world.entity(&ada, id, parent).await;
    }
    ada
}

async fn chosen(world: &World, person: &Person) -> Value {
    let answer = person.get(world, "/alerts").await;
    answer.expect(200).json
}

fn proposed(mut alerts: Value) -> Value {
    alerts["proposed"] = json!(true);
    alerts
}

/// Alerts that are all off, with these rules.
fn with_rules(rules: &[&str]) -> Value {
    let mut wanted = alerts("off");
    for rule in rules {
        wanted["automaticFavourites"][*rule] = json!(true);
    }
    wanted
}

const RULES: [&str; 3] = ["ownEntity", "dependentEntities", "transverseEntities"];

/// Somebody who is invited with rights and accepts.
async fn agent_with(
    world: &World,
    ada: &Person,
    (entity, name): (&str, &str),
    rights: Value,
) -> Person {
    let id = world.invite(ada, entity, name).await;
    world.rights(ada, entity, &id, rights).await;
    world.accept(&address(name)).await
}

async fn stars(world: &World, person: &Person) -> Vec<String> {
    let answer = person.get(world, "/favourites").await;
    let items = answer.expect(200).json["items"].clone();
    let ids = items.as_array().unwrap().iter();
    ids.map(|star| star["consultationId"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn whoever_accepts_begins_with_what_the_nearest_entity_proposes() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let (all, daily) = (alerts("immediate"), alerts("daily"));
    let before = world.agent(&ada, "EMS-RESEAU", "Before").await;
    assert_eq!(chosen(&world, &before).await, alerts("off"));
    world.defaults(&ada, "EMS", all.clone()).await;
    world.defaults(&ada, "EMS-DSI", daily.clone()).await;
    for (entity, name, wanted) in [
        ("EMS-RESEAU", "Aline", &daily),
        ("EMS-DSI", "Bruno", &daily),
        ("EMS-CULTURE", "Chloe", &all),
        ("EMS", "Dora", &all),
    ] {
        let agent = world.agent(&ada, entity, name).await;
        assert_eq!(chosen(&world, &agent).await, proposed(wanted.clone()));
    }
    // What holds is what holds when they accept, not when they were invited.
    world.invite(&ada, "EMS-RESEAU", "Emil").await;
    world.defaults(&ada, "EMS-DSI", Value::Null).await;
    let emil = world.accept(&address("Emil")).await;
    assert_eq!(chosen(&world, &emil).await, proposed(all));
    world.defaults(&ada, "EMS", Value::Null).await;
    let fanny = world.agent(&ada, "EMS-RESEAU", "Fanny").await;
    assert_eq!(chosen(&world, &fanny).await, alerts("off"));
}

#[tokio::test]
async fn a_change_of_defaults_changes_nobodys_choices() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let old = world.agent(&ada, "EMS-DSI", "Old").await;
    world.defaults(&ada, "EMS-DSI", alerts("daily")).await;
    let kept = world.agent(&ada, "EMS-DSI", "Kept").await;
    let own = world.agent(&ada, "EMS-DSI", "Own").await;
    let path = own.path("/alerts");
    let put = world.put(&own.login, &path, alerts("off")).await;
    put.expect(200);
    let token = world.last_mail(&kept.email).token();
    for wanted in [alerts("immediate"), Value::Null] {
        world.defaults(&ada, "EMS-DSI", wanted).await;
        // Accepting again, moving or being deactivated gives nothing either.
        let again = json!({"token": token});
        let again = world.post(&kept.login, "/v1/invitations", again).await;
        again.expect(200);
        for change in [
            json!({"active": false}),
            json!({"active": true, "entityId": "EMS-DSI"}),
        ] {
            let path = format!("/v1/entities/EMS-DSI/agents/{}", own.id);
            world.patch(&ada.login, &path, change).await.expect(200);
        }
        world.settle().await;
        assert_eq!(chosen(&world, &old).await, alerts("off"));
        assert_eq!(chosen(&world, &kept).await, proposed(alerts("daily")));
        assert_eq!(chosen(&world, &own).await, alerts("off"));
    }
}

#[tokio::test]
async fn a_rule_without_its_right_is_left_out_and_a_later_right_does_not_switch_it_on() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    world.defaults(&ada, "EMS", with_rules(&RULES)).await;
    let none = json!({"own": false, "dependent": false, "transverse": false});
    for (n, (right, rule)) in ["own", "dependent", "transverse"]
        .into_iter()
        .zip(RULES)
        .enumerate()
    {
        let mut rights = none.clone();
        rights[right] = json!(true);
        let who = ("EMS-DSI", format!("Agent{n}"));
        let agent = agent_with(&world, &ada, (who.0, &who.1), rights).await;
        let wanted = proposed(with_rules(&[rule]));
        assert_eq!(chosen(&world, &agent).await, wanted);
        let all = json!({"own": true, "dependent": true, "transverse": true});
        world.rights(&ada, "EMS-DSI", &agent.id, all).await;
        assert_eq!(chosen(&world, &agent).await, wanted);
    }
}

#[tokio::test]
async fn a_rule_that_was_proposed_stars_as_one_that_the_agent_switched_on() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    world.defaults(&ada, "EMS-DSI", with_rules(&RULES)).await;
    let rights = json!({"own": true, "dependent": true, "transverse": true});
    let draft = |id: &str, entity: &str| saved(id, 1, entity, &ada.id, "drafting", &[]);
    world
        .put(
            &ada.login,
            "/v1/entities/EMS-DSI/transverse/EMS-CULTURE",
            json!({}),
        )
        .await
        .expect(204);
    world
        .send("ConsultationSaved", draft("c-old", "EMS-DSI"))
        .await;
    let proposed = agent_with(&world, &ada, ("EMS-DSI", "Petra"), rights.clone()).await;
    world.defaults(&ada, "EMS-DSI", Value::Null).await;
    let switched = agent_with(&world, &ada, ("EMS-DSI", "Sven"), rights).await;
    let path = switched.path("/alerts");
    let put = world.put(&switched.login, &path, with_rules(&RULES)).await;
    put.expect(200);
    for (id, entity) in [
        ("c-own", "EMS-DSI"),
        ("c-below", "EMS-RESEAU"),
        ("c-across", "EMS-CULTURE"),
    ] {
        world.send("ConsultationSaved", draft(id, entity)).await;
    }
    let given = stars(&world, &proposed).await;
    assert_eq!(given.len(), 3, "{given:?}");
    assert_eq!(given, stars(&world, &switched).await);
    assert!(!given.contains(&"c-old".to_owned()));
}

#[tokio::test]
async fn a_new_agent_is_told_of_the_first_tender_without_having_touched_anything() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let mut wanted = with_rules(&["ownEntity"]);
    wanted["kinds"]["tenderReceived"] = json!("immediate");
    world.defaults(&ada, "EMS", wanted).await;
    let agent = agent_with(&world, &ada, ("EMS-RESEAU", "Nora"), json!({"own": true})).await;
    world.empty_inbox();
    let draft = saved("c-1", 1, "EMS-RESEAU", &ada.id, "drafting", &[]);
    world.send("ConsultationSaved", draft).await;
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    let mails = world.mails_to(&agent.email);
    assert_eq!(mails.len(), 1);
    assert!(mails[0].subject.contains("Nouveau dépôt électronique"));
    assert_eq!(world.events("PreferencesChanged").len(), 1);
}

#[tokio::test]
async fn a_declared_agent_of_a_declared_entity_begins_with_them_too() {
    let (world, ada) = World::with("EMS").await;
    let entity = json!({"organisationId": "EMS", "entityId": "dsi", "revision": 1, "name": "DSI", "parentId": "EMS", "transverse": []});
    world.send("EntitySaved", entity).await;
    world.defaults(&ada, "dsi", with_rules(&RULES)).await;
    let agent = json!({
        "organisationId": "EMS", "agentId": "a-1", "revision": 1, "entityId": "dsi", "email": "zoe@ems.example.fr", "firstName": "Zoé",
        "lastName": "Petit", "role": "agent", "permanentGuest": {"own": true}, "active": true, "invite": true,
    });
    world.send("AgentSaved", agent.clone()).await;
    let zoe = world.accept("zoe@ems.example.fr").await;
    let wanted = proposed(with_rules(&["ownEntity"]));
    assert_eq!(chosen(&world, &zoe).await, wanted);
    // The portal's next word does not touch it, and a new name of the entity does not touch them.
    let mut newer = agent;
    newer["revision"] = json!(2);
    newer["jobTitle"] = json!("Acheteuse");
    world.send("AgentSaved", newer).await;
    let renamed = json!({"organisationId": "EMS", "entityId": "dsi", "revision": 2, "name": "Numérique", "parentId": "EMS", "transverse": []});
    world.send("EntitySaved", renamed).await;
    assert_eq!(chosen(&world, &zoe).await, wanted);
    let path = "/v1/entities/dsi/defaults";
    let kept = world.get(&ada.login, path).await.expect(200);
    assert_eq!(kept.json, with_rules(&RULES));
}

#[tokio::test]
async fn it_is_a_proposal_until_somebody_saves_it() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    world.defaults(&ada, "EMS", alerts("daily")).await;
    let agent = world.agent(&ada, "EMS", "Paul").await;
    let path = agent.path("/alerts");
    let read = world.get(&agent.login, &path).await.expect(200);
    let tag = read.headers["etag"].to_str().unwrap().to_owned();
    let mut bad = alerts("daily");
    bad["kinds"]["consultationClosed"] = json!("daily");
    world.put(&agent.login, &path, bad).await.expect(422);
    assert_eq!(chosen(&world, &agent).await, proposed(alerts("daily")));
    // What was read can be sent back, and is the agent's own from then on.
    let asked = world.request("PUT", &path).by(&agent.login);
    let put = asked.json(&read.json).header("If-Match", &tag).send().await;
    assert_eq!(put.expect(200).json, alerts("daily"));
    assert_eq!(chosen(&world, &agent).await, alerts("daily"));
    let asked = world.request("PUT", &path).by(&agent.login);
    let stale = asked.json(&read.json).header("If-Match", &tag).send().await;
    assert_eq!(stale.expect(412).problem(), "stale");
    // Nobody can say that it was proposed.
    let said = world
        .put(&agent.login, &path, proposed(alerts("off")))
        .await;
    assert_eq!(said.expect(200).json, alerts("off"));
    assert_eq!(chosen(&world, &agent).await, alerts("off"));
    let other = world.agent(&ada, "EMS", "Rita").await;
    let path = other.path("/alerts");
    let off = world.put(&other.login, &path, with_rules(&[])).await;
    assert_eq!(off.expect(200).json, with_rules(&[]));
    assert_eq!(chosen(&world, &other).await, with_rules(&[]));
}

#[tokio::test]
async fn they_move_with_their_entity_and_go_with_it() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    world.defaults(&ada, "EMS-DSI", alerts("daily")).await;
    world
        .defaults(&ada, "EMS-CULTURE", alerts("immediate"))
        .await;
    let moved = json!({"name": "Réseau", "parentId": "EMS-CULTURE"});
    let path = "/v1/entities/EMS-RESEAU";
    world.put(&ada.login, path, moved).await.expect(200);
    let agent = world.agent(&ada, "EMS-RESEAU", "Aline").await;
    assert_eq!(chosen(&world, &agent).await, proposed(alerts("immediate")));
    let moved = json!({"name": "Service", "parentId": "EMS-RESEAU"});
    let path = "/v1/entities/EMS-DSI";
    world.put(&ada.login, path, moved).await.expect(200);
    let agent = world.agent(&ada, "EMS-DSI", "Bruno").await;
    assert_eq!(chosen(&world, &agent).await, proposed(alerts("daily")));
    // One that the portal removes, and brings back, begins anew.
    let word = |revision: u32| json!({"organisationId": "EMS", "entityId": "dsi", "revision": revision, "name": "DSI", "parentId": "EMS", "transverse": []});
    world.send("EntitySaved", word(1)).await;
    world.defaults(&ada, "dsi", alerts("daily")).await;
    let gone = json!({"organisationId": "EMS", "entityId": "dsi", "revision": 2});
    world.send("EntityRemoved", gone).await;
    world.send("EntitySaved", word(3)).await;
    let agent = world.agent(&ada, "dsi", "Chloe").await;
    assert_eq!(chosen(&world, &agent).await, alerts("off"));
}

/// Accepts an invitation; just as it is written, something else is done.
async fn accepted_while(
    world: &Arc<World>,
    name: &str,
    meanwhile: impl Future<Output = ()>,
) -> Person {
    world.settle().await;
    let token = world.last_mail(&address(name)).token();
    let login = Login::new(name);
    let gate = Gate::before_write();
    let function = Arc::new(Accounts {
        store: gate.store(&world.table, "accounts"),
        ..(*world.accounts).clone()
    });
    let asked = world.request("POST", "/v1/invitations").by(&login);
    let accepted = function.answer(asked.json(&json!({"token": token})).event());
    let answer = gate.while_waiting(accepted, meanwhile).await.expect(200);
    Person {
        id: answer.json["accountId"].as_str().unwrap().to_owned(),
        email: address(name),
        login,
    }
}

#[tokio::test]
async fn a_right_or_an_entity_that_changes_while_somebody_accepts_counts() {
    let world = Arc::new(World::new().await);
    let ada = organisation(&world).await;
    world.defaults(&ada, "EMS", with_rules(&RULES)).await;
    world
        .defaults(&ada, "EMS-CULTURE", with_rules(&["ownEntity"]))
        .await;
    let all = json!({"own": true, "dependent": true, "transverse": true});
    for (name, change, wanted) in [
        (
            "Rose",
            json!({"permanentGuest": {"own": false}}),
            with_rules(&RULES[1..]),
        ),
        (
            "Max",
            json!({"entityId": "EMS-CULTURE"}),
            with_rules(&["ownEntity"]),
        ),
    ] {
        let id = world.invite(&ada, "EMS-DSI", name).await;
        world.rights(&ada, "EMS-DSI", &id, all.clone()).await;
        let path = format!("/v1/entities/EMS-DSI/agents/{id}");
        let meanwhile = async {
            world.patch(&ada.login, &path, change).await.expect(200);
        };
        let agent = accepted_while(&world, name, meanwhile).await;
        assert_eq!(chosen(&world, &agent).await, proposed(wanted), "{name}");
    }
}

#[tokio::test]
async fn what_nobody_can_read_keeps_nobody_from_accepting() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    world.defaults(&ada, "EMS", alerts("daily")).await;
    let nonsense = AttributeValue::S("?".to_owned());
    world
        .set("ENTITY#EMS-DSI", "ENTITY", "defaults", nonsense)
        .await;
    let agent = world.agent(&ada, "EMS-DSI", "Bruno").await;
    assert_eq!(chosen(&world, &agent).await, proposed(alerts("daily")));
}
