//! The last administrator, whom the portal takes all the same.

use serde_json::{Value, json};
use vigie_domain::account::Role;
use vigie_tests::World;

use crate::directory::{account, agent, all_taken, declare, with};

async fn provision(world: &World, email: &str) {
    let administrator = json!({"firstName": "Ada", "lastName": "Ministre", "email": email});
    let detail = json!({"organisation": "Organisme EMS", "entityId": "EMS", "name": "Direction EMS", "administrator": administrator});
    world.send("OrganisationProvisioned", detail).await;
}

#[tokio::test]
async fn the_portal_takes_the_last_administrator_and_those_below_are_told_once() {
    let (world, ada) = World::with("EMS").await;
    world.entity(&ada, "EMS-DSI", "EMS").await;
    let below = world.administrator(&ada, "EMS-DSI", "Below").await;
    world.empty_inbox();
    let word = |revision| with(agent("ada", revision, "EMS"), json!({"email": ada.email}));
    for _ in 0..2 {
        declare(&world, word(1)).await;
    }
    let told = world.mails_to(&below.email);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].subject, "Votre organisme n’a plus d’administrateur");
    let listing = world.get(&ada.login, "/v1/entities/EMS/agents").await;
    assert_eq!(listing.status, 403);

    // The portal names them again: they are, until a newer word says otherwise.
    provision(&world, &ada.email).await;
    let role = async || account(&world, "ada").await.expect("an account").role;
    assert_eq!(role().await, Role::Administrator);
    declare(&world, word(1)).await;
    assert_eq!(role().await, Role::Administrator);
    declare(&world, word(2)).await;
    assert_eq!(role().await, Role::Agent);
    all_taken(&world);
}

#[tokio::test]
async fn one_of_two_administrators_goes_quietly() {
    let (world, ada) = World::with("EMS").await;
    let said = json!({"role": "administrator", "invite": true});
    declare(&world, with(agent("zoe", 1, "EMS"), said)).await;
    let zoe = world.accept("zoe@ems.example.fr").await;
    declare(
        &world,
        with(agent("ada", 1, "EMS"), json!({"email": ada.email})),
    )
    .await;
    let audit = world
        .get(&zoe.login, "/v1/entities/EMS/audit")
        .await
        .expect(200);
    let deeds = audit.json["items"].as_array().unwrap();
    let gone = |deed: &&Value| deed["what"] == "administratorsGone";
    assert_eq!(deeds.iter().filter(gone).count(), 0);
    all_taken(&world);
}

#[tokio::test]
async fn who_is_only_declared_administers_nothing_and_a_provisioned_one_is_invited() {
    let (world, ada) = World::with("EMS").await;
    declare(
        &world,
        with(agent("ada", 1, "EMS"), json!({"email": ada.email})),
    )
    .await;
    declare(
        &world,
        with(agent("zoe", 1, "EMS"), json!({"role": "administrator"})),
    )
    .await;
    world.empty_inbox();
    provision(&world, "zoe@ems.example.fr").await;
    let zoe = world.accept("zoe@ems.example.fr").await;
    let there = account(&world, "zoe").await.expect("an account");
    assert_eq!(zoe.id, there.id.to_string());
    world
        .get(&zoe.login, "/v1/entities/EMS/agents")
        .await
        .expect(200);
    all_taken(&world);
}
