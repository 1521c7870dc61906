//! Agents from a spreadsheet.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use vigie_tests::{Answer, World, routes::is_problem, scenario::Person};

use crate::administration::{administrator, organisation};

const PATH: &str = "/v1/entities/EMS-DSI/agents/import";

async fn import(world: &World, by: &Person, dry_run: bool, csv: &str) -> Answer {
    world
        .request("POST", &format!("{PATH}?dryRun={dry_run}"))
        .by(&by.login)
        .raw("text/csv; charset=utf-8", csv)
        .send()
        .await
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
    let bruno = world
        .get(&bruno.login, &bruno.path(""))
        .await
        .expect(200)
        .json;
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

#[tokio::test]
async fn a_file_that_is_wrong_as_a_whole_is_refused_with_what_is_wrong() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let before = world.table.items().await.len();
    let row = "Nadia;Nouvelle;nadia@agents.example.fr\n";
    for (header, fields) in [
        ("", vec!["firstName", "lastName", "email"]),
        ("prénom;nom;courriel;matricule\n", vec!["matricule"]),
        ("prénom;nom\n", vec!["email"]),
        ("prénom;nom;courriel;e-mail\n", vec!["email"]),
        ("prénom;nom;courriel;\u{202e}\u{7}\n", vec![""]),
        ("prénom;nom;courriel\n", vec![]),
    ] {
        let rows = if fields.is_empty() || header.is_empty() {
            ""
        } else {
            row
        };
        let answer = import(&world, &ada, false, &format!("{header}{rows}")).await;
        is_problem(header, &answer);
        assert_eq!(answer.status, 422, "{header}");
        assert_eq!(
            answer.fields(),
            if fields.is_empty() { vec![""] } else { fields },
            "{header}: {}",
            answer.text
        );
    }
    let send = async |query: &str, content_type: &str, body: &[u8]| {
        let answer = world
            .request("POST", &format!("{PATH}{query}"))
            .by(&ada.login)
            .bytes(content_type, body)
            .send()
            .await;
        is_problem(query, &answer);
        (
            answer.status,
            answer
                .fields()
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        )
    };
    let good = file(0, 1);
    for query in [
        "",
        "?dryRun",
        "?dryRun=",
        "?dryRun=yes",
        "?dryRun=TRUE",
        "?dryrun=true",
    ] {
        assert_eq!(
            send(query, "text/csv", good.as_bytes()).await,
            (422, vec!["dryRun".to_owned()]),
            "{query}"
        );
    }
    for cut in [&b"\xff\xfep\0r"[..], b"pr\x81nom;nom;courriel\n"] {
        assert_eq!(send("?dryRun=false", "text/csv", cut).await.0, 400);
    }
    for other in ["", "text/plain", "application/json", "text/csv2"] {
        assert_eq!(
            send("?dryRun=false", other, good.as_bytes()).await.0,
            415,
            "{other}"
        );
    }
    let huge = format!("{good}{}", "\n".repeat(65537 - good.len()));
    assert_eq!(
        send("?dryRun=false", "text/csv", huge.as_bytes()).await.0,
        413
    );
    assert_eq!(world.table.items().await.len(), before);
    // The largest file allowed; the letters come as they are or encoded.
    let answer = world
        .request("POST", &format!("{PATH}?dryRun=true"))
        .by(&ada.login)
        .bytes("TEXT/CSV", &huge.as_bytes()[..65536])
        .send()
        .await;
    assert_eq!(counts(&answer.expect(200).json), [0, 1, 0, 0, 0]);
}

