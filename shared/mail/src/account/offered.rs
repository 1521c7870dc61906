//! Mails that offer something to whoever opens their link, or say that it is offered to nobody.

use jiff::{Timestamp, civil::Date};

use crate::{
    block::Block,
    date,
    message::{Message, offer},
};

const ASKED_FOR: &str =
    "Vous recevez ce message parce que cette adresse a été indiquée pour un compte d’agent.";

pub(super) fn invitation(
    link: &str,
    expires_at: Timestamp,
    entity: &str,
    organisation: &str,
) -> Message {
    let mut body = Block::default();
    body.paragraph("Un compte d’agent vous a été ouvert pour suivre des consultations et en recevoir les alertes.");
    body.paragraph(&format!(
        "Organisme\u{a0}: {organisation}. Entité\u{a0}: {entity}."
    ));
    body.paragraph("Ouvrez ce lien, connectez-vous, puis acceptez l’invitation\u{a0}: votre adresse sera confirmée du même coup.");
    offer(&mut body, "Accepter l’invitation", link, expires_at);
    body.paragraph("Si vous n’attendiez pas cette invitation, ne faites rien\u{a0}: sans votre accord, ce compte reste sans effet.");
    Message {
        subject: "Invitation à ouvrir votre compte d’agent",
        preheader: format!("{organisation} – {entity}"),
        body,
        why: format!(
            "Vous recevez ce message parce que votre adresse a été indiquée au nom de l’organisme «\u{a0}{organisation}\u{a0}»."
        ),
    }
}

pub(super) fn confirmation(link: &str, expires_at: Timestamp) -> Message {
    let mut body = Block::default();
    body.paragraph(
        "Quelqu’un a demandé que les alertes de son compte d’agent arrivent à cette adresse.",
    );
    body.paragraph("Si c’était vous, ouvrez ce lien et confirmez.");
    offer(&mut body, "Confirmer cette adresse", link, expires_at);
    body.paragraph("Si ce n’était pas vous, ne faites rien\u{a0}: sans confirmation, cette adresse ne sera pas utilisée.");
    Message {
        subject: "Confirmez votre adresse électronique",
        preheader: "Sans confirmation, cette adresse ne sera pas utilisée.".to_owned(),
        body,
        why: ASKED_FOR.to_owned(),
    }
}

pub(super) fn address_taken() -> Message {
    let mut body = Block::default();
    body.paragraph(
        "Quelqu’un a demandé que les alertes de son compte d’agent arrivent à cette adresse.",
    );
    body.paragraph("Or elle appartient déjà à un compte, et une adresse ne sert qu’à un seul compte. Rien n’a donc changé.");
    body.paragraph(
        "Si c’était vous, connectez-vous avec le compte auquel cette adresse appartient.",
    );
    body.paragraph("Si ce n’était pas vous, ne faites rien\u{a0}: le demandeur n’a pas appris que cette adresse est utilisée.");
    Message {
        subject: "Cette adresse appartient déjà à un compte",
        preheader: "Rien n’a changé.".to_owned(),
        body,
        why: ASKED_FOR.to_owned(),
    }
}

pub(super) fn delegation(link: &str, absentee: &str, [from, until]: [Date; 2]) -> Message {
    let days = if from == until {
        format!("le {}", date::day(from))
    } else {
        format!("du {} au {}", date::day(from), date::day(until))
    };
    let mut body = Block::default();
    body.paragraph(&format!(
        "{absentee} sera absent(e) {days} et vous propose de recevoir ses alertes à sa place."
    ));
    body.paragraph(
        "Si vous acceptez, vous recevrez ses alertes sur les consultations auxquelles vous avez vous-même accès, et sur celles-là seulement. \
         Les autres lui seront gardées pour son retour. Vous n’obtenez aucun droit nouveau, et vous pourrez cesser à tout moment.",
    );
    body.paragraph("Ouvrez ce lien, connectez-vous, puis acceptez.");
    body.button("Accepter de remplacer", link);
    body.spelt_out(link);
    body.paragraph("Si vous ne le souhaitez pas, ne faites rien\u{a0}: sans votre accord, rien ne vous sera envoyé.");
    Message {
        subject: "Un(e) collègue vous propose de recevoir ses alertes",
        preheader: format!("{absentee}, {days}"),
        body,
        why: format!(
            "Vous recevez ce message parce que {absentee}, de votre organisme, vous a désigné(e) pour son absence."
        ),
    }
}
