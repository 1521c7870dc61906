//! One word by an administrator invites all who were declared and never invited.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::task::LocalSet;
use vigie_aws::Consumer;
use vigie_directory::Directory;
use vigie_domain::{account::Account, id::EntityId};
use vigie_store::Item;
use vigie_tests::{
    Answer, World,
    gate::Gate,
    scenario::{Person, address},
    wire::{Call, End, Fate},
    world::sqs,
};

use crate::directory::{
    account, agent, all_taken, assert_whole, declare, entity, listed, save, with,
};

const WORD: &str = "/v1/entities/EMS/invitations";

async fn word(world: &World, by: &Person, entity: &str) -> Answer {
    let path = format!("/v1/entities/{entity}/invitations");
    let answer = world.post(&by.login, &path, json!({})).await;
    answer.expect(202)
}

async fn progress(world: &World, by: &Person, entity: &str) -> Value {
    let path = format!("/v1/entities/{entity}/invitations");
    world.get(&by.login, &path).await.expect(200).json
}

/// Total, sent, left and without an address.
fn counts(progress: &Value) -> [u64; 4] {
    ["total", "sent", "left", "withoutAddress"].map(|name| progress[name].as_u64().unwrap())
}

/// So many declared agents of an entity.
async fn crowd(world: &World, entity: &str, name: &str, many: usize) -> Vec<Account> {
    let mut crowd = Vec::new();
    for i in 0..many {
        let name = format!("{name}{i}");
        let email = address(&name);
        crowd.push(world.declared(entity, &name, Some(&email)).await);
    }
    crowd
}

/// Takes so many of the organisation's turns.
async fn take_turns(world: &World, many: usize) {
    let (root, now) = (EntityId::parse("EMS").unwrap(), world.now());
    let store = world.table.store();
    let taken = store.quota_take_turns(&root, many, now).await;
    assert_eq!(taken.expect("a table"), many);
}

/// The mails that went to some of a crowd, each address once.
fn mailed(world: &World) -> usize {
    let mails = world.mails();
    let to: BTreeSet<_> = mails.iter().map(|mail| mail.to.clone()).collect();
    assert_eq!(to.len(), mails.len(), "each once");
    to.len()
}

/// The clock strikes so many minutes.
async fn minutes(world: &World, many: usize) {
    for _ in 0..many {
        world.pass(SignedDuration::from_mins(1));
        world.sweep().await;
    }
}

