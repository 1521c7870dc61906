//! What the operations take and give, for the OpenAPI document.

use schemars::SchemaGenerator;
use vigie_domain::contact::Contact;
use vigie_platform::http::{openapi::Description, view::AccountView};

use crate::{
    Link, Me, Operation,
    deliveries::Deliveries,
    export::Export,
    links::{AskedAddress, LinkedAccounts},
    test_alert::TestAlert,
};

/// An operation's description.
#[must_use]
pub fn describe(operation: Operation, types: &mut SchemaGenerator) -> Description {
    match operation {
        Operation::ReadMe => Description::new("Accounts that the login acts for, then those linked to them").gives::<Me>(
            200,
            "The accounts; none twice.",
            types,
        ),
        Operation::ReadAccount => Description::new("An account").gives::<AccountView>(200, "The account; ETag holds its version.", types),
        Operation::PatchContact => Description::new("Change contact details (JSON Merge Patch)")
            .patches::<Contact>(types)
            .header("If-Match", "The ETag that was read.")
            .gives::<AccountView>(200, "Changed.", types)
            .gives::<AccountView>(202, "Changed; the new e-mail address waits in pendingEmail for its confirmation.", types)
            .refuses(412, "The account has changed since it was read.")
            .refuses(428, "If-Match is missing.")
            .refuses(429, "More than 5 mails in an hour; Retry-After says when."),
        Operation::WithdrawPendingEmail => {
            Description::new("Withdraw a change of e-mail address").gives_no_json(204, "Nothing waits any more.")
        }
        Operation::ResendPendingEmail => Description::new("Send the confirmation again")
            .gives::<AccountView>(202, "It will be sent.", types)
            .refuses(429, "More than 5 mails in an hour; Retry-After says when."),
        Operation::ConfirmEmail => Description::new("Confirm an e-mail address with the token mailed to it")
            .takes::<Link>(types)
            .gives_no_json(200, "Confirmed; again changes nothing.")
            .refuses(404, "Unknown, withdrawn or superseded.")
            .refuses(409, "Another account has the address (email-taken).")
            .refuses(410, "The link is too old (token-expired)."),
        Operation::Erase => Description::new("Erase an account")
            .gives_no_json(204, "Gone, its address free. Favourites and deliveries follow within minutes; anonymous counts stay.")
            .refuses(409, "It is the organisation's last administrator (last-administrator)."),
        Operation::ListDeliveries => Description::new("Alerts sent to the agent, or kept from it for a reason, newest first")
            .paged()
            .gives::<Deliveries>(200, "A page; the last one has no cursor. Kept for 365 days.", types),
        Operation::SendTestAlert => {
            Description::new("Send a test alert to the agent's own address; the deliveries show how far it has come")
                .gives::<TestAlert>(202, "It goes the way of every alert.", types)
                .refuses(409, "The address is not confirmed (email-unconfirmed), or mails to it come back (email-undeliverable).")
                .refuses(429, "More than 5 mails in an hour; Retry-After says when.")
        }
        Operation::Export => Description::new("Everything held about an account, as a file").gives::<Export<'_>>(
            200,
            "The file; what it has no room for is listed from its cursors on.",
            types,
        ),
        Operation::ListLinks => Description::new("Linked accounts").gives::<LinkedAccounts>(200, "The accounts.", types),
        Operation::AskToLink => Description::new("Ask the owner of an address to link accounts")
            .takes::<AskedAddress>(types)
            .gives_no_json(202, "Always, whether the address is known or not: only its owner is told, by mail.")
            .refuses(429, "More than 5 mails in an hour; Retry-After says when."),
        Operation::AcceptLink => Description::new("Link two accounts with the token of the mailed request")
            .takes::<Link>(types)
            .gives_no_json(200, "They are linked; again changes nothing.")
            .refuses(403, "The login does not act for the account that was asked.")
            .refuses(404, "Unknown, withdrawn, or undone since.")
            .refuses(410, "The link is too old (token-expired)."),
        Operation::UndoLink => Description::new("Undo a link, from either side")
            .gives_no_json(204, "They are not linked; requests between the two are withdrawn."),
        Operation::AcceptInvitation => Description::new("Act for an account with the token of its invitation")
            .takes::<Link>(types)
            .gives_no_json(200, "The login acts for the account; again changes nothing.")
            .refuses(404, "Unknown or superseded.")
            .refuses(409, "Accepted with another login (already-bound).")
            .refuses(410, "The link is too old (token-expired)."),
    }
}
