//! The daily mail: what was held for an account, judged again, as one mail at 7:00 in Paris; and what was held while it was away.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Deserialize;
use vigie_domain::{
    account::Account,
    alert::{judge, stands_in},
    consultation::{Consultation, Scope, Sight},
    entity::{Entity, Path},
    id::{AccountId, ConsultationId, EntityId},
    paris,
    unsubscribe::What,
};
use vigie_platform::{
    mail,
    queue::Failure,
    ses::{Answer, Parts},
    store::{
        StoreError,
        consultations::{FactContext, RecordedFact},
        deferred_alerts::DeferredAlert,
        deliveries::{Claim, Intent, Outcome, Subject, Wanted},
        snapshot::Snapshot,
    },
};

use crate::{
    Handled, Mailer, headers,
    outcome::outcome,
    recipient::{DELEGATED, STANDS_IN, tags},
};

/// Most alerts in one mail; more come in a second one.
const MAX_ALERTS_PER_MAIL: i32 = 500;
/// Most deliveries claimed or settled in one transaction.
const TRANSACTION_ACTIONS: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DailyDue {
    account_id: AccountId,
}

/// An alert that is held and may be told now.
struct Item {
    over: Snapshot,
    held: DeferredAlert,
    subject: Subject,
    consultation: Consultation,
    fact: RecordedFact,
    sight: Sight,
}

/// The scopes of consultations, as far as two accounts ask.
struct Scopes {
    paths: BTreeMap<EntityId, Path>,
    entities: BTreeMap<EntityId, Entity>,
    linked: BTreeMap<EntityId, BTreeSet<EntityId>>,
}

impl Scopes {
    fn scope(&self, consultation: &Consultation) -> Scope {
        let entity = &consultation.entity_id;
        let from = self.linked.iter().filter(|(_, to)| to.contains(entity)).map(|(from, _)| from.clone());
        Scope { path: self.paths.get(entity).cloned().unwrap_or_default(), transverse_from: from.collect() }
    }
}

/// The progress on the held alerts of a page.
#[derive(Default)]
struct Progress {
    over: Vec<Snapshot>,
    busy: bool,
}

impl Mailer {
    /// Tells what is held for an account, as one mail. Hands the message back (an error) while it may still go.
    pub(crate) async fn daily(&self, due: &DailyDue, last: bool) -> Result<Handled, Failure> {
        let mut after = None;
        let mut busy = false;
        loop {
            self.pace.wait().await;
            let Some(account) = self.store.account(&due.account_id).await? else { return Ok(Handled::Done) };
            let today = paris::day(self.clock.now());
            let page = self.store.held(&account.id, after, MAX_ALERTS_PER_MAIL).await?;
            let away = account.away(today);
            // Away again before it was told: it waits for that return, which may have no entry of its own.
            if let Some(absence) = away.filter(|_| page.items.iter().any(|(_, held)| held.until_return)) {
                self.store.open_daily(&account.id, absence.returns_at()).await?;
            }
            // What is of today is told tomorrow, and has an entry of its own.
            let ready = |held: &DeferredAlert| paris::day(held.recorded_at) < today && !(away.is_some() && held.until_return);
            let ready = page.items.into_iter().filter(|(_, held)| ready(held)).collect();
            let progress = self.tell(&account, ready, today, last).await?;
            self.store.forget(&progress.over).await?;
            busy |= progress.busy;
            after = page.next;
            if after.is_none() {
                return Ok(if busy { Handled::Busy } else { Handled::Done });
            }
        }
    }

    async fn tell(&self, account: &Account, held: Vec<(Snapshot, DeferredAlert)>, today: Date, last: bool) -> Result<Progress, Failure> {
        let mut progress = Progress::default();
        if held.is_empty() {
            return Ok(progress);
        }
        let delegate = match account.away(today) {
            Some(_) => self.agreed_delegates(std::slice::from_ref(account)).await?.remove(&account.id),
            None => None,
        };
        let all: Vec<_> = held.iter().map(|(_, held)| held).collect();
        let told = self.store.fact_contexts(&all).await?;
        let scopes = self.scopes(&told, [Some(account), delegate.as_ref()]).await?;
        let (items, skipped) = self.judged(account, held, told, &scopes, &mut progress).await?;
        self.skip(account, &skipped).await?;
        progress.over.extend(skipped.into_iter().map(|(over, ..)| over));

        if account.away(today).is_none() {
            self.mail(account, None, items, &scopes, last, &mut progress).await?;
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
            self.mail(delegate, Some(account), passed_on, &scopes, last, &mut progress).await?;
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
            linked.insert(account.entity_id.clone(), self.store.transverse_to(&account.entity_id).await?);
        }
        Ok(Scopes { paths: self.store.paths(&ids).await?, entities: self.store.entities(&ids).await?, linked })
    }

    /// Parts alerts that may be told from those that the agent asked for but must not have. Alerts that they do not want any more are over.
    async fn judged(
        &self,
        account: &Account,
        held: Vec<(Snapshot, DeferredAlert)>,
        told: Vec<Option<FactContext>>,
        scopes: &Scopes,
        progress: &mut Progress,
    ) -> Result<(Vec<Item>, Vec<(Snapshot, Subject, String)>), StoreError> {
        let ids: BTreeSet<ConsultationId> = held.iter().map(|(_, held)| held.consultation_id.clone()).collect();
        let stars = self.store.stars_of(&account.id, &ids).await?;
        let (mut items, mut skipped) = (Vec::with_capacity(held.len()), Vec::new());
        for ((over, held), told) in held.into_iter().zip(told) {
            let subject = Subject::alert(&held.consultation_id, &held.kind, &held.key);
            // What cannot be read stays held.
            let Some(told) = told else { continue };
            let (Some(consultation), Some(fact)) = (told.consultation, told.fact) else {
                progress.over.push(over);
                continue;
            };
            let star = stars.get(&consultation.id).is_some_and(|star| star.tells(fact.recorded_at));
            let verdict = fact.fact.alert().map(|kind| judge(account, star, kind, &consultation, &scopes.scope(&consultation)));
            match verdict {
                Some(Ok(sight)) => items.push(Item { over, held, subject, consultation, fact, sight }),
                Some(Err(why)) if why.is_worth_a_record() => skipped.push((over, subject, why.as_str().to_owned())),
                _ => progress.over.push(over),
            }
        }
        Ok((items, skipped))
    }

