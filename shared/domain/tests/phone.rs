//! Phone numbers: every usual French spelling, the world in international form, E.164 out.

use proptest::prelude::*;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType, Region};
use vigie_domain::phone::Phone;

fn parse(text: &str) -> Option<String> {
    Phone::parse(text).ok().map(String::from)
}

#[test]
fn french_spellings_of_one_number_are_equal() {
    for text in [
        "06 12 34 56 78",
        "0612345678",
        "06.12.34.56.78",
        "06-12-34-56-78",
        "+33 6 12 34 56 78",
        "0033612345678",
        "+33 (0)6 12 34 56 78",
        "(+33) 6 12 34 56 78",
        "33 6 12 34 56 78",
        "+33\u{a0}6\u{202f}12 34 56 78",
        "０６１２３４５６７８",
        "06\u{2011}12\u{2011}34\u{2011}56\u{2011}78",
        "\u{202a}+33 6 12 34 56 78\u{202c}",
        " 0612345678\n",
    ] {
        assert_eq!(parse(text).as_deref(), Some("+33612345678"), "{text:?}");
    }
}

#[test]
fn overseas_numbers_are_accepted_as_dialled_in_france() {
    for (text, e164) in [
        ("0590 20 12 34", "+590590201234"), // Guadeloupe
        ("0690 35 12 34", "+590690351234"),
        ("0594 29 12 34", "+594594291234"), // Guyane
        ("0694 20 12 34", "+594694201234"),
        ("0596 60 12 34", "+596596601234"), // Martinique
        ("0696 20 12 34", "+596696201234"),
        ("0262 20 12 34", "+262262201234"), // La Réunion
        ("0692 12 34 56", "+262692123456"),
        ("0269 61 12 34", "+262269611234"), // Mayotte
        ("0639 01 23 45", "+262639012345"),
    ] {
        assert_eq!(parse(text).as_deref(), Some(e164), "{text:?}");
        assert_eq!(parse(e164).as_deref(), Some(e164));
        assert_eq!(parse(&e164.replacen('+', "00", 1)).as_deref(), Some(e164));
    }
    // Metropolitan neighbours of those ranges stay metropolitan.
    for (text, e164) in [("06 95 12 34 56", "+33695123456"), ("06 30 12 34 56", "+33630123456"), ("05 91 12 34 56", "+33591123456")] {
        assert_eq!(parse(text).as_deref(), Some(e164), "{text:?}");
    }
}

/// New ranges come with the library's metadata, without prefixes of ours.
#[test]
fn ranges_are_the_library_s() {
    let dialled = [(Region::GP, 590), (Region::GF, 594), (Region::MQ, 596), (Region::RE, 262), (Region::YT, 262), (Region::PM, 508)];
    for (region, code) in dialled {
        for kind in [PhoneNumberType::Mobile, PhoneNumberType::FixedLine, PhoneNumberType::VoIP] {
            let Ok(example) = PHONE_NUMBER_UTIL.get_example_number_for_type_and_region(region, kind) else { continue };
            let national = PHONE_NUMBER_UTIL.format(&example, PhoneNumberFormat::National);
            let e164 = PHONE_NUMBER_UTIL.format(&example, PhoneNumberFormat::E164);
            assert!(e164.starts_with(&format!("+{code}")));
            if national.starts_with('0') {
                let found = parse(&national).unwrap_or_else(|| panic!("{region:?} {kind:?} {national}"));
                // Ranges of the whole Antilles are in the plans of each.
                assert!(found == e164 || kind == PhoneNumberType::VoIP, "{region:?} {kind:?} {national} {found}");
            }
            assert_eq!(parse(&e164).as_deref(), Some(e164.as_ref()), "{region:?} {kind:?}");
        }
    }
    for text in ["0709 30 12 34", "0976 11 12 34", "0947 71 12 34", "0508 41 12 34"] {
        println!("{text} {:?}", parse(text));
    }
}

#[test]
fn what_is_taken_can_be_read_back() {
    for text in ["+49 30 1234567890123", "+49 30 123456", "+43 1 2345678901234", "+81 120 123 456", "+39 06 698 12345"] {
        if let Some(e164) = parse(text) {
            assert!(serde_json::from_value::<Phone>(e164.clone().into()).is_ok(), "{text} {e164}");
            assert!(e164.len() <= 16, "{text} {e164}");
        }
    }
    assert_eq!(parse("+49 30 1234567890123"), None);
}

