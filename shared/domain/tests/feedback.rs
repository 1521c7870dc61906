//! SES's verdicts: what is said of a mail is not held against its address.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use vigie_domain::delivery::feedback::{Feedback, Unread, Verdict, soft_bounces};

fn read(detail_type: &str, part: &str, told: &Value) -> Result<Verdict, Unread> {
    let detail = json!({
        "mail": {
            "timestamp": "2026-11-24T09:00:00Z", "messageId": "m-1", "destination": ["zoe@mairie.fr"],
            "tags": { "account": ["0198c0de-0000-7000-8000-000000000001"], "delivery": ["0".repeat(22)] },
        },
        part: told,
    });
    Feedback::read(detail_type, &detail).map(|feedback| feedback.verdict)
}

fn bounce(kind: &str, sub_kind: &str) -> Verdict {
    let told = json!({"bounceType": kind, "bounceSubType": sub_kind, "bouncedRecipients": [{"status": "5.3.4"}]});
    read("Email Bounced", "bounce", &told).unwrap()
}

#[test]
fn a_mail_that_is_too_large_or_unwanted_for_its_content_says_nothing_against_the_address() {
    for kind in ["Transient", "Permanent", "Undetermined"] {
        for sub_kind in [
            "MessageTooLarge",
            "ContentRejected",
            "AttachmentRejected",
            "messagetoolarge",
            "CONTENTREJECTED",
        ] {
            assert_eq!(
                bounce(kind, sub_kind),
                Verdict::Refused,
                "{kind} {sub_kind}"
            );
        }
    }
    assert!(!Verdict::Refused.condemns());
    for sub_kind in [
        "General",
        "NoEmail",
        "Suppressed",
        "OnAccountSuppressionList",
    ] {
        assert_eq!(
            bounce("Permanent", sub_kind),
            Verdict::Bounced,
            "{sub_kind}"
        );
    }
    for sub_kind in ["General", "MailboxFull"] {
        assert_eq!(
            bounce("Transient", sub_kind),
            Verdict::BouncedForNow,
            "{sub_kind}"
        );
    }
}

/// Only a bounce that had a report of the receiving server says a status, an action and what was
/// answered (SES). An automatic answer has none; nor has what SES could not read.
#[test]
fn a_bounce_that_says_nothing_is_an_automatic_answer_only_where_ses_tells_those() {
    let silent = json!({"emailAddress": "zoe@mairie.fr"});
    let reports = [
        json!({"status": "4.2.2"}),
        json!({"status": "5.0.0", "action": "failed"}),
        json!({"action": "failed"}),
        json!({"diagnosticCode": "smtp; 550 unknown"}),
        json!({"status": "unknown"}),
    ];
    let bounce = |kind: &Value, sub_kind: &Value, recipients: &Value| {
        let told =
            json!({"bounceType": kind, "bounceSubType": sub_kind, "bouncedRecipients": recipients});
        read("Email Bounced", "bounce", &told).unwrap()
    };
    for (kind, sub_kind, without_report) in [
        ("Transient", json!("General"), Verdict::Answered),
        ("transient", json!("GENERAL"), Verdict::Answered),
        ("Transient", json!(null), Verdict::Answered),
        ("Transient", json!("MailboxFull"), Verdict::BouncedForNow),
        ("Transient", json!("Undetermined"), Verdict::BouncedForNow),
        (
            "Transient",
            json!("CustomTimeoutExceeded"),
            Verdict::BouncedForNow,
        ),
        (
            "Undetermined",
            json!("Undetermined"),
            Verdict::BouncedForNow,
        ),
        ("Undetermined", json!("General"), Verdict::BouncedForNow),
        ("Undetermined", json!(null), Verdict::BouncedForNow),
        ("SomethingNew", json!("General"), Verdict::BouncedForNow),
        ("Permanent", json!("General"), Verdict::Bounced),
        ("PERMANENT", json!("NoEmail"), Verdict::Bounced),
        ("Permanent", json!(null), Verdict::Bounced),
    ] {
        let kind = json!(kind);
        for nothing in [json!([silent]), json!([{}]), json!([]), json!(null)] {
            assert_eq!(
                bounce(&kind, &sub_kind, &nothing),
                without_report,
                "{kind} {sub_kind} {nothing}"
            );
        }
        let with_report = match without_report {
            Verdict::Answered => Verdict::BouncedForNow,
            other => other,
        };
        for report in &reports {
            assert_eq!(
                bounce(&kind, &sub_kind, &json!([report])),
                with_report,
                "{kind} {sub_kind} {report}"
            );
        }
    }
    let nothing_at_all = json!({"timestamp": "2026-11-24T09:00:09Z"});
    assert_eq!(
        read("Email Bounced", "bounce", &nothing_at_all),
        Ok(Verdict::BouncedForNow)
    );
}

#[test]
fn a_report_of_what_is_not_spam_is_no_complaint_in_any_letter_case() {
    for kind in ["not-spam", "Not-Spam", "NOT-SPAM", " not-spam "] {
        let told = json!({"complaintFeedbackType": kind});
        assert_eq!(
            read("Email Complaint Received", "complaint", &told),
            Err(Unread::NotOurs),
            "{kind}"
        );
    }
    for kind in [
        json!("abuse"),
        json!("ABUSE"),
        json!("not-spamming"),
        json!(null),
        json!(1),
    ] {
        let told = json!({"complaintFeedbackType": kind});
        assert_eq!(
            read("Email Complaint Received", "complaint", &told),
            Ok(Verdict::Complained),
            "{kind}"
        );
    }
}

#[test]
fn three_days_within_a_month_condemn_an_address() {
    let noon: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
    let condemned = |third: i64| {
        let mut known = (Vec::new(), false);
        for day in [0, 1, third] {
            known = soft_bounces(&known.0, noon + SignedDuration::from_hours(24 * day));
        }
        known.1
    };
    assert_eq!([condemned(1), condemned(2)], [false, true]);
    assert_eq!([condemned(29), condemned(30)], [true, false]);
}
