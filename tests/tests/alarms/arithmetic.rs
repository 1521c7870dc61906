//! `CloudWatch`'s arithmetic on metrics, as far as the template's alarms go: numbers, names,
//! `+ - * /`, comparisons, brackets, and `IF(a, b, c)`.

use std::{collections::BTreeMap, iter::Peekable, str::Chars};

/// Returns an expression's value, or none where a metric that it names has none.
///
/// # Panics
///
/// If it is no such expression.
pub fn value(expression: &str, metrics: &BTreeMap<String, Option<f64>>) -> Option<f64> {
    let text: String = expression.split_whitespace().collect();
    let mut reader = Reader {
        rest: text.chars().peekable(),
        metrics,
        missing: false,
    };
    let value = reader.comparison();
    assert!(reader.rest.next().is_none(), "{expression}");
    (!reader.missing).then_some(value)
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    metrics: &'a BTreeMap<String, Option<f64>>,
    missing: bool,
}

impl Reader<'_> {
    fn takes(&mut self, c: char) -> bool {
        self.rest.next_if_eq(&c).is_some()
    }

    #[track_caller]
    fn expect(&mut self, c: char) {
        assert!(self.takes(c), "no {c} before {:?}", self.rest.peek());
    }

    fn comparison(&mut self) -> f64 {
        let left = self.sum();
        let truth = |is: bool| f64::from(u8::from(is));
        if self.takes('>') {
            let or_equal = self.takes('=');
            let right = self.sum();
            return truth(left > right || (or_equal && left >= right));
        }
        if self.takes('<') {
            return truth(left < self.sum());
        }
        left
    }

    fn sum(&mut self) -> f64 {
        let mut sum = self.product();
        loop {
            if self.takes('+') {
                sum += self.product();
            } else if self.takes('-') {
                sum -= self.product();
            } else {
                return sum;
            }
        }
    }

    fn product(&mut self) -> f64 {
        let mut product = self.term();
        loop {
            if self.takes('*') {
                product *= self.term();
            } else if self.takes('/') {
                product /= self.term();
            } else {
                return product;
            }
        }
    }

    fn term(&mut self) -> f64 {
        if self.takes('(') {
            let inner = self.comparison();
            self.expect(')');
            return inner;
        }
        let mut word = String::new();
        while let Some(c) = self
            .rest
            .next_if(|c| c.is_ascii_alphanumeric() || *c == '.')
        {
            word.push(c);
        }
        if word == "IF" {
            self.expect('(');
            let condition = self.comparison();
            self.expect(',');
            let yes = self.comparison();
            self.expect(',');
            let no = self.comparison();
            self.expect(')');
            return if condition == 0.0 { no } else { yes };
        }
        if let Ok(number) = word.parse() {
            return number;
        }
        let metric = self.metrics.get(&word);
        let metric = metric.unwrap_or_else(|| panic!("no metric {word:?}"));
        self.missing |= metric.is_none();
        metric.unwrap_or_default()
    }
}

#[test]
fn it_reckons_as_cloudwatch_does() {
    let metrics = BTreeMap::from([
        ("a".to_owned(), Some(6.0)),
        ("b".to_owned(), Some(4.0)),
        ("gone".to_owned(), None),
    ]);
    for (expression, expected) in [
        ("a", Some(6.0)),
        ("100 * b / (a + 2)", Some(50.0)),
        ("a - b - 1", Some(1.0)),
        ("IF(a >= 6, b, 0)", Some(4.0)),
        ("IF(a > 6, b, 0.5)", Some(0.5)),
        ("a < b", Some(0.0)),
        ("a + gone", None),
    ] {
        assert_eq!(value(expression, &metrics), expected, "{expression}");
    }
}
