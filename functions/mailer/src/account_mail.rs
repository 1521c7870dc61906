//! Mails about the account itself: invitation, confirmation, notice to the old address, request to be linked, test alert, what was changed
//! of it.

use jiff::Timestamp;
use serde::Deserialize;
use vigie_domain::{
    account::{Account, EmailStatus},
    alert,
    email::Email,
    id::{AccountId, EntityId, RequestId},
    paris,
    token::{Purpose, Token},
};
use vigie_platform::{
    log,
    mail::{AccountMail, Rendered},
    queue::Failure,
    ses::{Answer, Parts},
    store::{Allowed, Claim, Intent, Outcome, Subject, TEST_ALERT},
};

use crate::{Handled, Mailer, headers, outcome::outcome, recipient::tags};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountMailDue {
    account_id: AccountId,
    mail: Kind,
    request_id: RequestId,
    attempt: u32,
    /// For missed alerts: the time since when.
    since: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Kind {
    Invitation,
    Confirmation,
    EmailChangeNotice,
    Delegation,
    LinkRequest,
    Undeliverable,
    MissedAlerts,
    Test,
    AccountChanged,
}

/// The reason, in records, for which a mail that was asked for is not sent.
const TOO_MANY: &str = "tooManyMails";

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Confirmation => "confirmation",
            Self::EmailChangeNotice => "emailChangeNotice",
            Self::Delegation => "delegation",
            Self::LinkRequest => "linkRequest",
            Self::Undeliverable => "undeliverable",
            Self::MissedAlerts => "missedAlerts",
            Self::Test => TEST_ALERT,
            Self::AccountChanged => "accountChanged",
        }
    }
}

impl AccountMailDue {
    /// Returns the mail that tells an administrator whose address is dead.
    pub(crate) fn undeliverable(agent: AccountId, request_id: RequestId) -> Self {
        Self { account_id: agent, mail: Kind::Undeliverable, request_id, attempt: 1, since: None }
    }

    pub(crate) fn subject(&self) -> Subject {
        Subject::account_mail(self.mail.as_str(), self.request_id.as_str(), self.attempt)
    }
}

/// A mail, and whose delivery it is.
pub(crate) struct Composed {
    pub recipient: AccountId,
    pub to: Email,
    pub rendered: Rendered,
}

impl Mailer {
    /// Sends the mail, to each recipient, unless the account no longer asks for it. Hands the message back (an error) while some may
    /// still go.
    pub(crate) async fn account_mail(&self, due: &AccountMailDue, last: bool) -> Result<Handled, Failure> {
        self.account_pace.wait().await;
        let Some(account) = self.store.account_read(&due.account_id).await? else { return Ok(Handled::Done) };
        if let (Kind::Test, Err(left_out)) = (due.mail, alert::reach(&account)) {
            let skip = [(account.id.clone(), Intent::Skip(left_out.as_str()))];
            let claims = self.store.delivery_claim(&due.subject(), &skip, self.clock.now()).await?;
            return Ok(if claims.contains(&Claim::Busy) { Handled::Busy } else { Handled::Done });
        }
        let (mut handled, mut failed) = (Handled::Done, None);
        for composed in self.compose(due, &account).await? {
            match self.send_composed(due, composed, last).await {
                Ok(Handled::Done) => {}
                Ok(Handled::Busy) => handled = Handled::Busy,
                Err(failure) => failed = Some(failure),
            }
        }
        failed.map_or(Ok(handled), Err)
    }

