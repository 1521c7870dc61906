//! Ends of a link: undone by either side, or with one of its accounts.

use serde_json::Value;
use vigie_tests::{World, scenario::Person};

use super::{accept, ask, link, linked, links, pairs, set_active, strangers, token, unlink};

#[tokio::test]
async fn undoing_is_idempotent_and_tells_nothing() {
    let (world, [ada, _, bruno, chloe]) = linked().await;
    unlink(&world, &chloe, &bruno).await.expect(204);
    let before = world.table.items().await;
    for (one, other) in [
        (&chloe, &bruno),
        (&bruno, &chloe),
        (&ada, &bruno),
        (&bruno, &bruno),
    ] {
        unlink(&world, one, other).await.expect(204);
    }
    bruno.delete(&world, "/links/nobody").await.expect(204);
    assert_eq!(world.table.items().await, before);
}

#[tokio::test]
async fn undoing_leaves_other_links_alone() {
    let (world, [ada, zoe, bruno, chloe]) = linked().await;
    link(&world, &bruno, &ada).await;
    link(&world, &zoe, &chloe).await;
    unlink(&world, &bruno, &chloe).await.expect(204);
    let ids = |links: Vec<Value>| {
        links
            .into_iter()
            .map(|link| link["accountId"].as_str().expect("an id").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        ids(links(&world, &bruno).await),
        std::slice::from_ref(&ada.id)
    );
    assert_eq!(
        ids(links(&world, &chloe).await),
        std::slice::from_ref(&zoe.id)
    );
}

/// An undone link comes back by a new request only: neither by the used link, nor by an older mail,
/// whoever sent it.
#[tokio::test]
async fn no_link_from_before_brings_back_what_was_undone() {
    for by_asker in [true, false] {
        let (world, [_, _, bruno, chloe]) = strangers().await;
        let [used, older] = [
            token(&world, &bruno, &chloe).await,
            token(&world, &bruno, &chloe).await,
        ];
        let reverse = token(&world, &chloe, &bruno).await;
        accept(&world, &chloe.login, &used).await.expect(200);
        let (one, other) = if by_asker {
            (&bruno, &chloe)
        } else {
            (&chloe, &bruno)
        };
        unlink(&world, one, other).await.expect(204);
        accept(&world, &chloe.login, &used).await.expect(404);
        accept(&world, &chloe.login, &older).await.expect(404);
        accept(&world, &bruno.login, &reverse).await.expect(404);
        assert!(pairs(&world).await.is_empty());
        link(&world, &bruno, &chloe).await;
        // Accepted anew, the links of before are still used up.
        accept(&world, &chloe.login, &older).await.expect(404);
        assert_eq!(pairs(&world).await.len(), 1);
    }
}

#[tokio::test]
async fn undoing_withdraws_no_request_to_anybody_else() {
    let (world, [ada, zoe, bruno, chloe]) = linked().await;
    let [to_ada, to_chloe] = [
        token(&world, &bruno, &ada).await,
        token(&world, &zoe, &chloe).await,
    ];
    unlink(&world, &bruno, &chloe).await.expect(204);
    accept(&world, &ada.login, &to_ada).await.expect(200);
    accept(&world, &chloe.login, &to_chloe).await.expect(200);
}

/// Every item that names an account or its address, save its own purge and what others keep of the
/// audit.
async fn traces(world: &World, person: &Person) -> Vec<String> {
    let is_audit = |item: &Value| {
        item["sk"]
            .as_str()
            .is_some_and(|sk| sk.starts_with("AUDIT#"))
            && item["pk"] != format!("ACCOUNT#{}", person.id)
    };
    let items = world
        .table
        .items()
        .await
        .into_iter()
        .map(|item| serde_dynamo::from_item::<_, Value>(item).expect("JSON"));
    let items = items
        .filter(|item| !is_audit(item))
        .map(|item| item.to_string());
    items
        .filter(|item| {
            !item.contains("#purge#") && (item.contains(&person.id) || item.contains(&person.email))
        })
        .collect()
}

#[tokio::test]
async fn an_erased_account_leaves_no_link_and_no_request() {
    for asker in [true, false] {
        let (world, [ada, zoe, bruno, chloe]) = linked().await;
        link(&world, &zoe, &bruno).await;
        let waiting = token(&world, &bruno, &ada).await;
        ask(&world, &bruno, "nobody@agents.example.fr")
            .await
            .expect(202);
        let (erased, other) = if asker {
            (&bruno, &chloe)
        } else {
            (&chloe, &bruno)
        };
        erased.delete(&world, "").await.expect(204);
        world.sweep().await;
        // Nor do others keep that it accepted a request of theirs.
        assert_eq!(traces(&world, erased).await, Vec::<String>::new());
        assert!(
            pairs(&world)
                .await
                .iter()
                .all(|(one, two)| *one != erased.id && *two != erased.id)
        );
        accept(&world, &ada.login, &waiting)
            .await
            .expect(if asker { 404 } else { 200 });
        unlink(&world, other, erased).await.expect(204);
    }
}

#[tokio::test]
async fn who_was_erased_accepts_nothing_any_more() {
    let (world, [_, _, bruno, chloe]) = strangers().await;
    let link = token(&world, &bruno, &chloe).await;
    chloe.delete(&world, "").await.expect(204);
    accept(&world, &chloe.login, &link).await.expect(403);
    assert!(pairs(&world).await.is_empty());
}

#[tokio::test]
async fn a_calendar_link_taken_through_a_linked_account_opens_while_they_are_linked() {
    let (world, [_, zoe, bruno, chloe]) = &linked().await;
    world.consultation("c-1", "EMS", bruno, &[]).await;
    world.star(bruno, "c-1").await;
    let calendar = async |by: &Person| {
        let list = world
            .get(&by.login, &bruno.path("/favourites"))
            .await
            .expect(200)
            .json;
        list["items"][0]["calendar"]
            .as_str()
            .expect("a link")
            .to_owned()
    };
    let [own, taken] = [calendar(bruno).await, calendar(chloe).await];
    let open = async |path: &str| world.request("GET", path).send().await.status;
    assert_eq!((open(&own).await, open(&taken).await), (200, 200));
    assert!(
        !taken.contains(&format!("/d1~{}", bruno.id)),
        "no link of Bruno's own"
    );

    set_active(world, zoe, "LYON", chloe, false).await;
    assert_eq!((open(&own).await, open(&taken).await), (200, 404));
    set_active(world, zoe, "LYON", chloe, true).await;
    assert_eq!(open(&taken).await, 200);

    unlink(world, bruno, chloe).await.expect(204);
    assert_eq!((open(&own).await, open(&taken).await), (200, 404));
    link(world, bruno, chloe).await;
    assert_eq!(open(&taken).await, 200);
    chloe.delete(world, "").await.expect(204);
    assert_eq!((open(&own).await, open(&taken).await), (200, 404));
}
