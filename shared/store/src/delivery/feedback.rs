//! SES's feedback on mails that it accepted: deliveries move on and never back, and a dead address
//! is marked once.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use vigie_domain::{
    account::{Account, Cause, EmailStatus, Undeliverable},
    contact::email::Email,
    delivery::{
        DeliveryState,
        feedback::{Feedback, Verdict, soft_bounces},
    },
    id::{AccountId, RequestId, digest},
};
use vigie_runtime::again::Tries;

use crate::{
    Result, Store, StoreError,
    delivery::items::Subject,
    table::{
        item::{self, n, s},
        keys::{self, TTL},
        transaction::{ACTIONS, Expression, Transaction},
    },
};

/// Time for which SES may still say something of a mail.
pub(crate) const HEARD_OF: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Deliveries that went as one mail, under the digest of all of them: the name never stands for
/// another set.
#[derive(Serialize, Deserialize)]
struct Bundle {
    hashes: BTreeSet<String>,
}

/// States that a verdict moves on from, and the state and reason that it moves to.
fn step(
    verdict: Verdict,
) -> Option<(
    &'static [DeliveryState],
    DeliveryState,
    Option<&'static str>,
)> {
    use DeliveryState::{Bounced, Complained, Delayed, Delivered, Failed, Pending, Sent};
    Some(match verdict {
        Verdict::Sent => (&[Pending, Failed], Sent, None),
        Verdict::Delayed => (&[Pending, Failed, Sent], Delayed, None),
        Verdict::Delivered => (&[Pending, Failed, Sent, Delayed], Delivered, None),
        Verdict::BouncedForNow | Verdict::Refused | Verdict::Bounced => {
            (&[Pending, Failed, Sent, Delayed, Delivered], Bounced, None)
        }
        Verdict::Complained => (
            &[Pending, Failed, Sent, Delayed, Delivered, Bounced],
            Complained,
            None,
        ),
        Verdict::Rejected => (&[Pending, Sent, Delayed], Failed, Some("rejected")),
        Verdict::NotRendered => (&[Pending, Sent, Delayed], Failed, Some("notRendered")),
        Verdict::Answered => return None,
    })
}

/// Placeholders of the states that a verdict moves on from.
const NAMES: [&str; 6] = [":s0", ":s1", ":s2", ":s3", ":s4", ":s5"];

fn moved(feedback: &Feedback, now: Timestamp) -> Result<Option<Expression>> {
    let Some((from, to, reason)) = step(feedback.verdict) else {
        return Ok(None);
    };
    // What was not rendered was not sent, and can be once that is mended. The sender's own record
    // may still come.
    let rendered = feedback.verdict != Verdict::NotRendered;
    let mut set = "SET #state = :to, retryable = :retryable, ".to_owned();
    set += if rendered {
        "messageId = if_not_exists(messageId, :id)"
    } else {
        "unrendered = :id"
    };
    let mut update = Expression::default()
        .name("#state", "state")
        .value(":to", item::value(&to)?)
        .value(":retryable", item::value(&!rendered)?)
        .value(":id", s(&feedback.message_id));
    if let Some(code) = &feedback.code {
        set += ", code = :code";
        update = update.value(":code", s(code));
    }
    if let Some(reason) = reason {
        set += ", reason = :reason";
        update = update.value(":reason", s(reason));
    }
    if to == DeliveryState::Delivered {
        set += ", deliveredAt = :at";
        update = update.value(":at", item::value(&feedback.at)?);
    }
    if to == DeliveryState::Bounced {
        set += ", bouncedAt = :now";
        update = update.value(":now", item::value(&now)?);
    }
    for (name, state) in NAMES.iter().zip(from) {
        update = update.value(*name, item::value(state)?);
    }
    let mut condition = format!("#state IN ({})", NAMES[..from.len()].join(", "));
    if matches!(feedback.verdict, Verdict::Sent | Verdict::Delayed) {
        // Events come in any order: that SES took this mail does not take back that it found it
        // unfit.
        condition += " AND NOT (#state = :failed AND (messageId = :id OR unrendered = :id))";
        update = update.value(":failed", item::value(&DeliveryState::Failed)?);
    }
    if to == DeliveryState::Failed {
        // Since then it may have been sent anew, as another mail.
        condition += " AND (attribute_not_exists(messageId) OR messageId = :id)";
    }
    update.update = Some(
        set + if rendered {
            " REMOVE lease"
        } else {
            " REMOVE lease, messageId"
        },
    );
    Ok(Some(update.when(&condition)))
}

impl Store {
    /// Remembers, before it is sent, which deliveries one mail makes, so that what SES says of it
    /// moves these and no other. Returns the name for the mail's tag. A single delivery is named by
    /// itself.
    pub async fn feedback_write_bundle(
        &self,
        account: &AccountId,
        subjects: &[&Subject],
        now: Timestamp,
    ) -> Result<String> {
        if let [alone] = subjects {
            return Ok(alone.hash.clone());
        }
        let bundle = Bundle {
            hashes: subjects
                .iter()
                .map(|subject| subject.hash.clone())
                .collect::<BTreeSet<_>>(),
        };
        let parts: Vec<_> = ["bundle"]
            .into_iter()
            .chain(bundle.hashes.iter().map(String::as_str))
            .collect();
        let name = digest(&parts);
        let mut written = item::write(&keys::bundle(account, &name), &bundle)?;
        written.insert(TTL.to_owned(), n((now + HEARD_OF).as_second()));
        self.put_item(written).await?;
        Ok(name)
    }

