//! An administrator whose alerts come daily is told with them whom mails do not reach.

use vigie_tests::{feedback::said_of, scenario::Person};

use crate::{Office, until};

const ALONE: &str = "Un agent ne reçoit plus ses alertes";

/// The reader's address dies; the administrator wants alerts in that mode, and follows `c-1` as its guest or not at all.
async fn dead(mode: &str, follows: bool) -> (Office, Person) {
    let office = Office::new("immediate").await;
    let ada = office.ada.clone();
    office.wants(&ada, mode).await;
    if follows {
        let guests = [&office.reader, &ada];
        let detail = vigie_tests::scenario::saved("c-1", 2, "EMS-DSI", &office.author.id, "consultation", &guests);
        office.world.send("ConsultationSaved", detail).await;
        office.world.star(&ada, "c-1").await;
    }
    office.tender("d-1").await;
    let mail = office.world.mails_to(&office.reader.email).pop().expect("an alert");
    office.world.pass(jiff::SignedDuration::from_secs(1));
    office.world.empty_inbox();
    let bounce = said_of(&mail, "bounced-permanent", office.world.now(), office.world.now());
    for _ in 0..2 {
        office.world.hears(bounce.clone()).await;
    }
    (office, ada)
}

async fn notices(office: &Office) -> usize {
    let items = office.world.table.items().await;
    items.iter().filter(|item| item["sk"].as_s().is_ok_and(|sk| sk.starts_with("NOTICE#"))).count()
}

#[tokio::test]
async fn a_daily_mail_takes_it_along_and_whoever_has_none_is_mailed_at_once() {
    let (office, ada) = dead("immediate", true).await;
    assert_eq!(office.subjects(&ada), [ALONE]);
    assert_eq!(notices(&office).await, 0);

    let (office, ada) = dead("daily", true).await;
    assert!(office.subjects(&ada).is_empty(), "{:?}", office.subjects(&ada));
    office.at("2026-11-25T07:00:00+01:00").await;
    let mails = office.world.mails_to(&ada.email);
    let [mail] = &mails[..] else { panic!("{mails:?}") };
    assert_eq!(mail.subject, "Vos alertes du mardi 24 novembre 2026 – 1 alerte");
    let line = "Reader Agent (Service EMS-DSI)\u{a0}: les messages envoyés à son adresse sont refusés depuis le mardi 24 novembre 2026";
    assert!(mail.text.contains(line) && mail.html.contains(line), "{}", mail.text);
    assert!(mail.text.contains("https://vigie.test/administration/adresses\n") && !mail.text.contains(&office.reader.email));
    assert_eq!(notices(&office).await, 0);
    office.at("2026-11-26T07:00:00+01:00").await;
    assert_eq!(office.world.mails_to(&ada.email).len(), 1, "once");
}

#[tokio::test]
async fn without_any_alert_that_day_it_goes_alone_in_the_morning() {
    let (office, ada) = dead("daily", false).await;
    office.at("2026-11-25T06:59:00+01:00").await;
    assert!(office.subjects(&ada).is_empty());
    office.at("2026-11-25T07:00:00+01:00").await;
    assert_eq!(office.subjects(&ada), [ALONE]);
    office.at("2026-11-26T07:00:00+01:00").await;
    assert_eq!((office.subjects(&ada).len(), notices(&office).await), (1, 0));
}

#[tokio::test]
async fn what_is_mended_by_the_morning_is_told_nobody_and_an_erased_administrator_leaves_nothing() {
    let (office, ada) = dead("daily", true).await;
    office.world.pass(jiff::SignedDuration::from_secs(5));
    let reader = office.reader.clone();
    let change = serde_json::json!({"email": "neuve@agents.example.fr"});
    office.world.patch_contact(&reader.login, &reader.id, change).await.expect(202);
    office.world.settle().await;
    let token = office.world.mails_to("neuve@agents.example.fr").pop().expect("a link").token();
    office.world.pass(jiff::SignedDuration::from_secs(1));
    office.world.post(&reader.login, "/v1/confirmations", serde_json::json!({"token": token})).await.expect(200);
    until(&office.world, "2026-11-25T06:00:00+01:00");
    office.at("2026-11-25T07:00:00+01:00").await;
    let mails = office.world.mails_to(&ada.email);
    assert!(mails.len() == 1 && !mails[0].text.contains("Reader Agent"), "{mails:?}");
    assert_eq!(notices(&office).await, 0);
}

#[tokio::test]
async fn a_mail_that_ses_throttles_takes_it_along_once_it_goes() {
    let (office, ada) = dead("daily", true).await;
    office.world.aws.with(|traffic| traffic.faults.extend(vec![vigie_tests::fake_aws::Fault::Throttle; 2]));
    office.at("2026-11-25T07:00:00+01:00").await;
    let mails = office.world.mails_to(&ada.email);
    let [mail] = &mails[..] else { panic!("{mails:?}") };
    assert!(mail.text.contains("Reader Agent (Service EMS-DSI)"), "{}", mail.text);
    assert_eq!(notices(&office).await, 0);
}
