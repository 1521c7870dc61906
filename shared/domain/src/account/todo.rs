//! Things about an agent that wait for those who administer them (« À traiter »), as the account
//! tells them. Nothing of what the agent chose is among them.

use std::collections::BTreeSet;

use crate::account::{Account, EmailStatus};

/// Something about an agent that waits for an administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Todo {
    /// Mails do not reach the address.
    Undeliverable,
    /// Another login takes the place of the one that acts for the account, unless it is stopped.
    Recovery,
    /// They have a last day.
    Leaving,
    /// There is no address to mail to.
    NoAddress,
    /// An invitation waits, or ran out.
    Invitation,
    /// The portal declared them, and nobody ever invited them.
    Uninvited,
}

impl Todo {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Undeliverable,
        Self::Recovery,
        Self::Leaving,
        Self::NoAddress,
        Self::Invitation,
        Self::Uninvited,
    ];

    /// Returns the word for it in keys, and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Undeliverable => "undeliverable",
            Self::Recovery => "recovery",
            Self::Leaving => "leaving",
            Self::NoAddress => "noAddress",
            Self::Invitation => "invitation",
            Self::Uninvited => "uninvited",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|todo| todo.as_str() == word)
    }
}

impl Account {
    /// Lists what waits for its administrators; nothing once it does not work. A dead address comes
    /// before the invitation that went to it.
    #[must_use]
    pub fn todos(&self) -> BTreeSet<Todo> {
        let undeliverable = self.email_status == EmailStatus::Undeliverable;
        let is = |todo: &Todo| match todo {
            Todo::Undeliverable => undeliverable,
            Todo::Recovery => self.waiting_recoveries().next().is_some(),
            Todo::Leaving => self.leaves_on.is_some(),
            Todo::NoAddress => self.contact.email.is_none(),
            Todo::Invitation => self.invitation.is_some() && !undeliverable,
            Todo::Uninvited => self.awaits_word() && !undeliverable,
        };
        let working = Todo::ALL.iter().filter(|_| self.active);
        working.filter(|todo| is(todo)).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, civil::date};

    use super::{Account, BTreeSet, EmailStatus, Todo};
    use crate::{
        account::{
            Role,
            declared::{Declared, OwnFields},
        },
        contact::Contact,
        directory::agent::AgentId,
        id::{AccountId, EntityId, RequestId},
    };

    const NOW: Timestamp = Timestamp::constant(1_795_507_200, 0);

    fn account(email: Option<&str>) -> Account {
        let contact = serde_json::json!({"firstName": "Zoé", "lastName": "Roth", "email": email});
        let (id, entity) = (AccountId::parse("a-1"), EntityId::parse("EMS"));
        let contact: Contact = serde_json::from_value(contact).expect("contact details");
        let (id, entity) = (id.expect("an id"), entity.expect("an id"));
        Account::declare(id, entity, Role::Agent, contact)
    }

    fn declared(email: Option<&str>) -> Account {
        Account {
            declared: Some(Declared {
                organisation_id: EntityId::parse("EMS").expect("an id"),
                agent_id: AgentId::parse("agt-1").expect("an id"),
                email: None,
                invited: 0,
                lapsed: false,
                raised: None,
                own: OwnFields::default(),
            }),
            ..account(email)
        }
    }

    fn todos(account: &Account) -> Vec<Todo> {
        account.todos().into_iter().collect()
    }

    #[test]
    fn each_thing_that_waits_is_told_by_the_account_alone() {
        let zoe = Some("zoe@example.fr");
        let mut invited = account(zoe);
        invited.invitation = declared(zoe).on_word(RequestId::parse("r-1").expect("an id"), NOW);
        let leaving = Account {
            leaves_on: Some(date(2026, 12, 24)),
            ..account(zoe)
        };
        let dead = Account {
            email_status: EmailStatus::Undeliverable,
            ..invited.clone()
        };
        for (what, account, expected) in [
            ("nothing", account(zoe), vec![]),
            ("an invitation", invited, vec![Todo::Invitation]),
            ("a word to all", declared(zoe), vec![Todo::Uninvited]),
            ("no address", declared(None), vec![Todo::NoAddress]),
            ("a last day", leaving.clone(), vec![Todo::Leaving]),
            ("its address first", dead, vec![Todo::Undeliverable]),
        ] {
            assert_eq!(todos(&account), expected, "{what}");
            let stopped = Account {
                active: false,
                ..account
            };
            assert_eq!(stopped.todos(), BTreeSet::new(), "{what}, stopped");
        }
    }

    #[test]
    fn each_word_is_read_back() {
        for todo in Todo::ALL {
            assert_eq!(Todo::parse(todo.as_str()), Some(todo));
        }
        assert_eq!(Todo::parse("alerts"), None);
    }
}
