//! The only reader of consultation events: keeps each consultation's newest revision, gives
//! automatic favourites once, and records facts once. The table's stream does the rest.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod stars;

use std::{collections::BTreeSet, time::Duration};

use serde::Deserialize;
use serde_json::{Value, json};
use vigie_aws::{
    Consumer, Platform,
    bus::Bus,
    queue::{Failure, Message, each_message},
};
use vigie_domain::{
    consultation::{
        Consultation, Phase,
        fact::Fact,
        repair::{self, Repaired},
    },
    event::{self, Rejected},
    id::{AccountId, EntityId},
};
use vigie_runtime::{
    Error,
    clock::{self, Clock, Instant},
    config::ConfigError,
    log,
};
use vigie_store::{Stars, Store};

/// Time for new pages of watchers: the rest of the function's 30 s is for work that has begun.
pub const BUDGET: Duration = Duration::from_secs(20);

/// Reads the events of consultations.
#[derive(Clone, Debug)]
pub struct Consultations {
    /// The table.
    pub store: Store,
    /// The bus, for what is refused.
    pub bus: Bus,
    /// Tells the time.
    pub clock: Clock,
    /// Time in which an invocation takes up new pages of watchers; each of its messages has one at
    /// least, so that each receive gets on.
    pub budget: Duration,
}

impl Consultations {
    /// From the environment.
    ///
    /// # Errors
    /// Something is missing in it.
    pub fn new(platform: &Platform) -> Result<Self, ConfigError> {
        Ok(Self {
            store: Store::from_env(platform.aws.dynamodb())?,
            bus: platform.bus()?,
            clock: platform.clock.clone(),
            budget: BUDGET,
        })
    }

    async fn take(&self, message: &Message, until: Instant) -> Result<(), Failure> {
        if message.source != "procurement" {
            return Err(Failure::Reject("unknown source".to_owned()));
        }
        let detail = understood(message);
        if message.detail_type == "ConsultationSaved" {
            let consultation =
                Consultation::deserialize(&detail).map_err(|e| Failure::Reject(e.to_string()))?;
            let mut consultation = consultation
                .check()
                .map_err(|e| Failure::Reject(e.to_string()))?;
            // An event without it gives no star elsewhere either.
            consultation.organisation_id = self.require_organisation(&consultation).await?;
            let unreadable = self.save(&consultation, until).await?;
            return self.set_aside(message, &consultation, &unreadable).await;
        }
        let fact = Fact::from_event(&message.detail_type, &detail);
        let fact = fact.unwrap_or_else(|| Err("unknown detail-type".to_owned()));
        let (consultation, fact) = fact.map_err(Failure::Reject)?;
        Ok(self
            .store
            .fact_record(&consultation, &fact, self.clock.now())
            .await?)
    }

    /// Returns the organisation that a consultation stays in: the first that was named, if one was.
    /// An entity of another, without a word of the event about it, counts as unknown, with an alarm.
    async fn require_organisation(
        &self,
        consultation: &Consultation,
    ) -> Result<Option<EntityId>, Failure> {
        let given = consultation.organisation_id.as_ref();
        let before = self.store.consultation_read(&consultation.id).await?;
        let kept = before.and_then(|before| before.organisation_id);
        let Some(own) = kept.as_ref().or(given) else {
            return Ok(None);
        };
        let entity = &consultation.entity_id;
        let path = self.store.entity_read_path(entity).await?;
        let lies = path.root().filter(|root| *root != own);
        let differs = given.filter(|given| *given != own).or(lies);
        let Some(other) = differs else {
            return Ok(Some(own.clone()));
        };
        log::count("OrganisationOverlaps", 1);
        if given.is_some() {
            return Err(Failure::Reject(format!(
                "organisation-differs: {} is of the organisation {own}, not of {other}",
                consultation.id
            )));
        }
        Ok(Some(own.clone()))
    }

    /// A drafting save gives the automatic favourites once, even if a newer revision came first.
    /// Returns those who would have one and cannot be read.
    async fn save(
        &self,
        consultation: &Consultation,
        until: Instant,
    ) -> Result<BTreeSet<AccountId>, Failure> {
        self.store
            .consultation_save(consultation, self.clock.now())
            .await?;
        if consultation.phase != Phase::Drafting {
            return Ok(BTreeSet::new());
        }
        match self.store.stars_read(&consultation.id).await? {
            Stars::Open(place) => self.give_stars(consultation, place, until).await,
            Stars::Given => Ok(BTreeSet::new()),
            Stars::Owed(owed) => self.give_owed(consultation, owed).await,
        }
    }

    /// Keeps a save where rejected events are kept as long as somebody who may have a star by it
    /// cannot be read: sent again once they are mended, it gives it.
    async fn set_aside(
        &self,
        message: &Message,
        consultation: &Consultation,
        unreadable: &BTreeSet<AccountId>,
    ) -> Result<(), Failure> {
        if unreadable.is_empty() {
            return Ok(());
        }
        log::error(
            "accounts that cannot be read have no star yet",
            json!({"consultationId": consultation.id, "count": unreadable.len()}),
        );
        let original = json!({"source": message.source, "detail-type": message.detail_type, "detail": message.detail});
        let rejected = Rejected::Whole {
            reason: "accounts that cannot be read".to_owned(),
            original,
        };
        let rejected = event::Event::from(rejected);
        Ok(self.bus.publish(&[rejected.into()]).await?)
    }
}

/// Returns the detail with what is only shown repaired, and says which fields those were, without
/// their text.
fn understood(message: &Message) -> Value {
    let Repaired { detail, fields } = repair::repair(&message.detail_type, &message.detail);
    if !fields.is_empty() {
        log::count("RepairedText", fields.len());
        log::info(
            "event repaired",
            json!({"detailType": message.detail_type, "fields": fields}),
        );
    }
    detail
}

impl Consumer for Consultations {
    async fn consume(&self, event: Value) -> Result<Value, Error> {
        let until = clock::instant() + self.budget;
        Ok(each_message(event, &self.bus, async |message| {
            self.take(message, until).await
        })
        .await?)
    }

    async fn warm(&self) {
        self.store.warm().await;
    }
}
