//! Reads keys: the only place that takes them apart.

use vigie_domain::consultation::person::OF_ADDRESSES;

use super::{
    ACCOUNT_OF_LOGIN, AGENT, AUDIT, AWAITED_AGENT, AWAITED_ENTITY, BELOW, CHILD, CONSULTATION,
    DELIVERY, DRAFTED, FACT, FAVOURITE, HELD, LINK, LINK_REQUEST, LISTED, NAMED, PERSON, TODO,
    TRANSVERSE_IN, TRANSVERSE_OUT, TRIP, WAITS,
};

/// An item, as its key alone tells it. The parts are as they are spelt: who needs an identifier
/// reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind<'a> {
    /// The owner of an address: its digest.
    Address(&'a str),
    /// Mails lately sent to a mailbox, or counted of an organisation: the digest.
    Mailed(&'a str),
    /// An account.
    Account(&'a str),
    /// A login's account: login, account.
    AccountOfLogin(&'a str, &'a str),
    /// The addresses whose accounts a login asked for: login.
    RecoveryAsks(&'a str),
    /// An account's copy of an entry of the audit: account, entry.
    AccountAudit(&'a str, &'a str),
    /// A delivery: account, hash.
    Delivery(&'a str, &'a str),
    /// Deliveries that went as one mail: account, digest of all of them.
    Bundle(&'a str, &'a str),
    /// An account linked to another: account, the other.
    Link(&'a str, &'a str),
    /// A request to be linked: account that asks, request.
    LinkRequest(&'a str, &'a str),
    /// An alert for later: account, time and hash.
    DeferredAlert(&'a str, &'a str),
    /// Agents whom mails do not reach, as collected for an administrator.
    Unreached(&'a str),
    /// Searches for colleagues lately made by an account.
    Searches(&'a str),
    /// A trip of the canary: its account, the trip's name.
    Trip(&'a str, &'a str),
    /// An entity.
    Entity(&'a str),
    /// The guard of an organisation's id, or of a beginning of it.
    Root(&'a str),
    /// The administrators of an organisation: its root.
    Administrators(&'a str),
    /// Addresses that an organisation had looked up: its root, for which kind of import.
    Lookups(&'a str, &'a str),
    /// An entry of an organisation's audit: its root, entry.
    Audit(&'a str, &'a str),
    /// An entity right below another: the upper one, the lower one.
    Child(&'a str, &'a str),
    /// An entity below a root, at any depth: the root, the entity.
    Below(&'a str, &'a str),
    /// A link to another entity: entity, the other.
    TransverseOut(&'a str, &'a str),
    /// A link from another entity: entity, the other.
    TransverseIn(&'a str, &'a str),
    /// An entity's newest declaration by the portal.
    DeclaredEntity(&'a str),
    /// Progress of the invitations of an entity's declared agents.
    Inviting(&'a str),
    /// An entity that waits for another: the one that is awaited, the one that waits.
    AwaitedEntity(&'a str, &'a str),
    /// An agent who waits for an entity: the one that is awaited, the agent's name.
    AwaitedAgent(&'a str, &'a str),
    /// The portal's words on an agent: their name.
    AgentName(&'a str),
    /// An agent of an entity: entity, account.
    Agent(&'a str, &'a str),
    /// Somebody of an organisation by a beginning of their name: its root, the beginning's digest,
    /// account.
    Person(&'a str, &'a str, &'a str),
    /// Something about an agent that waits for administrators: root, kind, entity, account.
    Todo(&'a str, &'a str, &'a str, &'a str),
    /// An account that watches an entity: entity, rule, account.
    Watch(&'a str, &'a str, &'a str),
    /// A consultation of an entity: entity, consultation.
    Listed(&'a str, &'a str),
    /// A first draft in an organisation: its root, time and consultation.
    Drafted(&'a str, &'a str),
    /// A consultation.
    Consultation(&'a str),
    /// A consultation's counters.
    Tally(&'a str),
    /// A fact: consultation, kind, key.
    Fact(&'a str, &'a str, &'a str),
    /// A favourite, or the tombstone of one: consultation, account.
    Favourite(&'a str, &'a str),
    /// An account that a consultation names: consultation, account.
    Named(&'a str, &'a str),
    /// A consultation that waits for something: what it waits for, consultation.
    Waiting(&'a str, &'a str),
    /// Scheduled work: when it is due, and what it is.
    Work(&'a str, WorkKind<'a>),
    /// Deliveries of erased accounts: their kind.
    Erased(&'a str),
    /// Nothing that this version writes.
    Unknown,
}

/// A piece of scheduled work, as its key tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkKind<'a> {
    /// A consultation to close: consultation, deadline.
    Closing(&'a str, &'a str),
    /// An erased account to look at again.
    Purge(&'a str),
    /// An account whose deferred alerts are due.
    Daily(&'a str),
    /// An administrator who is to be told whom mails do not reach.
    Unreached(&'a str),
    /// A consultation to delete: consultation, since when it has been over.
    Retention(&'a str, &'a str),
    /// A request to remind of: consultation, kind and key of its fact.
    Reminder(&'a str, &'a str, &'a str),
    /// An account to erase: account, the invitation that nobody accepted.
    Invitation(&'a str, &'a str),
    /// A recovery that takes effect: account, request.
    Recovery(&'a str, &'a str),
    /// A former address to forget: account, the request that replaced it.
    FormerEmail(&'a str, &'a str),
    /// A mail about an account that was held back: account, mail.request.attempt.
    AccountMail(&'a str, &'a str),
    /// An agent whose last day is over: their name.
    Agent(&'a str),
    /// Invitations that go on: entity, step.
    Invitations(&'a str, &'a str),
    /// An account whose agent's last day is over.
    Leaving(&'a str),
    /// An account that does not work: account, since when.
    Inactive(&'a str, &'a str),
}

/// True if a partition stands for an address, and must not be told in a log.
#[must_use]
pub fn holds_address(pk: &str) -> bool {
    let waits = || pk.strip_prefix(WAITS);
    ["EMAIL#", "MAILED#"].iter().any(|of| pk.starts_with(of))
        || waits().is_some_and(|wait| wait.starts_with(OF_ADDRESSES))
}

/// Reads a key.
#[must_use]
pub fn parse<'a>(pk: &'a str, sk: &'a str) -> ItemKind<'a> {
    let known = pk.split_once('#').and_then(|(of, id)| match of {
        "EMAIL" => (sk == "EMAIL").then_some(ItemKind::Address(id)),
        "MAILED" => (sk == "MAILED" || sk.starts_with("MAILED#")).then_some(ItemKind::Mailed(id)),
        "LOGIN" if sk == "RECOVERIES" => Some(ItemKind::RecoveryAsks(id)),
        "LOGIN" => sk
            .strip_prefix(ACCOUNT_OF_LOGIN)
            .map(|account| ItemKind::AccountOfLogin(id, account)),
        "ACCOUNT" => of_account(id, sk),
        "ENTITY" => of_entity(id, sk),
        "CONSULTATION" => of_consultation(id, sk),
        "AGENT" => (sk == "NAME").then_some(ItemKind::AgentName(id)),
        "AWAITED" => (id
            .contains('#')
            .then(|| sk.strip_prefix(CONSULTATION))
            .flatten())
        .map(|consultation| ItemKind::Waiting(id, consultation)),
        "OPEN" => work(sk),
        "STATISTICS" => (sk == "ERASED").then_some(ItemKind::Erased(id)),
        _ => None,
    });
    known.unwrap_or(ItemKind::Unknown)
}

fn of_account<'a>(account: &'a str, sk: &'a str) -> Option<ItemKind<'a>> {
    let below = |prefix| sk.strip_prefix(prefix);
    match sk {
        "ACCOUNT" => Some(ItemKind::Account(account)),
        "UNREACHED" => Some(ItemKind::Unreached(account)),
        "SEARCHES" => Some(ItemKind::Searches(account)),
        _ => (below(DELIVERY).map(|hash| ItemKind::Delivery(account, hash)))
            .or_else(|| below(AUDIT).map(|entry| ItemKind::AccountAudit(account, entry)))
            .or_else(|| below(LINK_REQUEST).map(|request| ItemKind::LinkRequest(account, request)))
            .or_else(|| below(LINK).map(|other| ItemKind::Link(account, other)))
            .or_else(|| below(HELD).map(|alert| ItemKind::DeferredAlert(account, alert)))
            .or_else(|| below("BUNDLE#").map(|hash| ItemKind::Bundle(account, hash)))
            .or_else(|| below(TRIP).map(|name| ItemKind::Trip(account, name))),
    }
}

fn of_entity<'a>(entity: &'a str, sk: &'a str) -> Option<ItemKind<'a>> {
    let below = |prefix| sk.strip_prefix(prefix);
    match sk {
        "ENTITY" => Some(ItemKind::Entity(entity)),
        "ROOT" => Some(ItemKind::Root(entity)),
        "DECLARED" => Some(ItemKind::DeclaredEntity(entity)),
        "INVITATIONS" => Some(ItemKind::Inviting(entity)),
        "ADMINISTRATORS" => Some(ItemKind::Administrators(entity)),
        _ => (below(AGENT).map(|account| ItemKind::Agent(entity, account)))
            .or_else(|| below(AUDIT).map(|entry| ItemKind::Audit(entity, entry)))
            .or_else(|| below(AWAITED_AGENT).map(|who| ItemKind::AwaitedAgent(entity, who)))
            .or_else(|| below(AWAITED_ENTITY).map(|who| ItemKind::AwaitedEntity(entity, who)))
            .or_else(|| below(CHILD).map(|child| ItemKind::Child(entity, child)))
            .or_else(|| below(BELOW).map(|other| ItemKind::Below(entity, other)))
            .or_else(|| below(TRANSVERSE_OUT).map(|other| ItemKind::TransverseOut(entity, other)))
            .or_else(|| below(TRANSVERSE_IN).map(|other| ItemKind::TransverseIn(entity, other)))
            .or_else(|| {
                below("WATCH#")?
                    .split_once('#')
                    .map(|(rule, account)| ItemKind::Watch(entity, rule, account))
            })
            .or_else(|| {
                below(PERSON)?
                    .split_once('#')
                    .map(|(beginning, account)| ItemKind::Person(entity, beginning, account))
            })
            .or_else(|| {
                let (kind, of) = below(TODO)?.split_once('#')?;
                let (of, account) = of.split_once('#')?;
                Some(ItemKind::Todo(entity, kind, of, account))
            })
            .or_else(|| below(LISTED).map(|consultation| ItemKind::Listed(entity, consultation)))
            .or_else(|| below(DRAFTED).map(|draft| ItemKind::Drafted(entity, draft)))
            .or_else(|| below("LOOKUPS#").map(|import| ItemKind::Lookups(entity, import))),
    }
}

fn of_consultation<'a>(consultation: &'a str, sk: &'a str) -> Option<ItemKind<'a>> {
    let below = |prefix| sk.strip_prefix(prefix);
    match sk {
        "CONSULTATION" => Some(ItemKind::Consultation(consultation)),
        "TALLY" => Some(ItemKind::Tally(consultation)),
        _ => (below(FACT)
            .and_then(|fact| fact.split_once('#'))
            .map(|(kind, key)| ItemKind::Fact(consultation, kind, key)))
        .or_else(|| below(FAVOURITE).map(|account| ItemKind::Favourite(consultation, account)))
        .or_else(|| below(NAMED).map(|account| ItemKind::Named(consultation, account))),
    }
}

fn work(sk: &str) -> Option<ItemKind<'_>> {
    let mut parts = sk.split('#');
    let due = parts.next()?;
    let parts: Vec<_> = parts.collect();
    let kind = match parts[..] {
        ["closing", consultation, deadline] => WorkKind::Closing(consultation, deadline),
        ["purge", account] => WorkKind::Purge(account),
        ["agent", name] => WorkKind::Agent(name),
        ["leaving", account] => WorkKind::Leaving(account),
        ["inactive", account, since] => WorkKind::Inactive(account, since),
        ["daily", account] => WorkKind::Daily(account),
        ["unreached", account] => WorkKind::Unreached(account),
        ["retention", consultation, since] => WorkKind::Retention(consultation, since),
        ["reminder", consultation, kind, key] => WorkKind::Reminder(consultation, kind, key),
        ["mail", account, mail] => WorkKind::AccountMail(account, mail),
        ["recovery", account, request] => WorkKind::Recovery(account, request),
        ["formerEmail", account, request] => WorkKind::FormerEmail(account, request),
        ["invitation", account, request] => WorkKind::Invitation(account, request),
        ["invitations", entity, step] => WorkKind::Invitations(entity, step),
        _ => return None,
    };
    Some(ItemKind::Work(due, kind))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use vigie_domain::{
        account::{preferences::Rule, todo::Todo},
        consultation::person::{Name, Wait},
        contact::{email::Email, name::PersonSearch},
        directory::agent::{AgentId, AgentName},
        id::{AccountId, ConsultationId, EntityId, LoginId, RequestId},
    };

    use super::{super::*, ItemKind, WorkKind, parse};

    const AT: Timestamp = Timestamp::constant(1_795_507_200, 0);

    /// Every key that can be made, with the kind that it is of.
    #[test]
    #[expect(clippy::too_many_lines, reason = "a line for each key")]
    fn each_key_is_read_back_as_it_was_made() {
        let account = AccountId::parse("a.b_c-1").expect("an id");
        let other = AccountId::parse("a-2").expect("an id");
        let entity = EntityId::parse("EMS").expect("an id");
        let below = EntityId::parse("EMS-DSI").expect("an id");
        let consultation = ConsultationId::parse("c-1").expect("an id");
        let request = RequestId::parse("r-1").expect("an id");
        let login = LoginId::new("https://issuer.example", "sub");
        let email = Email::parse("zoe@example.fr").expect("an address");
        let digest = email.digest().to_string();
        let login_text = login.to_string();
        let agent_id = AgentId::parse("agt 17").expect("an id");
        let name = AgentName::new(&entity, &agent_id);
        let of_agent = format!("agent#{name}");
        let PersonSearch::Name(search) = PersonSearch::parse("zo").expect("a search") else {
            panic!("a name");
        };
        let beginning = search.beginning().clone();
        let beginning_digest = id::digest(&["person", "EMS", "zo"]);
        let (held, draft) = ("2026-11-24T08:00:00.000Z#h", "2026-11-24T08:00:00.000Z#c-1");
        for (key, kind) in [
            (super::super::email(&email), ItemKind::Address(&digest)),
            (mailed("d"), ItemKind::Mailed("d")),
            (asked(&email.mailbox(), "agents"), ItemKind::Mailed(&digest)),
            (
                super::super::account(&account),
                ItemKind::Account("a.b_c-1"),
            ),
            (
                super::super::login(&login, &account),
                ItemKind::AccountOfLogin(&login_text, "a.b_c-1"),
            ),
            (recovery_asks(&login), ItemKind::RecoveryAsks(&login_text)),
            (
                audit_of(&account, &request),
                ItemKind::AccountAudit("a.b_c-1", "r-1"),
            ),
            (delivery(&account, "h"), ItemKind::Delivery("a.b_c-1", "h")),
            (bundle(&account, "h"), ItemKind::Bundle("a.b_c-1", "h")),
            (
                trip(&account, "tender-1"),
                ItemKind::Trip("a.b_c-1", "tender-1"),
            ),
            (link(&account, &other), ItemKind::Link("a.b_c-1", "a-2")),
            (
                link_request(&account, &request),
                ItemKind::LinkRequest("a.b_c-1", "r-1"),
            ),
            (
                super::super::held(&account, AT, "h"),
                ItemKind::DeferredAlert("a.b_c-1", held),
            ),
            (unreached(&account), ItemKind::Unreached("a.b_c-1")),
            (super::super::entity(&entity), ItemKind::Entity("EMS")),
            (searches(&account), ItemKind::Searches("a.b_c-1")),
            (root(&entity), ItemKind::Root("EMS")),
            (administrators(&entity), ItemKind::Administrators("EMS")),
            (
                lookups(&entity, true, None),
                ItemKind::Lookups("EMS", "tried"),
            ),
            (
                lookups(&entity, false, Some("below")),
                ItemKind::Lookups("EMS", "imported#below"),
            ),
            (audit(&entity, &request), ItemKind::Audit("EMS", "r-1")),
            (child(&entity, &below), ItemKind::Child("EMS", "EMS-DSI")),
            (
                super::super::below(&entity, &below),
                ItemKind::Below("EMS", "EMS-DSI"),
            ),
            (
                transverse_out(&entity, &below),
                ItemKind::TransverseOut("EMS", "EMS-DSI"),
            ),
            (
                transverse_in(&entity, &below),
                ItemKind::TransverseIn("EMS-DSI", "EMS"),
            ),
            (declared_entity(&entity), ItemKind::DeclaredEntity("EMS")),
            (inviting(&entity), ItemKind::Inviting("EMS")),
            (
                awaited_entity(&entity, &below),
                ItemKind::AwaitedEntity("EMS", "EMS-DSI"),
            ),
            (
                awaited_agent(&entity, &name),
                ItemKind::AwaitedAgent("EMS", name.as_str()),
            ),
            (agent_name(&name), ItemKind::AgentName(name.as_str())),
            (agent(&entity, &account), ItemKind::Agent("EMS", "a.b_c-1")),
            (
                person(&entity, &beginning, &account),
                ItemKind::Person("EMS", &beginning_digest, "a.b_c-1"),
            ),
            (
                watch(&entity, Rule::OwnEntity, &account),
                ItemKind::Watch("EMS", "ownEntity", "a.b_c-1"),
            ),
            (
                todo(&entity, Todo::NoAddress, &below, Some(&account)),
                ItemKind::Todo("EMS", "noAddress", "EMS-DSI", "a.b_c-1"),
            ),
            (
                listed(&entity, &consultation),
                ItemKind::Listed("EMS", "c-1"),
            ),
            (
                drafted(&entity, AT, &consultation),
                ItemKind::Drafted("EMS", draft),
            ),
            (
                super::super::consultation(&consultation),
                ItemKind::Consultation("c-1"),
            ),
            (tally(&consultation), ItemKind::Tally("c-1")),
            (
                fact(&consultation, "tenderReceived", "d-1+x"),
                ItemKind::Fact("c-1", "tenderReceived", "d-1+x"),
            ),
            (
                favourite(&consultation, &account),
                ItemKind::Favourite("c-1", "a.b_c-1"),
            ),
            (
                named(&consultation, &account),
                ItemKind::Named("c-1", "a.b_c-1"),
            ),
            (
                awaited(&Wait::entity(&entity), &consultation),
                ItemKind::Waiting("entity#EMS", "c-1"),
            ),
            (
                awaited(
                    &Wait::name(&Name::Agent(name.clone()), &entity),
                    &consultation,
                ),
                ItemKind::Waiting(&of_agent, "c-1"),
            ),
            (erased("test"), ItemKind::Erased("test")),
        ] {
            assert_eq!(parse(&key.pk, &key.sk), kind, "{key:?}");
        }
    }

    #[test]
    fn each_key_of_work_is_read_back_as_it_was_made() {
        let account = AccountId::parse("a.b_c-1").expect("an id");
        let consultation = ConsultationId::parse("c-1").expect("an id");
        let request = RequestId::parse("r-1").expect("an id");
        let due = "2026-11-24T08:00:00.000Z";
        let entity = EntityId::parse("EMS").expect("an id");
        let agent_id = AgentId::parse("agt 17").expect("an id");
        let name = AgentName::new(&entity, &agent_id);
        for (key, kind) in [
            (
                agent_due(1, AT, &name),
                ItemKind::Work(due, WorkKind::Agent(name.as_str())),
            ),
            (
                leaving(1, AT, &account),
                ItemKind::Work(due, WorkKind::Leaving("a.b_c-1")),
            ),
            (
                inactive(1, AT, &account, AT),
                ItemKind::Work(due, WorkKind::Inactive("a.b_c-1", "2026-11-24T08:00:00Z")),
            ),
            (
                closing(0, AT, &consultation, AT),
                ItemKind::Work(due, WorkKind::Closing("c-1", "2026-11-24T08:00:00Z")),
            ),
            (
                purge(1, AT, &account),
                ItemKind::Work(due, WorkKind::Purge("a.b_c-1")),
            ),
            (
                daily(2, AT, &account),
                ItemKind::Work(due, WorkKind::Daily("a.b_c-1")),
            ),
            (
                unreached_due(2, AT, &account),
                ItemKind::Work(due, WorkKind::Unreached("a.b_c-1")),
            ),
            (
                retention(3, AT, &consultation, AT),
                ItemKind::Work(due, WorkKind::Retention("c-1", due)),
            ),
            (
                reminder(1, AT, &consultation, "approvalRequested", "r-1+x"),
                ItemKind::Work(due, WorkKind::Reminder("c-1", "approvalRequested", "r-1+x")),
            ),
            (
                invitation(0, AT, &account, &request),
                ItemKind::Work(due, WorkKind::Invitation("a.b_c-1", "r-1")),
            ),
            (
                invitations_due(0, AT, &entity, 2),
                ItemKind::Work(due, WorkKind::Invitations("EMS", "2")),
            ),
            (
                recovery(0, AT, &account, &request),
                ItemKind::Work(due, WorkKind::Recovery("a.b_c-1", "r-1")),
            ),
            (
                former_email(0, AT, &account, &request),
                ItemKind::Work(due, WorkKind::FormerEmail("a.b_c-1", "r-1")),
            ),
            (
                account_mail(0, AT, &account, "invitation.r-1.1"),
                ItemKind::Work(due, WorkKind::AccountMail("a.b_c-1", "invitation.r-1.1")),
            ),
        ] {
            assert_eq!(parse(&key.pk, &key.sk), kind, "{key:?}");
        }
    }

    #[test]
    fn what_this_version_does_not_write_is_unknown() {
        for (pk, sk) in [
            ("", ""),
            ("ACCOUNT", "ACCOUNT"),
            ("ACCOUNT#a", "ACCOUNT#a"),
            ("ACCOUNT#a", "CONSULTATION"),
            ("ACCOUNT#a", "FACT#k#1"),
            ("ACCOUNT#a", "DELIVERY"),
            ("CONSULTATION#c", "ACCOUNT"),
            ("CONSULTATION#c", "FACT#k"),
            ("CONSULTATION#c", "DELIVERY#h"),
            ("ENTITY#e", "WATCH#mine"),
            ("ENTITY#e", "PERSON#d"),
            ("ENTITY#e", "TRANSVERSE#across#f"),
            ("EMAIL#d", "MAILED"),
            ("LOGIN#l", "ACCOUNT"),
            ("OPEN#0", "2026-11-24T08:00:00.000Z"),
            ("OPEN#0", "2026-11-24T08:00:00.000Z#closing#c"),
            ("OPEN#0", "2026-11-24T08:00:00.000Z#later#c"),
            (
                "OPEN#0",
                "2026-11-24T08:00:00.000Z#reminder#c#approvalRequested",
            ),
            ("STATISTICS#k", "COUNTED"),
            ("WARM", "WARM"),
        ] {
            assert_eq!(parse(pk, sk), ItemKind::Unknown, "{pk} / {sk}");
        }
    }

    #[test]
    fn keys_that_stand_for_an_address_are_known_as_such() {
        assert!(holds_address("EMAIL#d") && holds_address("MAILED#d"));
        let root = EntityId::parse("EMS").expect("an id");
        let zoe = Email::parse("zoe@example.fr").expect("an address");
        let wait = Wait::name(&Name::Address(zoe.digest()), &root);
        assert!(holds_address(&awaited_pk(&wait)));
        assert!(!holds_address("ACCOUNT#a"));
    }
}
