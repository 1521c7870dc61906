//! OpenAPI 3.1 of the routes: made from the tables that requests go by, and from the types that bodies are read into.

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{Access, Route};

/// What one operation takes and gives.
#[derive(Debug)]
pub struct Description {
    summary: &'static str,
    request: Option<(&'static str, Schema)>,
    queries: Vec<(&'static str, &'static str)>,
    needed: Vec<(&'static str, &'static str)>,
    headers: Vec<(&'static str, &'static str)>,
    answers: Vec<(u16, &'static str, Option<Schema>)>,
    problems: Vec<(u16, &'static str)>,
}

impl Description {
    /// An operation in a sentence.
    #[must_use]
    pub fn new(summary: &'static str) -> Self {
        let (queries, needed, headers) = (Vec::new(), Vec::new(), Vec::new());
        Self { summary, request: None, queries, needed, headers, answers: Vec::new(), problems: Vec::new() }
    }

    /// Takes JSON.
    #[must_use]
    pub fn takes<T: JsonSchema>(mut self, types: &mut SchemaGenerator) -> Self {
        self.request = Some(("application/json", types.subschema_for::<T>()));
        self
    }

    /// Takes a JSON Merge Patch.
    #[must_use]
    pub fn patches<T: JsonSchema>(mut self, types: &mut SchemaGenerator) -> Self {
        self.request = Some(("application/merge-patch+json", types.subschema_for::<T>()));
        self
    }

    /// Takes CSV with these columns.
    #[must_use]
    pub fn takes_csv(mut self, columns: &str) -> Self {
        let schema = json!({"type": "string", "description": columns});
        self.request = schema.try_into().ok().map(|schema| (super::body::CSV[0], schema));
        self
    }

    /// Takes a form with one field of one value.
    #[must_use]
    pub fn takes_form(mut self, name: &str, value: &str) -> Self {
        let schema = json!({"type": "object", "properties": {name: {"const": value}}, "required": [name]});
        self.request = schema.try_into().ok().map(|schema| ("application/x-www-form-urlencoded", schema));
        self
    }

    /// Looks at a parameter of the query.
    #[must_use]
    pub fn query(mut self, name: &'static str, description: &'static str) -> Self {
        self.queries.push((name, description));
        self
    }

    /// Needs a parameter of the query.
    #[must_use]
    pub fn needs(mut self, name: &'static str, description: &'static str) -> Self {
        self.needed.push((name, description));
        self
    }

    /// A page of a list.
    #[must_use]
    pub fn paged(self) -> Self {
        self.query("limit", "Most items in the answer, an upper bound.").query("cursor", "Where the last page ended.")
    }

    /// Needs a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, description: &'static str) -> Self {
        self.headers.push((name, description));
        self
    }

    /// Gives JSON.
    #[must_use]
    pub fn gives<T: JsonSchema>(mut self, status: u16, what: &'static str, types: &mut SchemaGenerator) -> Self {
        self.answers.push((status, what, Some(types.subschema_for::<T>())));
        self
    }

    /// Gives something that is not JSON, or nothing.
    #[must_use]
    pub fn gives_no_json(mut self, status: u16, what: &'static str) -> Self {
        self.answers.push((status, what, None));
        self
    }

    /// May refuse with this, beyond what every route may.
    #[must_use]
    pub fn refuses(mut self, status: u16, why: &'static str) -> Self {
        self.problems.push((status, why));
        self
    }
}

/// The document in the making.
#[derive(Debug)]
pub struct Document {
    /// Schemas of the types met so far.
    pub types: SchemaGenerator,
    paths: Map<String, Value>,
}

impl Default for Document {
    fn default() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|s| s.definitions_path = "/components/schemas".into());
        Self { types: settings.into_generator(), paths: Map::new() }
    }
}

impl Document {
    /// Adds a function's routes.
    pub fn add<O: Copy + std::fmt::Debug>(
        &mut self,
        tag: &str,
        routes: &[Route<O>],
        describe: impl Fn(O, &mut SchemaGenerator) -> Description,
    ) {
        for route in routes {
            let description = describe(route.operation, &mut self.types);
            let path = self.paths.entry(route.path).or_insert_with(|| json!({}));
            path[route.method.as_str().to_lowercase()] = operation(tag, route, description);
        }
    }

    /// The whole document.
    #[must_use]
    pub fn finish(mut self) -> Value {
        let mut schemas = self.types.take_definitions(true);
        schemas.insert("Problem".to_owned(), problem());
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": "Vigie",
                "version": env!("CARGO_PKG_VERSION"),
                "description": "Accounts and alerts of procurement agents. Times are RFC 3339 in UTC; errors are RFC 9457 problems.",
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            },
            "paths": self.paths,
            "components": {
                "schemas": schemas,
                "securitySchemes": {"login": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "A token of the stack's OpenID Connect issuer. A login may act for several accounts.",
                }},
            },
        })
    }
}

fn operation<O: std::fmt::Debug>(tag: &str, route: &Route<O>, description: Description) -> Value {
    let in_path = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = in_path.map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}));
    let given = |place: &'static str, required: bool| move |(name, text): &(&str, &str)| json!({"name": name, "in": place, "required": required, "description": text, "schema": {"type": "string"}});
    let parameters: Vec<Value> = in_path
        .chain(description.needed.iter().map(given("query", true)))
        .chain(description.queries.iter().map(given("query", false)))
        .chain(description.headers.iter().map(given("header", true)))
        .collect();
    let query = !description.queries.is_empty() || !description.needed.is_empty();
    let mut answers = Map::new();
    for (status, what, schema) in description.answers {
        let mut answer = json!({"description": what});
        if let Some(schema) = schema {
            answer["content"] = json!({"application/json": {"schema": schema}});
        }
        answers.insert(status.to_string(), answer);
    }
    for (status, why) in problems(route.access, description.request.is_some(), query) {
        answers.entry(status.to_string()).or_insert_with(|| refusal(why));
    }
    for (status, why) in description.problems {
        answers.insert(status.to_string(), refusal(why));
    }
    let mut operation = json!({
        "operationId": format!("{:?}", route.operation),
        "tags": [tag],
        "summary": description.summary,
        "responses": answers,
        "security": if route.access == Access::Public { json!([]) } else { json!([{"login": []}]) },
    });
    if route.access == Access::OwnerOrLinked {
        operation["description"] = "For who acts for the account, or for an active account that is linked to it.".into();
    }
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some((media_type, schema)) = description.request {
        operation["requestBody"] = json!({"required": true, "content": {media_type: {"schema": schema}}});
    }
    operation
}

fn problems(access: Access, body: bool, query: bool) -> Vec<(u16, &'static str)> {
    let mut problems = Vec::new();
    if access != Access::Public {
        problems.push((401, "Nobody is signed in."));
        problems.push((503, "Not available right now; Retry-After says when to try again."));
    }
    if !matches!(access, Access::Public | Access::Login) {
        problems.push((403, "Not the caller's."));
        problems.push((404, "There is no such thing, or none that the caller may see."));
    }
    if body {
        problems.push((400, "Not JSON."));
        problems.push((413, "Over 64 KiB."));
        problems.push((415, "Wrong media type."));
    }
    if body || query {
        problems.push((422, "Fields were refused; errors names them."));
    }
    problems
}

fn refusal(why: &str) -> Value {
    json!({"description": why, "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}})
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "RFC 9457.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "pattern": "^urn:vigie:problem:[a-z-]+$"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["field", "reason"],
                    "properties": {"field": {"type": "string"}, "reason": {"type": "string"}},
                },
            },
        },
    })
}
