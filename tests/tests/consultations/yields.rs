//! Agents whose account becomes another one: what was said of their name is that one's.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use vigie_aws::Consumer as _;
use vigie_consultations::Consultations;
use vigie_tests::{
    World,
    gate::Gate,
    scenario::{Person, saved, tender},
    world::sqs,
};

use crate::consultations::{
    names::{cut_short, permutations, sees, told},
    people, save, stars, stored,
};

/// The first word on the agent x has an address that nobody has yet, the second one that is an
/// agent's.
async fn declare(world: &World, revision: u64, address: &str) {
    let detail = json!({
        "organisationId": "EMS",
        "agentId": "x",
        "revision": revision,
        "entityId": "EMS-DSI",
        "email": address,
        "role": "agent",
    });
    world.send("AgentSaved", detail).await;
}

const FIRST: &str = "x@agents.example.fr";

/// A save whose author, and only guest, is the agent x.
fn named(revision: u64, phase: &str) -> Value {
    let mut detail = saved("c-1", revision, "EMS-DSI", "-", phase, &[]);
    detail.as_object_mut().unwrap().remove("authorAccountId");
    detail["author"] = json!({"agentId": "x"});
    detail["guests"] = json!([{"agentId": "x"}]);
    detail
}

/// The consultation is of this person alone, who has been told of so many tenders.
async fn assert_of(world: &World, person: &Person, tenders: usize, when: &str) {
    let now = stored(world, "c-1").await.unwrap();
    let author = now.author_account_id.as_ref().map(|id| id.as_str());
    assert_eq!(author, Some(person.id.as_str()), "{when}");
    let guests: Vec<_> = now.guests.iter().map(|id| id.as_str()).collect();
    assert_eq!(guests, [person.id.as_str()], "{when}");
    assert!(!now.awaited.has_unknown(), "{when}");
    let stars = stars(world, person).await;
    assert_eq!(stars.len(), 1, "{when}");
    assert_eq!(stars[0]["automatic"], "mine", "{when}");
    assert_eq!(sees(world, person).await, 1, "{when}");
    assert_eq!(told(world, &person.email), tenders, "{when}");
    let preview = person.path("/alerts/preview");
    let preview = world.get(&person.login, &preview).await.expect(200).json;
    assert_eq!(preview["automaticFavourites"]["mine"], 1, "{when}");
    assert_eq!(world.table.count("AWAITED#").await, 1, "{when}");
    assert!(world.dead.lock().unwrap().is_empty(), "{when}");
}

#[tokio::test]
async fn whoever_has_an_agent_s_name_in_the_end_has_what_was_said_of_it_whatever_came_first() {
    for order in permutations(4) {
        let world = World::new().await;
        let (_, bruno, _) = people(&world).await;
        for step in &order {
            match step {
                0 => save(&world, named(1, "drafting")).await,
                1 => declare(&world, 1, FIRST).await,
                2 => declare(&world, 2, &bruno.email).await,
                _ => world.send("TenderReceived", tender("c-1", "d-1")).await,
            }
        }
        let order = format!("{order:?}");
        assert_of(&world, &bruno, 1, &order).await;
        save(&world, named(2, "consultation")).await;
        world.send("TenderReceived", tender("c-1", "d-2")).await;
        assert_of(&world, &bruno, 2, &order).await;
    }
}

/// The next save comes before anybody was told that the account is another one.
#[tokio::test]
async fn a_revision_while_an_agent_s_account_becomes_another_one_gives_it_all() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    declare(&world, 1, FIRST).await;
    save(&world, named(1, "drafting")).await;
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    let word = json!({"organisationId": "EMS", "agentId": "x", "revision": 2, "entityId": "EMS-DSI", "email": bruno.email, "role": "agent"});
    let word = json!({"source": "procurement", "detail-type": "AgentSaved", "detail": word});
    world.directory.consume(sqs(&word, 1)).await.unwrap();
    let event = json!({"source": "procurement", "detail-type": "ConsultationSaved", "detail": named(2, "consultation")});
    world.consultations.consume(sqs(&event, 1)).await.unwrap();
    world.settle().await;
    assert_of(&world, &bruno, 1, "after all").await;
}

/// The save stops before each of its calls, and the account becomes another one there.
#[tokio::test]
async fn an_account_that_becomes_another_one_while_it_is_looked_up_is_not_missed() {
    for calls in 0..30 {
        let world = World::new().await;
        let (_, bruno, _) = people(&world).await;
        declare(&world, 1, FIRST).await;
        let gate = Gate::open();
        let consultations = Consultations {
            store: gate.store(&world.table, "consultations"),
            ..world.consultations.clone()
        };
        let event = json!({"source": "procurement", "detail-type": "ConsultationSaved", "detail": named(1, "drafting")});
        gate.close(None, calls);
        let saving = async { consultations.consume(sqs(&event, 1)).await.unwrap() };
        let (answer, waited) = gate.woven(saving, declare(&world, 2, &bruno.email)).await;
        assert_eq!(answer, json!({"batchItemFailures": []}), "{calls}");
        world.settle().await;
        world.send("TenderReceived", tender("c-1", "d-1")).await;
        assert_of(&world, &bruno, 1, &calls.to_string()).await;
        if !waited {
            assert!(calls > 8, "{calls}");
            return;
        }
    }
    panic!("more calls than that");
}