/// Each answer tells whether an address is known here: a thousand an hour and five thousand a day
/// for an organisation, whoever asks.
#[tokio::test]
async fn addresses_are_looked_up_so_many_times_and_no_more() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let chef = administrator(&world, &ada, "EMS-DSI", "Chef").await;
    let file = |round: usize, rows: usize| -> String {
        let rows: Vec<_> = (0..rows)
            .map(|i| format!("Prénom;Nom;inconnu{round}x{i}@ailleurs.example.fr\r\n"))
            .collect();
        format!("prénom;nom;courriel\r\n{}", rows.concat())
    };
    for round in 0..5 {
        let by = if round % 2 == 0 { &ada } else { &chef };
        import(&world, by, true, &file(round, 200))
            .await
            .expect(200);
    }
    let refused = import(&world, &ada, true, &file(5, 1)).await.expect(429);
    assert_eq!(
        (
            refused.problem(),
            refused.headers["retry-after"].to_str().unwrap()
        ),
        ("too-many-rows", "3661")
    );
    import(&world, &chef, true, &file(5, 1)).await.expect(429);
    // Imports are counted apart, and so is another organisation.
    import(&world, &ada, false, &file(5, 1)).await.expect(200);
    let zoe = world.organisation("LYON").await;
    let there = world
        .request("POST", "/v1/entities/LYON/agents/import?dryRun=true")
        .by(&zoe.login)
        .raw("text/csv", &file(6, 1));
    there.send().await.expect(200);

    // One address at a time is no way around it.
    world.pass(jiff::SignedDuration::from_mins(61));
    for round in 0..50 {
        import(&world, &ada, true, &file(round, 1))
            .await
            .expect(200);
    }
    import(&world, &ada, true, &file(51, 1)).await.expect(429);
}

/// A file of strangers, each time others.
fn strangers(round: usize, rows: usize) -> String {
    let rows: Vec<_> = (0..rows)
        .map(|i| format!("Prénom;Nom;inconnu{round}x{i}@ailleurs.example.fr\r\n"))
        .collect();
    format!("prénom;nom;courriel\r\n{}", rows.concat())
}

#[tokio::test]
async fn rows_that_are_refused_without_a_look_up_cost_nothing() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let audited = async || {
        world
            .get(&ada.login, "/v1/entities/EMS/audit")
            .await
            .expect(200)
            .json["items"]
            .as_array()
            .unwrap()
            .len()
    };
    let (before, entries) = (world.table.items().await.len(), audited().await);
    let bad = |good: &str| {
        format!(
            "prénom;nom;courriel\r\n{good}{}",
            ";Nom;inconnu@ailleurs.example.fr\r\n".repeat(199)
        )
    };
    for round in 0..6 {
        for dry_run in [true, false] {
            let report = import(&world, &ada, dry_run, &bad(""))
                .await
                .expect(200)
                .json;
            assert_eq!(counts(&report), [0, 0, 0, 199, 0], "{round}");
        }
    }
    assert_eq!(
        (world.table.items().await.len(), audited().await),
        (before, entries),
        "nothing was looked up, nothing is recorded"
    );
    // Of a file that has others too, the others count: the least that a file counts as, fifty
    // times.
    for round in 0..50 {
        let good = format!("Prénom;Nom;inconnu{round}@ailleurs.example.fr\r\n");
        import(&world, &ada, true, &bad(&good)).await.expect(200);
    }
    import(&world, &ada, true, &strangers(0, 1))
        .await
        .expect(429);
    // Where nothing may be looked up, what needs no look-up is still said.
    import(&world, &ada, true, &bad("")).await.expect(200);
}

/// Half of what the organisation may look up is for one who administers a part of it, three
/// quarters for all such people.
#[tokio::test]
async fn an_administrator_of_a_part_cannot_use_up_the_organisation_s_look_ups() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let chef = administrator(&world, &ada, "EMS-DSI", "Chef").await;
    let puppet = administrator(&world, &chef, "EMS-RESEAU", "Puppet").await;
    let at = async |by: &Person, entity: &str, rows: usize| {
        let path = format!("/v1/entities/{entity}/agents/import?dryRun=true");
        world
            .request("POST", &path)
            .by(&by.login)
            .raw("text/csv", &strangers(rows, rows))
            .send()
            .await
    };
    for rows in [200, 200, 100] {
        at(&chef, "EMS-DSI", rows).await.expect(200);
    }
    // What is refused is not counted anywhere.
    for _ in 0..30 {
        let refused = at(&chef, "EMS-RESEAU", 200).await.expect(429);
        assert_eq!(
            (
                refused.problem(),
                refused.headers["retry-after"].to_str().unwrap()
            ),
            ("too-many-rows", "3661")
        );
    }
    at(&puppet, "EMS-RESEAU", 200).await.expect(200);
    at(&puppet, "EMS-RESEAU", 51).await.expect(429);
    at(&puppet, "EMS-RESEAU", 50).await.expect(200);
    at(&puppet, "EMS-RESEAU", 1).await.expect(429);
    // The rest is for whoever administers all of it, wherever they use it.
    at(&ada, "EMS-DSI", 200).await.expect(200);
    at(&ada, "EMS", 51).await.expect(429);
    at(&ada, "EMS", 50).await.expect(200);
    at(&ada, "EMS", 1).await.expect(429);
    // Creating is counted apart, and shared in the same way.
    let create = async |by: &Person, name: &str| {
        let contact = json!({"firstName": "Un", "lastName": "Agent", "email": format!("{name}@ailleurs.example.fr")});
        world
            .post(
                &by.login,
                "/v1/entities/EMS-RESEAU/agents",
                json!({"contact": contact}),
            )
            .await
    };
    // A file counts as twenty, a single agent as one; the puppet was the first.
    for round in 0..24 {
        let path = "/v1/entities/EMS-DSI/agents/import?dryRun=false";
        let file = format!("prénom;nom;courriel\nUn;Agent;n{round}@ailleurs.example.fr\n");
        world
            .request("POST", path)
            .by(&chef.login)
            .raw("text/csv", &file)
            .send()
            .await
            .expect(200);
    }
    for name in 0..19 {
        create(&chef, &format!("m{name}")).await.expect(201);
    }
    create(&chef, "trop").await.expect(429);
    create(&puppet, "un").await.expect(201);
    create(&ada, "deux").await.expect(201);
    world.pass(jiff::SignedDuration::from_secs(3661));
    at(&chef, "EMS-DSI", 200).await.expect(200);
    create(&chef, "trop").await.expect(201);
}

