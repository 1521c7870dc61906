//! Facts about consultations.

use std::collections::BTreeMap;

use jiff::Timestamp;
use vigie_domain::{
    consultation::{
        Consultation,
        details::DepositChannel,
        fact::{About, Fact, RecordedFact},
        sign_off,
        tally::Tally,
    },
    entity::{Entity, MAX_DEPTH, Path},
    id::{ConsultationId, EntityId},
};

use crate::{
    Item, Page, Result, Store, StoreError,
    consultation::stars::may_wait,
    schedule::entries,
    table::{
        item,
        keys::{self, Key},
        pause::Pause,
        transaction::{ABSENT, Expression, Transaction},
    },
};

/// A fact and its consultation, as needed to tell somebody about it.
#[derive(Clone, Debug)]
pub struct FactContext {
    /// The consultation; `None` while the fact waits for it.
    pub consultation: Option<Consultation>,
    /// The fact; `None` if it was never recorded.
    pub fact: Option<RecordedFact>,
    /// True if it is about a request that has ended.
    pub ended: bool,
}

/// The keys of what a [`FactContext`] is read from.
pub(crate) struct ContextKeys {
    pub(crate) consultation: Key,
    pub(crate) fact: Key,
    /// The facts of which any ends it.
    pub(crate) ends: Vec<Key>,
}

impl ContextKeys {
    pub(crate) fn of(id: &ConsultationId, kind: &str, key: &str) -> Self {
        let ends = sign_off::ended_by(kind, key).into_iter();
        Self {
            consultation: keys::consultation(id),
            fact: keys::fact(id, kind, key),
            ends: ends
                .flat_map(|(kind, keys)| keys.map(|key| keys::fact(id, kind, &key)))
                .collect(),
        }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = Key> {
        [&self.consultation, &self.fact]
            .into_iter()
            .chain(&self.ends)
            .cloned()
    }
}

#[derive(Clone, Copy)]
enum At {
    Fact,
    Tally,
    Entry,
}

impl Store {
    /// Records a fact once, as waiting if automatic favourites may still come: a drafting save that
    /// a later revision overtook gives them too. What waits for a consultation that never comes is
    /// deleted one day. A deposit carries the running total of its channel, and a request opens the
    /// work of its reminder, in the same transaction.
    pub async fn fact_record(&self, about: &About, fact: &Fact, now: Timestamp) -> Result<()> {
        let id = &about.consultation_id;
        let key = keys::fact(id, fact.kind(), &fact.key());
        let counter = match fact {
            Fact::TenderReceived(deposit) => Some(match deposit.channel {
                DepositChannel::Electronic => "electronic",
                DepositChannel::Paper => "paper",
            }),
            _ => None,
        };
        let mut pause = Pause::default();
        loop {
            let found = self
                .get_all(&[keys::consultation(id), keys::tally(id), key.clone()])
                .await?;
            if found.iter().any(|found| item::key(found) == key) {
                return Ok(());
            }
            let known = found
                .iter()
                .find(|found| item::key(found) == keys::consultation(id));
            let waiting = known.is_none_or(|known| may_wait(known, now));
            let counted = counter.map(|counter| {
                let before = tally(&found, &keys::tally(id), counter);
                let after = before.clone().unwrap_or_default();
                (counter, before, after.with(about.organisation_id.as_ref()))
            });
            let total = match &counted {
                Some((_, _, after)) => self.total(about, after, known).await?,
                None => None,
            };
            let recorded = RecordedFact {
                fact: fact.clone(),
                recorded_at: now,
                total,
                waiting,
                organisation_id: about.organisation_id.clone(),
            };
            let mut writes = Transaction::new();
            writes.put(
                At::Fact,
                self,
                item::write(&key, &recorded)?,
                Expression::condition(ABSENT),
            )?;
            let retention = known.is_none().then(|| entries::retention(id, now));
            for entry in retention
                .into_iter()
                .chain(entries::reminder_of(id, fact, now))
            {
                writes.put(At::Entry, self, entry.attributes(), Expression::default())?;
            }
            if let Some((counter, before, after)) = &counted {
                let update = Expression::update("SET #counter = :next")
                    .name("#counter", *counter)
                    .value(":next", item::value(after)?);
                let update = match before {
                    None => update.when("attribute_not_exists(#counter)"),
                    Some(before) => update
                        .when("#counter = :before")
                        .value(":before", item::value(before)?),
                };
                writes.update(At::Tally, self, &keys::tally(id), update)?;
            }
            match self.transact(writes).await {
                Ok(()) => return Ok(()),
                Err(e) => match e.position()? {
                    At::Fact => return Ok(()),
                    // Another deposit was counted in between.
                    At::Tally | At::Entry => {
                        if !pause.wait().await {
                            return Err(StoreError::Conflict);
                        }
                    }
                },
            }
        }
    }

