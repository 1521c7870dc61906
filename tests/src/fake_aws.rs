//! The other end of the SDK's wire for `EventBridge` and SES: takes what AWS would take, answers as AWS does, and fails on demand.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex},
};

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, SharedHttpClient, retry::RetryConfig};
use aws_smithy_http_client::test_util::infallible_client_fn;
use aws_smithy_types::body::SdkBody;
use serde_json::{Map, Value, json};
use vigie_platform::bus::Bus;

use crate::calls::Caller;

/// A mail that SES accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Its recipient.
    pub to: String,
    /// Its sender, as the call names it.
    pub from: String,
    /// Addresses for answers, if not the sender's.
    pub reply_to: Vec<String>,
    /// Subject, rendered.
    pub subject: String,
    /// Plain text, rendered.
    pub text: String,
    /// HTML, rendered.
    pub html: String,
    /// Headers of its own.
    pub headers: BTreeMap<String, String>,
    /// Tags, by which SES's events name it.
    pub tags: BTreeMap<String, String>,
}

impl Mail {
    /// The token in its link.
    pub fn token(&self) -> String {
        let (_, token) = self.text.split_once("?token=").expect("a link with a token");
        token.chars().take_while(|c| c.is_ascii_alphanumeric() || "._~-".contains(*c)).collect()
    }
}

