//! A change of an item tells what it should, once, in order.

use jiff::Timestamp;
use serde_json::{Value, json};
use vigie_domain::{
    account::{Account, EmailStatus, PendingEmail, Role},
    contact::{Contact, email::Email},
    delivery::Delivery,
    directory::agent::AgentName,
    event::{
        Event,
        change::{
            self, Change, Readiness,
            account::{self, Owner},
        },
    },
    id::{AccountId, ConsultationId, EntityId, RequestId},
};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn account() -> Account {
    let contact = json!({"firstName": "Zoé", "lastName": "Durand", "email": "zoe@example.fr"});
    let contact = Contact::from_json(&contact).unwrap();
    let (id, entity) = (id("a-1"), EntityId::parse("EMS").unwrap());
    let request = RequestId::parse("r-1").unwrap();
    Account::invite(id, entity, Role::Agent, contact, request, NOW)
}

fn id(id: &str) -> AccountId {
    AccountId::parse(id).unwrap()
}

fn pending(request: &str) -> PendingEmail {
    let address = Email::parse("zoe.durand@example.fr").unwrap();
    let request = RequestId::parse(request).unwrap();
    PendingEmail::new(address, request, NOW)
}

/// The words of events: their types, the mails that are due.
fn told(events: &[Event]) -> Vec<String> {
    let word = |event: &Event| match event {
        Event::AccountMailDue(due) => format!("{} {}", due.mail.as_str(), due.attempt),
        other => other.detail_type().to_owned(),
    };
    events.iter().map(word).collect()
}

fn of_account(before: Option<&Account>, after: Option<&Account>) -> Vec<String> {
    told(&account::changed(Change {
        name: "c",
        before,
        after,
    }))
}

#[test]
fn a_new_account_is_invited_and_a_change_of_nothing_that_is_told_tells_nothing() {
    let new = account();
    let seen = Account {
        version: new.version + 1,
        ..new.clone()
    };
    assert_eq!(
        of_account(None, Some(&new)),
        ["AccountCreated", "invitation 1"]
    );
    assert!(of_account(Some(&new), Some(&seen)).is_empty());
    assert!(of_account(Some(&new), None).is_empty());
}

#[test]
fn another_address_is_told_once_it_is_confirmed() {
    let before = account();
    let mut after = before.clone();
    after.contact.email = Email::parse("zoe.durand@example.fr").ok();
    assert!(of_account(Some(&before), Some(&after)).is_empty());
    after.email_status = EmailStatus::Confirmed;
    assert_eq!(
        of_account(Some(&before), Some(&after)),
        ["AccountEmailChanged"]
    );
}

#[test]
fn the_old_address_hears_of_a_change_before_the_new_one_and_a_second_asking_mails_the_new_one_alone()
 {
    let before = account();
    let asked = Account {
        pending_email: Some(pending("r-2")),
        ..before.clone()
    };
    let mut again = asked.clone();
    again.pending_email.as_mut().unwrap().send_again(NOW);
    let both = ["emailChangeNotice 1", "confirmation 1"];
    assert_eq!(of_account(Some(&before), Some(&asked)), both);
    assert_eq!(of_account(Some(&asked), Some(&again)), ["confirmation 2"]);
    assert!(of_account(Some(&asked), Some(&before)).is_empty());
}

#[test]
fn who_reads_mails_again_is_told_what_was_missed() {
    let soft = Account {
        soft_bounces: vec![jiff::civil::date(2026, 11, 24)],
        ..account()
    };
    let lifted = Account {
        email_status: EmailStatus::Confirmed,
        confirmed_request: Some(RequestId::parse("r-3").unwrap()),
        ..account()
    };
    assert_eq!(of_account(Some(&soft), Some(&lifted)), ["missedAlerts 1"]);
    // Nothing is held against the address: what comes back late, or for its size, is missed too.
    let confirmed = |at| Account {
        confirmed_at: at,
        ..lifted.clone()
    };
    let [never, once, again] = [None, Some(1), Some(2)].map(confirmed);
    for (before, after, told) in [
        (&once, &again, ["missedAlerts 1"].as_slice()),
        (&once, &once, &[]),
        (&never, &once, &["AccountNamed"]),
    ] {
        assert_eq!(of_account(Some(before), Some(after)), told);
    }
    let nobody = Account {
        email_status: EmailStatus::Unconfirmed,
        ..lifted.clone()
    };
    assert!(of_account(Some(&soft), Some(&nobody)).is_empty());
}

fn delivery(state: &str, absentees: &[String]) -> Delivery {
    let item = json!({
        "state": state, "kind": "tenderReceived", "consultationId": "c-1", "key": "d-1", "at": NOW, "reason": "bounced",
        "standsInFor": absentees,
    });
    serde_json::from_value(item).unwrap()
}

fn of_delivery(before: Option<&Delivery>, after: &Delivery) -> Vec<Event> {
    let change = Change {
        name: "c",
        before,
        after: Some(after),
    };
    change::delivery(change, &id("a-1"))
}

