//! SES that throttles, refuses or is down, and the dead letters.

use std::{collections::BTreeSet, sync::Arc};

use jiff::SignedDuration;
use serde_json::{Map, Value, json};
use vigie_domain::{delivery::DeliveryState, id::AccountId};
use vigie_mailer::{Mailer, Pace};
use vigie_tests::{
    World,
    fake_aws::Fault,
    scenario::{saved, tender},
    world::sqs,
};

use crate::delivery::{End, accounts, address, alert, delivery, ended, faults, ses_calls, work};

#[tokio::test]
async fn a_throttled_ses_loses_nothing_and_sends_each_once() {
    let (world, crowd, due) = alert(120).await;
    faults(&world, vec![Fault::Throttle; 14]);

    world.resume(due).await;

    assert_eq!(world.mailed(), crowd);
    assert_eq!(ses_calls(&world), 14 + 3);
    assert_eq!(world.events("AlertSent").len(), 120);
    assert!(world.events("AlertFailed").is_empty());
    assert!(world.dead.lock().expect("a lock").is_empty());
}

#[tokio::test]
async fn entries_that_ses_throttles_are_sent_once_and_the_others_not_again() {
    for status in [
        "ACCOUNT_THROTTLED",
        "ACCOUNT_DAILY_QUOTA_EXCEEDED",
        "ACCOUNT_SENDING_PAUSED",
        "TRANSIENT_FAILURE",
    ] {
        let (world, crowd, due) = alert(50).await;
        // First forty, then thirty … are too many; the third try of a receive is its last.
        for most in [40, 30, 20, 10] {
            let throttled = crowd
                .iter()
                .take(most)
                .map(|to| (to.clone(), status))
                .collect();
            faults(&world, [Fault::Entries(throttled)]);
        }
        assert_eq!(work(&world, &due[0], 1).await, End::Back);
        assert_eq!(world.mails().len(), 30, "{status}");
        for account in accounts(&due[0]) {
            let waits = crowd[..20].contains(&address(&world, &account).await);
            let state = delivery(&world, &account).await.expect("a record").state;
            assert_eq!(
                state,
                if waits {
                    DeliveryState::Pending
                } else {
                    DeliveryState::Sent
                }
            );
        }
        // Certainly not sent, so there is no lease to wait for.
        assert_eq!(work(&world, &due[0], 2).await, End::Acknowledged);
        assert_eq!(world.mailed(), crowd, "{status}");
    }
}

#[tokio::test]
async fn an_entry_that_is_wrong_itself_fails_alone_with_its_reason() {
    const WHY: &str = "INVALID_PARAMETER";
    let (world, crowd, due) = alert(50).await;
    faults(
        &world,
        [Fault::Entries(vec![
            (crowd[7].clone(), WHY),
            (crowd[9].clone(), WHY),
        ])],
    );
    for receives in [1, 2] {
        assert_eq!(work(&world, &due[0], receives).await, End::Acknowledged);
        world.pass(SignedDuration::from_secs(180));
    }
    let sent: Vec<_> = crowd
        .iter()
        .filter(|to| **to != crowd[7] && **to != crowd[9])
        .cloned()
        .collect();
    assert_eq!(world.mailed(), sent);
    assert_eq!(ses_calls(&world), 1);

    world.settle().await;
    assert_eq!(world.events("AlertSent").len(), 48);
    let failed = world.events("AlertFailed");
    assert_eq!(failed.len(), 2);
    for event in failed {
        let account = AccountId::parse(event["accountId"].as_str().expect("an id")).expect("an id");
        assert!([&crowd[7], &crowd[9]].contains(&&address(&world, &account).await));
        assert_eq!(event["reason"], WHY);
        assert_eq!(
            (&event["kind"], &event["factKey"]),
            (&json!("tenderReceived"), &json!("d-1"))
        );
        let delivery = delivery(&world, &account).await.expect("a record");
        assert_eq!(
            (delivery.state, delivery.reason.as_deref()),
            (DeliveryState::Failed, Some(WHY))
        );
    }
}

/// Words of SES about an entry that say nothing of the mail itself: in the API's spelling, in the
/// SDK's, and unknown to both.
const MENDABLE: [&str; 11] = [
    "MESSAGE_REJECTED",
    "FAILED",
    "CONFIGURATION_SET_DOES_NOT_EXIST",
    "CONFIGURATION_SET_NOT_FOUND",
    "TEMPLATE_DOES_NOT_EXIST",
    "TEMPLATE_NOT_FOUND",
    "MAIL_FROM_DOMAIN_NOT_VERIFIED",
    "INVALID_SENDING_POOL_NAME",
    "INVALID_SENDING_POOL",
    "ACCOUNT_SUSPENDED",
    "SOMETHING_NEW",
];

