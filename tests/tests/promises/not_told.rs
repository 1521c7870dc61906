//! Mails that were due when they were asked for, and are not when they would be sent.

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_tests::{
    World,
    fake_aws::Mail,
    scenario::{Person, alerts, tender},
};

async fn office() -> (World, Person, Person, Person) {
    let (world, ada) = World::with("EMS").await;
    let [bruno, chloe] = [
        world.agent(&ada, "EMS", "Bruno").await,
        world.agent(&ada, "EMS", "Chloe").await,
    ];
    world.empty_inbox();
    (world, ada, bruno, chloe)
}

async fn deactivated(world: &World, administrator: &Person, agent: &Person) {
    world
        .change(administrator, "EMS", &agent.id, json!({"active": false}))
        .await
        .expect(200);
}

/// Keeps the mails of a kind that are due, and lets all others go.
async fn kept_back(world: &World, mail: &str) -> Vec<Value> {
    let (kept, others): (Vec<_>, Vec<_>) = world
        .due()
        .await
        .into_iter()
        .partition(|event| event["detail"]["mail"] == mail);
    world.resume(others).await;
    assert_eq!(kept.len(), 1, "{mail}");
    kept
}

fn subjects(mails: &[Mail]) -> Vec<&str> {
    mails.iter().map(|mail| mail.subject.as_str()).collect()
}

#[tokio::test]
async fn what_was_missed_is_not_mailed_to_an_account_that_was_deactivated_meanwhile() {
    for active in [true, false] {
        let (world, ada, bruno, _) = office().await;
        world.consultation("c-1", "EMS", &ada, &[&bruno]).await;
        bruno
            .put(&world, "/alerts", alerts("immediate"))
            .await
            .expect(200);
        world.star(&bruno, "c-1").await;
        world.pass(SignedDuration::from_secs(5));
        world.send("TenderReceived", tender("c-1", "d-1")).await;
        let mail = world.last_mail(&bruno.email);
        world.ses_says(&mail, "bounced-permanent").await;
        world.pass(SignedDuration::from_secs(5));
        world.send("TenderReceived", tender("c-1", "d-2")).await;
        let token = bruno.asks_for(&world, &bruno.email).await;
        world.confirm(&token).await.expect(200);
        let missed = kept_back(&world, "missedAlerts").await;
        if !active {
            deactivated(&world, &ada, &bruno).await;
            world.settle().await;
        }
        world.empty_inbox();
        world.resume(missed).await;
        let mails = world.mails_to(&bruno.email);
        assert_eq!(
            subjects(&mails),
            if active {
                vec!["Vos alertes reprennent"]
            } else {
                vec![]
            }
        );
    }
}

#[tokio::test]
async fn nobody_who_was_deactivated_is_asked_to_stand_in() {
    for active in [true, false] {
        let (world, ada, bruno, chloe) = office().await;
        let days =
            json!({"from": "2026-11-25", "until": "2026-11-26", "delegateAccountId": chloe.id});
        bruno.put(&world, "/absence", days).await.expect(200);
        let asked = kept_back(&world, "delegation").await;
        if !active {
            deactivated(&world, &ada, &chloe).await;
            world.settle().await;
        }
        world.empty_inbox();
        world.resume(asked).await;
        assert_eq!(world.mails_to(&chloe.email).len(), usize::from(active));
    }
}

#[tokio::test]
async fn an_address_that_is_in_use_again_is_not_told_that_it_was_replaced() {
    for back in [false, true] {
        let (world, _, bruno, _) = office().await;
        let other = "autre@agents.example.fr";
        let mut notices = Vec::new();
        for address in [other, &bruno.email]
            .into_iter()
            .take(1 + usize::from(back))
        {
            bruno
                .patch_contact(&world, json!({"email": address}))
                .await
                .expect(202);
            notices.extend(kept_back(&world, "emailChangeNotice").await);
            let token = world.last_mail(address).token();
            world.confirm(&token).await.expect(200);
            world.settle().await;
        }
        world.empty_inbox();
        world.resume(notices).await;
        assert_eq!(
            world.mails_to(&bruno.email).len(),
            usize::from(!back),
            "{back}"
        );
        assert_eq!(world.mails_to(other).len(), usize::from(back), "{back}");
    }
}
