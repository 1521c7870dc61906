//! Purges: what an erased account leaves elsewhere goes too.

use std::collections::{BTreeMap, BTreeSet};
use vigie_runtime::again::unless_refused;

use crate::{
    Item, Result, Store,
    schedule::work::Purge,
    table::{
        error::unavailable,
        item::{self, n, s},
        keys::{self, INDEX1, Key},
        transaction::{Expression, PRESENT, Transaction},
    },
};

/// Most items deleted in one transaction: the rest of its `ACTIONS` counts them.
const MAX_DELETES: i32 = 80;

impl Store {
    /// Erases what an erased account has left: deliveries, which stay as anonymous counts, links on
    /// both sides with the requests for them, whatever else is kept with it, and favourites with
    /// the tombstones of them. Cut short, it goes on where it was.
    pub async fn purge_run(&self, purge: &Purge) -> Result<()> {
        loop {
            let page = self
                .query(
                    keys::account_pk(&purge.account),
                    keys::DELIVERY,
                    None,
                    MAX_DELETES,
                )
                .await?;
            if page.items.is_empty() {
                break;
            }
            self.forget_stand_ins(&purge.account, &page.items).await?;
            self.count_out(&page.items).await?;
        }
        self.purge_links(&purge.account).await?;
        let account = &purge.account;
        self.drop_partition(account).await?;
        for list in [
            keys::favourites_of(account),
            keys::unstarred_by(account),
            keys::naming(account),
        ] {
            let mut after = None;
            loop {
                let (stars, next) = self.listed(&list, after).await?;
                for star in &stars {
                    self.drop_entry(star).await?;
                }
                after = next;
                if after.is_none() {
                    break;
                }
            }
        }
        self.drop_entry(&purge.entry).await
    }

    /// Deletes deliveries and counts them, in one transaction: each is counted once.
    async fn count_out(&self, deliveries: &[Item]) -> Result<()> {
        let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        let mut writes = Transaction::new();
        for delivery in deliveries {
            *counts
                .entry((item::text(delivery, "kind"), item::text(delivery, "state")))
                .or_default() += 1;
            writes.delete(
                (),
                self,
                &item::key(delivery),
                Expression::condition(PRESENT),
            )?;
        }
        let kinds: BTreeSet<_> = counts.keys().map(|(kind, _)| *kind).collect();
        for kind in kinds {
            let states = counts.iter().filter(|((of, _), _)| *of == kind);
            let mut update = Expression::default();
            let mut added = Vec::new();
            for (i, ((_, state), count)) in states.enumerate() {
                added.push(format!("#s{i} :c{i}"));
                update = update
                    .name(format!("#s{i}"), (*state).to_owned())
                    .value(format!(":c{i}"), n(count));
            }
            update.update = Some(format!("ADD {}", added.join(", ")));
            writes.update((), self, &keys::erased(kind), update)?;
        }
        // Another sweep is at it: what is left is read again.
        unless_refused(self.write(writes).await).map(drop)
    }

    /// A page of a list in the index: keys of its items, and where the next begins.
    pub(crate) async fn listed(
        &self,
        list: &str,
        after: Option<Item>,
    ) -> Result<(Vec<Key>, Option<Item>)> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(INDEX1)
            .key_condition_expression("i1pk = :list")
            .expression_attribute_values(":list", s(list))
            .set_exclusive_start_key(after)
            .send()
            .await
            .map_err(unavailable)?;
        Ok((
            answer
                .items
                .unwrap_or_default()
                .iter()
                .map(item::key)
                .collect(),
            answer.last_evaluated_key,
        ))
    }
}
