//! Everything written can be read: every stored type, made from whatever the outside sends.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{Timestamp, civil::Date};
use proptest::{collection::vec, prelude::*};
use serde::{Deserialize as _, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use vigie_domain::{
    account::{
        Account, EmailStatus, MailQuota, PendingEmail, Role,
        absence::{Absence, Delegate},
        binding::RecoveryAsks,
        invitation::Invitation,
        link::LinkRequest,
        place::{Places, reference},
        preferences::{Alerts, Kind, Mode},
        rights::PermanentGuest,
        unreached::Unreached,
    },
    audit::Record,
    consultation::{
        Consultation,
        fact::{Counts, Fact, RecordedFact},
        tally::Tally,
    },
    contact::{Contact, email::Email},
    delivery::{Delivery, DeliveryState},
    directory::{
        agent::{AgentId, AgentName},
        entity::DeclaredEntity,
        inviting::Inviting,
        known::Known,
    },
    entity::Entity,
    id::{AccountId, ConsultationId, EntityId, RequestId},
};
use vigie_store::{
    DeferredAlert, Favourite, FirstDraft, StarCursor,
    keys::{self, ItemKind},
};
use vigie_tests::{World, traffic::news};

/// Writes a value as the table would, and reads it back.
fn read_back<T: Serialize + DeserializeOwned>(value: &T) -> Result<T, TestCaseError> {
    let item: std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue> =
        serde_dynamo::to_item(value)
            .map_err(|e| TestCaseError::fail(format!("unwritable: {e}")))?;
    serde_dynamo::from_item(item.clone())
        .map_err(|e| TestCaseError::fail(format!("unreadable: {e}: {item:?}")))
}

fn same<T: Serialize + DeserializeOwned>(value: &T) -> Result<(), TestCaseError> {
    let back = read_back(value)?;
    prop_assert_eq!(
        serde_json::to_value(value).unwrap(),
        serde_json::to_value(&back).unwrap()
    );
    Ok(())
}

/// Text as people, portals and attackers write it.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[A-Za-zÀ-ÿ' -]{1,40}", 1 => ".{0,60}", 1 => "\\PC{0,400}", 1 => Just(String::new())]
}

/// Generates texts that may be numbers, in any notation.
fn number() -> impl Strategy<Value = String> {
    let french =
        (1..10_u32, 0..100_000_000_u32).prop_map(|(first, rest)| format!("0{first}{rest:08}"));
    let abroad =
        (1..1000_u32, "[0-9 ./()-]{4,18}").prop_map(|(country, rest)| format!("+{country} {rest}"));
    prop_oneof![
        french,
        abroad,
        Just("+49 30 1234567890123".to_owned()),
        "[+0-9 ()./-]{0,24}"
    ]
}

fn address() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9._+-]{1,20}@[a-zà-ÿ0-9-]{1,20}\\.(fr|example|eu)",
        ".{0,40}@.{0,40}"
    ]
}

prop_compose! {
    fn contact()(
        names in vec(text(), 7), phones in vec(prop::option::of(number()), 2), email in address(), whole in any::<bool>(),
    ) -> Option<Contact> {
        let mut fields = json!({"firstName": names[0], "lastName": names[1], "email": email});
        if whole {
            fields["civility"] = json!("Mme");
            fields["jobTitle"] = json!(names[2]);
            fields["phone"] = json!(phones[0]);
            fields["fax"] = json!(phones[1]);
            fields["address"] = json!({"street": names[3], "postalCode": names[4], "city": names[5], "country": names[6]});
        }
        // Unacceptable fields are left out, as a person who is told of them would do.
        while let Err(errors) = Contact::from_json(&fields) {
            let refused = errors.iter().find(|error| !["firstName", "lastName", "email"].contains(&error.field.as_str()))?;
            let (of, name) = match refused.field.split_once('.') {
                Some((of, name)) => (&mut fields[of], name),
                None => (&mut fields, refused.field.as_str()),
            };
            of[name] = Value::Null;
        }
        Contact::from_json(&fields).ok()
    }
}

fn instant() -> impl Strategy<Value = Timestamp> {
    let ends = [
        Timestamp::UNIX_EPOCH,
        "2026-11-24T07:00:00.123456789Z".parse().unwrap(),
        "9999-12-30T21:59:59.999999999Z".parse().unwrap(),
    ];
    prop_oneof![
        (0..250_000_000_000_i64, 0..1_000_000_000_i32)
            .prop_map(|(s, ns)| Timestamp::new(s, ns).unwrap()),
        prop::sample::select(ends.to_vec())
    ]
}

