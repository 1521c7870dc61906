//! Steps of one person that come between two steps of another: another absence, an answer, an alert
//! at seven sharp.

use std::sync::Arc;

use serde_json::json;
use vigie_aws::Consumer;
use vigie_mailer::Mailer;
use vigie_preferences::Preferences;
use vigie_tests::{fake_aws::Fault, gate::Gate, scenario::tender};

use crate::daily_and_absence::{Office, absence, told};

async fn absent(office: &Office, from: &str, until: &str) {
    office
        .reader
        .put(&office.world, "/absence", absence(from, until, None))
        .await
        .expect(200);
    office.world.settle().await;
}

#[tokio::test]
async fn what_is_held_for_one_absence_is_told_after_the_next_that_follows_it() {
    for set_on in ["2026-11-26T18:00:00+01:00", "2026-11-27T06:00:00+01:00"] {
        let office = Office::new("immediate").await;
        absent(&office, "2026-11-24", "2026-11-26").await;
        office.tender("d-1").await;
        office.world.until(set_on);
        absent(&office, "2026-11-27", "2026-11-30").await;
        for day in 27..=30 {
            office.at(&format!("2026-11-{day}T07:00:00+01:00")).await;
        }
        assert!(office.world.mails().is_empty(), "still away");
        office.at("2026-12-01T07:00:00+01:00").await;
        assert_eq!(
            office.world.mails().iter().map(told).collect::<Vec<_>>(),
            [["d-1"]],
            "{set_on}"
        );
        assert_eq!(office.held().await, 0);
    }
}

#[tokio::test]
async fn a_return_mail_that_is_throttled_into_the_next_absence_is_told_after_that() {
    let office = Office::new("immediate").await;
    absent(&office, "2026-11-24", "2026-11-26").await;
    office.tender("d-1").await;
    office
        .world
        .aws
        .with(|traffic| traffic.faults.push_back(Fault::Throttle));
    office.world.until("2026-11-27T07:00:00+01:00");
    office.world.scheduler.consume(json!({})).await.unwrap();
    let [event] = &office.world.taken()[..] else {
        panic!("one event")
    };
    assert!(!office.world.hand(event, 1).await, "throttled");
    absent(&office, "2026-11-28", "2026-11-29").await;
    office.world.until("2026-11-28T08:00:00+01:00");
    assert!(office.world.hand(event, 2).await);
    assert!(office.world.mails().is_empty());
    office.at("2026-11-30T07:00:00+01:00").await;
    assert_eq!(
        office.world.mails().iter().map(told).collect::<Vec<_>>(),
        [["d-1"]]
    );
}

#[tokio::test]
async fn an_alert_that_is_held_while_its_absence_is_cut_short_is_told_at_the_new_return() {
    for (change, told_at) in [
        (json!(null), "2026-11-25T07:00:00+01:00"),
        (
            absence("2026-11-24", "2026-11-25", None),
            "2026-11-26T07:00:00+01:00",
        ),
        (
            absence("2026-11-27", "2026-11-28", None),
            "2026-11-25T07:00:00+01:00",
        ),
    ] {
        let mut office = Office::new("immediate").await;
        absent(&office, "2026-11-24", "2026-11-28").await;
        // The mailer has read the old days, and is about to hold the alert until their end.
        let gate = Gate::before("TransactWriteItems", 0);
        let store = gate.store(&office.world.table, "mailer");
        office.world.mailer = Mailer {
            store,
            ..office.world.another_mailer()
        };
        office.world.publish("TenderReceived", tender("c-1", "d-1"));
        let events = office.world.due().await;
        let meanwhile = async {
            drop(
                office
                    .reader
                    .put(&office.world, "/absence", change.clone())
                    .await
                    .expect(200),
            )
        };
        let held = async {
            for event in &events {
                assert!(office.world.hand(event, 1).await);
            }
        };
        gate.while_waiting(held, meanwhile).await;
        assert_eq!(office.held().await, 1, "{change}");
        office.at(told_at).await;
        assert_eq!(
            office.world.mails().iter().map(told).collect::<Vec<_>>(),
            [["d-1"]],
            "{change}"
        );
        office.at("2026-11-29T07:00:00+01:00").await;
        assert_eq!(
            (office.world.mails().len(), office.held().await),
            (1, 0),
            "{change}"
        );
    }
}

#[tokio::test]
async fn an_alert_that_is_held_at_seven_sharp_while_its_entry_is_dropped_is_told() {
    let mut office = Office::new("daily").await;
    office.tender("d-1").await;
    office.world.publish("TenderReceived", tender("c-1", "d-2"));
    let late = office.world.due().await;
    office.world.until("2026-11-25T07:00:00+01:00");
    // `scheduler` has told the mailer, and is about to drop the entry.
    let gate = Gate::before("TransactWriteItems", 0);
    office.world.scheduler.store = gate.store(&office.world.table, "scheduler");
    let meanwhile = async {
        for event in office.world.taken() {
            assert!(office.world.hand(&event, 1).await);
        }
        for event in &late {
            assert!(office.world.hand(event, 1).await);
        }
    };
    gate.while_waiting(office.world.scheduler.consume(json!({})), meanwhile)
        .await
        .expect("a sweep");
    office.at("2026-11-25T07:01:00+01:00").await;
    assert_eq!(
        office.world.mails().iter().map(told).collect::<Vec<_>>(),
        [["d-1"], ["d-2"]]
    );
    assert_eq!(
        (office.held().await, office.world.table.count("OPEN#").await),
        (0, 1),
        "only the closing is open"
    );
}