/// Whoever takes up the other account is cut short before or after each of their calls.
#[tokio::test]
async fn another_account_of_an_agent_is_taken_up_wherever_that_is_cut_short() {
    for calls in 0..60 {
        let world = World::new().await;
        let (_, bruno, _) = people(&world).await;
        declare(&world, 1, FIRST).await;
        save(&world, named(1, "drafting")).await;
        world.send("TenderReceived", tender("c-1", "d-1")).await;
        let left = cut_short(&world, calls, calls % 2 == 0);
        declare(&world, 2, &bruno.email).await;
        world.wire.lift("cut");
        assert_of(&world, &bruno, 1, &calls.to_string()).await;
        if left.load(Ordering::SeqCst) > 0 {
            assert!(calls > 8, "{calls}");
            return;
        }
    }
    panic!("more calls than that");
}

#[tokio::test]
async fn a_follower_who_becomes_an_agent_that_is_named_is_told_and_sees_what_they_missed() {
    let world = World::new().await;
    let (_, bruno, chloe) = people(&world).await;
    declare(&world, 1, FIRST).await;
    let with_guests = |revision, guests: Value| {
        let mut detail = named(revision, "consultation");
        detail["author"] = json!(bruno.id);
        detail["guests"] = guests;
        detail
    };
    save(&world, with_guests(1, json!([chloe.id]))).await;
    world.star(&chloe, "c-1").await;
    save(&world, with_guests(2, json!([{"agentId": "x"}]))).await;
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    assert_eq!(
        (sees(&world, &chloe).await, told(&world, &chloe.email)),
        (0, 0)
    );
    declare(&world, 2, &chloe.email).await;
    world.send("TenderReceived", tender("c-1", "d-2")).await;
    assert_eq!(
        (sees(&world, &chloe).await, told(&world, &chloe.email)),
        (1, 1)
    );
    let list = chloe.get(&world, "/deliveries").await;
    let list = list.expect(200).json;
    let missed = list["items"].as_array().unwrap().iter();
    let missed = missed.filter(|it| it["why"] == "mayNotSeeIt");
    assert_eq!(missed.count(), 1, "{list}");
}

#[tokio::test]
async fn a_revision_that_names_others_follows_no_agent_any_more() {
    let world = World::new().await;
    let (_, bruno, chloe) = people(&world).await;
    declare(&world, 1, FIRST).await;
    save(&world, named(1, "drafting")).await;
    let mut others = named(2, "drafting");
    others["author"] = json!(chloe.id);
    others["guests"] = json!([]);
    save(&world, others).await;
    assert_eq!(world.table.count("AWAITED#").await, 0);
    declare(&world, 2, &bruno.email).await;
    let now = stored(&world, "c-1").await.unwrap();
    assert_eq!(now.author_account_id.unwrap().as_str(), chloe.id);
    assert!(stars(&world, &bruno).await.is_empty());
    assert_eq!(sees(&world, &bruno).await, 0);
}

/// Who erased their account is declared anew: their next account has their name.
#[tokio::test]
async fn an_agent_who_erased_their_account_has_their_consultations_with_the_next_one() {
    for save_at in 0..3 {
        let world = World::new().await;
        let (ada, bruno, _) = people(&world).await;
        declare(&world, 1, &bruno.email).await;
        for step in 0..3 {
            if step == save_at {
                save(&world, named(1, "drafting")).await;
            }
            match step {
                0 => {
                    bruno.delete(&world, "").await.expect(204);
                    world.settle().await;
                }
                1 => declare(&world, 2, FIRST).await,
                _ => {}
            }
        }
        let agents = world.get(&ada.login, "/v1/entities/EMS-DSI/agents").await;
        let agents = agents.expect(200).json;
        let mut new = agents["items"].as_array().unwrap().iter();
        let new = new.find(|agent| agent["externalId"] == "x");
        let path = new.expect("an agent")["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/entities/EMS-DSI/agents/{path}/invitation");
        world.post(&ada.login, &path, json!({})).await.expect(202);
        world.settle().await;
        let new = world.accept(FIRST).await;
        assert_of(&world, &new, 0, &save_at.to_string()).await;
        world.wants_everything(&new).await;
        world.send("TenderReceived", tender("c-1", "d-1")).await;
        assert_of(&world, &new, 1, &save_at.to_string()).await;
    }
}
