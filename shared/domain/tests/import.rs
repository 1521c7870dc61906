//! Spreadsheets of agents: whatever comes in is rows or what is wrong, and a row is what it would be alone.

use proptest::prelude::*;
use vigie_domain::{
    account::Role,
    import::{MAX_ROWS, rows},
};

fn fields(text: &str) -> Vec<String> {
    rows(text).expect_err("an error").into_iter().map(|error| error.field).collect()
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
        for text in [format!("{header}\n{row}\n"), format!("{header}\r\n{row}"), format!("\u{feff}{header}\r{row}\r")] {
            let rows = rows(&text).unwrap_or_else(|errors| panic!("{header}: {errors:?}"));
            let (contact, role) = rows[0].agent.clone().expect("an agent");
            let address = contact.address.expect("an address");
            assert_eq!((rows.len(), rows[0].line, role), (1, 2, Role::Agent), "{header}");
            assert_eq!((contact.first_name.as_str(), contact.last_name.as_str(), contact.email.as_str()), ("A", "B", "a@b.fr"));
            assert_eq!(contact.civility.as_deref(), Some("M"));
            assert_eq!(address.postal_code.as_deref(), Some("67000"));
            assert_eq!(address.country.as_deref(), Some("F"));
        }
    }
    assert_eq!(fields("prénom;nom;courriel;surnom\nA;B;a@b.fr;C"), ["surnom"]);
    assert_eq!(fields("prénom;firstName;nom;courriel\nA;A;B;a@b.fr"), ["firstName"]);
}

#[test]
fn lines_are_counted_as_a_spreadsheet_counts_them() {
    for end in ["\n", "\r\n"] {
        let text = ["nom,prénom,mel", "", "B,A,a@b.fr", "", "", "\"B", "C\",A,b@b.fr", ",,", "D,A,d@b.fr"].join(end);
        let lines: Vec<_> = rows(&text).expect("rows").iter().map(|row| row.line).collect();
        assert_eq!(lines, [3, 6, 9], "{end:?}");
    }
}

#[test]
fn of_rows_with_one_address_the_first_good_one_has_it() {
    let text = "nom;prénom;mel\n;A;a@b.fr\nB;A;A@B.fr\nC;A;a@b.FR\n";
    let good: Vec<_> = rows(text).expect("rows").iter().map(|row| row.agent.is_ok()).collect();
    assert_eq!(good, [false, true, false]);
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
