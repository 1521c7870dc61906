//! Whatever comes from outside is text in a mail, and nothing else.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::{Value, json};
use vigie_mail::Rendered;

use crate::samples::{HOSTILE, account_mails, alerts, consultation, dailies, hostile, shown};

#[test]
fn hostile_text_arrives_as_text() {
    for (name, content) in alerts(&hostile(), Some(HOSTILE)) {
        assert_snapshot!(format!("hostile_{name}"), shown(&content.render()));
    }
    for (name, mail) in dailies(&hostile(), Some(HOSTILE)) {
        assert_snapshot!(format!("hostile_{name}"), shown(&mail));
    }
    for (name, mail) in account_mails(HOSTILE)
        .iter()
        .filter(|(name, _)| ["Invitation", "LinkRequest"].contains(name))
    {
        assert_snapshot!(format!("hostile_{name}"), shown(mail));
    }
}

#[test]
fn a_template_has_only_exact_placeholders_and_the_data_has_a_text_for_each_and_no_more() {
    for (name, content) in alerts(&hostile(), Some(HOSTILE)) {
        let template = content.template;
        let wanted: BTreeSet<_> = [template.subject, template.text, template.html]
            .into_iter()
            .flat_map(keys)
            .collect();
        let given: BTreeSet<_> = content.data.keys().cloned().collect();
        assert_eq!(wanted, given, "{name}");
        assert!(content.data.values().all(Value::is_string), "{name}");
    }
}

#[test]
fn no_placeholder_is_left_in_an_account_mail() {
    for (name, mail) in account_mails("Ville de Colmar") {
        assert!(
            !shown(&mail).contains("{{") && !mail.subject.is_empty(),
            "{name}"
        );
    }
}

#[test]
fn rendering_replaces_each_placeholder_by_its_value_and_looks_at_no_value_again() {
    let (_, content) = alerts(&consultation(&json!({})), None).remove(0);
    let replaced = |part: &str| {
        content
            .data
            .iter()
            .fold(part.to_owned(), |part, (key, value)| {
                part.replace(&format!("{{{{{key}}}}}"), value.as_str().unwrap())
            })
    };
    let mail = content.render();
    assert!(mail.subject == replaced(content.template.subject));
    assert!(mail.text == replaced(content.template.text));
    assert!(mail.html == replaced(content.template.html));
    let braces = consultation(&json!({ "title": "{{why}} {{{subject}}}" }));
    let mail = alerts(&braces, None)[0].1.render();
    assert!(mail.text.contains("Objet\u{a0}: {{why}} {{{subject}}}\n"));
    assert!(mail.html.contains(">{{why}} {{{subject}}}</td>"));
}

#[test]
fn every_link_of_a_text_stands_alone_on_its_line() {
    let alerts = alerts(&hostile(), None)
        .into_iter()
        .map(|(_, content)| content.render());
    let others = account_mails("Colmar")
        .into_iter()
        .chain(dailies(&hostile(), None))
        .map(|(_, mail)| mail);
    for mail in alerts.chain(others) {
        let links: Vec<_> = mail
            .text
            .lines()
            .filter(|line| line.contains("://"))
            .collect();
        assert!(
            links
                .iter()
                .all(|line| line.starts_with("http") && !line.contains(' ')),
            "{links:?}"
        );
    }
}

#[test]
fn a_stranger_is_told_no_name_and_the_old_address_not_the_new_one() {
    for (name, mail) in account_mails("Ville de Colmar") {
        let to_a_stranger = matches!(name, "Confirmation" | "AddressTaken");
        assert_eq!(mail.text.contains("Camille"), !to_a_stranger, "{name}");
        assert_eq!(
            mail.html.contains("abc~DEF._-1"),
            matches!(
                name,
                "Invitation"
                    | "Confirmation"
                    | "Delegation"
                    | "LinkRequest"
                    | "Recovery"
                    | "RecoverySent"
                    | "RecoveryStop"
            ),
            "{name}"
        );
        assert!(
            !shown(&mail).contains("ouvelle&") && !shown(&mail).contains("camille@"),
            "{name}"
        );
    }
}

/// The keys of `{{key}}`, after a check that there are no other braces in a row.
fn keys(part: &str) -> BTreeSet<String> {
    let pieces: Vec<_> = part.split("{{").collect();
    assert!(!pieces[0].contains("}}"));
    let keys = pieces[1..].iter().map(|piece| {
        let (key, rest) = piece.split_once("}}").unwrap();
        assert!(
            key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') && !key.is_empty(),
            "{key}"
        );
        assert!(
            !rest.contains("}}") && !rest.starts_with('}') && !rest.ends_with('{'),
            "{rest}"
        );
        key.to_owned()
    });
    keys.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_in_is_one_line_of_text_and_never_markup(
        text in "(\\PC|[<>&\"'{}\r\n\t\u{0}\u{85}\u{2028}\u{202e}\u{200f}\u{feff}]|\\{\\{x\\}\\}|<b>){0,20}",
        long in any::<bool>(),
    ) {
        let title = if long { text.repeat(40) } else { text.clone() };
        let given = consultation(&json!({ "reference": text, "title": title, "organisation": text }));
        let plain = alerts(&consultation(&json!({})), None);
        for ((name, content), (_, plain)) in alerts(&given, Some(&text)).into_iter().zip(plain) {
            check(name, &content.render(), &plain.render())?;
        }
        for ((name, mail), (_, plain)) in dailies(&given, Some(&text)).into_iter().zip(dailies(&consultation(&json!({})), None)) {
            check(name, &mail, &plain)?;
        }
        for ((name, mail), (_, plain)) in account_mails(&text).into_iter().zip(account_mails("Colmar")) {
            check(name, &mail, &plain)?;
        }
    }
}

/// The mail has the lines and the markup of a plain one, and nothing that disguises text.
fn check(name: &str, mail: &Rendered, plain: &Rendered) -> Result<(), TestCaseError> {
    prop_assert!(
        mail.subject.chars().count() <= 200,
        "{}: {}",
        name,
        mail.subject
    );
    let disguise = |c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{2028}'..='\u{202e}' | '\u{200b}'..='\u{200f}' | '\u{feff}')
    };
    for (given, usual) in [
        (&mail.subject, &plain.subject),
        (&mail.text, &plain.text),
        (&mail.html, &plain.html),
    ] {
        prop_assert!(!given.contains(disguise), "{}: {}", name, given);
        prop_assert_eq!(
            given.matches('\n').count(),
            usual.matches('\n').count(),
            "{}: {}",
            name,
            given
        );
    }
    let values = mail
        .html
        .split_once("</style>")
        .map_or("", |(_, body)| body);
    for mark in ['<', '>', '"', '\''] {
        prop_assert_eq!(
            mail.html.matches(mark).count(),
            plain.html.matches(mark).count(),
            "{} in {}: {}",
            mark,
            name,
            mail.html
        );
    }
    for reference in values.split('&').skip(1) {
        let known = ["amp;", "lt;", "gt;", "quot;", "#39;", "nbsp;"]
            .iter()
            .any(|known| reference.starts_with(known));
        prop_assert!(known, "{}: &{}", name, reference);
    }
    Ok(())
}
