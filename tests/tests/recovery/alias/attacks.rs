//! Takeovers by way of an address that an administrator sets, one by one.

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_domain::{
    id::{AccountId, RequestId},
    token::{Purpose, Token},
};
use vigie_tests::{Login, World};

use super::{
    super::{HOUR, ask, assert_bound, own},
    ALIAS, DAY, Scene, change, confirm, confirmation, give, links, move_on, press, read, shown,
    stop, stops, token,
};

const SECOND: &str = "second@agents.example.fr";

#[tokio::test]
async fn an_administrator_reads_no_choices_by_an_alias_of_their_own() {
    let scene = Scene::new().await;
    let (world, [ada, bruno], _) = scene.parts();
    world.wants_everything(bruno).await;
    move_on(world, ada, bruno, ALIAS).await;
    press(world, ada, &bruno.id).await.expect(202);
    let pressed = links(world, ALIAS).pop().expect("a link");
    let asked = token(world, &ada.login, ALIAS).await;
    for link in [&pressed, &asked] {
        confirm(world, &ada.login, link).await.expect(202);
    }
    for path in ["/alerts", "/deliveries", "/export", "/favourites"] {
        let refused = world.get(&ada.login, &bruno.path(path)).await;
        assert_eq!(refused.status, 403, "{path}");
    }
    let link = stops(world, &bruno.email).pop().expect("a link");
    stop(world, &link).await.expect(200);
    for link in [&pressed, &asked] {
        confirm(world, &ada.login, link).await.expect(404);
    }
    world.pass(DAY * 2);
    world.sweep().await;
    assert_bound(world, &bruno.id, &bruno.login, &[&ada.login]).await;
}

#[tokio::test]
async fn set_twice_both_addresses_that_were_replaced_can_stop_it() {
    for first in [true, false] {
        let scene = Scene::given().await;
        let (world, [ada, bruno], new) = scene.parts();
        world.pass(DAY * 10);
        move_on(world, ada, bruno, SECOND).await;
        world.pass(DAY * 19);
        let link = token(world, new, SECOND).await;
        confirm(world, new, &link).await.expect(202);
        let of = |email: &str| stops(world, email).pop().expect("a link");
        let (old, alias) = (of(&bruno.email), of(ALIAS));
        stop(world, if first { &old } else { &alias })
            .await
            .expect(200);
        world.pass(DAY);
        world.sweep().await;
        assert_bound(world, &bruno.id, &bruno.login, &[new]).await;
        // The first is over, and the second is not.
        let link = token(world, new, SECOND).await;
        confirm(world, new, &link).await.expect(202);
        let told = [&bruno.email[..], ALIAS].map(|email| stops(world, email).len());
        assert_eq!(told, [1, 2]);
    }
}

#[tokio::test]
async fn set_back_before_it_is_confirmed_it_is_withdrawn() {
    let scene = Scene::new().await;
    let (world, [ada, bruno], _) = scene.parts();
    give(world, ada, &bruno.id, ALIAS).await.expect(202);
    let back = give(world, ada, &bruno.id, &bruno.email).await;
    assert_eq!(back.expect(200).json["pendingEmail"], Value::Null);
    read(world, &confirmation(world, ALIAS)).await.expect(404);
    let before = world.table.items().await;
    give(world, ada, &bruno.id, &bruno.email).await.expect(200);
    assert_eq!(world.table.items().await, before);
    // What its owner asked for stays.
    let own = json!({"email": SECOND});
    let asked = bruno.patch_contact(world, own);
    asked.await.expect(202);
    give(world, ada, &bruno.id, &bruno.email).await.expect(200);
    let now = shown(world, &bruno.login, bruno).await;
    assert_eq!(now["pendingEmail"]["address"], SECOND);
}

#[tokio::test]
async fn set_back_once_it_was_confirmed_it_brings_nothing_back_that_ended() {
    let scene = Scene::new().await;
    let (world, [ada, bruno], new) = scene.parts();
    let asked = token(world, new, &bruno.email).await;
    press(world, ada, &bruno.id).await.expect(202);
    let pressed = links(world, &bruno.email).pop().expect("a link");
    world.pass(SignedDuration::from_mins(1));
    move_on(world, ada, bruno, ALIAS).await;
    let other = Login::new("other");
    let waits = token(world, &other, ALIAS).await;
    confirm(world, &other, &waits).await.expect(202);
    world.pass(SignedDuration::from_mins(1));
    move_on(world, ada, bruno, &bruno.email).await;
    for link in [&asked, &pressed] {
        confirm(world, new, link).await.expect(404);
    }
    confirm(world, &other, &waits).await.expect(404);
    let now = shown(world, &bruno.login, bruno).await;
    assert_eq!(now.get("recoveryDue"), None, "it ended with the address");
    world.pass(SignedDuration::from_mins(1));
    move_on(world, ada, bruno, ALIAS).await;
    world.pass(DAY);
    world.sweep().await;
    assert_bound(world, &bruno.id, &bruno.login, &[new, &other]).await;
    // By either address whoever takes the account over waits.
    let link = token(world, new, ALIAS).await;
    confirm(world, new, &link).await.expect(202);
}

