//! Claims of deliveries, so that of several workers one sends.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use vigie_domain::{delivery::DeliveryState, id::AccountId};

use crate::{
    Item, Result, Store,
    delivery::items::Subject,
    table::{
        item::{self, n, s},
        keys::{self, I1PK, I1SK, Key, PK, SK, TTL},
        transaction::{ACTIONS, Expression, Transaction, TransactionError},
    },
};

/// Time for which a claim holds: longer than the mailer may run, shorter than its queue hides a
/// message (template: 30 s, 180 s).
pub const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// The purpose of claiming one delivery.
#[derive(Clone, Copy, Debug)]
pub enum Intent {
    /// To send it; why the account gets it.
    Send(&'static str),
    /// To record why the account does not.
    Skip(&'static str),
}

/// One delivery that is to be claimed.
#[derive(Clone, Debug)]
pub struct WantedDelivery<'a> {
    /// The fact, or the mail about the account.
    pub subject: &'a Subject,
    /// To whom.
    pub account: &'a AccountId,
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

/// Time for which a delivery is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(365 * 24);

/// The condition of a claim. Only PENDING has a lease, and only FAILED, or SKIPPED for now, can be
/// retryable: whatever writes another state takes both away. A mail that has a name was sent.
const CLAIMABLE: &str = "attribute_not_exists(pk) OR (attribute_not_exists(messageId) AND (lease < :now OR retryable = :yes))";

impl Store {
    /// Claims deliveries of one subject. The answers are in the order of the accounts.
    pub async fn delivery_claim(
        &self,
        subject: &Subject,
        accounts: &[(AccountId, Intent)],
        now: Timestamp,
    ) -> Result<Vec<Claim>> {
        let wanted: Vec<_> = accounts
            .iter()
            .map(|(account, intent)| WantedDelivery {
                subject,
                account,
                intent: *intent,
            })
            .collect();
        self.delivery_claim_each(&wanted, now).await
    }

    /// Claims deliveries, none twice. The answers are in the order of what is wanted.
    pub async fn delivery_claim_each(
        &self,
        wanted: &[WantedDelivery<'_>],
        now: Timestamp,
    ) -> Result<Vec<Claim>> {
        let mut claims = Vec::with_capacity(wanted.len());
        for chunk in wanted.chunks(ACTIONS) {
            claims.extend(self.claim_together(chunk, now).await?);
        }
        Ok(claims)
    }

    /// Claims deliveries in one transaction; those that cannot be had drop out and the rest is
    /// claimed again under a new request token.
    async fn claim_together(
        &self,
        wanted: &[WantedDelivery<'_>],
        now: Timestamp,
    ) -> Result<Vec<Claim>> {
        let mut claims = vec![Claim::Acquired; wanted.len()];
        while claims.contains(&Claim::Acquired) {
            let writes = || {
                let mut writes = Transaction::with_capacity(wanted.len());
                for (i, wanted) in wanted
                    .iter()
                    .enumerate()
                    .filter(|(i, _)| claims[*i] == Claim::Acquired)
                {
                    writes.put(i, self, claimed(wanted, now)?, claimable(now))?;
                }
                Ok(writes)
            };
            match self.transact_built(writes).await {
                Ok(()) => return Ok(claims),
                Err(TransactionError::Store(e)) => return Err(e),
                Err(TransactionError::Refused(refused)) => {
                    for (i, found) in refused {
                        claims[i] = if is_pending(found.as_ref()) {
                            Claim::Busy
                        } else {
                            Claim::Done
                        };
                    }
                }
            }
        }
        Ok(claims)
    }
}

/// True if a delivery that could not be claimed may still have to be sent: unless the item says
/// that it is done.
pub(crate) fn is_pending(found: Option<&Item>) -> bool {
    found.is_none_or(|found| item::text(found, "state") == "PENDING")
}

/// Returns the condition of a claim.
pub(crate) fn claimable(now: Timestamp) -> Expression {
    Expression::condition(CLAIMABLE)
        .value(":yes", AttributeValue::Bool(true))
        .value(":now", n(now.as_second()))
}

/// Writes a [`Delivery`](vigie_domain::delivery::Delivery) by hand, since each alert writes one and
/// the way by its type costs twice as much.
pub(crate) fn claimed(
    WantedDelivery {
        subject,
        account,
        intent,
    }: &WantedDelivery<'_>,
    now: Timestamp,
) -> Result<Item> {
    let Key { pk, sk } = keys::delivery(account, &subject.hash);
    let mut written = Item::with_capacity(14);
    let mut put = |name: &str, value: AttributeValue| drop(written.insert(name.to_owned(), value));
    put(PK, s(pk));
    put(SK, s(sk));
    match intent {
        Intent::Send(why) => {
            put("state", item::value(&DeliveryState::Pending)?);
            put("reason", s(*why));
            put("lease", n((now + LEASE).as_second()));
        }
        Intent::Skip(reason) => {
            put("state", item::value(&DeliveryState::Skipped)?);
            put("reason", s(*reason));
        }
    }
    put("kind", s(&subject.kind));
    if let Some(consultation) = &subject.consultation_id {
        put("consultationId", s(consultation.as_str()));
    }
    put("key", s(&subject.key));
    put("at", s(now.to_string()));
    if subject.is_listed() {
        put(I1PK, s(keys::deliveries_of(account)));
        put(I1SK, s(format!("{now:.3}#{}", subject.hash)));
    }
    put(TTL, n((now + KEPT).as_second()));
    Ok(written)
}

#[cfg(test)]
mod tests {
    use vigie_domain::id::ConsultationId;

    use super::*;
    use vigie_domain::delivery::Delivery;

    #[test]
    fn what_is_claimed_is_read_as_a_delivery() {
        let account = AccountId::parse("a-1").expect("an id");
        let subject = Subject::alert(
            &ConsultationId::parse("c-1").expect("an id"),
            "tenderReceived",
            "d-1",
        );
        let now: Timestamp = "2026-03-31T18:04:05.123456Z".parse().expect("a time");
        for (intent, state, lease) in [
            (
                Intent::Send("author"),
                DeliveryState::Pending,
                Some((now + LEASE).as_second()),
            ),
            (Intent::Skip("inactive"), DeliveryState::Skipped, None),
        ] {
            let (Intent::Send(reason) | Intent::Skip(reason)) = intent;
            let wanted = WantedDelivery {
                subject: &subject,
                account: &account,
                intent,
            };
            let written = claimed(&wanted, now).expect("an item");
            let delivery: Delivery = item::read(written.clone(), "delivery").expect("a delivery");
            let mut expected =
                item::write(&keys::delivery(&account, &subject.hash), &delivery).expect("an item");
            for name in [I1PK, I1SK, TTL] {
                expected.extend(
                    written
                        .get(name)
                        .map(|value| (name.to_owned(), value.clone())),
                );
            }
            // False is what its absence means.
            assert_eq!(
                expected.remove("retryable"),
                Some(AttributeValue::Bool(false))
            );
            assert_eq!(written, expected);
            assert_eq!(
                (delivery.state, delivery.lease, delivery.reason.as_deref()),
                (state, lease, Some(reason))
            );
            let told = (
                Some(delivery.kind),
                delivery.consultation_id,
                Some(delivery.key),
                delivery.at,
            );
            assert_eq!(
                told,
                (
                    Some(subject.kind.clone()),
                    subject.consultation_id.clone(),
                    Some(subject.key.clone()),
                    now
                )
            );
        }
    }
}
