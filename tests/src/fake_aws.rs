//! The other end of the SDK's wire for `EventBridge`, SES and Secrets Manager: takes what AWS would
//! take, answers as AWS does, and fails on demand.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex},
};

use serde_json::{Map, Value, json};
use vigie_aws::{bus::Bus, tokens::Tokens};
use vigie_domain::token::TokenKeys;
use vigie_runtime::clock::Clock;

use crate::wire::{Call, End, Far, Fate, Port, Service, Wire, at_port};

/// A mail that SES accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// SES's name of it.
    pub id: String,
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
        let (_, token) = self
            .text
            .split_once("?token=")
            .expect("a link with a token");
        token
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || "._~-".contains(*c))
            .collect()
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
    /// Number of mails ever accepted, by which SES names them.
    accepted: usize,
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
    /// The most mails in 24 hours, and those of the last 24, as SES tells them; none while SES does
    /// not answer.
    pub daily_quota: Option<(f64, f64)>,
    /// The secret: the keys of mailed links by number.
    pub keys: BTreeMap<u32, String>,
    /// Number of times that the secret was asked for.
    pub secret_calls: usize,
    /// True if nobody gets the secret.
    pub secrets_down: bool,
}

/// The name of the secret.
const SECRET: &str = "vigie-token-keys";

/// Returns keys that are not the stack's, under the same number.
pub fn foreign_keys() -> TokenKeys {
    let keys = [(
        1,
        "a key of somebody else, thirty-two characters".to_owned(),
    )];
    TokenKeys::new(&BTreeMap::from(keys)).expect("keys")
}

fn key(number: u32) -> String {
    format!("key number {number} of at least thirty-two characters")
}

/// A shared view of the traffic.
#[derive(Clone)]
pub struct FakeAws {
    traffic: Arc<Mutex<Traffic>>,
    wire: Wire,
}

impl FakeAws {
    /// Bus and SES at the other end of a wire.
    pub fn on(wire: Wire) -> Self {
        let traffic = Arc::new(Mutex::new(Traffic {
            keys: BTreeMap::from([(1, key(1))]),
            ..Traffic::default()
        }));
        let heard = Arc::clone(&traffic);
        wire.rule("faults of SES and the bus", move |call| {
            heard.lock().expect("a lock").fate(call)
        });
        Self { traffic, wire }
    }

    fn port(&self, function: &'static str) -> Port {
        let traffic = Arc::clone(&self.traffic);
        let far = Far::Here(Arc::new(move |call: &Call| {
            let (status, body) = traffic.lock().expect("a lock").answer(call);
            (status, body.to_string())
        }));
        Port {
            wire: self.wire.clone(),
            function: Some(function),
            rule: None,
            far,
        }
    }

    /// The bus as this function has it.
    pub fn bus(&self, function: &'static str) -> Bus {
        let config = at_port!(aws_sdk_eventbridge, self.port(function), "http://aws.test");
        Bus::new(
            aws_sdk_eventbridge::Client::from_conf(config.build()),
            "vigie".to_owned(),
        )
    }

    /// SES as the mailer has it.
    pub fn ses(&self) -> aws_sdk_sesv2::Client {
        self.ses_of("mailer")
    }

    /// SES as this function has it.
    pub fn ses_of(&self, function: &'static str) -> aws_sdk_sesv2::Client {
        aws_sdk_sesv2::Client::from_conf(
            at_port!(aws_sdk_sesv2, self.port(function), "http://aws.test").build(),
        )
    }

    /// The keys of mailed links as this function has them.
    pub fn tokens(&self, function: &'static str, clock: &Clock) -> Tokens {
        let config = at_port!(
            aws_sdk_secretsmanager,
            self.port(function),
            "http://aws.test"
        );
        Tokens::new(
            aws_sdk_secretsmanager::Client::from_conf(config.build()),
            SECRET.to_owned(),
            clock.clone(),
        )
    }

    /// The keys that the secret holds.
    pub fn keys(&self) -> TokenKeys {
        TokenKeys::new(&self.with(|traffic| traffic.keys.clone())).expect("keys")
    }

    /// Puts a new key into the secret, and takes out the former ones where they leaked.
    pub fn rotate(&self, leaked: bool) {
        self.with(|Traffic { keys, .. }| {
            let next = keys.keys().last().map_or(1, |last| last + 1);
            if leaked {
                keys.clear();
            }
            keys.insert(next, key(next));
        });
    }

