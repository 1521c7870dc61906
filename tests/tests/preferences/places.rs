//! Places of execution, and the list of all there are.

use std::collections::BTreeSet;

use serde_json::json;
use vigie_tests::World;

use crate::preferences::agent;

#[tokio::test]
async fn places_come_back_as_a_set_in_the_order_of_their_codes() {
    let world = World::new().await;
    let (_, bruno) = agent(&world).await;
    let path = bruno.path("/places");
    let given = json!({"places": ["abroad", "67", "2B", "FR", "987", "01", "2A", "976", "67"]});
    let kept = json!({"places": ["01", "2A", "2B", "67", "976", "987", "FR", "abroad"]});
    assert_eq!(
        world.put(&bruno.login, &path, given).await.expect(200).json,
        kept
    );
    assert_eq!(world.get(&bruno.login, &path).await.expect(200).json, kept);
    // The whole set is put.
    let fewer = json!({"places": ["68"]});
    world
        .put(&bruno.login, &path, fewer.clone())
        .await
        .expect(200);
    assert_eq!(world.get(&bruno.login, &path).await.expect(200).json, fewer);
    world
        .put(&bruno.login, &path, json!({"places": []}))
        .await
        .expect(200);
    assert_eq!(
        world.get(&bruno.login, &path).await.expect(200).json,
        json!({"places": []})
    );
}

#[tokio::test]
async fn every_place_of_the_list_can_be_chosen_at_once() {
    let world = World::new().await;
    let (_, bruno) = agent(&world).await;
    let reference = world
        .request("GET", "/v1/places")
        .send()
        .await
        .expect(200)
        .json;
    let mut codes: Vec<_> = reference["places"]
        .as_array()
        .unwrap()
        .iter()
        .map(|place| place["code"].as_str().unwrap().to_owned())
        .collect();
    bruno
        .put(&world, "/places", json!({"places": codes}))
        .await
        .expect(200);
    codes.sort();
    assert_eq!(
        bruno.get(&world, "/places").await.json["places"],
        json!(codes)
    );
}

#[tokio::test]
async fn an_unknown_place_is_named_by_its_index() {
    let world = World::new().await;
    let (_, bruno) = agent(&world).await;
    let path = bruno.path("/places");
    world
        .put(&bruno.login, &path, json!({"places": ["67"]}))
        .await
        .expect(200);
    let refused = world
        .put(
            &bruno.login,
            &path,
            json!({"places": ["68", "Alsace", "2A", "20", "fr", "1", ""]}),
        )
        .await
        .expect(422);
    assert_eq!(
        refused.fields(),
        [
            "places[1]",
            "places[3]",
            "places[4]",
            "places[5]",
            "places[6]"
        ]
    );
    // A shortcut of the page for 67 and 68, not a place.
    for alsace in ["Alsace", "alsace", "6AE"] {
        assert_eq!(
            world
                .put(&bruno.login, &path, json!({"places": [alsace]}))
                .await
                .expect(422)
                .fields(),
            ["places[0]"]
        );
    }
    for bad in [
        json!({}),
        json!({"places": "67"}),
        json!({"places": [67]}),
        json!({"places": null}),
        json!({"places": [], "map": 1}),
        json!([]),
    ] {
        world
            .put(&bruno.login, &path, bad.clone())
            .await
            .expect(422);
    }
    assert_eq!(
        world.get(&bruno.login, &path).await.json,
        json!({"places": ["67"]})
    );
}

#[tokio::test]
async fn the_reference_list_is_public_and_whole() {
    let world = World::new().await;
    let answer = world.request("GET", "/v1/places").send().await.expect(200);
    let places = answer.json["places"].as_array().unwrap();
    let codes: BTreeSet<_> = places
        .iter()
        .map(|place| place["code"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(codes.len(), places.len(), "a code twice");
    let departments: BTreeSet<String> = (1..=95)
        .filter(|number| *number != 20)
        .map(|number| format!("{number:02}"))
        .chain(["2A", "2B", "971", "972", "973", "974", "976"].map(str::to_owned))
        .collect();
    assert_eq!(departments.len(), 101);
    let collectivities =
        ["975", "977", "978", "984", "986", "987", "988", "989"].map(str::to_owned);
    let beyond = ["FR", "abroad"].map(str::to_owned);
    let expected: BTreeSet<_> = departments
        .into_iter()
        .chain(collectivities)
        .chain(beyond)
        .collect();
    assert_eq!(codes, expected);
    let name = |code: &str| {
        places.iter().find(|place| place["code"] == code).unwrap()["name"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        [name("2A"), name("67"), name("974"), name("987")],
        [
            "Corse-du-Sud",
            "Bas-Rhin",
            "La Réunion",
            "Polynésie française"
        ]
    );
    assert_eq!([name("FR"), name("abroad")], ["France entière", "Étranger"]);
    assert!(
        places
            .iter()
            .all(|place| !place["name"].as_str().unwrap().is_empty())
    );
    let group =
        |code: &str| places.iter().find(|place| place["code"] == code).unwrap()["group"].clone();
    assert_eq!([group("67"), group("2B")], ["Grand Est", "Corse"]);
}
