//! Mails about the account itself: invitation, confirmation, notice to the old address, request to
//! be linked, test alert, what was changed of it.

use jiff::Timestamp;
use vigie_aws::{
    queue::Failure,
    ses::{Answer, Parts},
};
use vigie_domain::{
    account::{Account, EmailStatus, PendingEmail, reservation::is_reserved},
    contact::email::Email,
    delivery::{alert, asked::Origin},
    event::{AccountMailDue, AccountMailKind as Kind},
    id::{AccountId, RequestId},
    paris,
    token::{Purpose, Token},
};
use vigie_mail::{AccountMail, Rendered};
use vigie_store::{Claim, Intent, Outcome, Subject};

use crate::{
    Handled, Mailer, asked::origin_tags, headers, outcome::outcome, receive::Receive,
    recipient::tags,
};

/// The reason, in records, for which a mail that was asked for is not sent.
const TOO_MANY: &str = "tooManyMails";

/// Names the delivery of a mail.
pub(crate) fn subject(due: &AccountMailDue) -> Subject {
    Subject::account_mail(due.mail.as_str(), due.request_id.as_str(), due.attempt)
}

/// A mail, and whose delivery it is.
pub(crate) struct Composed {
    pub recipient: AccountId,
    pub to: Email,
    pub rendered: Rendered,
    /// The sides that it was asked for from, the first that is counted first; none if nobody else
    /// asked.
    pub origins: Vec<Origin>,
}

impl Composed {
    /// A mail that the account itself asked for, or that tells it of itself.
    pub(crate) fn own(account: &Account, rendered: Rendered) -> Self {
        Self {
            recipient: account.id.clone(),
            to: account.contact.email.clone(),
            rendered,
            origins: Vec::new(),
        }
    }
}

impl Mailer {
    /// Sends the mail, to each recipient, unless the account no longer asks for it. Hands the
    /// message back (an error) while some may still go.
    pub(crate) async fn account_mail(
        &self,
        due: &AccountMailDue,
        receive: Receive,
    ) -> Result<Handled, Failure> {
        self.account_pace.wait(receive.until).await;
        let Some(account) = self.store.account_read(&due.account_id).await? else {
            return Ok(Handled::Done);
        };
        if let (Kind::Test, Err(left_out)) = (due.mail, alert::reach(&account)) {
            let skip = [(account.id.clone(), Intent::Skip(left_out.as_str()))];
            let claims = self
                .store
                .delivery_claim(&subject(due), &skip, self.clock.now())
                .await?;
            return Ok(if claims.contains(&Claim::Busy) {
                Handled::Busy
            } else {
                Handled::Done
            });
        }
        if due.mail == Kind::Unreached {
            return self.unreached(&account, receive).await;
        }
        if due.mail == Kind::LinkRequest {
            self.count_request(due, &account).await?;
        }
        let (mut handled, mut failed) = (Handled::Done, None);
        for composed in self.compose(due, &account).await? {
            match self.send_composed(due, composed, receive).await {
                Ok(Handled::Done) => {}
                Ok(Handled::Busy) => handled = Handled::Busy,
                Err(failure) => failed = Some(failure),
            }
        }
        let held = account
            .invitation
            .as_ref()
            .and_then(|invitation| invitation.held_back_until);
        if let (Kind::Invitation, Some(until), Handled::Done, None) =
            (due.mail, held, handled, &failed)
        {
            self.store
                .invitation_let_go(&due.account_id, &due.request_id, until)
                .await?;
        }
        failed.map_or(Ok(handled), Err)
    }

