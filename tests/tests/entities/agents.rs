//! The agents of an entity: invited, listed, given rights, moved, taken back.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_tests::{
    Answer, Login, World,
    story::{Person, address, saved},
};

use crate::{administrator, at, of_both, organisation};

fn agents(entity: &str) -> String {
    format!("{}/agents", at(entity))
}

fn agent(entity: &str, account: &str) -> String {
    format!("{}/agents/{account}", at(entity))
}

fn new_agent(name: &str) -> Value {
    json!({"contact": {"firstName": name, "lastName": "Agent", "email": address(name)}, "role": "agent"})
}

/// The ids of an entity's agents.
async fn ids(world: &World, by: &Person, entity: &str) -> Vec<String> {
    let list = world.get(&by.login, &agents(entity)).await.expect(200).json;
    list["items"].as_array().unwrap().iter().map(|agent| agent["id"].as_str().unwrap().to_owned()).collect()
}

/// Tries to accept an invitation.
async fn accept(world: &World, login: &str, token: &str) -> Answer {
    world.post(&Login::new(login), "/v1/invitations", json!({"token": token})).await
}

#[tokio::test]
async fn an_invited_agent_has_an_account_and_a_mail() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let mut wanted = new_agent("Bruno");
    wanted["contact"]["email"] = json!("  Bruno@AGENTS.example.fr");
    wanted["contact"]["phone"] = json!("03 88 00 00 00");
    let created = world.post(&ada.login, &agents("DSI"), wanted).await.expect(201);
    let id = created.json["id"].as_str().unwrap().to_owned();
    assert_eq!(created.headers["location"], format!("/v1/accounts/{id}"));
    assert_eq!(created.json["contact"]["email"], "bruno@agents.example.fr");
    assert_eq!(created.json["contact"]["phone"], "+33388000000");
    assert_eq!(created.json["entity"], json!({"id": "DSI", "name": "Service DSI"}));
    assert_eq!(created.json["emailStatus"], "unconfirmed");
    assert_eq!(created.json["role"], "agent");
    assert_eq!(created.json["active"], true);
    assert_eq!(created.json["permanentGuest"], json!({"own": false, "dependent": false, "transverse": false}));
    assert_eq!(created.json["invitationExpiresAt"], "2026-12-01T08:00:00Z");
    // Never its preferences.
    for hidden in ["alerts", "places", "favourites"] {
        assert!(created.json.get(hidden).is_none(), "{hidden}");
    }

    let bruno = world.accept(&address("Bruno")).await;
    assert_eq!(bruno.id, id);
    assert_eq!(world.mails_to(&bruno.email).len(), 1);
    let shown = world.get(&bruno.login, &bruno.path("")).await.expect(200).json;
    assert_eq!(shown["emailStatus"], "confirmed");
    assert_eq!(shown["invitationExpiresAt"], Value::Null);
}

#[tokio::test]
async fn a_role_is_agent_unless_said_otherwise() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let mut silent = new_agent("Bruno");
    silent.as_object_mut().unwrap().remove("role");
    assert_eq!(world.post(&ada.login, &agents("DSI"), silent).await.expect(201).json["role"], "agent");
}

#[tokio::test]
async fn an_address_is_taken_on_the_whole_platform() {
    let world = World::new().await;
    let (ada, carl) = (organisation(&world).await, world.organisation("CUS").await);
    world.invite(&ada, "DSI", "Bruno").await;
    let before = ids(&world, &carl, "CUS").await;
    for email in [address("Bruno"), address("bruno").to_uppercase(), ada.email.clone()] {
        let mut wanted = new_agent("Other");
        wanted["contact"]["email"] = json!(email);
        let refused = world.post(&carl.login, &agents("CUS"), wanted).await.expect(409);
        assert_eq!(refused.problem(), "email-taken");
        assert!(!refused.text.to_lowercase().contains("bruno"), "{}", refused.text);
    }
    assert_eq!(ids(&world, &carl, "CUS").await, before);
    world.settle().await;
    assert_eq!(world.mails_to(&address("Bruno")).len(), 1);
}

