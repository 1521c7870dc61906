//! A file as the account page reads it first: nothing is looked up.

use serde_json::{Value, json};
use vigie_tests::{Answer, World, scenario::Person};

use super::{FRENCH, file, post};
use crate::administration::organisation;

async fn reading(world: &World, by: &Person, more: bool, bytes: &[u8]) -> Answer {
    let query = format!("/reading?more={more}");
    post(world, by, &query, "application/vnd.ms-excel", bytes).await
}

/// Shows what an import would make of a file, as the account page shows it first.
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
