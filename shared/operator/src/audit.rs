//! The audit of accessibility and what follows from it by law (décret 2019-768, articles 4 and 5;
//! arrêté of 20 September 2019): without one that is valid a service is « non conforme », whatever
//! machines say of it.

use std::{collections::BTreeSet, fmt, str::FromStr};

use jiff::{
    ToSpan as _,
    civil::{Date, date},
};
use serde::Deserialize;
use vigie_domain::text::{Invalid, Text};

/// The number of criteria of each theme of RGAA 4: 106 in all.
const THEMES: [u8; 13] = [9, 2, 3, 13, 8, 2, 5, 10, 4, 14, 13, 11, 12];

/// A version of RGAA, and the day it came.
#[derive(Clone, Copy, Debug)]
pub struct Standard {
    /// The version.
    pub version: &'static str,
    /// The day it came.
    pub since: Date,
}

/// The version in force.
pub const RGAA: Standard = Standard {
    version: "4.1.2",
    since: date(2023, 4, 18),
};

/// The day of the pages' last redesign: an audit from before it says nothing of them.
pub const REDESIGNED: Date = date(2026, 11, 26);

/// A criterion by its number, such as `3.2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Criterion {
    theme: u8,
    number: u8,
}

impl Criterion {
    /// Returns all of them, in their order.
    pub fn all() -> impl Iterator<Item = Self> {
        (1..)
            .zip(THEMES)
            .flat_map(|(theme, numbers)| (1..=numbers).map(move |number| Self { theme, number }))
    }
}

impl FromStr for Criterion {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let mut all = Self::all();
        all.find(|criterion| criterion.to_string() == text)
            .ok_or(Invalid("must be a criterion of RGAA 4.1, such as 3.2"))
    }
}

impl TryFrom<String> for Criterion {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl fmt::Display for Criterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.theme, self.number)
    }
}

/// An audit, as far as it is known.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Audit {
    /// Auditor.
    pub auditor: Option<Text<200>>,
    /// The day it was done.
    pub on: Option<Date>,
    /// The version of RGAA that it went by.
    pub rgaa: Option<Text<20>>,
    /// The pages that it looked at.
    pub sample: Vec<Text<200>>,
    /// Its results.
    pub results: Option<Results>,
}

/// Results of an audit. A criterion that neither names is met.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Results {
    /// Criteria that are not met.
    pub not_met: BTreeSet<Criterion>,
    /// Criteria that do not apply.
    pub not_applicable: BTreeSet<Criterion>,
}

impl Results {
    /// Returns the number of criteria that are met, and of those that apply; none where a criterion
    /// is said to be both, or none applies.
    #[must_use]
    pub fn met(&self) -> Option<(usize, usize)> {
        let applies = Criterion::all().count() - self.not_applicable.len();
        let sound = self.not_met.is_disjoint(&self.not_applicable) && applies > 0;
        sound.then(|| (applies - self.not_met.len(), applies))
    }
}

/// The state that the law has a service say of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// All criteria that apply are met.
    Full,
    /// At least half of them are.
    Partial,
    /// Fewer are, or no valid audit says so.
    Not,
}

impl State {
    /// Returns its words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Full => "totalement conforme",
            Self::Partial => "partiellement conforme",
            Self::Not => "non conforme",
        }
    }
}

impl Audit {
    /// Returns the numbers of criteria met and applying by an audit that is whole and still counts:
    /// for three years, for 18 months after a newer RGAA came, and until a redesign.
    #[must_use]
    pub fn valid(
        &self,
        standard: Standard,
        redesigned: Date,
        today: Date,
    ) -> Option<(usize, usize)> {
        self.auditor.as_ref()?;
        let (on, rgaa) = (self.on?, self.rgaa.as_ref()?);
        let mut until = on.saturating_add(3.years());
        if rgaa.as_str() != standard.version {
            until = until.min(standard.since.saturating_add(18.months()));
        }
        let counts = !self.sample.is_empty() && (on..until).contains(&today) && on >= redesigned;
        if counts {
            self.results.as_ref()?.met()
        } else {
            None
        }
    }
}

/// Returns the state that a valid audit gives; without one it is « non conforme ».
#[must_use]
pub fn state(audit: Option<&Audit>, standard: Standard, redesigned: Date, today: Date) -> State {
    match audit.and_then(|audit| audit.valid(standard, redesigned, today)) {
        Some((met, applies)) if met == applies => State::Full,
        Some((met, applies)) if met * 2 >= applies => State::Partial,
        _ => State::Not,
    }
}
