//! Reads SES's events about a mail that it accepted, with suspicion, and decides what each verdict
//! means for the delivery and for the address. Source: "Event data examples that Amazon SES
//! publishes to Amazon EventBridge" (AWS).

use jiff::{Timestamp, civil::Date};
use serde_json::Value;

use crate::{
    contact::email::Email,
    delivery::asked::{Asked, Origin},
    id::{AccountId, is_digest},
    paris,
};

/// Number of days on which mails must have come back for a reason that may pass, before the address
/// counts as dead.
pub const SOFT_BOUNCES: usize = 3;

/// Number of days for which such a day counts.
pub const SOFT_BOUNCE_DAYS: i32 = 30;

/// Detail-types of the events about a sent mail.
pub const DETAIL_TYPES: [&str; 7] = [
    "Email Sent",
    "Email Delivered",
    "Email Delivery Delayed",
    "Email Bounced",
    "Email Complaint Received",
    "Email Rejected",
    "Email Rendering Failed",
];

/// SES's verdict on one mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// SES took it and tries.
    Sent,
    /// The receiving server does not take it yet; SES goes on trying.
    Delayed,
    /// The receiving server took it.
    Delivered,
    /// It came back for a reason that may pass.
    BouncedForNow,
    /// An automatic answer came, such as a notice of absence. Says nothing against the address.
    Answered,
    /// It came back because of the mail: its size, its content. Says nothing against the address.
    Refused,
    /// It came back for good.
    Bounced,
    /// The recipient called it unwanted.
    Complained,
    /// SES found it unfit to be sent (a virus).
    Rejected,
    /// SES could not fill the template in.
    NotRendered,
}

impl Verdict {
    /// True if the address must not be mailed any more after this alone.
    #[must_use]
    pub fn condemns(self) -> bool {
        matches!(self, Self::Bounced | Self::Complained)
    }

    /// True if it says what became of a mail: each has one such verdict within a day, since
    /// SES gives up after 14 hours.
    #[must_use]
    pub fn ends(self) -> bool {
        match self {
            Self::Delivered
            | Self::BouncedForNow
            | Self::Refused
            | Self::Bounced
            | Self::Rejected
            | Self::NotRendered => true,
            Self::Sent | Self::Delayed | Self::Answered | Self::Complained => false,
        }
    }
}

/// One event of SES about one mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
    /// The verdict.
    pub verdict: Verdict,
    /// Account whose delivery it is, as the mail's tags say.
    pub account: AccountId,
    /// Name of the delivery, as the mail's tags say.
    pub delivery: String,
    /// For a mail that somebody else asked for: which, and from where.
    pub asked: Option<OfAsked>,
    /// SES's name of the mail.
    pub message_id: String,
    /// To whom it went; `None` if that is no address.
    pub address: Option<Email>,
    /// Time at which SES took the mail.
    pub sent_at: Timestamp,
    /// Time at which this happened.
    pub at: Timestamp,
    /// The receiving server's code, such as `5.1.1`; none of its text, which may hold an address.
    pub code: Option<String>,
}

/// A mail that somebody else asked for, as its tags say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfAsked {
    /// The kind of mail.
    pub mail: Asked,
    /// The share that it was counted against.
    pub share: Option<&'static str>,
    /// The digest of the organisation whose invitation it is.
    pub organisation: Option<String>,
}

/// The reason for which an event says nothing that is acted upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It is about something else (a click, a subscription, the account), or about a mail that is
    /// not of an account of ours.
    NotOurs,
    /// It lacks what SES always sends.
    Malformed(&'static str),
}

impl Feedback {
    /// Reads an event of SES by its detail-type and detail.
    ///
    /// # Errors
    /// It is about something else, or is not as SES sends them.
    pub fn read(detail_type: &str, detail: &Value) -> Result<Self, Unread> {
        let part = part_of(detail_type).ok_or(Unread::NotOurs)?;
        let (mail, told) = (&detail["mail"], &detail[part]);
        let tag = |name: &str| mail["tags"][name][0].as_str();
        let (Some(account), Some(delivery)) = (tag("account"), tag("delivery")) else {
            return Err(Unread::NotOurs);
        };
        let account = AccountId::parse(account).map_err(|_| Unread::NotOurs)?;
        if !is_digest(delivery) {
            return Err(Unread::NotOurs);
        }
        let sent_at = instant(&mail["timestamp"]).ok_or(Unread::Malformed("mail.timestamp"))?;
        let message_id = mail["messageId"]
            .as_str()
            .filter(|id| id.len() <= 200)
            .ok_or(Unread::Malformed("mail.messageId"))?;
        Ok(Self {
            verdict: verdict(detail_type, told).ok_or(Unread::NotOurs)?,
            account,
            delivery: delivery.to_owned(),
            asked: tag("kind").and_then(Asked::parse).map(|mail| OfAsked {
                mail,
                share: tag("share").and_then(Origin::known_share),
                organisation: tag("organisation")
                    .filter(|name| is_digest(name))
                    .map(str::to_owned),
            }),
            message_id: message_id.to_owned(),
            address: mail["destination"][0]
                .as_str()
                .and_then(|address| Email::parse(address).ok()),
            sent_at,
            at: instant(&told["timestamp"]).unwrap_or(sent_at),
            code: code(told),
        })
    }
}

