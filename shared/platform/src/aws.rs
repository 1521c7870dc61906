//! AWS clients: environment credentials, one HTTP client, ring instead of aws-lc (whose jitter entropy costs 26 ms of CPU at the
//! first call), time-outs that end before the function does.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, SharedHttpClient, retry::RetryConfig, timeout::TimeoutConfig};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};

use crate::config::{Config, ConfigError, optional};

/// The roots that AWS endpoints chain to, one file: reading the system's 140 costs 0.7 ms at each start.
const AMAZON_ROOTS: &[u8] = include_bytes!("../data/amazon-roots.pem");

/// What all clients share.
#[derive(Clone, Debug)]
pub struct Aws {
    config: Config,
    credentials: Credentials,
    http: SharedHttpClient,
}

macro_rules! client {
    ($self:ident, $sdk:ident, $service:literal, $retries:expr, $seconds:literal) => {{
        let mut builder = $sdk::config::Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new($self.config.region.clone()))
            .credentials_provider($self.credentials.clone())
            .retry_config($retries)
            .timeout_config(timeouts($seconds))
            .http_client($self.http.clone());
        if let Some(endpoint) = $self.config.endpoint_of($service) {
            builder = builder.endpoint_url(endpoint);
        }
        $sdk::Client::from_conf(builder.build())
    }};
}

impl Aws {
    /// From the configuration and the credentials that Lambda puts into the environment.
    ///
    /// # Errors
    /// The certificates given cannot be read.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let var = |name| optional(name).unwrap_or_default();
        let credentials =
            Credentials::new(var("AWS_ACCESS_KEY_ID"), var("AWS_SECRET_ACCESS_KEY"), optional("AWS_SESSION_TOKEN"), None, "environment");
        let http = http_client(&config)?;
        Ok(Self { config, credentials, http })
    }

    /// `DynamoDB`. Retries are safe: transactions carry a client request token.
    #[must_use]
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        client!(self, aws_sdk_dynamodb, "DYNAMODB", RetryConfig::standard().with_max_attempts(4), 3)
    }

    /// `EventBridge`. A repeated `PutEvents` is a duplicate that every reader of ours recognises.
    #[must_use]
    pub fn eventbridge(&self) -> aws_sdk_eventbridge::Client {
        client!(self, aws_sdk_eventbridge, "EVENTBRIDGE", RetryConfig::standard(), 3)
    }

    /// SES without retries: it has no idempotency token, so an unknown outcome is retried only through the lease.
    #[must_use]
    pub fn sesv2(&self) -> aws_sdk_sesv2::Client {
        client!(self, aws_sdk_sesv2, "SESV2", RetryConfig::disabled(), 10)
    }
}

/// `seconds` for one attempt; all attempts together end while an HTTP function (10 s) can still answer.
fn timeouts(seconds: u64) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(seconds))
        .operation_timeout(Duration::from_secs(seconds.max(8)))
        .build()
}

fn http_client(config: &Config) -> Result<SharedHttpClient, ConfigError> {
    if config.endpoint.as_deref().is_some_and(|url| url.starts_with("http://")) {
        return Ok(Builder::new().build_http());
    }
    let mut trust = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
    if let Some(file) = optional("AWS_CA_BUNDLE") {
        let pem = std::fs::read(&file).map_err(|_| ConfigError::unreadable("AWS_CA_BUNDLE"))?;
        trust = trust.with_pem_certificate(pem);
    }
    let tls = TlsContext::builder().with_trust_store(trust).build().map_err(|_| ConfigError::unreadable("the certificates"))?;
    Ok(Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls).build_https())
}
