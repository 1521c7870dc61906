//! « À traiter »: what waits for administrators, and nothing that agents chose.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_domain::id::{AccountId, EntityId};
use vigie_store::keys;
use vigie_tests::{
    Login, World,
    scenario::{Person, address, alerts},
};

use crate::administration::organisation;

async fn shown(world: &World, by: &Person, entity: &str, query: &str) -> Vec<Value> {
    let path = format!("/v1/entities/{entity}/todo{query}");
    let answer = world.get(&by.login, &path).await.expect(200).json;
    answer["items"].as_array().expect("kinds").clone()
}

/// The kinds of which something waits, each with those whom it is about.
async fn waiting(world: &World, by: &Person, entity: &str) -> Vec<(String, Vec<String>)> {
    let of = |kind: &Value| {
        let ids = |list: &str, id: &str| -> Vec<_> {
            let items = kind[list].as_array().expect("a list").iter();
            let ids = items.map(|item| item[id].as_str().expect("an id").to_owned());
            ids.collect()
        };
        let mut lines = ids("agents", "id");
        lines.extend(ids("consultations", "consultationId"));
        assert_eq!(kind["count"], lines.len());
        assert_eq!(kind["more"], false);
        lines.sort();
        (kind["kind"].as_str().expect("a kind").to_owned(), lines)
    };
    shown(world, by, entity, "").await.iter().map(of).collect()
}

/// One kind with one line.
fn one(kind: &str, line: &str) -> Vec<(String, Vec<String>)> {
    vec![(kind.to_owned(), vec![line.to_owned()])]
}

async fn agree(world: &World) {
    world.settle().await;
    assert_eq!(world.todos_that_differ().await, (vec![], vec![]));
}

async fn change(world: &World, by: &Person, entity: &str, agent: &str, change: Value) {
    let path = format!("/v1/entities/{entity}/agents/{agent}");
    let answer = world.patch(&by.login, &path, change).await;
    assert!(answer.status < 300, "{}", answer.json);
}

/// SES tells that the newest mail to somebody came back for good.
async fn bounces(world: &World, email: &str) {
    world.settle().await;
    let mail = world.last_mail(email);
    world.ses_says(&mail, "bounced-permanent").await;
}

async fn test_alert(world: &World, person: &Person) {
    // After they confirmed their address.
    world.pass(SignedDuration::from_mins(1));
    let path = person.path("/alerts/test");
    world
        .post(&person.login, &path, json!({}))
        .await
        .expect(202);
}

#[tokio::test]
async fn nothing_waits_where_all_is_well() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    world.agent(&ada, "EMS-DSI", "Bruno").await;
    assert_eq!(shown(&world, &ada, "EMS", "").await, Vec::<Value>::new());
    agree(&world).await;
}

#[tokio::test]
async fn an_invitation_waits_until_it_is_accepted_and_an_account_until_it_is_taken_back() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let bruno = world.invite(&ada, "EMS-DSI", "Bruno").await;
    assert_eq!(
        waiting(&world, &ada, "EMS").await,
        one("invitation", &bruno)
    );
    let line = shown(&world, &ada, "EMS", "").await[0]["agents"][0].clone();
    assert_eq!(line["entity"]["id"], "EMS-DSI");
    assert!(line["invitationExpiresAt"].is_string());
    agree(&world).await;
    // It runs out, and waits all the same.
    world.pass(SignedDuration::from_hours(8 * 24));
    assert_eq!(
        waiting(&world, &ada, "EMS").await,
        one("invitation", &bruno)
    );
    let again = format!("/v1/entities/EMS-DSI/agents/{bruno}/invitation");
    world.post(&ada.login, &again, json!({})).await.expect(202);
    agree(&world).await;
    world.accept(&address("Bruno")).await;
    assert_eq!(waiting(&world, &ada, "EMS").await, []);
    agree(&world).await;

    let dora = world.invite(&ada, "EMS", "Dora").await;
    let path = format!("/v1/entities/EMS/agents/{dora}");
    world.delete(&ada.login, &path).await.expect(204);
    assert_eq!(waiting(&world, &ada, "EMS").await, []);
    agree(&world).await;

    // Nobody accepts in a month: the account goes with what waited.
    world.invite(&ada, "EMS", "Emil").await;
    world.pass(SignedDuration::from_hours(31 * 24));
    world.sweep().await;
    assert_eq!(waiting(&world, &ada, "EMS").await, []);
    agree(&world).await;
}

