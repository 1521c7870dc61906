//! The daily mail: an account's deferred alerts, judged again and told at 7:00 in Paris; also those of an absence.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use jiff::civil::Date;
use serde::Deserialize;
use vigie_domain::{
    account::Account,
    alert::{judge, stands_in},
    consultation::{Consultation, Scope, Sight},
    entity::{Entity, Path},
    id::{AccountId, ConsultationId, EntityId},
    paris,
};
use vigie_platform::{
    queue::Failure,
    store::{DeferredAlert, FactContext, Intent, RecordedFact, Snapshot, StoreError, Subject, WantedDelivery},
};

use crate::{Handled, Mailer, letter::Letter, notices::Unreached};

/// Most alerts that are numbered together, in as many mails as they take.
const MAX_TOGETHER: i32 = 2000;
/// Most deliveries claimed or settled in one transaction.
pub(crate) const TRANSACTION_ACTIONS: usize = 100;

/// Time after the message's arrival within which the last mail may begin: a call of SES takes 10 s at most, and the function ends after 30.
const SENDING: Duration = Duration::from_secs(18);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DailyDue {
    account_id: AccountId,
}

/// A deferred alert that may be told now.
pub(crate) struct Item {
    pub over: Snapshot,
    pub held: DeferredAlert,
    pub subject: Subject,
    pub consultation: Consultation,
    pub fact: RecordedFact,
    pub sight: Sight,
}

/// The scopes of consultations, as far as two accounts ask.
pub(crate) struct Scopes {
    paths: BTreeMap<EntityId, Path>,
    pub entities: BTreeMap<EntityId, Entity>,
    linked: BTreeMap<EntityId, BTreeSet<EntityId>>,
}

impl Scopes {
    fn scope(&self, consultation: &Consultation) -> Scope {
        let entity = &consultation.entity_id;
        let from = self.linked.iter().filter(|(_, to)| to.contains(entity)).map(|(from, _)| from.clone());
        Scope { path: self.paths.get(entity).cloned().unwrap_or_default(), transverse_from: from.collect() }
    }
}

/// Progress on a page of deferred alerts.
#[derive(Default)]
pub(crate) struct Progress {
    pub over: Vec<Snapshot>,
    pub busy: bool,
    /// Addresses that the administrator has not been told of yet; told beside their alerts.
    pub unreached: Vec<Unreached>,
}

/// One receive of the message, and its limits.
#[derive(Clone, Copy)]
struct Receive {
    today: Date,
    last: bool,
    until: Instant,
}

impl Mailer {
    /// Tells an account's deferred alerts, in one mail or as many as it takes. Hands the message back (an error) while some may still go.
    pub(crate) async fn daily(&self, due: &DailyDue, last: bool) -> Result<Handled, Failure> {
        let until = Instant::now() + SENDING;
        let (mut after, mut busy, mut unreached) = (None, false, None);
        loop {
            self.pace.wait().await;
            let Some(account) = self.store.account_read(&due.account_id).await? else { return Ok(Handled::Done) };
            let today = paris::day(self.clock.now());
            let notices = match unreached.take() {
                Some(notices) => notices,
                None => self.unreached(&account, today).await?,
            };
            let page = self.store.deferred_alert_list(&account.id, after, MAX_TOGETHER).await?;
            let away = account.away(today);
            // The agent is away again before it was told: it waits for the new return, which may have no entry of its own yet.
            if let Some(absence) = away.filter(|_| page.items.iter().any(|(_, held)| held.until_return)) {
                self.store.work_open_daily(&account.id, absence.returns_at()).await?;
            }
            // Today's alerts are told tomorrow, and have an entry of their own.
            let ready = |held: &DeferredAlert| paris::day(held.recorded_at) < today && !(away.is_some() && held.until_return);
            let ready = page.items.into_iter().filter(|(_, held)| ready(held)).collect();
            let progress = Progress { unreached: notices, ..Progress::default() };
            let progress = self.tell(&account, ready, Receive { today, last, until }, progress).await?;
            self.store.snapshot_delete(&progress.over).await?;
            busy |= progress.busy;
            after = page.next;
            if after.is_none() {
                // There was no mail for them to go with.
                busy |= self.tell_alone(&account, progress.unreached, last).await? == Handled::Busy;
                return Ok(if busy { Handled::Busy } else { Handled::Done });
            }
            unreached = Some(progress.unreached);
        }
    }

