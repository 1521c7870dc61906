//! Sight, rules and recipients, against models that look from the other side.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;
use vigie_domain::{
    account::{
        Account, EmailStatus, Role,
        preferences::{AutomaticFavourites, Kind, Mode, Rule},
        rights::PermanentGuest,
    },
    consultation::{Consultation, MAX_GUESTS, Phase, Scope, Sight, sight, stars},
    contact::Contact,
    delivery::alert::{LeftOut, judge},
    id::{AccountId, RequestId},
};

use crate::forest::{self, Forest};

fn account_id(number: usize) -> AccountId {
    AccountId::parse(&format!("a{number}")).unwrap()
}

fn account(number: usize, entity: usize, rights: PermanentGuest) -> Account {
    let contact =
        json!({"firstName": "Ada", "lastName": "Agent", "email": format!("a{number}@example.fr")});
    let request = RequestId::parse("r").unwrap();
    let contact = Contact::from_json(&contact).unwrap();
    let now = jiff::Timestamp::from_second(1_795_507_200).unwrap();
    let mut account = Account::invite(
        account_id(number),
        Forest::id(entity),
        Role::Agent,
        contact,
        request,
        now,
    );
    account.permanent_guest = rights;
    account
}

fn consultation(entity: usize, author: usize, guests: &[usize]) -> Consultation {
    serde_json::from_value(json!({
        "consultationId": "c",
        "revision": 1,
        "reference": "21-166157",
        "title": "Qgis",
        "organisation": "EMS",
        "entityId": Forest::id(entity),
        "authorAccountId": account_id(author),
        "phase": "drafting",
        "guests": guests.iter().map(|guest| account_id(*guest)).collect::<Vec<_>>(),
    }))
    .unwrap()
}

/// An agent, a consultation, and everything around them.
#[derive(Clone, Debug)]
struct Scene {
    forest: Forest,
    agent: usize,
    agent_at: usize,
    rights: PermanentGuest,
    rules: AutomaticFavourites,
    consultation_at: usize,
    author: usize,
    guests: Vec<usize>,
    /// From whose agents, to whose consultations.
    links: BTreeSet<(usize, usize)>,
}

prop_compose! {
    fn scene()(
        forest in forest::forests(),
        (agent, author) in (0..4_usize, 0..4_usize),
        guests in prop::collection::vec(0..4_usize, 0..3),
        (at, of) in any::<(prop::sample::Index, prop::sample::Index)>(),
        links in prop::collection::vec(any::<(prop::sample::Index, prop::sample::Index)>(), 0..12),
        // A link right where it matters is rare by chance.
        linked: bool,
        (own, dependent, transverse) in any::<(bool, bool, bool)>(),
        (mine, own_entity, dependent_entities, transverse_entities) in any::<(bool, bool, bool, bool)>(),
    ) -> Scene {
        let entities = forest.len();
        let (agent_at, consultation_at) = (at.index(entities), of.index(entities));
        let mut links: BTreeSet<_> = links.iter().map(|(from, to)| (from.index(entities), to.index(entities))).collect();
        if linked {
            links.insert((agent_at, consultation_at));
        }
        let rights = PermanentGuest { own, dependent, transverse };
        let rules = AutomaticFavourites { mine, own_entity, dependent_entities, transverse_entities };
        Scene { forest, agent, agent_at, rights, rules, consultation_at, author, guests, links }
    }
}

impl Scene {
    fn account(&self) -> Account {
        let mut account = account(self.agent, self.agent_at, self.rights);
        account.alerts.automatic_favourites = self.rules;
        account
    }

    fn consultation(&self) -> Consultation {
        consultation(self.consultation_at, self.author, &self.guests)
    }

    /// Returns the scope as the store reads it.
    fn scope(&self) -> Scope {
        let from = self
            .links
            .iter()
            .filter(|(_, to)| *to == self.consultation_at)
            .map(|(from, _)| Forest::id(*from));
        Scope {
            path: self.forest.path(self.consultation_at),
            transverse_from: from.collect(),
        }
    }

