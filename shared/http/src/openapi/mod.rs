//! OpenAPI 3.1 of the routes: made from the tables that requests go by, and from the types that
//! bodies are read into and written from.

pub mod document;
mod operation;
mod schema;

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

/// The types of a description. Requests and answers are different views of one type, since a field
/// that a request may leave out is always there in an answer.
#[derive(Debug)]
pub struct Types {
    taken: SchemaGenerator,
    given: SchemaGenerator,
    /// Patches, by name.
    patches: Map<String, Value>,
}

impl Default for Types {
    fn default() -> Self {
        let at = |settings: SchemaSettings| {
            settings
                .with(|s| s.definitions_path = "/components/schemas".into())
                .into_generator()
        };
        let settings = SchemaSettings::draft2020_12;
        Self {
            taken: at(settings().for_deserialize()),
            given: at(settings().for_serialize()),
            patches: Map::new(),
        }
    }
}

/// An answer of an operation.
#[derive(Debug)]
pub(super) struct Given {
    status: u16,
    what: &'static str,
    content: Option<(&'static str, Value)>,
    headers: Vec<&'static str>,
}

/// The parameters, bodies and answers of one operation.
#[derive(Debug)]
pub struct Description {
    summary: &'static str,
    about: &'static str,
    request: Option<(&'static str, Value)>,
    parameters: Vec<Value>,
    answers: Vec<Given>,
    problems: Vec<(u16, &'static str)>,
}

impl Description {
    /// An operation in a sentence.
    #[must_use]
    pub fn new(summary: &'static str) -> Self {
        Self {
            summary,
            about: "",
            request: None,
            parameters: Vec::new(),
            answers: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Says more than the summary does.
    #[must_use]
    pub fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// Takes JSON.
    #[must_use]
    pub fn takes<T: JsonSchema>(mut self, types: &mut Types) -> Self {
        self.request = Some((
            "application/json",
            types.taken.subschema_for::<T>().to_value(),
        ));
        self
    }

    /// Takes a JSON Merge Patch: nothing is required, and `null` stands where it deletes.
    #[must_use]
    pub fn patches<T: JsonSchema>(mut self, types: &mut Types) -> Self {
        types.taken.subschema_for::<T>();
        let name = format!("{}Patch", T::schema_name().trim_end_matches("Patch"));
        let patch = types
            .taken
            .definitions()
            .get(T::schema_name().as_ref())
            .map(schema::without_requirements);
        types
            .patches
            .insert(name.clone(), patch.unwrap_or_default());
        self.request = Some((
            "application/merge-patch+json",
            json!({"$ref": format!("#/components/schemas/{name}")}),
        ));
        self
    }

    /// Takes a file of such a media type, as its bytes are. One media type only: makers of clients
    /// stumble over several.
    #[must_use]
    pub fn takes_file(mut self, media_type: &'static str, columns: &str, example: &str) -> Self {
        self.request = Some((
            media_type,
            json!({"type": "string", "format": "binary", "description": columns, "examples": [example]}),
        ));
        self
    }

    /// Takes a form with one field of one value.
    #[must_use]
    pub fn takes_form(mut self, name: &str, value: &str) -> Self {
        let schema = json!({"type": "object", "properties": {name: {"type": "string", "enum": [value]}}, "required": [name]});
        self.request = Some(("application/x-www-form-urlencoded", schema));
        self
    }

    fn parameter(
        mut self,
        place: &str,
        name: &str,
        description: &str,
        required: bool,
        schema: Value,
    ) -> Self {
        self.parameters.push(json!({"name": name, "in": place, "required": required, "description": description, "schema": schema}));
        self
    }

    /// Looks at a parameter of the query.
    #[must_use]
    pub fn query(self, name: &str, description: &str) -> Self {
        self.parameter("query", name, description, false, json!({"type": "string"}))
    }

    /// Looks at a parameter of the query that holds at most so many characters.
    #[must_use]
    pub fn query_up_to(self, name: &str, most: usize, description: &str) -> Self {
        self.parameter(
            "query",
            name,
            description,
            false,
            json!({"type": "string", "maxLength": most}),
        )
    }

    /// Looks at a parameter of the query that names a value of a type.
    #[must_use]
    pub fn query_of<T: JsonSchema>(self, name: &str, description: &str, types: &mut Types) -> Self {
        let schema = types.taken.subschema_for::<T>().to_value();
        self.parameter("query", name, description, false, schema)
    }

    /// Needs a parameter of the query that names a value of a type.
    #[must_use]
    pub fn needs<T: JsonSchema>(self, name: &str, description: &str, types: &mut Types) -> Self {
        let schema = types.taken.subschema_for::<T>().to_value();
        self.parameter("query", name, description, true, schema)
    }

    /// A page of a list.
    #[must_use]
    pub fn paged(self) -> Self {
        self.paged_by(100)
    }

    /// Is asked for page by page, of at most so many items.
    #[must_use]
    pub fn paged_by(self, most: i32) -> Self {
        let limit = json!({"type": "integer", "format": "int32", "minimum": 1, "maximum": most, "default": most});
        self.parameter(
            "query",
            "limit",
            "Most items in the answer, an upper bound.",
            false,
            limit,
        )
        .query(
            "cursor",
            "Where the last page ended: the cursor that it gave.",
        )
    }

    /// Looks at a header; without it, the answer says so.
    #[must_use]
    pub fn header(self, name: &str, description: &str, example: &str) -> Self {
        self.parameter(
            "header",
            name,
            description,
            true,
            json!({"type": "string", "examples": [example]}),
        )
    }

    /// Looks at a header, if it is there.
    #[must_use]
    pub fn header_if(self, name: &str, description: &str, example: &str) -> Self {
        self.parameter(
            "header",
            name,
            description,
            false,
            json!({"type": "string", "examples": [example]}),
        )
    }

    /// Gives JSON.
    #[must_use]
    pub fn gives<T: JsonSchema>(
        mut self,
        status: u16,
        what: &'static str,
        types: &mut Types,
    ) -> Self {
        let schema = types.given.subschema_for::<T>().to_value();
        self.answers.push(Given {
            status,
            what,
            content: Some(("application/json", schema)),
            headers: Vec::new(),
        });
        self
    }

    /// Gives JSON of these members, given with their schemas.
    #[must_use]
    pub fn gives_members(mut self, status: u16, what: &'static str, members: &Value) -> Self {
        let names: Vec<_> = members
            .as_object()
            .into_iter()
            .flat_map(Map::keys)
            .collect();
        let schema = json!({"type": "object", "required": names, "properties": members});
        self.answers.push(Given {
            status,
            what,
            content: Some(("application/json", schema)),
            headers: Vec::new(),
        });
        self
    }

    /// Gives text of another media type.
    #[must_use]
    pub fn gives_text(mut self, status: u16, media_type: &'static str, what: &'static str) -> Self {
        let content = Some((media_type, json!({"type": "string"})));
        self.answers.push(Given {
            status,
            what,
            content,
            headers: Vec::new(),
        });
        self
    }

    /// Gives nothing.
    #[must_use]
    pub fn gives_nothing(mut self, status: u16, what: &'static str) -> Self {
        self.answers.push(Given {
            status,
            what,
            content: None,
            headers: Vec::new(),
        });
        self
    }

    /// The answer that was described last carries this header.
    #[must_use]
    pub fn with(mut self, header: &'static str) -> Self {
        if let Some(last) = self.answers.last_mut() {
            last.headers.push(header);
        }
        self
    }

    /// May refuse with this, beyond what every route may.
    #[must_use]
    pub fn refuses(mut self, status: u16, why: &'static str) -> Self {
        self.problems.push((status, why));
        self
    }
}

/// Types that stand for a schema where a type does not describe itself.
macro_rules! stands_for {
    ($($(#[$doc:meta])+ $name:ident = $schema:tt;)+) => {$(
        $(#[$doc])+
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                schemars::json_schema!($schema)
            }
        }
    )+};
}

stands_for! {
    /// An instant.
    Instant = {"type": "string", "format": "date-time"};
    /// A day of Paris.
    Day = {"type": "string", "format": "date"};
    /// An object whose members are as they are stored.
    Stored = {"type": "object", "additionalProperties": {}};
}
