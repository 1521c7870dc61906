//! HTML in the making: texts of ours and of the operator's, each escaped.

use vigie_domain::text::{Text, untrusted::ExternalUrl};
use vigie_http::site::{escape, mailto, or_missing};

/// A part of a page.
#[derive(Default)]
pub(crate) struct Html(String);

impl Html {
    /// Returns it as text.
    pub(crate) fn into_string(self) -> String {
        self.0
    }

    /// A heading.
    pub(crate) fn heading(&mut self, text: &str) {
        self.element("h2", &escape(&set(text)));
    }

    /// A heading of a part.
    pub(crate) fn part(&mut self, text: &str) {
        self.element("h3", &escape(&set(text)));
    }

    /// A paragraph.
    pub(crate) fn paragraph(&mut self, text: &str) {
        self.element("p", &escape(&set(text)));
    }

    /// A paragraph that is HTML already.
    pub(crate) fn raw(&mut self, html: &str) {
        self.element("p", html);
    }

    /// A list of texts.
    pub(crate) fn list<'t>(&mut self, items: impl IntoIterator<Item = &'t str>) {
        self.0.push_str("<ul>\n");
        for item in items {
            self.element("li", &escape(&set(item)));
        }
        self.0.push_str("</ul>\n");
    }

    /// A list of names, each with its value as HTML.
    pub(crate) fn rows(&mut self, rows: &[(&str, String)]) {
        self.0.push_str("<dl>\n");
        for (name, value) in rows {
            self.element("dt", &escape(name));
            self.element("dd", value);
        }
        self.0.push_str("</dl>\n");
    }

    /// A table of texts, with the name that tells what it is of.
    pub(crate) fn table<const N: usize>(
        &mut self,
        caption: &str,
        heads: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) {
        // Wider than a phone: it is scrolled by itself, by keys too.
        let label = escape(&set(caption));
        self.0.extend([
            "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"",
            &label,
            "\">\n<table>\n",
        ]);
        self.element("caption", &label);
        self.0.push_str("<thead><tr>");
        for head in heads {
            self.element("th scope=\"col\"", &escape(head));
        }
        self.0.push_str("</tr></thead>\n<tbody>\n");
        for row in rows {
            self.0.push_str("<tr>");
            let tags = std::iter::once("th scope=\"row\"").chain(std::iter::repeat("td"));
            for (tag, cell) in tags.zip(row) {
                self.element(tag, &escape(&set(&cell)));
            }
            self.0.push_str("</tr>\n");
        }
        self.0.push_str("</tbody>\n</table>\n</div>\n");
    }

    fn element(&mut self, tag: &str, html: &str) {
        let name = tag.split(' ').next().unwrap_or(tag);
        self.0.extend(["<", tag, ">", html, "</", name, ">\n"]);
    }
}

/// Returns a text of ours with the spaces that French has before and within its signs
/// (`shared/typography.json`).
fn set(text: &str) -> String {
    let signs = [" :", " ;", " ?", " !", " »", " %"];
    let text = signs.iter().fold(text.to_owned(), |text, sign| {
        text.replace(sign, &sign.replace(' ', "\u{a0}"))
    });
    text.replace("« ", "«\u{a0}")
}

/// Returns a text of the operator's, or that it lacks.
pub(crate) fn said<const MAX: usize>(text: Option<&Text<MAX>>) -> String {
    or_missing(text.map(|text| escape(text)))
}

/// Returns the link to a mailbox of the operator's, or that it lacks.
pub(crate) fn mailbox(address: Option<&vigie_domain::contact::email::Email>) -> String {
    or_missing(address.map(|address| mailto(address.as_str())))
}

/// Returns a link of the operator's under a name of ours, or that it lacks.
pub(crate) fn linked(name: &str, url: Option<&ExternalUrl>) -> String {
    let url = url.map(|url| escape(url.as_str()));
    or_missing(url.map(|url| format!("<a href=\"{url}\">{}</a>", escape(name))))
}