#[tokio::test]
async fn a_dead_address_waits_until_its_agent_confirms_one() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    test_alert(&world, &bruno).await;
    bounces(&world, &bruno.email).await;
    assert_eq!(
        waiting(&world, &ada, "EMS").await,
        one("undeliverable", &bruno.id)
    );
    let line = shown(&world, &ada, "EMS", "").await[0]["agents"][0].clone();
    assert_eq!(line["undeliverable"]["cause"], "bounce");
    assert!(line["undeliverable"]["since"].is_string());
    agree(&world).await;
    // It moves with its agent, is no concern while the account does not work, and is one again.
    change(
        &world,
        &ada,
        "EMS-DSI",
        &bruno.id,
        json!({"entityId": "EMS-EAU"}),
    )
    .await;
    agree(&world).await;
    assert_eq!(waiting(&world, &ada, "EMS-DSI").await, []);
    let of_eau = waiting(&world, &ada, "EMS-EAU").await;
    assert_eq!(of_eau, one("undeliverable", &bruno.id));
    for (active, expected) in [(false, vec![]), (true, of_eau)] {
        let to = json!({"active": active});
        change(&world, &ada, "EMS-EAU", &bruno.id, to).await;
        assert_eq!(waiting(&world, &ada, "EMS").await, expected);
        agree(&world).await;
    }
    // The administrator gives another address; its reader confirms it.
    let to = json!({"email": "bruno.new@agents.example.fr"});
    change(&world, &ada, "EMS-EAU", &bruno.id, to).await;
    world.settle().await;
    let mail = world.mails_to("bruno.new@agents.example.fr").pop();
    let token = json!({"token": mail.expect("a mail").token()});
    world
        .post(&Login::new("nobody"), "/v1/confirmations", token)
        .await
        .expect(200);
    assert_eq!(waiting(&world, &ada, "EMS").await, []);
    agree(&world).await;
}

#[tokio::test]
async fn an_invitation_that_came_back_waits_as_a_dead_address() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let bruno = world.invite(&ada, "EMS", "Bruno").await;
    bounces(&world, &address("Bruno")).await;
    assert_eq!(
        waiting(&world, &ada, "EMS").await,
        one("undeliverable", &bruno)
    );
    agree(&world).await;
}

#[tokio::test]
async fn declared_agents_wait_for_an_address_then_for_a_word_then_for_themselves() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let declare = async |revision: u64, fields: Value| {
        let mut detail = json!({
            "organisationId": "EMS", "agentId": "agt-1", "revision": revision, "entityId": "EMS-DSI",
            "firstName": "Zoé", "lastName": "Petit", "role": "agent",
        });
        let fields = fields.as_object().expect("fields").clone();
        detail.as_object_mut().expect("a detail").extend(fields);
        world.send("AgentSaved", detail).await;
    };
    let email = "zoe@ems.example.fr";
    declare(1, json!({})).await;
    let kinds = waiting(&world, &ada, "EMS").await;
    assert_eq!(kinds[0].0, "noAddress");
    let zoe = kinds[0].1[0].clone();
    assert_eq!(kinds, one("noAddress", &zoe));
    agree(&world).await;
    declare(2, json!({"email": email})).await;
    assert_eq!(waiting(&world, &ada, "EMS").await, one("uninvited", &zoe));
    agree(&world).await;
    let word = "/v1/entities/EMS/invitations";
    world.post(&ada.login, word, json!({})).await.expect(202);
    world.settle().await;
    assert_eq!(waiting(&world, &ada, "EMS").await, one("invitation", &zoe));
    agree(&world).await;
    // Whoever was invited at one address is invited at the next, and waits for one in between.
    declare(3, json!({"email": null})).await;
    assert_eq!(waiting(&world, &ada, "EMS").await, one("noAddress", &zoe));
    agree(&world).await;
    declare(4, json!({"email": "zoe.petit@ems.example.fr"})).await;
    assert_eq!(waiting(&world, &ada, "EMS").await, one("uninvited", &zoe));
    agree(&world).await;
    declare(
        5,
        json!({"email": "zoe.petit@ems.example.fr", "invite": true, "entityId": "EMS-EAU"}),
    )
    .await;
    assert_eq!(
        waiting(&world, &ada, "EMS-EAU").await,
        one("invitation", &zoe)
    );
    agree(&world).await;
    // Lapsed: they were invited, and stay.
    world.pass(SignedDuration::from_hours(31 * 24));
    world.sweep().await;
    assert_eq!(waiting(&world, &ada, "EMS").await, []);
    agree(&world).await;
}

