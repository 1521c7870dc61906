//! Agents that the portal saves, in any order.

use serde_json::{Value, json};
use vigie_domain::account::{EmailStatus, Role};
use vigie_tests::World;

use crate::directory::{
    account, agent, all_taken, assert_whole, declare, entity, listed, removed, save, with,
};

#[tokio::test]
async fn an_agent_whom_the_portal_saves_has_an_account_and_nobody_is_mailed() {
    let (world, ada) = World::with("EMS").await;
    world.empty_inbox();
    declare(&world, agent("agt-17", 1, "EMS")).await;
    let zoe = account(&world, "agt-17").await.expect("an account");
    assert_eq!(
        (
            zoe.role,
            zoe.active,
            zoe.entity_id.as_str(),
            zoe.email_status
        ),
        (Role::Agent, true, "EMS", EmailStatus::Unconfirmed)
    );
    assert!(zoe.permanent_guest.own && zoe.invitation.is_none());
    let shown = listed(&world, &ada, "EMS").await;
    let shown = shown.iter().find(|shown| shown["id"] == json!(zoe.id));
    let shown = shown.expect("in the list");
    assert_eq!(
        [
            &shown["externalId"],
            &shown["declared"],
            &shown["addressUnavailable"],
            &shown["contact"]["email"],
            &shown["contact"]["jobTitle"],
        ],
        [
            &json!("agt-17"),
            &json!(true),
            &json!(false),
            &json!("agt-17@ems.example.fr"),
            &json!("Acheteuse")
        ]
    );
    let own = listed(&world, &ada, "EMS").await;
    let own = own.iter().find(|shown| shown["id"] == json!(ada.id));
    let own = own.expect("in the list");
    assert_eq!(
        (&own["externalId"], &own["declared"]),
        (&Value::Null, &json!(false))
    );
    assert!(world.mails().is_empty());
    let audit = world
        .get(&ada.login, "/v1/entities/EMS/audit")
        .await
        .expect(200);
    let deeds = audit.json["items"].as_array().unwrap();
    let deed = deeds.iter().find(|deed| deed["what"] == "agentDeclared");
    let deed = deed.expect("an entry");
    assert_eq!(
        (&deed["actorAccountId"], &deed["targetAccountId"]),
        (&Value::Null, &json!(zoe.id))
    );
    // Nobody is erased for not having been invited.
    world.pass(jiff::SignedDuration::from_hours(24 * 60));
    world.sweep().await;
    assert!(account(&world, "agt-17").await.is_some());
    assert_whole(&world).await;
    all_taken(&world);
}

#[tokio::test]
async fn whoever_is_declared_by_another_name_is_found_by_it_alone() {
    let (world, ada) = World::with("EMS").await;
    let found = async |q: &str| {
        let path = format!("/v1/entities/EMS/agents?q={q}");
        let answer = world.get(&ada.login, &path).await.expect(200);
        answer.json["items"].as_array().map(Vec::len)
    };
    declare(&world, agent("agt-17", 1, "EMS")).await;
    assert_eq!(
        (found("zoe%20petit").await, found("grand").await),
        (Some(1), Some(0))
    );
    let renamed = json!({"lastName": "Grand", "email": "z.grand@ems.example.fr"});
    declare(&world, with(agent("agt-17", 2, "EMS"), renamed)).await;
    assert_eq!(
        (found("petit").await, found("gr").await),
        (Some(0), Some(1))
    );
    // Whose names the portal does not say is there all the same.
    let nobody = json!({"firstName": "", "lastName": null});
    declare(&world, with(agent("agt-18", 1, "EMS"), nobody)).await;
    assert!(account(&world, "agt-18").await.is_some());
    assert_whole(&world).await;
    all_taken(&world);
}

