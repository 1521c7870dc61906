//! Contact details of an account ("Mes coordonnées") and their change by JSON Merge Patch (RFC
//! 7396).

pub mod email;
pub mod name;
pub mod phone;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;

pub use crate::text::FieldError;
use crate::{
    contact::{email::Email, phone::Phone},
    text::{Invalid, Text, one_line, search},
};

/// Contact details. In JSON every key is present, `null` where there is nothing.
///
/// [`Contact::from_json`] and [`merge`] are for input: they name every bad field and normalise
/// phone numbers. Deserialising is for what was stored.
///
/// Its `Debug` form hides the content, because logs must not hold personal data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields)
)]
pub struct Contact {
    /// "M.", "Mme", or whatever else the person goes by.
    pub civility: Option<Text<20>>,
    /// First name; without the address of a web page, as the last name.
    pub first_name: Text<100>,
    /// Last name.
    pub last_name: Text<100>,
    /// Job title ("fonction").
    pub job_title: Option<Text<200>>,
    /// The address that alerts go to; none of an agent whose portal declared none that they can
    /// have.
    #[serde(deserialize_with = "Option::deserialize")]
    pub email: Option<Email>,
    /// Phone number.
    pub phone: Option<Phone>,
    /// Fax number.
    pub fax: Option<Phone>,
    /// Postal address; absent rather than empty.
    pub address: Option<Address>,
}

/// A postal address, as complete as the agent gave it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields)
)]
pub struct Address {
    /// Number and street.
    pub street: Option<Text<200>>,
    /// Postal code of any country.
    pub postal_code: Option<Text<20>>,
    /// Town.
    pub city: Option<Text<200>>,
    /// Country, in words.
    pub country: Option<Text<200>>,
}

const CONTACT_FIELDS: &[&str] = &[
    "civility",
    "firstName",
    "lastName",
    "jobTitle",
    "email",
    "phone",
    "fax",
    "address",
];
const ADDRESS_FIELDS: &[&str] = &["street", "postalCode", "city", "country"];

impl Contact {
    /// Returns the name by which others know the agent.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }

    /// Contact details of a new account, read from JSON; keys that are missing count as `null`.
    ///
    /// # Errors
    /// Every field that is unknown, missing though required, or not acceptable.
    pub fn from_json(value: &Value) -> Result<Self, Vec<FieldError>> {
        let fields = value
            .as_object()
            .ok_or_else(|| vec![FieldError::new("", NOT_AN_OBJECT)])?;
        let mut errors = unknown_fields(fields);
        let contact = read(fields, None, &mut errors);
        contact.filter(|_| errors.is_empty()).ok_or(errors)
    }
}

/// The contact details after a JSON Merge Patch (RFC 7396): `null` removes, what is not mentioned
/// stays.
///
/// A field that the patch leaves as it was is not judged again, so that a change of the rules never
/// stands in the way of changing something else.
///
/// # Errors
/// Every field that is unknown, removed though required, or not acceptable.
pub fn merge(current: &Contact, patch: &Value) -> Result<Contact, Vec<FieldError>> {
    let fields = patch
        .as_object()
        .ok_or_else(|| vec![FieldError::new("", NOT_AN_OBJECT)])?;
    // Asked of the patch and not of the result, where an unknown field set to null has left no
    // trace.
    let mut errors = unknown_fields(fields);
    let mut merged = as_json(current);
    json_patch::merge(&mut merged, patch);
    let contact = merged
        .as_object()
        .and_then(|fields| read(fields, Some(current), &mut errors));
    contact.filter(|_| errors.is_empty()).ok_or(errors)
}

const A_NUMBER: Invalid =
    Invalid("must not have eight digits or more, first and last name together");

/// True if a text has a number to call, which leads its reader astray as well as the
/// address of a page does: eight digits or more, of any script, wherever they stand.
pub(crate) fn has_number(text: &str) -> bool {
    text.nfkc().filter(|c| c.is_numeric()).count() >= 8
}

/// The first or the last name of a person: without the address of a web page, and without a number
/// to call.
///
/// # Errors
/// It has one of them, or is no [`Text`].
pub fn name_of_person<const MAX: usize>(text: &str) -> Result<Text<MAX>, Invalid> {
    let name = Text::name(text)?;
    if has_number(&name) {
        Err(A_NUMBER)
    } else {
        Ok(name)
    }
}

const NOT_AN_OBJECT: &str = "must be an object";

fn as_json(contact: &Contact) -> Value {
    serde_json::to_value(contact).unwrap_or_else(|_| unreachable!("only strings under string keys"))
}

fn unknown_fields(fields: &Map<String, Value>) -> Vec<FieldError> {
    let within = |fields: &Map<String, Value>, known: &[&str], prefix: &str| {
        let unknown = fields.keys().filter(|key| !known.contains(&key.as_str()));
        unknown
            .map(|key| {
                FieldError::new(
                    format!("{prefix}{}", one_line(key, 100)),
                    "is not a known field",
                )
            })
            .collect()
    };
    let mut errors: Vec<FieldError> = within(fields, CONTACT_FIELDS, "");
    if let Some(Value::Object(address)) = fields.get("address") {
        errors.extend::<Vec<_>>(within(address, ADDRESS_FIELDS, "address."));
    }
    errors
}

