//! Words on agents that meet each other, and what their owners do.

use serde_json::{Value, json};
use vigie_aws::Consumer;
use vigie_directory::Directory;
use vigie_tests::{World, gate::Gate, world::sqs};

use crate::directory::{
    account, agent, all_taken, assert_whole, declare, entity, listed, save, with,
};

fn behind(world: &World, gate: &Gate) -> Directory {
    Directory {
        store: gate.store(&world.table, "directory"),
        ..world.directory.clone()
    }
}

async fn hand(directory: &Directory, detail: Value) {
    let event = json!({"source": "procurement", "detail-type": "AgentSaved", "detail": detail});
    let answer = directory.consume(sqs(&event, 1)).await.unwrap();
    assert_eq!(answer["batchItemFailures"], json!([]), "{event}");
}

/// The older word stops before each of its writes, and the newer one is done there.
#[tokio::test]
async fn of_two_words_on_an_agent_at_once_the_newer_one_stays() {
    for writes in 0..4 {
        let (world, ada) = World::with("EMS").await;
        let gate = Gate::before("TransactWriteItems", writes);
        let directory = behind(&world, &gate);
        let newer = json!({"lastName": "Grand", "email": "other@ems.example.fr"});
        let meanwhile = declare(&world, with(agent("zoe", 2, "EMS"), newer));
        let older = Box::pin(hand(&directory, agent("zoe", 1, "EMS")));
        gate.woven(older, Box::pin(meanwhile)).await;
        world.settle().await;
        let zoe = account(&world, "zoe").await.expect("an account");
        assert_eq!(zoe.contact.last_name.as_str(), "Grand", "{writes}");
        let email = zoe.contact.email.expect("an address");
        assert_eq!(email.as_str(), "other@ems.example.fr", "{writes}");
        assert_eq!(listed(&world, &ada, "EMS").await.len(), 2, "{writes}");
        assert_whole(&world).await;
        all_taken(&world);
    }
}

#[tokio::test]
async fn an_entity_made_while_the_wait_of_its_agent_is_written_is_not_missed() {
    for writes in 0..3 {
        let world = World::new().await;
        world.organisation("EMS").await;
        let gate = Gate::before("TransactWriteItems", writes);
        let directory = behind(&world, &gate);
        let meanwhile = save(&world, entity("sig", 1, "EMS"));
        let agent = Box::pin(hand(&directory, agent("zoe", 1, "sig")));
        gate.woven(agent, Box::pin(meanwhile)).await;
        world.settle().await;
        let zoe = account(&world, "zoe").await.expect("an account");
        assert_eq!(zoe.entity_id.as_str(), "sig", "{writes}");
        all_taken(&world);
    }
}

/// One of them stops before each of its writes, and the other one is done there.
#[tokio::test]
async fn of_two_agents_with_one_address_one_has_it() {
    for writes in 0..4 {
        let world = World::new().await;
        world.organisation("EMS").await;
        let gate = Gate::before("TransactWriteItems", writes);
        let directory = behind(&world, &gate);
        let one = json!({"email": "one@ems.example.fr"});
        let meanwhile = declare(&world, with(agent("b", 1, "EMS"), one.clone()));
        let first = Box::pin(hand(&directory, with(agent("a", 1, "EMS"), one)));
        gate.woven(first, Box::pin(meanwhile)).await;
        world.settle().await;
        let [a, b] = [
            account(&world, "a").await.expect("an account"),
            account(&world, "b").await.expect("an account"),
        ];
        let has = [&a, &b].map(|agent| agent.contact.email.is_some());
        assert_eq!(has.iter().filter(|has| **has).count(), 1, "{writes}");
        let lacks = [&a, &b].map(|agent| agent.address_unavailable);
        assert_eq!(lacks, has.map(|has| !has), "{writes}");
        assert_whole(&world).await;
        all_taken(&world);
    }
}

/// A word that was read stops before each of its writes, and its agent erases their account there.
#[tokio::test]
async fn an_erasure_is_not_undone_by_a_word_that_is_carried_out_meanwhile() {
    for writes in 0..3 {
        let world = World::new().await;
        world.organisation("EMS").await;
        declare(
            &world,
            with(agent("zoe", 1, "EMS"), json!({"invite": true})),
        )
        .await;
        let zoe = world.accept("zoe@ems.example.fr").await;
        let gate = Gate::before("TransactWriteItems", writes);
        let directory = behind(&world, &gate);
        let erasure = async {
            let path = zoe.path("");
            world.delete(&zoe.login, &path).await.expect(204);
            world.settle().await;
        };
        let word = with(agent("zoe", 2, "EMS"), json!({"lastName": "Grand"}));
        let word = Box::pin(hand(&directory, word.clone()));
        gate.woven(word, Box::pin(erasure)).await;
        world.settle().await;
        // Before the word was kept it is a newer one; afterwards it went with the account.
        if let Some(new) = account(&world, "zoe").await {
            assert_eq!((writes, new.accepted_invitation), (0, None));
        }
        assert_whole(&world).await;
        all_taken(&world);
    }
}

/// The agent's first account was invited; the word that makes another one theirs, whose own
/// invitation is over, stops before each of its writes. They have one account at every instant, and
/// are invited at its address.
#[tokio::test]
async fn an_agent_whose_account_becomes_another_one_is_never_without_and_stays_invited() {
    for writes in 0..3 {
        let (world, ada) = World::with("EMS").await;
        world.invite(&ada, "EMS", "Bruno").await;
        world.settle().await;
        world.pass(jiff::SignedDuration::from_hours(8 * 24));
        declare(
            &world,
            with(agent("bruno", 1, "EMS"), json!({"invite": true})),
        )
        .await;
        let gate = Gate::before("TransactWriteItems", writes);
        let directory = behind(&world, &gate);
        let email = "bruno@agents.example.fr";
        let seen = async {
            let agents = if writes < 2 { 3 } else { 2 };
            assert_eq!(listed(&world, &ada, "EMS").await.len(), agents, "{writes}");
            assert!(account(&world, "bruno").await.is_some(), "{writes}");
        };
        let word = with(agent("bruno", 2, "EMS"), json!({"email": email}));
        world.empty_inbox();
        let word = Box::pin(hand(&directory, word));
        let (_, waited) = gate.woven(word, Box::pin(seen)).await;
        world.settle().await;
        assert_eq!(waited, writes < 2, "{writes}");
        let there = account(&world, "bruno").await.expect("an account");
        assert_eq!(there.contact.email.unwrap().as_str(), email);
        let invited = world.mails_to(email);
        assert_eq!(invited.len(), 1, "{writes}");
        assert_eq!(world.accept(email).await.id, there.id.to_string());
        assert_eq!(listed(&world, &ada, "EMS").await.len(), 2, "{writes}");
        assert_whole(&world).await;
        all_taken(&world);
    }
}