#[tokio::test]
async fn a_wrong_contact_is_refused_field_by_field() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    for (wanted, fields) in [
        (json!({"contact": {"firstName": "", "email": "nobody"}}), vec!["contact.email", "contact.firstName", "contact.lastName"]),
        (json!({"contact": {"firstName": "A", "lastName": "B", "email": "a@b.fr", "age": 7}}), vec!["contact.age"]),
        (json!({"contact": []}), vec!["contact"]),
    ] {
        let refused = world.post(&ada.login, &agents("DSI"), wanted.clone()).await.expect(422);
        let mut named = refused.fields();
        named.sort_unstable();
        assert_eq!(named, fields, "{wanted}");
    }
    for wanted in [json!({}), json!({"contact": new_agent("B")["contact"], "role": "king"}), json!({"contact": {}, "id": "x"})] {
        world.post(&ada.login, &agents("DSI"), wanted).await.expect(422);
    }
    world.post(&ada.login, &agents("NOWHERE"), new_agent("Bruno")).await.expect(404);
    assert!(ids(&world, &ada, "DSI").await.is_empty());
}

#[tokio::test]
async fn a_list_goes_on_where_its_page_ended() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let mut invited = Vec::new();
    for i in 0..7 {
        invited.push(world.invite(&ada, "DSI", &format!("Agent{i}")).await);
    }
    world.invite(&ada, "RESEAU", "Elsewhere").await;
    invited.sort();
    for limit in [1, 3, 7, 100] {
        let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let page = world.get(&ada.login, &format!("{}?limit={limit}{cursor}", agents("DSI"))).await.expect(200).json;
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= limit);
            seen.extend(items.iter().map(|agent| agent["id"].as_str().unwrap().to_owned()));
            pages += 1;
            let Some(next) = page["cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, invited, "limit {limit}");
        assert!(pages >= invited.len().div_ceil(limit), "limit {limit}");
    }
    for query in ["limit=0", "limit=101", "limit=-1", "limit=ten", "limit="] {
        assert_eq!(world.get(&ada.login, &format!("{}?{query}", agents("DSI"))).await.expect(422).fields(), ["limit"], "{query}");
    }
    assert_eq!(world.get(&ada.login, &format!("{}?cursor=a!b", agents("DSI"))).await.expect(422).fields(), ["cursor"]);
    world.get(&ada.login, &agents("NOWHERE")).await.expect(404);
}

#[tokio::test]
async fn role_activity_and_rights_change_one_by_one() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let bruno = world.agent(&ada, "DSI", "Bruno").await;
    let path = agent("DSI", &bruno.id);
    let version = world.get(&bruno.login, &bruno.path("")).await.json["version"].as_u64().unwrap();
    for (patch, role, active, rights) in [
        (json!({"permanentGuest": {"own": true}}), "agent", true, [true, false, false]),
        (json!({"permanentGuest": {"dependent": true, "transverse": true}}), "agent", true, [true, true, true]),
        (json!({"permanentGuest": {"own": false}}), "agent", true, [false, true, true]),
        (json!({"role": "administrator"}), "administrator", true, [false, true, true]),
        (json!({"role": "agent", "active": false}), "agent", false, [false, true, true]),
        (json!({"active": true}), "agent", true, [false, true, true]),
        (json!({"entityId": "DSI"}), "agent", true, [false, true, true]),
        (json!({}), "agent", true, [false, true, true]),
    ] {
        let after = world.patch(&ada.login, &path, patch.clone()).await.expect(200).json;
        let [own, dependent, transverse] = rights;
        assert_eq!((after["role"].as_str(), after["active"].as_bool()), (Some(role), Some(active)), "{patch}");
        assert_eq!(after["permanentGuest"], json!({"own": own, "dependent": dependent, "transverse": transverse}), "{patch}");
    }
    let shown = world.get(&bruno.login, &bruno.path("")).await.expect(200).json;
    assert!(shown["version"].as_u64().unwrap() > version);
    assert_eq!(shown["permanentGuest"], json!({"own": false, "dependent": true, "transverse": true}));
}

#[tokio::test]
async fn a_deactivated_agent_is_shut_out_and_comes_back_as_it_was() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let denise = administrator(&world, &ada, "DSI", "Denise").await;
    let path = agent("DSI", &denise.id);
    world.patch(&ada.login, &path, json!({"active": false})).await.expect(200);
    world.get(&denise.login, &denise.path("")).await.expect(403);
    world.get(&denise.login, &at("DSI")).await.expect(403);
    world.patch(&ada.login, &path, json!({"active": true})).await.expect(200);
    world.get(&denise.login, &denise.path("")).await.expect(200);
    world.get(&denise.login, &at("DSI")).await.expect(200);
}

