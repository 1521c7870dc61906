//! Claims of deliveries, so that of several workers one sends.

use jiff::{SignedDuration, Timestamp};
use vigie_domain::id::AccountId;

use super::{
    Item, Result, Store,
    deliveries::{Delivery, DeliveryState, Subject},
    item::{self, n, s},
    keys::{self, I1PK, I1SK, TTL},
    transaction::{Expression, Transaction, TransactionError},
};

/// Time for which a claim holds: longer than the mailer may run, shorter than its queue hides a message (template: 30 s, 180 s).
pub const LEASE: SignedDuration = SignedDuration::from_secs(60);

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

/// Time for which a delivery is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(365 * 24);

pub(super) const CLAIMABLE: &str =
    "attribute_not_exists(pk) OR (#state = :pending AND lease < :now) OR (#state = :failed AND retryable = :yes)";

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
}

pub(super) fn claimed(WantedDelivery { subject, account, intent }: &WantedDelivery<'_>, now: Timestamp) -> Result<Item> {
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
