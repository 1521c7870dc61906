//! Strangers do not write through Vigie: five mails an hour and ten a day to a mailbox from each
//! kind of origin, over all askers, accounts and deletions.

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_tests::{
    World,
    fake_aws::Fault,
    scenario::{Person, tender},
};

use super::{ask, bruno, confirm};

pub const VICTIM: &str = "victime@ailleurs.example.fr";

pub async fn create(world: &World, by: &Person, entity: &str, email: &str) -> Value {
    let body = json!({"contact": {"firstName": "Gagnez", "lastName": "Un lot", "email": email}});
    let answer = world
        .post(&by.login, &format!("/v1/entities/{entity}/agents"), body)
        .await
        .expect(201);
    world.settle().await;
    answer.json
}

pub async fn withdraw(world: &World, by: &Person, entity: &str, id: &Value) {
    world
        .delete(
            &by.login,
            &format!(
                "/v1/entities/{entity}/agents/{}",
                id.as_str().expect("an id")
            ),
        )
        .await
        .expect(204);
    world.settle().await;
}

pub async fn listed(world: &World, by: &Person, id: &Value) -> Value {
    let list = world
        .get(&by.login, "/v1/entities/EMS/agents")
        .await
        .expect(200)
        .json;
    list["items"]
        .as_array()
        .expect("items")
        .iter()
        .find(|agent| agent["id"] == *id)
        .expect("the agent")
        .clone()
}

#[tokio::test]
async fn an_address_that_is_invited_and_taken_back_again_and_again_is_mailed_five_times_an_hour_and_ten_a_day()
 {
    let (world, ada, _) = bruno().await;
    let zoe = world.organisation("LYON").await;
    world.empty_inbox();
    for round in 0..8 {
        // By one organisation or the other: it is the address that counts, in whatever spelling.
        let (by, entity) = if round % 2 == 0 {
            (&ada, "EMS")
        } else {
            (&zoe, "LYON")
        };
        let spelling = if round % 3 == 0 {
            "Victime@Ailleurs.EXAMPLE.fr"
        } else {
            VICTIM
        };
        let agent = create(&world, by, entity, spelling).await;
        withdraw(&world, by, entity, &agent["id"]).await;
    }
    assert_eq!(world.mails_to(VICTIM).len(), 5);
    // By the hour when they went.
    let mut sent = vec![0; 5];
    for hour in 1..60 {
        world.pass(SignedDuration::from_hours(1));
        for _ in 0..2 {
            let agent = create(&world, &ada, "EMS", VICTIM).await;
            withdraw(&world, &ada, "EMS", &agent["id"]).await;
        }
        sent.resize(world.mails_to(VICTIM).len(), hour);
        let of_a_day = sent.iter().filter(|at| **at > hour - 24).count();
        assert!(of_a_day <= 10, "hour {hour}: {sent:?}");
    }
    assert!(sent.len() >= 25, "what is allowed goes: {sent:?}");
}

#[tokio::test]
async fn whatever_agents_ask_for_counts_together_and_who_asks_is_answered_as_ever() {
    let (world, ada, bruno) = bruno().await;
    let chloe = world.agent(&ada, "EMS", "Chloe").await;
    create(&world, &ada, "EMS", VICTIM).await;
    for asker in [&bruno, &chloe, &ada] {
        let answer = ask(&world, asker, VICTIM).await;
        assert_eq!(answer.json["pendingEmail"]["address"], VICTIM);
    }
    assert_eq!(
        world.mails_to(VICTIM).len(),
        4,
        "an invitation, and that the address is taken"
    );
    for _ in 0..3 {
        let resend = bruno
            .post(&world, "/contact/pending-email/resend", json!({}))
            .await
            .expect(202);
        assert_eq!(resend.json["pendingEmail"]["address"], VICTIM);
        world.settle().await;
    }
    assert_eq!(world.mails_to(VICTIM).len(), 6);
    // Others are mailed as ever: the address counts, not who asks.
    ask(&world, &chloe, "chloe.ailleurs@example.fr").await;
    assert_eq!(world.mails_to("chloe.ailleurs@example.fr").len(), 1);
    // An hour later one can be sent again, and works.
    world.pass(SignedDuration::from_hours(1));
    bruno
        .post(&world, "/contact/pending-email/resend", json!({}))
        .await
        .expect(202);
    world.settle().await;
    assert_eq!(world.mails_to(VICTIM).len(), 7);
}

#[tokio::test]
async fn an_invitation_that_was_held_back_says_so_to_its_administrator_and_can_be_sent_later() {
    let (world, ada, _) = bruno().await;
    for _ in 0..5 {
        let agent = create(&world, &ada, "EMS", VICTIM).await;
        assert!(
            listed(&world, &ada, &agent["id"])
                .await
                .get("invitationHeldBackUntil")
                .is_none()
        );
        withdraw(&world, &ada, "EMS", &agent["id"]).await;
    }
    let until = world.now() + SignedDuration::from_hours(1);
    let agent = create(&world, &ada, "EMS", VICTIM).await;
    assert_eq!(world.mails_to(VICTIM).len(), 5);
    let shown = listed(&world, &ada, &agent["id"]).await;
    assert_eq!(shown["invitationHeldBackUntil"], json!(until));
    let records = world.table.items().await.into_iter().filter(|item| {
        item.get("reason")
            .is_some_and(|reason| reason.as_s().is_ok_and(|reason| reason == "tooManyMails"))
    });
    assert!(
        records
            .into_iter()
            .all(|item| item["state"].as_s().is_ok_and(|state| state == "SKIPPED"))
    );

    world.pass(SignedDuration::from_hours(1));
    let path = format!(
        "/v1/entities/EMS/agents/{}/invitation",
        agent["id"].as_str().unwrap()
    );
    let again = world
        .post(&ada.login, &path, json!({}))
        .await
        .expect(202)
        .json;
    assert!(again.get("invitationHeldBackUntil").is_none());
    world.settle().await;
    assert_eq!(world.mails_to(VICTIM).len(), 6);
    world.accept(VICTIM).await;
}

