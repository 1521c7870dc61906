//! Recipients are judged when the mail is sent.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use vigie_aws::Consumer;
use vigie_domain::delivery::DeliveryState;
use vigie_tests::{
    scenario::{Person, saved, tender},
    world::sqs,
};

use crate::facts::{addresses, agents, organisation, wants};

#[tokio::test]
async fn recipients_are_judged_when_the_mail_is_sent() {
    let (world, ada) = organisation().await;
    world.entity(&ada, "EMS-EAU", "EMS").await;
    let author = world.agent(&ada, "EMS-DSI", "Author").await;
    world.wants_everything(&author).await;
    let names = [
        "Stays",
        "Unstars",
        "Kind-off",
        "Uninvited",
        "Deactivated",
        "Addressless",
        "Unconfirmed",
        "Undeliverable",
    ];
    let [
        stays,
        unstars,
        kind_off,
        uninvited,
        deactivated,
        addressless,
        unconfirmed,
        undeliverable,
    ] = agents(&world, &ada, names).await;
    let [own, moved] = agents(&world, &ada, ["Own", "Moved"]).await;
    let dependent = world.agent(&ada, "EMS", "Dependent").await;
    let [transverse, unlinked] = [
        world.agent(&ada, "EMS-EAU", "Transverse").await,
        world.agent(&ada, "EMS-EAU", "Unlinked").await,
    ];
    for (person, entity, right) in [
        (&own, "EMS-DSI", "own"),
        (&moved, "EMS-DSI", "own"),
        (&dependent, "EMS", "dependent"),
        (&transverse, "EMS-EAU", "transverse"),
        (&unlinked, "EMS-EAU", "transverse"),
    ] {
        world.wants_everything(person).await;
        let mut rights = json!({"own": false, "dependent": false, "transverse": false});
        rights[right] = json!(true);
        world.rights(&ada, entity, &person.id, rights).await;
    }
    world.link(&ada, "EMS-EAU", "EMS-DSI").await;
    let guests = [
        &stays,
        &unstars,
        &kind_off,
        &uninvited,
        &deactivated,
        &addressless,
        &unconfirmed,
        &undeliverable,
    ];
    world.consultation("c-1", "EMS-DSI", &author, &guests).await;
    for person in
        guests
            .into_iter()
            .chain([&author, &own, &moved, &dependent, &transverse, &unlinked])
    {
        world.star(person, "c-1").await;
    }
    world.settle().await;
    world.empty_inbox();

    world.publish("TenderReceived", tender("c-1", "d-1"));
    let due = world.due().await;
    assert_eq!(due.len(), 1);
    assert_eq!(
        due[0]["detail"]["accountIds"].as_array().map(Vec::len),
        Some(14)
    );
    unstars.delete(&world, "/favourites/c-1").await.expect(204);
    wants(&world, &kind_off, "tenderReceived", "off", "immediate").await;
    let left: Vec<_> = guests
        .into_iter()
        .filter(|guest| guest.id != uninvited.id)
        .collect();
    let event = json!({"source": "procurement", "detail-type": "ConsultationSaved", "detail": saved("c-1", 2, "EMS-DSI", &author.id, "consultation", &left)});
    world
        .consultations
        .consume(sqs(&event, 1))
        .await
        .expect("a save");
    let administer = async |entity: &str, person: &Person, change: Value| {
        world
            .change(&ada, entity, &person.id, change)
            .await
            .expect(200);
    };
    administer("EMS-DSI", &deactivated, json!({"active": false})).await;
    let none = json!({"permanentGuest": {"own": false, "dependent": false, "transverse": false}});
    administer("EMS-DSI", &own, none.clone()).await;
    administer("EMS", &dependent, none.clone()).await;
    administer("EMS-EAU", &transverse, none).await;
    administer("EMS-DSI", &moved, json!({"entityId": "EMS-EAU"})).await;
    for (person, status) in [
        (&unconfirmed, "unconfirmed"),
        (&undeliverable, "undeliverable"),
    ] {
        world
            .set(
                &format!("ACCOUNT#{}", person.id),
                "ACCOUNT",
                "emailStatus",
                AttributeValue::S(status.to_owned()),
            )
            .await;
    }
    world.loses_address(&addressless).await;
    world
        .delete(&ada.login, "/v1/entities/EMS-EAU/transverse/EMS-DSI")
        .await
        .expect(204);
    world.resume(due).await;

    assert_eq!(world.mailed(), addresses([&author, &stays]));
    assert_eq!(world.events("AlertSent").len(), 2);
    assert!(world.events("AlertFailed").is_empty());
    for (person, reason) in [
        (&uninvited, "mayNotSeeIt"),
        (&own, "mayNotSeeIt"),
        (&moved, "mayNotSeeIt"),
        (&dependent, "mayNotSeeIt"),
        (&transverse, "mayNotSeeIt"),
        (&unlinked, "mayNotSeeIt"),
        (&deactivated, "inactive"),
        (&addressless, "noAddress"),
        (&unconfirmed, "addressUnconfirmed"),
        (&undeliverable, "addressUndeliverable"),
    ] {
        let delivery = world
            .delivery(&person.id, "c-1", "tenderReceived", "d-1")
            .await;
        let delivery = delivery.unwrap_or_else(|| panic!("no record of {}", person.email));
        assert_eq!(
            (delivery.state, delivery.reason.as_deref()),
            (DeliveryState::Skipped, Some(reason)),
            "{}",
            person.email
        );
    }
    for person in [&unstars, &kind_off] {
        assert!(
            world
                .delivery(&person.id, "c-1", "tenderReceived", "d-1")
                .await
                .is_none(),
            "{}",
            person.email
        );
    }
    for person in [&author, &stays] {
        let delivery = world
            .delivery(&person.id, "c-1", "tenderReceived", "d-1")
            .await
            .expect("a record");
        assert_eq!(delivery.state, DeliveryState::Sent);
        assert!(delivery.message_id.is_some());
    }
}

