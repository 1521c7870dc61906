//! Keeping to the SES account's rate, which all workers share.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Longest wait for a turn: half of what the function may run. Where the rate asks for more, SES throttles, and what it throttles
/// comes back.
const LONGEST: Duration = Duration::from_secs(15);

/// Spaces out calls: `mails × workers ÷ rate` seconds after each.
#[derive(Debug)]
pub struct Pace {
    per_mail: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    /// `rate` mails a second, shared by so many workers.
    #[must_use]
    pub fn new(rate: u32, workers: u32) -> Self {
        Self { per_mail: Duration::from_secs(workers.into()) / rate.max(1), next: Mutex::new(None) }
    }

    /// Waits for this worker's turn to send.
    pub async fn turn(&self) {
        let (now, next) = (Instant::now(), *self.next.lock().unwrap_or_else(PoisonError::into_inner));
        let turn = next.unwrap_or(now).min(now + LONGEST);
        if turn > now {
            vigie_platform::clock::until(turn).await;
        }
    }

    /// Counts mails that are sent now: the next turn is after their time.
    pub fn book(&self, mails: usize) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        *next = Some(Instant::now() + self.per_mail * u32::try_from(mails).unwrap_or(u32::MAX));
    }

    /// Waits after SES said that it was too much, longer each time, with jitter.
    pub async fn back_off(&self, attempt: u32) {
        let most = 250_u64 << attempt;
        vigie_platform::clock::until(Instant::now() + Duration::from_millis(fastrand::u64(most / 2..most))).await;
    }
}
