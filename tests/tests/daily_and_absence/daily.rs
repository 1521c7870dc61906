//! One mail at 7:00 in Paris with everything of the day before.

use serde_json::json;
use vigie_tests::scenario::{alerts, saved, tender};

use crate::daily_and_absence::{Office, told};

#[tokio::test]
async fn a_daily_mail_comes_at_seven_with_everything_of_the_day_before() {
    let office = Office::new("daily").await;
    office.tender("d-1").await;
    office.world.until("2026-11-24T23:59:59+01:00");
    office.tender("d-2").await;
    office.world.until("2026-11-25T00:00:00+01:00");
    office.tender("d-3").await;
    office.at("2026-11-25T06:59:59+01:00").await;
    assert!(
        office.world.mails().is_empty(),
        "{:?}",
        office.world.mails()
    );

    office.at("2026-11-25T07:00:00+01:00").await;

    let mails = office.world.mails();
    let [mail] = &mails[..] else {
        panic!("{mails:?}")
    };
    assert_eq!(
        (&mail.to, mail.subject.as_str()),
        (
            &office.reader.email,
            "Vos alertes du mardi 24 novembre 2026 – 2 alertes"
        )
    );
    assert_eq!(told(mail), ["d-1", "d-2"]);
    assert!(
        mail.text.contains("[21-166157] Prestations d'assistance")
            && mail.text.contains("comme invité(e)"),
        "{}",
        mail.text
    );
    assert_eq!(
        mail.headers["List-Unsubscribe-Post"],
        "List-Unsubscribe=One-Click"
    );
    assert_eq!(
        office.state(&office.reader, "d-1").await,
        Some(("SENT".to_owned(), Some("guest".to_owned())))
    );

    // Struck again, and told again: nothing. The rest is tomorrow's.
    office.at("2026-11-25T07:01:00+01:00").await;
    office
        .world
        .send("TenderReceived", tender("c-1", "d-1"))
        .await;
    office.at("2026-11-25T23:00:00+01:00").await;
    assert_eq!(office.world.mails().len(), 1);
    office.at("2026-11-26T07:00:00+01:00").await;
    assert_eq!(told(&office.world.mails()[1]), ["d-3"]);
    office.at("2026-11-27T07:00:00+01:00").await;
    assert_eq!(office.world.mails().len(), 2, "nothing when empty");
    assert_eq!(
        (office.held().await, office.world.table.count("OPEN#").await),
        (0, 1),
        "only the closing is open"
    );
}

#[tokio::test]
async fn seven_is_the_hour_of_paris_on_both_sides_of_a_change_of_clocks() {
    for (recorded, before, at) in [
        (
            "2027-03-27T12:00:00Z",
            "2027-03-28T04:59:59Z",
            "2027-03-28T05:00:00Z",
        ),
        (
            "2027-03-26T12:00:00Z",
            "2027-03-27T05:59:59Z",
            "2027-03-27T06:00:00Z",
        ),
        (
            "2027-10-30T12:00:00Z",
            "2027-10-31T05:59:59Z",
            "2027-10-31T06:00:00Z",
        ),
        // Before midnight by UTC, after it in Paris.
        (
            "2027-07-01T22:30:00Z",
            "2027-07-03T04:59:59Z",
            "2027-07-03T05:00:00Z",
        ),
    ] {
        let office = Office::new("daily").await;
        office.world.until(recorded);
        office.tender("d-1").await;
        office.at(before).await;
        assert!(
            office
                .world
                .mails()
                .iter()
                .all(|mail| mail.subject.contains("Clôture")),
            "{recorded}"
        );
        office.at(at).await;
        assert_eq!(
            office
                .world
                .mails_to(&office.reader.email)
                .iter()
                .filter(|mail| mail.subject.starts_with("Vos"))
                .count(),
            1,
            "{recorded}"
        );
    }
}

#[tokio::test]
async fn one_mail_tells_of_several_consultations_and_kinds() {
    let office = Office::new("daily").await;
    let second = saved("c-2", 1, "EMS-DSI", &office.reader.id, "drafting", &[]);
    office.world.send("ConsultationSaved", second).await;
    for mut news in vigie_tests::traffic::news("c-1") {
        office
            .world
            .send(news.detail_type, news.detail.clone())
            .await;
        news.detail["consultationId"] = json!("c-2");
        office.world.send(news.detail_type, news.detail).await;
    }
    office.at("2026-11-25T07:00:00+01:00").await;
    let mails = office.world.mails();
    let [mail] = &mails[..] else {
        panic!("{mails:?}")
    };
    assert_eq!(
        mail.subject,
        "Vos alertes du mardi 24 novembre 2026 – 14 alertes"
    );
    assert_eq!(
        mail.text
            .matches("Nouvelle question d’une entreprise")
            .count(),
        2
    );
    assert_eq!(mail.text.matches("[21-166157]").count(), 2);
    assert_eq!(mail.html.matches("<h2").count(), 2);
}

