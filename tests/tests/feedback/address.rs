//! A dead address: marked once, mailed no more, until somebody confirms one.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_aws::Consumer;
use vigie_domain::{delivery::DeliveryState, id::AccountId};
use vigie_tests::{
    World,
    feedback::said_of,
    gate::Gate,
    scenario::{Person, saved, tender},
    world::sqs,
};

use super::{mailed, tell};

async fn account(world: &World, person: &Person) -> Value {
    person.get(world, "").await.expect(200).json
}

#[tokio::test]
async fn a_permanent_bounce_or_a_complaint_stops_the_mails_and_confirming_starts_them_again() {
    for (sample, cause) in [
        ("bounced-permanent", "bounce"),
        ("bounced-suppressed", "bounce"),
        ("complaint", "complaint"),
    ] {
        let (world, _, bruno, mail) = mailed().await;
        let version = account(&world, &bruno).await["version"].clone();
        world.ses_says(&mail, sample).await;
        let shown = account(&world, &bruno).await;
        assert_eq!(
            (&shown["emailStatus"], &shown["undeliverable"]["cause"]),
            (&json!("undeliverable"), &json!(cause))
        );
        assert_ne!(shown["version"], version, "what is shown changed");

        world.empty_inbox();
        world.send("TenderReceived", tender("c-1", "d-2")).await;
        assert!(world.mails_to(&bruno.email).is_empty(), "{sample}");
        let delivery = world
            .delivery(&bruno.id, "c-1", "tenderReceived", "d-2")
            .await
            .expect("a record");
        assert_eq!(
            (delivery.state, delivery.reason.as_deref()),
            (DeliveryState::Skipped, Some("addressUndeliverable"))
        );

        world.pass(SignedDuration::from_secs(5));
        confirm_again(&world, &bruno, &bruno.email).await;
        let shown = account(&world, &bruno).await;
        assert_eq!(
            (&shown["emailStatus"], &shown["undeliverable"]),
            (&json!("confirmed"), &json!(null))
        );
        tell(&world, &bruno, "d-3").await;
    }
}

#[tokio::test]
async fn what_is_missed_meanwhile_is_counted_for_the_agent_and_for_nobody_else() {
    let (world, ada, bruno, mail) = mailed().await;
    let missed = async || bruno.get(&world, "/missed").await.expect(200).json;
    assert_eq!(
        missed().await,
        json!({"since": null, "count": 0, "more": false})
    );
    world.ses_says(&mail, "bounced-permanent").await;
    let since = account(&world, &bruno).await["undeliverable"]["since"].clone();
    assert_eq!(
        missed().await,
        json!({"since": since, "count": 1, "more": false}),
        "what came back"
    );
    for deposit in ["d-2", "d-3"] {
        world.pass(SignedDuration::from_secs(1));
        world.send("TenderReceived", tender("c-1", deposit)).await;
    }
    assert_eq!(
        missed().await,
        json!({"since": since, "count": 3, "more": false})
    );
    world
        .get(&ada.login, &bruno.path("/missed"))
        .await
        .expect(403);

    world.pass(SignedDuration::from_secs(5));
    confirm_again(&world, &bruno, &bruno.email).await;
    assert_eq!(missed().await["count"], 0, "nothing is missed any more");
}

/// Asks for an address, and confirms it by the mailed link.
pub(super) async fn confirm_again(world: &World, person: &Person, address: &str) {
    person
        .patch_contact(world, json!({"email": address}))
        .await
        .expect(202);
    world.settle().await;
    let mail = world.last_mail(address);
    world.pass(SignedDuration::from_secs(1));
    world.confirm(&mail.token()).await.expect(200);
    world.settle().await;
}

#[tokio::test]
async fn late_word_of_an_earlier_mail_does_not_condemn_an_address_that_was_confirmed_since() {
    let (world, _, bruno, mail) = mailed().await;
    let late = said_of(&mail, "bounced-permanent", world.now(), world.now());
    world.ses_says(&mail, "complaint").await;
    world.pass(SignedDuration::from_secs(5));
    confirm_again(&world, &bruno, &bruno.email).await;
    world.hears(late).await;
    assert_eq!(account(&world, &bruno).await["emailStatus"], "confirmed");
}

#[tokio::test]
async fn word_of_a_former_address_says_nothing_of_the_new_one() {
    let (world, _, bruno, mail) = mailed().await;
    world.pass(SignedDuration::from_secs(5));
    confirm_again(&world, &bruno, "bruno.neuf@example.fr").await;
    world.ses_says(&mail, "bounced-permanent").await;
    assert_eq!(account(&world, &bruno).await["emailStatus"], "confirmed");
}