    /// Moves the deliveries of a mail on by what SES says of it. What is further already, erased or
    /// unknown stays as it is.
    pub async fn feedback_move_on(&self, feedback: &Feedback, now: Timestamp) -> Result<()> {
        let Some(update) = moved(feedback, now)? else {
            return Ok(());
        };
        let bundle: Option<Bundle> = self
            .get(
                &keys::bundle(&feedback.account, &feedback.delivery),
                "bundle",
            )
            .await?;
        let hashes = bundle.map_or_else(
            || vec![feedback.delivery.clone()],
            |bundle| bundle.hashes.into_iter().collect(),
        );
        for chunk in hashes.chunks(ACTIONS) {
            let add = |writes: &mut Transaction<usize>, i: usize| {
                writes.update(
                    i,
                    self,
                    &keys::delivery(&feedback.account, &chunk[i]),
                    update.clone(),
                )
            };
            self.transact_those(chunk.len(), add).await?;
        }
        Ok(())
    }

    /// Marks the account's address as one that mails do not reach, if it is still the one that the
    /// mail went to and nobody has confirmed it since. Doing it again changes nothing.
    pub async fn feedback_condemn(
        &self,
        feedback: &Feedback,
        address: &Email,
        request: RequestId,
    ) -> Result<()> {
        let cause = if feedback.verdict == Verdict::Complained {
            Cause::Complaint
        } else {
            Cause::Bounce
        };
        let undeliverable = Undeliverable {
            since: feedback.at,
            cause,
            code: feedback.code.clone(),
            request_id: request,
        };
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let Some(before) = self.account_read(&feedback.account).await? else {
                return Ok(());
            };
            let is_dead = before.email_status == EmailStatus::Undeliverable;
            if is_dead || !is_about(&before, feedback, address) {
                return Ok(());
            }
            let after = Account {
                email_status: EmailStatus::Undeliverable,
                ..before.clone()
            };
            let update = Expression::update(
                "SET emailStatus = :undeliverable, undeliverable = :record, version = :next REMOVE softBounces",
            )
            .when("version = :version")
            .value(":undeliverable", item::value(&after.email_status)?)
            .value(":record", item::value(&undeliverable)?)
            .value(":version", n(before.version))
            .value(":next", n(before.version + 1));
            let mut writes = Transaction::new();
            writes.update((), self, &keys::account(&before.id), update)?;
            let todos = self.todos_of(Some(&before), Some(&after)).await?;
            todos.write(&mut writes, (), self)?;
            match self.write(writes).await {
                // Changed meanwhile: what the account says now decides.
                Err(StoreError::Refused) => {}
                done => return done,
            }
        }
    }

    /// Counts a day on which a mail came back for a reason that may pass; returns whether such days
    /// have become too many.
    pub async fn feedback_count_soft_bounce(
        &self,
        feedback: &Feedback,
        address: &Email,
    ) -> Result<bool> {
        let Some(account) = self.account_read(&feedback.account).await? else {
            return Ok(false);
        };
        if !is_about(&account, feedback, address) {
            return Ok(false);
        }
        let (days, condemned) = soft_bounces(&account.soft_bounces, feedback.at);
        if days == account.soft_bounces {
            return Ok(condemned);
        }
        let unchanged = if account.soft_bounces.is_empty() {
            "attribute_not_exists(softBounces)"
        } else {
            "softBounces = :before"
        };
        // The address may be another, or confirmed, since it was read.
        let about = "contact.email = :address AND (attribute_not_exists(confirmedAt) OR confirmedAt < :sent)";
        let mut update = Expression::update("SET softBounces = :days")
            .value(":days", item::value(&days)?)
            .value(":address", s(address.as_str()))
            .value(":sent", n(feedback.sent_at.as_millisecond()));
        if !account.soft_bounces.is_empty() {
            update = update.value(":before", item::value(&account.soft_bounces)?);
        }
        let update = update.when(&format!("{about} AND {unchanged}"));
        match self.update(&keys::account(&feedback.account), update).await {
            // Another one was counted at the same time, or the address changed: the message comes
            // back and is judged then.
            Err(StoreError::Refused) => Err(StoreError::Conflict),
            done => done.map(|()| condemned),
        }
    }
}

/// True if the mail went to the address that the account has, after somebody last confirmed
/// it.
fn is_about(account: &Account, feedback: &Feedback, address: &Email) -> bool {
    account.contact.email.as_ref() == Some(address)
        && account
            .confirmed_at
            .is_none_or(|at| at < feedback.sent_at.as_millisecond())
}