    async fn skip(&self, account: &Account, skipped: &[(Snapshot, Subject, String)]) -> Result<(), StoreError> {
        for chunk in skipped.chunks(TRANSACTION_ACTIONS) {
            let wanted: Vec<_> = chunk
                .iter()
                .map(|(_, subject, why)| Wanted { subject, account: account.id.clone(), intent: Intent::Skip(why.clone()) })
                .collect();
            self.store.claim_each(&wanted, self.clock.now()).await?;
        }
        Ok(())
    }

    /// Sends one mail with what can be claimed of the items, and records each.
    async fn mail(
        &self,
        to: &Account,
        absentee: Option<&Account>,
        items: Vec<Item>,
        scopes: &Scopes,
        last: bool,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        let (mut mine, mut over) = (Vec::with_capacity(items.len()), Vec::new());
        let mut rest = items;
        while !rest.is_empty() {
            let next = rest.split_off(rest.len().min(TRANSACTION_ACTIONS));
            let wanted: Vec<_> = rest
                .iter()
                .map(|item| {
                    let why = absentee.map_or(item.sight.as_str(), |_| STANDS_IN);
                    Wanted { subject: &item.subject, account: to.id.clone(), intent: Intent::Send(why.to_owned()) }
                })
                .collect();
            let claims = self.store.claim_each(&wanted, self.clock.now()).await?;
            for (item, claim) in rest.into_iter().zip(claims) {
                match claim {
                    Claim::Acquired => mine.push(item),
                    Claim::Busy => progress.busy = true,
                    Claim::Done => over.push(item),
                }
            }
            rest = next;
        }
        if !mine.is_empty() {
            self.send_daily(to, absentee, &mine, scopes, last).await?;
        }
        // Sent, refused for good or done before: for who is away, by what the delegate's record says.
        over.extend(mine);
        match absentee {
            None => progress.over.extend(over.into_iter().map(|item| item.over)),
            Some(absentee) => {
                let sent = self.store.sent_of(&to.id, over.iter().map(|item| &item.subject)).await?;
                let (told, untold): (Vec<_>, Vec<_>) = over.into_iter().partition(|item| sent.contains(&item.subject.hash));
                for item in untold {
                    self.hold_until_return(&item.subject.hash, &item.held, std::slice::from_ref(&absentee.id)).await?;
                }
                let told: Vec<_> = told.into_iter().map(|item| (item.over, item.subject, DELEGATED.to_owned())).collect();
                self.skip(absentee, &told).await?;
                progress.over.extend(told.into_iter().map(|(over, ..)| over));
            }
        }
        Ok(())
    }

    async fn send_daily(
        &self,
        to: &Account,
        absentee: Option<&Account>,
        items: &[Item],
        scopes: &Scopes,
        last: bool,
    ) -> Result<(), Failure> {
        let now = self.clock.now();
        let daily = items.iter().any(|item| !item.held.until_return);
        let unsubscribe_url = match absentee {
            Some(absentee) => self.unsubscribe_url(&absentee.id, What::StandingIn(to.id.clone()), now),
            None => {
                let kinds = items.iter().filter_map(|item| item.fact.fact.alert()).collect();
                self.unsubscribe_url(&to.id, What::Told { kinds, daily }, now)
            }
        };
        let told = items.iter().map(|item| mail::Told {
            consultation: &item.consultation,
            entity_name: scopes.entities.get(&item.consultation.entity_id).map(|entity| entity.name.as_str()),
            recorded: &item.fact,
            sight: item.sight,
        });
        let followed = items.iter().filter(|_| absentee.is_none()).map(|item| &item.consultation.id);
        let unfollow = followed.map(|id| (id.clone(), self.unfollow_url(&to.id, id, now))).collect();
        let told = told.collect();
        let portal_url = &self.portal_url;
        let daily = mail::Daily { to, absentee, told, portal_url, unsubscribe_url: &unsubscribe_url, unfollow, daily };
        let rendered = daily.render(now);
        let parts = Parts { subject: &rendered.subject, text: &rendered.text, html: &rendered.html };
        self.pace.book(1);
        let delivery = items.first().map(|item| item.subject.hash.clone()).unwrap_or_default();
        let tags = tags("daily", &to.id, &delivery);
        self.store.bundle(&to.id, &items.iter().map(|item| &item.subject).collect::<Vec<_>>(), now).await?;
        let headers = [headers::list(&self.portal_url), headers::unsubscribe(&unsubscribe_url)].concat();
        let answer = self.ses.send(&to.contact.email, parts, &headers, &tags).await;
        if answer == Answer::Unknown && !last {
            return Err(Failure::Retry("SES did not answer".to_owned()));
        }
        let outcome = outcome(answer, last);
        for chunk in items.chunks(TRANSACTION_ACTIONS) {
            let outcomes: Vec<(&Subject, AccountId, Outcome)> =
                chunk.iter().map(|item| (&item.subject, to.id.clone(), outcome.clone())).collect();
            self.store.settle_each(&outcomes).await?;
        }
        if outcome.is_open() { Err(Failure::Retry("SES cannot send now".to_owned())) } else { Ok(()) }
    }
}
