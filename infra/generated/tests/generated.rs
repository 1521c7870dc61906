//! The files that are committed are those that the code gives.

#[test]
fn what_is_committed_is_what_the_code_gives() {
    let files = vigie_generated::files().unwrap();
    assert!(files.len() > 20);
    for file in files {
        let committed = file.committed().unwrap();
        assert!(
            committed == file.text,
            "{} is out of date: `make openapi`",
            file.path
        );
    }
}
