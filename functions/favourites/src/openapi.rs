//! What the operations take and give, for the OpenAPI document.

use schemars::SchemaGenerator;
use vigie_platform::http::openapi::Description;

use crate::{List, Operation, dashboard::Dashboard};

/// An operation's description.
#[must_use]
pub fn describe(operation: Operation, types: &mut SchemaGenerator) -> Description {
    match operation {
        Operation::List => {
            Description::new("Favourites, newest first").paged().gives::<List>(200, "A page; the last one has no cursor.", types)
        }
        Operation::ListConsultations => Description::new(
            "Consultations that the agent may see now and that are not over, each with its star; a page may be empty and not the last",
        )
        .query("q", "Words that reference, title or the entity's name have to hold, whatever their case and accents.")
        .query("phase", "The phase that they have to be in.")
        .paged()
        .gives::<Dashboard>(200, "A page; the last one has no cursor.", types),
        Operation::Star => Description::new("Star a consultation").gives_no_json(204, "It is a favourite."),
        Operation::Unstar => Description::new("Take the star away").gives_no_json(204, "It is no favourite."),
        Operation::ReadDeadline => Description::new("The deadline of a consultation as a calendar (RFC 5545)")
            .gives_no_json(200, "text/calendar: the deadline in force now.")
            .refuses(404, "An unknown link, an account that may not see the consultation (any more), or no deadline."),
    }
}
