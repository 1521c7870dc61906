//! Unsubscribing from the mail itself (RFC 8058). Opening the link shows a page and changes nothing; its button, or the mail
//! program's, sends `List-Unsubscribe=One-Click`, which switches one kind of alert off and can do nothing else.

use std::collections::BTreeSet;

use vigie_domain::{
    token::Purpose,
    unsubscribe::{Unsubscribe, What},
};
use vigie_platform::{
    http::{self, Call, Problem, Reply},
    mail,
    store::StoreError,
};

use crate::Preferences;

/// What RFC 8058 has mail programs send.
const FIELD: (&str, &str) = ("List-Unsubscribe", "One-Click");

const NOT_ASKED: &str =
    "L’accord dont parle ce message n’est plus en cours. Si vous remplacez encore ce collègue, utilisez le lien d’un message plus récent.";

/// What a page says of a link.
struct Words {
    button: &'static str,
    /// What the button does.
    does: String,
    /// What it did.
    done: String,
    hint: &'static str,
}

impl Words {
    fn of(what: &What) -> Self {
        const OTHERS_STAY: &str = "Vos autres alertes restent comme elles sont.";
        const OTHERS: &str = "Vos autres alertes restent comme elles sont. Vous pourrez réactiver celle-ci dans vos préférences.";
        match what {
            What::Kind(kind) => Self {
                button: "Ne plus recevoir cette alerte",
                does: format!("Ce bouton désactive l’alerte «\u{a0}{}\u{a0}» pour votre compte.", mail::label(*kind)),
                done: format!(
                    "L’alerte «\u{a0}{}\u{a0}» est désactivée. Vos autres alertes restent comme elles sont\u{a0}; vous pouvez la réactiver dans vos préférences.",
                    mail::label(*kind)
                ),
                hint: OTHERS,
            },
            What::Told { kinds, daily } => {
                let named: Vec<_> = kinds.iter().map(|kind| format!("«\u{a0}{}\u{a0}»", mail::label(*kind))).collect();
                let named = named.join(", ");
                let (and, also) = if *daily {
                    (", ainsi que toutes celles que votre compte reçoit une fois par jour", " Les autres alertes quotidiennes aussi.")
                } else {
                    ("", "")
                };
                Self {
                    button: if *daily { "Ne plus recevoir d’alertes quotidiennes" } else { "Ne plus recevoir ces alertes" },
                    does: format!("Ce bouton désactive pour votre compte les alertes de ce message\u{a0}: {named}{and}."),
                    done: format!("Ces alertes sont désactivées\u{a0}: {named}.{also} Vous pouvez les réactiver dans vos préférences."),
                    hint: OTHERS_STAY,
                }
            }
            What::Daily => Self {
                button: "Ne plus recevoir d’alertes quotidiennes",
                does: "Ce bouton désactive toutes les alertes que votre compte reçoit une fois par jour.".to_owned(),
                done: "Les alertes quotidiennes sont désactivées. Vous pouvez les réactiver dans vos préférences.".to_owned(),
                hint: OTHERS_STAY,
            },
            What::StandingIn(_) | What::Delegation(_) => Self {
                button: "Ne plus remplacer ce collègue",
                does: "Ce bouton met fin à votre accord\u{a0}: vous ne recevrez plus les alertes du collègue que vous remplacez."
                    .to_owned(),
                done: "Vous ne recevrez plus les alertes de ce collègue. Elles lui seront gardées pour son retour.".to_owned(),
                hint: "Vos propres alertes restent comme elles sont.",
            },
        }
    }
}

impl Preferences {
    /// `GET /v1/unsubscribe/{token}`: a page with a button. Nothing is read but the token.
    pub(crate) fn show_unsubscribe(&self, call: &Call) -> Result<Reply, Problem> {
        let Words { button, does, hint, .. } = Words::of(&self.link(call)?.what);
        let form = format!(
            "<p>{does}</p><p>{hint}</p><form method=\"post\"><input type=\"hidden\" name=\"{}\" value=\"{}\">\
             <p><button type=\"submit\">{button}</button></p></form>",
            FIELD.0, FIELD.1
        );
        Ok(page(button, &form))
    }

    /// `POST /v1/unsubscribe/{token}`: switches off; again changes nothing.
    pub(crate) async fn unsubscribe(&self, call: &Call) -> Result<Reply, Problem> {
        let link = self.link(call)?;
        if !call.says(FIELD) {
            return Err(Problem::invalid_field(FIELD.0, "One-Click is needed"));
        }
        let done = match &link.what {
            What::Kind(kind) => self.store.switch_off(&link.account, &BTreeSet::from([*kind])).await,
            What::Told { kinds, daily: false } => self.store.switch_off(&link.account, kinds).await,
            What::Told { kinds, daily: true } => self.store.switch_off_daily(&link.account, kinds).await,
            What::Daily => self.store.switch_off_daily(&link.account, &BTreeSet::new()).await,
            What::StandingIn(delegate) => match self.store.stand_down(&link.account, delegate).await {
                // It does not ask that colleague any more: then it is off.
                Err(StoreError::Refused) => Ok(()),
                other => other,
            },
            What::Delegation(request) => match self.store.agree_to_stand_in(&link.account, request, false).await {
                // It asks for something else by now: nothing was taken back, and nobody may be told that it was.
                Err(StoreError::Refused) => return Ok(page("Ce lien ne vaut plus", &format!("<p>{NOT_ASKED}</p>"))),
                other => other,
            },
        };
        done.map_err(|e| match e {
            // Erased since.
            StoreError::Refused => Problem::not_found(),
            e => e.into(),
        })?;
        Ok(page("C’est fait", &format!("<p>{}</p>", Words::of(&link.what).done)))
    }

    fn link(&self, call: &Call) -> Result<Unsubscribe, Problem> {
        let token = self.tokens.verify(Purpose::Unsubscribe, call.parameter("token")).ok_or_else(Problem::not_found)?;
        let link = Unsubscribe::of(&token).ok_or_else(Problem::not_found)?;
        if link.has_expired(call.now) {
            return Err(Problem::new(410, "token-expired", "The link is too old", "Choose alerts on the portal."));
        }
        Ok(link)
    }
}

/// A page without a script; its texts are ours.
fn page(heading: &str, content: &str) -> Reply {
    let html = format!(
        "<!doctype html>\n<html lang=\"fr\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>{heading} – Vigie</title>\n\
         <link rel=\"icon\" href=\"/assets/icon.svg\" type=\"image/svg+xml\">\n<link rel=\"stylesheet\" href=\"/assets/style.css\">\n</head>\n\
         <body>\n<header>\n<p class=\"brand\"><a href=\"/\">Vigie</a></p>\n</header>\n<main>\n<h1>{heading}</h1>\n{content}\n</main>\n\
         <footer>\n<p>Cette page ne dépose aucun cookie et ne fait appel à aucun site tiers.</p>\n</footer>\n</body>\n</html>\n"
    );
    http::page(html, "style-src 'self'; img-src 'self'; form-action 'self'")
}
