//! The keys of mailed links are replaced while the functions run.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::json;
use vigie_domain::{
    id::{AccountId, RequestId},
    token::{Purpose, Token},
};
use vigie_tests::{
    Answer, World,
    scenario::{Person, tender},
};

const NEW: &str = "new@agents.example.fr";

/// Time for which keys that were read are good.
const AGE: SignedDuration = SignedDuration::from_mins(5);

/// Time between two readings because of numbers that nobody knows.
const PAUSE: SignedDuration = SignedDuration::from_secs(10);

/// What Bruno was mailed.
struct Mailed {
    confirmation: String,
    unsubscribe: String,
    calendar: String,
}

/// Bruno follows `c-1`, and has asked for another address.
async fn follower() -> (World, Person) {
    let (world, ada) = World::with("EMS").await;
    let bruno = world.agent(&ada, "EMS", "Bruno").await;
    world.wants_everything(&bruno).await;
    world.consultation("c-1", "EMS", &bruno, &[]).await;
    world.star(&bruno, "c-1").await;
    bruno
        .patch_contact(&world, json!({"email": NEW}))
        .await
        .expect(202);
    world.settle().await;
    (world, bruno)
}

/// Makes a tender known, and reads the newest mails.
async fn mailed(world: &World, bruno: &Person, deposit: &str) -> Mailed {
    world.send("TenderReceived", tender("c-1", deposit)).await;
    let alert = world.last_mail(&bruno.email);
    let path = |what: &str| {
        let (_, rest) = alert.text.split_once(what).expect("a link");
        let token = rest.split_whitespace().next().expect("a token");
        format!("{what}{token}")
    };
    Mailed {
        confirmation: world.last_mail(NEW).token(),
        unsubscribe: path("/v1/unsubscribe/"),
        calendar: path("/v1/deadlines/"),
    }
}

async fn confirm(world: &World, token: &str) -> Answer {
    world.confirm(token).await
}

async fn open(world: &World, path: &str) -> Answer {
    world.request("GET", path).send().await
}

async fn ask_again(world: &World, bruno: &Person) {
    bruno
        .post(world, "/contact/pending-email/resend", json!(null))
        .await;
    world.settle().await;
}

#[tokio::test]
async fn after_a_rotation_earlier_mails_unsubscribe_and_find_deadlines_and_do_nothing_else() {
    let (world, bruno) = follower().await;
    let before = mailed(&world, &bruno, "d-1").await;
    world.aws.rotate(false);
    world.pass(AGE);
    confirm(&world, &before.confirmation).await.expect(404);
    open(&world, &before.unsubscribe).await.expect(200);
    open(&world, &before.calendar).await.expect(200);
    // What is mailed from then on is good for everything.
    ask_again(&world, &bruno).await;
    let after = mailed(&world, &bruno, "d-2").await;
    assert_ne!(after.unsubscribe, before.unsubscribe);
    open(&world, &after.unsubscribe).await.expect(200);
    open(&world, &after.calendar).await.expect(200);
    confirm(&world, &after.confirmation).await.expect(200);
}

#[tokio::test]
async fn a_leaked_key_opens_nothing_once_the_keys_are_read_again() {
    let (world, bruno) = follower().await;
    let before = mailed(&world, &bruno, "d-1").await;
    let links = async |status| {
        for path in [&before.unsubscribe, &before.calendar] {
            open(&world, path).await.expect(status);
        }
    };
    links(200).await;
    world.aws.rotate(true);
    world.pass(AGE - SignedDuration::from_millis(1));
    let read = world.aws.with(|traffic| traffic.secret_calls);
    links(200).await;
    assert_eq!(world.aws.with(|traffic| traffic.secret_calls), read);
    world.pass(SignedDuration::from_millis(1));
    confirm(&world, &before.confirmation).await.expect(404);
    links(404).await;
    let after = mailed(&world, &bruno, "d-2").await;
    open(&world, &after.unsubscribe).await.expect(200);
    open(&world, &after.calendar).await.expect(200);
}

fn unsubscribe_link(world: &World, bruno: &Person) -> String {
    let token = Token {
        purpose: Purpose::Unsubscribe,
        account: AccountId::parse(&bruno.id).expect("an id"),
        request: RequestId::parse("tenderReceived.99999").expect("an id"),
    };
    format!("/v1/unsubscribe/{}", world.aws.keys().sign(&token))
}

