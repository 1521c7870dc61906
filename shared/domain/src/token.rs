//! Tokens of mailed links: purpose, account, request and an HMAC over them. No token is stored: the
//! key makes the same token again, and a request that the account no longer knows voids it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::SignedDuration;
use sha2::Sha256;

use crate::id::{AccountId, ConsultationId, RequestId};

/// Time for which a mailed link that asks for something works (docs/domain.md, "Contact details").
pub const LINK_LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The purpose of a link. Its letter goes into the token, so a link for one thing never does
/// another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Confirm a new e-mail address.
    Confirmation,
    /// Bind a login to an invited account.
    Invitation,
    /// Switch one kind of alert off.
    Unsubscribe,
    /// Link two accounts.
    Link,
    /// Stand in for somebody who will be away.
    Delegation,
    /// Read the deadline of one consultation, as long as the account may see it.
    Deadline,
    /// The same, for another account: as long as it is linked to that one too.
    LinkedDeadline,
}

impl Purpose {
    fn letter(self) -> &'static str {
        match self {
            Self::Confirmation => "c",
            Self::Invitation => "i",
            Self::Unsubscribe => "u",
            Self::Link => "l",
            Self::Delegation => "g",
            Self::Deadline => "d",
            Self::LinkedDeadline => "e",
        }
    }
}

/// A token whose HMAC was right. Whether its request still stands is the account's to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The purpose of the link.
    pub purpose: Purpose,
    /// The account that it concerns.
    pub account: AccountId,
    /// The request that it answers.
    pub request: RequestId,
}

impl Token {
    /// Makes the token that opens the deadline of a consultation to an account; `None` never
    /// happens, since both names are identifiers.
    #[must_use]
    pub fn deadline(account: &AccountId, consultation: &ConsultationId) -> Option<Self> {
        let request = RequestId::parse(consultation.as_str()).ok()?;
        Some(Self {
            purpose: Purpose::Deadline,
            account: account.clone(),
            request,
        })
    }

    /// Makes the token that opens the deadline of a consultation of `of` to an account that is
    /// linked to it. `None` where the names are too long for one.
    #[must_use]
    pub fn linked_deadline(
        account: &AccountId,
        of: &AccountId,
        consultation: &ConsultationId,
    ) -> Option<Self> {
        let request = RequestId::parse(&format!("{of}.{consultation}"))
            .ok()
            .filter(|_| !of.as_str().contains('.'))?;
        Some(Self {
            purpose: Purpose::LinkedDeadline,
            account: account.clone(),
            request,
        })
    }

    /// Returns the account whose deadline a token opens, the consultation, and the reader if that
    /// is another account.
    #[must_use]
    pub fn opens(&self) -> Option<(AccountId, ConsultationId, Option<AccountId>)> {
        let (of, consultation, through) = match self.purpose {
            Purpose::Deadline => (self.account.as_str(), self.request.as_str(), None),
            Purpose::LinkedDeadline => {
                let (of, consultation) = self.request.as_str().split_once('.')?;
                (of, consultation, Some(self.account.clone()))
            }
            _ => return None,
        };
        Some((
            AccountId::parse(of).ok()?,
            ConsultationId::parse(consultation).ok()?,
            through,
        ))
    }
}

/// The stack's key (at least 32 characters, made by the template).
#[derive(Clone)]
pub struct TokenKey(Hmac<Sha256>);

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey(…)")
    }
}

impl TokenKey {
    /// The secret's bytes as they are.
    #[must_use]
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    pub fn new(secret: &str) -> Self {
        let mut key = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
        key.update(b"vigie link 1\0");
        Self(key)
    }

    fn mac(&self, body: &str) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(body.as_bytes());
        mac
    }

    /// The token of a request: `[A-Za-z0-9._~-]+`, 256 bits of HMAC. The same request always gives
    /// the same token.
    #[must_use]
    pub fn sign(&self, token: &Token) -> String {
        let body = format!(
            "{}~{}~{}",
            token.purpose.letter(),
            token.account,
            token.request
        );
        let mac = URL_SAFE_NO_PAD.encode(self.mac(&body).finalize().into_bytes());
        format!("{body}~{mac}")
    }

    /// The token, if it was made with this key for this purpose; compared in constant time.
    #[must_use]
    pub fn verify(&self, purpose: Purpose, token: &str) -> Option<Token> {
        let (body, mac) = token.rsplit_once('~')?;
        self.mac(body)
            .verify_slice(&URL_SAFE_NO_PAD.decode(mac).ok()?)
            .ok()?;
        let mut parts = body.split('~');
        if parts.next()? != purpose.letter() {
            return None;
        }
        let account = AccountId::parse(parts.next()?).ok()?;
        let request = RequestId::parse(parts.next()?).ok()?;
        Some(Token {
            purpose,
            account,
            request,
        })
    }
}
