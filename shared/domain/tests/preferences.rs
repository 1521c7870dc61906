//! Choices of an agent, as the contract writes them.

use proptest::prelude::*;
use serde_json::{Value, json};
use vigie_domain::account::{
    preferences::{Alerts, AutomaticFavourites, Kind, Mode, Rule},
    rights::PermanentGuest,
};

fn standard() -> Value {
    json!({
        "kinds": {
            "tenderReceived": "off",
            "consultationClosed": "off",
            "messageReceived": "off",
            "questionReceived": "off",
            "noticePublished": "off",
            "noticeRejected": "off",
            "approvalRequested": "off",
        },
        "automaticFavourites": {"mine": true, "ownEntity": false, "dependentEntities": false, "transverseEntities": false},
    })
}

fn read(alerts: Value) -> Result<Alerts, serde_json::Error> {
    serde_json::from_value(alerts)
}

#[test]
fn a_new_account_has_all_kinds_off_and_only_the_rule_mine_on() {
    assert_eq!(serde_json::to_value(Alerts::default()).unwrap(), standard());
}

#[test]
fn the_whole_object_is_needed() {
    for kind in Kind::ALL {
        let mut without = standard();
        without["kinds"]
            .as_object_mut()
            .unwrap()
            .remove(kind.as_str())
            .unwrap();
        assert!(read(without).is_err(), "{}", kind.as_str());
    }
    for rule in [
        Rule::Mine,
        Rule::OwnEntity,
        Rule::DependentEntities,
        Rule::TransverseEntities,
    ] {
        let mut without = standard();
        without["automaticFavourites"]
            .as_object_mut()
            .unwrap()
            .remove(rule.as_str())
            .unwrap();
        assert!(read(without).is_err(), "{}", rule.as_str());
    }
    for half in ["kinds", "automaticFavourites"] {
        let mut without = standard();
        without.as_object_mut().unwrap().remove(half).unwrap();
        assert!(read(without).is_err(), "{half}");
    }
}

#[test]
fn nothing_unknown_is_taken() {
    for (place, name, value) in [
        ("/kinds", "tenderOpened", json!("off")),
        ("/kinds", "tenderReceived", json!("weekly")),
        ("/kinds", "tenderReceived", json!(true)),
        ("/kinds", "tenderReceived", Value::Null),
        ("/automaticFavourites", "everybody", json!(true)),
        ("/automaticFavourites", "mine", json!("yes")),
        ("", "absence", json!(null)),
    ] {
        let mut with = standard();
        with.pointer_mut(place).unwrap()[name] = value;
        assert!(read(with).is_err(), "{place}/{name}");
    }
}

#[test]
fn every_kind_but_the_closing_digest_can_be_daily() {
    for kind in Kind::ALL {
        let mut daily = standard();
        daily["kinds"][kind.as_str()] = json!("daily");
        assert_eq!(
            read(daily).is_ok(),
            kind != Kind::ConsultationClosed,
            "{}",
            kind.as_str()
        );
    }
}

#[test]
fn what_was_stored_when_there_were_other_kinds_reads_as_off_for_those_it_lacks() {
    let mut stored = standard();
    stored["kinds"]
        .as_object_mut()
        .unwrap()
        .remove("tenderReceived");
    stored["kinds"]["questionReceived"] = json!("daily");
    stored["kinds"]["ofANewerVersion"] = json!("immediate");
    let alerts = vigie_domain::account::preferences::stored(&stored).unwrap();
    assert_eq!(alerts.kinds.mode(Kind::TenderReceived), Mode::Off);
    assert_eq!(alerts.kinds.mode(Kind::QuestionReceived), Mode::Daily);
}

proptest! {
    #[test]
    fn a_choice_reads_as_it_was_written(on in prop::array::uniform7(any::<bool>()), rules in prop::array::uniform4(any::<bool>())) {
        let mut alerts = Alerts::default();
        for (kind, on) in Kind::ALL.into_iter().zip(on) {
            alerts.kinds.set(kind, if on { Mode::Immediate } else { Mode::Off });
        }
        let [mine, own_entity, dependent_entities, transverse_entities] = rules;
        alerts.automatic_favourites = AutomaticFavourites { mine, own_entity, dependent_entities, transverse_entities };
        let read: Alerts = serde_json::from_value(serde_json::to_value(&alerts).unwrap()).unwrap();
        prop_assert_eq!(&read, &alerts);
        for (kind, on) in Kind::ALL.into_iter().zip(on) {
            prop_assert_eq!(read.kinds.mode(kind) == Mode::Immediate, on);
        }
    }

    #[test]
    fn exactly_the_rules_without_their_right_are_named(rules in prop::array::uniform4(any::<bool>()), rights in prop::array::uniform3(any::<bool>())) {
        let [mine, own_entity, dependent_entities, transverse_entities] = rules;
        let [own, dependent, transverse] = rights;
        let chosen = AutomaticFavourites { mine, own_entity, dependent_entities, transverse_entities };
        let refused = chosen.without_right(PermanentGuest { own, dependent, transverse });
        for (name, on, right) in [
            ("mine", mine, true),
            ("ownEntity", own_entity, own),
            ("dependentEntities", dependent_entities, dependent),
            ("transverseEntities", transverse_entities, transverse),
        ] {
            prop_assert_eq!(refused.contains(&name), on && !right, "{}", name);
        }
    }
}