/// Reads every field, so that all errors come at once; `None` only after an error was noted.
fn read(
    fields: &Map<String, Value>,
    current: Option<&Contact>,
    errors: &mut Vec<FieldError>,
) -> Option<Contact> {
    let mut from = Fields {
        object: fields,
        path: "",
        errors,
    };
    let civility = from.optional(
        "civility",
        Text::parse,
        current.and_then(|c| c.civility.as_ref()),
    );
    let first_name = from.required("firstName", name_of_person, current.map(|c| &c.first_name));
    let last_name = from.required("lastName", name_of_person, current.map(|c| &c.last_name));
    if let (Some(first), Some(last)) = (&first_name, &last_name)
        && has_number(&format!("{first} {last}"))
        && current.is_none_or(|current| (&current.first_name, &current.last_name) != (first, last))
    {
        from.refuse("lastName", A_NUMBER.0);
    }
    let job_title = from.optional(
        "jobTitle",
        Text::parse,
        current.and_then(|c| c.job_title.as_ref()),
    );
    // Nobody takes an address away; who has none may leave it at that.
    let email = match current {
        Some(Contact { email: None, .. }) => from.optional("email", Email::parse, None),
        _ => from.required(
            "email",
            Email::parse,
            current.and_then(|c| c.email.as_ref()),
        ),
    };
    let phone = from.optional(
        "phone",
        Phone::parse,
        current.and_then(|c| c.phone.as_ref()),
    );
    let fax = from.optional("fax", Phone::parse, current.and_then(|c| c.fax.as_ref()));
    let address = match fields.get("address") {
        None | Some(Value::Null) => None,
        Some(Value::Object(fields)) => {
            read_address(fields, current.and_then(|c| c.address.as_ref()), errors)
        }
        Some(_) => {
            errors.push(FieldError::new("address", "must be an object or null"));
            None
        }
    };
    Some(Contact {
        civility,
        first_name: first_name?,
        last_name: last_name?,
        job_title,
        email,
        phone,
        fax,
        address,
    })
}

/// An address of which nothing is left is no address.
fn read_address(
    fields: &Map<String, Value>,
    current: Option<&Address>,
    errors: &mut Vec<FieldError>,
) -> Option<Address> {
    let mut from = Fields {
        object: fields,
        path: "address.",
        errors,
    };
    let address = Address {
        street: from.optional(
            "street",
            Text::parse,
            current.and_then(|a| a.street.as_ref()),
        ),
        postal_code: from.optional(
            "postalCode",
            Text::parse,
            current.and_then(|a| a.postal_code.as_ref()),
        ),
        city: from.optional("city", Text::parse, current.and_then(|a| a.city.as_ref())),
        country: from.optional(
            "country",
            Text::parse,
            current.and_then(|a| a.country.as_ref()),
        ),
    };
    let is_new = current.is_none_or(|current| {
        (&current.postal_code, &current.country) != (&address.postal_code, &address.country)
    });
    let postal_code = if is_new {
        address
            .postal_code
            .map(|code| with_its_zero(code, address.country.as_deref()))
    } else {
        address.postal_code
    };
    let address = Address {
        postal_code,
        ..address
    };
    (address != Address::default()).then_some(address)
}

/// The names of France.
const FRANCE: [&str; 9] = [
    "f",
    "fr",
    "fra",
    "france",
    "france metropole",
    "france metropolitaine",
    "la france",
    "republique francaise",
    "la republique francaise",
];

/// Returns a postal code with the zero that spreadsheets take off: France's have five digits, of
/// which the first may be one.
fn with_its_zero<const MAX: usize>(code: Text<MAX>, country: Option<&str>) -> Text<MAX> {
    let is_french = country.is_none_or(|country| FRANCE.contains(&search::fold(country).trim()));
    let lacks_zero =
        code.len() == 4 && code.bytes().all(|b| b.is_ascii_digit()) && !code.starts_with('0');
    if is_french && lacks_zero {
        Text::parse(&format!("0{code}")).unwrap_or(code)
    } else {
        code
    }
}

/// A JSON object that is read field by field, with the errors met on the way.
struct Fields<'a> {
    object: &'a Map<String, Value>,
    path: &'a str,
    errors: &'a mut Vec<FieldError>,
}

impl Fields<'_> {
    fn optional<T: AsRef<str> + Clone>(
        &mut self,
        key: &str,
        parse: fn(&str) -> Result<T, Invalid>,
        current: Option<&T>,
    ) -> Option<T> {
        let read = match self.object.get(key) {
            None | Some(Value::Null) => return None,
            Some(Value::String(text)) => match current.filter(|current| current.as_ref() == text) {
                Some(unchanged) => Ok(unchanged.clone()),
                None => parse(text),
            },
            Some(_) => Err(Invalid("must be a string")),
        };
        read.map_err(|reason| self.refuse(key, reason.0)).ok()
    }

    fn required<T: AsRef<str> + Clone>(
        &mut self,
        key: &str,
        parse: fn(&str) -> Result<T, Invalid>,
        current: Option<&T>,
    ) -> Option<T> {
        if matches!(self.object.get(key), None | Some(Value::Null)) {
            self.refuse(key, "is required");
        }
        self.optional(key, parse, current)
    }

    fn refuse(&mut self, key: &str, reason: &str) {
        self.errors
            .push(FieldError::new(format!("{}{key}", self.path), reason));
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contact(…)")
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}
