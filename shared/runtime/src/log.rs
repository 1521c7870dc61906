//! One JSON line per thing worth knowing, on standard output, where Lambda picks it up. Only names,
//! counts and opaque ids go in: no address, no name, no phone number, no token, no path.

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

/// Counts something that an alarm or the dashboard watches: a line in `CloudWatch`'s embedded
/// metric format, by stack. The name is `UpperCamelCase`, as AWS's own metrics are.
pub fn count(metric: &'static str, n: usize) {
    number(metric, n as u64);
}

/// Measures how many there are, of which an alarm watches the fewest; a line as `count` writes it.
pub fn number(metric: &'static str, n: u64) {
    println!("{}", embedded(metric, "Count", n));
}

/// Measures a share in whole per cent, of which an alarm watches the largest; a line as `count`
/// writes it.
pub fn percent(metric: &'static str, n: u64) {
    println!("{}", embedded(metric, "Percent", n));
}

/// Measures a time in whole seconds, of which an alarm watches the longest; a line as `count`
/// writes it.
pub fn seconds(metric: &'static str, n: u64) {
    println!("{}", embedded(metric, "Seconds", n));
}

/// Measures a time in whole milliseconds, of which the dashboard shows percentiles; a line as
/// `count` writes it.
pub fn milliseconds(metric: &'static str, n: u64) {
    println!("{}", embedded(metric, "Milliseconds", n));
}

/// Told apart by stack and not by stage: two stacks of an account may have the same stage.
fn embedded(metric: &str, unit: &str, value: u64) -> Value {
    let stack = std::env::var("VIGIE_STACK").unwrap_or_default();
    serde_json::json!({
        // A line without a level is taken for INFO anyway; so people read it in the line too.
        "level": "INFO",
        "_aws": {
            "Timestamp": jiff::Timestamp::now().as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": "Vigie",
                "Dimensions": [["Stack"]],
                "Metrics": [{"Name": metric, "Unit": unit}],
            }],
        },
        "Stack": stack,
        metric: value,
    })
}
