//! What the pages load.

use std::fmt::Write;

use sha2::{Digest, Sha256};

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// File name, media type, content.
const FILES: &[(&str, &str, &str)] = &[
    ("style.css", CSS, include_str!("../assets/style.css")),
    ("icon.svg", SVG, include_str!("../assets/icon.svg")),
    ("link.js", JAVASCRIPT, include_str!("../assets/link.js")),
    ("confirm.js", JAVASCRIPT, include_str!("../assets/confirm.js")),
    ("sign-in.js", JAVASCRIPT, include_str!("../assets/sign-in.js")),
    ("invitation.js", JAVASCRIPT, include_str!("../assets/invitation.js")),
    ("accept-link.js", JAVASCRIPT, include_str!("../assets/accept-link.js")),
    ("delegation.js", JAVASCRIPT, include_str!("../assets/delegation.js")),
    ("oidc-client-ts.min.js", JAVASCRIPT, include_str!("../assets/vendor/oidc-client-ts.min.js")),
];

/// Where an address of an asset names its version.
const UNVERSIONED: &str = "?v=0";

/// A file that a page loads.
#[derive(Clone, Debug)]
pub(crate) struct Asset {
    name: &'static str,
    /// Its media type.
    pub(crate) content_type: &'static str,
    /// Its content.
    pub(crate) body: String,
}

/// All of them, under one version.
#[derive(Clone, Debug)]
pub(crate) struct Assets {
    version: String,
    files: Vec<Asset>,
}

impl Assets {
    /// Those compiled in. The version is a hash of all, because scripts import each other.
    pub(crate) fn load() -> Self {
        let mut hash = Sha256::new();
        for (_, _, body) in FILES {
            hash.update(body);
        }
        let mut version = String::new();
        for byte in hash.finalize().iter().take(8) {
            // Writing to a string cannot fail.
            let _ = write!(version, "{byte:02x}");
        }
        let files =
            FILES.iter().map(|&(name, content_type, body)| Asset { name, content_type, body: with_version(body, &version) }).collect();
        Self { version, files }
    }

    /// The one of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Asset> {
        self.files.iter().find(|asset| asset.name == name)
    }

    /// Their version.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// Their version as an entity tag.
    pub(crate) fn etag(&self) -> String {
        format!("\"{}\"", self.version)
    }

    /// A text whose addresses of assets name the version.
    pub(crate) fn versioned(&self, text: &str) -> String {
        with_version(text, &self.version)
    }
}

fn with_version(text: &str, version: &str) -> String {
    text.replace(UNVERSIONED, &format!("?v={version}"))
}
