//! The operations' bodies and answers, for the OpenAPI document.

use vigie_domain::{
    account::preferences::{Alerts, Kind},
    contact::name::PersonSearch,
};
use vigie_http::{
    openapi::{Description, Types},
    view::AccountView,
};

use crate::{
    Operation,
    agents::{List, creation::NewAgent, patch::Patch},
    audit::Audit,
    branch::Branch,
    defaults::Defaults,
    import::Report,
    invitations::Progress,
    oversight::{Found, Undeliverable, Unfollowed},
    reading::PartRead,
    recipients::Recipients,
    todo::{self, Kind as TodoKind},
    tree::{Shown, Wanted},
};

const SPREADSHEET: &str = "UTF-8 as text/csv, or the bytes of a file as application/vnd.ms-excel (UTF-8, UTF-16 or Windows-1252, by its \
    content). A header line, columns separated by ; , or tabs as in it. Columns are the contact's fields (civility, firstName, lastName, \
    jobTitle, email, phone, fax, street, postalCode, city, country) and role, or their French words (civilité, prénom, nom, fonction, \
    courriel, téléphone, télécopie, adresse, code postal, ville, pays, rôle), whatever their case and accents; a column motif is passed over. firstName, lastName and \
    email are needed. role is agent (also where it is empty) or administrator.";
const TAG: &str = "\"Qm9uam91ciwgQ2xhaXJlIQ\"";
const SHEET: &str = "prénom;nom;courriel\r\nClaire;Martin;claire.martin@strasbourg.example.fr\r\n";

