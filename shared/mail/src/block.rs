//! The building blocks of a mail, written as HTML and as plain text side by side, so that neither
//! can lack what the other says, and nothing gets into the HTML unescaped.

use vigie_domain::text::one_line;

use super::count::numbered;

/// Most values that one row shows: the rest is on the portal.
const LISTED: usize = 20;

/// A content as HTML and as text.
#[derive(Default)]
pub struct Block {
    pub html: String,
    pub text: String,
}

/// Text of the outside as one line of at most `max` characters that is never empty.
pub fn harmless(text: &str, max: usize) -> String {
    let line = one_line(text, max);
    if line.is_empty() {
        "–".to_owned()
    } else {
        line
    }
}

/// `text` with everything that HTML could take for markup, or for the end of an attribute, as
/// character references.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    let mut rest = text;
    // Hardly any text has such a character: what lies between them is copied as a whole.
    while let Some((at, reference)) = rest
        .bytes()
        .enumerate()
        .find_map(|(at, byte)| Some((at, reference(byte)?)))
    {
        escaped.push_str(&rest[..at]);
        escaped.push_str(reference);
        rest = &rest[at + 1..];
    }
    escaped.push_str(rest);
    escaped
}

/// Returns the reference for a character that is one byte and has a meaning in HTML.
fn reference(byte: u8) -> Option<&'static str> {
    match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'"' => Some("&quot;"),
        b'\'' => Some("&#39;"),
        _ => None,
    }
}

// Attributes stand between apostrophes: a quotation mark would be escaped twice on its way to SES,
// JSON within JSON.
impl Block {
    /// Adds another one below.
    pub fn append(&mut self, other: &Self) {
        self.html.push_str(&other.html);
        self.text.push_str(&other.text);
    }

    /// A row of a table: a label and its value.
    pub fn row(&mut self, label: &str, value: &str) {
        self.open(label);
        self.html.extend([escape(value).as_str(), CLOSE]);
        self.text.extend([" ", value, "\n"]);
    }

    /// A row with one value or several, and how many more there were; nothing if there is none.
    pub fn list(&mut self, [one, several]: [&str; 2], values: &[String], omitted: u32) {
        match values {
            [] => return,
            [value] if omitted == 0 => return self.row(one, value),
            _ => self.open(several),
        }
        self.html
            .push_str("<ul style='margin:0;padding:0 0 0 18px;'>");
        self.text.push('\n');
        for value in values.iter().take(LISTED) {
            self.item(value);
        }
        let left = values.len().saturating_sub(LISTED) as u64 + u64::from(omitted);
        if left > 0 {
            self.item(&format!("et {}", numbered(left, "autre")));
        }
        self.html.extend(["</ul>", CLOSE]);
    }

    /// A list on its own, all of it, and how many more there were.
    pub fn lines(&mut self, values: &[&str], omitted: u64) {
        self.html
            .push_str("<ul style='margin:0 0 16px;padding:0 0 0 18px;'>");
        for value in values {
            self.item(value);
        }
        if omitted > 0 {
            self.item(&format!("et {}", numbered(omitted, "autre")));
        }
        self.html.push_str("</ul>\n");
        self.text.push('\n');
    }

    /// A heading with a table of rows below it.
    pub fn section(&mut self, title: &str, rows: &Self) {
        self.html.extend([
            "<h2 ",
            HEADING,
            ">",
            &escape(title),
            "</h2>\n<table class='rows' aria-label='",
            &escape(title),
            "' ",
            TABLE,
            ">\n",
            &rows.html,
            "</table>\n",
        ]);
        self.text.extend([title, "\n\n", &rows.text, "\n"]);
    }

    /// A row whose value leads somewhere.
    pub fn linked_row(&mut self, label: &str, value: &str, url: &str) {
        self.open(label);
        self.html.extend([
            "<a href='",
            &escape(url),
            LINKED,
            &escape(value),
            "</a>",
            CLOSE,
        ]);
        self.text.extend([" ", value, "\n", url, "\n"]);
    }

