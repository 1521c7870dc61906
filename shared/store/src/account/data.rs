//! All data of an account.

use serde_json::Value;
use vigie_domain::id::AccountId;

use crate::{
    Item, Result, Store,
    delivery::lists::DeliveryPosition,
    table::{
        item,
        keys::{self, I1PK, I1SK, PK, SK},
    },
};

/// Everything in an account's partition, as it is stored but for the keys: what a later version
/// adds cannot be forgotten.
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
    /// All of an account's partition, read strongly; of alerts and of mails the newest so many.
    pub async fn account_data_read(
        &self,
        account: &AccountId,
        most: usize,
        most_mails: usize,
    ) -> Result<AccountData> {
        let (mut data, mut after) = (AccountData::default(), None);
        loop {
            let page = self
                .query_all(keys::account_pk(account), after, 1000)
                .await?;
            for found in page.items {
                let sk = item::sk(&found).to_owned();
                if sk == keys::account(account).sk {
                    data.account = without_keys(found)?;
                } else if sk.starts_with(keys::DELIVERY) {
                    let of = if found.contains_key("consultationId") {
                        &mut data.alerts
                    } else {
                        &mut data.mails
                    };
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
