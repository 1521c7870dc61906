//! The site that all pages belong to, whichever function serves them: the operator's name, colour
//! and help, and the links that the law wants on each.

use std::fmt::Write as _;

use jiff::Timestamp;
use vigie_domain::{paris, text::template::filled};
use vigie_operator::{
    Guide, MISSING, Operator,
    audit::{REDESIGNED, RGAA, State, state},
    colour::Sheet,
};

/// The operator and the audience of people's tokens, by which every answer of a function goes.
#[derive(Debug)]
pub struct Site {
    /// The audience.
    pub audience: String,
    /// The operator.
    pub operator: Operator,
    /// The style sheet of its colours.
    pub sheet: Option<Sheet>,
}

/// Addresses and names of the pages that every page leads to, beside that of accessibility.
const LEGAL: [(&str, &str); 3] = [
    ("/mentions-legales", "Mentions légales"),
    ("/donnees-personnelles", "Données personnelles"),
    ("/aide", "Aide"),
];

impl Site {
    /// From its parts.
    #[must_use]
    pub fn new(audience: impl Into<String>, operator: Operator) -> Self {
        Self {
            audience: audience.into(),
            sheet: operator.colours.map(|colours| colours.sheet()),
            operator,
        }
    }

    /// Returns what the operator has to say of its accessibility.
    #[must_use]
    pub fn accessibility(&self, now: Timestamp) -> State {
        let audit = self.operator.accessibility.audit.as_ref();
        state(audit, RGAA, REDESIGNED, paris::day(now))
    }

    /// Returns a page of the bundle with the operator's particulars in their places, and with what
    /// else it has places for. Values are HTML.
    #[must_use]
    pub fn dressed(&self, html: &str, now: Timestamp, own: &[(&str, &str)]) -> String {
        filled(html, |name, page| match name {
            "operator" => page.push_str(&escape(self.operator.shown_name())),
            "logo" => page.push_str(&self.logo()),
            "colours" => page.extend(self.sheet.as_ref().map(|sheet| sheet.name.as_str())),
            "footer" => page.push_str(&self.footer(now)),
            name => page.extend(own.iter().find(|(own, _)| *own == name).map(|own| own.1)),
        })
    }

    fn logo(&self) -> String {
        let logo = self.operator.logo.as_ref();
        logo.map(|logo| {
            format!(
                "<img src=\"{}\" alt=\"\" width=\"28\" height=\"28\">",
                logo.as_str()
            )
        })
        .unwrap_or_default()
    }

    /// Returns the block « Besoin de plus d'aide ? » of the guide, and the four links.
    fn footer(&self, now: Timestamp) -> String {
        let mut html = format!(
            "<div class=\"help\">\n<h2>Besoin de plus d’aide\u{a0}?</h2>\n{}</div>\n<ul class=\"legal\">\n",
            self.help()
        );
        let state = self.accessibility(now).words();
        let accessibility = ("/accessibilite", format!("Accessibilité\u{a0}: {state}"));
        let links = LEGAL.map(|(path, name)| (path, name.to_owned()));
        for (path, name) in std::iter::once(accessibility).chain(links) {
            let _ = writeln!(html, "<li><a href=\"{path}\">{name}</a></li>");
        }
        html.push_str("<li>Vigie</li>\n</ul>\n");
        html
    }

    /// Returns where people are helped, as HTML.
    #[must_use]
    pub fn help(&self) -> String {
        let help = &self.operator.help;
        let mut html = String::from("<p>");
        html.push_str(&or_missing(help.telephone.as_ref().map(|number| {
            let digits: String = number
                .chars()
                .filter(|c| c.is_ascii_digit() || *c == '+')
                .collect();
            format!("<a href=\"tel:{digits}\">{}</a>", escape(number))
        })));
        let _ = write!(
            html,
            ", {}",
            or_missing(help.hours.as_ref().map(|hours| escape(hours)))
        );
        let mail = help.mail.as_ref().map(|mail| mailto(mail.as_str()));
        let _ = write!(html, " · {}", or_missing(mail));
        for (guide, url) in &help.guides {
            // Those of a section are shown by the page, once it is there.
            let of = (*guide != Guide::General)
                .then(|| format!(" data-guide=\"{}\" hidden", guide.section()));
            let _ = write!(
                html,
                "<span{}> · <a href=\"{}\">{}</a></span>",
                of.unwrap_or_default(),
                escape(url.as_str()),
                guide.title()
            );
        }
        html.push_str("</p>\n");
        html
    }
}

/// Returns a value, or that the operator has not given it.
#[must_use]
pub fn or_missing(html: Option<String>) -> String {
    html.unwrap_or_else(|| format!("<em>{MISSING}</em>"))
}

/// Returns the link to a mailbox.
#[must_use]
pub fn mailto(address: &str) -> String {
    let address = escape(address);
    format!("<a href=\"mailto:{address}\">{address}</a>")
}

/// Returns a text as HTML has it, also between the quotation marks of an attribute.
#[must_use]
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
