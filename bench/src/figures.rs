//! Quantiles and means of what was measured.

use serde_json::{json, Value};

/// Returns the value that so large a part of them does not exceed; 0 of none.
fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len() as f64 * part).ceil() as usize;
    sorted.get(place.clamp(1, sorted.len().max(1)) - 1).copied().map_or(0.0, rounded)
}

fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

pub fn spread(values: &[f64]) -> Value {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    json!({
        "n": values.len(),
        "mean": rounded(mean),
        "min": quantile(values, 0.0),
        "p50": median(values),
        "p90": quantile(values, 0.9),
        "p99": quantile(values, 0.99),
        "max": quantile(values, 1.0),
    })
}
