//! Of accounts and stars only what decides is read, and all of that.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{Timestamp, civil::Date};
use serde_json::json;
use vigie_domain::{
    account::{
        Account, Cause, EmailStatus, FormerEmail, MailQuota, PendingEmail, Role, Undeliverable,
        absence::{Absence, Delegate},
        binding::Binding,
        departure::{Deactivation, Handover},
        invitation::Invitation,
        place::Places,
        preferences::{Alerts, Kind, Mode},
        rights::PermanentGuest,
    },
    consultation::{Consultation, Scope},
    contact::{Contact, email::Email},
    delivery::alert::{Star, judge, timing},
    id::{AccountId, ConsultationId, EntityId, RequestId},
    quota::{BOUNCES, Ledger},
};
use vigie_store::{Candidates, keys};
use vigie_tests::table::Table;

/// An account that has everything.
fn whole() -> Account {
    let (now, request) = (
        Timestamp::UNIX_EPOCH,
        RequestId::parse("r-1").expect("an id"),
    );
    let email = |address| Email::parse(address).expect("an address");
    let contact = json!({
        "civility": "Mme", "firstName": "Ada", "lastName": "Martin", "jobTitle": "Acheteuse", "email": "ada@example.fr",
        "phone": "03 69 49 39 10", "fax": "03 69 49 39 11", "address": {"street": "1 rue du Puits", "city": "Colmar"},
    });
    let modes = Kind::ALL.into_iter().zip(
        [Mode::Daily, Mode::Immediate, Mode::Off]
            .into_iter()
            .cycle(),
    );
    let mut alerts = Alerts::default();
    modes.for_each(|(kind, mode)| alerts.kinds.set(kind, mode));
    alerts.automatic_favourites.mine = false;
    let mut mail_quota = MailQuota::default();
    mail_quota.take(now).expect("a mail");
    let mut asked_bounces = Ledger::default();
    asked_bounces
        .take("d-1", 1, now, &BOUNCES)
        .expect("a bounce");
    Account {
        id: AccountId::parse("a-1").expect("an id"),
        version: 7,
        alerts_proposed: true,
        role: Role::Administrator,
        active: true,
        leaves_on: Some(Date::constant(2026, 11, 30)),
        deactivated: Some(Deactivation::begin(now)),
        handover: Some(Handover {
            request_id: request.clone(),
            to_account_id: AccountId::parse("a-2").expect("an id"),
            by: None,
            scope: EntityId::parse("EMS").expect("an id"),
            given: true,
        }),
        entity_id: EntityId::parse("EMS").expect("an id"),
        contact: Contact::from_json(&contact).expect("contact details"),
        email_status: EmailStatus::Undeliverable,
        address_unavailable: true,
        undeliverable: Some(Undeliverable {
            since: now,
            cause: Cause::Bounce,
            code: None,
            request_id: request.clone(),
        }),
        soft_bounces: vec![Date::constant(2026, 11, 24)],
        confirmed_at: Some(1),
        pending_email: Some(PendingEmail::new(
            email("new@example.fr"),
            request.clone(),
            now,
        )),
        confirmed_request: Some(request.clone()),
        binding: Binding {
            number: 3,
            ..Binding::default()
        },
        former_emails: vec![FormerEmail {
            address: email("old@example.fr"),
            request_id: request.clone(),
            at: now,
            by_administrator: true,
        }],
        invitation: Some(Invitation::new(request.clone(), now)),
        accepted_invitation: Some(request.clone()),
        permanent_guest: PermanentGuest {
            own: true,
            dependent: false,
            transverse: true,
        },
        alerts,
        places: Places::parse(&["68".to_owned()]).expect("places"),
        absence: Some(Absence {
            from: Date::constant(2026, 11, 24),
            until: Date::constant(2026, 11, 26),
            delegate: Some(Delegate {
                account_id: AccountId::parse("a-2").expect("an id"),
                request_id: request,
                agreed: true,
            }),
        }),
        mail_quota,
        asked_bounces,
        refuses_link_requests: true,
        refuses_delegations: true,
        declared: None,
    }
}

