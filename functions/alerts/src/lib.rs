//! Fans a fact out: a consultation's followers, page by page, as batches of ids for the mailer,
//! which decides.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};
use vigie_aws::{
    Consumer, Platform,
    bus::{Bus, Event},
    queue::{Failure, Message, each_message},
    ses::BULK,
};
use vigie_domain::{
    consultation::Consultation,
    entity::Path,
    fact::{Fact, RecordedFact},
    id::{AccountId, ConsultationId, digest},
    retention::waits,
    untrusted::Untrusted,
};
use vigie_runtime::{Error, clock::Clock, config::ConfigError};
use vigie_store::{Store, Subject};

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
    /// The place among the followers to go on after.
    after: Option<Untrusted<200>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConsultationReady {
    consultation_id: ConsultationId,
    /// The place among the facts to go on after.
    after: Option<Untrusted<300>>,
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
        let reject = |e: serde_json::Error| Failure::Reject(e.to_string());
        match message.detail_type.as_str() {
            "FactRecorded" => {
                self.fact(FactRecorded::deserialize(&message.detail).map_err(reject)?)
                    .await
            }
            "ConsultationReady" => {
                self.ready(ConsultationReady::deserialize(&message.detail).map_err(reject)?)
                    .await
            }
            _ => Err(Failure::Reject("unknown detail-type".to_owned())),
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
        let fact = told
            .fact
            .ok_or_else(|| Failure::Reject("no such fact".to_owned()))?
            .fact;
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
        let after = event.after.map(|after| after.as_str().to_owned());
        let page = self.store.follower_list(&consultation.id, after).await?;
        let mut events: Vec<_> = page
            .items
            .chunks(BULK)
            .map(|batch| due(&consultation, &path, &fact, batch))
            .collect();
        // Last: cut short, the page is fanned out again as a whole.
        events.extend(
            page.next
                .map(|next| recorded(&consultation.id, &fact, Some(&next))),
        );
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
        let page = self
            .store
            .fact_list(&id, event.after.map(|after| after.as_str().to_owned()))
            .await?;
        let due = |fact: &&RecordedFact| {
            fact.waiting && waits(fact.recorded_at, now) && fact.fact.alert().is_some()
        };
        let mut events: Vec<_> = page
            .items
            .iter()
            .filter(due)
            .map(|waiting| recorded(&id, &waiting.fact, None))
            .collect();
        events.extend(page.next.map(|next| {
            let event_id = digest(&["ready", id.as_str(), &next]);
            let detail = json!({"eventId": event_id, "consultationId": id, "after": next});
            Event {
                detail_type: "ConsultationReady",
                detail,
            }
        }));
        Ok(self.bus.publish(&events).await?)
    }
}

/// A fact to fan out, again or from a place on.
fn recorded(id: &ConsultationId, fact: &Fact, after: Option<&str>) -> Event {
    let key = fact.key();
    let event_id = digest(&[
        "recorded",
        id.as_str(),
        fact.kind(),
        &key,
        after.unwrap_or_default(),
    ]);
    let mut detail =
        json!({"eventId": event_id, "consultationId": id, "kind": fact.kind(), "factKey": key});
    if let Some(after) = after {
        detail["after"] = json!(after);
    }
    Event {
        detail_type: "FactRecorded",
        detail,
    }
}

fn due(consultation: &Consultation, path: &Path, fact: &Fact, batch: &[AccountId]) -> Event {
    let key = fact.key();
    // The same whenever the fact is fanned out again.
    let hash = Subject::alert(&consultation.id, fact.kind(), &key).hash;
    let event_id = format!(
        "{hash}.{}",
        batch.first().map(AccountId::as_str).unwrap_or_default()
    );
    let detail = json!({
        "eventId": event_id,
        "consultationId": consultation.id,
        "kind": fact.kind(),
        "factKey": key,
        "accountIds": batch,
        "entityPath": path.ids(),
    });
    Event {
        detail_type: "AlertDue",
        detail,
    }
}

impl Consumer for Alerts {
    async fn consume(&self, event: Value) -> Result<Value, Error> {
        Ok(each_message(event, &self.bus, async |message| self.take(message).await).await?)
    }

    async fn warm(&self) {
        self.store.warm().await;
    }
}
