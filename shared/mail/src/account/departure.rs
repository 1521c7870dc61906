//! Mails about departures: what one agent alone had followed is followed by another, and a
//! deactivated account will be erased.

use jiff::Timestamp;

use crate::{
    block::{Block, harmless},
    date,
    linked::Linked,
    message::{Message, NAME},
};

const WHY: &str =
    "Vous recevez ce message parce que cette adresse est celle de votre compte d’agent.";

/// Tells whoever follows now what another one alone had followed.
pub(super) fn received(from: Linked<'_>, portal: &str) -> Message {
    let mut body = Block::default();
    body.paragraph(&format!(
        "Des consultations que suivait seul(e) {} sont désormais dans vos favoris.",
        from.line()
    ));
    body.paragraph(
        "Vous en recevrez les alertes que vous avez choisies, pour celles auxquelles vous avez vous-même accès et pour celles-là \
         seulement. Vous pouvez à tout moment en retirer l’étoile.",
    );
    body.button("Voir mes favoris", &format!("{portal}/favoris"));
    Message {
        subject: "Vous reprenez le suivi de consultations",
        preheader: from.line(),
        body,
        why: WHY.to_owned(),
    }
}

/// Tells whoever alone had followed something that another one does now.
pub(super) fn given(to: Linked<'_>, portal: &str) -> Message {
    let mut body = Block::default();
    body.paragraph(&format!(
        "Des consultations que vous suiviez seul(e) sont désormais aussi dans les favoris de\u{a0}: {}.",
        to.line()
    ));
    body.paragraph("Vos propres favoris et vos alertes restent tels quels.");
    body.button("Ouvrir mon compte", &format!("{portal}/favoris"));
    Message {
        subject: "Le suivi de vos consultations est assuré",
        preheader: to.line(),
        body,
        why: WHY.to_owned(),
    }
}

/// Tells an agent that their account will be erased, or who administers them: then `of` holds the
/// agent's name and entity.
pub(super) fn announced(at: Timestamp, of: Option<(&str, &str)>, portal: &str) -> Message {
    let mut body = Block::default();
    let at = date::moment(at);
    let Some((name, entity)) = of else {
        let said = format!(
            "Votre compte d’agent est désactivé. Il sera supprimé le {at}, avec tout ce qu’il contient."
        );
        body.paragraph(&said);
        body.paragraph(
            "D’ici là vous pouvez encore exporter vos données. Si vous devez travailler de nouveau avec ce compte, adressez-vous à \
             l’administrateur de votre entité\u{a0}: une fois réactivé, il n’est plus supprimé.",
        );
        body.button("Ouvrir mon compte", &format!("{portal}/coordonnees"));
        return Message {
            subject: "Votre compte désactivé sera supprimé",
            preheader: said,
            body,
            why: WHY.to_owned(),
        };
    };
    let agent = format!("{} ({})", harmless(name, NAME), harmless(entity, NAME));
    let said = format!("Le compte désactivé de\u{a0}: {agent} sera supprimé le {at}.");
    body.paragraph(&said);
    body.paragraph(
        "S’il doit servir de nouveau, réactivez-le d’ici là dans la liste des agents\u{a0}: il n’est alors plus supprimé. Sinon, vous \
         n’avez rien à faire.",
    );
    body.button("Voir les agents", &format!("{portal}/administration"));
    Message {
        subject: "Un compte désactivé sera supprimé",
        preheader: said,
        body,
        why: "Vous recevez ce message parce que vous administrez l’entité de cet agent.".to_owned(),
    }
}
