//! The mail that invites somebody to an account.

use vigie_aws::queue::Failure;
use vigie_domain::{
    account::Account, delivery::asked::Origin, event::AccountMailDue, token::Purpose,
};
use vigie_mail::AccountMail;

use crate::{Mailer, account::composed::Composed};

impl Mailer {
    /// Composes the invitation that waits, while its link works.
    pub(crate) async fn invitation(
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
            .request_url(
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
        let rendered = mail.render(&account.contact, &self.letterhead);
        let address = account.contact.email.as_ref();
        let origins = vec![if invitation.by_portal {
            Origin::Portal
        } else {
            self.inviting(&account.entity_id, address).await?
        }];
        Ok(Composed::own(account, rendered).map(|composed| Composed {
            origins,
            ..composed
        }))
    }
}
