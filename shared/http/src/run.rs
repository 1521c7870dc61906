use std::sync::Arc;

use vigie_runtime::{
    Error,
    config::{Config, required},
    start,
};

use crate::{Handler, answer, gateway};

/// Runs a function behind API Gateway; people's tokens are for `JWT_AUDIENCE`.
///
/// # Errors
/// Its environment is not as the template makes it, or the Lambda runtime ends.
pub fn run<H: Handler>(build: impl FnOnce(Config) -> Result<H, Error>) -> Result<(), Error> {
    start(async {
        let handler = Arc::new(build(Config::from_env()?)?);
        let audience: Arc<str> = required("JWT_AUDIENCE")?.into();
        handler.warm().await;
        let service = lambda_http::service_fn(|request: lambda_http::Request| {
            let (handler, audience) = (Arc::clone(&handler), Arc::clone(&audience));
            async move {
                let answer = answer(handler, request.into(), &audience).await;
                Ok::<_, Error>(gateway::response(answer))
            }
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
