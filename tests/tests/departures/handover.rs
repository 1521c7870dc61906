//! What an agent alone follows, and who follows it then.

use serde_json::json;
use vigie_aws::Consumer as _;
use vigie_domain::event::HandoverDue;
use vigie_tests::{
    World,
    scenario::{Person, saved},
    world::sqs,
};

use super::{alone, change, hand_over, leaves, read, stars, until};

/// An organisation with Bruno, who follows `c-1` to `c-4`; Carl follows `c-2`, and may see all but
/// `c-3`.
async fn scene(world: &World) -> [Person; 3] {
    let ada = world.organisation("EMS").await;
    let bruno = world.agent(&ada, "EMS", "Bruno").await;
    let carl = world.agent(&ada, "EMS", "Carl").await;
    for id in ["c-1", "c-2", "c-3", "c-4"] {
        let guests: &[&Person] = if id == "c-3" { &[] } else { &[&carl] };
        world.consultation(id, "EMS", &bruno, guests).await;
        world.star(&bruno, id).await;
    }
    world.star(&carl, "c-2").await;
    world.empty_inbox();
    [ada, bruno, carl]
}

#[tokio::test]
async fn what_nobody_else_follows_is_listed_and_starred_for_who_may_see_it() {
    let world = World::new().await;
    let [ada, bruno, carl] = scene(&world).await;
    for limit in [1, 2, 50] {
        let mut listed = alone(&world, &ada, "EMS", &bruno, limit).await;
        listed.sort();
        assert_eq!(listed, ["c-1", "c-3", "c-4"], "{limit}");
    }
    let asked = hand_over(&world, &ada, "EMS", &bruno, &carl).await;
    assert_eq!(asked.expect(202).json, json!({"toAccountId": carl.id}));
    assert_eq!(stars(&world, &carl).await, ["c-1", "c-2", "c-4"]);
    assert_eq!(stars(&world, &bruno).await.len(), 4);
    assert_eq!(alone(&world, &ada, "EMS", &bruno, 50).await, ["c-3"]);
    // Both are told, each of the other, and nobody else.
    let mails = world.mails();
    assert_eq!(mails.len(), 2);
    let [given] = &world.mails_to(&bruno.email)[..] else {
        panic!("one mail to the leaver");
    };
    assert!(given.text.contains("Carl Agent"), "{}", given.text);
    let [received] = &world.mails_to(&carl.email)[..] else {
        panic!("one mail to the receiver");
    };
    assert!(received.text.contains("Bruno Agent"), "{}", received.text);
    let audit = world.get(&ada.login, "/v1/entities/EMS/audit").await;
    let last = audit.expect(200).json["items"][0].clone();
    assert_eq!(last["what"], "agentHandedOver");
    assert_eq!(last["actorAccountId"], json!(ada.id));
    assert_eq!(last["targetAccountId"], json!(bruno.id));
    assert_eq!(last["changes"][0]["after"], json!(carl.id));

    // The same again changes nothing, and brings no star back that was taken away.
    let path = carl.path("/favourites/c-1");
    world.delete(&carl.login, &path).await.expect(204);
    hand_over(&world, &ada, "EMS", &bruno, &carl)
        .await
        .expect(202);
    assert_eq!(stars(&world, &carl).await, ["c-2", "c-4"]);
    assert_eq!(world.mails().len(), 2);
    assert!(
        read(&world, &bruno.id)
            .await
            .expect("an account")
            .handover
            .is_none()
    );
}

#[tokio::test]
async fn who_does_not_stay_does_not_count_and_what_is_over_is_not_handed_over() {
    let world = World::new().await;
    let [ada, bruno, carl] = scene(&world).await;
    let dora = world.agent(&ada, "EMS", "Dora").await;
    let emil = world.invite(&ada, "EMS", "Emil").await;
    world
        .save("c-1", 2, "EMS", &bruno.id, "opening", &[&dora])
        .await;
    world.star(&dora, "c-1").await;
    assert!(
        !alone(&world, &ada, "EMS", &bruno, 50)
            .await
            .contains(&"c-1".to_owned())
    );
    leaves(&world, &ada, "EMS", &bruno, "2026-12-31")
        .await
        .expect(200);
    // Who leaves on the same day is gone by then too; who leaves later is not.
    leaves(&world, &ada, "EMS", &dora, "2027-01-31")
        .await
        .expect(200);
    assert!(
        !alone(&world, &ada, "EMS", &bruno, 50)
            .await
            .contains(&"c-1".to_owned())
    );
    leaves(&world, &ada, "EMS", &dora, "2026-12-31")
        .await
        .expect(200);
    assert!(
        alone(&world, &ada, "EMS", &bruno, 50)
            .await
            .contains(&"c-1".to_owned())
    );
    change(
        &world,
        &ada,
        "EMS",
        &dora.id,
        json!({"leavesOn": null, "active": false}),
    )
    .await
    .expect(200);
    assert!(
        alone(&world, &ada, "EMS", &bruno, 50)
            .await
            .contains(&"c-1".to_owned())
    );
    world
        .save("c-4", 2, "EMS", &bruno.id, "archived", &[&carl])
        .await;
    assert!(
        !alone(&world, &ada, "EMS", &bruno, 50)
            .await
            .contains(&"c-4".to_owned())
    );
    // Nobody who follows nothing can be given anything.
    let path = format!("/v1/entities/EMS/agents/{}/handover", bruno.id);
    for to in [&dora.id, &emil, &bruno.id, "nobody"] {
        let refused = world
            .post(&ada.login, &path, json!({"toAccountId": to}))
            .await;
        assert_eq!(
            refused.expect(422).json["errors"][0]["field"],
            "toAccountId"
        );
    }
    // Also of who has left.
    until(&world, "2026-12-31T23:00:00Z").await;
    hand_over(&world, &ada, "EMS", &bruno, &carl)
        .await
        .expect(202);
    assert_eq!(stars(&world, &carl).await, ["c-2"]);
}

