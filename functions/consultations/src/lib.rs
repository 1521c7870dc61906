//! The only reader of consultation events: keeps each consultation's newest revision, gives
//! automatic favourites once, and records facts once. The table's stream does the rest.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod names;
mod stars;

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};
use vigie_aws::{
    Consumer, Platform,
    bus::Bus,
    queue::{Failure, Message, each_message},
};
use vigie_domain::{
    consultation::{
        Consultation, Phase,
        fact::{About, Fact},
    },
    event::{self, AwaitedCame, Rejected, portal::Said},
    id::{AccountId, ConsultationId, EntityId},
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
        match (message.source.as_str(), message.detail_type.as_str()) {
            ("procurement", _) => match message.understood()? {
                Said::Consultation(saved) => self.take_save(message, *saved, until).await,
                Said::Fact(about, fact) => self.take_fact(about, &fact).await,
                _ => Err(Failure::unknown()),
            },
            ("vigie", "AwaitedCame") => {
                let AwaitedCame {
                    consultation_id,
                    wait,
                    ..
                } = message.detail_of()?;
                self.settle(&consultation_id, BTreeSet::from([wait])).await
            }
            ("vigie", _) => Err(Failure::unknown()),
            _ => Err(Failure::Reject("unknown source".to_owned())),
        }
    }

    async fn take_save(
        &self,
        message: &Message,
        mut saved: Consultation,
        until: Instant,
    ) -> Result<(), Failure> {
        // An event without it gives no star elsewhere either.
        saved.organisation_id = self.require_organisation(&saved).await?;
        let by_name = !saved.awaited.is_empty();
        let (consultation, _) = self.look_up(&saved, None).await?;
        let unreadable = self.save(&consultation, by_name, until).await?;
        self.set_aside(message, &consultation, &unreadable).await
    }

    async fn take_fact(&self, about: About, fact: &Fact) -> Result<(), Failure> {
        self.require_same(&about).await?;
        Ok(self
            .store
            .fact_record(&about, fact, self.clock.now())
            .await?)
    }

    /// Returns the organisation that a consultation stays in: the first that was named, if one was.
    /// An event that names one takes no consultation out of another, in which its entity lies. An
    /// entity of another, without a word of the event about it, counts as unknown, with an alarm.
    async fn require_organisation(
        &self,
        consultation: &Consultation,
    ) -> Result<Option<EntityId>, Failure> {
        let given = consultation.organisation_id.as_ref();
        let before = self.store.consultation_read(&consultation.id).await?;
        let kept = match before {
            Some(before) if given.is_some() => {
                self.store.consultation_read_organisation(&before).await?
            }
            before => before.and_then(|before| before.organisation_id),
        };
        let Some(own) = kept.as_ref().or(given) else {
            return Ok(None);
        };
        let entity = &consultation.entity_id;
        let path = self.store.entity_read_path(entity).await?;
        let lies = path.root().filter(|root| *root != own);
        let Some(other) = given.filter(|given| *given != own).or(lies) else {
            return Ok(Some(own.clone()));
        };
        if given.is_some() {
            return Err(differs(&consultation.id, own, other));
        }
        log::count("OrganisationOverlaps", 1);
        Ok(Some(own.clone()))
    }

    /// Rejects what is told of a consultation as one of another organisation than it is. Of one
    /// that is not known yet it is looked at again whenever it is to be told.
    async fn require_same(&self, about: &About) -> Result<(), Failure> {
        let Some(given) = &about.organisation_id else {
            return Ok(());
        };
        let known = self.store.consultation_read(&about.consultation_id).await?;
        let own = match known {
            Some(known) => self.store.consultation_read_organisation(&known).await?,
            None => None,
        };
        match own.filter(|own| own != given) {
            Some(own) => Err(differs(&about.consultation_id, &own, given)),
            None => Ok(()),
        }
    }

    /// A drafting save gives the automatic favourites once, even if a newer revision came first.
    /// Looks those whom it names `by_name` up again once it is known that they are waited for.
    /// Returns those who would have a star and cannot be read.
    async fn save(
        &self,
        consultation: &Consultation,
        by_name: bool,
        until: Instant,
    ) -> Result<BTreeSet<AccountId>, Failure> {
        let id = &consultation.id;
        self.store
            .consultation_save(consultation, self.clock.now())
            .await?;
        if by_name {
            self.settle(id, BTreeSet::new()).await?;
        }
        if consultation.phase != Phase::Drafting {
            return Ok(BTreeSet::new());
        }
        let unreadable = match self.store.stars_read(id).await? {
            Stars::Open(place) => self.give_stars(consultation, place, until).await?,
            Stars::Given => BTreeSet::new(),
            Stars::Owed(owed) => self.give_owed(consultation, owed).await?,
        };
        if consultation.author_name().is_some() {
            self.settle(id, BTreeSet::new()).await?;
        }
        Ok(unreadable)
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

/// Rejects an event that names another organisation, with an alarm: portal and table disagree.
fn differs(id: &ConsultationId, own: &EntityId, other: &EntityId) -> Failure {
    log::count("OrganisationOverlaps", 1);
    Failure::Reject(format!(
        "organisation-differs: {id} is of the organisation {own}, not of {other}"
    ))
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
