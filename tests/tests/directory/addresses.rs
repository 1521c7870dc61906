//! Addresses that the portal declares: their own, another's, or free later.

use jiff::SignedDuration;
use serde_json::json;
use vigie_domain::account::{EmailStatus, Role};
use vigie_tests::{World, scenario::Person};

use crate::directory::{account, agent, all_taken, assert_whole, declare, listed, with};

/// An agent whom the portal invited, with their login.
async fn zoe(world: &World) -> Person {
    world.organisation("EMS").await;
    declare(world, with(agent("zoe", 1, "EMS"), json!({"invite": true}))).await;
    let zoe = world.accept("zoe@ems.example.fr").await;
    world.empty_inbox();
    zoe
}

async fn says(world: &World, revision: u64, email: &str) {
    let detail = with(agent("zoe", revision, "EMS"), json!({"email": email}));
    declare(world, detail).await;
}

async fn confirm(world: &World, address: &str) {
    let mails = world.mails_to(address);
    let token = mails.last().expect("a mail").token();
    world.confirm(&token).await.expect(200);
    world.settle().await;
}

/// Changes an owner's address.
async fn change(world: &World, person: &Person, address: &str) {
    let body = json!({"email": address});
    person.patch_contact(world, body).await.expect(202);
    world.settle().await;
    confirm(world, address).await;
}

#[tokio::test]
async fn another_address_than_the_confirmed_one_waits_for_its_reader_once_for_each_change() {
    let world = World::new().await;
    let zoe = zoe(&world).await;
    for revision in 2..4 {
        says(&world, revision, "petit@ems.example.fr").await;
    }
    assert_eq!(world.mails_to("petit@ems.example.fr").len(), 1);
    let before = account(&world, "zoe").await.expect("an account");
    assert_eq!(before.contact.email.unwrap().as_str(), zoe.email);
    assert!(before.pending_email.expect("one that waits").by_portal);
    confirm(&world, "petit@ems.example.fr").await;
    let after = account(&world, "zoe").await.expect("an account");
    assert_eq!(
        after.contact.email.unwrap().as_str(),
        "petit@ems.example.fr"
    );
    assert_eq!(after.email_status, EmailStatus::Confirmed);
    // What its owner chose since is not undone by the same word.
    change(&world, &zoe, "own@ems.example.fr").await;
    world.empty_inbox();
    says(&world, 4, "petit@ems.example.fr").await;
    assert!(world.mails().is_empty());
    // By another word they are asked again, and the word is taken back.
    says(&world, 5, "grand@ems.example.fr").await;
    assert_eq!(world.mails_to("grand@ems.example.fr").len(), 1);
    says(&world, 6, "own@ems.example.fr").await;
    let last = account(&world, "zoe").await.expect("an account");
    assert_eq!(
        (last.pending_email, last.mail_quota.clone()),
        (None, last.mail_quota)
    );
    assert_whole(&world).await;
    all_taken(&world);
}

#[tokio::test]
async fn what_the_portal_asks_for_is_none_of_its_owner_s_five() {
    let world = World::new().await;
    let zoe = zoe(&world).await;
    for n in 0..6 {
        says(&world, 2 + n, &format!("z{n}@ems.example.fr")).await;
    }
    assert_eq!(world.mails_to("z5@ems.example.fr").len(), 1);
    let own = json!({"email": "own@ems.example.fr"});
    zoe.patch_contact(&world, own).await.expect(202);
    all_taken(&world);
}

#[tokio::test]
async fn what_the_portal_asks_for_keeps_to_a_pace_and_goes_by_itself() {
    let world = World::new().await;
    zoe(&world).await;
    // Each asks the new address and tells the old one.
    for n in 0..51 {
        says(&world, 2 + n, &format!("z{n}@ems.example.fr")).await;
    }
    assert_eq!(world.mails_to("z49@ems.example.fr").len(), 1);
    assert!(world.mails_to("z50@ems.example.fr").is_empty());
    world.pass(SignedDuration::from_secs(60));
    world.sweep().await;
    assert_eq!(world.mails_to("z50@ems.example.fr").len(), 1);
    confirm(&world, "z50@ems.example.fr").await;
    let after = account(&world, "zoe").await.expect("an account");
    assert_eq!(after.contact.email.unwrap().as_str(), "z50@ems.example.fr");
    all_taken(&world);
}

#[tokio::test]
async fn an_address_that_nobody_confirmed_is_replaced() {
    let world = World::new().await;
    world.organisation("EMS").await;
    declare(
        &world,
        with(agent("zoe", 1, "EMS"), json!({"invite": true})),
    )
    .await;
    says(&world, 2, "petit@ems.example.fr").await;
    let there = account(&world, "zoe").await.expect("an account");
    assert_eq!(
        (there.contact.email.unwrap().as_str(), there.pending_email),
        ("petit@ems.example.fr", None)
    );
    // Whoever was invited there is invited here, and the first link opens nothing.
    let first = world.last_mail("zoe@ems.example.fr").token();
    let login = vigie_tests::Login::new("login-of-a-stranger");
    world
        .post(&login, "/v1/invitations", json!({"token": first}))
        .await
        .expect(404);
    world.accept("petit@ems.example.fr").await;
    assert_whole(&world).await;
    all_taken(&world);
}

