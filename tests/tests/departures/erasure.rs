//! Accounts that do not work any more: announced, erased, and their addresses released before.

use serde_json::{Value, json};
use vigie_tests::{World, scenario::Person};

use super::{change, read, until};

async fn stop(world: &World, by: &Person, agent: &Person) {
    let off = json!({"active": false});
    change(world, by, "EMS", &agent.id, off).await.expect(200);
    world.sweep().await;
}

fn announced(world: &World, to: &Person) -> usize {
    let mails = world.mails_to(&to.email);
    mails
        .iter()
        .filter(|mail| mail.text.contains("sera supprimé le"))
        .count()
}

#[tokio::test]
async fn a_deactivated_account_is_erased_after_a_year_and_that_is_announced_a_month_before() {
    let (world, ada) = World::with("EMS").await;
    let bruno = world.agent(&ada, "EMS", "Bruno").await;
    stop(&world, &ada, &bruno).await;
    let listed = async || {
        let listed = world.get(&ada.login, "/v1/entities/EMS/agents").await;
        let items = listed.expect(200).json["items"].clone();
        let mut items = items.as_array().expect("items").clone().into_iter();
        items.find(|of| of["id"] == json!(bruno.id))
    };
    let shown = listed().await.expect("an agent");
    let day = |of: &Value| of.as_str().map(|at| at[..10].to_owned());
    assert_eq!(
        day(&shown["deactivatedSince"]).as_deref(),
        Some("2026-11-24")
    );
    assert_eq!(day(&shown["erasedAt"]).as_deref(), Some("2027-11-24"));
    let export = bruno.get(&world, "/export").await;
    assert!(export.expect(200).text.contains("erasedAt"));
    world.empty_inbox();
    until(&world, "2027-10-24T05:00:00Z").await;
    assert_eq!(announced(&world, &bruno) + announced(&world, &ada), 0);
    until(&world, "2027-10-24T09:00:00Z").await;
    assert_eq!((announced(&world, &bruno), announced(&world, &ada)), (1, 1));
    assert!(!world.mails_to(&ada.email)[0].text.contains(&bruno.email));
    until(&world, "2027-11-24T05:00:00Z").await;
    assert!(read(&world, &bruno.id).await.is_some());
    until(&world, "2027-11-24T10:00:00Z").await;
    assert!(read(&world, &bruno.id).await.is_none());
    assert!(listed().await.is_none());
    world
        .change(&ada, "EMS", &bruno.id, json!({"active": true}))
        .await
        .expect(404);
    let audit = world
        .get(&ada.login, "/v1/entities/EMS/audit")
        .await
        .expect(200);
    let last = audit.json["items"][0].clone();
    assert_eq!(
        (&last["what"], &last["actorAccountId"]),
        (&json!("accountErased"), &json!(null))
    );
    // Nothing is left to do, and the address is free.
    until(&world, "2027-11-25T10:00:00Z").await;
    let open = world
        .table
        .items()
        .await
        .into_iter()
        .filter(|item| item["pk"].as_s().is_ok_and(|pk| pk.starts_with("OPEN#")));
    assert_eq!(open.count(), 0);
    world.agent(&ada, "EMS", "Bruno").await;
}

#[tokio::test]
async fn an_account_that_works_again_is_not_erased_and_its_time_begins_anew() {
    let (world, ada) = World::with("EMS").await;
    let bruno = world.agent(&ada, "EMS", "Bruno").await;
    stop(&world, &ada, &bruno).await;
    until(&world, "2027-10-24T09:00:00Z").await;
    assert_eq!(announced(&world, &bruno), 1);
    let back = change(&world, &ada, "EMS", &bruno.id, json!({"active": true})).await;
    let back = back.expect(200).json;
    assert_eq!(
        (&back["deactivatedSince"], &back["erasedAt"]),
        (&json!(null), &json!(null))
    );
    until(&world, "2027-11-20T09:00:00Z").await;
    stop(&world, &ada, &bruno).await;
    until(&world, "2027-12-24T09:00:00Z").await;
    assert!(read(&world, &bruno.id).await.is_some());
    assert_eq!(announced(&world, &bruno), 1);
    until(&world, "2028-10-20T09:00:00Z").await;
    assert_eq!(announced(&world, &bruno), 2);
    until(&world, "2028-11-20T10:00:00Z").await;
    assert!(read(&world, &bruno.id).await.is_none());
}

