//! Particulars of the public body that operates a stack: one file, laid beside each `bootstrap`
//! that makes pages or mails, and read once when that starts. Whatever it lacks is said on the
//! pages to be lacking.

#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

pub mod audit;
pub mod colour;

use std::{collections::BTreeMap, fs, io, path::Path};

use serde::Deserialize;
use vigie_domain::{
    contact::email::Email,
    text::{Invalid, Text, untrusted::ExternalUrl},
};

use crate::{audit::Audit, colour::Colours};

/// The file's name, beside each `bootstrap`.
pub const FILE: &str = "operator.json";

/// Stands on a page where the operator has not said something.
pub const MISSING: &str = "à compléter par l’exploitant";

/// One line.
pub type Line = Text<300>;

/// The operator, as far as its file says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Operator {
    /// The name under which the service is shown, and sends.
    pub name: Option<Text<64>>,
    /// The picture beside the name.
    pub logo: Option<Logo>,
    /// The colour of links and buttons.
    pub colours: Option<Colours>,
    /// Help for people.
    pub help: Help,
    /// Publisher of the pages.
    pub publisher: Body,
    /// The person who answers for what is published.
    pub director: Option<Line>,
    /// The provider of the machines.
    pub host: Body,
    /// Personal data.
    pub data: Data,
    /// Accessibility.
    pub accessibility: Accessibility,
}

/// Help, by people and by documents.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Help {
    /// The telephone number, as it is read.
    pub telephone: Option<Text<40>>,
    /// Hours in which somebody answers.
    pub hours: Option<Line>,
    /// The mailbox, to which answers to mails go too.
    pub mail: Option<Email>,
    /// Guides: of all, and of one section.
    pub guides: BTreeMap<Guide, ExternalUrl>,
}

/// The subject of a guide: all of the page, or the section that has this address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the page's sections, by their addresses")]
pub enum Guide {
    General,
    Coordonnees,
    Alertes,
    Favoris,
    Lieux,
    Comptes,
    Historique,
    Administration,
}

impl Guide {
    /// Returns the address of its section on the page.
    #[must_use]
    pub fn section(self) -> &'static str {
        self.words().0
    }

    /// Returns its name.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.words().1
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::General => ("general", "Guide d’utilisation"),
            Self::Coordonnees => ("coordonnees", "Guide\u{a0}: Mes coordonnées"),
            Self::Alertes => ("alertes", "Guide\u{a0}: Mes alertes électroniques"),
            Self::Favoris => ("favoris", "Guide\u{a0}: Mes favoris"),
            Self::Lieux => ("lieux", "Guide\u{a0}: Mes préférences Lieu d’exécution"),
            Self::Comptes => ("comptes", "Guide\u{a0}: Mes comptes associés"),
            Self::Historique => ("historique", "Guide\u{a0}: Historique"),
            Self::Administration => ("administration", "Guide\u{a0}: Administration"),
        }
    }
}

/// A body or firm that the law has named.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Body {
    /// Its name and form.
    pub name: Option<Line>,
    /// Its address.
    pub address: Option<Line>,
    /// Its telephone number.
    pub telephone: Option<Text<40>>,
}

/// Personal data (RGPD, article 13).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Data {
    /// The controller.
    pub controller: Option<Line>,
    /// The data protection officer.
    pub officer: Option<Line>,
    /// The officer's mailbox.
    pub officer_mail: Option<Email>,
    /// The legal basis of each purpose.
    pub bases: Bases,
}

/// The legal basis of each of the purposes for which data are kept.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Bases {
    /// Keeping accounts and their choices.
    pub accounts: Option<Line>,
    /// Sending alerts.
    pub alerts: Option<Line>,
    /// Keeping a trace of what administrators did, and operating safely.
    pub security: Option<Line>,
}

/// Parts of the statement of accessibility beside its state.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Accessibility {
    /// The last audit.
    pub audit: Option<Audit>,
    /// Address for whoever tells of what they cannot use.
    pub contact: Option<Email>,
    /// The plan over several years.
    pub plan: Option<ExternalUrl>,
    /// The plan of action of this year.
    pub year: Option<ExternalUrl>,
    /// Content that is exempt as a disproportionate burden, with the reason.
    pub derogations: Vec<Line>,
}

/// A picture as a `data:` address, which pages may load and which needs no escaping in HTML.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Logo(String);

impl Logo {
    /// Most bytes of a logo: every page has it within, and a first view is at most 70 KB.
    pub const MOST: usize = 1_200;

    /// Returns its address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Logo {
    type Error = Invalid;

    fn try_from(address: String) -> Result<Self, Invalid> {
        let known = ["svg+xml", "png", "webp"];
        let data = known
            .iter()
            .find_map(|kind| address.strip_prefix(&format!("data:image/{kind};base64,")));
        let is_base64 = |data: &str| {
            data.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
        };
        if !data.is_some_and(is_base64) {
            return Err(Invalid(
                "must be data:image/svg+xml;base64,… or of png or webp",
            ));
        }
        if address.len() > Self::MOST {
            return Err(Invalid("must have at most 1,200 bytes"));
        }
        Ok(Self(address))
    }
}

impl Operator {
    /// Reads the file beside the program that runs.
    ///
    /// # Errors
    /// It is not there, or not what it must be.
    pub fn beside_program() -> io::Result<Self> {
        let program = std::env::current_exe()?;
        Self::read(&program.with_file_name(FILE))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// It is not there, or not what it must be.
    pub fn read(file: &Path) -> io::Result<Self> {
        let named = |e: &dyn std::fmt::Display| {
            let message = format!("{}: {e}", file.display());
            io::Error::new(io::ErrorKind::InvalidData, message)
        };
        let text = fs::read_to_string(file).map_err(|e| named(&e))?;
        text.parse().map_err(|e: serde_json::Error| named(&e))
    }

    /// Returns its name, or that there is none yet.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        self.name
            .as_ref()
            .map_or("Nom à compléter par l’exploitant", Text::as_str)
    }

    /// Returns the names of what it lacks, by their places in the file.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        let (help, data, access) = (&self.help, &self.data, &self.accessibility);
        [
            ("name", self.name.is_some()),
            ("logo", self.logo.is_some()),
            ("colours", self.colours.is_some()),
            ("help.telephone", help.telephone.is_some()),
            ("help.hours", help.hours.is_some()),
            ("help.mail", help.mail.is_some()),
            ("help.guides", !help.guides.is_empty()),
            ("publisher.name", self.publisher.name.is_some()),
            ("publisher.address", self.publisher.address.is_some()),
            ("publisher.telephone", self.publisher.telephone.is_some()),
            ("director", self.director.is_some()),
            ("host.name", self.host.name.is_some()),
            ("host.address", self.host.address.is_some()),
            ("host.telephone", self.host.telephone.is_some()),
            ("data.controller", data.controller.is_some()),
            ("data.officer", data.officer.is_some()),
            ("data.officerMail", data.officer_mail.is_some()),
            ("data.bases.accounts", data.bases.accounts.is_some()),
            ("data.bases.alerts", data.bases.alerts.is_some()),
            ("data.bases.security", data.bases.security.is_some()),
            ("accessibility.contact", access.contact.is_some()),
            ("accessibility.plan", access.plan.is_some()),
            ("accessibility.year", access.year.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, is_there)| (!is_there).then_some(name))
        .collect()
    }
}

impl std::str::FromStr for Operator {
    type Err = serde_json::Error;

    fn from_str(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }
}
