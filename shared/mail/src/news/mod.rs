//! The news of an alert, by the table in docs/domain.md. Never a bidder's name, never the text of a
//! message.

mod sign_off;

use std::borrow::Cow;

use jiff::{Timestamp, civil::Date};
use vigie_domain::{
    account::preferences::Kind,
    consultation::{
        Consultation,
        deadline::Deadline,
        fact::{Counts, Fact, RecordedFact},
    },
    text::untrusted::{ExternalUrl, Untrusted},
};

use self::sign_off::{APPROVAL, VALIDATION};
use super::{
    block::{Block, harmless},
    count::{grouped, numbered},
    date,
};

/// Longest number, edition or level that is shown, in characters.
const NUMBER: usize = 60;
/// Longest lot.
const LOT: usize = 120;
/// Longest name or type of message.
const NAME: usize = 150;
/// Longest reason of a refusal.
const REASON: usize = 400;

/// The part of an alert that depends on what happened.
pub struct News {
    /// The subject, after the reference.
    pub subject: Cow<'static, str>,
    pub heading: &'static str,
    /// The first sentence.
    pub intro: &'static str,
    /// The line that a list of mails shows beside the subject.
    pub summary: String,
    pub facts: Block,
    pub actions: Block,
    /// The page of the first thing to do.
    pub first_link: Option<ExternalUrl>,
}

/// The kind as agents know it from their preferences.
pub fn label(kind: Kind) -> &'static str {
    match kind {
        Kind::TenderReceived => "Réception d’une réponse électronique",
        Kind::ConsultationClosed => "Clôture d’une consultation",
        Kind::MessageReceived => "Réception d’un message sollicité d’entreprise",
        Kind::QuestionReceived => "Réception d’une question posée par une entreprise",
        Kind::NoticePublished => "Publication au BOAMP",
        Kind::NoticeRejected => "Échec de publication au BOAMP",
        Kind::ApprovalRequested => "Consultation en attente d’approbation ou de validation",
    }
}

impl News {
    /// Writes the news of a fact, or `None` of one that is only counted.
    pub fn of(
        recorded: &RecordedFact,
        consultation: &Consultation,
        now: Timestamp,
    ) -> Option<Self> {
        recorded.fact.alert()?;
        let deadline = consultation.deadline();
        let mut news = match &recorded.fact {
            Fact::DocumentsWithdrawn(_) | Fact::ApprovalGiven(_) | Fact::ValidationGiven(_) => {
                return None;
            }
            Fact::TenderReceived(deposit) => {
                let lots = (deposit.lots.as_slice(), deposit.lots_omitted);
                Self::tender(
                    deposit.deposit_number.as_str(),
                    deposit.received_at,
                    lots,
                    recorded.total,
                    deadline,
                    now,
                )
            }
            Fact::MessageReceived(message) => Self::message(
                message.received_at,
                message.message_type.as_str(),
                message.url.as_ref(),
            ),
            Fact::QuestionReceived(question) => Self::question(
                question.received_at,
                question.has_attachment,
                question.url.as_ref(),
                deadline,
                now,
            ),
            Fact::NoticePublished(notice) => Self::published(
                notice.notice_number.as_str(),
                notice.edition.as_str(),
                notice.published_on,
                [notice.url.as_ref(), notice.pdf_url.as_ref()],
            ),
            Fact::NoticeRejected(refused) => Self::rejected(
                refused.attempt,
                (&refused.reasons, refused.reasons_omitted),
                refused.url.as_ref(),
            ),
            Fact::ApprovalRequested(asked) => APPROVAL.asked(asked),
            Fact::ValidationRequested(asked) => VALIDATION.asked(asked),
            Fact::ApprovalReminded(asked) => APPROVAL.reminded(asked),
            Fact::ValidationReminded(asked) => VALIDATION.reminded(asked),
            Fact::ConsultationClosed { deadline, counts } => {
                Self::closed(*deadline, *counts, consultation.submission_deadline)
            }
        };
        news.act("Ouvrir la consultation", consultation.url.as_ref());
        Some(news)
    }

    fn new(subject: &'static str, heading: &'static str, intro: &'static str) -> Self {
        Self {
            subject: Cow::Borrowed(subject),
            heading,
            intro,
            summary: String::new(),
            facts: Block::default(),
            actions: Block::default(),
            first_link: None,
        }
    }

    fn tender(
        number: &str,
        received_at: Timestamp,
        (lots, omitted): (&[Untrusted<200>], u32),
        total: Option<u64>,
        deadline: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        let number = harmless(number, NUMBER);
        let late = deadline.is_some_and(|deadline| received_at > deadline);
        let (heading, intro) = if late {
            (
                "Nouveau dépôt électronique, hors délai",
                "Une réponse électronique a été déposée sur cette consultation après la date limite.",
            )
        } else {
            (
                "Nouveau dépôt électronique",
                "Une réponse électronique a été déposée sur cette consultation.",
            )
        };
        let mut news = Self::new("Nouveau dépôt électronique", heading, intro);
        news.summary = format!("Dépôt n°\u{a0}{number}");
        news.facts.row("Numéro du dépôt", &number);
        news.facts.row("Reçu le", &date::exact_moment(received_at));
        if deadline.is_some() {
            let verdict = if late {
                "reçu hors délai"
            } else {
                "reçu dans les délais"
            };
            news.summary.extend([", ", verdict]);
            news.facts.row("Délai", verdict);
        }
        let lots: Vec<_> = lots.iter().map(|lot| harmless(lot.as_str(), LOT)).collect();
        news.facts.list(["Lot", "Lots"], &lots, omitted);
        if let Some(total) = total {
            news.facts.row(
                "Dépôts électroniques à ce jour",
                &format!("{}, celui-ci compris", grouped(total)),
            );
        }
        if let Some(deadline) = deadline {
            news.facts.row("Temps restant", &left(now, deadline));
        }
        news
    }