/// The account as far as an alert of a kind and its mail need it. Each field is named, so that for
/// a new one somebody says what it is.
fn needed(whole: Account, kind: Kind) -> Account {
    let mut alerts = Alerts::default();
    // The first is there whenever any is.
    [Kind::ALL[0], kind]
        .into_iter()
        .for_each(|kind| alerts.kinds.set(kind, whole.alerts.kinds.mode(kind)));
    let Contact {
        first_name,
        last_name,
        email,
        ..
    } = whole.contact;
    Account {
        id: whole.id,
        version: whole.version,
        alerts_proposed: false,
        role: whole.role,
        active: whole.active,
        leaves_on: None,
        deactivated: None,
        handover: None,
        entity_id: whole.entity_id,
        contact: Contact {
            civility: None,
            first_name,
            last_name,
            job_title: None,
            email,
            phone: None,
            fax: None,
            address: None,
        },
        email_status: whole.email_status,
        address_unavailable: false,
        undeliverable: None,
        soft_bounces: Vec::new(),
        confirmed_at: None,
        pending_email: None,
        confirmed_request: None,
        former_emails: Vec::new(),
        invitation: None,
        accepted_invitation: None,
        binding: Binding::default(),
        permanent_guest: whole.permanent_guest,
        alerts,
        places: Places::default(),
        absence: whole.absence,
        mail_quota: MailQuota::default(),
        asked_bounces: Ledger::default(),
        refuses_link_requests: false,
        refuses_delegations: false,
        declared: None,
    }
}

#[tokio::test]
async fn all_that_decides_about_an_alert_and_its_mail_is_read_and_no_more() {
    let (table, whole) = (Table::new().await, whole());
    let consultation = ConsultationId::parse("c-1").expect("an id");
    let since: Timestamp = "2026-11-24T07:00:00Z".parse().expect("a time");
    table
        .put_all(vec![(
            keys::account(&whole.id),
            serde_dynamo::to_item(&whole).expect("an item"),
        )])
        .await;
    table
        .store()
        .favourite_add(&consultation, &whole.id, None, since)
        .await
        .expect("a star");
    for kind in Kind::ALL {
        let ids = [whole.id.clone()];
        let Candidates { people, unreadable } = table
            .store()
            .follower_find_candidates(&consultation, &ids, kind)
            .await
            .expect("candidates");
        assert_eq!(
            people,
            [(
                needed(whole.clone(), kind),
                Some(Star { since: Some(since) })
            )]
        );
        assert!(unreadable.is_empty());
    }
}

/// Ways in which accounts differ where it decides, each of an account that has everything else.
const DIFFERENCES: [fn(&mut Account); 7] = [
    |_| {},
    |account| account.absence = None,
    |account| account.active = false,
    |account| account.contact.email = None,
    |account| account.email_status = EmailStatus::Undeliverable,
    |account| account.permanent_guest = PermanentGuest::default(),
    |account| account.role = Role::Agent,
];

