//! Asking for an account by its address: what is answered, what is mailed, and what is not told.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::json;
use vigie_tests::{Login, World};

use super::{
    HOUR, LINK, RECOVERED, Scene, ask, assert_bound, audit, confirm, die, items_of_logins, links,
    own, press, token,
};

#[tokio::test]
async fn a_new_login_takes_the_place_of_the_former_one_by_the_link_mailed_to_the_address() {
    let (scene, token) = Scene::asked().await;
    let (world, [_, bruno], new) = scene.parts();
    assert_eq!(world.subjects_to(&bruno.email), [LINK]);
    let mail = world.last_mail(&bruno.email);
    assert!(mail.text.contains("https://vigie.test/recovery?token="));
    assert!(own(world, new).await.is_empty());

    let answer = confirm(world, new, &token).await.expect(200);

    assert_eq!(answer.json, json!({"accountId": bruno.id, "due": null}));
    assert_bound(world, &bruno.id, new, &[&bruno.login]).await;
    assert_eq!(items_of_logins(world, &bruno.id).await, 1);
    assert_eq!(world.subjects_to(&bruno.email), [LINK, RECOVERED]);
}

#[tokio::test]
async fn the_administrators_above_and_the_audit_are_told() {
    let scene = Scene::recovered().await;
    let (world, [ada, bruno], _) = scene.parts();
    assert_eq!(
        world.subjects_to(&ada.email),
        ["Un agent accède à son compte avec un autre identifiant"]
    );
    let mail = world.last_mail(&ada.email);
    assert!(mail.text.contains("Bruno Agent"));
    assert!(!mail.text.contains(&bruno.email) && !mail.text.contains("token"));
    let entry = &audit(world, ada).await[0];
    assert_eq!(
        (&entry["what"], &entry["targetAccountId"]),
        (&json!("accountRecovered"), &json!(bruno.id))
    );
}

#[tokio::test]
async fn the_link_works_once_and_the_same_login_is_answered_as_the_first_time() {
    let (scene, token) = Scene::asked().await;
    let (world, [_, bruno], new) = scene.parts();
    let first = confirm(world, new, &token).await.expect(200);
    world.empty_inbox();
    let before = world.table.items().await;
    for wait in [SignedDuration::ZERO, HOUR, HOUR * 24] {
        world.pass(wait);
        assert_eq!(
            confirm(world, new, &token).await.expect(200).json,
            first.json
        );
    }
    for other in [&bruno.login, &Login::new("somebody")] {
        confirm(world, other, &token).await.expect(404);
    }
    assert_eq!(world.table.items().await, before);
    assert!(world.mails().is_empty());
}

#[tokio::test]
async fn the_link_works_for_an_hour() {
    let (scene, token) = Scene::asked().await;
    let (world, [_, bruno], new) = scene.parts();
    world.pass(HOUR);
    confirm(world, new, &token)
        .await
        .refused(410, "token-expired");
    assert_bound(world, &bruno.id, &bruno.login, &[new]).await;

    let again = super::token(world, new, &bruno.email).await;
    world.pass(HOUR - SignedDuration::from_millis(1));
    confirm(world, new, &again).await.expect(200);
}

#[tokio::test]
async fn the_link_works_for_the_login_that_asked_alone() {
    let (scene, mailed) = Scene::asked().await;
    let (world, [ada, bruno], new) = scene.parts();
    let other = Login::new("somebody");
    for stranger in [&other, &ada.login] {
        confirm(world, stranger, &mailed)
            .await
            .refused(404, "not-found");
    }
    // Not even if they asked for the same address.
    let theirs = token(world, &other, &bruno.email).await;
    confirm(world, &other, &mailed).await.expect(404);
    confirm(world, new, &theirs).await.expect(404);
    // Whose ask voids nobody else's.
    confirm(world, new, &mailed).await.expect(200);
    confirm(world, &other, &theirs).await.expect(404);
    assert_bound(world, &bruno.id, new, &[&other, &bruno.login]).await;
}

#[tokio::test]
async fn a_newer_link_of_the_same_login_voids_the_older() {
    let (scene, older) = Scene::asked().await;
    let (world, [_, bruno], new) = scene.parts();
    world.pass(SignedDuration::from_mins(10));
    let newer = token(world, new, &bruno.email).await;
    assert_ne!(older, newer);
    confirm(world, new, &older).await.expect(404);
    confirm(world, new, &newer).await.expect(200);
    confirm(world, new, &older).await.expect(404);
}

#[tokio::test]
async fn whoever_acts_for_the_account_already_changes_nothing() {
    let (scene, _) = Scene::asked().await;
    let (world, [_, bruno], _) = scene.parts();
    let mailed = token(world, &bruno.login, &bruno.email).await;
    let before = world.table.items().await;
    let answer = confirm(world, &bruno.login, &mailed).await.expect(200);
    assert_eq!(answer.json["accountId"], json!(bruno.id));
    assert_eq!(world.table.items().await, before);
}

