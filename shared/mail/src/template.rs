//! Templates that SES and [`Content::render`] fill in the same way: each exact `{{key}}` is
//! replaced by its value, once.
//!
//! Handlebars is used only as far as real SES and the local stand-ins agree on it: no blocks, no
//! helpers, no escaping. Hence outside text stands only in the data, made harmless for the part
//! that it goes to, and every key is always present.

use serde_json::{Map, Value};
use vigie_domain::text::template::filled;

/// The fixed text around the values of a mail.
#[derive(Debug)]
pub struct Template {
    /// Subject line.
    pub subject: &'static str,
    /// Plain text.
    pub text: &'static str,
    /// HTML.
    pub html: &'static str,
}

/// An alert about a consultation.
pub(super) static ALERT: Template = Template {
    subject: "{{subject}}",
    text: include_str!("layout/alert.txt"),
    html: concat!(
        include_str!("layout/top.html"),
        include_str!("layout/alert.html"),
        include_str!("layout/bottom.html")
    ),
};

/// The template for facts on several consultations.
pub(super) static DAILY: Template = Template {
    subject: "{{subject}}",
    text: include_str!("layout/daily.txt"),
    html: concat!(
        include_str!("layout/top.html"),
        include_str!("layout/daily.html"),
        include_str!("layout/bottom.html")
    ),
};

/// A mail about the account itself.
pub(super) static ACCOUNT: Template = Template {
    subject: "{{subject}}",
    text: include_str!("layout/account.txt"),
    html: concat!(
        include_str!("layout/top.html"),
        include_str!("layout/account.html"),
        include_str!("layout/bottom.html")
    ),
};

/// A template and one recipient's values. Has no `Debug` form: the values hold names and links.
pub struct Content {
    /// The template that is filled in.
    pub template: &'static Template,
    /// A text for every key of the template.
    pub data: Map<String, Value>,
}

/// A mail as it arrives. Has no `Debug` form: it holds names and links.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line of at most 200 characters.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML.
    pub html: String,
}

impl Content {
    /// The mail, as SES would make it.
    #[must_use]
    pub fn render(&self) -> Rendered {
        let fill = |part| fill(part, &self.data);
        Rendered {
            subject: fill(self.template.subject),
            text: fill(self.template.text),
            html: fill(self.template.html),
        }
    }
}

fn fill(part: &str, data: &Map<String, Value>) -> String {
    filled(part, |key, text| {
        text.push_str(data.get(key).and_then(Value::as_str).unwrap_or_default());
    })
}
