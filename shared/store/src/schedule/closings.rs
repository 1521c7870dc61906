//! Closings: what happens once a deadline has passed.

use jiff::Timestamp;
use vigie_domain::{
    consultation::{
        Consultation,
        fact::{Counts, Fact, RecordedFact},
    },
    id::EntityId,
};

use crate::{
    Result, Store, StoreError,
    consultation::stars::may_wait,
    schedule::{entries::PASSED, work::Closing},
    table::{
        item::{self, n},
        keys,
        transaction::{ABSENT, Expression, Transaction, TransactionError},
    },
};

#[derive(Clone, Copy)]
enum At {
    Consultation,
    Fact,
    Entry,
}

impl Store {
    /// Closes a consultation: counts what was recorded and records the closing as a fact, once per
    /// deadline. Does nothing but drop the entry if the deadline was moved, or the consultation
    /// cancelled, before it passed.
    pub async fn closing_run(&self, closing: &Closing, now: Timestamp) -> Result<()> {
        let found = self
            .get_item(&keys::consultation(&closing.consultation))
            .await?;
        let waiting = found.as_ref().is_none_or(|found| may_wait(found, now));
        let consultation: Option<Consultation> = found
            .map(|found| item::read(found, "consultation"))
            .transpose()?;
        let closed = |consultation: &Consultation| {
            closing.passed || consultation.closed_by(closing.deadline)
        };
        let revision = consultation
            .as_ref()
            .map(|consultation| consultation.revision);
        let Some(consultation) = consultation.filter(closed) else {
            return self.drop_not_closed(closing, revision).await;
        };
        let organisation = self.consultation_read_organisation(&consultation).await?;
        let fact = Fact::ConsultationClosed {
            deadline: closing.deadline,
            counts: self.counts(closing, organisation.as_ref()).await?,
        };
        let key = keys::fact(&closing.consultation, fact.kind(), &fact.key());
        let recorded = RecordedFact {
            fact,
            recorded_at: now,
            total: None,
            waiting,
            organisation_id: None,
        };
        let mut writes = Transaction::new();
        let unchanged = Expression::condition("revision = :revision")
            .value(":revision", n(consultation.revision));
        writes.check(
            At::Consultation,
            self,
            &keys::consultation(&closing.consultation),
            unchanged,
        )?;
        writes.put(
            At::Fact,
            self,
            item::write(&key, &recorded)?,
            Expression::condition(ABSENT),
        )?;
        writes.delete(At::Entry, self, &closing.entry, Expression::default())?;
        match self.transact(writes).await {
            Ok(()) => Ok(()),
            Err(TransactionError::Store(e)) => Err(e),
            // Closed before: saved again since, or by another sweep.
            Err(TransactionError::Refused(at))
                if at.iter().any(|(at, _)| matches!(at, At::Fact)) =>
            {
                self.drop_entry(&closing.entry).await
            }
            // Saved meanwhile: the next sweep reads it again.
            Err(TransactionError::Refused(_)) => Err(StoreError::Conflict),
        }
    }

    async fn counts(&self, closing: &Closing, organisation: Option<&EntityId>) -> Result<Counts> {
        let (mut counts, mut after) = (Counts::default(), None);
        loop {
            let page = self.fact_list(&closing.consultation, after).await?;
            page.items
                .iter()
                .filter(|recorded| !recorded.is_of_another(organisation))
                .for_each(|recorded| counts.add(&recorded.fact, closing.deadline));
            after = page.next;
            if after.is_none() {
                return Ok(counts);
            }
        }
    }

    /// Drops the entry of a deadline that this revision does not have in force: unless it was saved
    /// again since, perhaps with the deadline back in force, or the entry was marked as passed.
    /// Then the next sweep reads it again.
    async fn drop_not_closed(&self, closing: &Closing, revision: Option<u64>) -> Result<()> {
        let unchanged = match revision {
            Some(revision) => {
                Expression::condition("revision = :revision").value(":revision", n(revision))
            }
            None => Expression::condition(ABSENT),
        };
        let mut writes = Transaction::new();
        writes.check(
            (),
            self,
            &keys::consultation(&closing.consultation),
            unchanged,
        )?;
        let unmarked = if closing.passed {
            Expression::default()
        } else {
            Expression::condition(&format!("attribute_not_exists({PASSED})"))
        };
        writes.delete((), self, &closing.entry, unmarked)?;
        match self.write(writes).await {
            Err(StoreError::Refused) => Err(StoreError::Conflict),
            done => done,
        }
    }
}
