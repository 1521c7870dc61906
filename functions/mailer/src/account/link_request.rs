//! The mail that asks its recipient to link accounts. The address is looked up here, long after the
//! asker was answered, and the look-up leaves no trace on the asker's side.

use vigie_aws::queue::Failure;
use vigie_domain::{
    account::Account,
    delivery::{asked::Asked, unsubscribe::Choice},
    id::RequestId,
    token::Purpose,
};
use vigie_mail::AccountMail;

use crate::{Mailer, account::composed::Composed};

impl Mailer {
    /// Composes the mail to the owner of the address; none if nobody there could accept, or the two
    /// are linked. The delivery is the owner's: one of the asker's would tell that the address has
    /// an owner.
    pub(crate) async fn link_request(
        &self,
        asker: &Account,
        id: &RequestId,
    ) -> Result<Option<Composed>, Failure> {
        let Some(request) = self.store.link_request_read(&asker.id, id).await? else {
            return Ok(None);
        };
        let Some(address) = &request.address else {
            return Ok(None);
        };
        let Some(owner) = self.store.address_read_owner(address).await? else {
            return Ok(None);
        };
        let Some(owner) = self.store.account_read(&owner).await? else {
            return Ok(None);
        };
        if !request.is_for(&owner, asker, self.clock.now())
            || self.store.link_exists(&asker.id, &owner.id).await?
        {
            return Ok(None);
        }
        let entity = self.store.entity_read(&asker.entity_id).await?;
        let (entity_name, organisation) = entity
            .as_ref()
            .map(|e| (e.name.as_str(), e.organisation.as_str()))
            .unwrap_or_default();
        let name = asker.contact.full_name();
        let link = self
            .request_url(Purpose::Link, "link", &asker.id, id)
            .await?;
        let keys = self.tokens.keys().await?;
        let refuse = &self.unsubscribe_url(
            &keys,
            &owner.id,
            Choice::Asked(Asked::LinkRequest),
            self.clock.now(),
        );
        let mail = AccountMail::LinkRequest {
            link: &link,
            expires_at: request.expires_at,
            name: &name,
            entity_name,
            organisation,
            refuse,
        };
        let rendered = mail.render(&owner.contact, &self.letterhead);
        let origins = self.asking(asker, &owner).await?;
        Ok(Composed::own(&owner, rendered).map(|composed| Composed {
            origins,
            ..composed
        }))
    }
}
