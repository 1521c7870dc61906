//! A spreadsheet that is read in parts is read as if it came whole.

use proptest::prelude::*;
use vigie_domain::import::{Column, part, rows};

/// Line, text and cells of a row.
type Told = (u64, String, Vec<String>);

fn whole(text: &str) -> Vec<Told> {
    let part = part(text, usize::MAX, false).expect("columns");
    let rows = part.rows.into_iter();
    rows.map(|row| (row.line, text[row.place].to_owned(), row.cells))
        .collect()
}

/// Reads a text as a client does that sends at most so many bytes, which take at most so many rows.
fn in_parts(text: &str, size: usize, most: usize) -> Vec<Told> {
    let (mut told, mut from, mut before) = (Vec::new(), 0, 0);
    let mut header = String::new();
    loop {
        let mut to = text.len().min(from + size);
        while !text.is_char_boundary(to) {
            to -= 1;
        }
        let body = format!("{header}{}", &text[from..to]);
        let goes_on = to < text.len();
        let part = part(&body, most, goes_on).expect("a part");
        let lines = if from == 0 { 0 } else { part.header.lines };
        for row in part.rows {
            let line = row.line - lines as u64 + before as u64;
            told.push((line, body[row.place].to_owned(), row.cells));
        }
        assert!(part.read.at > header.len(), "it goes on");
        if !goes_on && part.read.at == body.len() {
            return told;
        }
        from += part.read.at - header.len();
        before += part.read.lines - lines;
        body[..part.header.at].clone_into(&mut header);
    }
}

#[test]
fn rows_are_never_cut() {
    for end in ["\n", "\r\n", "\r"] {
        let lines = [
            "sep=;",
            "Prénom;Nom;\"Courriel",
            "professionnel\";Adresse;Motif",
            "Ada;Roy;a@b.fr;\"1 rue A",
            "Bâtiment \"\"B\"\"\";",
            "",
            "\"Zoé;Roy;z@b.fr;24;inch",
            "Bob;Roy;b@b.fr;écran 24\" là;",
            ";;;;raison",
            "Cid;Roy;c@b.fr;;\"à corriger ; « là »\"",
        ];
        let text = lines.join(end);
        let all = whole(&text);
        let names: Vec<_> = all
            .iter()
            .map(|(line, _, cells)| (*line, cells[0].as_str()))
            .collect();
        assert_eq!(names, [(4, "Ada"), (7, "\"Zoé"), (8, "Bob"), (10, "Cid")]);
        for size in 140..text.len() + 2 {
            for most in [1, 3] {
                assert_eq!(in_parts(&text, size, most), all, "{end:?} {size} {most}");
            }
        }
    }
}

#[test]
fn a_row_says_its_place_and_its_columns() {
    let text = "\u{feff}mel;Motif;nom;;prénom\r\na@b.fr;x;Roy;;Ada\r\n;;;;\r\nb@b.fr;y;Roy;z;Bob;w";
    let part = part(text, 10, false).expect("columns");
    let columns = [
        Some(Column::Email),
        Some(Column::LastName),
        None,
        Some(Column::FirstName),
    ];
    assert_eq!(part.columns, columns);
    let read: Vec<_> = part
        .rows
        .iter()
        .map(|row| (&text[row.place.clone()], row.agent.is_ok()))
        .collect();
    assert_eq!(
        read,
        [
            ("a@b.fr;x;Roy;;Ada\r\n", true),
            ("b@b.fr;y;Roy;z;Bob;w", false)
        ]
    );
    assert_eq!(part.rows[1].cells, ["b@b.fr", "Roy", "z", "Bob", "w"]);
    assert_eq!((part.header.lines, part.read.at), (1, text.len()));
}

/// As the page writes it, and as a French spreadsheet saves it again.
#[test]
fn the_reasons_beside_rows_to_correct_are_passed_over() {
    for file in [
        "\u{feff}\"Prénom\";\"Nom\";\"Courriel\";\"Téléphone\";\"Motif\"\r\n\"Ada\";\"Roy\";\"a@b.fr\";\"=\"\"0388609090\"\"\";\"Téléphone : …\"\r\n",
        "Prénom;Nom;Courriel;Téléphone;Motif\r\nAda;Roy;a@b.fr;0388609090;Téléphone : …\r\n",
        "Prénom;Nom;Courriel;Téléphone;Motif;;\r\nAda;Roy;a@b.fr;388609090;\"Téléphone ; \"\"…\"\"\";;\r\n;;;;reste;;\r\n",
        "motif,prénom,nom,courriel,téléphone\r\n=1+1,Ada,Roy,a@b.fr,03 88 60 90 90\r\n",
    ] {
        let rows = rows(file).expect(file);
        assert_eq!(rows.len(), 1, "{file}");
        let (contact, _) = rows[0].agent.clone().expect(file);
        assert_eq!(contact.phone.unwrap().as_str(), "+33388609090");
    }
}

#[test]
fn a_row_longer_than_a_part_is_refused() {
    let text = format!("nom;prénom;mel\nRoy;{};a@b.fr\n", "x".repeat(100));
    let cut = part(&text[..80], 10, true).expect_err("too long");
    assert!(cut[0].reason.contains("too long"), "{cut:?}");
}

proptest! {
    #[test]
    fn in_parts_is_as_whole(
        lines in prop::collection::vec("[a;\",@é ]{0,12}", 0..40),
        size in 200_usize..400,
        end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
    ) {
        let text = format!("nom;prénom;mel{end}{}", lines.join(end));
        prop_assert_eq!(in_parts(&text, size, 7), whole(&text));
    }
}
