//! Events from changes of a consultation: a fact to tell, stars given and taken, waiting facts
//! whose time has come.

use serde_json::{Value, json};
use vigie_aws::bus::Event;

use crate::record::{Record, string};

/// A consultation is ready for the facts that overtook it once its automatic favourites were given;
/// one that starts beyond drafting gets none and is ready at once.
pub(crate) fn consultation(record: &Record, id: &str) -> Vec<Event> {
    let beyond_drafting = record.is_insert() && string(record.after("phase")) != "drafting";
    // Given later, since their accounts could not be read before.
    let given_late = !record.before("starsGiven").is_null()
        && !record.before("starsOwed").is_null()
        && record.changed("starsOwed");
    if beyond_drafting || record.became("starsGiven") || given_late {
        vec![record.event("ConsultationReady", "", json!({"consultationId": id}))]
    } else {
        Vec::new()
    }
}

pub(crate) fn fact(record: &Record, id: &str, kind: &str, key: &str) -> Vec<Event> {
    if !record.is_insert() {
        return Vec::new();
    }
    vec![record.event(
        "FactRecorded",
        "",
        json!({"consultationId": id, "kind": kind, "factKey": key}),
    )]
}

pub(crate) fn favourite(record: &Record, id: &str, account: &str) -> Vec<Event> {
    let starred = |attribute: &Value| attribute["BOOL"] == true;
    let (before, after) = (
        starred(record.before("starred")),
        starred(record.after("starred")),
    );
    let detail = json!({"accountId": account, "consultationId": id});
    match (before, after) {
        (false, true) => vec![record.event("FavouriteAdded", "", detail)],
        (true, false) => vec![record.event("FavouriteRemoved", "", detail)],
        _ => Vec::new(),
    }
}
