//! Takeovers that are tried, one by one. In each the account stays whose it was.

use jiff::SignedDuration;
use serde_json::json;
use vigie_domain::{
    id::{AccountId, RequestId},
    token::{Purpose, Token},
};
use vigie_tests::{Login, World, scenario::Person};

use super::{
    DAY, HOUR, Scene, accept_link, ask, ask_to_link, assert_bound, confirm, die, links, own, press,
    token,
};

async fn set_active(world: &World, by: &Person, agent: &Person, active: bool) {
    let patch = json!({"active": active});
    world.change(by, "EMS", &agent.id, patch).await.expect(200);
    world.settle().await;
}

/// Asks for another address and confirms it.
async fn move_to(world: &World, login: &Login, person: &Person, email: &str) {
    let asked = world.patch_contact(login, &person.id, json!({"email": email}));
    asked.await.expect(202);
    world.settle().await;
    let token = world.last_mail(email).token();
    world.confirm(&token).await.expect(200);
    world.settle().await;
}

#[tokio::test]
async fn a_former_session_reaches_nothing_and_ends_nothing() {
    let scene = Scene::recovered().await;
    let (world, [_, bruno], new) = scene.parts();
    for (method, path) in [
        ("GET", ""),
        ("PATCH", "/contact"),
        ("DELETE", "/contact/pending-email"),
        ("POST", "/contact/pending-email/resend"),
        ("GET", "/alerts"),
        ("PUT", "/alerts"),
        ("PUT", "/places"),
        ("PUT", "/absence"),
        ("PUT", "/favourites/c-1"),
        ("GET", "/deliveries"),
        ("GET", "/links"),
        ("POST", "/links"),
        ("GET", "/export"),
        ("DELETE", "/recovery"),
        ("DELETE", ""),
    ] {
        let asked = world.request(method, &bruno.path(path)).by(&bruno.login);
        let asked = asked.header("if-match", "*").json(&json!({}));
        assert_eq!(asked.send().await.status, 403, "{method} {path}");
    }
    assert_bound(world, &bruno.id, new, &[&bruno.login]).await;
}

#[tokio::test]
async fn a_former_address_binds_nobody() {
    let (scene, older) = Scene::asked().await;
    let (world, [ada, bruno], new) = scene.parts();
    press(world, ada, &bruno.id).await.expect(202);
    let pressed = links(world, &bruno.email).pop().expect("a link");
    move_to(world, &bruno.login, bruno, "moved@agents.example.fr").await;
    for link in [&older, &pressed] {
        confirm(world, new, link).await.expect(404);
    }
    let before = links(world, &bruno.email).len();
    world.pass(HOUR);
    ask(world, new, &bruno.email).await.expect(202);
    assert_eq!(links(world, &bruno.email).len(), before);
    // Somebody else's by now: it opens their account, and not the former one.
    let chloe = world.agent(ada, "EMS", "Chloe").await;
    move_to(world, &chloe.login, &chloe, &bruno.email).await;
    world.pass(HOUR);
    let theirs = token(world, new, &bruno.email).await;
    confirm(world, new, &theirs).await.expect(200);
    assert_bound(world, &chloe.id, new, &[&chloe.login]).await;
    assert_bound(world, &bruno.id, &bruno.login, &[new]).await;
}

#[tokio::test]
async fn a_waiting_address_binds_nobody() {
    let scene = Scene::new().await;
    let (world, [_, bruno], new) = scene.parts();
    let email = "waits@agents.example.fr";
    let asked = bruno.patch_contact(world, json!({"email": email}));
    asked.await.expect(202);
    ask(world, new, email).await.expect(202);
    assert!(links(world, email).is_empty());
}

#[tokio::test]
async fn a_deactivated_account_is_nobody_s() {
    let (scene, link) = Scene::asked().await;
    let (world, [ada, bruno], new) = scene.parts();
    set_active(world, ada, bruno, false).await;
    confirm(world, new, &link).await.expect(404);
    set_active(world, ada, bruno, true).await;
    world.pass(HOUR);
    confirm(world, new, &link).await.expect(410);
    assert_bound(world, &bruno.id, &bruno.login, &[new]).await;
}

#[tokio::test]
async fn an_address_that_mails_do_not_reach_any_more_binds_nobody() {
    let (scene, link) = Scene::asked().await;
    let (world, [_, bruno], new) = scene.parts();
    die(world, bruno).await;
    confirm(world, new, &link).await.expect(404);
    assert!(own(world, new).await.is_empty());
}

#[tokio::test]
async fn a_link_that_was_passed_on_binds_nobody_but_who_asked() {
    let (scene, link) = Scene::asked().await;
    let (world, [ada, bruno], _) = scene.parts();
    let attacker = Login::new("attacker");
    for login in [&attacker, &ada.login] {
        confirm(world, login, &link).await.expect(404);
    }
    // Having asked for other addresses, and for the same one later.
    ask(world, &attacker, "nobody@agents.example.fr")
        .await
        .expect(202);
    ask(world, &attacker, &bruno.email).await.expect(202);
    confirm(world, &attacker, &link).await.expect(404);
    assert_bound(world, &bruno.id, &bruno.login, &[&attacker]).await;
}

