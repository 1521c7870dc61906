//! Deliveries to accounts: `PENDING(lease) → SENT(message id)`, or `FAILED(reason)`,
//! `SKIPPED(reason)`.
//!
//! Claiming before sending loses mail when the sender dies, so a claim is a lease that runs out;
//! `SENT` is written after SES accepted. See docs/decisions/003-deliveries.md.

use std::collections::BTreeSet;

use vigie_domain::{
    delivery::{Delivery, DeliveryState, TEST_ALERT},
    id::{AccountId, ConsultationId, RequestId, digest},
};

use crate::{
    Result, Store,
    table::{
        item::{self, n, s},
        keys,
        transaction::{ACTIONS, Expression, Transaction},
    },
};

/// Names what is delivered, the same at every attempt.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The account's delivery under which it is recorded.
    pub hash: String,
    /// Kind of alert, or of account mail.
    pub kind: String,
    /// For an alert: the consultation of its fact.
    pub consultation_id: Option<ConsultationId>,
    /// For an alert: the key of its fact. Otherwise: the request's.
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

    /// True if the agent's list of alerts shows it.
    pub(crate) fn is_listed(&self) -> bool {
        self.consultation_id.is_some() || self.kind == TEST_ALERT
    }
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
    /// It must not be sent yet, for a reason; whoever comes next may claim it.
    HeldBack(&'static str),
}

impl Outcome {
    /// True if the delivery is still to be made.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(
            self,
            Self::Released
                | Self::Failed {
                    retryable: true,
                    ..
                }
        )
    }
}

/// The condition of a result: the delivery is there, and neither a result nor one of SES's events,
/// which is newer than the sender's result, has named the mail.
const UNSETTLED: &str = "attribute_exists(pk) AND attribute_not_exists(messageId)";
/// The condition of a result for a mail that SES accepted, unless it said meanwhile that it could
/// not render it.
const UNSETTLED_MAIL: &str =
    "attribute_exists(pk) AND attribute_not_exists(messageId) AND NOT (unrendered = :id)";

impl Store {
    /// Records how held deliveries of one subject ended.
    pub async fn delivery_settle(
        &self,
        subject: &Subject,
        outcomes: &[(AccountId, Outcome)],
    ) -> Result<()> {
        let each = outcomes
            .iter()
            .map(|(account, outcome)| (subject, account, outcome));
        self.delivery_settle_each(&each.collect::<Vec<_>>()).await
    }

    /// Records how held deliveries ended. What was erased meanwhile stays erased.
    pub async fn delivery_settle_each(
        &self,
        outcomes: &[(&Subject, &AccountId, &Outcome)],
    ) -> Result<()> {
        for chunk in outcomes.chunks(ACTIONS) {
            let add = |writes: &mut Transaction<usize>, i: usize| {
                let (subject, account, outcome) = chunk[i];
                let key = keys::delivery(account, &subject.hash);
                writes.update(i, self, &key, settled(outcome)?)
            };
            self.transact_those(chunk.len(), add).await?;
        }
        Ok(())
    }

    /// Returns those of the subjects, by hash, whose delivery to an account was begun and not
    /// ended.
    pub async fn delivery_find_open_of_account(
        &self,
        account: &AccountId,
        subjects: impl Iterator<Item = &Subject>,
    ) -> Result<BTreeSet<String>> {
        self.of_account(account, subjects, Delivery::is_open).await
    }

    async fn of_account(
        &self,
        account: &AccountId,
        subjects: impl Iterator<Item = &Subject>,
        like: fn(&Delivery) -> bool,
    ) -> Result<BTreeSet<String>> {
        let wanted: Vec<_> = subjects
            .map(|subject| keys::delivery(account, &subject.hash))
            .collect();
        let mut those = BTreeSet::new();
        for found in self.get_all(&wanted).await? {
            let hash = item::sk(&found)
                .strip_prefix(keys::DELIVERY)
                .map(str::to_owned);
            let delivery = item::read_or_set_aside::<Delivery>(found, "delivery");
            those.extend(hash.filter(|_| delivery.is_some_and(|delivery| like(&delivery))));
        }
        Ok(those)
    }

    async fn those(
        &self,
        subject: &Subject,
        accounts: &BTreeSet<AccountId>,
        like: fn(&Delivery) -> bool,
    ) -> Result<BTreeSet<AccountId>> {
        let wanted: Vec<_> = accounts
            .iter()
            .map(|account| keys::delivery(account, &subject.hash))
            .collect();
        let mut those = BTreeSet::new();
        for found in self.get_all(&wanted).await? {
            let key = item::key(&found);
            if item::read_or_set_aside(found, "delivery").is_some_and(|delivery| like(&delivery)) {
                those.extend(
                    accounts
                        .iter()
                        .find(|account| keys::account_pk(account) == key.pk)
                        .cloned(),
                );
            }
        }
        Ok(those)
    }

    /// Returns those of the accounts that are done with a subject: it was sent, skipped or refused
    /// for good.
    pub async fn delivery_find_done(
        &self,
        subject: &Subject,
        accounts: &BTreeSet<AccountId>,
    ) -> Result<BTreeSet<AccountId>> {
        self.those(subject, accounts, |delivery| !delivery.is_open())
            .await
    }

    /// Returns those of the accounts whose delivery of a subject was begun and not ended.
    pub async fn delivery_find_open(
        &self,
        subject: &Subject,
        accounts: &BTreeSet<AccountId>,
    ) -> Result<BTreeSet<AccountId>> {
        self.those(subject, accounts, Delivery::is_open).await
    }

    /// A delivery.
    pub async fn delivery_read(
        &self,
        account: &AccountId,
        subject: &Subject,
    ) -> Result<Option<Delivery>> {
        self.get(&keys::delivery(account, &subject.hash), "delivery")
            .await
    }
}

fn settled(outcome: &Outcome) -> Result<Expression> {
    let update = match outcome {
        Outcome::Sent(id) => {
            let sent =
                Expression::update("SET #state = :state, messageId = :id REMOVE lease, retryable")
                    .name("#state", "state");
            return Ok(sent
                .value(":state", item::value(&DeliveryState::Sent)?)
                .value(":id", s(id))
                .when(UNSETTLED_MAIL));
        }
        Outcome::Released => {
            Expression::update("SET #state = :state, lease = :over REMOVE retryable")
                .value(":state", item::value(&DeliveryState::Pending)?)
                .value(":over", n(0))
        }
        Outcome::Skipped(reason) => {
            Expression::update("SET #state = :state, reason = :reason REMOVE lease, retryable")
                .value(":state", item::value(&DeliveryState::Skipped)?)
                .value(":reason", s(*reason))
        }
        Outcome::HeldBack(reason) => Expression::update(
            "SET #state = :state, reason = :reason, retryable = :yes REMOVE lease",
        )
        .value(":state", item::value(&DeliveryState::Skipped)?)
        .value(":reason", s(*reason))
        .value(":yes", item::value(&true)?),
        Outcome::Failed { reason, retryable } => Expression::update(
            "SET #state = :state, reason = :reason, retryable = :retryable REMOVE lease",
        )
        .value(":state", item::value(&DeliveryState::Failed)?)
        .value(":reason", s(reason))
        .value(":retryable", item::value(retryable)?),
    };
    Ok(update.name("#state", "state").when(UNSETTLED))
}