#[tokio::test]
async fn whoever_is_to_be_invited_is_once_for_each_revision_that_says_so() {
    let world = World::new().await;
    world.organisation("EMS").await;
    world.empty_inbox();
    let invited = |revision| with(agent("agt-17", revision, "EMS"), json!({"invite": true}));
    for _ in 0..2 {
        declare(&world, invited(1)).await;
    }
    let to = "agt-17@ems.example.fr";
    assert_eq!(world.mails_to(to).len(), 1);
    // While it works, another word changes nothing.
    declare(&world, invited(2)).await;
    assert_eq!(world.mails_to(to).len(), 1);
    // It lapses alone, and the same word again invites nobody.
    world.pass(jiff::SignedDuration::from_hours(24 * 31));
    world.sweep().await;
    let zoe = account(&world, "agt-17").await.expect("an account");
    assert_eq!((zoe.invitation, zoe.contact.email.is_some()), (None, true));
    declare(&world, invited(2)).await;
    assert_eq!(world.mails_to(to).len(), 1);
    declare(&world, invited(3)).await;
    assert_eq!(world.mails_to(to).len(), 2);
    let person = world.accept(to).await;
    assert_eq!(person.id, zoe.id.to_string());
    declare(&world, invited(4)).await;
    assert_eq!(world.mails_to(to).len(), 2);
    let zoe = account(&world, "agt-17").await.expect("an account");
    assert_eq!(zoe.email_status, EmailStatus::Confirmed);
    assert_whole(&world).await;
    all_taken(&world);
}

#[tokio::test]
async fn an_agent_before_their_entity_waits_and_comes_with_it() {
    let world = World::new().await;
    let invited = with(agent("agt-17", 1, "sig"), json!({"invite": true}));
    declare(&world, invited).await;
    declare(&world, agent("agt-18", 1, "sig")).await;
    save(&world, entity("sig", 1, "dsi")).await;
    let before = world.now();
    world.organisation("EMS").await;
    assert!(account(&world, "agt-17").await.is_none());
    save(&world, entity("dsi", 1, "EMS")).await;
    for id in ["agt-17", "agt-18"] {
        let agent = account(&world, id).await.expect("an account");
        assert_eq!(agent.entity_id.as_str(), "sig");
    }
    assert_eq!(world.mails_to("agt-17@ems.example.fr").len(), 1);
    // By no message that came back after its time-out.
    assert_eq!(world.now(), before);
    let items = world.table.items().await;
    let waiting = items
        .iter()
        .filter(|item| item["sk"].as_s().unwrap().starts_with("AWAITED#"));
    assert_eq!(waiting.count(), 0);
    all_taken(&world);
}

#[tokio::test]
async fn an_entity_that_goes_takes_no_agent_in_and_the_rest_of_the_word_is_done() {
    let (world, ada) = World::with("EMS").await;
    save(&world, entity("dsi", 1, "EMS")).await;
    declare(&world, agent("last", 1, "dsi")).await;
    world.send("EntityRemoved", removed("dsi", 2)).await;
    declare(&world, agent("agt-17", 1, "dsi")).await;
    assert!(account(&world, "agt-17").await.is_none());
    declare(&world, agent("agt-18", 1, "EMS")).await;
    let moved = with(agent("agt-18", 2, "dsi"), json!({"jobTitle": "Juriste"}));
    declare(&world, moved).await;
    let agent_18 = account(&world, "agt-18").await.expect("an account");
    assert_eq!(agent_18.entity_id.as_str(), "EMS");
    assert_eq!(agent_18.contact.job_title.unwrap().as_str(), "Juriste");
    // Declared again, it takes them in.
    save(&world, entity("dsi", 3, "EMS")).await;
    assert_eq!(listed(&world, &ada, "dsi").await.len(), 3);
    all_taken(&world);
}

/// All orders of these, each twice.
#[tokio::test]
async fn every_order_of_words_on_an_agent_ends_as_the_newest_says() {
    let words = [
        agent("agt-17", 1, "EMS"),
        with(
            agent("agt-17", 2, "dsi"),
            json!({"role": "administrator", "email": "other@ems.example.fr"}),
        ),
        with(
            agent("agt-17", 3, "EMS"),
            json!({"active": false, "lastName": "Grand", "permanentGuest": {"transverse": true}}),
        ),
    ];
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let world = World::new().await;
        world.organisation("EMS").await;
        save(&world, entity("dsi", 1, "EMS")).await;
        for at in order.into_iter().chain(order) {
            declare(&world, words[at].clone()).await;
        }
        let zoe = account(&world, "agt-17").await.expect("an account");
        let email = zoe.contact.email.as_ref().expect("an address");
        assert_eq!(
            (
                zoe.role,
                zoe.active,
                zoe.entity_id.as_str(),
                email.as_str(),
                zoe.contact.last_name.as_str(),
                zoe.permanent_guest.transverse,
                zoe.permanent_guest.own
            ),
            (
                Role::Agent,
                false,
                "EMS",
                "agt-17@ems.example.fr",
                "Grand",
                true,
                false
            ),
            "{order:?}"
        );
        assert_whole(&world).await;
        all_taken(&world);
    }
}

