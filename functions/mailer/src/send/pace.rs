//! Keeping to the SES account's rate, which all workers share.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use vigie_aws::ses::BULK;
use vigie_runtime::clock::{self, Instant};

/// Longest wait for a turn: half of the function's time. If the rate asks for more, SES throttles,
/// and throttled mails come back.
const LONGEST: Duration = Duration::from_secs(15);

/// Time after a message was taken within which its last call of SES may begin: a call takes 10 s at
/// most, and the function ends after 30.
const SENDING: Duration = Duration::from_secs(18);

/// Quarters of the rate for alerts and daily mails, and for account mails: an import of hundreds of
/// agents must not slow down another organisation's alert, and nobody's confirmation waits for ever
/// behind alerts.
const ALERTS: u32 = 3;
const ACCOUNT_MAILS: u32 = 1;

/// Spaces out calls: `mails × workers ÷ rate` seconds after each, and no call has more mails than
/// the account may send in a second, of which each worker has its share: 14 a second and two
/// workers make calls of 7, one a second each; one a second, calls of one.
#[derive(Debug)]
pub struct Pace {
    together: usize,
    per_mail: Duration,
    next: Mutex<Option<Instant>>,
    sending: Duration,
}

impl Pace {
    /// `rate` mails a second, shared by so many workers.
    #[must_use]
    pub fn new(rate: u32, workers: u32) -> Self {
        let together = usize::try_from(rate / workers.max(1))
            .unwrap_or(BULK)
            .clamp(1, BULK);
        Self {
            together,
            per_mail: Duration::from_secs(workers.into()) / rate.max(1),
            next: Mutex::new(None),
            sending: SENDING,
        }
    }

    /// Gives a message's calls another time within which they begin.
    #[must_use]
    pub fn within(self, sending: Duration) -> Self {
        Self { sending, ..self }
    }

    /// Returns the moment until which calls may begin for a message that was taken then.
    pub(crate) fn until(&self, taken: Instant) -> Instant {
        taken + self.sending
    }

    /// Most mails of one call. SES refuses a call with more destinations than the account may send
    /// in a second.
    #[must_use]
    pub fn together(&self) -> usize {
        self.together
    }

    /// Waits for this worker's turn to send, unless that comes too late; true once it has come.
    pub(crate) async fn wait_by(&self, latest: Instant) -> bool {
        let in_time = self.comes_by(clock::instant(), latest);
        if in_time {
            self.wait(latest).await;
        }
        in_time
    }

    /// True if the turn comes in time: SES may have been slow, so it is late even if no
    /// turn is waited for.
    fn comes_by(&self, now: Instant, latest: Instant) -> bool {
        self.next
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .unwrap_or(now)
            .max(now)
            <= latest
    }

    /// Makes the pace of an alert's worker, and that of an account mail's, so that all of them
    /// together stay below `rate`. Each keeps its place at its queue until its mails' time is over,
    /// so it does not matter which process it is.
    #[must_use]
    pub fn divide(rate: u32, workers: u32, account_workers: u32) -> (Self, Self) {
        let quarters = ALERTS + ACCOUNT_MAILS;
        let part = |share: u32, workers: u32| {
            Self::new(rate.saturating_mul(share), workers.saturating_mul(quarters))
        };
        (part(ALERTS, workers), part(ACCOUNT_MAILS, account_workers))
    }

    /// Waits for this worker's turn to send: until the sent mails' share of the rate is used up,
    /// but no longer than to a moment.
    pub(crate) async fn wait(&self, latest: Instant) {
        let now = clock::instant();
        let turn = self.next_turn(now).min(latest);
        if turn > now {
            clock::until(turn).await;
        }
    }

    fn next_turn(&self, now: Instant) -> Instant {
        let next = *self.next.lock().unwrap_or_else(PoisonError::into_inner);
        next.unwrap_or(now).clamp(now, now + LONGEST)
    }

    /// Counts mails that are sent now: the next turn is after their time, and that of those before
    /// them.
    pub fn book(&self, mails: usize) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock::instant();
        *next = Some(
            next.unwrap_or(now).max(now) + self.per_mail * u32::try_from(mails).unwrap_or(u32::MAX),
        );
    }

    /// Waits after SES said that it was too much, longer each time, with jitter.
    pub(crate) async fn back_off(&self, attempt: u32) {
        let most = 250_u64 << attempt;
        clock::wait(Duration::from_millis(fastrand::u64(most / 2..most))).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds to wait after a full call.
    fn wait(rate: u32, workers: u32) -> f64 {
        let pace = Pace::new(rate, workers);
        pace.book(50);
        let now = clock::instant();
        pace.next_turn(now).duration_since(now).as_secs_f64()
    }

    #[test]
    fn no_call_has_more_than_its_share_of_a_second() {
        let together = |rate, workers| Pace::new(rate, workers).together();
        assert_eq!(
            [
                together(1, 2),
                together(14, 2),
                together(14, 50),
                together(500, 2),
                together(0, 0)
            ],
            [1, 7, 1, 50, 1]
        );
    }

    #[test]
    fn a_turn_that_comes_too_late_is_not_waited_for() {
        let pace = Pace::new(1, 2);
        let now = clock::instant();
        assert!(pace.comes_by(now, now));
        pace.book(1);
        assert!(!pace.comes_by(now, now));
        assert!(pace.comes_by(now, now + Duration::from_secs(3)));
        // Whatever was booked, what is over is over.
        let later = now + Duration::from_secs(4);
        assert!(
            !pace.comes_by(later, now + Duration::from_secs(3))
                && !Pace::new(1, 2).comes_by(later, now)
        );
    }

    #[test]
    fn the_first_call_does_not_wait() {
        let now = clock::instant();
        assert_eq!(Pace::new(14, 2).next_turn(now), now);
    }

    #[test]
    fn workers_share_the_rate() {
        assert!((wait(14, 2) - 100.0 / 14.0).abs() < 0.1);
        assert!((wait(50, 5) - 5.0).abs() < 0.1);
    }

    #[test]
    fn both_queues_together_keep_to_the_rate() {
        for (rate, workers, account_workers) in [
            (1, 2, 2),
            (14, 2, 2),
            (14, 7, 2),
            (500, 2, 2),
            (u32::MAX / 4, 10, 2),
        ] {
            let (alerts, account_mails) = Pace::divide(rate, workers, account_workers);
            let sent = f64::from(workers) / alerts.per_mail.as_secs_f64()
                + f64::from(account_workers) / account_mails.per_mail.as_secs_f64();
            assert!(
                (sent / f64::from(rate) - 1.0).abs() < 0.05 || rate > 1_000_000,
                "{rate}: {sent}"
            );
        }
    }

    #[test]
    fn mails_of_one_message_take_their_time_one_after_the_other() {
        let pace = Pace::new(1, 2);
        pace.book(1);
        pace.book(2);
        let now = clock::instant();
        assert!((pace.next_turn(now).duration_since(now).as_secs_f64() - 6.0).abs() < 0.1);
    }

    #[test]
    fn no_wait_outlives_the_function() {
        assert!((wait(1, 2) - 15.0).abs() < 0.1);
    }

    #[test]
    fn a_turn_that_has_passed_is_now() {
        let pace = Pace::new(1000, 1);
        pace.book(1);
        let later = clock::instant() + Duration::from_secs(1);
        assert_eq!(pace.next_turn(later), later);
    }
}
