//! Fans a fact out: a consultation's followers, page by page, as batches of ids for the mailer,
//! which decides.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::collections::BTreeSet;

use serde_json::Value;
use vigie_aws::{
    Consumer, Platform,
    bus::{Bus, Event},
    queue::{Failure, Message, each_message},
    ses::BULK,
};
use vigie_domain::{
    consultation::fact::{Fact, RecordedFact},
    entity::Path,
    event::{self, AlertDue, ConsultationReady, FactRecorded},
    id::{AccountId, ConsultationId, digest},
    retention::waits,
};
use vigie_runtime::{Error, clock::Clock, config::ConfigError, log};
use vigie_store::{Store, Subject};

/// Finds who follows.
#[derive(Clone, Debug)]
pub struct Alerts {
    /// The table.
    pub store: Store,
    /// The bus.
    pub bus: Bus,
    /// Tells the time.
    pub clock: Clock,
}

impl Alerts {
    /// From the environment.
    ///
    /// # Errors
    /// Something is missing in it.
    pub fn new(platform: &Platform) -> Result<Self, ConfigError> {
        Ok(Self {
            store: Store::from_env(platform.aws.dynamodb())?,
            bus: platform.bus()?,
            clock: platform.clock.clone(),
        })
    }

    async fn take(&self, message: &Message) -> Result<(), Failure> {
        match message.detail_type.as_str() {
            "FactRecorded" => self.fact(message.detail_of()?).await,
            "ConsultationReady" => self.ready(message.detail_of()?).await,
            _ => Err(Failure::unknown()),
        }
    }

    /// Fans out to a page of followers, and hands on where the next begins.
    async fn fact(&self, event: FactRecorded) -> Result<(), Failure> {
        let told = self
            .store
            .fact_read_context(
                &event.consultation_id,
                event.kind.as_str(),
                event.fact_key.as_str(),
            )
            .await?;
        let recorded = told
            .fact
            .ok_or_else(|| Failure::Reject("no such fact".to_owned()))?;
        let fact = &recorded.fact;
        // Without its consultation it waits: the first save fans it out.
        let Some(consultation) = told.consultation.filter(|_| fact.alert().is_some()) else {
            return Ok(());
        };
        // A hint, and none where something above cannot be read.
        let entity = BTreeSet::from([consultation.entity_id.clone()]);
        let path = self
            .store
            .entity_read_paths(&entity)
            .await?
            .remove(&consultation.entity_id)
            .unwrap_or_default();
        if recorded.is_of_another(consultation.organisation_of(&path)) {
            log::count("OrganisationOverlaps", 1);
            return Err(Failure::Reject(format!(
                "organisation-differs: what was told of {} was told of another organisation's",
                consultation.id
            )));
        }
        let page = self
            .store
            .follower_list(&consultation.id, event.after.clone())
            .await?;
        let mut events: Vec<_> = page
            .items
            .chunks(BULK)
            .map(|batch| due(&event, &path, batch))
            .collect();
        // Last: cut short, the page is fanned out again as a whole.
        if let Some(next) = page.next {
            events.push(self::recorded(&consultation.id, fact, Some(next))?);
        }
        Ok(self.bus.publish(&events).await?)
    }

    /// Facts that overtook the consultation, or its automatic favourites, each by a message of its
    /// own; a page of facts, and where the next begins. Repeated for a later drafting save; whoever
    /// was told before is not told again. What has waited too long waits no more: stars that come
    /// so late tell nothing of before.
    async fn ready(&self, event: ConsultationReady) -> Result<(), Failure> {
        let (id, now) = (event.consultation_id, self.clock.now());
        if !self.store.stars_are_awaited(&id, now).await? {
            return Ok(());
        }
        let page = self.store.fact_list(&id, event.after).await?;
        let due = |fact: &&RecordedFact| {
            fact.waiting && waits(fact.recorded_at, now) && fact.fact.alert().is_some()
        };
        let mut events: Vec<_> = page
            .items
            .iter()
            .filter(due)
            .map(|waiting| recorded(&id, &waiting.fact, None))
            .collect::<Result<_, _>>()?;
        if let Some(next) = page.next {
            let rest = ConsultationReady {
                event_id: digest(&["ready", id.as_str(), &next]),
                consultation_id: id,
                after: Some(next),
            };
            events.push(event::Event::from(rest).into());
        }
        Ok(self.bus.publish(&events).await?)
    }
}

fn recorded(id: &ConsultationId, fact: &Fact, after: Option<String>) -> Result<Event, Failure> {
    let recorded = FactRecorded::again(id, fact, after);
    let recorded = recorded.map_err(|e| Failure::Reject(e.to_string()))?;
    Ok(event::Event::from(recorded).into())
}

fn due(told: &FactRecorded, path: &Path, batch: &[AccountId]) -> Event {
    let (kind, key) = (told.kind.as_str(), told.fact_key.as_str());
    // The same whenever the fact is fanned out again.
    let hash = Subject::alert(&told.consultation_id, kind, key).hash;
    let first = batch.first().map(AccountId::as_str).unwrap_or_default();
    let due = AlertDue {
        event_id: format!("{hash}.{first}"),
        consultation_id: told.consultation_id.clone(),
        kind: told.kind.clone(),
        fact_key: told.fact_key.clone(),
        account_ids: batch.iter().cloned().collect(),
        entity_path: path.ids().to_vec(),
        delegate_id: None,
    };
    event::Event::from(due).into()
}

impl Consumer for Alerts {
    async fn consume(&self, event: Value) -> Result<Value, Error> {
        Ok(each_message(event, &self.bus, async |message| self.take(message).await).await?)
    }

    async fn warm(&self) {
        self.store.warm().await;
    }
}