    /// A paragraph.
    pub fn paragraph(&mut self, text: &str) {
        self.html.extend([PARAGRAPH, &escape(text), "</p>\n"]);
        self.text.extend([text, "\n\n"]);
    }

    /// The one thing to do.
    pub fn button(&mut self, label: &str, url: &str) {
        let link = [
            "<a href='",
            &escape(url),
            "' style='",
            BUTTON_LINK,
            "'>",
            &escape(label),
            "</a>",
        ]
        .concat();
        self.html.extend([BUTTON, &link, "</td></tr></table>\n"]);
        self.address(label, url);
    }

    /// Something else that can be done.
    pub fn link(&mut self, label: &str, url: &str) {
        self.html.extend([
            PARAGRAPH,
            "<a href='",
            &escape(url),
            LINKED,
            &escape(label),
            "</a></p>\n",
        ]);
        self.address(label, url);
    }

    /// Something else that can be done, in a line with the link before it.
    pub fn beside(&mut self, label: &str, url: &str) {
        self.html
            .extend([" · <a href='", &escape(url), LINKED, &escape(label), "</a>"]);
        self.address(label, url);
    }

    /// An address to copy, for who cannot use a button. The plain text has it already.
    pub fn spelt_out(&mut self, url: &str) {
        let intro = "<p style='margin:0 0 16px 0;font-size:13px;line-height:20px;'>Si le bouton ne répond pas, copiez cette adresse dans votre navigateur\u{a0}:<br><span class='address'>";
        self.html.extend([intro, &escape(url), "</span></p>\n"]);
    }

    fn open(&mut self, label: &str) {
        self.html.extend([LABEL, &escape(label), VALUE]);
        self.text.extend([label, "\u{a0}:"]);
    }

    fn item(&mut self, value: &str) {
        self.html.extend(["<li>", &escape(value), "</li>"]);
        self.text.extend(["  - ", value, "\n"]);
    }

    /// Alone on its line, so that a mail program finds where it ends.
    fn address(&mut self, label: &str, url: &str) {
        self.text.extend([label, "\u{a0}:\n", url, "\n\n"]);
    }
}

const HEADING: &str = "style='margin:20px 0 8px 0;font-size:17px;line-height:24px;color:#1b2430;'";
const TABLE: &str = "width='100%' cellpadding='0' cellspacing='0' border='0' \
    style='margin:0 0 20px 0;font-size:15px;line-height:22px;color:#1b2430;'";
// Styles stand at each element: mobile webmails drop the style sheet.
const LABEL: &str = "<tr><th scope='row' align='left' valign='top' width='190' style='padding:6px 12px 6px 0;font-weight:normal;color:#55606e;'>";
const VALUE: &str = "</th><td align='left' valign='top' style='padding:6px 0;'>";
const PARAGRAPH: &str = "<p style='margin:0 0 16px 0;'>";
const LINKED: &str = "' style='color:#1f3a5f;'>";
const CLOSE: &str = "</td></tr>\n";

/// Outlook pads the cell, everybody else the link, so that all of the button can be clicked.
const BUTTON: &str = "<table role='presentation' cellpadding='0' cellspacing='0' border='0' style='margin:0 0 16px 0;'>\
    <tr><td class='button' bgcolor='#1f3a5f' style='background-color:#1f3a5f;'>";
const BUTTON_LINK: &str =
    "display:inline-block;padding:12px 22px;color:#ffffff;font-weight:bold;text-decoration:none";

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn what_html_could_read_is_escaped_and_nothing_else() {
        for plain in ["", "É – «\u{a0}5 €\u{a0}» \u{1f916}", "100 % {{x}} \\ `"] {
            assert_eq!(escape(plain), plain);
        }
        assert_eq!(escape("<é&'ü\">"), "&lt;é&amp;&#39;ü&quot;&gt;");
        assert_eq!(
            escape("&amp;&&l'«\u{a0}a\u{a0}»"),
            "&amp;amp;&amp;&amp;l&#39;«\u{a0}a\u{a0}»"
        );
    }
}
