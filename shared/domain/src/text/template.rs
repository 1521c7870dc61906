//! Texts with places to fill, as pages and mails have them.

/// Fills each place `{{name}}` of a text. Values are not looked at again: `{{x}}` in one of them
/// stays text.
#[must_use]
pub fn filled(text: &str, mut fill: impl FnMut(&str, &mut String)) -> String {
    let mut filled = String::with_capacity(2 * text.len());
    let mut rest = text;
    while let Some((before, place)) = rest.split_once("{{")
        && let Some((name, after)) = place.split_once("}}")
    {
        filled.push_str(before);
        fill(name, &mut filled);
        rest = after;
    }
    filled.push_str(rest);
    filled
}
