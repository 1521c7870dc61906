//! Links of mails, each signed for one account.

use jiff::Timestamp;
use vigie_domain::{
    account::Account,
    delivery::unsubscribe::{Choice, Unsubscribe},
    id::{AccountId, ConsultationId, RequestId},
    token::{Purpose, Token, TokenKeys},
};
use vigie_runtime::tokens::KeysUnavailable;

use crate::Mailer;

impl Mailer {
    /// Makes the link to a page that acts on a request.
    pub(crate) async fn request_url(
        &self,
        purpose: Purpose,
        page: &str,
        account: &AccountId,
        request: &RequestId,
    ) -> Result<String, KeysUnavailable> {
        let token = Token {
            purpose,
            account: account.clone(),
            request: request.clone(),
        };
        let token = self.tokens.keys().await?.sign(&token);
        Ok(format!(
            "{}/{page}?token={token}",
            self.letterhead.portal_url
        ))
    }

    /// Makes the link with which somebody switches something off.
    pub(crate) fn unsubscribe_url(
        &self,
        keys: &TokenKeys,
        account: &AccountId,
        choice: Choice,
        now: Timestamp,
    ) -> String {
        self.signed(
            keys,
            "unsubscribe",
            Unsubscribe::new(account.clone(), choice, now).token(),
        )
    }

    /// Makes the link with which somebody follows a consultation no more.
    pub(crate) fn unfollow_url(
        &self,
        keys: &TokenKeys,
        account: &AccountId,
        consultation: &ConsultationId,
        now: Timestamp,
    ) -> String {
        self.unsubscribe_url(
            keys,
            account,
            Choice::Consultation(consultation.clone()),
            now,
        )
    }

    /// Makes the link to the deadline of a consultation, for a calendar.
    pub(crate) fn deadline_url(
        &self,
        keys: &TokenKeys,
        account: &Account,
        consultation: &ConsultationId,
    ) -> String {
        let token = Token::deadline(&account.id, account.binding.number, consultation);
        self.signed(keys, "deadlines", token)
    }

    fn signed(&self, keys: &TokenKeys, what: &str, token: Option<Token>) -> String {
        let token = token.map(|token| keys.sign(&token)).unwrap_or_default();
        format!("{}/v1/{what}/{token}", self.letterhead.portal_url)
    }
}