#[tokio::test]
async fn an_entry_refused_for_what_can_be_mended_comes_back_and_is_sent_once_it_is() {
    for status in MENDABLE {
        let (world, crowd, due) = alert(3).await;
        faults(&world, [Fault::Entries(vec![(crowd[1].clone(), status)])]);
        assert_eq!(work(&world, &due[0], 1).await, End::Back, "{status}");
        assert_eq!(
            ses_calls(&world),
            1,
            "{status}: trying again at once does not mend it"
        );
        assert_eq!(world.mails().len(), 2, "{status}");
        assert_eq!(
            work(&world, &due[0], 2).await,
            End::Acknowledged,
            "{status}"
        );
        assert_eq!(world.mailed(), crowd, "{status}");
    }
}

#[tokio::test]
async fn an_entry_that_nobody_mends_ends_as_a_recorded_failure_and_a_redrive_sends_it() {
    for status in ["MESSAGE_REJECTED", "SOMETHING_NEW"] {
        let (world, crowd, due) = alert(3).await;
        faults(
            &world,
            vec![Fault::Entries(vec![(crowd[1].clone(), status)]); 4],
        );
        world.resume(due).await;
        assert_eq!(ses_calls(&world), 4);
        assert_eq!(world.mails().len(), 2);
        let failed = world.events("AlertFailed");
        assert_eq!(
            failed
                .iter()
                .map(|event| &event["reason"])
                .collect::<Vec<_>>(),
            [status]
        );
        assert_eq!(world.dead.lock().expect("a lock").len(), 1);
        world.redrive().await;
        assert_eq!(world.mailed(), crowd);
    }
}

/// Has SES refuse every bulk call that has one of these in it.
fn bad(world: &World, addresses: &[String]) {
    world
        .aws
        .with(|traffic| traffic.bad = addresses.iter().cloned().collect());
}

#[tokio::test]
async fn a_call_refused_for_one_mail_is_halved_until_that_stands_alone() {
    for wrong in [vec![13], vec![0, 49], vec![24, 25, 26]] {
        let (world, crowd, due) = alert(50).await;
        let wrong: Vec<String> = wrong.into_iter().map(|i| crowd[i].clone()).collect();
        bad(&world, &wrong);
        assert_eq!(work(&world, &due[0], 1).await, End::Acknowledged);
        assert_eq!(
            world.mailed(),
            crowd
                .iter()
                .filter(|to| !wrong.contains(to))
                .cloned()
                .collect::<Vec<_>>()
        );
        for account in accounts(&due[0]) {
            let (delivery, address) = (
                delivery(&world, &account).await.expect("a record"),
                address(&world, &account).await,
            );
            let failed = wrong.contains(&address);
            assert_eq!(
                delivery.state,
                if failed {
                    DeliveryState::Failed
                } else {
                    DeliveryState::Sent
                }
            );
            assert!(!failed || delivery.reason.as_deref() == Some("BadRequestException"));
        }
    }
}

#[tokio::test]
async fn of_a_call_that_is_halved_only_what_nobody_knows_of_waits_for_its_lease() {
    let (world, crowd, due) = alert(50).await;
    bad(&world, &crowd[..1]);
    faults(&world, [Fault::AnswerLost]);
    assert_eq!(work(&world, &due[0], 1).await, End::Back);
    assert_eq!(world.mailed(), crowd[1..]);
    world.pass(SignedDuration::from_secs(180));
    assert_eq!(work(&world, &due[0], 2).await, End::Acknowledged);
    // One call of at most half was not known to have been sent.
    let mailed = world.mailed();
    assert!(
        mailed.len() > 49 && mailed.len() <= 49 + 25,
        "{}",
        mailed.len()
    );
}

#[tokio::test]
async fn a_call_refused_whoever_is_in_it_is_nobodys_last_word() {
    for followers in [1, 50] {
        let (world, crowd, due) = alert(followers).await;
        bad(&world, &crowd);
        assert_eq!(work(&world, &due[0], 1).await, End::Back);
        assert!(ses_calls(&world) <= 15);
        assert!(world.mails().is_empty());
        bad(&world, &[]);
        assert_eq!(work(&world, &due[0], 2).await, End::Acknowledged);
        assert_eq!(world.mailed(), crowd);
    }
}

