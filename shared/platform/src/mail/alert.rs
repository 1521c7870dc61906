//! Alerts. What all recipients of one fact share is made once; only the greeting and the reason are made per recipient.

use jiff::Timestamp;
use serde_json::json;
use vigie_domain::{
    account::Account,
    consultation::{Consultation, Phase, Sight},
    preferences::Kind,
    text::one_line,
};

use super::{
    block::{Block, escape, harmless},
    date,
    news::{self, News},
    template::{ALERT, Template},
};
use crate::store::RecordedFact;

/// Longest subject, in characters (docs/contract.md).
const SUBJECT: usize = 200;
/// Longest reference, title and name in the body, in characters, and title beside the subject in a list of mails.
pub(super) const REFERENCE: usize = 100;
pub(super) const TITLE: usize = 300;
pub(super) const NAME: usize = 200;
const PREVIEW: usize = 100;

/// The reason for which an agent gets an alert.
#[derive(Clone, Copy, Debug)]
pub enum Why<'a> {
    /// It follows the consultation, wants the kind, and may see it for that reason.
    Follows(Sight),
    /// It stands in for an agent who is away.
    StandsIn(&'a Account),
}

impl Why<'_> {
    /// The sentence in the mail, and what its link to unsubscribe says.
    fn told(self, kind: Kind) -> (String, String) {
        match self {
            Self::Follows(sight) => (
                format!(
                    "Vous recevez cette alerte parce que {}, que cette consultation est dans vos favoris et que l’alerte «\u{a0}{}\u{a0}» est \
                     activée dans vos préférences.",
                    why(sight),
                    news::label(kind)
                ),
                "Ne plus recevoir ce type d’alerte".to_owned(),
            ),
            Self::StandsIn(absentee) => stands_in(absentee),
        }
    }
}

/// The addresses where one recipient acts without a login. Nothing in them has to be escaped in HTML.
#[derive(Clone, Default)]
pub struct Links {
    /// The page where the choice that the mail names is switched off.
    pub unsubscribe: String,
    /// The page where the consultation is followed no more; none for a delegate, whose mail says nothing of their own favourites.
    pub unfollow: Option<String>,
    /// The deadline for a calendar, if it lies ahead.
    pub calendar: Option<String>,
}

/// Label of the link that takes a consultation out of the favourites.
pub(super) const UNFOLLOW: &str = "Ne plus suivre cette consultation";

/// The same for whoever stands in.
pub(super) fn stands_in(absentee: &Account) -> (String, String) {
    let name = name(absentee);
    (
        format!(
            "Vous recevez cette alerte parce que vous avez accepté de remplacer {name} pendant son absence et que vous avez accès à cette consultation."
        ),
        format!("Ne plus remplacer {name}"),
    )
}

/// First and last name.
pub(super) fn name(account: &Account) -> String {
    format!("{} {}", account.contact.first_name, account.contact.last_name)
}

/// The alert about one fact, for any number of recipients.
pub struct Alert {
    /// The shared part of the data, JSON.
    shared: String,
    kind: Kind,
}

impl Alert {
    /// Writes the part that all recipients read. `None` if the fact gives rise to no alert of this kind.
    ///
    /// `portal_url` has no trailing slash and nothing that HTML would have to escape; `now` decides the time left.
    #[must_use]
    pub fn new(
        kind: Kind,
        consultation: &Consultation,
        entity_name: Option<&str>,
        recorded: &RecordedFact,
        portal_url: &str,
        now: Timestamp,
    ) -> Option<Self> {
        if recorded.fact.alert() != Some(kind) {
            return None;
        }
        let News { subject, heading, intro, summary, facts, actions, .. } = News::of(recorded, consultation, now)?;
        let title = harmless(consultation.title.as_str(), PREVIEW);
        let which = which(consultation, entity_name);
        let shared = json!({
            "subject": subject_line(consultation.reference.as_str(), &subject),
            "preheader": escape(&format!("{summary} – {title}")),
            "heading": heading,
            "intro": intro,
            "facts_html": facts.html,
            "facts_text": facts.text,
            "actions_html": actions.html,
            "actions_text": actions.text,
            "consultation_html": which.html,
            "consultation_text": which.text,
            "manage_url": format!("{}/alertes", escape(portal_url)),
            "favourite_url": format!("{}/favoris/{}", escape(portal_url), consultation.id),
        });
        Some(Self { shared: shared.to_string(), kind })
    }

