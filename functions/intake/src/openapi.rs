//! The operation's body and answer, for the OpenAPI document.

use vigie_http::openapi::{Description, Types};

use crate::{Operation, Taken, envelope::OwnBatch};

/// An operation's description.
#[must_use]
pub fn describe(operation: Operation, types: &mut Types) -> Description {
    match operation {
        Operation::SendEvents => Description::new("Take events of a portal")
            .about("Each event stands for itself, and the same once more changes nothing. Takes a batch of CloudEvents 1.0 too (application/cloudevents-batch+json, `type` the event's type, `data` its detail). At most 100 events, 200 KB each.")
            .takes::<OwnBatch>(types)
            .gives::<Taken>(200, "What became of each event.", types)
            .refuses(413, "Over 256 KiB.")
            .refuses(422, "The body holds no list of events, or more than 100.")
            .refuses(503, "The bus did not take all that can be read: send it again after Retry-After."),
    }
}
