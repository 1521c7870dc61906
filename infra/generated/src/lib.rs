//! Files that follow from the code and are committed all the same: whoever reads them needs no
//! compiler. Linked with the functions, which hold the types, and with nothing that tests need.

#![warn(missing_docs)]

pub mod asyncapi;
pub mod events;
pub mod openapi;
mod record;
pub mod routes;
pub mod template;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// A file and the text that the code gives it.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its path from the project's folder.
    pub path: String,
    /// The text.
    pub text: String,
}

impl Made {
    fn json(path: impl Into<String>, value: &Value) -> Self {
        Self {
            path: path.into(),
            text: format!("{value:#}\n"),
        }
    }

    /// Returns where it lies.
    pub fn place(&self) -> PathBuf {
        root().join(&self.path)
    }

    /// Returns the text that it has now.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn committed(&self) -> io::Result<String> {
        match fs::read_to_string(self.place()) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            read => read,
        }
    }
}

/// Makes all of them.
///
/// # Errors
/// A file of which parts are made, or the functions' folders, cannot be read.
pub fn files() -> io::Result<Vec<Made>> {
    let functions = functions()?;
    let parts = |path: &str, make: &dyn Fn(&str) -> String| {
        fs::read_to_string(root().join(path)).map(|committed| Made {
            path: path.to_owned(),
            text: make(&committed),
        })
    };
    let mut files = vec![
        Made::json("functions/portal/openapi.json", &openapi::document()),
        parts("infra/template.yaml", &|committed| {
            template::template(committed, &functions)
        })?,
        parts("CargoLambda.toml", &template::cargo_lambda)?,
        parts("infra/README.md", &record::readme)?,
    ];
    let events = events::all();
    files.push(Made::json(
        "functions/portal/asyncapi.json",
        &asyncapi::document(&events),
    ));
    files.extend(
        events
            .iter()
            .map(|event| Made::json(format!("events/schemas/{}.json", event.name), &event.schema)),
    );
    Ok(files)
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Returns the functions' names: the folders of `functions`.
fn functions() -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join("functions"))? {
        let entry = entry?;
        if entry.path().join("Cargo.toml").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
