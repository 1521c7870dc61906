//! Kinds of alert and rules of automatic favourites.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vigie_tests::{
    World,
    scenario::{alerts, tender},
};

use crate::preferences::{agent, chosen};

const KINDS: [&str; 7] = [
    "tenderReceived",
    "consultationClosed",
    "messageReceived",
    "questionReceived",
    "noticePublished",
    "noticeRejected",
    "approvalRequested",
];

#[tokio::test]
async fn a_new_account_has_all_alerts_off_and_the_rule_mine_on() {
    let world = World::new().await;
    let (_, bruno) = agent(&world).await;
    assert_eq!(chosen(&world, &bruno).await, alerts("off"));
    assert_eq!(
        chosen(&world, &bruno).await["automaticFavourites"]["mine"],
        true
    );
    assert_eq!(
        bruno.get(&world, "/places").await.expect(200).json,
        json!({"places": []})
    );
}

#[tokio::test]
async fn each_kind_is_switched_by_itself_and_nobody_elses() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    for kind in KINDS {
        let mut wanted = alerts("off");
        wanted["kinds"][kind] = json!("immediate");
        let answer = bruno
            .put(&world, "/alerts", wanted.clone())
            .await
            .expect(200);
        assert_eq!(answer.json, wanted);
        assert_eq!(chosen(&world, &bruno).await, wanted, "{kind}");
    }
    assert_eq!(chosen(&world, &ada).await, alerts("off"));
}

#[tokio::test]
async fn the_whole_object_is_put() {
    let world = World::new().await;
    let (_, bruno) = agent(&world).await;
    let path = bruno.path("/alerts");
    for kind in KINDS {
        let mut partial = alerts("immediate");
        partial["kinds"].as_object_mut().unwrap().remove(kind);
        assert_eq!(
            world
                .put(&bruno.login, &path, partial)
                .await
                .expect(422)
                .fields(),
            ["kinds"],
            "{kind}"
        );
    }
    for (half, rest) in [
        ("kinds", "automaticFavourites"),
        ("automaticFavourites", "kinds"),
    ] {
        let partial = json!({rest: alerts("immediate")[rest]});
        assert!(
            world
                .put(&bruno.login, &path, partial)
                .await
                .expect(422)
                .text
                .contains(half)
        );
    }
    for rule in [
        "mine",
        "ownEntity",
        "dependentEntities",
        "transverseEntities",
    ] {
        let mut partial = alerts("immediate");
        partial["automaticFavourites"]
            .as_object_mut()
            .unwrap()
            .remove(rule);
        assert!(
            world
                .put(&bruno.login, &path, partial)
                .await
                .expect(422)
                .text
                .contains(rule)
        );
    }
    assert_eq!(chosen(&world, &bruno).await, alerts("off"));
}

#[tokio::test]
async fn bad_choices_name_their_field() {
    let world = World::new().await;
    let (_, bruno) = agent(&world).await;
    for (place, name, value, field) in [
        // Its digest is one already.
        (
            "/kinds",
            "consultationClosed",
            json!("daily"),
            "kinds.consultationClosed",
        ),
        (
            "/kinds",
            "noticeRejected",
            json!("weekly"),
            "kinds.noticeRejected",
        ),
        (
            "/kinds",
            "noticeRejected",
            json!(null),
            "kinds.noticeRejected",
        ),
        (
            "/automaticFavourites",
            "mine",
            json!("yes"),
            "automaticFavourites.mine",
        ),
        (
            "/automaticFavourites",
            "everybody",
            json!(true),
            "automaticFavourites.everybody",
        ),
        ("", "absence", json!(null), "absence"),
    ] {
        let mut wanted = alerts("immediate");
        wanted.pointer_mut(place).unwrap()[name] = value.clone();
        let refused = bruno.put(&world, "/alerts", wanted).await.expect(422);
        assert_eq!(
            refused.fields(),
            [field],
            "{name}: {value}: {}",
            refused.text
        );
    }
    let mut wanted = alerts("immediate");
    wanted["kinds"]["tenderOpened"] = json!("immediate");
    bruno.put(&world, "/alerts", wanted).await.expect(422);
    assert_eq!(chosen(&world, &bruno).await, alerts("off"));
}