#[tokio::test]
async fn mails_that_come_back_on_three_days_condemn_the_address_and_absence_notices_or_unfit_mails_never()
 {
    let (world, _, bruno, mail) = mailed().await;
    for _ in 0..5 {
        world.ses_says(&mail, "absence-notice").await;
        world.ses_says(&mail, "bounced-too-large").await;
        world.pass(SignedDuration::from_hours(24));
    }
    for day in 0..3 {
        assert_eq!(
            account(&world, &bruno).await["emailStatus"],
            "confirmed",
            "day {day}"
        );
        // Many on one day are one.
        for sample in [
            "bounced-transient",
            "bounced-undetermined",
            "bounced-transient",
        ] {
            world.ses_says(&mail, sample).await;
        }
        world.pass(SignedDuration::from_hours(24));
    }
    assert_eq!(
        account(&world, &bruno).await["emailStatus"],
        "undeliverable"
    );
}

#[tokio::test]
async fn days_count_in_whatever_order_they_are_heard_of() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]] {
        let (world, _, bruno, mail) = mailed().await;
        let sent = world.now() - SignedDuration::from_hours(1);
        for (heard, day) in order.into_iter().enumerate() {
            assert_eq!(
                account(&world, &bruno).await["emailStatus"],
                "confirmed",
                "{order:?}"
            );
            let at = world.now() + SignedDuration::from_hours(24 * day);
            for _ in 0..=heard {
                world
                    .hears(said_of(
                        &mail,
                        "bounced-transient",
                        sent + SignedDuration::from_hours(1),
                        at,
                    ))
                    .await;
            }
        }
        assert_eq!(
            account(&world, &bruno).await["emailStatus"],
            "undeliverable",
            "{order:?}"
        );
    }
}

#[tokio::test]
async fn a_day_of_a_former_address_does_not_count_for_one_that_is_confirmed_at_the_same_time() {
    for another in [true, false] {
        let (world, _, bruno, mail) = mailed().await;
        let address = if another {
            "bruno.neuf@example.fr".to_owned()
        } else {
            bruno.email.clone()
        };
        let word = sqs(
            &said_of(&mail, "bounced-transient", world.now(), world.now()),
            1,
        );
        world.pass(SignedDuration::from_secs(5));
        world
            .set(
                &format!("ACCOUNT#{}", bruno.id),
                "ACCOUNT",
                "emailStatus",
                AttributeValue::S("unconfirmed".to_owned()),
            )
            .await;
        let gate = Gate::before("UpdateItem", 0);
        let mut feedback = world.feedback.clone();
        feedback.store = gate.store(&world.table, "feedback");
        let meanwhile = Box::pin(confirm_again(&world, &bruno, &address));
        let answer = gate
            .while_waiting(Box::pin(feedback.consume(word.clone())), meanwhile)
            .await
            .expect("an answer");
        // It comes back, and is about nobody's address.
        assert_eq!(
            answer["batchItemFailures"].as_array().map(Vec::len),
            Some(1)
        );
        let answer = Box::pin(world.feedback.consume(word));
        let answer = answer.await.expect("an answer");
        assert_eq!(
            answer["batchItemFailures"].as_array().map(Vec::len),
            Some(0)
        );
        let id = AccountId::parse(&bruno.id).expect("an id");
        let stored = world
            .table
            .store()
            .account_read(&id)
            .await
            .expect("the table")
            .expect("an account");
        assert_eq!(stored.soft_bounces, Vec::new(), "{address}");
    }
}

#[tokio::test]
async fn days_that_lie_more_than_a_month_apart_do_not_add_up() {
    let (world, _, bruno, mail) = mailed().await;
    for _ in 0..4 {
        world.ses_says(&mail, "bounced-transient").await;
        world.pass(SignedDuration::from_hours(24 * 20));
    }
    assert_eq!(account(&world, &bruno).await["emailStatus"], "confirmed");
}

#[tokio::test]
async fn an_erased_account_s_mail_changes_nothing() {
    let (world, _, bruno, mail) = mailed().await;
    bruno.delete(&world, "").await.expect(204);
    for sample in [
        "delivered",
        "bounced-permanent",
        "bounced-transient",
        "complaint",
    ] {
        world.ses_says(&mail, sample).await;
    }
    assert_eq!(world.rejections(), Vec::<String>::new());
    assert!(world.dead.lock().expect("a lock").is_empty());
}

