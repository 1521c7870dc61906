//! People as the portal names them on a consultation.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use vigie_domain::{
    consultation::{
        Consultation,
        person::{Name, Wait},
        repair::repair,
    },
    contact::email::Email,
    directory::agent::{AgentId, AgentName},
    id::{AccountId, EntityId},
};

fn read(changes: &Value) -> Result<(Consultation, Vec<&'static str>), String> {
    let mut detail =
        json!({"consultationId": "c-1", "revision": 1, "entityId": "e-1", "phase": "drafting"});
    for (name, value) in changes.as_object().unwrap() {
        detail[name] = value.clone();
    }
    let repaired = repair("ConsultationSaved", &detail);
    let fields = repaired.fields;
    let saved = Consultation::from_event(&repaired.detail).map_err(|e| e.to_string())?;
    Ok((saved, fields))
}

fn address(text: &str) -> Name {
    Name::Address(Email::parse(text).unwrap().digest())
}

fn agent(id: &str) -> Name {
    Name::AgentId(AgentId::parse(id).unwrap())
}

fn within(organisation: &str, id: &str) -> Name {
    let root = EntityId::parse(organisation).unwrap();
    Name::Agent(AgentName::new(&root, &AgentId::parse(id).unwrap()))
}

fn account(id: &str) -> AccountId {
    AccountId::parse(id).unwrap()
}

#[test]
fn an_author_is_named_by_account_agent_or_address_and_wins_over_the_account() {
    for (author, known, awaited) in [
        (json!("a-1"), Some("a-1"), None),
        (
            json!({"agentId": "Agt n° 7"}),
            None,
            Some(agent("Agt n° 7")),
        ),
        (
            json!({"agentId": "7", "email": null}),
            None,
            Some(agent("7")),
        ),
        (
            json!({"email": " ZOE@example.fr", "agentId": null, "name": "Zoé"}),
            None,
            Some(address("zoe@example.fr")),
        ),
        (json!({"email": "zoe"}), None, None),
        (json!(null), Some("a-2"), None),
    ] {
        let sent = json!({"author": author, "authorAccountId": "a-2"});
        let (saved, _) = read(&sent).unwrap();
        assert_eq!(saved.author_account_id, known.map(account), "{author}");
        assert_eq!(saved.awaited.author, awaited, "{author}");
    }
    let good = json!({"author": "a-1", "authorAccountId": ["?"]});
    assert!(read(&good).is_ok());
    for none in [
        json!({}),
        json!({"author": null}),
        json!({"authorAccountId": null}),
    ] {
        assert!(read(&none).unwrap_err().contains("author"), "{none}");
    }
}

#[test]
fn who_has_an_unreadable_address_is_left_out_and_counted() {
    let guests =
        json!(["a-1", {"email": "zoe@example.fr"}, {"email": "zoe at example"}, {"agentId": "7"}]);
    let (saved, fields) = read(&json!({"author": "a-1", "guests": guests})).unwrap();
    assert_eq!(saved.guests, [account("a-1")].into());
    assert_eq!(
        saved.awaited.guests,
        [address("zoe@example.fr"), agent("7")].into()
    );
    assert!(fields.contains(&"guests") && !fields.contains(&"author"));
    let (saved, fields) = read(&json!({"author": {"email": 7}, "guests": null})).unwrap();
    assert!(saved.author_account_id.is_none() && saved.awaited.is_empty());
    assert!(fields.contains(&"author") && !fields.contains(&"guests"));
    assert!(read(&json!({"author": "a-1", "guests": [null]})).is_err());
}

#[test]
fn guests_by_account_and_by_name_are_a_thousand_together() {
    let guests = |accounts: usize, names: usize| {
        let accounts = (0..accounts).map(|i| json!(format!("a-{i}")));
        let names = (0..names).map(|i| json!({"agentId": format!("n-{i}")}));
        json!({"author": "a-1", "guests": accounts.chain(names).collect::<Vec<_>>()})
    };
    assert!(read(&guests(500, 500)).is_ok());
    assert!(read(&guests(500, 501)).is_err());
}

