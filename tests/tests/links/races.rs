//! A link lies on both sides or on none, whatever happens at once.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::json;
use tokio::{sync::Barrier, task::JoinSet};
use vigie_tests::{Login, World};

use super::{Scene, links, pairs, token};

const ROUNDS: usize = 30;

type Act = (Login, &'static str, String, serde_json::Value);

/// Requests at once; their statuses in this order.
async fn at_once(world: &Arc<World>, acts: Vec<Act>) -> Vec<u16> {
    let start = Arc::new(Barrier::new(acts.len()));
    let mut racing = JoinSet::new();
    for (i, (login, method, path, body)) in acts.into_iter().enumerate() {
        let (world, start) = (Arc::clone(world), Arc::clone(&start));
        racing.spawn(async move {
            start.wait().await;
            (i, world.request(method, &path).by(&login).json(&body).send().await.status)
        });
    }
    let mut statuses = racing.join_all().await;
    statuses.sort_unstable();
    statuses.into_iter().map(|(_, status)| status).collect()
}

fn acceptance(login: &Login, token: &str) -> Act {
    (login.clone(), "POST", "/v1/links".to_owned(), json!({"token": token}))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn acceptances_at_once_all_succeed_and_link_once() {
    let Scene { world, bruno, chloe, .. } = Scene::new().await;
    let world = Arc::new(world);
    for _ in 0..ROUNDS {
        world.pass(SignedDuration::from_hours(1));
        // Of the same request and of another one.
        let [first, second] = [token(&world, &bruno, &chloe).await, token(&world, &chloe, &bruno).await];
        let acts = vec![acceptance(&chloe.login, &first), acceptance(&bruno.login, &second), acceptance(&chloe.login, &first)];
        assert_eq!(at_once(&world, acts).await, [200; 3]);
        assert_eq!(pairs(&world).await.len(), 1);
        assert_eq!(links(&world, &bruno).await[0]["since"], links(&world, &chloe).await[0]["since"]);
        super::unlink(&world, &bruno, &chloe).await.expect(204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_undone_while_it_is_accepted_is_linked_wholly_or_not_at_all() {
    let Scene { world, bruno, chloe, .. } = Scene::new().await;
    let world = Arc::new(world);
    for round in 0..ROUNDS {
        world.pass(SignedDuration::from_hours(1));
        let link = token(&world, &bruno, &chloe).await;
        let (one, other) = if round % 2 == 0 { (&bruno, &chloe) } else { (&chloe, &bruno) };
        let undo = (one.login.clone(), "DELETE", one.path(&format!("/links/{}", other.id)), json!({}));
        let statuses = at_once(&world, vec![acceptance(&chloe.login, &link), undo]).await;
        assert!([200, 404].contains(&statuses[0]) && statuses[1] == 204, "{statuses:?}");
        let linked = pairs(&world).await.len();
        assert!(statuses[0] == 200 || linked == 0, "{statuses:?} {linked}");
        super::unlink(&world, &bruno, &chloe).await.expect(204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_is_erased_while_a_link_is_accepted_leaves_none() {
    for round in 0..ROUNDS / 2 {
        let Scene { world, bruno, chloe, .. } = Scene::new().await;
        let world = Arc::new(world);
        let link = token(&world, &bruno, &chloe).await;
        let erased = if round % 2 == 0 { &bruno } else { &chloe };
        let erasure = (erased.login.clone(), "DELETE", erased.path(""), json!({}));
        let statuses = at_once(&world, vec![acceptance(&chloe.login, &link), erasure]).await;
        let refused = if round % 2 == 0 { 404 } else { 403 };
        assert!([200, refused].contains(&statuses[0]) && statuses[1] == 204, "{statuses:?}");
        assert_eq!(pairs(&world).await.len(), usize::from(statuses[0] == 200));
        world.sweep().await;
        assert!(pairs(&world).await.is_empty());
    }
}
