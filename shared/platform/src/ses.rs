//! Sending through SES. It has no idempotency token, so every answer is told apart: accepted, refused for good, refused for
//! now, or unknown.

use aws_sdk_sesv2::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    types::{
        Body, BulkEmailContent, BulkEmailEntry, BulkEmailEntryResult, BulkEmailStatus, Content, Destination, EmailContent,
        EmailTemplateContent, Message, MessageHeader, MessageTag, ReplacementEmailContent, ReplacementTemplate, Template,
    },
};
use vigie_domain::email::Email;

use crate::{
    config::{ConfigError, optional, required},
    mailbox::mailbox,
};

/// Most recipients of one bulk call (AWS limit).
pub const BULK: usize = 50;

/// What SES said about one mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Accepted, under this message id.
    Accepted(String),
    /// Refused; the same mail will never be accepted. Holds SES's code.
    Refused(String),
    /// Certainly not sent, but may be later (throttling, quota, pause). Holds SES's code.
    NotNow(String),
    /// Nobody knows: the call was cut off. Only the lease may lead to another try.
    Unknown,
}

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

/// One recipient of a bulk call.
#[derive(Clone, Debug)]
pub struct Entry {
    /// To whom.
    pub to: Email,
    /// The template's data, JSON.
    pub data: String,
    /// Headers of this recipient's mail alone.
    pub headers: Vec<Header>,
    /// Tags: names and values of `[A-Za-z0-9_-]`.
    pub tags: Vec<(&'static str, String)>,
}

/// SES, from one address, under one configuration set.
#[derive(Clone, Debug)]
pub struct Ses {
    client: Client,
    from: String,
    reply_to: Option<String>,
    configuration_set: Option<String>,
}

impl Ses {
    /// From the environment: `MAIL_FROM`; `SENDER_NAME`, `REPLY_TO` and `CONFIGURATION_SET` may be absent.
    ///
    /// # Errors
    /// No sender.
    pub fn new(client: Client) -> Result<Self, ConfigError> {
        let ses = Self::from_address(client, &required("MAIL_FROM")?);
        let ses = ses.shown_as(&optional("SENDER_NAME").unwrap_or_default(), optional("REPLY_TO"));
        Ok(Self { configuration_set: optional("CONFIGURATION_SET"), ..ses })
    }

    /// From an address, without a configuration set.
    #[must_use]
    pub fn from_address(client: Client, from: &str) -> Self {
        Self { client, from: from.to_owned(), reply_to: None, configuration_set: None }
    }

    /// The same under a name, and with another address for answers.
    #[must_use]
    pub fn shown_as(self, name: &str, reply_to: Option<String>) -> Self {
        Self { from: mailbox(name, &self.from), reply_to, ..self }
    }

    /// The same mail, with headers that all share and other data, to at most 50 recipients; an answer for each, in their order. A call that is refused as a whole
    /// says nothing of any one mail in it, so none of them is refused for good.
    pub async fn send_bulk(&self, template: Parts<'_>, shared: &[Header], entries: &[Entry]) -> Vec<Answer> {
        let content = EmailTemplateContent::builder().subject(template.subject).text(template.text).html(template.html).build();
        // SES wants default data too; every entry has all the keys, so none of it is ever used.
        let template = Template::builder().template_content(content).template_data("{}").set_headers(Some(headers(shared))).build();
        let entries: Vec<BulkEmailEntry> = entries.iter().map(entry).collect();
        let count = entries.len();
        let sent = self
            .client
            .send_bulk_email()
            .from_email_address(&self.from)
            .set_reply_to_addresses(self.reply_to.clone().map(|address| vec![address]))
            .set_configuration_set_name(self.configuration_set.clone())
            .default_content(BulkEmailContent::builder().template(template).build())
            .set_bulk_email_entries(Some(entries))
            .send()
            .await;
        match sent {
            Ok(sent) => {
                let mut answers: Vec<Answer> = sent.bulk_email_entry_results.into_iter().map(answer).collect();
                answers.resize(count, Answer::Unknown);
                answers
            }
            Err(e) => {
                let answer = match failure(&e) {
                    Answer::Refused(code) => Answer::NotNow(code),
                    answer => answer,
                };
                vec![answer; count]
            }
        }
    }