#[tokio::test]
async fn permanent_guests_are_mailed_for_their_scope_and_told_why() {
    let (world, ada) = organisation().await;
    world.entity(&ada, "EMS-DSI-RES", "EMS-DSI").await;
    world.entity(&ada, "EMS-EAU", "EMS").await;
    let author = world.agent(&ada, "EMS-DSI-RES", "Author").await;
    let nothing = json!({"own": false, "dependent": false, "transverse": false});
    let all = json!({"own": true, "dependent": true, "transverse": true});
    let mut told = Vec::new();
    for (name, entity, rights, why) in [
        (
            "Own",
            "EMS-DSI-RES",
            json!({"own": true, "dependent": false, "transverse": false}),
            Some("de votre entité"),
        ),
        (
            "Parent",
            "EMS-DSI",
            json!({"own": false, "dependent": true, "transverse": false}),
            Some("qui dépendent de la vôtre"),
        ),
        (
            "Root",
            "EMS",
            json!({"own": false, "dependent": true, "transverse": false}),
            Some("qui dépendent de la vôtre"),
        ),
        (
            "Linked",
            "EMS-EAU",
            json!({"own": false, "dependent": false, "transverse": true}),
            Some("associées transversalement à la vôtre"),
        ),
        (
            "Own-of-parent",
            "EMS-DSI",
            json!({"own": true, "dependent": false, "transverse": true}),
            None,
        ),
        (
            "Dependent-of-same",
            "EMS-DSI-RES",
            json!({"own": false, "dependent": true, "transverse": true}),
            None,
        ),
        (
            "Sibling",
            "EMS-EAU",
            json!({"own": true, "dependent": true, "transverse": false}),
            None,
        ),
        ("Nobody", "EMS-DSI-RES", nothing, None),
    ] {
        let agent = world.agent(&ada, entity, name).await;
        world.wants_everything(&agent).await;
        // With every right, so that the star is given; what counts is the right when the mail is
        // sent.
        world.rights(&ada, entity, &agent.id, all.clone()).await;
        told.push((agent, entity, rights, why));
    }
    world.link(&ada, "EMS-EAU", "EMS-DSI-RES").await;
    let guests: Vec<_> = told.iter().map(|(agent, ..)| agent).collect();
    world
        .consultation("c-1", "EMS-DSI-RES", &author, &guests)
        .await;
    for (agent, entity, rights, _) in &told {
        world.star(agent, "c-1").await;
        world.rights(&ada, entity, &agent.id, rights.clone()).await;
    }
    world
        .save("c-1", 2, "EMS-DSI-RES", &author.id, "consultation", &[])
        .await;
    world.empty_inbox();

    world.send("TenderReceived", tender("c-1", "d-1")).await;

    assert_eq!(
        world.mailed(),
        addresses(
            told.iter()
                .filter(|(.., why)| why.is_some())
                .map(|(agent, ..)| agent)
        )
    );
    for (agent, _, _, why) in &told {
        let Some(why) = why else { continue };
        assert!(
            world.mails_to(&agent.email)[0].text.contains(why),
            "{}",
            agent.email
        );
    }
}

#[tokio::test]
async fn the_way_to_the_root_in_an_alert_is_only_a_hint() {
    let (world, ada) = organisation().await;
    world.entity(&ada, "EMS-EAU", "EMS").await;
    world.entity(&ada, "EMS-EAU-SUD", "EMS-EAU").await;
    let author = world.agent(&ada, "EMS-DSI", "Author").await;
    let [root, water] = [
        world.agent(&ada, "EMS", "Root").await,
        world.agent(&ada, "EMS-EAU", "Water").await,
    ];
    world.consultation("c-1", "EMS-EAU-SUD", &author, &[]).await;
    for (person, entity) in [(&root, "EMS"), (&water, "EMS-EAU")] {
        world.wants_everything(person).await;
        world
            .rights(
                &ada,
                entity,
                &person.id,
                json!({"own": false, "dependent": true, "transverse": false}),
            )
            .await;
        world.star(person, "c-1").await;
    }
    world.settle().await;
    let all = ["EMS-EAU-SUD", "EMS-EAU", "EMS"];
    for (i, hint) in [
        &[][..],
        &all[..1],
        &all[1..2],
        &["EMS-DSI", "EMS"],
        &["NOWHERE"],
        &all,
    ]
    .into_iter()
    .enumerate()
    {
        world.empty_inbox();
        world.publish("TenderReceived", tender("c-1", &format!("d-{i}")));
        let mut due = world.due().await;
        due[0]["detail"]["entityPath"] = json!(hint);
        world.resume(due).await;
        assert_eq!(world.mailed(), addresses([&root, &water]), "{hint:?}");
    }

    world.empty_inbox();
    world.publish("TenderReceived", tender("c-1", "d-9"));
    let due = world.due().await;
    world
        .put(
            &ada.login,
            "/v1/entities/EMS-EAU-SUD",
            json!({"name": "Sud", "parentId": "EMS-DSI"}),
        )
        .await
        .expect(200);
    world.resume(due).await;
    assert_eq!(world.mailed(), addresses([&root]), "it moved meanwhile");
}
