//! Names of people, entities and organisations: what leads a reader astray is refused, and what
//! people are called is not.

use proptest::prelude::*;
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;
use vigie_domain::{
    consultation::repair,
    contact::{Contact, name_of_person},
    text::{Text, one_line},
};

pub(crate) fn is_name(text: &str) -> bool {
    Text::<200>::name(text).is_ok()
}

#[test]
fn addresses_are_refused() {
    for text in [
        "www.evil.example",
        "https://x",
        "HTTP://X.FR",
        "Voir http:evil",
        "javascript:alert(1)",
        "evil.com",
        "Jean evil.COM Dupont",
        "x.fr",
        "evil.fr.",
        "evil.de",
        "evil.re",
        "evil.click",
        "evil.dupont",
        "gagnez.online",
        "a.b.c.info",
        "1.2.3.4",
        // Behind and before any character that no host has.
        "“evil.click”",
        "„evil.click‟",
        "‘evil.click’",
        "‹evil.click›",
        "→secure-login.com…",
        "✉evil.com",
        "evil.com→",
        "evil.com✓",
        "★evil.com★",
        "l’evil.com",
        "•evil.com",
        "Jean–evil.com",
        "Jean_evil.com",
        "*evil.com*",
        "=evil.com",
        "~evil.com~",
        "Martin (evil.xyz)",
        "evil.com!",
        "evil.com?x=1",
        "evil.com:8080",
        "evil.com#a",
        "evil.com&b",
        "evil.com%20",
        "👉evil.shop👈",
        "…evil.com",
        "evil.com...",
        "-evil.com-",
        "evil.com-promo",
        "evil.com漢字",
        "漢字evil.com",
        "evil.comé",
        "evil.frЖ",
        "evil.com.Martin",
        "evil.com.-",
        "a.evil.fr.b",
        "Jean\u{a0}evil.com",
        "Jean\u{2003}evil.com",
        "t.co/abc",
        "evil.fr/login",
        "evil.example/a",
        "m.me/evil",
        // As browsers read them.
        "evil\u{3002}com",
        "evil\u{ff0e}com",
        "evil\u{ff61}com",
        "evil\u{2024}com",
        "ｅｖｉｌ．ｃｏｍ",
        "evil.ⓒⓞⓜ",
        "evil.𝐜𝐨𝐦",
        "ÉVIL.COM",
        "évil.fr",
        "кремль.рф",
        "кремль.xn--p1ai",
        "例え.みんな",
        "उदाहरण.भारत",
        "உதாரணம்.இந்தியா",
        // Mails.
        "jean@evil.example",
        "jean@agent.es",
        "jean+x@evil.fr",
        "mailto:jean",
    ] {
        assert!(!is_name(text), "{text}");
    }
}

#[test]
fn every_top_level_domain_is_known() {
    let list = include_str!("../data/tlds.txt");
    let tlds: Vec<&str> = list.lines().skip(1).collect();
    assert!(list.starts_with("# ") && tlds.len() > 1_400 && tlds.is_sorted());
    for tld in tlds {
        assert!(!is_name(&format!("“secure-login.{tld}”")), "{tld}");
        assert!(
            !is_name(&format!("Jean SECURE-LOGIN.{}", tld.to_uppercase())),
            "{tld}"
        );
    }
    assert!(is_name("secure-login.constitution"));
}

/// Words that have another gender lead nowhere by it but where French writes it so.
#[test]
fn what_people_are_called_before_another_top_level_domain_is_refused() {
    let french = ["es", "ice", "ne", "se", "ve"];
    for tld in include_str!("../data/tlds.txt").lines().skip(1) {
        for word in [
            "directeur",
            "conseiller",
            "professionnel",
            "technicien",
            "chef",
            "employé",
            "public",
            "nombreux",
            "français",
            "régional",
            "cadet",
            "copain",
            "sportif",
            "long",
            "maître",
        ] {
            let text = format!("{word}.{tld}");
            assert!(french.contains(&tld) || !is_name(&text), "{text}");
        }
    }
}

fn contact(first: &str, last: &str) -> Result<Contact, Vec<String>> {
    let contact = Contact::from_json(
        &json!({ "firstName": first, "lastName": last, "email": "zoe@mairie.fr" }),
    );
    contact.map_err(|errors| errors.into_iter().map(|error| error.field).collect())
}

#[test]
fn a_person_has_no_number_to_call() {
    for number in [
        "12345678",
        "01 23 45 67",
        "0-1-2-3-4-5-6-7",
        "a1b2c3d4e5f6g7h8",
        "٠١٢٣٤٥٦٧",
        "０１２３４５６７",
        "①②③④⑤⑥⑦⑧",
        "+33 6 12 34 56 78",
    ] {
        assert_eq!(
            contact(&format!("Appelez {number}"), "Martin").unwrap_err(),
            ["firstName"],
            "{number}"
        );
        assert_eq!(
            contact("Zoé", number).unwrap_err(),
            ["lastName"],
            "{number}"
        );
    }
    assert_eq!(contact("0612", "345678").unwrap_err(), ["lastName"]);
    assert!(contact("Jean XXIII 2e", "Agent 1234567").is_err_and(|fields| fields == ["lastName"]));
    assert!(contact("Jean", "Agent 1234567").is_ok());
    assert!(contact("Louis 2", "Martin 3").is_ok());
    // A service may be called by a number.
    assert!(is_name("Lot 2026-11-24, SIRET 12345678901234"));
}

