//! Headers by which mail programs sort, thread and answer.

use std::collections::BTreeSet;

use serde_json::json;
use vigie_tests::{World, fake_aws::Mail, traffic::news};

/// What keeps programs from answering.
#[track_caller]
fn assert_automatic(mail: &Mail) {
    assert_eq!(mail.headers["Auto-Submitted"], "auto-generated", "{}", mail.subject);
    assert_eq!(mail.headers["X-Auto-Response-Suppress"], "All", "{}", mail.subject);
}

#[tokio::test]
async fn the_alerts_of_one_consultation_are_one_thread_of_one_list() {
    let world = World::new().await;
    let ada = world.organisation("EMS").await;
    world.wants_everything(&ada).await;
    let mut roots = Vec::new();
    for consultation in ["c-1", "c-2"] {
        world.consultation(consultation, "EMS", &ada, &[]).await;
        world.star(&ada, consultation).await;
        world.empty_inbox();
        for fact in news(consultation) {
            world.send(fact.detail_type, fact.detail).await;
        }
        let mails = world.mails_to(&ada.email);
        assert_eq!(mails.len(), 7);
        for mail in &mails {
            assert_automatic(mail);
            assert_eq!(mail.headers["List-Id"], "Alertes Vigie <alertes.vigie.test>");
            assert_eq!(mail.headers["References"], mail.headers["In-Reply-To"]);
            assert_eq!(mail.headers["X-Vigie-Reason"], "author");
        }
        let thread: BTreeSet<_> = mails.iter().map(|mail| mail.headers["References"].clone()).collect();
        assert_eq!(thread.len(), 1, "{thread:?}");
        roots.extend(thread);
    }
    assert_ne!(roots[0], roots[1]);
    assert!(roots.iter().all(|root| root.starts_with('<') && root.ends_with("@vigie.test>") && root.is_ascii()), "{roots:?}");
}

#[tokio::test]
async fn no_program_answers_a_mail_about_an_account() {
    let world = World::new().await;
    let ada = world.organisation("EMS").await;
    let bob = world.agent(&ada, "EMS", "Bob").await;
    let change = json!({"email": "robert@example.fr"});
    world.patch_contact(&bob.login, &bob.id, change).await.expect(202);
    world.settle().await;
    let mails = world.mails();
    assert!(mails.len() >= 4, "two invitations, a confirmation, a notice: {}", mails.len());
    for mail in &mails {
        assert_automatic(mail);
        assert!(!mail.headers.contains_key("List-Id"), "{}", mail.subject);
    }
}

#[tokio::test]
async fn each_mail_says_what_it_is_to_who_counts_what_is_called_unwanted() {
    let world = World::new().await;
    let ada = world.organisation("EMS").await;
    world.wants_everything(&ada).await;
    world.consultation("c-1", "EMS", &ada, &[]).await;
    world.star(&ada, "c-1").await;
    for fact in news("c-1") {
        world.send(fact.detail_type, fact.detail).await;
    }
    let mut kinds = BTreeSet::new();
    for mail in world.mails() {
        // SES makes its header of these.
        let (kind, sender) = (&mail.tags["ses:feedback-id-a"], &mail.tags["ses:feedback-id-b"]);
        assert_eq!((kind, sender.as_str()), (&mail.tags["kind"], "vigie"), "{}", mail.subject);
        kinds.insert(kind.clone());
    }
    assert_eq!(kinds.len(), 7, "six kinds and an invitation: {kinds:?}");
}

#[tokio::test]
async fn a_mailbox_for_it_stands_beside_the_link_to_unsubscribe() {
    let mut world = World::new().await;
    world.mailer.unsubscribe_mailbox = Some("desabonnement@vigie.test".to_owned());
    let ada = world.organisation("EMS").await;
    world.wants_everything(&ada).await;
    world.consultation("c-1", "EMS", &ada, &[]).await;
    world.star(&ada, "c-1").await;
    world.empty_inbox();
    let [fact, ..] = news("c-1");
    world.send(fact.detail_type, fact.detail).await;
    let header = world.mails_to(&ada.email)[0].headers["List-Unsubscribe"].clone();
    let (by_click, by_mail) = header.split_once(", ").expect("two ways");
    let token = by_click.strip_prefix("<https://vigie.test/v1/unsubscribe/").and_then(|rest| rest.strip_suffix('>')).expect("a link");
    assert_eq!(by_mail, format!("<mailto:desabonnement@vigie.test?subject={token}>"));
    assert!(header.len() < 900 && header.is_ascii(), "{header}");
}
