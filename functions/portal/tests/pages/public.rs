//! Legal notice, personal data, accessibility and help.

use std::sync::{Arc, atomic::AtomicI64};

use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use serde_json::{Value, json};
use vigie_operator::{Operator, audit::Criterion};
use vigie_portal::public::{
    accessibility::{Criteria, Outcome},
    stored::Stored,
};
use vigie_runtime::clock::Clock;

use super::{DEMO, get, header, portal, request_at, request_of, text};

const PUBLIC: [&str; 4] = [
    "/mentions-legales",
    "/donnees-personnelles",
    "/accessibilite",
    "/aide",
];

#[tokio::test]
async fn public_pages_need_neither_a_script_nor_a_sign_in() {
    for page in PUBLIC {
        let response = get(page).await;
        assert_eq!(response.status(), 200, "{page}");
        assert_eq!(header(&response, &CONTENT_TYPE), "text/html; charset=utf-8");
        let (policy, html) = (
            header(&response, &CONTENT_SECURITY_POLICY).to_owned(),
            text(&response),
        );
        assert!(
            policy.contains("style-src 'self'") && !policy.contains("script-src"),
            "{policy}"
        );
        assert!(
            !html.contains("<script") && !html.contains("style="),
            "{page}"
        );
        // The table of criteria is long, and still no download that anybody waits for.
        assert!(html.len() < 40_000, "{page}: {}", html.len());
    }
}

#[tokio::test]
async fn public_pages_say_all_that_the_operator_says() {
    for (page, own) in [
        (
            "/mentions-legales",
            &[
                "Syndicat mixte imaginaire de Valfictif",
                "1 place de l’Exemple",
                "Camille Exemple",
                "Hébergeur imaginaire SAS",
                "2 rue de l’Exemple",
                "eu-west-3",
            ][..],
        ),
        (
            "/donnees-personnelles",
            &[
                "représenté par sa présidence",
                "dpo@valfictif.example.fr",
                "mission d’intérêt public (RGPD, article 6.1.e)",
                "obligation légale de sécurité",
                "eu-west-3",
                "Commission nationale de l’informatique et des libertés",
                "<td>400 jours</td>",
                "Aucun cookie",
            ],
        ),
        (
            "/accessibilite",
            &[
                "<strong>non conforme</strong>",
                "accessibilite@valfictif.example.fr",
                "Défenseur des droits",
                "https://valfictif.example.fr/accessibilite/schema.html",
                "https://valfictif.example.fr/accessibilite/plan-2026.html",
            ],
        ),
        (
            "/aide",
            &[
                "tel:0300000000",
                "https://valfictif.example.fr/guides/compte.pdf#favoris",
                "Je ne reçois aucune alerte",
            ],
        ),
    ] {
        let html = text(&get(page).await);
        for own in own {
            assert!(html.contains(own), "{page} lacks {own}: {html}");
        }
        assert!(!html.contains("à compléter"), "{page}");
    }
}

#[tokio::test]
async fn each_particular_that_is_lacking_is_said_on_some_page() {
    let all = include_str!("../../../../infra/operator.json")
        .parse::<Operator>()
        .expect("an operator")
        .missing();
    for name in all {
        // Neither is words, and the law asks for neither.
        if ["logo", "colours"].contains(&name) {
            continue;
        }
        let mut without: Value = serde_json::from_str(DEMO).unwrap();
        let gone = if name == "help.guides" {
            json!({})
        } else {
            Value::Null
        };
        *without
            .pointer_mut(&format!("/{}", name.replace('.', "/")))
            .unwrap() = gone;
        let mut said = 0;
        for page in PUBLIC {
            let html = text(&request_of(&without.to_string(), "GET", page, json!({})).await);
            said += html.matches("à compléter par l’exploitant").count();
        }
        assert!(said > 0, "{name}");
    }
}

