//! Events that cannot be read: each is told its field, by the code of the function behind its
//! queue.

use std::{collections::BTreeMap, fs};

use serde_json::{Value, json};
use vigie_domain::event::portal;
use vigie_tests::{
    World,
    scenario::{saved, tender},
};

use crate::intake::{event, refusal, sent};

fn json_of(path: &str) -> Value {
    let path = format!("{}/../events/{path}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&fs::read_to_string(&path).unwrap_or_else(|_| panic!("{path}"))).unwrap()
}

/// A right detail of each type.
fn samples() -> BTreeMap<String, Value> {
    let mut samples = BTreeMap::new();
    for entry in fs::read_dir(format!("{}/../events/bus", env!("CARGO_MANIFEST_DIR"))).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let read: Value = serde_json::from_str(&text).unwrap();
        let events = read.as_array().cloned().unwrap_or_else(|| vec![read]);
        for event in events
            .into_iter()
            .filter(|event| event["source"] == "procurement")
        {
            let detail_type = event["detail-type"].as_str().unwrap().to_owned();
            samples
                .entry(detail_type)
                .or_insert_with(|| event["detail"].clone());
        }
    }
    samples
}

/// Values of every JSON type, and some of the right type that are too long or of another form.
fn wrong() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(7),
        json!(-1),
        json!(1.5),
        json!(1e300),
        json!(""),
        json!("a#b"),
        json!("x".repeat(300)),
        json!("2026-11-24"),
        json!([]),
        json!([[]]),
        json!({}),
        json!({"a": {"b": []}}),
    ]
}

/// Each field of each schema missing, and with each wrong value; the names of what must be told.
fn generated() -> Vec<(String, Value, Option<String>, bool)> {
    let mut all = Vec::new();
    for detail_type in portal::types() {
        let schema = json_of(&format!("schemas/{detail_type}"));
        let good = samples()
            .remove(detail_type)
            .unwrap_or_else(|| panic!("no sample of {detail_type}"));
        let required: Vec<_> = schema["required"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap())
            .collect();
        for field in schema["properties"].as_object().unwrap().keys() {
            let mut without = good.clone();
            without.as_object_mut().unwrap().remove(field);
            // What is only shown may be missing, whatever the schema asks for.
            let is_told = required.contains(&field.as_str())
                && !["name", "organisation"].contains(&field.as_str());
            all.push((
                detail_type.to_owned(),
                without,
                Some(field.clone()),
                is_told,
            ));
            for value in wrong() {
                let mut bad = good.clone();
                bad[field] = value;
                all.push((detail_type.to_owned(), bad, Some(field.clone()), false));
            }
        }
        for detail in wrong() {
            all.push((detail_type.to_owned(), detail, None, false));
        }
    }
    all
}

#[tokio::test]
async fn a_wrong_event_is_told_its_field_and_what_is_taken_can_be_read() {
    let world = World::new().await;
    let all = generated();
    assert!(all.len() > 1000, "{}", all.len());
    for some in all.chunks(20) {
        let events: Vec<_> = some
            .iter()
            .map(|(detail_type, detail, ..)| event(detail_type, detail))
            .collect();
        let answer = sent(&world, &crate::intake::portal(), &events)
            .await
            .expect(200);
        for ((detail_type, detail, field, must), item) in
            some.iter().zip(answer.json["items"].as_array().unwrap())
        {
            let accepted = item["accepted"] == true;
            let readable = detail.is_object() && portal::read(detail_type, detail).unwrap().is_ok();
            assert_eq!(accepted, readable, "{detail_type} {detail} {item}");
            assert!(!(accepted && *must), "{detail_type} {detail}");
            if accepted {
                continue;
            }
            let told = item["errors"][0]["field"].as_str().unwrap();
            let reason = item["errors"][0]["reason"].as_str().unwrap();
            let at = |field: &str| {
                told == field
                    || told.starts_with(&format!("{field}."))
                    || told.starts_with(&format!("{field}["))
            };
            match field {
                // Where there is neither, the older of its two names is asked for, or the newer.
                Some(field) if field == "author" => assert!(at(field) || at("authorAccountId")),
                Some(field) => assert!(at(field), "{detail_type}.{field}: {item} {detail}"),
                None => assert!(
                    detail.is_object() || told == "detail",
                    "{detail_type}: {item} {detail}"
                ),
            }
            assert!(
                !reason.is_empty() && reason.chars().count() <= 300 && !reason.contains("expected"),
                "{reason}"
            );
            assert!(
                !["cannot be read", "is invalid"].contains(&reason),
                "{detail_type}.{told}: {reason} is no cure"
            );
        }
    }
}

