//! Repairs: a field that is only shown never makes a fact be refused, and nothing that comes in
//! makes anybody panic.

use proptest::prelude::*;
use serde_json::{Value, json};
use vigie_domain::{
    consultation::{Consultation, fact::Fact, repair::repair},
    retention::consultation_until,
    text::readable::readable,
};

fn saved(changes: &Value) -> Value {
    let mut detail = json!({
        "consultationId": "c-1", "revision": 1, "reference": "26-1", "title": "Travaux", "organisation": "Ville", "entityId": "e-1",
        "authorAccountId": "a-1", "phase": "consultation", "submissionDeadline": "2026-12-01T12:00:00+01:00", "guests": [],
        "url": "https://marches.example.fr/c-1",
    });
    for (name, value) in changes.as_object().unwrap() {
        detail[name] = value.clone();
    }
    detail
}

fn consultation(changes: &Value) -> Result<Consultation, String> {
    let detail = repair("ConsultationSaved", &saved(changes)).detail;
    Consultation::from_event(&detail).map_err(|e| e.to_string())
}

fn facts() -> Vec<(&'static str, Value, Vec<&'static str>)> {
    let at = "2026-11-24T09:00:00+01:00";
    let id = "c-1";
    vec![
        (
            "TenderReceived",
            json!({"consultationId": id, "depositId": "d", "receivedAt": at, "channel": "electronic"}),
            vec!["depositNumber", "lots"],
        ),
        (
            "MessageReceived",
            json!({"consultationId": id, "messageId": "m", "receivedAt": at}),
            vec!["messageType", "url"],
        ),
        (
            "QuestionReceived",
            json!({"consultationId": id, "questionId": "q", "receivedAt": at}),
            vec!["hasAttachment", "url"],
        ),
        (
            "NoticePublished",
            json!({"consultationId": id, "noticeId": "n"}),
            vec!["noticeNumber", "edition", "publishedOn", "url", "pdfUrl"],
        ),
        (
            "NoticeRejected",
            json!({"consultationId": id, "noticeId": "n", "attempt": 1}),
            vec!["reasons", "url"],
        ),
        (
            "ApprovalRequested",
            json!({"consultationId": id, "requestId": "r"}),
            vec!["level", "requestedBy", "wantedOn", "url"],
        ),
        (
            "ValidationRequested",
            json!({"consultationId": id, "requestId": "r"}),
            vec!["level", "requestedBy", "wantedOn", "url"],
        ),
        (
            "ApprovalGiven",
            json!({"consultationId": id, "requestId": "r", "at": at, "outcome": "given"}),
            vec!["level"],
        ),
        (
            "ValidationGiven",
            json!({"consultationId": id, "requestId": "r", "at": at, "outcome": "refused"}),
            vec!["level"],
        ),
    ]
}

/// Whatever a portal may send where something is only shown.
fn odd() -> Vec<Value> {
    let many: Vec<_> = (0..3000).map(|lot| json!(format!("Lot {lot}"))).collect();
    vec![
        json!(null),
        json!(""),
        json!(" "),
        json!(true),
        json!(0),
        json!(-1.5),
        json!(1e300),
        json!({}),
        json!({"a": [1]}),
        json!([]),
        json!([null, {}, [], 1, "x"]),
        json!(many),
        json!(["x".repeat(5000)]),
        json!("é".repeat(100_000)),
        json!("\u{0}\u{202e}\u{fffd}"),
        json!("javascript:alert(1)"),
        json!("https://"),
        json!("https://é.fr/ça?q=à"),
        json!("0000-00-00"),
        json!("31/12/2026"),
        json!("9999-12-31"),
    ]
}

#[test]
fn whatever_is_only_shown_a_fact_is_taken() {
    for (detail_type, detail, shown) in facts() {
        for field in shown {
            for value in odd() {
                let mut sent = detail.clone();
                sent[field] = value.clone();
                let repaired = repair(detail_type, &sent);
                let fact = Fact::from_event(detail_type, &repaired.detail).unwrap();
                assert!(fact.is_ok(), "{detail_type}.{field} = {value}: {fact:?}");
            }
        }
    }
    for field in ["reference", "title", "organisation", "url"] {
        for value in odd() {
            assert!(
                consultation(&json!({field: value})).is_ok(),
                "{field} = {value}"
            );
        }
    }
}