#[tokio::test]
async fn an_address_that_is_yielded_leaves_its_declared_holder_waiting_for_one() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let zoe = world.organisation("LYON").await;
    let email = "paul@lyon.example.fr";
    let paul = world.declared("EMS", "Paul", Some(email)).await;
    agree(&world).await;
    // On LYON's own domain, so that it yields to LYON.
    let contact = json!({"firstName": "Paul", "lastName": "Roux", "email": email});
    world
        .post(
            &zoe.login,
            "/v1/entities/LYON/agents",
            json!({"contact": contact}),
        )
        .await
        .expect(201);
    assert_eq!(
        waiting(&world, &ada, "EMS").await,
        one("noAddress", paul.id.as_str())
    );
    agree(&world).await;
}

#[tokio::test]
async fn a_last_day_waits_from_a_month_before() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    let leaves = async |day: Value| {
        let to = json!({"leavesOn": day});
        change(&world, &ada, "EMS-DSI", &bruno.id, to).await;
        agree(&world).await;
        waiting(&world, &ada, "EMS").await
    };
    assert_eq!(leaves(json!("2027-03-01")).await, []);
    assert_eq!(leaves(json!("2026-12-15")).await, one("leaving", &bruno.id));
    assert_eq!(leaves(Value::Null).await, []);
    leaves(json!("2026-12-15")).await;
    world.pass(SignedDuration::from_hours(30 * 24));
    world.sweep().await;
    assert_eq!(waiting(&world, &ada, "EMS").await, [], "they have left");
    agree(&world).await;
}

#[tokio::test]
async fn a_recovery_waits_until_it_is_stopped_or_takes_effect() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let chef = world.administrator(&ada, "EMS-DSI", "Chef").await;
    let recovers = async || {
        let (new, body) = (Login::new("chef anew"), json!({"email": chef.email}));
        world.post(&new, "/v1/recoveries", body).await.expect(202);
        world.settle().await;
        let link = world.last_mail(&chef.email).token();
        world
            .post(&new, "/v1/recoveries/confirm", json!({"token": link}))
            .await
            .expect(202);
        agree(&world).await;
        assert_eq!(
            waiting(&world, &ada, "EMS").await,
            one("recovery", &chef.id)
        );
    };
    recovers().await;
    let path = format!("/v1/entities/EMS-DSI/agents/{}/recovery", chef.id);
    world.delete(&ada.login, &path).await.expect(204);
    assert_eq!(waiting(&world, &ada, "EMS").await, []);
    agree(&world).await;
    world.pass(SignedDuration::from_hours(1));
    recovers().await;
    world.pass(SignedDuration::from_hours(25));
    world.sweep().await;
    assert_eq!(waiting(&world, &ada, "EMS").await, []);
    agree(&world).await;
}

#[tokio::test]
async fn consultations_that_nobody_follows_wait_with_their_deadlines() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    world.consultation("c-1", "EMS-DSI", &bruno, &[]).await;
    assert_eq!(waiting(&world, &ada, "EMS").await, one("unfollowed", "c-1"));
    let line = shown(&world, &ada, "EMS", "").await[0]["consultations"][0].clone();
    assert_eq!(
        (&line["submissionDeadline"], &line["entityId"]),
        (&json!("2027-02-01T11:00:00Z"), &json!("EMS-DSI"))
    );
    world.star(&bruno, "c-1").await;
    assert_eq!(waiting(&world, &ada, "EMS").await, []);
}

/// An agent with all alerts off is as one with all on; so is one who is away, or starred nothing.
#[tokio::test]
async fn what_an_agent_chose_is_in_none_of_it() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    test_alert(&world, &bruno).await;
    bounces(&world, &bruno.email).await;
    let waits = async || {
        let mut waits = shown(&world, &ada, "EMS", "").await;
        let line = waits[0]["agents"][0].as_object_mut().expect("an agent");
        line.remove("version");
        waits
    };
    let before = waits().await;
    assert_eq!(before[0]["kind"], "undeliverable");
    let away = json!({"from": "2026-12-01", "until": "2026-12-31", "delegateAccountId": null});
    for (path, choice) in [
        ("/alerts", alerts("immediate")),
        ("/alerts", alerts("off")),
        ("/absence", away),
        ("/places", json!({"places": ["67"]})),
    ] {
        bruno.put(&world, path, choice).await.expect(200);
        assert_eq!(waits().await, before, "{path}");
    }
}

