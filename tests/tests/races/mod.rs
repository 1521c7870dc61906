//! One owner per e-mail address, at every instant, however many want it at once.

mod arena;

use std::collections::BTreeMap;

use arena::{Arena, Claim, Outcome, Right, email, home};
use jiff::SignedDuration;

/// Returns true if there is time for more: `LONG` is in the environment.
fn long() -> bool {
    std::env::var_os("LONG").is_some()
}

/// Races of each kind and size.
fn rounds() -> usize {
    if long() { 100 } else { 20 }
}

/// Numbers of people who want the address; with time also a crowd.
fn sizes() -> impl Iterator<Item = usize> {
    [2, 8, 32].into_iter().chain(long().then_some(128))
}

/// Rounds after which the whole table is looked at.
const LOOK: usize = 10;

/// Fails unless at most one claim of each right won, and all others were told that the address is
/// taken; the best right that won, and the place of its claim.
fn best(claims: &[Claim], outcomes: &[Outcome], round: usize) -> Option<(Right, usize)> {
    let mut winners = BTreeMap::new();
    for (place, (claim, outcome)) in claims.iter().zip(outcomes).enumerate() {
        if *outcome == Outcome::Won {
            let right = claim.right().expect("a claim to the address");
            assert_eq!(
                winners.insert(right, place),
                None,
                "round {round}: two of one right: {outcomes:?}"
            );
        } else {
            assert_eq!(
                *outcome,
                Outcome::EmailTaken,
                "round {round} of {}: {outcomes:?}",
                claims.len()
            );
        }
    }
    winners.pop_last()
}

/// Whoever wants the address in whatever way, one of those with the best right has it, and of the
/// others at most one of each right had it before, whose account is gone; all others are told that
/// it is taken. It is then taken away from the winner, so that the next round is for the same
/// address, and a link that was refused is used again.
async fn races(size: usize, rounds: usize, way: fn(usize) -> Claim) {
    let contested = email("contested@ems.example.fr");
    let mut arena = Arena::new(0).await;
    let mut claims: Vec<_> = (0..size).map(way).collect();
    // By the number of an account, the place of its claim.
    let mut places = Vec::new();
    for (place, claim) in claims.iter_mut().enumerate() {
        if matches!(claim, Claim::Confirm(_)) {
            let account = arena.join().await;
            *claim = arena.asks(account, &contested).await;
            places.push(place);
        }
    }
    for round in 0..rounds {
        // An organisation may look up so many addresses an hour.
        arena.world.pass(SignedDuration::from_mins(75));
        let outcomes = arena.race(claims.clone()).await;
        let (mut right, mut winner) = best(&claims, &outcomes, round).expect("somebody has it");
        let greatest = claims
            .iter()
            .filter_map(Claim::right)
            .max()
            .expect("a right");
        if right < greatest {
            // All who have it looked just as the address went from one reservation to another: any
            // of them may try again.
            (right, winner) = (
                greatest,
                claims
                    .iter()
                    .position(|claim| claim.right() == Some(greatest))
                    .expect("a claim"),
            );
            assert_eq!(
                arena.race(vec![claims[winner].clone()]).await,
                [Outcome::Won],
                "round {round} of {size}: {outcomes:?}"
            );
        }
        assert_eq!(
            arena.right(&contested).await,
            Some(right),
            "round {round} of {size}: who had it before has yielded: {outcomes:?}"
        );
        if round % LOOK == 0 {
            let owners = arena.consistent().await;
            assert!(owners.contains_key(contested.digest().as_str()));
            let made = usize::from(right != Right::Confirmed);
            assert_eq!(
                owners.len(),
                1 + places.len() + made,
                "round {round} of {size}: who yielded leaves no account"
            );
        }
        if let Some(account) = arena.free(&contested).await {
            assert_eq!(winner, places[account], "who was told so has it");
            claims[places[account]] = arena.asks(account, &contested).await;
        }
    }
    assert!(
        !arena
            .consistent()
            .await
            .contains_key(contested.digest().as_str())
    );
}

/// A spelling of the contested address.
fn spelling(n: usize) -> String {
    [
        "contested@ems.example.fr",
        "Contested@EMS.Example.FR",
        " CONTESTED@ems.example.fr\u{a0}",
        "contested@ｅｍｓ.example.fr",
    ][n % 4]
        .to_owned()
}

/// Rounds for a size where accounts are created, which reads much more than confirming does.
fn rounds_of(size: usize) -> usize {
    if size < 128 { rounds() } else { rounds() / 5 }
}

fn creation(n: usize) -> Claim {
    if n.is_multiple_of(2) {
        Claim::Create(spelling(n / 2))
    } else {
        Claim::Provision(spelling(n / 2))
    }
}

fn confirmation(_: usize) -> Claim {
    Claim::Confirm(String::new())
}

