//! Any history: how often which step comes, and which trouble.

mod beginning;

pub use beginning::beginning;

use proptest::prelude::*;
use vigie_tests::{fake_aws::Fault, table::Cut};

use crate::histories::{
    model::Word,
    steps::{
        AGENTS, Absent, At, CONSULTATIONS, DECLARED, Due, ENTITIES, Moved, NEWCOMERS, People,
        Receipt, Sort, Step, Trouble,
    },
    terms::{Agent, Consultation, Entity, RULES, Rights, Said},
};

fn agent() -> impl Strategy<Value = Agent> {
    prop_oneof![7 => 0..NEWCOMERS, 1 => NEWCOMERS..AGENTS]
}

/// Chooses the agent of most steps that have to come together: an absence, an answer, a
/// confirmation.
fn busy() -> impl Strategy<Value = Agent> {
    prop_oneof![3 => 0..NEWCOMERS / 2, 1 => agent()]
}

fn consultation() -> impl Strategy<Value = Consultation> {
    0..CONSULTATIONS
}

fn entity() -> impl Strategy<Value = Entity> {
    0..ENTITIES
}

/// Any step.
pub fn step() -> impl Strategy<Value = Step> {
    prop_oneof![90 => of_the_portal(), 50 => of_the_directory(), 42 => of_agents(), 46 => pauses(), 8 => of_people(), 16 => administration(), 34 => time(), 24 => feedback()]
}

fn of_the_portal() -> impl Strategy<Value = Step> {
    let moved = prop_oneof![10 => Just(Moved::Stays), 8 => Just(Moved::Next), 1 => Just(Moved::Leaps), 1 => Just(Moved::Cancelled)];
    let due = prop_oneof![
        5 => Just(Due::Stays),
        1 => Just(Due::None),
        8 => prop::sample::select(vec![1_i64, 1, 5, 60]).prop_map(Due::In),
        1 => prop::sample::select(vec![-1_i64, -60]).prop_map(Due::In),
        1 => Just(Due::Former),
    ];
    let somewhere = prop_oneof![3 => Just(None), 1 => entity().prop_map(Some)];
    // Three in four are, and half of them by name in every other save.
    let guests = (any::<u8>(), any::<u8>()).prop_map(|(some, more)| some | more);
    let names = prop_oneof![1 => Just(0), 1 => any::<u32>()];
    let people = (guests, names).prop_map(|(guests, names)| People { guests, names });
    let save = (
        consultation(),
        moved,
        due,
        people,
        somewhere,
        prop::bool::weighted(0.85),
    );
    let at = prop_oneof![2 => Just(At::Now), 3 => prop::sample::select(vec![-1, 0, 1]).prop_map(At::Deadline)];
    prop_oneof![
        16 => save.prop_map(|(consultation, phase, deadline, people, entity, arrives)| {
            Step::Save { consultation, phase, deadline, people, entity, arrives }
        }),
        8 => (consultation(), 0..6_usize).prop_map(|(consultation, back)| Step::Again { consultation, back }),
        22 => (consultation(), 0..6_u8, at).prop_map(|(consultation, number, at)| Step::Deposit { consultation, number, at }),
        5 => (consultation(), 0..5_u8).prop_map(|(consultation, number)| Step::Withdrawal { consultation, number }),
        30 => (consultation(), prop_oneof![2 => 0..6_usize, 1 => 4..6_usize], 0..4_u8).prop_map(|(consultation, what, number)| Step::News { consultation, what, number }),
        5 => (consultation(), 0..2_usize, 0..3_u8, prop::bool::weighted(0.5))
            .prop_map(|(consultation, what, number, all)| Step::End { consultation, what, number, all }),
    ]
}

fn of_the_directory() -> impl Strategy<Value = Step> {
    let declared = || DECLARED..ENTITIES;
    let mostly_there = || prop_oneof![4 => 0..DECLARED, 1 => DECLARED..ENTITIES];
    let wanted = prop::option::weighted(0.65, (mostly_there(), any::<u8>(), any::<u8>()))
        .prop_map(|wanted| wanted.map(|(parent, some, others)| (parent, some & others)));
    let arrives = || prop::bool::weighted(0.8);
    let last_day = prop_oneof![1 => Just(-1_i8), 3 => Just(0), 1 => Just(1)];
    let spoken_of = || prop_oneof![3 => Just(0), 2 => 1..NEWCOMERS, 4 => NEWCOMERS..AGENTS];
    let rights = any::<[bool; 3]>().prop_map(|[own, dependent, transverse]| Rights {
        own,
        dependent,
        transverse,
    });
    let word = (
        mostly_there(),
        rights,
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.9),
        prop::bool::weighted(0.9),
    );
    let word = word.prop_map(|(entity, rights, administrator, active, invite)| Word {
        entity,
        rights,
        administrator,
        active,
        invite,
    });
    prop_oneof![
        14 => (declared(), wanted, arrives())
            .prop_map(|(entity, wanted, arrives)| Step::Entity { entity, wanted, arrives }),
        2 => (declared(), 0..3_usize).prop_map(|(entity, back)| Step::EntityAgain { entity, back }),
        26 => (spoken_of(), word, arrives())
            .prop_map(|(agent, word, arrives)| Step::Agent { agent, word, arrives }),
        6 => (spoken_of(), last_day, arrives())
            .prop_map(|(agent, days, arrives)| Step::Leaves { agent, days, arrives }),
        5 => (spoken_of(), 0..3_usize).prop_map(|(agent, back)| Step::AgentAgain { agent, back }),
        24 => (NEWCOMERS..AGENTS).prop_map(|agent| Step::Join { agent }),
    ]
}

