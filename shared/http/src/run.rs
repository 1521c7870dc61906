use std::sync::Arc;

use vigie_runtime::{
    Error,
    config::{Config, required},
    start,
};

use vigie_operator::Operator;

use crate::{Handler, Site, answer, gateway};

/// Runs a function behind API Gateway, of the operator whose file lies beside it; people's tokens
/// are for `JWT_AUDIENCE`.
///
/// # Errors
/// Its environment is not as the template makes it, the operator's file cannot be read, or the
/// Lambda runtime ends.
pub fn run<H: Handler>(build: impl FnOnce(Config) -> Result<H, Error>) -> Result<(), Error> {
    start(async {
        let handler = Arc::new(build(Config::from_env()?)?);
        let site = Site::new(required("JWT_AUDIENCE")?, Operator::beside_program()?);
        let site = Arc::new(site);
        handler.warm().await;
        let service = lambda_http::service_fn(|request: lambda_http::Request| {
            let (handler, site) = (Arc::clone(&handler), Arc::clone(&site));
            async move {
                let answer = answer(handler, request.into(), &site).await;
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
