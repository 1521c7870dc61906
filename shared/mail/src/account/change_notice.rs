//! The mail to an address that another one is to replace, or has replaced.

use jiff::Timestamp;

use crate::{block::Block, date, message::Message};

/// The new address is shown masked; `None` says that it was confirmed.
pub(super) fn message(
    masked: &str,
    expires_at: Option<Timestamp>,
    by_administrator: bool,
    contact_page: &str,
) -> Message {
    let mut body = Block::default();
    body.paragraph(&format!(
        "{}\u{a0}: {masked}",
        match (by_administrator, expires_at) {
            (true, _) =>
                "Un administrateur de votre organisme a indiqué une autre adresse électronique pour votre compte",
            (false, Some(_)) =>
                "Une autre adresse électronique a été demandée pour votre compte",
            (false, None) => "Une autre adresse électronique a été confirmée pour votre compte",
        }
    ));
    body.paragraph(&expires_at.map_or_else(
        || "Elle remplace celle-ci, où vos alertes n’arrivent plus.".to_owned(),
        |expires_at| {
            format!(
                "Elle ne remplacera celle-ci que si elle est confirmée, au plus tard le {}. D’ici là, vos alertes arrivent toujours ici.",
                date::moment(expires_at)
            )
        },
    ));
    if by_administrator {
        set(&mut body, expires_at.is_some());
    } else {
        asked(&mut body, expires_at.is_some());
    }
    body.button("Ouvrir mes coordonnées", contact_page);
    let (subject, why) = match (by_administrator, expires_at) {
        (true, Some(_)) => (
            "Un administrateur change l’adresse de votre compte",
            "est celle",
        ),
        (false, Some(_)) => (
            "Changement d’adresse demandé pour votre compte",
            "est celle",
        ),
        (_, None) => ("Changement d’adresse de votre compte", "était celle"),
    };
    Message {
        subject,
        preheader: format!("Nouvelle adresse\u{a0}: {masked}"),
        body,
        why: format!(
            "Vous recevez ce message parce que cette adresse {why} de votre compte d’agent."
        ),
    }
}

fn set(body: &mut Block, waits: bool) {
    body.paragraph(if waits {
        "Si vous ne vous y attendiez pas, annulez ce changement dans «\u{a0}Mes coordonnées\u{a0}» et demandez-en la raison à \
         l’administrateur de votre entité."
    } else {
        "Si vous ne vous y attendiez pas, indiquez votre adresse dans «\u{a0}Mes coordonnées\u{a0}» et demandez la raison de ce changement \
         à l’administrateur de votre entité."
    });
    body.paragraph(
        "Pendant les 30 jours qui suivent ce changement, un autre identifiant que le vôtre n’accède à votre compte qu’après 24 heures. Vous \
         en serez prévenu(e) ici, et pourrez l’arrêter.",
    );
}

fn asked(body: &mut Block, waits: bool) {
    const SOMEBODY: &str = "Si ce n’était pas vous, quelqu’un d’autre utilise peut-être votre compte\u{a0}: connectez-vous";
    if waits {
        body.paragraph("Si c’était vous, ouvrez le message envoyé à la nouvelle adresse.");
        body.paragraph(&format!(
            "{SOMEBODY}, annulez la demande dans «\u{a0}Mes coordonnées\u{a0}», changez votre mot de passe et prévenez \
             l’administrateur de votre entité."
        ));
    } else {
        body.paragraph(&format!(
            "{SOMEBODY}, changez votre mot de passe et prévenez l’administrateur de votre entité."
        ));
    }
}