#[tokio::test]
async fn a_word_invites_who_was_declared_and_never_invited_here_and_below_and_nobody_else() {
    let (world, ada) = World::with("EMS").await;
    let carl = world.organisation("CUS").await;
    for (id, parent) in [("dsi", "EMS"), ("sig", "dsi"), ("rh", "EMS")] {
        save(&world, entity(id, 1, parent)).await;
    }
    for (id, entity, fields) in [
        ("here", "dsi", json!({})),
        ("below", "sig", json!({})),
        ("beside", "rh", json!({})),
        ("above", "EMS", json!({})),
        ("asked", "sig", json!({"invite": true})),
        ("accepted", "sig", json!({"invite": true})),
        ("inactive", "sig", json!({"active": false})),
        ("nowhere", "sig", json!({"email": null})),
    ] {
        declare(&world, with(agent(id, 1, entity), fields)).await;
    }
    world.accept("accepted@ems.example.fr").await;
    world.empty_inbox();
    assert_eq!(counts(&progress(&world, &ada, "dsi").await), [0, 0, 2, 1]);
    let begun = word(&world, &ada, "dsi").await.json;
    assert_eq!(counts(&begun), [2, 0, 2, 1]);
    assert_eq!(begun["finishedAt"], Value::Null);
    world.settle().await;

    let mails = world.mails();
    let to: BTreeSet<_> = mails.iter().map(|mail| mail.to.as_str()).collect();
    let expected = ["below@ems.example.fr", "here@ems.example.fr"];
    assert_eq!((to, mails.len()), (expected.into(), 2));
    let done = progress(&world, &ada, "dsi").await;
    assert_eq!(counts(&done), [2, 2, 0, 1]);
    assert_eq!(done["startedAt"], begun["startedAt"]);
    assert!(done["finishedAt"].is_string());
    // An invitation as any other, in the name of whoever asked for it.
    let here = world.accept("here@ems.example.fr").await;
    let audit = world.get(&ada.login, "/v1/entities/dsi/audit").await;
    let audit = audit.expect(200).json["items"].clone();
    let deeds = audit.as_array().unwrap();
    let words = deeds.iter().filter(|deed| deed["what"] == "agentsInvited");
    let words: Vec<_> = words
        .map(|deed| (&deed["actorAccountId"], &deed["entityId"]))
        .collect();
    assert_eq!(words, [(&json!(ada.id), &json!("dsi"))]);
    let deed = deeds
        .iter()
        .find(|deed| deed["what"] == "agentInvited" && deed["targetAccountId"] == json!(here.id));
    assert_eq!(deed.expect("an entry")["actorAccountId"], json!(ada.id));

    // Who becomes reachable later is invited by another call.
    declare(&world, agent("nowhere", 2, "sig")).await;
    assert_eq!(counts(&progress(&world, &ada, "dsi").await), [2, 2, 1, 0]);
    world.empty_inbox();
    word(&world, &ada, "dsi").await;
    world.settle().await;
    assert_eq!(world.mails().len(), 1);
    assert_eq!(world.mails_to("nowhere@ems.example.fr").len(), 1);
    assert_eq!(counts(&progress(&world, &ada, "dsi").await), [1, 1, 0, 0]);
    // Nobody is left: it is over as soon as it began.
    word(&world, &ada, "dsi").await;
    world.settle().await;
    let done = progress(&world, &ada, "dsi").await;
    assert_eq!(counts(&done), [0; 4]);
    assert!(done["finishedAt"].is_string());
    assert_eq!(world.mails().len(), 1);
    assert_eq!(counts(&progress(&world, &carl, "CUS").await), [0; 4]);
    assert_whole(&world).await;
    all_taken(&world);
}

#[tokio::test]
async fn a_row_says_that_its_agent_was_never_invited_until_somebody_invites_them() {
    let (world, ada) = World::with("EMS").await;
    declare(&world, agent("zoe", 1, "EMS")).await;
    let zoe = account(&world, "zoe").await.expect("an account").id;
    let never = async || {
        let rows = listed(&world, &ada, "EMS").await;
        let row = rows.into_iter().find(|row| row["id"] == json!(zoe));
        row.expect("a row")["neverInvited"].clone()
    };
    let own = listed(&world, &ada, "EMS").await;
    assert!(own.iter().any(|row| row.get("neverInvited").is_none()));
    assert_eq!(never().await, json!(true));
    let path = format!("/v1/entities/EMS/agents/{zoe}/invitation");
    let invited = world.post(&ada.login, &path, json!({})).await;
    assert_eq!(invited.expect(202).json["neverInvited"], Value::Null);
    // They were, also once it has lapsed: no word to all invites them again.
    world.pass(SignedDuration::from_hours(24 * 31));
    world.sweep().await;
    let lapsed = account(&world, "zoe").await.expect("an account");
    assert_eq!(lapsed.invitation, None);
    assert_eq!(never().await, Value::Null);
    world.empty_inbox();
    word(&world, &ada, "EMS").await;
    world.settle().await;
    assert_eq!(world.mails().len(), 0);
    assert_eq!(counts(&progress(&world, &ada, "EMS").await), [0; 4]);
    // The one for them alone does.
    world.post(&ada.login, &path, json!({})).await.expect(202);
    world.settle().await;
    assert_eq!(world.mails().len(), 1);
    all_taken(&world);
}

