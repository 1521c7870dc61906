//! Facts: recognised by their business key, read from events as the contract writes them.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};
use vigie_domain::{
    account::preferences::Kind,
    consultation::{fact::Fact, sign_off::ended_by},
    contact::FieldError,
};

const DETAIL_TYPES: [&str; 10] = [
    "TenderReceived",
    "DocumentsWithdrawn",
    "MessageReceived",
    "QuestionReceived",
    "NoticePublished",
    "NoticeRejected",
    "ApprovalRequested",
    "ValidationRequested",
    "ApprovalGiven",
    "ValidationGiven",
];

/// An event of a type about the business id `(id, part)`; `part` is what some kinds add to their
/// id.
fn detail(detail_type: &str, id: &str, part: u32) -> Value {
    let url = "https://marches.example.fr/x";
    let mut detail = match detail_type {
        "TenderReceived" => {
            json!({"depositId": id, "depositNumber": "N-1", "receivedAt": "2026-11-24T09:00:00+01:00", "channel": "electronic", "lots": ["1", 2]})
        }
        "DocumentsWithdrawn" => {
            json!({"withdrawalId": id, "at": "2026-11-24T09:00:00Z", "channel": "anonymous"})
        }
        "MessageReceived" => {
            json!({"messageId": id, "receivedAt": "2026-11-24T09:00:00Z", "messageType": "complément", "url": url})
        }
        "QuestionReceived" => {
            json!({"questionId": id, "receivedAt": "2026-11-24T09:00:00Z", "hasAttachment": true, "url": url})
        }
        "NoticePublished" => {
            json!({"noticeId": id, "noticeNumber": "21-1", "edition": part.to_string(), "publishedOn": "2026-11-24", "url": url, "pdfUrl": url})
        }
        "NoticeRejected" => {
            json!({"noticeId": id, "attempt": part, "reasons": ["CPV manquant"], "url": url})
        }
        "ApprovalGiven" | "ValidationGiven" => {
            json!({"requestId": id, "level": part, "at": "2026-11-24T09:00:00Z", "outcome": "given"})
        }
        _ => {
            json!({"requestId": id, "level": part, "requestedBy": "Ada", "wantedOn": "2026-12-01", "url": url})
        }
    };
    detail["consultationId"] = json!("c-1");
    detail
}

fn fact(detail_type: &str, detail: &Value) -> Result<Fact, FieldError> {
    let (about, fact) =
        Fact::from_event(detail_type, detail).expect("a type that carries a fact")?;
    assert_eq!(about.consultation_id.as_str(), "c-1");
    Ok(fact)
}

/// True if the kind's business id has a second part.
fn has_part(detail_type: &str) -> bool {
    matches!(
        detail_type,
        "NoticePublished"
            | "NoticeRejected"
            | "ApprovalRequested"
            | "ValidationRequested"
            | "ApprovalGiven"
            | "ValidationGiven"
    )
}

#[test]
fn every_type_of_the_contract_carries_a_fact_of_its_own_kind() {
    let kinds: BTreeSet<_> = DETAIL_TYPES
        .iter()
        .map(|name| fact(name, &detail(name, "x", 1)).unwrap().kind())
        .collect();
    assert_eq!(kinds.len(), DETAIL_TYPES.len());
    for other in [
        "ConsultationSaved",
        "OrganisationProvisioned",
        "tenderReceived",
        "Nonsense",
        "",
    ] {
        assert!(Fact::from_event(other, &json!({})).is_none(), "{other}");
    }
}

#[test]
fn paper_and_withdrawals_are_counted_and_ends_recorded_and_not_told() {
    let mut paper = detail("TenderReceived", "d", 1);
    paper["channel"] = json!("paper");
    assert_eq!(fact("TenderReceived", &paper).unwrap().alert(), None);
    assert!(fact("TenderReceived", &paper).unwrap().is_deposit());
    assert_eq!(
        fact("DocumentsWithdrawn", &detail("DocumentsWithdrawn", "w", 1))
            .unwrap()
            .alert(),
        None
    );
    for end in ["ApprovalGiven", "ValidationGiven"] {
        assert_eq!(fact(end, &detail(end, "r", 1)).unwrap().alert(), None);
    }
    assert_eq!(
        fact("TenderReceived", &detail("TenderReceived", "d", 1))
            .unwrap()
            .alert(),
        Some(Kind::TenderReceived)
    );
    for (name, kind) in [
        ("MessageReceived", Kind::MessageReceived),
        ("QuestionReceived", Kind::QuestionReceived),
        ("NoticePublished", Kind::NoticePublished),
        ("NoticeRejected", Kind::NoticeRejected),
        ("ApprovalRequested", Kind::ApprovalRequested),
        ("ValidationRequested", Kind::ApprovalRequested),
    ] {
        assert_eq!(
            fact(name, &detail(name, "x", 1)).unwrap().alert(),
            Some(kind),
            "{name}"
        );
    }
}

