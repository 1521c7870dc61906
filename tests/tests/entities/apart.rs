//! Two organisations, and the portal, in any order: nobody of the one ever lists, stars, is told,
//! counts or administers anything of the other's, but by a transverse link that an administrator of
//! both made, by a link of accounts that both owners agreed to, or as an author or a guest whom the
//! portal named by their account. Nobody of the one is declared or named as somebody of the other.

mod declared;
mod deeds;
mod look;
mod saves;
mod stage;

use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner},
};

use self::stage::{Seen, Stage};

/// Histories that are played, always the same.
const HISTORIES: u32 = 20;

/// Most steps in a history.
const STEPS: usize = 40;

/// Most organisations that the portal provisions at once.
const AT_ONCE: usize = 3;

/// Agents whom the portal declares in each of the two, by the same ids.
const AGENTS: usize = 3;

/// Ids that the portal provisions organisations under: those of the two; what overlaps with these;
/// what may be an entity of theirs.
const ROOTS: [&str; 6] = ["a", "b", "a-b", "b.x", "a-1", "b_1"];

/// Ids that the portal saves under for each of the two: its root's, those of entities that may come
/// to be, and one that never is one.
const SERVICES: [[&str; 5]; 2] = [
    ["a", "a-1", "a.2", "a_3-z", "sa"],
    ["b", "b_1", "b.2", "b-3-z", "sb"],
];

/// One thing that somebody does. Numbers choose among those that there are.
#[derive(Clone, Debug)]
enum Step {
    /// The portal provisions these, all at once.
    Provision(Vec<&'static str>),
    /// An administrator makes an entity, renames or moves it.
    Make {
        by: usize,
        id: &'static str,
        parent: &'static str,
    },
    /// The same of an id of their own, right below their root.
    MakeOwn { by: usize, id: usize },
    /// An administrator moves an agent to an entity.
    Move { by: usize, who: usize, to: usize },
    /// An administrator links two entities, or undoes it.
    Link {
        by: usize,
        from: usize,
        to: usize,
        undo: bool,
    },
    /// Somebody asks somebody else to link their accounts, who accepts.
    Accounts { asks: usize, accepts: usize },
    /// The portal declares an agent, with an address of their own or with somebody's of elsewhere.
    Declare {
        of: usize,
        agent: usize,
        entity: &'static str,
        whose: Option<usize>,
    },
    /// The portal says that an agent has left.
    Leave { of: usize, agent: usize },
    /// The portal saves a consultation; it stays one organisation's.
    Save(Save),
    /// The program of one organisation's portal speaks of what is the other's.
    Speak { by: usize, what: usize },
    /// A tender comes in.
    Tender(usize),
    /// Somebody stars a consultation.
    Star { who: usize, what: usize },
    /// Everybody looks at everything. Reservations of addresses, and their yielding, are to come
    /// beside this.
    Look,
}

/// A save.
#[derive(Clone, Debug)]
struct Save {
    what: usize,
    of: usize,
    under: usize,
    is_draft: bool,
    author: Option<Who>,
    guests: Vec<Who>,
}

/// Somebody as the portal names them.
#[derive(Clone, Copy, Debug)]
enum Who {
    /// By their account.
    Account(usize),
    /// By their address.
    Address(usize),
    /// By the portal's id of an agent, whether they are there or not.
    Agent(usize),
}

fn who() -> impl Strategy<Value = Who> {
    prop_oneof![
        2 => (0..9_usize).prop_map(Who::Account),
        1 => (0..9_usize).prop_map(Who::Address),
        1 => (0..AGENTS).prop_map(Who::Agent),
    ]
}

fn any_id() -> impl Strategy<Value = &'static str> {
    let others = ["a-b-1", "b.x.1", "4711"];
    select([&SERVICES[0][..], &SERVICES[1], &ROOTS, &others].concat())
}

fn save() -> impl Strategy<Value = Save> {
    (
        0..3_usize,
        0..2_usize,
        under(),
        prop::bool::weighted(0.7),
        prop::option::weighted(0.6, who()),
        vec(who(), 0..=2),
    )
        .prop_map(|(what, of, under, is_draft, author, guests)| Save {
            what,
            of,
            under,
            is_draft,
            author,
            guests,
        })
}

/// An entity's place in its list: often the root's.
fn under() -> impl Strategy<Value = usize> {
    select(vec![0, 0, 0, 1, 1, 2, 3, 4])
}

/// An agent of an organisation's own entity, or of one of the other's.
fn declare(own: f64) -> impl Strategy<Value = Step> {
    let own = prop::bool::weighted(own);
    let whose = prop::option::of(0..12_usize);
    (0..2_usize, 0..AGENTS, own, under(), whose).prop_map(|(of, agent, own, under, whose)| {
        Step::Declare {
            of,
            agent,
            entity: SERVICES[if own { of } else { 1 - of }][under],
            whose,
        }
    })
}