#[tokio::test]
async fn a_rule_needs_its_right() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    let path = bruno.path("/alerts");
    let with = |rules: &[&str]| {
        let mut wanted = alerts("off");
        for rule in rules {
            wanted["automaticFavourites"][*rule] = json!(true);
        }
        wanted
    };
    let pairs = [
        ("own", "ownEntity"),
        ("dependent", "dependentEntities"),
        ("transverse", "transverseEntities"),
    ];
    for (right, rule) in pairs {
        let refused = world
            .put(&bruno.login, &path, with(&[rule]))
            .await
            .expect(422);
        assert_eq!(
            (refused.problem(), refused.fields()),
            (
                "not-permanent-guest",
                vec![format!("automaticFavourites.{rule}").as_str()]
            )
        );
        // Another right does not help.
        let mut others = json!({"own": true, "dependent": true, "transverse": true});
        others[right] = json!(false);
        world.rights(&ada, "EMS-DSI", &bruno.id, others).await;
        world
            .put(&bruno.login, &path, with(&[rule]))
            .await
            .refused(422, "not-permanent-guest");
        let mut only = json!({"own": false, "dependent": false, "transverse": false});
        only[right] = json!(true);
        world.rights(&ada, "EMS-DSI", &bruno.id, only).await;
        assert_eq!(
            world
                .put(&bruno.login, &path, with(&[rule]))
                .await
                .expect(200)
                .json,
            with(&[rule])
        );
        world.put(&bruno.login, &path, with(&[])).await.expect(200);
        world
            .rights(&ada, "EMS-DSI", &bruno.id, json!({right: false}))
            .await;
    }
    let all = with(&["ownEntity", "dependentEntities", "transverseEntities"]);
    world
        .rights(&ada, "EMS-DSI", &bruno.id, json!({"dependent": true}))
        .await;
    let refused = world.put(&bruno.login, &path, all).await.expect(422);
    assert_eq!(
        refused.fields(),
        [
            "automaticFavourites.ownEntity",
            "automaticFavourites.transverseEntities"
        ]
    );
    // An administrator is no permanent guest by office.
    ada.put(&world, "/alerts", with(&["ownEntity"]))
        .await
        .refused(422, "not-permanent-guest");
}

#[tokio::test]
async fn a_rule_whose_right_is_gone_stays_on_without_effect_and_works_again_with_it() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    let mut wanted = alerts("off");
    wanted["automaticFavourites"]["ownEntity"] = json!(true);
    world
        .rights(&ada, "EMS-DSI", &bruno.id, json!({"own": true}))
        .await;
    bruno
        .put(&world, "/alerts", wanted.clone())
        .await
        .expect(200);
    let mut starred = Vec::new();
    for (i, right) in [true, false, true].into_iter().enumerate() {
        world
            .rights(&ada, "EMS-DSI", &bruno.id, json!({"own": right}))
            .await;
        assert_eq!(chosen(&world, &bruno).await, wanted);
        world
            .save(&format!("c-{i}"), 1, "EMS-DSI", &ada.id, "drafting", &[])
            .await;
        let added = world.events("FavouriteAdded");
        starred.push(added.iter().any(|event| {
            event["accountId"] == *bruno.id && event["consultationId"] == format!("c-{i}")
        }));
    }
    assert_eq!(starred, [true, false, true]);
}

#[tokio::test]
async fn a_kind_that_is_switched_on_is_mailed_and_no_other() {
    let world = World::new().await;
    let (_, bruno) = agent(&world).await;
    world
        .save("c-1", 1, "EMS-DSI", &bruno.id, "drafting", &[])
        .await;
    let mut wanted = alerts("immediate");
    wanted["kinds"]["tenderReceived"] = json!("off");
    for (round, (choice, mails)) in [(wanted, 0), (alerts("immediate"), 1), (alerts("off"), 0)]
        .into_iter()
        .enumerate()
    {
        bruno.put(&world, "/alerts", choice).await.expect(200);
        world.empty_inbox();
        world
            .send("TenderReceived", tender("c-1", &format!("d-{round}")))
            .await;
        assert_eq!(world.mails_to(&bruno.email).len(), mails, "round {round}");
    }
}

#[tokio::test]
async fn what_changed_is_told_once_with_the_id_alone() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    world.settle().await;
    assert_eq!(world.events("PreferencesChanged"), [] as [Value; 0]);
    bruno
        .put(&world, "/alerts", alerts("immediate"))
        .await
        .expect(200);
    bruno
        .put(&world, "/places", json!({"places": ["67"]}))
        .await
        .expect(200);
    world.settle().await;
    let told = world.events("PreferencesChanged");
    assert_eq!(told.len(), 2);
    for event in &told {
        assert_eq!(event["accountId"], *bruno.id);
        let fields: BTreeSet<_> = event
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(fields, BTreeSet::from(["accountId", "eventId"]));
    }
    // The same again, and what an administrator changes, are no change of choice.
    bruno
        .put(&world, "/alerts", alerts("immediate"))
        .await
        .expect(200);
    bruno
        .put(&world, "/places", json!({"places": ["67", "67"]}))
        .await
        .expect(200);
    world
        .rights(&ada, "EMS-DSI", &bruno.id, json!({"own": true}))
        .await;
    world.settle().await;
    assert_eq!(world.events("PreferencesChanged").len(), 2);
}
