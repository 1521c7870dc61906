//! What the operations take and give, for the OpenAPI document.

use schemars::SchemaGenerator;
use vigie_domain::preferences::Alerts;
use vigie_platform::http::openapi::Description;

use crate::{Chosen, Codes, Operation, Reference};

/// An operation's description.
#[must_use]
pub fn describe(operation: Operation, types: &mut SchemaGenerator) -> Description {
    match operation {
        Operation::ReadAlerts => Description::new("Which alerts, which automatic favourites").gives::<Alerts>(200, "The choice.", types),
        Operation::WriteAlerts => Description::new("Choose alerts and automatic favourites (the whole object)")
            .takes::<Alerts>(types)
            .gives::<Alerts>(200, "The choice.", types)
            .refuses(422, "Fields were refused; a rule without its right is not-permanent-guest."),
        Operation::ReadPlaces => Description::new("Places of execution").gives::<Chosen>(200, "The places.", types),
        Operation::WritePlaces => {
            Description::new("Choose places of execution").takes::<Codes>(types).gives::<Chosen>(200, "The places.", types)
        }
        Operation::ListPlaces => Description::new("All places there are").gives::<Reference>(200, "Codes, names and groups.", types),
    }
}
