//! Asking for another e-mail address: what the asker is told, who is mailed, how often.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::json;
use vigie_tests::{
    World,
    scenario::{Person, tender},
};

use super::{CONFIRMATION, NOTICE, TAKEN, ask, bruno, confirm, has_link, read};

#[tokio::test]
async fn a_new_address_waits_for_its_confirmation() {
    let (world, _, bruno) = bruno().await;
    let before = read(&world, &bruno).await;

    let answer = bruno
        .patch_contact(
            &world,
            json!({"email": " Bruno.Martin@BÜRO.example ", "jobTitle": "Acheteur"}),
        )
        .await
        .expect(202);
    world.settle().await;

    let mut expected = before.clone();
    let version = before["version"].as_u64().unwrap() + 1;
    expected["version"] = json!(version);
    expected["contact"]["jobTitle"] = json!("Acheteur");
    expected["pendingEmail"] = json!({"address": "bruno.martin@xn--bro-hoa.example", "expiresAt": (world.now() + SignedDuration::from_hours(7 * 24)).to_string()});
    assert_eq!(answer.json, expected);
    assert_eq!(answer.headers["etag"], format!("\"{version}\""));
    assert_eq!(read(&world, &bruno).await, expected);

    assert_eq!(
        world.subjects_to("bruno.martin@xn--bro-hoa.example"),
        [CONFIRMATION]
    );
    let mail = world.last_mail("bruno.martin@xn--bro-hoa.example");
    assert!(
        mail.text.contains("https://vigie.test/confirm?token="),
        "{}",
        mail.text
    );
    assert!(
        !mail.text.contains("Bruno"),
        "the address may be a stranger's"
    );

    assert_eq!(world.subjects_to(&bruno.email), [NOTICE]);
    let notice = world.last_mail(&bruno.email);
    assert!(
        !has_link(&notice),
        "who has the old address does not thereby have the new one"
    );
    assert!(
        notice.text.contains("•••@xn--bro-hoa.example") && !notice.text.contains("bruno.martin@"),
        "{}",
        notice.text
    );
}

#[tokio::test]
async fn asking_for_a_taken_address_looks_the_same_to_the_asker() {
    let (world, ada, bruno) = bruno().await;
    let chloe = world.agent(&ada, "EMS", "Chloe").await;
    world.empty_inbox();
    let before = (read(&world, &bruno).await, read(&world, &chloe).await);
    let shape = |text: &str, address: &str| text.replace(address, "ADDRESS");

    let taken = bruno
        .patch_contact(&world, json!({"email": chloe.email}))
        .await
        .expect(202);
    world.settle().await;
    let taken_mails = world.mails();
    let taken_seen = bruno.get(&world, "").await;
    bruno
        .delete(&world, "/contact/pending-email")
        .await
        .expect(204);
    world.empty_inbox();
    let free = bruno
        .patch_contact(&world, json!({"email": "nobody@agents.example.fr"}))
        .await
        .expect(202);
    world.settle().await;
    let free_seen = bruno.get(&world, "").await;

    // The versions differ because the two were asked for one after the other.
    let (first, second) = (
        before.0["version"].as_u64().unwrap() + 1,
        before.0["version"].as_u64().unwrap() + 3,
    );
    assert_eq!(free.headers["etag"], format!("\"{second}\""));
    let renumbered = |text: String| {
        text.replace(
            &format!("\"version\":{first},"),
            &format!("\"version\":{second},"),
        )
    };
    for (taken, free) in [(&taken, &free), (&taken_seen, &free_seen)] {
        assert_eq!(
            renumbered(shape(&taken.text, &chloe.email)),
            shape(&free.text, "nobody@agents.example.fr")
        );
        let names = |headers: &http::HeaderMap| headers.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&taken.headers), names(&free.headers));
    }
    // The old address hears the same, too: whoever asks may well read it.
    let notice = |mails: &[vigie_tests::fake_aws::Mail]| {
        mails
            .iter()
            .find(|mail| mail.to == bruno.email)
            .cloned()
            .expect("a notice")
    };
    assert_eq!(notice(&taken_mails).subject, NOTICE);
    assert_eq!(
        notice(&taken_mails).text.replace("c•••", "•••"),
        notice(&world.mails()).text.replace("n•••", "•••")
    );

    // Only the address itself is told, without a link and without a name.
    let told: Vec<_> = taken_mails
        .iter()
        .filter(|mail| mail.to == chloe.email)
        .collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].subject, TAKEN);
    assert!(
        !has_link(told[0]) && !told[0].text.contains("https://"),
        "{}",
        told[0].text
    );
    assert!(
        !told[0].text.contains("Bruno")
            && !told[0].text.contains("Chloe")
            && !told[0].text.contains("bruno@"),
        "{}",
        told[0].text
    );
    assert_eq!(read(&world, &chloe).await, before.1);
}

#[tokio::test]
async fn sending_again_to_a_taken_address_looks_the_same_too() {
    let (world, ada, bruno) = bruno().await;
    let chloe = world.agent(&ada, "EMS", "Chloe").await;
    world.empty_inbox();
    ask(&world, &bruno, &chloe.email).await;

    let answer = bruno
        .post(&world, "/contact/pending-email/resend", json!({}))
        .await
        .expect(202);
    world.settle().await;

    assert_eq!(answer.json["pendingEmail"]["address"], chloe.email.as_str());
    assert_eq!(world.subjects_to(&chloe.email), [TAKEN, TAKEN]);
    assert!(
        world
            .mails_to(&chloe.email)
            .iter()
            .all(|mail| !has_link(mail))
    );
}

