//! Fans a fact out: a consultation's followers, page by page, as batches of ids for the mailer, which decides.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use serde::Deserialize;
use serde_json::{Value, json};
use vigie_domain::{
    consultation::Consultation,
    entity::Path,
    fact::Fact,
    id::{AccountId, ConsultationId},
    retention::waits,
    untrusted::Untrusted,
};
use vigie_platform::{
    bus::{Bus, Event},
    clock::Clock,
    config::ConfigError,
    queue::{Failure, Message, each_message},
    runtime::{Consumer, Error, Platform},
    ses::BULK,
    store::{RecordedFact, Store, Subject},
};

/// The function.
#[derive(Clone, Debug)]
pub struct Alerts {
    /// The table.
    pub store: Store,
    /// The bus.
    pub bus: Bus,
    /// The time.
    pub clock: Clock,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FactRecorded {
    consultation_id: ConsultationId,
    kind: Untrusted<20>,
    fact_key: Untrusted<229>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConsultationReady {
    consultation_id: ConsultationId,
}

impl Alerts {
    /// From the environment.
    ///
    /// # Errors
    /// Something is missing in it.
    pub fn new(platform: &Platform) -> Result<Self, ConfigError> {
        Ok(Self { store: platform.store()?, bus: platform.bus()?, clock: platform.clock.clone() })
    }

    async fn take(&self, message: &Message) -> Result<(), Failure> {
        let reject = |e: serde_json::Error| Failure::Reject(e.to_string());
        match message.detail_type.as_str() {
            "FactRecorded" => self.fact(FactRecorded::deserialize(&message.detail).map_err(reject)?).await,
            "ConsultationReady" => self.ready(ConsultationReady::deserialize(&message.detail).map_err(reject)?).await,
            _ => Err(Failure::Reject("unknown detail-type".to_owned())),
        }
    }

    async fn fact(&self, event: FactRecorded) -> Result<(), Failure> {
        let told = self.store.fact_read_context(&event.consultation_id, event.kind.as_str(), event.fact_key.as_str()).await?;
        let fact = told.fact.ok_or_else(|| Failure::Reject("no such fact".to_owned()))?;
        // Without its consultation it waits: the first save fans it out.
        let Some(consultation) = told.consultation.filter(|_| fact.fact.alert().is_some()) else { return Ok(()) };
        let path = self.store.entity_read_path(&consultation.entity_id).await?;
        self.fan_out(&consultation, &path, &[fact.fact]).await
    }

    /// Facts that overtook the consultation, or its automatic favourites. Repeated for a later drafting save; whoever was told before is not
    /// told again. What has waited too long waits no more: stars that come so late tell nothing of before.
    async fn ready(&self, event: ConsultationReady) -> Result<(), Failure> {
        let (id, now) = (event.consultation_id, self.clock.now());
        let mut waiting: Vec<Fact> = Vec::new();
        let mut after = None;
        loop {
            let page = self.store.fact_list(&id, after).await?;
            let due = |fact: &RecordedFact| fact.waiting && waits(fact.recorded_at, now) && fact.fact.alert().is_some();
            waiting.extend(page.items.into_iter().filter(due).map(|fact| fact.fact));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        if waiting.is_empty() || !self.store.stars_are_awaited(&id, now).await? {
            return Ok(());
        }
        let consultation = self.store.consultation_read(&id).await?;
        let consultation = consultation.ok_or_else(|| Failure::Reject("no such consultation".to_owned()))?;
        let path = self.store.entity_read_path(&consultation.entity_id).await?;
        self.fan_out(&consultation, &path, &waiting).await
    }

    /// One page of followers is held at a time, however many there are.
    async fn fan_out(&self, consultation: &Consultation, path: &Path, facts: &[Fact]) -> Result<(), Failure> {
        let mut after = None;
        loop {
            let page = self.store.follower_list(&consultation.id, after).await?;
            for fact in facts {
                let batches: Vec<_> = page.items.chunks(BULK).map(|batch| due(consultation, path, fact, batch)).collect();
                self.bus.publish(&batches).await?;
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }
}

fn due(consultation: &Consultation, path: &Path, fact: &Fact, batch: &[AccountId]) -> Event {
    let key = fact.key();
    // The same whenever the fact is fanned out again.
    let hash = Subject::alert(&consultation.id, fact.kind(), &key).hash;
    let event_id = format!("{hash}.{}", batch.first().map(AccountId::as_str).unwrap_or_default());
    let detail = json!({
        "eventId": event_id,
        "consultationId": consultation.id,
        "kind": fact.kind(),
        "factKey": key,
        "accountIds": batch,
        "entityPath": path.ids(),
    });
    Event { detail_type: "AlertDue", detail }
}

impl Consumer for Alerts {
    async fn consume(&self, event: Value) -> Result<Value, Error> {
        Ok(each_message(event, &self.bus, async |message| self.take(message).await).await?)
    }

    fn store(&self) -> Option<&Store> {
        Some(&self.store)
    }
}
