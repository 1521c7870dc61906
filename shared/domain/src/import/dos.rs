//! Files of MS-DOS (code page 850), which Excel offers as « CSV (MS-DOS) » beside « CSV ». Nothing
//! in them says so, and whoever decodes them takes them for Windows-1252.

/// True if a text is one of MS-DOS that was read as Windows-1252: it has signs within words
/// that no word has, as in `Ren‚` and `FRAN€OIS`. Which bytes are what: Unicode's "CP850.TXT" and
/// "CP1252.TXT".
pub(crate) fn is_dos(text: &str) -> bool {
    let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic());
    let is_small = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase());
    text.char_indices()
        .filter(|(_, c)| !c.is_ascii())
        .any(|(at, c)| {
            let (before, after) = (
                text[..at].chars().next_back(),
                text[at + c.len_utf8()..].chars().next(),
            );
            match c {
                // é â ç ê ë; ü É ì Å Ø, which Windows-1252 leaves free
                '‚' | 'ƒ' | '‡' | 'ˆ' | '‰' | '\u{81}' | '\u{8d}' | '\u{8f}' | '\u{90}'
                | '\u{9d}' => is_letter(before) || is_letter(after),
                // è î
                'Š' | 'Œ' => is_small(before),
                // Ç ä ï ô ö Â Î
                '€' | '„' | '‹' | '“' | '”' | '¶' | '×' => {
                    is_letter(before) && is_letter(after)
                }
                _ => false,
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ms_dos_wrote_is_told_from_what_windows_wrote() {
        for dos in [
            "Ren‚",
            "Ren‚e;Martin",
            "No‰l",
            "H‚lŠne",
            "MichŠle",
            "BenoŒt",
            "Fran‡ois",
            "FRAN€OIS",
            "‚cole",
            "forˆt",
            "Gƒteau",
            "contr“le",
            "K”nig",
            "Ha‹ti",
            "MA×TRE",
            "\u{90}mile",
            "M\u{81}ller",
        ] {
            assert!(is_dos(dos), "{dos}");
        }
        for windows in [
            "Renée;Hélène;Michèle;Benoît;François;FRANÇOIS;école;forêt;Gâteau;contrôle;König;Haïti;MAÎTRE;JéRôME;Émile;Müller",
            "l’eau;cœur;Œuvre;“mot”;‘mot’;‹mot›;„Wort“;Paris–Lyon — 12 €;12€;etc…;Šimon;ŠIMON;Žižek;Ÿ;100 ‰;† 2020;™",
            "5 × 3;§ 4 ¶ 2;n° 4;1 ½;élu·es",
        ] {
            assert!(!is_dos(windows), "{windows}");
        }
    }
}