    /// One mail that is already rendered.
    pub async fn send(&self, to: &Email, parts: Parts<'_>, headers: &[Header], tags: &[(&'static str, String)]) -> Answer {
        let utf8 = |text: &str| Content::builder().charset("UTF-8").data(text).build();
        let (Ok(subject), Ok(text), Ok(html)) = (utf8(parts.subject), utf8(parts.text), utf8(parts.html)) else {
            return Answer::Refused("unbuildable".to_owned());
        };
        let body = Body::builder().text(text).html(html).build();
        let message = Message::builder().subject(subject).body(body).set_headers(Some(self::headers(headers))).build();
        let sent = self
            .client
            .send_email()
            .from_email_address(&self.from)
            .set_reply_to_addresses(self.reply_to.clone().map(|address| vec![address]))
            .set_configuration_set_name(self.configuration_set.clone())
            .destination(Destination::builder().to_addresses(to.as_str()).build())
            .content(EmailContent::builder().simple(message).build())
            .set_email_tags(Some(self::tags(tags)))
            .send()
            .await;
        match sent {
            Ok(sent) => Answer::Accepted(sent.message_id.unwrap_or_default()),
            Err(e) => failure(&e),
        }
    }
}

fn headers(headers: &[Header]) -> Vec<MessageHeader> {
    headers.iter().filter_map(|(name, value)| MessageHeader::builder().name(*name).value(value).build().ok()).collect()
}

fn tags(tags: &[(&'static str, String)]) -> Vec<MessageTag> {
    tags.iter().filter_map(|(name, value)| MessageTag::builder().name(*name).value(value).build().ok()).collect()
}

fn entry(entry: &Entry) -> BulkEmailEntry {
    let data = ReplacementTemplate::builder().replacement_template_data(&entry.data).build();
    BulkEmailEntry::builder()
        .set_replacement_headers(Some(headers(&entry.headers)))
        .destination(Destination::builder().to_addresses(entry.to.as_str()).build())
        .set_replacement_tags(Some(tags(&entry.tags)))
        .replacement_email_content(ReplacementEmailContent::builder().replacement_template(data).build())
        .build()
}

fn answer(result: BulkEmailEntryResult) -> Answer {
    match result.status {
        Some(BulkEmailStatus::Success) => Answer::Accepted(result.message_id.unwrap_or_default()),
        Some(
            status @ (BulkEmailStatus::AccountThrottled
            | BulkEmailStatus::AccountDailyQuotaExceeded
            | BulkEmailStatus::AccountSendingPaused
            | BulkEmailStatus::AccountSuspended
            | BulkEmailStatus::ConfigurationSetSendingPaused
            | BulkEmailStatus::TransientFailure
            | BulkEmailStatus::InvalidSendingPoolName
            | BulkEmailStatus::ConfigurationSetNotFound
            | BulkEmailStatus::TemplateNotFound
            | BulkEmailStatus::MailFromDomainNotVerified),
        ) => Answer::NotNow(status.as_str().to_owned()),
        Some(status) => Answer::Refused(status.as_str().to_owned()),
        None => Answer::Unknown,
    }
}

/// What a failed call means for the mail. A 4xx was refused as a whole; after a 5xx or a cut connection nobody knows.
fn failure<E: ProvideErrorMetadata>(error: &SdkError<E, aws_smithy_runtime_api::http::Response>) -> Answer {
    match error {
        SdkError::ConstructionFailure(_) => Answer::Refused("unbuildable".to_owned()),
        SdkError::ServiceError(e) => {
            let code = e.err().code().unwrap_or("unknown").to_owned();
            match e.raw().status().as_u16() {
                // Wrong parameters of this very mail. Everything else can be mended: throttling, credentials, a sender not yet verified
                // (which SES calls MessageRejected).
                400 if code == "BadRequestException" => Answer::Refused(code),
                400..=499 => Answer::NotNow(code),
                _ => Answer::Unknown,
            }
        }
        _ => Answer::Unknown,
    }
}
