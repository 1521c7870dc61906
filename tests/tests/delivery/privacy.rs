//! Published and logged texts hold ids only.

use std::collections::BTreeSet;

use vigie_tests::{World, everything::PERSONAL};

#[tokio::test]
async fn no_event_holds_an_address_a_name_or_a_token() {
    let world = World::new().await;
    let personal = world.everything().await;
    let kinds: BTreeSet<_> = world
        .published()
        .iter()
        .map(|event| event["detail-type"].to_string())
        .collect();
    assert_eq!(kinds.len(), 20, "{kinds:?}");
    for event in world.published() {
        assert_eq!(World::leak(&event.to_string(), &personal), None, "{event}");
    }
    let mails = world.mails();
    assert!(
        mails
            .iter()
            .any(|mail| World::leak(&mail.text, &personal).is_some()),
        "the data can be recognised"
    );
}

#[test]
fn no_log_line_holds_an_address_a_name_or_a_token() {
    let story = std::process::Command::new(std::env::current_exe().expect("this test"))
        .args([
            "--exact",
            "delivery::privacy::no_event_holds_an_address_a_name_or_a_token",
            "--nocapture",
        ])
        .output()
        .expect("the other test");
    assert!(story.status.success());
    let text = String::from_utf8_lossy(&story.stdout).into_owned()
        + &String::from_utf8_lossy(&story.stderr);
    let lines: Vec<_> = text
        .lines()
        .filter(|line| line.contains("\"level\""))
        .collect();
    for wanted in ["message rejected", "message comes back", "\"request\""] {
        assert!(lines.iter().any(|line| line.contains(wanted)), "{wanted}");
    }
    let changed = lines.iter().filter(|line| {
        line.contains("\"operation\":\"PatchAgent\"") && line.contains("\"status\":200")
    });
    // The event says who did it to whom, in ids.
    for line in changed.collect::<Vec<_>>() {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert!(
            line["actor"].is_string()
                && line["target"].is_string()
                && line["actor"] != line["target"],
            "{line}"
        );
    }
    // `~` is in every token and in nothing else.
    let personal: Vec<_> = PERSONAL
        .into_iter()
        .chain(["~", "token="])
        .map(str::to_owned)
        .collect();
    for line in lines {
        assert_eq!(World::leak(line, &personal), None, "{line}");
    }
}