/// Returns the name of the part of the detail that tells what happened.
fn part_of(detail_type: &str) -> Option<&'static str> {
    Some(match detail_type {
        "Email Sent" => "send",
        "Email Delivered" => "delivery",
        "Email Delivery Delayed" => "deliveryDelay",
        "Email Bounced" => "bounce",
        "Email Complaint Received" => "complaint",
        "Email Rejected" => "reject",
        "Email Rendering Failed" => "failure",
        _ => return None,
    })
}

fn verdict(detail_type: &str, told: &Value) -> Option<Verdict> {
    Some(match detail_type {
        "Email Sent" => Verdict::Sent,
        "Email Delivered" => Verdict::Delivered,
        "Email Delivery Delayed" => Verdict::Delayed,
        "Email Bounced" => bounce(told),
        // The recipient took a complaint back: RFC 5965 knows reports of what is not spam.
        "Email Complaint Received" if says(&told["complaintFeedbackType"], "not-spam") => {
            return None;
        }
        "Email Complaint Received" => Verdict::Complained,
        "Email Rejected" => Verdict::Rejected,
        "Email Rendering Failed" => Verdict::NotRendered,
        _ => return None,
    })
}

fn bounce(told: &Value) -> Verdict {
    let sub_type = &told["bounceSubType"];
    if OF_THE_MAIL.iter().any(|kind| says(sub_type, kind)) {
        Verdict::Refused
    } else if says(&told["bounceType"], "Permanent") {
        Verdict::Bounced
    } else if says(&told["bounceType"], "Transient")
        && (sub_type.is_null() || says(sub_type, "General"))
        && !has_report(told)
    {
        Verdict::Answered
    } else {
        Verdict::BouncedForNow
    }
}

/// True if a bounce had a report of the receiving server. An automatic answer, such as a notice of
/// absence, is told as a bounce that has none; and so is what SES could not read.
fn has_report(told: &Value) -> bool {
    let recipient = &told["bouncedRecipients"][0];
    ["status", "action", "diagnosticCode"]
        .iter()
        .any(|part| recipient[part].is_string())
}

/// Kinds of bounces that tell of the mail and not of the address (SES, "Bounce types").
const OF_THE_MAIL: [&str; 3] = ["MessageTooLarge", "ContentRejected", "AttachmentRejected"];

/// True if a value is this word, in any letter case: what reports hold is what receiving
/// servers wrote.
fn says(value: &Value, word: &str) -> bool {
    value
        .as_str()
        .is_some_and(|value| value.trim().eq_ignore_ascii_case(word))
}

fn instant(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// Returns the enhanced status code (RFC 3463), or the reply code (RFC 5321), and nothing else of
/// the server's answer.
fn code(told: &Value) -> Option<String> {
    let recipients = ["bouncedRecipients", "delayedRecipients"]
        .into_iter()
        .map(|list| &told[list][0]["status"]);
    let stated = recipients
        .filter_map(Value::as_str)
        .find_map(|status| enhanced(status.trim()));
    let replied = || {
        told["smtpResponse"]
            .as_str()
            .and_then(|reply| reply.split([' ', '-']).next())
            .and_then(reply_code)
    };
    stated.or_else(replied)
}

fn enhanced(status: &str) -> Option<String> {
    let parts: Vec<_> = status.split('.').collect();
    let number =
        |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    (parts.len() == 3 && parts.iter().all(number) && matches!(parts[0], "2" | "4" | "5"))
        .then(|| status.to_owned())
}

fn reply_code(code: &str) -> Option<String> {
    (code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit())).then(|| code.to_owned())
}

/// Returns the days that still count with one more, in whatever order they are heard of, and
/// whether they condemn the address: three different days of Paris within a month.
#[must_use]
pub fn soft_bounces(before: &[Date], at: Timestamp) -> (Vec<Date>, bool) {
    let mut days: Vec<Date> = before.iter().copied().chain([paris::day(at)]).collect();
    days.sort_unstable();
    days.dedup();
    let newest = days.last().copied();
    days.retain(|day| newest.is_some_and(|newest| (newest - *day).get_days() < SOFT_BOUNCE_DAYS));
    let condemned = days.len() >= SOFT_BOUNCES;
    (days, condemned)
}
