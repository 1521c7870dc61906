//! AWS clients: environment credentials, one HTTP client, ring instead of aws-lc (whose jitter
//! entropy costs 26 ms of CPU at the first call), time-outs that end before the function does.

use std::{error::Error, time::Duration};

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Region, SharedHttpClient, StalledStreamProtectionConfig, retry::RetryConfig,
    timeout::TimeoutConfig,
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    interceptors::context::InterceptorContext,
    retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority},
};

use vigie_runtime::config::{Config, ConfigError, optional};

/// The roots that AWS endpoints chain to, one file: reading the system's 140 costs 0.7 ms at each
/// start.
const AMAZON_ROOTS: &[u8] = include_bytes!("../data/amazon-roots.pem");

/// The connections, credentials and region that all clients share.
#[derive(Clone, Debug)]
pub struct Aws {
    config: Config,
    credentials: Credentials,
    http: SharedHttpClient,
}

/// Time for which a connection to SES is kept without use. AWS closes idle ones without a word,
/// also while the function is frozen. What is written to a closed connection may or may not have
/// been read: nobody knows whether the mail was sent.
const SES_IDLE: Duration = Duration::from_secs(4);

macro_rules! client {
    ($self:ident, $sdk:ident, $service:literal, $retries:expr, $seconds:literal) => {
        $sdk::Client::from_conf(client!(builder $self, $sdk, $service, $retries, $seconds).build())
    };
    (builder $self:ident, $sdk:ident, $service:literal, $retries:expr, $seconds:literal) => {{
        let mut builder = $sdk::config::Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new($self.config.region.clone()))
            .credentials_provider($self.credentials.clone())
            .retry_config($retries)
            .timeout_config(timeouts($seconds))
            // The time-out of an attempt ends what stalls.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .http_client($self.http.clone());
        if let Some(endpoint) = $self.config.endpoint_of($service) {
            builder = builder.endpoint_url(endpoint);
        }
        builder
    }};
}

impl Aws {
    /// From the configuration and the credentials that Lambda puts into the environment.
    ///
    /// # Errors
    /// The certificates given cannot be read.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let var = |name| optional(name).unwrap_or_default();
        let credentials = Credentials::new(
            var("AWS_ACCESS_KEY_ID"),
            var("AWS_SECRET_ACCESS_KEY"),
            optional("AWS_SESSION_TOKEN"),
            None,
            "environment",
        );
        let http = http_client(&config, None)?;
        Ok(Self {
            config,
            credentials,
            http,
        })
    }

    /// `DynamoDB`. Retries are safe: transactions carry a client request token.
    #[must_use]
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        client!(
            self,
            aws_sdk_dynamodb,
            "DYNAMODB",
            RetryConfig::standard().with_max_attempts(4),
            3
        )
    }

    /// `EventBridge`. A repeated `PutEvents` is a duplicate that every reader of ours recognises.
    #[must_use]
    pub fn eventbridge(&self) -> aws_sdk_eventbridge::Client {
        client!(
            self,
            aws_sdk_eventbridge,
            "EVENTBRIDGE",
            RetryConfig::standard(),
            3
        )
    }

    /// Secrets Manager. Someone waits for the answer, so it is asked twice at most.
    #[must_use]
    pub fn secretsmanager(&self) -> aws_sdk_secretsmanager::Client {
        client!(
            self,
            aws_sdk_secretsmanager,
            "SECRETS_MANAGER",
            RetryConfig::standard().with_max_attempts(2),
            2
        )
    }

    /// SES. It has no idempotency token, so an unknown outcome is retried only through the lease;
    /// only a connection that was never made is tried again at once.
    #[must_use]
    pub fn sesv2(&self) -> aws_sdk_sesv2::Client {
        let retries = RetryConfig::standard()
            .with_max_attempts(3)
            .with_initial_backoff(Duration::ZERO);
        let builder = client!(builder self, aws_sdk_sesv2, "SESV2", retries, 10)
            .retry_classifier(OnlyUnconnected);
        // Connections are made when they are needed, so this cannot fail where the other client
        // could be made.
        let http = http_client(&self.config, Some(SES_IDLE)).unwrap_or_else(|_| self.http.clone());
        aws_sdk_sesv2::Client::from_conf(builder.http_client(http).build())
    }
}

/// `seconds` for one attempt; all attempts together end while an HTTP function (10 s) can still
/// answer.
fn timeouts(seconds: u64) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(seconds))
        .operation_timeout(Duration::from_secs(seconds.max(8)))
        .build()
}