    /// Looks at the traffic.
    pub fn with<T>(&self, look: impl FnOnce(&mut Traffic) -> T) -> T {
        look(&mut self.traffic.lock().expect("a lock"))
    }
}

impl Traffic {
    /// Hears of a call, and says what becomes of it.
    fn fate(&mut self, call: &Call) -> Option<Fate> {
        match call.service {
            Service::Table => None,
            Service::Ses if call.operation == "GetAccount" => None,
            Service::Secrets => {
                self.secret_calls += 1;
                self.secrets_down
                    .then(|| Fate::Before(End::refusal(500, "InternalServiceError")))
            }
            Service::Bus => {
                self.bus_calls += 1;
                self.bus_down
                    .then(|| Fate::Before(End::refusal(500, "InternalFailure")))
            }
            Service::Ses => {
                self.ses_calls += 1;
                if call.operation == "SendBulkEmail" {
                    self.bulks.push(call.body.clone());
                }
                if self.malformed(&call.body)
                    || matches!(self.faults.front(), Some(Fault::Entries(_)))
                {
                    return None;
                }
                self.faults.pop_front()?.fate()
            }
        }
    }

    fn answer(&mut self, call: &Call) -> (u16, Value) {
        assert!(
            call.body.to_string().len() < 1_000_000,
            "a call of SES or EventBridge is smaller than 1 MB"
        );
        match call.operation.as_str() {
            "SendBulkEmail" => self.bulk(&call.body),
            "SendEmail" => (200, self.single(&call.body)),
            "GetAccount" => self.account(),
            "GetSecretValue" => {
                let keys = json!(self.keys).to_string();
                (200, json!({"Name": SECRET, "SecretString": keys}))
            }
            _ => (200, self.put_events(&call.body)),
        }
    }

    /// True if a bulk call is for somebody whose mails SES calls malformed.
    fn malformed(&self, body: &Value) -> bool {
        let entries = body["BulkEmailEntries"].as_array().into_iter().flatten();
        entries
            .filter_map(|entry| entry["Destination"]["ToAddresses"][0].as_str())
            .any(|to| self.bad.contains(to))
    }

    /// Takes the fault that says which recipients get a status of their own, if it is this call's.
    fn statuses(&mut self) -> Vec<(String, &'static str)> {
        match self
            .faults
            .pop_front_if(|fault| matches!(fault, Fault::Entries(_)))
        {
            Some(Fault::Entries(statuses)) => statuses,
            _ => Vec::new(),
        }
    }

    fn account(&self) -> (u16, Value) {
        let quota = |(most, sent)| {
            let quota =
                json!({"Max24HourSend": most, "MaxSendRate": 14.0, "SentLast24Hours": sent});
            (
                200,
                json!({"ProductionAccessEnabled": true, "SendingEnabled": true, "SendQuota": quota}),
            )
        };
        let down = || {
            (
                400,
                json!({"__type": "BadRequestException", "message": "no"}),
            )
        };
        self.daily_quota.map_or_else(down, quota)
    }

    fn put_events(&mut self, body: &Value) -> Value {
        let entries = body["Entries"].as_array().cloned().unwrap_or_default();
        assert!(
            (1..=10).contains(&entries.len()),
            "PutEvents takes 1 to 10 entries"
        );
        let sizes = entries.iter().flat_map(|entry| {
            ["Source", "DetailType", "Detail"].map(|part| entry[part].as_str().map_or(0, str::len))
        });
        assert!(sizes.sum::<usize>() <= 256 * 1024, "PutEvents takes 256 KB");
        let mut results = Vec::with_capacity(entries.len());
        for (i, entry) in entries.iter().enumerate() {
            if i == entries.len() / 2 && self.bus_refuses > 0 {
                self.bus_refuses -= 1;
                results.push(
                    json!({"ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded"}),
                );
                continue;
            }
            let detail: Value =
                serde_json::from_str(entry["Detail"].as_str().expect("a detail")).expect("JSON");
            self.events.push_back(json!({"source": entry["Source"], "detail-type": entry["DetailType"], "detail": detail}));
            results.push(json!({"EventId": "e"}));
        }
        let failed = results
            .iter()
            .filter(|result| result.get("ErrorCode").is_some())
            .count();
        json!({"FailedEntryCount": failed, "Entries": results})
    }

