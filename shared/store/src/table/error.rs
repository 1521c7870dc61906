//! Failures of the SDK, as errors of the table.

use std::{error::Error, fmt};

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
pub use vigie_runtime::table::{Result, Source, StoreError};

/// Returns AWS's code for a failure, or the kind of failure before AWS answered.
fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    match error {
        SdkError::ServiceError(e) => e.err().code().unwrap_or("unknown").to_owned(),
        SdkError::TimeoutError(_) => "timeout".to_owned(),
        SdkError::DispatchFailure(_) => "connection".to_owned(),
        SdkError::ConstructionFailure(_) => "request".to_owned(),
        _ => "response".to_owned(),
    }
}

/// Reads a failure as the table's not being there.
pub(crate) fn unavailable<E, R>(error: SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    R: fmt::Debug + Send + Sync + 'static,
{
    StoreError::Unavailable(code(&error), Source::new(error))
}

/// Reads the failure of a write under a condition.
pub(crate) fn refused<E, R>(error: SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    R: fmt::Debug + Send + Sync + 'static,
{
    match code(&error).as_str() {
        "ConditionalCheckFailedException" => StoreError::Refused,
        "TransactionConflictException" => StoreError::Conflict,
        _ => unavailable(error),
    }
}
