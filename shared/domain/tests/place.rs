//! The reference list of places and the sets made of it.

use std::collections::HashSet;

use proptest::prelude::*;
use vigie_domain::account::place::{Place, Places, reference};

#[test]
fn the_reference_list_holds_every_department_and_collectivity_once() {
    let codes: HashSet<&str> = reference()
        .iter()
        .map(|place| place.code.as_str())
        .collect();
    assert_eq!(codes.len(), reference().len());
    let metropolitan = (1..=95)
        .filter(|n| *n != 20)
        .map(|n| format!("{n:02}"))
        .chain(["2A".into(), "2B".into()]);
    let overseas = ["971", "972", "973", "974", "976"].map(String::from);
    let departments: Vec<String> = metropolitan.chain(overseas).collect();
    assert_eq!(departments.len(), 101);
    for code in departments {
        assert!(codes.contains(code.as_str()), "{code}");
    }
    for code in [
        "975", "977", "978", "984", "986", "987", "988", "FR", "abroad",
    ] {
        assert!(codes.contains(code), "{code}");
    }
    assert!(reference().iter().all(|place| !place.name.is_empty()));
}

#[test]
fn what_is_not_in_the_list_is_no_place() {
    for code in [
        "Alsace", "alsace", "20", "1", "2a", "fr", "", " 67", "99", "969", "ABROAD",
    ] {
        assert!(Place::parse(code).is_err(), "{code:?}");
        assert!(
            serde_json::from_value::<Place>(code.into()).is_err(),
            "{code:?}"
        );
    }
}

#[test]
fn every_unknown_code_is_told_with_its_position() {
    let errors = Places::parse(&["67", "Alsace", "68", "x\u{202e}\n"]).unwrap_err();
    let told: Vec<(&str, &str)> = errors
        .iter()
        .map(|e| (e.field.as_str(), e.reason.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("places[1]", "“Alsace” is not a known place"),
            ("places[3]", "“x” is not a known place")
        ]
    );
}

#[test]
fn places_are_a_sorted_set() {
    let places = Places::parse(&["abroad", "67", "2A", "987", "FR", "67"]).unwrap();
    assert_eq!(
        serde_json::to_string(&places).unwrap(),
        r#"["2A","67","987","FR","abroad"]"#
    );
    assert_eq!(
        serde_json::from_str::<Places>(r#"["FR","67","2A","abroad","987","2A"]"#).unwrap(),
        places
    );
    assert!(
        places.contains(Place::parse("2A").unwrap())
            && !places.contains(Place::parse("01").unwrap())
    );
    assert_eq!((places.len(), places.is_empty()), (5, false));
    assert_eq!(places.iter().collect::<Places>(), places);
}

#[test]
fn the_empty_set_is_a_choice() {
    assert_eq!(Places::parse::<&str>(&[]).unwrap(), Places::default());
    assert_eq!(serde_json::to_string(&Places::default()).unwrap(), "[]");
}

proptest! {
    #[test]
    fn order_and_repetition_mean_nothing(indices in prop::collection::vec(0..1_000_usize, 0..300)) {
        let codes: Vec<&str> = indices.iter().map(|i| reference()[i % reference().len()].code.as_str()).collect();
        let mut other = codes.clone();
        other.reverse();
        other.extend_from_slice(&codes);
        let places = Places::parse(&codes).unwrap();
        prop_assert_eq!(&places, &Places::parse(&other).unwrap());
        let json = serde_json::to_value(&places).unwrap();
        prop_assert_eq!(serde_json::from_value::<Places>(json).unwrap(), places);
    }

    #[test]
    fn any_text_is_a_place_or_refused(code in any::<String>()) {
        prop_assert_eq!(Place::parse(&code).is_ok(), reference().iter().any(|place| place.code == code));
    }
}