#[test]
fn an_alert_is_told_to_be_sent_once_whichever_record_comes_first() {
    let states = [
        "PENDING",
        "SENT",
        "DELAYED",
        "DELIVERED",
        "BOUNCED",
        "COMPLAINED",
        "FAILED",
    ];
    let sent = ["SENT", "DELAYED", "DELIVERED", "BOUNCED", "COMPLAINED"];
    for before in states {
        for after in states {
            let (from, to) = (delivery(before, &[]), delivery(after, &[]));
            let told = told(&of_delivery(Some(&from), &to));
            let expected: &[&str] = match after {
                after if before == after => &[],
                "FAILED" => &["AlertFailed"],
                after if sent.contains(&after) && !sent.contains(&before) => &["AlertSent"],
                _ => &[],
            };
            assert_eq!(told, expected, "{before} {after}");
        }
    }
}

#[test]
fn whoever_a_mail_stood_in_for_is_told_after_all_fifty_at_a_time() {
    let absentees: Vec<_> = (0..51).map(|n| format!("a{n:02}")).collect();
    let (from, to) = (
        delivery("SENT", &absentees),
        delivery("BOUNCED", &absentees),
    );
    let events = of_delivery(Some(&from), &to);
    let due: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::AlertDue(due) => Some((due.event_id.as_str(), due.account_ids.len())),
            _ => None,
        })
        .collect();
    assert_eq!(due, [("c.0", 50), ("c.1", 1)]);
}

#[test]
fn facts_wait_until_a_consultation_is_ready() {
    let ready = |before: Option<serde_json::Value>, after: serde_json::Value| {
        let [before, after] = [before, Some(after)]
            .map(|item| item.map(|item| serde_json::from_value(item).unwrap()));
        let change = Change {
            name: "c",
            before: before.as_ref(),
            after: after.as_ref(),
        };
        change::consultation(change, &ConsultationId::parse("c-1").unwrap()).is_some()
    };
    let draft = json!({"phase": "drafting"});
    let given = json!({"phase": "drafting", "starsGiven": true, "starsOwed": ["a"]});
    let paid = json!({"phase": "drafting", "starsGiven": true});
    assert!(ready(None, json!({"phase": "consultation"})));
    assert!(!ready(None, draft.clone()));
    assert!(ready(Some(draft), given.clone()));
    assert!(!ready(Some(given.clone()), given.clone()));
    assert!(ready(Some(given), paid));
}

#[test]
fn an_account_has_a_name_with_each_address_that_its_owner_confirms_and_with_its_agent_s() {
    let unread = account();
    let read = Account {
        email_status: EmailStatus::Confirmed,
        confirmed_at: Some(1),
        ..unread.clone()
    };
    let mut another = read.clone();
    another.contact.email = Email::parse("zoe.durand@example.fr").ok();
    let named = |before: &Account, after: &Account| {
        let told = of_account(Some(before), Some(after));
        told.contains(&"AccountNamed".to_owned())
    };
    assert!(named(&unread, &read) && named(&read, &another));
    let stopped = Account {
        email_status: EmailStatus::Undeliverable,
        ..read.clone()
    };
    assert!(!named(&read, &stopped) && !named(&another, &unread) && !named(&unread, &unread));

    let owner = |id: Value| -> Owner { serde_json::from_value(json!({"accountId": id})).unwrap() };
    let name = AgentName::parse("0123456789_abcdefghi-A").unwrap();
    let (nobody, zoe, other) = (owner(json!(null)), owner(json!("a-1")), owner(json!("a-2")));
    for (before, after, told) in [
        (None, Some(&nobody), None),
        (None, Some(&zoe), Some("a-1")),
        (Some(&nobody), Some(&zoe), Some("a-1")),
        (Some(&zoe), Some(&zoe), None),
        (Some(&zoe), Some(&other), Some("a-2")),
        (Some(&zoe), Some(&nobody), None),
        (Some(&zoe), None, None),
    ] {
        let change = Change {
            name: "c",
            before,
            after,
        };
        let event = account::agent_name(change, &name);
        let account = event.map(|event| match event {
            Event::AccountNamed(named) if named.agent.as_ref() == Some(&name) => named.account_id,
            other => panic!("{other:?}"),
        });
        assert_eq!(account, told.map(id));
    }
}

#[test]
fn what_waited_is_told_when_a_follower_whom_a_consultation_names_is_known() {
    let of = |at: Value| -> Readiness {
        let item = json!({"phase": "drafting", "starsGiven": true, "followerKnownAt": at});
        serde_json::from_value(item).unwrap()
    };
    let (never, once, again) = (of(json!(null)), of(json!("1")), of(json!("2")));
    for (before, after, ready) in [
        (&never, &once, true),
        (&once, &again, true),
        (&once, &once, false),
        (&never, &never, false),
    ] {
        let change = Change {
            name: "c",
            before: Some(before),
            after: Some(after),
        };
        let told = change::consultation(change, &ConsultationId::parse("c-1").unwrap());
        assert_eq!(told.is_some(), ready, "{before:?} {after:?}");
    }
}
