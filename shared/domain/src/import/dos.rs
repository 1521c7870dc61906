//! Files of MS-DOS (code page 850), which Excel offers as « CSV (MS-DOS) » beside « CSV ». Nothing
//! in them says so, and whoever decodes them takes them for Windows-1252.

/// True if a text is one of MS-DOS that was read as Windows-1252: it has signs within words
/// that no word has, as in `Ren‚` and `FRAN€OIS`. Which bytes are what: Unicode's "CP850.TXT" and
/// "CP1252.TXT".
pub(crate) fn is_dos(text: &str) -> bool {
    text.char_indices()
        .filter(|(_, c)| !c.is_ascii())
        .any(|(at, c)| Around::of(text, at, c).is_no_word(c))
}

/// The text around a character.
struct Around<'t> {
    before: &'t str,
    after: &'t str,
}

impl<'t> Around<'t> {
    fn of(text: &'t str, at: usize, c: char) -> Self {
        Self {
            before: &text[..at],
            after: &text[at + c.len_utf8()..],
        }
    }

    /// True if no word has this character here.
    fn is_no_word(&self, c: char) -> bool {
        let before = |test: fn(char) -> bool| self.before.chars().next_back().is_some_and(test);
        let after = |test: fn(char) -> bool| self.after.chars().next().is_some_and(test);
        let letter = |c: char| c.is_ascii_alphabetic();
        let small = |c: char| c.is_ascii_lowercase();
        let capital = |c: char| c.is_ascii_uppercase();
        match c {
            // é â ç ê ë; ü É ì Å Ø, which Windows-1252 leaves free
            '‚' | 'ƒ' | '‡' | 'ˆ' | '‰' | '\u{81}' | '\u{8d}' | '\u{8f}' | '\u{90}' | '\u{9d}' => {
                before(letter) || after(letter)
            }
            // è î ã
            'Š' | 'Œ' | 'Æ' => before(small),
            // à, alone
            '…' if before(|c| c == ' ') && after(|c| c == ' ') => true,
            // Ç ä ï ô ö Â; à å ø ÿ í ó ú ñ Ñ
            '€' | '„' | '‹' | '“' | '”' | '¶' | '…' | '†' | '›' | '˜' | '¡' | '¢' | '£' | '¤'
            | '¥' => before(letter) && after(letter),
            // Î, Ö: signs that stand behind a number or a word
            '×' => !before(|c| c.is_ascii_digit()) && after(letter),
            '™' => after(letter),
            // Ü: small in a word of capitals
            'š' => after(capital),
            // Á Ì Ê
            'µ' | 'Þ' | 'Ò' => before(capital) && after(capital),
            // Ï and Ë, where French has them: `LOÏC`, `NOËL`
            'Ø' | 'Ó' => before(|c| matches!(c, 'A' | 'O')),
            // Ä: no word has this one between two others that sound with it
            'Ž' => before(is_consonant) && after(is_consonant),
            // û ù, where a dash would part next to nothing
            '–' | '—' => before(small) && after(small) && self.parts_little(),
            _ => false,
        }
    }

    /// True if there are but one or two letters on a side, as in `ao–t`; `e–mail` is none of these.
    fn parts_little(&self) -> bool {
        let is_letter = |c: &char| c.is_alphabetic();
        let before = self.before.chars().rev().take_while(is_letter).count();
        let after = self.after.chars().take_while(is_letter).count();
        before.min(after) <= 2 && !(before == 1 && self.before.ends_with('e'))
    }
}