#[test]
fn what_was_repaired_is_named_and_what_was_not_is_as_it_was() {
    for (detail_type, mut detail, shown) in facts() {
        for field in shown {
            let right = match field {
                "lots" | "reasons" => json!(["a", 2]),
                "url" | "pdfUrl" => json!("https://x.fr/a?b=1#c"),
                "publishedOn" | "wantedOn" => json!("2026-11-24"),
                "hasAttachment" => json!(true),
                _ => json!("text"),
            };
            detail[field] = right;
        }
        assert_eq!(
            repair(detail_type, &detail).fields,
            Vec::<&str>::new(),
            "{detail_type}"
        );
    }
    let fields = |changes| repair("ConsultationSaved", &saved(&changes)).fields;
    assert_eq!(fields(json!({"title": "é".repeat(5001)})), ["title"]);
    assert_eq!(
        fields(json!({"title": null, "url": "javascript:x"})),
        ["title", "url"]
    );
    assert_eq!(
        fields(json!({"url": "", "guests": null, "revision": 1.0, "reference": 7})),
        Vec::<&str>::new()
    );
}

#[test]
fn lots_beyond_those_kept_are_counted() {
    let lots: Vec<_> = (0..3000)
        .map(|lot| format!("Lot {lot} {}", "x".repeat(5000)))
        .collect();
    let tender = json!({"depositId": "d", "depositNumber": 1, "receivedAt": "2026-11-24T09:00:00Z", "channel": "electronic", "lots": lots});
    let detail = repair("TenderReceived", &tender).detail;
    let kept = detail["lots"].as_array().unwrap();
    assert_eq!((kept.len(), &detail["lotsOmitted"]), (200, &json!(2800)));
    assert!(
        kept.iter()
            .all(|lot| lot.as_str().unwrap().chars().count() == 200)
    );
}

#[test]
fn integers_may_have_a_point_and_nothing_behind_it() {
    for (sent, revision) in [
        (json!(1.0), Some(1)),
        (json!(3e2), Some(300)),
        (json!(1.5), None),
        (json!(-1.0), None),
        (json!("1"), None),
    ] {
        assert_eq!(
            consultation(&json!({"revision": sent}))
                .ok()
                .map(|found| found.revision),
            revision,
            "{sent}"
        );
    }
    let refused = json!({"consultationId": "c-1", "noticeId": "n", "attempt": 2.0});
    let fact = Fact::from_event("NoticeRejected", &repair("NoticeRejected", &refused).detail)
        .unwrap()
        .unwrap()
        .1;
    assert_eq!(fact.key(), "n+2");
}

#[test]
fn links_are_mended_where_they_can_be_and_left_out_where_they_cannot() {
    for (sent, kept) in [
        (
            "HTTPS://Marches.Example.FR/A",
            Some("https://marches.example.fr/A"),
        ),
        (
            "https://marchés.example.fr/é?q=ç#à",
            Some("https://xn--marchs-fva.example.fr/%C3%A9?q=%C3%A7#%C3%A0"),
        ),
        (" https://x.fr/a b ", Some("https://x.fr/a%20b")),
        ("https:\\\\x.fr\\a", Some("https://x.fr/a")),
        (
            "https://x.fr/{a}|^`\"<>",
            Some("https://x.fr/%7Ba%7D%7C%5E%60%22%3C%3E"),
        ),
        ("https://x.fr/a?b=1&c='2'", Some("https://x.fr/a?b=1&c='2'")),
        ("https://portail@evil.example/", None),
        ("https://a:b@evil.example/", None),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("ftp://x.fr/", None),
        ("//x.fr/a", None),
        ("/a", None),
        ("https://", None),
        ("https://a b/", None),
        ("", None),
    ] {
        let detail = repair("ConsultationSaved", &saved(&json!({"url": sent}))).detail;
        assert_eq!(detail.get("url").and_then(Value::as_str), kept, "{sent}");
    }
    let long = format!("https://x.fr/{}", "é".repeat(1000));
    assert_eq!(
        repair("ConsultationSaved", &saved(&json!({"url": long})))
            .detail
            .get("url"),
        None
    );
}

