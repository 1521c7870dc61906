//! Every event of SES, in every state of a delivery, once and twice.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use vigie_domain::delivery::{Delivery, DeliveryState};
use vigie_store::{Claim, Intent, Outcome, Subject};
use vigie_tests::{
    World,
    feedback::{said_of, sample},
    scenario::Person,
};

use super::mailed;

/// Sample, and the state after it for each state before it, in the order of [`STATES`]; `-` stays.
const STEPS: [(&str, [&str; 8]); 15] = [
    ("sent", ["SENT", "SENT", "-", "-", "-", "-", "-", "-"]),
    (
        "delayed",
        ["DELAYED", "DELAYED", "DELAYED", "-", "-", "-", "-", "-"],
    ),
    (
        "delivered",
        [
            "DELIVERED",
            "DELIVERED",
            "DELIVERED",
            "DELIVERED",
            "-",
            "-",
            "-",
            "-",
        ],
    ),
    (
        "bounced-permanent",
        [
            "BOUNCED", "BOUNCED", "BOUNCED", "BOUNCED", "BOUNCED", "-", "-", "-",
        ],
    ),
    (
        "bounced-suppressed",
        [
            "BOUNCED", "BOUNCED", "BOUNCED", "BOUNCED", "BOUNCED", "-", "-", "-",
        ],
    ),
    (
        "bounced-transient",
        [
            "BOUNCED", "BOUNCED", "BOUNCED", "BOUNCED", "BOUNCED", "-", "-", "-",
        ],
    ),
    (
        "bounced-undetermined",
        [
            "BOUNCED", "BOUNCED", "BOUNCED", "BOUNCED", "BOUNCED", "-", "-", "-",
        ],
    ),
    (
        "bounced-too-large",
        [
            "BOUNCED", "BOUNCED", "BOUNCED", "BOUNCED", "BOUNCED", "-", "-", "-",
        ],
    ),
    ("absence-notice", ["-", "-", "-", "-", "-", "-", "-", "-"]),
    (
        "complaint",
        [
            "COMPLAINED",
            "COMPLAINED",
            "COMPLAINED",
            "COMPLAINED",
            "COMPLAINED",
            "COMPLAINED",
            "-",
            "-",
        ],
    ),
    (
        "rejected",
        ["FAILED", "-", "FAILED", "FAILED", "-", "-", "-", "-"],
    ),
    (
        "not-rendered",
        ["FAILED", "-", "FAILED", "FAILED", "-", "-", "-", "-"],
    ),
    ("subscription", ["-", "-", "-", "-", "-", "-", "-", "-"]),
    ("opened", ["-", "-", "-", "-", "-", "-", "-", "-"]),
    ("clicked", ["-", "-", "-", "-", "-", "-", "-", "-"]),
];
const STATES: [&str; 8] = [
    "PENDING",
    "FAILED",
    "SENT",
    "DELAYED",
    "DELIVERED",
    "BOUNCED",
    "COMPLAINED",
    "SKIPPED",
];

async fn delivery(world: &World, person: &Person) -> Delivery {
    world
        .delivery(&person.id, "c-1", "tenderReceived", "d-1")
        .await
        .expect("a delivery")
}

#[tokio::test]
async fn every_event_moves_every_state_on_or_leaves_it_and_twice_as_once() {
    let (world, _, bruno, mail) = mailed().await;
    let key = format!("DELIVERY#{}", mail.tags["delivery"]);
    for (name, after) in STEPS {
        for (before, after) in STATES.iter().zip(after) {
            // What failed was another mail.
            let named = if *before == "FAILED" { "m-0" } else { &mail.id };
            for (field, value) in [("state", *before), ("messageId", named)] {
                let value = AttributeValue::S(value.to_owned());
                world
                    .set(&format!("ACCOUNT#{}", bruno.id), &key, field, value)
                    .await;
            }
            let event = said_of(&mail, name, world.now(), world.now());
            for _ in 0..2 {
                world.hears(event.clone()).await;
                let wanted = if after == "-" { before } else { after };
                let state = json!(delivery(&world, &bruno).await.state);
                assert_eq!(state, wanted, "{name} after {before}");
            }
        }
    }
    assert_eq!(world.rejections(), Vec::<String>::new());
}

/// A mail's whole life, told in any order and each thing as often as may be: it ends where the
/// furthest of them leads.
#[tokio::test]
async fn whatever_the_order_the_furthest_of_what_was_said_stays() {
    let events = [
        "sent",
        "delayed",
        "delivered",
        "bounced-transient",
        "complaint",
    ];
    let ranks = ["SENT", "DELAYED", "DELIVERED", "BOUNCED", "COMPLAINED"];
    let (world, _, bruno, mail) = mailed().await;
    let key = format!("DELIVERY#{}", mail.tags["delivery"]);
    for order in 0..120_usize {
        // The order-th permutation of the five.
        let (mut left, mut rest, mut story) =
            ((0..events.len()).collect::<Vec<_>>(), order, Vec::new());
        while !left.is_empty() {
            let at = rest % left.len();
            rest /= left.len();
            story.push(left.remove(at));
        }
        world
            .set(
                &format!("ACCOUNT#{}", bruno.id),
                &key,
                "state",
                AttributeValue::S("PENDING".to_owned()),
            )
            .await;
        let mut furthest = 0;
        for told in story {
            world
                .hears(said_of(&mail, events[told], world.now(), world.now()))
                .await;
            furthest = furthest.max(told);
            assert_eq!(
                json!(delivery(&world, &bruno).await.state),
                ranks[furthest],
                "order {order}"
            );
        }
    }
}

