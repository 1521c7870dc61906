//! Records made of SES's answers.

use std::ops::BitOrAssign;

use vigie_aws::{queue::Failure, ses::Answer};
use vigie_runtime::log;
use vigie_store::{Outcome, StoreError};

use crate::send::{DeliveryName, Sender};

/// Says whether mails are still to be sent once all answers are settled.
#[derive(Clone, Copy, Default)]
pub(crate) struct Open {
    /// SES did not answer about some: they may have gone.
    unknown: bool,
    /// Some did certainly not go.
    not_now: bool,
}

impl BitOrAssign for Open {
    fn bitor_assign(&mut self, other: Self) {
        self.unknown |= other.unknown;
        self.not_now |= other.not_now;
    }
}

impl Open {
    /// Hands the message back while any mail is open.
    pub(crate) fn end(self) -> Result<(), Failure> {
        let why = match self {
            Self { unknown: true, .. } => "SES did not answer",
            Self { not_now: true, .. } => "SES cannot send now",
            Self {
                unknown: false,
                not_now: false,
            } => return Ok(()),
        };
        Err(Failure::Retry(why.to_owned()))
    }
}

impl Sender<'_> {
    /// Settles the deliveries of each mail by SES's answer. Where nobody knows whether it went,
    /// nothing is written: only the lease leads to another try.
    pub(crate) async fn settle<'d>(
        &self,
        answers: impl IntoIterator<Item = (&'d [DeliveryName<'d>], Answer)>,
    ) -> Result<Open, StoreError> {
        let (mut open, mut outcomes) = (Open::default(), Vec::new());
        for (makes, answer) in answers {
            if answer == Answer::Unknown && !self.last {
                open.unknown = true;
                continue;
            }
            let outcome = outcome(answer, self.last);
            open.not_now |= outcome.is_open();
            outcomes.push((makes, outcome));
        }
        let each: Vec<_> = outcomes
            .iter()
            .flat_map(|(makes, outcome)| makes.iter().map(move |(what, to)| (*what, *to, outcome)))
            .collect();
        self.store.delivery_settle_each(&each).await?;
        Ok(open)
    }

    /// Lets go of a delivery that must not be sent yet, for a reason.
    pub(crate) async fn hold_back(
        &self,
        (what, to): DeliveryName<'_>,
        reason: &'static str,
    ) -> Result<(), StoreError> {
        self.store
            .delivery_settle_each(&[(what, to, &Outcome::HeldBack(reason))])
            .await
    }
}

/// Decides the record that an answer leaves. A mail that SES cannot send now is released, so that
/// the next receive can claim it at once. Before the last receive fails, the failure is written,
/// and a redrive of the dead-letter queue may claim it again.
fn outcome(answer: Answer, last: bool) -> Outcome {
    match answer {
        Answer::Accepted(id) => Outcome::Sent(id),
        Answer::Refused(reason) => {
            log::count("FailedForGood", 1);
            Outcome::Failed {
                reason,
                retryable: false,
            }
        }
        Answer::NotNow(reason) | Answer::NotAsItIs(reason) if last => Outcome::Failed {
            reason,
            retryable: true,
        },
        Answer::NotNow(_) | Answer::NotAsItIs(_) => Outcome::Released,
        Answer::Unknown => Outcome::Failed {
            reason: "unknown".to_owned(),
            retryable: true,
        },
    }
}
