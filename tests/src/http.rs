//! Requests as API Gateway (HTTP API, payload 2.0) hands them to functions, and their answers.

use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use serde_json::{Value, json};
use tokio::{sync::Barrier, task::JoinSet};
use vigie_http::{Handler, Site, answer, route::names_in};
use vigie_operator::Operator;

use crate::World;

/// The audience of people's tokens.
pub const AUDIENCE: &str = "vigiedemo";

/// A bearer of a token: somebody who signed in, or a portal's program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The subject of its tokens.
    pub sub: String,
    is_machine: bool,
}

impl Login {
    /// Somebody who signed in, by name.
    pub fn new(sub: &str) -> Self {
        Self {
            sub: sub.to_owned(),
            is_machine: false,
        }
    }

    /// A portal's program, by its client.
    pub fn machine(client: &str) -> Self {
        Self {
            sub: client.to_owned(),
            is_machine: true,
        }
    }

    /// The claims of its token.
    pub fn claims(&self) -> Value {
        let (iss, sub) = ("https://issuer.test", &self.sub);
        if self.is_machine {
            json!({"iss": iss, "sub": sub, "client_id": sub, "scope": "vigie/events"})
        } else {
            json!({"iss": iss, "sub": sub, "aud": AUDIENCE})
        }
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: http::HeaderMap,
    /// Body, if JSON; null otherwise.
    pub json: Value,
    /// Body as text.
    pub text: String,
}

impl Answer {
    /// The last part of a problem's type.
    pub fn problem(&self) -> &str {
        self.json["type"]
            .as_str()
            .and_then(|t| t.strip_prefix("urn:vigie:problem:"))
            .unwrap_or_default()
    }

    /// Fails unless it is the problem of that status and name.
    #[track_caller]
    pub fn refused(self, status: u16, problem: &str) {
        assert_eq!(self.expect(status).problem(), problem);
    }

    /// The items of a page of a list.
    pub fn items(&self) -> Vec<Value> {
        self.json["items"].as_array().expect("items").clone()
    }

    /// The fields that a 422 names.
    pub fn fields(&self) -> Vec<&str> {
        self.json["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|e| e["field"].as_str())
            .collect()
    }

    /// Fails unless the status is this.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }
}

/// A request: who sends it, its method, path and body.
pub type Act = (Login, &'static str, String, Value);

/// A request in the making.
#[derive(Clone, Debug)]
pub struct Asked<'w> {
    world: &'w World,
    method: String,
    path: String,
    claims: Option<Value>,
    headers: Vec<(String, String)>,
    body: Option<String>,
    base64: bool,
}

impl World {
    /// A request.
    pub fn request(&self, method: &str, path: &str) -> Asked<'_> {
        Asked {
            world: self,
            method: method.to_owned(),
            path: path.to_owned(),
            claims: None,
            headers: Vec::new(),
            body: None,
            base64: false,
        }
    }

    /// `GET` by a login.
    pub async fn get(&self, login: &Login, path: &str) -> Answer {
        self.request("GET", path).by(login).send().await
    }

    /// `PUT` by a login.
    pub async fn put(&self, login: &Login, path: &str, body: Value) -> Answer {
        self.request("PUT", path).by(login).json(&body).send().await
    }

    /// `POST` by a login.
    pub async fn post(&self, login: &Login, path: &str, body: Value) -> Answer {
        self.request("POST", path)
            .by(login)
            .json(&body)
            .send()
            .await
    }

    /// `PATCH` by a login.
    pub async fn patch(&self, login: &Login, path: &str, body: Value) -> Answer {
        self.request("PATCH", path)
            .by(login)
            .json(&body)
            .send()
            .await
    }

    /// `DELETE` by a login.
    pub async fn delete(&self, login: &Login, path: &str) -> Answer {
        self.request("DELETE", path).by(login).send().await
    }

    /// Sends what a mail program sends to unsubscribe (RFC 8058).
    pub async fn one_click(&self, path: &str) -> Answer {
        let form = (
            "application/x-www-form-urlencoded",
            "List-Unsubscribe=One-Click",
        );
        self.request("POST", path).raw(form.0, form.1).send().await
    }

    /// Requests at once; their statuses in this order.
    pub async fn at_once(self: &Arc<Self>, acts: Vec<Act>) -> Vec<u16> {
        let start = Arc::new(Barrier::new(acts.len()));
        let mut racing = JoinSet::new();
        for (i, (login, method, path, body)) in acts.into_iter().enumerate() {
            let (world, start) = (Arc::clone(self), Arc::clone(&start));
            racing.spawn(async move {
                start.wait().await;
                let request = world.request(method, &path).by(&login).json(&body);
                (i, request.send().await.status)
            });
        }
        let mut statuses = racing.join_all().await;
        statuses.sort_unstable();
        statuses.into_iter().map(|(_, status)| status).collect()
    }

