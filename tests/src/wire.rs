//! The one place between the bundle and AWS. Each call of the table, of SES and of the bus comes by
//! here, and here it passes, is late, waits at a gate, fails before or after it is done, is never
//! answered, or takes its worker with it.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::{
    HttpClient, Region, RuntimeComponents, SharedHttpClient, StalledStreamProtectionConfig,
    http::HttpRequest,
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::HttpResponse,
    result::ConnectorError,
};
use aws_smithy_types::{body::SdkBody, retry::RetryConfig};
use fastrand::Rng;
use serde_json::{Value, json};
use vigie_runtime::clock::{self, Instant};

use crate::{calls, gate::Gate};

/// Services that are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// `DynamoDB`.
    Table,
    /// `EventBridge`.
    Bus,
    /// Secrets Manager.
    Secrets,
    /// SES.
    Ses,
}

impl Service {
    /// Returns the time after which nobody waits for an answer any more, as the product's clients
    /// do (`shared/aws/src/clients.rs`).
    fn patience(self) -> Duration {
        Duration::from_secs(if self == Self::Ses { 10 } else { 3 })
    }
}

/// A call on its way.
#[derive(Clone, Debug)]
pub struct Call {
    /// The function that makes it; none for a test's own.
    pub function: Option<&'static str>,
    /// The service.
    pub service: Service,
    /// The operation, by AWS's name.
    pub operation: String,
    /// The body.
    pub body: Value,
}

impl Call {
    fn read(function: Option<&'static str>, request: &HttpRequest) -> Self {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let path = request.uri().split(['?', '#']).next().unwrap_or_default();
        let (service, operation) = match target.split_once('.') {
            Some((service, operation)) if service.starts_with("DynamoDB") => {
                (Service::Table, operation)
            }
            Some(("secretsmanager", operation)) => (Service::Secrets, operation),
            Some((_, operation)) => (Service::Bus, operation),
            None if path.ends_with("/outbound-bulk-emails") => (Service::Ses, "SendBulkEmail"),
            None if path.ends_with("/outbound-emails") => (Service::Ses, "SendEmail"),
            None if path.ends_with("/email/account") => (Service::Ses, "GetAccount"),
            None => (Service::Ses, path),
        };
        let body =
            serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
        Self {
            function,
            service,
            operation: operation.to_owned(),
            body,
        }
    }

    /// True if it is a call of the table that writes.
    pub fn writes(&self) -> bool {
        self.service == Service::Table
            && !["GetItem", "BatchGetItem", "Query", "Scan"].contains(&self.operation.as_str())
    }
}

/// A call that came by.
#[derive(Clone, Debug)]
pub struct Heard {
    /// The function that made it; none for a test's own.
    pub function: Option<&'static str>,
    /// The service.
    pub service: Service,
    /// The operation.
    pub operation: String,
    /// Time at which it began.
    pub at: Instant,
}

/// Fates of a call that does not simply pass.
#[derive(Clone, Debug)]
pub enum Fate {
    /// It goes through after so long.
    Late(Duration),
    /// It goes through once a gate is opened.
    Waits(Gate),
    /// It is not done.
    Before(End),
    /// It is done, and nobody hears the answer.
    After(End),
}

/// Ends of a call, in place of its answer.
#[derive(Clone, Debug)]
pub enum End {
    /// Another answer: status and body.
    Answer(u16, Value),
    /// The connection breaks.
    Broken,
    /// Nothing ever comes.
    Silence,
    /// The worker is killed.
    Death,
}

impl End {
    /// A refusal with AWS's name for it.
    pub fn refusal(status: u16, code: &str) -> Self {
        Self::Answer(status, json!({"__type": code, "message": "Refused."}))
    }

    async fn met(self, service: Service) -> Result<HttpResponse, ConnectorError> {
        match self {
            Self::Answer(status, body) => Ok(response(status, body.to_string())),
            Self::Broken => Err(ConnectorError::io("connection reset".into())),
            Self::Silence => {
                clock::wait(service.patience()).await;
                Err(ConnectorError::timeout("no answer".into()))
            }
            // Without a message: who spawned the worker finds it gone.
            Self::Death => std::panic::resume_unwind(Box::new("killed")),
        }
    }
}

/// Says what becomes of a call, or nothing.
pub type Rule = Arc<dyn Fn(&Call) -> Option<Fate> + Send + Sync>;

/// The wire of one world.
#[derive(Clone)]
pub struct Wire(Arc<Shared>);

