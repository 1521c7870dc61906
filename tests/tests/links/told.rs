//! Owners hear of links that are made, and of what a linked account does to their absence; and who
//! acts pays for the mails.

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_tests::{Answer, World, scenario::Person};

use super::{link, linked, set_active, strangers, token, unlink};

const LINKED: &str = "Votre compte est associé à un autre";
const ABSENCE: &str = "Votre absence a été modifiée";

fn texts(world: &World, person: &Person, subject: &str) -> Vec<String> {
    world
        .mails_to(&person.email)
        .into_iter()
        .filter(|mail| mail.subject == subject)
        .map(|mail| mail.text)
        .collect()
}

async fn put(world: &World, by: &Person, of: &Person, absence: Value) -> Answer {
    let answer = world.put(&by.login, &of.path("/absence"), absence).await;
    world.settle().await;
    answer
}

fn days(until: &str) -> Value {
    json!({"from": "2026-12-01", "until": until})
}

#[tokio::test]
async fn both_owners_are_told_of_a_link_once_each_time_that_one_is_made() {
    let (world, [_, _, bruno, chloe]) = strangers().await;
    for round in 1..=2 {
        let link = token(&world, &bruno, &chloe).await;
        for _ in 0..2 {
            super::accept(&world, &chloe.login, &link).await.expect(200);
        }
        let [to_bruno, to_chloe] = [&bruno, &chloe].map(|person| texts(&world, person, LINKED));
        assert_eq!((to_bruno.len(), to_chloe.len()), (round, round));
        assert!(
            to_bruno[0].contains("Chloe Agent (Direction LYON, Organisme LYON)"),
            "{}",
            to_bruno[0]
        );
        assert!(
            to_chloe[0].contains("Bruno Agent (Direction EMS, Organisme EMS)"),
            "{}",
            to_chloe[0]
        );
        assert!(!to_bruno[0].contains(&chloe.email) && !to_chloe[0].contains(&bruno.email));
        unlink(&world, &bruno, &chloe).await.expect(204);
    }
}

#[tokio::test]
async fn a_link_that_is_undone_before_the_mail_goes_is_told_all_the_same() {
    let (world, [_, _, bruno, chloe]) = strangers().await;
    let link = token(&world, &bruno, &chloe).await;
    world
        .post(&chloe.login, "/v1/links", json!({"token": link}))
        .await
        .expect(200);
    unlink(&world, &chloe, &bruno).await.expect(204);
    world.settle().await;
    assert_eq!(
        (
            texts(&world, &bruno, LINKED).len(),
            texts(&world, &chloe, LINKED).len()
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn who_is_deactivated_meanwhile_is_told_nothing() {
    let (world, [ada, _, bruno, chloe]) = strangers().await;
    let link = token(&world, &bruno, &chloe).await;
    world
        .post(&chloe.login, "/v1/links", json!({"token": link}))
        .await
        .expect(200);
    set_active(&world, &ada, "EMS", &bruno, false).await;
    world.settle().await;
    assert_eq!(
        (
            texts(&world, &bruno, LINKED).len(),
            texts(&world, &chloe, LINKED).len()
        ),
        (0, 1)
    );
}

#[tokio::test]
async fn an_owner_is_told_of_each_change_of_their_absence_by_a_linked_account_and_of_none_of_their_own()
 {
    let (world, [_, _, bruno, chloe]) = linked().await;
    put(&world, &bruno, &chloe, days("2026-12-10"))
        .await
        .expect(200);
    // The same again changes nothing.
    put(&world, &bruno, &chloe, days("2026-12-10"))
        .await
        .expect(200);
    put(&world, &bruno, &chloe, Value::Null).await.expect(200);
    put(&world, &chloe, &chloe, days("2026-12-20"))
        .await
        .expect(200);
    let told = texts(&world, &chloe, ABSENCE);
    assert_eq!(told.len(), 2);
    assert!(
        told[0].contains("Bruno Agent (Direction EMS, Organisme EMS)"),
        "{}",
        told[0]
    );
    assert!(
        told[0].contains(
            "Votre absence est enregistrée du mardi 1er décembre 2026 au jeudi 10 décembre 2026."
        ),
        "{}",
        told[0]
    );
    assert!(
        told[1].contains("Il a été mis fin à votre absence."),
        "{}",
        told[1]
    );
    assert!(texts(&world, &bruno, ABSENCE).is_empty());
    // It is in both exports, and in no organisation's audit: administrators see no absences.
    for person in [&bruno, &chloe] {
        let export = person.get(&world, "/export").await.expect(200).json;
        let others = export["others"].as_array().expect("items").iter();
        assert_eq!(
            others
                .filter(|item| item["what"] == "absenceChanged")
                .count(),
            2
        );
    }
    let items = world.table.items().await;
    let audited = items.iter().filter(|item| {
        item.get("what")
            .is_some_and(|what| what.as_s().is_ok_and(|what| what == "absenceChanged"))
    });
    assert!(
        audited
            .into_iter()
            .all(|item| item["pk"].as_s().expect("a key").starts_with("ACCOUNT#"))
    );
}

/// A change that is overtaken by the next before its mail goes is told as it was.
#[tokio::test]
async fn changes_one_after_the_other_are_each_told_as_they_were() {
    let (world, [_, _, bruno, chloe]) = linked().await;
    world
        .put(&bruno.login, &chloe.path("/absence"), days("2026-12-10"))
        .await
        .expect(200);
    world
        .put(&bruno.login, &chloe.path("/absence"), Value::Null)
        .await
        .expect(200);
    world.settle().await;
    let told = texts(&world, &chloe, ABSENCE);
    assert!(
        told.len() == 2 && told[0].contains("10 décembre") && told[1].contains("mis fin"),
        "{told:?}"
    );
}

#[tokio::test]
async fn who_acts_pays_and_the_owner_s_five_stay_theirs() {
    let (world, [_, zoe, bruno, chloe]) = linked().await;
    world.pass(SignedDuration::from_hours(1));
    let dora = world.agent(&zoe, "LYON", "Dora").await;
    let asking =
        |until: &str| json!({"from": "2026-12-01", "until": until, "delegateAccountId": dora.id});
    for day in 10..15 {
        put(&world, &bruno, &chloe, asking(&format!("2026-12-{day}")))
            .await
            .expect(200);
    }
    let refused = put(&world, &bruno, &chloe, asking("2026-12-15"))
        .await
        .expect(429);
    assert_eq!(
        refused.headers["retry-after"].to_str().expect("text"),
        "3600"
    );
    put(&world, &bruno, &chloe, Value::Null).await.expect(429);
    // Bruno has none left for himself, Chloe has all of hers.
    bruno
        .post(
            &world,
            "/links",
            json!({"email": "nobody@agents.example.fr"}),
        )
        .await
        .expect(429);
    for day in 16..21 {
        put(&world, &chloe, &chloe, asking(&format!("2026-12-{day}")))
            .await
            .expect(200);
    }
    put(&world, &chloe, &chloe, asking("2026-12-21"))
        .await
        .expect(429);
    assert_eq!(texts(&world, &chloe, ABSENCE).len(), 5);
}

/// The account that pays, and the one that is changed, are both as they were read.
#[tokio::test]
async fn whose_link_is_undone_changes_no_absence() {
    let (world, [_, _, bruno, chloe]) = strangers().await;
    link(&world, &bruno, &chloe).await;
    unlink(&world, &chloe, &bruno).await.expect(204);
    put(&world, &bruno, &chloe, days("2026-12-10"))
        .await
        .expect(403);
    assert!(texts(&world, &chloe, ABSENCE).is_empty());
}
