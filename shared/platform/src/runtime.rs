//! Starting a function: one thread, configuration checked, clients built and the table's connection
//! opened before the first request.

use std::sync::Arc;

use serde_json::Value;

use crate::{
    aws::Aws,
    bus::Bus,
    clock::Clock,
    config::{Config, ConfigError, required},
    http::{Handler, answer, gateway},
    store::Store,
};

pub use lambda_runtime::Error;

/// The parts that a function is built from.
#[derive(Clone, Debug)]
pub struct Platform {
    /// For clients of the function's own.
    pub aws: Aws,
    /// The time.
    pub clock: Clock,
}

impl Platform {
    /// The table (`TABLE_NAME`).
    ///
    /// # Errors
    /// It is not named.
    pub fn store(&self) -> Result<Store, ConfigError> {
        Ok(Store::new(self.aws.dynamodb(), required("TABLE_NAME")?))
    }

    /// The bus (`BUS_NAME`).
    ///
    /// # Errors
    /// It is not named.
    pub fn bus(&self) -> Result<Bus, ConfigError> {
        Ok(Bus::new(self.aws.eventbridge(), required("BUS_NAME")?))
    }
}

fn block_on<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

fn platform() -> Result<Platform, Error> {
    Ok(Platform {
        aws: Aws::new(Config::from_env()?)?,
        clock: Clock::System,
    })
}

/// Runs a function behind API Gateway.
///
/// # Errors
/// Its environment is not as the template makes it, or the Lambda runtime ends.
pub fn http<H: Handler>(
    build: impl FnOnce(&Platform) -> Result<H, ConfigError>,
) -> Result<(), Error> {
    block_on(async {
        let handler = Arc::new(build(&platform()?)?);
        if let Some(store) = handler.store() {
            store.warm().await;
        }
        let service = lambda_http::service_fn(|request: lambda_http::Request| {
            let handler = Arc::clone(&handler);
            async move { Ok::<_, Error>(gateway::response(answer(handler, request.into()).await)) }
        });
        // Does what `lambda_http::run` does, with our reading of the event before it.
        let adapter = lambda_http::Adapter::from(service);
        lambda_runtime::run(lambda_runtime::service_fn(
            |event: lambda_runtime::LambdaEvent<gateway::Event>| {
                lambda_http::Service::call(
                    &mut adapter.clone(),
                    lambda_runtime::LambdaEvent::new(event.payload.0, event.context),
                )
            },
        ))
        .await
    })
}

/// A function fed by a queue or a stream.
pub trait Consumer: Send + Sync + 'static {
    /// Handles a batch and answers with what must come back.
    ///
    /// # Errors
    /// Nothing of the batch was acknowledged.
    fn consume(&self, event: Value) -> impl Future<Output = Result<Value, Error>>;

    /// The table, to open its connection early.
    fn store(&self) -> Option<&Store>;
}

/// Runs a function fed by a queue or a stream.
///
/// # Errors
/// Its environment is not as the template makes it, or the Lambda runtime ends.
pub fn consumer<C: Consumer>(
    build: impl FnOnce(&Platform) -> Result<C, ConfigError>,
) -> Result<(), Error> {
    block_on(async {
        let consumer = build(&platform()?)?;
        if let Some(store) = consumer.store() {
            store.warm().await;
        }
        let consumer = &consumer;
        lambda_runtime::run(lambda_runtime::service_fn(
            |event: lambda_runtime::LambdaEvent<Value>| async move {
                consumer.consume(event.payload).await
            },
        ))
        .await
    })
}
