//! Alerts. What all recipients of one fact share is made and sent once: a recipient's own are the
//! greeting, the addresses of the links, and the reason, where it is not the usual one.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use vigie_domain::{
    account::{Account, preferences::Kind},
    consultation::{Consultation, Phase, Sight, fact::RecordedFact},
    text::one_line,
};

use super::{
    block::{Block, escape, harmless},
    date,
    letterhead::Letterhead,
    news::{self, News},
    template::{ALERT, Template},
};

/// Longest subject, in characters (docs/contract.md).
const SUBJECT: usize = 200;
/// Longest reference, title and name in the body, in characters, and title beside the subject in a
/// list of mails.
pub(super) const REFERENCE: usize = 100;
pub(super) const TITLE: usize = 300;
pub(super) const NAME: usize = 200;
const PREVIEW: usize = 100;

/// The reason for which an agent gets an alert.
#[derive(Clone, Copy, Debug)]
pub enum Why<'a> {
    /// They follow the consultation, want the kind, and may see it for that reason.
    Follows(Sight),
    /// They stand in for an agent who is away.
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

/// The addresses where one recipient acts without a login. Nothing in them has to be escaped in
/// HTML.
#[derive(Clone, Default)]
pub struct Links {
    /// The page where the choice that the mail names is switched off.
    pub unsubscribe: String,
    /// The page where the consultation is followed no more; none for a delegate, whose mail says
    /// nothing of their own favourites.
    pub unfollow: Option<String>,
    /// The deadline for a calendar, if it lies ahead.
    pub calendar: Option<String>,
}

/// Label of the link that takes a consultation out of the favourites.
pub(super) const UNFOLLOW: &str = "Ne plus suivre cette consultation";

/// Reason of a delegate's mail, and label of the link that ends standing in.
pub(super) fn stands_in(absentee: &Account) -> (String, String) {
    let name = absentee.contact.full_name();
    (
        format!(
            "Vous recevez cette alerte parce que vous avez accepté de remplacer {name} pendant son absence et que vous avez accès à cette consultation."
        ),
        format!("Ne plus remplacer {name}"),
    )
}