    async fn tell(
        &self,
        account: &Account,
        held: Vec<(Snapshot, DeferredAlert)>,
        receive: Receive,
        mut progress: Progress,
    ) -> Result<Progress, Failure> {
        if held.is_empty() {
            return Ok(progress);
        }
        let Receive { today, last, until } = receive;
        let delegate = match account.away(today) {
            Some(_) => self.agreed_delegates(std::slice::from_ref(account)).await?.remove(&account.id),
            None => None,
        };
        let all: Vec<_> = held.iter().map(|(_, held)| held).collect();
        let told = self.store.deferred_alert_read_contexts(&all).await?;
        let scopes = self.scopes(&told, [Some(account), delegate.as_ref()]).await?;
        let (items, skipped) = self.judged(account, held, told, &scopes, &mut progress).await?;
        self.skip(account, &skipped).await?;
        progress.over.extend(skipped.into_iter().map(|(over, ..)| over));

        if account.away(today).is_none() {
            let letter = Letter { mailer: self, to: account, absentee: None, scopes: &scopes, last, until };
            letter.send(items, &mut progress).await?;
            return Ok(progress);
        }
        let may = |item: &Item| {
            delegate.as_ref().is_some_and(|delegate| stands_in(delegate, &item.consultation, &scopes.scope(&item.consultation), today))
        };
        let (passed_on, kept): (Vec<_>, Vec<_>) = items.into_iter().partition(may);
        for item in kept {
            self.hold_until_return(&item.subject.hash, &item.held, std::slice::from_ref(&account.id)).await?;
        }
        if let Some(delegate) = &delegate {
            let letter = Letter { mailer: self, to: delegate, absentee: Some(account), scopes: &scopes, last, until };
            letter.send(passed_on, &mut progress).await?;
        }
        Ok(progress)
    }

    async fn scopes(&self, told: &[Option<FactContext>], accounts: [Option<&Account>; 2]) -> Result<Scopes, StoreError> {
        let ids = told
            .iter()
            .filter_map(|told| told.as_ref()?.consultation.as_ref())
            .map(|consultation| consultation.entity_id.clone())
            .collect();
        let mut linked = BTreeMap::new();
        for account in accounts.into_iter().flatten().filter(|account| account.permanent_guest.transverse) {
            linked.insert(account.entity_id.clone(), self.store.entity_list_transverse_to(&account.entity_id).await?);
        }
        Ok(Scopes { paths: self.store.entity_read_paths(&ids).await?, entities: self.store.entity_read_each(&ids).await?, linked })
    }

    /// Separates the alerts that may be told from those that the agent asked for but must not have. Alerts that they do not want any more are over.
    async fn judged(
        &self,
        account: &Account,
        held: Vec<(Snapshot, DeferredAlert)>,
        told: Vec<Option<FactContext>>,
        scopes: &Scopes,
        progress: &mut Progress,
    ) -> Result<(Vec<Item>, Vec<(Snapshot, Subject, &'static str)>), StoreError> {
        let ids: BTreeSet<ConsultationId> = held.iter().map(|(_, held)| held.consultation_id.clone()).collect();
        let stars = self.store.favourite_find(&account.id, &ids).await?;
        let (mut items, mut skipped) = (Vec::with_capacity(held.len()), Vec::new());
        for ((over, held), told) in held.into_iter().zip(told) {
            let subject = Subject::alert(&held.consultation_id, &held.kind, &held.key);
            // A deferred alert that cannot be read stays deferred.
            let Some(told) = told else { continue };
            let (Some(consultation), Some(fact)) = (told.consultation, told.fact) else {
                progress.over.push(over);
                continue;
            };
            let star = stars.get(&consultation.id).is_some_and(|star| star.tells(fact.recorded_at));
            let verdict = fact.fact.alert().map(|kind| judge(account, star, kind, &consultation, &scopes.scope(&consultation)));
            match verdict {
                Some(Ok(sight)) => items.push(Item { over, held, subject, consultation, fact, sight }),
                Some(Err(why)) if why.is_worth_a_record() => skipped.push((over, subject, why.as_str())),
                _ => progress.over.push(over),
            }
        }
        Ok((items, skipped))
    }

    pub(crate) async fn skip(&self, account: &Account, skipped: &[(Snapshot, Subject, &'static str)]) -> Result<(), StoreError> {
        for chunk in skipped.chunks(TRANSACTION_ACTIONS) {
            let wanted: Vec<_> =
                chunk.iter().map(|(_, subject, why)| WantedDelivery { subject, account: &account.id, intent: Intent::Skip(why) }).collect();
            self.store.delivery_claim_each(&wanted, self.clock.now()).await?;
        }
        Ok(())
    }
}
