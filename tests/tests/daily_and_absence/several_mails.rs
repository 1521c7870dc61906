//! A day with more news than one mail takes: several, each complete, nothing lost and nothing
//! twice.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::json;
use vigie_mail::MAX_HTML;
use vigie_tests::{
    fake_aws::{Fault, Mail},
    scenario::saved,
};

use crate::daily_and_absence::{
    Office,
    crash::{struck, work},
};

/// Questions whose links are as long as links may be, some on a second consultation.
const QUESTIONS: usize = 110;

/// A day with so many questions for the reader.
async fn busy_day(office: &Office) {
    let second = saved("c-2", 1, "EMS-DSI", &office.reader.id, "drafting", &[]);
    office.world.send("ConsultationSaved", second).await;
    for i in 0..QUESTIONS {
        let url = format!("https://marches.example.fr/q{i:03}/{}", "x".repeat(1900));
        let consultation = if i % 5 == 0 { "c-2" } else { "c-1" };
        let question = json!({"consultationId": consultation, "questionId": format!("q-{i}"), "receivedAt": "2026-11-24T09:00:00+01:00",
            "hasAttachment": true, "url": url});
        office.world.publish("QuestionReceived", question);
    }
    office.world.settle().await;
    assert_eq!(office.held().await, QUESTIONS);
}

/// The questions that a mail tells of, by their links; it says so in the text as in the HTML.
fn questions(mail: &Mail) -> BTreeSet<String> {
    let all: Vec<_> = (0..QUESTIONS)
        .map(|i| format!("marches.example.fr/q{i:03}/"))
        .collect();
    let of = |part: &str| {
        all.iter()
            .filter(|link| part.contains(link.as_str()))
            .cloned()
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(of(&mail.text), of(&mail.html));
    of(&mail.html)
}

/// Each mail is short, complete and numbered, and together they tell each question once.
#[track_caller]
fn assert_complete(mails: &[Mail]) {
    let (mut told, of) = (BTreeSet::new(), mails.len());
    for (i, mail) in mails.iter().enumerate() {
        assert!(
            mail.html.len() <= MAX_HTML && mail.text.len() <= MAX_HTML,
            "{} bytes",
            mail.html.len()
        );
        let questions = questions(mail);
        let subject = format!(
            "Vos alertes du mardi 24 novembre 2026 – {} alertes ({}/{of})",
            questions.len(),
            i + 1
        );
        assert_eq!(mail.subject, subject);
        assert!(
            mail.html.trim_end().ends_with("</html>")
                && mail
                    .html
                    .contains("Ne plus recevoir d’alertes quotidiennes")
        );
        assert!(
            mail.text.contains("POURQUOI CE MESSAGE") && mail.text.contains("[21-166157]"),
            "{}",
            mail.text
        );
        assert_eq!(
            mail.headers["List-Unsubscribe-Post"],
            "List-Unsubscribe=One-Click"
        );
        told.extend(questions.iter().cloned());
        assert_eq!(
            told.len(),
            mails[..=i]
                .iter()
                .map(|mail| self::questions(mail).len())
                .sum::<usize>(),
            "nothing twice"
        );
    }
    assert_eq!(told.len(), QUESTIONS, "nothing lost");
}

#[tokio::test]
async fn a_long_day_comes_in_several_mails_each_complete_and_numbered() {
    let office = Office::new("daily").await;
    busy_day(&office).await;
    office.at("2026-11-25T07:00:00+01:00").await;
    let mails = office.world.mails_to(&office.reader.email);
    assert!(mails.len() >= 3, "{}", mails.len());
    assert_complete(&mails);
    assert_eq!(office.held().await, 0);
    office.at("2026-11-26T07:00:00+01:00").await;
    assert_eq!(
        office.world.mails_to(&office.reader.email).len(),
        mails.len()
    );
}

#[tokio::test]
async fn whatever_becomes_of_the_second_of_three_nothing_is_lost_and_only_what_nobody_can_know_comes_twice()
 {
    let fine = Fault::Entries(Vec::new());
    for (fault, twice) in [
        (Fault::Throttle, false),
        (Fault::DiesBefore, false),
        (Fault::Down, false),
        (Fault::AnswerLost, true),
        (Fault::DiesAfter, true),
    ] {
        let office = Arc::new(Office::new("daily").await);
        busy_day(&office).await;
        let event = struck(&office, "2026-11-25T07:00:00+01:00").await;
        office
            .world
            .aws
            .with(|traffic| traffic.faults.extend([fine.clone(), fault.clone()]));
        assert_ne!(work(&office, &event, 1).await, Some(true), "{fault:?}");
        assert_eq!(
            office.world.mails().len(),
            1 + usize::from(twice),
            "{fault:?}"
        );
        office.world.pass(jiff::SignedDuration::from_secs(180));
        assert_eq!(work(&office, &event, 2).await, Some(true), "{fault:?}");
        assert_eq!(work(&office, &event, 3).await, Some(true), "{fault:?}");
        let mut mails = office.world.mails();
        if twice {
            let again = mails.remove(2);
            assert_eq!(
                (questions(&again), &again.subject),
                (questions(&mails[1]), &mails[1].subject),
                "{fault:?}"
            );
        }
        assert_complete(&mails);
        assert_eq!(office.held().await, 0, "{fault:?}");
    }
}

#[tokio::test]
async fn a_delegate_s_share_of_a_long_day_comes_in_several_mails_too() {
    let office = Office::new("daily").await;
    busy_day(&office).await;
    let author = office.author.clone();
    office.away("2026-11-25", "2026-11-26", Some(&author)).await;
    office.at("2026-11-25T07:00:00+01:00").await;
    let mails = office.world.mails_to(&author.email);
    let of = mails.len();
    assert!(of >= 2, "{of}");
    for (i, mail) in mails.iter().enumerate() {
        assert!(mail.html.len() <= MAX_HTML, "{}", mail.html.len());
        assert!(
            mail.subject.starts_with("Alertes de Reader Agent – ")
                && mail
                    .subject
                    .ends_with(&format!(" alertes ({}/{of})", i + 1))
        );
    }
    let told: usize = mails.iter().map(|mail| questions(mail).len()).sum();
    assert_eq!(told, QUESTIONS * 4 / 5, "the author may not see c-2");
}