#[tokio::test]
async fn no_call_has_more_mails_than_the_worker_s_share_of_the_rate() {
    for (rate, workers, calls) in [(14, 2, vec![7, 3]), (1_000_000, 1, vec![10])] {
        let (world, crowd, due) = alert(10).await;
        world.aws.with(|traffic| traffic.bulks.clear());
        let mailer = Mailer {
            pace: Pace::new(rate, workers),
            ..world.another_mailer()
        };
        assert_eq!(ended(&mailer, sqs(&due[0], 1)).await, End::Acknowledged);
        let entries = |bulk: &Value| bulk["BulkEmailEntries"].as_array().map_or(0, Vec::len);
        assert_eq!(
            world
                .aws
                .with(|traffic| traffic.bulks.iter().map(entries).collect::<Vec<_>>()),
            calls
        );
        assert_eq!(world.mailed(), crowd);
    }
}

#[tokio::test]
async fn what_all_mails_of_a_call_share_is_in_it_once() {
    let (world, _, due) = alert(50).await;
    assert_eq!(work(&world, &due[0], 1).await, End::Acknowledged);
    let bulk = world
        .aws
        .with(|traffic| traffic.bulks.pop())
        .expect("a call");
    let object = |text: &Value| {
        serde_json::from_str::<Map<String, Value>>(text.as_str().expect("text")).expect("an object")
    };
    let shared = object(&bulk["DefaultContent"]["Template"]["TemplateData"]);
    for entry in bulk["BulkEmailEntries"].as_array().expect("entries") {
        let own = object(
            &entry["ReplacementEmailContent"]["ReplacementTemplate"]["ReplacementTemplateData"],
        );
        assert!(own.keys().all(|key| !shared.contains_key(key)));
    }
    assert!(
        shared["consultation_html"]
            .as_str()
            .expect("text")
            .contains("Objet")
    );
}

#[tokio::test]
async fn what_ses_accepted_is_recorded_before_the_rest_is_tried_again() {
    let (world, crowd, due) = alert(50).await;
    let throttled = crowd[..10]
        .iter()
        .map(|to| (to.clone(), "ACCOUNT_THROTTLED"))
        .collect();
    faults(&world, [Fault::Entries(throttled), Fault::DiesBefore]);
    assert_eq!(work(&world, &due[0], 1).await, End::Died);
    for account in accounts(&due[0]) {
        let waits = crowd[..10].contains(&address(&world, &account).await);
        let state = delivery(&world, &account).await.expect("a record").state;
        assert_eq!(
            state,
            if waits {
                DeliveryState::Pending
            } else {
                DeliveryState::Sent
            }
        );
    }
    world.pass(SignedDuration::from_secs(180));
    assert_eq!(work(&world, &due[0], 2).await, End::Acknowledged);
    assert_eq!(world.mailed(), crowd, "each once");
}

#[tokio::test]
async fn the_last_receive_records_the_failure_and_a_redrive_sends_it() {
    for (fault, tries, reason) in [
        (Fault::Throttle, 12, "TooManyRequestsException"),
        (Fault::Down, 4, "unknown"),
    ] {
        let (world, crowd, due) = alert(50).await;
        let ids = accounts(&due[0]);
        faults(&world, vec![fault; tries]);
        world.resume(due).await;

        assert_eq!(ses_calls(&world), tries);
        assert!(world.mails().is_empty());
        assert_eq!(world.dead.lock().expect("a lock").len(), 1);
        for id in &ids {
            let delivery = delivery(&world, id).await.expect("a record");
            assert_eq!(
                (delivery.state, delivery.reason.as_deref()),
                (DeliveryState::Failed, Some(reason))
            );
        }
        let failed = world.events("AlertFailed");
        assert_eq!(failed.len(), 50);
        assert!(failed.iter().all(|event| event["reason"] == reason));

        world.redrive().await;
        assert_eq!(world.mailed(), crowd);
        assert_eq!(world.events("AlertSent").len(), 50);
        assert!(world.dead.lock().expect("a lock").is_empty());
    }
}