#[test]
fn a_name_that_was_stored_does_not_block_other_changes() {
    let before: Contact = serde_json::from_value(
        json!({ "firstName": "0612", "lastName": "345678", "email": "zoe@mairie.fr" }),
    )
    .unwrap();
    assert!(vigie_domain::contact::merge(&before, &json!({ "jobTitle": "Directrice" })).is_ok());
    assert!(vigie_domain::contact::merge(&before, &json!({ "firstName": "06123" })).is_err());
}

#[test]
fn joiners_stay_where_a_script_needs_them() {
    for text in [
        "علی\u{200c}رضا",              // Persian: Alireza
        "می\u{200c}خواهم",             // Persian
        "ශ්\u{200d}රී ලංකා",              // Sinhala: Sri Lanka
        "क्\u{200d}ष",                  // Devanagari, half letter
        "श्री क्\u{200c}ष",              // Devanagari, virama shown
        "ক্\u{200d}য",                  // Bengali
        "മലയാളം ന്\u{200d}",             // Malayalam chillu, at the end
        "नमस्\u{200d}ते علی\u{200c}رضا", // several
    ] {
        assert_eq!(Text::<100>::parse(text).unwrap().as_str(), text, "{text:?}");
        assert_eq!(one_line(text, 100), text, "{text:?}");
        assert!(is_name(text), "{text:?}");
    }
    for (text, shown) in [
        ("Jean\u{200d}Paul", "JeanPaul"),
        ("ev\u{200c}il.com", "evil.com"),
        ("Jean \u{200d}Paul", "Jean Paul"),
        ("\u{200c}Jean", "Jean"),
        ("علی \u{200c}رضا", "علی رضا"),
        ("ر\u{200c}ضا", "رضا"),
        ("👩\u{200d}💻", "👩💻"),
        ("क\u{200d}ष", "कष"),
        ("क्\u{200d}\u{200d}ष", "क्\u{200d}ष"),
        ("a\u{301}\u{200d}b", "a\u{301}b"),
        ("Jean\u{200b}Paul\u{200e}", "JeanPaul"),
    ] {
        assert!(Text::<100>::parse(text).is_err(), "{text:?}");
        assert_eq!(one_line(text, 100), shown, "{text:?}");
    }
    assert!(Text::<100>::parse("\u{200c}\u{200d}").is_err());
}

#[test]
fn a_name_of_the_portal_is_repaired_to_what_could_be_typed() {
    let name = |sent: &str| repair::name::<20>(&sent.into(), Text::name).map(String::from);
    assert_eq!(
        name("  Ville\r\n de\u{202e} Colmar ").as_deref(),
        Some("Ville de Colmar")
    );
    assert_eq!(
        name("Ville \u{fffd}de Colmar").as_deref(),
        Some("Ville de Colmar")
    );
    assert_eq!(name("ev\u{200d}il.com"), None);
    assert_eq!(
        name("Service des élu.es").as_deref(),
        Some("Service des élu.es")
    );
    assert_eq!(
        name("Communauté de communes du Pays"),
        Some("Communauté de commu…".to_owned())
    );
    assert_eq!(
        repair::name::<20>(&json!("Appelez 0612345678"), name_of_person),
        None
    );
    assert_eq!(repair::name::<20>(&Value::Null, Text::name), None);
    assert_eq!(
        repair::name::<20>(&json!(67), Text::name)
            .map(String::from)
            .as_deref(),
        Some("67")
    );
}

/// Text with what rules look at.
fn tricky() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\u{200c}".to_owned()),
        Just("\u{200d}".to_owned()),
        Just("\u{200b}".to_owned()),
        Just("\u{fffd}".to_owned()),
        Just("क्".to_owned()),
        Just("ی".to_owned()),
        Just("ر".to_owned()),
        Just("e\u{301}".to_owned()),
        Just(".com".to_owned()),
        Just("élu.es".to_owned()),
        Just("１２".to_owned()),
        "[a-z. ]{1,4}",
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn what_is_repaired_is_what_can_be_typed(text in tricky()) {
        if let Some(name) = repair::name::<20>(&text.into(), name_of_person) {
            prop_assert_eq!(name_of_person::<20>(name.as_str()), Ok(name));
        }
    }

    #[test]
    fn one_line_of_one_line_is_the_same(text in tricky(), max in 0_usize..20) {
        let line = one_line(&text, max);
        prop_assert!(line.chars().count() <= max);
        prop_assert_eq!(one_line(&line, max), line);
    }

    #[test]
    fn what_was_parsed_is_parsed_again(text in tricky()) {
        if let Ok(once) = Text::<50>::name(&text) {
            prop_assert_eq!(Text::<50>::name(once.as_str()), Ok(once));
        }
    }

    #[test]
    fn an_address_is_found_whatever_stands_around_it(before in ".?", after in "[^\\p{M}]?") {
        prop_assume!(!after.nfkc().any(|c| c.is_ascii_alphanumeric()));
        let text = format!("Jean {before}secure-login.com{after} Martin");
        prop_assert!(!is_name(&text), "{text:?}");
    }
}
