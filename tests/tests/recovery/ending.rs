//! All that a former login holds or began ends with a recovery; what was chosen stays.

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_tests::{Login, scenario::Person};

use super::{
    DAY, Scene, accept_link, ask_to_link, assert_bound, confirm, items_of_logins, links, own,
    press, token,
};

/// Bruno, by the new login.
fn anew(scene: &Scene) -> Person {
    Person {
        login: scene.new.clone(),
        ..scene.bruno.clone()
    }
}

#[tokio::test]
async fn an_address_that_waits_is_not_confirmed_any_more() {
    let (scene, recovery) = Scene::asked().await;
    let (world, [_, bruno], new) = scene.parts();
    let email = "former@agents.example.fr";
    let waits = bruno.asks_for(world, email).await;
    confirm(world, new, &recovery).await.expect(200);
    world.confirm(&waits).await.expect(404);
    let account = world.get(new, &bruno.path("")).await.expect(200).json;
    assert_eq!(account["pendingEmail"], Value::Null);
    assert_eq!(account["contact"]["email"], json!(bruno.email));
}

#[tokio::test]
async fn requests_to_be_linked_that_wait_are_void_and_links_that_were_made_stay() {
    let scene = Scene::new().await;
    let (world, [ada, bruno], new) = scene.parts();
    let chloe = world.agent(ada, "EMS", "Chloe").await;
    let dora = world.agent(ada, "EMS", "Dora").await;
    let of_chloe = ask_to_link(world, bruno, &chloe).await;
    let of_dora = ask_to_link(world, bruno, &dora).await;
    accept_link(world, &chloe.login, &of_chloe)
        .await
        .expect(200);
    let recovery = token(world, new, &bruno.email).await;
    confirm(world, new, &recovery).await.expect(200);

    accept_link(world, &dora.login, &of_dora).await.expect(404);
    let path = bruno.path("/links");
    let linked = world.get(new, &path).await.expect(200).json;
    let items = linked["items"].as_array().expect("items");
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["accountId"], json!(chloe.id));
    // The former login reaches nothing through the link either.
    world
        .get(&bruno.login, &chloe.path("/alerts"))
        .await
        .expect(403);
    world.get(new, &chloe.path("/alerts")).await.expect(200);
    world
        .get(&chloe.login, &bruno.path("/alerts"))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_request_that_is_held_back_is_not_mailed_once_the_asker_is_another_login() {
    let scene = Scene::new().await;
    let (world, [ada, bruno], new) = scene.parts();
    let chloe = world.agent(ada, "EMS", "Chloe").await;
    let recovery = token(world, new, &bruno.email).await;
    world.empty_inbox();
    let (path, body) = (bruno.path("/links"), json!({"email": chloe.email}));
    world.post(&bruno.login, &path, body).await.expect(202);
    // Recovered before the mail goes.
    let body = json!({"token": recovery});
    let recovered = world.post(new, "/v1/recoveries/confirm", body);
    recovered.await.expect(200);
    world.settle().await;
    assert!(world.mails_to(&chloe.email).is_empty());
}

#[tokio::test]
async fn a_delegate_who_has_not_agreed_is_asked_no_more_and_one_who_has_stays() {
    for agreed in [false, true] {
        let scene = Scene::new().await;
        let (world, [ada, bruno], new) = scene.parts();
        let chloe = world.agent(ada, "EMS", "Chloe").await;
        let away =
            json!({"from": "2026-12-01", "until": "2026-12-31", "delegateAccountId": chloe.id});
        let path = bruno.path("/absence");
        world.put(&bruno.login, &path, away).await.expect(200);
        world.settle().await;
        let asked = world.last_mail(&chloe.email).token();
        let post = async || {
            let body = json!({"token": asked, "agree": true});
            world.post(&chloe.login, "/v1/delegations", body).await
        };
        if agreed {
            post().await.expect(200);
        }
        let recovery = token(world, new, &bruno.email).await;
        confirm(world, new, &recovery).await.expect(200);
        assert_eq!(post().await.status, if agreed { 200 } else { 404 });
        let absence = world
            .get(new, &bruno.path("/absence"))
            .await
            .expect(200)
            .json;
        assert_eq!(absence["from"], "2026-12-01", "the days were chosen");
        let delegate = if agreed { json!(chloe.id) } else { Value::Null };
        assert_eq!(absence["delegateAccountId"], delegate);
    }
}

