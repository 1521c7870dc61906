//! A link lies on both sides or on none, whatever happens at once.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::json;
use vigie_domain::{
    account::link::LinkRequest,
    contact::email::Email,
    id::{AccountId, RequestId},
};
use vigie_store::{Linked, StoreError};
use vigie_tests::{Act, Login};

use super::{ask, links, pairs, set_active, strangers, token, unlink};

const ROUNDS: usize = 30;

fn acceptance(login: &Login, token: &str) -> Act {
    (
        login.clone(),
        "POST",
        "/v1/links".to_owned(),
        json!({"token": token}),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn acceptances_at_once_all_succeed_and_link_once() {
    let (world, [_, _, bruno, chloe]) = strangers().await;
    let world = Arc::new(world);
    for _ in 0..ROUNDS {
        world.pass(SignedDuration::from_hours(3));
        // Two tokens, of the same request and of another one.
        let [first, second] = [
            token(&world, &bruno, &chloe).await,
            token(&world, &chloe, &bruno).await,
        ];
        let acts = vec![
            acceptance(&chloe.login, &first),
            acceptance(&bruno.login, &second),
            acceptance(&chloe.login, &first),
        ];
        assert_eq!(world.at_once(acts).await, [200; 3]);
        assert_eq!(pairs(&world).await.len(), 1);
        assert_eq!(
            links(&world, &bruno).await[0]["since"],
            links(&world, &chloe).await[0]["since"]
        );
        unlink(&world, &bruno, &chloe).await.expect(204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_undone_while_it_is_accepted_is_linked_wholly_or_not_at_all() {
    let (world, [_, _, bruno, chloe]) = strangers().await;
    let world = Arc::new(world);
    for round in 0..ROUNDS {
        world.pass(SignedDuration::from_hours(3));
        let link = token(&world, &bruno, &chloe).await;
        let (one, other) = if round % 2 == 0 {
            (&bruno, &chloe)
        } else {
            (&chloe, &bruno)
        };
        let undo = (
            one.login.clone(),
            "DELETE",
            one.path(&format!("/links/{}", other.id)),
            json!({}),
        );
        let statuses = world
            .at_once(vec![acceptance(&chloe.login, &link), undo])
            .await;
        assert!(
            [200, 404].contains(&statuses[0]) && statuses[1] == 204,
            "{statuses:?}"
        );
        let linked = pairs(&world).await.len();
        assert!(statuses[0] == 200 || linked == 0, "{statuses:?} {linked}");
        unlink(&world, &bruno, &chloe).await.expect(204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_is_erased_while_a_link_is_accepted_leaves_none() {
    for round in 0..ROUNDS / 2 {
        let (world, [_, _, bruno, chloe]) = strangers().await;
        let world = Arc::new(world);
        let link = token(&world, &bruno, &chloe).await;
        let erased = if round % 2 == 0 { &bruno } else { &chloe };
        let erasure = (erased.login.clone(), "DELETE", erased.path(""), json!({}));
        let statuses = world
            .at_once(vec![acceptance(&chloe.login, &link), erasure])
            .await;
        let refused = if round % 2 == 0 { 404 } else { 403 };
        assert!(
            [200, refused].contains(&statuses[0]) && statuses[1] == 204,
            "{statuses:?}"
        );
        assert_eq!(pairs(&world).await.len(), usize::from(statuses[0] == 200));
        world.sweep().await;
        assert!(pairs(&world).await.is_empty());
    }
}

/// Whatever changes between the reads of an acceptance and its write: the write finds out.
#[tokio::test]
async fn what_changed_since_it_was_read_links_nobody() {
    for change in [
        "nothing",
        "asker erased",
        "other erased",
        "asker inactive",
        "other inactive",
        "address moved",
        "undone",
        "accepted",
    ] {
        let (world, [ada, zoe, bruno, chloe]) = &strangers().await;
        let link = token(world, bruno, chloe).await;
        let request = RequestId::parse(link.split('~').nth(2).expect("a request")).expect("an id");
        let [asker, other] =
            [bruno, chloe].map(|person| AccountId::parse(&person.id).expect("an id"));
        let store = world.table.store();
        let read = async |id| {
            let account = store.account_read(id).await.expect("a read");
            account.expect("an account")
        };
        let (asker, read) = (read(&asker).await, read(&other).await);
        match change {
            "asker erased" => drop(bruno.delete(world, "").await.expect(204)),
            "other erased" => drop(chloe.delete(world, "").await.expect(204)),
            "asker inactive" => set_active(world, ada, "EMS", bruno, false).await,
            "other inactive" => set_active(world, zoe, "LYON", chloe, false).await,
            "address moved" => {
                chloe
                    .patch_contact(world, json!({"email": "chloe.new@agents.example.fr"}))
                    .await
                    .expect(202);
                world.settle().await;
                let token = world.mails_to("chloe.new@agents.example.fr")[0].token();
                world.confirm(&token).await.expect(200);
            }
            "undone" => drop(unlink(world, bruno, chloe).await.expect(204)),
            "accepted" => drop(super::accept(world, &chloe.login, &link).await.expect(200)),
            _ => {}
        }
        let expected = if change == "nothing" {
            Linked::Yes
        } else {
            Linked::Superseded
        };
        assert_eq!(
            store
                .link_create(&asker, &read, &request, world.now(), &[])
                .await,
            Ok(expected),
            "{change}"
        );
        let linked = usize::from(["nothing", "accepted"].contains(&change));
        assert_eq!(pairs(world).await.len(), linked, "{change}");
    }
}

/// A request is counted with the mails of the account as it is, and not asked by who is gone.
#[tokio::test]
async fn a_request_by_an_account_that_has_changed_since_is_not_recorded() {
    for change in ["asked", "inactive", "erased"] {
        let (world, [ada, _, bruno, _]) = strangers().await;
        let store = world.table.store();
        let id = AccountId::parse(&bruno.id).expect("an id");
        let read = store
            .account_read(&id)
            .await
            .expect("a read")
            .expect("an account");
        match change {
            "asked" => drop(
                ask(&world, &bruno, "nobody@agents.example.fr")
                    .await
                    .expect(202),
            ),
            "inactive" => set_active(&world, &ada, "EMS", &bruno, false).await,
            _ => drop(bruno.delete(&world, "").await.expect(204)),
        }
        let before = world.table.items().await;
        let request = LinkRequest::new(
            &Email::parse("somebody@agents.example.fr").expect("an address"),
            0,
            world.now(),
        );
        let asked = store
            .link_request_write(
                &read,
                &RequestId::parse("r").expect("an id"),
                &request,
                &read.mail_quota,
            )
            .await;
        assert_eq!(
            (asked, world.table.items().await),
            (Err(StoreError::Refused), before),
            "{change}"
        );
    }
}
