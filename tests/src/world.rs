//! A world: all functions, their table, and the way of an event through stream, bus and queues
//! until nothing is left to do.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use vigie_accounts::Accounts;
use vigie_alerts::Alerts;
use vigie_aws::{
    Consumer,
    ses::{Ses, SesAccount},
};
use vigie_canary::Canary;
use vigie_consultations::Consultations;
use vigie_directory::Directory;
use vigie_domain::delivery::feedback;
use vigie_entities::Entities;
use vigie_favourites::Favourites;
use vigie_feedback::FeedbackOfMails;
use vigie_intake::Intake;
use vigie_mail::{Letterhead, Particulars};
use vigie_mailer::{Mailer, Pace};
use vigie_portal::{Portal, SignIn, public::Stack};
use vigie_preferences::Preferences;
use vigie_provisioning::Provisioning;
use vigie_publisher::Publisher;
use vigie_runtime::clock::Clock;
use vigie_scheduler::Scheduler;
use vigie_store::Store;

use crate::{
    fake_aws::{FakeAws, Mail},
    http::{Function, serves},
    seed, stream,
    table::Table,
    wire::Wire,
};

/// Number of times that a queue hands out a message here before it is dead.
pub const MAX_RECEIVES: u32 = 4;

/// Number of times that `EventBridge` tries again to hand an event to a queue, within a day.
pub const RETRIES: u32 = 185;

/// The clients of portals that are held to some organisations; `portal` is held to none.
pub const HELD: &str = "of-ems=EMS,of-both=EMS LYON";

/// A message in a queue, or on its way there.
#[derive(Clone, Debug)]
pub struct Queued {
    queue: &'static str,
    event: Value,
    refusals: u32,
    receives: u32,
}

/// All of it.
pub struct World {
    /// The engine.
    pub table: Table,
    /// Bus and SES.
    pub aws: FakeAws,
    /// The way to all of them.
    pub wire: Wire,
    /// Contents of the messages with the refused ones.
    pub rejected: Mutex<Vec<Value>>,
    /// Messages that were received too often.
    pub dead: Mutex<Vec<Queued>>,
    /// Number of times that a queue refuses what its rule hands it next.
    pub refusing: Mutex<BTreeMap<&'static str, u32>>,
    /// Events that a rule could not hand to its queue.
    pub undelivered: Mutex<Vec<Queued>>,
    /// All events that were on the bus, internal ones included.
    pub seen: Mutex<Vec<Value>>,
    now: Arc<AtomicI64>,
    /// The account itself.
    pub accounts: Arc<Accounts>,
    /// Alerts, places, absence, unsubscribing.
    pub preferences: Arc<Preferences>,
    /// Stars, and what an agent may see.
    pub favourites: Arc<Favourites>,
    /// Administrators' routes.
    pub entities: Arc<Entities>,
    /// Events of portals by HTTP.
    pub intake: Arc<Intake>,
    /// The page.
    pub portal: Arc<Portal>,
    /// Organisations that come.
    pub provisioning: Provisioning,
    /// Entities and agents that the portal declares.
    pub directory: Directory,
    /// Events of the procurement portal.
    pub consultations: Consultations,
    /// Work that is due.
    pub scheduler: Scheduler,
    /// Facts, to those who follow.
    pub alerts: Alerts,
    /// Mails.
    pub mailer: Mailer,
    /// SES's events about mails.
    pub feedback: FeedbackOfMails,
    /// The synthetic tender, which flies when a test lets it.
    pub canary: Canary,
    /// The table's stream.
    pub publisher: Publisher,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("World")
    }
}

type Serves = fn(&str) -> bool;

