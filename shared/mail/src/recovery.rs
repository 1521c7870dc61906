//! Mails of recoveries: the link by which another login takes an account over, and what became of
//! it, as the account and those who administer it are told.

use jiff::Timestamp;
use vigie_domain::audit::{Record, What};

use super::{
    block::{Block, harmless},
    date,
    message::{Message, NAME, offer},
};

/// A recovery that waits, was stopped or took effect.
#[derive(Clone, Copy, Debug)]
pub struct Recovered<'a> {
    /// The entry of the audit.
    pub record: &'a Record,
    /// The agent's name and their entity's, for those who administer them; none for the agent.
    pub of: Option<(&'a str, &'a str)>,
}

const WHY: &str =
    "Vous recevez ce message parce que cette adresse est celle de votre compte d’agent.";

/// The names are one harmless line each.
pub(super) fn link(
    link: &str,
    expires_at: Timestamp,
    by_administrator: bool,
    [entity, organisation]: [String; 2],
) -> Message {
    let mut body = Block::default();
    let (asked, with) = if by_administrator {
        (
            "Un administrateur de votre organisme vous envoie ce lien, pour que vous retrouviez votre compte d’agent avec un autre \
             identifiant.",
            "l’identifiant que vous utilisez désormais",
        )
    } else {
        (
            "Quelqu’un demande à retrouver votre compte d’agent avec un autre identifiant.",
            "l’identifiant avec lequel vous l’avez demandé",
        )
    };
    body.paragraph(asked);
    body.paragraph(&format!(
        "Organisme\u{a0}: {organisation}. Entité\u{a0}: {entity}."
    ));
    body.paragraph(&format!(
        "Si vous vous y attendiez, ouvrez ce lien, connectez-vous avec {with}, puis confirmez. L’ancien identifiant n’ouvrira plus ce \
         compte."
    ));
    offer(&mut body, "Retrouver mon compte", link, expires_at);
    body.paragraph(
        "Sinon, ne faites rien et ne transmettez ce lien à personne\u{a0}: sans confirmation, rien ne change.",
    );
    Message {
        subject: "Retrouver votre compte d’agent",
        preheader: format!("{organisation} – {entity}"),
        body,
        why: WHY.to_owned(),
    }
}

/// Tells of a recovery: the agent, or who administers them.
pub(super) fn told(recovered: Recovered<'_>, portal: &str) -> Message {
    match recovered.of {
        None => own(recovered.record, portal),
        Some((name, entity)) => {
            let agent = format!("{} ({})", harmless(name, NAME), harmless(entity, NAME));
            of_agent(recovered.record, &agent, portal)
        }
    }
}

fn own(record: &Record, portal: &str) -> Message {
    let mut body = Block::default();
    let at = date::moment(record.at);
    let (subject, said) = match record.what {
        What::RecoveryWaits => (
            "Un autre identifiant demande votre compte",
            format!(
                "Un autre identifiant a demandé à accéder à votre compte d’agent le {at}, par un lien envoyé à cette adresse. Il y accédera \
                 {}, à la place du vôtre, sauf si cela est arrêté d’ici là.",
                due(record)
            ),
        ),
        What::RecoveryStopped => (
            "L’accès d’un autre identifiant est arrêté",
            format!(
                "L’accès d’un autre identifiant à votre compte d’agent a été arrêté le {at}. Rien n’a changé."
            ),
        ),
        _ => (
            "Un autre identifiant accède à votre compte",
            format!(
                "Un autre identifiant accède à votre compte d’agent depuis le {at}, par un lien envoyé à cette adresse. L’ancien ne l’ouvre \
                 plus. Vos choix, vos favoris, vos comptes associés et vos alertes restent tels quels."
            ),
        ),
    };
    body.paragraph(&said);
    body.paragraph(match record.what {
        What::RecoveryWaits => {
            "Si ce n’était pas vous, ouvrez votre compte et arrêtez cette demande, ou adressez-vous à un autre administrateur de votre \
             organisme."
        }
        What::RecoveryStopped => {
            "Si vous aviez fait cette demande, adressez-vous à un autre administrateur de votre organisme."
        }
        _ => {
            "Si ce n’était pas vous, adressez-vous aussitôt à l’administrateur de votre entité."
        }
    });
    body.button("Ouvrir mon compte", &format!("{portal}/coordonnees"));
    Message {
        subject,
        preheader: said,
        body,
        why: WHY.to_owned(),
    }
}

fn of_agent(record: &Record, agent: &str, portal: &str) -> Message {
    let mut body = Block::default();
    let at = date::moment(record.at);
    let (subject, said) = match record.what {
        What::RecoveryWaits => (
            "Un autre identifiant demande le compte d’un agent",
            format!(
                "Un autre identifiant a demandé le {at} à accéder au compte de\u{a0}: {agent}. Il y accédera {}, sauf si cela est arrêté \
                 d’ici là.",
                due(record)
            ),
        ),
        What::RecoveryStopped => (
            "L’accès d’un autre identifiant est arrêté",
            format!("L’accès d’un autre identifiant au compte de {agent} a été arrêté le {at}."),
        ),
        _ => (
            "Un agent accède à son compte avec un autre identifiant",
            format!(
                "Un autre identifiant accède depuis le {at} au compte de\u{a0}: {agent}. L’ancien ne l’ouvre plus."
            ),
        ),
    };
    body.paragraph(&said);
    if record.what != What::RecoveryStopped {
        body.paragraph(
            "Cet identifiant a confirmé un lien envoyé à l’adresse électronique du compte. En cas de doute, demandez à cette personne si \
             c’était bien elle.",
        );
    }
    if record.what == What::RecoveryWaits {
        body.paragraph("Si ce n’était pas elle, arrêtez cette demande dans la liste des agents.");
    }
    body.button("Voir les agents", &format!("{portal}/administration"));
    Message {
        subject,
        preheader: said,
        body,
        why: "Vous recevez ce message parce que vous administrez l’entité de cet agent.".to_owned(),
    }
}

/// Offers the reader of an address that an administrator replaced to stop a recovery.
pub(super) fn stop(link: &str, at: Timestamp, due: Timestamp) -> Message {
    let mut body = Block::default();
    body.paragraph(
        "Cette adresse était celle de votre compte d’agent. Un administrateur de votre organisme l’a fait remplacer par une autre il y a \
         moins de 30 jours.",
    );
    let said = format!(
        "Un autre identifiant a demandé à accéder à ce compte le {}, par un lien envoyé à la nouvelle adresse. Il y accédera le {}, à la \
         place de l’ancien, sauf si cela est arrêté d’ici là.",
        date::moment(at),
        date::moment(due)
    );
    body.paragraph(&said);
    body.paragraph("Si c’est vous, ne faites rien. Sinon, arrêtez cette demande\u{a0}: ouvrez ce lien et confirmez, sans vous connecter.");
    offer(&mut body, "Arrêter cette demande", link, due);
    Message {
        subject: "Un autre identifiant demande votre compte\u{a0}: vous pouvez l’arrêter",
        preheader: said,
        body,
        why: "Vous recevez ce message parce que cette adresse était celle de votre compte d’agent."
            .to_owned(),
    }
}

/// Says when a recovery takes effect.
fn due(record: &Record) -> String {
    record.recovery_due().map_or_else(
        || "dans un jour".to_owned(),
        |due| format!("le {}", date::moment(due)),
    )
}
