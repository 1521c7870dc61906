//! The operations' bodies and answers, for the OpenAPI document.

use vigie_http::openapi::{Description, Types};

use crate::{
    Operation,
    dashboard::{Dashboard, Item},
    handover::{Asked, Shown, To},
    list::List,
};

/// An operation's description.
#[must_use]
pub fn describe(operation: Operation, types: &mut Types) -> Description {
    match operation {
        Operation::List => {
            let of = Description::new("Favourites, newest first; with a filter, a page may be empty and not the last");
            filtered(of, types).paged().gives::<List>(200, "A page; the last one has no cursor.", types)
        }
        Operation::ListConsultations => filtered(Description::new(
            "Consultations that the agent may see now and that are not over, each with its star; a page may be empty and not the last",
        ), types)
        .paged()
        .gives::<Dashboard>(200, "A page; the last one has no cursor.", types),
        Operation::ReadConsultation => Description::new("One consultation as in the list, with its star, also once it is over")
            .gives::<Item>(200, "The consultation.", types)
            .refuses(404, "It does not exist, or the agent may not see it."),
        Operation::Star => Description::new("Star a consultation").gives_nothing(204, "It is a favourite."),
        Operation::Unstar => Description::new("Take the star away").gives_nothing(204, "It is no favourite."),
        Operation::ReadDeadline => Description::new("The deadline of a consultation as a calendar (RFC 5545)")
            .gives_text(200, "text/calendar; method=PUBLISH; charset=utf-8", "The deadline in force now.")
            .with("Content-Disposition")
            .refuses(404, "An unknown link, an account that may not see the consultation (any more), or no deadline."),
        Operation::ShowHandover => Description::new(
            "Consultations that an agent alone follows of those in the caller's entities; a page may be empty and not the last",
        )
        .paged()
        .gives::<Shown>(200, "A page; the last one has no cursor.", types),
        Operation::HandOver => Description::new("Have another agent follow what an agent alone follows, as far as they may see it")
            .takes::<To>(types)
            .gives::<Asked>(202, "It is being done; both are mailed.", types),
    }
}

fn filtered(description: Description, types: &mut Types) -> Description {
    description
        .query_up_to(
            "q",
            vigie_domain::text::search::MAX,
            "Words that reference, title or the entity's name have to hold, whatever their case and accents.",
        )
        .query_of::<vigie_domain::consultation::Phase>("phase", "The phase that they have to be in.", types)
}
