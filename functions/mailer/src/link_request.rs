//! The mail to who is asked to link accounts. Whether the address belongs to anybody is looked up here, long after who asked was
//! answered, and leaves no trace on its side.

use vigie_domain::{account::Account, id::RequestId, token::Purpose};
use vigie_platform::{mail::AccountMail, queue::Failure};

use crate::{Mailer, account_mail::Composed};

impl Mailer {
    /// To the owner of the address; nothing if there is none who could accept, or the two are linked. It is a delivery of the owner's:
    /// one of who asked would tell that there was somebody to write to.
    pub(crate) async fn link_request(&self, asker: &Account, id: &RequestId) -> Result<Option<Composed>, Failure> {
        let Some(request) = self.store.link_request(&asker.id, id).await? else { return Ok(None) };
        let Some(address) = &request.address else { return Ok(None) };
        let Some(owner) = self.store.owner_of(address).await? else { return Ok(None) };
        let Some(owner) = self.store.account(&owner).await? else { return Ok(None) };
        if !request.is_for(&owner, asker, self.clock.now()) || self.store.are_linked(&asker.id, &owner.id).await? {
            return Ok(None);
        }
        let entity = self.store.entity(&asker.entity_id).await?;
        let (entity_name, organisation) = entity.as_ref().map(|e| (e.name.as_str(), e.organisation.as_str())).unwrap_or_default();
        let name = format!("{} {}", asker.contact.first_name, asker.contact.last_name);
        let link = self.link(Purpose::Link, "link", &asker.id, id);
        let mail = AccountMail::LinkRequest { link: &link, expires_at: request.expires_at, name: &name, entity_name, organisation };
        let rendered = mail.render(&owner.contact, &self.portal_url);
        Ok(Some(Composed { recipient: owner.id, to: owner.contact.email, rendered }))
    }
}
