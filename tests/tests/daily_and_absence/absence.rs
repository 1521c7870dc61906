//! Agents who are away: their delegate is mailed if it may be, otherwise they get one mail on the
//! day after.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use vigie_tests::{
    fake_aws::Fault,
    scenario::{saved, tender},
};

use crate::daily_and_absence::{Office, absence, told};

const DELEGATED: Option<&str> = Some("delegated");

#[tokio::test]
async fn without_a_delegate_everything_is_held_and_comes_as_one_mail_on_the_day_after() {
    let office = Office::new("immediate").await;
    office.away("2026-11-24", "2026-11-26", None).await;
    office.tender("d-1").await;
    office.world.until("2026-11-26T23:59:00+01:00");
    office.tender("d-2").await;
    office.at("2026-11-27T06:59:00+01:00").await;
    assert!(office.world.mails().is_empty());

    office.at("2026-11-27T07:00:00+01:00").await;

    let mails = office.world.mails();
    let [mail] = &mails[..] else {
        panic!("{mails:?}")
    };
    assert_eq!(
        (told(mail), &mail.to),
        (
            vec!["d-1".to_owned(), "d-2".to_owned()],
            &office.reader.email
        )
    );
    office.tender("d-3").await;
    assert_eq!(
        office.subjects(&office.reader)[1],
        "[21-166157] Nouveau dépôt électronique",
        "back, at once again"
    );
}

#[tokio::test]
async fn both_days_are_inclusive_and_of_paris() {
    for (now, held) in [
        ("2026-11-25T23:59:59+01:00", false),
        ("2026-11-26T00:00:00+01:00", true),
        ("2026-11-27T23:59:59+01:00", true),
        ("2026-11-28T00:00:00+01:00", false),
    ] {
        let office = Office::new("immediate").await;
        office.away("2026-11-26", "2026-11-27", None).await;
        office.world.until(now);
        office.tender("d-1").await;
        assert_eq!(office.world.mails().is_empty(), held, "{now}");
        assert_eq!(office.held().await, usize::from(held), "{now}");
    }
}

#[tokio::test]
async fn a_delegate_gets_what_it_may_see_in_its_own_right_and_the_rest_is_held() {
    let office = Office::new("immediate").await;
    let author = office.author.clone();
    office.away("2026-11-24", "2026-11-26", Some(&author)).await;
    // The delegate has no star and wants nothing of c-1: the absentee's choices count, and its own
    // right to see.
    author
        .delete(&office.world, "/favourites/c-1")
        .await
        .expect(204);
    office
        .world
        .save("c-2", 1, "EMS-DSI", &office.reader.id, "drafting", &[])
        .await;
    office.tender("d-1").await;
    office
        .world
        .send("TenderReceived", tender("c-2", "d-2"))
        .await;

    let mails = office.world.mails();
    let [mail] = &mails[..] else {
        panic!("{mails:?}")
    };
    assert_eq!(mail.to, author.email);
    assert!(
        mail.text
            .contains("vous avez accepté de remplacer Reader Agent pendant son absence"),
        "{}",
        mail.text
    );
    assert_eq!(
        office
            .state(&office.reader, "d-1")
            .await
            .unwrap()
            .1
            .as_deref(),
        DELEGATED
    );
    assert_eq!(
        office.state(&author, "d-1").await.unwrap().1.as_deref(),
        Some("delegate")
    );
    assert_eq!(office.held().await, 1, "c-2 is none of the delegate's");

    office.at("2026-11-27T07:00:00+01:00").await;
    let mails = office.world.mails_to(&office.reader.email);
    assert_eq!(mails.iter().map(told).collect::<Vec<_>>(), [["d-2"]]);
}

