//! Deliveries to accounts: `PENDING(lease) → SENT(message id)`, or `FAILED(reason)`, `SKIPPED(reason)`.
//!
//! Claiming before sending loses mail when the sender dies, so a claim is a lease that runs out; `SENT` is written after SES
//! accepted. See docs/decisions/003-deliveries.md.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use vigie_domain::{
    account::{Account, MailQuota},
    id::{AccountId, ConsultationId, RequestId, digest},
};

use super::{
    Item, Result, Store,
    item::{self, n, s},
    keys::{self, I1PK, I1SK, TTL},
    transaction::{ABSENT, Expression, Transaction, TransactionError},
};

/// Time for which a claim holds: longer than the mailer may run, shorter than its queue hides a message (template: 30 s, 180 s).
pub const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// Time for which a delivery is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(365 * 24);

/// The kind of the alert that an agent sends to their own address.
pub const TEST_ALERT: &str = "test";

/// Names what is delivered, the same at every attempt.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The account's delivery under which it is recorded.
    pub hash: String,
    /// Kind of alert, or of account mail.
    pub kind: String,
    /// Of an alert: where the fact happened.
    pub consultation_id: Option<ConsultationId>,
    /// Of an alert: the fact's key; otherwise the request's.
    pub key: String,
}

impl Subject {
    /// A fact, told to an account at most once.
    #[must_use]
    pub fn alert(consultation: &ConsultationId, kind: &str, key: &str) -> Self {
        Self {
            hash: digest(&["alert", consultation.as_str(), kind, key]),
            kind: kind.to_owned(),
            consultation_id: Some(consultation.clone()),
            key: key.to_owned(),
        }
    }

    /// A mail about the account itself.
    #[must_use]
    pub fn account_mail(kind: &str, request: &str, attempt: u32) -> Self {
        Self {
            hash: digest(&["account", kind, request, &attempt.to_string()]),
            kind: kind.to_owned(),
            consultation_id: None,
            key: format!("{request}+{attempt}"),
        }
    }

    /// Names the alert that an agent sends to their own address.
    #[must_use]
    pub fn test_alert(request: &RequestId) -> Self {
        Self::account_mail(TEST_ALERT, request.as_str(), 1)
    }

    /// Returns whether the agent's list of alerts shows it.
    fn is_listed(&self) -> bool {
        self.consultation_id.is_some() || self.kind == TEST_ALERT
    }
}

/// The state of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "DeliveryState"))]
pub enum DeliveryState {
    /// Being sent by who holds the lease.
    Pending,
    /// SES accepted it.
    Sent,
    /// The receiving server does not take it yet.
    Delayed,
    /// The receiving server took it.
    Delivered,
    /// It came back.
    Bounced,
    /// The recipient called it unwanted.
    Complained,
    /// It was not sent, for a reason; retryable or not.
    Failed,
    /// The agent asked for it but must not have it, for a reason.
    Skipped,
}

impl DeliveryState {
    /// Returns whether SES accepted the mail, whatever became of it.
    #[must_use]
    pub fn was_sent(self) -> bool {
        matches!(self, Self::Sent | Self::Delayed | Self::Delivered | Self::Bounced | Self::Complained)
    }
}

/// A delivery as recorded.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Its state.
    pub state: DeliveryState,
    /// Kind of alert, or of account mail.
    pub kind: String,
    /// The consultation of the fact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consultation_id: Option<ConsultationId>,
    /// The key of the fact, or of the request.
    pub key: String,
    /// When it was claimed last.
    pub at: Timestamp,
    /// Until when nobody else may claim it (seconds since the epoch).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<i64>,
    /// The reason for which it was sent, failed or skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// True if a failure may be tried again.
    #[serde(default)]
    pub retryable: bool,
    /// SES's name of the mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// The receiving server's code, such as `5.1.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// When the receiving server took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
}

impl Delivery {
    /// Returns whether it is still to be made.
    #[must_use]
    pub fn is_open(&self) -> bool {
        match self.state {
            DeliveryState::Pending => true,
            DeliveryState::Failed => self.retryable,
            _ => false,
        }
    }
}

/// The purpose of claiming one delivery.
#[derive(Clone, Debug)]
pub enum Intent {
    /// To send it; why the account gets it.
    Send(String),
    /// To record why the account does not.
    Skip(String),
}

/// One delivery that is to be claimed.
#[derive(Clone, Debug)]
pub struct WantedDelivery<'a> {
    /// The fact, or the mail about the account.
    pub subject: &'a Subject,
    /// To whom.
    pub account: AccountId,
    /// The purpose.
    pub intent: Intent,
}

/// The result of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Ours.
    Acquired,
    /// Done before.
    Done,
    /// Somebody else is at it.
    Busy,
}

