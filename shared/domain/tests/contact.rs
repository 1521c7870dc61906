//! Contact details and the laws of their merge patch (RFC 7396).

use proptest::prelude::*;
use serde_json::{Value, json};
use vigie_domain::contact::{Contact, FieldError, merge};

fn full() -> Value {
    json!({
        "civility": "Mme", "firstName": "Zoé", "lastName": "Durand", "jobTitle": "Acheteuse", "email": "zoe@mairie.fr",
        "phone": "+33123456789", "fax": null,
        "address": { "street": "1 rue de la Paix", "postalCode": "67000", "city": "Strasbourg", "country": null },
    })
}

fn contact(value: &Value) -> Contact {
    Contact::from_json(value).unwrap()
}

fn json(contact: &Contact) -> Value {
    serde_json::to_value(contact).unwrap()
}

fn fields(errors: &[FieldError]) -> Vec<&str> {
    errors.iter().map(|error| error.field.as_str()).collect()
}

fn refused(patch: &Value) -> Vec<FieldError> {
    merge(&contact(&full()), patch).unwrap_err()
}

#[test]
fn every_key_is_always_written() {
    let least =
        contact(&json!({ "firstName": "Zoé", "lastName": "Durand", "email": "Zoe@Mairie.FR" }));
    assert_eq!(
        serde_json::to_string(&least).unwrap(),
        r#"{"civility":null,"firstName":"Zoé","lastName":"Durand","jobTitle":null,"email":"zoe@mairie.fr","phone":null,"fax":null,"address":null}"#
    );
    assert_eq!(json(&contact(&full())), full());
}

#[test]
fn who_has_no_address_may_leave_it_at_that_and_nobody_takes_one_away() {
    let without = Contact {
        email: None,
        ..contact(&full())
    };
    let same = without.clone();
    assert_eq!(merge(&same, &json!({})).unwrap(), without);
    assert_eq!(merge(&same, &json!({ "email": null })).unwrap(), without);
    let given = merge(&without, &json!({ "email": "Zoe@Mairie.fr" })).unwrap();
    assert_eq!(given, contact(&full()));
    let bad = merge(&without, &json!({ "email": "zoe" })).unwrap_err();
    assert_eq!(fields(&bad), ["email"]);
    assert_eq!(fields(&refused(&json!({ "email": null }))), ["email"]);
    let mut new = full();
    new["email"] = Value::Null;
    assert_eq!(fields(&Contact::from_json(&new).unwrap_err()), ["email"]);
}

#[test]
fn a_stored_address_is_there_or_null_and_never_forgotten() {
    let mut stored = full();
    stored["email"] = Value::Null;
    let read = serde_json::from_value::<Contact>(stored.clone()).unwrap();
    assert_eq!((read.email.as_ref(), json(&read)), (None, stored.clone()));
    stored.as_object_mut().unwrap().remove("email");
    assert!(serde_json::from_value::<Contact>(stored).is_err());
}

#[test]
fn what_was_stored_is_read_back() {
    let stored = contact(&full());
    assert_eq!(
        serde_json::from_value::<Contact>(json(&stored)).unwrap(),
        stored
    );
    // Of a newer release; as input it is refused.
    let newer = json!({ "firstName": "Z", "lastName": "D", "email": "z@d.fr", "x": 1 });
    assert_eq!(
        serde_json::from_value::<Contact>(newer.clone())
            .unwrap()
            .last_name
            .as_str(),
        "D"
    );
    assert!(Contact::from_json(&newer).is_err());
}

#[test]
fn a_patch_changes_what_it_names_and_normalises_it() {
    let patched = merge(
        &contact(&full()),
        &json!({ "email": " ZOE@ville.fr", "phone": "06 12 34 56 78", "civility": null, "address": { "city": "Paris", "street": null } }),
    );
    let mut expected = full();
    expected["email"] = "zoe@ville.fr".into();
    expected["phone"] = "+33612345678".into();
    expected["civility"] = Value::Null;
    expected["address"] =
        json!({ "street": null, "postalCode": "67000", "city": "Paris", "country": null });
    assert_eq!(json(&patched.unwrap()), expected);
}

#[test]
fn an_address_of_which_nothing_is_left_is_gone() {
    let patch = json!({ "address": { "street": null, "postalCode": null, "city": null } });
    let without = merge(&contact(&full()), &patch).unwrap();
    assert_eq!(without.address, None);
    assert_eq!(
        merge(&contact(&full()), &json!({ "address": null })).unwrap(),
        without
    );
    assert_eq!(merge(&without, &json!({ "address": {} })).unwrap(), without);
    let again = merge(&without, &json!({ "address": { "city": "Metz" } })).unwrap();
    assert_eq!(
        json(&again)["address"],
        json!({ "street": null, "postalCode": null, "city": "Metz", "country": null })
    );
}