/// The one who administers all of it may use up all: whoever is below waits, and nobody else.
#[tokio::test]
async fn whoever_administers_all_has_all_of_it() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let chef = administrator(&world, &ada, "EMS-DSI", "Chef").await;
    for round in 0..5 {
        import(&world, &ada, true, &strangers(round, 200))
            .await
            .expect(200);
    }
    import(&world, &ada, true, &strangers(5, 1))
        .await
        .expect(429);
    import(&world, &chef, true, &strangers(5, 1))
        .await
        .expect(429);
    world.pass(jiff::SignedDuration::from_secs(3661));
    import(&world, &chef, true, &strangers(5, 200))
        .await
        .expect(200);
}

#[tokio::test]
async fn agents_created_one_by_one_count_as_those_of_a_file() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let create = async |by: &Person, entity: &str, name: &str| {
        let contact = json!({"firstName": "Un", "lastName": "Agent", "email": format!("{name}@ailleurs.example.fr")});
        world
            .post(
                &by.login,
                &format!("/v1/entities/{entity}/agents"),
                json!({"contact": contact}),
            )
            .await
    };
    create(&ada, "EMS-DSI", "un").await.expect(201);
    // An address that is refused for its form is not looked up.
    create(&ada, "EMS-DSI", "pas une adresse ")
        .await
        .expect(422);
    for round in 0..49 {
        import(
            &world,
            &ada,
            false,
            &format!("prénom;nom;courriel\nUn;Agent;n{round}@ailleurs.example.fr\n"),
        )
        .await
        .expect(200);
    }
    for name in 0..19 {
        create(&ada, "EMS-DSI", &format!("m{name}"))
            .await
            .expect(201);
    }
    let refused = create(&ada, "EMS", "trop").await.expect(429);
    assert_eq!(
        (
            refused.problem(),
            refused.headers["retry-after"].to_str().unwrap()
        ),
        ("too-many-rows", "3661")
    );
    // A refusal for the count does not tell if the address is known.
    create(&ada, "EMS-DSI", "un").await.expect(429);
    let zoe = world.organisation("LYON").await;
    create(&zoe, "LYON", "ailleurs").await.expect(201);
    world.pass(jiff::SignedDuration::from_secs(3661));
    create(&ada, "EMS", "trop").await.expect(201);
    create(&ada, "EMS-DSI", "un").await.expect(409);
}

