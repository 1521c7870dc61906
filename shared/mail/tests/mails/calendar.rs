//! Deadlines as iCalendar objects: read back as RFC 5545 has it read, whatever stands in a
//! consultation.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;
use serde_json::{Value, json};
use vigie_domain::consultation::Consultation;
use vigie_mail::calendar::{deadline, file_name};

fn consultation(changes: &Value) -> Consultation {
    let mut consultation = json!({
        "consultationId": "c-26-0042",
        "revision": 3,
        "reference": "26-0042",
        "title": "Travaux d'entretien & rénovation des écoles",
        "organisation": "Ville de Colmar",
        "entityId": "colmar-batiments",
        "authorAccountId": "a-1",
        "phase": "consultation",
        "submissionDeadline": "2026-04-13T12:00:00+02:00",
        "url": "https://marches.example.fr/consultations/c-26-0042?x=1,2;3",
    });
    for (key, value) in changes.as_object().unwrap() {
        consultation[key] = value.clone();
    }
    serde_json::from_value(consultation).unwrap()
}

fn calendar(changes: &Value) -> String {
    deadline(
        &consultation(changes),
        "2026-04-01T07:30:00Z".parse().unwrap(),
    )
    .unwrap()
}

/// The content lines (3.1), unfolded; fails where one is too long, or ends otherwise than it
/// should.
fn lines(calendar: &str) -> Vec<(String, String)> {
    let physical = calendar.strip_suffix("\r\n").unwrap().split("\r\n");
    let mut unfolded: Vec<String> = Vec::new();
    for line in physical {
        assert!(
            line.len() <= 75 && !line.is_empty() && !line.contains(['\r', '\n']),
            "{line:?}"
        );
        match line.strip_prefix(' ') {
            Some(rest) => unfolded.last_mut().unwrap().push_str(rest),
            None => unfolded.push(line.to_owned()),
        }
    }
    let split = |line: String| {
        line.split_once(':')
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .unwrap()
    };
    unfolded.into_iter().map(split).collect()
}

/// A TEXT (3.3.11) as it is meant; fails where it holds what must be escaped.
fn unescaped(text: &str) -> String {
    let (mut meant, mut chars) = (String::new(), text.chars());
    while let Some(c) = chars.next() {
        match c {
            '\\' => meant.push(match chars.next().unwrap() {
                'n' | 'N' => '\n',
                c @ ('\\' | ';' | ',') => c,
                c => panic!("{c:?} is escaped"),
            }),
            ';' | ',' => panic!("{c:?} is not escaped: {text}"),
            c => meant.push(c),
        }
    }
    meant
}

fn value(calendar: &str, name: &str) -> String {
    let lines = lines(calendar);
    let found: Vec<_> = lines.iter().filter(|(found, _)| found == name).collect();
    assert_eq!(found.len(), 1, "{name}: {lines:?}");
    found[0].1.clone()
}

const NAMES: [&str; 16] = [
    "BEGIN",
    "VERSION",
    "PRODID",
    "METHOD",
    "BEGIN",
    "UID",
    "DTSTAMP",
    "DTSTART",
    "SEQUENCE",
    "STATUS",
    "TRANSP",
    "SUMMARY",
    "DESCRIPTION",
    "URL",
    "END",
    "END",
];

