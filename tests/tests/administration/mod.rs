//! Questions of administrators: the people who are mailed or not and why, consultations that nobody
//! follows, addresses that cannot be mailed, agents from a spreadsheet.

mod import;
mod oversight;
mod recipients;
mod todo;

use serde_json::Value;
use vigie_tests::{World, scenario::Person};

/// EMS ← EMS-DSI ← EMS-RESEAU, EMS ← EMS-EAU; its administrator.
async fn organisation(world: &World) -> Person {
    let ada = world.organisation("EMS").await;
    for (id, parent) in [
        ("EMS-DSI", "EMS"),
        ("EMS-RESEAU", "EMS-DSI"),
        ("EMS-EAU", "EMS"),
    ] {
        world.entity(&ada, id, parent).await;
    }
    ada
}

/// All pages of a list, with so many items at most in each; and the first page.
async fn pages(world: &World, by: &Person, path: &str, limit: usize) -> (Vec<Value>, Value) {
    let (mut items, mut first, mut cursor) = (Vec::new(), None, String::new());
    loop {
        let page = world
            .get(&by.login, &format!("{path}limit={limit}{cursor}"))
            .await
            .expect(200)
            .json;
        let found = page["items"].as_array().unwrap();
        assert!(found.len() <= limit);
        items.extend(found.iter().cloned());
        let next = page["cursor"].as_str().map(str::to_owned);
        first.get_or_insert(page);
        let Some(next) = next else {
            return (items, first.unwrap());
        };
        assert_ne!(cursor, format!("&cursor={next}"), "it does not go on");
        cursor = format!("&cursor={next}");
    }
}

/// A text of each item.
fn each(items: &[Value], field: &str) -> Vec<String> {
    items
        .iter()
        .map(|item| item[field].as_str().unwrap_or_default().to_owned())
        .collect()
}
