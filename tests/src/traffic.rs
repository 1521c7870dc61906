//! Events handled by hand: one at a time, many times over, all at once, or only up to the mailer.
//! And all facts there are, and a crowd to tell them to.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::task::{JoinSet, LocalSet};
use vigie_aws::Consumer;
use vigie_domain::{
    account::{
        Account, EmailStatus, Role,
        preferences::{AutomaticFavourites, Kind, Mode, Rule},
        rights::PermanentGuest,
    },
    contact::Contact,
    delivery::Delivery,
    id::{AccountId, ConsultationId, EntityId},
};
use vigie_runtime::ids;
use vigie_store::{Subject, keys};

use crate::{
    World,
    scenario::tender,
    table::NAME,
    world::{MAX_RECEIVES, is_mail, route, sqs},
};

/// One fact of a consultation, and what becomes of it.
#[derive(Clone, Debug)]
pub struct News {
    /// The event.
    pub detail_type: &'static str,
    /// Its detail.
    pub detail: Value,
    /// The kind of the fact.
    pub fact: &'static str,
    /// The fact's key.
    pub key: &'static str,
    /// The kind of alert.
    pub kind: &'static str,
    /// The subject, after the reference.
    pub subject: &'static str,
}

/// One fact for each immediate alert; approval and validation go by the same kind.
pub fn news(consultation: &str) -> [News; 7] {
    let fact = |detail_type, fact, key, kind, subject, mut detail: Value| {
        detail["consultationId"] = json!(consultation);
        News {
            detail_type,
            detail,
            fact,
            key,
            kind,
            subject,
        }
    };
    let at = "2026-11-24T09:00:00+01:00";
    let url = "https://marches.example.fr/x";
    [
        fact(
            "TenderReceived",
            "tenderReceived",
            "d-1",
            "tenderReceived",
            "Nouveau dépôt électronique",
            tender(consultation, "d-1"),
        ),
        fact(
            "MessageReceived",
            "messageReceived",
            "m-1",
            "messageReceived",
            "Réponse reçue à votre message",
            json!({"messageId": "m-1", "receivedAt": at, "messageType": "Complément", "url": url}),
        ),
        fact(
            "QuestionReceived",
            "questionReceived",
            "q-1",
            "questionReceived",
            "Nouvelle question d'une entreprise",
            json!({"questionId": "q-1", "receivedAt": at, "hasAttachment": true, "url": url}),
        ),
        fact(
            "NoticePublished",
            "noticePublished",
            "n-1+ueL9gBM_LGBilzciPpeQ5J",
            "noticePublished",
            "Avis publié au BOAMP",
            json!({"noticeId": "n-1", "noticeNumber": "26-1", "edition": "20261124A", "publishedOn": "2026-11-24", "url": url, "pdfUrl": url}),
        ),
        fact(
            "NoticeRejected",
            "noticeRejected",
            "n-2+1",
            "noticeRejected",
            "ÉCHEC de publication au BOAMP",
            json!({"noticeId": "n-2", "attempt": 1, "reasons": ["Code CPV absent"], "url": url}),
        ),
        fact(
            "ApprovalRequested",
            "approvalRequested",
            "r-1+Ja-Nysqh0qAsW4FrG5sRFw",
            "approvalRequested",
            "À approuver",
            json!({"requestId": "r-1", "level": 2, "requestedBy": "Zélie Xantippe", "wantedOn": "2026-12-01", "url": url}),
        ),
        fact(
            "ValidationRequested",
            "validationRequested",
            "r-1+Ja-Nysqh0qAsW4FrG5sRFw",
            "approvalRequested",
            "À valider",
            json!({"requestId": "r-1", "level": 2, "requestedBy": "Zélie Xantippe", "wantedOn": "2026-12-01", "url": url}),
        ),
    ]
}

/// The subject of mails that tell what an administrator changed.
pub const CHANGED: &str = "Votre compte d’agent a été modifié";