#[tokio::test]
async fn calendar_links_of_the_former_login_open_nothing_and_new_ones_do() {
    let (scene, recovery) = Scene::asked().await;
    let (world, [ada, bruno], new) = scene.parts();
    let chloe = world.agent(ada, "EMS", "Chloe").await;
    let link = ask_to_link(world, bruno, &chloe).await;
    accept_link(world, &chloe.login, &link).await.expect(200);
    world.consultation("c-1", "EMS", bruno, &[]).await;
    world.consultation("c-2", "EMS", &chloe, &[]).await;
    world.star(bruno, "c-1").await;
    world.star(&chloe, "c-2").await;
    let calendar = async |login: &Login, of: &Person| {
        let list = world.get(login, &of.path("/favourites")).await.expect(200);
        let path = &list.json["items"][0]["calendar"];
        path.as_str().expect("a path").to_owned()
    };
    // One's own, one of a linked account, and the linked account's of one's own.
    let own = calendar(&bruno.login, bruno).await;
    let through = calendar(&bruno.login, &chloe).await;
    let theirs = calendar(&chloe.login, bruno).await;
    let open = async |path: &str| world.request("GET", path).send().await.status;
    for path in [&own, &through, &theirs] {
        assert_eq!(open(path).await, 200, "{path}");
    }
    confirm(world, new, &recovery).await.expect(200);
    assert_eq!([open(&own).await, open(&through).await], [404, 404]);
    assert_eq!(open(&theirs).await, 200, "Chloé is still linked");
    let again = [calendar(new, bruno).await, calendar(new, &chloe).await];
    for path in again {
        assert_eq!(open(&path).await, 200, "{path}");
    }
}

#[tokio::test]
async fn older_links_of_recovery_and_the_invitation_bind_nobody() {
    let scene = Scene::new().await;
    let (world, [ada, bruno], new) = scene.parts();
    world.invite(ada, "EMS", "Chloe").await;
    world.settle().await;
    let email = "chloe@agents.example.fr";
    let invitation = world.last_mail(email).token();
    let chloe = world.accept(email).await;
    let older = Login::new("older");
    let pressed = async || {
        press(world, ada, &chloe.id).await.expect(202);
        links(world, email).pop().expect("a link")
    };
    let by_ask = token(world, &older, email).await;
    let by_button = pressed().await;
    let recovery = token(world, new, email).await;
    confirm(world, new, &recovery).await.expect(200);
    for login in [&older, &chloe.login, &bruno.login] {
        for link in [&by_ask, &by_button] {
            confirm(world, login, link).await.expect(404);
        }
        let body = json!({"token": invitation});
        world
            .post(login, "/v1/invitations", body)
            .await
            .refused(409, "already-bound");
    }
    assert_bound(world, &chloe.id, new, &[&older, &chloe.login, &bruno.login]).await;
}

#[tokio::test]
async fn choices_stars_and_deliveries_stay() {
    let (scene, recovery) = Scene::asked().await;
    let (world, [_, bruno], new) = scene.parts();
    world.wants_everything(bruno).await;
    world.consultation("c-1", "EMS", bruno, &[]).await;
    world.star(bruno, "c-1").await;
    let tell = async |deposit: &str| {
        let tender = vigie_tests::scenario::tender("c-1", deposit);
        world.send("TenderReceived", tender).await;
    };
    tell("d-1").await;
    let read = async |login: &Login| {
        let mut shown = Vec::new();
        for part in ["/alerts", "/places", "/deliveries"] {
            shown.push(world.get(login, &bruno.path(part)).await.expect(200).json);
        }
        let stars = world
            .get(login, &bruno.path("/favourites"))
            .await
            .expect(200);
        shown.push(stars.json["items"][0]["consultationId"].clone());
        shown
    };
    let before = read(&bruno.login).await;
    confirm(world, new, &recovery).await.expect(200);
    assert_eq!(read(new).await, before);
    world.empty_inbox();
    tell("d-2").await;
    assert_eq!(world.mails_to(&bruno.email).len(), 1, "alerts go on");
}

