//! `GET /v1/accounts/{id}/colleagues`: who can be chosen to stand in, by name or whole address.

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_tests::{Answer, World, scenario::Person};

fn path(q: &str) -> String {
    let q = q.bytes().map(|byte| format!("%{byte:02X}"));
    format!("/colleagues?q={}", q.collect::<String>())
}

async fn search(world: &World, person: &Person, q: &str) -> Answer {
    person.get(world, &path(q)).await
}

/// The names that a search finds, in their order.
async fn found(world: &World, person: &Person, q: &str) -> Vec<String> {
    let answer = search(world, person, q).await.expect(200).json;
    assert_eq!(answer.as_object().unwrap().len(), 1, "{answer}");
    let name = |item: &Value| {
        let text = |name: &str| item[name].as_str().unwrap().to_owned();
        format!("{} {}", text("firstName"), text("lastName"))
    };
    answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(name)
        .collect()
}

/// The seconds after which a refused search may be made.
fn wait(refused: &Answer) -> i64 {
    let wait = refused.headers["retry-after"].to_str().expect("text");
    wait.parse().expect("seconds")
}

/// Somebody by both names, invited and accepted.
async fn agent(
    world: &World,
    by: &Person,
    entity: &str,
    first: &str,
    last: &str,
    email: &str,
) -> Person {
    let contact = json!({"firstName": first, "lastName": last, "email": email});
    let path = format!("/v1/entities/{entity}/agents");
    let agent = json!({"contact": contact});
    world.post(&by.login, &path, agent).await.expect(201);
    world.accept(email).await
}

/// `EMS` ← `EMS-DSI`, with Ada of all and Bruno, Claire Martin and Jean-Marie L’Hérault;
/// `LYON` beside.
async fn scene() -> (World, Person, Person, Person) {
    let (world, ada) = World::with("EMS").await;
    world.entity(&ada, "EMS-DSI", "EMS").await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    let claire = agent(
        &world,
        &ada,
        "EMS",
        "Claire",
        "Martin",
        "claire@ems.example.fr",
    )
    .await;
    agent(
        &world,
        &ada,
        "EMS-DSI",
        "Jean-Marie",
        "L’Hérault",
        "jm@ems.example.fr",
    )
    .await;
    let lea = world.organisation("LYON").await;
    agent(
        &world,
        &lea,
        "LYON",
        "Claire",
        "Marchand",
        "claire@lyon.example.fr",
    )
    .await;
    (world, ada, bruno, claire)
}

#[tokio::test]
async fn a_colleague_is_found_by_the_beginnings_of_words_of_their_name() {
    let (world, ada, bruno, claire) = scene().await;
    for q in [
        "cl",
        "CLAI",
        "claire",
        "mar clai",
        "Martin Claire",
        "claire-martin",
        "cla m",
        "m cl",
    ] {
        assert_eq!(found(&world, &bruno, q).await, ["Claire Martin"], "{q}");
    }
    for q in [
        "he",
        "l'herault",
        "L’HÉRAULT",
        "hérault jean",
        "je ma",
        "jean-marie",
        "he\u{301}r",
    ] {
        assert_eq!(
            found(&world, &bruno, q).await,
            ["Jean-Marie L’Hérault"],
            "{q}"
        );
    }
    // Of the last names, in their order.
    assert_eq!(
        found(&world, &bruno, "ma").await,
        ["Jean-Marie L’Hérault", "Claire Martin"]
    );
    // Neither within a word, nor behind its end, nor by one word of two.
    for q in [
        "artin",
        "lair",
        "martine",
        "claire martinez",
        "claire herault",
        "cm",
        "claire artin",
        "martin lair",
    ] {
        assert_eq!(found(&world, &bruno, q).await, [""; 0], "{q}");
    }
    let answer = search(&world, &bruno, "cl").await.expect(200).json;
    assert_eq!(
        answer,
        json!({"items": [{
            "accountId": claire.id,
            "firstName": "Claire",
            "lastName": "Martin",
            "entity": {"id": "EMS", "name": "Direction EMS"},
        }]})
    );
    // Whoever is found can be asked.
    let absence =
        json!({"from": "2026-12-01", "until": "2026-12-02", "delegateAccountId": claire.id});
    bruno.put(&world, "/absence", absence).await.expect(200);
    // From any entity of the organisation.
    assert_eq!(found(&world, &ada, "bru").await, ["Bruno Agent"]);
}