/// Events about unknown mails, or no longer known ones, make nothing and fail nowhere.
#[tokio::test]
async fn whatever_is_said_of_an_unknown_mail_or_much_too_late_makes_nothing() {
    let (world, _, bruno, mail) = mailed().await;
    let mut unknown = mail.clone();
    unknown
        .tags
        .insert("delivery".to_owned(), "Zm9yIHRoZSBsb3ZlIG9mIH".to_owned());
    unknown.to = "inconnue@example.fr".to_owned();
    let before = world.table.items().await.len();
    for (name, _) in STEPS {
        world.ses_says(&unknown, name).await;
    }
    assert_eq!(world.table.items().await.len(), before);
    assert_eq!(json!(delivery(&world, &bruno).await.state), "SENT");
    // A month later, when what went as one mail is forgotten.
    world.pass(jiff::SignedDuration::from_hours(24 * 40));
    for (name, after) in STEPS {
        world
            .set(
                &format!("ACCOUNT#{}", bruno.id),
                &format!("DELIVERY#{}", mail.tags["delivery"]),
                "state",
                AttributeValue::S("SENT".to_owned()),
            )
            .await;
        world.ses_says(&mail, name).await;
        let wanted = if after[2] == "-" { "SENT" } else { after[2] };
        assert_eq!(
            json!(delivery(&world, &bruno).await.state),
            wanted,
            "{name}"
        );
    }
    assert_eq!(world.rejections(), Vec::<String>::new());
}

#[tokio::test]
async fn what_comes_before_the_sender_s_own_record_is_not_taken_back_by_it() {
    let (world, _, bruno, mail) = mailed().await;
    world.ses_says(&mail, "delivered").await;
    assert_eq!(
        delivery(&world, &bruno).await.state,
        DeliveryState::Delivered
    );
    world.ses_says(&mail, "sent").await;
    world.ses_says(&mail, "delayed").await;
    assert_eq!(
        delivery(&world, &bruno).await.state,
        DeliveryState::Delivered
    );
    let sent = world.events("AlertSent");
    assert_eq!(sent.len(), 1, "{sent:?}");
}

#[tokio::test]
async fn only_a_code_is_kept_of_what_a_server_said() {
    let (world, _, bruno, mail) = mailed().await;
    world.ses_says(&mail, "bounced-permanent").await;
    assert_eq!(
        delivery(&world, &bruno).await.code.as_deref(),
        Some("5.1.1")
    );
    let shown = bruno.get(&world, "/deliveries").await.expect(200);
    assert_eq!(shown.json["items"][0]["state"], "BOUNCED");
    assert_eq!(shown.json["items"][0]["code"], "5.1.1");
    assert!(!shown.text.contains("user unknown"));
}

#[tokio::test]
async fn events_about_nothing_of_ours_change_nothing_and_are_no_failure() {
    let (world, _, bruno, mail) = mailed().await;
    let other = |part: &str, value| {
        let mut event = said_of(&mail, "bounced-permanent", world.now(), world.now());
        *event["detail"]["mail"].pointer_mut(part).expect("a part") = value;
        event
    };
    for event in [
        sample("bounced-permanent"),
        other("/tags", json!({})),
        other("/tags/delivery/0", json!("x")),
        other("/tags/account/0", json!("../x")),
        other("/destination/0", json!("not an address")),
    ] {
        world.hears(event).await;
    }
    let account = bruno.get(&world, "").await.expect(200);
    assert_eq!(account.json["emailStatus"], "confirmed");
    assert_eq!(world.rejections(), Vec::<String>::new());
    world.hears(other("/timestamp", json!(null))).await;
    assert_eq!(world.rejections(), ["mail.timestamp is missing"]);
}

#[tokio::test]
async fn a_daily_mail_moves_all_that_it_told() {
    let (world, _, bruno, _) = mailed().await;
    let mut choice = bruno.get(&world, "/alerts").await.expect(200).json;
    choice["kinds"]["tenderReceived"] = json!("daily");
    bruno.put(&world, "/alerts", choice).await.expect(200);
    for deposit in ["d-2", "d-3"] {
        world
            .send(
                "TenderReceived",
                vigie_tests::scenario::tender("c-1", deposit),
            )
            .await;
    }
    world.empty_inbox();
    world.pass(jiff::SignedDuration::from_hours(24));
    world.sweep().await;
    let mail = world.last_mail(&bruno.email);
    world.ses_says(&mail, "delivered").await;
    for deposit in ["d-2", "d-3"] {
        let delivery = world
            .delivery(&bruno.id, "c-1", "tenderReceived", deposit)
            .await
            .expect("a delivery");
        assert_eq!(delivery.state, DeliveryState::Delivered, "{deposit}");
    }
}