    fn bulk(&mut self, body: &Value) -> (u16, Value) {
        let entries = body["BulkEmailEntries"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        assert!(
            (1..=50).contains(&entries.len()),
            "SendBulkEmail takes 1 to 50 entries"
        );
        if self.malformed(body) {
            return (
                400,
                json!({"__type": "BadRequestException", "message": "Bad request."}),
            );
        }
        let statuses = self.statuses();
        let content = &body["DefaultContent"]["Template"]["TemplateContent"];
        let default = body["DefaultContent"]["Template"]["TemplateData"]
            .as_str()
            .expect("default data");
        let mut results = Vec::new();
        for entry in &entries {
            let to = entry["Destination"]["ToAddresses"][0]
                .as_str()
                .expect("a recipient")
                .to_owned();
            if let Some((_, status)) = statuses.iter().find(|(who, _)| *who == to) {
                results.push(json!({"Status": status, "Error": "refused"}));
                continue;
            }
            let data =
                entry["ReplacementEmailContent"]["ReplacementTemplate"]["ReplacementTemplateData"]
                    .as_str()
                    .expect("data");
            let data = merged(default, data);
            let fill = |part: &str| fill(content[part].as_str().expect("a part"), &data);
            // An entry's own headers take the place of those of the template (AWS, BulkEmailEntry).
            let mut headers = headers(&body["DefaultContent"]["Template"]["Headers"]);
            headers.extend(self::headers(&entry["ReplacementHeaders"]));
            let tags = self::headers(&entry["ReplacementTags"]);
            let (from, reply_to) = sender(body);
            let id = self.next_id();
            results.push(json!({"Status": "SUCCESS", "MessageId": id}));
            self.mails.push(Mail {
                id,
                to,
                from,
                reply_to,
                subject: fill("Subject"),
                text: fill("Text"),
                html: fill("Html"),
                headers,
                tags,
            });
        }
        (200, json!({"BulkEmailEntryResults": results}))
    }

    /// Names another mail.
    fn next_id(&mut self) -> String {
        self.accepted += 1;
        format!("m-{}", self.accepted)
    }

    fn single(&mut self, body: &Value) -> Value {
        self.statuses();
        let message = &body["Content"]["Simple"];
        let text = |value: &Value| value["Data"].as_str().expect("text").to_owned();
        let (from, reply_to) = sender(body);
        let id = self.next_id();
        let answer = json!({"MessageId": id});
        self.mails.push(Mail {
            id,
            from,
            reply_to,
            to: body["Destination"]["ToAddresses"][0]
                .as_str()
                .expect("a recipient")
                .to_owned(),
            subject: text(&message["Subject"]),
            text: text(&message["Body"]["Text"]),
            html: text(&message["Body"]["Html"]),
            headers: headers(&message["Headers"]),
            tags: headers(&body["EmailTags"]),
        });
        answer
    }
}

fn sender(body: &Value) -> (String, Vec<String>) {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    (
        text(&body["FromEmailAddress"]),
        body["ReplyToAddresses"]
            .as_array()
            .into_iter()
            .flatten()
            .map(text)
            .collect(),
    )
}

fn headers(list: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    list.as_array()
        .into_iter()
        .flatten()
        .map(|header| (text(&header["Name"]), text(&header["Value"])))
        .collect()
}

impl Fault {
    /// Decides the fate of a call that meets it.
    fn fate(self) -> Option<Fate> {
        Some(match self {
            Self::Throttle => Fate::Before(End::refusal(429, "TooManyRequestsException")),
            Self::Down => Fate::Before(End::refusal(500, "InternalFailure")),
            Self::Refuse => Fate::Before(End::refusal(400, "BadRequestException")),
            Self::AnswerLost => Fate::After(End::refusal(500, "InternalFailure")),
            Self::DiesBefore => Fate::Before(End::Death),
            Self::DiesAfter => Fate::After(End::Death),
            Self::Entries(_) => return None,
        })
    }
}

/// An entry's values added to those of all, key by key, as SES does (measured on AWS:
/// domdomegg/aws-ses-v2-local, issue 102).
fn merged(default: &str, own: &str) -> Value {
    let [mut data, own] = [default, own]
        .map(|text| serde_json::from_str::<Map<String, Value>>(text).expect("an object"));
    data.extend(own);
    Value::Object(data)
}

/// SES's rendering of exact `{{key}}`: each placeholder must have its value, and values are not
/// looked into again.
fn fill(template: &str, data: &Value) -> String {
    let mut parts = template.split("{{");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (key, rest) = part.split_once("}}").expect("a closed placeholder");
        filled.push_str(
            data[key]
                .as_str()
                .unwrap_or_else(|| panic!("no value for {key}")),
        );
        filled.push_str(rest);
    }
    filled
}
