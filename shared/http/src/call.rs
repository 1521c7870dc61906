//! A request that was let in, and what handlers ask of it.

use std::sync::Arc;

use ::http::{HeaderName, header};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;
use vigie_domain::{
    account::Account,
    consultation::Consultation,
    id::{AccountId, LoginId},
    json::Json,
};

use crate::{
    Administrator, Caller, Machine, Problem, Reply, Request, Site, body,
    page::plain_page,
    reply::{IF_MATCH, IF_NONE_MATCH, names},
};

/// The values of a path's `{names}`.
pub(crate) type Parameters = Vec<(&'static str, String)>;

/// A request that was let in.
pub struct Call {
    /// The caller.
    pub caller: Caller,
    /// Time of the call.
    pub now: Timestamp,
    /// The site that it came to.
    pub site: Arc<Site>,
    pub(crate) parameters: Parameters,
    pub(crate) request: Request,
}

impl Call {
    /// Returns a page without a script. `heading` and `content` are HTML: texts of ours, or
    /// escaped.
    #[must_use]
    pub fn page(&self, heading: &str, content: &str) -> Reply {
        plain_page(&self.site, self.now, heading, content)
    }

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

    /// A parameter of the query that may be said: `true` or `false`, which it is without.
    ///
    /// # Errors
    /// 422 for anything else.
    pub fn asks(&self, name: &str) -> Result<bool, Problem> {
        self.query(name).map_or(Ok(false), |_| self.flag(name))
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

    /// True if the request is wanted only of what is as the caller knows it, or is not there yet.
    #[must_use]
    pub fn is_conditional(&self) -> bool {
        self.header(&IF_MATCH).is_some() || self.header(&IF_NONE_MATCH).is_some()
    }

    /// Checks a write that creates what is not there: `If-Match` and `If-None-Match`, where they
    /// are sent, against the entity tag of what is there, if something is.
    ///
    /// # Errors
    /// 412: it has changed since it was read, or is there already.
    pub fn check_there(&self, etag: Option<&str>) -> Result<(), Problem> {
        let Some(etag) = etag else {
            let known = self.header(&IF_MATCH);
            return known.map_or(Ok(()), |_| Err(Problem::stale()));
        };
        self.check_match(etag)?;
        match self.header(&IF_NONE_MATCH) {
            Some(tags) if names(tags, etag) => Err(Problem::exists()),
            _ => Ok(()),
        }
    }

    /// Returns the media type of a body that is sent as it is.
    ///
    /// # Errors
    /// 415 for one that is compressed: API Gateway does not undo that.
    fn content_type(&self) -> Result<Option<&str>, Problem> {
        let coding = self.header(&header::CONTENT_ENCODING).map(str::trim);
        match coding.filter(|coding| !coding.is_empty()) {
            Some(coding) if !coding.eq_ignore_ascii_case("identity") => Err(Problem::coded()),
            _ => Ok(self.header(&header::CONTENT_TYPE)),
        }
    }

    fn body<T: DeserializeOwned>(&self, accepted: &[&str]) -> Result<T, Problem> {
        body::parse(self.content_type()?, self.request.body(), accepted)
    }

    /// The body as JSON of a type.
    ///
    /// # Errors
    /// 415, 400, 422.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        self.body(body::JSON)
    }

    /// The body as JSON that is read piece by piece, and its media type, one of those accepted.
    ///
    /// # Errors
    /// 415, 400.
    pub fn batch(&self, accepted: &[&'static str]) -> Result<(Json, &'static str), Problem> {
        body::batch(self.content_type()?, self.request.body(), accepted)
    }

    /// The body as CSV, not yet read; where the file goes on behind it, the lines that end within
    /// it.
    ///
    /// # Errors
    /// 415, 400 for what lost characters on the way, 422 for a workbook.
    pub fn csv(&self, goes_on: bool) -> Result<body::File, Problem> {
        body::File::read(
            self.content_type()?,
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

    /// The program of a route for those.
    ///
    /// # Errors
    /// 500: the route is for others.
    pub fn machine(&self) -> Result<&Machine, Problem> {
        match &self.caller {
            Caller::Machine(machine) => Ok(machine),
            _ => Err(Problem::internal("the route is not for machines")),
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
    pub fn linked_through(&self) -> Option<&Account> {
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
    pub(crate) fn target(&self) -> Option<AccountId> {
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
