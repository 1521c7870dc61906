//! Transactions whose positions have names, so that a refusal means something where it is caught.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    error::{BuildError, SdkError},
    operation::transact_write_items::TransactWriteItemsError,
    types::{
        AttributeValue, CancellationReason, ConditionCheck, Delete, Put,
        ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
    },
};

use crate::{
    Item, Result, Source, Store, StoreError,
    table::{error::unavailable, keys::Key, pause::Pause},
};

/// Most actions in one transaction (AWS limit).
pub(crate) const ACTIONS: usize = 100;

/// An expression with its names and values. `#name` and `:value` placeholders.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expression {
    pub update: Option<String>,
    pub condition: Option<String>,
    pub names: Option<HashMap<String, String>>,
    pub values: Option<HashMap<String, AttributeValue>>,
}

impl Expression {
    pub fn update(text: &str) -> Self {
        Self {
            update: Some(text.to_owned()),
            ..Self::default()
        }
    }

    /// Adds a clause to an update.
    pub fn also(mut self, clause: &str) -> Self {
        self.update = Some(
            self.update
                .map_or_else(|| clause.to_owned(), |update| format!("{update} {clause}")),
        );
        self
    }

    pub fn condition(text: &str) -> Self {
        Self::default().when(text)
    }

    pub fn when(mut self, condition: &str) -> Self {
        self.condition = Some(condition.to_owned());
        self
    }

    pub fn name(mut self, placeholder: impl Into<String>, name: impl Into<String>) -> Self {
        self.names
            .get_or_insert_default()
            .insert(placeholder.into(), name.into());
        self
    }

    pub fn value(mut self, placeholder: impl Into<String>, value: AttributeValue) -> Self {
        self.values
            .get_or_insert_default()
            .insert(placeholder.into(), value);
        self
    }
}

/// The only condition that most puts need.
pub(crate) const ABSENT: &str = "attribute_not_exists(pk)";
/// The condition of every change: what was erased stays erased.
pub(crate) const PRESENT: &str = "attribute_exists(pk)";

/// Writes that all happen or none, each at a named position.
#[derive(Clone, Debug)]
pub(crate) struct Transaction<P> {
    positions: Vec<P>,
    writes: Vec<TransactWriteItem>,
}

/// The reason for which a transaction did not happen.
#[derive(Clone, Debug)]
pub(crate) enum TransactionError<P> {
    /// These positions refused, with the items that made them.
    Refused(Vec<(P, Option<Item>)>),
    /// Anything else.
    Store(StoreError),
}

impl<P> From<StoreError> for TransactionError<P> {
    fn from(e: StoreError) -> Self {
        Self::Store(e)
    }
}

/// For callers to whom it does not matter which position refused.
impl<P> From<TransactionError<P>> for StoreError {
    fn from(e: TransactionError<P>) -> Self {
        match e {
            TransactionError::Refused(_) => Self::Refused,
            TransactionError::Store(e) => e,
        }
    }
}

impl<P: Copy> TransactionError<P> {
    /// The first position that refused, or the other error.
    pub fn position(self) -> Result<P> {
        match self {
            Self::Refused(positions) => positions
                .first()
                .map(|(p, _)| *p)
                .ok_or(StoreError::Conflict),
            Self::Store(e) => Err(e),
        }
    }
}

macro_rules! expression {
    ($builder:expr, $expression:expr) => {
        $builder
            .set_condition_expression($expression.condition)
            .set_expression_attribute_names($expression.names)
            .set_expression_attribute_values($expression.values)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    };
}

fn unbuildable(e: BuildError) -> StoreError {
    StoreError::Unbuildable("transaction", Source::new(e))
}

impl<P: Copy> Transaction<P> {
    pub fn new() -> Self {
        Self::with_capacity(4)
    }

    pub fn with_capacity(writes: usize) -> Self {
        Self {
            positions: Vec::with_capacity(writes),
            writes: Vec::with_capacity(writes),
        }
    }

    fn add(&mut self, at: P, write: TransactWriteItem) {
        self.positions.push(at);
        self.writes.push(write);
    }

    pub fn put(&mut self, at: P, store: &Store, item: Item, condition: Expression) -> Result<()> {
        let put = expression!(
            Put::builder().table_name(&store.table).set_item(Some(item)),
            condition
        )
        .build();
        self.add(
            at,
            TransactWriteItem::builder()
                .put(put.map_err(unbuildable)?)
                .build(),
        );
        Ok(())
    }

    pub fn update(
        &mut self,
        at: P,
        store: &Store,
        key: &Key,
        mut expression: Expression,
    ) -> Result<()> {
        let builder = Update::builder()
            .table_name(&store.table)
            .set_key(Some(key.attributes()))
            .set_update_expression(expression.update.take());
        let update = expression!(builder, expression).build();
        self.add(
            at,
            TransactWriteItem::builder()
                .update(update.map_err(unbuildable)?)
                .build(),
        );
        Ok(())
    }

    pub fn delete(&mut self, at: P, store: &Store, key: &Key, condition: Expression) -> Result<()> {
        let delete = expression!(
            Delete::builder()
                .table_name(&store.table)
                .set_key(Some(key.attributes())),
            condition
        )
        .build();
        self.add(
            at,
            TransactWriteItem::builder()
                .delete(delete.map_err(unbuildable)?)
                .build(),
        );
        Ok(())
    }

