//! Files that the pages load: their names hold a hash of their content, and each comes in every
//! encoding that a browser may take.

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

    /// Returns its name without the extension as an entity tag: it holds the hash.
    pub(crate) fn etag(&self) -> String {
        format!("\"{}\"", self.name)
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
