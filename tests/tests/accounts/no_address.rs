//! Accounts without an address, for whoever meets them: their owners, their administrators, and
//! all that would mail them.

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_domain::id::AccountId;
use vigie_store::Owned;
use vigie_tests::{
    World,
    feedback::said_of,
    scenario::{Person, alerts, tender},
};

use super::{CONFIRMATION, ask, assert_whole, bruno, change, confirm, read, stored};

const HERS: &str = "hedwige@ems.example.fr";

/// An organisation with an administrator, and an agent without an address.
async fn without() -> (World, Person, Person) {
    let (world, ada, bruno) = bruno().await;
    world.loses_address(&bruno).await;
    world.settle().await;
    (world, ada, bruno)
}

/// Fails if anything was refused, or given up.
fn assert_calm(world: &World) {
    assert_eq!(world.rejections(), Vec::<String>::new());
    assert!(world.dead.lock().expect("a lock").is_empty());
}

#[tokio::test]
async fn an_owner_without_an_address_gives_one_and_has_it_once_it_is_confirmed() {
    let (world, _, bruno) = without().await;
    let shown = read(&world, &bruno).await;
    assert_eq!(
        (&shown["contact"]["email"], &shown["emailStatus"]),
        (&Value::Null, &json!("none"))
    );
    assert_eq!(shown.get("addressUnavailable"), None);
    let me = world.get(&bruno.login, "/v1/me").await.expect(200);
    assert_eq!(me.json["accounts"][0]["email"], Value::Null);

    // What they have not got they need not name, and anything else is theirs to change.
    for body in [json!({"email": null}), json!({"jobTitle": "Acheteur"})] {
        let answer = bruno.patch_contact(&world, body).await;
        assert_eq!(answer.expect(200).json["pendingEmail"], Value::Null);
    }
    let answer = ask(&world, &bruno, HERS).await;
    assert_eq!(
        (
            answer.status,
            &answer.json["contact"]["email"],
            &answer.json["emailStatus"]
        ),
        (202, &Value::Null, &json!("none"))
    );
    assert_eq!(world.mails().len(), 1, "no notice to nobody");
    assert_eq!(world.subjects_to(HERS), [CONFIRMATION]);
    assert_whole(&world).await;
    let token = world.last_mail(HERS).token();
    confirm(&world, &token).await.expect(200);
    confirm(&world, &token).await.expect(200);
    let shown = read(&world, &bruno).await;
    assert_eq!(
        (&shown["contact"]["email"], &shown["emailStatus"]),
        (&json!(HERS), &json!("confirmed"))
    );
    assert_eq!(
        (
            world.mails().len(),
            world.events("AccountEmailChanged").len()
        ),
        (1, 1)
    );
    assert_whole(&world).await;
    // From now on as anybody's.
    let refused = bruno
        .patch_contact(&world, json!({"email": null}))
        .await
        .expect(422);
    assert_eq!(refused.fields(), ["email"]);
    assert_calm(&world);
}

#[tokio::test]
async fn an_address_that_is_taken_tells_an_owner_without_one_nothing() {
    let (world, ada, bruno) = without().await;
    let answer = ask(&world, &bruno, &ada.email).await.expect(202);
    assert_eq!(answer.json["pendingEmail"]["address"], ada.email.as_str());
    assert_eq!(world.subjects_to(&ada.email), [super::TAKEN]);
    assert_whole(&world).await;
    assert_calm(&world);
}

