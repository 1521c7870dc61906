//! Deferred alerts, judged again: told now, skipped with a reason, over, or deferred once more.

use std::collections::BTreeSet;

use vigie_domain::{
    account::Account,
    consultation::{Consultation, Sight, fact::RecordedFact},
    delivery::alert::{LeftOut, is_past, judge},
    id::ConsultationId,
};
use vigie_store::{
    DeferredAlert, FactContext, Intent, Snapshot, StoreError, Subject, WantedDelivery,
};

use crate::{
    Mailer,
    daily::scopes::Scopes,
    send::{Claimed, Sender},
};

/// A deferred alert that may be told now.
pub(crate) struct Ready {
    /// The deferred alert as it was read: dropped once it is over.
    pub over: Snapshot,
    pub held: DeferredAlert,
    pub subject: Subject,
    pub consultation: Consultation,
    pub fact: RecordedFact,
    pub sight: Sight,
}

/// A deferred alert that the agent does not get, and why.
pub(crate) type Skipped = (Snapshot, Subject, &'static str);

/// Progress on a page of deferred alerts.
#[derive(Default)]
pub(crate) struct Progress {
    /// Those that are told, or never will be.
    pub over: Vec<Snapshot>,
    /// True if another worker holds some.
    pub busy: bool,
    /// True if some cannot be judged yet.
    pub waits: bool,
}

impl Mailer {
    /// Separates the alerts that may be told from those that the agent asked for but must not have.
    /// Alerts that they do not want any more are over; what cannot be judged yet stays deferred
    /// until the next daily mail.
    pub(crate) async fn judged(
        &self,
        account: &Account,
        held: Vec<(Snapshot, DeferredAlert)>,
        told: Vec<Option<FactContext>>,
        scopes: &Scopes,
        progress: &mut Progress,
    ) -> Result<(Vec<Ready>, Vec<Skipped>), StoreError> {
        let ids: BTreeSet<ConsultationId> = held
            .iter()
            .map(|(_, held)| held.consultation_id.clone())
            .collect();
        let stars = self.store.favourite_find(&account.id, &ids).await?;
        let (mut ready, mut skipped, mut unwanted) =
            (Vec::with_capacity(held.len()), Vec::new(), Vec::new());
        for ((over, held), told) in held.into_iter().zip(told) {
            let subject = Subject::alert(&held.consultation_id, &held.kind, &held.key);
            let Some(told) = told else {
                progress.waits = true;
                continue;
            };
            let (Some(consultation), Some(fact)) = (told.consultation, told.fact) else {
                unwanted.push((over, subject, LeftOut::NotAFavourite));
                continue;
            };
            if is_past(&fact.fact, told.ended, &consultation) {
                unwanted.push((over, subject, LeftOut::Ended));
                continue;
            }
            let star = stars
                .get(&consultation.id)
                .is_some_and(|star| star.tells(fact.recorded_at));
            let Some(kind) = fact.fact.alert() else {
                progress.over.push(over);
                continue;
            };
            match judge(
                account,
                star,
                kind,
                &consultation,
                &scopes.scope(&consultation),
            ) {
                Ok(sight) => ready.push(Ready {
                    over,
                    held,
                    subject,
                    consultation,
                    fact,
                    sight,
                }),
                Err(LeftOut::MayNotSeeIt)
                    if account.permanent_guest.dependent
                        && !scopes.paths.contains_key(&consultation.entity_id) =>
                {
                    progress.waits = true;
                }
                Err(why) if why.is_worth_a_record() => skipped.push((over, subject, why.as_str())),
                Err(why) => unwanted.push((over, subject, why)),
            }
        }
        skipped.extend(self.unwanted(account, unwanted, progress).await?);
        Ok((ready, skipped))
    }

    /// Keeps what a star that can still be put back would tell, and returns those whose delivery
    /// was begun: that has to be ended.
    async fn unwanted(
        &self,
        account: &Account,
        unwanted: Vec<(Snapshot, Subject, LeftOut)>,
        progress: &mut Progress,
    ) -> Result<Vec<Skipped>, StoreError> {
        if unwanted.is_empty() {
            return Ok(Vec::new());
        }
        let ids = unwanted
            .iter()
            .filter_map(|(_, subject, _)| subject.consultation_id.clone())
            .collect();
        let suspended = self
            .store
            .favourite_find_suspended(&account.id, &ids, self.clock.now())
            .await?;
        let open = self
            .store
            .delivery_find_open_of_account(
                &account.id,
                unwanted.iter().map(|(_, subject, _)| subject),
            )
            .await?;
        let mut begun = Vec::new();
        for (over, subject, why) in unwanted {
            if subject
                .consultation_id
                .as_ref()
                .is_some_and(|id| why == LeftOut::NotAFavourite && suspended.contains(id))
            {
                progress.waits = true;
            } else if open.contains(&subject.hash) {
                begun.push((over, subject, why.as_str()));
            } else {
                progress.over.push(over);
            }
        }
        Ok(begun)
    }

    /// Records why an agent does not get alerts, which are over then: not those that another worker
    /// holds.
    pub(crate) async fn skip(
        &self,
        sender: Sender<'_>,
        account: &Account,
        skipped: Vec<Skipped>,
        progress: &mut Progress,
    ) -> Result<(), StoreError> {
        let wanted: Vec<_> = skipped
            .iter()
            .map(|(_, subject, why)| WantedDelivery {
                subject,
                account: &account.id,
                intent: Intent::Skip(why),
            })
            .collect();
        let claims = sender.claim(&wanted).await?;
        let Claimed { mine, done, busy } = Claimed::of(skipped, &claims);
        progress.busy |= busy;
        let over = mine.into_iter().chain(done).map(|(over, ..)| over);
        progress.over.extend(over);
        Ok(())
    }
}