#[tokio::test]
async fn alerts_go_to_the_old_address_until_the_new_one_is_confirmed() {
    let (world, _, bruno) = bruno().await;
    world.wants_everything(&bruno).await;
    world.consultation("c-1", "EMS", &bruno, &[]).await;
    world.star(&bruno, "c-1").await;
    ask(&world, &bruno, "new@agents.example.fr").await;
    let token = world.last_mail("new@agents.example.fr").token();
    world.empty_inbox();

    world.send("TenderReceived", tender("c-1", "d-1")).await;
    assert_eq!(
        world
            .mails()
            .iter()
            .map(|mail| &mail.to)
            .collect::<Vec<_>>(),
        [&bruno.email]
    );

    world.empty_inbox();
    confirm(&world, &token).await.expect(200);
    world.send("TenderReceived", tender("c-1", "d-2")).await;
    assert_eq!(
        world
            .mails()
            .iter()
            .map(|mail| mail.to.as_str())
            .collect::<Vec<_>>(),
        ["new@agents.example.fr"]
    );
}

#[tokio::test]
async fn a_sixth_mail_within_the_hour_is_refused_until_the_hour_is_over() {
    let (world, _, bruno) = bruno().await;
    let resend = bruno.path("/contact/pending-email/resend");
    ask(&world, &bruno, "one@agents.example.fr").await;
    world.pass(SignedDuration::from_mins(10));
    ask(&world, &bruno, "two@agents.example.fr").await;
    for _ in 0..3 {
        world
            .post(&bruno.login, &resend, json!({}))
            .await
            .expect(202);
    }
    let before = read(&world, &bruno).await;
    // Not a whole second, so that rounding down would be told too early.
    world.pass(SignedDuration::from_millis(1_250));

    let refused = [
        world
            .post(&bruno.login, &resend, json!({}))
            .await
            .expect(429),
        bruno
            .patch_contact(
                &world,
                json!({"email": "three@agents.example.fr", "jobTitle": "Acheteur"}),
            )
            .await
            .expect(429),
    ];

    assert_eq!(
        read(&world, &bruno).await,
        before,
        "what is refused changes nothing"
    );
    for refused in &refused {
        assert_eq!(refused.problem(), "too-many-mails");
        assert_eq!(refused.headers["retry-after"], "2999");
    }
    // A change that mails nobody is not counted.
    bruno
        .patch_contact(&world, json!({"jobTitle": "Acheteur"}))
        .await
        .expect(200);

    world.pass(SignedDuration::from_secs(2998));
    world
        .post(&bruno.login, &resend, json!({}))
        .await
        .expect(429);
    world.pass(SignedDuration::from_secs(1));
    world
        .post(&bruno.login, &resend, json!({}))
        .await
        .expect(202);
    let refused = world
        .post(&bruno.login, &resend, json!({}))
        .await
        .expect(429);
    assert_eq!(
        refused.headers["retry-after"], "600",
        "the second mail was ten minutes after the first"
    );
}

#[tokio::test]
async fn one_account_s_mails_are_not_counted_against_another() {
    let (world, ada, bruno) = bruno().await;
    let chloe = world.agent(&ada, "EMS", "Chloe").await;
    for n in 0..5 {
        ask(&world, &bruno, &format!("n{n}@agents.example.fr")).await;
    }
    bruno
        .patch_contact(&world, json!({"email": "n5@agents.example.fr"}))
        .await
        .expect(429);
    ask(&world, &chloe, "n5@agents.example.fr").await;
}

async fn mark(world: &World, person: &Person, status: &str) {
    world
        .set(
            &format!("ACCOUNT#{}", person.id),
            "ACCOUNT",
            "emailStatus",
            AttributeValue::S(status.to_owned()),
        )
        .await;
}

#[tokio::test]
async fn an_address_that_stopped_working_is_confirmed_again() {
    for status in ["unconfirmed", "undeliverable"] {
        let (world, _, bruno) = bruno().await;
        mark(&world, &bruno, status).await;
        assert_eq!(read(&world, &bruno).await["emailStatus"], status);

        // Anything else leaves it so.
        let answer = bruno
            .patch_contact(&world, json!({"jobTitle": "Acheteur"}))
            .await
            .expect(200);
        assert_eq!(answer.json["emailStatus"], status);

        let answer = ask(&world, &bruno, &bruno.email).await;
        assert_eq!(answer.json["pendingEmail"]["address"], bruno.email.as_str());
        assert_eq!(
            world.subjects_to(&bruno.email),
            [CONFIRMATION],
            "no notice to the address itself"
        );
        let version = answer.json["version"].as_u64().unwrap();

        confirm(&world, &world.last_mail(&bruno.email).token())
            .await
            .expect(200);
        let after = read(&world, &bruno).await;
        assert_eq!(after["emailStatus"], "confirmed");
        assert_eq!(after["version"], version + 1);
        assert_eq!(after["contact"]["email"], bruno.email.as_str());
        assert!(after["pendingEmail"].is_null());
        assert_eq!(world.table.count("EMAIL#").await, 2, "Ada's and Bruno's");
        assert!(world.events("AccountEmailChanged").is_empty());
    }
}

#[tokio::test]
async fn an_undeliverable_address_is_not_told_of_a_change() {
    let (world, _, bruno) = bruno().await;
    mark(&world, &bruno, "undeliverable").await;
    ask(&world, &bruno, "new@agents.example.fr").await;
    assert!(world.mails_to(&bruno.email).is_empty());
    confirm(&world, &world.last_mail("new@agents.example.fr").token())
        .await
        .expect(200);
    assert_eq!(read(&world, &bruno).await["emailStatus"], "confirmed");
}
