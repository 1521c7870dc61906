//! Tokens of mailed links: purpose, number of the key, account, request and an HMAC over them. No
//! token is stored: the key makes the same token again, and a request that the account no longer
//! knows voids it.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::SignedDuration;
use sha2::Sha256;

use crate::{
    id::{AccountId, ConsultationId, RequestId},
    text::Invalid,
};

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
    /// Read that deadline for another account, as long as it is linked to that one too.
    LinkedDeadline,
    /// Bind another login to an account.
    Recovery,
    /// Stop that while it waits.
    RecoveryStop,
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
            Self::Recovery => "r",
            Self::RecoveryStop => "s",
        }
    }

    /// True if its links work beyond the key that signed them: those that are in mails and
    /// calendars for good, and one that nobody asks for again. All others are sent again by who
    /// asks.
    fn outlives_its_key(self) -> bool {
        match self {
            Self::Unsubscribe | Self::Deadline | Self::LinkedDeadline | Self::RecoveryStop => true,
            Self::Confirmation
            | Self::Invitation
            | Self::Link
            | Self::Delegation
            | Self::Recovery => false,
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
    /// Makes the token that opens the deadline of a consultation to an account, as long as the
    /// number of its binding stays; `None` never happens, since the names are identifiers.
    #[must_use]
    pub fn deadline(
        account: &AccountId,
        binding: u64,
        consultation: &ConsultationId,
    ) -> Option<Self> {
        Self::bound(Purpose::Deadline, account, binding, consultation.as_str())
    }

    /// Makes the token that opens the deadline of a consultation of `of` to an account that is
    /// linked to it. `None` where the names are too long for one.
    #[must_use]
    pub fn linked_deadline(
        account: &AccountId,
        binding: u64,
        of: &AccountId,
        consultation: &ConsultationId,
    ) -> Option<Self> {
        let request = format!("{of}.{consultation}");
        Self::bound(Purpose::LinkedDeadline, account, binding, &request)
            .filter(|_| !of.as_str().contains('.'))
    }

    /// Makes the token with which a login takes the place of the one that acts for an account, as
    /// long as the number of its binding stays.
    #[must_use]
    pub fn recovery(account: &AccountId, binding: u64, request: &RequestId) -> Option<Self> {
        Self::bound(Purpose::Recovery, account, binding, request.as_str())
    }

    /// Makes the token with which a former address stops a recovery that waits.
    #[must_use]
    pub fn recovery_stop(account: &AccountId, binding: u64, request: &RequestId) -> Option<Self> {
        Self::bound(Purpose::RecoveryStop, account, binding, request.as_str())
    }

    /// A token that a new binding voids: its number goes first.
    fn bound(purpose: Purpose, account: &AccountId, binding: u64, request: &str) -> Option<Self> {
        Some(Self {
            purpose,
            account: account.clone(),
            request: RequestId::parse(&format!("{binding}.{request}")).ok()?,
        })
    }

    /// Returns the number of the binding that it was made for, and the rest of its request.
    fn binding(&self) -> Option<(u64, &str)> {
        let (binding, request) = self.request.as_str().split_once('.')?;
        Some((binding.parse().ok()?, request))
    }

    /// Returns the number of the binding and the request of a recovery.
    #[must_use]
    pub fn recovers(&self) -> Option<(u64, RequestId)> {
        let (binding, request) = self.binding()?;
        Some((binding, RequestId::parse(request).ok()?))
    }

    /// Returns the deadline that a token opens, and to whom.
    #[must_use]
    pub fn opens(&self) -> Option<OpenedDeadline> {
        let (binding, rest) = self.binding()?;
        let (of, consultation) = match self.purpose {
            Purpose::Deadline => (self.account.as_str(), rest),
            Purpose::LinkedDeadline => rest.split_once('.')?,
            _ => return None,
        };
        Some(OpenedDeadline {
            of: AccountId::parse(of).ok()?,
            consultation: ConsultationId::parse(consultation).ok()?,
            reader: self.account.clone(),
            binding,
        })
    }
}

/// The deadline of a consultation, as a calendar's link opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedDeadline {
    /// The account that may see the consultation.
    pub of: AccountId,
    /// The consultation.
    pub consultation: ConsultationId,
    /// The account that has the link: the same, or one that is linked to it.
    pub reader: AccountId,
    /// The number of the reader's binding when the link was made.
    pub binding: u64,
}

