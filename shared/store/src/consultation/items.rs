//! Consultations.

use jiff::Timestamp;
use vigie_domain::{
    consultation::Consultation,
    entity::Path,
    id::{ConsultationId, EntityId},
};

use crate::{
    Item, Result, Source, Store, StoreError,
    consultation::{
        awaited::{FOLLOWER_KNOWN_AT, still_awaits},
        stars::{AWAITED, HEARD_AT},
    },
    schedule::{entries, retention::OVER_SINCE},
    table::{
        item::{self, s},
        keys,
        pause::Pause,
        transaction::{ABSENT, Expression, PRESENT, Transaction},
    },
};

/// The result of a save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// This revision is the newest now.
    Newest,
    /// This revision or a newer one was there.
    Older,
}

impl Store {
    /// A consultation.
    pub async fn consultation_read(&self, id: &ConsultationId) -> Result<Option<Consultation>> {
        self.get(&keys::consultation(id), "consultation").await
    }

    /// Returns the organisation that a consultation lies in, as far as that is known.
    pub async fn consultation_read_organisation(
        &self,
        known: &Consultation,
    ) -> Result<Option<EntityId>> {
        let path = match known.organisation_id {
            Some(_) => Path::default(),
            None => self.entity_read_path(&known.entity_id).await?,
        };
        Ok(known.organisation_of(&path).cloned())
    }

    /// Consultations by id, those that exist and can be read.
    pub async fn consultation_read_each(
        &self,
        ids: &[ConsultationId],
    ) -> Result<Vec<Consultation>> {
        let wanted: Vec<_> = ids.iter().map(keys::consultation).collect();
        Ok(item::read_those(
            self.get_all(&wanted).await?,
            "consultation",
        ))
    }

    /// Writes a revision unless the same or a newer one is there, and with it its place in the
    /// lists of its entity and of those whom it names, and the open work that it means: its own
    /// closing, that of a deadline that has passed and that it takes out of force before a sweep
    /// came by, and its deletion once it is over.
    pub async fn consultation_save(
        &self,
        consultation: &Consultation,
        now: Timestamp,
    ) -> Result<Saved> {
        let key = keys::consultation(&consultation.id);
        let mut pause = Pause::default();
        loop {
            let before = self.consultation_read(&consultation.id).await?;
            if before
                .as_ref()
                .is_some_and(|before| before.revision >= consultation.revision)
            {
                return Ok(Saved::Older);
            }
            let passed = match before
                .as_ref()
                .and_then(|before| entries::passed_of(before, consultation, now))
            {
                // Without an entry it was closed, or is never to be.
                Some(entry) => self.get_item(&entry).await?.map(|_| entry),
                None => None,
            };
            let mut writes = Transaction::new();
            writes.update(
                (),
                self,
                &key,
                revision(consultation, before.as_ref(), now)?,
            )?;
            self.list(&mut writes, (), consultation, before.as_ref())?;
            for entry in entries::entries_of(consultation, before.as_ref(), now) {
                writes.put((), self, entry.attributes(), Expression::default())?;
            }
            if let Some(entry) = passed {
                let mark = Expression::update("SET #passed = :yes")
                    .name("#passed", entries::PASSED)
                    .value(":yes", item::value(&true)?);
                writes.update((), self, &entry, mark.when(PRESENT))?;
            }
            let written = self.write_with_hints(writes, before.as_ref(), consultation);
            match written.await {
                Ok(()) => return Ok(Saved::Newest),
                // Saved, or closed, meanwhile: read again.
                Err(StoreError::Refused) if pause.wait().await => {}
                Err(StoreError::Refused) => return Err(StoreError::Conflict),
                Err(e) => return Err(e),
            }
        }
    }
}

/// Everything of a revision replaces what was known; what is not of it (`starsGiven`, `heardAt`)
/// stays. Since when it has been over is kept from the first revision that says so until one says
/// otherwise. Refused if `before` is not the newest.
fn revision(
    consultation: &Consultation,
    before: Option<&Consultation>,
    now: Timestamp,
) -> Result<Expression> {
    let mut written: Item = serde_dynamo::to_item(consultation)
        .map_err(|e| StoreError::Unbuildable("revision", Source::new(e)))?;
    // Its organisation is the first that was named.
    if before.is_some_and(|before| before.organisation_id.is_some()) {
        written.remove("organisationId");
    }
    let over = consultation.is_over();
    let gone = ["authorAccountId", AWAITED, "submissionDeadline", "url"]
        .into_iter()
        .filter(|name| !written.contains_key(*name));
    let gone: Vec<_> = gone.chain((!over).then_some(OVER_SINCE)).collect();
    let mut set: Vec<_> = (0..written.len())
        .map(|i| format!("#a{i} = :v{i}"))
        .collect();
    set.push(format!("{HEARD_AT} = if_not_exists({HEARD_AT}, :now)"));
    // Whom it names now and did not before may be somebody who was awaited, and follow it.
    let awaiting = before.filter(|before| before.awaited.has_unknown());
    let is_new = |account| awaiting.is_some_and(|before| before.named().all(|one| one != account));
    let came = consultation.named().any(is_new);
    set.extend(came.then(|| format!("{FOLLOWER_KNOWN_AT} = :now")));
    set.extend(over.then(|| format!("{OVER_SINCE} = if_not_exists({OVER_SINCE}, :now)")));
    let remove: Vec<_> = (0..gone.len()).map(|i| format!("#g{i}")).collect();
    let mut text = format!("SET {}", set.join(", "));
    if !remove.is_empty() {
        text.extend([" REMOVE ", &remove.join(", ")]);
    }
    let mut update = match before {
        None => Expression::update(&text).when(ABSENT),
        Some(before) => still_awaits(before, Expression::update(&text))?,
    };
    // Spelt as in the entry of scheduled work.
    update = update.value(":now", s(format!("{now:.3}")));
    for (i, (name, value)) in written.into_iter().enumerate() {
        update = update
            .name(format!("#a{i}"), name)
            .value(format!(":v{i}"), value);
    }
    for (i, name) in gone.into_iter().enumerate() {
        update = update.name(format!("#g{i}"), name);
    }
    Ok(update)
}