#[tokio::test]
async fn links_of_another_kind_and_forged_ones_bind_nobody() {
    let (scene, link) = Scene::asked().await;
    let (world, [ada, bruno], new) = scene.parts();
    let parts: Vec<_> = link.split('~').collect();
    let account = AccountId::parse(&bruno.id).expect("an id");
    let sealed = |purpose, account: &AccountId, request: &str| {
        world.aws.keys().sign(&Token {
            purpose,
            account: account.clone(),
            request: RequestId::parse(request).expect("an id"),
        })
    };
    assert_eq!(sealed(Purpose::Recovery, &account, parts[2]), link);
    let request = parts[2].split_once('.').expect("a number").1;
    let ada_s = AccountId::parse(&ada.id).expect("an id");
    for wrong in [
        sealed(Purpose::Invitation, &account, parts[2]),
        sealed(Purpose::Link, &account, parts[2]),
        sealed(Purpose::Recovery, &ada_s, parts[2]),
        sealed(Purpose::Recovery, &account, request),
        sealed(Purpose::Recovery, &account, &format!("1.{request}")),
        sealed(Purpose::Recovery, &account, "0."),
        link.replacen("~0.", "~1.", 1),
        link.replacen('r', "i", 1),
        format!("{link}A"),
        String::new(),
    ] {
        confirm(world, new, &wrong).await.expect(404);
    }
    // Nor does it do anything else.
    for path in ["/v1/invitations", "/v1/links", "/v1/delegations"] {
        let body = if path == "/v1/delegations" {
            json!({"token": link, "agree": true})
        } else {
            json!({"token": link})
        };
        world.post(new, path, body).await.expect(404);
    }
    assert_bound(world, &bruno.id, &bruno.login, &[new]).await;
}

#[tokio::test]
async fn a_linked_account_and_a_delegate_recover_nothing() {
    let scene = Scene::new().await;
    let (world, [ada, bruno], _) = scene.parts();
    let chloe = world.agent(ada, "EMS", "Chloe").await;
    let link = ask_to_link(world, bruno, &chloe).await;
    accept_link(world, &chloe.login, &link).await.expect(200);
    let away = json!({"from": "2026-12-01", "until": "2026-12-31", "delegateAccountId": chloe.id});
    bruno.put(world, "/absence", away).await.expect(200);
    world
        .delete(&chloe.login, &bruno.path("/recovery"))
        .await
        .expect(403);
    // They may ask, as everybody may; the link goes to Bruno.
    ask(world, &chloe.login, &bruno.email).await.expect(202);
    assert!(links(world, &chloe.email).is_empty());
    assert_eq!(links(world, &bruno.email).len(), 1);
    press(world, &chloe, &bruno.id).await.expect(403);
}

#[tokio::test]
async fn administrators_of_elsewhere_and_of_a_part_press_no_button_of_others() {
    let scene = Scene::new().await;
    let (world, [ada, bruno], _) = scene.parts();
    let yves = world.organisation("LYON").await;
    world.entity(ada, "EMS-DSI", "EMS").await;
    let sub = world.administrator(ada, "EMS-DSI", "Sub").await;
    world.empty_inbox();
    for by in [&yves, &sub, bruno] {
        for target in [&bruno.id, &ada.id] {
            press(world, by, target).await.expect(403);
            let path = format!("/v1/entities/EMS/agents/{target}/recovery");
            world.delete(&by.login, &path).await.expect(403);
        }
        // By way of an entity of their own neither.
        for entity in ["LYON", "EMS-DSI"] {
            let path = format!("/v1/entities/{entity}/agents/{}/recovery", bruno.id);
            let answer = world.post(&by.login, &path, json!({})).await;
            assert!([403, 404].contains(&answer.status), "{}", answer.text);
        }
    }
    assert!(world.mails().is_empty());
}

#[tokio::test]
async fn an_invitation_for_the_same_address_takes_no_account() {
    let scene = Scene::new().await;
    let (world, [_, bruno], _) = scene.parts();
    let yves = world.organisation("LYON").await;
    let contact = json!({"firstName": "Bruno", "lastName": "Agent", "email": bruno.email});
    let body = json!({"contact": contact, "role": "agent"});
    let refused = world.post(&yves.login, "/v1/entities/LYON/agents", body);
    refused.await.refused(409, "email-taken");
    // One that waits for the address that Bruno moves to yields it, and binds nobody to Bruno's.
    let contact = json!({"firstName": "B", "lastName": "A", "email": "b@agents.example.fr"});
    let body = json!({"contact": contact, "role": "agent"});
    world
        .post(&yves.login, "/v1/entities/LYON/agents", body)
        .await
        .expect(201);
    world.settle().await;
    let invitation = world.last_mail("b@agents.example.fr").token();
    move_to(world, &bruno.login, bruno, "b@agents.example.fr").await;
    let attacker = Login::new("attacker");
    let body = json!({"token": invitation});
    world
        .post(&attacker, "/v1/invitations", body)
        .await
        .expect(404);
    assert_bound(world, &bruno.id, &bruno.login, &[&attacker]).await;
}