#[tokio::test]
async fn they_go_at_the_pace_of_the_organisation_whoever_asks_again_meanwhile() {
    let (world, ada) = World::with("EMS").await;
    save(&world, entity("dsi", 1, "EMS")).await;
    crowd(&world, "EMS", "Haut", 65).await;
    crowd(&world, "dsi", "Bas", 45).await;
    take_turns(&world, 70).await;
    world.empty_inbox();
    let begun = word(&world, &ada, "EMS").await.json;
    assert_eq!(counts(&begun), [110, 0, 110, 0]);
    world.settle().await;
    assert_eq!(mailed(&world), 30);
    let half = progress(&world, &ada, "EMS").await;
    // A message that comes twice goes on no second time.
    let waiting = async || {
        let items = world.table.items().await;
        let waits = |item: &&Item| item["sk"].as_s().unwrap().contains("#invitations#");
        items.iter().filter(waits).count()
    };
    let due = json!({"source": "vigie", "detail-type": "InvitationsDue", "detail": {"eventId": "e", "entityId": "EMS", "step": 1}});
    world.directory.consume(sqs(&due, 2)).await.unwrap();
    world.settle().await;
    assert_eq!(waiting().await, 1);
    assert_eq!(counts(&half), [110, 30, 80, 0]);
    assert_eq!(half["finishedAt"], Value::Null);
    // The same word changes nothing, and another for a part of them does not hasten it.
    let deeds = async || {
        let audit = world
            .get(&ada.login, "/v1/entities/EMS/audit?limit=1")
            .await;
        audit.expect(200).json["items"].clone()
    };
    let before = deeds().await;
    let again = word(&world, &ada, "EMS").await.json;
    assert_eq!((again, deeds().await), (half, before));
    word(&world, &ada, "dsi").await;
    world.settle().await;
    assert_eq!(mailed(&world), 30);
    minutes(&world, 1).await;
    assert_eq!(mailed(&world), 90);
    minutes(&world, 1).await;
    assert_eq!(mailed(&world), 110);
    minutes(&world, 2).await;
    assert_eq!(mailed(&world), 110);
    let (all, part) = (
        progress(&world, &ada, "EMS").await,
        progress(&world, &ada, "dsi").await,
    );
    assert_eq!(
        all["sent"]
            .as_u64()
            .zip(part["sent"].as_u64())
            .map(|(a, b)| a + b),
        Some(110)
    );
    for done in [all, part] {
        assert!(done["finishedAt"].is_string(), "{done}");
        assert_eq!(done["left"], json!(0));
    }
    all_taken(&world);
}

/// The worker dies before or after each of its writes, and the message comes back.
#[tokio::test]
async fn a_worker_that_dies_in_the_middle_leaves_nobody_out_and_invites_nobody_twice() {
    for after in [false, true] {
        for writes in 0..6 {
            let (world, ada) = World::with("EMS").await;
            crowd(&world, "EMS", "Zoe", 4).await;
            world.empty_inbox();
            word(&world, &ada, "EMS").await;
            let written = AtomicUsize::new(0);
            let rule = move |call: &Call| {
                let dies = call.writes() && written.fetch_add(1, Ordering::SeqCst) == writes;
                dies.then(|| {
                    if after {
                        Fate::After(End::Death)
                    } else {
                        Fate::Before(End::Death)
                    }
                })
            };
            let dying = Directory {
                store: world.table.store_by("directory", Arc::new(rule)),
                ..world.directory.clone()
            };
            let due = json!({"source": "vigie", "detail-type": "InvitationsDue", "detail": {"eventId": "e", "entityId": "EMS", "step": 1}});
            let local = LocalSet::new();
            let work = local.spawn_local(async move { dying.consume(sqs(&due, 1)).await.is_ok() });
            local.await;
            assert!(work.await.is_err(), "{writes}: it died");
            world.settle().await;
            assert_eq!(mailed(&world), 4, "{after} {writes}");
            let done = progress(&world, &ada, "EMS").await;
            assert_eq!(counts(&done), [4, 4, 0, 0], "{after} {writes}");
            assert!(done["finishedAt"].is_string());
            all_taken(&world);
        }
    }
}

