//! Agents from a spreadsheet.

mod files;
mod lookups;
mod reading;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use vigie_tests::{Answer, World, routes::is_problem, scenario::Person};

use crate::administration::organisation;

const PATH: &str = "/v1/entities/EMS-DSI/agents/import";

async fn import(world: &World, by: &Person, dry_run: bool, csv: &str) -> Answer {
    world
        .request("POST", &format!("{PATH}?dryRun={dry_run}"))
        .by(&by.login)
        .raw("text/csv; charset=utf-8", csv)
        .send()
        .await
}

async fn post(world: &World, by: &Person, query: &str, media_type: &str, body: &[u8]) -> Answer {
    let request = world.request("POST", &format!("{PATH}{query}"));
    let request = request.by(&by.login).bytes(media_type, body);
    request.send().await
}

/// Row and status of each.
fn statuses(report: &Value) -> Vec<(u64, String)> {
    let rows = report["rows"].as_array().expect("rows").iter();
    rows.map(|row| {
        (
            row["row"].as_u64().unwrap(),
            row["status"].as_str().unwrap().to_owned(),
        )
    })
    .collect()
}

fn counts(report: &Value) -> [u64; 5] {
    ["created", "wouldCreate", "unchanged", "refused", "notTried"]
        .map(|status| report[status].as_u64().expect(status))
}