#[tokio::test]
async fn a_warm_function_takes_a_token_of_a_key_that_it_has_not_read_yet() {
    let (world, bruno) = follower().await;
    for leaked in [false, false, true] {
        open(&world, &unsubscribe_link(&world, &bruno))
            .await
            .expect(200);
        let before = world.aws.with(|traffic| traffic.secret_calls);
        world.aws.rotate(leaked);
        open(&world, &unsubscribe_link(&world, &bruno))
            .await
            .expect(200);
        assert_eq!(world.aws.with(|traffic| traffic.secret_calls), before + 1);
    }
}

#[tokio::test]
async fn numbers_that_anybody_makes_up_have_the_secret_read_once_in_a_while_only() {
    let (world, bruno) = follower().await;
    let good = unsubscribe_link(&world, &bruno);
    open(&world, &good).await.expect(200);
    let before = world.aws.with(|traffic| traffic.secret_calls);
    for number in 100..130 {
        let forged = good.replacen("u1", &format!("u{number}"), 1);
        open(&world, &forged).await.expect(404);
        let voided = good.replacen("u1", "u0", 1);
        open(&world, &voided).await.expect(404);
    }
    open(&world, &good).await.expect(200);
    let forged = good.replacen("u1", "u200", 1);
    world.pass(PAUSE - SignedDuration::from_millis(1));
    open(&world, &forged).await.expect(404);
    assert_eq!(world.aws.with(|traffic| traffic.secret_calls), before + 1);
    // Nobody is locked out for longer than that.
    world.aws.rotate(false);
    world.pass(SignedDuration::from_millis(1));
    open(&world, &unsubscribe_link(&world, &bruno))
        .await
        .expect(200);
}

#[tokio::test]
async fn without_the_secret_a_warm_function_goes_on_and_a_cold_one_says_that_it_cannot() {
    let (mut world, bruno) = follower().await;
    let good = unsubscribe_link(&world, &bruno);
    open(&world, &good).await.expect(200);
    world.aws.with(|traffic| traffic.secrets_down = true);
    for _ in 0..3 {
        world.pass(AGE);
        open(&world, &good).await.expect(200);
    }
    let calls = || world.aws.with(|traffic| traffic.secret_calls);
    let before = calls();
    open(&world, &good).await.expect(200);
    world.pass(SignedDuration::from_secs(59));
    open(&world, &good).await.expect(200);
    assert_eq!(calls(), before, "not asked for at each request");
    world.pass(SignedDuration::from_secs(1));
    open(&world, &good).await.expect(200);
    assert_eq!(calls(), before + 1, "but after a minute");
    // A number that is not known may be right.
    let newer = good.replacen("u1", "u2", 1);
    open(&world, &newer).await.expect(503);

    let clock = world.preferences.clock.clone();
    world.preferences = Arc::new(vigie_preferences::Preferences {
        tokens: world.aws.tokens("preferences", &clock),
        ..(*world.preferences).clone()
    });
    open(&world, &good).await.refused(503, "unavailable");
    // Only links need the secret.
    bruno.get(&world, "/alerts").await.expect(200);
    world.aws.with(|traffic| traffic.secrets_down = false);
    open(&world, &good).await.expect(200);
}

#[tokio::test]
async fn without_the_secret_no_mail_goes_and_none_is_lost() {
    let (mut world, bruno) = follower().await;
    world.empty_inbox();
    let clock = world.mailer.clock.clone();
    world.mailer.tokens = world.aws.tokens("mailer", &clock);
    world.aws.with(|traffic| traffic.secrets_down = true);
    world.publish("TenderReceived", tender("c-1", "d-1"));
    world.settle().await;
    assert_eq!(world.mails(), []);
    world.aws.with(|traffic| traffic.secrets_down = false);
    world.redrive().await;
    assert_eq!(world.mails_to(&bruno.email).len(), 1);
}

#[tokio::test]
async fn a_secret_that_is_not_ours_to_read_replaces_no_key() {
    let (world, bruno) = follower().await;
    let good = unsubscribe_link(&world, &bruno);
    open(&world, &good).await.expect(200);
    // Shorter than a key: by mistake, or by somebody's hand.
    world
        .aws
        .with(|traffic| traffic.keys.insert(2, "short".to_owned()));
    world.pass(AGE + SignedDuration::from_secs(1));
    open(&world, &good).await.expect(200);
}
