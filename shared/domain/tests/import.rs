//! Spreadsheets of agents: whatever comes in is rows or what is wrong, and a row is what it would
//! be alone.

use proptest::prelude::*;
use vigie_domain::{
    account::Role,
    import::{MAX_ROWS, rows},
};

fn fields(text: &str) -> Vec<String> {
    rows(text)
        .expect_err("an error")
        .into_iter()
        .map(|error| error.field)
        .collect()
}

#[test]
fn columns_are_known_by_field_and_by_french_word_whatever_their_spelling() {
    let row = "M;A;B;J;a@b.fr;+33388609090;+33388609091;S;67000;C;F;agent";
    for header in [
        "civility;firstName;lastName;jobTitle;email;phone;fax;street;postalCode;city;country;role",
        "CIVILITY;firstname;LASTNAME;Job title;E-mail;phone;fax;street;postal code;city;country;ROLE",
        "Civilité;Prénom;Nom;Fonction;Courriel;Téléphone;Télécopie;Adresse;Code postal;Ville;Pays;Rôle",
        "civilite; PRENOM ;nom;fonction;e-mail;telephone;telecopie;adresse;CODE_POSTAL;ville;pays;role",
        // Decomposed, as some systems write accents.
        "Civilite\u{301};Pre\u{301}nom;Nom;Fonction;Courriel;Te\u{301}le\u{301}phone;Te\u{301}le\u{301}copie;Adresse;Code postal;Ville;Pays;Ro\u{302}le",
    ] {
        for text in [
            format!("{header}\n{row}\n"),
            format!("{header}\r\n{row}"),
            format!("\u{feff}{header}\r{row}\r"),
        ] {
            let rows = rows(&text).unwrap_or_else(|errors| panic!("{header}: {errors:?}"));
            let (contact, role) = rows[0].agent.clone().expect("an agent");
            let address = contact.address.expect("an address");
            assert_eq!(
                (rows.len(), rows[0].line, role),
                (1, 2, Role::Agent),
                "{header}"
            );
            assert_eq!(
                (
                    contact.first_name.as_str(),
                    contact.last_name.as_str(),
                    contact.email.as_ref().map_or("", |email| email.as_str())
                ),
                ("A", "B", "a@b.fr")
            );
            assert_eq!(contact.civility.as_deref(), Some("M"));
            assert_eq!(address.postal_code.as_deref(), Some("67000"));
            assert_eq!(address.country.as_deref(), Some("F"));
        }
    }
    assert_eq!(
        fields("prénom;nom;courriel;surnom\nA;B;a@b.fr;C"),
        ["surnom"]
    );
    assert_eq!(
        fields("prénom;firstName;nom;courriel\nA;A;B;a@b.fr"),
        ["firstName"]
    );
}

#[test]
fn lines_are_counted_as_a_spreadsheet_counts_them() {
    for end in ["\n", "\r\n"] {
        let text = [
            "nom,prénom,mel",
            "",
            "B,A,a@b.fr",
            "",
            "",
            "\"B",
            "C\",A,b@b.fr",
            ",,",
            "D,A,d@b.fr",
        ]
        .join(end);
        let lines: Vec<_> = rows(&text)
            .expect("rows")
            .iter()
            .map(|row| row.line)
            .collect();
        assert_eq!(lines, [3, 6, 9], "{end:?}");
    }
}

#[test]
fn of_rows_with_one_address_the_first_good_one_has_it() {
    let text = "nom;prénom;mel\n;A;a@b.fr\nB;A;A@B.fr\nC;A;a@b.FR\n";
    let good: Vec<_> = rows(text)
        .expect("rows")
        .iter()
        .map(|row| row.agent.is_ok())
        .collect();
    assert_eq!(good, [false, true, false]);
}

/// The only row of a file, or what is wrong with it.
fn only(header: &str, row: &str) -> Result<vigie_domain::contact::Contact, Vec<String>> {
    let rows = rows(&format!("{header}\n{row}\n")).expect("rows");
    assert_eq!(rows.len(), 1);
    let agent = rows.into_iter().next().unwrap().agent;
    agent
        .map(|(contact, _)| contact)
        .map_err(|errors| errors.into_iter().map(|error| error.field).collect())
}