#[tokio::test]
async fn a_delegate_s_answer_is_not_lost_under_a_change_of_the_absence() {
    for (agreed_before, answer) in [(false, true), (true, false)] {
        let mut office = Office::new("immediate").await;
        let author = office.author.clone();
        let path = office.reader.path("/absence");
        let asked = office
            .world
            .put(
                &office.reader.login,
                &path,
                absence("2026-11-24", "2026-11-30", Some(&author.id)),
            )
            .await
            .expect(200);
        assert_eq!(asked.json["delegateAgreed"], false);
        office.world.settle().await;
        let token = office.world.last_mail(&author.email).token();
        let say = |agree: bool| json!({"token": token, "agree": agree});
        if agreed_before {
            office
                .world
                .post(&author.login, "/v1/delegations", say(true))
                .await
                .expect(200);
        }
        let gate = Gate::before("TransactWriteItems", 0);
        let store = gate.store(&office.world.table, "preferences");
        office.world.preferences = Arc::new(Preferences {
            store,
            ..(*office.world.preferences).clone()
        });
        // Shorter, so that the delegate is not asked again.
        let body = absence("2026-11-24", "2026-11-28", Some(&author.id));
        let change = office.world.put(&office.reader.login, &path, body);
        let meanwhile = async {
            drop(
                office
                    .world
                    .post(&author.login, "/v1/delegations", say(answer))
                    .await
                    .expect(200),
            )
        };
        let changed = gate.while_waiting(change, meanwhile).await.expect(200);
        assert_eq!(
            (&changed.json["until"], &changed.json["delegateAgreed"]),
            (&json!("2026-11-28"), &json!(answer))
        );
        assert_eq!(
            office.world.get(&office.reader.login, &path).await.json["delegateAgreed"],
            answer
        );
    }
}

#[tokio::test]
async fn the_link_of_a_return_mail_switches_off_the_kinds_that_it_told_and_no_other() {
    let office = Office::new("immediate").await;
    absent(&office, "2026-11-24", "2026-11-26").await;
    office.tender("d-1").await;
    let question = json!({"consultationId": "c-1", "questionId": "q-1", "receivedAt": "2026-11-24T09:00:00+01:00", "hasAttachment": false, "url": "https://marches.example.fr/x"});
    office.world.send("QuestionReceived", question).await;
    // A kind that is daily and was not told.
    let mut expected = office.reader.get(&office.world, "/alerts").await.json;
    expected["kinds"]["noticePublished"] = json!("daily");
    office
        .reader
        .put(&office.world, "/alerts", expected.clone())
        .await
        .expect(200);
    office.at("2026-11-27T07:00:00+01:00").await;
    let mails = office.world.mails_to(&office.reader.email);
    let [mail] = &mails[..] else {
        panic!("{mails:?}")
    };
    let url = mail.headers["List-Unsubscribe"]
        .trim_matches(['<', '>'])
        .to_owned();
    let path = url
        .strip_prefix("https://vigie.test")
        .expect("our address")
        .to_owned();
    let page = office.world.request("GET", &path).send().await.expect(200);
    assert!(
        page.text.contains("Réception d’une réponse électronique")
            && !page.text.contains("une fois par jour"),
        "{}",
        page.text
    );
    for _ in 0..2 {
        let done = office.world.one_click(&path).await;
        assert!(done.expect(200).text.contains("sont désactivées"));
    }
    expected["kinds"]["tenderReceived"] = json!("off");
    expected["kinds"]["questionReceived"] = json!("off");
    assert_eq!(
        office.reader.get(&office.world, "/alerts").await.json,
        expected
    );
}

#[tokio::test]
async fn the_link_of_a_daily_mail_switches_off_what_it_told_though_that_is_immediate_by_then() {
    let office = Office::new("daily").await;
    office.tender("d-1").await;
    office.at("2026-11-25T07:00:00+01:00").await;
    let url = office.world.mails()[0].headers["List-Unsubscribe"]
        .trim_matches(['<', '>'])
        .to_owned();
    office.wants(&office.reader, "immediate").await;
    let path = url
        .strip_prefix("https://vigie.test")
        .expect("our address")
        .to_owned();
    office.world.one_click(&path).await.expect(200);
    let chosen = office.reader.get(&office.world, "/alerts").await.json;
    assert_eq!(
        (
            &chosen["kinds"]["tenderReceived"],
            &chosen["kinds"]["questionReceived"]
        ),
        (&json!("off"), &json!("immediate"))
    );
}

#[tokio::test]
async fn who_stops_standing_in_by_an_older_mail_stops_though_the_days_were_agreed_anew() {
    let office = Office::new("immediate").await;
    let author = office.author.clone();
    office.away("2026-11-24", "2026-11-26", Some(&author)).await;
    office.tender("d-1").await;
    let url = office.world.mails_to(&author.email)[0].headers["List-Unsubscribe"]
        .trim_matches(['<', '>'])
        .to_owned();
    // Longer: asked and agreed again.
    office.away("2026-11-24", "2026-11-30", Some(&author)).await;
    let path = url
        .strip_prefix("https://vigie.test")
        .expect("our address")
        .to_owned();
    office.world.one_click(&path).await.expect(200);
    office.tender("d-2").await;
    assert!(
        office.world.mails().is_empty(),
        "{:?}",
        office.world.mails()
    );
    assert_eq!(office.held().await, 1);
}
