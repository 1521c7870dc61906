//! Chance that can be repeated. `SEED=` in the environment tries another.

use std::cell::Cell;

use vigie_runtime::ids;

thread_local! {
    static WORLDS: Cell<u64> = const { Cell::new(0) };
}

/// Returns the seed of this test's next world, each its own, and lays this thread's ids and jitter
/// down by it.
pub fn next() -> u64 {
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(1_u64);
    let world = WORLDS.replace(WORLDS.get() + 1);
    if world == 0 {
        println!("SEED={seed}");
    }
    let own = fastrand::Rng::with_seed(seed.wrapping_mul(1_000_003).wrapping_add(world)).u64(..);
    fastrand::seed(own);
    ids::seed(own);
    own
}
