//! Unsubscribing from the mail itself (RFC 8058). Opening the link shows a page and changes
//! nothing; its button, or the mail program's, sends `List-Unsubscribe=One-Click`, which switches
//! off what the mail said and can do nothing else. Where that was following a consultation, the
//! page that answers has another link's button, which takes it back.

use std::collections::BTreeSet;

use jiff::Timestamp;
use vigie_domain::{
    delivery::{
        asked::Asked,
        unsubscribe::{Choice, Unsubscribe},
    },
    id::ConsultationId,
    token::Purpose,
};
use vigie_http::{Call, Problem, Reply, refusal::Words};
use vigie_mail as mail;
use vigie_runtime::again::Tries;
use vigie_store::StoreError;

use crate::Preferences;

/// The field that mail programs send (RFC 8058).
const FIELD: (&str, &str) = ("List-Unsubscribe", "One-Click");

static GONE: Words = Words {
    heading: "Ce lien n’est plus valable",
    text: "Il est trop ancien, il a été mal copié, ou le compte n’existe plus. Vos alertes se choisissent sur la page de votre compte.",
    way: ("/alertes", "Choisir mes alertes"),
};

fn gone() -> Problem {
    Problem::not_found().in_words(&GONE)
}

const TO_FAVOURITES: &str = "<p><a href=\"/favoris\">Ouvrir mes favoris</a></p>";

const TO_ALERTS: &str = "<p><a href=\"/alertes\">Choisir mes alertes</a></p>";

const NOTHING_LEFT: &str = "Cette consultation n’est plus suivie par ce service. Si elle y figure encore, ajoutez-la à vos favoris.";

const FOLLOWED_SINCE: &str = "Depuis ce message, vous avez de nouveau ajouté cette consultation à vos favoris\u{a0}: elle y reste. Vous pouvez l’en \
                              retirer dans vos favoris, ou par le lien d’un message plus récent.";

const UNDO: &str = "Annuler\u{a0}: suivre de nouveau cette consultation";

const OTHER_CONSULTATIONS: &str =
    "Les alertes de vos autres consultations restent comme elles sont.";

/// A page's words about a link that works.
struct Said {
    button: &'static str,
    /// The effect of the button.
    does: String,
    /// The effect, once it was pressed.
    done: String,
    hint: &'static str,
}

