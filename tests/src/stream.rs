//! The filter between the table's stream and `publisher`, as the template has it.

use std::sync::LazyLock;

use serde_json::Value;

/// The patterns of the template's only filter.
static PATTERNS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let lines = include_str!("../../infra/template.yaml").lines();
    let patterns = lines.filter_map(|line| line.trim().strip_prefix("- Pattern: '"));
    patterns
        .map(|line| serde_json::from_str(line.trim_end_matches('\'')).expect("a pattern"))
        .collect()
});

/// Returns the records that reach the function.
pub fn passed(records: Vec<Value>) -> Vec<Value> {
    let passes = |record: &Value| PATTERNS.iter().any(|pattern| fits(pattern, record));
    records.into_iter().filter(passes).collect()
}

/// True if a pattern fits: all that it names, each by one of its values.
fn fits(pattern: &Value, found: &Value) -> bool {
    match pattern {
        Value::Object(parts) => parts.iter().all(|(name, part)| fits(part, &found[name])),
        Value::Array(values) => values.iter().any(|value| match &value["prefix"] {
            Value::String(prefix) => found.as_str().is_some_and(|text| text.starts_with(prefix)),
            _ => value == found,
        }),
        other => panic!("no pattern: {other}"),
    }
}
