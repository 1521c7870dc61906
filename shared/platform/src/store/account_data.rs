//! Data of an account: the list of its deliveries, and all of it.

use jiff::Timestamp;
use serde_json::Value;
use vigie_domain::{
    alert::LeftOut,
    id::{AccountId, ConsultationId},
};

use super::{
    Item, Result, Source, Store, StoreError,
    deliveries::{Delivery, DeliveryState},
    item,
    keys::{self, I1PK, I1SK, PK, SK},
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
    /// As the index spells it.
    fn key(&self) -> String {
        format!("{:.3}#{}", self.at, self.hash)
    }

    /// Of a stored delivery.
    fn of(found: &Item) -> Result<Self> {
        const NO: StoreError = StoreError::Corrupt("delivery", Source::NONE);
        let at: Timestamp = item::text(found, "at").parse().map_err(|_| NO)?;
        let at = Timestamp::from_millisecond(at.as_millisecond()).map_err(|_| NO)?;
        let hash = item::sk(found).strip_prefix(keys::DELIVERY).ok_or(NO)?;
        Ok(Self { at, hash: hash.to_owned() })
    }
}

/// Everything in an account's partition, as it is stored but for the keys: what a later version adds cannot be forgotten.
#[derive(Clone, Debug, Default)]
pub struct AccountData {
    /// The account; null once erased.
    pub account: Value,
    /// Its alerts, newest first.
    pub alerts: Vec<(DeliveryPosition, Value)>,
    /// True if there are older ones.
    pub more: bool,
    /// The mails about the account itself, newest first.
    pub mails: Vec<(DeliveryPosition, Value)>,
    /// Everything else, each with its name (`item`): the sort key.
    pub others: Vec<Value>,
}

impl Store {
    /// A page of what an account was alerted of, newest first, and whether there is more. The index may lag behind.
    pub async fn delivery_list(
        &self,
        account: &AccountId,
        after: Option<&DeliveryPosition>,
        limit: i32,
    ) -> Result<(Vec<(DeliveryPosition, Delivery)>, bool)> {
        let after = after.map(|last| (keys::delivery(account, &last.hash), last.key()));
        let (found, more) = self.newest(keys::deliveries_of(account), after, limit).await?;
        let read = |found: Item| Some((DeliveryPosition::of(&found).ok()?, item::read_or_set_aside(found, "delivery")?));
        Ok((found.into_iter().filter_map(read).collect(), more))
    }

    /// Returns the newest alerts that were not sent for a reason since an instant, newest first, and whether there are more than `most`.
    pub async fn delivery_list_skipped(
        &self,
        account: &AccountId,
        since: Timestamp,
        reason: LeftOut,
        most: usize,
    ) -> Result<(Vec<Delivery>, bool)> {
        let (mut skipped, mut after): (Vec<Delivery>, Option<DeliveryPosition>) = (Vec::new(), None);
        loop {
            let (page, more) = self.delivery_list(account, after.as_ref(), 100).await?;
            for (position, delivery) in page {
                if position.at < since {
                    return Ok((skipped, false));
                }
                after = Some(position);
                if delivery.state == DeliveryState::Skipped && delivery.reason.as_deref() == Some(reason.as_str()) {
                    if skipped.len() == most {
                        return Ok((skipped, true));
                    }
                    skipped.push(delivery);
                }
            }
            if !more {
                return Ok((skipped, false));
            }
        }
    }

    /// All of an account's partition, read strongly; of alerts and of mails the newest so many.
    pub async fn account_data_read(&self, account: &AccountId, most: usize, most_mails: usize) -> Result<AccountData> {
        let (mut data, mut after) = (AccountData::default(), None);
        loop {
            let page = self.query_all(keys::account_pk(account), after, 1000).await?;
            for found in page.items {
                let sk = item::sk(&found).to_owned();
                if sk == keys::account(account).sk {
                    data.account = without_keys(found)?;
                } else if sk.starts_with(keys::DELIVERY) {
                    let of = if found.contains_key("consultationId") { &mut data.alerts } else { &mut data.mails };
                    of.push((DeliveryPosition::of(&found)?, without_keys(found)?));
                } else {
                    let mut other = without_keys(found)?;
                    other["item"] = Value::String(sk);
                    data.others.push(other);
                }
            }
            // Kept small on the way: there can be many times as many.
            let at_end = page.next.is_none();
            if data.alerts.len() > 2 * most || at_end {
                data.more |= newest(&mut data.alerts, most);
            }
            if data.mails.len() > 2 * most_mails || at_end {
                newest(&mut data.mails, most_mails);
            }
            after = page.next;
            if after.is_none() {
                return Ok(data);
            }
        }
    }

    /// Lists the consultations that an account unstarred, at most so many. The index may lag behind.
    pub async fn favourite_list_unstarred(&self, account: &AccountId, most: usize) -> Result<Vec<ConsultationId>> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let (tombstones, next) = self.listed(&keys::unstarred_by(account), after).await?;
            let ids = tombstones.iter().filter_map(|tombstone| tombstone.pk.strip_prefix(keys::CONSULTATION));
            found.extend(ids.filter_map(|id| ConsultationId::parse(id).ok()));
            after = next;
            if after.is_none() || found.len() >= most {
                found.truncate(most);
                return Ok(found);
            }
        }
    }
}

/// Leaves the newest, newest first; whether any went.
fn newest(deliveries: &mut Vec<(DeliveryPosition, Value)>, most: usize) -> bool {
    deliveries.sort_unstable_by(|(a, _), (b, _)| b.cmp(a));
    let more = deliveries.len() > most;
    deliveries.truncate(most);
    more
}

fn without_keys(mut found: Item) -> Result<Value> {
    for key in [PK, SK, I1PK, I1SK] {
        found.remove(key);
    }
    item::read(found, "item")
}