impl Said {
    fn of(choice: &Choice) -> Self {
        const OTHERS_STAY: &str = "Vos autres alertes restent comme elles sont.";
        const OTHERS: &str = "Vos autres alertes restent comme elles sont. Vous pourrez réactiver celle-ci dans vos préférences.";
        match choice {
            Choice::Kind(kind) => Self {
                button: "Ne plus recevoir cette alerte",
                does: format!("Ce bouton désactive l’alerte «\u{a0}{}\u{a0}» pour votre compte.", mail::label(*kind)),
                done: format!(
                    "L’alerte «\u{a0}{}\u{a0}» est désactivée. Vos autres alertes restent comme elles sont\u{a0}; vous pouvez la réactiver dans vos préférences.",
                    mail::label(*kind)
                ),
                hint: OTHERS,
            },
            Choice::Consultation(_) => Self {
                button: "Ne plus suivre cette consultation",
                does: "Ce bouton retire la consultation de vos favoris\u{a0}: vous ne recevrez plus aucune alerte à son sujet, et aucune règle \
                       automatique ne l’y remettra."
                    .to_owned(),
                done: "Cette consultation n’est plus dans vos favoris\u{a0}: vous ne recevrez plus aucune alerte à son sujet.".to_owned(),
                hint: OTHER_CONSULTATIONS,
            },
            Choice::ConsultationAgain { .. } => Self {
                button: UNDO,
                does: "Ce bouton remet la consultation dans vos favoris.".to_owned(),
                done: "Cette consultation est de nouveau dans vos favoris\u{a0}: ses alertes vous parviendront comme avant.".to_owned(),
                hint: OTHER_CONSULTATIONS,
            },
            Choice::Told { kinds, daily } => {
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
            Choice::Asked(asked) => {
                let asked = if *asked == Asked::Delegation { "de remplacement" } else { "d’association de comptes" };
                Self {
                    button: "Ne plus recevoir de telles demandes",
                    does: format!("Ce bouton refuse pour votre compte toute demande {asked}\u{a0}: personne n’en sera averti."),
                    done: format!("Vous ne recevrez plus de demande {asked}. Vos comptes associés restent comme ils sont."),
                    hint: "Vos alertes restent comme elles sont.",
                }
            }
            Choice::StandingIn(_) => Self {
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
    /// `GET /v1/unsubscribe/{token}`: a page with a button. No table is read: the token says all.
    pub(crate) async fn show_unsubscribe(&self, call: &Call) -> Result<Reply, Problem> {
        let Said {
            button, does, hint, ..
        } = Said::of(&self.link(call).await?.choice);
        Ok(call.page(
            button,
            &format!("<p>{does}</p><p>{hint}</p>{}", form(button, "")),
        ))
    }

    /// `POST /v1/unsubscribe/{token}`: switches off; again changes nothing.
    pub(crate) async fn unsubscribe(&self, call: &Call) -> Result<Reply, Problem> {
        let link = self.link(call).await?;
        if !call.says(FIELD) {
            return Err(Problem::invalid_field(FIELD.0, "One-Click is needed"));
        }
        let done = match &link.choice {
            Choice::Consultation(consultation) => {
                return self.unfollow(&link, consultation, call).await;
            }
            Choice::ConsultationAgain {
                consultation,
                since,
            } => return self.follow_again(&link, consultation, *since, call).await,
            Choice::Kind(kind) => {
                self.store
                    .alerts_switch_off(&link.account, &BTreeSet::from([*kind]))
                    .await
            }
            Choice::Told {
                kinds,
                daily: false,
            } => self.store.alerts_switch_off(&link.account, kinds).await,
            Choice::Told { kinds, daily: true } => {
                self.store
                    .alerts_switch_off_with_daily(&link.account, kinds)
                    .await
            }
            Choice::Asked(Asked::Delegation) => {
                self.store
                    .account_refuse_delegations(&link.account, true)
                    .await
            }
            Choice::Asked(_) => {
                self.store
                    .account_refuse_link_requests(&link.account, true)
                    .await
            }
            Choice::StandingIn(delegate) => {
                match self.store.absence_stand_down(&link.account, delegate).await {
                    // It does not ask that colleague any more: then it is off.
                    Err(StoreError::Refused) => Ok(()),
                    other => other,
                }
            }
        };
        done.map_err(|e| match e {
            // Erased since.
            StoreError::Refused => gone(),
            e => e.into(),
        })?;
        Ok(call.page(
            "C’est fait",
            &format!("<p>{}</p>{TO_ALERTS}", Said::of(&link.choice).done),
        ))
    }

    /// Takes the star away that was there when the mail went, over or out of sight as the
    /// consultation may be, and offers to put it back as it was: to whoever pressed while it was
    /// there, and to nobody who presses again.
    async fn unfollow(
        &self,
        link: &Unsubscribe,
        consultation: &ConsultationId,
        call: &Call,
    ) -> Result<Reply, Problem> {
        let account = &link.account;
        self.store.account_read(account).await?.ok_or_else(gone)?;
        let done = Said::of(&link.choice).done;
        let page = |undo: &str| {
            Ok(call.page(
                "C’est fait",
                &format!("<p>{done}</p>{undo}{}", to_favourites(consultation)),
            ))
        };
        // It may be pressed twice at once.
        let mut tries = Tries::default();
        loop {
            tries.begin()?;
            let Some(star) = self.store.favourite_read(consultation, account).await? else {
                // One that cannot be read goes too.
                self.store.favourite_remove(consultation, account).await?;
                return page("");
            };
            if link.was_mailed_before(star.since) {
                return Ok(call.page(
                    "Ce lien ne vaut plus",
                    &format!("<p>{FOLLOWED_SINCE}</p>{}", to_favourites(consultation)),
                ));
            }
            let again = Choice::ConsultationAgain {
                consultation: consultation.clone(),
                since: star.since,
            };
            let undo = Unsubscribe::new(account.clone(), again, call.now);
            if self
                .store
                .favourite_suspend(account, &star, undo.expires_at())
                .await?
            {
                // Beside this page's own address, wherever that is.
                let keys = self.tokens.keys().await?;
                let form = |token| form(UNDO, &format!(" action=\"{}\"", keys.sign(&token)));
                return page(&undo.token().map(form).unwrap_or_default());
            }
        }
    }

    async fn follow_again(
        &self,
        link: &Unsubscribe,
        consultation: &ConsultationId,
        since: Timestamp,
        call: &Call,
    ) -> Result<Reply, Problem> {
        self.store
            .account_read(&link.account)
            .await?
            .ok_or_else(gone)?;
        let restored = self
            .store
            .favourite_restore(consultation, &link.account, since)
            .await;
        match restored {
            // The consultation went meanwhile, or was never followed, or something else was chosen
            // since.
            Err(StoreError::Refused) => Ok(call.page(
                "Ce lien ne vaut plus",
                &format!("<p>{NOTHING_LEFT}</p>{TO_FAVOURITES}"),
            )),
            done => {
                done?;
                let done = Said::of(&link.choice).done;
                Ok(call.page(
                    "C’est fait",
                    &format!("<p>{done}</p>{}", to_favourites(consultation)),
                ))
            }
        }
    }

    async fn link(&self, call: &Call) -> Result<Unsubscribe, Problem> {
        let token = self
            .tokens
            .verify(Purpose::Unsubscribe, call.parameter("token"))
            .await?
            .ok_or_else(gone)?;
        let link = Unsubscribe::of(&token).ok_or_else(gone)?;
        if link.has_expired(call.now) {
            return Err(Problem::new(
                410,
                "token-expired",
                "The link is too old",
                "Choose alerts on the portal.",
            )
            .in_words(&GONE));
        }
        Ok(link)
    }
}

/// The button that acts; `action` is an attribute, or none where it acts on the page's own address.
fn form(button: &str, action: &str) -> String {
    format!(
        "<form method=\"post\"{action}><input type=\"hidden\" name=\"{}\" value=\"{}\">\
         <p><button type=\"submit\">{button}</button></p></form>",
        FIELD.0, FIELD.1
    )
}

fn to_favourites(consultation: &ConsultationId) -> String {
    format!(
        "<p><a href=\"/favoris/{consultation}\">Voir cette consultation dans mon compte</a></p>"
    )
}
