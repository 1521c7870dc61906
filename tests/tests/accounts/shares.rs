//! Each kind of origin has a share of its own in a mailbox, so that nobody spends what is
//! another's, and what is held back goes by itself.

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_tests::{World, scenario::Person};

use super::{
    CONFIRMATION, INVITATION, ask, bruno, confirm, read,
    strangers::{VICTIM, create, listed, withdraw},
};

/// Five agents of another organisation.
async fn strangers(world: &World) -> Vec<Person> {
    let zoe = world.organisation("LYON").await;
    let mut crowd = Vec::new();
    for i in 0..5 {
        crowd.push(world.agent(&zoe, "LYON", &format!("Inconnu{i}")).await);
    }
    crowd
}

/// Each of them asks for an address, and none can any more in this hour.
async fn spend(world: &World, crowd: &[Person], address: &str) {
    for asker in crowd {
        ask(world, asker, address).await;
    }
    assert_eq!(world.mails_to(address).len(), 5);
    crowd[0]
        .post(world, "/contact/pending-email/resend", json!({}))
        .await
        .expect(202);
    world.settle().await;
    assert_eq!(world.mails_to(address).len(), 5);
    world.empty_inbox();
}

#[tokio::test]
async fn what_agents_ask_for_withholds_no_invitation_by_an_organisation() {
    let (world, ada, _) = bruno().await;
    let crowd = strangers(&world).await;
    spend(&world, &crowd, VICTIM).await;
    let agent = create(&world, &ada, "EMS", VICTIM).await;
    assert_eq!(world.subjects_to(VICTIM), [INVITATION]);
    assert_eq!(
        listed(&world, &ada, &agent["id"])
            .await
            .get("invitationHeldBackUntil"),
        None
    );
    world.accept(VICTIM).await;
}

#[tokio::test]
async fn what_agents_and_organisations_ask_for_withholds_no_new_customer() {
    let (world, ada, _) = bruno().await;
    let crowd = strangers(&world).await;
    let address = "admin@colmar.example.fr";
    for _ in 0..6 {
        let agent = create(&world, &ada, "EMS", address).await;
        withdraw(&world, &ada, "EMS", &agent["id"]).await;
    }
    world.empty_inbox();
    spend(&world, &crowd, address).await;
    world.organisation("COLMAR").await;
}

#[tokio::test]
async fn what_others_ask_for_withholds_no_confirmation_by_which_an_address_comes_back() {
    let (world, _, bruno) = bruno().await;
    let crowd = strangers(&world).await;
    ask(&world, &bruno, "bruno@ailleurs.example.fr").await;
    world.pass(SignedDuration::from_mins(1));
    world
        .ses_says(&world.last_mail(&bruno.email), "bounced-permanent")
        .await;
    assert_eq!(read(&world, &bruno).await["emailStatus"], "undeliverable");
    world.empty_inbox();
    spend(&world, &crowd, &bruno.email).await;
    ask(&world, &bruno, &bruno.email).await;
    assert_eq!(world.subjects_to(&bruno.email), [CONFIRMATION]);
    confirm(&world, &world.last_mail(&bruno.email).token())
        .await
        .expect(200);
    assert_eq!(read(&world, &bruno).await["emailStatus"], "confirmed");
}

#[tokio::test]
async fn what_one_organisation_asks_for_withholds_no_invitation_by_another() {
    let (world, ada, _) = bruno().await;
    let zoe = world.organisation("LYON").await;
    // An address on the domain of neither, and one on the other's own.
    for address in [VICTIM, "nouvelle@lyon.example.fr"] {
        for _ in 0..7 {
            let agent = create(&world, &ada, "EMS", address).await;
            withdraw(&world, &ada, "EMS", &agent["id"]).await;
        }
        assert_eq!(world.mails_to(address).len(), 5);
        let agent = create(&world, &zoe, "LYON", address).await;
        assert_eq!(world.mails_to(address).len(), 6, "{address}");
        withdraw(&world, &zoe, "LYON", &agent["id"]).await;
        create(&world, &zoe, "LYON", address).await;
    }
    // The second waits as everybody's, but where the domain is its own.
    assert_eq!(world.mails_to(VICTIM).len(), 6);
    assert_eq!(world.mails_to("nouvelle@lyon.example.fr").len(), 7);
}