#[tokio::test]
async fn a_delegate_is_told_once_per_fact_however_many_it_stands_in_for() {
    let office = Office::new("immediate").await;
    let author = office.author.clone();
    office.wants(&author, "immediate").await;
    office.away("2026-11-24", "2026-11-26", Some(&author)).await;
    let other = office.another("immediate").await;
    office
        .absent(&other, "2026-11-24", "2026-11-26", Some(&author))
        .await;

    for _ in 0..2 {
        office.tender("d-1").await;
    }
    assert_eq!(
        office.subjects(&author),
        ["[21-166157] Nouveau dépôt électronique"]
    );
    assert_eq!(
        office.state(&author, "d-1").await.unwrap().1.as_deref(),
        Some("author"),
        "its own right comes first"
    );
    for absentee in [&office.reader, &other] {
        assert_eq!(
            office.state(absentee, "d-1").await.unwrap().1.as_deref(),
            DELEGATED
        );
    }
    office.at("2026-11-27T07:00:00+01:00").await;
    assert_eq!(office.world.mails().len(), 1);
}

#[tokio::test]
async fn a_delegate_who_has_not_agreed_or_no_longer_can_gets_nothing_and_nothing_is_lost() {
    for what in [
        "silent",
        "taken back",
        "inactive",
        "away too",
        "moved out",
        "unconfirmed",
    ] {
        let office = Office::new("immediate").await;
        let (author, agent) = (
            office.author.clone(),
            format!("/v1/entities/EMS-DSI/agents/{}", office.author.id),
        );
        if what == "silent" {
            let days = absence("2026-11-24", "2026-11-26", Some(&author.id));
            office
                .reader
                .put(&office.world, "/absence", days)
                .await
                .expect(200);
            office.world.settle().await;
        } else {
            office.away("2026-11-24", "2026-11-26", Some(&author)).await;
        }
        match what {
            "inactive" => drop(
                office
                    .world
                    .patch(&office.ada.login, &agent, json!({"active": false}))
                    .await
                    .expect(200),
            ),
            // No chains: the delegate's own absence passes nothing on.
            "away too" => {
                let days = absence("2026-11-24", "2026-11-24", None);
                author
                    .put(&office.world, "/absence", days)
                    .await
                    .expect(200);
            }
            "moved out" => {
                let saved = saved(
                    "c-1",
                    2,
                    "EMS-DSI",
                    &office.ada.id,
                    "consultation",
                    &[&office.reader],
                );
                office.world.send("ConsultationSaved", saved).await;
            }
            "unconfirmed" => {
                let status = AttributeValue::S("undeliverable".to_owned());
                office
                    .world
                    .set(
                        &format!("ACCOUNT#{}", author.id),
                        "ACCOUNT",
                        "emailStatus",
                        status,
                    )
                    .await;
            }
            "taken back" => {
                let days = office.reader.get(&office.world, "/absence").await.json;
                assert_eq!(days["delegateAgreed"], true);
                office
                    .reader
                    .put(
                        &office.world,
                        "/absence",
                        absence("2026-11-24", "2026-11-26", None),
                    )
                    .await
                    .expect(200);
            }
            _ => {}
        }
        office.world.settle().await;
        office.world.empty_inbox();
        office.tender("d-1").await;
        assert!(
            office.world.mails().is_empty(),
            "{what}: {:?}",
            office.world.mails()
        );
        office.at("2026-11-27T07:00:00+01:00").await;
        assert_eq!(
            office
                .world
                .mails_to(&office.reader.email)
                .iter()
                .map(told)
                .collect::<Vec<_>>(),
            [["d-1"]],
            "{what}"
        );
    }
}

#[tokio::test]
async fn an_account_that_cannot_be_read_whole_keeps_what_its_delegate_could_not_be_mailed() {
    let office = Office::new("immediate").await;
    let (author, reader) = (
        office.author.clone(),
        format!("ACCOUNT#{}", office.reader.id),
    );
    office.away("2026-11-24", "2026-11-26", Some(&author)).await;
    office
        .world
        .set(
            &reader,
            "ACCOUNT",
            "places",
            AttributeValue::S("by hand".to_owned()),
        )
        .await;
    let refused = Fault::Entries(vec![(author.email.clone(), "INVALID_PARAMETER")]);
    office
        .world
        .aws
        .with(|traffic| traffic.faults.push_back(refused));
    office.tender("d-1").await;
    assert!(office.world.mails().is_empty());
    assert_eq!(office.held().await, 1);

    office
        .world
        .set(&reader, "ACCOUNT", "places", AttributeValue::L(Vec::new()))
        .await;
    office.at("2026-11-27T07:00:00+01:00").await;
    assert_eq!(
        office
            .world
            .mails_to(&office.reader.email)
            .iter()
            .map(told)
            .collect::<Vec<_>>(),
        [["d-1"]]
    );
}

