//! Facts about consultations.

use std::collections::BTreeMap;

use jiff::Timestamp;
use vigie_domain::{
    consultation::{
        Consultation,
        fact::{DepositChannel, Fact, RecordedFact},
    },
    entity::{Entity, MAX_DEPTH, Path},
    id::{ConsultationId, EntityId},
};

use crate::table::pause::Pause;
use crate::{
    Item, Page, Result, Store, StoreError,
    consultation::stars::may_wait,
    schedule::work,
    table::{
        item::{self, n},
        keys::{self, Key},
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
    /// deleted one day. A deposit carries the running total of its channel, counted in the same
    /// transaction.
    pub async fn fact_record(
        &self,
        id: &ConsultationId,
        fact: &Fact,
        now: Timestamp,
    ) -> Result<()> {
        let key = keys::fact(id, fact.kind(), &fact.key());
        let counter = match fact {
            Fact::TenderReceived {
                channel: DepositChannel::Electronic,
                ..
            } => Some("electronic"),
            Fact::TenderReceived {
                channel: DepositChannel::Paper,
                ..
            } => Some("paper"),
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
            let counted =
                counter.map(|counter| (counter, count(&found, &keys::tally(id), counter)));
            let total = counted.map(|(_, before)| before + 1);
            let recorded = RecordedFact {
                fact: fact.clone(),
                recorded_at: now,
                total,
                waiting,
            };
            let mut writes = Transaction::new();
            writes.put(
                At::Fact,
                self,
                item::write(&key, &recorded)?,
                Expression::condition(ABSENT),
            )?;
            if known.is_none() {
                writes.put(
                    At::Entry,
                    self,
                    work::retention(id, now).attributes(),
                    Expression::default(),
                )?;
            }
            if let Some((counter, before)) = counted {
                let update = Expression::update("SET #counter = :next")
                    .when(if before == 0 {
                        "attribute_not_exists(#counter)"
                    } else {
                        "#counter = :before"
                    })
                    .name("#counter", counter)
                    .value(":next", n(before + 1));
                let update = if before == 0 {
                    update
                } else {
                    update.value(":before", n(before))
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

    /// A fact with its consultation, in one call.
    pub async fn fact_read_context(
        &self,
        id: &ConsultationId,
        kind: &str,
        key: &str,
    ) -> Result<FactContext> {
        let wanted = [keys::consultation(id), keys::fact(id, kind, key)];
        let mut told = FactContext {
            consultation: None,
            fact: None,
        };
        for found in self.get_all(&wanted).await? {
            if item::key(&found) == wanted[0] {
                told.consultation = Some(item::read(found, "consultation")?);
            } else {
                told.fact = Some(item::read(found, "fact")?);
            }
        }
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
        let wanted = [keys::consultation(id), keys::fact(id, kind, key)];
        let all: Vec<_> = wanted
            .iter()
            .cloned()
            .chain(hint.iter().take(MAX_DEPTH).map(keys::entity))
            .collect();
        let mut told = FactContext {
            consultation: None,
            fact: None,
        };
        let mut known = BTreeMap::new();
        for found in self.get_all(&all).await? {
            let key = item::key(&found);
            if key == wanted[0] {
                told.consultation = Some(item::read(found, "consultation")?);
            } else if key == wanted[1] {
                told.fact = Some(item::read(found, "fact")?);
            } else if let Some(entity) = item::read_or_set_aside::<Entity>(found, "entity") {
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
}

fn count(found: &[Item], tally: &Key, counter: &str) -> u64 {
    let tally = found.iter().find(|found| item::key(found) == *tally);
    tally
        .and_then(|tally| tally.get(counter)?.as_n().ok()?.parse().ok())
        .unwrap_or(0)
}
