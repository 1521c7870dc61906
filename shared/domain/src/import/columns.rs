//! Columns of a spreadsheet: fields of an agent, by their names in JSON or their French words.

use serde::Serialize;
use unicode_normalization::UnicodeNormalization;

use crate::text::{FieldError, one_line};

/// A column that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "SpreadsheetColumn")
)]
#[expect(missing_docs, reason = "the contact's fields")]
pub enum Column {
    Civility,
    FirstName,
    LastName,
    JobTitle,
    Email,
    Phone,
    Fax,
    Street,
    PostalCode,
    City,
    Country,
    Role,
}

impl Column {
    const ALL: [Self; 12] = [
        Self::Civility,
        Self::FirstName,
        Self::LastName,
        Self::JobTitle,
        Self::Email,
        Self::Phone,
        Self::Fax,
        Self::Street,
        Self::PostalCode,
        Self::City,
        Self::Country,
        Self::Role,
    ];
    const NEEDED: [Self; 3] = [Self::FirstName, Self::LastName, Self::Email];

    /// Returns the field in JSON.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Civility => "civility",
            Self::FirstName => "firstName",
            Self::LastName => "lastName",
            Self::JobTitle => "jobTitle",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Fax => "fax",
            Self::Street => "street",
            Self::PostalCode => "postalCode",
            Self::City => "city",
            Self::Country => "country",
            Self::Role => "role",
        }
    }

    /// Returns true for a line of the contact's postal address.
    pub(super) fn is_in_address(self) -> bool {
        matches!(
            self,
            Self::Street | Self::PostalCode | Self::City | Self::Country
        )
    }

    /// Returns what else it may be called, folded (see [`fold`]).
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Civility => &["civilite", "civ", "titre", "mmme", "mmmemlle"],
            Self::FirstName => &[
                "prenom",
                "prenoms",
                "prenomdelagent",
                "prenomagent",
                "prenomusuel",
            ],
            Self::LastName => &[
                "nom",
                "nomdefamille",
                "nomdelagent",
                "nomagent",
                "nomdusage",
                "nomusuel",
                "patronyme",
            ],
            Self::JobTitle => &[
                "fonction",
                "fonctions",
                "poste",
                "qualite",
                "intituleduposte",
                "metier",
            ],
            Self::Email => EMAIL,
            Self::Phone => PHONE,
            Self::Fax => &[
                "telecopie",
                "telecopieur",
                "numerodefax",
                "ndefax",
                "nodefax",
                "numerodetelecopie",
            ],
            Self::Street => &[
                "adresse",
                "rue",
                "voie",
                "adressepostale",
                "adresse1",
                "numeroetrue",
                "numeroetvoie",
            ],
            Self::PostalCode => &["codepostal", "cp", "codepost"],
            Self::City => &["ville", "commune", "localite"],
            Self::Country => &["pays"],
            Self::Role => &["profil", "roledelagent"],
        }
    }
}

/// The heading of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heading {
    /// A column that is read.
    Of(Column),
    /// The reasons that stand beside rows to correct. They are no part of the agent.
    Reason,
    /// None.
    Unnamed,
}

/// Name of the column of reasons, folded.
const REASON: &str = "motif";

const EMAIL: &[&str] = &[
    "courriel",
    "adresseelectronique",
    "adressecourriel",
    "adresseemail",
    "adressemail",
    "adressemel",
    "adressedemessagerie",
    "mail",
    "mel",
    "mails",
    "emails",
    "courriels",
    "messagerie",
    "courrierelectronique",
    "adressedecourrierelectronique",
    "adressedecourriel",
    "emailpro",
    "mailpro",
    "emailprofessionnel",
    "mailprofessionnel",
    "courrielprofessionnel",
    "adresseemailprofessionnelle",
    "adressemailprofessionnelle",
    "adresseelectroniqueprofessionnelle",
    "melprofessionnel",
];
const PHONE: &[&str] = &[
    "telephone",
    "tel",
    "numerodetelephone",
    "numerotelephone",
    "numtelephone",
    "numtel",
    "ndetelephone",
    "nodetelephone",
    "ntelephone",
    "notelephone",
    "ntel",
    "notel",
    "telephonefixe",
    "telfixe",
    "telephoneprofessionnel",
    "telpro",
    "lignedirecte",
    "portable",
    "mobile",
    "telephonemobile",
    "telephoneportable",
    "telportable",
    "telmobile",
    "gsm",
];

/// Returns each column's heading.
pub(super) fn headings(header: &[String]) -> Result<Vec<Heading>, Vec<FieldError>> {
    let (mut headings, mut errors) = (Vec::new(), Vec::new());
    for name in header {
        match column(name) {
            Some(column) if headings.contains(&Heading::Of(column)) => {
                errors.push(FieldError::new(column.field(), "is there twice"));
            }
            Some(column) => headings.push(Heading::Of(column)),
            None if name.trim().is_empty() => headings.push(Heading::Unnamed),
            None if fold(name) == REASON => headings.push(Heading::Reason),
            None => errors.push(FieldError::new(
                one_line(name, 100),
                "is not a known column",
            )),
        }
    }
    let missing = Column::NEEDED
        .iter()
        .filter(|needed| !headings.contains(&Heading::Of(**needed)));
    errors.extend(
        missing.map(|needed| FieldError::new(needed.field(), "is a column that is needed")),
    );
    if errors.is_empty() {
        Ok(headings)
    } else {
        Err(errors)
    }
}

/// Remarks that people add to a column's name.
const REMARKS: [&str; 9] = [
    "obligatoire",
    "facultatif",
    "facultative",
    "requis",
    "professionnel",
    "professionnelle",
    "pro",
    "delagent",
    "agent",
];

/// Returns the column of a name; what stands in parentheses, and what people add, is no part of it.
fn column(name: &str) -> Option<Column> {
    let outside: String = name
        .split('(')
        .enumerate()
        .map(|(i, part)| {
            if i == 0 {
                part
            } else {
                part.split_once(')').map_or("", |p| p.1)
            }
        })
        .collect();
    let (full, bare) = (fold(name), fold(&outside));
    let known = |folded: &str| {
        Column::ALL
            .into_iter()
            .find(|column| fold(column.field()) == folded || column.names().contains(&folded))
    };
    let without = |folded: &str| {
        REMARKS
            .iter()
            .find_map(|remark| folded.strip_suffix(remark))
            .map(str::to_owned)
    };
    let mut shorter = Some(bare);
    known(&full).or_else(|| {
        while let Some(folded) = shorter.take() {
            let found = known(&folded);
            if found.is_some() {
                return found;
            }
            shorter = without(&folded);
        }
        None
    })
}

/// Letters and digits without case and accents: `Prénom`, `prenom` and `PRÉNOM` are one, and so are
/// `e-mail` and `E mail`.
pub(super) fn fold(name: &str) -> String {
    name.nfkd()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