#[tokio::test]
async fn a_closing_digest_of_somebody_away_goes_the_same_ways() {
    for delegate in [false, true] {
        let office = Office::new("immediate").await;
        office.world.until("2027-01-31T12:00:00+01:00");
        let author = office.author.clone();
        office
            .away("2027-01-31", "2027-02-02", delegate.then_some(&author))
            .await;
        office.at("2027-02-01T12:01:00+01:00").await;
        assert_eq!(office.subjects(&author).len(), usize::from(delegate));
        office.at("2027-02-03T07:00:00+01:00").await;
        assert_eq!(
            office.subjects(&office.reader).len(),
            usize::from(!delegate)
        );
        assert_eq!(office.held().await, 0);
    }
}

#[tokio::test]
async fn coming_back_early_or_staying_longer_moves_the_mail() {
    for (change, silent_at, told_at) in [
        (
            Value::Null,
            "2026-11-24T23:00:00+01:00",
            "2026-11-25T07:00:00+01:00",
        ),
        (
            absence("2026-11-24", "2026-11-25", None),
            "2026-11-25T07:00:00+01:00",
            "2026-11-26T07:00:00+01:00",
        ),
        (
            absence("2026-11-27", "2026-12-05", None),
            "2026-11-24T23:00:00+01:00",
            "2026-11-25T07:00:00+01:00",
        ),
        (
            absence("2026-11-24", "2026-12-05", None),
            "2026-12-05T07:00:00+01:00",
            "2026-12-06T07:00:00+01:00",
        ),
    ] {
        let office = Office::new("immediate").await;
        office.away("2026-11-24", "2026-11-28", None).await;
        office.tender("d-1").await;
        office
            .reader
            .put(&office.world, "/absence", change.clone())
            .await
            .expect(200);
        office.at(silent_at).await;
        assert!(office.world.mails().is_empty(), "{change}");
        office.at(told_at).await;
        assert_eq!(
            office.world.mails().iter().map(told).collect::<Vec<_>>(),
            [["d-1"]],
            "{change}"
        );
        office.at("2026-12-10T07:00:00+01:00").await;
        assert_eq!(office.world.mails().len(), 1, "{change}");
    }
}

#[tokio::test]
async fn a_daily_mail_due_during_an_absence_goes_to_the_delegate_or_waits() {
    for delegate in [false, true] {
        let office = Office::new("daily").await;
        let author = office.author.clone();
        office.tender("d-1").await;
        office
            .away("2026-11-25", "2026-11-26", delegate.then_some(&author))
            .await;
        office.at("2026-11-25T07:00:00+01:00").await;
        let to_author = office.world.mails_to(&author.email);
        assert_eq!(
            to_author.iter().map(told).collect::<Vec<_>>(),
            if delegate { vec![["d-1"]] } else { vec![] }
        );
        if delegate {
            assert_eq!(to_author[0].subject, "Alertes de Reader Agent – 1 alerte");
            assert_eq!(
                office
                    .state(&office.reader, "d-1")
                    .await
                    .unwrap()
                    .1
                    .as_deref(),
                DELEGATED
            );
        }
        office.at("2026-11-27T07:00:00+01:00").await;
        assert_eq!(
            office.world.mails_to(&office.reader.email).len(),
            usize::from(!delegate)
        );
        assert_eq!(office.held().await, 0);
    }
}