    /// An event's answer by the function that has the route.
    pub async fn answer(&self, path: &str, event: String) -> Answer {
        let path = path.split('?').next().unwrap_or_default();
        for (serves, function) in self.functions() {
            if serves(path) {
                return function.answer(event).await;
            }
        }
        // The API's default route.
        dispatch(&self.portal, event).await
    }

    /// `PATCH …/contact` with the account's current version.
    pub async fn patch_contact(&self, login: &Login, account: &str, body: Value) -> Answer {
        let version = self
            .get(login, &format!("/v1/accounts/{account}"))
            .await
            .json["version"]
            .clone();
        self.request("PATCH", &format!("/v1/accounts/{account}/contact"))
            .by(login)
            .json(&body)
            .header("if-match", &format!("\"{version}\""))
            .send()
            .await
    }
}

impl Asked<'_> {
    /// By somebody who signed in, or a portal's program.
    pub fn by(self, login: &Login) -> Self {
        self.with_claims(login.claims())
    }

    /// With a token of these claims.
    pub fn with_claims(mut self, claims: Value) -> Self {
        self.claims = Some(claims);
        self
    }

    /// By another method.
    pub fn method(mut self, method: &str) -> Self {
        method.clone_into(&mut self.method);
        self
    }

    /// With a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a JSON body.
    pub fn json(self, body: &Value) -> Self {
        self.raw("application/json", &body.to_string())
    }

    /// With any body.
    pub fn raw(mut self, content_type: &str, body: &str) -> Self {
        self.body = Some(body.to_owned());
        self.header("content-type", content_type)
    }

    /// With a body of any bytes, as API Gateway encodes those of media types that it does not take
    /// for text.
    pub fn bytes(mut self, content_type: &str, body: &[u8]) -> Self {
        self.base64 = true;
        self.raw(
            content_type,
            &base64::engine::general_purpose::STANDARD.encode(body),
        )
    }

    /// Sends it to the function that has the route.
    pub async fn send(self) -> Answer {
        self.world.answer(&self.path, self.event()).await
    }

    /// Returns the event as API Gateway hands it over.
    pub fn event(&self) -> String {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let claims = self
            .claims
            .as_ref()
            .map(|claims| json!({"jwt": {"claims": claims, "scopes": null}}));
        let headers: serde_json::Map<_, _> = self
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), json!(value)))
            .collect();
        let parameters: serde_json::Map<_, _> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect();
        json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "queryStringParameters": parameters,
            "headers": headers,
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "test",
                "authorizer": claims,
                "domainName": "api.test",
                "http": {"method": self.method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.9", "userAgent": "test"},
                "requestId": "request",
                "routeKey": "$default",
                "stage": "$default",
                "time": "24/Nov/2026:08:00:00 +0000",
                "timeEpoch": 1_795_507_200_000_u64,
            },
            "body": self.body,
            "isBase64Encoded": self.base64,
        })
        .to_string()
    }
}

/// A function behind API Gateway, whichever.
pub trait Function: Send + Sync {
    /// Answers an event.
    fn answer(&self, event: String) -> std::pin::Pin<Box<dyn Future<Output = Answer> + Send + '_>>;
}

impl<H: Handler> Function for Arc<H> {
    fn answer(&self, event: String) -> std::pin::Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(dispatch(self, event))
    }
}

/// Returns the demo's operator.
pub fn operator() -> Operator {
    include_str!("../../infra/local/demo/operator.json")
        .parse()
        .expect("the demo's operator")
}

fn site() -> Arc<Site> {
    static SITE: OnceLock<Arc<Site>> = OnceLock::new();
    Arc::clone(SITE.get_or_init(|| Arc::new(Site::new(AUDIENCE, operator()))))
}

async fn dispatch<H: Handler>(handler: &Arc<H>, event: String) -> Answer {
    let request = serde_json::from_str(&event).expect("an API Gateway event");
    read(answer(Arc::clone(handler), request, &site()).await)
}

fn read(response: http::Response<Vec<u8>>) -> Answer {
    let (parts, body) = response.into_parts();
    let text = String::from_utf8_lossy(&body).into_owned();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        json: serde_json::from_str(&text).unwrap_or_default(),
        text,
    }
}

/// True if a table of routes has one for a path: the template leads every method of a path
/// to the function that has it.
pub fn serves<H: Handler>(path: &str) -> bool {
    H::routes()
        .iter()
        .any(|route| names_in(route.path, path).is_some())
}