    pub(crate) async fn send_composed(&self, due: &AccountMailDue, composed: Composed, last: bool) -> Result<Handled, Failure> {
        let Composed { recipient, to, rendered } = composed;
        let subject = due.subject();
        let intent = [(recipient.clone(), Intent::Send("asked"))];
        match self.store.delivery_claim(&subject, &intent, self.clock.now()).await?.first() {
            Some(Claim::Acquired) => {}
            Some(Claim::Busy) => return Ok(Handled::Busy),
            _ => return Ok(Handled::Done),
        }
        if let Err(until) = self.allowed(due, &to, &subject).await? {
            log::count("AccountMailsHeldBack", 1);
            if due.mail == Kind::Invitation {
                self.store.invitation_hold_back(&due.account_id, &due.request_id, until).await?;
            }
            self.store.delivery_settle(&subject, &[(recipient, Outcome::Skipped(TOO_MANY))]).await?;
            return Ok(Handled::Done);
        }
        let parts = Parts { subject: &rendered.subject, text: &rendered.text, html: &rendered.html };
        self.account_pace.book(1);
        let tags = tags(due.mail.as_str(), &recipient, &subject.hash);
        let answer = self.ses.send(&to, parts, headers::automatic(), tags).await;
        if answer == Answer::Unknown && !last {
            return Err(Failure::Retry("SES did not answer".to_owned()));
        }
        let outcome = outcome(answer, last);
        let open = outcome.is_open();
        self.store.delivery_settle(&subject, &[(recipient, outcome)]).await?;
        if open { Err(Failure::Retry("SES cannot send now".to_owned())) } else { Ok(Handled::Done) }
    }

    /// Returns whether the mail may go, or from when on another one may. Mails that strangers can have sent to an address that has not
    /// confirmed are counted by address, over all askers, who are answered as ever. Only the worker that holds the delivery counts, so that
    /// a mail counts once however often it is tried.
    async fn allowed(&self, due: &AccountMailDue, to: &Email, subject: &Subject) -> Result<Allowed, Failure> {
        let (store, now) = (&self.store, self.clock.now());
        match due.mail {
            // To the account's own address, or to a confirmed one of the same organisation.
            Kind::EmailChangeNotice | Kind::Delegation | Kind::Undeliverable | Kind::MissedAlerts | Kind::Test => Ok(Ok(())),
            Kind::AccountChanged => Ok(store.quota_take_for_changes(&due.account_id, &subject.hash, now).await?),
            Kind::Invitation | Kind::Confirmation | Kind::LinkRequest => {
                let owners = store.address_read_owners(std::slice::from_ref(to)).await?;
                if owners.get(to).is_some_and(|owner| owner.email_status == EmailStatus::Confirmed) {
                    return Ok(Ok(()));
                }
                Ok(store.quota_take_for_stranger(to, &subject.hash, now).await?)
            }
        }
    }

    /// The address of a page that acts on a request.
    pub(crate) fn link(&self, purpose: Purpose, page: &str, account: &AccountId, request: &RequestId) -> String {
        let token = Token { purpose, account: account.clone(), request: request.clone() };
        format!("{}/{page}?token={}", self.portal_url, self.tokens.sign(&token))
    }

    /// To whom and what; nothing if the request was answered, withdrawn or superseded meanwhile.
    async fn compose(&self, due: &AccountMailDue, account: &Account) -> Result<Vec<Composed>, Failure> {
        let composed = match due.mail {
            Kind::Undeliverable => return self.undeliverable(account, &due.request_id).await,
            Kind::MissedAlerts => return self.missed(account, due.since.unwrap_or(self.clock.now())).await,
            Kind::Delegation => self.delegation(due, account).await?,
            Kind::AccountChanged => self.account_changed(account, &due.request_id).await?,
            Kind::LinkRequest => self.link_request(account, &due.request_id).await?,
            _ => {
                let composed = self.compose_own(due, account).await?;
                composed.map(|(to, rendered)| Composed { recipient: account.id.clone(), to, rendered })
            }
        };
        Ok(composed.into_iter().collect())
    }

    /// Composes the mail to the colleague who is asked to stand in, as long as the request waits and they belong to the same organisation.
    async fn delegation(&self, due: &AccountMailDue, account: &Account) -> Result<Option<Composed>, Failure> {
        let absence = account.absence.as_ref().filter(|absence| account.active && !absence.is_over(paris::day(self.clock.now())));
        let asked = absence.and_then(|absence| Some((absence, absence.delegate.as_ref()?)));
        let asked = asked.filter(|(_, asked)| account.active && asked.request_id == due.request_id && !asked.agreed);
        let Some((absence, asked)) = asked else {
            return Ok(None);
        };
        let delegate = self.store.account_read(&asked.account_id).await?;
        let Some(delegate) = delegate.filter(|delegate| delegate.active && delegate.email_status == EmailStatus::Confirmed) else {
            return Ok(None);
        };
        let link = &self.link(Purpose::Delegation, "delegation", &account.id, &due.request_id);
        let absentee = &format!("{} {}", account.contact.first_name, account.contact.last_name);
        let mail = AccountMail::Delegation { link, absentee, days: [absence.from, absence.until] };
        let rendered = mail.render(&delegate.contact, &self.portal_url);
        Ok(Some(Composed { recipient: delegate.id, to: delegate.contact.email, rendered }))
    }

