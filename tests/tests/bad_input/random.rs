//! Anything at all.

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Map, Value};
use vigie_tests::routes::Scene;

use crate::bad_input::{no_failure, places, send, with, with_body};

/// JSON that has much in common with what routes take.
fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "\\PC{0,12}",
        any::<String>(),
        prop::sample::select(vec![
            "immediate",
            "off",
            "administrator",
            "agent",
            "67",
            "2A",
            "EMS",
            "EMS-DEV",
            "LYON",
            "a@b.fr",
            "+33388609090",
            "nobody"
        ])
        .prop_map(str::to_owned),
    ];
    let key = prop_oneof![
        3 => prop::sample::select(vec![
            "token", "places", "kinds", "automaticFavourites", "name", "parentId", "contact", "role", "active", "permanentGuest", "entityId", "firstName",
            "lastName", "email", "phone", "address", "city", "own", "mine", "tenderReceived", "consultationClosed",
        ])
        .prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 40, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..8)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

#[test]
fn no_json_makes_a_route_fail() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let scene = runtime.block_on(Scene::new());
    for (row, body) in with_body(&scene) {
        let spots: Vec<_> = places(&body, "")
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        // Either anything at all, or a valid body with anything at one place in it.
        let bodies = (
            any_json(),
            prop::option::weighted(0.7, prop::sample::select(spots)),
        );
        let mut runner = TestRunner::new(Config {
            cases: 150,
            failure_persistence: None,
            ..Config::default()
        });
        let thrown = runner.run(&bodies, |(json, spot)| {
            let sent = spot.map_or_else(|| json.clone(), |spot| with(&body, &spot, json.clone()));
            let answer = runtime.block_on(send(&scene, &row, &sent.to_string()));
            no_failure(&format!("{} {sent}", row.key()), &answer);
            Ok(())
        });
        thrown.unwrap_or_else(|e| panic!("{}: {e}", row.key()));
    }
}
