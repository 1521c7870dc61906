//! Phone and fax numbers in E.164.
//!
//! The rules come from Google's libphonenumber through `rlibphonenumber`. Built once for the whole
//! world, as the crate offers it, its tables cost 5 MiB and 3 ms at first use; so only the few
//! countries that a number can belong to are read, from the crate's own metadata file
//! (`data/phone-metadata.bin`, Apache-2.0; tests compare what the two accept).

use std::fmt;

use prost::Message;
use rlibphonenumber::{
    PhoneMetadataCollection, PhoneNumberUtil, Region, get_national_significant_number_owned,
};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::text::{Invalid, one_line};

/// A valid phone number in E.164: `+33123456789`.
///
/// [`Phone::parse`] is for input. Deserialising is for what was parsed before: it accepts E.164
/// only and looks at the form alone, so that reading an account neither pays for the numbering
/// plans nor fails when one of them has changed.
///
/// Its `Debug` form hides the number, because logs must not hold phone numbers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

impl Phone {
    const MAX_INPUT_CHARS: usize = 40;

    /// The number, from international form (`+33 1 …`, `0033 1 …`) or as it is dialled within
    /// France, overseas included.
    ///
    /// # Errors
    /// It is not a number that can exist in its numbering plan.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.trim().chars().any(char::is_control) {
            return Err(Invalid("must not have control characters"));
        }
        // Pasted numbers bring no-break spaces, fullwidth digits and invisible direction marks.
        let text = one_line(&text.nfkc().collect::<String>(), Self::MAX_INPUT_CHARS + 1);
        if text.is_empty() {
            return Err(Invalid("must not be empty"));
        }
        if text.chars().count() > Self::MAX_INPUT_CHARS {
            return Err(Invalid("is too long for a phone number"));
        }
        // Letters would be read as the keys they stand on, or as an extension, which E.164 cannot
        // hold.
        let usual = |c: char| {
            c.is_ascii_digit() || " +.-/()".contains(c) || ('\u{2010}'..='\u{2015}').contains(&c)
        };
        if !text.chars().all(usual) || text.trim_start_matches(['(', '+']).contains('+') {
            return Err(Invalid(
                "must have only digits, spaces and . - / ( ), and + at the start",
            ));
        }
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let is_abroad = text.contains('+') || digits.starts_with("00");
        let found = if is_abroad {
            valid(
                &text,
                Region::FR,
                &calling_codes(digits.strip_prefix("00").unwrap_or(&digits)),
            )
        } else {
            overseas(&digits).or_else(|| valid(&text, Region::FR, &[]))
        };
        found.ok_or(Invalid("is not a valid phone number"))
    }

    /// The number in E.164.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The overseas territories have calling codes of their own but are dialled from the rest of France
/// like any other number. Arcep's plan (decision 2018-0881, as its list of numbers says) gives each
/// these beginnings, without the zero. Google's plans cannot say it: those of the territories
/// repeat the special numbers of all of France (08), and claim parts of each other's ranges under
/// 09.
const OVERSEAS: &[(Region, i32, &[&str])] = &[
    // Guadeloupe, Saint-Martin, Saint-Barthélemy
    (
        Region::GP,
        590,
        &[
            "590", "5987", "690", "691", "7090", "9395", "9475", "9760", "9761", "9768",
        ],
    ),
    // Guyane
    (
        Region::GF,
        594,
        &[
            "594", "5988", "694", "70930", "70931", "70932", "70933", "9396", "9476", "9764",
            "9765",
        ],
    ),
    // Martinique
    (
        Region::MQ,
        596,
        &[
            "596", "5989", "696", "697", "7091", "9397", "9477", "9766", "9767",
        ],
    ),
    // La Réunion, Mayotte
    (
        Region::RE,
        262,
        &[
            "262", "263", "2688", "2689", "269", "639", "692", "693", "7092", "70935", "70936",
            "70937", "9398", "9399", "9478", "9479", "9762", "9763", "9769",
        ],
    ),
    // Saint-Pierre-et-Miquelon
    (Region::PM, 508, &["508", "708"]),
];