    pub(crate) async fn send_composed(
        &self,
        due: &AccountMailDue,
        composed: Composed,
        receive: Receive,
    ) -> Result<Handled, Failure> {
        let Composed {
            recipient,
            to,
            rendered,
            origins,
        } = composed;
        let subject = subject(due);
        let intent = [(recipient.clone(), Intent::Send("asked"))];
        match self
            .store
            .delivery_claim(&subject, &intent, self.clock.now())
            .await?
            .first()
        {
            Some(Claim::Acquired) => {}
            Some(Claim::Busy) => return Ok(Handled::Busy),
            _ => return Ok(Handled::Done),
        }
        let origin = match self.allowed(due, &to, &origins).await? {
            Ok(origin) => origin,
            Err(until) => {
                self.hold_back(due, until).await?;
                self.store
                    .delivery_settle(&subject, &[(recipient, Outcome::HeldBack(TOO_MANY))])
                    .await?;
                return Ok(Handled::Done);
            }
        };
        let parts = Parts {
            subject: &rendered.subject,
            text: &rendered.text,
            html: &rendered.html,
        };
        let mut tags = tags(due.mail.as_str(), &recipient, &subject.hash);
        tags.extend(origin_tags(origin));
        let answer = self
            .send(
                receive,
                &self.account_pace,
                &to,
                parts,
                headers::automatic(),
                tags,
            )
            .await;
        if answer == Answer::Unknown && !receive.last {
            return Err(Failure::Retry("SES did not answer".to_owned()));
        }
        let outcome = outcome(answer, receive.last);
        let open = outcome.is_open();
        if let Outcome::Sent(_) = outcome {
            self.count_invitation(origin).await?;
        }
        self.store
            .delivery_settle(&subject, &[(recipient, outcome)])
            .await?;
        if open {
            Err(Failure::Retry("SES cannot send now".to_owned()))
        } else {
            Ok(Handled::Done)
        }
    }

    /// The address of a page that acts on a request.
    pub(crate) async fn link(
        &self,
        purpose: Purpose,
        page: &str,
        account: &AccountId,
        request: &RequestId,
    ) -> Result<String, Failure> {
        let token = Token {
            purpose,
            account: account.clone(),
            request: request.clone(),
        };
        let token = self.tokens.keys().await?.sign(&token);
        Ok(format!("{}/{page}?token={token}", self.portal_url))
    }

    /// To whom and what; nothing if the request was answered, withdrawn or superseded meanwhile.
    async fn compose(
        &self,
        due: &AccountMailDue,
        account: &Account,
    ) -> Result<Vec<Composed>, Failure> {
        let composed = match due.mail {
            Kind::Undeliverable => return self.undeliverable(account, due).await,
            Kind::MissedAlerts => {
                let confirmed = due
                    .confirmed_at
                    .and_then(|at| Timestamp::from_millisecond(at).ok());
                return self
                    .missed(account, confirmed.unwrap_or_default(), due.since)
                    .await;
            }
            Kind::Delegation => self.delegation(due, account).await?,
            Kind::AccountChanged
            | Kind::InvitationWithdrawn
            | Kind::AccountsLinked
            | Kind::AbsenceChanged => self.audited(account, &due.request_id).await?,
            Kind::LinkRequest => self.link_request(account, &due.request_id).await?,
            Kind::Invitation => self.invitation(due, account).await?,
            Kind::Confirmation => self.confirmation(due, account).await?,
            Kind::EmailChangeNotice => self.email_change_notice(due, account),
            // A list, of as many mails as it takes: see `unreached.rs`.
            Kind::Unreached => None,
            Kind::Test => Some(Composed::own(
                account,
                AccountMail::TestAlert {
                    alerts: &account.alerts,
                }
                .render(&account.contact, &self.portal_url),
            )),
        };
        Ok(composed.into_iter().collect())
    }

    /// Composes the mail to the colleague who is asked to stand in, as long as the request waits
    /// and they belong to the same organisation.
    async fn delegation(
        &self,
        due: &AccountMailDue,
        account: &Account,
    ) -> Result<Option<Composed>, Failure> {
        let absence = account
            .absence
            .as_ref()
            .filter(|absence| account.active && !absence.is_over(paris::day(self.clock.now())));
        let asked = absence.and_then(|absence| Some((absence, absence.delegate.as_ref()?)));
        let asked = asked.filter(|(_, asked)| {
            account.active && asked.request_id == due.request_id && !asked.agreed
        });
        let Some((absence, asked)) = asked else {
            return Ok(None);
        };
        let delegate = self.store.account_read(&asked.account_id).await?;
        let may_be_asked = |delegate: &Account| {
            delegate.active
                && delegate.email_status == EmailStatus::Confirmed
                && !delegate.refuses_delegations
        };
        let Some(delegate) = delegate.filter(may_be_asked) else {
            return Ok(None);
        };
        let link = &self
            .link(
                Purpose::Delegation,
                "delegation",
                &account.id,
                &due.request_id,
            )
            .await?;
        let absentee = &format!(
            "{} {}",
            account.contact.first_name, account.contact.last_name
        );
        let mail = AccountMail::Delegation {
            link,
            absentee,
            days: [absence.from, absence.until],
        };
        let rendered = mail.render(&delegate.contact, &self.portal_url);
        let origins = vec![Origin::Colleague];
        Ok(Some(Composed {
            recipient: delegate.id,
            to: delegate.contact.email,
            rendered,
            origins,
        }))
    }

