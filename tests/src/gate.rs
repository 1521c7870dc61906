//! A gate on the wire between a function and its table: one call waits there, so that something else is done in between, by hand.

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::{
    Client,
    config::{HttpClient, RuntimeComponents, SharedHttpClient, http::HttpRequest},
};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use tokio::sync::Notify;
use vigie_platform::store::Store;

use crate::{
    calls::Caller,
    table::{NAME, Table},
};

#[derive(Debug)]
struct State {
    /// Operation that waits, if not any, and the number of its kind that go through before.
    waits: Mutex<Option<(Option<&'static str>, usize)>>,
    reached: Notify,
    open: Notify,
}

/// A gate that one call waits at.
#[derive(Clone, Debug)]
pub struct Gate {
    state: Arc<State>,
    engine: SharedHttpClient,
}

impl Gate {
    /// Closed before a call of this operation, after so many others of it.
    pub fn before(operation: &'static str, after: usize) -> Self {
        let gate = Self::open();
        gate.close(Some(operation), after);
        gate
    }

    /// One that no call waits at.
    pub fn open() -> Self {
        let state = Arc::new(State { waits: Mutex::default(), reached: Notify::new(), open: Notify::new() });
        Self { state, engine: aws_smithy_http_client::Builder::new().build_http() }
    }

    /// Closes it before a call, of this operation or of any, after so many others.
    pub fn close(&self, operation: Option<&'static str>, after: usize) {
        *self.state.waits.lock().expect("a lock") = Some((operation, after));
    }

    /// The table as this function has it, behind the gate.
    pub fn store(&self, table: &Table, function: &'static str) -> Store {
        let config = table.client().config().to_builder().http_client(SharedHttpClient::new(self.clone())).interceptor(Caller(function));
        Store::new(Client::from_conf(config.build()), NAME.to_owned())
    }

    /// Runs work up to the gate, something else while it waits there, and then the rest of it.
    pub async fn while_waiting<T>(&self, work: impl Future<Output = T>, meanwhile: impl Future<Output = ()>) -> T {
        let (done, waited) = self.woven(work, meanwhile).await;
        assert!(waited, "the gate was not reached");
        done
    }

    /// The same of work that may be over before it comes to the gate, which is then opened; whether it waited there.
    pub async fn woven<T>(&self, work: impl Future<Output = T>, meanwhile: impl Future<Output = ()>) -> (T, bool) {
        tokio::pin!(work);
        let over = tokio::select! {
            done = &mut work => Some(done),
            () = self.state.reached.notified() => None,
        };
        *self.state.waits.lock().expect("a lock") = None;
        if let Some(done) = over {
            meanwhile.await;
            return (done, false);
        }
        let meanwhile = async {
            meanwhile.await;
            self.state.open.notify_one();
        };
        let (done, ()) = tokio::join!(work, meanwhile);
        (done, true)
    }

    fn closed(&self, operation: &str) -> bool {
        let mut waits = self.state.waits.lock().expect("a lock");
        match &mut *waits {
            Some((waiting, 0)) if waiting.is_none_or(|waiting| waiting == operation) => {
                *waits = None;
                true
            }
            Some((waiting, after)) if waiting.is_none_or(|waiting| waiting == operation) => {
                *after -= 1;
                false
            }
            _ => false,
        }
    }
}

impl HttpClient for Gate {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector { gate: self.clone(), engine: self.engine.http_connector(settings, components) })
    }
}

#[derive(Debug)]
struct Connector {
    gate: Gate,
    engine: SharedHttpConnector,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = request.headers().get("x-amz-target").and_then(|target| target.rsplit('.').next()).unwrap_or_default();
        if !self.gate.closed(operation) {
            return self.engine.call(request);
        }
        let (state, engine) = (Arc::clone(&self.gate.state), self.engine.clone());
        HttpConnectorFuture::new(async move {
            state.reached.notify_one();
            state.open.notified().await;
            engine.call(request).await
        })
    }
}
