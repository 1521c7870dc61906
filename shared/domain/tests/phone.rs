//! Phone numbers: every usual French spelling, the world in international form, E.164 out.

use proptest::prelude::*;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType, Region};
use vigie_domain::contact::phone::Phone;

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
    for (text, e164) in [
        ("06 95 12 34 56", "+33695123456"),
        ("06 30 12 34 56", "+33630123456"),
        ("05 91 12 34 56", "+33591123456"),
    ] {
        assert_eq!(parse(text).as_deref(), Some(e164), "{text:?}");
    }
}

/// The calling code of each beginning that is not France's own, as Arcep's list of numbers has it
/// (MAJNUM, July 2025, column « Territoire »), and the ranges of the library that are newer than
/// the list (marked).
const TERRITORIES: &[(&str, &str)] = &[
    ("0262", "262"),
    ("0263", "262"),
    ("02688", "262"), // newer
    ("02689", "262"), // newer
    ("0269", "262"),
    ("0508", "508"),
    ("0590", "590"),
    ("0594", "594"),
    ("0596", "596"),
    ("05987", "590"), // newer
    ("05988", "594"), // newer
    ("05989", "596"), // newer
    ("0639", "262"),
    ("0690", "590"),
    ("0691", "590"),
    ("0692", "262"),
    ("0693", "262"),
    ("0694", "594"),
    ("0696", "596"),
    ("0697", "596"),
    ("0708", "508"),
    ("07090", "590"),
    ("07091", "596"),
    ("07092", "262"),
    ("070930", "594"),
    ("070931", "594"),
    ("070932", "594"),
    ("070933", "594"),
    ("070935", "262"),
    ("070936", "262"),
    ("070937", "262"),
    ("09395", "590"),
    ("09396", "594"),
    ("09397", "596"),
    ("09398", "262"),
    ("09399", "262"),
    ("09475", "590"),
    ("09476", "594"),
    ("09477", "596"),
    ("09478", "262"),
    ("09479", "262"),
    ("09760", "590"),
    ("09761", "590"),
    ("09762", "262"),
    ("09763", "262"),
    ("09764", "594"),
    ("09765", "594"),
    ("09766", "596"),
    ("09767", "596"),
    ("09768", "590"), // not in the list, Guadeloupe's in the library
    ("09769", "262"),
];

/// Returns the number in E.164 as the whole library reads it in the plan of this calling code.
fn in_plan(code: &str, dialled: &str) -> Option<String> {
    // The calling code of Saint-Pierre-et-Miquelon is a part of what is dialled.
    let national = if code == "508" {
        dialled.trim_start_matches("0508")
    } else {
        dialled
    };
    let e164 = format!("+{code}{}", national.strip_prefix('0').unwrap_or(national));
    let parsed = PHONE_NUMBER_UTIL.parse(&e164, None).ok()?;
    PHONE_NUMBER_UTIL.is_valid_number(&parsed).then_some(e164)
}

#[test]
fn the_numbering_plan_says_whose_a_number_is() {
    let blocks = (1000..10_000)
        .map(|block| format!("0{block}01234"))
        .chain((0..10).map(|sixth| format!("07093{sixth}1234")));
    let mut of_territories = 0;
    for dialled in blocks {
        let territory = TERRITORIES
            .iter()
            .find(|(beginning, _)| dialled.starts_with(beginning));
        let expected = territory.and_then(|(_, code)| in_plan(code, &dialled));
        of_territories += usize::from(expected.is_some());
        assert_eq!(
            parse(&dialled),
            expected.or_else(|| in_plan("33", &dialled)),
            "{dialled}"
        );
    }
    assert!(of_territories > 100, "{of_territories}");
}