    /// The entities whose consultations each standing right opens, listed from the agent's side.
    fn opened(&self, right: Rule) -> BTreeSet<usize> {
        match right {
            Rule::Mine => BTreeSet::new(),
            Rule::OwnEntity => BTreeSet::from([self.agent_at]),
            Rule::DependentEntities => self.forest.below(self.agent_at),
            // A link covers exactly its two ends: not what lies below either.
            Rule::TransverseEntities => self
                .links
                .iter()
                .filter(|(from, _)| *from == self.agent_at)
                .map(|(_, to)| *to)
                .collect(),
        }
    }

    fn has(&self, right: Rule) -> bool {
        match right {
            Rule::Mine => true,
            Rule::OwnEntity => self.rights.own,
            Rule::DependentEntities => self.rights.dependent,
            Rule::TransverseEntities => self.rights.transverse,
        }
    }

    fn opens(&self, right: Rule) -> bool {
        self.has(right) && self.opened(right).contains(&self.consultation_at)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn an_agent_sees_what_it_wrote_is_named_on_or_has_a_standing_right_for_and_nothing_else(scene in scene()) {
        let reasons = [
            (scene.author == scene.agent, Sight::Author),
            (scene.guests.contains(&scene.agent), Sight::Guest),
            (scene.opens(Rule::OwnEntity), Sight::OwnEntity),
            (scene.opens(Rule::DependentEntities), Sight::DependentEntity),
            (scene.opens(Rule::TransverseEntities), Sight::TransverseEntity),
        ];
        let expected = reasons.into_iter().find(|(holds, _)| *holds).map(|(_, why)| why);
        prop_assert_eq!(sight(&scene.account(), &scene.consultation(), &scene.scope()), expected);
    }

    #[test]
    fn a_rule_gives_its_star_where_it_is_on_its_right_is_there_and_it_looks(scene in scene(), active: bool) {
        let mut account = scene.account();
        account.active = active;
        for (rule, on) in [
            (Rule::Mine, scene.rules.mine),
            (Rule::OwnEntity, scene.rules.own_entity),
            (Rule::DependentEntities, scene.rules.dependent_entities),
            (Rule::TransverseEntities, scene.rules.transverse_entities),
        ] {
            let looks = if rule == Rule::Mine { scene.author == scene.agent } else { scene.opens(rule) };
            let starred = stars(&account, rule, &scene.consultation(), &scene.scope());
            prop_assert_eq!(starred, active && on && looks, "{:?}", rule);
            // Nobody is given a star on what it may not see.
            prop_assert!(!starred || sight(&account, &scene.consultation(), &scene.scope()).is_some());
        }
    }

    #[test]
    fn role_status_and_choices_open_nothing(scene in scene(), confirmed: bool, active: bool) {
        let before = sight(&scene.account(), &scene.consultation(), &scene.scope());
        let mut account = scene.account();
        account.role = Role::Administrator;
        account.email_status = if confirmed { EmailStatus::Confirmed } else { EmailStatus::Undeliverable };
        account.active = active;
        account.alerts.automatic_favourites =
            AutomaticFavourites { mine: true, own_entity: true, dependent_entities: true, transverse_entities: true };
        prop_assert_eq!(sight(&account, &scene.consultation(), &scene.scope()), before);
    }
}

#[test]
fn a_link_is_directed_and_covers_only_its_two_ends() {
    // 0 ← 1 ← 2 and 3 ← 4, with a link 1 → 4.
    let rights = PermanentGuest {
        own: false,
        dependent: false,
        transverse: true,
    };
    let linked = Scope {
        path: forest_path(&[4, 3]),
        transverse_from: BTreeSet::from([Forest::id(1)]),
    };
    let other = Scope {
        path: forest_path(&[1, 0]),
        transverse_from: BTreeSet::new(),
    };
    assert_eq!(
        sight(&account(7, 1, rights), &consultation(4, 9, &[]), &linked),
        Some(Sight::TransverseEntity)
    );
    for elsewhere in [0, 2, 3, 4] {
        assert_eq!(
            sight(
                &account(7, elsewhere, rights),
                &consultation(4, 9, &[]),
                &linked
            ),
            None,
            "from {elsewhere}"
        );
    }
    assert_eq!(
        sight(&account(7, 4, rights), &consultation(1, 9, &[]), &other),
        None,
        "backwards"
    );
}

fn forest_path(entities: &[usize]) -> vigie_domain::entity::Path {
    vigie_domain::entity::Path::new(entities.iter().map(|entity| Forest::id(*entity)).collect())
}

/// Every combination of the five conditions: a mail exactly when all hold, otherwise the first
/// reason in the order of the rule.
#[test]
fn a_recipient_meets_every_condition_and_is_told_the_first_that_fails() {
    let scope = Scope {
        path: forest_path(&[0]),
        transverse_from: BTreeSet::new(),
    };
    let statuses = [
        (EmailStatus::Confirmed, None),
        (EmailStatus::None, Some(LeftOut::NoAddress)),
        (EmailStatus::Unconfirmed, Some(LeftOut::AddressUnconfirmed)),
        (
            EmailStatus::Undeliverable,
            Some(LeftOut::AddressUndeliverable),
        ),
    ];
    let mut judged = 0;
    for kind in Kind::ALL {
        for bits in 0..16_u8 {
            let [favourite, on, active, sees] = [1, 2, 4, 8].map(|bit| bits & bit != 0);
            for (status, wrong) in statuses {
                let mut account = account(
                    1,
                    0,
                    PermanentGuest {
                        own: sees,
                        ..PermanentGuest::default()
                    },
                );
                account
                    .alerts
                    .kinds
                    .set(kind, if on { Mode::Immediate } else { Mode::Off });
                // The other kinds say the opposite: only the kind in question counts.
                for other in Kind::ALL.into_iter().filter(|other| *other != kind) {
                    account
                        .alerts
                        .kinds
                        .set(other, if on { Mode::Off } else { Mode::Immediate });
                }
                account.active = active;
                account.email_status = status;
                if status == EmailStatus::None {
                    account.contact.email = None;
                }
                let reasons = [
                    (!favourite).then_some(LeftOut::NotAFavourite),
                    (!on).then_some(LeftOut::KindOff),
                    (!active).then_some(LeftOut::Inactive),
                    wrong,
                    (!sees).then_some(LeftOut::MayNotSeeIt),
                ];
                let expected = reasons
                    .into_iter()
                    .flatten()
                    .next()
                    .map_or(Ok(Sight::OwnEntity), Err);
                assert_eq!(
                    judge(&account, favourite, kind, &consultation(0, 9, &[]), &scope),
                    expected
                );
                judged += 1;
            }
        }
    }
    assert_eq!(judged, Kind::ALL.len() * 16 * 4);
}

#[test]
fn only_who_asked_for_an_alert_has_a_record_of_its_absence() {
    let silent = [LeftOut::NotAFavourite, LeftOut::KindOff];
    let told = [
        LeftOut::Inactive,
        LeftOut::NoAddress,
        LeftOut::AddressUnconfirmed,
        LeftOut::AddressUndeliverable,
        LeftOut::MayNotSeeIt,
    ];
    assert!(
        silent.iter().all(|why| !why.is_worth_a_record())
            && told.iter().all(|why| why.is_worth_a_record())
    );
    for why in silent.iter().chain(&told) {
        assert_eq!(serde_json::to_value(why).unwrap(), why.as_str());
    }
}

#[test]
fn a_consultation_names_at_most_1000_guests_and_starts_at_revision_1() {
    let many: Vec<_> = (0..=MAX_GUESTS).collect();
    assert!(consultation(0, 0, &many[1..]).check().is_ok());
    assert!(consultation(0, 0, &many).check().is_err());
    let unborn = Consultation {
        revision: 0,
        ..consultation(0, 0, &[])
    };
    assert!(unborn.check().is_err());
    assert_eq!(consultation(0, 0, &[]).phase, Phase::Drafting);
}
