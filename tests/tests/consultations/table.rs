//! Written items come back unchanged, and counts are exact.

use std::collections::BTreeSet;

use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};
use vigie_domain::{
    consultation::{Consultation, fact::Fact},
    id::ConsultationId,
};
use vigie_tests::{
    World,
    scenario::{saved, tender},
};

use crate::consultations::{at_once, people, save, with};

/// A consultation of any shape that the contract allows.
fn any_consultation() -> impl Strategy<Value = Value> {
    let text = "[ -~éà日\\n\\t\u{202e}]{0,40}";
    let phase = prop::sample::select(
        &[
            "drafting",
            "consultation",
            "opening",
            "decision",
            "archived",
            "cancelled",
        ][..],
    );
    let deadline = prop::option::of(0..4_000_000_000_i64);
    (
        ("[A-Za-z0-9._-]{1,128}", 1..u64::from(u32::MAX), text, text, text),
        (
            phase,
            deadline,
            prop::collection::btree_set("[A-Za-z0-9._-]{1,20}", 0..5),
            prop::option::of("https://[a-z]{1,9}/[a-z0-9?=&]{0,20}"),
        ),
    )
        .prop_map(|((id, revision, reference, title, organisation), (phase, deadline, guests, url))| {
            let deadline = deadline.map(|second| jiff::Timestamp::from_second(second).unwrap());
            json!({
                "consultationId": id, "revision": revision, "reference": reference, "title": title, "organisation": organisation,
                "entityId": "EMS-DSI", "authorAccountId": "a", "phase": phase, "submissionDeadline": deadline, "guests": guests, "url": url,
            })
        })
}

fn any_fact() -> impl Strategy<Value = (&'static str, Value)> {
    let id = || "[A-Za-z0-9._-]{1,128}";
    let text = || "[ -~éà日\\n\u{202e}]{0,40}";
    let at = || {
        (0..4_000_000_000_i64)
            .prop_map(|second| jiff::Timestamp::from_second(second).unwrap().to_string())
    };
    let on = || prop::sample::select(&["2026-11-24", "2015-04-10", "2028-02-29"][..]);
    let url = || prop::option::of("https://[a-z]{1,9}/[a-z0-9]{0,9}");
    // Buyers number or name their lots and levels.
    let label = || {
        prop_oneof![
            text().prop_map(|text| json!(text)),
            (0..100_u32).prop_map(|number| json!(number))
        ]
    };
    prop_oneof![
        (id(), text(), at(), any::<bool>(), prop::collection::vec(label(), 0..4)).prop_map(|(id, number, at, paper, lots)| {
            let channel = if paper { "paper" } else { "electronic" };
            ("TenderReceived", json!({"depositId": id, "depositNumber": number, "receivedAt": at, "channel": channel, "lots": lots}))
        }),
        (id(), at(), prop::sample::select(&["identified", "anonymous", "paper"][..]))
            .prop_map(|(id, at, channel)| ("DocumentsWithdrawn", json!({"withdrawalId": id, "at": at, "channel": channel}))),
        (id(), at(), text(), url()).prop_map(|(id, at, r#type, url)| {
            ("MessageReceived", json!({"messageId": id, "receivedAt": at, "messageType": r#type, "url": url}))
        }),
        (id(), at(), any::<bool>(), url()).prop_map(|(id, at, attachment, url)| {
            ("QuestionReceived", json!({"questionId": id, "receivedAt": at, "hasAttachment": attachment, "url": url}))
        }),
        (id(), text(), label(), on(), url(), url()).prop_map(|(id, number, edition, on, url, pdf)| {
            let detail = json!({"noticeId": id, "noticeNumber": number, "edition": edition, "publishedOn": on, "url": url, "pdfUrl": pdf});
            ("NoticePublished", detail)
        }),
        (id(), any::<u32>(), prop::collection::vec(text(), 0..4), url()).prop_map(|(id, attempt, reasons, url)| {
            ("NoticeRejected", json!({"noticeId": id, "attempt": attempt, "reasons": reasons, "url": url}))
        }),
        (any::<bool>(), id(), label(), text(), prop::option::of(on()), url()).prop_map(|(validation, id, level, by, on, url)| {
            let detail = json!({"requestId": id, "level": level, "requestedBy": by, "wantedOn": on, "url": url});
            (if validation { "ValidationRequested" } else { "ApprovalRequested" }, detail)
        }),
    ]
}

#[tokio::test]
async fn consultations_and_facts_come_out_of_the_table_as_they_went_in() {
    let world = World::new().await;
    let store = &world.table.store();
    let mut runner = TestRunner::new(Config::default());
    let mut seen = BTreeSet::new();
    while seen.len() < 150 {
        let detail = any_consultation().new_tree(&mut runner).unwrap().current();
        let consultation: Consultation = serde_json::from_value(detail).unwrap();
        // An id of one letter is drawn again before long, and an older revision of it changes
        // nothing.
        if !seen.insert(consultation.id.clone()) {
            continue;
        }
        store
            .consultation_save(&consultation, world.now())
            .await
            .unwrap();
        assert_eq!(
            store.consultation_read(&consultation.id).await.unwrap(),
            Some(consultation.clone())
        );

        let (detail_type, detail) = any_fact().new_tree(&mut runner).unwrap().current();
        let (about, fact) = Fact::from_event(
            detail_type,
            &with(detail, "consultationId", json!(consultation.id)),
        )
        .unwrap()
        .unwrap();
        store.fact_record(&about, &fact, world.now()).await.unwrap();
        let told = store
            .fact_read_context(&consultation.id, fact.kind(), &fact.key())
            .await
            .unwrap();
        assert_eq!(told.fact.map(|recorded| recorded.fact), Some(fact));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn deposits_at_once_are_counted_one_by_one_and_each_once() {
    let world = World::new().await;
    let (_, bruno, _) = people(&world).await;
    save(
        &world,
        saved("c-1", 1, "EMS-DSI", &bruno.id, "drafting", &[]),
    )
    .await;
    let paper = |deposit: &str| with(tender("c-1", deposit), "channel", json!("paper"));
    for wave in 0..4 {
        // Three electronic and one paper deposit, each sent twice.
        let events = (0..8).map(|i| {
            let deposit = format!("d-{wave}-{}", i % 4);
            (
                "TenderReceived",
                if i % 4 == 3 {
                    paper(&deposit)
                } else {
                    tender("c-1", &deposit)
                },
            )
        });
        at_once(&world, events.collect::<Vec<_>>()).await;
    }
    let facts = world
        .table
        .store()
        .fact_list(&ConsultationId::parse("c-1").unwrap(), None)
        .await
        .unwrap()
        .items;
    let (mut electronic, mut on_paper) = (Vec::new(), Vec::new());
    for recorded in facts {
        let told = recorded.fact.alert().is_some();
        if told { &mut electronic } else { &mut on_paper }.push(recorded.total.unwrap());
    }
    electronic.sort_unstable();
    on_paper.sort_unstable();
    assert_eq!(electronic, (1..=12).collect::<Vec<_>>());
    assert_eq!(on_paper, [1, 2, 3, 4]);
}
