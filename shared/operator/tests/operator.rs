//! The operator's file: what it may say, what it may not, and what follows from an audit.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use jiff::civil::{Date, date};
use serde_json::{Value, json};
use vigie_operator::{
    Operator,
    audit::{Audit, Criterion, Standard, State, state},
    colour::Colours,
};

const DEMO: &str = include_str!("../../../infra/local/demo/operator.json");
const EMPTY: &str = include_str!("../../../infra/operator.json");

fn read(change: impl FnOnce(&mut Value)) -> Result<Operator, String> {
    let mut json: Value = serde_json::from_str(DEMO).unwrap();
    change(&mut json);
    json.to_string()
        .parse()
        .map_err(|e: serde_json::Error| e.to_string())
}

#[test]
fn the_demo_lacks_nothing_and_the_file_to_fill_in_lacks_all() {
    assert_eq!(read(|_| {}).unwrap().missing(), [""; 0]);
    let empty: Operator = EMPTY.parse().unwrap();
    assert_eq!(empty.missing().len(), 23);
    assert!(empty.shown_name().ends_with("à compléter par l’exploitant"));
}

#[test]
fn each_thing_that_is_taken_away_is_missed_by_its_name() {
    let all = EMPTY.parse::<Operator>().unwrap().missing();
    for name in all {
        let without = read(|json| {
            let pointer = format!("/{}", name.replace('.', "/"));
            let gone = if name == "help.guides" {
                json!({})
            } else {
                Value::Null
            };
            *json.pointer_mut(&pointer).unwrap() = gone;
        });
        assert_eq!(without.unwrap().missing(), [name]);
    }
}

#[test]
fn what_would_break_out_of_a_page_or_a_header_is_refused() {
    let logo = format!("data:image/png;base64,{}", "A".repeat(1200));
    for (pointer, value) in [
        ("/name", json!("")),
        ("/name", json!("Vigie\r\nBcc: a@b.fr")),
        ("/name", json!("x".repeat(65))),
        ("/name", json!(["x"])),
        ("/logo", json!("https://ailleurs.example.fr/logo.png")),
        ("/logo", json!("data:image/svg+xml;base64,\" onerror=\"")),
        ("/logo", json!("data:text/html;base64,AAAA")),
        ("/logo", json!(logo)),
        ("/help/guides/general", json!("javascript:alert(1)")),
        ("/help/guides", json!({"ailleurs": "https://a.example.fr"})),
        ("/help/mail", json!("personne")),
        ("/colours/light", json!("red")),
        ("/colours/light", json!("#5b2a8")),
        ("/colours/light", json!("#5b2a86;}")),
        ("/colours/light", json!("#+b2a86")),
        ("/surprise", json!(true)),
    ] {
        let given = read(|json| {
            if pointer == "/surprise" {
                json["surprise"] = value.clone();
            } else {
                *json.pointer_mut(pointer).unwrap() = value.clone();
            }
        });
        assert!(given.is_err(), "{pointer}: {value}");
    }
}

#[test]
fn a_colour_that_cannot_be_read_is_refused_with_its_contrast() {
    let colours = |light: &str, dark: &str| {
        serde_json::from_value::<Colours>(json!({"light": light, "dark": dark}))
            .map_err(|e| e.to_string())
    };
    for (light, dark, wrong) in [
        ("#5b2a86", "#d3b8ff", None),
        ("#1f4e8c", "#9cc2ff", None),
        // 4.54 on white, 4.14 on the ground.
        ("#767676", "#9cc2ff", Some("#767676")),
        ("#ffcc00", "#9cc2ff", Some("#ffcc00")),
        ("#1f4e8c", "#1f4e8c", Some("#1f4e8c")),
        ("#9cc2ff", "#9cc2ff", Some("#9cc2ff")),
    ] {
        match (colours(light, dark), wrong) {
            (Ok(_), None) => {}
            (Err(said), Some(wrong)) => {
                assert!(
                    said.starts_with(&format!("{wrong} has a contrast of")),
                    "{said}"
                );
            }
            (found, _) => assert!(found.is_err() == wrong.is_some(), "{light} {dark}"),
        }
    }
}

