//! The only reader of consultation events: keeps each consultation's newest revision, gives automatic favourites once, and
//! records facts once. The table's stream does the rest.

use serde::Deserialize;
use serde_json::Value;
use vigie_domain::{
    consultation::{Consultation, Phase},
    fact::Fact,
    preferences::Rule,
};
use vigie_platform::{
    bus::Bus,
    clock::Clock,
    config::ConfigError,
    queue::{Failure, Message, each_message},
    runtime::{Consumer, Error, Platform},
    store::Store,
};

/// The function.
#[derive(Clone, Debug)]
pub struct Consultations {
    /// The table.
    pub store: Store,
    /// The bus, for what is refused.
    pub bus: Bus,
    /// The time.
    pub clock: Clock,
}

impl Consultations {
    /// From the environment.
    ///
    /// # Errors
    /// Something is missing in it.
    pub fn new(platform: &Platform) -> Result<Self, ConfigError> {
        Ok(Self { store: platform.store()?, bus: platform.bus()?, clock: platform.clock.clone() })
    }

    async fn take(&self, message: &Message) -> Result<(), Failure> {
        if message.source != "procurement" {
            return Err(Failure::Reject("unknown source".to_owned()));
        }
        if message.detail_type == "ConsultationSaved" {
            let consultation = Consultation::deserialize(&message.detail).map_err(|e| Failure::Reject(e.to_string()))?;
            let consultation = consultation.check().map_err(|e| Failure::Reject(e.to_string()))?;
            return self.save(&consultation).await;
        }
        let fact = Fact::from_event(&message.detail_type, &message.detail);
        let fact = fact.unwrap_or_else(|| Err("unknown detail-type".to_owned()));
        let (consultation, fact) = fact.map_err(Failure::Reject)?;
        Ok(self.store.record_fact(&consultation, &fact, self.clock.now()).await?)
    }

    /// A drafting save gives the automatic favourites once, even if a newer revision came first.
    async fn save(&self, consultation: &Consultation) -> Result<(), Failure> {
        self.store.save_consultation(consultation).await?;
        if consultation.phase == Phase::Drafting && !self.store.stars_given(&consultation.id).await? {
            self.give_stars(consultation).await?;
            self.store.mark_stars_given(&consultation.id).await?;
        }
        Ok(())
    }

    /// Rule `mine`: the agent that saved it.
    async fn give_stars(&self, consultation: &Consultation) -> Result<(), Failure> {
        let author = self.store.account(&consultation.author_account_id).await?;
        let author = author.filter(|author| author.active && author.alerts.automatic_favourites.mine);
        if let Some(author) = author {
            self.store.star(&consultation.id, &author.id, Some(Rule::Mine), self.clock.now()).await?;
        }
        Ok(())
    }
}

impl Consumer for Consultations {
    async fn consume(&self, event: Value) -> Result<Value, Error> {
        Ok(each_message(event, &self.bus, async |message| self.take(message).await).await?)
    }

    fn store(&self) -> Option<&Store> {
        Some(&self.store)
    }
}
