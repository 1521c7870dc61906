//! Sending through SES. It has no idempotency token, so every answer has its own meaning: accepted,
//! refused for good, refused for now, or unknown.

use aws_sdk_sesv2::{
    Client,
    types::{
        Body, BulkEmailContent, BulkEmailEntry, Content, Destination, EmailContent,
        EmailTemplateContent, Message, MessageHeader, MessageTag, ReplacementEmailContent,
        ReplacementTemplate, Template,
    },
};
use vigie_domain::{contact::email::Email, event::CANDIDATES};

mod account;
mod answer;

pub use account::SesAccount;
pub use answer::{Answer, Malformed};

use vigie_runtime::{
    config::{ConfigError, optional, required},
    log,
};

use crate::mailbox::mailbox;

/// Most recipients of one bulk call (AWS limit).
pub const BULK: usize = CANDIDATES;

/// A template of exact `{{key}}` placeholders.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// Subject line.
    pub subject: &'a str,
    /// Plain text.
    pub text: &'a str,
    /// HTML.
    pub html: &'a str,
}

/// A header of a mail: its name and value.
pub type Header = (&'static str, String);

/// A tag of a mail, by which SES's events are told apart: its name and value, both of
/// `[A-Za-z0-9_-]`.
pub type Tag = (&'static str, String);

/// The part that all mails of a bulk call share.
#[derive(Clone, Debug)]
pub struct Shared<'a> {
    /// The template.
    pub parts: Parts<'a>,
    /// Values of the template that are the same for all, JSON. SES adds each entry's own to them,
    /// key by key.
    pub data: &'a str,
    /// Headers.
    pub headers: Vec<Header>,
}

/// One recipient of a bulk call.
#[derive(Clone, Debug)]
pub struct Entry {
    /// To whom.
    pub to: Email,
    /// Values of the template that are this recipient's, JSON.
    pub data: String,
    /// Headers of this recipient's mail alone.
    pub headers: Vec<Header>,
    /// Tags.
    pub tags: Vec<Tag>,
}

/// SES, from one address, under one configuration set.
#[derive(Clone, Debug)]
pub struct Ses {
    client: Client,
    from: String,
    reply_to: Option<String>,
    configuration_set: Option<String>,
    /// True on a local stack, where nobody makes a `Feedback-ID` of the tags, as SES does.
    writes_feedback_id: bool,
}

impl Ses {
    /// From the environment: `MAIL_FROM` and `VIGIE_STAGE`; `CONFIGURATION_SET` may be absent.
    ///
    /// # Errors
    /// No sender, or no stage.
    pub fn new(client: Client) -> Result<Self, ConfigError> {
        let ses = Self::from_address(client, &required("MAIL_FROM")?);
        let writes_feedback_id = required("VIGIE_STAGE")? == "local";
        Ok(Self {
            configuration_set: optional("CONFIGURATION_SET"),
            writes_feedback_id,
            ..ses
        })
    }

    /// From an address, without a configuration set.
    #[must_use]
    pub fn from_address(client: Client, from: &str) -> Self {
        Self {
            client,
            from: from.to_owned(),
            reply_to: None,
            configuration_set: None,
            writes_feedback_id: false,
        }
    }

    /// Sends under a name, and with another address for answers.
    #[must_use]
    pub fn shown_as(self, name: &str, reply_to: Option<String>) -> Self {
        Self {
            from: mailbox(name, &self.from),
            reply_to,
            ..self
        }
    }

    /// Sends the same mail with other data to at most [`BULK`] recipients; an answer for each, in
    /// their order.
    ///
    /// # Errors
    /// SES refused the call for what is in it, which says nothing of any one mail unless there is
    /// only one. Nothing was sent.
    pub async fn send_bulk(
        &self,
        shared: &Shared<'_>,
        entries: Vec<Entry>,
    ) -> Result<Vec<Answer>, Malformed> {
        let Parts {
            subject,
            text,
            html,
        } = shared.parts;
        let content = EmailTemplateContent::builder()
            .subject(subject)
            .text(text)
            .html(html)
            .build();
        let template = Template::builder()
            .template_content(content)
            .template_data(shared.data)
            .set_headers(Some(message_headers(shared.headers.clone())))
            .build();
        let count = entries.len();
        let sent = self
            .client
            .send_bulk_email()
            .from_email_address(&self.from)
            .set_reply_to_addresses(self.reply_to.clone().map(|address| vec![address]))
            .set_configuration_set_name(self.configuration_set.clone())
            .default_content(BulkEmailContent::builder().template(template).build())
            .set_bulk_email_entries(Some(
                entries.into_iter().map(|entry| self.entry(entry)).collect(),
            ))
            .send()
            .await;
        match sent {
            Ok(sent) => {
                let mut answers: Vec<Answer> = sent
                    .bulk_email_entry_results
                    .into_iter()
                    .map(answer::of_entry)
                    .collect();
                answers.resize(count, Answer::Unknown);
                count_accepted(&answers);
                Ok(answers)
            }
            Err(e) => answer::of_bulk(&e).map(|answer| vec![answer; count]),
        }
    }

    /// One mail that is already rendered.
    pub async fn send(
        &self,
        to: &Email,
        parts: Parts<'_>,
        headers: Vec<Header>,
        tags: Vec<Tag>,
    ) -> Answer {
        let utf8 = |text: &str| Content::builder().charset("UTF-8").data(text).build();
        let (Ok(subject), Ok(text), Ok(html)) =
            (utf8(parts.subject), utf8(parts.text), utf8(parts.html))
        else {
            return Answer::Refused("unbuildable".to_owned());
        };
        let body = Body::builder().text(text).html(html).build();
        let headers = message_headers(self.with_feedback_id(headers, &tags));
        let message = Message::builder()
            .subject(subject)
            .body(body)
            .set_headers(Some(headers))
            .build();
        let sent = self
            .client
            .send_email()
            .from_email_address(&self.from)
            .set_reply_to_addresses(self.reply_to.clone().map(|address| vec![address]))
            .set_configuration_set_name(self.configuration_set.clone())
            .destination(Destination::builder().to_addresses(to.as_str()).build())
            .content(EmailContent::builder().simple(message).build())
            .set_email_tags(Some(message_tags(tags)))
            .send()
            .await;
        let answer = match sent {
            Ok(sent) => Answer::Accepted(sent.message_id.unwrap_or_default()),
            Err(e) => answer::of_mail(&e),
        };
        count_accepted(std::slice::from_ref(&answer));
        answer
    }

    fn entry(&self, entry: Entry) -> BulkEmailEntry {
        let data = ReplacementTemplate::builder()
            .replacement_template_data(entry.data)
            .build();
        BulkEmailEntry::builder()
            .set_replacement_headers(Some(message_headers(
                self.with_feedback_id(entry.headers, &entry.tags),
            )))
            .destination(Destination::builder().to_addresses(entry.to).build())
            .set_replacement_tags(Some(message_tags(entry.tags)))
            .replacement_email_content(
                ReplacementEmailContent::builder()
                    .replacement_template(data)
                    .build(),
            )
            .build()
    }

    fn with_feedback_id(&self, mut headers: Vec<Header>, tags: &[Tag]) -> Vec<Header> {
        if self.writes_feedback_id {
            let [(_, kind), (_, sender)] = feedback_id(tags);
            headers.push(("Feedback-ID", format!("{kind}:{sender}:1.local:AmazonSES")));
        }
        headers
    }
}

/// Counts the mails that SES owes a word about. Says too that it has heard none yet: where SES
/// falls silent altogether, an alarm that compares the two would have nothing to compare.
fn count_accepted(answers: &[Answer]) {
    let accepted = answers
        .iter()
        .filter(|answer| matches!(answer, Answer::Accepted(_)))
        .count();
    if accepted > 0 {
        log::count("MailsAccepted", accepted);
        log::count("MailsHeardOf", 0);
    }
}

fn message_headers(headers: Vec<Header>) -> Vec<MessageHeader> {
    headers
        .into_iter()
        .filter_map(|(name, value)| {
            MessageHeader::builder()
                .name(name)
                .value(value)
                .build()
                .ok()
        })
        .collect()
}

fn message_tags(mut tags: Vec<Tag>) -> Vec<MessageTag> {
    tags.extend(feedback_id(&tags));
    tags.into_iter()
        .filter_map(|(name, value)| MessageTag::builder().name(name).value(value).build().ok())
        .collect()
}

/// The fields of `Feedback-ID` that are ours: mailbox providers tell by them which mails are called
/// unwanted. SES writes the header itself, with these first; a second one of ours would spoil both.
/// None of it names a person.
fn feedback_id(tags: &[Tag]) -> [Tag; 2] {
    let kind = tags
        .iter()
        .find(|(name, _)| *name == "kind")
        .map_or("other", |(_, kind)| kind);
    [
        ("ses:feedback-id-a", kind.to_owned()),
        ("ses:feedback-id-b", "vigie".to_owned()),
    ]
}
