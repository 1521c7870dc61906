//! The mails by which the erasure of a deactivated account is announced: to its agent, and to those
//! who administer it. Nothing is sent once it works again.

use jiff::Timestamp;
use vigie_aws::queue::Failure;
use vigie_domain::{account::Account, event::AccountMailDue};
use vigie_mail::AccountMail;

use crate::{
    Mailer,
    account::composed::{Composed, subject},
};

impl Mailer {
    /// Composes the mails that announce the erasure, while it is still to come.
    pub(crate) async fn erasure_announced(
        &self,
        account: &Account,
        due: &AccountMailDue,
    ) -> Result<Vec<Composed>, Failure> {
        let deactivated = account.deactivated.as_ref().filter(|of| of.announced);
        let Some(at) = deactivated.and_then(|of| of.erased_at) else {
            return Ok(Vec::new());
        };
        let mut mails: Vec<Composed> = Vec::new();
        if account.confirmed_email().is_some() {
            mails.extend(self.announced(account, at, None));
        }
        let name = account.contact.full_name();
        let entity = self.entity_name(account).await?;
        for administrator in self.untold(account, &subject(due)).await? {
            mails.extend(self.announced(&administrator, at, Some((&name, &entity))));
        }
        Ok(mails)
    }

    fn announced(&self, to: &Account, at: Timestamp, of: Option<(&str, &str)>) -> Option<Composed> {
        let mail = AccountMail::ErasureAnnounced { at, of };
        Composed::own(to, mail.render(&to.contact, &self.letterhead))
    }
}
