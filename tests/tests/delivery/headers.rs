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
