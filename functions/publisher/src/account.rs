//! Events from changes of an account: a mail that is due, an address or a choice that is new, an
//! alert that went.

use serde_json::{Value, json};
use vigie_aws::{bus::Event, ses::BULK};

use crate::record::{Record, string};

pub(crate) fn account(record: &Record, id: &str) -> Vec<Event> {
    let mut events = Vec::new();
    let about = || json!({"accountId": id});
    if record.is_insert() {
        events.push(record.event("AccountCreated", "", about()));
    } else {
        if record.became("contact.email") {
            events.push(record.event("AccountEmailChanged", "", about()));
        }
        if ["alerts", "places", "absence"]
            .iter()
            .any(|choice| record.changed(choice))
        {
            events.push(record.event("PreferencesChanged", ".preferences", about()));
        }
    }
    events.extend(mails(record, id));
    events
}

/// Account mails start here, so that a crash after the write cannot lose one.
fn mails(record: &Record, id: &str) -> Vec<Event> {
    let due = |mail: &str, request: &str, attempt: u32| {
        let detail =
            json!({"accountId": id, "mail": mail, "requestId": request, "attempt": attempt});
        record.event("AccountMailDue", &format!(".{mail}"), detail)
    };
    let mut events = Vec::new();
    if record.became("invitation.requestId") {
        events.push(due(
            "invitation",
            string(record.after("invitation.requestId")),
            1,
        ));
    }
    if record.became("absence.delegate.requestId") {
        events.push(due(
            "delegation",
            string(record.after("absence.delegate.requestId")),
            1,
        ));
    }
    if record.became("undeliverable.requestId") {
        events.push(due(
            "undeliverable",
            string(record.after("undeliverable.requestId")),
            1,
        ));
    }
    events.extend(missed(record, id));
    let request = string(record.after("pendingEmail.requestId"));
    if record.became("pendingEmail.requestId") {
        // First the old address: once the new one is confirmed nobody knows it any more.
        events.push(due("emailChangeNotice", request, 1));
    }
    if record.became("pendingEmail.requestId") || record.became("pendingEmail.attempt") {
        let attempt = string(record.after("pendingEmail.attempt"))
            .parse()
            .unwrap_or(1);
        events.push(due("confirmation", request, attempt));
    }
    events
}

/// An address is confirmed to which mails had come back: for good, or for a while.
fn missed(record: &Record, id: &str) -> Option<Event> {
    let stopped = string(record.before("undeliverable.requestId"));
    let lifted = ["undeliverable", "softBounces"]
        .into_iter()
        .any(|name| !record.before(name).is_null() && record.after(name).is_null());
    let request = if stopped.is_empty() {
        string(record.after("confirmedRequest"))
    } else {
        stopped
    };
    if !lifted || request.is_empty() || string(record.after("emailStatus")) != "confirmed" {
        return None;
    }
    let mut detail =
        json!({"accountId": id, "mail": "missedAlerts", "requestId": request, "attempt": 1});
    if !stopped.is_empty() {
        detail["since"] = json!(string(record.before("undeliverable.since")));
    }
    if let Ok(confirmed) = string(record.before("confirmedAt")).parse::<i64>() {
        detail["confirmedAt"] = json!(confirmed);
    }
    Some(record.event("AccountMailDue", ".missedAlerts", detail))
}

/// Returns the event about a request to be linked. The mailer finds out if there is anybody to
/// mail.
pub(crate) fn link_request(record: &Record, id: &str, request: &str) -> Vec<Event> {
    if !record.is_insert() {
        return Vec::new();
    }
    let due = json!({"accountId": id, "mail": "linkRequest", "requestId": request, "attempt": 1});
    vec![record.event("AccountMailDue", ".linkRequest", due)]
}

/// Tells an agent what others did to its account, or took back of its own, as the account's copy of
/// the audit says.
pub(crate) fn audited(record: &Record, id: &str, entry: &str) -> Vec<Event> {
    let (actor, target) = (
        string(record.after("actorAccountId")),
        string(record.after("targetAccountId")),
    );
    let mail = match string(record.after("what")) {
        "agentChanged" if target == id => "accountChanged",
        // Withdrawn by no administrator, whose own copy would say so: its address was yielded.
        "agentWithdrawn" if actor.is_empty() => "invitationWithdrawn",
        "accountsLinked" => "accountsLinked",
        "absenceChanged" if target == id => "absenceChanged",
        _ => return Vec::new(),
    };
    if !record.is_insert() {
        return Vec::new();
    }
    let due = json!({"accountId": id, "mail": mail, "requestId": entry, "attempt": 1});
    vec![record.event("AccountMailDue", &format!(".{mail}"), due)]
}

pub(crate) fn delivery(record: &Record, id: &str) -> Vec<Event> {
    if record.is_insert() && string(record.after("kind")) == "test" {
        return test_alert(record, id);
    }
    if !record.became("state") || record.after("consultationId").is_null() {
        return Vec::new();
    }
    let mut detail = json!({
        "accountId": id,
        "consultationId": string(record.after("consultationId")),
        "kind": string(record.after("kind")),
        "factKey": string(record.after("key")),
    });
    // SES's report about a mail can be recorded before the sender's own result.
    let was_sent = |state: &str| {
        matches!(
            state,
            "SENT" | "DELAYED" | "DELIVERED" | "BOUNCED" | "COMPLAINED"
        )
    };
    let state = string(record.after("state"));
    let mut events = match state {
        state if was_sent(state) && was_sent(string(record.before("state"))) => Vec::new(),
        state if was_sent(state) => vec![record.event("AlertSent", "", detail)],
        "FAILED" => {
            detail["reason"] = json!(string(record.after("reason")));
            vec![record.event("AlertFailed", "", detail)]
        }
        _ => Vec::new(),
    };
    if matches!(state, "BOUNCED" | "FAILED") {
        events.extend(untold(record, id));
    }
    events
}

/// Tells the mailer of absentees whose delegate's copy did not arrive.
fn untold(record: &Record, delegate: &str) -> Vec<Event> {
    let absentees = record.after("standsInFor")["SS"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let due = |(i, absentees): (usize, &[Value])| {
        let detail = json!({
            "consultationId": string(record.after("consultationId")),
            "kind": string(record.after("kind")),
            "factKey": string(record.after("key")),
            "accountIds": absentees,
            "entityPath": [],
            "delegateId": delegate,
        });
        record.event("AlertDue", &format!(".{i}"), detail)
    };
    absentees.chunks(BULK).enumerate().map(due).collect()
}

/// A delivery that is recorded before anybody sends it: the agent asked for it.
fn test_alert(record: &Record, id: &str) -> Vec<Event> {
    let request = string(record.after("key"))
        .split_once('+')
        .map(|(request, _)| request);
    let due =
        |request| json!({"accountId": id, "mail": "test", "requestId": request, "attempt": 1});
    request
        .map(|request| record.event("AccountMailDue", ".test", due(request)))
        .into_iter()
        .collect()
}