/// Behaviour of SES instead of accepting a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 429 for the whole call: nothing is sent.
    Throttle,
    /// 500 for the whole call: nothing is sent, but nobody can know.
    Down,
    /// 400 for the whole call: nothing is sent, and nobody knows whose fault it is.
    Refuse,
    /// Everything is sent, and the answer is lost.
    AnswerLost,
    /// The worker dies before SES hears of it.
    DiesBefore,
    /// Everything is sent, and the worker dies before it hears of it.
    DiesAfter,
    /// These recipients get a status of their own (SES's name of it), the others are sent.
    Entries(Vec<(String, &'static str)>),
}

/// Calls that went over the wire, and faults to come.
#[derive(Default)]
pub struct Traffic {
    /// Events put on the bus and not yet delivered.
    pub events: VecDeque<Value>,
    /// Mails accepted.
    pub mails: Vec<Mail>,
    /// Calls of SES, failed ones included.
    pub ses_calls: usize,
    /// Calls of `PutEvents`.
    pub bus_calls: usize,
    /// Bodies of the bulk calls of SES, failed ones included.
    pub bulks: Vec<Value>,
    /// Addresses for which SES refuses a whole bulk call (400).
    pub bad: BTreeSet<String>,
    /// Faults of the next calls of SES, in order.
    pub faults: VecDeque<Fault>,
    /// True if the bus refuses everything.
    pub bus_down: bool,
    /// Number of entries that the bus refuses next, one in each call.
    pub bus_refuses: usize,
}

/// A shared view of the traffic.
#[derive(Clone, Default)]
pub struct FakeAws(pub Arc<Mutex<Traffic>>);

macro_rules! client {
    ($aws:expr, $sdk:ident, $function:expr) => {{
        let config = $sdk::config::Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-3"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .retry_config(RetryConfig::disabled())
            .http_client($aws.http())
            .interceptor(Caller($function))
            .endpoint_url("http://aws.test");
        $sdk::Client::from_conf(config.build())
    }};
}

impl FakeAws {
    /// The bus as this function has it.
    pub fn bus(&self, function: &'static str) -> Bus {
        Bus::new(client!(self, aws_sdk_eventbridge, function), "vigie".to_owned())
    }

    /// SES as the mailer has it.
    pub fn ses(&self) -> aws_sdk_sesv2::Client {
        client!(self, aws_sdk_sesv2, "mailer")
    }

    /// Looks at the traffic.
    pub fn with<T>(&self, look: impl FnOnce(&mut Traffic) -> T) -> T {
        look(&mut self.0.lock().expect("a lock"))
    }

    fn http(&self) -> SharedHttpClient {
        let aws = self.clone();
        infallible_client_fn(move |request| {
            let bytes = request.body().bytes().unwrap_or_default();
            assert!(bytes.len() < 1_000_000, "a call of SES or EventBridge is smaller than 1 MB");
            let body: Value = serde_json::from_slice(bytes).unwrap_or_default();
            let path = request.uri().path().to_owned();
            let (status, answer) = aws.with(|traffic| match path.as_str() {
                "/v2/email/outbound-bulk-emails" => traffic.bulk(&body),
                "/v2/email/outbound-emails" => traffic.single(&body),
                _ => traffic.put_events(&body),
            });
            if status == DEAD {
                // Out of the lock, and without a message: who spawned the worker finds it gone.
                std::panic::resume_unwind(Box::new("killed"));
            }
            let mut response = http::Response::builder().status(status).header("content-type", "application/json");
            if status >= 400 {
                let code = match status {
                    400 => "BadRequestException",
                    429 => "TooManyRequestsException",
                    _ => "InternalFailure",
                };
                response = response.header("x-amzn-errortype", code);
            }
            response.body(SdkBody::from(answer.to_string())).expect("a response")
        })
    }
}

impl Traffic {
    fn put_events(&mut self, body: &Value) -> (u16, Value) {
        self.bus_calls += 1;
        if self.bus_down {
            return (500, json!({}));
        }
        let entries = body["Entries"].as_array().cloned().unwrap_or_default();
        assert!((1..=10).contains(&entries.len()), "PutEvents takes 1 to 10 entries");
        let sizes =
            entries.iter().flat_map(|entry| ["Source", "DetailType", "Detail"].map(|part| entry[part].as_str().map_or(0, str::len)));
        assert!(sizes.sum::<usize>() <= 256 * 1024, "PutEvents takes 256 KB");
        let mut results = Vec::with_capacity(entries.len());
        for (i, entry) in entries.iter().enumerate() {
            if i == entries.len() / 2 && self.bus_refuses > 0 {
                self.bus_refuses -= 1;
                results.push(json!({"ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded"}));
                continue;
            }
            let detail: Value = serde_json::from_str(entry["Detail"].as_str().expect("a detail")).expect("JSON");
            self.events.push_back(json!({"source": entry["Source"], "detail-type": entry["DetailType"], "detail": detail}));
            results.push(json!({"EventId": "e"}));
        }
        let failed = results.iter().filter(|result| result.get("ErrorCode").is_some()).count();
        (200, json!({"FailedEntryCount": failed, "Entries": results}))
    }

    fn bulk(&mut self, body: &Value) -> (u16, Value) {
        self.ses_calls += 1;
        let entries = body["BulkEmailEntries"].as_array().cloned().unwrap_or_default();
        assert!((1..=50).contains(&entries.len()), "SendBulkEmail takes 1 to 50 entries");
        self.bulks.push(body.clone());
        if entries.iter().any(|entry| entry["Destination"]["ToAddresses"][0].as_str().is_some_and(|to| self.bad.contains(to))) {
            return (400, json!({"message": "Bad request."}));
        }
        let fault = self.faults.pop_front();
        if let Some(answer) = fault.as_ref().and_then(Fault::answer) {
            return answer;
        }
        let content = &body["DefaultContent"]["Template"]["TemplateContent"];
        let default = body["DefaultContent"]["Template"]["TemplateData"].as_str().expect("default data");
        let mut results = Vec::new();
        for entry in &entries {
            let to = entry["Destination"]["ToAddresses"][0].as_str().expect("a recipient").to_owned();
            if let Some(Fault::Entries(statuses)) = &fault
                && let Some((_, status)) = statuses.iter().find(|(who, _)| *who == to)
            {
                results.push(json!({"Status": status, "Error": "refused"}));
                continue;
            }
            let data = entry["ReplacementEmailContent"]["ReplacementTemplate"]["ReplacementTemplateData"].as_str().expect("data");
            let data = merged(default, data);
            let fill = |part: &str| fill(content[part].as_str().expect("a part"), &data);
            // An entry's own headers take the place of those of the template (AWS, BulkEmailEntry).
            let mut headers = headers(&body["DefaultContent"]["Template"]["Headers"]);
            headers.extend(self::headers(&entry["ReplacementHeaders"]));
            let tags = self::headers(&entry["ReplacementTags"]);
            let (from, reply_to) = sender(body);
            self.mails.push(Mail { to, from, reply_to, subject: fill("Subject"), text: fill("Text"), html: fill("Html"), headers, tags });
            results.push(json!({"Status": "SUCCESS", "MessageId": format!("m-{}", self.mails.len())}));
        }
        (after(fault.as_ref()), json!({"BulkEmailEntryResults": results}))
    }

    fn single(&mut self, body: &Value) -> (u16, Value) {
        self.ses_calls += 1;
        let fault = self.faults.pop_front();
        if let Some(answer) = fault.as_ref().and_then(Fault::answer) {
            return answer;
        }
        let message = &body["Content"]["Simple"];
        let text = |value: &Value| value["Data"].as_str().expect("text").to_owned();
        let (from, reply_to) = sender(body);
        self.mails.push(Mail {
            from,
            reply_to,
            to: body["Destination"]["ToAddresses"][0].as_str().expect("a recipient").to_owned(),
            subject: text(&message["Subject"]),
            text: text(&message["Body"]["Text"]),
            html: text(&message["Body"]["Html"]),
            headers: headers(&message["Headers"]),
            tags: headers(&body["EmailTags"]),
        });
        (after(fault.as_ref()), json!({"MessageId": format!("m-{}", self.mails.len())}))
    }
}

fn sender(body: &Value) -> (String, Vec<String>) {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    (text(&body["FromEmailAddress"]), body["ReplyToAddresses"].as_array().into_iter().flatten().map(text).collect())
}

fn headers(list: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    list.as_array().into_iter().flatten().map(|header| (text(&header["Name"]), text(&header["Value"]))).collect()
}

/// The status of a worker that hears nothing any more.
const DEAD: u16 = 0;

impl Fault {
    /// The answer of a call that sends nothing.
    fn answer(&self) -> Option<(u16, Value)> {
        match self {
            Self::Throttle => Some((429, json!({"message": "Maximum sending rate exceeded."}))),
            Self::Down => Some((500, json!({}))),
            Self::Refuse => Some((400, json!({"message": "Bad request."}))),
            Self::DiesBefore => Some((DEAD, json!({}))),
            Self::AnswerLost | Self::DiesAfter | Self::Entries(_) => None,
        }
    }
}

/// The status after everything was sent.
fn after(fault: Option<&Fault>) -> u16 {
    match fault {
        Some(Fault::AnswerLost) => 500,
        Some(Fault::DiesAfter) => DEAD,
        _ => 200,
    }
}

/// An entry's values added to those of all, key by key, as SES does (measured on AWS: domdomegg/aws-ses-v2-local, issue 102).
fn merged(default: &str, own: &str) -> Value {
    let [mut data, own] = [default, own].map(|text| serde_json::from_str::<Map<String, Value>>(text).expect("an object"));
    data.extend(own);
    Value::Object(data)
}

/// SES's rendering of exact `{{key}}`: each placeholder must have its value, and values are not looked into again.
fn fill(template: &str, data: &Value) -> String {
    let mut parts = template.split("{{");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (key, rest) = part.split_once("}}").expect("a closed placeholder");
        filled.push_str(data[key].as_str().unwrap_or_else(|| panic!("no value for {key}")));
        filled.push_str(rest);
    }
    filled
}
