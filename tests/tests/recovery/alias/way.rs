//! The way of an address that an administrator sets, until it and what it holds up are over.

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_tests::Login;

use super::{
    super::{HOUR, RECOVERED, STOPPED, WAITS, assert_bound, audit, die, own},
    ALIAS, DAY, GIVEN, Scene, confirm, confirmation, give, links, press, read, shown, stop, stops,
    token,
};

#[tokio::test]
async fn it_waits_until_its_reader_confirms_it_and_the_old_address_is_told_at_once() {
    let scene = Scene::new().await;
    let (world, [ada, bruno], _) = scene.parts();
    let answer = give(world, ada, &bruno.id, " Alias@AGENTS.example.fr")
        .await
        .expect(202)
        .json;
    assert_eq!(answer["contact"]["email"], json!(bruno.email));
    assert_eq!(answer["pendingEmail"]["address"], ALIAS);
    assert_eq!(world.subjects_to(&bruno.email), [GIVEN]);
    let told = world.last_mail(&bruno.email);
    assert!(told.text.contains("a•••@agents.example.fr") && !told.text.contains(ALIAS));
    let asked = world.mails_to(ALIAS);
    assert_eq!(asked.len(), 1);
    // A stranger's, as far as anybody knows.
    assert!(!asked[0].text.contains("Bruno") && !asked[0].text.contains(&bruno.email));
    let before = shown(world, &bruno.login, bruno).await;
    assert_eq!(before["contact"]["email"], json!(bruno.email));
    assert_eq!(before["pendingEmail"]["address"], ALIAS);

    read(world, &confirmation(world, ALIAS)).await.expect(200);

    let after = shown(world, &bruno.login, bruno).await;
    assert_eq!(after["contact"]["email"], ALIAS);
    assert_eq!(
        (&after["emailStatus"], &after["pendingEmail"]),
        (&json!("confirmed"), &Value::Null)
    );
    assert_eq!(world.subjects_to(&bruno.email), [GIVEN], "told once");
    let told = audit(world, ada).await;
    let told: Vec<_> = told.iter().take(2).map(ToString::to_string).collect();
    assert!(told[0].contains("addressConfirmed") && told[1].contains("addressGiven"));
    assert!(told.iter().all(|of| of.contains(&bruno.id)));
    assert!(told.iter().all(|of| !of.contains('@')), "{told:?}");
}

#[tokio::test]
async fn it_binds_nobody_by_itself() {
    let scene = Scene::given().await;
    let (world, [ada, bruno], new) = scene.parts();
    // Nor by the mails that it had.
    for mail in world.mails_to(ALIAS) {
        confirm(world, new, &mail.token()).await.expect(404);
        for path in ["/v1/invitations", "/v1/links"] {
            let body = json!({"token": mail.token()});
            world.post(new, path, body).await.expect(404);
        }
        stop(world, &mail.token()).await.expect(404);
    }
    assert_bound(world, &bruno.id, &bruno.login, &[new, &ada.login]).await;
}

#[tokio::test]
async fn by_an_ask_and_by_the_button_a_recovery_waits_a_day_and_then_takes_effect() {
    for pressed in [false, true] {
        let scene = Scene::given().await;
        let (world, [ada, bruno], new) = scene.parts();
        let link = if pressed {
            press(world, ada, &bruno.id).await.expect(202);
            links(world, ALIAS).pop().expect("a link")
        } else {
            token(world, new, ALIAS).await
        };
        let due = json!(world.now() + DAY);
        let answer = confirm(world, new, &link).await.expect(202);
        assert_eq!(answer.json, json!({"accountId": bruno.id, "due": due}));
        let own = shown(world, &bruno.login, bruno).await;
        assert_eq!(own["recoveryDue"], due);
        assert_eq!(stops(world, &bruno.email).len(), 1);
        assert!(world.subjects_to(ALIAS).contains(&WAITS.to_owned()));
        assert!(stops(world, ALIAS).is_empty());
        world.pass(DAY - SignedDuration::from_secs(1));
        world.sweep().await;
        assert_bound(world, &bruno.id, &bruno.login, &[new]).await;

        world.pass(SignedDuration::from_secs(1));
        world.sweep().await;
        assert_bound(world, &bruno.id, new, &[&bruno.login]).await;
        assert!(world.subjects_to(ALIAS).contains(&RECOVERED.to_owned()));
        // Too late.
        let late = stops(world, &bruno.email).pop().expect("a link");
        stop(world, &late).await.refused(410, "token-expired");
        assert_bound(world, &bruno.id, new, &[&bruno.login]).await;
    }
}

#[tokio::test]
async fn the_former_login_the_old_address_or_an_administrator_stops_it_by_one_press() {
    for by in ["login", "address", "administrator"] {
        let scene = Scene::taken().await;
        let (world, [ada, bruno], new) = scene.parts();
        world.pass(HOUR * 23);
        let agent = format!("/v1/entities/EMS/agents/{}/recovery", bruno.id);
        let pressed = async || match by {
            "login" => {
                let path = bruno.path("/recovery");
                world.delete(&bruno.login, &path).await.expect(204)
            }
            "administrator" => world.delete(&ada.login, &agent).await.expect(204),
            _ => {
                let link = stops(world, &bruno.email).pop().expect("a link");
                let answer = stop(world, &link).await.expect(200);
                assert_eq!(answer.json, json!({"stopped": true}));
                answer
            }
        };
        pressed().await;
        world.settle().await;
        let told = world.mails().len();
        pressed().await;
        world.settle().await;
        assert_eq!(world.mails().len(), told, "again changes nothing");
        assert_eq!(audit(world, ada).await[0]["what"], "recoveryStopped");
        assert!(world.subjects_to(ALIAS).contains(&STOPPED.to_owned()));
        world.pass(DAY * 2);
        world.sweep().await;
        assert_bound(world, &bruno.id, &bruno.login, &[new]).await;
        // The link that was mailed says so as well.
        let link = stops(world, &bruno.email).pop().expect("a link");
        stop(world, &link).await.expect(200);
    }
}

