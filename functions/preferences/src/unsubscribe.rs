//! Unsubscribing from the mail itself (RFC 8058). Opening the link shows a page and changes nothing; its button, or the mail
//! program's, sends `List-Unsubscribe=One-Click`, which switches one kind of alert off and can do nothing else.

use vigie_domain::{token::Purpose, unsubscribe::Unsubscribe};
use vigie_platform::{
    http::{
        Call, Problem, Reply,
        header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY},
    },
    mail,
    store::StoreError,
};

use crate::Preferences;

/// What RFC 8058 has mail programs send.
const FIELD: (&str, &str) = ("List-Unsubscribe", "One-Click");

impl Preferences {
    /// `GET /v1/unsubscribe/{token}`: a page with a button. Nothing is read but the token.
    pub(crate) fn show_unsubscribe(&self, call: &Call) -> Result<Reply, Problem> {
        let link = self.link(call)?;
        let what = format!("<p>Ce bouton désactive l’alerte «\u{a0}{}\u{a0}» pour votre compte.</p>", mail::label(link.kind));
        let form = format!(
            "<form method=\"post\"><input type=\"hidden\" name=\"{}\" value=\"{}\">\
             <p><button type=\"submit\">Ne plus recevoir cette alerte</button></p></form>",
            FIELD.0, FIELD.1
        );
        let hint = "<p>Vos autres alertes restent comme elles sont. Vous pourrez réactiver celle-ci dans vos préférences.</p>";
        Ok(page("Ne plus recevoir cette alerte", &[what.as_str(), hint, form.as_str()].concat()))
    }

    /// `POST /v1/unsubscribe/{token}`: switches the kind off; again changes nothing.
    pub(crate) async fn unsubscribe(&self, call: &Call) -> Result<Reply, Problem> {
        let link = self.link(call)?;
        if !call.form_says(FIELD)? {
            return Err(Problem::invalid_field(FIELD.0, "One-Click is needed"));
        }
        self.store.switch_off(&link.account, link.kind).await.map_err(|e| match e {
            // Erased since.
            StoreError::Refused => Problem::not_found(),
            e => e.into(),
        })?;
        let what = format!(
            "<p>L’alerte «\u{a0}{}\u{a0}» est désactivée. Vos autres alertes restent comme elles sont\u{a0}; vous pouvez la réactiver dans vos préférences.</p>",
            mail::label(link.kind)
        );
        Ok(page("C’est fait", &what))
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
    let policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    Reply::bytes(200, "text/html; charset=utf-8", html).with(CONTENT_SECURITY_POLICY, policy).with(REFERRER_POLICY, "no-referrer")
}
