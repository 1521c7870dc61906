//! Addresses of web pages in what people type. Mail programs make links of them, so that a name could lead its reader astray.

/// Top-level domains by which programs make a link of a bare `name.tld`: those of the web's most used sites and of the French-speaking
/// world. What is missing here is still caught after `www.`, `://` and before a slash.
const TLDS: &[&str] = &[
    "ai", "alsace", "app", "asia", "at", "be", "best", "biz", "br", "bzh", "ca", "cat", "cc", "ch", "cloud", "club", "cn", "co", "com",
    "corsica", "cz", "dev", "dk", "edu", "es", "eu", "fi", "fr", "gf", "gl", "gov", "gp", "gq", "help", "hu", "icu", "id", "ie", "in",
    "info", "int", "io", "ir", "is", "jobs", "jp", "link", "live", "lol", "lu", "ly", "ma", "mc", "mg", "mil", "ml", "mobi", "mq", "mu",
    "nc", "net", "news", "ng", "nl", "nu", "online", "org", "ovh", "page", "paris", "pf", "pl", "pm", "pro", "pt", "pw", "re", "ro", "ru",
    "se", "sh", "shop", "site", "sk", "sn", "space", "store", "su", "support", "tech", "tel", "tf", "tk", "tn", "to", "today", "top", "tv",
    "ua", "uk", "us", "vip", "website", "wf", "wiki", "win", "work", "world", "ws", "xn", "xxx", "xyz", "yt", "za", "zip", "zone",
];

/// Top-level domains that are words of names too: `M.de La Tour`, `J.de`, `St.me`.
const ALSO_WORDS: &[&str] = &["de", "la", "li", "me", "st", "al", "do", "el", "it", "va", "vu"];

/// Returns whether a text has what a mail program would make a link of.
#[must_use]
pub fn has_address(text: &str) -> bool {
    // Fullwidth and ideographic full stops are dots to a browser.
    let text: String = text.chars().map(|c| if matches!(c, '\u{3002}' | '\u{ff0e}' | '\u{ff61}') { '.' } else { c }).collect();
    let lower = text.to_lowercase();
    ["://", "www.", "http:", "https:", "mailto:", "javascript:"].iter().any(|sign| lower.contains(sign))
        || lower.split(|c: char| c.is_whitespace() || ",;()<>[]{}\"'«»|".contains(c)).any(is_address)
}

/// Returns whether a word reads as `name.tld`, with or without what may follow.
fn is_address(word: &str) -> bool {
    let host = word.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let goes_on = host.len() < word.len() && word[host.len()..].starts_with('/') && word.len() > host.len() + 1;
    // An e-mail address is one too.
    let (user, host) = host.rsplit_once('@').map_or((None, host), |(user, host)| (Some(user), host));
    let labels: Vec<&str> = host.trim_end_matches(['.', '!']).split('.').collect();
    let [.., name, tld] = labels.as_slice() else { return false };
    let label = |label: &&str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    if !labels.iter().all(label) {
        return false;
    }
    let address_of_machine = labels.len() == 4 && labels.iter().all(|label| label.parse::<u8>().is_ok());
    let is_tld = tld.chars().count() >= 2 && tld.chars().all(char::is_alphabetic);
    address_of_machine
        || (is_tld && (user.is_some_and(|user| !user.is_empty()) || goes_on || TLDS.contains(tld)))
        || (ALSO_WORDS.contains(tld) && name.chars().count() >= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found() {
        for text in [
            "www.evil.example",
            "https://x",
            "HTTP://X.FR",
            "Voir http:evil",
            "evil.com",
            "Jean evil.COM Dupont",
            "x.fr",
            "t.co/abc",
            "Martin (evil.xyz)",
            "jean@evil.example",
            "evil.fr/login",
            "gagnez.online",
            "evil\u{3002}com",
            "1.2.3.4",
            "a.b.c.info",
            "evil.fr.",
            "evil.de",
            "evil.example/a",
            "javascript:alert(1)",
        ] {
            assert!(has_address(text), "{text}");
        }
    }

    #[test]
    fn names_are_none() {
        for text in [
            "Jean-Paul Martin",
            "J.-P. Martin",
            "M.Dupont",
            "M. Dupont",
            "M.de La Tour",
            "M.DE LA TOUR",
            "S.A.R.L.",
            "St. Pierre",
            "Dr.Who",
            "O'Brien",
            "Direction 2.0",
            "1er étage, bât. B",
            "n° 4.5",
            "Ing.Travaux",
            "A.B.C.",
            "12/05",
            "Service eau/assainissement",
            "Mme.Durand",
            "J.R.R. Tolkien",
            "Ville de Colmar",
            "D.S.I.",
            "Resp. achats",
            "3.14",
            "et/ou",
            "Chargé(e) d'affaires",
        ] {
            assert!(!has_address(text), "{text}");
        }
    }
}
