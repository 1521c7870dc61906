//! Places of execution: the departments, the overseas collectivities, the whole of France, abroad.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::LazyLock,
};

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::text::{FieldError, Invalid, one_line};

/// One entry of the reference list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlaceInfo {
    /// The code that is stored and exchanged: `67`, `2A`, `987`, `FR`, `abroad`.
    pub code: String,
    /// French name.
    pub name: String,
    /// French name of the heading under which a list shows it (a region, mostly); none for what
    /// stands on its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// Every place there is, in the order in which a list shows them.
///
/// # Panics
/// Never: the list is compiled in, and a test reads it.
#[must_use]
pub fn reference() -> &'static [PlaceInfo] {
    static REFERENCE: LazyLock<Vec<PlaceInfo>> = LazyLock::new(|| {
        #[expect(clippy::expect_used, reason = "compiled in and read by a test")]
        serde_json::from_str(include_str!("../../data/places.json"))
            .expect("places.json is a list of places")
    });
    &REFERENCE
}

/// A place of the reference list, by its code. "Alsace" is a shortcut for 67 and 68, not a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Place(&'static str);

impl Place {
    /// The place with that code, in exactly that spelling.
    ///
    /// # Errors
    /// The reference list has no such code.
    pub fn parse(code: &str) -> Result<Self, Invalid> {
        static BY_CODE: LazyLock<BTreeMap<&'static str, Place>> = LazyLock::new(|| {
            reference()
                .iter()
                .map(|info| (info.code.as_str(), Place(&info.code)))
                .collect()
        });
        BY_CODE
            .get(code)
            .copied()
            .ok_or(Invalid("is not a known place"))
    }

    /// The code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0
    }
}

impl TryFrom<String> for Place {
    type Error = Invalid;

    fn try_from(code: String) -> Result<Self, Invalid> {
        Self::parse(&code)
    }
}

// By hand, because the derived one would ask for input that lives as long as the reference list.
impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl From<Place> for String {
    fn from(place: Place) -> Self {
        place.0.to_owned()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Place {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Place".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let codes: Vec<&str> = reference().iter().map(|info| info.code.as_str()).collect();
        schemars::json_schema!({ "type": "string", "enum": codes })
    }
}

/// The places that an agent chose: a set, in the order of their codes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Places(BTreeSet<Place>);

impl Places {
    /// The places with these codes; a code given twice counts once.
    ///
    /// # Errors
    /// One error per unknown code, at `places[<index>]`.
    pub fn parse<S: AsRef<str>>(codes: &[S]) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut places = BTreeSet::new();
        for (index, code) in codes.iter().enumerate() {
            match Place::parse(code.as_ref()) {
                Ok(place) => drop(places.insert(place)),
                Err(reason) => {
                    let reason = format!("“{}” {reason}", one_line(code.as_ref(), 20));
                    errors.push(FieldError::new(format!("places[{index}]"), reason));
                }
            }
        }
        if errors.is_empty() {
            Ok(Self(places))
        } else {
            Err(errors)
        }
    }

    /// The places in the order of their codes.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Place> {
        self.0.iter().copied()
    }

    /// True if that place was chosen. "France entière" is a choice of its own and contains
    /// no other.
    #[must_use]
    pub fn contains(&self, place: Place) -> bool {
        self.0.contains(&place)
    }

    /// Counts the places that were chosen.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if none was chosen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The places as they were stored, perhaps by a release that knew others: those that are unknown
/// here are passed over.
///
/// # Errors
/// They are no list of codes.
pub fn stored<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Places, D::Error> {
    let codes = Vec::<String>::deserialize(deserializer)?;
    Ok(codes
        .iter()
        .filter_map(|code| Place::parse(code).ok())
        .collect())
}

impl FromIterator<Place> for Places {
    fn from_iter<I: IntoIterator<Item = Place>>(places: I) -> Self {
        Self(places.into_iter().collect())
    }
}
