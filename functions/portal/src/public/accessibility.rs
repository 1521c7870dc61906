//! « Déclaration d'accessibilité » (décret 2019-768): the state by law, and how each of the 106
//! criteria of RGAA 4.1 was tested.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use serde::Deserialize;
use vigie_domain::{paris, text::Text};
use vigie_http::Site;
use vigie_operator::audit::{Criterion, REDESIGNED, RGAA};

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

/// A criterion, and the ways in which it was tested; none if it was not yet.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tested {
    /// Its number.
    pub id: Criterion,
    /// Its question.
    pub title: String,
    /// The names of the ways.
    pub tested: Vec<String>,
    /// The outcome, where the tests are enough for one.
    pub result: Option<Outcome>,
    /// Remark: something that was seen, or that is left to test.
    pub note: Option<String>,
}

/// The outcome of a criterion's tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// It is met.
    Met,
    /// It is not.
    NotMet,
    /// The service has nothing that it is about.
    NotApplicable,
}

impl Tested {
    /// Returns the outcome in words, with the note.
    fn said(&self) -> String {
        let outcome = match self.result {
            Some(Outcome::Met) => "respecté",
            Some(Outcome::NotMet) => "non respecté",
            Some(Outcome::NotApplicable) => "sans objet",
            None if self.tested.is_empty() => "pas encore testé",
            None => "pas encore établi",
        };
        match &self.note {
            Some(note) => format!("{outcome} : {note}"),
            None => outcome.to_owned(),
        }
    }
}

impl Criteria {
    /// Returns them; none if the file is not one of criteria, which a test rules out.
    #[must_use]
    pub fn all() -> Self {
        serde_json::from_str(FILE).unwrap_or_default()
    }

    /// Returns the day of the last test.
    fn tested_on(&self) -> Option<Date> {
        self.tests.values().map(|way| way.on).max()
    }

    fn count(&self, result: Option<Outcome>) -> usize {
        let of = self.criteria.iter().filter(|each| each.result == result);
        of.count()
    }

    fn rows(&self) -> impl Iterator<Item = [String; 5]> {
        self.criteria.iter().map(|criterion| {
            let ways: Vec<_> = criterion
                .tested
                .iter()
                .filter_map(|name| self.tests.get(name))
                .collect();
            let by: Vec<_> = ways.iter().map(|way| way.by.as_str()).collect();
            let on = ways.iter().map(|way| way.on).max();
            let or_none = |text: String| {
                if text.is_empty() {
                    "–".to_owned()
                } else {
                    text
                }
            };
            [
                criterion.id.to_string(),
                criterion.title.clone(),
                or_none(by.join(", ")),
                or_none(on.map(french).unwrap_or_default()),
                criterion.said(),
            ]
        })
    }

    fn named(&self, is_meant: impl Fn(&Tested) -> bool) -> Vec<String> {
        let meant = self.criteria.iter().filter(|each| is_meant(each));
        meant
            .map(|each| format!("{} {}", each.id, each.title))
            .collect()
    }
}

/// Returns the page, in the order of the model that the State gives.
pub(super) fn content(site: &Site, now: Timestamp) -> String {
    let (access, criteria) = (&site.operator.accessibility, Criteria::all());
    let mut page = Html::default();
    page.raw(&format!(
        "{} s’engage à rendre ce service accessible, conformément à l’article 47 de la loi n°\u{a0}2005-102 du 11 février 2005, et met \
         pour cela en œuvre ces actions\u{a0}:",
        said(site.operator.publisher.name.as_ref())
    ));
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
    page.paragraph("Cette déclaration s’applique à toutes les pages de cette adresse.");
    conformity(&mut page, site, &criteria, now);
    page.heading("Amélioration et contact");
    page.raw(&format!(
        "Si vous n’arrivez pas à accéder à un contenu ou à un service, écrivez à {} pour être orienté vers une alternative accessible ou \
         obtenir le contenu sous une autre forme.",
        mailbox(access.contact.as_ref())
    ));
    page.heading("Voies de recours");
    page.paragraph(
        "Cette procédure est à utiliser si vous avez signalé un défaut d’accessibilité qui vous empêche d’accéder à un contenu ou à un \
         service, et que vous n’avez pas obtenu de réponse satisfaisante.",
    );
    page.raw(
        "Vous pouvez <a href=\"https://formulaire.defenseurdesdroits.fr/\">écrire un message au Défenseur des droits</a>, \
         <a href=\"https://www.defenseurdesdroits.fr/saisir/delegues\">contacter le délégué du Défenseur des droits dans votre région</a>, \
         ou envoyer un courrier par la poste (gratuit, sans timbre)\u{a0}: Défenseur des droits, Libre réponse 71120, 75342 Paris CEDEX 07.",
    );
    page.heading("Tests des critères");
    page.table(
        "Les 106 critères du RGAA 4.1, et comment chacun a été testé",
        ["N°", "Critère", "Testé par", "Le", "Résultat"],
        criteria.rows(),
    );
    page.into_string()
}