/// A client that keeps unused connections for so long (without: for as long as its library thinks
/// right).
fn http_client(config: &Config, idle: Option<Duration>) -> Result<SharedHttpClient, ConfigError> {
    let builder = idle.map_or_else(Builder::new, |idle| Builder::new().pool_idle_timeout(idle));
    if config
        .endpoint
        .as_deref()
        .is_some_and(|url| url.starts_with("http://"))
    {
        return Ok(builder.build_http());
    }
    let mut trust = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
    if let Some(file) = optional("AWS_CA_BUNDLE") {
        let pem = std::fs::read(&file).map_err(|_| ConfigError::unreadable("AWS_CA_BUNDLE"))?;
        trust = trust.with_pem_certificate(pem);
    }
    let tls = TlsContext::builder()
        .with_trust_store(trust)
        .build()
        .map_err(|_| ConfigError::unreadable("the certificates"))?;
    Ok(builder
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(tls)
        .build_https())
}

/// Has a call tried again if it certainly never left, and for no other reason.
#[derive(Debug)]
struct OnlyUnconnected;

impl ClassifyRetry for OnlyUnconnected {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match context.output_or_error() {
            Some(Err(error))
                if error
                    .as_connector_error()
                    .is_some_and(|error| never_connected(error)) =>
            {
                RetryAction::transient_error()
            }
            Some(Err(_)) => RetryAction::RetryForbidden,
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "only what never connected"
    }

    /// After all others, so that its word counts.
    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// True if an error came before there was a connection (name, TCP, TLS, or their time), so
/// that nothing can have been sent.
pub(crate) fn never_connected(error: &(dyn Error + 'static)) -> bool {
    let sources = std::iter::successors(Some(error), |&error| error.source());
    sources
        .filter_map(|error| error.downcast_ref::<hyper_util::client::legacy::Error>())
        .any(hyper_util::client::legacy::Error::is_connect)
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpListener,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
    };

    use super::*;

    /// Counts the connections that two calls of SES make, so long after each other.
    async fn connections(apart: Duration) -> usize {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::SeqCst);
                std::thread::spawn(move || {
                    while stream.read(&mut vec![0; 65536]).is_ok_and(|read| read > 0) {
                        let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
                        stream.write_all(answer.as_bytes()).expect("an answer");
                    }
                });
            }
        });
        let client = local(&endpoint).sesv2();
        client.get_account().send().await.expect("an answer");
        tokio::time::pause();
        tokio::time::advance(apart).await;
        tokio::time::resume();
        client.get_account().send().await.expect("an answer");
        count.load(Ordering::SeqCst)
    }

    fn local(endpoint: &str) -> Aws {
        Aws::new(Config::local(endpoint)).expect("clients")
    }

    #[tokio::test]
    async fn a_connection_to_ses_is_kept_for_four_seconds_and_not_longer() {
        assert_eq!(connections(Duration::from_millis(3_800)).await, 1);
        assert_eq!(connections(Duration::from_millis(4_200)).await, 2);
    }

    /// A request is answered within its function's 10 s, and a mail that is begun as late as may be
    /// is recorded before the mailer ends.
    #[test]
    fn a_call_ends_while_what_waits_for_it_can_still_act() {
        let aws = local("http://127.0.0.1:1");
        let seconds = |timeouts: Option<&TimeoutConfig>| {
            let timeouts = timeouts.expect("time-outs");
            [
                timeouts.connect_timeout(),
                timeouts.operation_attempt_timeout(),
                timeouts.operation_timeout(),
            ]
            .map(|time| time.expect("a time-out").as_secs())
        };
        let (table, bus) = (aws.dynamodb(), aws.eventbridge());
        let (secrets, ses) = (aws.secretsmanager(), aws.sesv2());
        assert_eq!(seconds(table.config().timeout_config()), [1, 3, 8]);
        assert_eq!(seconds(bus.config().timeout_config()), [1, 3, 8]);
        assert_eq!(seconds(secrets.config().timeout_config()), [1, 2, 8]);
        assert_eq!(seconds(ses.config().timeout_config()), [1, 10, 10]);
        let tries = |retries: Option<&RetryConfig>| retries.expect("tries").max_attempts();
        assert_eq!(tries(table.config().retry_config()), 4);
        assert_eq!(tries(bus.config().retry_config()), 3);
        assert_eq!(tries(secrets.config().retry_config()), 2);
        assert_eq!(tries(ses.config().retry_config()), 3);
        let wait = ses.config().retry_config().expect("tries");
        assert_eq!(wait.initial_backoff(), Duration::ZERO);
    }
}
