//! Mails about linked accounts: two were linked, and one changed the other's absence. Each agent
//! hears of what they have not done themselves.

use jiff::{Timestamp, civil::Date};
use vigie_domain::{account::absence, audit::Record};

use super::{
    block::{Block, harmless},
    date,
    message::{Message, NAME},
};

/// The other one of two linked accounts; all empty once it is gone.
#[derive(Clone, Copy, Debug)]
pub struct Linked<'a> {
    /// First and last name.
    pub name: &'a str,
    /// Its entity.
    pub entity_name: &'a str,
    /// The legal buyer that it belongs to.
    pub organisation: &'a str,
}

impl Linked<'_> {
    /// One harmless line.
    pub(super) fn line(&self) -> String {
        if self.name.is_empty() {
            return "un compte supprimé depuis".to_owned();
        }
        let [name, entity, organisation] =
            [self.name, self.entity_name, self.organisation].map(|text| harmless(text, NAME));
        format!("{name} ({entity}, {organisation})")
    }
}

const WHY: &str =
    "Vous recevez ce message parce que cette adresse est celle de votre compte d’agent.";

/// Tells either side that two accounts are linked.
pub(super) fn made(at: Timestamp, with: Linked<'_>, page: &str) -> Message {
    let mut body = Block::default();
    body.paragraph(&format!(
        "Votre compte d’agent est associé depuis le {} à celui de\u{a0}: {}.",
        date::moment(at),
        with.line()
    ));
    body.paragraph(
        "Chacun peut désormais consulter et modifier les alertes, les lieux d’exécution, les favoris et l’absence de l’autre, et voit \
         les mêmes consultations.",
    );
    body.paragraph("Si vous n’avez ni demandé ni accepté cette association, défaites-la\u{a0}: elle cesse aussitôt.");
    body.button("Voir mes comptes associés", page);
    Message {
        subject: "Votre compte est associé à un autre",
        preheader: with.line(),
        body,
        why: WHY.to_owned(),
    }
}

/// Tells an agent that a linked account changed their absence.
pub(super) fn absence(record: &Record, by: Linked<'_>, page: &str) -> Message {
    let day = |field: &str| {
        let day = record
            .changes
            .iter()
            .find(|change| change.field == field)
            .and_then(|change| change.after.as_deref());
        day.and_then(|day| day.parse::<Date>().ok())
    };
    let what = match [absence::FROM, absence::UNTIL].map(day) {
        [Some(from), Some(until)] if from == until => {
            format!("Votre absence est enregistrée pour le {}.", date::day(from))
        }
        [Some(from), Some(until)] => format!(
            "Votre absence est enregistrée du {} au {}.",
            date::day(from),
            date::day(until)
        ),
        _ => "Il a été mis fin à votre absence.".to_owned(),
    };
    let mut body = Block::default();
    body.paragraph(&format!(
        "Un compte associé au vôtre a modifié votre absence le {}\u{a0}: {}.",
        date::moment(record.at),
        by.line()
    ));
    body.paragraph(&what);
    if record
        .changes
        .iter()
        .any(|change| change.field == absence::DELEGATE && change.after.is_some())
    {
        body.paragraph("Un(e) collègue est désigné(e) pour recevoir vos alertes à votre place, si cette personne l’accepte.");
    }
    body.paragraph(
        "Pendant une absence, vos alertes ne vous sont pas envoyées\u{a0}: elles vont à la personne qui vous remplace, ou attendent \
         votre retour. Si vous ne vous y attendiez pas, modifiez votre absence, ou défaites l’association.",
    );
    body.button("Voir mon absence", page);
    Message {
        subject: "Votre absence a été modifiée",
        preheader: what,
        body,
        why: WHY.to_owned(),
    }
}