#[tokio::test]
async fn an_account_of_the_organisation_whose_address_it_is_becomes_the_agent() {
    for accepted in [true, false] {
        let (world, ada) = World::with("EMS").await;
        world.entity(&ada, "EMS-DSI", "EMS").await;
        let email = "bruno@agents.example.fr";
        let id = if accepted {
            world.agent(&ada, "EMS-DSI", "Bruno").await.id
        } else {
            let id = world.invite(&ada, "EMS-DSI", "Bruno").await;
            world.settle().await;
            id
        };
        world.empty_inbox();
        let said = json!({"email": email, "role": "administrator", "lastName": "Grand"});
        declare(&world, with(agent("bruno", 1, "EMS"), said.clone())).await;
        let there = account(&world, "bruno").await.expect("an account");
        assert_eq!(
            (there.id.as_str(), there.role, there.entity_id.as_str()),
            (id.as_str(), Role::Administrator, "EMS")
        );
        assert_eq!(there.contact.last_name.as_str(), "Grand");
        assert_eq!(there.accepted_invitation.is_some(), accepted);
        assert_eq!(there.invitation.is_some(), !accepted, "it still works");
        // Their owner is told, once.
        let told = world.mails_to(email);
        assert_eq!(told.len(), usize::from(accepted));
        if accepted {
            assert!(told[0].text.contains("Le portail de votre organisme"));
            assert!(told[0].text.contains("tient désormais"));
        }
        let audit = world
            .get(&ada.login, "/v1/entities/EMS/audit")
            .await
            .expect(200);
        let deeds = audit.json["items"].as_array().unwrap();
        let changed = deeds
            .iter()
            .find(|deed| deed["what"] == "agentChanged" && deed["targetAccountId"] == json!(id));
        let changed = changed.expect("an entry");
        assert_eq!(changed["changes"][0]["field"], "declared");
        // No other agent has it.
        declare(&world, with(agent("other", 1, "EMS"), said)).await;
        let other = account(&world, "other").await.expect("an account");
        assert_ne!(other.id.as_str(), id);
        assert!(other.address_unavailable);
        assert_whole(&world).await;
        all_taken(&world);
    }
}

#[tokio::test]
async fn an_address_of_somebody_else_comes_to_the_agent_once_it_is_free() {
    for erases in [false, true] {
        let (world, ada) = World::with("EMS").await;
        let chief = world.organisation("LYON").await;
        let holder = world.agent(&chief, "LYON", "Holder").await;
        world.empty_inbox();
        let said = json!({"email": holder.email, "invite": true});
        for id in ["zoe", "second"] {
            declare(&world, with(agent(id, 1, "EMS"), said.clone())).await;
        }
        let there = account(&world, "zoe").await.expect("an account");
        assert_eq!(
            (there.email_status, there.address_unavailable),
            (EmailStatus::None, true)
        );
        let shown = listed(&world, &ada, "EMS").await;
        let shown = shown.iter().find(|it| it["externalId"] == "zoe").unwrap();
        assert_eq!(shown["addressUnavailable"], true);
        assert!(world.mails().is_empty(), "nobody learns of it");
        if erases {
            let path = holder.path("");
            world.delete(&holder.login, &path).await.expect(204);
            world.settle().await;
        } else {
            change(&world, &holder, "elsewhere@lyon.example.fr").await;
        }
        let [zoe, second] = [
            account(&world, "zoe").await.expect("an account"),
            account(&world, "second").await.expect("an account"),
        ];
        let has: Vec<_> = [&zoe, &second]
            .into_iter()
            .filter(|it| it.contact.email.is_some() && !it.address_unavailable)
            .collect();
        assert_eq!(has.len(), 1, "one of two");
        let invited = world.mails_to(&holder.email);
        let invited = invited
            .iter()
            .filter(|it| it.subject.contains("Invitation"));
        assert_eq!(invited.count(), 1);
        assert_whole(&world).await;
        all_taken(&world);
    }
}

#[tokio::test]
async fn an_invitation_of_another_organisation_yields_on_the_agent_s_own_domain_alone() {
    let world = World::new().await;
    world.organisation("EMS").await;
    let chief = world.organisation("LYON").await;
    for (email, yields) in [("squat@ems.example.fr", true), ("squat@example.fr", false)] {
        let contact = json!({"firstName": "S", "lastName": "Q", "email": email});
        let body = json!({"contact": contact, "role": "agent"});
        let made = world
            .post(&chief.login, "/v1/entities/LYON/agents", body)
            .await
            .expect(201);
        world.settle().await;
        let id = if yields { "a" } else { "b" };
        declare(&world, with(agent(id, 1, "EMS"), json!({"email": email}))).await;
        let there = account(&world, id).await.expect("an account");
        assert_eq!(there.contact.email.is_some(), yields, "{email}");
        assert_eq!(there.address_unavailable, !yields, "{email}");
        let of_lyon = listed(&world, &chief, "LYON").await;
        let stays = of_lyon.iter().any(|agent| agent["id"] == made.json["id"]);
        assert_eq!(stays, !yields, "{email}");
        assert_whole(&world).await;
    }
    all_taken(&world);
}

#[tokio::test]
async fn whoever_reads_a_declared_address_has_it_and_the_agent_gets_it_back_once_it_is_free() {
    let world = World::new().await;
    world.organisation("EMS").await;
    let chief = world.organisation("LYON").await;
    let reader = world.agent(&chief, "LYON", "Reader").await;
    declare(
        &world,
        with(agent("zoe", 1, "EMS"), json!({"invite": true})),
    )
    .await;
    change(&world, &reader, "zoe@ems.example.fr").await;
    let there = account(&world, "zoe").await.expect("an account");
    assert_eq!(
        (
            there.contact.email,
            there.address_unavailable,
            there.invitation
        ),
        (None, true, None)
    );
    assert_whole(&world).await;
    change(&world, &reader, "reader@lyon.example.fr").await;
    let there = account(&world, "zoe").await.expect("an account");
    let email = there.contact.email.expect("an address");
    assert_eq!(email.as_str(), "zoe@ems.example.fr");
    assert_whole(&world).await;
    all_taken(&world);
}
