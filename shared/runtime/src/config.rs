//! The environment that the template gives a function. Nothing else is read from it.

use std::fmt;

/// The stage that a process runs in. Without one it does not start, so that a `bootstrap` started
/// by hand never reaches AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage(String);

impl Stage {
    /// True if everything must be an emulator's.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.0 == "local"
    }
}

/// A variable that is missing or unusable. Names the variable, never its value.
#[derive(Debug)]
pub struct ConfigError(String);

impl ConfigError {
    /// Something named by a variable cannot be read.
    #[must_use]
    pub fn unreadable(what: &str) -> Self {
        Self(format!("{what} cannot be read"))
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

/// The variables, with the safety rules about them already applied.
#[derive(Clone, Debug)]
pub struct Config {
    /// `VIGIE_STAGE`.
    pub stage: Stage,
    /// `AWS_REGION`.
    pub region: String,
    /// `AWS_ENDPOINT_URL`, where all services answer unless they have one of their own.
    pub endpoint: Option<String>,
}

impl Config {
    /// A local stage, all of whose services answer at this endpoint.
    #[must_use]
    pub fn local(endpoint: &str) -> Self {
        Self {
            stage: Stage("local".to_owned()),
            region: "eu-west-3".to_owned(),
            endpoint: Some(endpoint.to_owned()),
        }
    }

    /// Reads the environment.
    ///
    /// # Errors
    /// No stage, a local stage without an endpoint, or no region.
    pub fn from_env() -> Result<Self, ConfigError> {
        let stage = Stage(required("VIGIE_STAGE")?);
        let endpoint = optional("AWS_ENDPOINT_URL");
        if stage.is_local() && endpoint.is_none() {
            return Err(ConfigError(
                "VIGIE_STAGE is local but AWS_ENDPOINT_URL is not set: refusing to start rather than call AWS".to_owned(),
            ));
        }
        let region = required("AWS_REGION")?;
        Ok(Self {
            stage,
            region,
            endpoint,
        })
    }

    /// The endpoint of one service: its own variable (`AWS_ENDPOINT_URL_<SERVICE>`) before the
    /// common one.
    #[must_use]
    pub fn endpoint_of(&self, service: &str) -> Option<String> {
        optional(&format!("AWS_ENDPOINT_URL_{service}")).or_else(|| self.endpoint.clone())
    }
}

/// A variable that must be there and not be empty.
///
/// # Errors
/// It is not.
pub fn required(name: &str) -> Result<String, ConfigError> {
    optional(name).ok_or_else(|| ConfigError(format!("{name} is not set")))
}

/// A variable, unless absent or empty.
#[must_use]
pub fn optional(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A number that must be there and be at least 1.
///
/// # Errors
/// It is not.
pub fn required_number(name: &str) -> Result<u32, ConfigError> {
    match required(name)?.parse() {
        Ok(number) if number >= 1 => Ok(number),
        _ => Err(ConfigError(format!("{name} is not a number above zero"))),
    }
}