    /// Composes the invitation that waits, while its link works.
    async fn invitation(
        &self,
        due: &AccountMailDue,
        account: &Account,
    ) -> Result<Option<Composed>, Failure> {
        let invitation = account
            .invitation
            .as_ref()
            .filter(|invitation| invitation.request_id == due.request_id && account.active);
        let Some(invitation) =
            invitation.filter(|invitation| invitation.expires_at > self.clock.now())
        else {
            return Ok(None);
        };
        let entity = self.store.entity_read(&account.entity_id).await?;
        let (entity_name, organisation) = entity
            .as_ref()
            .map(|e| (e.name.as_str(), e.organisation.as_str()))
            .unwrap_or_default();
        let link = &self
            .link(
                Purpose::Invitation,
                "invitation",
                &account.id,
                &due.request_id,
            )
            .await?;
        let mail = AccountMail::Invitation {
            link,
            expires_at: invitation.expires_at,
            entity_name,
            organisation,
        };
        let rendered = mail.render(&account.contact, &self.portal_url);
        Ok(Some(Composed {
            origins: vec![self.inviting(account).await?],
            ..Composed::own(account, rendered)
        }))
    }

    /// Composes the notice to the address that a change replaces, or replaced before the notice
    /// went, whatever was changed since.
    fn email_change_notice(&self, due: &AccountMailDue, account: &Account) -> Option<Composed> {
        let notice = |new_address, expires_at| {
            AccountMail::EmailChangeNotice {
                new_address,
                expires_at,
            }
            .render(&account.contact, &self.portal_url)
        };
        if let Some(former) = account
            .former_emails
            .iter()
            .find(|former| former.request_id == due.request_id)
        {
            let told = former.address != account.contact.email;
            let rendered = notice(&account.contact.email, None);
            return told.then(|| Composed {
                to: former.address.clone(),
                ..Composed::own(account, rendered)
            });
        }
        let pending = account
            .pending_email
            .as_ref()
            .filter(|pending| pending.request_id == due.request_id)?;
        let deliverable = account.email_status != EmailStatus::Undeliverable
            && pending.address != account.contact.email;
        deliverable
            .then(|| Composed::own(account, notice(&pending.address, Some(pending.expires_at))))
    }

    /// Composes the mail that asks to confirm an address, while its link works; one that was held
    /// back, if it was not asked for again since. A deactivated account confirms nothing.
    async fn confirmation(
        &self,
        due: &AccountMailDue,
        account: &Account,
    ) -> Result<Option<Composed>, Failure> {
        let asked = |pending: &&PendingEmail| {
            pending.request_id == due.request_id && (!due.again || pending.attempt == due.attempt)
        };
        let pending = account
            .pending_email
            .as_ref()
            .filter(asked)
            .filter(|_| account.active);
        let Some(pending) = pending.filter(|pending| pending.expires_at > self.clock.now()) else {
            return Ok(None);
        };
        // Only the address itself is told that it is taken.
        let owner = self
            .store
            .address_read_owner(&pending.address)
            .await?
            .filter(|owner| *owner != account.id);
        let known = self.store.account_read_each(owner.as_slice()).await?;
        // An address that is only reserved belongs to whoever reads it.
        let is_kept = |owner| known.get(owner).is_none_or(|owner| !is_reserved(owner));
        let link = &self
            .link(
                Purpose::Confirmation,
                "confirm",
                &account.id,
                &due.request_id,
            )
            .await?;
        let mail = if owner.as_ref().is_some_and(is_kept) {
            AccountMail::AddressTaken
        } else {
            AccountMail::Confirmation {
                link,
                expires_at: pending.expires_at,
            }
        };
        let rendered = mail.render(&account.contact, &self.portal_url);
        let origin = if pending.address == account.contact.email {
            Origin::Owner
        } else {
            Origin::Agent
        };
        Ok(Some(Composed {
            to: pending.address.clone(),
            origins: vec![origin],
            ..Composed::own(account, rendered)
        }))
    }
}
