//! Mails about the account itself: invitation, confirmation, notice to the old address, request to be linked.

use serde::Deserialize;
use vigie_domain::{
    account::{Account, EmailStatus},
    email::Email,
    id::{AccountId, RequestId},
    token::{Purpose, Token},
};
use vigie_platform::{
    mail::{AccountMail, Rendered},
    queue::Failure,
    ses::{Answer, Parts},
    store::deliveries::{Claim, Intent, Subject},
};

use crate::{Mailer, Turn, alert::outcome};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountMailDue {
    account_id: AccountId,
    mail: Kind,
    request_id: RequestId,
    attempt: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Kind {
    Invitation,
    Confirmation,
    EmailChangeNotice,
    LinkRequest,
}

/// A mail to be sent.
pub(crate) struct Composed {
    /// Under whose deliveries it is recorded.
    pub of: AccountId,
    /// Where it goes.
    pub to: Email,
    /// What it says.
    pub mail: Rendered,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Confirmation => "confirmation",
            Self::EmailChangeNotice => "emailChangeNotice",
            Self::LinkRequest => "linkRequest",
        }
    }
}

impl Mailer {
    /// Sends the mail unless the account no longer asks for it. Hands the message back (an error) while it may still go.
    pub(crate) async fn account_mail(&self, due: &AccountMailDue, last: bool) -> Result<Turn, Failure> {
        self.pace.turn().await;
        let Some(account) = self.store.account(&due.account_id).await? else { return Ok(Turn::Done) };
        let composed = match due.mail {
            Kind::LinkRequest => self.link_request(&account, &due.request_id).await?,
            _ => self.compose(due, &account).await?.map(|(to, mail)| Composed { of: account.id, to, mail }),
        };
        let Some(Composed { of, to, mail: rendered }) = composed else { return Ok(Turn::Done) };
        let subject = Subject::account_mail(due.mail.as_str(), due.request_id.as_str(), due.attempt);
        let intent = [(of.clone(), Intent::Send("asked".to_owned()))];
        match self.store.claim(&subject, &intent, self.clock.now()).await?.first() {
            Some(Claim::Held) => {}
            Some(Claim::Busy) => return Ok(Turn::Busy),
            _ => return Ok(Turn::Done),
        }
        let parts = Parts { subject: &rendered.subject, text: &rendered.text, html: &rendered.html };
        self.pace.book(1);
        let tags = [("kind", due.mail.as_str().to_owned()), ("delivery", subject.hash.clone())];
        let answer = self.ses.send(&to, parts, &tags).await;
        if answer == Answer::Unknown && !last {
            return Err(Failure::Retry("SES did not answer".to_owned()));
        }
        let outcome = outcome(answer, last);
        let open = outcome.is_open();
        self.store.settle(&subject, &[(of, outcome)]).await?;
        if open { Err(Failure::Retry("SES cannot send now".to_owned())) } else { Ok(Turn::Done) }
    }

    /// The address of a page that acts on a request.
    pub(crate) fn link(&self, purpose: Purpose, page: &str, account: &AccountId, request: &RequestId) -> String {
        let token = Token { purpose, account: account.clone(), request: request.clone() };
        format!("{}/{page}?token={}", self.portal_url, self.tokens.sign(&token))
    }

    /// To whom and what; nothing if the request was answered, withdrawn or superseded meanwhile.
    async fn compose(&self, due: &AccountMailDue, account: &Account) -> Result<Option<(Email, Rendered)>, Failure> {
        let render = |mail: AccountMail<'_>| mail.render(&account.contact, &self.portal_url);
        let link = |purpose, page| self.link(purpose, page, &account.id, &due.request_id);
        if due.mail == Kind::Invitation {
            let invitation = account.invitation.as_ref().filter(|invitation| invitation.request_id == due.request_id);
            let Some(invitation) = invitation else { return Ok(None) };
            let entity = self.store.entity(&account.entity_id).await?;
            let (entity_name, organisation) = entity.as_ref().map(|e| (e.name.as_str(), e.organisation.as_str())).unwrap_or_default();
            let link = &link(Purpose::Invitation, "invitation");
            let mail = render(AccountMail::Invitation { link, expires_at: invitation.expires_at, entity_name, organisation });
            return Ok(Some((account.contact.email.clone(), mail)));
        }
        let pending = account.pending_email.as_ref().filter(|pending| pending.request_id == due.request_id);
        if due.mail == Kind::EmailChangeNotice && account.confirmed_request.as_ref() == Some(&due.request_id) {
            // Confirmed before the notice went: the address that was replaced is told all the same.
            let former = account.former_email.as_ref().filter(|former| **former != account.contact.email);
            let notice = || render(AccountMail::EmailChangeNotice { new_address: &account.contact.email, expires_at: None });
            return Ok(former.map(|former| (former.clone(), notice())));
        }
        let Some(pending) = pending else { return Ok(None) };
        if due.mail == Kind::EmailChangeNotice {
            let deliverable = account.email_status != EmailStatus::Undeliverable && pending.address != account.contact.email;
            let notice = AccountMail::EmailChangeNotice { new_address: &pending.address, expires_at: Some(pending.expires_at) };
            return Ok(deliverable.then(|| (account.contact.email.clone(), render(notice))));
        }
        // Whether the address is taken is told to the address alone.
        let owner = self.store.owner(&pending.address).await?;
        let link = &link(Purpose::Confirmation, "confirm");
        let mail = render(if owner.is_some_and(|owner| owner != account.id) {
            AccountMail::AddressTaken
        } else {
            AccountMail::Confirmation { link, expires_at: pending.expires_at }
        });
        Ok(Some((pending.address.clone(), mail)))
    }
}
