//! Accounts that a portal declared: with an address or without one, and never invited.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::json;
use tokio::{sync::Barrier, task::JoinSet};
use vigie_domain::{
    account::{Account, EmailStatus, invitation::Invitation, reservation::Taker},
    contact::email::Email,
    id::{AccountId, LoginId, RequestId},
};
use vigie_store::{Changed, Creation, Holding, Owned, Reservation};
use vigie_tests::{World, table::Cut};

use super::{ask, assert_whole, bruno, confirm, stored};

const HERS: &str = "hedwige@ems.example.fr";

fn email(text: &str) -> Email {
    Email::parse(text).expect("an address")
}

async fn give(world: &World, account: &Account, address: &str) -> Owned {
    let (store, address) = (world.table.store(), email(address));
    let given = store.address_give(account, &address, None, &[]).await;
    given.expect("a table")
}

async fn yielded(world: &World, address: &str) -> Box<Reservation> {
    let (store, address) = (world.table.store(), email(address));
    let held = store
        .reservation_read(&address, Taker::Portal, world.now())
        .await;
    match held.expect("a table") {
        Holding::Yields(reservation) => reservation,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_account_has_one_guard_where_it_has_an_address_and_none_where_not() {
    let (world, ..) = bruno().await;
    let store = world.table.store();
    for address in [None, Some(HERS)] {
        let withdrawn = world.declared("EMS", "Hedwige", address).await;
        assert_whole(&world).await;
        let status = if address.is_some() {
            EmailStatus::Unconfirmed
        } else {
            EmailStatus::None
        };
        assert_eq!(stored(&world, &withdrawn.id).await.email_status, status);
        store
            .invitation_withdraw(&withdrawn, world.now(), &[])
            .await
            .expect("a withdrawal");
        assert_whole(&world).await;

        let erased = world.declared("EMS", "Hedwige", address).await;
        let person = world.bound(&erased).await;
        let erased = stored(&world, &erased.id).await;
        let login = LoginId::new("https://issuer.test", &person.login.sub);
        let done = store
            .account_erase(&erased, Some(&login), world.now(), &[])
            .await;
        assert_eq!(done.expect("a table"), Changed::Yes);
        assert_eq!(store.account_read(&erased.id).await.expect("a read"), None);
        assert_whole(&world).await;
    }
}

#[tokio::test]
async fn an_account_without_an_address_whose_creation_was_not_heard_of_is_created_once() {
    let (world, ..) = bruno().await;
    let store = world.table.store();
    let account = world.declared("EMS", "Hedwige", None).await;
    let other = Account {
        id: AccountId::parse("a-other").expect("an id"),
        ..account
    };
    world.table.cut(0, Cut::After);
    let unheard = store.account_create(&other, None, &[]).await;
    assert!(unheard.is_err(), "{unheard:?}");
    let again = store.account_create(&other, None, &[]).await;
    assert_eq!(again.expect("a table"), Creation::Created);
    assert_eq!(stored(&world, &other.id).await, other);
    assert_whole(&world).await;
}

#[tokio::test]
async fn a_declared_account_that_nobody_invites_stays() {
    let (world, ..) = bruno().await;
    let with = world.declared("EMS", "Hedwige", Some(HERS)).await;
    let without = world.declared("EMS", "Hugo", None).await;
    for _ in 0..14 {
        world.pass(SignedDuration::from_hours(7 * 24));
        world.sweep().await;
    }
    for account in [with, without] {
        assert_eq!(stored(&world, &account.id).await, account);
    }
    assert_whole(&world).await;
}

#[tokio::test]
async fn an_address_is_given_with_its_guard_while_it_is_free() {
    let (world, _, bruno) = bruno().await;
    let hedwige = world.declared("EMS", "Hedwige", None).await;
    assert_eq!(
        give(&world, &hedwige, &bruno.email).await,
        Owned::EmailTaken
    );
    assert_eq!(stored(&world, &hedwige.id).await, hedwige);
    assert_eq!(give(&world, &hedwige, HERS).await, Owned::Yes);
    let given = stored(&world, &hedwige.id).await;
    assert_eq!(
        (given.contact.email.as_ref(), given.email_status),
        (Some(&email(HERS)), EmailStatus::Unconfirmed)
    );
    assert_eq!(given.version, hedwige.version + 1);
    assert_whole(&world).await;
    // By whoever still takes it for an account without one.
    assert_eq!(
        give(&world, &hedwige, "h@ems.example.fr").await,
        Owned::Superseded
    );

    // Another one in place of one that nobody confirmed.
    assert_eq!(give(&world, &given, "h@ems.example.fr").await, Owned::Yes);
    assert_whole(&world).await;
    world.settle().await;
    assert_eq!(
        world.events("AccountEmailChanged").len(),
        0,
        "nobody confirmed"
    );
    assert_eq!((world.mails().len(), world.rejections()), (0, vec![]));
}

#[tokio::test]
async fn an_address_that_its_owner_confirmed_is_replaced_by_nobody_s_word() {
    let (world, _, bruno) = bruno().await;
    let before = stored(&world, &AccountId::parse(&bruno.id).expect("an id")).await;
    assert_eq!(give(&world, &before, HERS).await, Owned::Superseded);
    assert_eq!(stored(&world, &before.id).await, before);
    assert_whole(&world).await;
}

#[tokio::test]
async fn another_address_voids_the_invitation_that_was_mailed_to_the_former_one() {
    let (world, ..) = bruno().await;
    let (store, now) = (world.table.store(), world.now());
    let declared = world.declared("EMS", "Hedwige", Some(HERS)).await;
    let invitation = Invitation::new(RequestId::parse("r-1").expect("an id"), now);
    store
        .invitation_renew(&declared, &invitation, &declared.mail_quota, &[])
        .await
        .expect("an invitation");
    let invited = stored(&world, &declared.id).await;
    assert_eq!(
        give(&world, &declared, "h@ems.example.fr").await,
        Owned::Superseded
    );
    assert_eq!(give(&world, &invited, "h@ems.example.fr").await, Owned::Yes);
    assert_eq!(stored(&world, &declared.id).await.invitation, None);
    // And its thirty days with it.
    world.pass(SignedDuration::from_hours(31 * 24));
    world.sweep().await;
    stored(&world, &declared.id).await;
    assert_whole(&world).await;
}

#[tokio::test]
async fn whoever_reads_a_declared_address_has_it_and_the_account_stays_without_one() {
    let (world, ada, bruno) = bruno().await;
    let zoe = world.organisation("LYON").await;
    let declared = world.declared("LYON", "Hedwige", Some(HERS)).await;
    ask(&world, &bruno, HERS).await;
    confirm(&world, &world.last_mail(HERS).token())
        .await
        .expect(200);
    assert_whole(&world).await;
    let left = stored(&world, &declared.id).await;
    assert_eq!(
        (
            left.contact.email.as_ref(),
            left.email_status,
            left.address_unavailable
        ),
        (None, EmailStatus::None, true)
    );
    assert_eq!(left.contact.last_name, declared.contact.last_name);
    for (administrator, root, seen) in [(&zoe, "LYON", 1), (&ada, "EMS", 0)] {
        let audit = world
            .get(&administrator.login, &format!("/v1/entities/{root}/audit"))
            .await
            .expect(200);
        let items = audit.items();
        let yielded = items.iter().filter(|entry| {
            entry["what"] == "addressYielded"
                && entry["actorAccountId"].is_null()
                && entry["targetAccountId"] == json!(declared.id)
        });
        assert_eq!(yielded.count(), seen, "{items:?}");
    }
    // Once it is free, the account can have it again.
    let item = stored(&world, &declared.id).await;
    assert_eq!(give(&world, &item, HERS).await, Owned::EmailTaken);
    super::change(&world, &bruno, "b@ems.example.fr").await;
    assert_eq!(give(&world, &item, HERS).await, Owned::Yes);
    assert!(!stored(&world, &declared.id).await.address_unavailable);
    assert_whole(&world).await;
    assert_eq!(
        (world.rejections(), world.dead.lock().expect("a lock").len()),
        (vec![], 0)
    );
}

#[tokio::test]
async fn an_address_that_was_accepted_or_given_up_meanwhile_is_not_taken_from_a_declared_account() {
    for accepted in [true, false] {
        let (world, ..) = bruno().await;
        let declared = world.declared("EMS", "Hedwige", Some(HERS)).await;
        let taker = world.declared("EMS", "Hugo", None).await;
        let from = yielded(&world, HERS).await;
        if accepted {
            world.bound(&declared).await;
        } else {
            assert_eq!(
                give(&world, &declared, "h@ems.example.fr").await,
                Owned::Yes
            );
        }
        let store = world.table.store();
        let taken = store
            .address_give(&taker, &email(HERS), Some(&from), &[])
            .await;
        assert_eq!(taken.expect("a table"), Owned::EmailTaken);
        assert_eq!(stored(&world, &taker.id).await, taker);
        assert_whole(&world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_accounts_that_are_given_one_address_at_once_one_has_it() {
    let (world, ..) = bruno().await;
    let world = Arc::new(world);
    for round in 0..3 {
        let address = format!("h{round}@ems.example.fr");
        let start = Arc::new(Barrier::new(6));
        let mut racing = JoinSet::new();
        for _ in 0..6 {
            let (world, start) = (Arc::clone(&world), Arc::clone(&start));
            let (account, address) = (world.declared("EMS", "H", None).await, address.clone());
            racing.spawn(async move {
                start.wait().await;
                give(&world, &account, &address).await
            });
        }
        let mut ends = racing.join_all().await;
        ends.sort_unstable_by_key(|end| *end != Owned::Yes);
        assert_eq!(ends[0], Owned::Yes);
        assert!(
            ends[1..].iter().all(|end| *end == Owned::EmailTaken),
            "{ends:?}"
        );
        assert_whole(&world).await;
    }
}
