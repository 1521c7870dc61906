//! Records made of answers: the meaning of each answer of SES for a delivery.

use vigie_aws::ses::Answer;
use vigie_runtime::log;
use vigie_store::Outcome;

/// Decides the record that an answer leaves. A mail that SES cannot send now is released, so that
/// the next receive can claim it at once. Before the last receive fails, the failure is written,
/// and a redrive of the dead-letter queue may claim it again.
pub(crate) fn outcome(answer: Answer, last: bool) -> Outcome {
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
