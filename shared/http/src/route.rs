//! Routes: a function is a table of them and a handler of its operations.

use std::sync::Arc;

use ::http::Response;
use serde_json::json;
use vigie_runtime::{
    clock::{self, Clock},
    log,
};

use super::{
    Access, Call, Gate, Problem, Reply, Request, Site, body, call::Parameters, refusal,
    reply::IF_NONE_MATCH,
};

/// HTTP method of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "RFC 9110 names them")]
pub enum Method {
    Get,
    Put,
    Post,
    Patch,
    Delete,
}

impl Method {
    /// In capitals.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// One row of a function's table.
#[derive(Clone, Copy, Debug)]
pub struct Route<O: 'static> {
    /// The operation.
    pub operation: O,
    /// The method.
    pub method: Method,
    /// The path, with `{names}`.
    pub path: &'static str,
    /// For whom.
    pub access: Access,
    /// Largest body, in bytes.
    pub most: usize,
}

impl<O> Route<O> {
    /// A row.
    #[must_use]
    pub const fn new(operation: O, method: Method, path: &'static str, access: Access) -> Self {
        Self {
            operation,
            method,
            path,
            access,
            most: body::MAX_BYTES,
        }
    }

    /// Takes bodies of another size.
    #[must_use]
    pub const fn taking(mut self, most: usize) -> Self
    where
        O: Copy,
    {
        self.most = most;
        self
    }
}

async fn admit<O>(
    route: &Route<O>,
    parameters: Parameters,
    gate: &impl Gate,
    clock: &Clock,
    (request, site): (Request, &Arc<Site>),
) -> Result<Call, Problem> {
    let id = parameters
        .iter()
        .find(|(name, _)| *name == "id")
        .map(|(_, id)| id.as_str());
    let bearer = request.bearer(&site.audience);
    let caller = gate.authorise(route.access, bearer, id).await?;
    if request.body().len() > route.most {
        return Err(Problem::too_large(route.most));
    }
    Ok(Call {
        caller,
        now: clock.now(),
        site: Arc::clone(site),
        parameters,
        request,
    })
}

/// The routes of a path, with the values of its `{names}`: of `agents/import` and
/// `agents/{accountId}` the one without a name in its place, as API Gateway chooses.
fn of_path<'r, O>(routes: &'r [Route<O>], path: &str) -> Vec<(&'r Route<O>, Parameters)> {
    let mut known: Vec<_> = routes
        .iter()
        .filter_map(|route| Some((route, names_in(route.path, path)?)))
        .collect();
    let closest = known.iter().map(|(_, names)| names.len()).min();
    known.retain(|(_, names)| Some(names.len()) == closest);
    known
}

/// The route of a path by its method; `HEAD` is answered as `GET` is (RFC 9110, 9.3.2). Identifiers
/// need no escaping, so an escaped one names nothing.
///
/// # Errors
/// 404 for a path that nobody has; 405 for a method that it does not have, with those that it has.
fn find<'r, O>(
    routes: &'r [Route<O>],
    method: &str,
    path: &str,
    elsewhere: fn(&str) -> Vec<&'static str>,
) -> Result<(&'r Route<O>, Parameters), Problem> {
    let mut known = of_path(routes, path);
    let wanted = if method == HEAD {
        Method::Get.as_str()
    } else {
        method
    };
    if let Some(at) = known
        .iter()
        .position(|(route, _)| route.method.as_str() == wanted)
    {
        return Ok(known.swap_remove(at));
    }
    let mut methods: Vec<&str> = known
        .iter()
        .map(|(route, _)| route.method.as_str())
        .collect();
    if methods.is_empty() {
        methods = elsewhere(path);
    }
    if methods.contains(&Method::Get.as_str()) {
        methods.push(HEAD);
    }
    methods.sort_unstable();
    Err(if methods.is_empty() {
        Problem::not_found()
    } else {
        Problem::method_not_allowed(&methods.join(", "))
    })
}

/// Asks for the answer of `GET`, without its body.
const HEAD: &str = "HEAD";

/// The values of a pattern's `{names}` in a path; none if the path is not of it.
#[must_use]
pub fn names_in<'p>(pattern: &'p str, path: &str) -> Option<Vec<(&'p str, String)>> {
    let mut parameters = Vec::new();
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(parameters),
            (Some(w), Some(g)) => match w.strip_prefix('{').and_then(|w| w.strip_suffix('}')) {
                Some(name) if !g.is_empty() => parameters.push((name, g.to_owned())),
                None if w == g => {}
                _ => return None,
            },
            _ => return None,
        }
    }
}

/// A function behind API Gateway: its routes, and a handler for each.
pub trait Handler: Send + Sync + 'static {
    /// The function's operations.
    type Operation: Copy + std::fmt::Debug + Send + Sync + 'static;

    /// The table.
    fn routes() -> &'static [Route<Self::Operation>];

    /// Decides who may.
    fn gate(&self) -> impl Gate + Send;

    /// Opens connections during init, before the first request.
    fn warm(&self) -> impl Future<Output = ()>;

    /// Returns what tells the time.
    fn clock(&self) -> &Clock;

    /// Returns the methods of a path that another function answers. Only the function of the API's
    /// default route is asked for those.
    fn elsewhere(_path: &str) -> Vec<&'static str> {
        Vec::new()
    }

    /// Does what an operation says.
    fn handle(
        &self,
        operation: Self::Operation,
        call: Call,
    ) -> impl Future<Output = Result<Reply, Problem>> + Send;
}

/// Answers a request of a function: finds the route, lets the caller in, handles the call. Never
/// fails: an error becomes a problem.
pub async fn answer<H: Handler>(
    handler: Arc<H>,
    request: Request,
    site: &Arc<Site>,
) -> Response<Vec<u8>> {
    let started = clock::instant();
    let found = find(H::routes(), request.method(), request.path(), H::elsewhere);
    let operation = found.as_ref().ok().map(|(route, _)| route.operation);
    let head = request.method() == HEAD;
    let reads = head || request.method() == Method::Get.as_str();
    let as_page = refusal::is_for_people(&request);
    let known = request
        .header(IF_NONE_MATCH.as_str())
        .filter(|_| reads)
        .map(str::to_owned);
    let (mut actor, mut target) = (None, None);
    let result = match found {
        Err(problem) => Err(problem),
        Ok((route, parameters)) => {
            let asked = (request, site);
            match admit(route, parameters, &handler.gate(), handler.clock(), asked).await {
                Ok(call) => {
                    (actor, target) = (call.caller.actor().cloned(), call.target());
                    handler.handle(route.operation, call).await
                }
                Err(problem) => Err(problem),
            }
        }
    };
    let cause = result
        .as_ref()
        .err()
        .and_then(|problem| problem.cause.clone());
    let reply = result.unwrap_or_else(|problem| {
        if as_page {
            refusal::page(problem, site, handler.clock().now())
        } else {
            problem.into()
        }
    });
    let reply = if let Some(known) = known {
        reply.unless_known(&known)
    } else {
        reply
    };
    let fields = json!({
        "operation": operation.map(|operation| format!("{operation:?}")),
        "status": reply.status(),
        "actor": actor,
        "target": target,
        "ms": u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "cause": cause,
    });
    if reply.status() >= 500 {
        log::error("request", fields);
    } else {
        log::info("request", fields);
    }
    if head { reply.without_body() } else { reply }.into_response()
}