impl World {
    /// An empty one, on 24 November 2026 at 9:00 in Paris.
    pub async fn new() -> Self {
        let wire = Wire::new(seed::next());
        let (table, aws) = (Table::on(wire.clone()).await, FakeAws::on(wire.clone()));
        let now = Arc::new(AtomicI64::new(1_795_507_200_000));
        let clock = Clock::Fixed(Arc::clone(&now));
        let store = |function| table.store_of(function);
        Self {
            accounts: Arc::new(Accounts {
                store: store("accounts"),
                clock: clock.clone(),
                tokens: aws.tokens("accounts", &clock),
            }),
            preferences: Arc::new(Preferences {
                store: store("preferences"),
                clock: clock.clone(),
                tokens: aws.tokens("preferences", &clock),
            }),
            favourites: Arc::new(Favourites {
                store: store("favourites"),
                clock: clock.clone(),
                tokens: aws.tokens("favourites", &clock),
            }),
            entities: Arc::new(Entities {
                store: store("entities"),
                clock: clock.clone(),
            }),
            intake: Arc::new(Intake {
                store: store("intake"),
                bus: aws.bus("intake").as_portal(),
                clock: clock.clone(),
                held: HELD.parse().expect("held clients"),
            }),
            portal: Arc::new(Portal::with(clock.clone(), sign_in(), stack())),
            provisioning: Provisioning {
                store: store("provisioning"),
                bus: aws.bus("provisioning"),
                clock: clock.clone(),
            },
            directory: Directory {
                store: store("directory"),
                bus: aws.bus("directory"),
                clock: clock.clone(),
            },
            consultations: Consultations {
                store: store("consultations"),
                bus: aws.bus("consultations"),
                clock: clock.clone(),
                budget: vigie_consultations::BUDGET,
            },
            scheduler: Scheduler {
                store: store("scheduler"),
                bus: aws.bus("scheduler"),
                clock: clock.clone(),
                ses: SesAccount(aws.ses_of("scheduler")),
                kept_months: 12,
            },
            alerts: Alerts {
                store: store("alerts"),
                bus: aws.bus("alerts"),
                clock: clock.clone(),
            },
            mailer: mailer(store("mailer"), &aws, &clock),
            feedback: FeedbackOfMails {
                store: store("feedback"),
                bus: aws.bus("feedback"),
                clock: clock.clone(),
                local: true,
            },
            canary: Canary {
                store: store("canary"),
                bus: aws.bus("canary").as_portal(),
                clock: clock.clone(),
                on: true,
            },
            publisher: Publisher {
                bus: aws.bus("publisher"),
            },
            rejected: Mutex::default(),
            dead: Mutex::default(),
            refusing: Mutex::default(),
            undelivered: Mutex::default(),
            seen: Mutex::default(),
            now,
            table,
            aws,
            wire,
        }
    }

    /// Another worker of the mailer.
    pub fn another_mailer(&self) -> Mailer {
        mailer(
            self.table.store_of("mailer"),
            &self.aws,
            &Clock::Fixed(Arc::clone(&self.now)),
        )
    }