#[test]
fn a_detail_without_one_of_its_ids_is_refused() {
    for name in DETAIL_TYPES {
        let whole = detail(name, "x", 1);
        for field in whole
            .as_object()
            .unwrap()
            .keys()
            .filter(|field| field.ends_with("Id"))
        {
            for wrong in [
                None,
                Some(json!("")),
                Some(json!("with space")),
                Some(json!("a#b")),
                Some(json!(7)),
                Some(json!("x".repeat(129))),
            ] {
                let mut bad = whole.clone();
                match &wrong {
                    None => drop(bad.as_object_mut().unwrap().remove(field)),
                    Some(wrong) => bad[field] = wrong.clone(),
                }
                assert!(
                    Fact::from_event(name, &bad).unwrap().is_err(),
                    "{name}.{field} = {wrong:?}"
                );
            }
        }
        assert!(Fact::from_event(name, &json!([])).unwrap().is_err());
        assert!(Fact::from_event(name, &Value::Null).unwrap().is_err());
    }
}

#[test]
fn times_need_their_offset_and_attempts_are_counted() {
    for (name, field, wrong) in [
        ("TenderReceived", "receivedAt", json!("2026-11-24T09:00:00")),
        ("TenderReceived", "channel", json!("pigeon")),
        ("NoticeRejected", "attempt", json!(-1)),
        ("NoticeRejected", "attempt", json!("first")),
        ("NoticeRejected", "attempt", json!(1.5)),
        ("ApprovalGiven", "at", json!("2026-11-24T09:00:00")),
        ("ApprovalGiven", "at", Value::Null),
        ("ValidationGiven", "outcome", json!("postponed")),
        ("ValidationGiven", "outcome", Value::Null),
    ] {
        let mut bad = detail(name, "x", 1);
        bad[field] = wrong;
        assert!(fact(name, &bad).is_err(), "{name}.{field}");
    }
}

#[test]
fn a_detail_cannot_pass_for_another_kind() {
    let mut sly = detail("DocumentsWithdrawn", "w", 1);
    sly["kind"] = json!("tenderReceived");
    assert_eq!(
        fact("DocumentsWithdrawn", &sly).unwrap().kind(),
        "documentsWithdrawn"
    );
}

#[test]
fn a_request_is_ended_by_the_end_of_its_level_and_by_that_of_all_levels_alone() {
    for (asks, ends, others) in [
        ("ApprovalRequested", "ApprovalGiven", "ValidationGiven"),
        ("ValidationRequested", "ValidationGiven", "ApprovalGiven"),
    ] {
        let asked = fact(asks, &detail(asks, "r-1", 2)).unwrap();
        let (reminder, _) = asked.reminder().expect("a day is wanted");
        assert_eq!(reminder.key(), asked.key());
        let of = |ends: &str, id: &str, level: Value| {
            let mut detail = detail(ends, id, 1);
            detail["level"] = level;
            fact(ends, &detail).unwrap()
        };
        for told in [&asked, &reminder] {
            let (kind, keys) = ended_by(told.kind(), &told.key()).expect("a sign-off");
            let ended = |end: &Fact| end.kind() == kind && keys.contains(&end.key());
            assert!(ended(&of(ends, "r-1", json!(2))));
            assert!(ended(&of(ends, "r-1", json!("2"))));
            assert!(ended(&of(ends, "r-1", Value::Null)));
            for other in [
                of(others, "r-1", json!(2)),
                of(others, "r-1", Value::Null),
                of(ends, "r-1", json!(1)),
                of(ends, "r-1", json!("")),
                of(ends, "r", Value::Null),
                of(ends, "r-2", Value::Null),
            ] {
                assert!(!ended(&other), "{other:?}");
            }
        }
    }
    for kind in ["tenderReceived", "approvalGiven", "consultationClosed", ""] {
        assert_eq!(ended_by(kind, "r-1+x"), None, "{kind}");
    }
}

#[test]
fn only_a_request_that_wants_an_answer_on_a_day_has_a_reminder() {
    for name in DETAIL_TYPES {
        let has = fact(name, &detail(name, "x", 1)).unwrap().reminder();
        assert_eq!(
            has.map(|(reminder, at)| (reminder.kind(), at.to_string())),
            match name {
                "ApprovalRequested" =>
                    Some(("approvalReminded", "2026-11-30T06:00:00Z".to_owned())),
                "ValidationRequested" =>
                    Some(("validationReminded", "2026-11-30T06:00:00Z".to_owned())),
                _ => None,
            },
            "{name}"
        );
    }
    let mut whenever = detail("ApprovalRequested", "x", 1);
    whenever["wantedOn"] = Value::Null;
    let whenever = fact("ApprovalRequested", &whenever).unwrap();
    assert_eq!(whenever.reminder(), None);
}