#[tokio::test]
async fn what_ses_could_not_render_is_sent_again_once_that_is_mended() {
    let (world, _, bruno, _) = mailed().await;
    world.empty_inbox();
    world.publish(
        "TenderReceived",
        vigie_tests::scenario::tender("c-1", "d-2"),
    );
    let due = world.due().await;
    for event in &due {
        assert!(world.hand(event, 1).await);
    }
    let mail = world.last_mail(&bruno.email);
    for name in ["not-rendered", "sent", "delayed"] {
        world.ses_says(&mail, name).await;
        let found = world
            .delivery(&bruno.id, "c-1", "tenderReceived", "d-2")
            .await
            .expect("a delivery");
        assert_eq!(
            (found.state, found.retryable, found.message_id),
            (DeliveryState::Failed, true, None),
            "{name}"
        );
    }
    assert_eq!(world.events("AlertFailed").len(), 1);
    world.empty_inbox();
    world.resume(due).await;
    let again = world.mails_to(&bruno.email);
    assert_eq!(again.len(), 1);
    world.ses_says(&again[0], "delivered").await;
    let found = world
        .delivery(&bruno.id, "c-1", "tenderReceived", "d-2")
        .await
        .expect("a delivery");
    assert_eq!(
        (found.state, found.retryable),
        (DeliveryState::Delivered, false)
    );
}

/// The bus delivers at least once, and SES's word on a mail may come late.
#[tokio::test]
async fn what_is_said_again_of_a_mail_takes_nothing_from_the_one_that_was_sent_instead() {
    for (name, seconds) in [
        ("not-rendered", 0),
        ("not-rendered", 600),
        ("rejected", 600),
    ] {
        let (world, _, bruno, _) = mailed().await;
        world.empty_inbox();
        let detail = vigie_tests::scenario::tender("c-1", "d-2");
        world.publish("TenderReceived", detail);
        let due = world.due().await;
        for event in &due {
            assert!(world.hand(event, 1).await);
        }
        let found = async || {
            world
                .delivery(&bruno.id, "c-1", "tenderReceived", "d-2")
                .await
                .expect("a delivery")
        };
        let mail = world.last_mail(&bruno.email);
        let word = |name| said_of(&mail, name, world.now(), world.now());
        let (unrendered, again) = (word("not-rendered"), word(name));
        world.hears(unrendered).await;
        assert_eq!(found().await.state, DeliveryState::Failed, "{name}");
        world.pass(jiff::SignedDuration::from_secs(seconds));
        world.resume(due).await;
        let sent = found().await;
        assert_eq!(sent.state, DeliveryState::Sent, "{name}");
        for _ in 0..2 {
            world.hears(again.clone()).await;
            let kept = found().await;
            assert_eq!(
                (kept.state, kept.retryable, kept.message_id),
                (DeliveryState::Sent, false, sent.message_id.clone()),
                "{name} {seconds}"
            );
        }
        assert_eq!(world.events("AlertFailed").len(), 1, "{name}");
        // What is said of the second one counts.
        let second = world.last_mail(&bruno.email);
        world.ses_says(&second, name).await;
        assert_eq!(found().await.state, DeliveryState::Failed, "{name}");
    }
}

#[tokio::test]
async fn what_was_not_rendered_or_found_unfit_is_not_sent_by_a_word_that_comes_later() {
    for name in ["not-rendered", "rejected"] {
        let (world, _, bruno, mail) = mailed().await;
        let store = world.table.store();
        let id = vigie_domain::id::AccountId::parse(&bruno.id).expect("an id");
        let consultation = vigie_domain::id::ConsultationId::parse("c-1").expect("an id");
        let subject = Subject::alert(&consultation, "tenderReceived", "d-7");
        let mut early = mail.clone();
        early
            .tags
            .insert("delivery".to_owned(), subject.hash.clone());
        let claim = [(id.clone(), Intent::Send("guest"))];
        assert_eq!(
            store
                .delivery_claim(&subject, &claim, world.now())
                .await
                .expect("a claim"),
            [Claim::Acquired]
        );
        // Before the sender's own record, which then comes.
        world.ses_says(&early, name).await;
        store
            .delivery_settle(&subject, &[(id.clone(), Outcome::Sent(early.id.clone()))])
            .await
            .expect("a record");
        world.ses_says(&early, "sent").await;
        let found = store
            .delivery_read(&id, &subject)
            .await
            .expect("a read")
            .expect("a delivery");
        assert_eq!(found.state, DeliveryState::Failed, "{name}");
        let open = name == "not-rendered";
        let claims = store
            .delivery_claim(&subject, &claim, world.now())
            .await
            .expect("a claim");
        assert_eq!(
            claims,
            [if open { Claim::Acquired } else { Claim::Done }],
            "{name}"
        );
    }
}
