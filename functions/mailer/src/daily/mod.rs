//! The daily mail: an account's deferred alerts, judged again and told at 7:00 in Paris; also those
//! of an absence.

mod judged;
mod letter;
mod scopes;

use jiff::civil::Date;
use vigie_aws::queue::Failure;
use vigie_domain::{account::Account, delivery::alert::stands_in, event::DailyDue, paris};
use vigie_store::{DeferredAlert, Snapshot};

use crate::{
    Mailer,
    daily::{
        judged::{Progress, Ready},
        letter::Letter,
    },
    send::{Sender, unless_busy},
};

/// Most alerts that are numbered together, in as many mails as they take.
const MAX_TOGETHER: i32 = 2000;

impl Mailer {
    /// Tells an account's deferred alerts, in one mail or as many as it takes. Hands the message
    /// back (an error) while some may still go.
    pub(crate) async fn daily(&self, due: &DailyDue, sender: Sender<'_>) -> Result<(), Failure> {
        let (mut after, mut busy, mut waits) = (None, false, false);
        loop {
            let Some(account) = self.store.account_read(&due.account_id).await? else {
                return Ok(());
            };
            let today = paris::day(self.clock.now());
            let page = self
                .store
                .deferred_alert_list(&account.id, after, MAX_TOGETHER)
                .await?;
            let away = account.away(today);
            // The agent is away again before it was told: it waits for the new return, which may
            // have no entry of its own yet.
            if let Some(absence) =
                away.filter(|_| page.items.iter().any(|(_, held)| held.until_return))
            {
                self.store
                    .work_open_daily(&account.id, absence.returns_at())
                    .await?;
            }
            // Today's alerts are told tomorrow, and have an entry of their own.
            let ready = |held: &DeferredAlert| {
                paris::day(held.recorded_at) < today && !(away.is_some() && held.until_return)
            };
            let ready = page
                .items
                .into_iter()
                .filter(|(_, held)| ready(held))
                .collect();
            let progress = self.tell(&account, ready, today, sender).await?;
            self.store.snapshot_delete(&progress.over).await?;
            busy |= progress.busy;
            waits |= progress.waits;
            after = page.next;
            if after.is_none() {
                if waits {
                    let now = self.clock.now();
                    self.store
                        .work_open_daily(&account.id, paris::told_daily(now, now))
                        .await?;
                }
                return unless_busy(busy);
            }
        }
    }

    /// Tells a page of deferred alerts, to the account or to the delegate who stands in for it.
    async fn tell(
        &self,
        account: &Account,
        held: Vec<(Snapshot, DeferredAlert)>,
        today: Date,
        sender: Sender<'_>,
    ) -> Result<Progress, Failure> {
        let mut progress = Progress::default();
        if held.is_empty() {
            return Ok(progress);
        }
        let delegate = match account.away(today) {
            Some(_) => self
                .agreed_delegates(std::slice::from_ref(account))
                .await?
                .remove(&account.id),
            None => None,
        };
        let all: Vec<_> = held.iter().map(|(_, held)| held).collect();
        let told = self.store.deferred_alert_read_contexts(&all).await?;
        let scopes = self
            .scopes(&told, [Some(account), delegate.as_ref()])
            .await?;
        let (ready, skipped) = self
            .judged(account, held, told, &scopes, &mut progress)
            .await?;
        self.skip(sender, account, skipped, &mut progress).await?;

        let keys = self.tokens.keys().await?;
        if account.away(today).is_none() {
            // Judged: who has no such address is told nothing.
            if let Some(address) = account.confirmed_email() {
                let letter = Letter {
                    mailer: self,
                    keys: &keys,
                    to: account,
                    address,
                    absentee: None,
                    scopes: &scopes,
                    sender,
                };
                letter.send(ready, &mut progress).await?;
            }
            return Ok(progress);
        }
        let may = |item: &Ready| {
            delegate.as_ref().is_some_and(|delegate| {
                stands_in(
                    delegate,
                    &item.consultation,
                    &scopes.scope(&item.consultation),
                    today,
                )
            })
        };
        let (passed_on, kept): (Vec<_>, Vec<_>) = ready.into_iter().partition(may);
        for item in kept {
            self.hold_until_return(
                &item.subject.hash,
                &item.held,
                std::slice::from_ref(&account.id),
            )
            .await?;
        }
        let reached = delegate
            .as_ref()
            .and_then(|delegate| Some((delegate, delegate.confirmed_email()?)));
        if let Some((delegate, address)) = reached {
            let letter = Letter {
                mailer: self,
                keys: &keys,
                to: delegate,
                address,
                absentee: Some(account),
                scopes: &scopes,
                sender,
            };
            letter.send(passed_on, &mut progress).await?;
        }
        Ok(progress)
    }
}