#[tokio::test]
async fn a_tag_makes_no_other_mailbox() {
    let (world, ada, bruno) = bruno().await;
    let chloe = world.agent(&ada, "EMS", "Chloe").await;
    world.empty_inbox();
    for i in 0..4 {
        ask(
            &world,
            if i % 2 == 0 { &bruno } else { &chloe },
            &format!("victime+{i}@ailleurs.example.fr"),
        )
        .await;
    }
    ask(&world, &bruno, VICTIM).await;
    ask(&world, &chloe, "Victime+Autre@Ailleurs.example.fr").await;
    assert_eq!(
        world
            .mails()
            .iter()
            .filter(|mail| mail.to.starts_with("victime"))
            .count(),
        5
    );
}

#[tokio::test]
async fn a_confirmation_that_was_held_back_goes_by_itself_once_and_works() {
    let (world, _, bruno) = bruno().await;
    let crowd = strangers(&world).await;
    spend(&world, &crowd, VICTIM).await;
    ask(&world, &bruno, VICTIM).await;
    assert_eq!(world.mails_to(VICTIM).len(), 0);
    world.pass(SignedDuration::from_mins(59));
    world.sweep().await;
    assert_eq!(world.mails_to(VICTIM).len(), 0);
    world.pass(SignedDuration::from_mins(1));
    // That of the first stranger, who pressed again, is held too.
    for _ in 0..3 {
        world.sweep().await;
    }
    let mut mails = world.mails_to(VICTIM);
    assert_eq!(mails.len(), 2);
    mails.retain(|mail| mail.text.contains(&bruno.id));
    assert_eq!(mails.len(), 1);
    confirm(&world, &mails[0].token()).await.expect(200);
    assert_eq!(read(&world, &bruno).await["contact"]["email"], VICTIM);
}

#[tokio::test]
async fn what_was_withdrawn_superseded_or_is_too_old_is_not_sent_once_it_may() {
    let (world, ada, bruno) = bruno().await;
    let crowd = strangers(&world).await;
    let [chloe, dora] = [
        world.agent(&ada, "EMS", "Chloe").await,
        world.agent(&ada, "EMS", "Dora").await,
    ];
    spend(&world, &crowd, VICTIM).await;
    crowd[0]
        .delete(&world, "/contact/pending-email")
        .await
        .expect(204);
    ask(&world, &bruno, VICTIM).await;
    bruno
        .delete(&world, "/contact/pending-email")
        .await
        .expect(204);
    ask(&world, &chloe, VICTIM).await;
    ask(&world, &chloe, "chloe.ailleurs@example.fr").await;
    for _ in 0..2 {
        ask(&world, &dora, VICTIM).await;
    }
    world.pass(SignedDuration::from_hours(1));
    world.sweep().await;
    // The last one of Dora's alone.
    assert_eq!(world.mails_to(VICTIM).len(), 1);
    // A clock that does not strike for a week.
    for asker in &crowd {
        ask(&world, asker, VICTIM).await;
    }
    ask(&world, &bruno, VICTIM).await;
    world.empty_inbox();
    world.pass(SignedDuration::from_hours(7 * 24));
    world.sweep().await;
    assert_eq!(world.mails_to(VICTIM).len(), 0);
    let open = world
        .table
        .items()
        .await
        .into_iter()
        .filter(|item| item["sk"].as_s().is_ok_and(|sk| sk.contains("#mail#")));
    assert_eq!(open.count(), 0);
}

#[tokio::test]
async fn an_invitation_that_was_held_back_goes_by_itself_and_says_so_no_more() {
    let (world, ada, _) = bruno().await;
    for _ in 0..5 {
        let agent = create(&world, &ada, "EMS", VICTIM).await;
        withdraw(&world, &ada, "EMS", &agent["id"]).await;
    }
    let agent = create(&world, &ada, "EMS", VICTIM).await;
    assert_eq!(world.mails_to(VICTIM).len(), 5);
    assert!(listed(&world, &ada, &agent["id"]).await["invitationHeldBackUntil"].is_string());
    world.pass(SignedDuration::from_hours(1));
    world.sweep().await;
    assert_eq!(world.mails_to(VICTIM).len(), 6);
    assert_eq!(
        listed(&world, &ada, &agent["id"])
            .await
            .get("invitationHeldBackUntil"),
        None
    );
    world.accept(VICTIM).await;
    world.sweep().await;
    assert_eq!(world.mails_to(VICTIM).len(), 6);
}

/// Everything that somebody can read of their own.
async fn everything_of(world: &World, asker: &Person) -> Vec<Value> {
    let mut read = Vec::new();
    for path in [
        "",
        "/deliveries",
        "/links",
        "/export",
        "/missed",
        "/administrators",
    ] {
        read.push(asker.get(world, path).await.expect(200).json);
    }
    read.push(world.get(&asker.login, "/v1/me").await.expect(200).json);
    read
}

