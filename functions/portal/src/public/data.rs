//! « Données personnelles » (RGPD, article 13; loi 78-17, article 82).

use vigie_operator::Operator;

use super::{
    Html, Stack,
    html::{mailbox, said},
    stored::Stored,
};

/// Returns the page.
pub(super) fn content(operator: &Operator, stack: &Stack) -> String {
    let (data, bases) = (&operator.data, &operator.data.bases);
    let mut page = Html::default();
    page.heading("Responsable du traitement");
    page.raw(&said(data.controller.as_ref()));
    page.rows(&[
        (
            "Délégation à la protection des données",
            said(data.officer.as_ref()),
        ),
        ("Courriel", mailbox(data.officer_mail.as_ref())),
    ]);
    page.heading("Finalités et bases légales");
    page.rows(&[
        (
            "Tenir les comptes des agents et leurs choix",
            said(bases.accounts.as_ref()),
        ),
        (
            "Prévenir les agents de ce qui arrive à leurs consultations",
            said(bases.alerts.as_ref()),
        ),
        (
            "Garder la trace de ce que font les administrateurs, et assurer la sécurité du service",
            said(bases.security.as_ref()),
        ),
    ]);
    page.paragraph("Aucune décision n’est prise de façon automatisée au sens de l’article 22 du RGPD, et aucun profil n’est établi.");
    page.heading("Sources");
    page.paragraph(
        "Vous-même, les administrateurs de votre organisme qui vous invitent, et la plateforme d’achat, qui déclare les agents, les \
         entités et ce qui arrive aux consultations. Nom, prénom et adresse électronique sont nécessaires ; le reste est facultatif.",
    );
    page.heading("Destinataires");
    page.list([
        "Les administrateurs de votre organisme, pour votre compte et ses droits, et pour savoir qui est prévenu d’une consultation",
        "Les collègues dont les comptes sont associés au vôtre, ou que vous remplacez",
        "Amazon Web Services, sous-traitant, qui héberge le service et remet les courriels",
        "Les personnes habilitées par l’exploitant, pour l’assistance et la maintenance",
    ]);
    page.paragraph(&format!(
        "Les données sont conservées dans la région {} du nuage d’Amazon Web Services.",
        stack.place()
    ));
    page.heading("Durées de conservation");
    page.table(
        "Ce qui est conservé, et combien de temps",
        ["Données", "Durée"],
        Stored::all()
            .into_iter()
            .filter_map(|row| row.shown(stack.log_days)),
    );
    page.heading("Vos droits");
    page.paragraph(
        "Vous pouvez accéder à vos données, les rectifier, les effacer, en demander la limitation et vous opposer à leur traitement. \
         Vous pouvez aussi dire ce qu’elles deviennent après votre mort (loi du 6 janvier 1978, article 85). « Historique » les donne \
         toutes dans un fichier et permet de supprimer votre compte ; « Mes coordonnées » permet de les rectifier. Pour le reste, écrivez à la délégation à la protection des données, ci-dessus.",
    );
    page.raw(
        "Si vous estimez que vos droits ne sont pas respectés, vous pouvez adresser une réclamation à la \
         <a href=\"https://www.cnil.fr/fr/plaintes\">Commission nationale de l’informatique et des libertés</a> (CNIL), \
         3 place de Fontenoy, TSA 80715, 75334 Paris Cedex 07.",
    );
    page.heading("Ce que garde votre navigateur");
    page.paragraph(
        "Aucun cookie n’est déposé, et aucune mesure d’audience n’est faite. L’onglet garde, jusqu’à sa fermeture, votre connexion, le \
         compte choisi, le lien d’un courriel que vous venez d’ouvrir et ce que vous avez saisi sans l’enregistrer. Cela est strictement \
         nécessaire au service que vous demandez : la loi n’exige pas votre consentement (loi du 6 janvier 1978, article 82).",
    );
    page.into_string()
}
