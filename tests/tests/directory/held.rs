//! The parts of a declared agent that are the portal's, and those that are their own.

use serde_json::json;
use vigie_tests::World;

use crate::directory::{account, agent, all_taken, declare, entity, save, with};

#[tokio::test]
async fn administrators_change_nothing_of_what_the_portal_says_of_an_agent() {
    let (world, ada) = World::with("EMS").await;
    save(&world, entity("dsi", 1, "EMS")).await;
    declare(&world, agent("agt-17", 1, "EMS")).await;
    let before = account(&world, "agt-17").await.expect("an account");
    let path = format!("/v1/entities/EMS/agents/{}", before.id);
    for patch in [
        json!({"role": "administrator"}),
        json!({"active": false}),
        json!({"permanentGuest": {"dependent": true}}),
        json!({"entityId": "dsi"}),
    ] {
        world
            .patch(&ada.login, &path, patch)
            .await
            .refused(409, "declared");
    }
    // What is so already is no change.
    for patch in [json!({}), json!({"role": "agent", "active": true})] {
        world.patch(&ada.login, &path, patch).await.expect(200);
    }
    world
        .delete(&ada.login, &path)
        .await
        .refused(409, "declared");
    assert_eq!(account(&world, "agt-17").await, Some(before));
    // An invitation is theirs to send.
    let invitation = format!("{path}/invitation");
    world
        .post(&ada.login, &invitation, json!({}))
        .await
        .expect(202);
    world.settle().await;
    assert_eq!(world.mails_to("agt-17@ems.example.fr").len(), 1);
    all_taken(&world);
}

#[tokio::test]
async fn contact_details_are_the_portal_s_field_by_field_until_their_owner_changes_them() {
    let world = World::new().await;
    world.organisation("EMS").await;
    declare(
        &world,
        with(agent("zoe", 1, "EMS"), json!({"invite": true})),
    )
    .await;
    let zoe = world.accept("zoe@ems.example.fr").await;
    let own = json!({"phone": "03 88 11 22 33", "lastName": "Grand", "jobTitle": "Acheteuse"});
    zoe.patch_contact(&world, own).await.expect(200);
    let other = json!({"phone": "03 88 60 98 76", "lastName": "Petite", "firstName": "Zoë", "jobTitle": "Juriste", "civility": null});
    declare(&world, with(agent("zoe", 2, "EMS"), other)).await;
    let contact = account(&world, "zoe").await.expect("an account").contact;
    assert_eq!(
        (
            contact.first_name.as_str(),
            contact.last_name.as_str(),
            contact.job_title.as_ref().map(|title| title.as_str()),
            contact.civility.as_ref()
        ),
        ("Zoë", "Grand", Some("Juriste"), None)
    );
    assert_eq!(contact.phone.unwrap().to_string(), "+33388112233");
    all_taken(&world);
}