#[tokio::test]
async fn thirty_days_after_it_was_confirmed_all_is_as_before_and_the_old_address_is_forgotten() {
    for last in [false, true] {
        let scene = Scene::given().await;
        let (world, [ada, bruno], new) = scene.parts();
        let export = bruno.path("/export");
        let former = async || {
            let export = world.get(&bruno.login, &export).await.expect(200).json;
            export["account"]["formerEmails"].clone()
        };
        assert_eq!(former().await[0]["address"], json!(bruno.email));
        let moment = SignedDuration::from_millis(1);
        world.pass(DAY * 30 - moment);
        world.sweep().await;
        assert_eq!(former().await[0]["address"], json!(bruno.email));
        if last {
            world.pass(moment);
        }
        press(world, ada, &bruno.id).await.expect(202);
        let link = links(world, ALIAS).pop().expect("a link");
        let answer = confirm(world, new, &link).await;
        answer.expect(if last { 200 } else { 202 });
        if last {
            world.sweep().await;
            let item = vigie_domain::id::AccountId::parse(&bruno.id).expect("an id");
            let account = world.table.store().account_read(&item).await;
            let account = account.expect("a read").expect("an account");
            assert_eq!(account.former_emails, []);
        }
        assert_eq!(stops(world, &bruno.email).len(), usize::from(!last));
    }
}

#[tokio::test]
async fn an_address_and_a_login_that_change_at_once_come_back_where_the_old_address_is_dead() {
    let scene = Scene::new().await;
    let (world, [ada, bruno], new) = scene.parts();
    die(world, bruno).await;
    world.empty_inbox();
    give(world, ada, &bruno.id, ALIAS).await.expect(202);
    assert!(world.mails_to(&bruno.email).is_empty(), "nobody reads it");
    read(world, &confirmation(world, ALIAS)).await.expect(200);
    let link = token(world, new, ALIAS).await;
    confirm(world, new, &link).await.expect(202);
    // It is tried all the same: it may be read again.
    let mail = world.last_mail(&bruno.email);
    world.ses_says(&mail, "bounced-permanent").await;
    assert_eq!(
        shown(world, &bruno.login, bruno).await["emailStatus"],
        "confirmed"
    );
    world.pass(DAY);
    world.sweep().await;
    assert_bound(world, &bruno.id, new, &[&bruno.login]).await;
    assert_eq!(own(world, new).await.len(), 1);
}

#[tokio::test]
async fn an_administrator_sees_the_address_that_one_of_them_set_and_no_other_that_waits() {
    let scene = Scene::new().await;
    let (world, [ada, bruno], _) = scene.parts();
    let listed = async || {
        let list = world.get(&ada.login, "/v1/entities/EMS/agents").await;
        let list = list.expect(200).json;
        let mut items = list["items"].as_array().expect("items").clone().into_iter();
        let bruno = items.find(|of| of["id"] == json!(bruno.id));
        bruno.expect("Bruno")["pendingEmail"].clone()
    };
    let own = json!({"email": "own@agents.example.fr"});
    let asked = bruno.patch_contact(world, own);
    asked.await.expect(202);
    assert_eq!(listed().await, Value::Null);
    give(world, ada, &bruno.id, ALIAS).await.expect(202);
    assert_eq!(listed().await["address"], ALIAS);
    // Its owner takes it back.
    let pending = bruno.path("/contact/pending-email");
    world.delete(&bruno.login, &pending).await.expect(204);
    assert_eq!(listed().await, Value::Null);
    read(world, &confirmation(world, ALIAS)).await.expect(404);
}

#[tokio::test]
async fn the_old_address_keeps_its_link_when_the_key_is_changed() {
    let scene = Scene::taken().await;
    let (world, [_, bruno], new) = scene.parts();
    let link = stops(world, &bruno.email).pop().expect("a link");
    world.aws.rotate(false);
    world.pass(HOUR);
    stop(world, &link).await.expect(200);
    world.pass(DAY);
    world.sweep().await;
    assert_bound(world, &bruno.id, &bruno.login, &[new]).await;
}

#[tokio::test]
async fn an_erasure_leaves_nothing_of_either_address() {
    let scene = Scene::taken().await;
    let (world, [_, bruno], new) = scene.parts();
    let link = stops(world, &bruno.email).pop().expect("a link");
    bruno.delete(world, "").await.expect(204);
    stop(world, &link).await.expect(404);
    for time in [SignedDuration::ZERO, HOUR, DAY, DAY * 30] {
        world.pass(time);
        world.sweep().await;
    }
    for item in world.table.items().await {
        let item = format!("{item:?}");
        assert!(!item.contains(ALIAS) && !item.contains(&bruno.email));
    }
    assert_eq!(world.table.count(&format!("ACCOUNT#{}", bruno.id)).await, 0);
    assert!(own(world, new).await.is_empty());
    let other = Login::new("somebody");
    confirm(world, &other, &link).await.expect(404);
}
