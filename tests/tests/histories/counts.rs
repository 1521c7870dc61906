//! Counts of each event in histories: histories in which nothing happens would agree with any
//! model.

use std::{collections::BTreeMap, fmt};

/// Times, by what happened.
#[derive(Clone, Debug, Default)]
pub struct Counts(BTreeMap<&'static str, usize>);

impl Counts {
    /// Counts what happened so many times more.
    pub fn add(&mut self, what: &'static str, times: usize) {
        *self.0.entry(what).or_default() += times;
    }

    /// Returns the number of times it happened.
    pub fn of(&self, what: &str) -> usize {
        self.0.get(what).copied().unwrap_or_default()
    }

    /// Adds what others counted.
    pub fn and(mut self, other: &Self) -> Self {
        other
            .0
            .iter()
            .for_each(|(what, times)| self.add(what, *times));
        self
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|(what, times)| write!(f, "\n    {times:6} {what}"))
    }
}
