//! How histories begin: what most of them need to say anything, and what is rare by chance.

use proptest::prelude::*;

use crate::histories::{
    model::Word,
    steps::{
        AGENTS, Absent, At, CONSULTATIONS, Due, EVERYBODY, Moved, NEWCOMERS, People, Receipt, Step,
        Trouble, Troubled,
    },
    terms::{Rights, Said},
};

/// Returns beginnings: of nothing; of what is there; and of that and what is rare.
pub fn beginning(
    trouble: impl Strategy<Value = Trouble> + Clone,
) -> impl Strategy<Value = Vec<Troubled>> {
    let calm = || there().map(|step| (step, Trouble::None));
    let rare = rare();
    let troubles = prop::collection::vec(trouble, rare.len());
    let both = troubles.prop_map(move |troubles| {
        let rare = rare.iter().cloned().zip(troubles);
        calm().chain(rare).collect::<Vec<_>>()
    });
    prop_oneof![3 => Just(Vec::new()), 3 => Just(calm().collect()), 4 => both]
}

/// Three consultations whose guests are everybody, and stars. The portal names the first one's
/// author by its own id, and two guests of the second one. The first event of the last one does
/// not arrive, and its author comes by the portal's word.
fn there() -> impl Iterator<Item = Step> {
    let day = Due::In(24 * 60);
    let saved = move |consultation, phase| Step::Save {
        consultation,
        phase,
        deadline: day,
        people: match consultation {
            0 => People {
                guests: 0b11_1110,
                names: 4 << (2 * AGENTS),
            },
            1 => People {
                guests: u8::MAX,
                names: 0,
            },
            _ => People {
                names: 7 << (2 * AGENTS),
                ..EVERYBODY
            },
        },
        // The first one's author sees it by no right.
        entity: (consultation == 0).then_some(4),
        arrives: true,
    };
    let saves = (0..CONSULTATIONS).flat_map(move |consultation| {
        [Moved::Stays, Moved::Next].map(|phase| saved(consultation, phase))
    });
    let stars = (0..NEWCOMERS).map(|agent| Step::Star {
        agent,
        consultation: agent % CONSULTATIONS,
    });
    saves.chain(stars)
}

/// A tender goes to a delegate, from whom it comes back, and waits for the author, who comes.
fn rare() -> Vec<Step> {
    let absent = Absent {
        agent: 3,
        ahead: 0,
        days: 1,
        delegate: Some(5),
    };
    let back = Receipt {
        back: 0,
        said: Said::Transient,
        days_ago: 0,
        times: 1,
    };
    let word = Word {
        entity: 1,
        rights: Rights::default(),
        administrator: false,
        active: true,
        invite: true,
    };
    vec![
        Step::Away {
            absent,
            answer: Some(true),
        },
        Step::Deposit {
            consultation: 0,
            number: 0,
            at: At::Now,
        },
        Step::Receipts {
            of: 0,
            receipts: vec![back],
        },
        Step::Agent {
            agent: 0,
            word,
            arrives: true,
        },
    ]
}
