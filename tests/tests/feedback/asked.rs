//! Mails that somebody else asked for: a complaint stops that kind of mail and no alert, and what
//! comes back counts against who asked.

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_tests::{Answer, World, scenario::Person};

use super::{address::confirm_again, mailed, tell};

const VICTIM: &str = "victime@ailleurs.example.fr";

async fn status_of(world: &World, person: &Person) -> Value {
    person.get(world, "").await.expect(200).json["emailStatus"].clone()
}

async fn ask_to_link(world: &World, asker: &Person, address: &str) -> Answer {
    world.pass(SignedDuration::from_secs(1));
    let answer = asker.post(world, "/links", json!({"email": address})).await;
    world.settle().await;
    answer
}

async fn ask_for(world: &World, asker: &Person, address: &str) -> Answer {
    world.pass(SignedDuration::from_secs(1));
    let answer = asker.patch_contact(world, json!({"email": address})).await;
    world.settle().await;
    answer
}

async fn stand_in(world: &World, asker: &Person, delegate: &Person) {
    let days =
        json!({"from": "2026-11-25", "until": "2026-11-26", "delegateAccountId": delegate.id});
    asker.put(world, "/absence", days).await.expect(200);
    world.settle().await;
    asker.put(world, "/absence", Value::Null).await.expect(200);
}

/// The newest mail to an address, of which SES tells something.
async fn said(world: &World, address: &str, what: &str) {
    world.pass(SignedDuration::from_secs(1));
    let mail = world.last_mail(address);
    world.ses_says(&mail, what).await;
}

#[tokio::test]
async fn a_complaint_about_a_request_stops_requests_of_that_kind_and_nothing_else() {
    let (world, ada, bruno, _) = mailed().await;
    let chloe = world.agent(&ada, "EMS", "Chloe").await;
    world.empty_inbox();
    ask_to_link(&world, &chloe, &bruno.email).await.expect(202);
    said(&world, &bruno.email, "complaint").await;
    assert_eq!(status_of(&world, &bruno).await, "confirmed");
    world.empty_inbox();
    for asker in [&ada, &chloe] {
        ask_to_link(&world, asker, &bruno.email).await.expect(202);
    }
    assert_eq!(world.mails_to(&bruno.email).len(), 0);
    stand_in(&world, &chloe, &bruno).await;
    assert_eq!(world.mails_to(&bruno.email).len(), 1);
    said(&world, &bruno.email, "complaint").await;
    world.empty_inbox();
    stand_in(&world, &chloe, &bruno).await;
    assert_eq!(world.mails_to(&bruno.email).len(), 0);
    assert_eq!(status_of(&world, &bruno).await, "confirmed");
    tell(&world, &bruno, "d-2").await;
}

#[tokio::test]
async fn a_complaint_about_an_invitation_stops_those_from_that_side_for_a_month() {
    let (world, ada, ..) = mailed().await;
    let body = json!({"contact": {"firstName": "Rosa", "lastName": "Agent", "email": VICTIM}});
    let agent = world
        .post(&ada.login, "/v1/entities/EMS/agents", body)
        .await
        .expect(201)
        .json;
    world.settle().await;
    said(&world, VICTIM, "complaint").await;
    world.empty_inbox();
    let invite = async || {
        let path = format!(
            "/v1/entities/EMS/agents/{}/invitation",
            agent["id"].as_str().expect("an id")
        );
        world.post(&ada.login, &path, json!({})).await.expect(202);
        world.settle().await;
        let list = world
            .get(&ada.login, "/v1/entities/EMS/agents")
            .await
            .expect(200)
            .json;
        list["items"]
            .as_array()
            .expect("items")
            .iter()
            .find(|found| found["id"] == agent["id"])
            .expect("the agent")
            .clone()
    };
    let shown = invite().await;
    assert_eq!(
        (&shown["emailStatus"], world.mails_to(VICTIM).len()),
        (&json!("unconfirmed"), 0)
    );
    assert!(shown["invitationHeldBackUntil"].is_string(), "{shown}");
    // A new customer's first administrator, and whatever an agent asks for, go.
    ask_for(&world, &ada, VICTIM).await.expect(202);
    assert_eq!(world.mails_to(VICTIM).len(), 1);
    for _ in 0..4 {
        world.pass(SignedDuration::from_hours(6 * 24));
        invite().await;
    }
    assert_eq!(world.mails_to(VICTIM).len(), 1);
    // Asking took a second.
    world.pass(SignedDuration::from_hours(6 * 24) - SignedDuration::from_secs(2));
    invite().await;
    assert_eq!(world.mails_to(VICTIM).len(), 1);
    world.pass(SignedDuration::from_secs(1));
    assert_eq!(invite().await.get("invitationHeldBackUntil"), None);
    assert_eq!(world.mails_to(VICTIM).len(), 2);
}