#[test]
fn the_style_sheet_changes_its_name_with_its_colours() {
    let sheet = |light: &str| {
        let colours = json!({"light": light, "dark": "#9cc2ff"});
        serde_json::from_value::<Colours>(colours).unwrap().sheet()
    };
    let (one, other) = (sheet("#5b2a86"), sheet("#1f4e8c"));
    assert_ne!(one.name, other.name);
    assert_eq!(
        other.css,
        ":root{--accent:#1f4e8c;--accent-strong:#173a69}\n\
         @media (prefers-color-scheme:dark){:root{--accent:#9cc2ff;--accent-strong:#b4d1ff}}\n"
    );
}

const STANDARD: Standard = Standard {
    version: "4.1.2",
    since: date(2026, 1, 1),
};
const REDESIGNED: Date = date(2026, 6, 1);

fn audit(change: Value) -> Audit {
    let mut audit = json!({
        "auditor": "Cabinet imaginaire",
        "on": "2026-07-01",
        "rgaa": "4.1.2",
        "sample": ["Accueil"],
        "results": {"notMet": [], "notApplicable": []},
    });
    for (name, value) in change.as_object().unwrap() {
        audit[name] = value.clone();
    }
    serde_json::from_value(audit).unwrap()
}

fn criteria(count: usize) -> Vec<String> {
    Criterion::all()
        .take(count)
        .map(|each| each.to_string())
        .collect()
}

#[test]
fn there_are_106_criteria() {
    assert_eq!(Criterion::all().count(), 106);
    let last = Criterion::all().last().unwrap();
    assert_eq!(last.to_string(), "13.12");
    for wrong in ["", "0.1", "1.0", "1.10", "14.1", "01.1", "1.1.1"] {
        assert!(wrong.parse::<Criterion>().is_err(), "{wrong}");
    }
}

#[test]
fn the_state_is_what_the_law_says() {
    let of = |change: Value| {
        state(
            Some(&audit(change)),
            STANDARD,
            REDESIGNED,
            date(2026, 12, 1),
        )
    };
    let results = |not_met: &[String], not_applicable: &[String]| json!({"results": {"notMet": not_met, "notApplicable": not_applicable}});
    let all = criteria(106);
    assert_eq!(
        state(None, STANDARD, REDESIGNED, date(2026, 12, 1)),
        State::Not
    );
    for (change, expected) in [
        (json!({}), State::Full),
        (results(&all[..1], &[]), State::Partial),
        (results(&all[..53], &[]), State::Partial),
        (results(&all[..54], &[]), State::Not),
        // Of those that apply.
        (results(&[], &all[..105]), State::Full),
        (results(&all[..3], &all[6..]), State::Partial),
        (results(&all[..4], &all[6..]), State::Not),
        // No result at all, or one that contradicts itself.
        (results(&[], &all), State::Not),
        (results(&all[..1], &all[..1]), State::Not),
        (json!({"results": null}), State::Not),
        (json!({"auditor": null}), State::Not),
        (json!({"on": null}), State::Not),
        (json!({"rgaa": null}), State::Not),
        (json!({"sample": []}), State::Not),
        // Before the redesign, or not done yet.
        (json!({"on": "2026-05-31"}), State::Not),
        (json!({"on": "2026-06-01"}), State::Full),
        (json!({"on": "2026-12-02"}), State::Not),
    ] {
        assert_eq!(of(change.clone()), expected, "{change}");
    }
}

#[test]
fn an_audit_ends_after_three_years_and_18_months_after_a_new_rgaa() {
    for (rgaa, today, expected) in [
        ("4.1.2", date(2026, 7, 1), State::Full),
        ("4.1.2", date(2029, 6, 30), State::Full),
        ("4.1.2", date(2029, 7, 1), State::Not),
        ("4.1.1", date(2027, 6, 30), State::Full),
        ("4.1.1", date(2027, 7, 1), State::Not),
    ] {
        let audit = audit(json!({"rgaa": rgaa}));
        let found = state(Some(&audit), STANDARD, REDESIGNED, today);
        assert_eq!(found, expected, "{rgaa} on {today}");
    }
}
