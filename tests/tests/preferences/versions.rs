//! Two who change one part of an account: what one of them did not read is not undone.

use std::sync::Arc;

use serde_json::{Value, json};
use vigie_preferences::Preferences;
use vigie_tests::{
    Answer, World,
    gate::Gate,
    http::Function as _,
    scenario::{Person, alerts},
};

use crate::preferences::agent;

/// The parts, each with what is saved first, what then, and what last.
fn parts(world: &World) -> [(&'static str, [Value; 3]); 3] {
    let day = |days: i64| {
        (world.now() + jiff::SignedDuration::from_hours(24 * days)).to_string()[..10].to_owned()
    };
    let away = |until| json!({"from": day(1), "until": day(until), "delegateAccountId": null});
    [
        ("/alerts", ["off", "daily", "immediate"].map(alerts_of)),
        (
            "/places",
            [json!([]), json!(["67"]), json!(["67", "68"])].map(|places| json!({"places": places})),
        ),
        ("/absence", [Value::Null, away(2), away(3)]),
    ]
}

fn alerts_of(mode: &str) -> Value {
    let mut wanted = alerts("off");
    wanted["kinds"]["tenderReceived"] = json!(mode);
    wanted
}

fn etag(answer: &Answer) -> String {
    answer.headers["etag"].to_str().unwrap().to_owned()
}

async fn read(world: &World, person: &Person, part: &str) -> Answer {
    person.get(world, part).await.expect(200)
}

async fn put(world: &World, person: &Person, part: &str, body: &Value, tag: &str) -> Answer {
    let asked = world.request("PUT", &person.path(part)).by(&person.login);
    asked.json(body).header("If-Match", tag).send().await
}

#[tokio::test]
async fn each_part_has_a_strong_tag_of_its_own_that_changes_with_it_and_with_nothing_else() {
    let world = World::new().await;
    let (_, bruno) = agent(&world).await;
    for (part, [_, first, second]) in parts(&world) {
        let others = || async {
            let mut tags = Vec::new();
            for (other, _) in parts(&world) {
                if other != part {
                    tags.push(etag(&read(&world, &bruno, other).await));
                }
            }
            tags
        };
        let before = etag(&read(&world, &bruno, part).await);
        assert!(before.starts_with('"') && before.ends_with('"'), "{before}");
        let elsewhere = others().await;
        let saved = bruno.put(&world, part, first).await.expect(200);
        assert_ne!(etag(&saved), before, "{part}");
        let again = read(&world, &bruno, part).await;
        assert_eq!(etag(&again), etag(&saved), "{part}");
        assert_eq!(again.json, saved.json, "{part}");
        assert_eq!(others().await, elsewhere, "{part}");
        let known = world.request("GET", &bruno.path(part)).by(&bruno.login);
        let known = known.header("If-None-Match", &etag(&saved)).send().await;
        assert_eq!(known.status, 304, "{part}");
        let saved = put(&world, &bruno, part, &second, &etag(&saved))
            .await
            .expect(200);
        assert_eq!(
            etag(&read(&world, &bruno, part).await),
            etag(&saved),
            "{part}"
        );
    }
}

#[tokio::test]
async fn what_changed_since_it_was_read_is_not_overwritten() {
    let world = World::new().await;
    let (_, bruno) = agent(&world).await;
    for (part, [first, second, third]) in parts(&world) {
        let old = etag(&read(&world, &bruno, part).await);
        bruno.put(&world, part, second.clone()).await.expect(200);
        let now = read(&world, &bruno, part).await;
        for tags in [
            old.clone(),
            format!("W/{}", etag(&now)),
            etag(&now).trim_matches('"').to_owned(),
            "\"\"".to_owned(),
            format!("{old}, \"another\""),
        ] {
            for wanted in [&first, &second, &third] {
                let refused = put(&world, &bruno, part, wanted, &tags).await.expect(412);
                assert_eq!(refused.problem(), "stale", "{part} {tags}");
            }
        }
        assert_eq!(read(&world, &bruno, part).await.json, now.json, "{part}");
        for tags in [
            "*".to_owned(),
            format!("{old}, {}", etag(&read(&world, &bruno, part).await)),
        ] {
            put(&world, &bruno, part, &third, &tags).await.expect(200);
            put(&world, &bruno, part, &second, "*").await.expect(200);
        }
        // The later one wins where nobody says what they read.
        bruno.put(&world, part, third).await.expect(200);
    }
}

#[tokio::test]
async fn a_body_that_is_refused_anyhow_is_refused_for_itself() {
    let world = World::new().await;
    let (_, bruno) = agent(&world).await;
    let mut barred = alerts("off");
    barred["automaticFavourites"]["ownEntity"] = json!(true);
    for (part, body) in [
        ("/alerts", barred),
        ("/places", json!({"places": ["nowhere"]})),
        (
            "/absence",
            json!({"from": "2020-01-02", "until": "2020-01-01", "delegateAccountId": null}),
        ),
    ] {
        put(&world, &bruno, part, &body, "\"old\"")
            .await
            .expect(422);
    }
}

/// Saves a part that was just read; just as it is written, somebody else saves another.
async fn saved_while(
    world: &Arc<World>,
    person: &Person,
    part: &'static str,
    (mine, theirs): (&Value, &Value),
    tag: Option<&str>,
) -> Answer {
    let gate = Gate::before_write();
    let function = Arc::new(Preferences {
        store: gate.store(&world.table, "preferences"),
        ..(*world.preferences).clone()
    });
    let mut asked = world
        .request("PUT", &person.path(part))
        .by(&person.login)
        .json(mine);
    if let Some(tag) = tag {
        asked = asked.header("If-Match", tag);
    }
    let saved = function.answer(asked.event());
    let changed = async { drop(person.put(world, part, theirs.clone()).await.expect(200)) };
    gate.while_waiting(saved, changed).await
}

#[tokio::test]
async fn of_two_who_save_at_once_the_second_is_told() {
    let world = Arc::new(World::new().await);
    let (_, bruno) = agent(&world).await;
    for (part, [first, second, third]) in parts(&world) {
        let tag = etag(&read(&world, &bruno, part).await);
        let answer = saved_while(&world, &bruno, part, (&third, &second), Some(&tag)).await;
        assert_eq!(answer.status, 412, "{part}: {}", answer.text);
        let now = read(&world, &bruno, part).await;
        let expected = bruno.put(&world, part, second.clone()).await;
        assert_eq!(now.json, expected.json, "{part}: theirs stays");
        // The same rules, so that one way of writing is tried; then others, for the other way.
        let answer = saved_while(&world, &bruno, part, (&third, &first), None).await;
        assert_eq!(answer.status, 200, "{part}: {}", answer.text);
        assert_eq!(
            read(&world, &bruno, part).await.json,
            answer.json,
            "{part}: the later one wins"
        );
    }
    let mut without = alerts_of("off");
    without["automaticFavourites"]["mine"] = json!(false);
    let tag = etag(&read(&world, &bruno, "/alerts").await);
    let answer = saved_while(
        &world,
        &bruno,
        "/alerts",
        (&without, &alerts_of("daily")),
        Some(&tag),
    )
    .await;
    assert_eq!(answer.status, 412, "{}", answer.text);
    assert_eq!(
        read(&world, &bruno, "/alerts").await.json,
        alerts_of("daily")
    );
}