#[test]
fn a_deadline_is_one_event_at_its_instant() {
    let expected = [
        ("BEGIN", "VCALENDAR"),
        ("VERSION", "2.0"),
        ("PRODID", "-//Vigie//FR"),
        ("METHOD", "PUBLISH"),
        ("BEGIN", "VEVENT"),
        ("UID", "deadline.c-26-0042@vigie"),
        ("DTSTAMP", "20260401T073000Z"),
        ("DTSTART", "20260413T100000Z"),
        ("SEQUENCE", "3"),
        ("STATUS", "CONFIRMED"),
        ("TRANSP", "TRANSPARENT"),
        (
            "SUMMARY",
            "Date limite de remise des plis – [26-0042] Travaux d'entretien & rénovation des écoles",
        ),
        (
            "DESCRIPTION",
            "Date limite de remise des plis\u{a0}: lundi 13 avril 2026 à 12\u{a0}h\u{a0}00 (heure de Paris)\\nVille de Colmar\\nTravaux \
             d'entretien & rénovation des écoles",
        ),
        (
            "URL",
            "https://marches.example.fr/consultations/c-26-0042?x=1,2;3",
        ),
        ("END", "VEVENT"),
        ("END", "VCALENDAR"),
    ];
    assert_eq!(
        lines(&calendar(&json!({}))),
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

#[test]
fn the_instant_decides_and_a_buyer_overseas_reads_its_own_hour_too() {
    for (given, instant, told) in [
        (
            "2026-03-28T12:00:00+01:00",
            "20260328T110000Z",
            "samedi 28 mars 2026 à 12 h 00 (heure de Paris)",
        ),
        (
            "2026-03-30T12:00:00+02:00",
            "20260330T100000Z",
            "lundi 30 mars 2026 à 12 h 00 (heure de Paris)",
        ),
        // Notices of spring 2015 came with the offset of winter.
        (
            "2015-04-13T12:00:00+01:00",
            "20150413T110000Z",
            "lundi 13 avril 2015 à 13 h 00 (heure de Paris)",
        ),
        (
            "2027-01-29T12:00:00+04:00",
            "20270129T080000Z",
            "vendredi 29 janvier 2027 à 9 h 00 (heure de Paris), soit vendredi 29 janvier 2027 à 12 h 00 à l’heure de l’acheteur (UTC+4)",
        ),
    ] {
        let calendar = calendar(&json!({ "submissionDeadline": given }));
        assert_eq!(value(&calendar, "DTSTART"), instant);
        assert!(
            unescaped(&value(&calendar, "DESCRIPTION"))
                .replace('\u{a0}', " ")
                .contains(told),
            "{calendar}"
        );
    }
}

#[test]
fn the_phase_is_its_status_and_the_revision_its_sequence() {
    for (phase, status) in [
        ("drafting", "TENTATIVE"),
        ("consultation", "CONFIRMED"),
        ("archived", "CONFIRMED"),
        ("cancelled", "CANCELLED"),
    ] {
        let calendar = calendar(&json!({ "phase": phase, "revision": u64::MAX }));
        assert_eq!(
            (
                value(&calendar, "STATUS").as_str(),
                value(&calendar, "SEQUENCE").as_str()
            ),
            (status, "2147483647")
        );
    }
    assert!(
        deadline(
            &consultation(&json!({ "submissionDeadline": null })),
            jiff::Timestamp::UNIX_EPOCH
        )
        .is_none()
    );
}

#[test]
fn a_hostile_title_is_text() {
    let hostile =
        "a,b;c\\n\r\nEND:VEVENT\r\nBEGIN:VEVENT\nSUMMARY:x\u{202e}eltit\u{200f}\u{0}\u{7}";
    let title = format!("{hostile}{}", "é".repeat(4900));
    let calendar =
        calendar(&json!({ "title": title, "reference": hostile, "organisation": hostile }));
    assert_eq!(
        lines(&calendar)
            .iter()
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>(),
        NAMES
    );
    let summary = unescaped(&value(&calendar, "SUMMARY"));
    assert!(summary.starts_with("Date limite de remise des plis – [a,b;c\\n END:VEVENT BEGIN:VEVENT SUMMARY:xeltit] a,b;c\\n END:VEVENT"));
    assert!(
        summary.ends_with("ééé…") && summary.chars().count() < 450,
        "{summary}"
    );
}

#[test]
fn a_file_has_a_safe_name() {
    for (reference, name) in [
        ("26-0042", "26-0042.ics"),
        ("2026/M.42 bis", "2026-M-42-bis.ics"),
        ("../../etc/passwd", "etc-passwd.ics"),
        (
            "a\"; filename=\"x.exe\r\nSet-Cookie: y",
            "a---filename--x-exe--Set-Cookie--y.ics",
        ),
        ("é\u{202e}", "date-limite.ics"),
        ("", "date-limite.ics"),
    ] {
        assert_eq!(
            file_name(&consultation(&json!({ "reference": reference }))),
            name
        );
    }
    assert!(file_name(&consultation(&json!({ "reference": "x".repeat(200) }))).len() < 70);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_in_is_folded_and_escaped_so_that_it_comes_out(
        title in "(\\PC|[,;:\\\\\"\r\n\t\u{0}\u{85}\u{2028}\u{202e}\u{200f}]|BEGIN:VEVENT|é|\u{1f600}){0,200}",
        reference in "(\\PC|[,;\\\\\r\n]){0,40}",
    ) {
        let calendar = calendar(&json!({ "title": title, "reference": reference, "organisation": title }));
        let found = lines(&calendar);
        prop_assert_eq!(found.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), NAMES);
        prop_assert!(!calendar.contains(|c: char| c.is_control() && c != '\r' && c != '\n'));
        let line = |text: &str, max| vigie_domain::text::one_line(text, max);
        let (reference, shown) = (line(&reference, 100), line(&title, 300));
        let summary = unescaped(&value(&calendar, "SUMMARY"));
        prop_assert_eq!(summary, format!("Date limite de remise des plis – [{reference}] {shown}"));
        let description = unescaped(&value(&calendar, "DESCRIPTION"));
        prop_assert_eq!(description.split('\n').skip(1).collect::<Vec<_>>(), [line(&title, 200), shown]);
    }
}