#[test]
fn what_a_spreadsheet_keeps_as_text_is_that_text_and_a_formula_is_none() {
    let header = "prénom;nom;courriel;téléphone;code postal;fonction";
    for phone in [
        "=\"0388609090\"",
        "\"=\"\"0388609090\"\"\"",
        "'0388609090",
        "\"'0388609090\"",
        " =\"0388609090\" ",
        "0388609090",
    ] {
        let contact = only(header, &format!("A;B;a@b.fr;{phone};=\"01000\";"))
            .unwrap_or_else(|e| panic!("{phone}: {e:?}"));
        assert_eq!(
            contact.phone.map(|phone| phone.to_string()).as_deref(),
            Some("+33388609090"),
            "{phone}"
        );
        assert_eq!(
            contact
                .address
                .and_then(|address| address.postal_code)
                .as_deref(),
            Some("01000")
        );
    }
    for (cells, field) in [
        ("=A1;B;a@b.fr;;;", "firstName"),
        ("A;=CONCATENER(\"B\",\"C\");a@b.fr;;;", "lastName"),
        ("A;#N/A;a@b.fr;;;", "lastName"),
        ("A;B;a@b.fr;;;#REF!", "jobTitle"),
        ("A;B;a@b.fr;=0388609090+1;;", "phone"),
    ] {
        assert!(
            only(header, cells)
                .expect_err("a formula")
                .contains(&field.to_owned()),
            "{cells}"
        );
    }
    assert_eq!(
        only(header, "'T;O'Neil;a@b.fr;;;")
            .unwrap()
            .first_name
            .as_str(),
        "'T"
    );
}

#[test]
fn a_mark_that_closes_in_the_middle_of_a_cell_spoils_its_row() {
    let header = "prénom;nom;courriel";
    for row in [
        "\"X\" Y;Z;x@y.fr",
        "\"X\"Y;Z;x@y.fr",
        "X;\"Z\"\"\" a;x@y.fr",
    ] {
        assert_eq!(only(header, row).expect_err(row), [""], "{row}");
    }
    for row in [
        "\"X\" ;Z;x@y.fr",
        "X;\"Z\"   ;x@y.fr",
        "X; \"Z\";x@y.fr",
        "\"X\";\"Z\";\"x@y.fr\"  ",
    ] {
        let contact = only(header, row).unwrap_or_else(|e| panic!("{row}: {e:?}"));
        assert_eq!(
            (contact.first_name.as_str(), contact.last_name.as_str()),
            ("X", "Z"),
            "{row}"
        );
    }
}

#[test]
fn headers_are_read_as_people_write_them() {
    for header in [
        "Prénom (obligatoire);Nom *;E-Mail (obligatoire);N° de téléphone",
        "Prénom(s);NOM (de famille);Courriel professionnel;Tél. professionnel",
        "Prénom de l'agent;Nom de l’agent;Adresse courriel professionnelle;№ tél.",
        "prenom_agent;nom_agent;mail_agent;tel_pro",
        " Prénom ;\"Nom\";Adresse de messagerie professionnelle;Nº de téléphone (facultatif)",
        "sep=;\nPrénom;Nom;Adresse mail;Portable",
        ";;;\n \nPrénom;Nom;Mél.;Ligne directe;;",
    ] {
        let contact =
            only(header, "A;B;a@b.fr;0388609090").unwrap_or_else(|e| panic!("{header}: {e:?}"));
        assert_eq!(
            contact.phone.map(|phone| phone.to_string()).as_deref(),
            Some("+33388609090"),
            "{header}"
        );
    }
    assert_eq!(fields("prénom;nom;courriel;agent\nA;B;a@b.fr;C"), ["agent"]);
    assert_eq!(fields("prénom;nom;courriel;(2)\nA;B;a@b.fr;C"), ["(2)"]);
}