/// One number that exists of each range of the plan.
#[test]
fn each_range_of_the_plan_has_its_country() {
    for (text, e164) in [
        ("01 40 20 50 50", "+33140205050"),
        ("02 40 12 34 56", "+33240123456"),
        ("0262 20 12 34", "+262262201234"),
        ("0263 01 23 45", "+262263012345"),
        ("0264 01 23 45", "+33264012345"),
        ("0269 61 12 34", "+262269611234"),
        ("03 88 60 90 90", "+33388609090"),
        ("04 91 12 34 56", "+33491123456"),
        ("0508 41 12 34", "+508411234"),
        ("0509 41 12 34", "+33509411234"),
        ("0590 20 12 34", "+590590201234"),
        ("0591 20 12 34", "+33591201234"),
        ("0594 29 12 34", "+594594291234"),
        ("0596 60 12 34", "+596596601234"),
        ("0638 01 23 45", "+33638012345"),
        ("0639 01 23 45", "+262639012345"),
        ("0640 01 23 45", "+33640012345"),
        ("0690 35 12 34", "+590690351234"),
        ("0691 22 12 34", "+590691221234"),
        ("0692 12 34 56", "+262692123456"),
        ("0693 01 23 45", "+262693012345"),
        ("0694 20 12 34", "+594694201234"),
        ("0695 20 12 34", "+33695201234"),
        ("0696 20 12 34", "+596696201234"),
        ("0697 27 12 34", "+596697271234"),
        ("0698 20 12 34", "+33698201234"),
        ("0699 20 12 34", "+33699201234"),
        ("0708 50 12 34", "+508708501234"),
        ("0709 00 12 34", "+590709001234"),
        ("0709 10 12 34", "+596709101234"),
        ("0709 20 12 34", "+262709201234"),
        ("0709 30 12 34", "+594709301234"),
        ("0709 35 12 34", "+262709351234"),
        ("07 81 56 27 85", "+33781562785"),
        ("0 800 123 456", "+33800123456"),
        ("0805 12 34 56", "+33805123456"),
        ("0806 12 34 56", "+33806123456"),
        ("0810 12 34 56", "+33810123456"),
        ("0820 12 34 56", "+33820123456"),
        ("0825 12 34 56", "+33825123456"),
        ("0884 01 23 45", "+33884012345"),
        ("0890 12 34 56", "+33890123456"),
        ("0892 12 34 56", "+33892123456"),
        ("0899 12 34 56", "+33899123456"),
        ("09 70 12 34 56", "+33970123456"),
        ("0938 01 23 45", "+33938012345"),
        ("0939 01 23 45", "+33939012345"),
        ("0939 51 23 45", "+590939512345"),
        ("0939 61 23 45", "+594939612345"),
        ("0939 70 12 34", "+596939701234"),
        ("0939 80 12 34", "+262939801234"),
        ("0939 90 12 34", "+262939901234"),
        ("0947 01 23 45", "+33947012345"),
        ("0947 50 12 34", "+590947501234"),
        ("0947 60 12 34", "+594947601234"),
        ("0947 70 12 34", "+596947701234"),
        ("0947 76 12 34", "+596947761234"),
        ("0947 80 12 34", "+262947801234"),
        ("0947 90 12 34", "+262947901234"),
        ("0976 00 12 34", "+590976001234"),
        ("0976 11 12 34", "+590976111234"),
        ("0976 22 12 34", "+262976221234"),
        ("0976 30 12 34", "+262976301234"),
        ("0976 40 12 34", "+594976401234"),
        ("0976 50 12 34", "+594976501234"),
        ("0976 60 12 34", "+596976601234"),
        ("0976 70 12 34", "+596976701234"),
        ("0976 90 12 34", "+262976901234"),
        ("0977 01 23 45", "+33977012345"),
    ] {
        assert_eq!(parse(text).as_deref(), Some(e164), "{text}");
        assert_eq!(parse(e164).as_deref(), Some(e164));
        assert_eq!(parse(&e164.replacen('+', "00", 1)).as_deref(), Some(e164));
    }
}