/// The errors of the only row that is refused.
fn refused(report: &Value) -> Vec<(String, String)> {
    let row = report["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .find(|row| row["status"] == "refused")
        .expect("a refused row");
    let text = |error: &Value, field: &str| error[field].as_str().unwrap().to_owned();
    row["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (text(error, "field"), text(error, "reason")))
        .collect()
}

/// Counts the items besides the traces that every import leaves.
async fn size(world: &World) -> usize {
    let traces = |item: &&std::collections::HashMap<_, aws_sdk_dynamodb::types::AttributeValue>| {
        !item["sk"]
            .as_s()
            .is_ok_and(|sk| sk.starts_with("AUDIT#") || sk.starts_with("LOOKUPS"))
    };
    world.table.items().await.iter().filter(traces).count()
}

/// A file as a French spreadsheet saves it.
const FRENCH: &str = "\u{feff}Civilité;Prénom;NOM;Fonction;Courriel;Téléphone;Télécopie;Adresse;Code postal;Ville;Pays;Rôle\r\n\
    Mme;Élise;Kieffer;Acheteuse;Elise.Kieffer@agents.example.fr;03 88 60 90 90;;\"1; place de la Gare\";67000;Strasbourg;France;agent\r\n\
    M.;Ali;Ben;;ali@agents.example.fr;;;;;;;Administrateur\r\n\
    ;;;;;;;;;;;\r\n\
    ;Zoé;N'Guyen;;zoe@agents.example.fr;;;;;;;\r\n";

#[tokio::test]
async fn a_french_spreadsheet_is_imported_and_a_dry_run_says_so_and_changes_nothing() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let before = size(&world).await;
    let dry = import(&world, &ada, true, FRENCH).await.expect(200).json;
    assert_eq!(
        statuses(&dry),
        [2, 3, 5].map(|row| (row, "wouldCreate".to_owned()))
    );
    assert_eq!(
        (dry["dryRun"].as_bool(), counts(&dry)),
        (Some(true), [0, 3, 0, 0, 0])
    );
    assert!(dry["rows"][0]["accountId"].is_null());
    world.settle().await;
    assert_eq!(size(&world).await, before);
    assert!(world.mails_to("elise.kieffer@agents.example.fr").is_empty());

    let done = import(&world, &ada, false, FRENCH).await.expect(200).json;
    assert_eq!(
        statuses(&done),
        [2, 3, 5].map(|row| (row, "created".to_owned()))
    );
    assert_eq!(
        (done["dryRun"].as_bool(), counts(&done)),
        (Some(false), [3, 0, 0, 0, 0])
    );
    world.settle().await;
    for (row, email) in [(0, "elise.kieffer"), (1, "ali"), (2, "zoe")] {
        let email = format!("{email}@agents.example.fr");
        assert_eq!(done["rows"][row]["email"], email);
        assert_eq!(
            world.accept(&email).await.id,
            done["rows"][row]["accountId"].as_str().unwrap()
        );
    }
    let agents = world
        .get(&ada.login, "/v1/entities/EMS-DSI/agents")
        .await
        .expect(200)
        .json;
    let agents: BTreeMap<_, _> = agents["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| (a["contact"]["firstName"].as_str().unwrap(), a))
        .collect();
    let wanted = json!({
        "civility": "Mme", "firstName": "Élise", "lastName": "Kieffer", "jobTitle": "Acheteuse", "email": "elise.kieffer@agents.example.fr",
        "phone": "+33388609090", "fax": null,
        "address": {"street": "1; place de la Gare", "postalCode": "67000", "city": "Strasbourg", "country": "France"},
    });
    assert_eq!(agents["Élise"]["contact"], wanted);
    assert_eq!(
        [
            &agents["Élise"]["role"],
            &agents["Ali"]["role"],
            &agents["Zoé"]["role"]
        ],
        ["agent", "administrator", "agent"]
    );
    assert!(agents["Ali"]["contact"]["address"].is_null());
}

#[tokio::test]
async fn the_same_file_again_changes_nothing() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let first = import(&world, &ada, false, FRENCH).await.expect(200).json;
    world.settle().await;
    let before = size(&world).await;
    world.empty_inbox();
    for dry_run in [false, true] {
        let again = import(&world, &ada, dry_run, FRENCH).await.expect(200).json;
        assert_eq!(counts(&again), [0, 0, 3, 0, 0]);
        for (row, was) in again["rows"]
            .as_array()
            .unwrap()
            .iter()
            .zip(first["rows"].as_array().unwrap())
        {
            assert_eq!(
                (&row["status"], &row["accountId"]),
                (&json!("unchanged"), &was["accountId"])
            );
        }
    }
    world.settle().await;
    assert_eq!(size(&world).await, before);
    assert!(world.mails().is_empty());
}

#[tokio::test]
async fn a_bad_row_is_refused_alone_with_its_fields() {
    for (row, fields) in [
        ("Nadia,,nadia@agents.example.fr,,,", &["lastName"][..]),
        (",,nadia@agents.example.fr,,,", &["firstName", "lastName"]),
        ("Nadia,Nouvelle,,,,", &["email"]),
        ("Nadia,Nouvelle,not an address,,,", &["email"]),
        ("Nadia,Nouvelle,nadia@localhost,,,", &["email"]),
        ("Nadia,Nouvelle,nadia@agents.example.fr,12,,", &["phone"]),
        ("Nadia,Nouvelle,nadia@agents.example.fr,,root,", &["role"]),
        (
            "\"Na\ndia\",Nouvelle,nadia@agents.example.fr,12,chef,",
            &["firstName", "phone", "role"],
        ),
        (
            "Nadia,Nouvelle,nadia@agents.example.fr,,,Stras\u{202e}bourg",
            &["city"],
        ),
        ("Nadia,Nouvelle,nadia@agents.example.fr,,,,one more", &[""]),
        ("Nadia,Nouvelle,FIRST@agents.example.fr,,,", &["email"]),
    ] {
        let world = World::new().await;
        let ada = organisation(&world).await;
        let long = "x".repeat(101);
        let csv = format!(
            "firstName,lastName,e-mail,phone,role,ville\nFirst,Agent,first@agents.example.fr,,,\n{row}\nLast,Agent,last@agents.example.fr\nToo,{long},long@agents.example.fr,,,\n"
        );
        let report = import(&world, &ada, false, &csv).await.expect(200).json;
        assert_eq!(counts(&report), [2, 0, 0, 2, 0], "{row}: {report}");
        let errors = refused(&report);
        assert_eq!(
            errors
                .iter()
                .map(|(field, _)| field.as_str())
                .collect::<Vec<_>>(),
            fields,
            "{row}"
        );
        assert!(errors.iter().all(|(_, reason)| !reason.is_empty()));
        // A row that spans lines counts as its first.
        let lines = if row.contains('\n') {
            [2, 3, 5, 6]
        } else {
            [2, 3, 4, 5]
        };
        assert_eq!(
            statuses(&report)
                .iter()
                .map(|(row, _)| *row)
                .collect::<Vec<_>>(),
            lines,
            "{row}"
        );
        assert_eq!(report["rows"][3]["errors"][0]["field"], "lastName");
    }
}

#[tokio::test]
async fn an_address_of_somebody_else_is_taken_and_nothing_more_is_said() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let zoe = world.organisation("LYON").await;
    let beside = world.agent(&ada, "EMS-EAU", "Beside").await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    let csv = format!(
        "nom;prénom;mail\nX;Y;{}\nX;Y;{}\nX;Y;{}\nX;Y;free@agents.example.fr\n",
        zoe.email, beside.email, bruno.email
    );
    for (dry_run, free) in [(true, "wouldCreate"), (false, "created")] {
        let answer = import(&world, &ada, dry_run, &csv).await.expect(200);
        let said: Vec<_> = statuses(&answer.json)
            .into_iter()
            .map(|(_, status)| status)
            .collect();
        assert_eq!(said, ["refused", "refused", "unchanged", free]);
        for row in 0..2 {
            let row = &answer.json["rows"][row];
            assert_eq!(
                row["errors"],
                json!([{"field": "email", "reason": "email-taken"}])
            );
            assert!(row["accountId"].is_null());
        }
        for id in [&zoe.id, &beside.id] {
            assert!(!answer.text.contains(id.as_str()));
        }
        assert_eq!(answer.json["rows"][2]["accountId"], bruno.id.as_str());
    }
    let bruno = bruno.get(&world, "").await.expect(200).json;
    assert_eq!(
        bruno["contact"]["firstName"], "Bruno",
        "an import changes nobody"
    );
}