    fn message(received_at: Timestamp, message_type: &str, url: Option<&ExternalUrl>) -> Self {
        let mut news = Self::new(
            "Réponse reçue à votre message",
            "Réponse reçue à votre message",
            "Une entreprise a répondu à un message auquel vous aviez permis une réponse.",
        );
        news.summary = harmless(message_type, NAME);
        news.facts.row("Type de message", &news.summary);
        news.facts.row("Reçu le", &date::moment(received_at));
        news.act("Lire la réponse", url);
        news
    }

    fn question(
        received_at: Timestamp,
        has_attachment: bool,
        url: Option<&ExternalUrl>,
        deadline: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        let mut news = Self::new(
            "Nouvelle question d'une entreprise",
            "Nouvelle question d’une entreprise",
            "Une entreprise pose une question sur cette consultation.",
        );
        news.facts.row("Reçue le", &date::moment(received_at));
        news.facts
            .row("Pièce jointe", if has_attachment { "oui" } else { "non" });
        news.summary.push_str(if has_attachment {
            "Avec pièce jointe"
        } else {
            "Sans pièce jointe"
        });
        if let Some(deadline) = deadline {
            let left = left(now, deadline);
            news.facts.row("Temps restant pour répondre", &left);
            news.summary
                .extend([", temps restant pour répondre\u{a0}: ", &left]);
        }
        news.act("Lire la question", url);
        news
    }

    fn published(
        number: &str,
        edition: &str,
        published_on: Option<Date>,
        [url, pdf_url]: [Option<&ExternalUrl>; 2],
    ) -> Self {
        let (number, edition) = (harmless(number, NUMBER), harmless(edition, NUMBER));
        let mut news = Self::new(
            "Avis publié au BOAMP",
            "Avis publié au BOAMP",
            "L’avis de cette consultation est paru au BOAMP.",
        );
        news.summary = format!("Annonce n°\u{a0}{number}, édition {edition}");
        news.facts.row("Numéro d’annonce", &number);
        news.facts.row("Édition", &edition);
        if let Some(published_on) = published_on {
            news.facts.row("Date de parution", &date::day(published_on));
        }
        news.act("Voir l’avis", url);
        news.act("Voir l’avis au format PDF", pdf_url);
        news
    }

    fn rejected(
        attempt: u32,
        (reasons, omitted): (&[Untrusted<5000>], u32),
        url: Option<&ExternalUrl>,
    ) -> Self {
        let mut news = Self::new(
            "ÉCHEC de publication au BOAMP",
            "Échec de publication au BOAMP",
            "Le BOAMP a refusé l’avis de cette consultation\u{a0}: il n’est pas publié.",
        );
        let reasons: Vec<_> = reasons
            .iter()
            .map(|reason| harmless(reason.as_str(), REASON))
            .collect();
        news.facts.row("Tentative", &attempt.to_string());
        news.facts
            .list(["Motif du refus", "Motifs du refus"], &reasons, omitted);
        news.summary = reasons
            .into_iter()
            .next()
            .unwrap_or_else(|| "L’avis n’est pas publié".to_owned());
        news.act("Corriger l’avis", url);
        news
    }

    /// Sent even when all is zero: that nobody answered is news.
    fn closed(
        deadline: Timestamp,
        Counts {
            withdrawals,
            deposits,
            late,
        }: Counts,
        in_force: Option<Deadline>,
    ) -> Self {
        let mut news = Self::new(
            "",
            "Clôture de la consultation",
            "La date limite de remise des plis est passée. Voici ce qui a été enregistré sur cette consultation.",
        );
        let (received, taken) = (
            numbered(deposits.all(), "dépôt"),
            numbered(withdrawals.all(), "retrait"),
        );
        news.subject = format!("Clôture – {received}, {taken}").into();
        news.summary = format!("{received}, {taken}");
        if late.all() > 0 {
            news.summary
                .extend([", et ", &numbered(late.all(), "dépôt"), " hors délai"]);
        }
        let mut row = |label, number| news.facts.row(label, &grouped(number));
        row("Dépôts électroniques", deposits.electronic);
        row("Dépôts papier", deposits.paper);
        row("Dépôts électroniques hors délai", late.electronic);
        row("Dépôts papier hors délai", late.paper);
        row("Retraits identifiés", withdrawals.identified);
        row("Retraits anonymes", withdrawals.anonymous);
        row("Retraits papier", withdrawals.paper);
        // Moved since: then nobody knows any more at which hour of its own the buyer expected them.
        let in_force = in_force.filter(|in_force| in_force.instant() == deadline);
        news.facts.row(
            "Date limite retenue",
            &in_force.map_or_else(|| date::moment(deadline), date::deadline),
        );
        news
    }

    /// The first thing to do is a button.
    fn act(&mut self, label: &str, url: Option<&ExternalUrl>) {
        match url {
            Some(url) if self.first_link.is_none() => {
                self.first_link = Some(url.clone());
                self.actions.button(label, url.as_str());
            }
            Some(url) => self.actions.link(label, url.as_str()),
            None => {}
        }
    }
}

fn left(now: Timestamp, deadline: Timestamp) -> String {
    date::time_left(now, deadline).unwrap_or_else(|| "aucun, la date limite est passée".to_owned())
}
