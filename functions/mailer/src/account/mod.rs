//! Mails about an account itself: each kind is composed in a file of its own, and goes the same
//! way.

mod address;
mod asked;
mod audited;
mod composed;
mod delegation;
mod erasure;
mod invitation;
mod link_request;
mod missed;
mod recovery;
mod undeliverable;
mod unreached;

use jiff::Timestamp;
use vigie_aws::queue::Failure;
use vigie_domain::{
    account::Account,
    delivery::alert,
    event::{AccountMailDue, mail::AccountMailKind as Kind},
};
use vigie_mail::AccountMail;
use vigie_store::{Claim, Intent, WantedDelivery};

use crate::{
    Mailer,
    account::{
        asked::origin_tags,
        composed::{Composed, subject},
    },
    send::{
        Mail, Sender,
        headers::{self, tags},
        unless_busy,
    },
};

/// The reason, in records, for which a mail that was asked for is not sent.
const TOO_MANY: &str = "tooManyMails";

impl Mailer {
    /// Sends the mail, to each recipient, unless the account no longer asks for it. Hands the
    /// message back (an error) while some may still go.
    pub(crate) async fn account_mail(
        &self,
        due: &AccountMailDue,
        sender: Sender<'_>,
    ) -> Result<(), Failure> {
        let Some(account) = self.store.account_read(&due.account_id).await? else {
            return Ok(());
        };
        if let (Kind::Test, Err(left_out)) = (due.mail, alert::reach(&account)) {
            let skipped = WantedDelivery {
                subject: &subject(due),
                account: &account.id,
                intent: Intent::Skip(left_out.as_str()),
            };
            let claims = sender.claim(&[skipped]).await?;
            return unless_busy(claims.contains(&Claim::Busy));
        }
        if due.mail == Kind::Unreached {
            return self.unreached(&account, sender).await;
        }
        if due.mail == Kind::LinkRequest {
            self.count_request(due, &account).await?;
        }
        let mut ended = Ok(());
        for composed in self.compose(due, &account, sender).await? {
            ended = ended.and(self.send_composed(due, composed, sender).await);
        }
        ended?;
        let invitation = account.invitation.as_ref();
        let held = invitation.and_then(|invitation| invitation.held_back_until);
        if let (Kind::Invitation, Some(until)) = (due.mail, held) {
            self.store
                .invitation_let_go(&due.account_id, &due.request_id, until)
                .await?;
        }
        Ok(())
    }

    /// Sends a mail, if its recipient's shares have room for it.
    async fn send_composed(
        &self,
        due: &AccountMailDue,
        composed: Composed,
        sender: Sender<'_>,
    ) -> Result<(), Failure> {
        let Composed {
            recipient,
            to,
            rendered,
            origins,
            number,
        } = composed;
        let attempt = number.unwrap_or(due.attempt);
        let due = &AccountMailDue {
            attempt,
            ..due.clone()
        };
        let subject = subject(due);
        let wanted = WantedDelivery {
            subject: &subject,
            account: &recipient,
            intent: Intent::Send("asked"),
        };
        match sender.claim(&[wanted]).await?[..] {
            [Claim::Acquired] => {}
            [Claim::Busy] => return unless_busy(true),
            _ => return Ok(()),
        }
        let delivery = (&subject, &recipient);
        let origin = match self.allowed(due, &to, &origins).await? {
            Ok(origin) => origin,
            Err(until) => {
                self.hold_back(due, until).await?;
                return Ok(sender.hold_back(delivery, TOO_MANY).await?);
            }
        };
        let mut tags = tags(due.mail.as_str(), &recipient, &subject.hash);
        tags.extend(origin_tags(origin));
        let mail = Mail {
            to: &to,
            rendered: &rendered,
            headers: headers::automatic(),
            tags,
        };
        if sender.send(mail, &[delivery]).await? {
            self.count_invitation(origin).await?;
        }
        Ok(())
    }

    /// Composes the mails that a request asks for; none if it was answered, withdrawn or superseded
    /// meanwhile.
    async fn compose(
        &self,
        due: &AccountMailDue,
        account: &Account,
        sender: Sender<'_>,
    ) -> Result<Vec<Composed>, Failure> {
        let composed = match due.mail {
            Kind::Undeliverable => return self.undeliverable(account, due, sender).await,
            Kind::MissedAlerts => {
                let confirmed = due
                    .confirmed_at
                    .and_then(|at| Timestamp::from_millisecond(at).ok());
                return self
                    .missed(account, confirmed.unwrap_or_default(), due.since)
                    .await;
            }
            Kind::AccountRecovered => return self.recovered(account, due).await,
            Kind::ErasureAnnounced => return self.erasure_announced(account, due).await,
            Kind::Recovery => self.recovery(account, &due.request_id).await?,
            Kind::Delegation => self.delegation(due, account).await?,
            Kind::AccountChanged
            | Kind::InvitationWithdrawn
            | Kind::AdministratorsGone
            | Kind::AccountsLinked
            | Kind::AbsenceChanged
            | Kind::HandedOver => self.audited(account, &due.request_id).await?,
            Kind::LinkRequest => self.link_request(account, &due.request_id).await?,
            Kind::Invitation => self.invitation(due, account).await?,
            Kind::Confirmation => self.confirmation(due, account).await?,
            Kind::EmailChangeNotice => self.email_change_notice(due, account),
            // A list, of as many mails as it takes: see `unreached.rs`.
            Kind::Unreached => None,
            Kind::Test => Composed::own(
                account,
                AccountMail::TestAlert {
                    alerts: &account.alerts,
                }
                .render(&account.contact, &self.letterhead),
            ),
        };
        Ok(composed.into_iter().collect())
    }
}