struct Shared {
    heard: Mutex<Vec<Heard>>,
    rules: Mutex<Vec<(&'static str, Rule)>>,
    order: Mutex<Rng>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl Wire {
    /// One on which all calls pass, in an order drawn from a seed.
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Shared {
            heard: Mutex::default(),
            rules: Mutex::default(),
            order: Mutex::new(Rng::with_seed(seed)),
        }))
    }

    /// Sets the rule of that name. The first rule that says something of a call decides, in the
    /// order in which they were first set.
    pub fn rule(
        &self,
        name: &'static str,
        rule: impl Fn(&Call) -> Option<Fate> + Send + Sync + 'static,
    ) {
        let (mut rules, rule): (_, Rule) = (self.rules(), Arc::new(rule));
        match rules.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = rule,
            None => rules.push((name, rule)),
        }
    }

    /// Takes a rule away.
    pub fn lift(&self, name: &'static str) {
        self.rules().retain(|(known, _)| *known != name);
    }

    fn rules(&self) -> MutexGuard<'_, Vec<(&'static str, Rule)>> {
        self.0.rules.lock().expect("a lock")
    }

    /// The calls so far, in the order in which they began.
    pub fn heard(&self) -> Vec<Heard> {
        self.0.heard.lock().expect("a lock").clone()
    }

    fn fate(&self, call: &Call, own: Option<&Rule>) -> Option<Fate> {
        let heard = Heard {
            function: call.function,
            service: call.service,
            operation: call.operation.clone(),
            at: clock::instant(),
        };
        self.0.heard.lock().expect("a lock").push(heard);
        let rules: Vec<_> = self
            .rules()
            .iter()
            .map(|(_, rule)| Arc::clone(rule))
            .collect();
        own.into_iter().chain(&rules).find_map(|rule| rule(call))
    }

    /// Lets others go first, or not: where nothing is ever waited for, whoever begins would end
    /// before anybody else begins.
    async fn turn(&self) {
        let others = self.0.order.lock().expect("a lock").u32(0..4);
        for _ in 0..others {
            tokio::task::yield_now().await;
        }
    }
}

/// Answers calls with status and body.
pub type Answers = Arc<dyn Fn(&Call) -> (u16, String) + Send + Sync>;

/// The other end of a client's wire.
#[derive(Clone)]
pub enum Far {
    /// In this process: answers at once.
    Here(Answers),
    /// Behind a socket.
    There(SharedHttpClient),
}

/// A client's end of the wire.
#[derive(Clone)]
pub struct Port {
    /// The wire.
    pub wire: Wire,
    /// The function whose client it is; none for a test's own.
    pub function: Option<&'static str>,
    /// A rule for this client's calls alone, before all others.
    pub rule: Option<Rule>,
    /// The other end.
    pub far: Far,
}

impl fmt::Debug for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Port of {:?}", self.function)
    }
}

impl HttpClient for Port {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let socket = match &self.far {
            Far::Here(_) => None,
            Far::There(client) => Some(client.http_connector(settings, components)),
        };
        SharedHttpConnector::new(Connector {
            port: self.clone(),
            socket,
        })
    }
}

#[derive(Clone, Debug)]
struct Connector {
    port: Port,
    socket: Option<SharedHttpConnector>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = self.clone();
        HttpConnectorFuture::new(async move { connector.pass(request).await })
    }
}

impl Connector {
    async fn pass(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let Port {
            wire,
            function,
            rule,
            ..
        } = &self.port;
        let call = Call::read(*function, &request);
        calls::keep(&call);
        let fate = wire.fate(&call, rule.as_ref());
        wire.turn().await;
        let after = match fate {
            None => None,
            Some(Fate::Late(time)) => {
                clock::wait(time).await;
                None
            }
            Some(Fate::Waits(gate)) => {
                gate.wait().await;
                None
            }
            Some(Fate::Before(end)) => return end.met(call.service).await,
            Some(Fate::After(end)) => Some(end),
        };
        let answer = match (&self.port.far, &self.socket) {
            (Far::Here(far), _) => {
                let (status, body) = far(&call);
                response(status, body)
            }
            (Far::There(_), Some(socket)) => socket.call(request).await?,
            (Far::There(_), None) => unreachable!("a connector has the socket of its port"),
        };
        wire.turn().await;
        match after {
            None => Ok(answer),
            Some(end) => end.met(call.service).await,
        }
    }
}

fn response(status: u16, body: String) -> HttpResponse {
    let mut response = HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(body));
    response
        .headers_mut()
        .insert("content-type", "application/json");
    response
}

/// Settings of a client at a port, without retries, so that what is seen is what happened.
macro_rules! at_port {
    ($sdk:ident, $port:expr, $url:expr) => {
        $sdk::config::Builder::new()
            .behavior_version($sdk::config::BehaviorVersion::latest())
            .region($crate::wire::region())
            .credentials_provider($crate::wire::credentials())
            .retry_config($crate::wire::no_retries())
            .stalled_stream_protection($crate::wire::no_protection())
            .http_client($sdk::config::SharedHttpClient::new($port))
            .endpoint_url($url)
    };
}
pub(crate) use at_port;

pub(crate) fn region() -> Region {
    Region::new("eu-west-3")
}

pub(crate) fn credentials() -> Credentials {
    Credentials::new("test", "test", None, None, "test")
}

pub(crate) fn no_retries() -> RetryConfig {
    RetryConfig::disabled()
}

/// As the product's clients.
pub(crate) fn no_protection() -> StalledStreamProtectionConfig {
    StalledStreamProtectionConfig::disabled()
}
