//! Every route there is: the union of the functions' tables.

use vigie_http::{Access, Route};

/// A row of a function's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The function that has it.
    pub function: &'static str,
    /// Its method.
    pub method: &'static str,
    /// Its path, with `{names}`.
    pub path: &'static str,
    /// For whom.
    pub access: Access,
    /// Largest body, in bytes.
    pub most: usize,
}

impl Row {
    /// Returns the key as API Gateway spells it.
    pub fn key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// True if it changes nothing in the table, whatever its method: a file is read by a POST, and
    /// events go on the bus, while searches for colleagues are counted.
    pub fn only_reads(&self) -> bool {
        self.method == "GET" && !self.path.ends_with("/colleagues")
            || self.access == Access::Machine
            || self.path.ends_with("/agents/import/reading")
    }

    /// True if it is for people who administer entities.
    pub fn is_for_administrators(&self) -> bool {
        matches!(
            self.access,
            Access::Administrator | Access::AnyAdministrator | Access::ConsultationAdministrator
        )
    }

    /// True if it is for people who act for an account, perhaps for a linked one too.
    pub fn is_for_owners(&self) -> bool {
        matches!(
            self.access,
            Access::Owner | Access::OwnerOrLinked | Access::OwnerAnyhow
        )
    }

    /// True if the path has that `{name}`.
    pub fn names(&self, name: &str) -> bool {
        self.path.contains(&format!("{{{name}}}"))
    }
}

/// The union of all tables.
pub fn all() -> Vec<Row> {
    let mut rows = Vec::new();
    rows.extend(of("accounts", vigie_accounts::ROUTES));
    rows.extend(of("preferences", vigie_preferences::ROUTES));
    rows.extend(of("favourites", vigie_favourites::ROUTES));
    rows.extend(of("entities", vigie_entities::ROUTES));
    rows.extend(of("intake", vigie_intake::ROUTES));
    rows.extend(of("portal", vigie_portal::ROUTES));
    // Whoever goes through them with one account erases it last.
    rows.sort_by_key(|row| row.key() == "DELETE /v1/accounts/{id}");
    rows
}

fn of<O>(function: &'static str, routes: &'static [Route<O>]) -> impl Iterator<Item = Row> {
    routes.iter().map(move |route| Row {
        function,
        method: route.method.as_str(),
        path: route.path,
        access: route.access,
        most: route.most,
    })
}