#[tokio::test]
async fn a_patch_takes_nothing_unknown_and_removes_nothing() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let bruno = world.agent(&ada, "DSI", "Bruno").await;
    let path = agent("DSI", &bruno.id);
    for (patch, field) in [
        (json!({"role": null}), "role"),
        (json!({"active": null}), "active"),
        (json!({"permanentGuest": null}), "permanentGuest"),
        (json!({"permanentGuest": {"own": null}}), "permanentGuest.own"),
        (json!({"entityId": null}), "entityId"),
        (json!({"active": "yes"}), "active"),
        (json!({"role": "king"}), "role"),
        (json!({"permanentGuest": {"all": true}}), "permanentGuest.all"),
        (json!({"entityId": "NOWHERE"}), "entityId"),
        (json!({"contact": {"firstName": "X"}}), "contact"),
    ] {
        assert_eq!(world.patch(&ada.login, &path, patch.clone()).await.expect(422).fields(), [field], "{patch}");
    }
}

#[tokio::test]
async fn a_move_updates_both_lists_and_what_the_rules_watch() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let bruno = world.agent(&ada, "DSI", "Bruno").await;
    world.rights(&ada, "DSI", &bruno.id, json!({"own": true})).await;
    let mut choice = world.get(&bruno.login, &bruno.path("/alerts")).await.json;
    choice["automaticFavourites"]["ownEntity"] = json!(true);
    world.put(&bruno.login, &bruno.path("/alerts"), choice).await.expect(200);

    let moved = world.patch(&ada.login, &agent("DSI", &bruno.id), json!({"entityId": "CULTURE"})).await.expect(200).json;
    assert_eq!(moved["entity"], json!({"id": "CULTURE", "name": "Service CULTURE"}));
    assert_eq!(moved["permanentGuest"]["own"], true);
    assert!(ids(&world, &ada, "DSI").await.is_empty());
    assert_eq!(ids(&world, &ada, "CULTURE").await, [bruno.id.as_str()]);
    world.patch(&ada.login, &agent("DSI", &bruno.id), json!({"active": false})).await.expect(404);

    for entity in ["DSI", "CULTURE"] {
        world.send("ConsultationSaved", saved(&format!("c-{entity}"), 1, entity, &ada.id, "drafting", &[])).await;
    }
    let stars = world.get(&bruno.login, &bruno.path("/favourites")).await.expect(200).json;
    let starred: Vec<_> = stars["items"].as_array().unwrap().iter().map(|star| star["consultationId"].clone()).collect();
    assert_eq!(starred, ["c-CULTURE"]);
}

#[tokio::test]
async fn an_agent_moves_only_within_what_the_administrator_has() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let denise = administrator(&world, &ada, "DSI", "Denise").await;
    world.organisation("CUS").await;
    let bruno = world.agent(&ada, "RESEAU", "Bruno").await;
    for elsewhere in ["EMS", "CULTURE", "CUS"] {
        world.patch(&denise.login, &agent("RESEAU", &bruno.id), json!({"entityId": elsewhere})).await.expect(403);
    }
    world.patch(&denise.login, &agent("RESEAU", &bruno.id), json!({"entityId": "DSI"})).await.expect(200);
    let chloe = world.agent(&ada, "CULTURE", "Chloe").await;
    world.patch(&denise.login, &agent("CULTURE", &chloe.id), json!({"entityId": "DSI"})).await.expect(403);
    world.patch(&ada.login, &agent("CULTURE", &chloe.id), json!({"entityId": "CUS"})).await.expect(403);
    assert_eq!(ids(&world, &ada, "CULTURE").await, [chloe.id.as_str()]);
}

#[tokio::test]
async fn nobody_locks_everybody_out() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let path = agent("EMS", &ada.id);
    for (patch, field) in
        [(json!({"role": "agent"}), "role"), (json!({"active": false}), "active"), (json!({"entityId": "DSI"}), "entityId")]
    {
        assert_eq!(world.patch(&ada.login, &path, patch).await.expect(422).fields(), [field]);
    }
    // What changes nothing is no harm, and rights are no power over others.
    world.patch(&ada.login, &path, json!({"role": "administrator", "active": true, "entityId": "EMS"})).await.expect(200);
    world.patch(&ada.login, &path, json!({"permanentGuest": {"own": true}})).await.expect(200);
    // Another administrator may.
    let other = administrator(&world, &ada, "EMS", "Autre").await;
    world.patch(&other.login, &path, json!({"role": "agent"})).await.expect(200);
    world.get(&ada.login, &at("EMS")).await.expect(403);
}

