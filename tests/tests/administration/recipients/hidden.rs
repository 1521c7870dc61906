//! Things that an administrator is not told: of people elsewhere, of drafts, of what is not theirs.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use vigie_tests::{
    World,
    scenario::{Person, alerts},
};

use super::{Crowd, PATH, of_dsi};
use crate::administration::organisation;

/// A page that goes on counts nobody, and no cursor names anybody who was not shown.
#[tokio::test]
async fn nothing_tells_about_one_person_elsewhere() {
    let crowd = Crowd::new().await;
    let mine: BTreeSet<_> = of_dsi()
        .keys()
        .map(|name| crowd.people[name].id.clone())
        .collect();
    let mut cursor = String::new();
    loop {
        let page = crowd
            .world
            .get(&crowd.chef.login, &format!("{PATH}limit=1{cursor}"))
            .await
            .expect(200);
        assert_eq!(
            page.json.get("outside"),
            cursor.is_empty().then_some(&json!(6))
        );
        for (name, person) in crowd
            .people
            .iter()
            .filter(|(_, person)| !mine.contains(&person.id))
        {
            for told in [&person.id, &person.email] {
                assert!(!page.text.contains(told.as_str()), "{name}: {}", page.text);
            }
        }
        let Some(next) = page.json["cursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
}

/// One person more at each step, all of elsewhere: one to four are not counted.
#[tokio::test]
async fn of_people_elsewhere_only_how_many_may_see_it_is_told() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let zoe = world.organisation("LYON").await;
    let author = world.agent(&ada, "EMS-DSI", "Author").await;
    let mut guests = Vec::new();
    for revision in 1..=7 {
        let refs: Vec<&Person> = guests.iter().collect();
        world
            .save(
                "c-1",
                revision,
                "EMS-DSI",
                &author.id,
                "consultation",
                &refs,
            )
            .await;
        let told = world.get(&ada.login, PATH).await.expect(200).json;
        let wanted = if (1..=4).contains(&guests.len()) {
            Value::Null
        } else {
            json!(guests.len())
        };
        assert_eq!(told.get("outside"), Some(&wanted), "{}", guests.len());
        guests.push(world.agent(&zoe, "LYON", &format!("Guest{revision}")).await);
    }
}

/// Whoever has all others in their hand learns nothing of one: whatever that one chooses and
/// whatever becomes of them, the answer is the same.
#[tokio::test]
async fn among_puppets_nothing_that_one_person_does_shows() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let zoe = world.organisation("LYON").await;
    let author = world.agent(&ada, "EMS-DSI", "Author").await;
    let mut people = Vec::new();
    for name in ["One", "Two", "Three", "Four", "Victim"] {
        let person = world.agent(&zoe, "LYON", name).await;
        world.wants_everything(&person).await;
        people.push(person);
    }
    world
        .consultation(
            "c-1",
            "EMS-DSI",
            &author,
            &people.iter().collect::<Vec<_>>(),
        )
        .await;
    for puppet in &people[..4] {
        world.star(puppet, "c-1").await;
    }
    let victim = &people[4];
    let told = async || world.get(&ada.login, PATH).await.expect(200).text;
    let first = told().await;
    assert!(first.contains(r#""outside":5,"#), "{first}");
    world.star(victim, "c-1").await;
    assert_eq!(told().await, first, "a star");
    for mode in ["off", "daily"] {
        let mut choice = alerts("immediate");
        choice["kinds"]["tenderReceived"] = json!(mode);
        victim.put(&world, "/alerts", choice).await.expect(200);
        assert_eq!(told().await, first, "{mode}");
    }
    let away = json!({"from": "2026-11-24", "until": "2026-11-24", "delegateAccountId": null});
    victim.put(&world, "/absence", away).await.expect(200);
    assert_eq!(told().await, first, "away");
    for status in ["unconfirmed", "undeliverable"] {
        world
            .set(
                &format!("ACCOUNT#{}", victim.id),
                "ACCOUNT",
                "emailStatus",
                AttributeValue::S(status.to_owned()),
            )
            .await;
        assert_eq!(told().await, first, "{status}");
    }
    world
        .change(&zoe, "LYON", &victim.id, json!({"active": false}))
        .await
        .expect(200);
    assert_eq!(told().await, first, "deactivated");
    // Only whether they may see it counts: a star that is left over does not.
    world
        .save(
            "c-1",
            2,
            "EMS-DSI",
            &author.id,
            "consultation",
            &people[..4].iter().collect::<Vec<_>>(),
        )
        .await;
    assert!(told().await.contains(r#""outside":null,"#));
}

#[tokio::test]
async fn what_is_not_an_administrator_s_is_to_them_what_does_not_exist() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let zoe = world.organisation("LYON").await;
    let chef = world.administrator(&ada, "EMS-DSI", "Chef").await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    world.consultation("c-1", "EMS-DSI", &bruno, &[]).await;
    world.consultation("c-lyon", "LYON", &zoe, &[]).await;
    // A consultation whose entity nobody knows lies in nobody's tree.
    world
        .save("c-nowhere", 1, "NOWHERE", "nobody", "drafting", &[])
        .await;
    let asked = async |by: &Person, id: &str| {
        world
            .get(
                &by.login,
                &format!("/v1/consultations/{id}/recipients?kind=tenderReceived"),
            )
            .await
    };
    let unknown = asked(&ada, "c-unknown").await.expect(404).text;
    for (by, id) in [
        (&ada, "c-lyon"),
        (&ada, "c-nowhere"),
        (&zoe, "c-1"),
        (&chef, "c-lyon"),
    ] {
        assert_eq!(asked(by, id).await.expect(404).text, unknown, "{id}");
    }
    // Whoever administers nothing is told so, whether or not it exists and though they may see it.
    for id in ["c-1", "c-unknown", "c-lyon", "c-nowhere"] {
        asked(&bruno, id).await.expect(403);
    }
    // It moves to where the administrator of its old service has no say.
    asked(&chef, "c-1").await.expect(200);
    world
        .save("c-1", 9, "EMS-EAU", "nobody", "consultation", &[])
        .await;
    assert_eq!(asked(&chef, "c-1").await.expect(404).text, unknown);
    asked(&ada, "c-1").await.expect(200);
}

/// To administer is no right to see drafts: only an account of the same login that may see it shows
/// it.
#[tokio::test]
async fn a_draft_is_shown_to_administrators_who_may_see_it_and_to_no_other() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let chef = world.administrator(&ada, "EMS-DSI", "Chef").await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    let draft = async |revision: u64, phase: &str, guests: &[&Person]| {
        world
            .save("c-1", revision, "EMS-DSI", &bruno.id, phase, guests)
            .await;
    };
    let status = async |by: &Person| world.get(&by.login, PATH).await.status;
    draft(1, "drafting", &[]).await;
    let refused = world.get(&chef.login, PATH).await.expect(404).text;
    assert_eq!(
        refused,
        world
            .get(&chef.login, &PATH.replace("c-1", "c-2"))
            .await
            .expect(404)
            .text
    );
    assert_eq!(
        (
            status(&ada).await,
            status(&chef).await,
            status(&bruno).await
        ),
        (404, 404, 403)
    );
    draft(2, "drafting", &[&chef]).await;
    assert_eq!((status(&ada).await, status(&chef).await), (404, 200));
    draft(3, "drafting", &[]).await;
    assert_eq!((status(&ada).await, status(&chef).await), (404, 404));
    // Standing rights, while they last.
    world
        .rights(&ada, "EMS", &ada.id, json!({"dependent": true}))
        .await;
    world
        .rights(&ada, "EMS-DSI", &chef.id, json!({"own": true}))
        .await;
    assert_eq!((status(&ada).await, status(&chef).await), (200, 200));
    world
        .rights(&ada, "EMS", &ada.id, json!({"dependent": false}))
        .await;
    world
        .rights(&ada, "EMS-DSI", &chef.id, json!({"own": false}))
        .await;
    assert_eq!((status(&ada).await, status(&chef).await), (404, 404));
    // Another account of the same login, an agent's, may see it.
    world.invite(&ada, "EMS-DSI", "Second").await;
    world.settle().await;
    let token = world.last_mail("second@agents.example.fr").token();
    let second = world
        .post(&chef.login, "/v1/invitations", json!({"token": token}))
        .await
        .expect(200)
        .json["accountId"]
        .clone();
    let second = Person {
        id: second.as_str().unwrap().to_owned(),
        email: String::new(),
        login: chef.login.clone(),
    };
    draft(4, "drafting", &[&second]).await;
    assert_eq!((status(&ada).await, status(&chef).await), (404, 200));
    world
        .change(&ada, "EMS-DSI", &second.id, json!({"active": false}))
        .await
        .expect(200);
    assert_eq!(status(&chef).await, 404);
    // Released, it is their tree's.
    draft(5, "consultation", &[]).await;
    assert_eq!(
        (
            status(&ada).await,
            status(&chef).await,
            status(&bruno).await
        ),
        (200, 200, 403)
    );
}
