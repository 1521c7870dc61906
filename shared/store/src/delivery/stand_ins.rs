//! Alerts that a delegate was mailed instead of an absentee. Both deliveries name the other, so
//! that a copy that does not arrive is told the absentee after all, and an account that is erased
//! leaves its id with nobody.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use vigie_domain::{delivery::DeliveryState, id::AccountId};

use crate::{
    Item, Result, Store, StoreError,
    delivery::{
        claims::{Intent, WantedDelivery, claimable, claimed, is_pending},
        items::Subject,
    },
    table::{
        item::{self, s},
        keys::{self, Key},
        transaction::{Expression, Transaction, TransactionError},
    },
};

/// The reason, in records, for which an absentee is not mailed: the delegate is.
const DELEGATED: &str = "delegated";

/// Most of them recorded in one transaction, two deliveries each.
const PAIRS: usize = 50;

/// An alert that a delegate was mailed instead of an absentee.
#[derive(Clone, Copy, Debug)]
pub struct PassedOn<'a> {
    /// The alert.
    pub subject: &'a Subject,
    /// The owner of the alert.
    pub absentee: &'a AccountId,
    /// The one who was mailed.
    pub delegate: &'a AccountId,
}

impl PassedOn<'_> {
    fn delegate_key(&self) -> Key {
        keys::delivery(self.delegate, &self.subject.hash)
    }
}

/// The state of an alert that was passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passing {
    /// The delegate has it, or the absentee was told before.
    Told,
    /// The delegate's mail did not go, or came back already.
    NotTold,
    /// Somebody else is telling the absentee.
    Busy,
}

#[derive(Clone, Copy)]
enum Of {
    Absentee(usize),
    Delegate(usize),
}

impl Store {
    /// Records for absentees that a delegate has their alert, where that is so. The answers are in
    /// the order of the alerts.
    pub async fn delivery_pass_on(
        &self,
        all: &[PassedOn<'_>],
        now: Timestamp,
    ) -> Result<Vec<Passing>> {
        let mut answers = Vec::with_capacity(all.len());
        for chunk in all.chunks(PAIRS) {
            answers.extend(self.pass_on(chunk, now).await?);
        }
        Ok(answers)
    }

    async fn pass_on(&self, pairs: &[PassedOn<'_>], now: Timestamp) -> Result<Vec<Passing>> {
        let mut answers = vec![None; pairs.len()];
        while answers.contains(&None) {
            let open = || {
                pairs
                    .iter()
                    .enumerate()
                    .filter(|(i, _)| answers[*i].is_none())
            };
            let writes = || {
                let mut writes = Transaction::with_capacity(2 * pairs.len());
                let mut by_delegate: BTreeMap<Key, (usize, BTreeSet<String>)> = BTreeMap::new();
                for (i, pair) in open() {
                    let PassedOn {
                        subject,
                        absentee,
                        delegate,
                    } = *pair;
                    let wanted = WantedDelivery {
                        subject,
                        account: absentee,
                        intent: Intent::Skip(DELEGATED),
                    };
                    let mut written = claimed(&wanted, now)?;
                    written.insert("delegate".to_owned(), s(delegate.as_str()));
                    writes.put(Of::Absentee(i), self, written, claimable(now))?;
                    by_delegate
                        .entry(pair.delegate_key())
                        .or_insert((i, BTreeSet::new()))
                        .1
                        .insert(absentee.to_string());
                }
                for (key, (i, absentees)) in by_delegate {
                    writes.update(Of::Delegate(i), self, &key, stands_in_for(absentees)?)?;
                }
                Ok(writes)
            };
            match self.transact_built(writes).await {
                Ok(()) => {
                    return Ok(answers
                        .into_iter()
                        .map(|answer| answer.unwrap_or(Passing::Told))
                        .collect());
                }
                Err(TransactionError::Store(e)) => return Err(e),
                Err(TransactionError::Refused(refused)) => {
                    for (of, found) in refused {
                        match of {
                            Of::Absentee(i) => {
                                answers[i] = Some(if is_pending(found.as_ref()) {
                                    Passing::Busy
                                } else {
                                    Passing::Told
                                });
                            }
                            Of::Delegate(of) => {
                                let theirs = pairs.iter().zip(&mut answers).filter(|(pair, _)| {
                                    pair.delegate_key() == pairs[of].delegate_key()
                                });
                                theirs.for_each(|(_, answer)| {
                                    *answer = answer.or(Some(Passing::NotTold));
                                });
                            }
                        }
                    }
                }
            }
        }
        Ok(answers
            .into_iter()
            .map(|answer| answer.unwrap_or(Passing::Told))
            .collect())
    }

    /// Takes back what [`Store::delivery_pass_on`] recorded for absentees, as far as it was this
    /// delegate's: the alert is open again.
    pub async fn delivery_take_back(
        &self,
        subject: &Subject,
        absentees: &[AccountId],
        delegate: &AccountId,
    ) -> Result<()> {
        let add = |writes: &mut Transaction<usize>, i: usize| {
            let still = Expression::condition("#state = :skipped AND delegate = :delegate")
                .name("#state", "state")
                .value(":skipped", item::value(&DeliveryState::Skipped)?)
                .value(":delegate", s(delegate.as_str()));
            writes.delete(
                i,
                self,
                &keys::delivery(&absentees[i], &subject.hash),
                still,
            )
        };
        self.transact_those(absentees.len(), add).await
    }

    /// Takes an account's id out of the deliveries of those for whom it stood in, and of those who
    /// stood in for it.
    pub(crate) async fn forget_stand_ins(
        &self,
        account: &AccountId,
        deliveries: &[Item],
    ) -> Result<()> {
        for delivery in deliveries {
            let delegate = delivery
                .get("delegate")
                .and_then(|delegate| delegate.as_s().ok());
            let absentees = delivery.get("standsInFor").and_then(|ids| ids.as_ss().ok());
            for other in delegate
                .into_iter()
                .chain(absentees.into_iter().flatten())
                .filter_map(|id| AccountId::parse(id).ok())
            {
                let key = Key {
                    sk: item::sk(delivery).to_owned(),
                    ..keys::account(&other)
                };
                let update = Expression::update("REMOVE delegate DELETE standsInFor :ids")
                    .when("delegate = :id OR contains(standsInFor, :id)")
                    .value(":id", s(account.as_str()))
                    .value(":ids", AttributeValue::Ss(vec![account.to_string()]));
                match self.update(&key, update).await {
                    Ok(()) | Err(StoreError::Refused) => {}
                    failed => return failed,
                }
            }
        }
        Ok(())
    }
}

/// Adds absentees to a delegate's delivery, if its mail went and has not come back.
fn stands_in_for(absentees: BTreeSet<String>) -> Result<Expression> {
    use DeliveryState::{Complained, Delayed, Delivered, Sent};
    let mut update = Expression::update("ADD standsInFor :absentees")
        .when("#state IN (:s0, :s1, :s2, :s3)")
        .name("#state", "state")
        .value(
            ":absentees",
            AttributeValue::Ss(absentees.into_iter().collect()),
        );
    for (name, state) in [":s0", ":s1", ":s2", ":s3"]
        .into_iter()
        .zip([Sent, Delayed, Delivered, Complained])
    {
        update = update.value(name, item::value(&state)?);
    }
    Ok(update)
}