/// Adds what is so, by a valid audit or by the tests, and what both went by.
fn conformity(page: &mut Html, site: &Site, criteria: &Criteria, now: Timestamp) {
    let access = &site.operator.accessibility;
    let (state, today) = (site.accessibility(now), paris::day(now));
    let audit = access.audit.as_ref();
    let valid = audit.filter(|audit| audit.valid(RGAA, REDESIGNED, today).is_some());
    page.heading("État de conformité");
    page.raw(&format!(
        "Ce service est <strong>{}</strong> au référentiel général d’amélioration de l’accessibilité (RGAA), version {}.",
        state.words(),
        RGAA.version
    ));
    page.part("Résultats des tests");
    let results = valid.and_then(|audit| Some((audit, audit.results.as_ref()?, audit.on?)));
    match results {
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
    if results.is_none() {
        page.paragraph(&format!(
            "D’après les tests ci-dessous, qui n’en tiennent pas lieu, {} critères sont respectés, {} ne le sont pas, {} sont sans objet, \
             et {} ne sont pas établis.",
            criteria.count(Some(Outcome::Met)),
            criteria.count(Some(Outcome::NotMet)),
            criteria.count(Some(Outcome::NotApplicable)),
            criteria.count(None),
        ));
    }
    page.heading("Contenus non accessibles");
    page.part("Non-conformités");
    let not_met = match results {
        Some((_, results, _)) => criteria.named(|each| results.not_met.contains(&each.id)),
        None => criteria.named(|each| each.result == Some(Outcome::NotMet)),
    };
    if results.is_none() {
        page.paragraph("Elles ne sont pas établies, faute d’audit valable.");
    }
    if !not_met.is_empty() {
        let by = if results.is_some() {
            "l’audit"
        } else {
            "les tests ci-dessous"
        };
        page.paragraph(&format!("Critères non respectés d’après {by} :"));
        page.list(not_met.iter().map(String::as_str));
    } else if results.is_some() {
        page.paragraph("Aucune d’après l’audit.");
    }
    page.part("Dérogations pour charge disproportionnée");
    if access.derogations.is_empty() {
        page.paragraph("Aucune.");
    } else {
        page.list(access.derogations.iter().map(Text::as_str));
    }
    page.part("Contenus non soumis à l’obligation d’accessibilité");
    page.paragraph(
        "Les documents et les pages de la plateforme d’achat, vers lesquels mènent des liens.",
    );
    page.heading("Établissement de cette déclaration d’accessibilité");
    let on = valid.and_then(|audit| audit.on).max(criteria.tested_on());
    page.paragraph(&format!(
        "Cette déclaration a été établie le {}.",
        on.map(french).unwrap_or_default()
    ));
    page.part("Technologies utilisées");
    page.list(["HTML5", "CSS", "JavaScript", "WAI-ARIA", "SVG"]);
    page.part("Environnement et outils de test");
    let ways = criteria.tests.values();
    let ways: Vec<_> = ways
        .map(|way| format!("{} : {}", way.by, way.how))
        .collect();
    page.list(ways.iter().map(String::as_str));
    page.part("Pages ayant fait l’objet de la vérification");
    let sample = valid.map(|audit| audit.sample.iter().map(Text::as_str).collect());
    page.list(sample.unwrap_or_else(|| PAGES.to_vec()));
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
