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
        let now = Instant::now();
        let turn = self.next_turn(now);
        if turn > now {
            vigie_platform::clock::until(turn).await;
        }
    }

    fn next_turn(&self, now: Instant) -> Instant {
        let next = *self.next.lock().unwrap_or_else(PoisonError::into_inner);
        next.unwrap_or(now).clamp(now, now + LONGEST)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds to wait after a full call.
    fn wait(rate: u32, workers: u32) -> f64 {
        let pace = Pace::new(rate, workers);
        pace.book(50);
        let now = Instant::now();
        pace.next_turn(now).duration_since(now).as_secs_f64()
    }

    #[test]
    fn the_first_call_does_not_wait() {
        let now = Instant::now();
        assert_eq!(Pace::new(14, 2).next_turn(now), now);
    }

    #[test]
    fn workers_share_the_rate() {
        assert!((wait(14, 2) - 100.0 / 14.0).abs() < 0.1);
        assert!((wait(50, 5) - 5.0).abs() < 0.1);
    }

    #[test]
    fn no_wait_outlives_the_function() {
        assert!((wait(1, 2) - 15.0).abs() < 0.1);
    }

    #[test]
    fn a_turn_that_has_passed_is_now() {
        let pace = Pace::new(1000, 1);
        pace.book(1);
        let later = Instant::now() + Duration::from_secs(1);
        assert_eq!(pace.next_turn(later), later);
    }
}
