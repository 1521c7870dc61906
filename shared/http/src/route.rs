//! Routes: a function is a table of them and a handler of its operations.

use std::sync::Arc;

use ::http::{HeaderName, Response, header};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use vigie_domain::{
    account::Account,
    consultation::Consultation,
    id::{AccountId, LoginId},
};
use vigie_runtime::{
    clock::{self, Clock},
    log,
};

use super::{
    Access, Administrator, Caller, Gate, Problem, Reply, Request, body, refusal,
    reply::{IF_MATCH, IF_NONE_MATCH},
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
        }
    }
}

/// The values of a path's `{names}`.
type Parameters = Vec<(&'static str, String)>;

/// A request that was let in.
pub struct Call {
    /// The caller.
    pub caller: Caller,
    /// When.
    pub now: Timestamp,
    parameters: Parameters,
    request: Request,
}

impl Call {
    /// A `{name}` of the path.
    #[must_use]
    pub fn parameter(&self, name: &str) -> &str {
        self.parameters
            .iter()
            .find(|(n, _)| *n == name)
            .map_or("", |(_, value)| value)
    }

    /// A parameter of the query.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.request.query(name)
    }

    /// A parameter of the query that has to be said: `true` or `false`.
    ///
    /// # Errors
    /// 422 for anything else.
    pub fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.query(name) {
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            _ => Err(Problem::invalid_field(name, "must be true or false")),
        }
    }

    /// The `limit` of a list: 1 to `most`, `most` if none is given.
    ///
    /// # Errors
    /// 422 for anything else.
    pub fn limit(&self, most: i32) -> Result<i32, Problem> {
        let Some(limit) = self.query("limit") else {
            return Ok(most);
        };
        let limit = limit
            .parse()
            .ok()
            .filter(|limit| (1..=most).contains(limit));
        limit.ok_or_else(|| Problem::invalid_field("limit", format!("a number from 1 to {most}")))
    }

    /// A header.
    #[must_use]
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.request.header(name.as_str())
    }

    /// Checks `If-Match`, where it is sent, against the entity tag of what is to be changed: `*` or
    /// one of those named is the same, compared strongly (RFC 9110, 13.1.1).
    ///
    /// # Errors
    /// 412: it has changed since it was read.
    pub fn check_match(&self, etag: &str) -> Result<(), Problem> {
        let Some(tags) = self.header(&IF_MATCH) else {
            return Ok(());
        };
        // No tag of ours holds a comma, and none is weak.
        let mut tags = tags.split(',').map(str::trim);
        if tags.any(|tag| tag == "*" || tag == etag) {
            Ok(())
        } else {
            Err(Problem::stale())
        }
    }

    fn body<T: DeserializeOwned>(&self, accepted: &[&str]) -> Result<T, Problem> {
        body::parse(
            self.header(&header::CONTENT_TYPE),
            self.request.body(),
            accepted,
        )
    }

    /// The body as JSON of a type.
    ///
    /// # Errors
    /// 415, 400, 422.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        self.body(body::JSON)
    }

    /// The body as CSV, not yet read; where the file goes on behind it, the lines that end within
    /// it.
    ///
    /// # Errors
    /// 415, 400 for what lost characters on the way, 422 for a workbook.
    pub fn csv(&self, goes_on: bool) -> Result<body::File, Problem> {
        body::File::read(
            self.header(&header::CONTENT_TYPE),
            self.request.body(),
            self.request.is_text(),
            body::CSV,
            goes_on,
        )
    }

    /// True if the body, in any encoding, says that a field of this name has this value.
    #[must_use]
    pub fn says(&self, field: (&str, &str)) -> bool {
        body::says(self.request.body(), field)
    }

    /// The body as a patch of a type.
    ///
    /// # Errors
    /// 415, 400, 422.
    pub fn patch<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        self.body(body::PATCH)
    }

    /// The body as a JSON Merge Patch (RFC 7396), still as JSON.
    ///
    /// # Errors
    /// 415, 400, 422 for a field given twice.
    pub fn merge_patch(&self) -> Result<Value, Problem> {
        self.patch()
    }

    /// The login of a route for logins, or for owners.
    ///
    /// # Errors
    /// 500: the route is for others.
    pub fn login(&self) -> Result<&LoginId, Problem> {
        match &self.caller {
            Caller::Login(login) | Caller::Owner(login, _) | Caller::Linked(login, ..) => Ok(login),
            _ => Err(Problem::internal("the route is not for logins")),
        }
    }

    /// The account of a route for owners.
    ///
    /// # Errors
    /// 500: the route is for others.
    pub fn owner(&self) -> Result<&Account, Problem> {
        match &self.caller {
            Caller::Owner(_, account) | Caller::Linked(_, account, _) => Ok(account),
            _ => Err(Problem::internal("the route is not for owners")),
        }
    }

    /// The account of the caller's own that is linked to the route's, where the caller is not its
    /// owner.
    #[must_use]
    pub fn linked_through(&self) -> Option<&AccountId> {
        if let Caller::Linked(_, _, through) = &self.caller {
            Some(through)
        } else {
            None
        }
    }

    /// The caller of a route for administrators.
    ///
    /// # Errors
    /// 500: the route is for others.
    pub fn administrator(&self) -> Result<&Administrator, Problem> {
        match &self.caller {
            Caller::Administrator(administrator)
            | Caller::ConsultationAdministrator(administrator, _) => Ok(administrator),
            _ => Err(Problem::internal("the route is not for administrators")),
        }
    }

    /// The consultation of a route for its administrators.
    ///
    /// # Errors
    /// 500: the route is for others.
    pub fn consultation(&self) -> Result<&Consultation, Problem> {
        match &self.caller {
            Caller::ConsultationAdministrator(_, consultation) => Ok(consultation),
            _ => Err(Problem::internal("the route is not about a consultation")),
        }
    }

    /// The account that the call is about, as far as the path says.
    fn target(&self) -> Option<AccountId> {
        match &self.caller {
            Caller::Owner(_, account) | Caller::Linked(_, account, _) => Some(account.id.clone()),
            _ => AccountId::parse(self.parameter("accountId")).ok(),
        }
    }

    /// The account by which the login acts.
    ///
    /// # Errors
    /// 500: the route asks for none.
    pub fn actor(&self) -> Result<&AccountId, Problem> {
        self.caller
            .actor()
            .ok_or_else(|| Problem::internal("the route asks for no account"))
    }

    /// The `{accountId}` of the path.
    ///
    /// # Errors
    /// 404 for what cannot be an id.
    pub fn account_id(&self) -> Result<AccountId, Problem> {
        Ok(AccountId::parse(self.parameter("accountId"))?)
    }
}

