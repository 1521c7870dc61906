//! The steps that a history is made of, and the trouble that a step meets. All refer to small numbers, so that a history that fails
//! shrinks to a short one.

use proptest::prelude::*;
use vigie_tests::{fake_aws::Fault, table::Cut};

use crate::terms::{Address, Agent, Consultation, Entity, Phase, RULES, Rights};

/// How many of each there are.
pub const AGENTS: usize = 6;
/// See there.
pub const ENTITIES: usize = 5;
/// See there.
pub const CONSULTATIONS: usize = 3;

/// What happens.
#[derive(Clone, Debug)]
pub enum Step {
    /// The portal saves a consultation; an event that does not arrive is overtaken, and may come by [`Step::Again`].
    Save {
        consultation: Consultation,
        phase: Moved,
        deadline: Due,
        guests: u8,
        entity: Option<Entity>,
        arrives: bool,
    },
    /// The portal sends a revision again, so many before its newest.
    Again {
        consultation: Consultation,
        back: usize,
    },
    /// A tender; the same number is the same fact, as it was when it was sent first.
    Deposit {
        consultation: Consultation,
        number: u8,
        at: At,
    },
    /// Tender documents taken.
    Withdrawal {
        consultation: Consultation,
        number: u8,
    },
    /// Another fact: which kind, and which of four.
    News {
        consultation: Consultation,
        what: usize,
        number: u8,
    },
    Star {
        agent: Agent,
        consultation: Consultation,
    },
    /// One of the agent's favourites, if it has any; otherwise the consultation of that number.
    Unstar {
        agent: Agent,
        which: usize,
    },
    /// The agent chooses: kinds that it wants (a bit each), rules that it wants.
    Alerts {
        agent: Agent,
        kinds: u8,
        /// Of those that it wants, the ones that it wants daily.
        daily: u8,
        rules: [bool; RULES.len()],
    },
    /// One click in the newest mail to the agent.
    Unsubscribe {
        agent: Agent,
    },
    Rights {
        agent: Agent,
        rights: Rights,
    },
    Active {
        agent: Agent,
        active: bool,
    },
    Address {
        agent: Agent,
        address: Address,
    },
    MoveAgent {
        agent: Agent,
        entity: Entity,
    },
    Erase {
        agent: Agent,
    },
    /// The agent is away from so many days ahead, for so many days; somebody may be asked to stand in.
    Away(Absent),
    Back {
        agent: Agent,
    },
    /// Whoever was asked to stand in for the agent answers.
    Answer {
        agent: Agent,
        agree: bool,
    },
    /// The agent changes its absence, and whoever was asked answers at once, after so many calls of the table.
    AwayAtOnce {
        absent: Absent,
        agree: bool,
        calls: usize,
    },
    /// The agent changes its address, and confirms the new one.
    Change {
        agent: Agent,
    },
    /// Whether the agent administers its entity and those below.
    Role {
        agent: Agent,
        administrator: bool,
    },
    /// An agent tries what only administrators may.
    Govern {
        by: Agent,
        agent: Agent,
        active: bool,
    },
    /// One account asks another to be linked, which accepts.
    Associate {
        one: Agent,
        other: Agent,
    },
    Dissociate {
        one: Agent,
        other: Agent,
    },
    /// An agent stars for another one, which a link lets it do.
    StarFor {
        by: Agent,
        agent: Agent,
        consultation: Consultation,
    },
    /// It is 7:00 in Paris, and the clock strikes, so many times at once.
    Morning {
        at_once: usize,
    },
    /// The same, and after so many calls of the sweep mails that waited are dealt with.
    MorningAtOnce {
        calls: usize,
    },
    /// After so many seconds the clock strikes; after so many calls of the sweep the portal saves a consultation.
    SweepAtOnce {
        after: i64,
        calls: usize,
        consultation: Consultation,
        deadline: Due,
    },
    MoveEntity {
        entity: Entity,
        parent: Entity,
    },
    Link {
        from: Entity,
        to: Entity,
    },
    Unlink {
        from: Entity,
        to: Entity,
    },
    /// Time passes, in seconds, and nothing sweeps.
    Pass {
        seconds: i64,
    },
    /// After so many seconds the clock strikes, so many times at once.
    Sweep {
        after: i64,
        at_once: usize,
    },
    /// From now on mails wait between `alerts` and `mailer`.
    Hold,
    /// They go on.
    LetGo,
}

/// An absence as it is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Absent {
    pub agent: Agent,
    pub ahead: i8,
    pub days: i8,
    pub delegate: Option<Agent>,
}