/// An operation's description.
#[must_use]
pub fn describe(operation: Operation, types: &mut Types) -> Description {
    match operation {
        Operation::Read => Description::new("An entity")
            .header_if("If-None-Match", "The ETag of what the caller has.", TAG)
            .gives::<Shown>(200, "The entity.", types)
            .with("ETag")
            .gives_nothing(304, "The caller has it.")
            .with("ETag"),
        Operation::ReadTree => Description::new(
            "An entity and everything below it, level by level, at most 500 an answer",
        )
        .paged_by(crate::branch::PAGE_LIMIT)
        .gives::<Branch>(200, "A page.", types),
        Operation::Write => Description::new("Create, rename or move an entity")
            .about("A parent is an entity of the caller's tree, and of the same organisation where the entity is there already. Roots have none, and are made by provisioning only. A new entity's id begins with its root's id and a hyphen, a dot or an underscore.")
            .takes::<Wanted>(types)
            .header_if("If-Match", "The ETag that was read; without it, the later one wins.", TAG)
            .header_if("If-None-Match", "`*` creates, and changes nothing that is there.", "*")
            .gives::<Shown>(200, "Changed.", types)
            .with("ETag")
            .gives::<Shown>(201, "Created.", types)
            .with("ETag")
            .with("Location")
            .refuses(409, "The tree kept changing (conflict).")
            .refuses(412, "It has changed since it was read (stale), or is there already (exists).")
            .refuses(422, "The id is not one of the organisation's own (`id`); no such parent, the tree is too deep or would have a cycle (`parentId`); a name that is none (`name`)."),
        Operation::Link => Description::new("Let an entity's agents follow another's consultations")
            .gives_nothing(204, "Linked.")
            .refuses(422, "An entity needs no link to itself."),
        Operation::Unlink => Description::new("Take such a link back").gives_nothing(204, "Not linked."),
        Operation::ReadDefaults => read_defaults(types),
        Operation::WriteDefaults => write_defaults(types),
        Operation::ListAgents => Description::new("Agents of an entity; found by name or address, those of everything below it too")
            .about("With `q` a page may be empty and not the last.")
            .query_of::<PersonSearch>("q", "Beginnings of words of the name, one of them of two letters at least, whatever their case and accents; or a whole address.", types)
            .paged()
            .gives::<List>(200, "A page.", types),
        Operation::CreateAgent => Description::new("Create an agent's account and invite it")
            .takes::<NewAgent>(types)
            .gives::<AccountView>(201, "Created; the invitation is on its way.", types)
            .with("Location")
            .refuses(409, "The address belongs to an account (email-taken).")
            .refuses(429, "More than 1,000 addresses in an hour or 5,000 in a day, those of files included; Retry-After says when."),
        Operation::PatchAgent => Description::new("Change an agent's role, rights, activity, entity or address")
            .about("Another entity lies in the caller's tree and in the agent's organisation. Another address waits until its reader confirms it; whether somebody has it is not told. For 30 days after that whoever takes the account over waits 24 hours, and the address that was replaced may stop it. The one in use takes back another that waits.")
            .patches::<Patch>(types)
            .gives::<AccountView>(200, "Changed.", types)
            .gives::<AccountView>(202, "Changed; the new address waits in pendingEmail for its confirmation.", types)
            .refuses(409, "It is the organisation's last administrator (last-administrator), or others kept changing it (conflict); the portal declares the agent (declared); an address of an account that was deactivated (inactive), has none (email-none), or whose invitation waits (not-bound).")
            .refuses(429, "More than 5 links in an hour, or 5 addresses in 30 days; Retry-After says when."),
        Operation::DeleteAgent => Description::new("Take back an account that nobody accepted")
            .gives_nothing(204, "Gone, its address free.")
            .refuses(409, "It was accepted (already-bound)."),
        Operation::Invite => Description::new("Invite again")
            .gives::<AccountView>(202, "It will be sent; the older link is void.", types)
            .refuses(409, "It was accepted (already-bound), or has no address (email-none).")
            .refuses(429, "More than 5 mails in an hour; Retry-After says when."),
        Operation::ReadInvitations => Description::new("How far the invitations of declared agents are, here and below")
            .gives::<Progress>(200, "Who was invited, and who is left.", types),
        Operation::InviteDeclared => Description::new(
            "Invite all agents, here and below, who were declared and never invited: a hundred at once, then one a second for each organisation",
        )
        .gives::<Progress>(202, "It goes; the same call again changes nothing until it is over. Who has no address is left out.", types),
        Operation::SendAgentRecovery => Description::new("Mail an agent a link by which another login takes their account over")
            .gives::<AccountView>(202, "It will be sent, and works for an hour, for the first login that confirms it; the older link is void.", types)
            .refuses(409, "There is no address (email-none), it is not confirmed (email-unconfirmed), or mails to it come back (email-undeliverable); the account was deactivated (inactive), or its invitation waits (not-bound).")
            .refuses(429, "More than 5 links in an hour; Retry-After says when."),
        Operation::StopAgentRecovery => Description::new("Stop a recovery that waits")
            .gives_nothing(204, "The former login acts for the account as before."),
        Operation::ImportAgents => Description::new(
            "Create and invite the agents of a spreadsheet, at most 200 a call. Each row ends on its own; the same call again finishes what was cut short and changes nothing else",
        )
        .needs::<bool>("dryRun", "`true` says what would happen and changes nothing; `false` does it.", types)
        .takes_file("text/csv", SPREADSHEET, SHEET)
        .gives::<Report>(200, "What became of each row.", types)
        .refuses(400, "Not UTF-8.")
        .refuses(429, "More than 1,000 addresses in an hour, or 5,000 in a day, for the organisation; Retry-After says when. Addresses on a mail domain of an administrator of the whole organisation count a tenth, a call at least 20.")
        .refuses(422, "dryRun is missing; a column is unknown, missing or there twice; no row, or more than 200."),
        Operation::ReadSpreadsheet => Description::new(
            "Read a spreadsheet of agents as an import reads it, at most 500 rows a call. Nothing is looked up and nothing is changed",
        )
        .needs::<bool>("more", "`true` says that the file goes on behind the body: rows that may do so too are left. `false` says that both end together.", types)
        .takes_file("text/csv", SPREADSHEET, SHEET)
        .gives::<PartRead>(200, "The rows, what is wrong with each, and where they stand.", types)
        .refuses(400, "Not text.")
        .refuses(422, "more is missing; a column is unknown, missing or there twice; a row is longer than the body."),
        Operation::ListAudit => Description::new(
            "Who did what to whom in an entity and everything below it, newest first, a year back; a page may be empty and not the last",
        )
        .query_of::<bool>("names", "`true` gives the names of people and entities with each page, as they are now.", types)
        .paged()
        .gives::<Audit>(200, "A page.", types),
        Operation::ListUndeliverable => {
            Description::new("Agents of an entity and everything below it whose address is undeliverable; a page may be empty and not the last")
                .paged()
                .gives::<Undeliverable>(200, "A page.", types)
        }
        Operation::FindConsultations => Description::new(
            "Consultations of an entity and everything below it, released and neither archived nor cancelled; a page may be empty and not the last",
        )
        .query_up_to("q", vigie_domain::text::search::MAX, "Words that reference or title have to hold, whatever their case and accents.")
        .paged()
        .gives::<Found>(200, "A page.", types),
        Operation::ListUnfollowed => Description::new(
            "Consultations of an entity and everything below it, released and neither archived nor cancelled, that nobody of the caller's tree follows: no agent there, active or not, has a star; a page may be empty and not the last",
        )
        .paged()
        .gives::<Unfollowed>(200, "A page.", types),
        Operation::ListTodo => Description::new(
            "What waits for the administrators of an entity and everything below it, by kinds: dead addresses, consultations that nobody follows, recoveries, last days of the next month, agents without an address, invitations, declared agents who were never invited",
        )
        .about("Of each kind the first so many (`limit`), and how many there are; what waits of no kind is left out. `kind` asks for one, with `cursor` for what follows.")
        .query_of::<TodoKind>("kind", "One kind alone.", types)
        .paged()
        .gives::<todo::List>(200, "What waits.", types),
        Operation::ListRecipients => Description::new(
            "Who would be mailed about a consultation now, and who not and why: of followers, author, guests and permanent guests, each once",
        )
        .needs::<Kind>("kind", "The kind of alert, as in the choice of alerts.", types)
        .paged()
        .gives::<Recipients>(200, "A page of people of the caller's tree; with the first, how many people of elsewhere.", types),
    }
}

fn read_defaults(types: &mut Types) -> Description {
    Description::new("Choices that new agents of an entity, and of all below it, begin with; null if there are none")
        .query_of::<bool>("inherited", "`true` answers with those of the nearest entity above where this one has none, and names it.", types)
        .header_if("If-None-Match", "The ETag of what the caller has.", TAG)
        .gives::<Option<Defaults>>(200, "The defaults.", types)
        .with("ETag")
        .gives_nothing(304, "The caller has it.")
        .with("ETag")
}

fn write_defaults(types: &mut Types) -> Description {
    Description::new("Choose what new agents of an entity, and of all below it, begin with; null takes it back")
        .about("They are given to whoever accepts an invitation from then on, and has chosen nothing before; the nearest entity that has some decides, and rules that they lack the right to are left out. Nobody's choice is changed.")
        .takes::<Option<Alerts>>(types)
        .header_if("If-Match", "The ETag that was read; without it, the later one wins.", TAG)
        .gives::<Option<Alerts>>(200, "The defaults.", types)
        .with("ETag")
        .refuses(409, "Others kept changing them (conflict).")
        .refuses(412, "They have changed since they were read (stale).")
}