    /// Returns the time.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now.load(Ordering::SeqCst)).expect("a time")
    }

    /// Lets time pass.
    pub fn pass(&self, time: SignedDuration) {
        self.now.fetch_add(
            i64::try_from(time.as_millis()).expect("a time"),
            Ordering::SeqCst,
        );
    }

    /// Waits until that time.
    pub fn until(&self, time: &str) {
        let time: Timestamp = time.parse().expect("a time");
        let wait = time.duration_since(self.now());
        assert!(wait >= SignedDuration::ZERO, "time goes forward");
        self.pass(wait);
    }

    /// The functions behind API Gateway and which routes they have.
    pub fn functions(&self) -> [(Serves, &dyn Function); 6] {
        [
            (serves::<Accounts>, &self.accounts),
            (serves::<Preferences>, &self.preferences),
            (serves::<Favourites>, &self.favourites),
            (serves::<Entities>, &self.entities),
            (serves::<Intake>, &self.intake),
            (serves::<Portal>, &self.portal),
        ]
    }

    /// An event of the portal, and all that follows from it.
    pub async fn send(&self, detail_type: &str, detail: Value) {
        self.publish(detail_type, detail);
        self.settle().await;
    }

    /// An event of the portal, on the bus and not yet delivered.
    pub fn publish(&self, detail_type: &str, detail: Value) {
        let event = json!({"source": "procurement", "detail-type": detail_type, "detail": detail});
        self.aws.with(|traffic| traffic.events.push_back(event));
    }

    /// Runs stream, bus and queues until nothing is left. A message that comes back does so after
    /// its visibility time-out.
    pub async fn settle(&self) {
        let mut queue: VecDeque<Queued> = VecDeque::new();
        loop {
            self.stream().await;
            while let Some(event) = self.aws.with(|traffic| traffic.events.pop_front()) {
                self.seen.lock().expect("a lock").push(event.clone());
                self.rejected
                    .lock()
                    .expect("a lock")
                    .extend(refused(&event));
                queue.extend(route(&event).map(|queue| Queued {
                    queue,
                    event,
                    refusals: 0,
                    receives: 0,
                }));
            }
            let Some(mut message) = queue.pop_front() else {
                return;
            };
            if message.receives == 0 && self.refuses(message.queue) {
                message.refusals += 1;
                if message.refusals > RETRIES {
                    self.undelivered.lock().expect("a lock").push(message);
                } else {
                    self.pass(SignedDuration::from_mins(7));
                    queue.push_back(message);
                }
                continue;
            }
            message.receives += 1;
            if !self.deliver(&message).await {
                if message.receives >= MAX_RECEIVES {
                    self.dead.lock().expect("a lock").push(message);
                } else {
                    self.pass(SignedDuration::from_secs(180));
                    queue.push_back(message);
                }
            }
        }
    }

    /// True if a queue refuses the next message of its rule.
    fn refuses(&self, queue: &str) -> bool {
        let mut refusing = self.refusing.lock().expect("a lock");
        refusing.get_mut(queue).is_some_and(|left| {
            let refuses = *left > 0;
            *left = left.saturating_sub(1);
            refuses
        })
    }

    /// Delivers a message once. Returns whether it was acknowledged.
    pub async fn deliver(&self, message: &Queued) -> bool {
        let record = sqs(&message.event, message.receives);
        let answer = match message.queue {
            "provisioning" => self.provisioning.consume(record).await,
            "directory" => self.directory.consume(record).await,
            "consultations" => self.consultations.consume(record).await,
            "alerts" => self.alerts.consume(record).await,
            "feedback" => self.feedback.consume(record).await,
            _ => self.mailer.consume(record).await,
        };
        answer.is_ok_and(|answer| {
            answer["batchItemFailures"]
                .as_array()
                .is_some_and(Vec::is_empty)
        })
    }

    /// The clock strikes, and all that follows from it.
    pub async fn sweep(&self) {
        self.scheduler.consume(json!({})).await.expect("a sweep");
        self.settle().await;
    }

    /// Waits until that time; the clock strikes then, and all that follows from it.
    pub async fn sweep_at(&self, time: &str) {
        self.until(time);
        self.sweep().await;
    }

    /// Hands the stream's records to `publisher`, which publishes them, as far as the template lets
    /// them pass.
    pub async fn stream(&self) {
        let records = stream::passed(self.table.records());
        if !records.is_empty() {
            self.publisher
                .consume(json!({"Records": records}))
                .await
                .expect("the stream's batch");
        }
    }

    /// Puts dead letters back, as an operator does, and what a rule could not deliver.
    pub async fn redrive(&self) {
        let mut dead = std::mem::take(&mut *self.dead.lock().expect("a lock"));
        dead.append(&mut self.undelivered.lock().expect("a lock"));
        self.pass(SignedDuration::from_mins(10));
        for message in dead {
            self.aws
                .with(|traffic| traffic.events.push_back(message.event));
        }
        self.settle().await;
    }

    /// Mails accepted by SES so far.
    pub fn mails(&self) -> Vec<Mail> {
        self.aws.with(|traffic| traffic.mails.clone())
    }

    /// Mails to an address, newest last.
    pub fn mails_to(&self, address: &str) -> Vec<Mail> {
        self.mails()
            .into_iter()
            .filter(|mail| mail.to == address)
            .collect()
    }

    /// The newest mail to an address.
    pub fn last_mail(&self, address: &str) -> Mail {
        let last = self.mails_to(address).pop();
        last.unwrap_or_else(|| panic!("no mail to {address}"))
    }

    /// The subjects of the mails to an address, newest last.
    pub fn subjects_to(&self, address: &str) -> Vec<String> {
        let mails = self.mails_to(address).into_iter();
        mails.map(|mail| mail.subject).collect()
    }

    /// Forgets mails.
    pub fn empty_inbox(&self) {
        self.aws.with(|traffic| traffic.mails.clear());
    }

    /// Events of a type that were on the bus.
    pub fn events(&self, detail_type: &str) -> Vec<Value> {
        let seen = self.seen.lock().expect("a lock");
        seen.iter()
            .filter(|event| event["detail-type"] == detail_type)
            .map(|event| event["detail"].clone())
            .collect()
    }

    /// Why events were rejected, in order.
    pub fn rejections(&self) -> Vec<String> {
        let rejected = self.rejected.lock().expect("a lock");
        rejected
            .iter()
            .map(|rejected| rejected["reason"].as_str().unwrap_or_default().to_owned())
            .collect()
    }
}