async fn admit<O>(
    route: &Route<O>,
    parameters: Parameters,
    gate: &impl Gate,
    clock: &Clock,
    request: Request,
) -> Result<Call, Problem> {
    let id = parameters
        .iter()
        .find(|(name, _)| *name == "id")
        .map(|(_, id)| id.as_str());
    let caller = gate.authorise(route.access, request.login(), id).await?;
    if request.body().len() > body::MAX_BYTES {
        return Err(Problem::too_large());
    }
    Ok(Call {
        caller,
        now: clock.now(),
        parameters,
        request,
    })
}

/// The routes of a path, with the values of its `{names}`: of `agents/import` and
/// `agents/{accountId}` the one without a name in its place, as API Gateway chooses.
fn of_path<'r, O>(routes: &'r [Route<O>], path: &str) -> Vec<(&'r Route<O>, Parameters)> {
    let mut known: Vec<_> = routes
        .iter()
        .filter_map(|route| Some((route, matches(route.path, path)?)))
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

fn matches(pattern: &'static str, path: &str) -> Option<Parameters> {
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
pub async fn answer<H: Handler>(handler: Arc<H>, request: Request) -> Response<Vec<u8>> {
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
    let mut who = (None, None);
    let result = match found {
        Err(problem) => Err(problem),
        Ok((route, parameters)) => {
            match admit(route, parameters, &handler.gate(), handler.clock(), request).await {
                Ok(call) => {
                    who = (call.caller.actor().cloned(), call.target());
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
            refusal::page(problem)
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
        "actor": who.0,
        "target": who.1,
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
