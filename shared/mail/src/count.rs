//! Counted nouns in French, where 0 is singular: « 0 dépôt, 1 dépôt, 2 dépôts ».

/// Returns the form of a noun for a number.
pub fn form<'a>(number: u64, one: &'a str, several: &'a str) -> &'a str {
    if number < 2 { one } else { several }
}

/// Returns the number and a noun whose plural adds an s: « 12 dépôts ».
pub fn numbered(number: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(number), form(number, "", "s"))
}

/// Returns the digits in groups, with non-breaking spaces: « 1 234 567 ».
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(2 * digits.len());
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push('\u{a0}');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_and_one_are_singular() {
        for (number, text) in [
            (0, "0 dépôt"),
            (1, "1 dépôt"),
            (2, "2 dépôts"),
            (1234, "1\u{a0}234 dépôts"),
        ] {
            assert_eq!(numbered(number, "dépôt"), text);
        }
    }
}
