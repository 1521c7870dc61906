//! Reminders of requests: what happens on the working day before an answer is wanted.

use jiff::Timestamp;
use vigie_domain::{consultation::fact::RecordedFact, delivery::alert::is_past};

use crate::{
    Result, Store,
    consultation::stars::may_wait,
    schedule::work::Reminder,
    table::{
        item, keys,
        transaction::{ABSENT, Expression, Transaction, TransactionError},
    },
};

#[derive(Clone, Copy)]
enum At {
    Fact,
    Entry,
}

impl Store {
    /// Records the reminder of a request as a fact, once. Does nothing but drop the entry if the
    /// request has ended, or its consultation is over or not known: then nobody was asked yet. The
    /// mailer judges again.
    pub async fn reminder_run(&self, work: &Reminder, now: Timestamp) -> Result<()> {
        let id = &work.consultation;
        let Some(found) = self.get_item(&keys::consultation(id)).await? else {
            return self.drop_entry(&work.entry).await;
        };
        let told = self.fact_read_context(id, &work.kind, &work.key).await?;
        let organisation = match &told.consultation {
            Some(known) => self.consultation_read_organisation(known).await?,
            None => None,
        };
        let asked = told.fact;
        let asked = asked.filter(|asked| !asked.is_of_another(organisation.as_ref()));
        let organisation_id = asked.as_ref().and_then(|of| of.organisation_id.clone());
        let reminder = asked.and_then(|recorded| Some(recorded.fact.reminder()?.0));
        let reminder = reminder.filter(|reminder| {
            told.consultation
                .is_some_and(|consultation| !is_past(reminder, told.ended, &consultation))
        });
        let Some(fact) = reminder else {
            return self.drop_entry(&work.entry).await;
        };
        let key = keys::fact(id, fact.kind(), &fact.key());
        let recorded = RecordedFact {
            fact,
            recorded_at: now,
            total: None,
            waiting: may_wait(&found, now),
            organisation_id,
        };
        let mut writes = Transaction::new();
        writes.put(
            At::Fact,
            self,
            item::write(&key, &recorded)?,
            Expression::condition(ABSENT),
        )?;
        writes.delete(At::Entry, self, &work.entry, Expression::default())?;
        match self.transact(writes).await {
            Err(TransactionError::Store(e)) => Err(e),
            // Recorded before, by another sweep.
            Err(TransactionError::Refused(_)) => self.drop_entry(&work.entry).await,
            Ok(()) => Ok(()),
        }
    }
}
