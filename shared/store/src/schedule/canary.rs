//! The items of the canary, all of which are deleted in the end: an organisation with one account,
//! its trips, and whatever the others write about its consultations. All of it goes.

use jiff::{SignedDuration, Timestamp};
use vigie_domain::{
    account::Account,
    canary::flight::Trip,
    delivery::Delivery,
    entity::Entity,
    id::{AccountId, ConsultationId, EntityId},
};
use vigie_runtime::again::unless_refused;

use crate::{
    Item, Result, Store,
    account::writes::Guard,
    delivery::items::Subject,
    entity::items::root_item,
    table::{
        item::{self, n, s},
        keys::{self, TTL},
        transaction::{ABSENT, Expression, Transaction},
    },
};

/// Time for which the items of the canary outlive its last run.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

fn mortal(mut written: Item, now: Timestamp) -> Item {
    written.insert(TTL.to_owned(), n((now + KEPT).as_second()));
    written
}

impl Store {
    /// Writes the canary's root entity, its account and that its address is its own, as they should
    /// be, whatever became of them; refused if somebody else has the address.
    pub async fn canary_settle(
        &self,
        account: &Account,
        root: &Entity,
        now: Timestamp,
    ) -> Result<()> {
        let mut writes = Transaction::new();
        if let Some(address) = &account.contact.email {
            let owner = account.id.clone();
            let guard = item::write(&keys::email(address), &Guard { owner })?;
            let free = Expression::condition("attribute_not_exists(pk) OR #owner = :me")
                .name("#owner", "owner")
                .value(":me", s(account.id.as_str()));
            writes.put((), self, mortal(guard, now), free)?;
        }
        writes.put(
            (),
            self,
            mortal(root_item(root)?, now),
            Expression::default(),
        )?;
        writes.put(
            (),
            self,
            mortal(item::write(&keys::account(&account.id), account)?, now),
            Expression::default(),
        )?;
        self.write(writes).await
    }

    /// All trips of the canary, those that are over too until they are dropped.
    pub async fn canary_list_trips(&self, canary: &AccountId) -> Result<Vec<Trip>> {
        let page = self
            .query(keys::account_pk(canary), keys::TRIP, None, 1000)
            .await?;
        Ok(item::read_those(page.items, "trip"))
    }

    /// Begins a trip; whether nobody did before.
    pub async fn canary_begin_trip(
        &self,
        canary: &AccountId,
        trip: &Trip,
        now: Timestamp,
    ) -> Result<bool> {
        let mut writes = Transaction::new();
        let written = item::write(&keys::trip(canary, &trip.name), trip)?;
        writes.put(
            (),
            self,
            mortal(written, trip.due.max(now)),
            Expression::condition(ABSENT),
        )?;
        Ok(unless_refused(self.write(writes).await)?.is_some())
    }

    /// Writes how far a trip is.
    pub async fn canary_write_trip(
        &self,
        canary: &AccountId,
        trip: &Trip,
        now: Timestamp,
    ) -> Result<()> {
        self.put_item(mortal(
            item::write(&keys::trip(canary, &trip.name), trip)?,
            trip.due.max(now),
        ))
        .await
    }

    /// Drops trips.
    pub async fn canary_delete_trips(&self, canary: &AccountId, trips: &[Trip]) -> Result<()> {
        self.drop_all(
            &trips
                .iter()
                .map(|trip| keys::trip(canary, &trip.name))
                .collect::<Vec<_>>(),
        )
        .await
    }

    /// Returns the delivery of a trip's mail.
    pub async fn canary_read_delivery(
        &self,
        canary: &AccountId,
        trip: &Trip,
    ) -> Result<Option<Delivery>> {
        self.delivery_read(
            canary,
            &Subject::alert(&trip.consultation_id, trip.leg.kind(), &trip.key),
        )
        .await
    }

    /// Consultations of the canary's entity that something is left of.
    pub async fn canary_list_consultations(
        &self,
        entity: &EntityId,
    ) -> Result<Vec<ConsultationId>> {
        let page = self
            .query(keys::entity_pk(entity), keys::LISTED, None, 1000)
            .await?;
        let id =
            |found: &Item| ConsultationId::parse(item::sk(found).strip_prefix(keys::LISTED)?).ok();
        Ok(page.items.iter().filter_map(id).collect())
    }

    /// Deletes what the canary's days before left: those consultations with all that was written of
    /// them, and what its account has of anything but this one. What lists a consultation goes
    /// last: cut short, it is found again.
    pub async fn canary_delete_past(
        &self,
        account: &Account,
        past: &[ConsultationId],
        present: &ConsultationId,
    ) -> Result<()> {
        let root = &account.entity_id;
        let of_today = |found: &Item| item::text(found, "consultationId") == present.as_str();
        self.drop_those(keys::account_pk(&account.id), |found| {
            item::key(found) != keys::account(&account.id) && !of_today(found)
        })
        .await?;
        self.drop_those(keys::entity_pk(root), |found| {
            item::sk(found).starts_with(keys::DRAFTED) && !of_today(found)
        })
        .await?;
        for id in past {
            self.drop_those(keys::consultation_pk(id), |_| true).await?;
            self.drop_all(&[keys::listed(root, id)]).await?;
        }
        Ok(())
    }

    /// Deletes everything of the canary's; how many items that were.
    pub async fn canary_delete(&self, account: &Account) -> Result<usize> {
        let mut dropped = 0;
        for id in self.canary_list_consultations(&account.entity_id).await? {
            dropped += self
                .drop_those(keys::consultation_pk(&id), |_| true)
                .await?;
        }
        dropped += self
            .drop_those(keys::account_pk(&account.id), |_| true)
            .await?;
        dropped += self
            .drop_those(keys::entity_pk(&account.entity_id), |_| true)
            .await?;
        if let Some(address) = &account.contact.email
            && self.address_read_owner(&address.digest()).await?.as_ref() == Some(&account.id)
        {
            self.drop_all(&[keys::email(address)]).await?;
            dropped += 1;
        }
        Ok(dropped)
    }

    /// Deletes the items of a partition that are of a kind; how many.
    async fn drop_those(&self, pk: String, of_kind: impl Fn(&Item) -> bool) -> Result<usize> {
        let (mut after, mut dropped) = (None, 0);
        loop {
            let page = self.query_all(pk.clone(), after, 1000).await?;
            let those: Vec<_> = page
                .items
                .iter()
                .filter(|found| of_kind(found))
                .map(item::key)
                .collect();
            self.drop_all(&those).await?;
            dropped += those.len();
            after = page.next;
            if after.is_none() {
                return Ok(dropped);
            }
        }
    }
}
