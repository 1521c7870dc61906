//! Identifiers: opaque, printable, safe in keys, paths, tokens and SES tags.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::text::Invalid;

/// Longest identifier, in bytes.
pub const MAX_LEN: usize = 128;

/// Longest name of a request, in bytes: those that mailed links sign hold an identifier or two of
/// the outside.
pub const REQUEST_MAX_LEN: usize = 320;

/// Checks an identifier of the outside: `[A-Za-z0-9._-]{1,128}`.
fn check(id: String, longest: usize) -> Result<String, Invalid> {
    let printable = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    if id.is_empty() || id.len() > longest || !id.bytes().all(printable) {
        return Err(Invalid(
            "an identifier is 1 to 128 letters, digits, dots, underscores or hyphens",
        ));
    }
    Ok(id)
}

/// True if a text can be an identifier of the outside.
#[must_use]
pub fn is_id(text: &str) -> bool {
    check(text.to_owned(), MAX_LEN).is_ok()
}

/// 22 characters of base64url that stand for these parts, in this order: the first 132 bits of
/// their SHA-256.
#[must_use]
pub fn digest(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    let all = base64::Engine::encode(
        &base64::engine::general_purpose::URL_SAFE_NO_PAD,
        digest.finalize(),
    );
    all[..22].to_owned()
}

/// True if a text looks like one that [`digest`] made.
#[must_use]
pub fn is_digest(text: &str) -> bool {
    text.len() == 22
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident [$longest:expr])*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Takes `[A-Za-z0-9._-]` up to its length, refuses anything else.
            pub fn parse(id: &str) -> Result<Self, Invalid> {
                check(id.to_owned(), $longest).map(Self)
            }

            /// Returns the identifier as given.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": format!("^[A-Za-z0-9._-]{{1,{}}}$", $longest) })
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;
            fn try_from(id: String) -> Result<Self, Invalid> {
                check(id, $longest).map(Self)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

id! {
    /// An agent's account.
    AccountId [MAX_LEN]
    /// A node in an organisation's tree.
    EntityId [MAX_LEN]
    /// One procurement procedure.
    ConsultationId [MAX_LEN]
    /// Recognises a fact that is sent again.
    FactKey [MAX_LEN]
    /// One request that a mailed link belongs to (change of e-mail, invitation, link).
    RequestId [REQUEST_MAX_LEN]
}

/// The person who signed in: a digest of the issuer and the subject of the authorizer's claims, so
/// that the table holds neither.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LoginId(
    #[cfg_attr(feature = "schema", schemars(extend("pattern" = "^[A-Za-z0-9_-]{43}$")))] String,
);

impl LoginId {
    /// `iss` and `sub` as the token carries them. The length of `iss` goes first, so that no two
    /// pairs share a digest.
    #[must_use]
    pub fn new(iss: &str, sub: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update((iss.len() as u64).to_be_bytes());
        hash.update(iss);
        hash.update(sub);
        Self(base64::Engine::encode(
            &base64::engine::general_purpose::URL_SAFE_NO_PAD,
            hash.finalize(),
        ))
    }

    /// Takes a digest that [`Self::new`] made.
    ///
    /// # Errors
    /// It looks like none.
    pub fn parse(digest: &str) -> Result<Self, Invalid> {
        let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        if digest.len() == 43 && digest.bytes().all(known) {
            Ok(Self(digest.to_owned()))
        } else {
            Err(Invalid("a login is 43 characters of base64url"))
        }
    }

    /// 43 characters of base64url.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for LoginId {
    type Error = Invalid;
    fn try_from(digest: String) -> Result<Self, Invalid> {
        Self::parse(&digest)
    }
}

impl From<LoginId> for String {
    fn from(login: LoginId) -> Self {
        login.0
    }
}

impl std::fmt::Display for LoginId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