#[tokio::test]
async fn of_two_administrators_at_once_one_begins_and_each_agent_is_invited_once() {
    let (world, ada) = World::with("EMS").await;
    let bruno = world.administrator(&ada, "EMS", "Bruno").await;
    crowd(&world, "EMS", "Zoe", 5).await;
    world.settle().await;
    world.empty_inbox();
    let (one, other) = tokio::join!(word(&world, &ada, "EMS"), word(&world, &bruno, "EMS"));
    assert_eq!(one.json["startedAt"], other.json["startedAt"]);
    // Both workers take the same step up.
    let due = json!({"source": "vigie", "detail-type": "InvitationsDue", "detail": {"eventId": "e", "entityId": "EMS", "step": 1}});
    let (first, second) = tokio::join!(
        world.directory.consume(sqs(&due, 1)),
        world.directory.consume(sqs(&due, 1))
    );
    for done in [first, second] {
        assert_eq!(done.unwrap()["batchItemFailures"], json!([]));
    }
    world.settle().await;
    assert_eq!(mailed(&world), 5);
    assert_eq!(counts(&progress(&world, &bruno, "EMS").await), [5, 5, 0, 0]);
    all_taken(&world);
}

#[tokio::test]
async fn whoever_is_declared_goes_moves_or_is_invited_while_it_goes_is_as_they_are_then() {
    let (world, ada) = World::with("EMS").await;
    for id in ["dsi", "sig"] {
        save(&world, entity(id, 1, "EMS")).await;
    }
    crowd(&world, "EMS", "Zoe", 2).await;
    take_turns(&world, 98).await;
    // They are looked at last: their entity comes behind.
    for id in ["alone", "erased", "leaver", "mover", "late"] {
        declare(&world, agent(id, 1, "sig")).await;
    }
    world.empty_inbox();
    word(&world, &ada, "EMS").await;
    world.settle().await;
    assert_eq!(mailed(&world), 2);
    // One is invited alone, one accepted and erased their account, one leaves, one moves to where
    // it was looked already, and so do those who are new.
    for id in ["alone", "erased"] {
        let of = account(&world, id).await.expect("an account").id;
        let path = format!("/v1/entities/sig/agents/{of}/invitation");
        world.post(&ada.login, &path, json!({})).await.expect(202);
    }
    let erased = world.accept("erased@ems.example.fr").await;
    let path = erased.path("");
    world.delete(&erased.login, &path).await.expect(204);
    let left = json!({"organisationId": "EMS", "agentId": "leaver", "revision": 2, "leftOn": "2026-11-20"});
    world.send("AgentLeft", left).await;
    declare(&world, agent("mover", 2, "EMS")).await;
    crowd(&world, "EMS", "Neuf", 8).await;
    minutes(&world, 3).await;
    let to = |id: &str| world.mails_to(&format!("{id}@ems.example.fr")).len();
    assert_eq!(
        ["alone", "erased", "leaver", "mover", "late"].map(to),
        [1, 1, 0, 1, 1]
    );
    for i in 0..8 {
        assert_eq!(world.mails_to(&address(&format!("Neuf{i}"))).len(), 1);
    }
    let done = progress(&world, &ada, "EMS").await;
    assert_eq!(counts(&done), [12, 12, 0, 0]);
    assert!(done["finishedAt"].is_string());
    // Whoever begins anew after their erasure is not invited by a word that went before.
    declare(&world, agent("erased", 2, "sig")).await;
    assert_eq!(to("erased"), 1);
    all_taken(&world);
}

