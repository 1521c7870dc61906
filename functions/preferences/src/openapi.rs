//! The operations' bodies and answers, for the OpenAPI document.

use serde_json::json;
use vigie_http::openapi::{Description, Types};

use crate::{
    Chosen, ChosenAlerts, Codes, Operation, Reference,
    absence::{Answered, ShownAbsence, WantedAbsence},
    preview::Preview,
    requests::Requests,
};

const TAG: &str = "\"Qm9uam91ciwgQ2xhaXJlIQ\"";
const KNOWN: &str = "The ETag of what the caller has.";
const READ: &str = "The ETag of this part that was read; without it, the later one wins.";
const STALE: &str = "This part has changed since it was read (stale).";

/// An operation's description.
#[must_use]
pub fn describe(operation: Operation, types: &mut Types) -> Description {
    match operation {
        Operation::ReadAlerts => Description::new("Which alerts, which automatic favourites")
            .header_if("If-None-Match", KNOWN, TAG)
            .gives::<ChosenAlerts>(200, "The choice.", types)
            .with("ETag")
            .gives_nothing(304, "The caller has it.")
            .with("ETag"),
        Operation::WriteAlerts => Description::new("Choose alerts and automatic favourites (the whole object)")
            .about("A rule cannot be switched on without its right as permanent guest. What was proposed is the agent's own choice from then on.")
            .takes::<ChosenAlerts>(types)
            .header_if("If-Match", READ, TAG)
            .gives::<ChosenAlerts>(200, "The choice.", types)
            .with("ETag")
            .refuses(412, STALE)
            .refuses(422, "Fields were refused; a rule without its right is not-permanent-guest."),
        Operation::PreviewAlerts => {
            Description::new("How many consultations of the last 90 days each rule of automatic favourites would have starred")
                .gives::<Preview>(200, "How many, by rule.", types)
        }
        Operation::ReadPlaces => Description::new("Places of execution")
            .header_if("If-None-Match", KNOWN, TAG)
            .gives::<Chosen>(200, "The places.", types)
            .with("ETag")
            .gives_nothing(304, "The caller has it.")
            .with("ETag"),
        Operation::WritePlaces => Description::new("Choose places of execution")
            .takes::<Codes>(types)
            .header_if("If-Match", READ, TAG)
            .gives::<Chosen>(200, "The places.", types)
            .with("ETag")
            .refuses(412, STALE),
        Operation::ReadAbsence => Description::new("Absence; null if there is none")
            .query_of::<bool>("names", "`true` has its owner told the delegate's name too.", types)
            .header_if("If-None-Match", KNOWN, TAG)
            .gives::<Option<ShownAbsence>>(200, "The absence.", types)
            .with("ETag")
            .gives_nothing(304, "The caller has it.")
            .with("ETag"),
        Operation::WriteAbsence => Description::new("Say when one is away and who is to stand in; null ends it")
            .about("The last day comes not before the first, has not passed, and lies within a year. A delegate is another active agent of the organisation.")
            .takes::<Option<WantedAbsence>>(types)
            .header_if("If-Match", READ, TAG)
            .gives::<Option<ShownAbsence>>(200, "The absence; a delegate is asked by mail, and agrees or not.", types)
            .with("ETag")
            .refuses(412, STALE)
            .refuses(409, "The account kept changing (conflict).")
            .refuses(429, "More than 5 mails in an hour, or 3 in a day that came back; Retry-After says when."),
        Operation::ReadRequests => Description::new("Whether others may ask the agent to link accounts or to stand in")
            .gives::<Requests>(200, "What is taken. A complaint about such a mail refuses that kind.", types),
        Operation::WriteRequests => Description::new("Take or refuse requests of others (the whole object)")
            .about("Who asks is answered as ever.")
            .takes::<Requests>(types)
            .gives::<Requests>(200, "What is taken.", types),
        Operation::AnswerDelegation => Description::new("Agree to stand in for somebody, with the token mailed to the delegate")
            .takes::<Answered>(types)
            .gives_members(
                200,
                "Agreed, or taken back; again changes nothing.",
                &json!({"agreed": {"type": "boolean"}, "from": {"type": "string", "format": "date"}, "until": {"type": "string", "format": "date"}}),
            )
            .refuses(403, "The login does not act for the delegate.")
            .refuses(404, "Unknown or withdrawn.")
            .refuses(410, "The absence is over (token-expired)."),
        Operation::ShowUnsubscribe => Description::new("Page of an alert's unsubscribe link; changes nothing")
            .gives_text(200, "text/html; charset=utf-8", "HTML with a button.")
            .refuses(410, "The link is older than a year (token-expired)."),
        Operation::Unsubscribe => Description::new("Switch off the kind of alert that the link names, or stop following its consultation (RFC 8058, one click)")
            .takes_form("List-Unsubscribe", "One-Click")
            .gives_text(200, "text/html; charset=utf-8", "HTML: it is off; again changes nothing. After a consultation, with a button that takes it back.")
            .refuses(410, "The link is older than a year (token-expired)."),
        Operation::ListPlaces => Description::new("All places there are").gives::<Reference>(200, "Codes, names and groups.", types),
    }
}
