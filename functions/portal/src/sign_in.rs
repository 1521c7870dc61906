//! The stack's `OpenID` Connect issuer, at which agents sign in, as the pages need to know it.

use std::collections::BTreeSet;

use serde::Serialize;
use vigie_http::{Problem, site::escape};
use vigie_runtime::config::{ConfigError, optional, required};

/// The issuer.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    authority: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata_url: Option<String>,
    client_id: String,
    /// Parameters of the request to sign in, as a query, beside those of the protocol.
    #[serde(skip_serializing_if = "String::is_empty")]
    parameters: String,
    #[serde(skip)]
    origins: BTreeSet<String>,
}

impl SignIn {
    /// From `OIDC_AUTHORITY` (the issuer), `JWT_AUDIENCE` (the client) and, where needed,
    /// `OIDC_METADATA_URL` (the discovery document, if it is not at its place below the issuer) and
    /// `OIDC_ORIGINS` (where else browsers ask for metadata and tokens, separated by spaces:
    /// Cognito gives tokens at the pool's domain, not at the issuer). `OIDC_PARAMETERS` is what a
    /// sign-in asks for beside: `scope`, `acr_values`, `prompt`, as a query.
    ///
    /// # Errors
    /// One of them is missing or not a safe address.
    pub fn from_env() -> Result<Self, ConfigError> {
        let origins = optional("OIDC_ORIGINS").unwrap_or_default();
        let issuer = Self::new(
            &required("OIDC_AUTHORITY")?,
            optional("OIDC_METADATA_URL").as_deref(),
            &required("JWT_AUDIENCE")?,
            &origins,
        )?;
        Ok(issuer.asking(&optional("OIDC_PARAMETERS").unwrap_or_default()))
    }

    /// Asks the issuer with further parameters.
    #[must_use]
    pub fn asking(self, parameters: &str) -> Self {
        Self {
            parameters: parameters.to_owned(),
            ..self
        }
    }

    /// From its parts.
    ///
    /// # Errors
    /// An address is not a safe one.
    pub fn new(
        authority: &str,
        metadata_url: Option<&str>,
        client_id: &str,
        origins: &str,
    ) -> Result<Self, ConfigError> {
        let named = [
            Some(("OIDC_AUTHORITY", authority)),
            metadata_url.map(|url| ("OIDC_METADATA_URL", url)),
        ];
        let named = named
            .into_iter()
            .flatten()
            .chain(origins.split_whitespace().map(|url| ("OIDC_ORIGINS", url)));
        let origins = named
            .map(|(name, url)| origin(url).ok_or_else(|| ConfigError::unreadable(name)))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            authority: authority.to_owned(),
            metadata_url: metadata_url.map(str::to_owned),
            client_id: client_id.to_owned(),
            parameters: String::new(),
            origins,
        })
    }

    /// Returns it as JSON that can stand in an attribute of HTML.
    pub(crate) fn attribute(&self) -> Result<String, Problem> {
        let json = serde_json::to_string(self).map_err(|e| Problem::internal(e.to_string()))?;
        Ok(escape(&json))
    }

    /// The origins that a page which signs in must reach, separated by spaces.
    pub(crate) fn origins(&self) -> String {
        self.origins
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// Scheme, host and port of an address. None for what does not belong into a
/// Content-Security-Policy or would send tokens in the clear: without TLS only this machine is
/// reached.
fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let place = rest.split(['/', '?', '#']).next()?;
    let (host, port) = place.split_once(':').unwrap_or((place, "0"));
    let local = matches!(host, "localhost" | "127.0.0.1") || host.ends_with(".localhost");
    let safe = !host.is_empty()
        && host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
        && port.parse::<u16>().is_ok()
        && (scheme == "https" || (scheme == "http" && local));
    safe.then(|| format!("{scheme}://{place}"))
}

#[cfg(test)]
mod tests {
    use super::origin;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        assert_eq!(
            origin("https://issuer.example/realms/a?b#c").as_deref(),
            Some("https://issuer.example")
        );
        assert_eq!(
            origin("https://issuer.example:8443").as_deref(),
            Some("https://issuer.example:8443")
        );
        assert_eq!(
            origin("http://127.0.0.1:4566/pool").as_deref(),
            Some("http://127.0.0.1:4566")
        );
        assert_eq!(
            origin("http://a1b2c3d4.execute-api.localhost:4566/").as_deref(),
            Some("http://a1b2c3d4.execute-api.localhost:4566")
        );
    }

    #[test]
    fn what_would_loosen_the_policy_is_no_origin() {
        for url in [
            "",
            "issuer.example",
            "https://",
            "https://*",
            "https://*.example",
            "https://issuer.example; script-src *",
            "https://issuer.example 'unsafe-inline'",
            "https://me@issuer.example",
            "https://issuer.example:port",
            "javascript://issuer.example",
            "http://issuer.example",
            "http://localhost.example",
        ] {
            assert_eq!(origin(url), None, "{url}");
        }
    }
}