#[tokio::test]
async fn an_agent_of_another_organisation_s_entity_is_rejected_with_that_reason() {
    let world = World::new().await;
    world.organisation("EMS").await;
    let zoe = world.organisation("LYON").await;
    world.entity(&zoe, "LYON-DSI", "LYON").await;
    world.settle().await;
    save(
        &world,
        json!({"organisationId": "LYON", "entityId": "later", "revision": 1, "parentId": "nowhere"}),
    )
    .await;
    for (detail, reason) in [
        (agent("a", 1, "LYON-DSI"), "organisation-differs: "),
        (agent("a", 1, "LYON-NEW"), "entity-overlaps: "),
        (agent("a", 1, "later"), "organisation-differs: "),
        (
            with(agent("a", 1, "LYON"), json!({"organisationId": "LYON-DSI"})),
            "organisation-unknown: ",
        ),
    ] {
        declare(&world, detail).await;
        let rejected = world.rejections();
        let last = rejected.last().expect("a rejection");
        assert!(last.contains(reason), "{last}");
        assert!(account(&world, "a").await.is_none());
    }
    assert_eq!(world.rejections().len(), 4);
}

#[tokio::test]
async fn one_id_is_two_agents_in_two_organisations_and_one_in_one() {
    let world = World::new().await;
    world.organisation("EMS").await;
    let zoe = world.organisation("LYON").await;
    declare(&world, agent("agt-17", 1, "EMS")).await;
    let there = json!({"organisationId": "LYON", "email": "z@lyon.example.fr"});
    declare(&world, with(agent("agt-17", 1, "LYON"), there)).await;
    let of_lyon = listed(&world, &zoe, "LYON").await;
    assert_eq!(of_lyon.len(), 2);
    let id = account(&world, "agt-17").await.expect("an account").id;
    assert!(of_lyon.iter().all(|agent| agent["id"] != json!(id)));
    all_taken(&world);
}

#[tokio::test]
async fn an_agent_without_an_address_that_can_be_read_has_an_account_all_the_same() {
    let world = World::new().await;
    world.organisation("EMS").await;
    for (id, email) in [
        ("a", Value::Null),
        ("b", json!("no address")),
        ("c", json!(17)),
        ("d", json!("")),
    ] {
        let detail = with(agent(id, 1, "EMS"), json!({"email": email, "invite": true}));
        declare(&world, detail).await;
        let there = account(&world, id).await.expect("an account");
        assert_eq!(
            (there.email_status, there.address_unavailable),
            (EmailStatus::None, false)
        );
        assert!(there.invitation.is_none());
    }
    // Invited by the same word's newer revision, once there is one.
    world.empty_inbox();
    declare(&world, with(agent("a", 2, "EMS"), json!({"invite": true}))).await;
    assert_eq!(world.mails_to("a@ems.example.fr").len(), 1);
    assert_whole(&world).await;
    all_taken(&world);
}

#[tokio::test]
async fn no_key_log_or_audit_holds_an_agent_s_id() {
    let world = World::new().await;
    world.organisation("EMS").await;
    declare(&world, agent("zoe.petit@portail.fr", 1, "sig")).await;
    save(&world, entity("sig", 1, "EMS")).await;
    let items = world.table.items().await;
    for item in &items {
        let key = format!("{:?}{:?}", item["pk"], item["sk"]);
        assert!(!key.contains("zoe.petit"), "{key}");
        if item["sk"].as_s().unwrap().starts_with("AUDIT#") {
            assert!(!format!("{item:?}").contains("zoe.petit"));
        }
    }
    let published: Vec<_> = world.published();
    assert!(!format!("{published:?}").contains("zoe.petit"));
}
