//! Sender of a mail, and the address for answers.

use std::sync::Arc;

use vigie_aws::ses::Ses;
use vigie_mailer::Mailer;
use vigie_tests::fake_aws::Mail;

use crate::delivery::{End, alert, ended, sqs};

const US: &str = "ne-pas-repondre@vigie.test";

/// One alert and one mail about an account, sent by a mailer of that name.
async fn mails(name: &str, reply_to: Option<&str>) -> Vec<Mail> {
    let (world, _, due) = alert(2).await;
    let mut world = Arc::into_inner(world).expect("nobody else's");
    let ses = Ses::from_address(world.aws.ses(), US).shown_as(name, reply_to.map(str::to_owned));
    world.mailer = Mailer {
        ses,
        ..world.another_mailer()
    };
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
async fn every_mail_comes_from_the_sender_s_name_and_takes_answers_where_they_are_read() {
    for mail in mails(
        "Ville de Colmar, « marchés »",
        Some("marches@colmar.example.fr"),
    )
    .await
    {
        let name = "=?UTF-8?B?VmlsbGUgZGUgQ29sbWFyLCDCqyBtYXJjaMOpcyDCuw==?=";
        assert_eq!(mail.from, format!("{name} <{US}>"), "{}", mail.subject);
        assert_eq!(
            mail.reply_to,
            ["marches@colmar.example.fr"],
            "{}",
            mail.subject
        );
    }
}

#[tokio::test]
async fn without_either_it_is_the_address_alone() {
    for mail in mails("", None).await {
        assert_eq!(mail.from, US);
        assert!(mail.reply_to.is_empty());
    }
}