impl World {
    /// Takes the events off the bus and returns them.
    pub fn taken(&self) -> Vec<Value> {
        let events: Vec<_> = self.aws.with(|traffic| traffic.events.drain(..).collect());
        self.seen
            .lock()
            .expect("a lock")
            .extend(events.iter().cloned());
        let rejected = events
            .iter()
            .filter(|event| event["detail-type"] == "Rejected")
            .map(|event| event["detail"].clone());
        self.rejected.lock().expect("a lock").extend(rejected);
        events
    }

    /// Hands an event to the function behind its queue; whether it was acknowledged.
    pub async fn hand(&self, event: &Value, receives: u32) -> bool {
        let record = sqs(event, receives);
        let answer = match route(event) {
            Some("provisioning") => self.provisioning.consume(record).await,
            Some("directory") => self.directory.consume(record).await,
            Some("consultations") => self.consultations.consume(record).await,
            Some("alerts") => self.alerts.consume(record).await,
            Some("feedback") => self.feedback.consume(record).await,
            Some(_) => self.mailer.consume(record).await,
            None => return true,
        };
        answer.is_ok_and(|answer| {
            answer["batchItemFailures"]
                .as_array()
                .is_some_and(Vec::is_empty)
        })
    }

    /// Runs everything that follows from what is on the bus, all at once, newest first: each event
    /// of the portal so many times over, each of ours twice. What comes back does so after its
    /// visibility time-out.
    pub async fn storm(self: &Arc<Self>, copies: usize) {
        let mut back: Vec<(Value, u32)> = Vec::new();
        loop {
            self.stream().await;
            let taken = self.taken();
            let copies = |event: &Value| {
                if event["source"] == "procurement" {
                    copies
                } else {
                    2
                }
            };
            let fresh = taken
                .iter()
                .filter(|event| route(event).is_some())
                .flat_map(|event| vec![(event.clone(), 0); copies(event)]);
            let round: Vec<_> = back.drain(..).chain(fresh).collect();
            if round.is_empty() && taken.is_empty() {
                return;
            }
            let mut tasks = JoinSet::new();
            let local = LocalSet::new();
            for (event, receives) in round.into_iter().rev() {
                let world = Arc::clone(self);
                tasks.spawn_local_on(
                    async move { (world.hand(&event, receives + 1).await, event, receives + 1) },
                    &local,
                );
            }
            for (acknowledged, event, receives) in local.run_until(tasks.join_all()).await {
                assert!(
                    acknowledged || receives < MAX_RECEIVES,
                    "a message came back too often: {event}"
                );
                back.extend((!acknowledged).then_some((event, receives)));
            }
            if !back.is_empty() {
                self.pass(SignedDuration::from_mins(3));
            }
        }
    }

    /// Runs everything but the mailer, and returns what waits for that.
    pub async fn due(&self) -> Vec<Value> {
        let mut due = Vec::new();
        loop {
            self.stream().await;
            let taken = self.taken();
            if taken.is_empty() {
                return due;
            }
            for event in taken {
                if is_mail(&event) {
                    due.push(event);
                } else {
                    assert!(self.hand(&event, 1).await, "{event}");
                }
            }
        }
    }

    /// Puts events back on the bus, and runs everything.
    pub async fn resume(&self, events: Vec<Value>) {
        self.aws.with(|traffic| traffic.events.extend(events));
        self.settle().await;
    }