/// Tells when the library knows a range of a territory that is in no row of ours: its examples
/// change with its data.
#[test]
fn examples_of_the_territories_are_theirs() {
    for region in [
        Region::GP,
        Region::GF,
        Region::MQ,
        Region::RE,
        Region::YT,
        Region::PM,
    ] {
        for kind in [
            PhoneNumberType::Mobile,
            PhoneNumberType::FixedLine,
            PhoneNumberType::VoIP,
        ] {
            let Ok(example) =
                PHONE_NUMBER_UTIL.get_example_number_for_type_and_region(region, kind)
            else {
                continue;
            };
            let national = PHONE_NUMBER_UTIL
                .format(&example, PhoneNumberFormat::National)
                .replace(' ', "");
            let dialled = if region == Region::PM {
                format!("0508{}", national.trim_start_matches('0'))
            } else {
                national
            };
            let e164 = PHONE_NUMBER_UTIL.format(&example, PhoneNumberFormat::E164);
            // The library gives Guyane the whole of 0976, of which the plan gives it 09764 and
            // 09765.
            if (region, kind) != (Region::GF, PhoneNumberType::VoIP) {
                assert_eq!(
                    parse(&dialled).as_deref(),
                    Some(e164.as_ref()),
                    "{region:?} {kind:?} {dialled}"
                );
            }
        }
    }
}

#[test]
fn numbers_are_read_without_their_zero_and_with_their_calling_code() {
    for (text, e164) in [
        ("612345678", "+33612345678"),
        ("690351234", "+590690351234"),
        ("590 690 35 12 34", "+590690351234"),
        ("262 692 12 34 56", "+262692123456"),
        ("508 41 12 34", "+508411234"),
        ("800 123 456", "+33800123456"),
        ("(0)800 123 456", "+33800123456"),
        ("0800.123.456", "+33800123456"),
        // What is written internationally is as written.
        ("+590 800 12 34 56", "+590800123456"),
        ("+33 596 60 12 34", "+33596601234"),
    ] {
        assert_eq!(parse(text).as_deref(), Some(e164), "{text}");
    }
    assert_eq!(parse("41 12 34"), None);
}

#[test]
fn what_is_taken_can_be_read_back() {
    for text in [
        "+49 30 1234567890123",
        "+49 30 123456",
        "+43 1 2345678901234",
        "+81 120 123 456",
        "+39 06 698 12345",
    ] {
        if let Some(e164) = parse(text) {
            assert!(
                serde_json::from_value::<Phone>(e164.clone().into()).is_ok(),
                "{text} {e164}"
            );
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
    for text in [
        "0612345678",
        "+",
        "+33 6",
        "+0612345678",
        "+1234567890123456",
        "+33é",
    ] {
        assert!(
            serde_json::from_value::<Phone>(text.into()).is_err(),
            "{text:?}"
        );
    }
}

#[test]
fn debug_output_hides_the_number() {
    assert_eq!(
        format!("{:?}", Phone::parse("0612345678").unwrap()),
        "Phone(…)"
    );
}

/// Tells when `data/phone-metadata.bin` no longer goes with the crate: then copy its `metadata.bin`
/// here again.
#[test]
fn the_numbering_plans_are_those_of_the_library() {
    let kinds = [
        PhoneNumberType::FixedLine,
        PhoneNumberType::Mobile,
        PhoneNumberType::TollFree,
        PhoneNumberType::VoIP,
    ];
    let regions: Vec<Region> = PHONE_NUMBER_UTIL.get_supported_regions().collect();
    assert!(regions.len() > 200);
    let mut compared = 0;
    for region in regions {
        for kind in kinds {
            let Ok(number) = PHONE_NUMBER_UTIL.get_example_number_for_type_and_region(region, kind)
            else {
                continue;
            };
            let e164 = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164);
            assert_eq!(
                parse(&e164).as_deref(),
                Some(e164.as_ref()),
                "{region:?} {kind:?}"
            );
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
