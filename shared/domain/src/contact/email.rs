//! E-mail addresses in the one spelling under which they are compared, stored and written to.

use std::fmt;

use email_address::{EmailAddress, Options};
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::{
    id::{digest, is_digest},
    text::{Invalid, trim_unseen},
};

/// An e-mail address that SES delivers to, normalised: equal addresses are equal strings.
///
/// Two spellings that differ only in letter case, surrounding space, Unicode form or the IDN form
/// of the domain are the same address (the customer's rule). The result is ASCII, and parsing it
/// again gives itself.
///
/// Its `Debug` form hides the address, because logs must not hold addresses.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

impl Email {
    /// Longest address that fits an SMTP path (RFC 5321 section 4.5.3.1.3, without the angle
    /// brackets).
    pub const MAX_BYTES: usize = 254;
    /// Longest local part (RFC 5321 section 4.5.3.1.1).
    pub const MAX_LOCAL_BYTES: usize = 64;
    /// More than any spelling of an acceptable address needs; spares the normalisation of a whole
    /// request body.
    const MAX_INPUT_BYTES: usize = 2048;

    /// The address, normalised.
    ///
    /// # Errors
    /// It is not an address, or one that SES does not deliver to.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = trim_unseen(text);
        if text.is_empty() {
            return Err(Invalid("must not be empty"));
        }
        if text.len() > Self::MAX_INPUT_BYTES {
            return Err(TOO_LONG);
        }
        // Only "@" itself separates: its fullwidth form belongs to no address.
        let (local, domain) = text.rsplit_once('@').ok_or(NOT_AN_ADDRESS)?;
        let address = format!(
            "{}@{}",
            normalised_local(local)?,
            normalised_domain(domain)?
        );
        if address.len() > Self::MAX_BYTES {
            return Err(TOO_LONG);
        }
        let options = Options::default()
            .with_required_tld()
            .without_domain_literal()
            .without_display_text();
        EmailAddress::parse_with_options(&address, options).map_err(|_| NOT_AN_ADDRESS)?;
        Ok(Self(address))
    }

    /// The normalised address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the digest that stands for it where it must not be kept.
    #[must_use]
    pub fn digest(&self) -> AddressDigest {
        AddressDigest(digest(&["address", &self.0]))
    }

    /// Returns the digest of the mailbox that counts for it: what stands behind a `+` is a name
    /// that its owner made up, so `name+tag@` is `name@`.
    #[must_use]
    pub fn mailbox(&self) -> AddressDigest {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or((&self.0, ""));
        let untagged = local.split_once('+').map_or(local, |(name, _)| name);
        if untagged.is_empty() {
            self.digest()
        } else {
            AddressDigest(digest(&["address", &format!("{untagged}@{domain}")]))
        }
    }

    /// The domain, its internationalised labels in their ASCII form (`xn--…`).
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

/// Recognises an address without its being written down: 132 bits of its SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AddressDigest(String);

impl AddressDigest {
    /// Reads a digest.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(digest: &str) -> Result<Self, Invalid> {
        if is_digest(digest) {
            Ok(Self(digest.to_owned()))
        } else {
            Err(Invalid("is no digest of an address"))
        }
    }

    /// 22 characters of base64url.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AddressDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const NOT_AN_ADDRESS: Invalid = Invalid("is not an e-mail address");
const TOO_LONG: Invalid = Invalid("is too long for an e-mail address");

fn normalised_local(local: &str) -> Result<String, Invalid> {
    let mut local: String = local.nfc().collect();
    if !local.is_ascii() {
        return Err(Invalid(
            "must have only ASCII characters before the @: mail to others cannot be delivered",
        ));
    }
    if local.len() > Email::MAX_LOCAL_BYTES {
        return Err(Invalid("must have at most 64 characters before the @"));
    }
    // "a"@b.fr and a@b.fr are one mailbox under two spellings, so the quoted form is refused
    // altogether.
    if local.contains('"') {
        return Err(Invalid("must not have quotation marks before the @"));
    }
    local.make_ascii_lowercase();
    Ok(local)
}

/// UTS #46 maps letter case, Unicode form, compatibility characters and ideographic full stops, and
/// is not to be preceded by a lower-casing of our own: `str::to_lowercase` knows a final sigma,
/// which is another domain.
fn normalised_domain(domain: &str) -> Result<String, Invalid> {
    let domain = Uts46::new()
        .to_ascii(
            domain.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::CheckFirstLast,
            DnsLength::Verify,
        )
        .map_err(|_| Invalid("has no valid domain after the @"))?;
    match domain.rsplit_once('.') {
        None => Err(Invalid("must have a full domain after the @")),
        // An all-numeric last label is an IP address (RFC 3696 section 2).
        Some((_, last)) if last.bytes().all(|b| b.is_ascii_digit()) => Err(Invalid(
            "must have a domain name after the @, not an IP address",
        )),
        Some(_) => Ok(domain.into_owned()),
    }
}

impl TryFrom<String> for Email {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl std::str::FromStr for Email {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

impl AsRef<str> for Email {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Email {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Email".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "email", "maxLength": Email::MAX_BYTES })
    }
}
