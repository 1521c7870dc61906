//! Files that are none of agents, or were written by other programs.

use vigie_tests::{World, routes::is_problem};

use super::{PATH, counts, file, import, post, statuses};
use crate::administration::organisation;

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
        let answer = post(&world, &ada, query, content_type, body).await;
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
    let answer = post(
        &world,
        &ada,
        "?dryRun=true",
        "TEXT/CSV",
        &huge.as_bytes()[..65536],
    )
    .await;
    assert_eq!(counts(&answer.expect(200).json), [0, 1, 0, 0, 0]);
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
        assert_eq!(
            statuses(
                &post(&world, &ada, "?dryRun=true", media_type, bytes)
                    .await
                    .expect(200)
                    .json
            ),
            [(2, "wouldCreate".to_owned())],
            "{media_type}"
        );
    }
    post(
        &world,
        &ada,
        "?dryRun=false",
        "application/vnd.ms-excel",
        bytes,
    )
    .await
    .expect(200);
    world.settle().await;
    let mail = world.last_mail("rene@agents.example.fr");
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
        let refused = post(&world, &ada, "?dryRun=false", media_type, bytes)
            .await
            .expect(422);
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
        post(&world, &ada, "?dryRun=false", &media_type, bytes)
            .await
            .expect(415);
    }
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
        post(&world, &ada, "?dryRun=true", media_type, bytes).await
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

#[tokio::test]
async fn what_is_no_csv_is_refused_with_what_it_is() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let send = async |path: &str, bytes: &[u8]| {
        post(&world, &ada, path, "application/vnd.ms-excel", bytes).await
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
