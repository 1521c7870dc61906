//! The building blocks of a mail, written as HTML and as plain text side by side, so that neither can lack what the other
//! says, and nothing gets into the HTML unescaped.

use vigie_domain::text::one_line;

/// Most entries of a list that are shown: the rest is on the portal.
const LISTED: usize = 20;

/// The same content twice.
#[derive(Default)]
pub struct Block {
    pub html: String,
    pub text: String,
}

/// Text of the outside as one line of at most `max` characters that is never empty.
pub fn harmless(text: &str, max: usize) -> String {
    let line = one_line(text, max);
    if line.is_empty() { "–".to_owned() } else { line }
}

/// `text` with everything that HTML could take for markup, or for the end of an attribute, as character references.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

// Attributes stand between apostrophes: a quotation mark would be escaped twice on its way to SES, JSON within JSON.
impl Block {
    /// A row of a table: what, and its value.
    pub fn row(&mut self, label: &str, value: &str) {
        self.open(label);
        self.html.push_str(&escape(value));
        self.html.push_str(CLOSE);
        self.text.push(' ');
        self.text.push_str(value);
        self.text.push('\n');
    }

    /// A row with several values; nothing if there is none. `more` says what the values are, when some are left out.
    pub fn list<T: AsRef<str>>(&mut self, label: &str, values: &[T], more: &str) {
        if let [] | [_] = values {
            values.iter().for_each(|value| self.row(label, value.as_ref()));
            return;
        }
        self.open(label);
        self.html.push_str("<ul>");
        self.text.push('\n');
        for value in values.iter().take(LISTED) {
            self.item(value.as_ref());
        }
        if let Some(left @ 1..) = values.len().checked_sub(LISTED) {
            self.item(&format!("et {left} {more}"));
        }
        self.html.push_str("</ul>");
        self.html.push_str(CLOSE);
    }

    /// A paragraph.
    pub fn paragraph(&mut self, text: &str) {
        self.html.push_str("<p>");
        self.html.push_str(&escape(text));
        self.html.push_str("</p>\n");
        self.text.push_str(text);
        self.text.push_str("\n\n");
    }

    /// The one thing to do.
    pub fn button(&mut self, label: &str, url: &str) {
        // Outlook pads the cell, everybody else the link, so that all of the button can be clicked.
        self.html.push_str("<table role='presentation' cellpadding='0' cellspacing='0' border='0'><tr><td class='button' bgcolor='#1f3a5f'>");
        self.html.push_str(&format!("<a href='{}' style='{BUTTON}'>{}</a>", escape(url), escape(label)));
        self.html.push_str("</td></tr></table>\n");
        self.address(label, url);
    }

    /// Something else that can be done.
    pub fn link(&mut self, label: &str, url: &str) {
        self.html.push_str(&format!("<p><a href='{}'>{}</a></p>\n", escape(url), escape(label)));
        self.address(label, url);
    }

    /// An address to copy, for who cannot use a button. The plain text has it already.
    pub fn spelt_out(&mut self, url: &str) {
        self.html.push_str("<p class='small'>Si le bouton ne répond pas, copiez cette adresse dans votre navigateur\u{a0}:<br>");
        self.html.push_str(&escape(url));
        self.html.push_str("</p>\n");
    }

    fn open(&mut self, label: &str) {
        self.html.push_str("<tr><th scope='row' align='left' valign='top'>");
        self.html.push_str(&escape(label));
        self.html.push_str("</th><td valign='top'>");
        self.text.push_str(label);
        self.text.push_str("\u{a0}:");
    }

    fn item(&mut self, value: &str) {
        self.html.push_str(&format!("<li>{}</li>", escape(value)));
        self.text.push_str(&format!("  - {value}\n"));
    }

    /// Alone on its line, so that a mail program finds where it ends.
    fn address(&mut self, label: &str, url: &str) {
        self.text.push_str(&format!("{label}\u{a0}:\n{url}\n\n"));
    }
}

const CLOSE: &str = "</td></tr>\n";
const BUTTON: &str = "display:inline-block;padding:12px 22px;color:#ffffff;font-weight:bold;text-decoration:none";
