//! The mail that asks its recipient to link accounts: who asks, what each side may then do, and
//! that doing nothing refuses.

use jiff::Timestamp;

use super::{
    block::Block,
    message::{Message, offer},
};

/// The names are one harmless line each.
pub(super) fn message(
    link: &str,
    expires_at: Timestamp,
    [name, entity, organisation]: [String; 3],
    refuse: &str,
) -> Message {
    let mut body = Block::default();
    body.paragraph(&format!(
        "{name} vous demande d’associer son compte d’agent et le vôtre."
    ));
    body.paragraph(&format!(
        "Organisme\u{a0}: {organisation}. Entité\u{a0}: {entity}."
    ));
    body.paragraph(
        "Une fois les comptes associés, chacun pourra consulter et modifier les alertes, les lieux d’exécution, les favoris et \
         l’absence de l’autre, et verra son nom, son entité et son adresse électronique.",
    );
    body.paragraph(
        "Chacun restera seul à pouvoir modifier ses coordonnées et ses associations, exporter ses données, supprimer son compte ou \
         exercer ses droits d’administrateur.",
    );
    body.paragraph(
        "Pour accepter, ouvrez ce lien puis connectez-vous avec l’identifiant de votre compte.",
    );
    offer(&mut body, "Associer les comptes", link, expires_at);
    body.paragraph(
        "Pour refuser, ne faites rien\u{a0}: sans votre accord, les comptes restent séparés, et le demandeur n’apprend pas que cette \
         adresse est utilisée. Une association peut être défaite à tout moment, de part et d’autre.",
    );
    body.link("Ne plus recevoir de demandes d’association", refuse);
    Message {
        subject: "Demande d’association de comptes",
        preheader: format!("{name} – {organisation}"),
        body,
        why: "Vous recevez ce message parce que cette adresse est celle de votre compte d’agent."
            .to_owned(),
    }
}