fn stack() -> Stack {
    Stack {
        region: "eu-west-3".to_owned(),
        log_days: 90,
    }
}

fn sign_in() -> SignIn {
    SignIn::new("https://issuer.test", None, "client", "").expect("safe addresses")
}

fn mailer(store: Store, aws: &FakeAws, clock: &Clock) -> Mailer {
    Mailer {
        store,
        bus: aws.bus("mailer"),
        ses: Ses::from_address(aws.ses(), "ne-pas-repondre@vigie.test"),
        clock: clock.clone(),
        tokens: aws.tokens("mailer", clock),
        letterhead: Letterhead::new("https://vigie.test", Particulars::default()),
        unsubscribe_mailbox: None,
        max_receives: MAX_RECEIVES,
        pace: Pace::new(1_000_000, 1),
        account_pace: Pace::new(1_000_000, 1),
    }
}

/// The queue that the template's rules lead an event to. `tests/tests/template.rs` and
/// `infra/checks` hold the two together.
pub fn route(event: &Value) -> Option<&'static str> {
    match (event["source"].as_str()?, event["detail-type"].as_str()?) {
        ("procurement", "OrganisationProvisioned") => Some("provisioning"),
        ("procurement", "AgentLeft" | "AgentSaved" | "EntityRemoved" | "EntitySaved")
        | (
            "vigie",
            "AccountNamed" | "AgentDue" | "DirectoryReady" | "EntityCame" | "HandoverDue"
            | "InvitationsDue",
        ) => Some("directory"),
        ("procurement", _) | ("vigie", "AwaitedCame") => Some("consultations"),
        ("aws.ses" | "local.ses", detail_type) if feedback::DETAIL_TYPES.contains(&detail_type) => {
            Some("feedback")
        }
        ("vigie", "FactRecorded" | "ConsultationReady") => Some("alerts"),
        ("vigie", "AlertDue" | "DailyDue") => Some("mailer"),
        ("vigie", "AccountMailDue" | "RecoveryDue") => Some("account-mails"),
        _ => None,
    }
}

/// Returns the contents of the message that an event leaves with the refused ones, if it does: it
/// says itself that another was refused, or nobody listens to its source.
pub fn refused(event: &Value) -> Option<Value> {
    match (event["source"].as_str()?, event["detail-type"].as_str()?) {
        ("vigie", "Rejected") => Some(event["detail"].clone()),
        ("procurement" | "vigie" | "aws.ses" | "local.ses", _) => None,
        _ => Some(json!({"reason": "unknown source", "original": event})),
    }
}

/// True if an event waits for the mailer, in any of its queues.
pub fn is_mail(event: &Value) -> bool {
    matches!(route(event), Some("mailer" | "account-mails"))
}

/// An SQS event of one message whose body is an event of the bus, or whatever a text says.
pub fn sqs(event: &Value, receives: u32) -> Value {
    let body = event.as_str().map(str::to_owned).unwrap_or_else(|| {
        let mut body = event.clone();
        body["version"] = json!("0");
        body["id"] = json!("00000000-0000-4000-8000-000000000000");
        body.to_string()
    });
    json!({"Records": [{
        "messageId": "message",
        "receiptHandle": "handle",
        "body": body,
        "attributes": {"ApproximateReceiveCount": receives.to_string()},
        "eventSource": "aws:sqs",
    }]})
}