/// Some that somebody wrote by hand, and the cure as a person would say it.
#[tokio::test]
async fn each_refusal_says_how_it_is_mended() {
    let world = World::new().await;
    let with = |mut detail: Value, field: &str, value: Value| {
        detail[field] = value;
        detail
    };
    let consultation = || saved("c-1", 1, "EMS", "a-1", "drafting", &[]);
    let entity = || json!({"organisationId": "EMS", "entityId": "EMS-DSI", "revision": 1, "name": "DSI", "parentId": "EMS"});
    let agent = || json!({"organisationId": "EMS", "agentId": "A-77", "revision": 1, "entityId": "EMS-DSI", "role": "agent"});
    let organisation = |email: &str| json!({"organisation": "EMS", "entityId": "EMS", "name": "EMS", "administrator": {"firstName": "Ada", "lastName": "Adam", "email": email}});
    let without_deposit = {
        let mut detail = tender("c-1", "d-1");
        detail.as_object_mut().unwrap().remove("depositId");
        detail
    };
    let moment = "must be a date and time with its offset, such as 2026-11-24T09:00:00+01:00";
    let id = "an identifier is 1 to 128 letters, digits, dots, underscores or hyphens";
    let number = "must be a whole number, from 1 on";
    for (detail_type, detail, field, reason) in [
        (
            "TenderReceived",
            without_deposit,
            "depositId",
            "is required",
        ),
        (
            "TenderReceived",
            with(
                tender("c-1", "d-1"),
                "receivedAt",
                json!("2026-11-24T09:00:00"),
            ),
            "receivedAt",
            moment,
        ),
        (
            "TenderReceived",
            with(tender("c-1", "d-1"), "receivedAt", json!(1_795_507_200)),
            "receivedAt",
            moment,
        ),
        (
            "TenderReceived",
            with(tender("c-1", "d-1"), "channel", json!("online")),
            "channel",
            "must be one of electronic, paper",
        ),
        (
            "TenderReceived",
            with(tender("c-1", "d-1"), "depositId", json!(7001)),
            "depositId",
            "must be a string",
        ),
        (
            "TenderReceived",
            with(tender("c-1", "d-1"), "consultationId", json!("2026/17")),
            "consultationId",
            id,
        ),
        (
            "ConsultationSaved",
            with(consultation(), "phase", json!("published")),
            "phase",
            "must be one of drafting, consultation, opening, decision, archived, cancelled",
        ),
        (
            "ConsultationSaved",
            with(consultation(), "revision", json!("3")),
            "revision",
            number,
        ),
        (
            "ConsultationSaved",
            with(consultation(), "revision", json!(0)),
            "revision",
            number,
        ),
        (
            "ConsultationSaved",
            with(
                consultation(),
                "submissionDeadline",
                json!("01/02/2027 12:00"),
            ),
            "submissionDeadline",
            moment,
        ),
        (
            "ConsultationSaved",
            with(consultation(), "guests", json!(["a-1", "b 2"])),
            "guests[1]",
            id,
        ),
        (
            "ConsultationSaved",
            with(consultation(), "guests", json!("a-1")),
            "guests",
            "must be an array",
        ),
        (
            "ConsultationSaved",
            with(consultation(), "consultationId", json!("vigie-canary-1")),
            "consultationId",
            "what is named after Vigie's canary is Vigie's own",
        ),
        (
            "EntitySaved",
            with(entity(), "parentId", json!(null)),
            "parentId",
            "is required: only the root of an organisation has none",
        ),
        (
            "EntitySaved",
            with(entity(), "entityId", json!("EMS")),
            "entityId",
            "entity-root: the root of an organisation comes by OrganisationProvisioned",
        ),
        (
            "AgentSaved",
            with(agent(), "agentId", json!(1017)),
            "agentId",
            "must be a string",
        ),
        (
            "AgentSaved",
            with(agent(), "agentId", json!("")),
            "agentId",
            "an agent's id is a text of 1 to 128 characters",
        ),
        (
            "AgentSaved",
            with(agent(), "role", json!("buyer")),
            "role",
            "must be one of agent, administrator",
        ),
        (
            "AgentSaved",
            with(agent(), "role", json!(["agent"])),
            "role",
            "must be a string",
        ),
        (
            "AgentSaved",
            with(agent(), "active", json!("yes")),
            "active",
            "must be true or false",
        ),
        (
            "AgentSaved",
            with(agent(), "invite", json!(1)),
            "invite",
            "must be true or false",
        ),
        (
            "AgentSaved",
            with(agent(), "permanentGuest", json!({"own": "yes"})),
            "permanentGuest.own",
            "must be true or false",
        ),
        (
            "AgentSaved",
            with(agent(), "entityId", json!("DSI 2")),
            "entityId",
            id,
        ),
        (
            "AgentSaved",
            with(agent(), "organisationId", json!(null)),
            "organisationId",
            "is required",
        ),
        (
            "AgentSaved",
            with(agent(), "revision", json!("3")),
            "revision",
            number,
        ),
        (
            "AgentLeft",
            with(agent(), "leftOn", json!(null)),
            "leftOn",
            "is required",
        ),
        (
            "AgentLeft",
            with(agent(), "leftOn", json!("24/11/2026")),
            "leftOn",
            "must be a day, such as 2026-11-24",
        ),
        (
            "AgentLeft",
            with(agent(), "leftOn", json!(20_261_124)),
            "leftOn",
            "must be a string",
        ),
        (
            "TenderReceived",
            tender("vigie-canary-1", "d-1"),
            "consultationId",
            "is Vigie's own: choose another",
        ),
        (
            "OrganisationProvisioned",
            json!({"entityId": "EMS"}),
            "administrator",
            "is required",
        ),
        (
            "OrganisationProvisioned",
            with(organisation("a@b.fr"), "entityId", json!("vigie-canary")),
            "entityId",
            "is Vigie's own: choose another",
        ),
    ] {
        let told = refusal(
            &world,
            &crate::intake::portal(),
            event(detail_type, &detail),
        )
        .await;
        assert_eq!(
            told,
            (field.to_owned(), reason.to_owned()),
            "{detail_type} {detail}"
        );
    }
    let (field, _) = refusal(
        &world,
        &crate::intake::portal(),
        event("OrganisationProvisioned", &organisation("ada")),
    )
    .await;
    assert_eq!(field, "administrator.email");
    let (field, reason) = refusal(
        &world,
        &crate::intake::portal(),
        event("TenderRecieved", &tender("c-1", "d-1")),
    )
    .await;
    assert_eq!(field, "type");
    assert!(
        reason.starts_with("must be one of ConsultationSaved, TenderReceived, "),
        "{reason}"
    );
}
