//! « Déclaration d'accessibilité » (décret 2019-768): the state by law, and how each of the 106
//! criteria of RGAA 4.1 was tested.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use serde::Deserialize;
use vigie_domain::{paris, text::Text};
use vigie_http::Site;
use vigie_operator::audit::{Criterion, REDESIGNED, RGAA, Results, State};

use super::{
    Html,
    html::{linked, mailbox, said},
};

/// The file of the criteria.
const FILE: &str = include_str!("../../data/rgaa.json");

/// Criteria, and the ways in which they are tested.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criteria {
    /// The ways, by their names.
    pub tests: BTreeMap<String, Way>,
    /// The criteria, in their order.
    pub criteria: Vec<Tested>,
}

/// A way of testing.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// By whom or what.
    pub by: String,
    /// The way, in words.
    pub how: String,
    /// Address of what is written down of it.
    #[serde(rename = "where")]
    pub place: String,
    /// The day it was last done.
    pub on: Date,
}

/// A criterion, and the way in which it is tested; none if it was not yet.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tested {
    /// Its number.
    pub id: Criterion,
    /// Its question.
    pub title: String,
    /// The name of the way.
    pub tested: Option<String>,
}

impl Criteria {
    /// Returns them; none if the file is not one of criteria, which a test rules out.
    #[must_use]
    pub fn all() -> Self {
        serde_json::from_str(FILE).unwrap_or_default()
    }

    fn rows(&self) -> impl Iterator<Item = [String; 4]> {
        self.criteria.iter().map(|criterion| {
            let way = criterion
                .tested
                .as_ref()
                .and_then(|name| self.tests.get(name));
            let (how, on) = way.map_or_else(
                || ("pas encore testé".to_owned(), "–".to_owned()),
                |way| (format!("par {} : {}", way.by, way.how), french(way.on)),
            );
            [criterion.id.to_string(), criterion.title.clone(), how, on]
        })
    }

    fn named(&self, wanted: &Results) -> Vec<String> {
        let not_met = self
            .criteria
            .iter()
            .filter(|each| wanted.not_met.contains(&each.id));
        not_met
            .map(|each| format!("{} {}", each.id, each.title))
            .collect()
    }
}

/// Returns the page.
pub(super) fn content(site: &Site, now: Timestamp) -> String {
    let access = &site.operator.accessibility;
    let (state, criteria) = (site.accessibility(now), Criteria::all());
    let today = paris::day(now);
    let audit = access.audit.as_ref();
    let valid = audit.filter(|audit| audit.valid(RGAA, REDESIGNED, today).is_some());
    let mut page = Html::default();
    page.raw(&format!(
        "{} s’engage à rendre ce service accessible, conformément à l’article 47 de la loi n°\u{a0}2005-102 du 11 février 2005. Cette \
         déclaration s’applique à toutes les pages de cette adresse.",
        said(site.operator.publisher.name.as_ref())
    ));
    page.heading("État de conformité");
    page.raw(&format!(
        "Ce service est <strong>{}</strong> au référentiel général d’amélioration de l’accessibilité (RGAA), version {}.",
        state.words(),
        RGAA.version
    ));
    page.heading("Résultats des tests");
    let results = audit.and_then(|audit| Some((audit, audit.results.as_ref()?, audit.on?)));
    match results.filter(|_| valid.is_some()) {
        Some((audit, results, on)) => {
            let (met, applies) = results.met().unwrap_or_default();
            page.raw(&format!(
                "L’audit fait le {} par {} révèle que {met} critères sur les {applies} applicables sont respectés, soit {}\u{a0}%.",
                french(on),
                said(audit.auditor.as_ref()),
                met * 100 / applies.max(1)
            ));
        }
        None if audit.is_some() => page.paragraph(
            "L’audit qui a été fait n’est pas complet, ou n’est plus valable : il l’est trois ans, 18 mois après une nouvelle version du \
             RGAA, et jusqu’à la refonte du service.",
        ),
        None => page.paragraph(
            "Aucun audit n’a encore été fait par une personne indépendante. Sans audit valable, un service est non conforme, quels que \
             soient les résultats des tests ci-dessous.",
        ),
    }
    page.heading("Contenus non accessibles");
    let not_met = results.map(|(_, results, _)| criteria.named(results));
    match &not_met {
        Some(not_met) if state != State::Full && !not_met.is_empty() => {
            page.paragraph("Critères non respectés d’après l’audit :");
            page.list(not_met.iter().map(String::as_str));
        }
        Some(_) if state == State::Full => page.paragraph("Aucun d’après l’audit."),
        _ => page.paragraph("Ils ne sont pas établis, faute d’audit valable."),
    }
    page.part("Dérogations pour charge disproportionnée");
    if access.derogations.is_empty() {
        page.paragraph("Aucune.");
    } else {
        page.list(access.derogations.iter().map(Text::as_str));
    }
    page.part("Contenus non soumis à l’obligation");
    page.paragraph(
        "Les documents et les pages de la plateforme d’achat, vers lesquels mènent des liens.",
    );
    page.heading("Établissement de cette déclaration");
    page.raw(&format!(
        "Elle est établie au {} d’après ce qui précède et les tests ci-dessous.",
        french(today)
    ));
    page.part("Technologies");
    page.list(["HTML5", "CSS", "JavaScript", "WAI-ARIA", "SVG"]);
    page.part("Pages testées");
    let sample = valid.map(|audit| audit.sample.iter().map(Text::as_str).collect());
    page.list(sample.unwrap_or_else(|| PAGES.to_vec()));
    page.part("Tests des critères");
    page.table(
        "Les 106 critères du RGAA 4.1, et comment chacun a été testé",
        ["N°", "Critère", "Test", "Date"],
        criteria.rows(),
    );
    page.heading("Retour d’information et contact");
    page.raw(&format!(
        "Si vous n’arrivez pas à accéder à un contenu ou à un service, écrivez à {} pour être orienté vers une alternative accessible ou \
         obtenir le contenu sous une autre forme.",
        mailbox(access.contact.as_ref())
    ));
    page.heading("Voies de recours");
    page.raw(
        "Si vous avez signalé un défaut d’accessibilité qui vous empêche d’accéder à un contenu ou à un service et que vous n’avez pas obtenu \
         de réponse satisfaisante, vous pouvez <a href=\"https://formulaire.defenseurdesdroits.fr/\">écrire au Défenseur des droits</a>, \
         <a href=\"https://www.defenseurdesdroits.fr/saisir/delegues\">contacter son délégué dans votre région</a>, ou lui envoyer un courrier \
         (gratuit, sans timbre)\u{a0}: Défenseur des droits, Libre réponse 71120, 75342 Paris Cedex 07.",
    );
    page.heading("Schéma pluriannuel et plan d’action");
    page.rows(&[
        (
            "Sur plusieurs années",
            linked("Schéma pluriannuel d’accessibilité", access.plan.as_ref()),
        ),
        (
            "Cette année",
            linked("Plan d’action de l’année", access.year.as_ref()),
        ),
    ]);
    page.into_string()
}

/// Views that the tests go through, where no audit names any.
const PAGES: [&str; 10] = [
    "Accueil, avant la connexion",
    "Mes coordonnées",
    "Mes alertes électroniques",
    "Mes favoris, et une consultation",
    "Mes préférences Lieu d’exécution",
    "Mes comptes associés",
    "Historique",
    "Administration",
    "Pages des liens envoyés par courriel",
    "Mentions légales, données personnelles, accessibilité, aide",
];

fn french(day: Date) -> String {
    day.strftime("%d/%m/%Y").to_string()
}