fn both(n: usize) -> Claim {
    if n.is_multiple_of(2) {
        creation(n / 2)
    } else {
        confirmation(n)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_all_who_create_an_account_with_one_address_one_has_it() {
    for size in sizes() {
        races(size, rounds_of(size), creation).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_all_who_confirm_one_address_one_succeeds() {
    for size in sizes() {
        races(size, rounds(), confirmation).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_all_who_create_or_confirm_one_address_one_has_it() {
    for size in sizes() {
        races(size, rounds_of(size), both).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn accounts_that_want_each_other_s_address_keep_their_own() {
    let arena = Arena::new(2).await;
    let before = arena.consistent().await;
    for _ in 0..rounds() {
        let claims = vec![arena.asks(0, &home(1)).await, arena.asks(1, &home(0)).await];
        assert_eq!(
            arena.race(claims).await,
            [Outcome::EmailTaken, Outcome::EmailTaken]
        );
    }
    assert_eq!(arena.consistent().await, before);
}

/// With one address that is free, any of them may move on as the next makes room; nobody is ever
/// without, and none is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn accounts_that_move_into_each_other_s_address_end_each_with_one() {
    let arena = Arena::new(4).await;
    let free = email("free@ems.example.fr");
    let mut addresses: Vec<_> = (0..4).map(home).chain([free]).collect();
    for round in 0..rounds() {
        let mut claims = Vec::new();
        for account in 0..4 {
            claims.push(arena.asks(account, &addresses[account + 1]).await);
        }
        let outcomes = arena.race(claims).await;

        assert_eq!(
            outcomes[3],
            Outcome::Won,
            "round {round}: nobody else wants the free one"
        );
        for account in 0..4 {
            let moved = arena.address(account).await == addresses[account + 1];
            assert_eq!(
                outcomes[account],
                if moved {
                    Outcome::Won
                } else {
                    Outcome::EmailTaken
                },
                "round {round}"
            );
            assert!(
                moved || arena.address(account).await == addresses[account],
                "round {round}"
            );
        }
        let owners = arena.consistent().await;
        let left: Vec<_> = addresses
            .iter()
            .filter(|address| !owners.contains_key(address.digest().as_str()))
            .cloned()
            .collect();
        assert_eq!(left.len(), 1, "round {round}: one address is free again");
        addresses.clear();
        for account in 0..4 {
            addresses.push(arena.address(account).await);
        }
        addresses.extend(left);
    }
}

/// One of the claims has the address, or none has; all others are told that it is taken.
fn at_most_one_won(outcomes: &[Outcome], round: usize) -> bool {
    let winners = outcomes
        .iter()
        .filter(|outcome| **outcome == Outcome::Won)
        .count();
    let taken = outcomes
        .iter()
        .filter(|outcome| **outcome == Outcome::EmailTaken)
        .count();
    assert!(
        winners <= 1 && winners + taken == outcomes.len(),
        "round {round}: {outcomes:?}"
    );
    winners == 1
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_address_that_is_claimed_while_its_owner_leaves_it_has_one_owner_or_none() {
    let arena = Arena::new(8).await;
    let contested = email("contested@ems.example.fr");
    let taken = arena.asks(0, &contested).await;
    assert_eq!(arena.race(vec![taken]).await, [Outcome::Won]);
    for round in 0..rounds() {
        let owner = arena.owner(&contested).await.expect("an owner");
        let mut claims = Vec::new();
        for account in 0..8 {
            let wanted = if account == owner {
                home(account)
            } else {
                contested.clone()
            };
            claims.push(arena.asks(account, &wanted).await);
        }
        let mut outcomes = arena.race(claims.clone()).await;

        assert_eq!(
            outcomes.remove(owner),
            Outcome::Won,
            "round {round}: who leaves can always leave"
        );
        claims.remove(owner);
        let won = at_most_one_won(&outcomes, round);
        assert_eq!(
            arena
                .consistent()
                .await
                .contains_key(contested.digest().as_str()),
            won,
            "round {round}"
        );
        if !won {
            // All were too early. A refused link is good for another try.
            assert!(at_most_one_won(&arena.race(claims).await, round));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_address_that_is_claimed_while_its_invitation_is_taken_back_has_one_owner_or_none() {
    let mut arena = Arena::new(4).await;
    let contested = email("contested@ems.example.fr");
    for round in 0..rounds() {
        let invited = arena.invite(&contested).await;
        let mut claims = vec![Claim::Withdraw(arena.id(invited))];
        for account in 0..4 {
            claims.push(arena.asks(account, &contested).await);
            claims.push(creation(account));
        }
        let outcomes = arena.race(claims.clone()).await;

        let best = best(&claims[1..], &outcomes[1..], round).map(|(right, _)| right);
        match (&outcomes[0], best) {
            (Outcome::Won, _) => {}
            // The invitation yielded before it was taken back.
            (Outcome::NotFound, Some(Right::Provisioned | Right::Confirmed)) => {}
            _ => panic!("round {round}: {outcomes:?}"),
        }
        assert_eq!(
            arena.right(&contested).await,
            best,
            "round {round}: {outcomes:?}"
        );
        let owners = arena.consistent().await;
        assert!(
            !owners
                .values()
                .any(|owner| *owner == arena.id(invited).to_string()),
            "round {round}"
        );
        let made = usize::from(best.is_some_and(|right| right != Right::Confirmed));
        assert_eq!(
            owners.len(),
            1 + 4 + made,
            "round {round}: who yielded leaves no account"
        );
        if best.is_some() {
            arena.free(&contested).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_link_that_is_opened_many_times_at_once_succeeds_each_time() {
    let arena = Arena::new(1).await;
    for round in 0..rounds() {
        let address = email(&format!("new{round}@ems.example.fr"));
        let link = arena.asks(0, &address).await;
        assert_eq!(
            arena.race(vec![link; 8]).await,
            vec![Outcome::Won; 8],
            "round {round}"
        );
        assert_eq!(arena.consistent().await.len(), 2, "round {round}");
        assert_eq!(arena.address(0).await, address);
    }
}
