//! The time. A value, so that a test can hold it still or move it.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::Timestamp;

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
            Self::Fixed(millis) => Timestamp::from_millisecond(millis.load(Ordering::SeqCst)).unwrap_or_default(),
        }
    }
}

/// Waits for a moment.
pub async fn until(moment: std::time::Instant) {
    tokio::time::sleep_until(moment.into()).await;
}
