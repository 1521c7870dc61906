//! The operations' bodies and answers, for the OpenAPI document.

use serde_json::{Value, json};
use vigie_domain::{
    contact::{Contact, name::PersonSearch},
    id::ConsultationId,
};
use vigie_http::{
    openapi::{Description, Types},
    view::AccountView,
};

use crate::{
    Me, Operation, TokenBody,
    administrators::Administrators,
    colleagues::Colleagues,
    deliveries::Deliveries,
    export::Export,
    links::{AskedAddress, LinkedAccounts},
    missed::Missed,
    recovery::Recovered,
    test_alert::TestAlert,
};

fn id() -> Value {
    json!({"$ref": "#/components/schemas/AccountId"})
}

/// An operation's description.
#[must_use]
pub fn describe(operation: Operation, types: &mut Types) -> Description {
    match operation {
        Operation::ReadMe => Description::new("Accounts that the login acts for, then those linked to them").gives::<Me>(
            200,
            "The accounts; none twice.",
            types,
        ),
        Operation::ReadAccount => {
            let account = Description::new("An account")
                .header_if("If-None-Match", "The ETag of what the caller has.", "\"3\"")
                .gives::<AccountView>(200, "The account; ETag holds its version.", types)
                .with("ETag");
            account.gives_nothing(304, "The caller has it.").with("ETag")
        }
        Operation::PatchContact => Description::new("Change contact details (JSON Merge Patch)")
            .patches::<Contact>(types)
            .header("If-Match", "The ETag that was read.", "\"3\"")
            .gives::<AccountView>(200, "Changed.", types)
            .with("ETag")
            .gives::<AccountView>(202, "Changed; the new e-mail address waits in pendingEmail for its confirmation.", types)
            .with("ETag")
            .refuses(412, "The account has changed since it was read.")
            .refuses(428, "If-Match is missing.")
            .refuses(429, "More than 5 mails in an hour, or 3 in a day that came back; Retry-After says when."),
        Operation::WithdrawPendingEmail => {
            Description::new("Withdraw a change of e-mail address").gives_nothing(204, "Nothing waits any more.")
        }
        Operation::ResendPendingEmail => Description::new("Send the confirmation again")
            .gives::<AccountView>(202, "It will be sent.", types)
            .with("ETag")
            .refuses(429, "More than 5 mails in an hour, or 3 in a day that came back; Retry-After says when."),
        Operation::ConfirmEmail => Description::new("Confirm an e-mail address with the token mailed to it")
            .takes::<TokenBody>(types)
            .gives_members(200, "Confirmed; again changes nothing.", &json!({"confirmed": {"type": "boolean"}}))
            .refuses(404, "Unknown, withdrawn or superseded.")
            .refuses(409, "Another account has the address (email-taken).")
            .refuses(410, "The link is too old (token-expired)."),
        Operation::AskToRecover => Description::new("Ask for the account of an address, for a login that has another one than before")
            .takes::<AskedAddress>(types)
            .gives_members(
                202,
                "Always, whether the address is known or not, and also where the login asked too often: five addresses in a day, the same one again after ten minutes. Only its owner is told, by mail.",
                &json!({}),
            ),
        Operation::ConfirmRecovery => Description::new("Act for an account, in place of the login that did, with the token mailed to its address")
            .about("The token works for the login that asked, once, for an hour; for the first login that confirms it where an administrator had it mailed.")
            .takes::<TokenBody>(types)
            .gives::<Recovered>(200, "The login acts for the account, and the former one does no more; again changes nothing.", types)
            .gives::<Recovered>(202, "It is an administrator's account, and no other administrator had the link mailed, or an administrator replaced its address in the last 30 days: the login acts for it from `due` on, unless that is stopped.", types)
            .refuses(404, "Unknown, superseded, stopped, or asked for by another login.")
            .refuses(410, "The link is too old (token-expired)."),
        Operation::StopRecovery => Description::new("Stop a recovery that waits")
            .gives_nothing(204, "The login acts for the account as before."),
        Operation::StopRecoveryByLink => Description::new("Stop a recovery that waits, with the token mailed to an address that an administrator replaced")
            .takes::<TokenBody>(types)
            .gives_members(200, "The login acts for the account as before; again changes nothing.", &json!({"stopped": {"type": "boolean"}}))
            .refuses(404, "Unknown, or of an account that was erased.")
            .refuses(410, "It has taken effect (token-expired)."),
        Operation::Erase => Description::new("Erase an account")
            .gives_nothing(204, "Gone, its address free. Favourites and deliveries follow within minutes; anonymous counts stay.")
            .refuses(409, "It is the organisation's last administrator (last-administrator)."),
        Operation::ListDeliveries => Description::new(
            "Alerts sent to the agent, or kept from it for a reason, newest first; of one consultation a page may be empty and not the last",
        )
            .query_of::<ConsultationId>("consultationId", "The consultation that they have to be about.", types)
            .paged()
            .gives::<Deliveries>(200, "A page; the last one has no cursor. Kept for 365 days.", types),
        Operation::CountMissed => Description::new("How many alerts were not sent since mails to the address stopped").gives::<Missed>(
            200,
            "The count; the list of deliveries has each of them.",
            types,
        ),
        Operation::ListAdministrators => Description::new(
            "Who administers the agent, by name: those who can act now in the agent's entity and in those above it, the nearest first",
        )
        .gives::<Administrators>(
            200,
            "At most 20 people, looked for among an entity's first 500 agents. Nothing but their names.",
            types,
        ),
        Operation::FindColleagues => Description::new(
            "Other agents of the organisation who can act, by name, for the choice of who stands in",
        )
        .needs::<PersonSearch>("q", "Beginnings of words of the name, one of them of two letters at least, whatever their case and accents; or a whole address.", types)
        .gives::<Colleagues>(200, "At most 20 people, by name: more words find fewer.", types)
        .refuses(429, "More than 60 searches in an hour, or 300 in a day; Retry-After says when."),
        Operation::SendTestAlert => {
            Description::new("Send a test alert to the agent's own address; the deliveries show how far it has come")
                .gives::<TestAlert>(202, "It goes the way of every alert.", types)
                .refuses(409, "There is no address (email-none), it is not confirmed (email-unconfirmed), or mails to it come back (email-undeliverable).")
                .refuses(429, "More than 5 mails in an hour; Retry-After says when.")
        }
        Operation::Export => Description::new("Everything held about an account, as a file")
            .gives::<Export<'_>>(200, "The file; what it has no room for is listed from its cursors on.", types)
            .with("Content-Disposition"),
        Operation::ListLinks => Description::new("Linked accounts").gives::<LinkedAccounts>(200, "The accounts.", types),
        Operation::AskToLink => Description::new("Ask the owner of an address to link accounts")
            .takes::<AskedAddress>(types)
            .gives_members(
                202,
                "Always, whether the address is known or not: only its owner is told, by mail.",
                &json!({"expiresAt": {"type": "string", "format": "date-time"}}),
            )
            .refuses(429, "More than 5 mails in an hour, or 3 in a day that came back; Retry-After says when."),
        Operation::AcceptLink => Description::new("Link two accounts with the token of the mailed request")
            .takes::<TokenBody>(types)
            .gives_members(200, "They are linked; again changes nothing.", &json!({"accountId": id(), "otherAccountId": id()}))
            .refuses(403, "The login does not act for the account that was asked.")
            .refuses(404, "Unknown, withdrawn, or undone since.")
            .refuses(410, "The link is too old (token-expired)."),
        Operation::UndoLink => Description::new("Undo a link, from either side")
            .gives_nothing(204, "They are not linked; requests between the two are withdrawn."),
        Operation::AcceptInvitation => Description::new("Act for an account with the token of its invitation")
            .takes::<TokenBody>(types)
            .gives_members(200, "The login acts for the account; again changes nothing.", &json!({"accountId": id()}))
            .refuses(404, "Unknown or superseded.")
            .refuses(409, "Accepted with another login (already-bound).")
            .refuses(410, "The link is too old (token-expired)."),
    }
}