fn day() -> impl Strategy<Value = Date> {
    (0..9999_i16, 1..13_i8, 1..29_i8).prop_map(|(y, m, d)| Date::new(y, m, d).unwrap())
}

fn id() -> impl Strategy<Value = String> {
    "[A-Za-z0-9._-]{1,128}"
}

fn request(id: &str) -> RequestId {
    RequestId::parse(id).unwrap()
}

/// Any text that a JSON value holds is replaced by one of these.
fn replaced(value: &mut Value, by: &mut impl Iterator<Item = String>) {
    match value {
        Value::String(text)
            if !text.contains("2026") && !["electronic", "drafting"].contains(&text.as_str()) =>
        {
            if let Some(other) = by.next() {
                *text = other;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| replaced(item, by)),
        Value::Object(fields) => fields
            .iter_mut()
            .filter(|(name, _)| !name.ends_with("Id"))
            .for_each(|(_, field)| replaced(field, by)),
        _ => {}
    }
}

proptest! {
    #[test]
    fn an_account(
        contact in contact(), ids in vec(id(), 6), at in vec(instant(), 4), days in vec(day(), 2), bits in any::<u32>(),
        new in address(), many in 0..5_usize,
    ) {
        let Some(contact) = contact else { return Ok(()) };
        let account = AccountId::parse(&ids[0]).unwrap();
        let entity = EntityId::parse(&ids[1]).unwrap();
        let mut account = Account::invite(account, entity, Role::Administrator, contact, request(&ids[2]), Timestamp::UNIX_EPOCH);
        let on = |bit: u32| bits & 1 << bit != 0;
        account.active = on(0);
        account.email_status = [EmailStatus::Confirmed, EmailStatus::Unconfirmed, EmailStatus::Undeliverable][(bits % 3) as usize];
        if on(1) {
            account.accepted_invitation = account.invitation.take().map(|invitation: Invitation| invitation.request_id);
        }
        if let Ok(address) = Email::parse(&new) {
            account.pending_email = Some(PendingEmail { address, request_id: request(&ids[3]), expires_at: at[0], attempt: bits, by_portal: bits % 2 == 0, by_administrator: bits % 3 == 0 });
            account.former_emails = account.former_after(&request(&ids[3]), at[1]);
        }
        account.permanent_guest = PermanentGuest { own: on(2), dependent: on(3), transverse: on(4) };
        Kind::ALL.into_iter().for_each(|kind| account.alerts.kinds.set(kind, [Mode::Off, Mode::Immediate][usize::from(on(5))]));
        account.alerts_proposed = on(9);
        account.places = Places::parse(&reference().iter().step_by(many + 1).map(|place| place.code.to_string()).collect::<Vec<_>>()).unwrap();
        let delegate = on(6).then(|| Delegate { account_id: AccountId::parse(&ids[4]).unwrap(), request_id: request(&ids[5]), agreed: on(7) });
        account.absence = on(8).then(|| Absence { from: days[0], until: days[1], delegate });
        account.mail_quota = MailQuota::default();
        let _ = account.mail_quota.take(at[2]);
        prop_assert_eq!(&read_back(&account)?, &account);
    }

    #[test]
    fn alerts_as_they_are_chosen(modes in vec(0..3_usize, 7), rules in vec(any::<bool>(), 4)) {
        let modes: serde_json::Map<_, _> = Kind::ALL.iter().zip(modes).map(|(kind, mode)| (kind.as_str().to_owned(), json!(["off", "immediate", "daily"][mode]))).collect();
        let rules = json!({"mine": rules[0], "ownEntity": rules[1], "dependentEntities": rules[2], "transverseEntities": rules[3]});
        let Ok(alerts) = Alerts::deserialize(json!({"kinds": modes, "automaticFavourites": rules})) else { return Ok(()) };
        same(&alerts)?;
    }

    #[test]
    fn a_consultation_and_its_facts(ids in vec(id(), 3), texts in vec(text(), 40), at in instant(), total in any::<u64>(), revision in 1..u64::MAX) {
        let mut saved = json!({
            "consultationId": ids[0], "revision": revision, "reference": "", "title": "", "organisation": "", "entityId": ids[1],
            "authorAccountId": ids[2], "phase": "drafting", "submissionDeadline": "2026-12-01T12:00:00+01:00", "guests": [], "url": "",
        });
        let mut others = texts.iter().cloned();
        for name in ["reference", "title", "organisation"] {
            saved[name] = json!(others.next());
        }
        saved["guests"] = json!([ids[0], ids[1]]);
        let name = (EntityId::parse(&ids[1]), AgentId::parse(&ids[0]));
        let name = AgentName::new(&name.0.unwrap(), &name.1.unwrap());
        saved["awaited"] = json!({"organisation": ids[1], "agents": {name.as_str(): ids[2]}});
        saved["url"] = json!("https://marches.example.fr/x");
        if let Ok(consultation) = Consultation::deserialize(&saved) {
            prop_assert_eq!(&read_back(&consultation)?, &consultation);
            same(&FirstDraft {
                consultation_id: consultation.id.clone(),
                entity_id: consultation.entity_id.clone(),
                author_account_id: consultation.author_account_id.clone(),
                author: Some(name),
            })?;
            let tally = Tally::default().with(Some(&consultation.entity_id)).with(None);
            prop_assert_eq!(&read_back(&tally)?, &tally);
        }
        for mut fact in news("c-1") {
            replaced(&mut fact.detail, &mut others);
            let Some(Ok((_, fact))) = Fact::from_event(fact.detail_type, &fact.detail) else { continue };
            let recorded = RecordedFact { fact, recorded_at: at, total: Some(total), waiting: true, organisation_id: None };
            prop_assert_eq!(&read_back(&recorded)?, &recorded);
        }
        let mut counts = Counts::default();
        counts.late.paper = total;
        let closed = RecordedFact { fact: Fact::ConsultationClosed { deadline: at, counts }, recorded_at: at, total: None, waiting: false, organisation_id: None };
        prop_assert_eq!(&read_back(&closed)?, &closed);
    }

    #[test]
    fn everything_small(ids in vec(id(), 3), texts in vec(text(), 3), at in instant(), email in address(), n in any::<u32>()) {
        let (consultation_id, account) = (ConsultationId::parse(&ids[0]).unwrap(), AccountId::parse(&ids[1]).unwrap());
        let held = DeferredAlert { consultation_id: consultation_id.clone(), kind: texts[0].clone(), key: texts[1].clone(), recorded_at: at, until_return: n % 2 == 0 };
        prop_assert_eq!(&read_back(&held)?, &held);
        for state in [DeliveryState::Pending, DeliveryState::Sent, DeliveryState::Failed, DeliveryState::Skipped] {
            same(&Delivery {
                stands_in_for: BTreeSet::new(),
                state,
                kind: texts[0].clone(),
                consultation_id: Some(consultation_id.clone()).filter(|_| n % 3 == 0),
                key: texts[1].clone(),
                at,
                lease: Some(i64::from(n)),
                reason: Some(texts[2].clone()),
                retryable: n % 2 == 0,
                message_id: Some(texts[0].clone()),
                code: Some(texts[1].clone()),
                delivered_at: Some(at).filter(|_| n % 5 == 0),
                bounced_at: Some(at).filter(|_| n % 7 == 0),
            })?;
        }
        if let Ok(email) = Email::parse(&email) {
            let mut asked = LinkRequest::new(&email, 0, Timestamp::UNIX_EPOCH);
            prop_assert_eq!(&read_back(&asked)?, &asked);
            (asked.address, asked.accepted_by) = (None, Some(account));
            prop_assert_eq!(&read_back(&asked)?, &asked);
        }
        same(&StarCursor { lists: texts[0].clone(), done: n as usize, after: texts[1].clone() })?;
        let entity = json!({"id": ids[2], "name": texts[0], "organisation": texts[1], "parentId": ids[1]});
        if let Ok(entity) = Entity::deserialize(entity) {
            same(&entity)?;
        }
    }
}

#[test]
fn places_and_kinds_are_all_stored() {
    assert!(
        reference()
            .iter()
            .map(|place| place.code.to_string())
            .collect::<BTreeSet<_>>()
            .len()
            > 100
    );
}

/// Adds a field that this release does not know to an item, and to every object within it.
fn newer(value: &mut AttributeValue) {
    match value {
        AttributeValue::M(fields) => grown(fields),
        AttributeValue::L(values) => values.iter_mut().for_each(newer),
        _ => {}
    }
}

fn grown(fields: &mut HashMap<String, AttributeValue>) {
    fields.values_mut().for_each(newer);
    fields.insert(
        "ofANewerRelease".to_owned(),
        AttributeValue::M(HashMap::new()),
    );
}

/// Reads an item by what its key says. A new kind has to say here how it is read.
fn read(kind: ItemKind<'_>, item: HashMap<String, AttributeValue>) -> Result<(), String> {
    fn of<T: DeserializeOwned>(item: HashMap<String, AttributeValue>) -> Result<(), String> {
        serde_dynamo::from_item::<_, T>(item)
            .map(drop)
            .map_err(|e| e.to_string())
    }
    match kind {
        ItemKind::Account(_) => of::<Account>(item),
        ItemKind::AccountAudit(..) | ItemKind::Audit(..) => of::<Record>(item),
        ItemKind::Delivery(..) => of::<Delivery>(item),
        ItemKind::LinkRequest(..) => of::<LinkRequest>(item),
        ItemKind::RecoveryAsks(_) => of::<RecoveryAsks>(item),
        ItemKind::DeferredAlert(..) => of::<DeferredAlert>(item),
        ItemKind::Unreached(_) => of::<Unreached>(item),
        ItemKind::Entity(_) => of::<Entity>(item),
        ItemKind::Consultation(_) => of::<Consultation>(item),
        ItemKind::Fact(..) => of::<RecordedFact>(item),
        ItemKind::Favourite(..) if item["starred"] == AttributeValue::Bool(true) => {
            of::<Favourite>(item)
        }
        ItemKind::Drafted(..) => of::<FirstDraft>(item),
        ItemKind::DeclaredEntity(_) => of::<DeclaredEntity>(item),
        ItemKind::AgentName(_) => of::<Known>(item),
        ItemKind::Inviting(_) => of::<Inviting>(item),
        // Read by their keys, or attribute by attribute.
        ItemKind::Address(_)
        | ItemKind::Mailed(_)
        | ItemKind::AccountOfLogin(..)
        | ItemKind::Bundle(..)
        | ItemKind::Link(..)
        | ItemKind::Trip(..)
        | ItemKind::Administrators(_)
        | ItemKind::Root(_)
        | ItemKind::Lookups(..)
        | ItemKind::Child(..)
        | ItemKind::Below(..)
        | ItemKind::TransverseOut(..)
        | ItemKind::TransverseIn(..)
        | ItemKind::AwaitedEntity(..)
        | ItemKind::AwaitedAgent(..)
        | ItemKind::Waiting(..)
        | ItemKind::Agent(..)
        | ItemKind::Todo(..)
        | ItemKind::Watch(..)
        | ItemKind::Person(..)
        | ItemKind::Searches(_)
        | ItemKind::Listed(..)
        | ItemKind::Tally(_)
        | ItemKind::Favourite(..)
        | ItemKind::Named(..)
        | ItemKind::Work(..)
        | ItemKind::Erased(_) => Ok(()),
        ItemKind::Unknown => Err("unknown".to_owned()),
    }
}

#[tokio::test]
async fn what_a_newer_release_adds_makes_nothing_unreadable() {
    let world = World::new().await;
    world.everything().await;
    let mut kinds = BTreeSet::new();
    for mut item in world.table.items().await {
        let [pk, sk] = ["pk", "sk"].map(|name| item[name].as_s().expect("a key").clone());
        if sk == "ACCOUNT" {
            let mut places = item["places"].as_l().expect("places").clone();
            places.push(AttributeValue::S("999".to_owned()));
            item.insert("places".to_owned(), AttributeValue::L(places));
        }
        grown(&mut item);
        let kind = keys::parse(&pk, &sk);
        assert_eq!(read(kind, item), Ok(()), "{pk} / {sk}");
        kinds.insert(format!("{kind:?}").split('(').next().map(str::to_owned));
    }
    assert!(kinds.len() > 12, "{kinds:?}");
}

#[test]
fn what_an_older_release_did_not_write_is_as_by_default() {
    let mut account = json!({
        "id": "a-1", "version": 1, "role": "agent", "active": true, "entityId": "EMS", "emailStatus": "confirmed",
        "contact": {"civility": null, "firstName": "Zoé", "lastName": "Agent", "jobTitle": null, "email": "zoe@example.fr", "phone": null, "fax": null, "address": null},
    });
    let fresh = Account::deserialize(&account).expect("an account");
    assert!(fresh.alerts.automatic_favourites.mine && !fresh.permanent_guest.own);
    account["permanentGuest"] = json!({"own": true});
    account["alerts"] =
        json!({"kinds": {"tenderReceived": "daily"}, "automaticFavourites": {"ownEntity": true}});
    let account = Account::deserialize(&account).expect("an account");
    assert!(account.permanent_guest.own && !account.permanent_guest.transverse);
    assert!(
        account.alerts.automatic_favourites.mine && account.alerts.automatic_favourites.own_entity
    );
    assert_eq!(account.alerts.kinds.mode(Kind::TenderReceived), Mode::Daily);
}