/// API Gateway makes U+FFFD of what is not UTF-8 in `text/*`, and hands over the bytes of other
/// types.
#[tokio::test]
async fn a_file_that_lost_characters_is_refused_with_a_hint_and_its_bytes_are_read() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let refused = import(
        &world,
        &ada,
        false,
        "prénom;nom;mel\nRen\u{fffd};Roy;rene@agents.example.fr",
    )
    .await
    .expect(400);
    assert!(
        refused.json["detail"]
            .as_str()
            .unwrap()
            .contains("application/vnd.ms-excel"),
        "{}",
        refused.text
    );
    world.settle().await;
    assert!(world.mails_to("rene@agents.example.fr").is_empty());

    let bytes = b"Pr\xE9nom;Nom;Mel\r\nRen\xE9e;L'H\xF4te \x96 Roy;rene@agents.example.fr\r\n";
    for media_type in [
        "application/vnd.ms-excel",
        "application/octet-stream",
        "text/csv",
    ] {
        let request = world
            .request("POST", &format!("{PATH}?dryRun=true"))
            .by(&ada.login)
            .bytes(media_type, bytes);
        assert_eq!(
            statuses(&request.send().await.expect(200).json),
            [(2, "wouldCreate".to_owned())],
            "{media_type}"
        );
    }
    world
        .request("POST", &format!("{PATH}?dryRun=false"))
        .by(&ada.login)
        .bytes("application/vnd.ms-excel", bytes)
        .send()
        .await
        .expect(200);
    world.settle().await;
    let mail = world
        .mails_to("rene@agents.example.fr")
        .pop()
        .expect("an invitation");
    assert!(
        mail.text.contains("Bonjour Renée L'Hôte – Roy,"),
        "{}",
        mail.text
    );
}

/// Excel offers « CSV (MS-DOS) » beside « CSV »: its characters are others, and nobody is to be
/// called `Ren‚`.
#[tokio::test]
async fn a_file_of_ms_dos_is_refused_with_a_hint() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let bytes = b"Pr\x82nom;Nom;Mel\r\nRen\x82;L'H\x93te;rene@agents.example.fr\r\n";
    for media_type in [
        "application/vnd.ms-excel",
        "text/csv",
        "text/csv; charset=windows-1252",
    ] {
        let request = world
            .request("POST", &format!("{PATH}?dryRun=false"))
            .by(&ada.login)
            .bytes(media_type, bytes);
        let refused = request.send().await.expect(422);
        assert!(
            refused.json["errors"][0]["reason"]
                .as_str()
                .unwrap()
                .contains("MS-DOS"),
            "{media_type}: {}",
            refused.text
        );
    }
    for charset in ["cp850", "ibm850"] {
        let media_type = format!("text/csv; charset={charset}");
        world
            .request("POST", &format!("{PATH}?dryRun=false"))
            .by(&ada.login)
            .bytes(&media_type, bytes)
            .send()
            .await
            .expect(415);
    }
}

/// A large organisation's file, in pieces as the account page sends them.
#[tokio::test]
async fn five_thousand_agents_on_the_organisation_s_own_domain_are_looked_up_in_a_sitting_and_never_created_twice()
 {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let domain = ada.email.split_once('@').expect("an address").1;
    let piece = |n: usize, size: usize| {
        let rows =
            (n * size..(n + 1) * size).map(|i| format!("Agent{i},Nombreux,agent{i}@{domain}\r\n"));
        format!("firstName,lastName,email\r\n{}", rows.collect::<String>())
    };
    // Once, and once more after something was corrected. Rows without an address look nothing up.
    for _ in 0..2 {
        let mut sum = [0; 5];
        for n in 0..25 {
            let file = piece(n, 200).replacen("agent7@", "agent7 at ", 1);
            let found = counts(&import(&world, &ada, true, &file).await.expect(200).json);
            sum.iter_mut()
                .zip(found)
                .for_each(|(sum, found)| *sum += found);
        }
        assert_eq!(sum, [0, 4999, 0, 1, 0]);
    }
    // A third time within the hour has to wait, and loses nothing by that.
    let refused = import(&world, &ada, true, &piece(0, 200)).await.expect(429);
    assert_eq!(
        (
            refused.problem(),
            refused.headers["retry-after"].to_str().unwrap()
        ),
        ("too-many-rows", "3661")
    );
    world.pass(jiff::SignedDuration::from_mins(61));
    import(&world, &ada, true, &piece(0, 200)).await.expect(200);
    // Creating counts apart. A call may be over before its piece is: the rest is sent again, and
    // nobody is created twice.
    let mut created = 0;
    for _ in 0..20 {
        let [new, _, there, refused, left] = counts(
            &import(&world, &ada, false, &piece(7, 100))
                .await
                .expect(200)
                .json,
        );
        assert_eq!((there, refused), (created, 0));
        created += new;
        if left == 0 {
            break;
        }
    }
    assert_eq!(created, 100);
    let again = counts(
        &import(&world, &ada, false, &piece(7, 100))
            .await
            .expect(200)
            .json,
    );
    assert_eq!(again, [0, 0, 100, 0, 0]);
}

