//! Requests to link accounts: who is mailed, and what the mailed link finds.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use vigie_domain::{
    account::{
        Account, EmailStatus, Role,
        link::{Answer, LinkRequest},
    },
    contact::{Contact, email::Email},
    id::{AccountId, EntityId, RequestId},
    token::LINK_LIFETIME,
};

const NOW: Timestamp = Timestamp::constant(1_795_507_200, 0);

fn id(id: &str) -> AccountId {
    AccountId::parse(id).unwrap()
}

fn email(name: &str) -> Email {
    Email::parse(&format!("{name}@agents.example.fr")).unwrap()
}

/// Somebody whose address is confirmed.
fn account(name: &str) -> Account {
    let contact =
        Contact::from_json(&json!({"firstName": name, "lastName": "Agent", "email": email(name)}))
            .unwrap();
    let (entity, request) = (
        EntityId::parse("e").unwrap(),
        RequestId::parse("r").unwrap(),
    );
    Account {
        email_status: EmailStatus::Confirmed,
        ..Account::invite(id(name), entity, Role::Agent, contact, request, NOW)
    }
}

fn request() -> LinkRequest {
    LinkRequest::new(&email("chloe"), 0, NOW)
}

fn accepted() -> LinkRequest {
    LinkRequest {
        address: None,
        mailbox: None,
        accepted_by: Some(id("chloe")),
        ..request()
    }
}

#[test]
#[expect(clippy::large_stack_arrays, reason = "a table of cases")]
fn only_who_could_accept_is_mailed() {
    let (asker, owner) = (account("bruno"), account("chloe"));
    let before_the_end = NOW + LINK_LIFETIME - SignedDuration::from_nanos(1);
    assert!(
        request().is_for(&owner, &asker, NOW) && request().is_for(&owner, &asker, before_the_end)
    );
    let no_status = |email_status| Account {
        email_status,
        ..owner.clone()
    };
    for (why, request, owner, asker, now) in [
        (
            "too late",
            request(),
            owner.clone(),
            asker.clone(),
            NOW + LINK_LIFETIME,
        ),
        ("accepted", accepted(), owner.clone(), asker.clone(), NOW),
        ("oneself", request(), owner.clone(), owner.clone(), NOW),
        (
            "another address",
            request(),
            account("dora"),
            asker.clone(),
            NOW,
        ),
        (
            "inactive",
            request(),
            Account {
                active: false,
                ..owner.clone()
            },
            asker.clone(),
            NOW,
        ),
        (
            "unconfirmed",
            request(),
            no_status(EmailStatus::Unconfirmed),
            asker.clone(),
            NOW,
        ),
        (
            "undeliverable",
            request(),
            no_status(EmailStatus::Undeliverable),
            asker.clone(),
            NOW,
        ),
        (
            "asker inactive",
            request(),
            owner.clone(),
            Account {
                active: false,
                ..asker.clone()
            },
            NOW,
        ),
    ] {
        assert!(!request.is_for(&owner, &asker, now), "{why}");
    }
}

#[test]
fn a_link_finds_what_there_is_for_the_login_and_nothing_for_others() {
    let (bruno, chloe, dora) = (account("bruno"), account("chloe"), account("dora"));
    let inactive = Account {
        active: false,
        ..chloe.clone()
    };
    let later = NOW + LINK_LIFETIME;
    for (request, accounts, now, finds) in [
        (
            request(),
            vec![dora.clone(), chloe.clone()],
            NOW,
            Answer::Waits(&chloe),
        ),
        (
            request(),
            vec![chloe.clone()],
            later - SignedDuration::from_nanos(1),
            Answer::Waits(&chloe),
        ),
        (request(), vec![chloe.clone()], later, Answer::Expired),
        (request(), vec![dora.clone()], NOW, Answer::NotYours),
        (request(), vec![dora.clone()], later, Answer::NotYours),
        (request(), vec![inactive.clone()], NOW, Answer::NotYours),
        (request(), vec![], NOW, Answer::NotYours),
        // The address is the asker's own by now.
        (
            LinkRequest::new(&email("bruno"), 0, NOW),
            vec![bruno.clone()],
            NOW,
            Answer::NotYours,
        ),
        (
            accepted(),
            vec![chloe.clone()],
            NOW,
            Answer::Accepted(&chloe),
        ),
        (
            accepted(),
            vec![chloe.clone()],
            later,
            Answer::Accepted(&chloe),
        ),
        (accepted(), vec![inactive], NOW, Answer::NotYours),
        (accepted(), vec![dora], NOW, Answer::NotYours),
    ] {
        assert_eq!(
            request.answer(&bruno.id, &accounts, now),
            finds,
            "{accounts:?}"
        );
    }
}

#[test]
fn an_accepted_request_is_kept_without_the_address() {
    let kept = json!({"expiresAt": NOW + LINK_LIFETIME, "acceptedBy": "chloe"});
    assert_eq!(serde_json::to_value(accepted()).unwrap(), kept);
    assert_eq!(
        serde_json::from_value::<LinkRequest>(kept).unwrap(),
        accepted()
    );
}

#[test]
fn a_request_that_waits_is_kept_without_the_address() {
    let kept = serde_json::to_string(&request()).unwrap();
    assert!(!kept.contains("chloe") && !kept.contains('@'), "{kept}");
    assert!(kept.contains(email("chloe").digest().as_str()), "{kept}");
    // Every spelling of the address is the same one, and another is another.
    assert_eq!(
        Email::parse(" CHLOE@agents.example.FR").unwrap().digest(),
        email("chloe").digest()
    );
    assert_ne!(email("dora").digest(), email("chloe").digest());
}