#[tokio::test]
async fn administrators_see_that_there_is_no_address_and_whether_it_is_somebody_else_s() {
    let (world, ada, bruno) = without().await;
    let hedwige = world.declared("EMS", "Hedwige", Some(HERS)).await;
    ask(&world, &ada, HERS).await;
    confirm(&world, &world.last_mail(HERS).token())
        .await
        .expect(200);
    let list = world
        .get(&ada.login, "/v1/entities/EMS/agents")
        .await
        .expect(200);
    let said = |id: &str| {
        let items = list.json["items"].as_array().expect("items");
        let agent = items.iter().find(|agent| agent["id"] == id).expect("one");
        (
            agent["contact"]["email"].clone(),
            agent["emailStatus"].clone(),
            agent["addressUnavailable"].clone(),
        )
    };
    let none = json!("none");
    assert_eq!(said(&bruno.id), (Value::Null, none.clone(), json!(false)));
    assert_eq!(said(hedwige.id.as_str()), (Value::Null, none, json!(true)));
    assert_eq!(
        said(&ada.id),
        (json!(HERS), json!("confirmed"), json!(false))
    );
    let below = world
        .get(&ada.login, "/v1/entities/EMS/undeliverable")
        .await
        .expect(200);
    assert_eq!(below.json["items"], json!([]));
    // By name and nothing else, as everybody.
    world
        .change(&ada, "EMS", &bruno.id, json!({"role": "administrator"}))
        .await
        .expect(200);
    let named = ada.get(&world, "/administrators").await.expect(200);
    let names = &named.json["items"][0]["administrators"];
    assert_eq!(names, &json!([{"firstName": "Bruno", "lastName": "Agent"}]));
    assert_calm(&world);
}

#[tokio::test]
async fn who_has_no_address_is_not_invited() {
    let (world, ada, _) = bruno().await;
    let hedwige = world.declared("EMS", "Hedwige", None).await;
    let path = format!("/v1/entities/EMS/agents/{}/invitation", hedwige.id);
    world
        .post(&ada.login, &path, json!({}))
        .await
        .refused(409, "email-none");
    world.settle().await;
    assert_eq!(stored(&world, &hedwige.id).await, hedwige);
    assert!(world.mails().is_empty());
    // Once there is one, they are.
    let address = HERS.parse().expect("an address");
    let store = world.table.store();
    let given = store.address_give(&hedwige, &address, None, &[]).await;
    assert_eq!(given.expect("a table"), Owned::Yes);
    world.post(&ada.login, &path, json!({})).await.expect(202);
    let accepted = world.accept(HERS).await;
    assert_eq!(accepted.id, hedwige.id.to_string());
    assert_whole(&world).await;
}

#[tokio::test]
async fn an_alert_leaves_out_who_has_no_address_and_says_so_whenever_it_would_have_come() {
    for mode in ["immediate", "daily"] {
        let (world, ada, bruno) = bruno().await;
        for person in [&ada, &bruno] {
            person
                .put(&world, "/alerts", alerts(mode))
                .await
                .expect(200);
        }
        world.consultation("c-1", "EMS", &ada, &[&bruno]).await;
        for person in [&ada, &bruno] {
            world.star(person, "c-1").await;
        }
        world.empty_inbox();
        // Held with an address, and told when there is none any more.
        let at_once = mode == "immediate";
        if at_once {
            world.loses_address(&bruno).await;
        }
        world.send("TenderReceived", tender("c-1", "d-1")).await;
        if !at_once {
            world.loses_address(&bruno).await;
            world.pass(SignedDuration::from_hours(24));
            world.sweep().await;
        }
        assert_eq!(world.mails().len(), 1, "{mode}");
        assert_eq!(world.mails_to(&ada.email).len(), 1, "{mode}");
        let delivery = world
            .delivery(&bruno.id, "c-1", "tenderReceived", "d-1")
            .await;
        let reason = delivery.expect("a record").reason;
        assert_eq!(reason.as_deref(), Some("noAddress"), "{mode}");
        let shown = bruno.get(&world, "/deliveries").await.expect(200);
        assert_eq!(shown.json["items"][0]["why"], "noAddress", "{mode}");
        assert_calm(&world);
    }
}

#[tokio::test]
async fn a_delegate_without_an_address_takes_nothing() {
    let (world, ada, bruno) = bruno().await;
    world.wants_everything(&bruno).await;
    world.consultation("c-1", "EMS", &ada, &[&bruno]).await;
    world.star(&bruno, "c-1").await;
    let absence = json!({"from": "2026-11-24", "until": "2026-11-25", "delegateAccountId": ada.id});
    bruno
        .put(&world, "/absence", absence.clone())
        .await
        .expect(200);
    world.settle().await;
    let token = world.last_mail(&ada.email).token();
    world
        .post(&ada.login, "/v1/delegations", json!({"token": token}))
        .await
        .expect(200);
    world.loses_address(&ada).await;
    world.empty_inbox();
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    assert!(world.mails().is_empty());
    // Asked again, they are not mailed.
    bruno.put(&world, "/absence", Value::Null).await.expect(200);
    bruno.put(&world, "/absence", absence).await.expect(200);
    world.settle().await;
    assert!(world.mails().is_empty());
    world.pass(SignedDuration::from_hours(48));
    world.sweep().await;
    assert_eq!(world.mails().len(), 1);
    assert_eq!(world.mails_to(&bruno.email).len(), 1, "on their return");
    assert_calm(&world);
}