    /// Returns the number of deposits so far by the channel of one that is being recorded.
    async fn total(
        &self,
        about: &About,
        tally: &Tally,
        known: Option<&Item>,
    ) -> Result<Option<u64>> {
        let mut own = about.organisation_id.clone();
        if let Some(known) = known.filter(|_| own.is_none() && tally.has_named()) {
            let known = item::read(known.clone(), "consultation")?;
            own = self.consultation_read_organisation(&known).await?;
        }
        Ok(tally.total(own.as_ref()))
    }

    /// A fact with its consultation, in one call.
    pub async fn fact_read_context(
        &self,
        id: &ConsultationId,
        kind: &str,
        key: &str,
    ) -> Result<FactContext> {
        let wanted = ContextKeys::of(id, kind, key);
        let all: Vec<_> = wanted.all().collect();
        let (told, _) = self.context(&wanted, self.get_all(&all).await?).await?;
        Ok(told)
    }

    /// A fact, its consultation and where that lies (none if that cannot be read), in one call if
    /// `hint` (the consultation's entity up to its root, as somebody walked it before) still holds.
    pub async fn fact_read_context_with_path(
        &self,
        id: &ConsultationId,
        kind: &str,
        key: &str,
        hint: &[EntityId],
    ) -> Result<(FactContext, Option<Path>, Option<Entity>)> {
        let wanted = ContextKeys::of(id, kind, key);
        let all: Vec<_> = wanted
            .all()
            .chain(hint.iter().take(MAX_DEPTH).map(keys::entity))
            .collect();
        let (told, entities) = self.context(&wanted, self.get_all(&all).await?).await?;
        let mut known = BTreeMap::new();
        for found in entities {
            if let Some(entity) = item::read_or_set_aside::<Entity>(found, "entity") {
                known.insert(entity.id.clone(), entity);
            }
        }
        let Some(entity_id) = told
            .consultation
            .as_ref()
            .map(|consultation| consultation.entity_id.clone())
        else {
            return Ok((told, Some(Path::default()), None));
        };
        let (path, entity) = self.path_known(&entity_id, known).await?;
        Ok((told, path, entity))
    }

    /// A page of a consultation's facts.
    pub async fn fact_list(
        &self,
        id: &ConsultationId,
        after: Option<String>,
    ) -> Result<Page<RecordedFact>> {
        let page = self
            .query(keys::consultation_pk(id), keys::FACT, after, 200)
            .await?;
        Ok(Page {
            items: item::read_those(page.items, "fact"),
            next: page.next,
        })
    }

    /// Reads a context from what was found, and returns what else was. An end that was told for
    /// another organisation than the consultation's ends nothing.
    async fn context(
        &self,
        wanted: &ContextKeys,
        found: Vec<Item>,
    ) -> Result<(FactContext, Vec<Item>)> {
        let (mut consultation, mut fact): (Option<Consultation>, _) = (None, None);
        let (mut ends, mut others) = (Vec::<RecordedFact>::new(), Vec::new());
        for found in found {
            let key = item::key(&found);
            if key == wanted.consultation {
                consultation = Some(item::read(found, "consultation")?);
            } else if key == wanted.fact {
                fact = Some(item::read(found, "fact")?);
            } else if wanted.ends.contains(&key) {
                ends.push(item::read(found, "fact")?);
            } else {
                others.push(found);
            }
        }
        let named = ends.iter().any(|end| end.organisation_id.is_some());
        let organisation = match consultation.as_ref().filter(|_| named) {
            Some(known) => self.consultation_read_organisation(known).await?,
            None => None,
        };
        let ended = |end: &RecordedFact| !end.is_of_another(organisation.as_ref());
        let told = FactContext {
            ended: ends.iter().any(ended),
            fact,
            consultation,
        };
        Ok((told, others))
    }
}

/// Returns the tally of a channel, if there is one.
fn tally(found: &[Item], key: &Key, counter: &str) -> Option<Tally> {
    let found = found.iter().find(|found| item::key(found) == *key)?;
    serde_dynamo::from_attribute_value(found.get(counter)?.clone()).ok()
}