#[tokio::test]
async fn an_address_is_released_a_month_after_its_account_stopped_and_another_can_have_it() {
    let (world, ada) = World::with("EMS").await;
    let zoe = world.organisation("LYON").await;
    let bruno = world.agent(&ada, "EMS", "Bruno").await;
    let none = json!({"email": null});
    let release = async |by: &Person| change(&world, by, "EMS", &bruno.id, none.clone()).await;
    release(&ada).await.refused(409, "too-early");
    stop(&world, &ada, &bruno).await;
    until(&world, "2026-12-24T07:00:00Z").await;
    release(&ada).await.refused(409, "too-early");
    until(&world, "2026-12-24T09:00:00Z").await;
    release(&zoe).await.expect(403);
    release(&bruno).await.expect(403);
    let contact = json!({"firstName": "B", "lastName": "N", "email": bruno.email});
    let new = json!({"contact": contact, "role": "agent"});
    let create = async || {
        world
            .post(&ada.login, "/v1/entities/EMS/agents", new.clone())
            .await
    };
    create().await.expect(409);
    let freed = release(&ada).await.expect(200).json;
    assert_eq!(
        (&freed["contact"]["email"], &freed["emailStatus"]),
        (&json!(null), &json!("none"))
    );
    // Again changes nothing.
    assert_eq!(
        release(&ada).await.expect(200).json["version"],
        freed["version"]
    );
    create().await.expect(201);
    world.accept(&bruno.email).await;
    // The former owner still exports and erases what is theirs.
    bruno.get(&world, "/export").await.expect(200);
    // Announced to those who administer, since nobody else can be told.
    world.empty_inbox();
    until(&world, "2027-10-24T09:00:00Z").await;
    assert_eq!((announced(&world, &ada), announced(&world, &bruno)), (1, 0));
    until(&world, "2027-11-24T10:00:00Z").await;
    assert!(read(&world, &bruno.id).await.is_none());
    let taken = create().await;
    taken.refused(409, "email-taken");
}

#[tokio::test]
async fn nobody_takes_an_account_over_whose_address_was_released() {
    let (world, ada) = World::with("EMS").await;
    let bruno = world.agent(&ada, "EMS", "Bruno").await;
    let set = async |patch: Value| change(&world, &ada, "EMS", &bruno.id, patch).await;
    let other = json!({"email": "other@agents.example.fr"});
    set(other.clone()).await.expect(202);
    stop(&world, &ada, &bruno).await;
    until(&world, "2026-12-24T09:00:00Z").await;
    // In one call: it goes, and the account works again, without any.
    let both = json!({"email": null, "active": true});
    let shown = set(both).await.expect(200).json;
    let addresses = [&shown["contact"]["email"], &shown["pendingEmail"]];
    assert_eq!(addresses, [&json!(null), &json!(null)]);
    assert_eq!(shown["active"], json!(true));
    for active in [true, false] {
        set(json!({"active": active})).await.expect(200);
        // Its owner could not stop who takes it over.
        set(other.clone()).await.refused(409, "email-none");
    }
}

#[tokio::test]
async fn a_declared_agent_who_was_erased_comes_back_to_work_alone() {
    let (world, ada) = World::with("EMS").await;
    let word = |revision: u64, active: bool| json!({"organisationId": "EMS", "agentId": "a", "revision": revision, "entityId": "EMS", "email": "a@agents.example.fr", "firstName": "A", "lastName": "B", "role": "agent", "active": active});
    world.send("AgentSaved", word(1, false)).await;
    world.sweep().await;
    let agents = async || {
        let listed = world.get(&ada.login, "/v1/entities/EMS/agents").await;
        let items = listed.expect(200).json["items"].clone();
        items.as_array().map_or(0, Vec::len)
    };
    assert_eq!(agents().await, 2);
    until(&world, "2027-10-24T09:00:00Z").await;
    until(&world, "2027-11-24T10:00:00Z").await;
    assert_eq!(agents().await, 1);
    world.send("AgentSaved", word(2, false)).await;
    assert_eq!(agents().await, 1);
    world.send("AgentSaved", word(3, true)).await;
    assert_eq!(agents().await, 2);
}

#[tokio::test]
async fn who_erases_a_deactivated_account_leaves_no_work_behind() {
    let (world, ada) = World::with("EMS").await;
    let carl = world.administrator(&ada, "EMS", "Carl").await;
    change(
        &world,
        &ada,
        "EMS",
        &carl.id,
        json!({"leavesOn": "2027-03-31"}),
    )
    .await
    .expect(200);
    stop(&world, &ada, &carl).await;
    carl.delete(&world, "").await.expect(204);
    world.settle().await;
    world.sweep().await;
    let items = world.table.items().await;
    let names = |key: &str| {
        let of = items
            .iter()
            .filter(|item| item["pk"].as_s().is_ok_and(|pk| pk.starts_with("OPEN#")));
        of.filter(|item| item["sk"].as_s().is_ok_and(|sk| sk.contains(key)))
            .count()
    };
    assert_eq!((names("#inactive#"), names("#leaving#")), (0, 0));
}