/// Accounts that nobody is mailed for, and an address that nobody has.
#[tokio::test]
async fn only_a_confirmed_deliverable_active_and_bound_account_is_mailed_and_every_answer_is_one() {
    let scene = Scene::new().await;
    let (world, [ada, _], _) = scene.parts();
    world.invite(ada, "EMS", "Invited").await;
    let gone = world.agent(ada, "EMS", "Gone").await;
    let off = world.change(ada, "EMS", &gone.id, json!({"active": false}));
    off.await.expect(200);
    let dead = world.agent(ada, "EMS", "Dead").await;
    die(world, &dead).await;
    let moving = world.agent(ada, "EMS", "Moving").await;
    let waiting = "moved@agents.example.fr";
    moving
        .patch_contact(world, json!({"email": waiting}))
        .await
        .expect(202);
    world.settle().await;
    world.empty_inbox();

    let (mut answers, mut calls) = (Vec::new(), Vec::new());
    let unknown = "nobody@agents.example.fr";
    for (i, email) in [
        unknown,
        "invited@agents.example.fr",
        &gone.email,
        &dead.email,
        waiting,
        &scene.bruno.email,
    ]
    .into_iter()
    .enumerate()
    {
        world.table.calls();
        let login = Login::new(&format!("login {i}"));
        let body = json!({"email": email});
        let answer = world.post(&login, "/v1/recoveries", body).await.expect(202);
        calls.push(world.table.calls());
        answers.push((answer.text, answer.headers));
        world.settle().await;
        let mailed = links(world, email).len();
        assert_eq!(mailed, usize::from(email == scene.bruno.email), "{email}");
    }
    answers.dedup();
    calls.dedup();
    assert_eq!(
        (answers.len(), calls.len()),
        (1, 1),
        "{answers:?} {calls:?}"
    );
}

#[tokio::test]
async fn what_an_asker_leaves_is_the_same_whoever_has_the_address() {
    let scene = Scene::new().await;
    let (world, [_, bruno], _) = scene.parts();
    let mut left = Vec::new();
    for email in ["nobody@agents.example.fr", &bruno.email] {
        let login = Login::new(&format!("asks for {email}"));
        ask(world, &login, email).await.expect(202);
        let login = vigie_domain::id::LoginId::new("https://issuer.test", &login.sub);
        let items = world.table.items().await.into_iter();
        let mut of_login: Vec<_> = items
            .filter(|item| item["pk"].as_s() == Ok(&format!("LOGIN#{login}")))
            .collect();
        assert_eq!(of_login.len(), 1);
        let mut names: Vec<_> = of_login.remove(0).into_keys().collect();
        names.sort();
        let address = vigie_domain::contact::email::Email::parse(email).expect("an address");
        let counted = vigie_store::keys::asked(&address.mailbox(), "logins");
        let counts = |item: &HashMap<String, AttributeValue>| {
            item["pk"].as_s() == Ok(&counted.pk) && item["sk"].as_s() == Ok(&counted.sk)
        };
        left.push((names, world.table.items().await.iter().any(counts)));
    }
    assert_eq!(left[0], left[1]);
    assert!(left[0].1, "its mailbox counts it");
}

#[tokio::test]
async fn a_login_asks_for_five_addresses_a_day_and_for_the_same_one_after_ten_minutes() {
    let scene = Scene::new().await;
    let (world, [_, bruno], new) = scene.parts();
    let count = |world: &World| links(world, &bruno.email).len();
    ask(world, new, &bruno.email).await.expect(202);
    world.pass(SignedDuration::from_mins(10) - SignedDuration::from_millis(1));
    ask(world, new, &bruno.email).await.expect(202);
    assert_eq!(count(world), 1, "too soon");
    world.pass(SignedDuration::from_millis(1));
    ask(world, new, &bruno.email).await.expect(202);
    assert_eq!(count(world), 2);

    let other = Login::new("asks a lot");
    for i in 0..5 {
        let email = format!("nobody-{i}@agents.example.fr");
        ask(world, &other, &email).await.expect(202);
    }
    ask(world, &other, &bruno.email).await.expect(202);
    assert_eq!(count(world), 2, "a sixth address");
    world.pass(HOUR * 24);
    ask(world, &other, &bruno.email).await.expect(202);
    assert_eq!(count(world), 3);
}

/// Ten mails a day to a mailbox, whoever asks: but an administrator's button never waits for it.
#[tokio::test]
async fn many_logins_fill_the_share_of_a_mailbox_and_leave_the_administrators_theirs() {
    let scene = Scene::new().await;
    let (world, [ada, bruno], new) = scene.parts();
    for i in 0..12 {
        ask(world, &Login::new(&format!("login {i}")), &bruno.email)
            .await
            .expect(202);
    }
    assert_eq!(links(world, &bruno.email).len(), 5);
    press(world, ada, &bruno.id).await.expect(202);
    let mailed = links(world, &bruno.email);
    assert_eq!(mailed.len(), 6);
    confirm(world, new, &mailed[5]).await.expect(200);
    // Nor do they spend what others have: alerts, invitations, confirmations.
    let changed = world.patch_contact(new, &bruno.id, json!({"email": "b2@agents.example.fr"}));
    changed.await.expect(202);
    world.settle().await;
    assert_eq!(world.mails_to("b2@agents.example.fr").len(), 1);
}

