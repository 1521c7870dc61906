//! Test alerts, which an agent asks for.

use jiff::Timestamp;
use vigie_domain::account::{Account, MailQuota};

use crate::{
    Result, Store,
    delivery::{
        claims::{Intent, WantedDelivery, claimed},
        items::Subject,
    },
    table::{
        item::{self, n},
        keys,
        transaction::{ABSENT, Expression, Transaction},
    },
};

impl Store {
    /// Records that an account asks for a test alert, for whoever claims it first, and counts its
    /// mail; refused if the account has changed since it was read.
    pub async fn test_alert_ask(
        &self,
        account: &Account,
        subject: &Subject,
        quota: &MailQuota,
        now: Timestamp,
    ) -> Result<()> {
        let mut writes = Transaction::new();
        let update = Expression::update("SET mailQuota = :quota, version = :next")
            .when("version = :version")
            .value(":quota", item::value(quota)?)
            .value(":version", n(account.version))
            .value(":next", n(account.version + 1));
        writes.update((), self, &keys::account(&account.id), update)?;
        let wanted = WantedDelivery {
            subject,
            account: &account.id,
            intent: Intent::Send("asked"),
        };
        let mut open = claimed(&wanted, now)?;
        open.insert("lease".to_owned(), n(0));
        writes.put((), self, open, Expression::condition(ABSENT))?;
        Ok(self.transact(writes).await?)
    }
}
