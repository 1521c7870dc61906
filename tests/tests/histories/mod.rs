//! Random histories, played in the real bundle and in a small model of docs/domain.md at once: who
//! was mailed which fact, everybody's favourites and every number in a mail agree, step by step;
//! with trouble on the way (workers that die, answers that are lost, a bus and a table that are
//! down, messages that come again) too, where nothing may be missing and at most a chunk repeated.
//!
//! The same histories each time. `VIGIE_HISTORIES=2000` plays more, `VIGIE_SEED=7` others; a
//! history that fails is shrunk and printed.

mod administration;
mod any;
mod choices;
mod clock;
mod compare;
mod counts;
mod directory;
mod model;
mod pause;
mod people;
mod play;
mod portal;
mod post;
mod receipts;
mod stage;
mod steps;
mod terms;

use std::{
    env,
    time::{Duration, Instant},
};

use proptest::{
    collection::vec,
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use crate::histories::{
    any::{beginning, step, trouble},
    counts::Counts,
    play::Differs,
    steps::{Trouble, Troubled},
};

/// Number of steps in a history.
const STEPS: usize = 72;

/// Number of histories of each sort, unless the environment says otherwise.
const HISTORIES: u32 = 32;

/// Longest time to shorten a history that fails.
const PATIENCE: Duration = Duration::from_secs(60);

fn number(variable: &str) -> Option<u32> {
    env::var(variable)
        .ok()
        .map(|number| number.parse().unwrap_or_else(|e| panic!("{variable}: {e}")))
}

/// Events that histories must contain to prove something: at least this many in so many
/// histories.
const HAPPEN: &[(&str, usize)] = &[
    ("alerts", 300),
    ("closing digests", 50),
    ("automatic favourites", 50),
    ("told daily", 50),
    ("told on return", 29),
    ("told at once to a delegate", 24),
    ("told daily to a delegate", 1),
    ("kept for the next return", 2),
    ("entries dropped", 70),
    ("answers during a change of the absence", 3),
    ("answers of who is not asked again during a change", 2),
    ("mails dealt with during a sweep of 7:00", 4),
    ("saves during a sweep", 3),
    ("links of one kind used", 2),
    ("links of a return mail used", 1),
    ("links of a daily mail used", 1),
    ("links of a delegate used", 2),
    ("receipts", 75),
    ("receipts of an address that does not count", 2),
    ("addresses that mails do not reach", 10),
    ("addresses that work again", 3),
    ("alerts missed meanwhile", 1),
    ("alerts that came back and are missed", 3),
    ("came back from a delegate", 7),
    ("reminders", 14),
    ("ended before their day", 3),
    ("ended before they were told", 1),
    ("entities that came", 10),
    ("entities that the portal moved", 1),
    ("entities that went", 1),
    ("links that the portal made", 17),
    ("agents who came", 12),
    ("accounts that became agents", 21),
    ("agents who waited for their entity", 1),
    ("agents whom the portal moved", 10),
    ("words on an agent that came late", 1),
    ("changes that are the portal's", 2),
    ("agents who accepted", 3),
    ("last days that were over", 1),
    ("guests who came by the portal's id", 12),
    ("guests who came by their address", 1),
    ("authors who came after the first save", 9),
    ("alerts that waited for somebody", 8),
];

/// Plays histories of such steps until one fails.
fn histories(sort: u8, trouble: impl Strategy<Value = Trouble> + Clone) {
    let mut seed = [sort; 32];
    seed[..4].copy_from_slice(&number("VIGIE_SEED").unwrap_or_default().to_le_bytes());
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        TestRng::from_seed(RngAlgorithm::ChaCha, &seed),
    );
    let strategy = (beginning(trouble.clone()), vec((step(), trouble), STEPS));
    let histories = number("VIGIE_HISTORIES").unwrap_or(HISTORIES);
    let mut all = Counts::default();
    for i in 0..histories {
        let (begun, steps) = strategy.new_tree(&mut runner).expect("a history").current();
        let history: Vec<_> = begun.into_iter().chain(steps).collect();
        match played(&history) {
            Ok(played) => all = all.and(&played),
            Err(differs) => {
                let (history, differs) = shortest(history, differs);
                let steps: String = history
                    .iter()
                    .map(|troubled| format!("\n    {troubled:?}"))
                    .collect();
                panic!(
                    "history {i}: {}\nthe history, made as short as it will get:{steps}",
                    differs.why
                );
            }
        }
    }
    println!("{histories} histories of {STEPS} steps: {all}");
    for (what, times) in HAPPEN {
        let least = times * histories as usize / HISTORIES as usize;
        assert!(
            histories < HISTORIES || all.of(what) >= least,
            "{what}: {} times, and not {least}: {all}",
            all.of(what)
        );
    }
}

/// Plays a history in a thread of its own: the steps of a build without optimisation need more room
/// than a test has.
fn played(history: &[Troubled]) -> Result<Counts, Differs> {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(play::play(history))
    };
    let joined = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(64 << 20)
            .spawn_scoped(scope, run)
            .expect("a thread");
        thread.join()
    });
    joined.unwrap_or_else(|_| {
        Err(Differs {
            step: history.len(),
            why: "something panicked, see above".to_owned(),
        })
    })
}

/// Leaves out what is not needed to fail: what comes after, then ever smaller pieces, then
/// troubles.
fn shortest(mut history: Vec<Troubled>, mut differs: Differs) -> (Vec<Troubled>, Differs) {
    let until = Instant::now() + PATIENCE;
    let first = history[..history.len().min(differs.step + 1)].to_vec();
    let mut still_fails = |shorter: Vec<Troubled>, history: &mut Vec<Troubled>| {
        let failed = Instant::now() < until && played(&shorter).map_err(|e| differs = e).is_err();
        if failed {
            *history = shorter;
        }
        failed
    };
    still_fails(first, &mut history);
    let mut piece = history.len() / 2;
    while piece > 0 {
        let mut at = 0;
        while at < history.len() {
            let shorter = history
                .iter()
                .enumerate()
                .filter(|(i, _)| !(at..at + piece).contains(i))
                .map(|(_, step)| step.clone());
            if !still_fails(shorter.collect(), &mut history) {
                at += piece;
            }
        }
        piece /= 2;
    }
    for i in 0..history.len() {
        let mut calmer = history.clone();
        calmer[i].1 = Trouble::None;
        still_fails(calmer, &mut history);
    }
    (history, differs)
}

#[test]
fn in_any_history_the_bundle_does_what_the_model_of_the_domain_says() {
    histories(1, Just(Trouble::None));
}

#[test]
fn whatever_dies_or_comes_again_nothing_is_lost_and_at_most_a_chunk_is_repeated() {
    histories(2, trouble());
}
