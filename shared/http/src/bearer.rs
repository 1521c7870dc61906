//! The bearer of a token: a person, or a portal's program.

use std::collections::{BTreeSet, HashMap};

use vigie_domain::id::{EntityId, LoginId};

/// The scope that a portal's program has, and nobody else: by it a token opens the events' door and
/// no other.
pub const EVENTS: &str = "vigie/events";

/// The claim by which an issuer holds a program to some organisations, by their roots' ids.
const ORGANISATIONS: &str = "vigie_organisations";

/// The bearer of a token that API Gateway's authorizer vouched for. Its checks (signature, issuer,
/// expiry, one of the audiences) are not repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bearer {
    /// Nobody: there is no token, or it names nobody.
    Nobody,
    /// A person who signed in.
    Login(LoginId),
    /// A portal's program.
    Machine(Machine),
    /// A token that is neither a person's nor a program's by all its signs: it opens nothing.
    Neither,
}

/// A portal's program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Its client at the issuer, where the token names it.
    pub client: Option<String>,
    /// The organisations that the issuer holds it to; none if it holds it to none.
    pub organisations: Option<BTreeSet<EntityId>>,
}

impl Bearer {
    /// Reads the claims of a token; `audience` is that of people's.
    pub(crate) fn of(claims: &HashMap<String, String>, audience: &str) -> Self {
        let claim = |name: &str| claims.get(name).filter(|claim| !claim.is_empty());
        let (Some(issuer), Some(subject)) = (claim("iss"), claim("sub")) else {
            return Self::Nobody;
        };
        let carries =
            |name: &str| claim(name).is_some_and(|claim| words(claim).any(|w| w == EVENTS));
        let is_scoped = carries("scope") || carries("scp");
        // Cognito's access tokens name their client in place of an audience.
        let intended = claim("aud").or_else(|| claim("client_id"));
        let is_peoples = intended
            .is_some_and(|intended| intended == audience || words(intended).any(|w| w == audience));
        match (is_peoples, is_scoped) {
            (true, false) => Self::Login(LoginId::new(issuer, subject)),
            (false, true) => Self::Machine(Machine {
                client: claim("client_id").or_else(|| claim("azp")).cloned(),
                organisations: claims.get(ORGANISATIONS).map(|held| {
                    let held = words(held).filter_map(|id| EntityId::parse(id).ok());
                    held.collect()
                }),
            }),
            _ => Self::Neither,
        }
    }
}

/// The words of a claim: separated by spaces, or a list as API Gateway (`[a b]`) or others
/// (`["a","b"]`) make a text of it.
fn words(claim: &str) -> impl Iterator<Item = &str> {
    let between = |c: char| c.is_whitespace() || matches!(c, '[' | ']' | '"' | ',');
    claim.split(between).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(claims: &[(&str, &str)]) -> Bearer {
        let who = [("iss", "https://issuer.test"), ("sub", "s")];
        let claims = who.iter().chain(claims);
        let claims = claims.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Bearer::of(&claims.collect(), "people")
    }

    fn is_machine(claims: &[(&str, &str)]) -> bool {
        matches!(bearer(claims), Bearer::Machine(_))
    }

    #[test]
    fn a_login_has_the_audience_of_people_and_not_the_scope_of_machines() {
        for claims in [
            &[("aud", "people")][..],
            &[("client_id", "people")],
            &[("aud", "[account people]")],
            &[("aud", "people"), ("scope", "openid email")],
            &[
                ("aud", "people"),
                ("scope", "vigie/events.read xvigie/events"),
            ],
            &[("aud", "people"), ("client_id", "another")],
        ] {
            assert!(matches!(bearer(claims), Bearer::Login(_)), "{claims:?}");
        }
    }

    #[test]
    fn a_machine_has_the_scope_in_any_spelling_and_another_audience() {
        for claims in [
            &[("client_id", "portal"), ("scope", "vigie/events")][..],
            &[("aud", "machines"), ("scope", "openid vigie/events")],
            &[("aud", "machines"), ("scp", "[vigie/events other]")],
            &[("aud", "machines"), ("scp", "[\"other\",\"vigie/events\"]")],
        ] {
            assert!(is_machine(claims), "{claims:?}");
        }
    }

    #[test]
    fn a_token_that_is_not_wholly_one_or_the_other_is_neither() {
        for claims in [
            &[][..],
            &[("aud", "machines")],
            &[("aud", "machines"), ("client_id", "people")],
            &[("aud", "people-too")],
            &[("client_id", "portal"), ("scope", "vigie/other")],
            &[("aud", "people"), ("scope", "vigie/events")],
            &[("aud", "people"), ("scp", "[vigie/events]")],
            &[("aud", "[people machines]"), ("scope", "vigie/events")],
        ] {
            assert_eq!(bearer(claims), Bearer::Neither, "{claims:?}");
        }
    }

    #[test]
    fn a_machine_is_held_to_the_organisations_that_its_issuer_names_and_to_none_it_does_not() {
        let held = |claim: Option<&str>| {
            let claim = claim.map(|claim| (ORGANISATIONS, claim));
            let claims: Vec<_> = [("client_id", "portal"), ("scope", EVENTS)]
                .into_iter()
                .chain(claim)
                .collect();
            let Bearer::Machine(machine) = bearer(&claims) else {
                panic!("no machine");
            };
            let ids = |held: BTreeSet<EntityId>| held.into_iter().map(String::from).collect();
            machine.organisations.map(ids)
        };
        assert_eq!(held(None), None);
        let both: Option<Vec<String>> = Some(vec!["EMS".to_owned(), "LYON".to_owned()]);
        assert_eq!(held(Some("[EMS LYON]")), both);
        assert_eq!(held(Some("EMS a#b LYON")), both);
        assert_eq!(held(Some("")), Some(Vec::new()));
    }
}