#[tokio::test]
async fn account_mails_survive_the_same_faults() {
    let (world, ada) = World::with("EMS").await;
    let world = Arc::new(world);
    for (i, (fault, mails)) in [
        (Fault::DiesBefore, 1),
        (Fault::Down, 1),
        (Fault::Throttle, 1),
        (Fault::DiesAfter, 2),
        (Fault::AnswerLost, 2),
    ]
    .into_iter()
    .enumerate()
    {
        world.invite(&ada, "EMS", &format!("Agent{i}")).await;
        let due = world.due().await;
        assert_eq!(due.len(), 1);
        faults(&world, [fault.clone()]);
        let dies = matches!(fault, Fault::DiesBefore | Fault::DiesAfter);
        assert_eq!(
            work(&world, &due[0], 1).await,
            if dies { End::Died } else { End::Back },
            "{fault:?}"
        );
        // A throttled mail was not sent; for the rest the lease decides.
        let next = if fault == Fault::Throttle {
            End::Acknowledged
        } else {
            End::Back
        };
        assert_eq!(work(&world, &due[0], 2).await, next, "{fault:?}");
        world.pass(SignedDuration::from_secs(180));
        for _ in 0..2 {
            assert_eq!(work(&world, &due[0], 3).await, End::Acknowledged);
        }
        assert_eq!(
            world.mails_to(&format!("agent{i}@agents.example.fr")).len(),
            mails,
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn an_account_mail_that_cannot_go_ends_in_the_dead_letters_and_a_redrive_sends_it() {
    let (world, ada) = World::with("EMS").await;
    faults(&world, vec![Fault::Throttle; 4]);
    world.invite(&ada, "EMS", "Bruno").await;
    world.settle().await;
    assert_eq!(world.dead.lock().expect("a lock").len(), 1);
    assert!(world.mails_to("bruno@agents.example.fr").is_empty());
    world.redrive().await;
    assert_eq!(world.mails_to("bruno@agents.example.fr").len(), 1);
}

/// SES renders no mail with a key that has no value: what is shared and what is an entry's own have
/// one for each, whoever it is for.
#[tokio::test]
async fn every_mail_of_a_call_has_a_value_for_every_key() {
    for deadline in [json!("2027-02-01T12:00:00+01:00"), json!(null)] {
        let (world, ada) = World::with("EMS").await;
        let [author, absentee] = [
            world.agent(&ada, "EMS", "Author").await,
            world.agent(&ada, "EMS", "Absentee").await,
        ];
        let mut saved = saved("c-1", 1, "EMS", &author.id, "consultation", &[&absentee]);
        saved["submissionDeadline"] = deadline;
        world.send("ConsultationSaved", saved).await;
        world.star(&absentee, "c-1").await;
        world.wants_everything(&absentee).await;
        let days =
            json!({"from": "2026-11-24", "until": "2026-11-25", "delegateAccountId": author.id});
        absentee.put(&world, "/absence", days).await.expect(200);
        world.settle().await;
        let token = world.last_mail(&author.email).token();
        world
            .post(&author.login, "/v1/delegations", json!({"token": token}))
            .await
            .expect(200);
        world.crowd("EMS", "c-1", 3).await;
        world.send("TenderReceived", tender("c-1", "d-1")).await;
        let bulks = world.aws.with(|traffic| traffic.bulks.clone());
        let object = |text: &Value| {
            serde_json::from_str::<Map<String, Value>>(text.as_str().expect("text"))
                .expect("an object")
        };
        let mut reasons = BTreeSet::new();
        for bulk in bulks {
            let template = &bulk["DefaultContent"]["Template"];
            let text = ["Subject", "Text", "Html"]
                .map(|part| template["TemplateContent"][part].as_str().expect("a part"))
                .concat();
            let keys: BTreeSet<_> = text
                .split("{{")
                .skip(1)
                .filter_map(|rest| rest.split_once("}}"))
                .map(|(key, _)| key)
                .collect();
            assert!(keys.len() > 20, "{keys:?}");
            for entry in bulk["BulkEmailEntries"].as_array().expect("entries") {
                let mut values = object(&template["TemplateData"]);
                values.extend(object(&entry["ReplacementEmailContent"]["ReplacementTemplate"]["ReplacementTemplateData"]));
                assert!(
                    keys.iter()
                        .all(|key| values.get(*key).is_some_and(Value::is_string)),
                    "{values:?}"
                );
                reasons.extend(values["why_text"].as_str().map(str::to_owned));
            }
        }
        assert_eq!(
            reasons.len(),
            2,
            "whoever follows, and whoever stands in: {reasons:?}"
        );
    }
}
