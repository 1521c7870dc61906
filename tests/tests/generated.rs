//! The parts of the template and of cargo-lambda's settings that follow from the code are those
//! that the code gives.

use std::{fs, path::Path};

use vigie_tests::generated;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The functions' names: the folders of `functions`.
fn functions() -> Vec<String> {
    let folders = fs::read_dir(Path::new(ROOT).join("functions"))
        .unwrap()
        .map(|entry| entry.unwrap());
    let mut names: Vec<_> = folders
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() > 10, "{names:?}");
    names
}

/// `make template` writes the files anew.
fn agrees(file: &str, generate: impl Fn(&str) -> String) {
    let path = Path::new(ROOT).join(file);
    let committed = fs::read_to_string(&path).unwrap();
    let generated = generate(&committed);
    if std::env::var_os("UPDATE_TEMPLATE").is_some() {
        fs::write(&path, &generated).unwrap();
    } else {
        assert!(
            committed == generated,
            "{file} is out of date: `make template`"
        );
    }
}

#[test]
fn the_template_s_generated_parts_are_those_of_the_code() {
    agrees("infra/template.yaml", |committed| {
        generated::template(committed, &functions())
    });
}

#[test]
fn cargo_lambda_s_router_is_that_of_the_code() {
    agrees("CargoLambda.toml", generated::cargo_lambda);
}
