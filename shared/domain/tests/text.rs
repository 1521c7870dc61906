//! Short text: what is kept is sound, what is shown is harmless.

use proptest::prelude::*;
use vigie_domain::text::{Text, one_line};

fn parse(text: &str) -> Option<String> {
    Text::<10>::parse(text).ok().map(String::from)
}

#[test]
fn text_is_trimmed_and_composed() {
    assert_eq!(parse("\u{a0} Zoe\u{308}\t").as_deref(), Some("Zo\u{eb}"));
}

#[test]
fn length_counts_characters_not_bytes() {
    assert!(parse(&"é".repeat(10)).is_some());
    assert!(parse(&"e\u{301}".repeat(10)).is_some());
    assert!(parse(&"é".repeat(11)).is_none());
}

#[test]
fn empty_text_is_refused_even_when_it_looks_longer() {
    for text in ["", "  ", "\u{200b}", "\u{feff} \u{200d}", "\u{3164}"] {
        assert_eq!(parse(text), None, "{text:?}");
    }
}

#[test]
fn text_that_breaks_lines_or_reorders_is_refused() {
    for c in [
        '\0', '\r', '\n', '\t', '\u{7f}', '\u{85}', '\u{9b}', '\u{2028}', '\u{2029}', '\u{202e}',
        '\u{2066}', '\u{2069}',
    ] {
        assert_eq!(parse(&format!("a{c}b")), None, "{c:?}");
    }
}

#[test]
fn json_goes_through_the_same_gate() {
    assert_eq!(
        serde_json::from_str::<Text<10>>(r#"" Zoé ""#)
            .unwrap()
            .as_str(),
        "Zoé"
    );
    assert!(serde_json::from_str::<Text<10>>(r#""a\nb""#).is_err());
}

#[test]
fn debug_output_hides_the_text() {
    assert!(!format!("{:?}", Text::<10>::parse("Zoé").unwrap()).contains("Zoé"));
}

#[test]
fn one_line_collapses_space_and_drops_disguises() {
    assert_eq!(
        one_line("  Travaux\r\n\t de \u{85}\u{2028}voirie \u{7} ", 100),
        "Travaux de voirie"
    );
    assert_eq!(
        one_line("Lot\u{202e}gpj.exe\u{202c} \u{200b}\u{feff}fin", 100),
        "Lotgpj.exe fin"
    );
    assert_eq!(one_line("<b>{{x}}</b>", 100), "<b>{{x}}</b>");
}

#[test]
fn one_line_cuts_with_an_ellipsis_that_counts() {
    assert_eq!(one_line("12345", 5), "12345");
    assert_eq!(one_line("12345 ", 5), "12345");
    assert_eq!(one_line("123456", 5), "1234…");
    assert_eq!(one_line("123 56", 5), "123…");
    assert_eq!(one_line("1234 6", 5), "1234…");
    assert_eq!(one_line("12", 1), "…");
    assert_eq!(one_line("12", 0), "");
}

proptest! {
    #[test]
    fn parsing_text_again_changes_nothing(text in "\\PC{0,12}|.{0,12}") {
        if let Some(once) = parse(&text) {
            prop_assert_eq!(parse(&once), Some(once.clone()));
            prop_assert!(once.chars().count() <= 10);
        }
    }

    #[test]
    fn one_line_is_one_short_line(text in any::<String>(), max in 0_usize..40) {
        let line = one_line(&text, max);
        prop_assert!(line.chars().count() <= max);
        prop_assert!(!line.chars().any(char::is_control));
        prop_assert_eq!(line.trim(), &line);
        prop_assert_eq!(one_line(&line, max), line);
    }
}
