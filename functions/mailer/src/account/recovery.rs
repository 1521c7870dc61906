//! Mails of recoveries: the link by which another login takes an account over, to the account's
//! address; and what became of it, to the same and to those who administer the account.

use std::collections::BTreeSet;

use jiff::Timestamp;
use vigie_aws::queue::Failure;
use vigie_domain::{
    account::{Account, binding::RecoveryAsk},
    audit::{Record, What},
    contact::email::Email,
    delivery::asked::{Asked, Origin},
    event::{AccountMailDue, RecoveryDue, mail::AccountMailKind},
    id::RequestId,
    token::Token,
};
use vigie_mail::{AccountMail, Recovered};
use vigie_store::{StoreError, Subject};

use crate::{
    Mailer,
    account::composed::{Composed, subject},
    send::Sender,
};

impl Mailer {
    /// Mails the owner of the address that a login asked for, if there is an account that can be
    /// recovered. It counts against the mailbox whether there is or not: what is left of the share
    /// tells nothing. What is over it is not tried again, since its link works for an hour only.
    pub(crate) async fn recovery_asked(
        &self,
        due: &RecoveryDue,
        sender: Sender<'_>,
    ) -> Result<(), Failure> {
        let (kind, now) = (AccountMailKind::Recovery, self.clock.now());
        let asks = self.store.recovery_read_asks(&due.login_id).await?;
        let waits = |ask: &&RecoveryAsk| !ask.used && now < ask.expires_at();
        let Some(ask) = asks.find(&due.request_id).filter(waits) else {
            return Ok(());
        };
        let name = Subject::account_mail(kind.as_str(), due.request_id.as_str(), 1).hash;
        let origin = Origin::Login;
        let counted =
            self.store
                .quota_take_for_asked(&ask.mailbox, &origin, Asked::Recovery, &name, now);
        if counted.await?.is_err() {
            return Ok(());
        }
        let owner = self.store.address_read_owner(&ask.address).await?;
        let owner = self.store.account_read_each(owner.as_slice()).await?;
        let Some(owner) = owner.into_values().find(|owner| owner.is_asked_for(ask)) else {
            return Ok(());
        };
        let composed = self
            .recovery_mail(&owner, &due.request_id, ask.expires_at(), false)
            .await?;
        let Some(composed) = composed else {
            return Ok(());
        };
        let due = AccountMailDue::new(due.event_id.as_str(), &owner.id, kind, &due.request_id);
        let origins = vec![origin];
        let composed = Composed {
            origins,
            ..composed
        };
        self.send_composed(&due, composed, sender).await
    }

    /// Composes the link that an administrator has mailed, while it works.
    pub(crate) async fn recovery(
        &self,
        account: &Account,
        request: &RequestId,
    ) -> Result<Option<Composed>, Failure> {
        let address = account.recoverable().ok().map(Email::digest);
        let link = account.binding.link.as_ref().filter(|link| {
            link.request_id == *request
                && self.clock.now() < link.expires_at
                && Some(&link.address) == address.as_ref()
        });
        match link {
            Some(link) => {
                self.recovery_mail(account, request, link.expires_at, true)
                    .await
            }
            None => Ok(None),
        }
    }

    async fn recovery_mail(
        &self,
        account: &Account,
        request: &RequestId,
        expires_at: Timestamp,
        by_administrator: bool,
    ) -> Result<Option<Composed>, Failure> {
        let Some(token) = Token::recovery(&account.id, account.binding.number, request) else {
            return Ok(None);
        };
        let token = self.tokens.keys().await?.sign(&token);
        let entity = self.store.entity_read(&account.entity_id).await?;
        let (entity_name, organisation) = entity
            .as_ref()
            .map(|e| (e.name.as_str(), e.organisation.as_str()))
            .unwrap_or_default();
        let mail = AccountMail::Recovery {
            link: &format!("{}/recovery?token={token}", self.letterhead.portal_url),
            expires_at,
            by_administrator,
            entity_name,
            organisation,
        };
        let rendered = mail.render(&account.contact, &self.letterhead);
        Ok(Composed::own(account, rendered))
    }

    /// Composes the mails that tell of a recovery that waits, was stopped or took effect, as the
    /// account's copy of the audit says.
    pub(crate) async fn recovered(
        &self,
        account: &Account,
        due: &AccountMailDue,
    ) -> Result<Vec<Composed>, Failure> {
        let record = self
            .store
            .audit_read_of_account(&account.id, &due.request_id)
            .await?;
        let Some(record) = record.filter(|record| {
            matches!(
                record.what,
                What::RecoveryWaits | What::RecoveryStopped | What::AccountRecovered
            )
        }) else {
            return Ok(Vec::new());
        };
        let mail = |of| {
            AccountMail::Recovered(Recovered {
                record: &record,
                of,
            })
        };
        let mut mails = self.stopping(account, &record).await?;
        if account.confirmed_email().is_some() {
            let rendered = mail(None).render(&account.contact, &self.letterhead);
            mails.extend(Composed::own(account, rendered));
        }
        let (name, entity) = (
            account.contact.full_name(),
            self.entity_name(account).await?,
        );
        for administrator in self.untold(account, &subject(due)).await? {
            let told = mail(Some((&name, &entity)));
            let rendered = told.render(&administrator.contact, &self.letterhead);
            mails.extend(Composed::own(&administrator, rendered));
        }
        Ok(mails)
    }

    /// Composes the links by which the readers of addresses that administrators replaced lately
    /// stop a recovery that waits: whoever set the one in use may read it themselves.
    async fn stopping(&self, account: &Account, record: &Record) -> Result<Vec<Composed>, Failure> {
        let (now, due) = (self.clock.now(), record.recovery_due());
        let mut waiting = account.waiting_recoveries();
        let waiting = waiting.find(|of| Some(of.due) == due && now < of.due);
        let Some(waiting) = waiting.filter(|_| record.what == What::RecoveryWaits) else {
            return Ok(Vec::new());
        };
        let number = account.binding.number;
        let Some(token) = Token::recovery_stop(&account.id, number, &waiting.request_id) else {
            return Ok(Vec::new());
        };
        let token = self.tokens.keys().await?.sign(&token);
        let mail = AccountMail::RecoveryStop {
            link: &format!("{}/stop?token={token}", self.letterhead.portal_url),
            at: record.at,
            due: waiting.due,
        };
        let rendered = mail.render(&account.contact, &self.letterhead);
        let former = account.replaced_lately(now).zip(2..);
        let former = former.filter(|(address, _)| account.contact.email.as_ref() != Some(address));
        let composed = |(address, number)| Composed {
            number: Some(number),
            ..Composed::to(account, address, rendered.clone())
        };
        Ok(former.map(composed).collect())
    }

    pub(crate) async fn entity_name(&self, account: &Account) -> Result<String, StoreError> {
        let wanted = BTreeSet::from([account.entity_id.clone()]);
        let found = self.store.entity_read_each(&wanted).await?;
        let name = found.get(&account.entity_id).map(|of| of.name.to_string());
        Ok(name.unwrap_or_default())
    }
}
