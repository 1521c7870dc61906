//! Whatever the code reads and tells is described.

use std::collections::BTreeSet;

use vigie_domain::{
    account::preferences::Kind,
    event::{self, portal},
};

#[test]
fn each_event_that_the_portal_may_send_has_a_schema() {
    let sent = event::sent::schemas().into_iter();
    let described: BTreeSet<_> = sent.map(|(name, ..)| name).collect();
    assert_eq!(described, portal::types().collect());
}

#[test]
fn an_alert_of_each_kind_has_a_name_in_the_schemas() {
    let mut told = event::schemas().into_iter();
    let (.., due) = told.find(|(name, ..)| *name == "AlertDue").unwrap();
    let due = due.to_value();
    let kinds = due["properties"]["kind"]["enum"].as_array().unwrap();
    for kind in Kind::ALL {
        assert!(kinds.contains(&kind.as_str().into()), "{}", kind.as_str());
    }
}