fn file(from: usize, count: usize) -> String {
    let rows =
        (from..from + count).map(|i| format!("Agent{i};Importé;agent{i}@agents.example.fr\r\n"));
    std::iter::once("Prénom;Nom;Courriel\r\n".to_owned())
        .chain(rows)
        .collect()
}

#[tokio::test]
async fn two_hundred_rows_are_taken_and_one_more_is_not() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let answer = import(&world, &ada, false, &file(0, 201)).await;
    assert_eq!(
        (answer.status, answer.fields()),
        (422, vec![""]),
        "{}",
        answer.text
    );
    is_problem("201 rows", &answer);
    let blank = format!("{}{}", file(0, 200), ";;\r\n".repeat(50));
    let report = import(&world, &ada, false, &blank).await.expect(200).json;
    assert_eq!(counts(&report), [200, 0, 0, 0, 0]);
}

/// A file of 5,000 is 25 such calls; the engine of these tests takes minutes for them.
#[tokio::test]
async fn a_long_file_is_as_many_calls_as_it_needs_and_is_finished_by_sending_it_again() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    import(&world, &ada, false, &file(0, 200)).await.expect(200);
    import(&world, &ada, false, &file(200, 40))
        .await
        .expect(200);
    let mut created = Vec::new();
    for call in 0..3 {
        let report = import(&world, &ada, false, &file(call * 200, 200))
            .await
            .expect(200)
            .json;
        assert_eq!(
            report["created"].as_u64().unwrap() + report["unchanged"].as_u64().unwrap(),
            200
        );
        created.push(report["created"].as_u64().unwrap());
    }
    assert_eq!(created, [0, 160, 200]);
    assert_eq!(world.table.count("EMAIL#").await, 601);
}