/// A recovered account that was bound before logins were noted: the former login still has its
/// item.
async fn recovered_of_before() -> Scene {
    let (scene, recovery) = Scene::asked().await;
    let (world, [_, bruno], new) = scene.parts();
    // As an older release has it: no number, and no digest with the account.
    let client = world.table.client();
    for (pk, sk) in [
        (format!("ACCOUNT#{}", bruno.id), "ACCOUNT".to_owned()),
        (login_pk(&bruno.login), format!("ACCOUNT#{}", bruno.id)),
    ] {
        let update = client.update_item().table_name(vigie_tests::table::NAME);
        let key = |text: String| aws_sdk_dynamodb::types::AttributeValue::S(text);
        let update = update.key("pk", key(pk)).key("sk", key(sk));
        update
            .update_expression("REMOVE binding")
            .send()
            .await
            .expect("a write");
    }
    confirm(world, new, &recovery).await.expect(200);
    assert_eq!(items_of_logins(world, &bruno.id).await, 2);
    scene
}

#[tokio::test]
async fn a_login_that_was_bound_before_logins_were_noted_loses_what_it_has_when_it_is_met() {
    let scene = recovered_of_before().await;
    let (world, [_, bruno], new) = scene.parts();
    for path in ["", "/export", "/alerts"] {
        let refused = bruno.get(world, path).await;
        assert_eq!(refused.status, 403, "{path}");
    }
    assert_bound(world, &bruno.id, new, &[&bruno.login]).await;
    assert_eq!(items_of_logins(world, &bruno.id).await, 1, "it was met");
    assert!(own(world, &bruno.login).await.is_empty());
}

fn login_pk(login: &Login) -> String {
    let login = vigie_domain::id::LoginId::new("https://issuer.test", &login.sub);
    format!("LOGIN#{login}")
}

#[tokio::test]
async fn an_erasure_by_the_new_login_leaves_nothing_of_either() {
    let scene = Scene::recovered().await;
    let (world, [_, bruno], new) = scene.parts();
    bruno.delete(world, "").await.expect(403);
    world.delete(new, &bruno.path("")).await.expect(204);
    world.settle().await;
    world.sweep().await;
    world.pass(SignedDuration::from_mins(15));
    world.sweep().await;
    assert_eq!(items_of_logins(world, &bruno.id).await, 0);
    assert_eq!(world.table.count(&format!("ACCOUNT#{}", bruno.id)).await, 0);
}

#[tokio::test]
async fn the_former_login_comes_back_the_same_way() {
    let scene = Scene::recovered().await;
    let person = anew(&scene);
    let (world, [_, bruno], new) = scene.parts();
    world.pass(DAY);
    let back = token(world, &bruno.login, &bruno.email).await;
    confirm(world, &bruno.login, &back).await.expect(200);
    assert_bound(world, &bruno.id, &bruno.login, &[new]).await;
    person.get(world, "/export").await.expect(403);
}

#[tokio::test]
async fn what_a_former_login_had_goes_where_it_is_met_by_a_route_of_administrators_too() {
    let scene = recovered_of_before().await;
    let (world, [_, bruno], _) = scene.parts();
    let agents = world.get(&bruno.login, "/v1/entities/EMS/agents");
    agents.await.expect(403);
    assert_eq!(items_of_logins(world, &bruno.id).await, 1, "it was met");
}
