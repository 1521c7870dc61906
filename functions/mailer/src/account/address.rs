//! Mails about a change of address: to the new one, which confirms it, and a notice to the old one.

use vigie_aws::queue::Failure;
use vigie_domain::{
    account::{Account, EmailStatus, PendingEmail, reservation::is_reserved},
    delivery::asked::Origin,
    event::AccountMailDue,
    token::Purpose,
};
use vigie_mail::AccountMail;

use crate::{Mailer, account::composed::Composed};

impl Mailer {
    /// Composes the notice to the address that a change replaces, or replaced before the notice
    /// went, whatever was changed since.
    pub(crate) fn email_change_notice(
        &self,
        due: &AccountMailDue,
        account: &Account,
    ) -> Option<Composed> {
        let notice = |new_address, expires_at, by_administrator| {
            AccountMail::EmailChangeNotice {
                new_address,
                expires_at,
                by_administrator,
            }
            .render(&account.contact, &self.letterhead)
        };
        if let Some(former) = account
            .former_emails
            .iter()
            .find(|former| former.request_id == due.request_id)
        {
            let now = account.contact.email.as_ref();
            let now = now.filter(|now| former.address != **now)?;
            let rendered = notice(now, None, former.by_administrator);
            return Some(Composed::to(account, &former.address, rendered));
        }
        let pending = account
            .pending_email
            .as_ref()
            .filter(|pending| pending.request_id == due.request_id)?;
        let deliverable = account.email_status != EmailStatus::Undeliverable
            && account.contact.email.as_ref() != Some(&pending.address);
        let expires_at = Some(pending.expires_at);
        let rendered = notice(&pending.address, expires_at, pending.by_administrator);
        Composed::own(account, rendered).filter(|_| deliverable)
    }

    /// Composes the mail that asks to confirm an address, while its link works; one that was held
    /// back, if it was not asked for again since. A deactivated account confirms nothing.
    pub(crate) async fn confirmation(
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
            .address_read_owner(&pending.address.digest())
            .await?
            .filter(|owner| *owner != account.id);
        let known = self.store.account_read_each(owner.as_slice()).await?;
        // An address that is only reserved belongs to whoever reads it.
        let is_kept = |owner| known.get(owner).is_none_or(|owner| !is_reserved(owner));
        let link = &self
            .request_url(
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
        let rendered = mail.render(&account.contact, &self.letterhead);
        let origin = if account.contact.email.as_ref() == Some(&pending.address) {
            Origin::Owner
        } else if pending.by_portal {
            Origin::Portal
        } else if pending.by_administrator {
            self.inviting(&account.entity_id, Some(&pending.address))
                .await?
        } else {
            Origin::Agent
        };
        Ok(Some(Composed {
            origins: vec![origin],
            ..Composed::to(account, &pending.address, rendered)
        }))
    }
}