#[tokio::test]
async fn what_is_held_for_the_return_is_not_handed_to_a_delegate_who_agrees_later() {
    let office = Office::new("immediate").await;
    let author = office.author.clone();
    office.away("2026-11-24", "2026-11-25", None).await;
    office.tender("d-1").await;
    // Prolonged, now with somebody who stands in; the clock still strikes at the first end.
    office.away("2026-11-24", "2026-11-28", Some(&author)).await;
    office.at("2026-11-26T07:00:00+01:00").await;
    assert!(
        office.world.mails().is_empty(),
        "{:?}",
        office.world.mails()
    );
    office.tender("d-2").await;
    office.at("2026-11-29T07:00:00+01:00").await;
    assert_eq!(office.world.mails_to(&author.email).len(), 1);
    assert_eq!(
        office
            .world
            .mails_to(&office.reader.email)
            .iter()
            .map(told)
            .collect::<Vec<_>>(),
        [["d-1"]]
    );
}

/// Presses the button that a mail program shows, and runs all that follows.
async fn one_click(office: &Office, mail: &vigie_tests::fake_aws::Mail) {
    let url = mail.headers["List-Unsubscribe"].trim_matches(['<', '>']);
    let path = url.strip_prefix("https://vigie.test").expect("our address");
    office.world.one_click(path).await.expect(200);
    office.world.settle().await;
}

/// Returns the things that one click must leave as they are: both people's choices and favourites.
async fn choices(office: &Office) -> Vec<Value> {
    let mut found = Vec::new();
    for person in [&office.author, &office.reader] {
        for what in ["/alerts", "/favourites"] {
            found.push(person.get(&office.world, what).await.expect(200).json);
        }
    }
    found
}

#[tokio::test]
async fn a_delegate_s_one_click_ends_standing_in_and_nothing_else() {
    for mode in ["immediate", "daily"] {
        let office = Office::new(mode).await;
        let author = office.author.clone();
        if mode == "daily" {
            office.tender("d-1").await;
            office.away("2026-11-25", "2026-11-26", Some(&author)).await;
            office.at("2026-11-25T07:00:00+01:00").await;
        } else {
            office.away("2026-11-24", "2026-11-26", Some(&author)).await;
            office.tender("d-1").await;
        }
        let before = choices(&office).await;
        let mails = office.world.mails_to(&author.email);
        let [mail] = &mails[..] else {
            panic!("{mails:?}")
        };
        assert!(
            mail.text.contains("Ne plus remplacer Reader Agent"),
            "{}",
            mail.text
        );
        assert!(
            !mail.text.contains("Ne plus suivre") && !mail.html.contains("Ne plus suivre"),
            "whose favourites would that be?"
        );
        one_click(&office, mail).await;
        assert_eq!(choices(&office).await, before, "{mode}");
        let shown = office.reader.get(&office.world, "/absence").await.json;
        assert_eq!(shown["delegateAgreed"], false, "{mode}");
        office.tender("d-2").await;
        assert_eq!(office.world.mails_to(&author.email).len(), 1);
        assert_eq!(office.held().await, 1);
    }
}

#[tokio::test]
async fn one_click_in_a_daily_mail_or_on_the_return_ends_what_it_told() {
    for (mode, at, asked) in [
        ("daily", "2026-11-25T07:00:00+01:00", "toldDaily"),
        ("immediate", "2026-11-27T07:00:00+01:00", "told"),
    ] {
        let office = Office::new(mode).await;
        if mode == "immediate" {
            office.away("2026-11-24", "2026-11-26", None).await;
        }
        office.tender("d-1").await;
        office.at(at).await;
        let mails = office.world.mails_to(&office.reader.email);
        let [mail] = &mails[..] else {
            panic!("{mails:?}")
        };
        assert!(
            mail.headers["List-Unsubscribe"].contains(&format!("~{asked}.")),
            "{:?}",
            mail.headers
        );
        assert!(
            mail.text
                .contains("Ne plus suivre cette consultation\u{a0}:\n"),
            "{}",
            mail.text
        );
        let mut expected = choices(&office).await;
        for (kind, was) in expected[2]["kinds"].as_object_mut().expect("kinds") {
            if kind == "tenderReceived" || *was == "daily" {
                *was = json!("off");
            }
        }
        one_click(&office, mail).await;
        assert_eq!(choices(&office).await, expected, "{mode}");
    }
}
