//! Patience with contention.

use std::time::Duration;

use vigie_runtime::clock;

/// Number of waits.
const TIMES: u32 = 5;

/// Waits with jitter, longer each time, [`TIMES`] in all.
#[derive(Default)]
pub(crate) struct Pause(u32);

impl Pause {
    /// Waits; returns whether there was a next time.
    pub(crate) async fn wait(&mut self) -> bool {
        self.0 += 1;
        if self.0 > TIMES {
            return false;
        }
        let most = 25_u64 << self.0;
        clock::wait(Duration::from_millis(fastrand::u64(most / 4..most))).await;
        true
    }
}