#[test]
fn deadlines_at_the_ends_of_time_are_taken() {
    for (sent, instant) in [
        ("9999-12-31T00:00:00+02:00", "9999-12-30T22:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-30T22:00:00.999999999Z"),
        (
            "9999-12-31T23:59:59-12:00",
            "9999-12-30T22:00:00.999999999Z",
        ),
        ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
        (
            "2026-01-01T00:00:00.1234567890123Z",
            "2026-01-01T00:00:00.123456789Z",
        ),
        ("2026-01-01t00:00:00z", "2026-01-01T00:00:00Z"),
        (" 2026-01-01T00:00:00Z ", "2026-01-01T00:00:00Z"),
        ("2026-01-01T12:00+01:00", "2026-01-01T11:00:00Z"),
        ("2026-01-01T00:00:00-00:00", "2026-01-01T00:00:00Z"),
    ] {
        let found = consultation(&json!({"submissionDeadline": sent}))
            .unwrap_or_else(|e| panic!("{sent}: {e}"));
        assert_eq!(found.deadline(), Some(instant.parse().unwrap()), "{sent}");
        let again: Consultation =
            serde_json::from_value(serde_json::to_value(&found).unwrap()).unwrap();
        assert_eq!(again.deadline(), found.deadline(), "{sent}");
        let _ = (
            consultation_until(found.deadline().unwrap()),
            found.closes_at(None),
        );
    }
    for sent in [
        "2026-02-30T00:00:00Z",
        "2026-01-01T25:00:00Z",
        "2026-01-01T00:00:00",
        "-000001-01-01T00:00:00Z",
        "soon",
        "10000-01-01T00:00:00Z",
    ] {
        assert!(
            consultation(&json!({"submissionDeadline": sent})).is_err(),
            "{sent}"
        );
    }
}

