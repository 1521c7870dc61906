//! The wire between the SDK and the real engine, with faults on it that no engine in a process
//! shows.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_sdk_dynamodb::{
    Client,
    config::{retry::RetryConfig, timeout::TimeoutConfig},
};
use serde_json::{Value, json};
use vigie_store::Store;
use vigie_tests::{
    World, table,
    wire::{Call, End, Fate, Rule},
};

/// Fates of a call.
#[derive(Clone, Debug)]
pub enum Fault {
    /// `DynamoDB` refuses it, with this status, code and these further members of the answer.
    Refused(u16, &'static str, Value),
    /// Others are writing the same items.
    Contention,
    /// No answer ever comes.
    Silence,
    /// The connection breaks.
    Broken,
    /// It is done, and no answer comes.
    AnswerLost,
    /// A transaction in which these positions give these reasons.
    Cancelled(Vec<Value>),
}

#[derive(Debug, Default)]
struct Script {
    /// Faults of the next calls that write, in their order.
    writes: VecDeque<Fault>,
    /// Faults of the next calls that count, in their order.
    counts: VecDeque<Fault>,
    /// The fault of all calls that write after these.
    all_writes: Option<Fault>,
    /// The fault of all calls after so many.
    all: Option<(usize, Fault)>,
    /// The operations called, and the request tokens that they carried.
    calls: Vec<(String, Option<String>)>,
}

/// A line with faults.
#[derive(Clone, Debug)]
pub struct Line(Arc<Mutex<Script>>);

impl Line {
    /// Lays it between a world's functions and its table; the SDK tries so often.
    pub fn lay(world: &mut World, attempts: u32) -> Self {
        let line = Self(Arc::default());
        let laid = line.clone();
        let rule: Rule = Arc::new(move |call: &Call| laid.fate(call));
        let store = |function| {
            let config = world.table.config(Some(function), Some(Arc::clone(&rule)));
            let config = config
                .retry_config(
                    RetryConfig::standard()
                        .with_max_attempts(attempts)
                        .with_initial_backoff(Duration::from_millis(1)),
                )
                .timeout_config(
                    TimeoutConfig::builder()
                        .operation_attempt_timeout(Duration::from_millis(200))
                        .build(),
                );
            Store::new(Client::from_conf(config.build()), table::NAME.to_owned())
        };
        let clock = world.accounts.clock.clone();
        world.accounts = Arc::new(vigie_accounts::Accounts {
            store: store("accounts"),
            ..(*world.accounts).clone()
        });
        world.preferences = Arc::new(vigie_preferences::Preferences {
            store: store("preferences"),
            ..(*world.preferences).clone()
        });
        world.favourites = Arc::new(vigie_favourites::Favourites {
            store: store("favourites"),
            ..(*world.favourites).clone()
        });
        world.entities = Arc::new(vigie_entities::Entities {
            store: store("entities"),
            clock,
        });
        line
    }

    /// The next calls that count addresses looked up meet these faults, one each; after them all is
    /// well.
    pub fn counts(&self, faults: impl IntoIterator<Item = Fault>) {
        *self.script() = Script {
            counts: faults.into_iter().collect(),
            ..Script::default()
        };
    }

    /// The next calls that write meet these faults, one each, but for those that only count; after
    /// them all is well.
    pub fn writes(&self, faults: impl IntoIterator<Item = Fault>) {
        *self.script() = Script {
            writes: faults.into_iter().collect(),
            ..Script::default()
        };
    }

    /// All calls that write meet a fault.
    pub fn all_writes(&self, fault: Fault) {
        *self.script() = Script {
            all_writes: Some(fault),
            ..Script::default()
        };
    }

    /// So many calls go through; all others meet a fault.
    pub fn all_after(&self, calls: usize, fault: Fault) {
        *self.script() = Script {
            all: Some((calls, fault)),
            ..Script::default()
        };
    }

    /// All is well again; the operations called since the faults were put, with their request
    /// tokens.
    pub fn mend(&self) -> Vec<(String, Option<String>)> {
        std::mem::take(&mut *self.script()).calls
    }

    fn script(&self) -> std::sync::MutexGuard<'_, Script> {
        self.0.lock().expect("a lock")
    }

    fn next(&self, call: &Call) -> Option<Fault> {
        let mut script = self.script();
        script.calls.push((
            call.operation.clone(),
            call.body["ClientRequestToken"].as_str().map(str::to_owned),
        ));
        if call.writes() {
            let counts = call.body["Key"]["sk"]["S"]
                .as_str()
                .is_some_and(|sk| sk.starts_with("LOOKUPS#"));
            let next = if counts {
                script.counts.pop_front()
            } else {
                script.writes.pop_front()
            };
            let fault = next.or_else(|| script.all_writes.clone());
            if fault.is_some() {
                return fault;
            }
        }
        let (calls, fault) = script.all.as_ref()?;
        (script.calls.len() > *calls).then(|| fault.clone())
    }

    fn fate(&self, call: &Call) -> Option<Fate> {
        let conflict = json!({"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"});
        let positions = call.body["TransactItems"].as_array().map_or(0, Vec::len);
        Some(match self.next(call)? {
            Fault::Refused(status, code, more) => Fate::Before(answer(status, code, more)),
            Fault::Contention if positions > 0 => {
                Fate::Before(cancelled(vec![conflict; positions]))
            }
            Fault::Contention => {
                Fate::Before(answer(400, "TransactionConflictException", json!({})))
            }
            Fault::Cancelled(reasons) => {
                assert_eq!(reasons.len(), positions, "a reason for each position");
                Fate::Before(cancelled(reasons))
            }
            Fault::Silence => Fate::Before(End::Silence),
            Fault::Broken => Fate::Before(End::Broken),
            Fault::AnswerLost => Fate::After(End::Broken),
        })
    }
}

fn cancelled(reasons: Vec<Value>) -> End {
    answer(
        400,
        "TransactionCanceledException",
        json!({"CancellationReasons": reasons}),
    )
}

/// Answers as `DynamoDB` does (AWS JSON 1.0).
fn answer(status: u16, code: &str, mut body: Value) -> End {
    body["__type"] = json!(format!("com.amazonaws.dynamodb.v20120810#{code}"));
    body["message"] = json!("said by DynamoDB about the table vigie");
    End::Answer(status, body)
}