fn of_agents() -> impl Strategy<Value = Step> {
    // Mostly on, or nobody would be mailed.
    let kinds = prop_oneof![3 => Just(u8::MAX), 1 => any::<u8>()];
    let sort = prop_oneof![
        2 => Just(None),
        2 => Just(Some(Sort::Return)),
        2 => Just(Some(Sort::Daily)),
        1 => Just(Some(Sort::Delegate)),
    ];
    prop_oneof![
        20 => (agent(), consultation()).prop_map(|(agent, consultation)| Step::Star { agent, consultation }),
        6 => (agent(), consultation()).prop_map(|(agent, which)| Step::Unstar { agent, which }),
        6 => (agent(), kinds, prop_oneof![1 => Just(0), 1 => any::<u8>()], any::<[bool; RULES.len()]>())
            .prop_map(|(agent, kinds, daily, rules)| Step::Alerts { agent, kinds, daily, rules }),
        12 => (agent(), sort).prop_map(|(agent, sort)| Step::Unsubscribe { agent, sort }),
        1 => agent().prop_map(|agent| Step::Erase { agent }),
    ]
}

fn pauses() -> impl Strategy<Value = Step> {
    let answer = prop_oneof![6 => Just(Some(true)), 1 => Just(Some(false)), 2 => Just(None)];
    let absent = (
        busy(),
        0..2_i8,
        0..4_i8,
        prop::option::weighted(0.6, agent()),
        answer,
    )
        .prop_map(|(agent, ahead, days, delegate, answer)| Step::Away {
            absent: Absent {
                agent,
                ahead,
                days,
                delegate,
            },
            answer,
        });
    let at_once = (
        busy(),
        0..2_i8,
        0..3_i8,
        agent(),
        prop::bool::weighted(0.7),
        0..6_usize,
    )
        .prop_map(
            |(agent, ahead, days, asked, agree, calls)| Step::AwayAtOnce {
                absent: Absent {
                    agent,
                    ahead,
                    days,
                    delegate: Some(asked),
                },
                agree,
                calls,
            },
        );
    prop_oneof![
        16 => absent,
        2 => busy().prop_map(|agent| Step::Back { agent }),
        3 => (busy(), prop::bool::weighted(0.8)).prop_map(|(agent, agree)| Step::Answer { agent, agree }),
        6 => at_once,
    ]
}

fn of_people() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => agent().prop_map(|agent| Step::Change { agent }),
        1 => (agent(), any::<bool>()).prop_map(|(agent, administrator)| Step::Role { agent, administrator }),
        1 => (agent(), agent(), prop::bool::weighted(0.9)).prop_map(|(by, agent, active)| Step::Govern { by, agent, active }),
        2 => (agent(), agent()).prop_map(|(one, other)| Step::Associate { one, other }),
        1 => (agent(), agent()).prop_map(|(one, other)| Step::Dissociate { one, other }),
        2 => (agent(), agent(), consultation()).prop_map(|(by, agent, consultation)| Step::StarFor { by, agent, consultation }),
    ]
}

fn administration() -> impl Strategy<Value = Step> {
    let rights = any::<[bool; 3]>().prop_map(|[own, dependent, transverse]| Rights {
        own,
        dependent,
        transverse,
    });
    prop_oneof![
        6 => (agent(), rights).prop_map(|(agent, rights)| Step::Rights { agent, rights }),
        3 => (agent(), prop::bool::weighted(0.85)).prop_map(|(agent, active)| Step::Active { agent, active }),
        1 => (agent(), prop::bool::weighted(0.85)).prop_map(|(agent, confirmed)| Step::Address { agent, confirmed }),
        3 => (agent(), entity()).prop_map(|(agent, entity)| Step::MoveAgent { agent, entity }),
        3 => (1..DECLARED, entity()).prop_map(|(entity, parent)| Step::MoveEntity { entity, parent }),
        4 => (entity(), entity()).prop_map(|(from, to)| Step::Link { from, to }),
        2 => (entity(), entity()).prop_map(|(from, to)| Step::Unlink { from, to }),
    ]
}

