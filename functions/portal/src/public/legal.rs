//! « Mentions légales » (loi 2004-575, article 1-1).

use vigie_operator::{Body, Operator};

use super::{Html, Stack, html::said};

/// Returns the page.
pub(super) fn content(operator: &Operator, stack: &Stack) -> String {
    let mut page = Html::default();
    page.heading("Éditeur");
    page.rows(&body(&operator.publisher));
    page.heading("Direction de la publication");
    page.raw(&said(operator.director.as_ref()));
    page.heading("Hébergement");
    page.rows(&body(&operator.host));
    page.paragraph(&format!(
        "Le service et ses données sont dans la région {} du nuage d’Amazon Web Services.",
        stack.place()
    ));
    page.heading("Logiciel");
    page.paragraph(
        "Le service est rendu par Vigie, logiciel libre sous licence Apache 2.0. Le fond de carte des départements est publié sous \
         licence Creative Commons BY 4.0 (Victor Cazanave, svg-maps).",
    );
    page.into_string()
}

fn body(body: &Body) -> [(&'static str, String); 3] {
    [
        ("Nom", said(body.name.as_ref())),
        ("Adresse", said(body.address.as_ref())),
        ("Téléphone", said(body.telephone.as_ref())),
    ]
}

impl Stack {
    /// Returns the region's name, with the place for the one where this usually runs.
    pub(super) fn place(&self) -> String {
        match self.region.as_str() {
            "eu-west-3" => "de Paris (eu-west-3)".to_owned(),
            region => region.to_owned(),
        }
    }
}