#[tokio::test]
async fn administrators_hand_over_in_their_tree_and_see_no_drafts_and_no_stars_elsewhere() {
    let (world, ada) = World::with("EMS").await;
    let zoe = world.organisation("LYON").await;
    world.entity(&ada, "EMS-DSI", "EMS").await;
    let chef = world.administrator(&ada, "EMS-DSI", "Chef").await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    let dora = world.agent(&ada, "EMS-DSI", "Dora").await;
    let above = world.agent(&ada, "EMS", "Above").await;
    world
        .consultation("c-dsi", "EMS-DSI", &bruno, &[&above, &dora])
        .await;
    world.consultation("c-ems", "EMS", &bruno, &[&dora]).await;
    world.consultation("c-lyon", "LYON", &bruno, &[&dora]).await;
    for id in ["c-dsi", "c-ems", "c-lyon"] {
        world.star(&bruno, id).await;
    }
    world.star(&above, "c-dsi").await;
    world
        .save("c-draft", 1, "EMS-DSI", &bruno.id, "drafting", &[&dora])
        .await;
    assert!(stars(&world, &bruno).await.contains(&"c-draft".to_owned()));
    // A star of somebody whom they do not administer does not show.
    assert_eq!(alone(&world, &chef, "EMS-DSI", &bruno, 50).await, ["c-dsi"]);
    assert_eq!(alone(&world, &ada, "EMS-DSI", &bruno, 50).await, ["c-ems"]);
    // Nobody else is given anything, or asked after.
    let path = format!("/v1/entities/EMS-DSI/agents/{}/handover", bruno.id);
    world.get(&zoe.login, &path).await.expect(403);
    world.get(&dora.login, &path).await.expect(403);
    hand_over(&world, &zoe, "EMS-DSI", &bruno, &dora)
        .await
        .expect(403);
    hand_over(&world, &chef, "EMS-DSI", &bruno, &above)
        .await
        .expect(422);
    hand_over(&world, &ada, "EMS-DSI", &bruno, &zoe)
        .await
        .expect(422);
    hand_over(&world, &ada, "EMS", &bruno, &dora)
        .await
        .expect(404);
    // Whoever receives sees more than who administers: by their own right.
    hand_over(&world, &chef, "EMS-DSI", &bruno, &dora)
        .await
        .expect(202);
    assert_eq!(
        stars(&world, &dora).await,
        ["c-draft", "c-dsi", "c-ems", "c-lyon"]
    );
}

#[tokio::test]
async fn a_handover_goes_on_after_a_crash_and_over_many_pages() {
    let (world, ada) = World::with("EMS").await;
    let bruno = world.agent(&ada, "EMS", "Bruno").await;
    let carl = world.agent(&ada, "EMS", "Carl").await;
    let ids: Vec<_> = (10..70).map(|i| format!("c-{i}")).collect();
    for id in &ids {
        world.consultation(id, "EMS", &bruno, &[&carl]).await;
        world.star(&bruno, id).await;
    }
    world.empty_inbox();
    let path = format!("/v1/entities/EMS/agents/{}/handover", bruno.id);
    world
        .post(&ada.login, &path, json!({"toAccountId": carl.id}))
        .await
        .expect(202);
    // Cut short after its first page, whose message comes once more.
    world.stream().await;
    let account = read(&world, &bruno.id).await.expect("an account");
    let due = HandoverDue {
        event_id: "again".to_owned(),
        account_id: account.id.clone(),
        request_id: account.handover.expect("a handover").request_id,
        after: None,
    };
    let event = json!({"source": "vigie", "detail-type": "HandoverDue", "detail": due});
    world.aws.with(|traffic| traffic.events.push_front(event));
    world.settle().await;
    assert_eq!(stars(&world, &carl).await, ids);
    assert_eq!(world.mails_to(&carl.email).len(), 1);
    assert_eq!(world.mails_to(&bruno.email).len(), 1);
}

