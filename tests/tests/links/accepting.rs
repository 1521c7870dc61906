//! `POST /v1/links`: by the account that was asked, in time, once.

use jiff::SignedDuration;
use serde_json::json;
use vigie_domain::{
    id::{AccountId, RequestId},
    token::{Purpose, Token},
};
use vigie_tests::Login;

use super::{WEEK, accept, ask, link, links, me, pairs, set_active, strangers, token, unlink};

#[tokio::test]
async fn the_whole_story() {
    let (world, [_, _, bruno, chloe]) = strangers().await;
    let link = token(&world, &bruno, &chloe).await;
    assert_eq!(
        (
            links(&world, &bruno).await.len(),
            me(&world, &bruno.login).await.len()
        ),
        (0, 1),
        "nothing is linked yet"
    );

    let answer = accept(&world, &chloe.login, &link).await.expect(200);
    assert_eq!(
        answer.json,
        json!({"accountId": chloe.id, "otherAccountId": bruno.id})
    );
    let since = world.now();
    for (person, other, entity, name) in [
        (&bruno, &chloe, "LYON", "Chloe Agent"),
        (&chloe, &bruno, "EMS", "Bruno Agent"),
    ] {
        let entity = json!({"id": entity, "name": format!("Direction {entity}")});
        assert_eq!(
            links(&world, person).await,
            [json!({"accountId": other.id, "name": name, "entity": entity, "since": since})]
        );
        let accounts =
            world.get(&person.login, "/v1/me").await.expect(200).json["accounts"].clone();
        assert_eq!(accounts[0]["id"], json!(person.id));
        let linked = json!({"id": other.id, "role": "agent", "entity": entity, "email": other.email, "linked": true});
        assert_eq!(
            (accounts.as_array().map(Vec::len), &accounts[1]),
            (Some(2), &linked)
        );
        // The link gives power over the account.
        world
            .put(
                &person.login,
                &other.path("/places"),
                json!({"places": ["67"]}),
            )
            .await
            .expect(200);
        assert_eq!(
            other.get(&world, "/places").await.expect(200).json,
            json!({"places": ["67"]})
        );
    }

    unlink(&world, &chloe, &bruno).await.expect(204);
    for (person, other) in [(&bruno, &chloe), (&chloe, &bruno)] {
        assert_eq!(
            (
                links(&world, person).await.len(),
                me(&world, &person.login).await.len()
            ),
            (0, 1)
        );
        world
            .get(&person.login, &other.path("/places"))
            .await
            .expect(403);
    }
}

#[tokio::test]
async fn used_twice_it_changes_nothing() {
    let (world, [_, _, bruno, chloe]) = strangers().await;
    let link = token(&world, &bruno, &chloe).await;
    let first = accept(&world, &chloe.login, &link).await.expect(200);
    let before = world.table.items().await;
    world.pass(SignedDuration::from_hours(1));
    let second = accept(&world, &chloe.login, &link).await.expect(200);
    assert_eq!(
        (first.json, world.table.items().await),
        (second.json, before)
    );
    // Long after it expired too: it was accepted in time.
    world.pass(WEEK);
    accept(&world, &chloe.login, &link).await.expect(200);
}

#[tokio::test]
async fn a_second_request_of_linked_accounts_keeps_the_link_as_it_is() {
    let (world, [_, _, bruno, chloe]) = strangers().await;
    let [first, second, third] = [
        token(&world, &bruno, &chloe).await,
        token(&world, &bruno, &chloe).await,
        token(&world, &chloe, &bruno).await,
    ];
    accept(&world, &chloe.login, &first).await.expect(200);
    let since = links(&world, &bruno).await[0]["since"].clone();
    world.pass(SignedDuration::from_hours(1));
    accept(&world, &chloe.login, &second).await.expect(200);
    accept(&world, &bruno.login, &third).await.expect(200);
    assert_eq!(
        (
            links(&world, &bruno).await[0]["since"].clone(),
            pairs(&world).await.len()
        ),
        (since, 1)
    );
}

#[tokio::test]
async fn it_can_be_accepted_for_seven_days() {
    let (world, [_, _, bruno, chloe]) = strangers().await;
    let [first, second] = [
        token(&world, &bruno, &chloe).await,
        token(&world, &bruno, &chloe).await,
    ];
    world.pass(WEEK - SignedDuration::from_millis(1));
    accept(&world, &chloe.login, &first).await.expect(200);
    world.pass(SignedDuration::from_millis(1));
    accept(&world, &chloe.login, &second)
        .await
        .refused(410, "token-expired");
    // A person who was not asked is not told so much.
    accept(&world, &bruno.login, &second).await.expect(403);
}