fn time() -> impl Strategy<Value = Step> {
    let in_force = prop_oneof![4 => Just(Due::Former), 1 => Just(Due::Stays), 1 => Just(Due::None)];
    let sweep_at_once = (
        prop::sample::select(vec![0_i64, 31, 60, 300]),
        0..10_usize,
        consultation(),
        in_force,
    )
        .prop_map(|(after, calls, consultation, deadline)| Step::SweepAtOnce {
            after,
            calls,
            consultation,
            deadline,
        });
    let seconds = prop::sample::select(vec![1_i64, 29, 30, 31, 60, 300, 3600, 86_400]);
    prop_oneof![
        8 => seconds.prop_map(|seconds| Step::Pass { seconds }),
        10 => (prop::sample::select(vec![0_i64, 60, 120, 300, 3600]), 1..4_usize)
            .prop_map(|(after, at_once)| Step::Sweep { after, at_once }),
        10 => (1..3_usize).prop_map(|at_once| Step::Morning { at_once }),
        6 => (0..8_usize, consultation(), 0..6_usize, 0..4_u8)
            .prop_map(|(calls, consultation, what, number)| Step::MorningAtOnce { calls, consultation, what, number }),
        5 => sweep_at_once,
        2 => Just(Step::Hold),
        7 => Just(Step::LetGo),
    ]
}

fn feedback() -> impl Strategy<Value = Step> {
    let said = prop_oneof![
        2 => Just(Said::Sent),
        2 => Just(Said::Delayed),
        4 => Just(Said::Delivered),
        8 => Just(Said::Transient),
        2 => Just(Said::Undetermined),
        1 => Just(Said::Answered),
        4 => Just(Said::Permanent),
        3 => Just(Said::Complaint),
    ];
    let receipt = (
        0..5_usize,
        said,
        0..3_i64,
        prop_oneof![3 => Just(1_usize), 1 => Just(2)],
    )
        .prop_map(|(back, said, days_ago, times)| Receipt {
            back,
            said,
            days_ago,
            times,
        });
    let refused = (0..5_usize).prop_map(|of| {
        let receipt = Receipt {
            back: 0,
            said: Said::Rejected,
            days_ago: 0,
            times: 1,
        };
        Step::Receipts {
            of,
            receipts: vec![receipt],
        }
    });
    // Older mails bounce, on three days, in any order.
    let came_back =
        (0..5_usize, 2..8_usize, Just([0, 1, 2]).prop_shuffle()).prop_map(|(of, back, days)| {
            let receipts = days.map(|days_ago| Receipt {
                back,
                said: Said::Transient,
                days_ago,
                times: 1,
            });
            Step::Receipts {
                of,
                receipts: receipts.to_vec(),
            }
        });
    prop_oneof![
        4 => came_back,
        8 => (0..5_usize, prop::collection::vec(receipt, 1..5)).prop_map(|(of, receipts)| Step::Receipts { of, receipts }),
        // Alone: what comes with it may come before it or after.
        1 => refused,
        5 => (0..AGENTS).prop_map(|which| Step::Reconfirm { which }),
    ]
}

/// Any trouble.
pub fn trouble() -> impl Strategy<Value = Trouble> + Clone {
    let fault = prop_oneof![
        3 => Just(Fault::DiesBefore),
        3 => Just(Fault::DiesAfter),
        3 => Just(Fault::AnswerLost),
        3 => Just(Fault::Down),
        // Waits for real.
        1 => Just(Fault::Throttle),
    ];
    prop_oneof![
        4 => Just(Trouble::None),
        2 => (2..4_usize).prop_map(Trouble::Repeated),
        2 => (2..4_usize, prop::collection::vec(fault.clone(), 0..2)).prop_map(|(workers, faults)| Trouble::AtOnce(workers, faults)),
        3 => prop::collection::vec(fault.clone(), 1..3).prop_map(Trouble::Ses),
        2 => prop::collection::vec(fault, 1..3).prop_map(Trouble::Heard),
        // Fails as often as the queue hands it out: a dead letter, which is put back.
        1 => Just(Trouble::Ses(vec![Fault::Down; 4])),
        1 => (1..4_usize).prop_map(Trouble::BusDown),
        4 => (0..12_usize, prop::sample::select(vec![Cut::Before, Cut::After])).prop_map(|(calls, cut)| Trouble::Table(calls, cut)),
    ]
}