/// What becomes of the phase; a first save begins with [`Phase::Drafting`] and goes on from there.
#[derive(Clone, Copy, Debug)]
pub enum Moved {
    Stays,
    Next,
    Leaps,
    Cancelled,
}

impl Moved {
    /// The phase after it.
    pub fn from(self, phase: Phase) -> Phase {
        match self {
            Self::Stays => phase,
            Self::Next => phase.next(),
            Self::Leaps => phase.next().next().next(),
            Self::Cancelled => Phase::Cancelled,
        }
    }
}

/// What becomes of the deadline.
#[derive(Clone, Copy, Debug)]
pub enum Due {
    Stays,
    None,
    /// So many minutes from now; before, if negative.
    In(i64),
    /// The one before the last change, if there was one.
    Former,
}

/// When a tender was handed in.
#[derive(Clone, Copy, Debug)]
pub enum At {
    Now,
    /// So many milliseconds after the deadline that the portal has, if any.
    Deadline(i64),
}

/// What goes wrong while a step is dealt with.
#[derive(Clone, Debug)]
pub enum Trouble {
    None,
    /// Every message is handed out so many times, one after the other.
    Repeated(usize),
    /// Every message is handed to so many workers at once, beside whom SES does this. It is gone once any of them acknowledges it.
    AtOnce(usize, Vec<Fault>),
    /// SES does this with its next calls, or the mailer dies beside them.
    Ses(Vec<Fault>),
    /// The bus takes nothing, so many times.
    BusDown(usize),
    /// A call of the table fails, this one from now on, before or after it was done: whoever made it is cut short there.
    Table(usize, Cut),
}

impl Trouble {
    /// How many chunks of a fact may be mailed again for it: SES accepted, and nobody lived to record it.
    pub fn repeats(&self) -> usize {
        match self {
            Self::Ses(faults) | Self::AtOnce(_, faults) => {
                faults.iter().filter(|fault| matches!(fault, Fault::DiesAfter | Fault::AnswerLost)).count()
            }
            Self::Table(..) => 1,
            _ => 0,
        }
    }
}

/// A step and its trouble.
pub type Troubled = (Step, Trouble);