#[tokio::test]
async fn nobody_accepts_but_the_login_of_the_account_that_was_asked() {
    let (world, [ada, zoe, bruno, chloe]) = strangers().await;
    let link = token(&world, &bruno, &chloe).await;
    let before = world.table.items().await;
    for login in [
        &ada.login,
        &zoe.login,
        &bruno.login,
        &Login::new("somebody new"),
    ] {
        accept(&world, login, &link).await.refused(403, "forbidden");
    }
    world
        .request("POST", "/v1/links")
        .json(&json!({"token": link}))
        .send()
        .await
        .expect(401);
    assert_eq!(world.table.items().await, before);
    accept(&world, &chloe.login, &link).await.expect(200);
    for login in [&ada.login, &bruno.login] {
        accept(&world, login, &link).await.expect(403);
    }
}

#[tokio::test]
async fn whoever_does_not_work_here_any_more_links_nothing() {
    let (world, [ada, zoe, bruno, chloe]) = strangers().await;
    let link = token(&world, &bruno, &chloe).await;
    set_active(&world, &zoe, "LYON", &chloe, false).await;
    accept(&world, &chloe.login, &link).await.expect(403);
    set_active(&world, &zoe, "LYON", &chloe, true).await;
    set_active(&world, &ada, "EMS", &bruno, false).await;
    accept(&world, &chloe.login, &link).await.expect(404);
    assert!(pairs(&world).await.is_empty());
    set_active(&world, &ada, "EMS", &bruno, true).await;
    accept(&world, &chloe.login, &link).await.expect(200);
}

/// The mail proves that somebody reads the address; who left it since is not who was asked.
#[tokio::test]
async fn a_request_follows_its_address_and_not_who_had_it() {
    let (world, [_, _, bruno, chloe]) = strangers().await;
    let link = token(&world, &bruno, &chloe).await;
    chloe
        .patch_contact(&world, json!({"email": "chloe.new@agents.example.fr"}))
        .await
        .expect(202);
    world.settle().await;
    let confirmation = world.mails_to("chloe.new@agents.example.fr")[0].token();
    world.confirm(&confirmation).await.expect(200);
    accept(&world, &chloe.login, &link).await.expect(403);
    assert!(pairs(&world).await.is_empty());
}

#[tokio::test]
async fn a_token_that_was_not_mailed_for_this_links_nothing() {
    let (world, [_, _, bruno, chloe]) = strangers().await;
    let good = token(&world, &bruno, &chloe).await;
    let sealed = |purpose, account: &str, request: &str| {
        let (account, request) = (
            AccountId::parse(account).expect("an id"),
            RequestId::parse(request).expect("an id"),
        );
        world.aws.keys().sign(&Token {
            purpose,
            account,
            request,
        })
    };
    let request = good.split('~').nth(2).expect("a request").to_owned();
    assert_eq!(sealed(Purpose::Link, &bruno.id, &request), good);
    for other in [
        Purpose::Confirmation,
        Purpose::Invitation,
        Purpose::Unsubscribe,
    ] {
        accept(&world, &chloe.login, &sealed(other, &bruno.id, &request))
            .await
            .expect(404);
    }
    accept(
        &world,
        &chloe.login,
        &sealed(Purpose::Link, &chloe.id, &request),
    )
    .await
    .expect(404);
    accept(
        &world,
        &chloe.login,
        &sealed(Purpose::Link, &bruno.id, "nothing"),
    )
    .await
    .expect(404);
    accept(&world, &chloe.login, &format!("{good}x"))
        .await
        .expect(404);
    accept(&world, &chloe.login, "").await.expect(404);
    for route in ["/v1/confirmations", "/v1/invitations"] {
        world
            .post(&chloe.login, route, json!({"token": good}))
            .await
            .expect(404);
    }
    assert!(pairs(&world).await.is_empty());
}

#[tokio::test]
async fn of_a_login_s_accounts_and_those_linked_to_them_none_is_shown_twice() {
    let (world, [_, zoe, bruno, chloe]) = strangers().await;
    // Chloe's login accepts a second account of its own.
    world.invite(&zoe, "LYON", "Charlotte").await;
    world.settle().await;
    let invitation = world.last_mail("charlotte@agents.example.fr").token();
    let second = world
        .post(
            &chloe.login,
            "/v1/invitations",
            json!({"token": invitation}),
        )
        .await
        .expect(200);
    world.settle().await;
    let second = vigie_tests::scenario::Person {
        id: second.json["accountId"].as_str().expect("an id").to_owned(),
        email: "charlotte@agents.example.fr".to_owned(),
        login: chloe.login.clone(),
    };
    link(&world, &bruno, &chloe).await;
    link(&world, &bruno, &second).await;
    link(&world, &chloe, &second).await;
    let mine = me(&world, &chloe.login).await;
    let mut own = [chloe.id.clone(), second.id.clone()];
    own.sort();
    assert_eq!(
        mine,
        [
            (own[0].clone(), false),
            (own[1].clone(), false),
            (bruno.id.clone(), true)
        ]
    );
    let mut linked = own.map(|id| (id, true)).to_vec();
    linked.insert(0, (bruno.id.clone(), false));
    assert_eq!(me(&world, &bruno.login).await, linked);
    // Nobody else sees any of it.
    assert_eq!(me(&world, &zoe.login).await, [(zoe.id.clone(), false)]);
    ask(&world, &bruno, &bruno.email).await.expect(202);
}
