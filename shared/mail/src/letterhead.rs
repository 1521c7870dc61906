//! Whose mails these are: the operator's name and colour at their head, its help at their foot.

use serde_json::{Map, Value};
use vigie_domain::text::one_line;

use super::block::escape;

/// Longest name, in characters.
const NAME: usize = 64;

/// Colour at the head where the operator has none of its own.
const COLOUR: &str = "#1f3a5f";

/// Keys of the templates that every mail has the same values for.
type Keys = [(&'static str, String); 5];

/// The operator of a stack, and where its pages are.
#[derive(Clone, Debug)]
pub struct Letterhead {
    /// The address of the portal: no slash at its end, nothing that HTML would have to escape.
    pub portal_url: String,
    keys: Keys,
}

/// Particulars of an operator, each unless it has not said it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Particulars<'a> {
    /// Its name.
    pub name: Option<&'a str>,
    /// The colour of its links, such as `#1f3a5f`.
    pub colour: Option<&'a str>,
    /// The mailbox where people are helped, to which answers to mails go.
    pub mail: Option<&'a str>,
    /// The telephone number where they are.
    pub telephone: Option<&'a str>,
}

impl Letterhead {
    /// Writes what is the same in every mail.
    #[must_use]
    pub fn new(portal_url: &str, from: Particulars<'_>) -> Self {
        let name = one_line(from.name.unwrap_or_default(), NAME);
        let name = if name.is_empty() { "Vigie" } else { &name };
        let foot = foot(name, from);
        Self {
            portal_url: portal_url.to_owned(),
            keys: [
                ("operator_html", escape(name)),
                ("operator_text", name.to_owned()),
                ("colour", escape(from.colour.unwrap_or(COLOUR))),
                ("foot_html", escape(&foot)),
                ("foot_text", foot),
            ],
        }
    }

    /// Puts it into the data of a template.
    pub(crate) fn put(&self, data: &mut Map<String, Value>) {
        let keys = self.keys.iter();
        data.extend(keys.map(|(key, text)| ((*key).to_owned(), Value::String(text.clone()))));
    }
}

fn foot(name: &str, from: Particulars<'_>) -> String {
    let telephone = from
        .telephone
        .map(|telephone| format!(", ou appelez le {telephone}"));
    match from.mail {
        Some(mail) => format!(
            "Message envoyé automatiquement par {name}. Besoin d’aide\u{a0}? Écrivez à {mail}{}.",
            telephone.unwrap_or_default()
        ),
        None => format!("Message envoyé automatiquement par {name}, merci de ne pas y répondre."),
    }
}
