//! The thread through everything, in one process.

use serde_json::json;
use vigie_tests::{
    World,
    scenario::{saved, tender},
};

#[tokio::test]
async fn the_right_agents_have_a_mail() {
    let world = World::new().await;
    let ada = world.organisation("EMS").await;
    world.entity(&ada, "EMS-DSI", "EMS").await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    let chloe = world.agent(&ada, "EMS-DSI", "Chloe").await;
    let denis = world.agent(&ada, "EMS-DSI", "Denis").await;
    for person in [&bruno, &chloe, &denis] {
        world.wants_everything(person).await;
    }
    world
        .send(
            "ConsultationSaved",
            saved("c-1", 1, "EMS-DSI", &bruno.id, "drafting", &[&chloe]),
        )
        .await;
    world.star(&chloe, "c-1").await;
    world
        .request("PUT", &denis.path("/favourites/c-1"))
        .by(&denis.login)
        .json(&json!({}))
        .send()
        .await
        .expect(404);
    world.empty_inbox();

    world.send("TenderReceived", tender("c-1", "d-1")).await;

    let mut to: Vec<_> = world.mails().into_iter().map(|mail| mail.to).collect();
    to.sort();
    assert_eq!(to, [bruno.email.clone(), chloe.email.clone()]);
    assert_eq!(
        world.mails()[0].subject,
        "[21-166157] Nouveau dépôt électronique"
    );
    assert_eq!(world.events("AlertSent").len(), 2);
    assert!(world.rejections().is_empty(), "{:?}", world.rejections());
    assert!(world.dead.lock().unwrap().is_empty());
}
