//! Consultations that name their organisation.

use serde_json::{Value, json};
use vigie_tests::{
    World,
    scenario::{Person, saved},
};

use crate::directory::{all_taken, entity, save};

fn of(id: &str, revision: u64, entity: &str, author: &Person, organisation: Value) -> Value {
    let mut detail = saved(id, revision, entity, &author.id, "consultation", &[]);
    detail["organisationId"] = organisation;
    detail
}

async fn sees(world: &World, who: &Person) -> usize {
    let list = who.get(world, "/consultations").await.expect(200).json;
    list["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_consultation_stays_in_the_organisation_that_it_was_saved_with() {
    let (world, ada) = World::with("EMS").await;
    let carl = world.organisation("CUS").await;
    for id in ["a", "b"] {
        save(&world, entity(id, 1, "EMS")).await;
    }
    let rights = json!({"own": true, "dependent": true, "transverse": true});
    let bruno = world.agent(&ada, "a", "Bruno").await;
    world.rights(&ada, "a", &bruno.id, rights.clone()).await;
    let chloe = world.agent(&carl, "CUS", "Chloe").await;
    world.rights(&carl, "CUS", &chloe.id, rights).await;
    let send = async |detail: Value| world.send("ConsultationSaved", detail).await;
    send(of("c-1", 1, "a", &ada, json!("EMS"))).await;
    assert_eq!(sees(&world, &bruno).await, 1);
    // Another organisation's entity, or another organisation.
    send(of("c-2", 1, "a", &ada, json!("CUS"))).await;
    send(of("c-1", 2, "CUS", &ada, json!("CUS"))).await;
    send(of("c-1", 2, "later", &ada, json!("CUS"))).await;
    let reasons = world.rejections();
    assert_eq!(reasons.len(), 3);
    for reason in &reasons {
        assert!(reason.starts_with("organisation-differs: "), "{reason}");
    }
    assert_eq!(sees(&world, &bruno).await, 1);
    world.rejected.lock().unwrap().clear();
    // Without a word it stays where it is, and an entity of elsewhere counts as unknown.
    send(of("c-1", 3, "CUS", &ada, json!(null))).await;
    assert_eq!(
        (sees(&world, &bruno).await, sees(&world, &chloe).await),
        (0, 0)
    );
    assert_eq!(sees(&world, &ada).await, 1, "its author");
    let path = "/v1/consultations/c-1/recipients?kind=tenderReceived";
    world.get(&carl.login, path).await.expect(404);
    let unfollowed = world.get(&carl.login, "/v1/entities/CUS/unfollowed").await;
    assert_eq!(unfollowed.expect(200).json["items"], json!([]));
    send(of("c-1", 4, "a", &ada, json!("EMS"))).await;
    assert_eq!(sees(&world, &bruno).await, 1);
    // Before its entity, which then comes in another organisation.
    send(of("c-3", 1, "later", &ada, json!("EMS"))).await;
    let mut later = entity("later", 1, "CUS");
    later["organisationId"] = json!("CUS");
    save(&world, later).await;
    assert_eq!(sees(&world, &chloe).await, 0);
    all_taken(&world);
}

#[tokio::test]
async fn a_draft_without_its_organisation_is_starred_nowhere_else() {
    let (world, ada) = World::with("EMS").await;
    let carl = world.organisation("CUS").await;
    let rights = json!({"own": true, "dependent": false, "transverse": false});
    let chloe = world.agent(&carl, "CUS", "Chloe").await;
    world.rights(&carl, "CUS", &chloe.id, rights).await;
    let alerts = chloe.get(&world, "/alerts").await.expect(200).json;
    let mut body = alerts;
    body["automaticFavourites"]["ownEntity"] = json!(true);
    chloe.put(&world, "/alerts", body).await.expect(200);
    let send = async |detail: Value| world.send("ConsultationSaved", detail).await;
    send(of("c-1", 1, "EMS", &ada, json!("EMS"))).await;
    let mut draft = saved("c-1", 2, "CUS", &ada.id, "drafting", &[]);
    draft.as_object_mut().unwrap().remove("organisationId");
    send(draft).await;
    let list = chloe.get(&world, "/export").await.expect(200).json;
    assert!(!list.to_string().contains("c-1"), "{list}");
    let preview = chloe.get(&world, "/alerts/preview").await.expect(200).json;
    assert!(!preview.to_string().contains(":1"), "{preview}");
    all_taken(&world);
}
