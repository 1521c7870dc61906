//! `docs/domain.md` names each term as the code does: every name in the last column of its glossary
//! is found there.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns the rows of the glossary: the English term, and the names in code.
fn glossary() -> Vec<(String, Vec<String>)> {
    let text = fs::read_to_string(root().join("docs/domain.md")).expect("the glossary");
    let (_, glossary) = text.split_once("\n## Glossary\n").expect("a glossary");
    let (glossary, _) = glossary.split_once("\n## ").expect("its end");
    let rows = glossary
        .lines()
        .filter(|line| line.starts_with("| ") && !line.contains("| In code |"));
    rows.map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let names = cells
            .last()
            .expect("a last column")
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect();
        (cells[cells.len() - 2].to_owned(), names)
    })
    .collect()
}

/// Returns every source of the functions and of what they share, without its comments.
fn sources() -> Vec<String> {
    fn collect(folder: &Path, sources: &mut Vec<String>) {
        for entry in fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
        {
            if entry.is_dir() {
                collect(&entry, sources);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&entry).expect("a source");
                sources.push(
                    text.lines()
                        .map(|line| line.split("//").next().unwrap_or(line))
                        .collect::<Vec<_>>()
                        .join("\n"),
                );
            }
        }
    }
    let mut sources = Vec::new();
    for parent in ["shared", "functions"] {
        for package in fs::read_dir(root().join(parent))
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path().join("src"))
        {
            if package.is_dir() {
                collect(&package, &mut sources);
            }
        }
    }
    sources
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}

fn has_word(text: &str, sought: &str) -> bool {
    words(text).any(|word| word == sought)
}

/// True if a source defines a type of that name.
fn defines(source: &str, name: &str) -> bool {
    let mut before = "";
    words(source).any(|word| {
        let found = word == name && ["struct", "enum", "trait", "type"].contains(&before);
        before = word;
        found
    })
}

/// `Type` is defined; `Type::part` is a word of the source that defines the type; any other word
/// stands in some source.
fn is_in_code(name: &str, sources: &[String]) -> bool {
    let (of, part) = name
        .split_once("::")
        .map_or((name, None), |(of, part)| (of, Some(part)));
    let is_type = of.starts_with(char::is_uppercase) && of.contains(char::is_lowercase);
    let mut defining = sources.iter().filter(|source| {
        if is_type {
            defines(source, of)
        } else {
            has_word(source, of)
        }
    });
    defining.any(|source| part.is_none_or(|part| has_word(source, part)))
}

#[test]
fn every_term_of_the_glossary_is_found_in_code_by_that_name() {
    let (glossary, sources) = (glossary(), sources());
    assert!(
        glossary.len() > 40,
        "the glossary is not read: {}",
        glossary.len()
    );
    let mut missing = Vec::new();
    for (term, names) in &glossary {
        assert!(!names.is_empty(), "{term} has no name in code");
        missing.extend(
            names
                .iter()
                .filter(|name| !is_in_code(name, &sources))
                .map(|name| format!("{name} ({term})")),
        );
    }
    assert!(missing.is_empty(), "not in code: {missing:#?}");
}