#[tokio::test]
async fn an_address_finds_its_owner_as_a_whole_and_nobody_elsewhere() {
    let (world, _, bruno, claire) = scene().await;
    for q in [
        &claire.email,
        "Claire@EMS.example.fr",
        " claire@ems.example.fr ",
    ] {
        assert_eq!(found(&world, &bruno, q).await, ["Claire Martin"], "{q}");
    }
    for q in [
        "claire@",
        "claire@ems.example",
        "@ems.example.fr",
        "laire@ems.example.fr",
        "claire@lyon.example.fr",
        "nobody@ems.example.fr",
        &bruno.email,
    ] {
        let answer = search(&world, &bruno, q).await.expect(200);
        assert_eq!(answer.text, r#"{"items":[]}"#, "{q}");
    }
}

#[tokio::test]
async fn who_is_elsewhere_or_cannot_act_is_not_found() {
    let (world, ada, bruno, claire) = scene().await;
    // In another organisation; oneself; and whoever has not accepted.
    assert_eq!(found(&world, &bruno, "marchand").await, [""; 0]);
    assert_eq!(found(&world, &bruno, "br").await, [""; 0]);
    world.invite(&ada, "EMS", "Nora").await;
    world
        .declared("EMS", "Noam", Some("noam@ems.example.fr"))
        .await;
    for q in ["no", "nora@agents.example.fr", "noam@ems.example.fr"] {
        assert_eq!(found(&world, &bruno, q).await, [""; 0], "{q}");
    }
    world.accept("nora@agents.example.fr").await;
    assert_eq!(found(&world, &bruno, "no").await, ["Nora Agent"]);
    let agent = format!("/v1/entities/EMS/agents/{}", claire.id);
    for (active, who) in [(false, &[][..]), (true, &["Claire Martin"])] {
        let change = json!({"active": active});
        world.patch(&ada.login, &agent, change).await.expect(200);
        assert_eq!(found(&world, &bruno, "claire").await, who);
        assert_eq!(found(&world, &bruno, &claire.email).await, who);
    }
    claire.delete(&world, "").await.expect(204);
    assert_eq!(found(&world, &bruno, "claire").await, [""; 0]);
    assert_eq!(world.table.strayed_people().await, [""; 0]);
}

#[tokio::test]
async fn another_name_is_found_and_the_former_one_is_not() {
    let (world, ada, bruno, claire) = scene().await;
    let change = json!({"firstName": "Clara", "lastName": "Petit"});
    let patched = claire.patch_contact(&world, change).await;
    patched.expect(200);
    for (q, who) in [
        ("claire", &[][..]),
        ("martin", &[]),
        ("cla", &["Clara Petit"]),
        ("pe", &["Clara Petit"]),
    ] {
        assert_eq!(found(&world, &bruno, q).await, who, "{q}");
    }
    // Another entity, and the name as it was.
    let agent = format!("/v1/entities/EMS/agents/{}", claire.id);
    let moved = json!({"entityId": "EMS-DSI"});
    world.patch(&ada.login, &agent, moved).await.expect(200);
    let answer = search(&world, &bruno, "clara").await.expect(200).json;
    assert_eq!(answer["items"][0]["entity"]["id"], "EMS-DSI");
    assert_eq!(world.table.strayed_people().await, [""; 0]);
}

/// More words than there is room for in a transaction, both before and after.
#[tokio::test]
async fn a_name_of_many_words_is_found_by_some_of_them_and_can_be_changed() {
    let (world, _, bruno, claire) = scene().await;
    let words = |first: char| {
        let words = ('a'..='z').map(|second| format!("{first}{second}"));
        words.collect::<Vec<_>>().join(" ")
    };
    for (first, last) in [('b', 'c'), ('d', 'e')] {
        let name = json!({"firstName": words(first), "lastName": words(last)});
        let patched = claire.patch_contact(&world, name).await;
        patched.expect(200);
        for (q, count) in [("a", 1), ("l", 1), ("m", 0)] {
            assert_eq!(
                found(&world, &bruno, &format!("{last}{q}")).await.len(),
                count
            );
        }
        // The others are looked for among those that are found by one of the first.
        assert_eq!(
            found(&world, &bruno, &format!("{last}a {first}z"))
                .await
                .len(),
            1
        );
    }
    assert_eq!(found(&world, &bruno, "ca").await, [""; 0]);
    assert_eq!(world.table.strayed_people().await, [""; 0]);
    claire.delete(&world, "").await.expect(204);
    assert_eq!(world.table.strayed_people().await, [""; 0]);
}

#[tokio::test]
async fn a_search_of_less_than_two_letters_says_so() {
    let (world, _, bruno, _) = scene().await;
    for q in ["", "m", " m ", "m a", "--", "é"] {
        let refused = search(&world, &bruno, q).await.expect(422);
        assert_eq!(refused.fields(), ["q"], "{q:?}");
    }
    let refused = bruno.get(&world, "/colleagues").await;
    assert_eq!(refused.expect(422).fields(), ["q"]);
    let long = "é".repeat(300);
    assert_eq!(
        search(&world, &bruno, &long).await.expect(422).fields(),
        ["q"]
    );
    // As many words as there is room for.
    let words: Vec<_> = ('\u{4e00}'..).take(126).map(String::from).collect();
    assert_eq!(
        found(&world, &bruno, &format!("ab {}", words.join(" "))[..254]).await,
        [""; 0]
    );
}

#[tokio::test]
async fn at_most_twenty_are_found_and_a_directory_is_not_listed() {
    let (world, ada, bruno, _) = scene().await;
    for i in 0..25 {
        let declared = world.declared("EMS", &format!("Zoe{i}"), None).await;
        if i % 5 > 0 {
            world.bound(&declared).await;
        }
    }
    for i in 0..5 {
        let declared = world
            .declared("EMS-DSI", &format!("Zoe{i}-Zora"), None)
            .await;
        world.bound(&declared).await;
    }
    assert_eq!(found(&world, &bruno, "zo").await.len(), 20);
    assert_eq!(found(&world, &ada, "zoe1").await.len(), 10);
    assert_eq!(found(&world, &bruno, "zoe zo").await.len(), 20);
    assert_eq!(found(&world, &bruno, "zora").await.len(), 5);
}

#[tokio::test]
async fn who_searches_too_often_waits_and_nobody_else() {
    let (world, ada, bruno, claire) = scene().await;
    // What cannot be read costs nothing.
    search(&world, &bruno, "m").await.expect(422);
    for _ in 0..60 {
        search(&world, &bruno, "nobody@ems.example.fr")
            .await
            .expect(200);
    }
    for _ in 0..3 {
        let refused = search(&world, &bruno, "claire").await.expect(429);
        assert_eq!(refused.problem(), "too-many-searches");
        let wait = wait(&refused);
        assert!((3500..=3661).contains(&wait), "{wait}");
    }
    for other in [&ada, &claire] {
        search(&world, other, "bruno").await.expect(200);
    }
    // Refused searches do not make the wait longer.
    world.pass(SignedDuration::from_secs(3661));
    assert_eq!(found(&world, &bruno, "claire").await, ["Claire Martin"]);
    // Five times an hour's in a day.
    for _ in 0..5 {
        world.pass(SignedDuration::from_secs(3661));
        for _ in 0..60 {
            if search(&world, &bruno, "claire").await.status == 429 {
                break;
            }
        }
    }
    let refused = search(&world, &bruno, "claire").await.expect(429);
    let wait = wait(&refused);
    assert!(wait > 3661, "{wait}");
}
