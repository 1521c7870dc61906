//! The only reader of consultation events: keeps each consultation's newest revision, gives automatic favourites once, and
//! records facts once. The table's stream does the rest.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use serde::Deserialize;
use serde_json::Value;
use vigie_domain::{
    account::Account,
    consultation::{Consultation, Phase, Scope, stars},
    fact::Fact,
    id::EntityId,
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
        self.store.save_consultation(consultation, self.clock.now()).await?;
        if consultation.phase == Phase::Drafting && !self.store.stars_given(&consultation.id).await? {
            self.give_stars(consultation).await?;
            self.store.mark_stars_given(&consultation.id).await?;
        }
        Ok(())
    }

    /// The four rules, page by page of who may watch; what was cut short is taken up again from the start, and gives no star twice.
    async fn give_stars(&self, consultation: &Consultation) -> Result<(), Failure> {
        let scope = self.store.scope(&consultation.entity_id).await?;
        let author = self.store.account(&consultation.author_account_id).await?;
        self.star(consultation, &scope, Rule::Mine, author.iter()).await?;
        for (rule, entity) in watched(&scope) {
            let mut after = None;
            loop {
                let page = self.store.watchers(entity, rule, after).await?;
                self.star(consultation, &scope, rule, page.items.iter()).await?;
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn star<'a>(
        &self,
        consultation: &Consultation,
        scope: &Scope,
        rule: Rule,
        candidates: impl Iterator<Item = &'a Account>,
    ) -> Result<(), Failure> {
        let given = candidates.filter(|account| stars(account, rule, consultation, scope));
        let given = given.map(|account| (account.id.clone(), rule)).collect();
        Ok(self.store.star_by_rule(&consultation.id, &given, self.clock.now()).await?)
    }
}

/// Where each rule's watchers are kept: at the entity that they belong to.
fn watched(scope: &Scope) -> impl Iterator<Item = (Rule, &EntityId)> {
    let mut path = scope.path.ids().iter();
    let own = path.next().map(|entity| (Rule::OwnEntity, entity));
    let above = path.map(|entity| (Rule::DependentEntities, entity));
    let linked = scope.transverse_from.iter().map(|entity| (Rule::TransverseEntities, entity));
    own.into_iter().chain(above).chain(linked)
}

impl Consumer for Consultations {
    async fn consume(&self, event: Value) -> Result<Value, Error> {
        Ok(each_message(event, &self.bus, async |message| self.take(message).await).await?)
    }

    fn store(&self) -> Option<&Store> {
        Some(&self.store)
    }
}
