//! Lists of the deliveries of an account.

use jiff::Timestamp;
use vigie_domain::{
    delivery::{Delivery, DeliveryState, alert::LeftOut},
    id::AccountId,
};

use crate::{
    Item, Result, Source, Store, StoreError,
    delivery::feedback::HEARD_OF,
    table::{
        error::unavailable,
        item::{self, s},
        keys,
    },
};

/// The reason for which alerts are not sent once others have come back.
const WITHHELD: LeftOut = LeftOut::AddressUndeliverable;

/// The place of a delivery in the list of its account, newest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeliveryPosition {
    /// Time at which it was claimed last, to the millisecond.
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
    /// there are more than `most`: those that came back since then, whenever they were sent, and
    /// those that were not sent because others had. Only these are read one by one: a page load
    /// asks for them.
    pub async fn delivery_list_missed(
        &self,
        account: &AccountId,
        since: Timestamp,
        most: usize,
    ) -> Result<(Vec<Delivery>, bool)> {
        let (mut missed, mut start) = (Vec::new(), None);
        loop {
            let answer = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(keys::INDEX1)
                .key_condition_expression("i1pk = :list AND i1sk >= :first")
                .filter_expression("#state = :bounced OR #reason = :withheld")
                .expression_attribute_names("#state", "state")
                .expression_attribute_names("#reason", "reason")
                .expression_attribute_values(":list", s(keys::deliveries_of(account)))
                .expression_attribute_values(":first", s(format!("{:.3}", since - HEARD_OF)))
                .expression_attribute_values(":bounced", item::value(&DeliveryState::Bounced)?)
                .expression_attribute_values(":withheld", s(WITHHELD.as_str()))
                .scan_index_forward(false)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(unavailable)?;
            let page = item::read_those(answer.items.unwrap_or_default(), "delivery");
            missed.extend(
                page.into_iter()
                    .filter(|delivery| is_missed(delivery, since)),
            );
            if missed.len() > most {
                missed.truncate(most);
                return Ok((missed, true));
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok((missed, false));
            }
        }
    }
}

/// True if the agent of a delivery missed it since then. A test alert is none that can be missed.
fn is_missed(delivery: &Delivery, since: Timestamp) -> bool {
    let at = match delivery.state {
        DeliveryState::Bounced => delivery.bounced_at.unwrap_or(delivery.at),
        DeliveryState::Skipped => delivery.at,
        _ => return false,
    };
    delivery.consultation_id.is_some() && at >= since
}
