//! API Gateway's requests and answers (HTTP API, payload format 2.0).

use ::http::{HeaderMap, HeaderValue, Response, header};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use lambda_http::{
    Body, RequestExt as _,
    request::{LambdaRequest, RequestContext},
};
use serde::{Deserialize, Deserializer};

use crate::Bearer;

/// An event of which a request can be built, whatever a client sent.
///
/// `lambda_http` builds a URI of the request, decodes its body, and panics where either fails, as
/// it does for a query with a `<` in it: a client could end the process. So what could fail is read
/// here, or goes, before it is handed over.
#[derive(Debug)]
pub struct Event(pub(crate) LambdaRequest);

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut event = LambdaRequest::deserialize(deserializer)?;
        if let LambdaRequest::ApiGatewayV2(event) = &mut event {
            event.query_string_parameters = event
                .raw_query_string
                .take()
                .unwrap_or_default()
                .parse()
                .unwrap_or_default();
            // Longer than any route: an address that is none.
            event.raw_path = event.raw_path.take().map(|path| {
                if path.len() <= LONGEST {
                    path
                } else {
                    "//".to_owned()
                }
            });
            keep_safe(&mut event.headers);
            event.request_context.domain_name = None;
            // Not what its encoding says: then it is taken as it stands, and is no JSON.
            let decodable = |body: &String| STANDARD.decode(body).is_ok();
            event.is_base64_encoded &= event.body.as_ref().is_some_and(decodable);
        }
        Ok(Self(event))
    }
}

/// Longest path, in bytes; API Gateway takes 10 KB of request line and headers in all.
const LONGEST: usize = 16 * 1024;

/// No route needs the host or the scheme, and a URI is built of them.
fn keep_safe(headers: &mut HeaderMap) {
    headers.insert(header::HOST, HeaderValue::from_static("localhost"));
    headers.remove("x-forwarded-proto");
}

/// A request.
#[derive(Debug)]
pub struct Request(lambda_http::Request);

impl From<lambda_http::Request> for Request {
    fn from(request: lambda_http::Request) -> Self {
        Self(request)
    }
}

impl<'de> Deserialize<'de> for Request {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Event::deserialize(deserializer)?.0.into()))
    }
}

impl Request {
    /// The HTTP method, as it was spelt.
    #[must_use]
    pub fn method(&self) -> &str {
        self.0.method().as_str()
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.raw_http_path()
    }

    /// A parameter of the query, decoded; the first of its name.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.0.query_string_parameters_ref()?.first(name)
    }

    /// A header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    }

    /// Returns who holds the token; `audience` is that of people's.
    #[must_use]
    pub fn bearer(&self, audience: &str) -> Bearer {
        let Some(RequestContext::ApiGatewayV2(context)) = self.0.request_context_ref() else {
            return Bearer::Nobody;
        };
        let token = context.authorizer.as_ref();
        token
            .and_then(|authorizer| authorizer.jwt.as_ref())
            .map_or(Bearer::Nobody, |jwt| Bearer::of(&jwt.claims, audience))
    }

    /// True if API Gateway handed over the body as text, which it read as UTF-8 whatever
    /// its charset was.
    #[must_use]
    pub fn is_text(&self) -> bool {
        matches!(self.0.body(), Body::Text(_))
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.0.body().as_ref()
    }
}

/// An answer as `lambda_http` takes it.
#[must_use]
pub fn response(response: Response<Vec<u8>>) -> Response<Body> {
    response.map(|body| match String::from_utf8(body) {
        Ok(body) if body.is_empty() => Body::Empty,
        Ok(body) => Body::Text(body),
        Err(e) => Body::Binary(e.into_bytes()),
    })
}