#[tokio::test]
async fn administrators_are_told_once_whose_mails_come_back_and_no_address() {
    let (world, ada, bruno, mail) = mailed().await;
    world.empty_inbox();
    for _ in 0..2 {
        world.ses_says(&mail, "bounced-permanent").await;
    }
    let mails = world.mails_to(&ada.email);
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert_eq!(mails[0].subject, "Un agent ne reçoit plus ses alertes");
    assert!(
        mails[0].text.contains("Bruno Agent") && !mails[0].text.contains(&bruno.email),
        "{}",
        mails[0].text
    );
    let listed = world
        .get(&ada.login, "/v1/entities/EMS/undeliverable")
        .await
        .expect(200);
    assert_eq!(listed.json["items"][0]["id"], bruno.id.as_str());
}

#[tokio::test]
async fn an_address_that_works_again_is_told_what_was_missed_as_far_as_it_may_be_seen() {
    let (world, ada, bruno, mail) = mailed().await;
    world.consultation("c-2", "EMS", &ada, &[&bruno]).await;
    world.star(&bruno, "c-2").await;
    world.ses_says(&mail, "bounced-permanent").await;
    world.pass(SignedDuration::from_secs(5));
    for consultation in ["c-1", "c-2"] {
        world
            .send("TenderReceived", tender(consultation, "d-9"))
            .await;
    }
    let unseen = saved("c-2", 7, "EMS", &ada.id, "consultation", &[]);
    world.send("ConsultationSaved", unseen).await;
    world.empty_inbox();
    confirm_again(&world, &bruno, &bruno.email).await;
    let missed: Vec<_> = world
        .mails_to(&bruno.email)
        .into_iter()
        .filter(|mail| mail.subject == "Vos alertes reprennent")
        .collect();
    assert_eq!(missed.len(), 1);
    assert!(
        missed[0]
            .text
            .contains("Réception d’une réponse électronique"),
        "{}",
        missed[0].text
    );
    // What came back and what was not sent of c-1; not of c-2.
    assert_eq!(
        missed[0]
            .text
            .matches("Réception d’une réponse électronique")
            .count(),
        2,
        "{}",
        missed[0].text
    );
}

/// SES's own list holds nothing back (`SuppressedReasons: []`), so that a confirmation arrives:
/// that nothing else is sent is up to us.
#[tokio::test]
async fn a_dead_address_is_mailed_nothing_but_what_mends_it() {
    let (world, ada, bruno, mail) = mailed().await;
    let chloe = world.agent(&ada, "EMS", "Chloe").await;
    world.ses_says(&mail, "bounced-permanent").await;
    world.pass(SignedDuration::from_secs(5));
    world.empty_inbox();

    tell_without_mail(&world, "d-7").await;
    bruno
        .put(&world, "/alerts", vigie_tests::scenario::alerts("daily"))
        .await
        .expect(200);
    tell_without_mail(&world, "d-8").await;
    let test = bruno.post(&world, "/alerts/test", json!({})).await;
    test.refused(409, "email-undeliverable");
    let change = json!({"role": "administrator"});
    world
        .change(&ada, "EMS", &bruno.id, change)
        .await
        .expect(200);
    chloe
        .post(&world, "/links", json!({"email": bruno.email}))
        .await
        .expect(202);
    let days = json!({"from": "2026-11-25", "until": "2026-11-26", "delegateAccountId": bruno.id});
    chloe.put(&world, "/absence", days).await.expect(200);
    bruno
        .patch_contact(&world, json!({"email": "autre@example.fr"}))
        .await
        .expect(202);
    world.settle().await;
    world.pass(SignedDuration::from_hours(48));
    world.sweep().await;
    assert_eq!(
        world
            .mails_to(&bruno.email)
            .iter()
            .map(|mail| mail.subject.clone())
            .collect::<Vec<_>>(),
        Vec::<String>::new()
    );
    assert_eq!(
        world.mails_to("autre@example.fr").len(),
        1,
        "which can be confirmed"
    );

    bruno
        .patch_contact(&world, json!({"email": bruno.email}))
        .await
        .expect(202);
    world.settle().await;
    assert_eq!(
        world.mails_to(&bruno.email).len(),
        1,
        "the link that mends it"
    );
}

async fn tell_without_mail(world: &World, deposit: &str) {
    world.send("TenderReceived", tender("c-1", deposit)).await;
}