#[test]
fn halves_of_characters_are_replaced_and_whole_ones_kept() {
    for (sent, read) in [
        (r#"{"a": "x\ud83e"}"#, json!({"a": "x\u{fffd}"})),
        (r#"{"a": "\udd16\ud83e"}"#, json!({"a": "\u{fffd}\u{fffd}"})),
        (r#"{"a": "\ud83e\udd16"}"#, json!({"a": "\u{1f916}"})),
        (
            r#"{"a": "\ud83e\ud83e\udd16"}"#,
            json!({"a": "\u{fffd}\u{1f916}"}),
        ),
        (r#"{"a": "\\ud83e"}"#, json!({"a": "\\ud83e"})),
        (r#"{"\uD83E": 1}"#, json!({"\u{fffd}": 1})),
        (r#"{"a": "\ud83e\n"}"#, json!({"a": "\u{fffd}\n"})),
    ] {
        assert_eq!(
            serde_json::from_str::<Value>(&readable(sent)).unwrap(),
            read,
            "{sent}"
        );
    }
    for text in ["", "\\", "\\u", "\\ud83", "plain"] {
        assert_eq!(readable(text), text);
    }
}

#[test]
fn numbers_that_no_number_holds_are_texts_of_the_same_digits() {
    for (sent, read) in [
        ("1e999", json!("1e999")),
        ("-1E+999", json!("-1E+999")),
        (
            "123456789012345678901234567890",
            json!("123456789012345678901234567890"),
        ),
        ("-99999999999999999999", json!("-99999999999999999999")),
        ("18446744073709551615", json!(u64::MAX)),
        ("-9223372036854775808", json!(i64::MIN)),
        ("1e308", json!(1e308)),
        ("1e-999", json!(0.0)),
        ("-0", json!(-0.0)),
        (
            r#"[1e999, "1e999", 1, {"1e999": -1e999}]"#,
            json!(["1e999", "1e999", 1, {"1e999": "-1e999"}]),
        ),
        (r#""a \" 1e999""#, json!("a \" 1e999")),
    ] {
        assert_eq!(
            serde_json::from_str::<Value>(&readable(sent)).unwrap(),
            read,
            "{sent}"
        );
    }
    for no_number in ["1.2.3", "1e", "--1e999", "1e999e1", "+"] {
        assert_eq!(readable(no_number), no_number);
    }
}

#[test]
fn what_is_nested_too_deep_to_be_read_is_left_out() {
    let deep = |levels: usize| format!("{}\"]{{\"{}", "[".repeat(levels), "]".repeat(levels));
    for (sent, read) in [
        (
            deep(100),
            serde_json::from_str::<Value>(&deep(100)).unwrap(),
        ),
        (
            format!(r#"{{"a": 1, "b": {}, "c": 2}}"#, deep(5000)),
            serde_json::from_str(&format!(
                r#"{{"a": 1, "b": {}null{}, "c": 2}}"#,
                "[".repeat(99),
                "]".repeat(99)
            ))
            .unwrap(),
        ),
    ] {
        assert_eq!(
            serde_json::from_str::<Value>(&readable(&sent)).unwrap(),
            read
        );
    }
    let open = "{\"a\":".repeat(10_000);
    assert!(readable(&open).len() < open.len());
}

#[test]
fn integers_are_understood_however_they_are_written_and_others_refused_with_that_reason() {
    let read = |revision: &str| {
        let text = saved(&json!({"revision": "?"}))
            .to_string()
            .replace("\"?\"", revision);
        consultation(&serde_json::from_str(&readable(&text)).unwrap()).map(|found| found.revision)
    };
    for (sent, revision) in [
        ("1", 1),
        ("1.0", 1),
        ("1E2", 100),
        ("1.0e0", 1),
        ("10e-1", 1),
        ("18446744073709551615", u64::MAX),
    ] {
        assert_eq!(read(sent), Ok(revision), "{sent}");
    }
    for sent in [
        "-0",
        "0",
        "-1",
        "1.5",
        "1e999",
        "1e19",
        "99999999999999999999",
        "null",
        "\"1\"",
        "[1]",
    ] {
        assert!(read(sent).is_err(), "{sent}");
    }
}

#[test]
fn a_number_that_is_only_shown_is_its_digits() {
    for (sent, shown) in [
        ("1e999", "1e999"),
        ("-0", "0"),
        ("1E2", "100"),
        ("1.0e0", "1"),
        ("123456789012345678901", "123456789012345678901"),
        ("7.5", "7.5"),
    ] {
        let text = saved(&json!({"reference": "?", "title": "?", "url": 0, "organisation": "?"}))
            .to_string()
            .replace("\"?\"", sent);
        let found = consultation(&serde_json::from_str(&readable(&text)).unwrap()).unwrap();
        assert_eq!(
            (found.reference.as_str(), found.title.as_str()),
            (shown, shown),
            "{sent}"
        );
    }
}

#[test]
fn a_level_is_read_alike_in_a_request_and_in_its_end_and_is_all_levels_where_it_is_missing() {
    for level in odd() {
        let sent = json!({ "level": level });
        let [asked, ended] =
            ["ApprovalRequested", "ApprovalGiven"].map(|name| repair(name, &sent).detail);
        if level.is_null() {
            assert_eq!((&asked["level"], ended.get("level")), (&json!(""), None));
        } else {
            assert_eq!(asked["level"], ended["level"], "{level}");
        }
    }
    let nothing = repair("ValidationGiven", &json!({}));
    assert_eq!((nothing.detail, nothing.fields.len()), (json!({}), 0));
}

/// Any JSON, not too deep.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        "[0-9]{4}-[0-1][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-5][0-9]:[0-6][0-9](\\.[0-9]{0,12})?(Z|[+-][0-2][0-9]:[0-5][0-9])"
            .prop_map(Value::from),
        "[a-zA-Z]{2,6}:/{0,3}.{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::hash_map("[a-z]{1,6}", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn nothing_panics_and_repairing_twice_is_repairing_once(values in proptest::collection::vec(json_value(), 13)) {
        let names = ["revision", "reference", "title", "submissionDeadline", "author", "guests", "url", "lots", "receivedAt", "attempt", "wantedOn", "level", "at"];
        for detail_type in ["ConsultationSaved", "TenderReceived", "NoticePublished", "NoticeRejected", "ApprovalRequested", "ValidationGiven", "QuestionReceived"] {
            let mut detail = saved(&json!({}));
            for (name, value) in names.iter().zip(&values) {
                detail[*name] = value.clone();
            }
            let once = repair(detail_type, &detail).detail;
            prop_assert_eq!(&repair(detail_type, &once).detail["title"], &once["title"]);
            if let Ok(found) = Consultation::from_event(&once) {
                let _ = (found.closes_at(None), found.deadline().map(consultation_until));
            }
            let _ = Fact::from_event(detail_type, &once);
        }
    }
}

#[test]
fn a_day_is_that_day_and_an_instant_is_the_day_of_paris() {
    for (sent, day) in [
        ("2026-11-25", Some("2026-11-25")),
        (" 2026-11-25 ", Some("2026-11-25")),
        // A day with an offset, as XML writes it.
        ("2026-11-25Z", Some("2026-11-25")),
        ("2026-11-25+01:00", Some("2026-11-25")),
        ("2026-11-25+14:00", Some("2026-11-25")),
        ("2026-11-25-12:00", Some("2026-11-25")),
        ("2026-11-25z", Some("2026-11-25")),
        ("2026-11-25+0100", Some("2026-11-25")),
        ("2026-11-25+01", Some("2026-11-25")),
        ("2026-11-25-0400", Some("2026-11-25")),
        ("2026-11-25-04", Some("2026-11-25")),
        (" 2026-11-25+0100 ", Some("2026-11-25")),
        ("2026-11-25 +01", Some("2026-11-25")),
        // Instants.
        ("2026-11-24T23:00:00Z", Some("2026-11-25")),
        ("2026-11-24T22:59:59Z", Some("2026-11-24")),
        ("2026-11-24T23:00:00.1234567890Z", Some("2026-11-25")),
        ("2026-11-24 23:00:00Z", Some("2026-11-25")),
        ("2026-11-24t23:00:00z", Some("2026-11-25")),
        ("2026-11-24T23:00Z", Some("2026-11-25")),
        ("2026-11-24T23Z", Some("2026-11-25")),
        ("20261124T230000Z", None),
        ("2026-11-24T23:00:00+0000", Some("2026-11-25")),
        ("2026-11-24T23:00:00+00", Some("2026-11-25")),
        ("2026-11-24T23:00:00-0400", Some("2026-11-25")),
        ("2026-11-24T22:30:00.5-01", Some("2026-11-25")),
        ("2026-11-24T22:30:00,5-01:00", Some("2026-11-25")),
        ("2026-11-25T00:30+0100", Some("2026-11-25")),
        ("2026-07-13T22:00:00Z", Some("2026-07-14")),
        ("2026-07-13T23:00:00+01:00", Some("2026-07-14")),
        ("2026-11-25T00:00:00+01:00", Some("2026-11-25")),
        ("2026-11-24T20:00:00-04:00", Some("2026-11-25")),
        ("2026-12-31T23:30:00+00:00", Some("2027-01-01")),
        // Times of which nobody knows where.
        ("2026-11-25T23:59:59", Some("2026-11-25")),
        ("2026-11-25 00:00", Some("2026-11-25")),
        ("2026-11-25T24:00:00", Some("2026-11-25")),
        // None.
        ("2026-02-30", None),
        ("2026-02-30T00:00:00Z", None),
        ("2026-11-25x", None),
        ("2026-11-25+1:00", None),
        ("2026-11-25+", None),
        ("2026-11-25+1", None),
        ("2026-11-25+010", None),
        ("2026-11-25+01:0", None),
        ("2026-11-25+01000", None),
        ("2026-11-25+0a00", None),
        ("2026-11-25+01.00", None),
        ("2026-11-25+é0", None),
        ("25/11/2026", None),
        ("12026-11-25", None),
        ("+002026-11-25", None),
        ("-002026-11-25", None),
        ("2026-11-2é", None),
    ] {
        for (detail_type, field) in [
            ("NoticePublished", "publishedOn"),
            ("ApprovalRequested", "wantedOn"),
            ("ValidationRequested", "wantedOn"),
        ] {
            let repaired = repair(detail_type, &json!({ field: sent }));
            assert_eq!(repaired.detail[field].as_str(), day, "{field} {sent}");
            assert_eq!(
                repaired.fields.contains(&field),
                day.is_none(),
                "{field} {sent}"
            );
        }
    }
}
