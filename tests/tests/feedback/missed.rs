//! An alert that comes back was not delivered: it counts as missed from the first one.

use jiff::SignedDuration;
use serde_json::json;
use vigie_tests::{
    World,
    feedback::said_of,
    scenario::{Person, alerts, tender},
};

use super::{address::confirm_again, mailed, tell};

/// Number of missed alerts, as the agent's page shows it.
async fn missed(world: &World, person: &Person) -> u64 {
    person.get(world, "/missed").await.expect(200).json["count"]
        .as_u64()
        .expect("a number")
}

/// Confirms the address; the number of alerts that the mail about what was missed lists, if there
/// is one.
async fn listed(world: &World, person: &Person) -> Option<usize> {
    world.pass(SignedDuration::from_secs(5));
    world.empty_inbox();
    confirm_again(world, person, &person.email).await;
    let mails: Vec<_> = world
        .mails_to(&person.email)
        .into_iter()
        .filter(|mail| mail.subject == "Vos alertes reprennent")
        .collect();
    assert!(mails.len() <= 1);
    mails
        .first()
        .map(|mail| mail.text.matches("[21-166157]").count())
}

#[tokio::test]
async fn the_alert_by_which_an_address_is_found_dead_is_missed_once() {
    for sample in ["bounced-permanent", "bounced-suppressed"] {
        for before in [None, Some("delayed"), Some("delivered")] {
            let (world, _, bruno, mail) = mailed().await;
            if let Some(before) = before {
                world.ses_says(&mail, before).await;
            }
            for _ in 0..2 {
                world.ses_says(&mail, sample).await;
            }
            assert_eq!(missed(&world, &bruno).await, 1, "{sample}");
            assert_eq!(listed(&world, &bruno).await, Some(1), "{sample}");
            assert_eq!(missed(&world, &bruno).await, 0);

            // The next time only what came back since.
            let another = tell(&world, &bruno, "d-2").await;
            world.ses_says(&another, sample).await;
            world.send("TenderReceived", tender("c-1", "d-3")).await;
            assert_eq!(missed(&world, &bruno).await, 2);
            assert_eq!(listed(&world, &bruno).await, Some(2));
        }
    }
}

#[tokio::test]
async fn what_was_under_way_when_the_first_came_back_is_missed_too() {
    let (world, _, bruno, first) = mailed().await;
    let second = tell(&world, &bruno, "d-2").await;
    let third = tell(&world, &bruno, "d-3").await;
    world.ses_says(&second, "bounced-permanent").await;
    world.ses_says(&third, "delivered").await;
    world.ses_says(&first, "bounced-permanent").await;
    assert_eq!(missed(&world, &bruno).await, 2);
    assert_eq!(listed(&world, &bruno).await, Some(2));
}

#[tokio::test]
async fn what_came_back_for_a_while_is_missed_from_the_first_day() {
    let (world, _, bruno, mut mail) = mailed().await;
    for day in 2..=4 {
        world.ses_says(&mail, "bounced-transient").await;
        assert_eq!(missed(&world, &bruno).await, day - 1);
        world.pass(SignedDuration::from_hours(24));
        if day < 4 {
            mail = tell(&world, &bruno, &format!("d-{day}")).await;
        }
    }
    assert_eq!(missed(&world, &bruno).await, 3);
    assert_eq!(listed(&world, &bruno).await, Some(3));
}

#[tokio::test]
async fn what_comes_back_is_missed_though_the_address_works() {
    for sample in [
        "bounced-transient",
        "bounced-undetermined",
        "bounced-too-large",
    ] {
        let (world, _, mut bruno, mail) = mailed().await;
        world.ses_says(&mail, sample).await;
        let path = bruno.path("/missed");
        let shown = world.get(&bruno.login, &path).await.expect(200).json;
        assert_eq!(
            shown,
            json!({"since": null, "count": 1, "more": false}),
            "{sample}"
        );
        bruno.email = "un@agents.example.fr".to_owned();
        assert_eq!(listed(&world, &bruno).await, Some(1), "{sample}");
        assert_eq!(missed(&world, &bruno).await, 0, "{sample}");
    }
}

/// SES gives up after fourteen hours, and a server that took a mail may send it back days later.
#[tokio::test]
async fn what_comes_back_after_the_address_was_confirmed_again_is_missed_and_told_the_next_time() {
    for (another, hours) in [(false, 0), (false, 14), (true, 0), (true, 5 * 24)] {
        let (world, _, mut bruno, first) = mailed().await;
        let second = tell(&world, &bruno, "d-2").await;
        let third = tell(&world, &bruno, "d-3").await;
        let sent_at = world.now();
        world.ses_says(&first, "bounced-permanent").await;
        if another {
            bruno.email = "un@agents.example.fr".to_owned();
        }
        assert_eq!(listed(&world, &bruno).await, Some(1));
        assert_eq!(missed(&world, &bruno).await, 0);
        world.pass(SignedDuration::from_hours(hours));
        for _ in 0..2 {
            // What SES says happened when it came back, and is heard of later.
            let late = said_of(&second, "bounced-permanent", sent_at, sent_at);
            world.hears(late).await;
            assert_eq!(missed(&world, &bruno).await, 1, "{another} {hours}");
        }
        world.ses_says(&third, "delivered").await;
        for (address, told) in [("deux", Some(1)), ("trois", None)] {
            bruno.email = format!("{address}@agents.example.fr");
            assert_eq!(listed(&world, &bruno).await, told, "{another} {hours}");
            assert_eq!(missed(&world, &bruno).await, 0, "{another} {hours}");
        }
    }
}

#[tokio::test]
async fn an_address_that_is_changed_before_it_is_found_dead_is_told_what_came_back() {
    let (world, _, mut bruno, _) = mailed().await;
    for (round, address) in [
        "un@agents.example.fr",
        "deux@agents.example.fr",
        "trois@agents.example.fr",
    ]
    .into_iter()
    .enumerate()
    {
        if round == 1 {
            let mail = tell(&world, &bruno, "d-2").await;
            world.ses_says(&mail, "bounced-transient").await;
        }
        bruno.email = address.to_owned();
        // Nothing came back; that did; and that was told.
        assert_eq!(
            listed(&world, &bruno).await,
            (round == 1).then_some(1),
            "{round}"
        );
    }
}

#[tokio::test]
async fn all_that_a_daily_mail_told_is_missed_with_it() {
    let (world, _, bruno, _) = mailed().await;
    bruno
        .put(&world, "/alerts", alerts("daily"))
        .await
        .expect(200);
    for deposit in ["d-2", "d-3"] {
        world.send("TenderReceived", tender("c-1", deposit)).await;
    }
    world.empty_inbox();
    world.pass(SignedDuration::from_hours(24));
    world.sweep().await;
    let daily = world.last_mail(&bruno.email);
    world.ses_says(&daily, "bounced-permanent").await;
    assert_eq!(missed(&world, &bruno).await, 2);
    assert_eq!(listed(&world, &bruno).await, Some(2));
}

#[tokio::test]
async fn what_arrived_and_a_test_alert_are_not_missed() {
    let (world, _, bruno, mail) = mailed().await;
    bruno
        .post(&world, "/alerts/test", json!({}))
        .await
        .expect(202);
    world.settle().await;
    let test = world.last_mail(&bruno.email);
    world.ses_says(&test, "bounced-transient").await;
    world.ses_says(&mail, "complaint").await;
    assert_eq!(missed(&world, &bruno).await, 0);
    assert_eq!(listed(&world, &bruno).await, Some(0));
}