    /// So many agents of an entity with a standing right to its consultations, who follow one and
    /// want every alert. Their addresses, sorted. Written straight into the table, with nothing on
    /// the bus.
    pub async fn crowd(&self, entity: &str, consultation: &str, count: usize) -> Vec<String> {
        let consultation = ConsultationId::parse(consultation).expect("an id");
        let (mut addresses, mut items) = (Vec::with_capacity(count), Vec::new());
        for i in 0..count {
            let account = follower(entity, i, self.now());
            let item = serde_dynamo::to_item(&account).expect("an item");
            items.push((keys::account(&account.id), item));
            let star = [("starred".to_owned(), AttributeValue::Bool(true))].into();
            items.push((keys::favourite(&consultation, &account.id), star));
            addresses.push(account.contact.email.expect("an address").to_string());
        }
        self.table.import(items);
        self.table.calls();
        addresses.sort();
        addresses
    }

    /// So many agents of an entity that watch it: its consultations become favourites by rule.
    /// Their accounts. Written as a crowd is.
    pub fn watchers(&self, entity: &str, rule: Rule, count: usize) -> BTreeSet<AccountId> {
        let (mut ids, mut items) = (BTreeSet::new(), Vec::new());
        for i in 0..count {
            let mut account = follower(entity, i, self.now());
            account.permanent_guest = PermanentGuest {
                own: true,
                dependent: true,
                transverse: true,
            };
            account.alerts.automatic_favourites = AutomaticFavourites {
                mine: true,
                own_entity: true,
                dependent_entities: true,
                transverse_entities: true,
            };
            items.push((
                keys::account(&account.id),
                serde_dynamo::to_item(&account).expect("an item"),
            ));
            items.push((
                keys::watch(&account.entity_id, rule, &account.id),
                HashMap::new(),
            ));
            ids.insert(account.id);
        }
        self.table.import(items);
        ids
    }

    /// The delivery of a fact to an account.
    pub async fn delivery(
        &self,
        account: &str,
        consultation: &str,
        fact: &str,
        key: &str,
    ) -> Option<Delivery> {
        let consultation = ConsultationId::parse(consultation).expect("an id");
        let account = AccountId::parse(account).expect("an id");
        self.table
            .store()
            .delivery_read(&account, &Subject::alert(&consultation, fact, key))
            .await
            .expect("a delivery")
    }

    /// Returns, sorted, the addresses that got any mail other than notices of an administrator's
    /// change.
    pub fn mailed(&self) -> Vec<String> {
        let mut to: Vec<_> = self
            .mails()
            .into_iter()
            .filter(|mail| mail.subject != CHANGED)
            .map(|mail| mail.to)
            .collect();
        to.sort();
        to
    }

    /// Writes an attribute behind everybody's back.
    pub async fn set(&self, pk: &str, sk: &str, attribute: &str, value: AttributeValue) {
        let key = HashMap::from([
            ("pk".to_owned(), AttributeValue::S(pk.to_owned())),
            ("sk".to_owned(), AttributeValue::S(sk.to_owned())),
        ]);
        let update = self
            .table
            .client()
            .update_item()
            .table_name(NAME)
            .set_key(Some(key));
        let update = update
            .update_expression("SET #a = :v")
            .condition_expression("attribute_exists(pk)");
        update
            .expression_attribute_names("#a", attribute)
            .expression_attribute_values(":v", value)
            .send()
            .await
            .expect("an update");
    }
}

fn follower(entity: &str, i: usize, now: Timestamp) -> Account {
    let contact = json!({"firstName": "Quirin", "lastName": format!("Follower{i}"), "email": format!("follower{i}@crowd.example.fr")});
    let contact = Contact::from_json(&contact).expect("a contact");
    let entity = EntityId::parse(entity).expect("an id");
    let mut account = Account::invite(
        ids::account(),
        entity,
        Role::Agent,
        contact,
        ids::request(),
        now,
    );
    account.accepted_invitation = account
        .invitation
        .take()
        .map(|invitation| invitation.request_id);
    account.email_status = EmailStatus::Confirmed;
    account.permanent_guest = PermanentGuest {
        own: true,
        ..PermanentGuest::default()
    };
    Kind::ALL
        .into_iter()
        .for_each(|kind| account.alerts.kinds.set(kind, Mode::Immediate));
    account
}