    /// Returns the template that [`Alert::shared`] and [`Alert::data_for`] fill together.
    #[must_use]
    pub fn template(&self) -> &'static Template {
        &ALERT
    }

    /// The template's data that all recipients share, as JSON text.
    #[must_use]
    pub fn shared(&self) -> &str {
        &self.shared
    }

    /// The template's data that is one recipient's, as JSON text.
    #[must_use]
    pub fn data_for(&self, account: &Account, why: Why<'_>, links: &Links) -> String {
        let greeting = greeting(&account.contact.first_name, &account.contact.last_name);
        let (why, unsubscribe) = why.told(self.kind);
        let mut calendar = Block::default();
        if let Some(url) = &links.calendar {
            calendar.link("Ajouter la date limite à mon agenda", url);
        }
        let mut unfollow = Block::default();
        if let Some(url) = &links.unfollow {
            unfollow.beside(UNFOLLOW, url);
        }
        json!({
            "greeting_html": escape(&greeting),
            "greeting_text": greeting,
            "why_html": escape(&why),
            "why_text": why,
            "unsubscribe_html": escape(&unsubscribe),
            "unsubscribe_text": unsubscribe,
            "unsubscribe_url": links.unsubscribe,
            "unfollow_html": unfollow.html,
            "unfollow_text": unfollow.text,
            "calendar_html": calendar.html,
            "calendar_text": calendar.text,
        })
        .to_string()
    }
}

/// The reference gives way, what happened does not.
fn subject_line(reference: &str, what: &str) -> String {
    let room = SUBJECT - what.chars().count() - "[] ".len();
    let reference = one_line(reference, room);
    let reference = if reference.is_empty() { "sans référence" } else { &reference };
    format!("[{reference}] {what}")
}

/// Returns the block that says which consultation it is about.
pub(super) fn which(consultation: &Consultation, entity_name: Option<&str>) -> Block {
    let mut which = Block::default();
    which.row("Référence", &harmless(consultation.reference.as_str(), REFERENCE));
    which.row("Objet", &harmless(consultation.title.as_str(), TITLE));
    if let Some(entity) = entity_name {
        which.row("Entité", &harmless(entity, NAME));
    }
    which.row("Organisme", &harmless(consultation.organisation.as_str(), NAME));
    which.row("Phase", phase(consultation.phase));
    let deadline = consultation.submission_deadline.map_or_else(|| "non fixée".to_owned(), date::deadline);
    which.row("Date limite de remise des plis", &deadline);
    which
}

pub(super) fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Drafting => "Élaboration",
        Phase::Consultation => "Consultation",
        Phase::Opening => "Ouverture des plis",
        Phase::Decision => "Décision",
        Phase::Archived => "Archivée",
        Phase::Cancelled => "Annulée",
    }
}

/// « Vous recevez cette alerte parce que … »
pub(super) fn why(sight: Sight) -> &'static str {
    match sight {
        Sight::Author => "vous avez créé cette consultation",
        Sight::Guest => "vous êtes mentionné(e) comme invité(e) sur cette consultation",
        Sight::OwnEntity => "vous êtes invité(e) permanent(e) de votre entité",
        Sight::DependentEntity => "vous êtes invité(e) permanent(e) des entités qui dépendent de la vôtre",
        Sight::TransverseEntity => "vous êtes invité(e) permanent(e) des entités associées transversalement à la vôtre",
    }
}

/// The names are one line each already.
pub(super) fn greeting(first_name: &str, last_name: &str) -> String {
    format!("Bonjour {first_name} {last_name},")
}