/// The end of a claimed delivery.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// SES accepted it under this id.
    Sent(String),
    /// It was not sent. Retryable ones can be claimed again.
    Failed {
        /// The reason: a code, never an address.
        reason: String,
        /// True if trying again can help.
        retryable: bool,
    },
    /// It was certainly not sent: whoever comes next may claim it.
    Released,
    /// It must not be sent, for a reason.
    Skipped(&'static str),
}

impl Outcome {
    /// Returns whether the delivery is still to be made.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Released | Self::Failed { retryable: true, .. })
    }
}

const CLAIMABLE: &str = "attribute_not_exists(pk) OR (#state = :pending AND lease < :now) OR (#state = :failed AND retryable = :yes)";

impl Store {
    /// Claims deliveries of one subject. The answers are in the order of the accounts.
    pub async fn delivery_claim(&self, subject: &Subject, accounts: &[(AccountId, Intent)], now: Timestamp) -> Result<Vec<Claim>> {
        let wanted = |(account, intent): &(AccountId, Intent)| WantedDelivery { subject, account: account.clone(), intent: intent.clone() };
        self.delivery_claim_each(&accounts.iter().map(wanted).collect::<Vec<_>>(), now).await
    }

    /// Claims deliveries, at most 100 and none twice, in one transaction; those that cannot be had drop out and the rest is claimed again
    /// under a new request token. The answers are in the order of what is wanted.
    pub async fn delivery_claim_each(&self, wanted: &[WantedDelivery<'_>], now: Timestamp) -> Result<Vec<Claim>> {
        let mut claims = vec![Claim::Acquired; wanted.len()];
        while claims.contains(&Claim::Acquired) {
            let writes = || {
                let mut writes = Transaction::new();
                for (i, wanted) in wanted.iter().enumerate().filter(|(i, _)| claims[*i] == Claim::Acquired) {
                    let condition = Expression::condition(CLAIMABLE)
                        .name("#state", "state")
                        .value(":pending", item::value(&DeliveryState::Pending)?)
                        .value(":failed", item::value(&DeliveryState::Failed)?)
                        .value(":yes", item::value(&true)?)
                        .value(":now", n(now.as_second()));
                    writes.put(i, self, claimed(wanted, now)?, condition)?;
                }
                Ok(writes)
            };
            match self.transact_built(writes).await {
                Ok(()) => return Ok(claims),
                Err(TransactionError::Store(e)) => return Err(e),
                Err(TransactionError::Refused(refused)) => {
                    for (i, found) in refused {
                        // Unless the item says that it is done, it may still have to be sent.
                        let pending = found.is_none_or(|found| item::text(&found, "state") == "PENDING");
                        claims[i] = if pending { Claim::Busy } else { Claim::Done };
                    }
                }
            }
        }
        Ok(claims)
    }

    /// Records that an account asks for a test alert, for whoever claims it first, and counts its mail; refused if the account has changed
    /// since it was read.
    pub async fn test_alert_ask(&self, account: &Account, subject: &Subject, quota: &MailQuota, now: Timestamp) -> Result<()> {
        let mut writes = Transaction::new();
        let update = Expression::update("SET mailQuota = :quota, version = :next")
            .when("version = :version")
            .value(":quota", item::value(quota)?)
            .value(":version", n(account.version))
            .value(":next", n(account.version + 1));
        writes.update((), self, &keys::account(&account.id), update)?;
        let wanted = WantedDelivery { subject, account: account.id.clone(), intent: Intent::Send("asked".to_owned()) };
        let mut open = claimed(&wanted, now)?;
        open.insert("lease".to_owned(), n(0));
        writes.put((), self, open, Expression::condition(ABSENT))?;
        Ok(self.transact(writes).await?)
    }

    /// Records how held deliveries of one subject ended.
    pub async fn delivery_settle(&self, subject: &Subject, outcomes: &[(AccountId, Outcome)]) -> Result<()> {
        let each = outcomes.iter().map(|(account, outcome)| (subject, account.clone(), outcome.clone()));
        self.delivery_settle_each(&each.collect::<Vec<_>>()).await
    }

    /// Records how held deliveries ended, at most 100, in one transaction. What was erased meanwhile stays erased.
    pub async fn delivery_settle_each(&self, outcomes: &[(&Subject, AccountId, Outcome)]) -> Result<()> {
        let mut open: Vec<bool> = vec![true; outcomes.len()];
        while open.contains(&true) {
            let writes = || {
                let mut writes = Transaction::new();
                for (i, (subject, account, outcome)) in outcomes.iter().enumerate().filter(|(i, _)| open[*i]) {
                    writes.update(i, self, &keys::delivery(account, &subject.hash), settled(outcome)?)?;
                }
                Ok(writes)
            };
            match self.transact_built(writes).await {
                Ok(()) => return Ok(()),
                Err(TransactionError::Store(e)) => return Err(e),
                Err(TransactionError::Refused(refused)) => refused.iter().for_each(|(i, _)| open[*i] = false),
            }
        }
        Ok(())
    }

    /// Which of these accounts were sent something.
    pub async fn delivery_find_sent(&self, subject: &Subject, accounts: &BTreeSet<AccountId>) -> Result<BTreeSet<AccountId>> {
        self.those(subject, accounts, |delivery| delivery.state.was_sent()).await
    }

    /// Of some subjects, by hash, those that an account was sent.
    pub async fn delivery_find_sent_of_account(
        &self,
        account: &AccountId,
        subjects: impl Iterator<Item = &Subject>,
    ) -> Result<BTreeSet<String>> {
        let wanted: Vec<_> = subjects.map(|subject| keys::delivery(account, &subject.hash)).collect();
        let mut sent = BTreeSet::new();
        for found in self.get_all(&wanted).await? {
            let hash = item::sk(&found).strip_prefix(keys::DELIVERY).map(str::to_owned);
            let delivery = item::read_or_set_aside::<Delivery>(found, "delivery");
            sent.extend(hash.filter(|_| delivery.is_some_and(|delivery| delivery.state.was_sent())));
        }
        Ok(sent)
    }

    async fn those(&self, subject: &Subject, accounts: &BTreeSet<AccountId>, like: fn(&Delivery) -> bool) -> Result<BTreeSet<AccountId>> {
        let wanted: Vec<_> = accounts.iter().map(|account| keys::delivery(account, &subject.hash)).collect();
        let mut those = BTreeSet::new();
        for found in self.get_all(&wanted).await? {
            let key = item::key(&found);
            if item::read_or_set_aside(found, "delivery").is_some_and(|delivery| like(&delivery)) {
                those.extend(accounts.iter().find(|account| keys::account_pk(account) == key.pk).cloned());
            }
        }
        Ok(those)
    }

    /// Which of these accounts are done with a subject: what was sent, skipped or refused for good is not looked at again.
    pub async fn delivery_find_done(&self, subject: &Subject, accounts: &BTreeSet<AccountId>) -> Result<BTreeSet<AccountId>> {
        self.those(subject, accounts, |delivery| !delivery.is_open()).await
    }

    /// A delivery.
    pub async fn delivery_read(&self, account: &AccountId, subject: &Subject) -> Result<Option<Delivery>> {
        self.get(&keys::delivery(account, &subject.hash), "delivery").await
    }
}

fn claimed(WantedDelivery { subject, account, intent }: &WantedDelivery<'_>, now: Timestamp) -> Result<Item> {
    let (state, reason, lease) = match intent {
        Intent::Send(why) => (DeliveryState::Pending, why, Some((now + LEASE).as_second())),
        Intent::Skip(reason) => (DeliveryState::Skipped, reason, None),
    };
    let delivery = Delivery {
        state,
        kind: subject.kind.clone(),
        consultation_id: subject.consultation_id.clone(),
        key: subject.key.clone(),
        at: now,
        lease,
        reason: Some(reason.clone()),
        retryable: false,
        message_id: None,
        code: None,
        delivered_at: None,
    };
    let mut written = item::write(&keys::delivery(account, &subject.hash), &delivery)?;
    if subject.is_listed() {
        written.insert(I1PK.to_owned(), s(keys::deliveries_of(account)));
        written.insert(I1SK.to_owned(), s(format!("{now:.3}#{}", subject.hash)));
    }
    written.insert(TTL.to_owned(), n((now + KEPT).as_second()));
    Ok(written)
}

fn settled(outcome: &Outcome) -> Result<Expression> {
    let update = match outcome {
        Outcome::Sent(id) => Expression::update("SET #state = :state, messageId = :id REMOVE lease")
            .value(":state", item::value(&DeliveryState::Sent)?)
            .value(":id", s(id)),
        Outcome::Released => Expression::update("SET #state = :state, lease = :over")
            .value(":state", item::value(&DeliveryState::Pending)?)
            .value(":over", n(0)),
        Outcome::Skipped(reason) => Expression::update("SET #state = :state, reason = :reason REMOVE lease")
            .value(":state", item::value(&DeliveryState::Skipped)?)
            .value(":reason", s(*reason)),
        Outcome::Failed { reason, retryable } => {
            Expression::update("SET #state = :state, reason = :reason, retryable = :retryable REMOVE lease")
                .value(":state", item::value(&DeliveryState::Failed)?)
                .value(":reason", s(reason))
                .value(":retryable", item::value(retryable)?)
        }
    };
    // What SES said of the mail meanwhile is later than what the sender knows.
    let update = update.when("#state IN (:pending, :failed)").name("#state", "state");
    Ok(update.value(":pending", item::value(&DeliveryState::Pending)?).value(":failed", item::value(&DeliveryState::Failed)?))
}
