//! Functions fed by a queue, a stream or a clock.

use serde_json::Value;
use vigie_runtime::{
    Error,
    clock::Clock,
    config::{Config, ConfigError, required},
    start,
};

use crate::{Aws, bus::Bus, tokens::Tokens};

/// The parts that a function is built from.
#[derive(Clone, Debug)]
pub struct Platform {
    /// The clients.
    pub aws: Aws,
    /// Tells the time.
    pub clock: Clock,
}

impl Platform {
    /// Makes the parts of what the environment says.
    ///
    /// # Errors
    /// The certificates given cannot be read.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        Ok(Self {
            aws: Aws::new(config)?,
            clock: Clock::System,
        })
    }

    /// The bus (`BUS_NAME`).
    ///
    /// # Errors
    /// It is not named.
    pub fn bus(&self) -> Result<Bus, ConfigError> {
        Ok(Bus::new(self.aws.eventbridge(), required("BUS_NAME")?))
    }

    /// The keys of mailed links (`TOKEN_KEYS` names their secret).
    ///
    /// # Errors
    /// It is not named.
    pub fn tokens(&self) -> Result<Tokens, ConfigError> {
        Ok(Tokens::new(
            self.aws.secretsmanager(),
            required("TOKEN_KEYS")?,
            self.clock.clone(),
        ))
    }
}

/// A function fed by a queue, a stream or a clock.
pub trait Consumer: Send + Sync + 'static {
    /// Handles a batch and answers with what must come back.
    ///
    /// # Errors
    /// Nothing of the batch was acknowledged.
    fn consume(&self, event: Value) -> impl Future<Output = Result<Value, Error>>;

    /// Opens connections during init, before the first batch.
    fn warm(&self) -> impl Future<Output = ()>;
}

/// Runs a function fed by a queue, a stream or a clock.
///
/// # Errors
/// Its environment is not as the template makes it, or the Lambda runtime ends.
pub fn run<C: Consumer, E: Into<Error>>(
    build: impl FnOnce(&Platform) -> Result<C, E>,
) -> Result<(), Error> {
    start(async {
        let consumer = build(&Platform::new(Config::from_env()?)?).map_err(Into::into)?;
        consumer.warm().await;
        let consumer = &consumer;
        lambda_runtime::run(lambda_runtime::service_fn(
            |event: lambda_runtime::LambdaEvent<Value>| async move {
                consumer.consume(event.payload).await
            },
        ))
        .await
    })
}