#[tokio::test]
async fn administrators_of_a_part_see_what_waits_there_and_below_and_nowhere_else() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let zoe = world.organisation("LYON").await;
    let chef = world.administrator(&ada, "EMS-DSI", "Chef").await;
    let mut ids = Vec::new();
    for (entity, by) in [
        ("EMS", &ada),
        ("EMS-DSI", &ada),
        ("EMS-EAU", &ada),
        ("EMS-RESEAU", &ada),
        ("LYON", &zoe),
    ] {
        ids.push(world.invite(by, entity, &format!("Of-{entity}")).await);
    }
    let lines = |wanted: &[usize]| {
        let mut ids: Vec<_> = wanted.iter().map(|i| ids[*i].clone()).collect();
        ids.sort();
        vec![("invitation".to_owned(), ids)]
    };
    assert_eq!(waiting(&world, &ada, "EMS").await, lines(&[0, 1, 2, 3]));
    assert_eq!(waiting(&world, &ada, "EMS-DSI").await, lines(&[1, 3]));
    assert_eq!(waiting(&world, &chef, "EMS-DSI").await, lines(&[1, 3]));
    assert_eq!(waiting(&world, &chef, "EMS-RESEAU").await, lines(&[3]));
    assert_eq!(waiting(&world, &zoe, "LYON").await, lines(&[4]));
    for entity in ["EMS", "EMS-EAU", "LYON"] {
        let path = format!("/v1/entities/{entity}/todo");
        world.get(&chef.login, &path).await.expect(403);
    }
    // A place elsewhere is none that this list gave.
    let path = format!(
        "/v1/entities/EMS-DSI/todo?kind=invitation&cursor=EMS-EAU~{}",
        ids[2]
    );
    world.get(&chef.login, &path).await.expect(422);
}

/// So many agents of an entity with an invitation that waits, as their accounts and entries say.
async fn crowd(world: &World, entity: &str, many: usize) -> Vec<String> {
    let store = world.table.store();
    let id = world
        .invite(&chief(world).await, entity, &format!("First-{entity}"))
        .await;
    let template = store.account_read(&AccountId::parse(&id).unwrap()).await;
    let template = template.unwrap().expect("an account");
    let (root, entity) = (EntityId::parse("EMS").unwrap(), template.entity_id.clone());
    let (mut items, mut ids) = (Vec::new(), vec![id]);
    for i in 1..many {
        let mut account = template.clone();
        account.id = AccountId::parse(&format!("agent-{entity}-{i:04}")).unwrap();
        for todo in account.todos() {
            let entry = keys::todo(&root, todo, &entity, Some(&account.id));
            items.push((entry, HashMap::new()));
        }
        items.push((keys::agent(&entity, &account.id), HashMap::new()));
        let item = serde_dynamo::to_item(&account).unwrap();
        items.push((keys::account(&account.id), item));
        ids.push(account.id.to_string());
    }
    world.table.import(items);
    ids.sort();
    ids
}

/// Whoever administers `EMS`.
async fn chief(world: &World) -> Person {
    let store = world.table.store();
    let root = EntityId::parse("EMS").unwrap();
    let seats = store.administrator_list(&root, true).await.unwrap();
    let email = "admin@ems.example.fr";
    Person {
        id: seats[0].id.to_string(),
        email: email.to_owned(),
        login: Login::new(&format!("login-of-{email}")),
    }
}