#[tokio::test]
async fn mails_about_an_account_without_an_address_end_quietly() {
    let (world, ada, bruno) = without().await;
    let chloe = world.agent(&ada, "EMS", "Chloe").await;
    // A change by an administrator, a link, a linked account's change of an absence.
    let path = format!("/v1/entities/EMS/agents/{}", bruno.id);
    for change in [
        json!({"permanentGuest": {"own": true}}),
        json!({"role": "administrator"}),
    ] {
        world.patch(&ada.login, &path, change).await.expect(200);
    }
    world.associate(&bruno, &chloe).await;
    let absence = json!({"from": "2026-11-25", "until": "2026-11-25", "delegateAccountId": null});
    world
        .put(&chloe.login, &bruno.path("/absence"), absence)
        .await
        .expect(200);
    world.settle().await;
    world.empty_inbox();

    // An administrator without an address hears of nobody whom mails do not reach.
    world.pass(SignedDuration::from_secs(1));
    chloe
        .post(&world, "/alerts/test", json!({}))
        .await
        .expect(202);
    world.settle().await;
    let mail = world.last_mail(&chloe.email);
    world.empty_inbox();
    world.ses_says(&mail, "bounced-permanent").await;
    assert_eq!(world.mails().len(), 1);
    assert_eq!(world.mails_to(&ada.email).len(), 1);

    // And nothing that was asked by its former address finds it, or its links.
    ada.post(&world, "/links", json!({"email": bruno.email}))
        .await
        .expect(202);
    world.empty_inbox();
    world.settle().await;
    assert!(world.mails().is_empty());
    chloe
        .delete(&world, &format!("/links/{}", bruno.id))
        .await
        .expect(204);
    world.settle().await;
    assert_calm(&world);
}

#[tokio::test]
async fn what_ses_says_of_a_former_address_says_nothing_of_an_account_without_one() {
    for said in ["bounced-permanent", "complaint", "delivered"] {
        let (world, _, bruno) = bruno().await;
        let ask = |person: &Person| person.path("/alerts/test");
        world
            .post(&bruno.login, &ask(&bruno), json!({}))
            .await
            .expect(202);
        world.settle().await;
        let mail = world.last_mail(&bruno.email);
        world.loses_address(&bruno).await;
        let id = AccountId::parse(&bruno.id).expect("an id");
        let before = stored(&world, &id).await;
        world
            .hears(said_of(&mail, said, world.now(), world.now()))
            .await;
        assert_eq!(stored(&world, &id).await, before, "{said}");
        assert_calm(&world);
    }
}

#[tokio::test]
async fn an_account_without_an_address_is_exported_and_erased_by_its_owner() {
    let (world, _, bruno) = without().await;
    let export = bruno.get(&world, "/export").await.expect(200);
    assert_eq!(
        (
            &export.json["account"]["contact"]["email"],
            &export.json["account"]["emailStatus"]
        ),
        (&Value::Null, &json!("none"))
    );
    bruno.delete(&world, "").await.expect(204);
    assert_whole(&world).await;
    bruno.get(&world, "").await.expect(404);
}

#[tokio::test]
async fn an_address_that_somebody_confirmed_meanwhile_is_not_the_owner_s_who_gave_it() {
    let (world, ada, bruno) = without().await;
    ask(&world, &bruno, HERS).await;
    let token = world.last_mail(HERS).token();
    change(&world, &ada, HERS).await;
    confirm(&world, &token).await.refused(409, "email-taken");
    let shown = read(&world, &bruno).await;
    assert_eq!(shown["emailStatus"], "none");
    assert_whole(&world).await;
}
