//! Searching people by the beginnings of their names.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::json;
use vigie_domain::contact::{
    Contact,
    name::{MAX, MOST_BEGINNINGS, NameWords, PersonSearch},
};

fn named(first: &str, last: &str) -> NameWords {
    let contact = json!({"firstName": first, "lastName": last, "email": "a@b.example.fr"});
    NameWords::of(&Contact::from_json(&contact).unwrap())
}

fn beginnings(first: &str, last: &str) -> Vec<String> {
    let found = named(first, last).beginnings();
    found
        .iter()
        .map(|found| found.as_str().to_owned())
        .collect()
}

/// The words of a search by name, and the beginning by which it is looked up.
fn searched(text: &str) -> Option<(Vec<String>, String)> {
    match PersonSearch::parse(text) {
        Ok(PersonSearch::Name(search)) => Some((
            search.words().map(str::to_owned).collect(),
            search.beginning().as_str().to_owned(),
        )),
        _ => None,
    }
}

#[test]
fn the_words_of_a_name_have_neither_case_nor_accents_nor_what_parts_them() {
    for (first, last, words) in [
        ("Claire", "Martin", " martin claire"),
        ("Éléonore", "D’Aubigné", " d aubigne eleonore"),
        ("E\u{301}le\u{301}onore", "D'AUBIGNE", " d aubigne eleonore"),
        ("Jean-Baptiste", "de la Tour", " de la tour jean baptiste"),
        ("Lætitia", "Cœur", " coeur laetitia"),
        ("Łukasz", "Sørensen-Đurić", " sorensen duric lukasz"),
        ("İpek", "Yıldız", " yildiz ipek"),
        ("李", "小龙", " 小龙 李"),
    ] {
        assert_eq!(named(first, last).as_str(), words);
    }
}

#[test]
fn a_name_is_found_by_the_first_two_letters_of_each_of_its_words() {
    assert_eq!(
        beginnings("Jean-Baptiste", "de la Tour"),
        ["ba", "de", "je", "la", "to"]
    );
    // Once, however many words begin so; not by a single letter.
    assert_eq!(beginnings("Marie-Madeleine", "Martin"), ["ma"]);
    assert_eq!(beginnings("J. R.", "Li"), ["li"]);
    assert_eq!(beginnings("李", "小龙"), ["小龙"]);
}

#[test]
fn a_name_of_a_hundred_words_has_a_few_beginnings_those_of_the_last_name_first() {
    let many: Vec<_> = ('b'..='z').map(|c| format!("{c}o")).collect();
    let found = beginnings(&many.join(" "), "Aa Ab");
    assert_eq!(found.len(), MOST_BEGINNINGS);
    assert_eq!(found[..3], ["aa", "ab", "bo"]);
}

#[test]
fn a_search_by_name_needs_a_word_of_two_letters() {
    let words = |words: &[&str]| {
        words
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(searched("MA"), Some((words(&["ma"]), "ma".to_owned())));
    assert_eq!(
        searched(" j.  Martin "),
        Some((words(&["j", "martin"]), "ma".to_owned()))
    );
    assert_eq!(
        searched("l'Hér"),
        Some((words(&["her", "l"]), "he".to_owned()))
    );
    for nothing in [
        "",
        " ",
        "m",
        "m a",
        "-",
        "%",
        "*",
        "é\u{301}",
        "\u{202e}",
        "m.",
        // One character, whatever it folds to.
        "ß",
        "œ",
        "뤢",
        "㎏",
        "@",
    ] {
        assert!(PersonSearch::parse(nothing).is_err(), "{nothing:?}");
    }
    assert!(PersonSearch::parse(&"é".repeat(MAX)).is_ok());
    assert!(PersonSearch::parse(&"é".repeat(MAX + 1)).is_err());
}

#[test]
fn a_text_with_the_sign_of_addresses_finds_an_address_as_a_whole_or_nobody() {
    for address in ["Claire.Martin@Example.fr", " claire.martin@example.fr "] {
        let Ok(PersonSearch::Address(found)) = PersonSearch::parse(address) else {
            panic!("{address}");
        };
        assert_eq!(found.as_str(), "claire.martin@example.fr");
    }
    for part in [
        "@@",
        "claire@",
        "@example.fr",
        "claire.martin@example",
        "claire martin@",
    ] {
        let nobody = matches!(PersonSearch::parse(part), Ok(PersonSearch::Nobody));
        assert!(nobody, "{part}");
    }
}