/// Any step.
pub fn step() -> impl Strategy<Value = Step> {
    let (agent, entity, consultation) = (|| 0..AGENTS, || 0..ENTITIES, || 0..CONSULTATIONS);
    let moved = prop_oneof![10 => Just(Moved::Stays), 8 => Just(Moved::Next), 1 => Just(Moved::Leaps), 1 => Just(Moved::Cancelled)];
    let due = prop_oneof![
        5 => Just(Due::Stays),
        1 => Just(Due::None),
        8 => prop::sample::select(vec![1_i64, 1, 5, 60]).prop_map(Due::In),
        1 => prop::sample::select(vec![-1_i64, -60]).prop_map(Due::In),
        1 => Just(Due::Former),
    ];
    let absent = || {
        (agent(), 0..3_i8, 0..4_i8, prop::option::of(agent()))
            .prop_map(|(agent, ahead, days, delegate)| Step::Away(Absent { agent, ahead, days, delegate }))
    };
    let absent_at_once =
        (agent(), 0..2_i8, 0..3_i8, agent(), any::<bool>(), 0..6_usize).prop_map(|(agent, ahead, days, asked, agree, calls)| {
            Step::AwayAtOnce { absent: Absent { agent, ahead, days, delegate: Some(asked) }, agree, calls }
        });
    let in_force = prop_oneof![4 => Just(Due::Former), 1 => Just(Due::Stays), 1 => Just(Due::None)];
    let sweep_at_once = (prop::sample::select(vec![0_i64, 31, 60, 300]), 0..10_usize, consultation(), in_force)
        .prop_map(|(after, calls, consultation, deadline)| Step::SweepAtOnce { after, calls, consultation, deadline });
    let somewhere = prop_oneof![3 => Just(None), 1 => entity().prop_map(Some)];
    // Three in four are.
    let guests = (any::<u8>(), any::<u8>()).prop_map(|(some, more)| some | more);
    let save = (consultation(), moved, due, guests, somewhere, prop::bool::weighted(0.85));
    let at = prop_oneof![2 => Just(At::Now), 3 => prop::sample::select(vec![-1, 0, 1]).prop_map(At::Deadline)];
    let rights = any::<[bool; 3]>().prop_map(|[own, dependent, transverse]| Rights { own, dependent, transverse });
    let address = prop_oneof![5 => Just(Address::Confirmed), 1 => Just(Address::Unconfirmed), 1 => Just(Address::Undeliverable)];
    let seconds = prop::sample::select(vec![1_i64, 29, 30, 31, 60, 300, 3600, 86_400]);
    // Mostly on, or nobody would be mailed.
    let kinds = prop_oneof![2 => Just(u8::MAX), 1 => any::<u8>()];
    prop_oneof![
        18 => save.prop_map(|(consultation, phase, deadline, guests, entity, arrives)| {
            Step::Save { consultation, phase, deadline, guests, entity, arrives }
        }),
        10 => (consultation(), 0..6_usize).prop_map(|(consultation, back)| Step::Again { consultation, back }),
        20 => (consultation(), 0..6_u8, at).prop_map(|(consultation, number, at)| Step::Deposit { consultation, number, at }),
        6 => (consultation(), 0..5_u8).prop_map(|(consultation, number)| Step::Withdrawal { consultation, number }),
        20 => (consultation(), 0..6_usize, 0..4_u8).prop_map(|(consultation, what, number)| Step::News { consultation, what, number }),
        20 => (agent(), consultation()).prop_map(|(agent, consultation)| Step::Star { agent, consultation }),
        7 => (agent(), consultation()).prop_map(|(agent, which)| Step::Unstar { agent, which }),
        6 => (agent(), kinds, prop_oneof![2 => Just(0), 1 => any::<u8>()], any::<[bool; RULES.len()]>())
            .prop_map(|(agent, kinds, daily, rules)| Step::Alerts { agent, kinds, daily, rules }),
        10 => prop_oneof![
            4 => absent(),
            1 => agent().prop_map(|agent| Step::Back { agent }),
            4 => (agent(), prop::bool::weighted(0.8)).prop_map(|(agent, agree)| Step::Answer { agent, agree }),
            3 => absent_at_once,
        ],
        5 => prop_oneof![
            1 => agent().prop_map(|agent| Step::Change { agent }),
            1 => (agent(), any::<bool>()).prop_map(|(agent, administrator)| Step::Role { agent, administrator }),
            1 => (agent(), agent(), prop::bool::weighted(0.9)).prop_map(|(by, agent, active)| Step::Govern { by, agent, active }),
            2 => (agent(), agent()).prop_map(|(one, other)| Step::Associate { one, other }),
            1 => (agent(), agent()).prop_map(|(one, other)| Step::Dissociate { one, other }),
            2 => (agent(), agent(), consultation()).prop_map(|(by, agent, consultation)| Step::StarFor { by, agent, consultation }),
        ],
        10 => prop_oneof![
            2 => (1..3_usize).prop_map(|at_once| Step::Morning { at_once }),
            1 => (0..8_usize).prop_map(|calls| Step::MorningAtOnce { calls }),
            2 => sweep_at_once,
        ],
        4 => prop_oneof![7 => agent().prop_map(|agent| Step::Unsubscribe { agent }), 1 => agent().prop_map(|agent| Step::Erase { agent })],
        6 => (agent(), rights).prop_map(|(agent, rights)| Step::Rights { agent, rights }),
        3 => (agent(), prop::bool::weighted(0.8)).prop_map(|(agent, active)| Step::Active { agent, active }),
        2 => (agent(), address).prop_map(|(agent, address)| Step::Address { agent, address }),
        3 => (agent(), entity()).prop_map(|(agent, entity)| Step::MoveAgent { agent, entity }),
        3 => (1..ENTITIES, entity()).prop_map(|(entity, parent)| Step::MoveEntity { entity, parent }),
        4 => (entity(), entity()).prop_map(|(from, to)| Step::Link { from, to }),
        2 => (entity(), entity()).prop_map(|(from, to)| Step::Unlink { from, to }),
        10 => seconds.prop_map(|seconds| Step::Pass { seconds }),
        12 => (prop::sample::select(vec![0_i64, 60, 120, 300, 3600]), 1..4_usize).prop_map(|(after, at_once)| Step::Sweep { after, at_once }),
        2 => Just(Step::Hold),
        6 => Just(Step::LetGo),
    ]
}

/// Any trouble.
pub fn trouble() -> impl Strategy<Value = Trouble> {
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
        3 => prop::collection::vec(fault, 1..3).prop_map(Trouble::Ses),
        // As often as the queue hands it out: a dead letter, which is put back.
        1 => Just(Trouble::Ses(vec![Fault::Down; 4])),
        1 => (1..4_usize).prop_map(Trouble::BusDown),
        4 => (0..12_usize, prop::sample::select(vec![Cut::Before, Cut::After])).prop_map(|(calls, cut)| Trouble::Table(calls, cut)),
    ]
}
