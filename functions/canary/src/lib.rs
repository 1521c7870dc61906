//! The canary, each minute: starts trips by the portal's own events, and looks which are back. It
//! measures the age of the oldest trip that is not back, and the time that tenders took. Two alarms
//! watch it: one rings on that age, the other on silence.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use vigie_aws::{
    Consumer, Platform,
    bus::{Bus, Event},
};
use vigie_domain::{
    account::Account,
    canary::{
        self,
        flight::{Day, Trip},
    },
    delivery::DeliveryState,
};
use vigie_runtime::{
    Error,
    clock::Clock,
    config::{ConfigError, required},
    log,
};
use vigie_store::{Store, StoreError};

/// Sends the synthetic tender on its way.
#[derive(Clone, Debug)]
pub struct Canary {
    /// The table.
    pub store: Store,
    /// The bus, on which it speaks as the portal.
    pub bus: Bus,
    /// Tells the time.
    pub clock: Clock,
    /// True to start trips; false only deletes what earlier runs left.
    pub on: bool,
}

impl Canary {
    /// From the environment.
    ///
    /// # Errors
    /// Something is missing in it.
    pub fn new(platform: &Platform) -> Result<Self, ConfigError> {
        let on = required("CANARY")? == "enabled";
        Ok(Self {
            store: Store::from_env(platform.aws.dynamodb())?,
            bus: platform.bus()?.as_portal(),
            clock: platform.clock.clone(),
            on,
        })
    }

    /// Looks at the trips, starts those that are due, and deletes those that are over; `extra`
    /// starts one more tender, now.
    async fn fly(&self, account: &Account, extra: bool, now: Timestamp) -> Result<Value, Error> {
        let day = Day::of(now)?;
        let mut trips = self.look(account, now).await?;
        let mut wanted = day.wanted(&trips, now);
        wanted.extend(extra.then(|| Trip::extra(&day, now)));
        if !wanted.is_empty() {
            self.settle(account, now).await?;
        }
        for trip in wanted {
            if self
                .store
                .canary_begin_trip(&account.id, &trip, now)
                .await?
            {
                trips.push(trip);
            }
        }
        let age = trips
            .iter()
            .map(|trip| trip.age(now))
            .max()
            .unwrap_or(SignedDuration::ZERO);
        // Measured before anything that may fail: an alarm rings when the metric is missing.
        log::seconds("CanaryAge", age.as_secs().unsigned_abs());
        self.set_off(account, &mut trips).await?;
        self.tidy(account, &day, &trips, now).await?;
        Ok(json!({"on": true, "age": age.as_secs(), "trips": trips}))
    }

    /// Returns the trips with their returns noted, and without those that are lost.
    async fn look(&self, account: &Account, now: Timestamp) -> Result<Vec<Trip>, Error> {
        let mut trips = self.store.canary_list_trips(&account.id).await?;
        for trip in trips
            .iter_mut()
            .filter(|trip| trip.back_at.is_none() && trip.due <= now)
        {
            let delivery = self.store.canary_read_delivery(&account.id, trip).await?;
            let Some(delivery) =
                delivery.filter(|delivery| delivery.state == DeliveryState::Delivered)
            else {
                continue;
            };
            trip.come_back(delivery.delivered_at, now);
            self.store.canary_write_trip(&account.id, trip, now).await?;
            if let Some(took) = trip.took {
                log::milliseconds("CanaryTrip", took);
            }
        }
        let (lost, there): (Vec<_>, Vec<_>) = trips
            .iter()
            .cloned()
            .partition(|trip| trip.is_lost(&trips, now));
        for trip in &lost {
            log::error(
                "a trip of the canary is lost",
                json!({"leg": trip.leg, "key": trip.key, "due": trip.due, "sentAt": trip.sent_at}),
            );
        }
        self.store.canary_delete_trips(&account.id, &lost).await?;
        Ok(there)
    }

    async fn settle(&self, account: &Account, now: Timestamp) -> Result<(), Error> {
        match self
            .store
            .canary_settle(account, &canary::organisation()?, now)
            .await
        {
            Err(StoreError::Refused) => Err("the canary's address belongs to an account".into()),
            done => Ok(done?),
        }
    }

    /// Publishes the events of trips that have not begun. A fact waits until its consultation is
    /// there, because a fact that overtakes its consultation opens work for a year.
    async fn set_off(&self, account: &Account, trips: &mut [Trip]) -> Result<(), Error> {
        // The previous day's too, if the bus was down.
        for trip in trips.iter_mut().filter(|trip| trip.sent_at.is_none()) {
            if trip.is_within()
                && self
                    .store
                    .consultation_read(&trip.consultation_id)
                    .await?
                    .is_none()
            {
                continue;
            }
            let now = self.clock.now();
            let event = |(detail_type, detail)| Event {
                detail_type,
                detail,
            };
            self.bus
                .publish(&trip.events(now).into_iter().map(event).collect::<Vec<_>>())
                .await?;
            trip.sent_at = Some(now);
            self.store.canary_write_trip(&account.id, trip, now).await?;
        }
        Ok(())
    }

    async fn tidy(
        &self,
        account: &Account,
        day: &Day,
        trips: &[Trip],
        now: Timestamp,
    ) -> Result<(), Error> {
        let over: Vec<_> = trips
            .iter()
            .filter(|trip| trip.is_over(trips, day))
            .cloned()
            .collect();
        self.store.canary_delete_trips(&account.id, &over).await?;
        if day.is_alone(trips, now) {
            let mut past = self
                .store
                .canary_list_consultations(&account.entity_id)
                .await?;
            past.retain(|id| *id != day.consultation);
            if !past.is_empty() {
                self.store
                    .canary_delete_past(account, &past, &day.consultation)
                    .await?;
            }
        }
        Ok(())
    }
}

impl Consumer for Canary {
    async fn consume(&self, event: Value) -> Result<Value, Error> {
        let now = self.clock.now();
        let account = canary::account(now)?;
        if self.on {
            return self.fly(&account, event["extra"] == true, now).await;
        }
        Ok(json!({"on": false, "dropped": self.store.canary_delete(&account).await?}))
    }

    async fn warm(&self) {
        self.store.warm().await;
    }
}