    /// To an agent whose address is confirmed, also once it was deactivated.
    async fn account_changed(&self, account: &Account, id: &RequestId) -> Result<Option<Composed>, Failure> {
        let Some(record) = self.store.audit_read_of_account(&account.id, id).await? else { return Ok(None) };
        if account.email_status != EmailStatus::Confirmed {
            return Ok(None);
        }
        let moved = record.changes.iter().filter(|change| change.field == "entityId").flat_map(|change| [&change.before, &change.after]);
        let moved = moved.flatten().filter_map(|id| EntityId::parse(id).ok()).collect();
        let entities = self.store.entity_read_each(&moved).await?;
        let rendered = AccountMail::Changed { record: &record, entities: &entities }.render(&account.contact, &self.portal_url);
        Ok(Some(Composed { recipient: account.id.clone(), to: account.contact.email.clone(), rendered }))
    }

    async fn compose_own(&self, due: &AccountMailDue, account: &Account) -> Result<Option<(Email, Rendered)>, Failure> {
        let render = |mail: AccountMail<'_>| mail.render(&account.contact, &self.portal_url);
        if due.mail == Kind::Test {
            return Ok(Some((account.contact.email.clone(), render(AccountMail::TestAlert { alerts: &account.alerts }))));
        }
        let link = |purpose, page| self.link(purpose, page, &account.id, &due.request_id);
        if due.mail == Kind::Invitation {
            let invitation = account.invitation.as_ref().filter(|invitation| invitation.request_id == due.request_id);
            let Some(invitation) = invitation.filter(|_| account.active) else { return Ok(None) };
            let entity = self.store.entity_read(&account.entity_id).await?;
            let (entity_name, organisation) = entity.as_ref().map(|e| (e.name.as_str(), e.organisation.as_str())).unwrap_or_default();
            let link = &link(Purpose::Invitation, "invitation");
            let mail = render(AccountMail::Invitation { link, expires_at: invitation.expires_at, entity_name, organisation });
            return Ok(Some((account.contact.email.clone(), mail)));
        }
        let pending = account.pending_email.as_ref().filter(|pending| pending.request_id == due.request_id);
        let former = account.former_emails.iter().find(|former| former.request_id == due.request_id);
        if let Some(former) = former.filter(|_| due.mail == Kind::EmailChangeNotice) {
            // Confirmed before the notice went: the address that was replaced is told all the same, whatever was changed since.
            let notice = || render(AccountMail::EmailChangeNotice { new_address: &account.contact.email, expires_at: None });
            return Ok((former.address != account.contact.email).then(|| (former.address.clone(), notice())));
        }
        let Some(pending) = pending else { return Ok(None) };
        if due.mail == Kind::EmailChangeNotice {
            let deliverable = account.email_status != EmailStatus::Undeliverable && pending.address != account.contact.email;
            let notice = AccountMail::EmailChangeNotice { new_address: &pending.address, expires_at: Some(pending.expires_at) };
            return Ok(deliverable.then(|| (account.contact.email.clone(), render(notice))));
        }
        // A deactivated account confirms nothing.
        if !account.active {
            return Ok(None);
        }
        // Only the address itself is told that it is taken.
        let owner = self.store.address_read_owner(&pending.address).await?;
        let link = &link(Purpose::Confirmation, "confirm");
        let mail = render(if owner.is_some_and(|owner| owner != account.id) {
            AccountMail::AddressTaken
        } else {
            AccountMail::Confirmation { link, expires_at: pending.expires_at }
        });
        Ok(Some((pending.address.clone(), mail)))
    }
}