#[tokio::test]
async fn of_two_receivers_each_star_is_of_one_and_each_who_was_given_any_is_told() {
    let world = World::new().await;
    let [ada, bruno, carl] = scene(&world).await;
    let dora = world.agent(&ada, "EMS", "Dora").await;
    for (id, guests) in [("c-1", [&carl, &dora]), ("c-3", [&dora, &dora])] {
        let detail = saved(id, 2, "EMS", &bruno.id, "consultation", &guests);
        world.send("ConsultationSaved", detail).await;
    }
    world.empty_inbox();
    // The second asks while the first is under way.
    let path = format!("/v1/entities/EMS/agents/{}/handover", bruno.id);
    for to in [&carl, &dora] {
        world
            .post(&ada.login, &path, json!({"toAccountId": to.id}))
            .await
            .expect(202);
    }
    world.settle().await;
    // The newer one holds; of the first nothing was given.
    assert_eq!(stars(&world, &carl).await, ["c-2"]);
    assert_eq!(stars(&world, &dora).await, ["c-1", "c-3"]);
    hand_over(&world, &ada, "EMS", &bruno, &carl)
        .await
        .expect(202);
    assert_eq!(stars(&world, &carl).await, ["c-2", "c-4"]);
    assert_eq!(stars(&world, &dora).await, ["c-1", "c-3"]);
    assert_eq!(world.mails_to(&carl.email).len(), 1);
    assert_eq!(world.mails_to(&dora.email).len(), 1);
}

#[tokio::test]
async fn who_was_given_a_part_before_another_one_is_asked_for_is_told_of_it() {
    let (world, ada) = World::with("EMS").await;
    let bruno = world.agent(&ada, "EMS", "Bruno").await;
    let [carl, dora] = [
        world.agent(&ada, "EMS", "Carl").await,
        world.agent(&ada, "EMS", "Dora").await,
    ];
    for i in 10..40 {
        let id = format!("c-{i}");
        let guests = [&carl, &dora];
        world.consultation(&id, "EMS", &bruno, &guests).await;
        world.star(&bruno, &id).await;
    }
    world.settle().await;
    world.empty_inbox();
    let path = format!("/v1/entities/EMS/agents/{}/handover", bruno.id);
    let ask = async |to: &Person| {
        let asked = world
            .post(&ada.login, &path, json!({"toAccountId": to.id}))
            .await;
        asked.expect(202);
    };
    ask(&carl).await;
    world.stream().await;
    let due = world
        .aws
        .with(|traffic| traffic.events.pop_front())
        .expect("an event");
    assert_eq!(due["detail-type"], "HandoverDue");
    world.directory.consume(sqs(&due, 1)).await.expect("a page");
    ask(&dora).await;
    world.settle().await;
    assert_eq!(
        (
            stars(&world, &carl).await.len(),
            stars(&world, &dora).await.len()
        ),
        (25, 5)
    );
    assert_eq!(world.mails_to(&carl.email).len(), 1);
    assert_eq!(world.mails_to(&dora.email).len(), 1);
    assert_eq!(world.mails_to(&bruno.email).len(), 2);
}

#[tokio::test]
async fn whoever_is_gone_stopped_or_elsewhere_by_then_is_given_nothing() {
    for what in ["erased", "deactivated", "moved", "leaver erased"] {
        let (world, ada) = World::with("EMS").await;
        world.entity(&ada, "EMS-DSI", "EMS").await;
        world.entity(&ada, "EMS-EAU", "EMS").await;
        let chef = world.administrator(&ada, "EMS-DSI", "Chef").await;
        let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
        let carl = world.agent(&ada, "EMS-DSI", "Carl").await;
        world.consultation("c-1", "EMS-DSI", &bruno, &[&carl]).await;
        world.star(&bruno, "c-1").await;
        world.empty_inbox();
        let path = format!("/v1/entities/EMS-DSI/agents/{}/handover", bruno.id);
        world
            .post(&chef.login, &path, json!({"toAccountId": carl.id}))
            .await
            .expect(202);
        let agent = format!("/v1/entities/EMS-DSI/agents/{}", carl.id);
        match what {
            "erased" => carl.delete(&world, "").await.expect(204),
            "leaver erased" => bruno.delete(&world, "").await.expect(204),
            "moved" => {
                let to = json!({"entityId": "EMS-EAU"});
                world.patch(&ada.login, &agent, to).await.expect(200)
            }
            _ => {
                let off = json!({"active": false});
                world.patch(&ada.login, &agent, off).await.expect(200)
            }
        };
        world.settle().await;
        assert_eq!(stars(&world, &carl).await, [""; 0], "{what}");
        let told = world.mails_to(&bruno.email);
        assert!(told.is_empty(), "{what}: {told:?}");
        if let Some(bruno) = read(&world, &bruno.id).await {
            assert!(bruno.handover.is_none(), "{what}");
        }
    }
}
