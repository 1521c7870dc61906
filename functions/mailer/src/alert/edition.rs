//! The alert about one fact, as each recipient reads it: one template, and links of their own.

use jiff::Timestamp;
use vigie_aws::{
    queue::Failure,
    ses::{Entry, Parts, Shared},
};
use vigie_domain::{account::preferences::Kind, consultation::Consultation, token::TokenKeys};
use vigie_mail as mail;
use vigie_store::Subject;

use crate::{
    Mailer,
    alert::recipient::{Reason, Recipient},
    send::{
        Sender,
        bulk::{Addressed, Bulk},
        headers::{self, tags},
    },
};

/// An alert about one fact.
pub(crate) struct Edition<'a> {
    pub mailer: &'a Mailer,
    pub keys: &'a TokenKeys,
    pub alert: mail::Alert,
    pub subject: &'a Subject,
    pub kind: Kind,
    pub consultation: &'a Consultation,
    pub now: Timestamp,
}

impl Edition<'_> {
    /// Sends it to recipients whose delivery is claimed.
    pub(crate) async fn send(&self, sender: Sender<'_>, to: &[Recipient]) -> Result<(), Failure> {
        let (template, data) = (self.alert.template(), self.alert.shared());
        let shared = Shared {
            parts: Parts {
                subject: template.subject,
                text: template.text,
                html: template.html,
            },
            data: &data,
            headers: headers::thread(&self.mailer.letterhead.portal_url, &self.consultation.id),
        };
        let bulk = Bulk {
            sender,
            subject: self.subject,
            shared,
        };
        bulk.send(to.iter().filter_map(|to| self.addressed(to)).collect())
            .await
    }

    /// Returns one recipient's mail.
    fn addressed(&self, to: &Recipient) -> Option<Addressed> {
        let own = self.links(to);
        let mailbox = self.mailer.unsubscribe_mailbox.as_deref();
        let mut headers = headers::unsubscribe(&own.unsubscribe, mailbox);
        headers.push(("X-Vigie-Reason", to.reason().to_owned()));
        let account = &to.account.id;
        let entry = Entry {
            to: to.account.contact.email.clone()?,
            data: self.alert.data_for(&to.account, to.why(), &own),
            headers,
            tags: tags(self.kind.as_str(), account, &self.subject.hash),
        };
        Some(Addressed {
            account: account.clone(),
            entry,
        })
    }

    /// Makes the links with which the recipient switches this off, follows the consultation no
    /// more, and finds its deadline, if that lies ahead.
    fn links(&self, to: &Recipient) -> mail::Links {
        let (mailer, keys, now) = (self.mailer, self.keys, self.now);
        let (account, consultation) = (&to.account.id, &self.consultation.id);
        let (of, what) = to.switches_off(self.kind);
        let ahead = self.consultation.deadline_ahead(now);
        mail::Links {
            unsubscribe: mailer.unsubscribe_url(keys, of, what, now),
            unfollow: match to.reason {
                Reason::Follows(_) => Some(mailer.unfollow_url(keys, account, consultation, now)),
                Reason::StandsIn(_) => None,
            },
            calendar: ahead.map(|_| mailer.deadline_url(keys, &to.account, consultation)),
        }
    }
}
