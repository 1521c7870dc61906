//! Mails about an account itself, and what each needs to be written.

mod change_notice;
mod departure;
mod offered;
mod test_alert;

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use serde_json::{Map, Value};
use vigie_domain::{
    account::{Cause, preferences::Alerts},
    audit::Record,
    contact::{Contact, email::Email},
    entity::Entity,
    id::EntityId,
};

use super::{
    alert::greeting,
    block::{escape, harmless},
    changes,
    letterhead::Letterhead,
    link_request,
    linked::{self, Linked},
    message::{Message, NAME},
    recovery::{self, Recovered},
    template::{ACCOUNT, Content, Rendered},
    undeliverable,
};

/// A mail about an account. Links hold tokens, so there is no `Debug` form.
#[derive(Clone, Copy)]
pub enum AccountMail<'a> {
    /// To a new account's address: bind a login to it.
    Invitation {
        /// The page where it is accepted.
        link: &'a str,
        /// Time at which the link stops working.
        expires_at: Timestamp,
        /// The entity that the account belongs to.
        entity_name: &'a str,
        /// The legal buyer that it belongs to.
        organisation: &'a str,
    },
    /// To an address asked for: confirm it.
    Confirmation {
        /// The page where it is confirmed.
        link: &'a str,
        /// Time at which the link stops working.
        expires_at: Timestamp,
    },
    /// To an address asked for that belongs to an account already.
    AddressTaken,
    /// To the address in use: another one was asked for.
    EmailChangeNotice {
        /// The one asked for; shown masked.
        new_address: &'a Email,
        /// Until when it can be confirmed; `None` once it was.
        expires_at: Option<Timestamp>,
        /// True if an administrator set it.
        by_administrator: bool,
    },
    /// To the account that owns an address asked for: another one asks to be linked to it.
    LinkRequest {
        /// The page where it is accepted.
        link: &'a str,
        /// Time at which the link stops working.
        expires_at: Timestamp,
        /// The first and last name of the one who asks.
        name: &'a str,
        /// The entity of the one who asks.
        entity_name: &'a str,
        /// The legal buyer that this entity belongs to.
        organisation: &'a str,
        /// The page where such requests are refused.
        refuse: &'a str,
    },
    /// To a colleague: stand in for somebody who will be away.
    Delegation {
        /// The page where it is accepted.
        link: &'a str,
        /// The colleague who will be away: first and last name.
        absentee: &'a str,
        /// The first day and the last.
        days: [Date; 2],
    },
    /// To the agent who asked for it: alerts arrive.
    TestAlert {
        /// The agent's choices.
        alerts: &'a Alerts,
    },
    /// To an administrator: mails do not reach an agent's address.
    Undeliverable {
        /// The agent: first and last name.
        agent: &'a str,
        /// The entity that they belong to.
        entity_name: &'a str,
        /// The reason for which mails stopped.
        cause: Cause,
        /// Since when.
        since: Timestamp,
    },
    /// To an administrator: mails do not reach the addresses of several agents.
    Unreached {
        /// The agents, one harmless line each.
        lines: &'a [String],
        /// The number of agents beside them.
        more: u64,
    },
    /// To an agent whose address works again: the alerts that were not sent meanwhile.
    Missed {
        /// Since when mails did not reach the address.
        since: Timestamp,
        /// The alerts, one harmless line each, oldest first.
        lines: &'a [String],
        /// True if there are older ones.
        more: bool,
    },
    /// To who invited somebody: the invitation is withdrawn, since its address was yielded.
    InvitationWithdrawn {
        /// The entry of the audit.
        record: &'a Record,
        /// The entity that it names.
        entities: &'a BTreeMap<EntityId, Entity>,
    },
    /// To an administrator: nobody administers all of the organisation any more.
    AdministratorsGone {
        /// The entry of the audit.
        record: &'a Record,
        /// The entity that it names.
        entities: &'a BTreeMap<EntityId, Entity>,
    },
    /// To either side: two accounts were linked.
    Linked {
        /// The entry of the audit.
        record: &'a Record,
        /// The other side.
        with: Linked<'a>,
    },
    /// To an agent: a linked account changed their absence.
    AbsenceChanged {
        /// The entry of the audit.
        record: &'a Record,
        /// The account that did.
        by: Linked<'a>,
    },
    /// To an account's address: bind another login to it.
    Recovery {
        /// The page where it is confirmed.
        link: &'a str,
        /// Time at which the link stops working.
        expires_at: Timestamp,
        /// True if an administrator has it mailed, and no login asked for it.
        by_administrator: bool,
        /// The entity that the account belongs to.
        entity_name: &'a str,
        /// The legal buyer that it belongs to.
        organisation: &'a str,
    },
    /// To an address that an administrator replaced: stop a recovery that waits.
    RecoveryStop {
        /// The page where it is stopped.
        link: &'a str,
        /// Time at which it was confirmed.
        at: Timestamp,
        /// Time at which it takes effect.
        due: Timestamp,
    },
    /// To an agent, or to who administers them: another login acts for the account, or is about to.
    Recovered(Recovered<'a>),
    /// To who follows now what another one alone had followed.
    Received {
        /// The other one.
        from: Linked<'a>,
    },
    /// To who alone had followed what another one does now.
    Given {
        /// The other one.
        to: Linked<'a>,
    },
    /// To a deactivated account that will be erased, or to who administers it.
    ErasureAnnounced {
        /// Time at which it is erased.
        at: Timestamp,
        /// The agent, by name and entity; none to themselves.
        of: Option<(&'a str, &'a str)>,
    },
    /// To an agent: an administrator changed role, rights, activity or entity, or the last day is
    /// over.
    Changed {
        /// The entry of the audit.
        record: &'a Record,
        /// The entities that it names.
        entities: &'a BTreeMap<EntityId, Entity>,
    },
}

