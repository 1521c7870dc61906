//! Headers by which mail programs sort, thread and answer.

use std::collections::BTreeSet;

use serde_json::json;
use vigie_tests::{World, fake_aws::Mail, scenario::saved, traffic::news};

/// Asserts the headers that keep programs from answering.
#[track_caller]
fn assert_automatic(mail: &Mail) {
    assert_eq!(
        mail.headers["Auto-Submitted"], "auto-generated",
        "{}",
        mail.subject
    );
    assert_eq!(
        mail.headers["X-Auto-Response-Suppress"], "All",
        "{}",
        mail.subject
    );
}

#[tokio::test]
async fn the_alerts_of_one_consultation_are_one_thread_of_one_list() {
    let (world, ada) = World::with("EMS").await;
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
            assert_eq!(
                mail.headers["List-Id"],
                "Alertes Vigie <alertes.vigie.test>"
            );
            assert_eq!(mail.headers["References"], mail.headers["In-Reply-To"]);
            assert_eq!(mail.headers["X-Vigie-Reason"], "author");
        }
        let thread: BTreeSet<_> = mails
            .iter()
            .map(|mail| mail.headers["References"].clone())
            .collect();
        assert_eq!(thread.len(), 1, "{thread:?}");
        roots.extend(thread);
    }
    assert_ne!(roots[0], roots[1]);
    assert!(
        roots
            .iter()
            .all(|root| root.starts_with('<') && root.ends_with("@vigie.test>") && root.is_ascii()),
        "{roots:?}"
    );
}

#[tokio::test]
async fn no_program_answers_a_mail_about_an_account() {
    let (world, ada) = World::with("EMS").await;
    let bob = world.agent(&ada, "EMS", "Bob").await;
    let change = json!({"email": "robert@example.fr"});
    bob.patch_contact(&world, change).await.expect(202);
    world.settle().await;
    let mails = world.mails();
    assert!(
        mails.len() >= 4,
        "two invitations, a confirmation, a notice: {}",
        mails.len()
    );
    for mail in &mails {
        assert_automatic(mail);
        assert!(!mail.headers.contains_key("List-Id"), "{}", mail.subject);
    }
}

#[tokio::test]
async fn each_mail_says_what_it_is_to_who_counts_what_is_called_unwanted() {
    let (world, ada) = World::with("EMS").await;
    world.wants_everything(&ada).await;
    world.consultation("c-1", "EMS", &ada, &[]).await;
    world.star(&ada, "c-1").await;
    for fact in news("c-1") {
        world.send(fact.detail_type, fact.detail).await;
    }
    let mut kinds = BTreeSet::new();
    for mail in world.mails() {
        // SES makes its header of these.
        let (kind, sender) = (
            &mail.tags["ses:feedback-id-a"],
            &mail.tags["ses:feedback-id-b"],
        );
        assert_eq!(
            (kind, sender.as_str()),
            (&mail.tags["kind"], "vigie"),
            "{}",
            mail.subject
        );
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
    let token = by_click
        .strip_prefix("<https://vigie.test/v1/unsubscribe/")
        .and_then(|rest| rest.strip_suffix('>'))
        .expect("a link");
    assert_eq!(
        by_mail,
        format!("<mailto:desabonnement@vigie.test?subject={token}>")
    );
    assert!(header.len() < 900 && header.is_ascii(), "{header}");
}

/// SES takes no longer value of a header, in characters.
const LONGEST_VALUE: usize = 870;

/// A mail is one that any server takes (RFC 5322): printable ASCII in its headers, one line each,
/// no line beyond 998 octets however it is folded.
#[track_caller]
fn assert_strict(mail: &Mail) {
    for (name, value) in &mail.headers {
        assert!(
            name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && name.len() <= 76,
            "{name}"
        );
        assert!(
            value.bytes().all(|b| (b' '..=b'~').contains(&b)) && value.len() <= LONGEST_VALUE,
            "{name}: {value}"
        );
        assert_eq!(value, value.trim(), "{name}");
    }
    assert!(
        !mail.subject.is_empty() && mail.subject.chars().count() <= 200,
        "{}",
        mail.subject
    );
    assert!(
        !mail.subject.chars().any(char::is_control),
        "{:?}",
        mail.subject
    );
    assert!(
        mail.to.is_ascii() && mail.from.is_ascii() && !mail.from.contains(['\r', '\n']),
        "{} {}",
        mail.to,
        mail.from
    );
    assert!(
        !mail.text.contains(['\r', '\0']) && !mail.html.contains(['\r', '\0']),
        "{}",
        mail.subject
    );
}

#[tokio::test]
async fn any_server_takes_every_mail_however_long_and_odd_what_it_tells() {
    let mut world = World::new().await;
    let mailbox = format!("{}@{}.example.fr", "d".repeat(64), "x".repeat(60));
    world.mailer.unsubscribe_mailbox = Some(mailbox);
    let ada = world.organisation("EMS").await;
    world.wants_everything(&ada).await;
    let id = format!("c-{}", "9".repeat(126));
    let mut detail = saved(&id, 1, "EMS", &ada.id, "consultation", &[]);
    detail["title"] = json!(format!(
        "é\r\nBcc: x@y.fr {{{{x}}}} \u{202e}{}",
        "œ".repeat(4000)
    ));
    detail["reference"] = json!("\u{1f600}\r\n\t21");
    world.send("ConsultationSaved", detail).await;
    world.star(&ada, &id).await;
    for fact in news(&id) {
        world.send(fact.detail_type, fact.detail).await;
    }
    let mails = world.mails();
    assert!(
        mails.len() >= 8,
        "an invitation and seven alerts: {:?}",
        mails.iter().map(|mail| &mail.subject).collect::<Vec<_>>()
    );
    mails.iter().for_each(assert_strict);
    assert!(mails.iter().all(|mail| !mail.headers.contains_key("Bcc")));
}