#[tokio::test]
async fn one_mail_that_is_tried_again_counts_once() {
    let (world, ada, _) = bruno().await;
    for round in 0..5 {
        // Each is throttled, and cut off without an answer that comes, before it goes.
        world
            .aws
            .with(|traffic| traffic.faults.extend([Fault::Down, Fault::Down]));
        let agent = create(&world, &ada, "EMS", VICTIM).await;
        assert_eq!(world.mails_to(VICTIM).len(), round + 1);
        withdraw(&world, &ada, "EMS", &agent["id"]).await;
    }
    create(&world, &ada, "EMS", VICTIM).await;
    assert_eq!(world.mails_to(VICTIM).len(), 5);
}

#[tokio::test]
async fn who_has_confirmed_is_asked_five_times_an_hour_and_ten_a_day_over_all_askers() {
    let (world, ada, bruno) = bruno().await;
    let zoe = world.organisation("LYON").await;
    let mut crowd = Vec::new();
    for round in 0..7 {
        crowd.push(world.agent(&zoe, "LYON", &format!("Chloe{round}")).await);
    }
    let ask_all = async || {
        for asker in &crowd {
            asker
                .post(&world, "/links", json!({"email": bruno.email}))
                .await
                .expect(202);
            world.settle().await;
        }
    };
    ask_all().await;
    assert_eq!(world.mails_to(&bruno.email).len(), 5);
    world.pass(SignedDuration::from_hours(1));
    ask_all().await;
    assert_eq!(world.mails_to(&bruno.email).len(), 10);
    world.pass(SignedDuration::from_hours(1));
    ask_all().await;
    assert_eq!(world.mails_to(&bruno.email).len(), 10);
    // What they ask for themselves, and alerts, go as ever.
    world.wants_everything(&bruno).await;
    world.consultation("c-1", "EMS", &bruno, &[]).await;
    world.star(&bruno, "c-1").await;
    for i in 0..7 {
        world
            .send("TenderReceived", tender("c-1", &format!("d-{i}")))
            .await;
    }
    bruno
        .post(&world, "/alerts/test", json!({}))
        .await
        .expect(202);
    world.settle().await;
    assert_eq!(world.mails_to(&bruno.email).len(), 18);
    assert!(world.mails_to(&ada.email).len() <= 1);
}

#[tokio::test]
async fn no_address_is_written_down_to_count_its_mails() {
    let (world, ada, _) = bruno().await;
    let agent = create(&world, &ada, "EMS", VICTIM).await;
    withdraw(&world, &ada, "EMS", &agent["id"]).await;
    world.sweep().await;
    let items = world.table.items().await;
    let counts: Vec<_> = items
        .iter()
        .filter(|item| item["pk"].as_s().is_ok_and(|pk| pk.starts_with("MAILED#")))
        .collect();
    assert!(!counts.is_empty());
    for item in &items {
        assert!(!format!("{item:?}").contains("victime"), "{item:?}");
    }
    let ends = (world.now() + SignedDuration::from_hours(24))
        .as_second()
        .to_string();
    assert!(counts.iter().any(|item| item["ttl"].as_n() == Ok(&ends)));
}

#[tokio::test]
async fn a_deactivated_agent_confirms_no_new_address() {
    let (world, ada, bruno) = bruno().await;
    ask(&world, &bruno, "bruno.new@agents.example.fr").await;
    let token = world.mails_to("bruno.new@agents.example.fr")[0].token();
    let set_active = async |active: bool| {
        world
            .change(&ada, "EMS", &bruno.id, json!({"active": active}))
            .await
            .expect(200);
    };
    set_active(false).await;
    confirm(&world, &token).await.expect(404);
    let agents = world
        .get(&ada.login, "/v1/entities/EMS/agents")
        .await
        .expect(200)
        .json;
    assert!(
        agents["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|agent| agent["contact"]["email"] == bruno.email.as_str())
    );
    set_active(true).await;
    confirm(&world, &token).await.expect(200);
}

#[tokio::test]
async fn an_address_that_an_agent_asked_for_is_its_own_business() {
    let (world, ada, bruno) = bruno().await;
    ask(&world, &bruno, VICTIM).await;
    let patched = world
        .change(
            &ada,
            "EMS",
            &bruno.id,
            json!({"permanentGuest": {"own": true}}),
        )
        .await
        .expect(200);
    let listed = world
        .get(&ada.login, "/v1/entities/EMS/agents")
        .await
        .expect(200);
    for answer in [&patched, &listed] {
        assert!(!answer.text.contains(VICTIM), "{}", answer.text);
    }
    assert_eq!(patched.json["pendingEmail"], Value::Null);
    assert_eq!(
        bruno.get(&world, "").await.expect(200).json["pendingEmail"]["address"],
        VICTIM
    );
}