/// The same whatever address was asked for, in whatever order: ids, digests, addresses and SES's
/// names of mails are as long as each other.
fn blurred(value: &Value, asker: &Person) -> String {
    let listed = |mut parts: Vec<String>| {
        parts.sort();
        parts.join(",")
    };
    match value {
        Value::Object(fields) => listed(
            fields
                .iter()
                .map(|(name, value)| format!("{name}={{{}}}", blurred(value, asker)))
                .collect(),
        ),
        Value::Array(items) => listed(
            items
                .iter()
                .map(|item| format!("[{}]", blurred(item, asker)))
                .collect(),
        ),
        Value::String(text) if *text == asker.id => "self".to_owned(),
        Value::String(text)
            if text.starts_with("m-") || text.contains(['@', '+']) || text.len() >= 22 =>
        {
            "…".to_owned()
        }
        other => other.to_string(),
    }
}

/// A known address, an unknown one, and one that was invited and not accepted: who asks for each,
/// in every way and far beyond what is allowed, reads the same.
#[tokio::test]
async fn nothing_that_an_asker_can_read_tells_whether_an_address_is_known() {
    let mut seen: Vec<(Vec<u16>, Vec<String>, usize)> = Vec::new();
    for case in ["known", "unknown", "invited", "undeliverable", "colleague"] {
        let (world, ada, bruno) = bruno().await;
        let zoe = world.organisation("LYON").await;
        let second = world.agent(&ada, "EMS", "Complice").await;
        let address = "rosa@agents.example.fr";
        match case {
            "unknown" => {}
            "invited" => drop(world.invite(&zoe, "LYON", "Rosa").await),
            "colleague" => drop(world.agent(&ada, "EMS", "Rosa").await),
            _ => drop(world.agent(&zoe, "LYON", "Rosa").await),
        }
        world.settle().await;
        world.pass(SignedDuration::from_mins(1));
        if case == "undeliverable" {
            world
                .ses_says(&world.last_mail(address), "bounced-permanent")
                .await;
            assert_eq!(
                world.events("AccountMailDue").last().expect("a mail")["mail"],
                "undeliverable"
            );
        }
        world.empty_inbox();
        let (mut statuses, mut read) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            for asker in [&bruno, &second] {
                for _ in 0..4 {
                    let link = asker
                        .post(&world, "/links", json!({"email": address}))
                        .await;
                    statuses.push(link.status);
                }
                let change = asker.patch_contact(&world, json!({"email": address})).await;
                statuses.push(change.status);
                world.settle().await;
                read.extend(
                    everything_of(&world, asker)
                        .await
                        .iter()
                        .map(|value| blurred(value, asker)),
                );
            }
            // An hour in which what was held back goes, and what is asked for then is held back in
            // turn.
            world.pass(SignedDuration::from_hours(1));
            world.sweep().await;
        }
        let told = world.events("AlertSent").len()
            + world.events("AlertFailed").len()
            + world.events("AccountEmailChanged").len();
        seen.push((statuses, read, told));
    }
    let known = &seen[0];
    assert!(
        known.1.iter().any(|read| read.contains("tooManyMails")),
        "something was held back"
    );
    for other in &seen[1..] {
        assert_eq!((&other.0, other.2), (&known.0, known.2));
        for (other, known) in other.1.iter().zip(&known.1) {
            assert_eq!(other, known);
        }
    }
}

#[tokio::test]
async fn what_strangers_ask_for_withholds_no_request_by_a_colleague() {
    let (world, ada, bruno) = bruno().await;
    let crowd = strangers(&world).await;
    let chloe = world.agent(&ada, "EMS", "Chloe").await;
    let ask_to_link = async |asker: &Person| {
        asker
            .post(&world, "/links", json!({"email": bruno.email}))
            .await
            .expect(202);
        world.settle().await;
        world.mails_to(&bruno.email).len()
    };
    for (before, asker) in crowd.iter().enumerate() {
        assert_eq!(ask_to_link(asker).await, before + 1);
    }
    assert_eq!(ask_to_link(&crowd[0]).await, 5);
    for i in 6..=10 {
        assert_eq!(ask_to_link(&chloe).await, i);
    }
    // Their share is as large as another's.
    assert_eq!(ask_to_link(&ada).await, 10);
    // What went through it goes once.
    world.pass(SignedDuration::from_hours(1));
    world.sweep().await;
    let from_chloe = world
        .mails_to(&bruno.email)
        .iter()
        .filter(|mail| mail.text.contains("Chloe Agent"))
        .count();
    assert_eq!(from_chloe, 5);
}