#[tokio::test]
async fn fifty_are_counted_and_the_cursor_leads_through_all_of_them_once() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let mut all = crowd(&world, "EMS-DSI", 130).await;
    all.extend(crowd(&world, "EMS-RESEAU", 50).await);
    crowd(&world, "EMS-EAU", 50).await;
    let first = shown(&world, &ada, "EMS", "?limit=3").await[0].clone();
    assert_eq!(
        (&first["count"], &first["more"]),
        (&json!(50), &json!(true))
    );
    assert_eq!(first["agents"].as_array().unwrap().len(), 3);
    // Exactly as many as are counted are no more than that.
    let eau = shown(&world, &ada, "EMS-EAU", "?limit=3").await[0].clone();
    assert_eq!((&eau["count"], &eau["more"]), (&json!(50), &json!(false)));
    for limit in [7, 50, 100] {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let query = format!("?kind=invitation&limit={limit}{cursor}");
            let Some(page) = shown(&world, &ada, "EMS-DSI", &query).await.pop() else {
                break;
            };
            let agents = page["agents"].as_array().unwrap().iter();
            found.extend(agents.map(|agent| agent["id"].as_str().unwrap().to_owned()));
            match page["cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(found, all, "{limit}");
    }
}

/// However many agents there are, and entities beside those that are looked into.
#[tokio::test]
async fn an_answer_costs_no_more_calls_of_the_table_with_many_agents_than_with_few() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let chef = world.administrator(&ada, "EMS-DSI", "Chef").await;
    let bruno = world.agent(&ada, "EMS-EAU", "Bruno").await;
    test_alert(&world, &bruno).await;
    bounces(&world, &bruno.email).await;
    let calls = async |by: &Person, entity: &str| {
        world.table.calls();
        shown(&world, by, entity, "").await;
        world.table.calls().len()
    };
    let few = (calls(&ada, "EMS").await, calls(&chef, "EMS-DSI").await);
    assert!(few.0 <= 24 && few.1 <= 16, "{few:?}");
    // Elsewhere a thousand wait, and a thousand work.
    crowd(&world, "EMS-EAU", 1000).await;
    let many = (calls(&ada, "EMS").await, calls(&chef, "EMS-DSI").await);
    // A page of their accounts and the way to their entity; where nothing waits, one more page.
    assert!(
        many.0 <= few.0 + 4 && many.1 <= few.1 + 1,
        "{few:?}, {many:?}"
    );
}

/// The parts are looked into with one call, whatever their number, and none is left out.
#[tokio::test]
async fn an_answer_about_a_part_costs_no_more_calls_with_many_entities_than_with_few() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    world.entity(&ada, "EMS-ZZZ", "EMS-DSI").await;
    let chef = world.administrator(&ada, "EMS-DSI", "Chef").await;
    let zoe = world.invite(&ada, "EMS-ZZZ", "Zoe").await;
    world.invite(&ada, "EMS-EAU", "Elsewhere").await;
    let read = async || {
        world.table.calls();
        let shown = shown(&world, &chef, "EMS-DSI", "?kind=invitation").await;
        (shown, world.table.calls())
    };
    let (shown, few) = read().await;
    assert_eq!(
        (&shown[0]["count"], &shown[0]["agents"][0]["id"]),
        (&json!(1), &json!(zoe))
    );
    let id = |id: &str| EntityId::parse(id).unwrap();
    let (root, parent) = (id("EMS"), id("EMS-DSI"));
    let template = world.table.store().entity_read(&id("EMS-ZZZ")).await;
    let template = template.unwrap().expect("an entity");
    let parent_id = AttributeValue::S(parent.to_string());
    let more = (0..600).flat_map(|i| {
        let mut entity = template.clone();
        entity.id = id(&format!("EMS-M{i}"));
        let below = HashMap::from([("parentId".to_owned(), parent_id.clone())]);
        let item = serde_dynamo::to_item(&entity).unwrap();
        [
            (keys::entity(&entity.id), item),
            (keys::child(&parent, &entity.id), HashMap::new()),
            (keys::below(&root, &entity.id), below),
        ]
    });
    world.table.import(more.collect());
    assert_eq!(read().await, (shown, few));
}

#[tokio::test]
async fn what_is_no_kind_is_refused_and_a_cursor_needs_one() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    for (query, field) in [
        ("kind=alerts", "kind"),
        ("cursor=EMS", "cursor"),
        ("kind=invitation&cursor=EMS~a~b", "cursor"),
        ("kind=unfollowed&cursor=LYON", "cursor"),
        ("limit=0", "limit"),
    ] {
        let path = format!("/v1/entities/EMS/todo?{query}");
        let refused = world.get(&ada.login, &path).await.expect(422);
        assert_eq!(refused.json["errors"][0]["field"], field, "{query}");
    }
}
