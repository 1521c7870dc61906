//! « Aide ».

use vigie_http::{Site, site::or_missing};

use super::{
    Html,
    html::{linked, mailbox, said},
};

/// Questions that people ask most, and the places where they are settled.
const QUESTIONS: [(&str, &str); 6] = [
    (
        "Je ne reçois aucune alerte",
        "Une alerte part si la consultation est dans vos favoris, si l’alerte est activée et si votre adresse est confirmée. La page \
         « Mes alertes électroniques » dit ce qui manque, et permet d’envoyer une alerte d’essai.",
    ),
    (
        "Je reçois trop de courriels",
        "Dans « Mes alertes électroniques », choisissez « Quotidienne » ou « Jamais » pour chaque alerte. Chaque courriel porte aussi un \
         lien qui arrête ce type d’alerte, sans connexion.",
    ),
    (
        "Mon adresse électronique change",
        "Indiquez la nouvelle dans « Mes coordonnées », puis ouvrez le lien qu’elle reçoit. D’ici là, vos alertes vont à l’ancienne.",
    ),
    (
        "Je pars en congé",
        "Dans « Mes alertes électroniques », donnez les dates de votre absence : vos alertes vous attendront, ou iront à un collègue qui \
         l’accepte.",
    ),
    (
        "Mon identifiant de connexion a changé",
        "Connectez-vous avec le nouveau : la page propose de retrouver votre compte par un lien envoyé à son adresse.",
    ),
    (
        "Je veux savoir ce qui m’a été envoyé",
        "« Historique » le dit, avec la raison de chaque envoi, et donne toutes vos données dans un fichier.",
    ),
];

/// Returns the page.
pub(super) fn content(site: &Site) -> String {
    let help = &site.operator.help;
    let mut page = Html::default();
    page.heading("Joindre l’assistance");
    page.rows(&[
        ("Téléphone", said(help.telephone.as_ref())),
        ("Horaires", said(help.hours.as_ref())),
        ("Courriel", mailbox(help.mail.as_ref())),
    ]);
    page.heading("Guides");
    if help.guides.is_empty() {
        page.raw(&or_missing(None));
    }
    for (guide, url) in &help.guides {
        page.raw(&linked(guide.title(), Some(url)));
    }
    page.heading("Questions fréquentes");
    for (question, answer) in QUESTIONS {
        page.part(question);
        page.paragraph(answer);
    }
    page.into_string()
}