#[test]
fn all_errors_come_at_once() {
    let errors = refused(&json!({
        "civility": 1, "firstName": "", "lastName": null, "jobTitle": "x".repeat(201), "email": "zoé@x.fr", "phone": "12", "fax": {},
        "address": { "street": "a\nb", "postalCode": [], "town": null, "country": true }, "id": null, "role": "administrator",
    }));
    let mut named = fields(&errors);
    named.sort_unstable();
    assert_eq!(
        named,
        [
            "address.country",
            "address.postalCode",
            "address.street",
            "address.town",
            "civility",
            "email",
            "fax",
            "firstName",
            "id",
            "jobTitle",
            "lastName",
            "phone",
            "role",
        ]
    );
    assert!(errors.iter().all(|error| !error.reason.is_empty()));
}

#[test]
fn required_fields_cannot_be_removed() {
    for field in ["firstName", "lastName", "email"] {
        assert_eq!(
            refused(&json!({ field: null })),
            [FieldError::new(field, "is required")]
        );
    }
}

#[test]
fn required_fields_cannot_be_missing() {
    assert_eq!(
        fields(&Contact::from_json(&json!({})).unwrap_err()),
        ["firstName", "lastName", "email"]
    );
}

#[test]
fn unknown_fields_are_named_even_when_null_or_nested() {
    assert_eq!(
        fields(&refused(&json!({ "emailStatus": null }))),
        ["emailStatus"]
    );
    assert_eq!(
        fields(&refused(&json!({ "address": { "zip": null } }))),
        ["address.zip"]
    );
    assert_eq!(
        fields(
            &Contact::from_json(
                &json!({ "firstName": "Z", "lastName": "D", "email": "z@d.fr", "version": null })
            )
            .unwrap_err()
        ),
        ["version"]
    );
}

#[test]
fn a_body_that_is_no_object_is_refused_as_a_whole() {
    for body in [json!(null), json!([]), json!("x"), json!(1), json!(true)] {
        assert_eq!(refused(&body), [FieldError::new("", "must be an object")]);
        assert_eq!(
            Contact::from_json(&body).unwrap_err(),
            [FieldError::new("", "must be an object")]
        );
    }
    assert_eq!(
        refused(&json!({ "address": "1 rue de la Paix" })),
        [FieldError::new("address", "must be an object or null")]
    );
}

#[test]
fn a_stored_field_that_new_rules_would_refuse_does_not_block_other_changes() {
    let mut stored = full();
    stored["phone"] = "+33000000000".into();
    let stored: Contact = serde_json::from_value(stored).unwrap();
    let changed = merge(&stored, &json!({ "jobTitle": "Directrice" })).unwrap();
    assert_eq!(changed.phone, stored.phone);
    assert!(merge(&contact(&full()), &json!({ "phone": "+33000000000" })).is_err());
}

#[test]
fn debug_output_hides_the_details() {
    let shown = format!("{:?} {:?}", contact(&full()), contact(&full()).address);
    assert!(
        !shown.contains("Durand") && !shown.contains("Paix"),
        "{shown}"
    );
}