/// They are moved before each look at accounts or entities: one is that at the accounts of a list.
#[tokio::test]
async fn whoever_is_moved_out_of_the_tree_while_it_is_walked_is_not_invited_by_its_word() {
    for looks in 0.. {
        let (world, ada) = World::with("EMS").await;
        for id in ["dsi", "rh"] {
            save(&world, entity(id, 1, "EMS")).await;
        }
        declare(&world, agent("zoe", 1, "dsi")).await;
        word(&world, &ada, "dsi").await;
        let gate = Gate::before("BatchGetItem", looks);
        let directory = Directory {
            store: gate.store(&world.table, "directory"),
            ..world.directory.clone()
        };
        let due = json!({"source": "vigie", "detail-type": "InvitationsDue", "detail": {"eventId": "e", "entityId": "dsi", "step": 1}});
        let moved = async {
            let event = json!({"source": "procurement", "detail-type": "AgentSaved", "detail": agent("zoe", 2, "rh")});
            world.directory.consume(sqs(&event, 1)).await.unwrap();
        };
        let (done, waited) = gate.woven(directory.consume(sqs(&due, 1)), moved).await;
        assert_eq!(done.unwrap()["batchItemFailures"], json!([]));
        if !waited {
            assert!(looks > 2, "{looks}");
            return;
        }
        world.settle().await;
        assert_eq!(world.mails_to("zoe@ems.example.fr").len(), 0, "{looks}");
        assert_eq!(counts(&progress(&world, &ada, "dsi").await), [0; 4]);
        assert_eq!(counts(&progress(&world, &ada, "rh").await), [0, 0, 1, 0]);
        all_taken(&world);
    }
}

#[tokio::test]
async fn it_ends_with_its_entity_and_names_nobody_once_it_is_over() {
    let (world, ada) = World::with("EMS").await;
    save(&world, entity("sig", 1, "EMS")).await;
    take_turns(&world, 100).await;
    declare(&world, agent("last", 1, "sig")).await;
    word(&world, &ada, "EMS").await;
    world.settle().await;
    let stored = async |entity: &str| {
        let items = world.table.items().await;
        let pk = format!("ENTITY#{entity}");
        let found = items.into_iter().find(|item| {
            item["pk"].as_s() == Ok(&pk) && item["sk"].as_s().unwrap() == "INVITATIONS"
        });
        serde_dynamo::from_item::<_, Value>(found.expect("an item")).expect("JSON")
    };
    assert_eq!(stored("EMS").await["by"], json!(ada.id));
    // Its turn has not come yet.
    word(&world, &ada, "sig").await;
    world.settle().await;
    declare(&world, agent("last", 2, "EMS")).await;
    let gone = json!({"organisationId": "EMS", "entityId": "sig", "revision": 2});
    world.send("EntityRemoved", gone).await;
    minutes(&world, 2).await;
    for entity in ["EMS", "sig"] {
        let over = stored(entity).await;
        assert!(over["finishedAt"].is_string(), "{over}");
        assert!(!over.to_string().contains(&ada.id), "{over}");
    }
    assert_eq!(world.mails_to("last@ems.example.fr").len(), 1);
    all_taken(&world);
}

#[tokio::test]
async fn administrators_have_it_done_in_their_own_tree_alone() {
    let (world, ada) = World::with("EMS").await;
    let carl = world.organisation("CUS").await;
    for id in ["EMS-DSI", "EMS-RH"] {
        world.entity(&ada, id, "EMS").await;
    }
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    crowd(&world, "EMS-DSI", "Zoe", 1).await;
    crowd(&world, "EMS", "Haut", 1).await;
    world.empty_inbox();
    let refused = async |by: &Person, entity: &str| {
        let path = format!("/v1/entities/{entity}/invitations");
        world.post(&by.login, &path, json!({})).await.expect(403);
        world.get(&by.login, &path).await.expect(403);
    };
    refused(&bruno, "EMS-DSI").await;
    let administrator = json!({"role": "administrator"});
    world
        .change(&ada, "EMS-DSI", &bruno.id, administrator)
        .await
        .expect(200);
    for entity in ["EMS", "EMS-RH"] {
        refused(&bruno, entity).await;
        refused(&carl, entity).await;
    }
    world.settle().await;
    world.empty_inbox();
    word(&world, &bruno, "EMS-DSI").await;
    world.settle().await;
    assert_eq!(mailed(&world), 1);
    assert_eq!(world.mails_to(&address("Zoe0")).len(), 1);
    let unknown = world.post(&ada.login, "/v1/entities/EMS-X/invitations", json!({}));
    assert_eq!(unknown.await.status, 404);
    assert!(world.get(&ada.login, WORD).await.expect(200).json["startedAt"].is_null());
}