#[tokio::test]
async fn what_is_no_address_is_refused_and_asks_for_nothing() {
    let scene = Scene::new().await;
    let (world, [_, _], new) = scene.parts();
    for body in [
        json!({}),
        json!({"email": "none"}),
        json!({"email": null}),
        json!({"mail": "a@b.fr"}),
    ] {
        world.post(new, "/v1/recoveries", body).await.expect(422);
    }
    world
        .post(new, "/v1/recoveries/confirm", json!({"token": "r~x"}))
        .await
        .expect(404);
    let any = |item: &HashMap<String, AttributeValue>| {
        item["sk"].as_s().is_ok_and(|sk| sk == "RECOVERIES")
    };
    assert!(!world.table.items().await.iter().any(any));
}

#[tokio::test]
async fn no_event_and_no_key_holds_the_address_or_the_token() {
    let (scene, token) = Scene::asked().await;
    let (world, [_, bruno], new) = scene.parts();
    confirm(world, new, &token).await.expect(200);
    let seal = token.rsplit('~').next().expect("a seal").to_owned();
    for event in world
        .seen
        .lock()
        .expect("a lock")
        .iter()
        .filter(|of| of["source"] == "vigie")
    {
        let text = event.to_string();
        assert!(
            !text.contains(&bruno.email) && !text.contains(&seal),
            "{text}"
        );
    }
    for item in world.table.items().await {
        let key = format!("{:?} {:?}", item["pk"], item["sk"]);
        assert!(!key.contains('@') && !key.contains(&seal), "{key}");
    }
}

#[tokio::test]
async fn an_administrator_s_link_works_for_the_first_login_that_confirms_it() {
    let scene = Scene::new().await;
    let (world, [ada, bruno], new) = scene.parts();
    press(world, ada, &bruno.id).await.expect(202);
    let older = links(world, &bruno.email).pop().expect("a link");
    press(world, ada, &bruno.id).await.expect(202);
    let newer = links(world, &bruno.email).pop().expect("a link");
    confirm(world, new, &older).await.expect(404);
    confirm(world, new, &newer).await.expect(200);
    confirm(world, &Login::new("second"), &newer)
        .await
        .expect(404);
    confirm(world, new, &newer).await.expect(200);
    assert_bound(world, &bruno.id, new, &[&bruno.login]).await;
    let done: Vec<_> = audit(world, ada).await.into_iter().take(3).collect();
    let done: Vec<_> = done
        .iter()
        .map(|of| (&of["what"], &of["actorAccountId"]))
        .collect();
    let [recovered, sent] = [json!("accountRecovered"), json!("recoverySent")];
    assert_eq!(
        done,
        [
            (&recovered, &json!(bruno.id)),
            (&sent, &json!(ada.id)),
            (&sent, &json!(ada.id))
        ]
    );
}

#[tokio::test]
async fn the_button_says_why_nothing_can_be_mailed() {
    let scene = Scene::new().await;
    let (world, [ada, _], _) = scene.parts();
    let invited = world.invite(ada, "EMS", "Invited").await;
    let dead = world.agent(ada, "EMS", "Dead").await;
    die(world, &dead).await;
    let gone = world.agent(ada, "EMS", "Gone").await;
    let off = world.change(ada, "EMS", &gone.id, json!({"active": false}));
    off.await.expect(200);
    world.settle().await;
    world.empty_inbox();
    // Declared by the portal, and without an address.
    let declared = world.declared("EMS", "Declared", None).await;
    let declared = world.bound(&declared).await;
    for (agent, name) in [
        (&declared.id, "email-none"),
        (&invited, "email-unconfirmed"),
        (&dead.id, "email-undeliverable"),
        (&gone.id, "inactive"),
    ] {
        press(world, ada, agent).await.refused(409, name);
    }
    press(world, ada, "nobody").await.expect(404);
    assert!(world.mails().is_empty());
}

#[tokio::test]
async fn five_links_an_hour_are_mailed_for_administrators_and_the_agent_s_own_mails_are_apart() {
    let scene = Scene::new().await;
    let (world, [ada, bruno], _) = scene.parts();
    for i in 0..5 {
        // Whoever has the session spends the account's own.
        let email = format!("b{i}@agents.example.fr");
        let asked = bruno.patch_contact(world, json!({"email": email}));
        asked.await.expect(202);
    }
    for _ in 0..5 {
        press(world, ada, &bruno.id).await.expect(202);
    }
    press(world, ada, &bruno.id)
        .await
        .refused(429, "too-many-mails");
    world.pass(HOUR);
    press(world, ada, &bruno.id).await.expect(202);
}
