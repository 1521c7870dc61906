//! Lists of the deliveries of an account.

use jiff::Timestamp;
use vigie_domain::{
    delivery::{Delivery, DeliveryState, alert::LeftOut},
    id::AccountId,
};

use crate::{
    Item, Result, Source, Store, StoreError,
    table::{item, keys},
};

/// The place of a delivery in the list of its account, newest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeliveryPosition {
    /// When it was claimed last, to the millisecond.
    pub at: Timestamp,
    /// The delivery's hash.
    pub hash: String,
}

impl DeliveryPosition {
    /// Returns it as the index spells it.
    fn key(&self) -> String {
        format!("{:.3}#{}", self.at, self.hash)
    }

    /// Reads it from a stored delivery.
    pub(crate) fn of(found: &Item) -> Result<Self> {
        const NO: StoreError = StoreError::Corrupt("delivery", Source::NONE);
        let at: Timestamp = item::text(found, "at").parse().map_err(|_| NO)?;
        let at = Timestamp::from_millisecond(at.as_millisecond()).map_err(|_| NO)?;
        let hash = item::sk(found).strip_prefix(keys::DELIVERY).ok_or(NO)?;
        Ok(Self {
            at,
            hash: hash.to_owned(),
        })
    }
}

impl Store {
    /// A page of what an account was alerted of, newest first, and whether there is more. The index
    /// may lag behind.
    pub async fn delivery_list(
        &self,
        account: &AccountId,
        after: Option<&DeliveryPosition>,
        limit: i32,
    ) -> Result<(Vec<(DeliveryPosition, Delivery)>, bool)> {
        let after = after.map(|last| (keys::delivery(account, &last.hash), last.key()));
        let (found, more) = self
            .newest(keys::deliveries_of(account), after, limit)
            .await?;
        let read = |found: Item| {
            Some((
                DeliveryPosition::of(&found).ok()?,
                item::read_or_set_aside(found, "delivery")?,
            ))
        };
        Ok((found.into_iter().filter_map(read).collect(), more))
    }

    /// Returns the newest alerts that an account missed since an instant, newest first, and whether
    /// there are more than `most`: those that came back, and those that were not sent because
    /// others had.
    pub async fn delivery_list_missed(
        &self,
        account: &AccountId,
        since: Timestamp,
        most: usize,
    ) -> Result<(Vec<Delivery>, bool)> {
        let (mut missed, mut after): (Vec<Delivery>, Option<DeliveryPosition>) = (Vec::new(), None);
        loop {
            let (page, more) = self.delivery_list(account, after.as_ref(), 100).await?;
            for (position, delivery) in page {
                if position.at < since {
                    return Ok((missed, false));
                }
                after = Some(position);
                if is_missed(&delivery) {
                    if missed.len() == most {
                        return Ok((missed, true));
                    }
                    missed.push(delivery);
                }
            }
            if !more {
                return Ok((missed, false));
            }
        }
    }
}

/// A test alert is none that can be missed.
fn is_missed(delivery: &Delivery) -> bool {
    let withheld = || delivery.reason.as_deref() == Some(LeftOut::AddressUndeliverable.as_str());
    delivery.consultation_id.is_some()
        && (delivery.state == DeliveryState::Bounced
            || delivery.state == DeliveryState::Skipped && withheld())
}
