//! Pages that a public body owes whoever visits its site, made of the operator's particulars:
//! legal notice, personal data, accessibility, help. They need no sign-in and no script.

pub mod accessibility;
mod data;
mod help;
mod html;
mod legal;
pub mod stored;

use vigie_http::{Call, Reply};

pub(crate) use html::Html;

/// A public page.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Public {
    Legal,
    Data,
    Accessibility,
    Help,
}

/// Facts that the stack's template says of itself, for the pages to say.
#[derive(Clone, Debug)]
pub struct Stack {
    /// The region of the cloud.
    pub region: String,
    /// Days that logs are kept.
    pub log_days: u32,
}

impl Public {
    /// Returns the page.
    pub(crate) fn reply(self, call: &Call, stack: &Stack) -> Reply {
        let operator = &call.site.operator;
        let (heading, content) = match self {
            Self::Legal => ("Mentions légales", legal::content(operator, stack)),
            Self::Data => ("Données personnelles", data::content(operator, stack)),
            Self::Accessibility => (
                "Déclaration d’accessibilité",
                accessibility::content(&call.site, call.now),
            ),
            Self::Help => ("Aide", help::content(&call.site)),
        };
        call.page(heading, &content)
    }
}