#[tokio::test]
async fn a_session_that_was_left_open_moves_the_account_away_no_more() {
    // It asked for an address of its own before, and confirms it after.
    let (scene, recovery) = Scene::asked().await;
    let (world, [_, bruno], new) = scene.parts();
    let email = "attacker@agents.example.fr";
    let waits = bruno.asks_for(world, email).await;
    confirm(world, new, &recovery).await.expect(200);
    world.confirm(&waits).await.expect(404);
    let attacker = Login::new("attacker");
    ask(world, &attacker, email).await.expect(202);
    assert!(links(world, email).is_empty());
    assert_bound(world, &bruno.id, new, &[&attacker, &bruno.login]).await;
}

/// Whatever the order in which two links are confirmed at once, one login is bound, and each is
/// told what became of it.
#[tokio::test]
async fn of_two_links_at_once_one_binds() {
    for round in 0..8 {
        let scene = Scene::new().await;
        let (world, [ada, bruno], _) = scene.parts();
        let (x, y) = (Login::new("x"), Login::new("y"));
        let (of_x, of_y) = if round % 2 == 0 {
            (
                token(world, &x, &bruno.email).await,
                token(world, &y, &bruno.email).await,
            )
        } else {
            press(world, ada, &bruno.id).await.expect(202);
            let link = links(world, &bruno.email).pop().expect("a link");
            (link.clone(), link)
        };
        let post = |login: &Login, token: &str| {
            let (login, body) = (login.clone(), json!({"token": token}));
            async move { world.post(&login, "/v1/recoveries/confirm", body).await }
        };
        let (a, b) = tokio::join!(post(&x, &of_x), post(&y, &of_y));
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 404]);
        let (bound, other) = if a.status == 200 { (&x, &y) } else { (&y, &x) };
        assert_bound(world, &bruno.id, bound, &[other, &bruno.login]).await;
    }
}

/// A recovery beside what its account is going through.
#[tokio::test]
async fn a_recovery_at_once_with_a_change_of_its_account_leaves_one_owner() {
    for other in ["erase", "deactivate", "move", "confirm", "promote", "link"] {
        for _ in 0..4 {
            let (scene, link) = Scene::asked().await;
            let (world, [ada, bruno], new) = scene.parts();
            world.entity(ada, "EMS-DSI", "EMS").await;
            let email = "moved@agents.example.fr";
            let waits = bruno.asks_for(world, email).await;
            let change = async {
                let patch = |body| world.change(ada, "EMS", &bruno.id, body);
                match other {
                    "erase" => bruno.delete(world, "").await,
                    "deactivate" => patch(json!({"active": false})).await,
                    "move" => patch(json!({"entityId": "EMS-DSI"})).await,
                    "promote" => patch(json!({"role": "administrator"})).await,
                    "link" => {
                        let body = json!({"email": ada.email});
                        bruno.post(world, "/links", body).await
                    }
                    _ => world.confirm(&waits).await,
                }
            };
            let body = json!({"token": link});
            let recover = world.post(new, "/v1/recoveries/confirm", body);
            let (recovered, changed) = tokio::join!(recover, change);
            world.settle().await;
            assert!(changed.status < 500 && recovered.status < 500, "{other}");
            let new_has = own(world, new).await.contains(&bruno.id);
            let old_has = own(world, &bruno.login).await.contains(&bruno.id);
            assert!(!(new_has && old_has), "{other}: two owners");
            match (other, recovered.status, changed.status) {
                ("erase", 200, status) => assert_eq!((new_has, status), (true, 403)),
                ("erase", status, _) => assert_eq!((status, new_has), (404, false)),
                ("confirm", 200, status) => assert_eq!((new_has, status), (true, 404)),
                ("confirm", status, _) => assert_eq!((status, old_has), (404, true)),
                ("deactivate", ..) => assert_eq!(changed.status, 200),
                ("promote", status, _) => {
                    assert_eq!((new_has, old_has), (status == 200, status == 202))
                }
                (_, status, _) => assert_eq!((new_has, status), (true, 200), "{other}"),
            }
        }
    }
}

#[tokio::test]
async fn a_link_opens_nothing_again_after_each_attack() {
    let scene = Scene::recovered().await;
    let (world, [ada, bruno], new) = scene.parts();
    let used = links(world, &bruno.email).pop().expect("a link");
    world.pass(SignedDuration::from_mins(10));
    set_active(world, ada, bruno, false).await;
    confirm(world, &bruno.login, &used).await.expect(404);
    set_active(world, ada, bruno, true).await;
    let back = token(world, &bruno.login, &bruno.email).await;
    confirm(world, &bruno.login, &back).await.expect(200);
    for login in [new, &Login::new("attacker")] {
        for link in [&used, &back] {
            confirm(world, login, link).await.expect(404);
        }
    }
    world.pass(DAY);
    confirm(world, new, &used).await.expect(404);
    assert_bound(world, &bruno.id, &bruno.login, &[new]).await;
}