#[tokio::test]
async fn the_closing_digest_is_never_held_for_the_daily_mail() {
    let office = Office::new("daily").await;
    office.at("2027-02-01T12:01:00+01:00").await;
    assert_eq!(
        office.subjects(&office.reader),
        ["[21-166157] Clôture – 0 dépôt, 0 retrait"]
    );
}

#[tokio::test]
async fn what_is_held_is_judged_again_when_it_is_told() {
    for (what, expected) in [
        ("unstarred", None),
        ("off", None),
        ("immediate", Some("guest")),
        ("inactive", Some("inactive")),
    ] {
        let office = Office::new("daily").await;
        office.tender("d-1").await;
        let reader = &office.reader;
        match what {
            "unstarred" => drop(
                reader
                    .delete(&office.world, "/favourites/c-1")
                    .await
                    .expect(204),
            ),
            "inactive" => {
                office
                    .world
                    .change(&office.ada, "EMS-DSI", &reader.id, json!({"active": false}))
                    .await
                    .expect(200);
            }
            mode => office.wants(reader, mode).await,
        }
        office.at("2026-11-25T07:00:00+01:00").await;
        assert_eq!(
            office.world.mailed().len(),
            usize::from(what == "immediate"),
            "{what}"
        );
        let state = office.state(reader, "d-1").await;
        assert_eq!(
            state.and_then(|(_, reason)| reason).as_deref(),
            expected,
            "{what}"
        );
        assert_eq!(office.held().await, 0, "{what}");
    }
}

#[tokio::test]
async fn who_lost_sight_overnight_is_told_nothing_and_a_record_says_why() {
    let office = Office::new("daily").await;
    office.tender("d-1").await;
    office
        .world
        .save("c-1", 2, "EMS-DSI", &office.author.id, "consultation", &[])
        .await;
    office.at("2026-11-25T07:00:00+01:00").await;
    assert!(office.world.mails().is_empty());
    assert_eq!(
        office.state(&office.reader, "d-1").await,
        Some(("SKIPPED".to_owned(), Some("mayNotSeeIt".to_owned())))
    );
}

#[tokio::test]
async fn a_clock_that_did_not_strike_for_days_loses_nothing() {
    let office = Office::new("daily").await;
    office.tender("d-1").await;
    office.world.until("2026-11-26T10:00:00+01:00");
    office.tender("d-2").await;
    office.at("2026-11-28T15:00:00+01:00").await;
    let mails = office.world.mails();
    let [mail] = &mails[..] else {
        panic!("{mails:?}")
    };
    assert_eq!(told(mail), ["d-1", "d-2"]);
    assert_eq!(
        mail.subject,
        "Vos alertes du mardi 24 novembre 2026 au jeudi 26 novembre 2026 – 2 alertes"
    );
}

#[tokio::test]
async fn an_alert_that_was_told_is_not_held_again() {
    let office = Office::new("daily").await;
    office.world.publish("TenderReceived", tender("c-1", "d-1"));
    let due = office.world.due().await;
    for _ in 0..2 {
        office.world.resume(due.clone()).await;
    }
    assert_eq!(office.held().await, 1);
    office.at("2026-11-25T07:00:00+01:00").await;
    office.world.resume(due).await;
    assert_eq!((office.held().await, office.world.mails().len()), (0, 1));
}

#[tokio::test]
async fn the_daily_mail_is_switched_off_from_itself() {
    let office = Office::new("daily").await;
    office.tender("d-1").await;
    office.at("2026-11-25T07:00:00+01:00").await;
    let mail = &office.world.mails()[0];
    let url = mail.headers["List-Unsubscribe"].clone();
    let path = url
        .trim_matches(['<', '>'])
        .strip_prefix("https://vigie.test")
        .expect("our address")
        .to_owned();
    let page = office.world.request("GET", &path).send().await.expect(200);
    assert!(page.text.contains("une fois par jour"), "{}", page.text);
    office.world.one_click(&path).await.expect(200);
    let chosen = office.reader.get(&office.world, "/alerts").await.json;
    let mut expected = alerts("off");
    expected["kinds"]["consultationClosed"] = json!("immediate");
    assert_eq!(chosen, expected, "only what was daily is off");
}

#[tokio::test]
async fn an_erased_account_leaves_nothing_held() {
    let office = Office::new("daily").await;
    office.tender("d-1").await;
    office.reader.delete(&office.world, "").await.expect(204);
    office.at("2026-11-25T07:00:00+01:00").await;
    assert!(office.world.mails().is_empty());
    assert_eq!(
        (
            office.held().await,
            office
                .world
                .table
                .count(&format!("ACCOUNT#{}", office.reader.id))
                .await
        ),
        (0, 0)
    );
}
