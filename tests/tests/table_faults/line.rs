//! The wire between the SDK and the real engine, with faults on it that no engine in a process shows.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::{
    Client,
    config::{
        BehaviorVersion, Builder, HttpClient, Region, RuntimeComponents, SharedHttpClient, http::HttpRequest, retry::RetryConfig,
        timeout::TimeoutConfig,
    },
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::HttpResponse,
    result::ConnectorError,
};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use vigie_platform::store::Store;
use vigie_tests::{World, calls::Caller, table};

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
pub struct Line {
    script: Arc<Mutex<Script>>,
    engine: SharedHttpClient,
}

impl Line {
    /// Lays it between a world's functions and its table; the SDK tries so often.
    pub fn lay(world: &mut World, attempts: u32) -> Self {
        let engine = aws_smithy_http_client::Builder::new().build_http();
        let line = Self { script: Arc::default(), engine };
        let time = Duration::from_millis(200);
        let config = Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-3"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .retry_config(RetryConfig::standard().with_max_attempts(attempts).with_initial_backoff(Duration::from_millis(1)))
            .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(time).build())
            .http_client(SharedHttpClient::new(line.clone()))
            .endpoint_url(&world.table.url);
        let store = |function| Store::new(Client::from_conf(config.clone().interceptor(Caller(function)).build()), table::NAME.to_owned());
        let (clock, tokens) = (world.accounts.clock.clone(), world.mailer.tokens.clone());
        world.accounts = Arc::new(vigie_accounts::Accounts { store: store("accounts"), ..(*world.accounts).clone() });
        world.preferences =
            Arc::new(vigie_preferences::Preferences { store: store("preferences"), clock: clock.clone(), tokens: tokens.clone() });
        world.favourites = Arc::new(vigie_favourites::Favourites { store: store("favourites"), clock: clock.clone(), tokens });
        world.entities = Arc::new(vigie_entities::Entities { store: store("entities"), clock });
        line
    }

    /// The next calls that count addresses looked up meet these faults, one each; after them all is well.
    pub fn counts(&self, faults: impl IntoIterator<Item = Fault>) {
        *self.script() = Script { counts: faults.into_iter().collect(), ..Script::default() };
    }

    /// The next calls that write meet these faults, one each, but for those that only count; after them all is well.
    pub fn writes(&self, faults: impl IntoIterator<Item = Fault>) {
        *self.script() = Script { writes: faults.into_iter().collect(), ..Script::default() };
    }

    /// All calls that write meet a fault.
    pub fn all_writes(&self, fault: Fault) {
        *self.script() = Script { all_writes: Some(fault), ..Script::default() };
    }

    /// So many calls go through; all others meet a fault.
    pub fn all_after(&self, calls: usize, fault: Fault) {
        *self.script() = Script { all: Some((calls, fault)), ..Script::default() };
    }

    /// All is well again; the operations called since the faults were put, with their request tokens.
    pub fn mend(&self) -> Vec<(String, Option<String>)> {
        std::mem::take(&mut *self.script()).calls
    }

    fn script(&self) -> std::sync::MutexGuard<'_, Script> {
        self.script.lock().expect("a lock")
    }

    fn next(&self, operation: &str, body: &Value) -> Option<Fault> {
        let mut script = self.script();
        script.calls.push((operation.to_owned(), body["ClientRequestToken"].as_str().map(str::to_owned)));
        if is_write(operation) {
            let counts = body["Key"]["sk"]["S"].as_str().is_some_and(|sk| sk.starts_with("LOOKUPS#"));
            let next = if counts { script.counts.pop_front() } else { script.writes.pop_front() };
            let fault = next.or_else(|| script.all_writes.clone());
            if fault.is_some() {
                return fault;
            }
        }
        let (calls, fault) = script.all.as_ref()?;
        (script.calls.len() > *calls).then(|| fault.clone())
    }
}

fn is_write(operation: &str) -> bool {
    !["GetItem", "BatchGetItem", "Query", "Scan"].contains(&operation)
}

impl HttpClient for Line {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector { line: self.clone(), engine: self.engine.http_connector(settings, components) })
    }
}

#[derive(Debug)]
struct Connector {
    line: Line,
    engine: SharedHttpConnector,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = request.headers().get("x-amz-target").and_then(|target| target.rsplit('.').next()).unwrap_or_default().to_owned();
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
        let conflict = json!({"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"});
        let positions = body["TransactItems"].as_array().map_or(0, Vec::len);
        match self.line.next(&operation, &body) {
            None => self.engine.call(request),
            Some(Fault::Refused(status, code, more)) => HttpConnectorFuture::ready(Ok(answer(status, code, more))),
            Some(Fault::Contention) if positions > 0 => HttpConnectorFuture::ready(Ok(cancelled(vec![conflict; positions]))),
            Some(Fault::Contention) => HttpConnectorFuture::ready(Ok(answer(400, "TransactionConflictException", json!({})))),
            Some(Fault::Cancelled(reasons)) => {
                assert_eq!(reasons.len(), positions, "a reason for each position");
                HttpConnectorFuture::ready(Ok(cancelled(reasons)))
            }
            Some(Fault::Silence) => HttpConnectorFuture::new(std::future::pending()),
            Some(Fault::Broken) => HttpConnectorFuture::ready(Err(ConnectorError::io("connection reset".into()))),
            Some(Fault::AnswerLost) => {
                let done = self.engine.call(request);
                HttpConnectorFuture::new(async {
                    let answer = done.await?;
                    assert!(answer.status().is_success(), "{answer:?}");
                    Err(ConnectorError::io("connection reset".into()))
                })
            }
        }
    }
}

fn cancelled(reasons: Vec<Value>) -> HttpResponse {
    answer(400, "TransactionCanceledException", json!({"CancellationReasons": reasons}))
}

/// Answers as `DynamoDB` does (AWS JSON 1.0).
fn answer(status: u16, code: &str, mut body: Value) -> HttpResponse {
    body["__type"] = json!(format!("com.amazonaws.dynamodb.v20120810#{code}"));
    body["message"] = json!("said by DynamoDB about the table vigie");
    let status = status.try_into().expect("a status");
    let mut response = HttpResponse::new(status, SdkBody::from(body.to_string()));
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    response
}
