//! The mail that asks a colleague to stand in.

use vigie_aws::queue::Failure;
use vigie_domain::{
    account::Account, delivery::asked::Origin, event::AccountMailDue, paris, token::Purpose,
};
use vigie_mail::AccountMail;

use crate::{Mailer, account::composed::Composed};

impl Mailer {
    /// Composes the mail to the colleague who is asked to stand in, as long as the request waits
    /// and they belong to the same organisation.
    pub(crate) async fn delegation(
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
        let may_be_asked = |delegate: &Account| delegate.active && !delegate.refuses_delegations;
        let Some(delegate) = delegate.filter(may_be_asked) else {
            return Ok(None);
        };
        let Some(address) = delegate.confirmed_email() else {
            return Ok(None);
        };
        let link = &self
            .request_url(
                Purpose::Delegation,
                "delegation",
                &account.id,
                &due.request_id,
            )
            .await?;
        let absentee = &account.contact.full_name();
        let mail = AccountMail::Delegation {
            link,
            absentee,
            days: [absence.from, absence.until],
        };
        let rendered = mail.render(&delegate.contact, &self.letterhead);
        Ok(Some(Composed {
            origins: vec![Origin::Colleague],
            ..Composed::to(&delegate, address, rendered)
        }))
    }
}