/// A link whose address is each recipient's own: the keys of what stands before and behind it, as
/// HTML and as text.
type Pieces = [&'static str; 4];
const UNFOLLOW_PIECES: Pieces = [
    "unfollow_before_html",
    "unfollow_after_html",
    "unfollow_before_text",
    "unfollow_after_text",
];
const CALENDAR_PIECES: Pieces = [
    "calendar_before_html",
    "calendar_after_html",
    "calendar_before_text",
    "calendar_after_text",
];

/// Stands for such an address while its block is written.
const ADDRESS: &str = "\0";

/// The alert about one fact, for any number of recipients.
pub struct Alert {
    /// The shared part of the data.
    shared: Map<String, Value>,
    kind: Kind,
    /// The reason that the shared part gives.
    usual: Option<Sight>,
}

impl Alert {
    /// Writes the part that all recipients read. `None` if the fact gives rise to no alert of this
    /// kind.
    ///
    /// `now` decides the time left.
    #[must_use]
    pub fn new(
        kind: Kind,
        consultation: &Consultation,
        entity_name: Option<&str>,
        recorded: &RecordedFact,
        letterhead: &Letterhead,
        now: Timestamp,
    ) -> Option<Self> {
        if recorded.fact.alert() != Some(kind) {
            return None;
        }
        let News {
            subject,
            heading,
            intro,
            summary,
            facts,
            actions,
            ..
        } = News::of(recorded, consultation, now)?;
        let title = harmless(consultation.title.as_str(), PREVIEW);
        let portal_url = &letterhead.portal_url;
        let which = which(consultation, entity_name);
        let mut unfollow = Block::default();
        unfollow.beside(UNFOLLOW, ADDRESS);
        let mut calendar = Block::default();
        if consultation.deadline_ahead(now).is_some() {
            calendar.link("Ajouter la date limite à mon agenda", ADDRESS);
        }
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
        let Value::Object(mut shared) = shared else {
            return None;
        };
        letterhead.put(&mut shared);
        for (keys, block) in [(UNFOLLOW_PIECES, unfollow), (CALENDAR_PIECES, calendar)] {
            let halves = [block.html, block.text].map(|whole| {
                whole
                    .split_once(ADDRESS)
                    .map(|(before, after)| [before, after].map(str::to_owned))
            });
            let pieces = halves.into_iter().flat_map(Option::unwrap_or_default);
            shared.extend(
                keys.map(str::to_owned)
                    .into_iter()
                    .zip(pieces.map(Value::String)),
            );
        }
        Some(Self {
            shared,
            kind,
            usual: None,
        })
    }

    /// Gives a reason, if there is one, in the part that all recipients read: for those whose
    /// reason it is, it is not made again.
    #[must_use]
    pub fn usually(mut self, usual: Option<Sight>) -> Self {
        if let Some(sight) = usual {
            self.shared.extend(
                self.reason(Why::Follows(sight))
                    .map(|(key, text)| (key.to_owned(), text.into())),
            );
        }
        Self { usual, ..self }
    }

    /// Returns the template that [`Alert::shared`] and [`Alert::data_for`] fill together.
    #[must_use]
    pub fn template(&self) -> &'static Template {
        &ALERT
    }

    /// The template's data that all recipients share, as JSON text.
    #[must_use]
    pub fn shared(&self) -> String {
        Value::Object(self.shared.clone()).to_string()
    }

    /// The template's data that is one recipient's, as JSON text.
    #[must_use]
    pub fn data_for(&self, account: &Account, why: Why<'_>, links: &Links) -> String {
        let greeting = greeting(&account.contact.first_name, &account.contact.last_name);
        let mut own = vec![
            ("greeting_html", escape(&greeting)),
            ("greeting_text", greeting),
            ("unsubscribe_url", links.unsubscribe.clone()),
            ("unfollow_url", links.unfollow.clone().unwrap_or_default()),
            ("calendar_url", links.calendar.clone().unwrap_or_default()),
        ];
        if !matches!(why, Why::Follows(sight) if self.usual == Some(sight)) {
            own.extend(self.reason(why));
        }
        for (url, pieces) in [
            (&links.unfollow, UNFOLLOW_PIECES),
            (&links.calendar, CALENDAR_PIECES),
        ] {
            let shown = pieces.into_iter().filter(|key| {
                url.is_none() && self.shared.get(*key).is_some_and(|piece| *piece != "")
            });
            own.extend(shown.map(|key| (key, String::new())));
        }
        own.into_iter().collect::<Value>().to_string()
    }

    fn reason(&self, why: Why<'_>) -> [(&'static str, String); 4] {
        let (why, unsubscribe) = why.told(self.kind);
        [
            ("why_html", escape(&why)),
            ("why_text", why),
            ("unsubscribe_html", escape(&unsubscribe)),
            ("unsubscribe_text", unsubscribe),
        ]
    }
}

/// The reference gives way, what happened does not.
fn subject_line(reference: &str, what: &str) -> String {
    let room = SUBJECT - what.chars().count() - "[] ".len();
    let reference = one_line(reference, room);
    let reference = if reference.is_empty() {
        "sans référence"
    } else {
        &reference
    };
    format!("[{reference}] {what}")
}

/// Returns the block that says which consultation it is about.
pub(super) fn which(consultation: &Consultation, entity_name: Option<&str>) -> Block {
    let mut which = Block::default();
    which.row(
        "Référence",
        &harmless(consultation.reference.as_str(), REFERENCE),
    );
    which.row("Objet", &harmless(consultation.title.as_str(), TITLE));
    standing(&mut which, consultation, entity_name);
    which
}

/// Adds where a consultation lies, and how far it is.
pub(super) fn standing(rows: &mut Block, consultation: &Consultation, entity_name: Option<&str>) {
    if let Some(entity) = entity_name {
        rows.row("Entité", &harmless(entity, NAME));
    }
    rows.row(
        "Organisme",
        &harmless(consultation.organisation.as_str(), NAME),
    );
    rows.row("Phase", phase(consultation.phase));
    let deadline = consultation
        .submission_deadline
        .map_or_else(|| "non fixée".to_owned(), date::deadline);
    rows.row("Date limite de remise des plis", &deadline);
}

fn phase(phase: Phase) -> &'static str {
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
        Sight::DependentEntity => {
            "vous êtes invité(e) permanent(e) des entités qui dépendent de la vôtre"
        }
        Sight::TransverseEntity => {
            "vous êtes invité(e) permanent(e) des entités associées transversalement à la vôtre"
        }
    }
}

/// The names are one line each already.
pub(super) fn greeting(first_name: &str, last_name: &str) -> String {
    format!("Bonjour {first_name} {last_name},")
}
