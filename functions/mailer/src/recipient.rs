//! One mail of a bulk: to whom, why, and with which links of its own.

use jiff::Timestamp;
use vigie_aws::ses::{Entry, Tag};
use vigie_domain::{
    account::{Account, preferences::Kind},
    consultation::Sight,
    delivery::unsubscribe::{Unsubscribe, What},
    id::{AccountId, ConsultationId},
    token::{Token, TokenKeys},
};
use vigie_mail as mail;
use vigie_mail::Why;
use vigie_store::{Intent, Subject};

use crate::{Mailer, headers};

/// The reason, in records, for which a delegate was mailed.
pub(crate) const STANDS_IN: &str = "delegate";

/// One mail of a bulk.
pub(crate) struct Recipient {
    pub account: Account,
    pub reason: Reason,
}

/// The reason for which it is sent.
pub(crate) enum Reason {
    Follows(Sight),
    StandsIn(Box<Account>),
}

impl Recipient {
    /// In records.
    pub(crate) fn intent(&self) -> Intent {
        Intent::Send(self.reason())
    }

    /// In records and in a header, as a code.
    fn reason(&self) -> &'static str {
        match &self.reason {
            Reason::Follows(sight) => sight.as_str(),
            Reason::StandsIn(_) => STANDS_IN,
        }
    }

    fn why(&self) -> Why<'_> {
        match &self.reason {
            Reason::Follows(sight) => Why::Follows(*sight),
            Reason::StandsIn(absentee) => Why::StandsIn(absentee),
        }
    }

    /// Returns the choice that its link switches off, and the account of that choice.
    fn switches_off(&self, kind: Kind) -> (&AccountId, What) {
        match &self.reason {
            Reason::Follows(_) => (&self.account.id, What::Kind(kind)),
            Reason::StandsIn(absentee) => (&absentee.id, What::StandingIn(self.account.id.clone())),
        }
    }
}

/// Returns the reason that most recipients have, if any has one that is not theirs alone.
pub(crate) fn usual(recipients: &[Recipient]) -> Option<Sight> {
    let sights = || {
        recipients.iter().filter_map(|to| {
            if let Reason::Follows(sight) = to.reason {
                Some(sight)
            } else {
                None
            }
        })
    };
    sights().max_by_key(|sight| sights().filter(|other| other == sight).count())
}

/// Makes a recipient's own links.
pub(crate) struct Links<'a> {
    pub mailer: &'a Mailer,
    pub keys: &'a TokenKeys,
    pub kind: Kind,
    pub consultation: &'a ConsultationId,
    /// The consultation, if its deadline lies ahead.
    pub deadline: Option<&'a ConsultationId>,
    pub now: Timestamp,
}

impl Links<'_> {
    /// Makes the links with which the recipient switches this off, follows the consultation no
    /// more, and finds the deadline.
    fn of(&self, to: &Recipient) -> mail::Links {
        let (account, what) = to.switches_off(self.kind);
        let unfollow = match to.reason {
            Reason::Follows(_) => Some(self.mailer.unfollow_url(
                self.keys,
                &to.account.id,
                self.consultation,
                self.now,
            )),
            Reason::StandsIn(_) => None,
        };
        mail::Links {
            unsubscribe: self
                .mailer
                .unsubscribe_url(self.keys, account, what, self.now),
            unfollow,
            calendar: self.calendar(&to.account.id),
        }
    }

    fn calendar(&self, account: &AccountId) -> Option<String> {
        Some(self.mailer.signed(
            self.keys,
            "deadlines",
            Token::deadline(account, self.deadline?),
        ))
    }
}

/// A recipient's part of the bulk.
pub(crate) fn entry(
    alert: &mail::Alert,
    subject: &Subject,
    links: &Links<'_>,
    to: &Recipient,
) -> Entry {
    let own = links.of(to);
    let mut headers = headers::unsubscribe(
        &own.unsubscribe,
        links.mailer.unsubscribe_mailbox.as_deref(),
    );
    headers.push(("X-Vigie-Reason", to.reason().to_owned()));
    Entry {
        to: to.account.contact.email.clone(),
        data: alert.data_for(&to.account, to.why(), &own),
        headers,
        tags: tags(links.kind.as_str(), &to.account.id, &subject.hash),
    }
}

/// By which SES's feedback finds the delivery.
pub(crate) fn tags(kind: &str, account: &AccountId, delivery: &str) -> Vec<Tag> {
    vec![
        ("kind", kind.to_owned()),
        ("account", account.to_string()),
        ("delivery", delivery.to_owned()),
    ]
}

impl Mailer {
    /// Makes the link with which somebody switches something off.
    pub(crate) fn unsubscribe_url(
        &self,
        keys: &TokenKeys,
        account: &AccountId,
        what: What,
        now: Timestamp,
    ) -> String {
        self.signed(
            keys,
            "unsubscribe",
            Unsubscribe::new(account.clone(), what, now).token(),
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
        self.unsubscribe_url(keys, account, What::Consultation(consultation.clone()), now)
    }

    fn signed(&self, keys: &TokenKeys, what: &str, token: Option<Token>) -> String {
        let token = token.map(|token| keys.sign(&token)).unwrap_or_default();
        format!("{}/v1/{what}/{token}", self.portal_url)
    }
}
