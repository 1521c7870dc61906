//! `DELETE /v1/accounts/{id}`, and what the clock erases after it.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_domain::{
    account::preferences::Rule,
    id::{AccountId, ConsultationId},
};
use vigie_tests::{
    World,
    scenario::{Person, tender},
};

use super::{ask, bruno, change, confirm};

/// Every item, as text, that names the account, its address or its name. Not consultations: their
/// guests are the portal's word, ids that name nobody any more.
async fn traces(world: &World, person: &Person) -> Vec<String> {
    let items = world
        .table
        .items()
        .await
        .into_iter()
        .filter(|item| item["sk"].as_s().is_ok_and(|sk| sk != "CONSULTATION"));
    // The audit keeps the id for a year, which names nobody any more; the account's own copies go.
    let is_audit = |item: &Value| {
        item["sk"]
            .as_str()
            .is_some_and(|sk| sk.starts_with("AUDIT#"))
            && item["pk"] != format!("ACCOUNT#{}", person.id)
    };
    let items = items
        .map(|item| serde_dynamo::from_item::<_, Value>(item).expect("JSON"))
        .filter(|item| !is_audit(item));
    let items = items.map(|item| item.to_string());
    items
        .filter(|item| {
            item.contains(&person.id) || item.contains(&person.email) || item.contains("Bruno")
        })
        .collect()
}

/// Bruno with everything that an account can have: rules, stars, tombstones, deliveries, a change
/// of address that waits.
async fn with_everything() -> (World, Person, Person) {
    let (world, ada, bruno) = bruno().await;
    world
        .rights(
            &ada,
            "EMS",
            &bruno.id,
            json!({"own": true, "dependent": true, "transverse": true}),
        )
        .await;
    let mut choice = vigie_tests::scenario::alerts("immediate");
    for rule in ["ownEntity", "dependentEntities", "transverseEntities"] {
        choice["automaticFavourites"][rule] = json!(true);
    }
    bruno.put(&world, "/alerts", choice).await.expect(200);
    for id in ["c-1", "c-2", "c-3"] {
        world
            .save(id, 1, "EMS", &ada.id, "drafting", &[&bruno])
            .await;
        for deposit in ["d-1", "d-2"] {
            world.send("TenderReceived", tender(id, deposit)).await;
        }
    }
    bruno.delete(&world, "/favourites/c-2").await.expect(204);
    ask(&world, &bruno, "bruno.new@agents.example.fr").await;
    (world, ada, bruno)
}

#[tokio::test]
async fn an_erased_account_leaves_nothing_but_anonymous_counts() {
    let (world, ada, bruno) = with_everything().await;
    assert!(traces(&world, &bruno).await.len() > 12);

    bruno.delete(&world, "").await.expect(204);
    world.sweep().await;

    // The entry that has the table looked through once more.
    let left = traces(&world, &bruno).await;
    assert!(
        left.iter().all(|item| item.contains("#purge#")) && left.len() == 1,
        "{left:#?}"
    );
    world.pass(SignedDuration::from_mins(16));
    world.sweep().await;
    assert_eq!(traces(&world, &bruno).await, Vec::<String>::new());
    let items = world.table.items().await;
    let counts = items
        .iter()
        .find(|item| {
            item["pk"]
                .as_s()
                .is_ok_and(|pk| pk == "STATISTICS#tenderReceived")
        })
        .expect("counts");
    assert_eq!(counts["SENT"].as_n().expect("a number"), "6");
    // And nobody is told of anything any more.
    world.empty_inbox();
    world.send("TenderReceived", tender("c-1", "d-3")).await;
    assert!(world.mails_to(&bruno.email).is_empty());
    world
        .get(&ada.login, "/v1/entities/EMS/agents")
        .await
        .expect(200);
}

#[tokio::test]
async fn the_address_is_free_at_once_and_the_login_acts_for_nobody() {
    let (world, ada, bruno) = with_everything().await;
    let waiting = world.last_mail("bruno.new@agents.example.fr").token();

    bruno.delete(&world, "").await.expect(204);

    confirm(&world, &waiting).await.expect(404);
    assert_eq!(
        world.get(&bruno.login, "/v1/me").await.expect(200).json["accounts"],
        json!([])
    );
    let again = bruno.get(&world, "").await.status;
    assert!([403, 404].contains(&again), "{again}");
    change(&world, &ada, &bruno.email).await;
}

#[tokio::test]
async fn only_its_owner_erases_an_account() {
    let (world, ada, bruno) = bruno().await;
    world.delete(&ada.login, &bruno.path("")).await.expect(403);
    bruno.get(&world, "").await.expect(200);
}

#[tokio::test]
async fn what_was_being_written_during_the_erasure_is_erased_later() {
    let (world, _, bruno) = with_everything().await;
    bruno.delete(&world, "").await.expect(204);
    world.sweep().await;
    // A worker that had read the account before gives its star now.
    let consultation = ConsultationId::parse("c-3").expect("an id");
    let stars = BTreeMap::from([(AccountId::parse(&bruno.id).expect("an id"), Rule::OwnEntity)]);
    world
        .table
        .store()
        .favourite_add_by_rule(&consultation, &stars, world.now())
        .await
        .expect("a star");
    world.settle().await;
    world.pass(SignedDuration::from_mins(16));
    world.sweep().await;
    assert_eq!(traces(&world, &bruno).await, Vec::<String>::new());
}