/// A domain is an organisation's own once one who administers all of it reads mails there, and
/// where nobody else can have an address.
#[tokio::test]
async fn only_a_domain_that_the_whole_organisation_s_administrators_read_mails_at_is_its_own() {
    let full = |domain: &str| {
        let rows = (0..200).map(|i| format!("Agent{i},N,agent{i}@{domain}\r\n"));
        format!("firstName,lastName,email\r\n{}", rows.collect::<String>())
    };
    // One that administers a part of it reads mails at `agents.example.fr`.
    let world = World::new().await;
    let ada = organisation(&world).await;
    let chef = administrator(&world, &ada, "EMS-DSI", "Chef").await;
    let own = chef.email.split_once('@').expect("an address").1.to_owned();
    for _ in 0..2 {
        import(&world, &chef, true, &full(&own)).await.expect(200);
    }
    import(&world, &chef, true, &full(&own)).await.expect(429);
    // The administrator of all has an address where everybody can have one.
    let world = World::new().await;
    let ada = organisation(&world).await;
    world
        .patch_contact(
            &ada.login,
            &ada.id,
            json!({"email": "mairie.ems@orange.fr"}),
        )
        .await
        .expect(202);
    world.settle().await;
    let token = world
        .mails_to("mairie.ems@orange.fr")
        .pop()
        .expect("a link")
        .token();
    world
        .post(&ada.login, "/v1/confirmations", json!({"token": token}))
        .await
        .expect(200);
    for _ in 0..5 {
        import(&world, &ada, true, &full("orange.fr"))
            .await
            .expect(200);
    }
    import(&world, &ada, true, &full("orange.fr"))
        .await
        .expect(429);
}

#[tokio::test]
async fn a_charset_that_is_named_is_honoured_and_another_one_refused_with_a_hint() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let utf16: Vec<u8> = "\u{feff}Prénom;Nom;Mel\r\nRenée;Roy;rene@agents.example.fr\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let latin = b"Pr\xE9nom;Nom;Mel\r\nRen\xE9e;Roy;rene@agents.example.fr\r\n".to_vec();
    let utf8 = "Prénom;Nom;Mel\r\nRenée;Roy;rene@agents.example.fr\r\n"
        .as_bytes()
        .to_vec();
    let send = async |media_type: &str, bytes: &[u8]| {
        world
            .request("POST", &format!("{PATH}?dryRun=true"))
            .by(&ada.login)
            .bytes(media_type, bytes)
            .send()
            .await
    };
    for (media_type, bytes) in [
        ("text/csv; charset=windows-1252", &latin),
        ("application/vnd.ms-excel; charset=\"ISO-8859-1\"", &latin),
        ("text/csv;charset=utf-16", &utf16),
        ("text/csv; charset=UTF-8; header=present", &utf8),
    ] {
        let report = send(media_type, bytes).await.expect(200).json;
        assert_eq!(
            statuses(&report),
            [(2, "wouldCreate".to_owned())],
            "{media_type}"
        );
    }
    // Text as API Gateway hands it over: it has read it already, whatever the charset.
    let text = String::from_utf8(utf8.clone()).unwrap();
    let request = world
        .request("POST", &format!("{PATH}?dryRun=true"))
        .by(&ada.login)
        .raw("text/csv; charset=iso-8859-1", &text);
    assert_eq!(
        statuses(&request.send().await.expect(200).json),
        [(2, "wouldCreate".to_owned())]
    );
    let refused = send("text/csv; charset=shift_jis", &latin)
        .await
        .expect(415);
    assert!(
        refused.json["detail"]
            .as_str()
            .unwrap()
            .contains("windows-1252"),
        "{}",
        refused.text
    );
    // Not what it says that it is.
    send("text/csv; charset=utf-8", &latin).await.expect(400);
}

async fn reading(world: &World, by: &Person, more: bool, bytes: &[u8]) -> Answer {
    world
        .request("POST", &format!("{PATH}/reading?more={more}"))
        .by(&by.login)
        .bytes("application/vnd.ms-excel", bytes)
        .send()
        .await
}

