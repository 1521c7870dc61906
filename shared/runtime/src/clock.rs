//! The clock: a value, so that a test can hold it still or move it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
pub use tokio::time::Instant;

/// Tells the time.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's.
    #[default]
    System,
    /// Milliseconds since the epoch, set by whoever holds the other end.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Fixed(millis) => {
                Timestamp::from_millisecond(millis.load(Ordering::SeqCst)).unwrap_or_default()
            }
        }
    }
}

/// Returns the moment now, by which all waiting is measured: on tokio's clock, which a test can
/// make pass.
#[must_use]
pub fn instant() -> Instant {
    Instant::now()
}

/// Waits for a moment.
pub async fn until(moment: Instant) {
    tokio::time::sleep_until(moment).await;
}

/// Waits for so long.
pub async fn wait(time: Duration) {
    until(instant() + time).await;
}

/// Returns the end of some work, or nothing if it takes longer than so long.
pub async fn within<T>(time: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(time, work).await.ok()
}
