//! Text and links from events: kept as they came, bounded, and made harmless only where they become
//! a mail.

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::text::Invalid;

/// Text of the outside of at most `MAX` characters, otherwise as it came: markup, braces, line
/// breaks and all. A number is taken as its digits (lots, levels and editions are numbered or
/// named, as buyers like).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "String")
)]
pub struct Untrusted<const MAX: usize>(String);

impl<const MAX: usize> Untrusted<MAX> {
    /// The text, if it is not longer than `MAX` characters.
    pub fn new(text: String) -> Result<Self, Invalid> {
        if text.len() > MAX && text.chars().count() > MAX {
            return Err(Invalid("text is too long"));
        }
        Ok(Self(text))
    }

    /// Returns the text as it came.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Untrusted<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<const MAX: usize>;
        impl<const MAX: usize> de::Visitor<'_> for Visitor<MAX> {
            type Value = Untrusted<MAX>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("text")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                self.visit_string(text.to_owned())
            }
            fn visit_string<E: de::Error>(self, text: String) -> Result<Self::Value, E> {
                Untrusted::new(text).map_err(E::custom)
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
                self.visit_string(number.to_string())
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
                self.visit_string(number.to_string())
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl<const MAX: usize> std::fmt::Display for Untrusted<MAX> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Longest URL, in bytes.
const MAX_URL: usize = 2048;

/// An `http` or `https` URL of printable ASCII, at most 2,048 bytes: safe in a mail once escaped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "String")
)]
pub struct ExternalUrl(String);

impl TryFrom<String> for ExternalUrl {
    type Error = Invalid;
    fn try_from(link: String) -> Result<Self, Invalid> {
        let rest = link
            .strip_prefix("https://")
            .or_else(|| link.strip_prefix("http://"));
        let printable = link.bytes().all(|b| {
            b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`')
        });
        if link.len() > MAX_URL || !printable || rest.is_none_or(str::is_empty) {
            return Err(Invalid(
                "a link is an http or https URL of at most 2,048 printable ASCII characters",
            ));
        }
        Ok(Self(link))
    }
}

impl From<ExternalUrl> for String {
    fn from(link: ExternalUrl) -> Self {
        link.0
    }
}

impl ExternalUrl {
    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
