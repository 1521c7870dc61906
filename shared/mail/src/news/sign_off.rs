//! The news of an approval or a validation that is asked for, and of one that still waits.

use vigie_domain::consultation::sign_off::SignOff;

use super::{NAME, NUMBER, News};
use crate::{block::harmless, date};

/// The words about approvals, or about validations.
pub(super) struct Words {
    what: &'static str,
    /// The subject of a request.
    asked: &'static str,
    /// The heading and the first sentence of a request.
    asks: [&'static str; 2],
    /// The beginning of a reminder's subject.
    waits: &'static str,
    /// The heading and the first sentence of a reminder.
    still_waits: [&'static str; 2],
    /// The label of the link.
    act: &'static str,
}

pub(super) const APPROVAL: Words = Words {
    what: "approbation",
    asked: "À approuver",
    asks: [
        "Approbation demandée",
        "Cette consultation attend une approbation.",
    ],
    waits: "Rappel\u{a0}: à approuver",
    still_waits: [
        "Approbation toujours attendue",
        "Cette consultation attend toujours une approbation.",
    ],
    act: "Examiner la demande d’approbation",
};

pub(super) const VALIDATION: Words = Words {
    what: "validation",
    asked: "À valider",
    asks: [
        "Validation demandée",
        "Cette consultation attend une validation.",
    ],
    waits: "Rappel\u{a0}: à valider",
    still_waits: [
        "Validation toujours attendue",
        "Cette consultation attend toujours une validation.",
    ],
    act: "Examiner la demande de validation",
};

impl Words {
    /// Writes the news of a request.
    pub(super) fn asked(&self, asked: &SignOff) -> News {
        let [heading, intro] = self.asks;
        self.about(asked, News::new(self.asked, heading, intro))
    }

    /// Writes the news that it still waits, and until when it should not.
    pub(super) fn reminded(&self, asked: &SignOff) -> News {
        let [heading, intro] = self.still_waits;
        let mut news = self.about(asked, News::new(self.waits, heading, intro));
        if let Some(wanted_on) = asked.wanted_on {
            let until = format!(" pour le {}", date::day(wanted_on));
            news.subject.to_mut().push_str(&until);
            news.summary.extend([",", &until]);
        }
        news
    }

    fn about(&self, asked: &SignOff, mut news: News) -> News {
        let level = harmless(asked.level.as_str(), NUMBER);
        let requested_by = harmless(asked.requested_by.as_str(), NAME);
        news.facts.row("Demande", self.what);
        news.facts.row("Niveau", &level);
        news.facts.row("Demandée par", &requested_by);
        news.summary = format!("Niveau {level}, demandée par {requested_by}");
        if let Some(wanted_on) = asked.wanted_on {
            news.facts.row("Souhaitée pour le", &date::day(wanted_on));
        }
        news.act(self.act, asked.url.as_ref());
        news
    }
}
