//! Durations, and conditions that stand alone: each test here fails when the one number or the one
//! word that it is about is another.

mod audited;
mod imports;
mod kept;
mod leases;
mod looks;
mod not_told;
mod pauses;
mod replayed;
mod sending;

use std::time::Duration;

use vigie_runtime::clock::{self, Instant};
use vigie_tests::{
    World,
    wire::{Fate, Service},
};

/// Calls of a service that are late, and when each began.
struct Late<'w> {
    world: &'w World,
    service: Service,
    begun: Instant,
    before: usize,
}

impl<'w> Late<'w> {
    /// Each call of a service from now on comes so late.
    fn by(world: &'w World, service: Service, late: Duration) -> Self {
        world.wire.rule("late", move |call| {
            (call.service == service).then_some(Fate::Late(late))
        });
        Self {
            world,
            service,
            begun: clock::instant(),
            before: world.wire.heard().len(),
        }
    }

    /// The times of the calls since then, in seconds from then.
    fn calls(&self) -> Vec<f64> {
        self.calls_of(|_| true)
    }

    /// The times of those of some operations.
    fn calls_of(&self, of: impl Fn(&str) -> bool) -> Vec<f64> {
        let heard = self.world.wire.heard().into_iter().skip(self.before);
        let heard = heard.filter(|heard| heard.service == self.service && of(&heard.operation));
        heard
            .map(|heard| heard.at.duration_since(self.begun).as_secs_f64())
            .collect()
    }
}

/// The last of some times.
fn last(times: &[f64]) -> f64 {
    times.iter().copied().fold(0.0, f64::max)
}