#[tokio::test]
async fn one_login_does_not_step_down_through_its_other_account() {
    let world = World::new().await;
    let (ada, _, both) = of_both(&world).await;
    for id in ids(&world, &ada, "EMS").await.iter().filter(|id| **id != ada.id) {
        assert_eq!(world.patch(&both, &agent("EMS", id), json!({"active": false})).await.expect(422).fields(), ["active"]);
    }
}

#[tokio::test]
async fn an_account_is_taken_back_only_before_it_was_accepted_and_frees_its_address() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let id = world.invite(&ada, "DSI", "Bruno").await;
    world.settle().await;
    let token = world.mails_to(&address("Bruno")).pop().unwrap().token();
    world.delete(&ada.login, &agent("DSI", &id)).await.expect(204);
    assert!(ids(&world, &ada, "DSI").await.is_empty());
    world.delete(&ada.login, &agent("DSI", &id)).await.expect(404);
    accept(&world, "bruno", &token).await.expect(404);

    // The address is free, for a new account with a link of its own.
    let bruno = world.agent(&ada, "CULTURE", "Bruno").await;
    assert_ne!(bruno.id, id);
    accept(&world, "somebody", &token).await.expect(404);
    let refused = world.delete(&ada.login, &agent("CULTURE", &bruno.id)).await.expect(409);
    assert_eq!(refused.problem(), "already-bound");
    assert_eq!(ids(&world, &ada, "CULTURE").await, [bruno.id.as_str()]);
    world.get(&bruno.login, &bruno.path("")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_account_is_either_accepted_or_taken_back() {
    let world = Arc::new(World::new().await);
    let ada = organisation(&world).await;
    for round in 0..20 {
        let name = format!("Agent{round}");
        let id = world.invite(&ada, "DSI", &name).await;
        world.settle().await;
        let token = world.mails_to(&address(&name)).pop().unwrap().token();
        let (one, other) = (Arc::clone(&world), Arc::clone(&world));
        let (login, path) = (ada.login.clone(), agent("DSI", &id));
        let deleted = tokio::spawn(async move { one.delete(&login, &path).await.status });
        let accepted = tokio::spawn(async move { accept(&other, &name, &token).await.status });
        let both = (deleted.await.unwrap(), accepted.await.unwrap());
        assert!(matches!(both, (204, 404) | (409, 200)), "round {round}: {both:?}");
        assert_eq!(ids(&world, &ada, "DSI").await.contains(&id), both.1 == 200, "round {round}");
    }
}

#[tokio::test]
async fn inviting_again_voids_the_older_link() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let id = world.invite(&ada, "DSI", "Bruno").await;
    world.settle().await;
    let older = world.mails_to(&address("Bruno")).pop().unwrap().token();
    world.pass(SignedDuration::from_hours(24 * 6));
    let again = world.post(&ada.login, &format!("{}/invitation", agent("DSI", &id)), json!({})).await.expect(202).json;
    assert_eq!(again["invitationExpiresAt"], "2026-12-07T08:00:00Z");
    world.settle().await;
    let mails = world.mails_to(&address("Bruno"));
    let newer = mails.last().unwrap().token();
    assert_eq!(mails.len(), 2);
    assert_ne!(newer, older);
    accept(&world, "bruno", &older).await.expect(404);
    // Beyond the first one's seven days, within its own.
    world.pass(SignedDuration::from_hours(24 * 3));
    accept(&world, "bruno", &newer).await.expect(200);
    let refused = world.post(&ada.login, &format!("{}/invitation", agent("DSI", &id)), json!({})).await.expect(409);
    assert_eq!(refused.problem(), "already-bound");
}

#[tokio::test]
async fn an_expired_invitation_can_be_sent_again() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let id = world.invite(&ada, "DSI", "Bruno").await;
    world.settle().await;
    let older = world.mails_to(&address("Bruno")).pop().unwrap().token();
    world.pass(SignedDuration::from_hours(24 * 7));
    assert_eq!(accept(&world, "bruno", &older).await.expect(410).problem(), "token-expired");
    world.post(&ada.login, &format!("{}/invitation", agent("DSI", &id)), json!({})).await.expect(202);
    world.accept(&address("Bruno")).await;
}