/// Returns the number of an overseas territory, from its digits as they are dialled in France.
/// There is none where the territory's own plan does not have it.
fn overseas(digits: &str) -> Option<Phone> {
    let national = digits.strip_prefix('0').unwrap_or(digits);
    let is_of = |prefixes: &[&str]| prefixes.iter().any(|prefix| national.starts_with(prefix));
    let (region, code, _) = OVERSEAS.iter().find(|(_, _, prefixes)| is_of(prefixes))?;
    // Without the zero, because Saint-Pierre-et-Miquelon's calling code is a part of what is
    // dialled.
    valid(national, *region, &[*code])
}

/// Returns the calling codes that the first digits of an international number can be.
fn calling_codes(digits: &str) -> Vec<i32> {
    (1..=3)
        .filter_map(|n| digits.get(..n)?.parse().ok())
        .collect()
}

/// Returns a number that exists in the plans of these calling codes or of France, read as in this
/// region. The French plan is always needed, for it says that `00` leads abroad.
fn valid(text: &str, region: Region, codes: &[i32]) -> Option<Phone> {
    let plans = PhoneNumberUtil::new_for_metadata(metadata(codes))
        .unwrap_or_else(|_| unreachable!("the metadata name known regions"));
    let parsed = plans
        .parse(text, Some(region))
        .ok()
        .filter(|parsed| plans.is_valid_number(parsed))?;
    let e164 = format!(
        "+{}{}",
        parsed.country_code,
        get_national_significant_number_owned(&parsed)
    );
    // Some plans hold numbers that E.164 does not: what is taken must be readable afterwards.
    Phone::try_from(e164).ok()
}

/// The part of a numbering plan that tells whose it is (field numbers of libphonenumber's
/// `phonemetadata.proto`).
#[derive(Clone, PartialEq, Message)]
struct PlanOf {
    #[prost(string, tag = "9")]
    region: String,
    #[prost(int32, tag = "10")]
    calling_code: i32,
}

/// The plans of France and of these calling codes, found without decoding the others.
fn metadata(codes: &[i32]) -> PhoneMetadataCollection {
    static WORLD: &[u8] = include_bytes!("../../data/phone-metadata.bin");
    let mut wanted = Vec::new();
    let mut rest = WORLD;
    // The file is one repeated field: a tag of one byte, a length, a plan. A test reads all of it.
    while let Some(length) = rest
        .get(1..)
        .and_then(|plan| prost::decode_length_delimiter(plan).ok())
    {
        let (entry, after) = rest.split_at(1 + prost::length_delimiter_len(length) + length);
        let plan = PlanOf::decode(&entry[entry.len() - length..]).unwrap_or_default();
        if plan.region == "FR" || codes.contains(&plan.calling_code) {
            wanted.extend_from_slice(entry);
        }
        rest = after;
    }
    PhoneMetadataCollection::decode(wanted.as_slice()).unwrap_or_default()
}

impl TryFrom<String> for Phone {
    type Error = Invalid;

    /// For what [`Phone::parse`] gave before.
    fn try_from(text: String) -> Result<Self, Invalid> {
        let is_e164 = text.strip_prefix('+').is_some_and(|digits| {
            (4..=15).contains(&digits.len())
                && !digits.starts_with('0')
                && digits.bytes().all(|b| b.is_ascii_digit())
        });
        if is_e164 {
            Ok(Self(text))
        } else {
            Err(Invalid("must be a phone number in E.164 form"))
        }
    }
}

impl From<Phone> for String {
    fn from(phone: Phone) -> Self {
        phone.0
    }
}

impl AsRef<str> for Phone {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(…)")
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Phone {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Phone".into()
    }

    // No pattern: what is sent may have any usual form, what is answered is E.164.
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "phone", "examples": ["+33123456789"], "maxLength": Phone::MAX_INPUT_CHARS })
    }
}
