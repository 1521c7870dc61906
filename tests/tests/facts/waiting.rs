//! Facts that wait for automatic favourites wait for a limited time, and one's own star tells
//! nothing from before it.

use jiff::SignedDuration;
use vigie_tests::scenario::tender;

use crate::facts::{agents, organisation};

const DAY: SignedDuration = SignedDuration::from_hours(24);

#[tokio::test]
async fn a_first_draft_that_comes_much_later_tells_nothing_of_before() {
    for late in [15, 365] {
        let (world, ada) = organisation().await;
        let [author, guest] = agents(&world, &ada, ["Author", "Guest"]).await;
        world
            .save("c-1", 5, "EMS-DSI", &author.id, "consultation", &[&guest])
            .await;
        world.send("TenderReceived", tender("c-1", "d-1")).await;
        world.pass(DAY * (late - 1));
        world.send("TenderReceived", tender("c-1", "d-2")).await;
        world.star(&guest, "c-1").await;
        world.pass(DAY);
        world.empty_inbox();
        // The stars are given, once, and tell what comes.
        world
            .save("c-1", 1, "EMS-DSI", &author.id, "drafting", &[&guest])
            .await;
        assert!(world.mails().is_empty(), "{late}: {:?}", world.mails());
        world.send("TenderReceived", tender("c-1", "d-3")).await;
        assert_eq!(
            world.mailed(),
            [author.email.clone(), guest.email.clone()],
            "{late}"
        );
    }
}

#[tokio::test]
async fn a_consultation_that_comes_much_later_than_its_facts_tells_none_of_them() {
    let (world, ada) = organisation().await;
    let [author] = agents(&world, &ada, ["Author"]).await;
    world.empty_inbox();
    // 14 days after the first, a second less after the next.
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    world.pass(SignedDuration::from_secs(1));
    world.send("TenderReceived", tender("c-1", "d-2")).await;
    world.pass(DAY * 14 - SignedDuration::from_secs(1));
    world
        .save("c-1", 1, "EMS-DSI", &author.id, "drafting", &[])
        .await;
    let told: Vec<_> = world
        .events("AlertSent")
        .iter()
        .map(|event| event["factKey"].to_string())
        .collect();
    assert_eq!(told, ["\"d-2\""]);
}

#[tokio::test]
async fn a_star_of_one_s_own_tells_nothing_recorded_before_it_and_one_by_rule_does() {
    let (world, ada) = organisation().await;
    let [author, guest] = agents(&world, &ada, ["Author", "Guest"]).await;
    world
        .save("c-1", 5, "EMS-DSI", &author.id, "consultation", &[&guest])
        .await;
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    world.pass(SignedDuration::from_secs(1));
    world.star(&guest, "c-1").await;
    world.empty_inbox();
    world
        .save("c-1", 1, "EMS-DSI", &author.id, "drafting", &[&guest])
        .await;
    assert_eq!(world.mailed(), [author.email]);
}

#[tokio::test]
async fn a_star_of_one_s_own_that_a_rule_gives_too_tells_what_waited_once_and_stays_one_s_own() {
    let (world, ada) = organisation().await;
    let [author, other] = agents(&world, &ada, ["Author", "Other"]).await;
    world
        .save("c-1", 5, "EMS-DSI", &author.id, "consultation", &[&other])
        .await;
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    world.pass(SignedDuration::from_secs(1));
    world.star(&author, "c-1").await;
    world.send("TenderReceived", tender("c-1", "d-2")).await;
    let list = async || author.get(&world, "/favourites").await.expect(200).json["items"].clone();
    let before = list().await;
    world.empty_inbox();
    for _ in 0..2 {
        world
            .save("c-1", 1, "EMS-DSI", &author.id, "drafting", &[&other])
            .await;
        let mails = world.mails();
        assert!(
            mails.len() == 1 && mails[0].to == author.email && mails[0].text.contains("N-d-1"),
            "{mails:?}"
        );
    }
    assert_eq!(list().await, before, "{before}");
    // Taken away and given again, it is the agent's alone.
    author.delete(&world, "/favourites/c-1").await.expect(204);
    world.pass(SignedDuration::from_secs(1));
    world.star(&author, "c-1").await;
    world.send("TenderReceived", tender("c-1", "d-3")).await;
    assert_eq!(world.mails().len(), 2);
}
