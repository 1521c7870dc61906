//! Refusals as people read them. Whatever a browser opens is answered by a French page that has a
//! way on; a program has problem+json.

use ::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName};

use jiff::Timestamp;

use super::{Problem, Reply, Request, page::plain_page, site::Site};

/// The words of a page about a refusal.
#[derive(Debug, PartialEq, Eq)]
pub struct Words {
    /// The heading.
    pub heading: &'static str,
    /// The reason, and a cure.
    pub text: &'static str,
    /// The address of a way on, and its name.
    pub way: (&'static str, &'static str),
}

const HOME: (&str, &str) = ("/", "Ouvrir mon compte");

impl Words {
    const fn home(heading: &'static str, text: &'static str) -> Self {
        Self {
            heading,
            text,
            way: HOME,
        }
    }

    fn of(problem: &Problem) -> &'static Self {
        problem.words.unwrap_or(match problem.status {
            401 => &SIGN_IN,
            403 => &FORBIDDEN,
            404 => &NOT_FOUND,
            405 => &METHOD,
            409 => &CONFLICT,
            410 => &EXPIRED,
            429 => &TOO_MANY,
            503 => &UNAVAILABLE,
            400..=499 => &UNREADABLE,
            _ => &FAILURE,
        })
    }
}

static SIGN_IN: Words = Words::home(
    "Connectez-vous d’abord",
    "Ouvrez votre compte et connectez-vous.",
);
static FORBIDDEN: Words = Words::home(
    "Ceci ne vous est pas ouvert",
    "Vos droits ont peut-être changé.",
);
static NOT_FOUND: Words = Words::home(
    "Cette page n’existe pas",
    "L’adresse a peut-être été mal copiée, ou ce qu’elle désigne n’existe plus.",
);
static METHOD: Words = Words::home(
    "Cette adresse ne s’ouvre pas ainsi",
    "Elle est faite pour un programme, ou pour le bouton d’une page. Reprenez le lien du message que vous avez reçu.",
);
static CONFLICT: Words = Words::home(
    "Réessayez",
    "Quelqu’un d’autre modifiait la même chose au même moment. Revenez en arrière et recommencez.",
);
static EXPIRED: Words = Words::home(
    "Ce lien n’est plus valable",
    "Il est trop ancien. Demandez-en un nouveau.",
);
static TOO_MANY: Words = Words::home(
    "Trop de demandes à la fois",
    "Attendez un moment, puis recommencez.",
);
static UNAVAILABLE: Words = Words::home(
    "Service momentanément indisponible",
    "Attendez un instant, puis rechargez la page.",
);
static UNREADABLE: Words = Words::home(
    "Cette demande n’a pas pu être lue",
    "Revenez en arrière et recommencez.",
);
static FAILURE: Words = Words::home(
    "Une erreur est survenue",
    "L’erreur a été enregistrée. Rechargez la page dans un moment.",
);

/// Returns the page of a refusal.
pub(super) fn page(problem: Problem, site: &Site, now: Timestamp) -> Reply {
    let Words { heading, text, way } = Words::of(&problem);
    let (address, name) = way;
    let content = format!("<p>{text}</p><p><a href=\"{address}\">{name}</a></p>");
    plain_page(site, now, heading, &content).refusing(problem)
}

/// True if somebody opened the address in a browser. A caller that sends a token or JSON is
/// a program, also where its library names HTML unasked, as Java's does.
pub(super) fn is_for_people(request: &Request) -> bool {
    let header = |name: HeaderName| request.header(name.as_str());
    let sends_json = header(CONTENT_TYPE).is_some_and(|sent| sent.contains("json"));
    header(AUTHORIZATION).is_none() && !sends_json && header(ACCEPT).is_some_and(is_wanted_as_page)
}

/// True if an `Accept` (RFC 9110, 12.5.1) names HTML, and JSON less or not at all, as
/// browsers do where they open an address. `*/*` is everybody's.
fn is_wanted_as_page(accept: &str) -> bool {
    let html = weight(accept, "text/html");
    html > weight(accept, "application/json") && html > weight(accept, "application/problem+json")
}

fn weight(accept: &str, wanted: &str) -> f32 {
    let named = accept.split(',').filter_map(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let is_wanted = parts.next()?.eq_ignore_ascii_case(wanted);
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        is_wanted.then(|| weight.map_or(Ok(1.0), str::parse).unwrap_or(0.0))
    });
    named.fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::is_wanted_as_page;

    #[test]
    fn browsers_want_a_page_and_programs_do_not() {
        for accept in [
            "text/html",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "text/html, application/json;q=0.5",
            "TEXT/HTML ; q=0.3",
        ] {
            assert!(is_wanted_as_page(accept), "{accept}");
        }
        for accept in [
            "",
            "*/*",
            "text/*",
            "application/json",
            "application/json, text/plain, */*",
            "application/json, text/html",
            "application/problem+json, text/html;q=0.9",
            "text/html;q=0",
            "text/html;q=nothing",
            "text/calendar",
        ] {
            assert!(!is_wanted_as_page(accept), "{accept}");
        }
    }
}
