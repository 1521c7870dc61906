//! The mails that SES takes of an account in 24 hours, which roll: what went a day ago is free
//! again.

/// An account's daily quota, as SES tells it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DailyQuota {
    most: f64,
    sent: f64,
}

impl DailyQuota {
    /// Reads SES's numbers: the most in 24 hours, and how many went in the last 24. None where SES
    /// sets no limit, which it tells as −1.
    #[must_use]
    pub fn read(most: f64, sent: f64) -> Option<Self> {
        (most > 0.0 && sent >= 0.0).then_some(Self { most, sent })
    }

    /// Returns the share that is used, in whole per cent, never more than is true.
    #[must_use]
    pub fn used_percent(self) -> u64 {
        whole(100.0 * self.sent / self.most)
    }

    /// Returns how many mails are left.
    #[must_use]
    pub fn left(self) -> u64 {
        whole(self.most - self.sent)
    }
}

/// Returns the whole part; 0 for what is below.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a conversion of floating point saturates"
)]
fn whole(number: f64) -> u64 {
    number.max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_and_the_rest_are_of_the_same_quota() {
        for (most, sent, used, left) in [
            (200.0, 0.0, 0, 200),
            (200.0, 159.0, 79, 41),
            (200.0, 160.0, 80, 40),
            (50_000.0, 50_000.0, 100, 0),
            // SES counts a moment late.
            (200.0, 214.0, 107, 0),
        ] {
            let quota = DailyQuota::read(most, sent).expect("a quota");
            assert_eq!((quota.used_percent(), quota.left()), (used, left), "{sent}");
        }
    }

    #[test]
    fn no_limit_is_no_quota() {
        for (most, sent) in [(-1.0, 7.0), (0.0, 0.0), (f64::NAN, 1.0), (200.0, f64::NAN)] {
            assert_eq!(DailyQuota::read(most, sent), None, "{most}");
        }
    }
}