#[tokio::test]
async fn of_the_part_that_is_read_follows_what_follows_of_the_whole() {
    let table = Table::new().await;
    let id = ConsultationId::parse("c-1").expect("an id");
    let entity = |id: &str| EntityId::parse(id).expect("an id");
    let saved = |entity: &str, author: &str, guest: &str| -> Consultation {
        serde_json::from_value(json!({
            "consultationId": "c-1", "revision": 1, "reference": "21-166157", "title": "QGIS", "organisation": "EMS",
            "entityId": entity, "authorAccountId": author, "guests": [guest], "phase": "consultation",
        }))
        .expect("a consultation")
    };
    let consultations = [
        saved("EMS", "a-2", "a-3"),
        saved("SIG", "a-1", "a-3"),
        saved("SIG", "a-2", "a-1"),
        saved("SIG", "a-2", "a-3"),
    ];
    let scopes = [BTreeSet::new(), BTreeSet::from([entity("EMS")])];
    let days = [Date::constant(2026, 11, 24), Date::constant(2026, 12, 1)];
    for differ in DIFFERENCES {
        // Nothing stands against them, and all else is set: whatever a rule reads beside is seen.
        let mut whole = whole();
        whole.email_status = EmailStatus::Confirmed;
        differ(&mut whole);
        let item = serde_dynamo::to_item(&whole).expect("an item");
        table.put_all(vec![(keys::account(&whole.id), item)]).await;
        for kind in Kind::ALL {
            let found = table
                .store()
                .follower_find_candidates(&id, std::slice::from_ref(&whole.id), kind)
                .await;
            let [(part, None)] = &found.expect("candidates").people[..] else {
                panic!("one account without a star")
            };
            for consultation in &consultations {
                for transverse_from in &scopes {
                    let scope = Scope {
                        transverse_from: transverse_from.clone(),
                        ..Scope::default()
                    };
                    let judged = |account| judge(account, true, kind, consultation, &scope);
                    assert_eq!(judged(part), judged(&whole), "{kind:?} {whole:?}");
                }
            }
            for today in days {
                assert_eq!(timing(part, kind, today), timing(&whole, kind, today));
            }
        }
    }
}

#[tokio::test]
async fn choices_that_cannot_be_read_are_not_taken_for_off() {
    let (table, whole) = (Table::new().await, whole());
    let consultation = ConsultationId::parse("c-1").expect("an id");
    table
        .store()
        .favourite_add(&consultation, &whole.id, None, Timestamp::UNIX_EPOCH)
        .await
        .expect("a star");
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let kinds = |kinds| AttributeValue::M(HashMap::from([("kinds".to_owned(), kinds)]));
    let mode = AttributeValue::M(HashMap::from([(
        "noticePublished".to_owned(),
        text("by hand"),
    )]));
    for alerts in [
        text("by hand"),
        AttributeValue::M(HashMap::new()),
        kinds(text("by hand")),
        kinds(mode),
    ] {
        let mut item: HashMap<String, AttributeValue> =
            serde_dynamo::to_item(&whole).expect("an item");
        item.insert("alerts".to_owned(), alerts.clone());
        table.put_all(vec![(keys::account(&whole.id), item)]).await;
        let found = table
            .store()
            .follower_find_candidates(
                &consultation,
                std::slice::from_ref(&whole.id),
                Kind::NoticePublished,
            )
            .await;
        let Candidates { people, unreadable } = found.expect("candidates");
        assert_eq!(
            (people.len(), unreadable.contains(&whole.id)),
            (0, true),
            "{alerts:?}"
        );
    }
}

#[tokio::test]
async fn a_choice_that_was_never_stored_is_off() {
    let (table, whole) = (Table::new().await, whole());
    let consultation = ConsultationId::parse("c-1").expect("an id");
    let mut item: HashMap<String, AttributeValue> = serde_dynamo::to_item(&whole).expect("an item");
    for kinds in [
        HashMap::new(),
        HashMap::from([("other".to_owned(), AttributeValue::S("daily".to_owned()))]),
    ] {
        let choices = HashMap::from([("kinds".to_owned(), AttributeValue::M(kinds))]);
        for alerts in [Some(AttributeValue::M(choices)), None] {
            item.remove("alerts");
            item.extend(alerts.map(|alerts| ("alerts".to_owned(), alerts)));
            table
                .put_all(vec![(keys::account(&whole.id), item.clone())])
                .await;
            let found = table
                .store()
                .follower_find_candidates(
                    &consultation,
                    std::slice::from_ref(&whole.id),
                    Kind::NoticePublished,
                )
                .await;
            let [(account, None)] = &found.expect("candidates").people[..] else {
                panic!("one account without a star")
            };
            assert_eq!(account.alerts, Alerts::default());
        }
    }
}