fn is_consonant(c: char) -> bool {
    c.is_ascii_uppercase() && !matches!(c, 'A' | 'E' | 'I' | 'O' | 'U' | 'Y')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The letters of code page 850, each with what stands in its place in Windows-1252.
    const SAME_BYTE: &str = "Ç€ ü\u{81} é‚ âƒ ä„ à… å† ç‡ êˆ ë‰ èŠ ï‹ îŒ ì\u{8d} ÄŽ Å\u{8f} É\u{90} æ‘ Æ’ ô“ ö” \
        ò• û– ù— ÿ˜ Ö™ Üš ø› Ø\u{9d} á\u{a0} í¡ ó¢ ú£ ñ¤ Ñ¥ Áµ Â¶ À· ãÆ ÃÇ ðÐ ÐÑ ÊÒ ËÓ ÈÔ ıÕ ÍÖ Î× ÏØ ÌÞ \
        Óà ßá Ôâ Òã õä Õå þç Þè Úé Ûê Ùë ýì Ýí";

    fn read_as_windows(dos: &str) -> String {
        let pairs: Vec<Vec<char>> = SAME_BYTE
            .split(' ')
            .map(|pair| pair.chars().collect())
            .collect();
        let read = |c| {
            pairs
                .iter()
                .find(|pair| pair[0] == c)
                .map_or(c, |pair| pair[1])
        };
        dos.chars().map(read).collect()
    }

    #[test]
    fn words_of_ms_dos_give_it_away_letter_by_letter() {
        for word in [
            "René",
            "Noël",
            "Hélène",
            "Michèle",
            "Benoît",
            "François",
            "forêt",
            "Gâteau",
            "contrôle",
            "König",
            "Haïti",
            "Müller",
            "Bär",
            "Adjoint à l'urbanisme",
            "déjà-vu",
            "là-bas et làbas",
            "août",
            "Goût",
            "mûr",
            "flûte",
            "Brûler",
            "Louÿs",
            "Bjørn",
            "Håkan",
            "Muñoz",
            "Garcìa",
            "García",
            "López",
            "Júlia",
            "João",
            "Émile",
            "école",
            "FRANÇOIS",
            "MÜLLER",
            "ÜBER",
            "KÖNIG",
            "ÖSTERREICH",
            "SCHÄFER",
            "KRÄMER",
            "LOÏC",
            "ANAÏS",
            "NOËL",
            "GAËLLE",
            "RAPHAËL",
            "MAÎTRE",
            "ÎLE-DE-FRANCE",
            "Île",
            "CHÂTEAU",
            "PEÑA",
            "ÉCOLE",
            "FORÊT",
            "ÅSA",
            "BÅRD",
            "BØRGE",
            "MÁRQUEZ",
            "MÌA",
        ] {
            assert!(
                is_dos(&read_as_windows(word)),
                "{word}: {}",
                read_as_windows(word)
            );
        }
    }

    /// These are letters of Windows too, or signs that stand between letters there.
    #[test]
    fn some_words_of_ms_dos_could_be_of_windows() {
        for word in [
            "MICHÈLE", "CÔTE", "DUBÛ", "OÙ", "GARCÍA", "LÓPEZ", "Márquez", "DÉJÀ", "SÃO", "Straße",
            "cæcum", "SUÒ", "Ýr",
        ] {
            let read = read_as_windows(&word.replace('É', "E"));
            assert!(!is_dos(&read), "{word}: {read}");
        }
    }

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
            "Dušan;DUŠAN;Aškenazy;Žižek;BLAŽ;JOŽE;BOŽO;DRŽAVA;LEÓN;RAMÓN;ASUNCIÓN;Ó BRIEN;BJØRN;SØREN;Søren;NICOLÒ",
            "nord–sud;eau–assainissement;e–mail;Bas–Rhin;RH–paie;1–2;Strasbourg — Colmar;élu•es;ÉLU·ES;etc… voir;… (suite);[…]",
            "† 2020;5 µL;µm;Marque™ déposée;¡Hola!;4×4;2×m;£5;¤;¢;Œuvre;l’œuvre;Þór;ÆRØ;Ægir;L’Haÿ;« mot »;‹ mot ›",
            "5 × 3;§ 4 ¶ 2;n° 4;1 ½;élu·es",
        ] {
            assert!(!is_dos(windows), "{windows}");
        }
    }
}
