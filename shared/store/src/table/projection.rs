//! Projections, for reads of many items: what the SDK makes of an attribute costs more than its way
//! over the wire.

use std::{collections::HashMap, iter};

/// The attributes of an item that are read.
#[derive(Clone, Debug)]
pub(crate) struct Projection {
    pub expression: Option<String>,
    pub names: Option<HashMap<String, String>>,
}

impl Projection {
    /// All of them.
    pub const ALL: Self = Self {
        expression: None,
        names: None,
    };

    /// Those at some paths, such as `contact.email`.
    pub fn of<'a>(paths: impl IntoIterator<Item = &'a str>) -> Self {
        let (mut expression, mut names) = (String::new(), HashMap::new());
        for path in paths {
            // By placeholders, since some names are reserved words.
            for (before, name) in iter::once(",#")
                .chain(iter::repeat(".#"))
                .zip(path.split('.'))
            {
                expression.extend([before, name]);
                names.insert(format!("#{name}"), name.to_owned());
            }
        }
        Self {
            expression: Some(expression.split_off(1)),
            names: Some(names),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_named_step_by_step() {
        let Projection { expression, names } =
            Projection::of(["state", "contact.email", "contact.phone"]);
        assert_eq!(
            expression.as_deref(),
            Some("#state,#contact.#email,#contact.#phone")
        );
        let name = |name: &str| (format!("#{name}"), name.to_owned());
        assert_eq!(
            names,
            Some(HashMap::from(
                ["state", "contact", "email", "phone"].map(name)
            ))
        );
    }
}