#[tokio::test]
async fn a_valid_audit_changes_the_statement_and_the_link_on_every_page() {
    let audited = |not_met: &[&str]| {
        let mut operator: Value = serde_json::from_str(DEMO).unwrap();
        operator["accessibility"]["audit"] = json!({
            "auditor": "Cabinet imaginaire",
            "on": "2026-11-27",
            "rgaa": "4.1.2",
            "sample": ["Page de l’échantillon"],
            "results": {"notMet": not_met, "notApplicable": ["4.1"]},
        });
        operator.to_string()
    };
    let clock = Clock::Fixed(Arc::new(AtomicI64::new(1_796_032_800_000)));
    for (operator, words, said) in [
        (
            audited(&[]),
            "totalement conforme",
            "105 critères sur les 105 applicables",
        ),
        (
            audited(&["1.1"]),
            "partiellement conforme",
            "<li>1.1 Chaque image porteuse",
        ),
    ] {
        let page_of = async |page: &str| {
            text(&request_at(portal(clock.clone()), &operator, "GET", page, json!({})).await)
        };
        let statement = page_of("/accessibilite").await;
        assert!(
            statement.contains(&format!("<strong>{words}</strong>")),
            "{statement}"
        );
        assert!(
            statement.contains(said) && statement.contains("Page de l’échantillon"),
            "{statement}"
        );
        assert!(
            page_of("/confirm")
                .await
                .contains(&format!("Accessibilité\u{a0}: {words}</a>"))
        );
    }
}

#[test]
fn all_criteria_are_listed_once_each_with_a_way_of_testing_that_is_there() {
    let file = Criteria::all();
    let listed: Vec<_> = file.criteria.iter().map(|each| each.id).collect();
    assert_eq!(listed, Criterion::all().collect::<Vec<_>>());
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for each in &file.criteria {
        let is_absent = each.tested.iter().any(|way| way == "absent");
        assert!(each.title.ends_with("\u{a0}?"), "{}", each.title);
        // Nothing has an outcome that nobody tested for, and what is not there was looked for.
        assert!(
            each.result.is_none() || !each.tested.is_empty(),
            "{}",
            each.id
        );
        assert!(
            !is_absent || each.result == Some(Outcome::NotApplicable),
            "{}",
            each.id
        );
        for way in &each.tested {
            let way = file.tests.get(way).expect("a way of testing");
            assert!(root.join(&way.place).exists(), "{}", way.place);
        }
    }
}

#[tokio::test]
async fn the_statement_goes_by_the_model_and_says_the_outcome_of_each_test() {
    let html = text(&get("/accessibilite").await);
    let mut from = 0;
    for part in [
        "article 47 de la loi",
        "Schéma pluriannuel d’accessibilité",
        "Plan d’action de l’année",
        "<h2>État de conformité</h2>",
        "<h3>Résultats des tests</h3>",
        "<h2>Contenus non accessibles</h2>",
        "<h3>Non-conformités</h3>",
        "<h3>Dérogations pour charge disproportionnée</h3>",
        "<h3>Contenus non soumis à l’obligation d’accessibilité</h3>",
        "<h2>Établissement de cette déclaration d’accessibilité</h2>",
        "Cette déclaration a été établie le ",
        "<h3>Technologies utilisées</h3>",
        "<h3>Environnement et outils de test</h3>",
        "<h3>Pages ayant fait l’objet de la vérification</h3>",
        "<h2>Amélioration et contact</h2>",
        "<h2>Voies de recours</h2>",
        "Défenseur des droits",
    ] {
        let at = html[from..].find(part);
        from += at.unwrap_or_else(|| panic!("no {part} after {}", &html[..from]));
    }
    assert_eq!(html.matches("<tr><th scope=\"row\">").count(), 106);
    let file = Criteria::all();
    let day = file.tests.values().map(|way| way.on).max().unwrap();
    assert!(html.contains(&format!("établie le {}.", day.strftime("%d/%m/%Y"))));
    for (outcome, words) in [
        (Some(Outcome::Met), "respecté"),
        (Some(Outcome::NotMet), "non respecté"),
        (Some(Outcome::NotApplicable), "sans objet"),
    ] {
        let said = file.criteria.iter().filter(|each| each.result == outcome);
        let shown = html.matches(&format!("<td>{words}<")).count()
            + html.matches(&format!("<td>{words}\u{a0}:")).count();
        assert_eq!(shown, said.count(), "{words}");
    }
}

#[test]
fn what_is_stored_about_people_is_said_in_french_with_its_duration() {
    let all = Stored::all();
    assert!(all.len() > 25);
    let about_people = all.iter().filter(|row| row.donnees.is_some());
    assert!(about_people.clone().count() > 20);
    for row in about_people {
        assert!(row.duree.is_some(), "{}", row.place);
        // The same numbers in both languages.
        for number in row
            .how_long
            .split(|c: char| !c.is_ascii_digit())
            .filter(|digits| !digits.is_empty())
        {
            assert!(
                row.duree.as_ref().unwrap().contains(number),
                "{}: {number}",
                row.place
            );
        }
    }
}