/// What an import would make of a file, as the account page shows it first.
#[tokio::test]
async fn a_file_is_read_without_a_look_up_and_each_row_says_where_it_stands() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let before = world.table.items().await.len();
    let file = format!("{FRENCH};Trop;Court;;rien;12;;;;;;\r\n");
    for bytes in [
        file.clone().into_bytes(),
        file.encode_utf16().flat_map(u16::to_le_bytes).collect(),
    ] {
        let report = reading(&world, &ada, false, &bytes).await.expect(200).json;
        assert_eq!(report["columns"][2], "lastName");
        let rows = report["rows"].as_array().expect("rows");
        let lines: Vec<_> = rows
            .iter()
            .map(|row| row["row"].as_u64().unwrap())
            .collect();
        assert_eq!(lines, [2, 3, 5, 6]);
        assert_eq!(rows[0]["email"], "elise.kieffer@agents.example.fr");
        assert_eq!(rows[0]["cells"][7], "1; place de la Gare");
        assert_eq!(rows[0]["errors"], json!([]));
        let wrong = rows[3]["errors"].as_array().unwrap().iter();
        let wrong: Vec<_> = wrong
            .map(|error| error["field"].as_str().unwrap())
            .collect();
        assert_eq!(wrong, ["email", "phone"]);
        let at = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
        assert_eq!(at(&report["read"]["bytes"]), bytes.len());
        // Header and row are a file that has that row.
        let header = &bytes[..at(&report["header"]["bytes"])];
        let row = &bytes[at(&rows[2]["from"])..at(&rows[2]["to"])];
        let alone = reading(&world, &ada, false, &[header, row].concat())
            .await
            .expect(200)
            .json;
        assert_eq!(alone["rows"][0]["cells"], rows[2]["cells"]);
        assert_eq!(alone["rows"][0]["email"], "zoe@agents.example.fr");
    }
    assert_eq!(world.table.items().await.len(), before);
}

#[tokio::test]
async fn a_file_that_goes_on_is_read_up_to_the_last_row_that_is_whole() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let latin = b"Pr\xE9nom;Nom;Mel\r\nRen\xE9e;Roy;rene@agents.example.fr\r\nAda;R";
    let utf8 = "Prénom;Nom;Mel\r\nRenée;Roy;rene@agents.example.fr\r\nAda;Ré".as_bytes();
    for (bytes, charset) in [
        (&latin[..], json!("windows-1252")),
        // Within a character.
        (&utf8[..utf8.len() - 1], json!("utf-8")),
        (
            b"Prenom;Nom;Mel\nA;Roy;rene@agents.example.fr\nB",
            Value::Null,
        ),
    ] {
        let report = reading(&world, &ada, true, bytes).await.expect(200).json;
        let rows = report["rows"].as_array().expect("rows");
        assert_eq!((rows.len(), &report["charset"]), (1, &charset));
        assert_eq!(report["read"]["bytes"], rows[0]["to"]);
        assert_eq!(report["read"]["lines"], 2);
    }
    // As many rows as one call reads; the next begins where it ended.
    let report = reading(&world, &ada, false, file(0, 501).as_bytes())
        .await
        .expect(200)
        .json;
    assert_eq!(report["rows"].as_array().expect("rows").len(), 500);
    assert_eq!(report["read"]["lines"], 501);
}

#[tokio::test]
async fn what_is_no_csv_is_refused_with_what_it_is() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let send = async |path: &str, bytes: &[u8]| {
        world
            .request("POST", &format!("{PATH}{path}"))
            .by(&ada.login)
            .bytes("application/vnd.ms-excel", bytes)
            .send()
            .await
    };
    for path in ["?dryRun=true", "/reading?more=false", "/reading?more=true"] {
        for workbook in [
            &b"PK\x03\x04\x14\0\x06\0"[..],
            b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
        ] {
            let refused = send(path, workbook).await.expect(422);
            assert!(
                refused.json["errors"][0]["reason"]
                    .as_str()
                    .unwrap()
                    .contains("workbook"),
                "{}",
                refused.text
            );
        }
        // UTF-16 without a mark.
        send(path, b"n\0o\0m\0;\0\n\0").await.expect(400);
    }
    for query in ["", "?more", "?more=yes"] {
        let refused = send(&format!("/reading{query}"), file(0, 1).as_bytes()).await;
        assert_eq!((refused.status, refused.fields()), (422, vec!["more"]));
    }
}