#[tokio::test]
async fn a_complaint_about_a_confirmation_stops_those_to_that_mailbox_but_the_owner_s() {
    let (world, ada, bruno, _) = mailed().await;
    ask_for(&world, &ada, &bruno.email).await.expect(202);
    said(&world, &bruno.email, "complaint").await;
    assert_eq!(
        (
            status_of(&world, &bruno).await,
            status_of(&world, &ada).await
        ),
        (json!("confirmed"), json!("confirmed"))
    );
    world.empty_inbox();
    ask_for(&world, &ada, &bruno.email).await.expect(202);
    assert_eq!(world.mails_to(&bruno.email).len(), 0);
    let mail = tell(&world, &bruno, "d-2").await;
    world.ses_says(&mail, "bounced-permanent").await;
    world.empty_inbox();
    ask_for(&world, &bruno, &bruno.email).await.expect(202);
    said(&world, &bruno.email, "complaint").await;
    ask_for(&world, &bruno, &bruno.email).await.expect(202);
    assert_eq!(world.mails_to(&bruno.email).len(), 2);
}

#[tokio::test]
async fn who_makes_three_mails_come_back_in_a_day_asks_for_none_until_it_is_over() {
    let (world, ada, bruno, _) = mailed().await;
    let chloe = world.agent(&ada, "EMS", "Chloe").await;
    for i in 0..3 {
        let address = format!("inconnu{i}@ailleurs.example.fr");
        ask_for(&world, &bruno, &address).await.expect(202);
        // Told twice, it counts once.
        said(&world, &address, "bounced-permanent").await;
        said(&world, &address, "bounced-permanent").await;
        world.pass(SignedDuration::from_hours(1));
    }
    let resend = async || {
        bruno
            .post(&world, "/contact/pending-email/resend", json!({}))
            .await
    };
    let absence = async || {
        let days =
            json!({"from": "2026-11-25", "until": "2026-11-26", "delegateAccountId": chloe.id});
        bruno.put(&world, "/absence", days).await
    };
    for refused in [
        ask_for(&world, &bruno, VICTIM).await,
        ask_to_link(&world, &bruno, VICTIM).await,
        resend().await,
        absence().await,
    ] {
        let refused = refused.expect(429);
        assert_eq!(refused.json["type"], "urn:vigie:problem:too-many-mails");
        let wait: i64 = refused.headers["retry-after"]
            .to_str()
            .expect("text")
            .parse()
            .expect("seconds");
        assert!((20 * 3600..22 * 3600).contains(&wait), "{wait}");
    }
    // Nobody else is, and what is the agent's own is not.
    ask_for(&world, &chloe, VICTIM).await.expect(202);
    world
        .post(
            &ada.login,
            "/v1/entities/EMS/agents",
            json!({"contact": {"firstName": "A", "lastName": "B", "email": "a@example.fr"}}),
        )
        .await
        .expect(201);
    bruno
        .post(&world, "/alerts/test", json!({}))
        .await
        .expect(202);
    tell(&world, &bruno, "d-2").await;
    world.pass(SignedDuration::from_hours(22));
    ask_for(&world, &bruno, VICTIM).await.expect(202);
}

