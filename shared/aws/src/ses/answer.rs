//! Reads SES's answers about a mail: accepted, refused for good, not now, not as it is, or unknown.

use aws_sdk_sesv2::{
    error::{ProvideErrorMetadata, SdkError},
    types::{BulkEmailEntryResult, BulkEmailStatus},
};
use aws_smithy_runtime_api::http::Response;

use crate::clients::never_connected;

/// SES's answer about one mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Accepted, under this message id.
    Accepted(String),
    /// Refused; the same mail will never be accepted. Holds SES's code.
    Refused(String),
    /// Certainly not sent, but may be in a moment (throttling, quota, pause). Holds SES's code.
    NotNow(String),
    /// Not sent, for a reason that somebody may mend or that is not known here. Holds SES's code.
    NotAsItIs(String),
    /// Nobody knows: the call was cut off. Only the lease may lead to another try.
    Unknown,
}

/// A call that SES refused for what is in it. Holds SES's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed(pub String);

/// Codes of a 400 that speak of the account or its set-up, whatever is in the call.
const OF_THE_ACCOUNT: [&str; 5] = [
    "AccountSuspendedException",
    "LimitExceededException",
    "MailFromDomainNotVerifiedException",
    "SendingPausedException",
    "ThrottlingException",
];

/// Reads an entry's own status. Only what is wrong with the mail itself is final: the API spells
/// some statuses otherwise than the SDK does, and may learn new ones.
pub(super) fn of_entry(result: BulkEmailEntryResult) -> Answer {
    let Some(status) = result.status else {
        return Answer::Unknown;
    };
    let code = status.as_str().to_owned();
    match status {
        BulkEmailStatus::Success => Answer::Accepted(result.message_id.unwrap_or_default()),
        BulkEmailStatus::InvalidParameter => Answer::Refused(code),
        BulkEmailStatus::AccountThrottled
        | BulkEmailStatus::AccountDailyQuotaExceeded
        | BulkEmailStatus::AccountSendingPaused
        | BulkEmailStatus::ConfigurationSetSendingPaused
        | BulkEmailStatus::TransientFailure => Answer::NotNow(code),
        _ => Answer::NotAsItIs(code),
    }
}

/// Reads the failure of a bulk call: the same answer for each mail in it, unless it is for what is
/// in the call.
pub(super) fn of_bulk<E: ProvideErrorMetadata + 'static>(
    error: &SdkError<E, Response>,
) -> Result<Answer, Malformed> {
    match refusal(error) {
        Some((400, code)) if !OF_THE_ACCOUNT.contains(&code.as_str()) => Err(Malformed(code)),
        Some((_, code)) => Ok(Answer::NotNow(code)),
        None => Ok(unanswered(error)),
    }
}

/// Reads the failure of a single mail.
pub(super) fn of_mail<E: ProvideErrorMetadata + 'static>(error: &SdkError<E, Response>) -> Answer {
    match refusal(error) {
        // Wrong parameters of this very mail. Everything else can be mended: throttling,
        // credentials, a sender not yet verified (which SES calls MessageRejected).
        Some((400, code)) if code == "BadRequestException" => Answer::Refused(code),
        Some((_, code)) => Answer::NotNow(code),
        None => unanswered(error),
    }
}

/// The status and code of a 4xx: such a call was refused as a whole.
fn refusal<E: ProvideErrorMetadata>(error: &SdkError<E, Response>) -> Option<(u16, String)> {
    let SdkError::ServiceError(error) = error else {
        return None;
    };
    let status = error.raw().status().as_u16();
    (400..=499)
        .contains(&status)
        .then(|| (status, error.err().code().unwrap_or("unknown").to_owned()))
}

/// After a 5xx or a cut connection nobody knows; where there was no connection, nothing was sent.
fn unanswered<E>(error: &SdkError<E, Response>) -> Answer {
    match error {
        SdkError::ConstructionFailure(_) => Answer::NotAsItIs("unbuildable".to_owned()),
        SdkError::DispatchFailure(failure)
            if failure
                .as_connector_error()
                .is_some_and(|error| never_connected(error)) =>
        {
            Answer::NotNow("unreachable".to_owned())
        }
        _ => Answer::Unknown,
    }
}