#[test]
fn numbers_of_elsewhere_are_accepted_in_international_form() {
    for (text, e164) in [
        ("+687 26 12 34", "+687261234"),
        ("+689 40 41 22 33", "+68940412233"),
        ("+681 72 12 34", "+681721234"),
        ("+508 41 12 34", "+508411234"),
        ("+1 650 253 0000", "+16502530000"),
        ("00 32 2 555 12 34", "+3225551234"),
        ("+39 06 698 12345", "+390669812345"),
        ("+377 93 15 12 34", "+37793151234"),
        ("+44 (0)20 7946 0018", "+442079460018"),
        ("+800 1234 5678", "+80012345678"),
    ] {
        assert_eq!(parse(text).as_deref(), Some(e164), "{text:?}");
    }
}

#[test]
fn what_is_no_number_is_refused() {
    for text in [
        "",
        " ",
        "+",
        "0",
        "17",
        "3615",
        "06 12 34 56",
        "06 12 34 56 78 90",
        "+33",
        "+33 0",
        "+999 123456",
        "0012",
        "+0612345678",
        "00 12 34 56 78",
        "0612345678 poste 12",
        "0612345678x12",
        "1-800-FLOWERS",
        "tel:+33612345678",
        "+33612345678;ext=2",
        "06 12 34 56 78 / 06 12 34 56 79",
        "+33 6 12 34 56 78+",
        "#31#0612345678",
        "06<b>12345678",
        "0612345678\u{660}\u{661}",
        &"0".repeat(10_000),
        &" 6".repeat(30),
    ] {
        assert_eq!(parse(text), None, "{text:?}");
    }
}

#[test]
fn json_takes_what_was_parsed_before_and_no_other_form() {
    let phone: Phone = serde_json::from_str(r#""+33612345678""#).unwrap();
    assert_eq!(phone, Phone::parse("06 12 34 56 78").unwrap());
    assert_eq!(serde_json::to_string(&phone).unwrap(), r#""+33612345678""#);
    for text in ["0612345678", "+", "+33 6", "+0612345678", "+1234567890123456", "+33é"] {
        assert!(serde_json::from_value::<Phone>(text.into()).is_err(), "{text:?}");
    }
}

#[test]
fn debug_output_hides_the_number() {
    assert_eq!(format!("{:?}", Phone::parse("0612345678").unwrap()), "Phone(…)");
}

/// Tells when `data/phone-metadata.bin` no longer goes with the crate: then copy its `metadata.bin` here again.
#[test]
fn the_numbering_plans_are_those_of_the_library() {
    let kinds = [PhoneNumberType::FixedLine, PhoneNumberType::Mobile, PhoneNumberType::TollFree, PhoneNumberType::VoIP];
    let regions: Vec<Region> = PHONE_NUMBER_UTIL.get_supported_regions().collect();
    assert!(regions.len() > 200);
    let mut compared = 0;
    for region in regions {
        for kind in kinds {
            let Ok(number) = PHONE_NUMBER_UTIL.get_example_number_for_type_and_region(region, kind) else {
                continue;
            };
            let e164 = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164);
            assert_eq!(parse(&e164).as_deref(), Some(e164.as_ref()), "{region:?} {kind:?}");
            compared += 1;
        }
    }
    assert!(compared > 500, "{compared}");
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused_and_what_is_parsed_is_stable(text in "[0-9+ ().-]{0,24}|\\+?[0-9]{6,14}|.{0,30}") {
        if let Some(once) = parse(&text) {
            prop_assert_eq!(parse(&once), Some(once.clone()));
            prop_assert!(serde_json::from_value::<Phone>(once.into()).is_ok());
        }
    }

    #[test]
    fn international_numbers_are_judged_as_by_the_whole_library(number in "(\\+|00)(33|590|262|687|32|1|39|7|800|[1-9]{1,3})[0-9]{5,11}") {
        let library = PHONE_NUMBER_UTIL.parse(&number, Some(Region::FR)).ok().filter(|n| PHONE_NUMBER_UTIL.is_valid_number(n));
        let library = library.map(|n| PHONE_NUMBER_UTIL.format(&n, PhoneNumberFormat::E164).into_owned());
        prop_assert_eq!(parse(&number), library);
    }

    #[test]
    fn whatever_is_valid_in_metropolitan_france_is_accepted(number in "0[1-9][0-9]{8}") {
        let library = PHONE_NUMBER_UTIL.parse(&number, Some(Region::FR)).is_ok_and(|n| PHONE_NUMBER_UTIL.is_valid_number(&n));
        prop_assert!(parse(&number).is_some() || !library);
    }
}