/// What they mistyped three times keeps nobody from what is theirs.
#[tokio::test]
async fn who_made_too_many_come_back_still_asks_for_their_own_address() {
    let (world, _, bruno, alert) = mailed().await;
    world.ses_says(&alert, "bounced-permanent").await;
    for i in 0..3 {
        let address = format!("brunp{i}@agents.example.fr");
        ask_for(&world, &bruno, &address).await.expect(202);
        said(&world, &address, "bounced-permanent").await;
        world.pass(SignedDuration::from_hours(1));
    }
    let resend = async || {
        let path = bruno.path("/contact/pending-email/resend");
        let answer = world.post(&bruno.login, &path, json!({})).await;
        world.settle().await;
        answer
    };
    // What waits is somebody else's still.
    resend().await.expect(429);
    ask_for(&world, &bruno, VICTIM).await.expect(429);
    world.empty_inbox();
    for own in [bruno.email.clone(), bruno.email.to_uppercase()] {
        ask_for(&world, &bruno, &own).await.expect(202);
        resend().await.expect(202);
    }
    assert_eq!(world.mails_to(&bruno.email).len(), 4);
    for refused in [
        ask_for(&world, &bruno, VICTIM).await,
        ask_to_link(&world, &bruno, VICTIM).await,
        ask_for(&world, &bruno, &bruno.email.replace('@', "+x@")).await,
    ] {
        refused.refused(429, "too-many-mails");
    }
    confirm_again(&world, &bruno, &bruno.email).await;
    assert_eq!(status_of(&world, &bruno).await, "confirmed");
    world.pass(SignedDuration::from_hours(1));
    ask_for(&world, &bruno, VICTIM).await.expect(429);
}

#[tokio::test]
async fn an_owner_whose_own_address_is_dead_asks_for_another_one() {
    let (world, _, bruno, mail) = mailed().await;
    world.ses_says(&mail, "bounced-permanent").await;
    for _ in 0..4 {
        ask_for(&world, &bruno, &bruno.email).await.expect(202);
        said(&world, &bruno.email, "bounced-permanent").await;
        world.pass(SignedDuration::from_hours(1));
    }
    ask_for(&world, &bruno, "bruno.nouveau@agents.example.fr")
        .await
        .expect(202);
}

/// Three of sixty: nobody's asks but the organisation's invitations wait, and they go by
/// themselves.
#[tokio::test]
async fn an_organisation_whose_invitations_come_back_sends_no_more_until_the_day_is_over() {
    let (world, ada, bruno, _) = mailed().await;
    let zoe = world.organisation("LYON").await;
    for i in 0..60 {
        world.invite(&ada, "EMS", &format!("Agent{i}")).await;
    }
    world.settle().await;
    for i in 0..2 {
        said(
            &world,
            &format!("agent{i}@agents.example.fr"),
            "bounced-permanent",
        )
        .await;
        said(
            &world,
            &format!("agent{i}@agents.example.fr"),
            "bounced-permanent",
        )
        .await;
    }
    // Bounces of what agents ask for are no bounces of invitations.
    ask_for(&world, &bruno, VICTIM).await.expect(202);
    said(&world, VICTIM, "bounced-permanent").await;
    world.invite(&ada, "EMS", "Fanny").await;
    world.settle().await;
    assert_eq!(world.mails_to("fanny@agents.example.fr").len(), 1);
    for i in 2..4 {
        said(
            &world,
            &format!("agent{i}@agents.example.fr"),
            "bounced-permanent",
        )
        .await;
    }
    let gina = world.invite(&ada, "EMS", "Gina").await;
    world.invite(&zoe, "LYON", "Hugo").await;
    world.settle().await;
    assert_eq!(world.mails_to("gina@agents.example.fr").len(), 0);
    assert_eq!(world.mails_to("hugo@agents.example.fr").len(), 1);
    let list = world
        .get(&ada.login, "/v1/entities/EMS/agents?limit=100")
        .await
        .expect(200)
        .json;
    let mut agents = list["items"].as_array().expect("items").iter();
    let shown = agents.find(|agent| agent["id"] == gina).expect("Gina");
    let in_an_hour = world.now() + SignedDuration::from_hours(1);
    assert_eq!(shown["invitationHeldBackUntil"], json!(in_an_hour));
    for _ in 0..23 {
        world.pass(SignedDuration::from_hours(1));
        world.sweep().await;
    }
    assert_eq!(world.mails_to("gina@agents.example.fr").len(), 0);
    for _ in 0..2 {
        world.pass(SignedDuration::from_hours(1));
        world.sweep().await;
    }
    world.accept("gina@agents.example.fr").await;
}
