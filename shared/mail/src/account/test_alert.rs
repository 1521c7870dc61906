//! The alert that an agent sends to their own address, to see that alerts arrive.

use vigie_domain::account::preferences::{Alerts, Kind, Mode};

use crate::{block::Block, message::Message, news::label};

/// Says that alerts arrive, and which ones are wanted.
pub(super) fn message(alerts: &Alerts, portal: &str) -> Message {
    let mut body = Block::default();
    body.paragraph("Ceci est une alerte d’essai\u{a0}: si vous la lisez, vos alertes arrivent bien à cette adresse.");
    body.paragraph(
        "Elle a suivi le même chemin qu’une vraie alerte, et n’en annonce aucune\u{a0}: il ne s’est rien passé dans vos consultations.",
    );
    let chosen = |wanted: Mode| -> Vec<String> {
        Kind::ALL
            .into_iter()
            .filter(|kind| alerts.kinds.mode(*kind) == wanted)
            .map(|kind| label(kind).to_owned())
            .collect()
    };
    let mut rows = Block::default();
    for (title, wanted) in [
        ("Immédiates", Mode::Immediate),
        ("Quotidiennes", Mode::Daily),
        ("Jamais", Mode::Off),
    ] {
        rows.list([title, title], &chosen(wanted), 0);
    }
    body.section("Vos alertes électroniques", &rows);
    body.button("Modifier mes alertes et mes favoris", portal);
    Message {
        subject: "Alerte d’essai",
        preheader: "Vos alertes arrivent bien à cette adresse.".to_owned(),
        body,
        why: "Vous recevez ce message parce que vous avez demandé l’envoi d’une alerte d’essai depuis votre compte d’agent.".to_owned(),
    }
}
