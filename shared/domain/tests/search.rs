//! Searching a list by what people remember of a title.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;
use vigie_domain::text::search::{MAX, Search};

fn finds(search: &str, texts: &[&str]) -> bool {
    Search::parse(search).unwrap().finds(texts)
}

#[test]
fn case_accents_apostrophes_and_ligatures_make_no_difference() {
    for (search, text) in [
        ("ecole", "Travaux d’entretien des ÉCOLES"),
        ("ÉCOLE", "ecoles"),
        ("d'entretien", "Travaux d’entretien"),
        ("d’entretien", "Travaux d'entretien"),
        ("oeuvre", "Maîtrise d’ŒUVRE"),
        ("œuvre", "Maitrise d'oeuvre"),
        ("maitrise", "Mai\u{302}trise"),
        ("maître", "MAITRE"),
        ("strasse", "Straße"),
        ("LÆTITIA", "laetitia"),
        ("no", "Nº 5"),
        ("½", "1⁄2"),
        ("qgis", "Prestations sur le logiciel Qgis"),
        ("Ǆ", "dž"),
        ("istanbul", "İstanbul"),
    ] {
        assert!(finds(search, &[text]), "{search} in {text}");
    }
}

#[test]
fn a_reference_is_found_as_a_whole_and_by_its_parts() {
    for search in [
        "21-166157",
        "166157",
        "21 166157",
        "21/166157",
        "1661",
        " 21-166157 ",
        "21-166157.",
    ] {
        assert!(finds(search, &["21-166157"]), "{search}");
    }
    assert!(!finds("21-166158", &["21-166157"]));
}

#[test]
fn every_word_has_to_be_found_wherever_it_stands() {
    let texts = [
        "21-166157",
        "Prestations d’assistance Qgis",
        "Système d’information géographique",
    ];
    assert!(finds("geographique qgis 21", &texts));
    assert!(finds("assistance prestations", &texts));
    assert!(!finds("qgis voirie", &texts));
    // A word is not found across two texts.
    assert!(!finds("qgissysteme", &texts));
}

#[test]
fn without_a_letter_everything_is_found() {
    for search in ["", "  ", "-", "%", "*", "\u{301}", "\u{202e}"] {
        assert!(
            finds(search, &["anything"]) && finds(search, &[]),
            "{search}"
        );
    }
    assert!(!finds("a", &[]));
}

#[test]
fn a_search_has_a_length() {
    assert!(Search::parse(&"é".repeat(MAX)).is_ok());
    assert!(Search::parse(&"é".repeat(MAX + 1)).is_err());
}

proptest! {
    #[test]
    fn every_text_is_found_by_itself_in_any_case(text in ".{0,60}") {
        prop_assert!(finds(&text, &[&text]));
        prop_assert!(finds(&text.to_uppercase(), &[&text]) || text.to_uppercase().chars().count() > MAX || !text.is_ascii());
        prop_assert!(finds(&text.to_lowercase(), &[&text]) || !text.is_ascii());
    }
}