fn step() -> impl Strategy<Value = Step> {
    let n = || 0..12_usize;
    prop_oneof![
        2 => vec(select(&ROOTS[..]), 1..=AT_ONCE).prop_map(Step::Provision),
        3 => (n(), any_id(), any_id()).prop_map(|(by, id, parent)| Step::Make { by, id, parent }),
        3 => (n(), n()).prop_map(|(by, id)| Step::MakeOwn { by, id }),
        2 => (n(), n(), n()).prop_map(|(by, who, to)| Step::Move { by, who, to }),
        4 => (n(), n(), n(), prop::bool::weighted(0.2)).prop_map(|(by, from, to, undo)| Step::Link { by, from, to, undo }),
        1 => (n(), n()).prop_map(|(asks, accepts)| Step::Accounts { asks, accepts }),
        4 => declare(0.8),
        1 => (0..2_usize, 0..AGENTS).prop_map(|(of, agent)| Step::Leave { of, agent }),
        1 => (0..2_usize, n()).prop_map(|(by, what)| Step::Speak { by, what }),
        8 => save().prop_map(Step::Save),
        8 => n().prop_map(Step::Tender),
        3 => (n(), n()).prop_map(|(who, what)| Step::Star { who, what }),
        1 => Just(Step::Look),
    ]
}

/// A history: mostly the two organisations are there early, but agents of theirs may come first.
fn history() -> impl Strategy<Value = Vec<Step>> {
    let beginnings = [
        vec![],
        vec!["a"],
        vec!["a", "b"],
        vec!["a", "b"],
        vec!["a", "b"],
        vec!["a", "b"],
        vec!["a", "a-b", "b"],
    ];
    let begins = select(beginnings.to_vec()).prop_map(|roots| {
        if roots.is_empty() {
            Vec::new()
        } else {
            vec![Step::Provision(roots)]
        }
    });
    let early = vec(declare(0.4), 0..=2);
    (early, begins, vec(step(), 0..=STEPS))
        .prop_map(|(early, begins, steps)| [early, begins, steps].concat())
}

async fn play(history: &[Step]) -> Result<Seen, String> {
    let mut stage = Stage::new().await;
    for step in history {
        match step {
            Step::Provision(roots) => stage.provision(roots).await,
            Step::Make { by, id, parent } => stage.make(*by, id, parent).await,
            Step::MakeOwn { by, id } => stage.make_own(*by, *id).await,
            Step::Move { by, who, to } => stage.move_agent(*by, *who, *to).await,
            Step::Link { by, from, to, undo } => stage.link(*by, *from, *to, *undo).await?,
            Step::Accounts { asks, accepts } => stage.link_accounts(*asks, *accepts).await,
            Step::Declare {
                of,
                agent,
                entity,
                whose,
            } => stage.declare(*of, *agent, entity, *whose).await?,
            Step::Leave { of, agent } => stage.leave(*of, *agent).await,
            Step::Speak { by, what } => stage.speak(*by, *what).await?,
            Step::Save(save) => stage.save(save).await,
            Step::Tender(what) => stage.tender(*what).await,
            Step::Star { who, what } => stage.star(*who, *what).await?,
            Step::Look => stage.look().await?,
        }
        stage.arrive().await?;
        stage.hear()?;
    }
    stage.look().await?;
    Ok(stage.seen)
}

/// Plays a history in a thread of its own: the steps of a build without optimisation need more room
/// than a test has.
fn played(history: &[Step]) -> Result<Seen, String> {
    let run = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime")
            .block_on(play(history))
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(64 << 20)
            .spawn_scoped(scope, run)
            .expect("a thread");
        thread
            .join()
            .unwrap_or_else(|_| Err("something panicked, see above".to_owned()))
    })
}

#[test]
fn nobody_of_one_organisation_comes_by_anything_of_another_s_whatever_is_made_and_saved_in_any_order()
 {
    let config = Config {
        cases: HISTORIES,
        failure_persistence: None,
        max_shrink_iters: 100,
        ..Config::default()
    };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let all = std::cell::RefCell::new(Seen::default());
    let done = runner.run(&history(), |history| {
        let seen = played(&history).map_err(TestCaseError::fail)?;
        all.borrow_mut().add(&seen);
        Ok(())
    });
    if let Err(TestError::Fail(why, history)) = done {
        let steps: String = history
            .iter()
            .map(|step| format!("\n    {step:?}"))
            .collect();
        panic!("{why}\nthe history, made as short as it will get:{steps}");
    }
    let all = all.into_inner();
    println!("{all:?}");
    assert!(all.is_telling(), "hardly anything happened: {all:?}");
}

#[test]
fn whoever_is_not_named_any_more_keeps_in_their_history_what_they_were_told_and_it_shows_nothing() {
    let save = |author| {
        Step::Save(Save {
            what: 0,
            of: 1,
            under: 0,
            is_draft: true,
            author,
            guests: Vec::new(),
        })
    };
    let history = [
        Step::Provision(vec!["a", "b"]),
        save(Some(Who::Account(1))),
        Step::Tender(0),
        save(None),
    ];
    let seen = played(&history).expect("nothing of another's");
    assert_eq!(seen.kept, 1, "{seen:?}");
}
