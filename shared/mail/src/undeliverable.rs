//! Mails about an address that mails do not reach: to the administrators when it is noticed, and to
//! the agent when an address works again.

use jiff::Timestamp;
use vigie_domain::{account::Cause, paris, text::one_line};

use super::{
    block::{Block, escape},
    count::numbered,
    date,
    message::Message,
};

/// Longest name in a line, in characters.
const NAME: usize = 120;

/// Most bytes that the lines of a list take, so that its mail stays below 100 KB.
const ROOM: usize = 85_000;

/// Returns one harmless line about an agent whose address is dead, without the address, for a list:
/// short, since there can be a thousand.
#[must_use]
pub fn line(agent: &str, entity: &str, cause: Cause, since: Timestamp) -> String {
    let (agent, entity, day) = (
        one_line(agent, NAME),
        one_line(entity, NAME),
        paris::day(since).strftime("%d/%m/%Y"),
    );
    match cause {
        Cause::Bounce => format!("{agent} ({entity}), depuis le {day}"),
        Cause::Complaint => format!("{agent} ({entity}), signalé comme indésirable le {day}"),
    }
}

fn reason(cause: Cause) -> &'static str {
    match cause {
        Cause::Bounce => "les messages envoyés à son adresse sont refusés",
        Cause::Complaint => "un message envoyé à son adresse a été signalé comme indésirable",
    }
}

/// Tells an administrator whose address is dead, without the address. The names are one harmless
/// line each.
pub(super) fn noticed(
    agent: &str,
    entity: &str,
    cause: Cause,
    since: Timestamp,
    page: &str,
) -> Message {
    let mut body = Block::default();
    body.paragraph(&format!(
        "Depuis le {}, {agent} ne reçoit plus aucune alerte\u{a0}: {}.",
        date::moment(since),
        reason(cause)
    ));
    body.paragraph(&format!("Entité\u{a0}: {entity}."));
    body.paragraph(
        "Vérifiez l’adresse avec cette personne. Elle peut la confirmer à nouveau, ou en choisir une autre, dans «\u{a0}Mes \
         coordonnées\u{a0}»\u{a0}: ses alertes reprendront aussitôt, avec la liste de ce qu’elle a manqué.",
    );
    body.button("Voir les adresses en échec", page);
    Message {
        subject: "Un agent ne reçoit plus ses alertes",
        preheader: format!("{agent} – {entity}"),
        body,
        why: "Vous recevez ce message parce que vous administrez l’entité de cet agent.".to_owned(),
    }
}

/// Tells an administrator of several whose addresses are dead, as many lines as the mail has room
/// for, and how many more there are.
pub(super) fn listed(lines: &[String], more: u64, page: &str) -> Message {
    let mut body = Block::default();
    body.paragraph("Depuis le dernier message à ce sujet, les adresses d’autres agents ne reçoivent plus aucune alerte\u{a0}:");
    let mut room = ROOM;
    let fits = |line: &&String| {
        let needed = escape(line).len() + "<li></li>".len();
        room = room.saturating_sub(needed);
        room > 0
    };
    let shown: Vec<&str> = lines.iter().take_while(fits).map(String::as_str).collect();
    let more = more + (lines.len() - shown.len()) as u64;
    body.lines(&shown, more);
    body.paragraph(
        "Vérifiez ces adresses avec ces personnes. Elles peuvent les confirmer à nouveau, ou en choisir d’autres, dans «\u{a0}Mes \
         coordonnées\u{a0}»\u{a0}: leurs alertes reprendront aussitôt, avec la liste de ce qu’elles ont manqué.",
    );
    body.button("Voir les adresses en échec", page);
    Message {
        subject: "Des agents ne reçoivent plus leurs alertes",
        preheader: numbered(shown.len() as u64 + more, "agent"),
        body,
        why: "Vous recevez ce message parce que vous administrez les entités de ces agents."
            .to_owned(),
    }
}

/// Lists for an agent what was not sent while the address did not work: one harmless line each,
/// oldest first.
pub(super) fn missed(since: Timestamp, lines: &[String], more: bool, page: &str) -> Message {
    let mut body = Block::default();
    body.paragraph("Votre adresse fonctionne à nouveau\u{a0}: vos alertes reprennent.");
    if lines.is_empty() {
        body.paragraph(&format!(
            "Aucune alerte n’a été retenue depuis le {}.",
            date::moment(since)
        ));
    } else {
        body.paragraph(&format!(
            "Voici les alertes qui ne vous sont pas parvenues depuis le {}.",
            date::moment(since)
        ));
        let mut rows = Block::default();
        rows.list(["Alerte non envoyée", "Alertes non envoyées"], lines, 0);
        body.section("Ce qui vous a manqué", &rows);
    }
    if more {
        body.paragraph("D’autres alertes, plus anciennes, figurent dans votre historique.");
    }
    body.button("Ouvrir mon historique", page);
    Message {
        subject: "Vos alertes reprennent",
        preheader: "Ce qui n’a pas pu vous être envoyé entre-temps.".to_owned(),
        body,
        why: "Vous recevez ce message parce que vous avez confirmé l’adresse de votre compte d’agent.".to_owned(),
    }
}
