//! SES's word on a mail is true of what that mail told, and of nothing else: also when the mail
//! before it told more, or less.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_aws::Consumer;
use vigie_domain::delivery::DeliveryState;
use vigie_tests::{
    fake_aws::{Fault, Mail},
    scenario::{Person, tender},
};

use crate::daily_and_absence::{
    Office,
    crash::{struck, work},
    told,
};

impl Office {
    /// A second consultation of the reader's, with a tender.
    async fn second(&self, deposit: &str) {
        self.world
            .save("c-2", 1, "EMS-DSI", &self.reader.id, "drafting", &[])
            .await;
        self.world.pass(SignedDuration::from_secs(1));
        self.world
            .send("TenderReceived", tender("c-2", deposit))
            .await;
    }

    fn faults<const N: usize>(&self, faults: [Fault; N]) {
        self.world.aws.with(|traffic| traffic.faults.extend(faults));
    }

    /// Mails that went since it was asked last.
    fn sent(&self) -> Vec<Mail> {
        let mails = self.world.mails();
        self.world.empty_inbox();
        mails
    }

    /// SES says that a mail was delivered: just what it told is.
    async fn delivered(&self, mail: &Mail, to: &Person, others: &[&str]) {
        self.world.ses_says(mail, "delivered").await;
        for deposit in told(mail) {
            assert_eq!(
                self.state_of(to, &deposit).await,
                Some(DeliveryState::Delivered),
                "{deposit} was told"
            );
        }
        for deposit in others {
            assert_ne!(
                self.state_of(to, deposit).await,
                Some(DeliveryState::Delivered),
                "{deposit} was not told"
            );
        }
    }

    async fn state_of(&self, to: &Person, deposit: &str) -> Option<DeliveryState> {
        let consultation = if deposit.ends_with('2') { "c-2" } else { "c-1" };
        self.world
            .delivery(&to.id, consultation, "tenderReceived", deposit)
            .await
            .map(|delivery| delivery.state)
    }

    async fn again(&self, event: &Value, receives: u32) -> bool {
        self.world.pass(SignedDuration::from_secs(180));
        self.world.hand(event, receives).await
    }
}

/// The events of a sweep, by whose they are.
async fn all_struck(office: &Office, time: &str, people: [&Person; 2]) -> [Value; 2] {
    office.world.until(time);
    office
        .world
        .scheduler
        .consume(json!({}))
        .await
        .expect("a sweep");
    let events = office.world.taken();
    people.map(|person| {
        events
            .iter()
            .find(|event| event["detail"]["accountId"] == person.id.as_str())
            .expect("an event")
            .clone()
    })
}

#[tokio::test]
async fn of_a_throttled_mail_the_rest_is_told_and_what_was_unstarred_is_not_delivered() {
    let office = Office::new("daily").await;
    office.tender("d-1").await;
    office.second("d-2").await;
    let event = struck(&office, "2026-11-25T07:00:00+01:00").await;
    office.faults([Fault::Throttle]);
    assert!(!office.world.hand(&event, 1).await, "throttled");
    office
        .reader
        .delete(&office.world, "/favourites/c-2")
        .await
        .expect(204);
    assert!(office.again(&event, 2).await);
    let mails = office.sent();
    assert_eq!(mails.iter().map(told).collect::<Vec<_>>(), [["d-1"]]);
    office.delivered(&mails[0], &office.reader, &["d-2"]).await;
    assert_eq!(office.world.events("AlertSent").len(), 1);
}

#[tokio::test]
async fn what_came_after_a_mail_whose_answer_was_lost_is_not_delivered_with_it() {
    let office = Arc::new(Office::new("daily").await);
    office.tender("d-1").await;
    office.tender("d-3").await;
    let event = struck(&office, "2026-11-25T07:00:00+01:00").await;
    office.faults([Fault::AnswerLost]);
    assert_eq!(work(&office, &event, 1).await, Some(false));
    let first = office.sent().remove(0);
    // It is told the day after with another one; SES takes nothing then.
    office.second("d-2").await;
    let later = struck(&office, "2026-11-26T07:00:00+01:00").await;
    office.faults([Fault::Throttle]);
    assert_eq!(work(&office, &later, 1).await, Some(false));
    office.delivered(&first, &office.reader, &["d-2"]).await;
    assert!(office.again(&later, 2).await);
    assert_eq!(
        office.sent().iter().map(told).collect::<Vec<_>>(),
        [["d-2"]],
        "which nobody had been told"
    );
}

#[tokio::test]
async fn two_absentees_of_one_delegate_have_their_receipts_apart() {
    let office = Office::new("daily").await;
    let author = office.author.clone();
    let other = office.another("daily").await;
    office
        .world
        .save(
            "c-2",
            1,
            "EMS-DSI",
            &author.id,
            "consultation",
            &[&office.reader],
        )
        .await;
    office.world.star(&office.reader, "c-2").await;
    // Both follow c-1, and only the reader c-2.
    office.tender("d-1").await;
    office.world.pass(SignedDuration::from_secs(1));
    office
        .world
        .send("TenderReceived", tender("c-2", "d-2"))
        .await;
    office.away("2026-11-25", "2026-11-26", Some(&author)).await;
    office
        .absent(&other, "2026-11-25", "2026-11-26", Some(&author))
        .await;

    let [of_reader, of_other] = all_struck(
        &office,
        "2026-11-25T07:00:00+01:00",
        [&office.reader, &other],
    )
    .await;
    office.faults([Fault::Throttle]);
    assert!(!office.world.hand(&of_reader, 1).await, "throttled");
    assert!(office.world.hand(&of_other, 1).await);
    let first = office.sent().remove(0);
    assert_eq!(told(&first), ["d-1"]);
    office.delivered(&first, &author, &["d-2"]).await;
    assert!(office.again(&of_reader, 2).await);
    let rest = office.sent();
    assert_eq!(rest.iter().map(told).collect::<Vec<_>>(), [["d-2"]]);
    office.delivered(&rest[0], &author, &[]).await;
    assert_eq!(office.held().await, 0);
}

#[tokio::test]
async fn a_daily_mail_that_was_throttled_and_then_told_as_a_delegate_has_its_receipt_for_what_it_told()
 {
    let office = Office::new("daily").await;
    let author = office.author.clone();
    office.wants(&author, "daily").await;
    office.tender("d-1").await;
    office
        .world
        .save("c-2", 1, "EMS-DSI", &author.id, "consultation", &[])
        .await;
    office.world.star(&author, "c-2").await;
    office.world.pass(SignedDuration::from_secs(1));
    office
        .world
        .send("TenderReceived", tender("c-2", "d-2"))
        .await;
    office.away("2026-11-25", "2026-11-26", Some(&author)).await;
    let [of_reader, of_author] = all_struck(
        &office,
        "2026-11-25T07:00:00+01:00",
        [&office.reader, &author],
    )
    .await;
    office.faults([Fault::Throttle]);
    assert!(!office.world.hand(&of_author, 1).await, "throttled");
    assert!(office.world.hand(&of_reader, 1).await);
    let as_delegate = office.sent().remove(0);
    assert_eq!(told(&as_delegate), ["d-1"]);
    office.delivered(&as_delegate, &author, &["d-2"]).await;
    assert!(office.again(&of_author, 2).await);
    assert_eq!(
        office.sent().iter().map(told).collect::<Vec<_>>(),
        [["d-2"]]
    );
}