/// Spreadsheets take the zero of a number off.
#[test]
fn a_french_postal_code_has_its_zero() {
    let code = |country: Value, code: &str| {
        let address = json!({ "postalCode": code, "country": country });
        let read = contact(
            &json!({ "firstName": "Z", "lastName": "D", "email": "z@d.fr", "address": address }),
        );
        json(&read)["address"]["postalCode"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    for country in [
        Value::Null,
        json!("France"),
        json!("FRANCE"),
        json!(" france "),
        json!("FR"),
        json!("fra"),
        json!("F"),
        json!("France métropolitaine"),
        json!("FRANCE METROPOLITAINE"),
        json!("France (métropole)"),
        json!("République française"),
        json!("REPUBLIQUE FRANCAISE"),
        json!("La France"),
        json!("France."),
        json!("\u{a0}France\u{a0}"),
    ] {
        assert_eq!(code(country.clone(), "1000"), "01000", "{country}");
        assert_eq!(code(country.clone(), " 9100 "), "09100", "{country}");
    }
    for (country, same) in [
        (json!("Belgique"), "1000"),
        (json!("Suisse"), "1201"),
        (json!("Luxembourg"), "1009"),
        (json!("Île-de-France, Maurice"), "1000"),
        (json!("Francfort"), "6000"),
        (json!("République"), "1000"),
        (json!("Fr. Polynesien"), "1000"),
        (json!("?"), "1000"),
        (Value::Null, "01000"),
        (Value::Null, "67000"),
        (Value::Null, "100"),
        (Value::Null, "0100"),
        (Value::Null, "L-1009"),
        (Value::Null, "B100"),
    ] {
        assert_eq!(code(country.clone(), same), same, "{country}");
    }
    // Judged with its country, and not again where neither changes.
    let belgian = merge(
        &contact(&full()),
        &json!({ "address": { "postalCode": "1000", "country": "Belgique" } }),
    )
    .unwrap();
    assert_eq!(json(&belgian)["address"]["postalCode"], "1000");
    let french = merge(&belgian, &json!({ "address": { "country": null } })).unwrap();
    assert_eq!(json(&french)["address"]["postalCode"], "01000");
    let mut stored = full();
    stored["address"]["postalCode"] = "1000".into();
    let moved = merge(
        &serde_json::from_value(stored).unwrap(),
        &json!({ "address": { "street": "2 rue" } }),
    )
    .unwrap();
    assert_eq!(json(&moved)["address"]["postalCode"], "1000");
}

fn text() -> impl Strategy<Value = Value> {
    "[A-Za-zéè' -]{0,6}[A-Za-z]".prop_map(Value::from)
}

/// A value for an optional field, or none.
fn maybe(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop_oneof![value, Just(Value::Null)]
}

fn some_address() -> impl Strategy<Value = Value> {
    (maybe(text()), maybe(text()), maybe(text()), maybe(text()))
        .prop_map(|(street, code, city, country)| json!({ "street": street, "postalCode": code, "city": city, "country": country }))
}

fn phone() -> impl Strategy<Value = Value> {
    "06[1278][0-9]{7}|\\+3314[0-9]{7}".prop_map(Value::from)
}

fn email() -> impl Strategy<Value = Value> {
    "[A-Za-z0-9]{1,8}@[a-z]{1,8}\\.(fr|FR)".prop_map(Value::from)
}

fn some_contact() -> impl Strategy<Value = Contact> {
    ((maybe(text()), text(), text(), maybe(text())), (email(), maybe(phone()), maybe(phone()), maybe(some_address()))).prop_map(
        |((civility, first, last, job), (email, phone, fax, address))| {
            contact(&json!({
                "civility": civility, "firstName": first, "lastName": last, "jobTitle": job, "email": email, "phone": phone, "fax": fax,
                "address": address,
            }))
        },
    )
}

/// A patch that is accepted: any choice of fields.
fn good_patch() -> impl Strategy<Value = Value> {
    let chosen = prop::collection::vec(any::<bool>(), 12);
    (some_contact(), chosen).prop_map(|(contact, chosen)| {
        let mut patch = json(&contact);
        let mut chosen = chosen.into_iter();
        if let Some(address) = patch["address"].as_object_mut() {
            address.retain(|_, _| chosen.next().unwrap());
        }
        patch
            .as_object_mut()
            .unwrap()
            .retain(|_, _| chosen.next().unwrap());
        patch
    })
}

/// Any JSON, often with the keys of a contact.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        text(),
        email(),
        phone(),
    ];
    let key = "civility|firstName|lastName|jobTitle|email|phone|fax|address|street|postalCode|city|country|.{0,5}";
    leaf.prop_recursive(3, 24, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(key, inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn the_empty_patch_changes_nothing(contact in some_contact()) {
        prop_assert_eq!(merge(&contact, &json!({})), Ok(contact));
    }

    #[test]
    fn the_patch_of_its_own_json_changes_nothing(contact in some_contact()) {
        prop_assert_eq!(merge(&contact, &json(&contact)), Ok(contact));
    }

    #[test]
    fn patching_twice_is_patching_once(contact in some_contact(), patch in good_patch()) {
        let once = merge(&contact, &patch).unwrap();
        prop_assert_eq!(merge(&once, &patch), Ok(once));
    }

    #[test]
    fn the_whole_json_of_another_makes_it_the_other(contact in some_contact(), other in some_contact()) {
        prop_assert_eq!(merge(&contact, &json(&other)), Ok(other));
    }

    #[test]
    fn what_a_patch_does_not_name_stays(contact in some_contact(), patch in good_patch()) {
        let merged = json(&merge(&contact, &patch).unwrap());
        for (key, value) in json(&contact).as_object().unwrap() {
            match patch.get(key) {
                None => prop_assert_eq!(&merged[key], value),
                Some(Value::Null) => prop_assert!(merged[key].is_null()),
                Some(_) => {}
            }
        }
    }

    #[test]
    fn null_removes(contact in some_contact(), key in "civility|jobTitle|phone|fax|address") {
        let without = merge(&contact, &json!({ &key: null })).unwrap();
        prop_assert_eq!(&json(&without)[&key], &Value::Null);
    }

    #[test]
    fn any_json_is_merged_or_refused_with_a_reason(contact in some_contact(), patch in any_json()) {
        match merge(&contact, &patch) {
            Ok(merged) => prop_assert_eq!(Contact::from_json(&json(&merged)), Ok(merged)),
            Err(errors) => prop_assert!(!errors.is_empty()),
        }
        if let Err(errors) = Contact::from_json(&patch) {
            prop_assert!(!errors.is_empty());
        }
    }
}