    pub fn check(&mut self, at: P, store: &Store, key: &Key, condition: Expression) -> Result<()> {
        let check = expression!(
            ConditionCheck::builder()
                .table_name(&store.table)
                .set_key(Some(key.attributes())),
            condition
        )
        .build();
        self.add(
            at,
            TransactWriteItem::builder()
                .condition_check(check.map_err(unbuildable)?)
                .build(),
        );
        Ok(())
    }
}

enum Attempt {
    Done,
    Refused(Vec<CancellationReason>),
    /// Not now, for this reason: others write the same items, or more is written to a partition
    /// than it takes.
    Contended(StoreError),
}

impl Store {
    /// Runs a transaction; contention (reported as [`StoreError::Conflict`] if it lasts) and
    /// throttling are waited out with jitter.
    pub(crate) async fn transact<P: Copy>(
        &self,
        transaction: Transaction<P>,
    ) -> std::result::Result<(), TransactionError<P>> {
        self.transact_built(|| Ok(transaction.clone())).await
    }

    /// Runs a transaction; [`StoreError::Refused`] if any of its conditions does not hold.
    pub(crate) async fn write<P: Copy>(&self, transaction: Transaction<P>) -> Result<()> {
        self.transact(transaction).await.map_err(StoreError::from)
    }

    /// Makes those of `count` writes whose conditions hold, in one transaction: where some are
    /// refused, the others are tried again without them. `add` adds the write of an index at that
    /// position.
    pub(crate) async fn transact_those(
        &self,
        count: usize,
        add: impl Fn(&mut Transaction<usize>, usize) -> Result<()>,
    ) -> Result<()> {
        let mut open = vec![true; count];
        while open.contains(&true) {
            let writes = || {
                let mut writes = Transaction::with_capacity(count);
                (0..count)
                    .filter(|i| open[*i])
                    .try_for_each(|i| add(&mut writes, i))?;
                Ok(writes)
            };
            match self.transact_built(writes).await {
                Ok(()) => break,
                Err(TransactionError::Store(e)) => return Err(e),
                Err(TransactionError::Refused(refused)) => {
                    for (i, _) in &refused {
                        open[*i] = false;
                    }
                }
            }
        }
        Ok(())
    }

    /// Runs a transaction as [`Store::transact`] does, but builds it anew for each attempt: hardly
    /// any is tried twice, and a copy of many items costs more.
    pub(crate) async fn transact_built<P: Copy>(
        &self,
        build: impl Fn() -> Result<Transaction<P>>,
    ) -> std::result::Result<(), TransactionError<P>> {
        let mut pause = Pause::default();
        loop {
            let Transaction { positions, writes } = build()?;
            match self.attempt(writes).await? {
                Attempt::Done => return Ok(()),
                Attempt::Refused(reasons) => {
                    let refused = positions
                        .into_iter()
                        .zip(reasons)
                        .filter(|(_, reason)| reason.code() == Some("ConditionalCheckFailed"))
                        .map(|(position, reason)| (position, reason.item))
                        .collect();
                    return Err(TransactionError::Refused(refused));
                }
                Attempt::Contended(reason) => {
                    if !pause.wait().await {
                        return Err(reason.into());
                    }
                }
            }
        }
    }

    async fn attempt(&self, writes: Vec<TransactWriteItem>) -> Result<Attempt> {
        match self
            .client
            .transact_write_items()
            .set_transact_items(Some(writes))
            .send()
            .await
        {
            Ok(_) => Ok(Attempt::Done),
            Err(error) => {
                if let SdkError::ServiceError(e) = &error {
                    match e.err() {
                        TransactWriteItemsError::TransactionCanceledException(exception) => {
                            return cancelled(exception.cancellation_reasons());
                        }
                        TransactWriteItemsError::TransactionInProgressException(_) => {
                            return Ok(Attempt::Contended(StoreError::Conflict));
                        }
                        _ => {}
                    }
                }
                Err(unavailable(error))
            }
        }
    }
}

/// A refusal decides even beside contention: the condition did not hold, whatever the other writer
/// does.
fn cancelled(reasons: &[CancellationReason]) -> Result<Attempt> {
    let has = |code| reasons.iter().any(|reason| reason.code() == Some(code));
    if has("ConditionalCheckFailed") {
        Ok(Attempt::Refused(reasons.to_vec()))
    } else if has("TransactionConflict") {
        Ok(Attempt::Contended(StoreError::Conflict))
    } else {
        let code = reasons
            .iter()
            .filter_map(CancellationReason::code)
            .find(|code| *code != "None");
        let code = code.unwrap_or("TransactionCanceled");
        let unavailable = StoreError::Unavailable(code.to_owned(), Source::NONE);
        // The SDK, which waits out a throttled call, does not look into a cancelled transaction.
        if ["ThrottlingError", "ProvisionedThroughputExceeded"].contains(&code) {
            Ok(Attempt::Contended(unavailable))
        } else {
            Err(unavailable)
        }
    }
}