#[test]
fn the_canary_names_nobody_and_nobody_names_it() {
    let canary = |author: Value| {
        read(
            &json!({"consultationId": "vigie-canary-1", "entityId": "vigie-canary", "author": author}),
        )
    };
    assert!(canary(json!("vigie-canary")).is_ok());
    assert!(canary(json!({"agentId": "7"})).is_err());
    assert!(read(&json!({"author": "vigie-canary"})).is_err());
}

#[test]
fn names_wait_for_the_entity_first_and_then_each_for_somebody_of_its_organisation() {
    let guests = json!([{"email": "zoe@example.fr"}, {"agentId": "7"}]);
    let (saved, _) = read(&json!({"author": {"agentId": "7"}, "guests": guests})).unwrap();
    let [ems, cus] = ["EMS", "CUS"].map(|root| EntityId::parse(root).unwrap());
    let entity = EntityId::parse("e-1").unwrap();
    assert_eq!(saved.waits(), [Wait::entity(&entity)].into());
    let placed = saved.knowing(&ems, &BTreeMap::new());
    let waits: BTreeSet<_> = [agent("7"), address("zoe@example.fr")]
        .iter()
        .map(|name| Wait::name(name, &ems))
        .collect();
    assert_eq!(placed.waits(), waits);
    assert!(
        saved
            .knowing(&cus, &BTreeMap::new())
            .waits()
            .is_disjoint(&waits)
    );
    assert_eq!(placed.awaited.author, Some(within("EMS", "7")));
    assert_eq!(placed.knowing(&ems, &BTreeMap::new()), placed);
    // Of another organisation nobody is known by it.
    let elsewhere = BTreeMap::from([(within("CUS", "7"), account("a-9"))]);
    assert_eq!(placed.knowing(&ems, &elsewhere), placed);

    let known = BTreeMap::from([(within("EMS", "7"), account("a-7"))]);
    for before in [&saved, &placed] {
        let after = before.knowing(&ems, &known);
        assert_eq!(after.author_account_id, Some(account("a-7")));
        assert_eq!(after.guests, [account("a-7")].into());
        assert_eq!(after.awaited.guests, [address("zoe@example.fr")].into());
        let known = BTreeMap::from([(address("zoe@example.fr"), account("a-8"))]);
        let all = after.knowing(&ems, &known);
        assert!(!all.awaited.has_unknown());
        assert_eq!(all.guests, [account("a-7"), account("a-8")].into());
        assert_eq!(all.author_name(), Some(within("EMS", "7")));
        // An agent's account may become another one; who was found by an address stays.
        assert_eq!(all.waits(), [Wait::name(&agent("7"), &ems)].into());
        let known = BTreeMap::from([
            (within("EMS", "7"), account("a-9")),
            (address("zoe@example.fr"), account("a-1")),
        ]);
        let next = all.knowing(&ems, &known);
        assert_eq!(next.author_account_id, Some(account("a-9")));
        assert_eq!(next.guests, [account("a-8"), account("a-9")].into());
        assert_eq!(next.waits(), all.waits());
        assert_eq!(next.knowing(&ems, &BTreeMap::new()), next);
    }
}

#[test]
fn what_is_waited_for_is_read_back_and_tells_no_address() {
    let ems = EntityId::parse("EMS").unwrap();
    for wait in [
        Wait::entity(&ems),
        Wait::name(&agent("Agt n° 7"), &ems),
        Wait::name(&address("zoe@example.fr"), &ems),
    ] {
        assert_eq!(Wait::try_from(wait.as_str().to_owned()), Ok(wait.clone()));
        assert!(!wait.as_str().contains("zoe") && !wait.as_str().contains('°'));
    }
    for none in ["", "entity", "entity#", "entity#a#b", "other#a", "agent#é"] {
        assert!(Wait::try_from(none.to_owned()).is_err(), "{none}");
    }
}