impl AccountMail<'_> {
    /// The mail. `contact` is of the account that it is about, or that is asked.
    ///
    /// An address that nobody has confirmed may be a stranger's: it is told no name, neither of who
    /// asked nor of who has it.
    #[must_use]
    pub fn render(&self, contact: &Contact, letterhead: &Letterhead) -> Rendered {
        let Message {
            subject,
            preheader,
            body,
            why,
        } = self.message(&letterhead.portal_url);
        let greeting = match self {
            Self::Confirmation { .. } | Self::AddressTaken => "Bonjour,".to_owned(),
            _ => greeting(&contact.first_name, &contact.last_name),
        };
        let data = [
            ("subject", subject.to_owned()),
            ("preheader", escape(&preheader)),
            ("heading", escape(subject)),
            ("greeting_html", escape(&greeting)),
            ("greeting_text", greeting),
            ("body_html", body.html),
            ("body_text", body.text),
            ("why_html", escape(&why)),
            ("why_text", why),
        ];
        let mut data: Map<_, _> = data
            .into_iter()
            .map(|(key, value)| (key.to_owned(), Value::String(value)))
            .collect();
        letterhead.put(&mut data);
        Content {
            template: &ACCOUNT,
            data,
        }
        .render()
    }

    fn message(&self, portal_url: &str) -> Message {
        match *self {
            Self::Invitation {
                link,
                expires_at,
                entity_name,
                organisation,
            } => offered::invitation(
                link,
                expires_at,
                &harmless(entity_name, NAME),
                &harmless(organisation, NAME),
            ),
            Self::Confirmation { link, expires_at } => offered::confirmation(link, expires_at),
            Self::AddressTaken => offered::address_taken(),
            Self::LinkRequest {
                link,
                expires_at,
                name,
                entity_name,
                organisation,
                refuse,
            } => link_request::message(
                link,
                expires_at,
                [name, entity_name, organisation].map(|name| harmless(name, NAME)),
                refuse,
            ),
            Self::TestAlert { alerts } => {
                test_alert::message(alerts, &format!("{portal_url}/alertes"))
            }
            Self::Undeliverable {
                agent,
                entity_name,
                cause,
                since,
            } => {
                let page = format!("{portal_url}/administration/adresses");
                undeliverable::noticed(
                    &harmless(agent, NAME),
                    &harmless(entity_name, NAME),
                    cause,
                    since,
                    &page,
                )
            }
            Self::Unreached { lines, more } => undeliverable::listed(
                lines,
                more,
                &format!("{portal_url}/administration/adresses"),
            ),
            Self::Missed { since, lines, more } => {
                undeliverable::missed(since, lines, more, &format!("{portal_url}/historique"))
            }
            Self::Delegation {
                link,
                absentee,
                days,
            } => offered::delegation(link, &harmless(absentee, NAME), days),
            Self::Recovery {
                link,
                expires_at,
                by_administrator,
                entity_name,
                organisation,
            } => recovery::link(
                link,
                expires_at,
                by_administrator,
                [entity_name, organisation].map(|name| harmless(name, NAME)),
            ),
            Self::RecoveryStop { link, at, due } => recovery::stop(link, at, due),
            Self::Recovered(recovered) => recovery::told(recovered, portal_url),
            Self::Received { from } => departure::received(from, portal_url),
            Self::Given { to } => departure::given(to, portal_url),
            Self::ErasureAnnounced { at, of } => departure::announced(at, of, portal_url),
            Self::Changed { record, entities } => {
                changes::message(record, entities, &format!("{portal_url}/coordonnees"))
            }
            Self::InvitationWithdrawn { record, entities } => {
                changes::withdrawn(record, entities, &format!("{portal_url}/administration"))
            }
            Self::AdministratorsGone { record, entities } => {
                changes::nobody_left(record, entities, &format!("{portal_url}/administration"))
            }
            Self::Linked { record, with } => {
                linked::made(record.at, with, &format!("{portal_url}/comptes"))
            }
            Self::AbsenceChanged { record, by } => {
                linked::absence(record, by, &format!("{portal_url}/alertes"))
            }
            Self::EmailChangeNotice {
                new_address,
                expires_at,
                by_administrator,
            } => {
                let page = format!("{portal_url}/coordonnees");
                change_notice::message(&mask(new_address), expires_at, by_administrator, &page)
            }
        }
    }
}

/// `n•••@colmar.fr`: enough to recognise one's own request, not enough to learn an address.
fn mask(address: &Email) -> String {
    let local = address.as_str().split('@').next().unwrap_or_default();
    // The first letter would give away too much of a very short name.
    let first = local.chars().next().filter(|_| local.len() > 2);
    format!(
        "{}•••@{}",
        first.map(String::from).unwrap_or_default(),
        address.domain()
    )
}