fn identifier() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z0-9._-]{1,6}",
        "[a1.-]{1,3}",
        "[A-Za-z0-9._-]{120,128}"
    ]
}

/// A surname is made of the letters of an id: what is free text is a digest, whatever it looks
/// like.
#[test]
fn free_text_is_never_in_a_key_as_it_is() {
    for text in [
        "Xantippe",
        "Dupont-Durand",
        "x.y",
        "2",
        "20261124A",
        "Zélie Xantippe",
        "a+b#c",
    ] {
        for (name, field) in [
            ("NoticePublished", "edition"),
            ("ApprovalRequested", "level"),
            ("ValidationRequested", "level"),
            ("ApprovalGiven", "level"),
            ("ValidationGiven", "level"),
        ] {
            let mut detail = detail(name, "id-1", 1);
            detail[field] = json!(text);
            let key = fact(name, &detail).unwrap().key();
            let (id, rest) = key.split_once('+').unwrap();
            assert_eq!((id, rest.len()), ("id-1", 22), "{text}: {key}");
            assert_ne!(rest, text);
        }
    }
}

proptest! {
    #[test]
    fn two_facts_of_a_kind_share_their_key_exactly_when_they_are_one(
        name in prop::sample::select(&DETAIL_TYPES[..]),
        (a, b) in (identifier(), identifier()),
        (part_a, part_b) in (0..12_u32, 0..12_u32),
        same: bool,
    ) {
        let b = if same { a.clone() } else { b };
        let (first, second) = (fact(name, &detail(name, &a, part_a)).unwrap(), fact(name, &detail(name, &b, part_b)).unwrap());
        let one = a == b && (!has_part(name) || part_a == part_b);
        prop_assert_eq!(first.key() == second.key(), one, "{} {}", first.key(), second.key());
    }

    /// The second part is free text of the portal's: it must not run into the first, wherever the
    /// same characters are divided.
    #[test]
    fn free_text_in_a_key_never_makes_two_facts_one(text in "[A-Za-z0-9._-]{2,9}", (i, j) in (1..9_usize, 1..9_usize), mark in "[+#._ é-]?") {
        let (i, j) = (i.min(text.len() - 1), j.min(text.len() - 1));
        for (name, field) in [("NoticePublished", "edition"), ("ApprovalRequested", "level"), ("ValidationRequested", "level"), ("ApprovalGiven", "level")] {
            let key = |at: usize| {
                let mut detail = detail(name, &text[..at], 1);
                detail[field] = json!(format!("{mark}{}", &text[at..]));
                fact(name, &detail).unwrap().key()
            };
            prop_assert_eq!(key(i) == key(j), i == j, "{} {}", key(i), key(j));
        }
    }

    /// Fields that make no business id do not count: other times, texts and links are still the
    /// same fact, so a corrected re-send is recognised.
    #[test]
    fn only_the_business_id_makes_the_key(name in prop::sample::select(&DETAIL_TYPES[..]), id in identifier(), part in 0..9_u32) {
        let plain = detail(name, &id, part);
        let mut other = plain.clone();
        for (field, value) in other.as_object_mut().unwrap() {
            if field.ends_with("At") || field == "at" {
                *value = json!("2027-01-01T00:00:00Z");
            } else if matches!(field.as_str(), "depositNumber" | "messageType" | "noticeNumber" | "requestedBy") {
                *value = json!("autre");
            }
        }
        prop_assert_eq!(fact(name, &plain).unwrap().key(), fact(name, &other).unwrap().key());
    }

    #[test]
    fn a_fact_reads_as_it_was_written(name in prop::sample::select(&DETAIL_TYPES[..]), id in identifier(), part in 0..9_u32) {
        let fact = fact(name, &detail(name, &id, part)).unwrap();
        let written = serde_json::to_value(&fact).unwrap();
        prop_assert_eq!(&written["kind"], fact.kind());
        prop_assert_eq!(&serde_json::from_value::<Fact>(written).unwrap(), &fact);
        if let Some((reminder, _)) = fact.reminder() {
            let written = serde_json::to_value(&reminder).unwrap();
            prop_assert_eq!(serde_json::from_value::<Fact>(written).unwrap(), reminder);
        }
    }
}