/// Least number of characters of a key.
const KEY_LENGTH: usize = 32;

/// The stack's keys by number. The highest signs; the others, which signed before it, open only
/// what outlives them.
#[derive(Clone)]
pub struct TokenKeys {
    current: (u32, Hmac<Sha256>),
    former: BTreeMap<u32, Hmac<Sha256>>,
}

impl std::fmt::Debug for TokenKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKeys(…)")
    }
}

/// The result of looking at a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was made here, for this purpose.
    Made(Token),
    /// It names a key that is newer than all of these.
    Newer,
    /// It is none, or opens nothing any more.
    Refused,
}

impl TokenKeys {
    /// Takes the keys of the stack's secret, as they are.
    ///
    /// # Errors
    /// There is none, or one is shorter than a key is.
    pub fn new(secrets: &BTreeMap<u32, String>) -> Result<Self, Invalid> {
        if secrets.values().any(|secret| secret.len() < KEY_LENGTH) {
            return Err(Invalid("a key has at least 32 characters"));
        }
        let mut former: BTreeMap<_, _> = secrets
            .iter()
            .map(|(number, secret)| (*number, hmac(secret)))
            .collect();
        let current = former.pop_last().ok_or(Invalid("there is no key"))?;
        Ok(Self { current, former })
    }

    /// The token of a request: `[A-Za-z0-9._~-]+`, 256 bits of HMAC. The same request always gives
    /// the same token, as long as the key is the same.
    #[must_use]
    pub fn sign(&self, token: &Token) -> String {
        let (number, key) = &self.current;
        let body = format!(
            "{}{number}~{}~{}",
            token.purpose.letter(),
            token.account,
            token.request
        );
        let mac = URL_SAFE_NO_PAD.encode(mac(key, &body).finalize().into_bytes());
        format!("{body}~{mac}")
    }

    /// Returns the token, if it was made for this purpose with a key that still counts for it;
    /// compared in constant time.
    #[must_use]
    pub fn verify(&self, purpose: Purpose, token: &str) -> Verdict {
        let Some(number) = number(purpose, token) else {
            return Verdict::Refused;
        };
        let key = match &self.current {
            (current, key) if number == *current => Some(key),
            (current, _) if number > *current => return Verdict::Newer,
            _ => self
                .former
                .get(&number)
                .filter(|_| purpose.outlives_its_key()),
        };
        key.and_then(|key| opened(key, purpose, token))
            .map_or(Verdict::Refused, Verdict::Made)
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn hmac(secret: &str) -> Hmac<Sha256> {
    let mut key = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    key.update(b"vigie link 1\0");
    key
}

fn mac(key: &Hmac<Sha256>, body: &str) -> Hmac<Sha256> {
    let mut mac = key.clone();
    mac.update(body.as_bytes());
    mac
}

/// Returns the number of the key that a token of this purpose names.
fn number(purpose: Purpose, token: &str) -> Option<u32> {
    let (head, _) = token.split_once('~')?;
    head.strip_prefix(purpose.letter())?.parse().ok()
}

fn opened(key: &Hmac<Sha256>, purpose: Purpose, token: &str) -> Option<Token> {
    let (body, seal) = token.rsplit_once('~')?;
    mac(key, body)
        .verify_slice(&URL_SAFE_NO_PAD.decode(seal).ok()?)
        .ok()?;
    let mut parts = body.split('~').skip(1);
    Some(Token {
        purpose,
        account: AccountId::parse(parts.next()?).ok()?,
        request: RequestId::parse(parts.next()?).ok()?,
    })
}