proptest! {
    #[test]
    fn any_text_is_rows_or_what_is_wrong(text in any::<String>(), header in prop::sample::select(vec!["nom;prénom;mel\n", "mel,nom,prénom,pays\r\n", ""])) {
        match rows(&format!("{header}{text}")) {
            Ok(rows) => {
                prop_assert!((1..=MAX_ROWS).contains(&rows.len()));
                prop_assert!(rows.windows(2).all(|pair| pair[0].line < pair[1].line));
                prop_assert!(rows.iter().all(|row| row.agent.as_ref().is_ok() || row.agent.as_ref().is_err_and(|errors| !errors.is_empty())));
            }
            Err(errors) => prop_assert!(!errors.is_empty()),
        }
    }
}

/// Line and first name, or the reason, of each row.
fn told(text: &str) -> Vec<(u64, String)> {
    let name = |row: &vigie_domain::import::Row| match &row.agent {
        Ok((contact, _)) => contact.first_name.to_string(),
        Err(errors) => errors
            .iter()
            .map(|error| format!("{} {}", error.field, error.reason))
            .collect::<Vec<_>>()
            .join("; "),
    };
    rows(text)
        .expect("rows")
        .iter()
        .map(|row| (row.line, name(row)))
        .collect()
}

#[test]
fn a_stray_quotation_mark_swallows_no_row() {
    let unclosed = " has a quotation mark that is not closed".to_owned();
    let good = |line, name: &str| (line, name.to_owned());
    let row = |name: &str, n: u32| format!("{name};Durand;{}{n}@b.fr", name.to_lowercase());
    let header = "prénom;nom;mel";
    let file = |second: &str| {
        [
            header,
            &row("Ada", 1),
            second,
            &row("Bob", 2),
            &row("Cid", 3),
        ]
        .join("\n")
    };
    // Never closed; closed by another stray one; in the middle of a cell; behind a closing one.
    assert_eq!(
        told(&file("\"Zoé;Roy;z@b.fr")),
        [
            good(2, "Ada"),
            (3, unclosed.clone()),
            good(4, "Bob"),
            good(5, "Cid")
        ]
    );
    let two = [
        header,
        "\"Zoé;Roy;z@b.fr",
        &row("Ada", 1),
        "\"Yan;Roy;y@b.fr",
        &row("Bob", 2),
    ]
    .join("\n");
    assert_eq!(
        told(&two),
        [
            (2, unclosed.clone()),
            good(3, "Ada"),
            (4, unclosed.clone()),
            good(5, "Bob")
        ]
    );
    assert_eq!(
        told(&file("Zoé \"Zo\" ;Roy;z@b.fr"))[1],
        good(3, "Zoé \"Zo\"")
    );
    assert_eq!(told(&file("\"Zoé\" x;Roy;z@b.fr")).len(), 4);
    assert_eq!(
        told(&file("\"Zo\"\"é\"\"\";Roy;z@b.fr"))[1],
        good(3, "Zo\"é\"")
    );
    // Over several lines, as an address may be.
    let text = "prénom;nom;mel;adresse\nAda;Roy;a@b.fr;\"1 rue A\nBâtiment B\n\"\nBob;Roy;b@b.fr;2 rue C\n";
    assert_eq!(told(text), [good(2, "Ada"), good(5, "Bob")]);
    let address = rows(text).unwrap()[0]
        .agent
        .clone()
        .unwrap()
        .0
        .address
        .unwrap();
    assert_eq!(address.street.as_deref(), Some("1 rue A, Bâtiment B"));
}

