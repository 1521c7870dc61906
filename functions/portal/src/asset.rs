//! Files that the pages load: their names hold a hash of their content, and each comes in every
//! encoding that a browser may take. The style sheet ends with the operator's colours.

use vigie_operator::colour::Sheet;

/// A file as the bundler left it. Made by `functions/portal/web/build.mjs`.
#[derive(Debug)]
pub(crate) struct Asset {
    /// Its name, with the hash.
    name: &'static str,
    /// Its media type.
    pub(crate) content_type: &'static str,
    plain: &'static [u8],
    brotli: &'static [u8],
    gzip: &'static [u8],
}

/// The style sheet as the bundler left it. Made by `functions/portal/web/build.mjs`.
struct StyleFile {
    /// Its name without the extension, with the hash.
    name: &'static str,
    plain: &'static [u8],
    /// A stream that has not ended, so that more can follow.
    brotli: &'static [u8],
}

/// A page as the bundler left it: its address and its HTML.
pub(crate) type PageFile = (&'static str, &'static str);

include!("../web/dist/files.rs");

/// Returns the asset of this name.
pub(crate) fn get(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

/// Returns the HTML of a page, by the name of its source.
pub(crate) fn page(name: &str) -> &'static str {
    PAGES
        .iter()
        .find(|(page, _)| *page == name)
        .map_or("", |(_, html)| html)
}

/// The style sheet with the operator's colours: one request, and not two.
#[derive(Clone, Debug)]
pub(crate) struct Style {
    pub(crate) name: String,
    plain: Vec<u8>,
    brotli: Vec<u8>,
}

impl Style {
    /// Puts the colours behind the rules that they take the place of.
    pub(crate) fn new(sheet: Option<&Sheet>) -> Self {
        let (end, css) = sheet.map_or(("", ""), |sheet| (&sheet.name, &sheet.css));
        Self {
            name: format!("{}{end}.css", STYLE.name),
            plain: [STYLE.plain, css.as_bytes()].concat(),
            brotli: [STYLE.brotli, &ended(css.as_bytes())].concat(),
        }
    }

    /// Returns its smallest form that the asker takes, and the name of the encoding, if it has one.
    pub(crate) fn encoded(&self, accept_encoding: &str) -> (&[u8], Option<&'static str>) {
        if takes(accept_encoding, "br") {
            (&self.brotli, Some("br"))
        } else {
            (&self.plain, None)
        }
    }
}

/// Returns the end of a brotli stream that stands at a byte's boundary, with at most 64 KiB as they
/// are: an uncompressed meta-block, and the empty last one (RFC 7932, 9.2).
fn ended(bytes: &[u8]) -> Vec<u8> {
    const UNCOMPRESSED: u32 = 1 << 19;
    const LAST: &[u8] = &[0b11];
    let Some(length) = u16::try_from(bytes.len())
        .ok()
        .and_then(|length| length.checked_sub(1))
    else {
        return LAST.to_vec();
    };
    let [first, second, third, _] = (UNCOMPRESSED | u32::from(length) << 3).to_le_bytes();
    [&[first, second, third], bytes, LAST].concat()
}

impl Asset {
    /// Returns its smallest form that the asker takes, and the name of the encoding, if it has one.
    pub(crate) fn encoded(&self, accept_encoding: &str) -> (&'static [u8], Option<&'static str>) {
        for (name, bytes) in [("br", self.brotli), ("gzip", self.gzip)] {
            if takes(accept_encoding, name) {
                return (bytes, Some(name));
            }
        }
        (self.plain, None)
    }
}

/// Tells if an `Accept-Encoding` (RFC 9110, 12.5.3) takes an encoding by its name; `*` is not
/// relied on.
fn takes(accept_encoding: &str, wanted: &str) -> bool {
    accept_encoding.split(',').any(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let named = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(wanted));
        let weight = parts
            .find_map(|part| part.strip_prefix("q="))
            .map_or(Ok(1.0), str::parse::<f32>);
        named && weight.is_ok_and(|weight| weight > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::takes;

    #[test]
    fn an_encoding_is_taken_if_it_is_named_and_not_refused() {
        for header in [
            "br",
            "gzip, deflate, br",
            "BR;q=0.5",
            "gzip;q=0, br ; q=1.0",
        ] {
            assert!(takes(header, "br"), "{header}");
        }
        for header in [
            "",
            "*",
            "gzip",
            "br;q=0",
            "br;q=0.0",
            "br; q=nothing",
            "brotli",
        ] {
            assert!(!takes(header, "br"), "{header}");
        }
    }
}
