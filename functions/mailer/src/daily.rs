//! The daily mail: an account's deferred alerts, judged again and told at 7:00 in Paris; also those
//! of an absence.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use vigie_aws::queue::Failure;
use vigie_domain::{
    account::Account,
    consultation::{Consultation, Scope, Sight, fact::RecordedFact},
    delivery::alert::{LeftOut, judge, stands_in},
    entity::{Entity, Path},
    event::DailyDue,
    id::{ConsultationId, EntityId},
    paris,
};
use vigie_store::{
    Claim, DeferredAlert, FactContext, Intent, Snapshot, StoreError, Subject, WantedDelivery,
};

use crate::{Handled, Mailer, letter::Letter, receive::Receive};

/// Most alerts that are numbered together, in as many mails as they take.
const MAX_TOGETHER: i32 = 2000;
/// Most deliveries claimed or settled in one transaction.
pub(crate) const TRANSACTION_ACTIONS: usize = 100;

/// A deferred alert that may be told now.
pub(crate) struct Item {
    pub over: Snapshot,
    pub held: DeferredAlert,
    pub subject: Subject,
    pub consultation: Consultation,
    pub fact: RecordedFact,
    pub sight: Sight,
}

/// A deferred alert that the agent does not get, and why.
pub(crate) type Skipped = (Snapshot, Subject, &'static str);

/// The scopes of consultations, as far as two accounts ask.
pub(crate) struct Scopes {
    paths: BTreeMap<EntityId, Path>,
    pub entities: BTreeMap<EntityId, Entity>,
    linked: BTreeMap<EntityId, BTreeSet<EntityId>>,
}

impl Scopes {
    fn scope(&self, consultation: &Consultation) -> Scope {
        let entity = &consultation.entity_id;
        let from = self
            .linked
            .iter()
            .filter(|(_, to)| to.contains(entity))
            .map(|(from, _)| from.clone());
        Scope {
            path: self.paths.get(entity).cloned().unwrap_or_default(),
            transverse_from: from.collect(),
        }
    }
}

/// Progress on a page of deferred alerts.
#[derive(Default)]
pub(crate) struct Progress {
    pub over: Vec<Snapshot>,
    pub busy: bool,
    /// Some cannot be judged yet.
    waits: bool,
}

impl Mailer {
    /// Tells an account's deferred alerts, in one mail or as many as it takes. Hands the message
    /// back (an error) while some may still go.
    pub(crate) async fn daily(&self, due: &DailyDue, receive: Receive) -> Result<Handled, Failure> {
        let (mut after, mut busy, mut waits) = (None, false, false);
        loop {
            self.pace.wait(receive.until).await;
            let Some(account) = self.store.account_read(&due.account_id).await? else {
                return Ok(Handled::Done);
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
            let progress = self.tell(&account, ready, today, receive).await?;
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
                return Ok(if busy { Handled::Busy } else { Handled::Done });
            }
        }
    }

    async fn tell(
        &self,
        account: &Account,
        held: Vec<(Snapshot, DeferredAlert)>,
        today: Date,
        receive: Receive,
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
        let (items, skipped) = self
            .judged(account, held, told, &scopes, &mut progress)
            .await?;
        self.skip(account, skipped, &mut progress).await?;

        let keys = self.tokens.keys().await?;
        if account.away(today).is_none() {
            let letter = Letter {
                mailer: self,
                keys: &keys,
                to: account,
                absentee: None,
                scopes: &scopes,
                receive,
            };
            letter.send(items, &mut progress).await?;
            return Ok(progress);
        }
        let may = |item: &Item| {
            delegate.as_ref().is_some_and(|delegate| {
                stands_in(
                    delegate,
                    &item.consultation,
                    &scopes.scope(&item.consultation),
                    today,
                )
            })
        };
        let (passed_on, kept): (Vec<_>, Vec<_>) = items.into_iter().partition(may);
        for item in kept {
            self.hold_until_return(
                &item.subject.hash,
                &item.held,
                std::slice::from_ref(&account.id),
            )
            .await?;
        }
        if let Some(delegate) = &delegate {
            let letter = Letter {
                mailer: self,
                keys: &keys,
                to: delegate,
                absentee: Some(account),
                scopes: &scopes,
                receive,
            };
            letter.send(passed_on, &mut progress).await?;
        }
        Ok(progress)
    }

    async fn scopes(
        &self,
        told: &[Option<FactContext>],
        accounts: [Option<&Account>; 2],
    ) -> Result<Scopes, StoreError> {
        let ids = told
            .iter()
            .filter_map(|told| told.as_ref()?.consultation.as_ref())
            .map(|consultation| consultation.entity_id.clone())
            .collect();
        let mut linked = BTreeMap::new();
        for account in accounts
            .into_iter()
            .flatten()
            .filter(|account| account.permanent_guest.transverse)
        {
            linked.insert(
                account.entity_id.clone(),
                self.store
                    .entity_list_transverse_to(&account.entity_id)
                    .await?,
            );
        }
        Ok(Scopes {
            paths: self.store.entity_find_paths(&ids).await?,
            entities: self.store.entity_read_each(&ids).await?,
            linked,
        })
    }

    /// Separates the alerts that may be told from those that the agent asked for but must not have.
    /// Alerts that they do not want any more are over; what cannot be judged yet stays deferred
    /// until the next daily mail.
    async fn judged(
        &self,
        account: &Account,
        held: Vec<(Snapshot, DeferredAlert)>,
        told: Vec<Option<FactContext>>,
        scopes: &Scopes,
        progress: &mut Progress,
    ) -> Result<(Vec<Item>, Vec<Skipped>), StoreError> {
        let ids: BTreeSet<ConsultationId> = held
            .iter()
            .map(|(_, held)| held.consultation_id.clone())
            .collect();
        let stars = self.store.favourite_find(&account.id, &ids).await?;
        let (mut items, mut skipped, mut unwanted) =
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
                Ok(sight) => items.push(Item {
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
        Ok((items, skipped))
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
        account: &Account,
        skipped: Vec<Skipped>,
        progress: &mut Progress,
    ) -> Result<(), StoreError> {
        let mut skipped = skipped.into_iter().peekable();
        while skipped.peek().is_some() {
            let chunk: Vec<_> = skipped.by_ref().take(TRANSACTION_ACTIONS).collect();
            let wanted: Vec<_> = chunk
                .iter()
                .map(|(_, subject, why)| WantedDelivery {
                    subject,
                    account: &account.id,
                    intent: Intent::Skip(why),
                })
                .collect();
            let claims = self
                .store
                .delivery_claim_each(&wanted, self.clock.now())
                .await?;
            for ((over, ..), claim) in chunk.into_iter().zip(claims) {
                if claim == Claim::Busy {
                    progress.busy = true;
                } else {
                    progress.over.push(over);
                }
            }
        }
        Ok(())
    }
}