#[tokio::test]
async fn of_another_account_s_address_nothing_is_told_and_nothing_comes() {
    let scene = Scene::new().await;
    let (world, [ada, bruno], _) = scene.parts();
    let chloe = world.agent(ada, "EMS", "Chloe").await;
    let yves = world.organisation("LYON").await;
    let mut answers = Vec::new();
    let unknown = "chlox@agents.example.fr";
    for email in [unknown, &chloe.email, &yves.email] {
        world.empty_inbox();
        let pending = bruno.path("/contact/pending-email");
        world.delete(&bruno.login, &pending).await.expect(204);
        world.table.calls();
        let answer = give(world, ada, &bruno.id, email).await.expect(202);
        let text = answer.text.replace(email, "it");
        let calls = world.table.calls().len();
        let version = format!("\"version\":{}", answer.json["version"]);
        answers.push(text.replace(&version, ""));
        assert!(calls > 0);
        let mails = world.mails_to(email);
        let [mail] = &mails[..] else {
            panic!("one mail")
        };
        assert_eq!(mail.text.contains("token="), email == unknown);
        assert_eq!(world.mails_to(&bruno.email).len(), 1, "told all the same");
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    let now = shown(world, &bruno.login, bruno).await;
    assert_eq!(now["contact"]["email"], json!(bruno.email));
}

#[tokio::test]
async fn it_ends_a_recovery_that_waits() {
    let scene = Scene::taken().await;
    let (world, [ada, bruno], new) = scene.parts();
    world.pass(HOUR);
    move_on(world, ada, bruno, SECOND).await;
    world.pass(DAY);
    world.sweep().await;
    assert_bound(world, &bruno.id, &bruno.login, &[new]).await;
    // One that takes effect first ends it in turn.
    let scene = Scene::new().await;
    let (world, [ada, bruno], new) = scene.parts();
    let link = token(world, new, &bruno.email).await;
    give(world, ada, &bruno.id, ALIAS).await.expect(202);
    confirm(world, new, &link).await.expect(200);
    read(world, &confirmation(world, ALIAS)).await.expect(404);
    let now = shown(world, new, bruno).await;
    assert_eq!(now["contact"]["email"], json!(bruno.email));
}

#[tokio::test]
async fn deactivated_meanwhile_so_that_its_agent_cannot_stop_it_it_ends_for_good() {
    let scene = Scene::taken().await;
    let (world, [ada, bruno], new) = scene.parts();
    let set = async |active: bool| {
        let body = json!({"active": active});
        change(world, ada, &bruno.id, body).await.expect(200);
    };
    set(false).await;
    world.pass(HOUR * 23);
    set(true).await;
    world.pass(HOUR);
    world.sweep().await;
    // The old address learns that nothing is left to stop.
    let link = stops(world, &bruno.email).pop().expect("a link");
    stop(world, &link).await.expect(200);
    assert_bound(world, &bruno.id, &bruno.login, &[new]).await;
}

#[tokio::test]
async fn what_cannot_be_confirmed_is_not_asked_for() {
    let scene = Scene::new().await;
    let (world, [ada, bruno], _) = scene.parts();
    let invited = world.invite(ada, "EMS", "Invited").await;
    let declared = world.declared("EMS", "Declared", Some("declared@agents.example.fr"));
    let declared = world.bound(&declared.await).await;
    let gone = world.agent(ada, "EMS", "Gone").await;
    let off = json!({"active": false});
    change(world, ada, &gone.id, off).await.expect(200);
    let without = world.agent(ada, "EMS", "Without").await;
    world.loses_address(&without).await;
    world.settle().await;
    world.empty_inbox();
    let before = world.table.items().await;
    for (agent, name) in [
        (&invited, "not-bound"),
        (&declared.id, "declared"),
        (&gone.id, "inactive"),
        (&without.id, "email-none"),
    ] {
        let refused = give(world, ada, agent, ALIAS).await.expect(409);
        assert_eq!(refused.problem(), name);
    }
    let both = json!({"active": false, "email": ALIAS});
    change(world, ada, &bruno.id, both).await.expect(409);
    for email in [json!(""), json!("none"), json!(3), json!([])] {
        let body = json!({"email": email});
        change(world, ada, &bruno.id, body).await.expect(422);
    }
    // None at all is asked of an account that stopped a month ago.
    for (agent, name) in [
        (&bruno.id, "too-early"),
        (&gone.id, "too-early"),
        (&declared.id, "declared"),
    ] {
        let body = json!({"email": null});
        let refused = change(world, ada, agent, body).await.expect(409);
        assert_eq!(refused.problem(), name);
    }
    assert_eq!(world.table.items().await, before);
    assert!(world.mails().is_empty());
    // With what makes it possible, it is done.
    let both = json!({"active": true, "email": ALIAS});
    change(world, ada, &gone.id, both).await.expect(202);
    read(world, &confirmation(world, ALIAS)).await.expect(200);
}

#[tokio::test]
async fn administrators_of_elsewhere_and_of_a_part_and_agents_set_nobody_s_address() {
    let scene = Scene::new().await;
    let (world, [ada, bruno], _) = scene.parts();
    let yves = world.organisation("LYON").await;
    world.entity(ada, "EMS-DSI", "EMS").await;
    let sub = world.administrator(ada, "EMS-DSI", "Sub").await;
    let emil = world.agent(ada, "EMS-DSI", "Emil").await;
    world.settle().await;
    world.empty_inbox();
    for by in [&yves, &sub, bruno] {
        for target in [&bruno.id, &ada.id] {
            give(world, by, target, ALIAS).await.expect(403);
            for entity in ["LYON", "EMS-DSI"] {
                let path = format!("/v1/entities/{entity}/agents/{target}");
                let body = json!({"email": ALIAS});
                let answer = world.patch(&by.login, &path, body).await;
                assert!([403, 404].contains(&answer.status), "{}", answer.text);
            }
        }
    }
    assert!(world.mails().is_empty());
    // Of their own part they do, and the wait is the same.
    let body = json!({"email": ALIAS});
    world
        .change(&sub, "EMS-DSI", &emil.id, body)
        .await
        .expect(202);
    world.settle().await;
    read(world, &confirmation(world, ALIAS)).await.expect(200);
    let path = format!("/v1/entities/EMS-DSI/agents/{}/recovery", emil.id);
    let pressed = world.post(&sub.login, &path, json!({}));
    pressed.await.expect(202);
    world.settle().await;
    let link = links(world, ALIAS).pop().expect("a link");
    confirm(world, &sub.login, &link).await.expect(202);
}

#[tokio::test]
async fn the_last_administrator_is_taken_over_by_nobody_at_once_and_comes_back_after_a_day() {
    let (world, ada) = World::with("EMS").await;
    world.empty_inbox();
    move_on(&world, &ada, &ada, ALIAS).await;
    let new = Login::new("ada anew");
    press(&world, &ada, &ada.id).await.expect(202);
    let link = links(&world, ALIAS).pop().expect("a link");
    confirm(&world, &new, &link).await.expect(202);
    assert_eq!(stops(&world, &ada.email).len(), 1);
    assert_bound(&world, &ada.id, &ada.login, &[&new]).await;
    world.pass(DAY);
    world.sweep().await;
    assert_bound(&world, &ada.id, &new, &[&ada.login]).await;
}

/// Of a colleague's account, with the button that takes effect at once otherwise.
#[tokio::test]
async fn of_two_administrators_neither_takes_the_other_over_by_an_alias() {
    let scene = Scene::new().await;
    let (world, [ada, bruno], new) = scene.parts();
    let role = json!({"role": "administrator"});
    change(world, ada, &bruno.id, role).await.expect(200);
    move_on(world, bruno, ada, ALIAS).await;
    press(world, bruno, &ada.id).await.expect(202);
    let link = links(world, ALIAS).pop().expect("a link");
    confirm(world, new, &link).await.expect(202);
    // Nor as an agent, whom they made of them.
    let role = json!({"role": "agent"});
    change(world, bruno, &ada.id, role).await.expect(200);
    let other = Login::new("other");
    press(world, bruno, &ada.id).await.expect(202);
    let link = links(world, ALIAS).pop().expect("a link");
    confirm(world, &other, &link).await.expect(202);
    assert_bound(world, &ada.id, &ada.login, &[new, &other]).await;
}

#[tokio::test]
async fn administrators_spend_their_own_mails_and_none_of_the_agent_s() {
    let scene = Scene::new().await;
    let (world, [ada, bruno], _) = scene.parts();
    for i in 0..5 {
        let email = format!("nobody-{i}@agents.example.fr");
        give(world, ada, &bruno.id, &email).await.expect(202);
        // What comes back is not the agent's fault.
        let mail = world.last_mail(&email);
        world.ses_says(&mail, "bounced-permanent").await;
    }
    give(world, ada, &bruno.id, ALIAS)
        .await
        .refused(429, "too-many-mails");
    for i in 0..5 {
        let email = json!({"email": format!("b{i}@agents.example.fr")});
        let asked = bruno.patch_contact(world, email);
        asked.await.expect(202);
    }
    world.pass(HOUR);
    give(world, ada, &bruno.id, SECOND).await.expect(202);
}

#[tokio::test]
async fn five_addresses_in_thirty_days_so_that_the_first_is_never_pushed_out() {
    let scene = Scene::new().await;
    let (world, [ada, bruno], new) = scene.parts();
    for i in 0..5 {
        let email = format!("alias-{i}@agents.example.fr");
        move_on(world, ada, bruno, &email).await;
        world.pass(DAY);
    }
    give(world, ada, &bruno.id, ALIAS)
        .await
        .refused(429, "too-many-mails");
    // Nor do changes of the owner's own push it out.
    for i in 0..12 {
        let email = format!("own-{i}@agents.example.fr");
        let body = json!({"email": email});
        let asked = bruno.patch_contact(world, body);
        asked.await.expect(202);
        world.settle().await;
        read(world, &confirmation(world, &email)).await.expect(200);
        world.pass(HOUR);
    }
    let link = token(world, new, "own-11@agents.example.fr").await;
    confirm(world, new, &link).await.expect(202);
    assert_eq!(stops(world, &bruno.email).len(), 1);
    assert_eq!(stops(world, "alias-3@agents.example.fr").len(), 1);
    assert!(stops(world, "own-3@agents.example.fr").is_empty());
}

#[tokio::test]
async fn links_of_another_kind_and_forged_ones_stop_nothing() {
    let scene = Scene::taken().await;
    let (world, [_, bruno], new) = scene.parts();
    let link = stops(world, &bruno.email).pop().expect("a link");
    let request = link.split('~').nth(2).expect("a request");
    let account = AccountId::parse(&bruno.id).expect("an id");
    let sealed = |purpose, request: &str| {
        world.aws.keys().sign(&Token {
            purpose,
            account: account.clone(),
            request: RequestId::parse(request).expect("an id"),
        })
    };
    assert_eq!(sealed(Purpose::RecoveryStop, request), link);
    for (wrong, status) in [
        (sealed(Purpose::Recovery, request), 404),
        (sealed(Purpose::Confirmation, request), 404),
        (
            sealed(Purpose::RecoveryStop, request.trim_start_matches("0.")),
            404,
        ),
        // Of no recovery, and of another binding.
        (sealed(Purpose::RecoveryStop, "0.r-1"), 200),
        (sealed(Purpose::RecoveryStop, "1.r-1"), 410),
        (link.replacen("~0.", "~1.", 1), 404),
        (format!("{link}A"), 404),
        (String::new(), 404),
    ] {
        assert_eq!(stop(world, &wrong).await.status, status, "{wrong}");
    }
    // Nor does the link itself do anything else.
    confirm(world, new, &link).await.expect(404);
    read(world, &link).await.expect(404);
    world.pass(DAY);
    world.sweep().await;
    assert_bound(world, &bruno.id, new, &[&bruno.login]).await;
}

/// The portal declares an agent for whom an address waits that an administrator set.
#[tokio::test]
async fn an_address_that_waits_ends_where_the_portal_declares_the_agent() {
    let scene = Scene::new().await;
    let (world, [ada, bruno], _) = scene.parts();
    give(world, ada, &bruno.id, ALIAS).await.expect(202);
    let saved = json!({
        "organisationId": "EMS", "agentId": "p-1", "revision": 1, "entityId": "EMS", "email": bruno.email,
        "firstName": "Bruno", "lastName": "Agent", "role": "agent", "active": true,
    });
    world.send("AgentSaved", saved).await;
    let list = world.get(&ada.login, "/v1/entities/EMS/agents").await;
    let items = list.expect(200).json["items"].clone();
    let of = |of: &&Value| of["id"] == json!(bruno.id);
    let bruno_s = items.as_array().expect("items").iter().find(of);
    assert_eq!(bruno_s.expect("Bruno")["declared"], true);
    read(world, &confirmation(world, ALIAS)).await.expect(404);
    give(world, ada, &bruno.id, ALIAS)
        .await
        .refused(409, "declared");
}

#[tokio::test]
async fn whoever_moves_their_address_themselves_is_not_kept_waiting() {
    let scene = Scene::new().await;
    let (world, [ada, bruno], new) = scene.parts();
    give(world, ada, &bruno.id, ALIAS).await.expect(202);
    // A newer request supersedes the older.
    let body = json!({"email": SECOND});
    let asked = bruno.patch_contact(world, body);
    asked.await.expect(202);
    world.settle().await;
    read(world, &confirmation(world, ALIAS)).await.expect(404);
    read(world, &confirmation(world, SECOND)).await.expect(200);
    let link = token(world, new, SECOND).await;
    confirm(world, new, &link).await.expect(200);
    assert!(own(world, new).await.contains(&bruno.id));
    ask(world, new, ALIAS).await.expect(202);
    assert!(links(world, ALIAS).is_empty());
}