#[tokio::test]
async fn nobody_is_flooded_with_invitations() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let path = format!("{}/invitation", agent("DSI", &world.invite(&ada, "DSI", "Bruno").await));
    for _ in 0..5 {
        world.post(&ada.login, &path, json!({})).await.expect(202);
    }
    let refused = world.post(&ada.login, &path, json!({})).await.expect(429);
    assert_eq!(refused.headers["retry-after"], "3600");
    world.pass(SignedDuration::from_hours(1));
    world.post(&ada.login, &path, json!({})).await.expect(202);
}

#[tokio::test]
async fn agents_of_other_entities_are_not_there() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let carl = world.organisation("CUS").await;
    let bruno = world.invite(&ada, "DSI", "Bruno").await;
    // In her tree, but not in the entity that the path names.
    for entity in ["EMS", "RESEAU", "CULTURE"] {
        world.patch(&ada.login, &agent(entity, &bruno), json!({"active": false})).await.expect(404);
        world.delete(&ada.login, &agent(entity, &bruno)).await.expect(404);
        world.post(&ada.login, &format!("{}/invitation", agent(entity, &bruno)), json!({})).await.expect(404);
    }
    for nobody in ["nobody", "a%20b", &carl.id] {
        world.patch(&ada.login, &agent("DSI", nobody), json!({"active": false})).await.expect(404);
        world.delete(&ada.login, &agent("DSI", nobody)).await.expect(404);
        world.post(&ada.login, &format!("{}/invitation", agent("DSI", nobody)), json!({})).await.expect(404);
    }
    // Elsewhere altogether, under its own entity or the caller's.
    for (entity, status) in [("DSI", 403), ("CUS", 404)] {
        world.patch(&carl.login, &agent(entity, &bruno), json!({"active": false})).await.expect(status);
        world.delete(&carl.login, &agent(entity, &bruno)).await.expect(status);
        world.post(&carl.login, &format!("{}/invitation", agent(entity, &bruno)), json!({})).await.expect(status);
    }
    world.get(&carl.login, &agents("DSI")).await.expect(403);
    world.post(&carl.login, &agents("DSI"), new_agent("Zoe")).await.expect(403);
    assert_eq!(ids(&world, &ada, "DSI").await, [bruno]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rights_given_at_once_are_all_there() {
    let world = Arc::new(World::new().await);
    let ada = organisation(&world).await;
    let bruno = world.agent(&ada, "DSI", "Bruno").await;
    for round in 0..20 {
        let wanted = round % 2 == 0;
        let mut patches = tokio::task::JoinSet::new();
        for right in ["own", "dependent", "transverse"] {
            let (world, login, path) = (Arc::clone(&world), ada.login.clone(), agent("DSI", &bruno.id));
            patches.spawn(async move { world.patch(&login, &path, json!({"permanentGuest": {right: wanted}})).await.status });
        }
        assert_eq!(patches.join_all().await, [200, 200, 200], "round {round}");
        let shown = world.get(&bruno.login, &bruno.path("")).await.expect(200).json;
        assert_eq!(shown["permanentGuest"], json!({"own": wanted, "dependent": wanted, "transverse": wanted}), "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn moves_at_once_leave_an_agent_in_one_list() {
    let world = Arc::new(World::new().await);
    let ada = organisation(&world).await;
    let bruno = world.agent(&ada, "DSI", "Bruno").await;
    let mut at = "DSI";
    for round in 0..20 {
        let mut moves = tokio::task::JoinSet::new();
        for to in ["EMS", "DSI", "RESEAU", "CULTURE"].into_iter().filter(|to| *to != at) {
            let (world, login, path) = (Arc::clone(&world), ada.login.clone(), agent(at, &bruno.id));
            moves.spawn(async move { (world.patch(&login, &path, json!({"entityId": to})).await.status, to) });
        }
        let answers = moves.join_all().await;
        // One has it; for the others it is no longer where they looked.
        let won: Vec<_> = answers.iter().filter(|(status, _)| *status == 200).map(|(_, to)| *to).collect();
        assert_eq!(won.len(), 1, "round {round}: {answers:?}");
        assert!(answers.iter().all(|(status, _)| matches!(status, 200 | 404)), "round {round}: {answers:?}");
        at = won[0];
        for entity in ["EMS", "DSI", "RESEAU", "CULTURE"] {
            assert_eq!(ids(&world, &ada, entity).await.contains(&bruno.id), entity == at, "round {round}: {entity}");
        }
    }
}
