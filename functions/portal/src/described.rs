//! Paths of the whole API, as its description has them. A call with a wrong method is led here by
//! API Gateway, and told so.

use std::{collections::BTreeMap, sync::OnceLock};

use serde::{Deserialize, de::IgnoredAny};
use vigie_http::route::names_in;

use crate::DESCRIPTION;

#[derive(Default, Deserialize)]
#[expect(
    clippy::zero_sized_map_values,
    reason = "a set would not pass over what a method says"
)]
struct Described {
    paths: BTreeMap<String, BTreeMap<String, IgnoredAny>>,
}

/// Returns the methods of a path; none if it is unknown. Of patterns that fit, the one with the
/// fewest names counts.
pub(crate) fn methods(path: &str) -> Vec<&'static str> {
    static DESCRIBED: OnceLock<Described> = OnceLock::new();
    let described =
        DESCRIBED.get_or_init(|| serde_json::from_slice(DESCRIPTION).unwrap_or_default());
    let closest = described
        .paths
        .iter()
        .filter_map(|(pattern, methods)| Some((names_in(pattern, path)?.len(), methods)))
        .min_by_key(|(names, _)| *names);
    closest
        .into_iter()
        .flat_map(|(_, methods)| methods.keys())
        .filter_map(|method| in_capitals(method))
        .collect()
}

fn in_capitals(method: &str) -> Option<&'static str> {
    ["GET", "PUT", "POST", "PATCH", "DELETE"]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(method))
}
