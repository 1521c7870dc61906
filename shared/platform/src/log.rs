//! One JSON line per thing worth knowing, on standard output, where Lambda picks it up. Only names, counts and opaque ids
//! go in: no address, no name, no phone number, no token, no path.

use serde_json::{Map, Value};

/// Writes a line: `level`, `message`, and the fields given.
pub fn line(level: &str, message: &str, fields: Value) {
    let mut all = Map::new();
    all.insert("level".to_owned(), level.into());
    all.insert("message".to_owned(), message.into());
    if let Value::Object(fields) = fields {
        all.extend(fields);
    }
    println!("{}", Value::Object(all));
}

/// Something went as it should.
pub fn info(message: &str, fields: Value) {
    line("INFO", message, fields);
}

/// Somebody should look at it.
pub fn error(message: &str, fields: Value) {
    line("ERROR", message, fields);
}

/// Counts something that an alarm or the dashboard watches: a line in `CloudWatch`'s embedded metric format, by stage. The name is
/// `UpperCamelCase`, as AWS's own metrics are.
pub fn count(metric: &'static str, n: usize) {
    let stage = std::env::var("VIGIE_STAGE").unwrap_or_default();
    let milliseconds = jiff::Timestamp::now().as_millisecond();
    println!("{}", embedded(metric, "Count", n, &stage, milliseconds));
}

fn embedded(metric: &str, unit: &str, value: usize, stage: &str, milliseconds: i64) -> Value {
    serde_json::json!({
        "_aws": {
            "Timestamp": milliseconds,
            "CloudWatchMetrics": [{
                "Namespace": "Vigie",
                "Dimensions": [["Stage"]],
                "Metrics": [{"Name": metric, "Unit": unit}],
            }],
        },
        "Stage": stage,
        metric: value,
    })
}