#[test]
fn spreadsheets_are_read_as_people_save_them() {
    let good = |line: u64| vec![(line, "Ada".to_owned())];
    for (text, line) in [
        ("prénom;nom;mel\rAda;Roy;a@b.fr\r", 2),
        ("sep=;\r\nprénom;nom;mel\r\nAda;Roy;a@b.fr", 3),
        ("sep=,\nprénom,nom,mel\nAda,Roy,a@b.fr", 3),
        ("\"sep=;\"\nprénom;nom;mel\nAda;Roy;a@b.fr", 3),
        ("\u{feff};;;\n \n;;\nprénom;nom;mel\nAda;Roy;a@b.fr", 5),
        ("prénom;nom;mel;;;\nAda;Roy;a@b.fr;;;\n;;;;;\n", 2),
        ("prénom\tnom\tmel\nAda\tRoy\ta@b.fr", 2),
        ("Prénom(s);Nom de famille;Adresse mail\nAda;Roy;a@b.fr", 2),
        (
            "PRENOM;NOM;Adresse e-mail;N° de téléphone\nAda;Roy;a@b.fr;03 88 60 90 90",
            2,
        ),
        (
            "Prénom ;\u{a0}Nom;E-mail professionnel;Tél.\nAda;Roy;a@b.fr;0388609090",
            2,
        ),
        (
            "Prénom;Nom;Courriel;Numéro de téléphone\nAda;Roy;\u{200b}a@b.fr\u{feff};0388609090",
            2,
        ),
    ] {
        assert_eq!(told(text), good(line), "{text:?}");
    }
    assert!(
        told("prénom;nom;mel;;\nAda;Roy;a@b.fr;;x")[0]
            .1
            .contains("without a name")
    );
    assert!(
        told("prénom;nom;mel\nwww.evil.com;Roy;a@b.fr")[0]
            .1
            .contains("web page")
    );
}

#[test]
fn a_cell_that_says_that_there_is_nothing_is_empty() {
    let header = "prénom;nom;mel;téléphone;fonction;adresse;code postal;rôle;";
    for nothing in [
        "-", " - ", "n/a", "N/A", "n/A", " N/A ", "\"-\"", "=\"-\"", "=",
    ] {
        let row = format!("A;B;a@b.fr;{nothing};{nothing};{nothing};{nothing};{nothing};{nothing}");
        let Ok(contact) = only(header, &row) else {
            assert_eq!(nothing, "=");
            continue;
        };
        assert_eq!(
            (contact.phone, contact.job_title, contact.address),
            (None, None, None),
            "{nothing}"
        );
    }
    // A row of nothing is none.
    assert_eq!(
        rows("nom;prénom;mel\n-;n/a;-\nB;A;a@b.fr")
            .expect("rows")
            .len(),
        1
    );
    // Nothing else is guessed.
    for something in ["--", "–", "na", "NA", "néant", "/", "?", "x", "."] {
        let contact = only(
            "prénom;nom;mel;fonction",
            &format!("A;B;a@b.fr;{something}"),
        )
        .expect("an agent");
        assert_eq!(contact.job_title.as_deref(), Some(something));
    }
    assert_eq!(
        only("prénom;nom;mel", "A;-;a@b.fr").unwrap_err(),
        ["lastName"]
    );
}

/// The account page decodes a file itself, and so do others.
#[test]
fn a_file_of_ms_dos_is_refused_whoever_decoded_it() {
    assert_eq!(fields("nom;prenom;mel\nRoy;Ren‚;rene@a.fr"), [""]);
    assert_eq!(fields("nom;Pr‚nom;mel\nRoy;Rene;rene@a.fr"), [""]);
    assert_eq!(
        fields("nom;prenom;mel;ville\nROY;FRAN€OIS;f@a.fr;CHƒTEL"),
        [""]
    );
    // Headers without accents: the rows alone give it away.
    for row in [
        "MšLLER;Jean;j@a.fr;",
        "K™NIG;Jean;j@a.fr;",
        "ROY;LOØC;j@a.fr;",
        "ROY;NOÓL;j@a.fr;",
        "Mu¤oz;Jean;j@a.fr;",
        "Roy;Jean;j@a.fr;Adjoint … l'urbanisme",
        "Roy;Jean;j@a.fr;Conseil du mois d'ao–t",
        "Roy;Jean;j@a.fr;R‚gie de l'×le",
    ] {
        assert_eq!(
            fields(&format!("nom;prenom;mel;fonction\n{row}")),
            [""],
            "{row}"
        );
    }
    assert!(
        rows("nom;prénom;mel;fonction\nŠimůnek;René;rene@a.fr;“Cœur” – 12 € l’unité…")
            .expect("rows")[0]
            .agent
            .is_ok()
    );
}
