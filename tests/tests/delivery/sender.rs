//! Sender of a mail, and the address for answers.

use std::sync::Arc;

use serde_json::json;
use vigie_operator::Operator;
use vigie_tests::fake_aws::Mail;

use crate::delivery::{End, alert, ended, sqs};

const US: &str = "ne-pas-repondre@vigie.test";

/// One alert and one mail about an account, sent in the name of an operator.
async fn mails(operator: &Operator) -> Vec<Mail> {
    let (world, _, due) = alert(2).await;
    let mut world = Arc::into_inner(world).expect("nobody else's");
    world.mailer = world.another_mailer().of(operator);
    assert_eq!(
        ended(&world.mailer, sqs(&due[0], 1)).await,
        End::Acknowledged
    );
    let grace = world.organisation("COLMAR").await;
    world.invite(&grace, "COLMAR", "Bruno").await;
    world.settle().await;
    let mails = world.mails();
    assert!(
        mails.iter().any(|mail| mail.subject.contains("dépôt"))
            && mails.iter().any(|mail| mail.to.starts_with("bruno"))
    );
    mails
}

#[tokio::test]
async fn every_mail_is_in_the_operator_s_name_and_takes_answers_where_people_are_helped() {
    let name = "=?UTF-8?B?VmlsbGUgZGUgQ29sbWFyLCDCqyBtYXJjaMOpcyDCuw==?=";
    let operator = json!({
        "name": "Ville de Colmar, « marchés »",
        "colours": {"light": "#5b2a86", "dark": "#d3b8ff"},
        "help": {"mail": "marches@colmar.example.fr", "telephone": "03 00 00 00 00"},
    });
    let operator = operator.to_string().parse().expect("an operator");
    for mail in mails(&operator).await {
        assert_eq!(mail.from, format!("{name} <{US}>"), "{}", mail.subject);
        assert_eq!(
            mail.reply_to,
            ["marches@colmar.example.fr"],
            "{}",
            mail.subject
        );
        for part in [&mail.html, &mail.text] {
            assert!(part.contains("Ville de Colmar, « marchés »"), "{part}");
            assert!(
                part.contains("Écrivez à marches@colmar.example.fr"),
                "{part}"
            );
            assert!(!part.contains("Vigie"), "{part}");
        }
        assert!(
            mail.html.contains("border-top:4px solid #5b2a86"),
            "{}",
            mail.html
        );
    }
}

#[tokio::test]
async fn of_an_operator_that_has_said_nothing_it_is_the_address_alone() {
    for mail in mails(&Operator::default()).await {
        assert_eq!(mail.from, US);
        assert!(mail.reply_to.is_empty());
        assert!(
            mail.text.contains("merci de ne pas y répondre"),
            "{}",
            mail.text
        );
    }
}
