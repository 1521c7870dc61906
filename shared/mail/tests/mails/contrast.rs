//! Text that is seen, and text that spam filters take for hidden: what has the colour of its
//! background counts as an attempt to say something to machines only.

use serde_json::json;
use vigie_mail::Rendered;

use crate::samples::{account_mails, alerts, consultation, dailies};

/// Elements without an end.
const VOID: [&str; 5] = ["meta", "br", "img", "hr", "link"];

/// An open element: its name, and the colours of text and background within it.
type Element = (String, u32, u32);

#[test]
fn no_text_has_the_colour_of_its_background() {
    let alerts = alerts(&consultation(&json!({})), None)
        .into_iter()
        .map(|(name, content)| (name, content.render()));
    let dailies = dailies(&consultation(&json!({})), None);
    let account = account_mails("Ville de Colmar");
    let mut seen = 0;
    for (name, mail) in alerts.chain(dailies).chain(account) {
        for (text, colour, behind) in texts(&mail) {
            let ratio = contrast(colour, behind);
            assert!(ratio >= 4.5, "{name}: {text}: {ratio}");
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
}

/// The texts of a mail, each with its colour and that of its background.
fn texts(mail: &Rendered) -> Vec<(String, u32, u32)> {
    let body = &mail.html[mail.html.find("<body").expect("a body")..];
    let mut open: Vec<Element> = vec![("html".to_owned(), 0, 0x00ff_ffff)];
    let mut found = Vec::new();
    for part in without_comments(body).split('<').skip(1) {
        let (tag, text) = part.split_once('>').expect("an end of a tag");
        let name = tag
            .split([' ', '\n', '/'])
            .find(|name| !name.is_empty())
            .expect("a name");
        if tag.starts_with('/') {
            assert_eq!(open.pop().expect("an open element").0, name);
        } else if !VOID.contains(&name) {
            let (colour, behind) = within(&open);
            open.push((
                name.to_owned(),
                declared(tag, "color").unwrap_or(colour),
                declared(tag, "background-color").unwrap_or(behind),
            ));
        }
        if !text.trim().is_empty() {
            let (colour, behind) = within(&open);
            found.push((text.trim().to_owned(), colour, behind));
        }
    }
    found
}

/// The colours of text and background within the innermost element.
fn within(open: &[Element]) -> (u32, u32) {
    let (_, colour, behind) = open.last().expect("an open element");
    (*colour, *behind)
}

/// Leaves out comments, and what only Outlook reads in them.
fn without_comments(html: &str) -> String {
    let mut parts = html.split("<!--");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |html, part| {
        html + part.split_once("-->").map_or("", |(_, behind)| behind)
    })
}

/// The colour that the style of a tag gives a property.
fn declared(tag: &str, property: &str) -> Option<u32> {
    let (_, style) = tag.split_once("style=")?;
    let quote = style.chars().next()?;
    let style = style[1..].split(quote).next()?;
    let value = style.split(';').find_map(|declaration| {
        let (name, value) = declaration.split_once(':')?;
        (name.trim() == property).then_some(value.trim())
    })?;
    u32::from_str_radix(value.strip_prefix('#')?, 16).ok()
}

/// The contrast of two colours (WCAG 2.2, "contrast ratio").
fn contrast(one: u32, other: u32) -> f64 {
    let light = |colour: u32| {
        let [_, red, green, blue] = colour.to_be_bytes().map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let (one, other) = (light(one), light(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}
