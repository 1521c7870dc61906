//! The document: paths, schemas, and how to sign in.

use serde_json::{Map, Value, json};

use super::{Description, Types, operation, schema};
use crate::Route;

/// The document in the making.
#[derive(Debug, Default)]
pub struct Document {
    /// Schemas of the types met so far.
    pub types: Types,
    tags: Vec<Value>,
    paths: Map<String, Value>,
}

impl Document {
    /// Adds a function's routes under a tag.
    pub fn add<O: Copy + std::fmt::Debug>(
        &mut self,
        tag: (&str, &str),
        routes: &[Route<O>],
        describe: impl Fn(O, &mut Types) -> Description,
    ) {
        self.tags.push(json!({"name": tag.0, "description": tag.1}));
        for route in routes {
            let description = describe(route.operation, &mut self.types);
            let path = self.paths.entry(route.path).or_insert_with(|| json!({}));
            path[route.method.as_str().to_lowercase()] =
                operation::describe(tag.0, route, description);
        }
    }

    /// The whole document.
    #[must_use]
    pub fn finish(mut self) -> Value {
        let schemas = schema::merge(&mut self.paths, self.types);
        let mut document = json!({
            "openapi": "3.1.0",
            "info": {
                "title": "Vigie",
                "version": env!("CARGO_PKG_VERSION"),
                "description": "Accounts and alerts of procurement agents. Times are RFC 3339 in UTC; errors are RFC 9457 problems.",
                "contact": {"name": "Vigie"},
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            },
            "servers": [{"url": "/", "description": "Where this description was found."}],
            "tags": self.tags,
            "paths": self.paths,
            "components": {
                "schemas": schemas,
                "headers": operation::headers(),
                "securitySchemes": {
                    "login": {
                        "type": "http",
                        "scheme": "bearer",
                        "bearerFormat": "JWT",
                        "description": "A token of the stack's OpenID Connect issuer. A login may act for several accounts.",
                    },
                    "machine": {
                        "type": "http",
                        "scheme": "bearer",
                        "bearerFormat": "JWT",
                        "description": "A token of the client-credentials grant with the scope vigie/events, of the same issuer.",
                    },
                },
            },
        });
        schema::exemplify(&mut document);
        document
    }
}
