//! Addresses of accounts that nobody has accepted: they yield to provisioning, to the organisation
//! whose domain it is, and to whoever confirms them; taking and yielding are one.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use tokio::sync::Barrier;
use vigie_aws::Consumer as _;
use vigie_tests::{Answer, Login, World, scenario::Person, world::sqs};

use super::{CONFIRMATION, TAKEN, accept, ask, assert_whole, bruno, confirm};

const WITHDRAWN: &str = "Une invitation a été retirée";
const HERS: &str = "hedwige@ems.example.fr";

fn contact(email: &str) -> Value {
    json!({"firstName": "Hedwige", "lastName": "Agent", "email": email})
}

async fn post(world: &World, by: &Login, entity: &str, email: &str) -> Answer {
    let answer = world
        .post(
            by,
            &format!("/v1/entities/{entity}/agents"),
            json!({"contact": contact(email)}),
        )
        .await;
    world.settle().await;
    answer
}

/// Invites, and returns the account's id.
async fn reserve(world: &World, by: &Person, entity: &str, email: &str) -> String {
    post(world, &by.login, entity, email).await.expect(201).json["id"]
        .as_str()
        .expect("an id")
        .to_owned()
}

async fn agents(world: &World, by: &Person, entity: &str) -> Vec<String> {
    let path = format!("/v1/entities/{entity}/agents");
    let agents = world.get(&by.login, &path).await.expect(200).items();
    let email = |agent: &Value| agent["contact"]["email"].as_str().expect("one").to_owned();
    agents.iter().map(email).collect()
}

/// Lists who withdrew whom, in an organisation's audit.
async fn withdrawn(world: &World, by: &Person, root: &str) -> Vec<(Value, Value)> {
    let path = format!("/v1/entities/{root}/audit");
    let audit = world.get(&by.login, &path).await.expect(200).items();
    let of = |entry: Value| {
        let [actor, target] = ["actorAccountId", "targetAccountId"].map(|id| entry[id].clone());
        (entry["what"] == "agentWithdrawn").then_some((actor, target))
    };
    audit.into_iter().filter_map(of).collect()
}

/// Invites an administrator, who accepts.
async fn administrator(world: &World, by: &Person, entity: &str, email: &str) -> Person {
    let body = json!({"contact": contact(email), "role": "administrator"});
    let path = format!("/v1/entities/{entity}/agents");
    world.post(&by.login, &path, body).await.expect(201);
    world.accept(email).await
}

async fn provision(world: &World, entity: &str, email: &str) {
    let detail = provisioned(entity, email);
    world.send("OrganisationProvisioned", detail).await;
}

fn assert_email_taken(world: &World) {
    let last = world.rejections().pop();
    assert!(last.is_some_and(|reason| reason.starts_with("email-taken")));
}

fn provisioned(entity: &str, email: &str) -> Value {
    let administrator = json!({"firstName": "Hedwige", "lastName": "Chef", "email": email});
    json!({"organisation": entity, "entityId": entity, "name": entity, "administrator": administrator})
}

/// Traces of an account that yielded: an entry in the audit of its organisation, and with who
/// invited it.
async fn assert_yielded(world: &World, by: &Person, root: &str, id: &str, token: &str) {
    assert_eq!(withdrawn(world, by, root).await, [(Value::Null, json!(id))]);
    accept(world, &Login::new("late"), token)
        .await
        .refused(404, "not-found");
    for _ in 0..3 {
        world.sweep().await;
        world.pass(jiff::SignedDuration::from_mins(16));
    }
    for item in world.table.items().await {
        let (pk, sk) = (
            item["pk"].as_s().expect("a key"),
            item["sk"].as_s().expect("a key"),
        );
        assert!(
            sk.starts_with("AUDIT#") || !format!("{item:?}").contains(id),
            "{pk} {sk}"
        );
        assert!(!pk.contains(id), "{pk} {sk}");
    }
    let told: Vec<_> = world
        .mails_to(&by.email)
        .into_iter()
        .filter(|mail| mail.subject == WITHDRAWN)
        .collect();
    assert_eq!(told.len(), 1);
    assert!(
        !told[0].text.contains(HERS) && !told[0].text.contains("Hedwige"),
        "{}",
        told[0].text
    );
}

#[tokio::test]
async fn who_confirms_a_reserved_address_has_it_and_whoever_invited_is_told() {
    let (world, _, bruno) = bruno().await;
    let zoe = world.organisation("LYON").await;
    let id = reserve(&world, &zoe, "LYON", HERS).await;
    let token = world.last_mail(HERS).token();

    ask(&world, &bruno, HERS).await;
    assert_eq!(
        world.subjects_to(HERS).last().expect("a mail"),
        CONFIRMATION
    );
    confirm(&world, &world.last_mail(HERS).token())
        .await
        .expect(200);

    assert_eq!(
        bruno.get(&world, "").await.expect(200).json["contact"]["email"],
        HERS
    );
    assert_eq!(agents(&world, &zoe, "LYON").await, [zoe.email.as_str()]);
    assert_yielded(&world, &zoe, "LYON", &id, &token).await;
    post(&world, &zoe.login, "LYON", HERS)
        .await
        .refused(409, "email-taken");
}

#[tokio::test]
async fn an_address_that_is_confirmed_or_bound_yields_to_nobody() {
    let (world, ada, bruno) = bruno().await;
    let zoe = world.organisation("LYON").await;
    reserve(&world, &zoe, "LYON", HERS).await;
    let token = world.last_mail(HERS).token();
    ask(&world, &bruno, HERS).await;
    let link = world.last_mail(HERS).token();
    accept(&world, &Login::new("hedwige"), &token)
        .await
        .expect(200);

    confirm(&world, &link).await.refused(409, "email-taken");
    post(&world, &ada.login, "EMS", HERS)
        .await
        .refused(409, "email-taken");
    provision(&world, "CUS", HERS).await;
    assert_email_taken(&world);
    ask(&world, &ada, HERS).await;
    assert_eq!(world.subjects_to(HERS).last().expect("a mail"), TAKEN);
    assert_eq!(agents(&world, &zoe, "LYON").await.len(), 2);
}

#[tokio::test]
async fn a_new_customer_s_first_administrator_has_an_address_that_somebody_reserved() {
    let (world, _, _) = bruno().await;
    let zoe = world.organisation("LYON").await;
    let id = reserve(&world, &zoe, "LYON", "hedwige@cus.example.fr").await;
    let token = world.last_mail("hedwige@cus.example.fr").token();
    provision(&world, "CUS", "hedwige@cus.example.fr").await;
    assert!(world.rejections().is_empty(), "{:?}", world.rejections());
    assert_yielded(&world, &zoe, "LYON", &id, &token).await;

    // What the portal reserved keeps it from another customer, and from whose domain it is.
    provision(&world, "METZ", "hedwige@cus.example.fr").await;
    assert_email_taken(&world);
    world.accept("hedwige@cus.example.fr").await;
}

#[tokio::test]
async fn a_root_that_nobody_administers_gets_an_administrator_whose_address_was_reserved() {
    let (world, _, _) = bruno().await;
    let zoe = world.organisation("LYON").await;
    provision(&world, "CUS", "first@cus.example.fr").await;
    world.pass(jiff::SignedDuration::from_hours(31 * 24));
    world.sweep().await;
    let id = reserve(&world, &zoe, "LYON", "hedwige@cus.example.fr").await;
    let token = world.last_mail("hedwige@cus.example.fr").token();
    provision(&world, "CUS", "hedwige@cus.example.fr").await;
    assert!(world.rejections().is_empty(), "{:?}", world.rejections());
    assert_yielded(&world, &zoe, "LYON", &id, &token).await;
    world.accept("hedwige@cus.example.fr").await;
}

#[tokio::test]
async fn what_provisioning_reserved_yields_to_whoever_confirms_it_and_to_nobody_else() {
    let (world, ada, bruno) = bruno().await;
    provision(&world, "CUS", HERS).await;
    post(&world, &ada.login, "EMS", HERS)
        .await
        .refused(409, "email-taken");
    ask(&world, &bruno, HERS).await;
    confirm(&world, &world.last_mail(HERS).token())
        .await
        .expect(200);
    // The customer begins anew.
    provision(&world, "CUS", "other@cus.example.fr").await;
    assert!(world.rejections().is_empty(), "{:?}", world.rejections());
    world.accept("other@cus.example.fr").await;
}

#[tokio::test]
async fn an_organisation_has_the_addresses_on_its_own_domain_that_others_reserved() {
    let (world, ada, _) = bruno().await;
    let zoe = world.organisation("LYON").await;
    let id = reserve(&world, &zoe, "LYON", HERS).await;
    let token = world.last_mail(HERS).token();
    post(&world, &ada.login, "EMS", HERS).await.expect(201);
    assert_yielded(&world, &zoe, "LYON", &id, &token).await;
    // And keeps them: it is their own colleague now.
    post(&world, &zoe.login, "LYON", HERS)
        .await
        .refused(409, "email-taken");
    world.entity(&ada, "EMS-DSI", "EMS").await;
    post(&world, &ada.login, "EMS-DSI", HERS)
        .await
        .refused(409, "email-taken");
    world.accept(HERS).await;
}

#[tokio::test]
async fn rows_of_an_import_have_them_too_and_a_dry_run_says_so() {
    let (world, ada, _) = bruno().await;
    let zoe = world.organisation("LYON").await;
    for email in [HERS, "keeps@lyon.example.fr", "other@agents.example.fr"] {
        reserve(&world, &zoe, "LYON", email).await;
    }
    world.entity(&ada, "EMS-DSI", "EMS").await;
    reserve(&world, &ada, "EMS-DSI", "colleague@ems.example.fr").await;
    let rows = [
        HERS,
        "keeps@lyon.example.fr",
        "other@agents.example.fr",
        "colleague@ems.example.fr",
    ];
    let file = format!(
        "firstName,lastName,email\r\n{}",
        rows.map(|email| format!("H,A,{email}\r\n")).concat()
    );
    for (dry_run, taken) in [(true, "wouldCreate"), (false, "created")] {
        let path = format!("/v1/entities/EMS/agents/import?dryRun={dry_run}");
        let answer = world
            .request("POST", &path)
            .by(&ada.login)
            .bytes("text/csv", file.as_bytes())
            .send()
            .await
            .expect(200)
            .json;
        let statuses: Vec<_> = answer["rows"]
            .as_array()
            .expect("rows")
            .iter()
            .map(|row| row["status"].as_str().expect("one"))
            .collect();
        assert_eq!(statuses, [taken, "refused", "refused", "refused"]);
    }
    assert_eq!(withdrawn(&world, &zoe, "LYON").await.len(), 1);
}

/// Nobody makes a foreign domain their own: neither by having somebody from there administer, nor
/// by reading mails there.
#[tokio::test]
async fn a_domain_that_the_portal_did_not_name_takes_nothing_from_others() {
    for domain in ["colmar.example.fr", "orange.fr"] {
        let (world, ada, _) = bruno().await;
        let zoe = world.organisation("LYON").await;
        let (guest, hers) = (format!("mallory@{domain}"), format!("hedwige@{domain}"));
        let mallory = administrator(&world, &ada, "EMS", &guest).await;
        ask(&world, &ada, &format!("ada@{domain}")).await;
        confirm(&world, &world.last_mail(&format!("ada@{domain}")).token())
            .await
            .expect(200);
        reserve(&world, &zoe, "LYON", &hers).await;
        for by in [&ada, &mallory] {
            post(&world, &by.login, "EMS", &hers)
                .await
                .refused(409, "email-taken");
        }
        assert!(withdrawn(&world, &zoe, "LYON").await.is_empty());
    }
}

#[tokio::test]
async fn a_domain_where_anybody_has_an_address_is_not_the_organisation_s_that_began_there() {
    let (world, _, _) = bruno().await;
    let zoe = world.organisation("LYON").await;
    provision(&world, "PETITE", "mairie.petite@orange.fr").await;
    let mayor = world.accept("mairie.petite@orange.fr").await;
    reserve(&world, &zoe, "LYON", "hedwige@orange.fr").await;
    post(&world, &mayor.login, "PETITE", "hedwige@orange.fr")
        .await
        .refused(409, "email-taken");
}

#[tokio::test]
async fn of_two_organisations_with_one_domain_neither_takes_from_the_other() {
    let (world, ada, _) = bruno().await;
    provision(&world, "CUS", "chef@ems.example.fr").await;
    let chef = world.accept("chef@ems.example.fr").await;
    reserve(&world, &chef, "CUS", HERS).await;
    post(&world, &ada.login, "EMS", HERS)
        .await
        .refused(409, "email-taken");
    // So does one whose administrator has an address there.
    let zoe = world.organisation("LYON").await;
    administrator(&world, &zoe, "LYON", "lou@ems.example.fr").await;
    reserve(&world, &zoe, "LYON", "lea@ems.example.fr").await;
    post(&world, &ada.login, "EMS", "lea@ems.example.fr")
        .await
        .refused(409, "email-taken");
}

#[tokio::test]
async fn only_who_can_be_mailed_is_told_and_it_is_who_invited_last() {
    let (world, ada, _) = bruno().await;
    let zoe = world.organisation("LYON").await;
    let lou = administrator(&world, &zoe, "LYON", "lou@lyon.example.fr").await;
    for (email, is_active) in [("one@ems.example.fr", true), ("two@ems.example.fr", false)] {
        let id = reserve(&world, &zoe, "LYON", email).await;
        world
            .post(
                &lou.login,
                &format!("/v1/entities/LYON/agents/{id}/invitation"),
                json!({}),
            )
            .await
            .expect(202);
        world.settle().await;
        world
            .change(&zoe, "LYON", &lou.id, json!({"active": is_active}))
            .await
            .expect(200);
        post(&world, &ada.login, "EMS", email).await.expect(201);
    }
    assert_eq!(
        world
            .subjects_to(&lou.email)
            .iter()
            .filter(|subject| *subject == WITHDRAWN)
            .count(),
        1
    );
    assert!(
        !world
            .subjects_to(&zoe.email)
            .contains(&WITHDRAWN.to_owned())
    );
}

const ROUNDS: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_accepts_while_the_address_is_taken_has_it_or_finds_no_invitation() {
    let (mut accepted, mut taken) = (0, 0);
    for round in 0..ROUNDS {
        let (world, ada, bruno) = bruno().await;
        let zoe = world.organisation("LYON").await;
        let id = reserve(&world, &zoe, "LYON", HERS).await;
        let invitation = world.last_mail(HERS).token();
        ask(&world, &bruno, HERS).await;
        let link = world.last_mail(HERS).token();
        let world = Arc::new(world);
        let acceptance = (
            Login::new("hedwige"),
            "POST",
            "/v1/invitations".to_owned(),
            json!({"token": invitation}),
        );
        let again = (
            zoe.login.clone(),
            "POST",
            format!("/v1/entities/LYON/agents/{id}/invitation"),
            json!({}),
        );
        let taking = if round % 2 == 0 {
            (
                Login::new("nobody"),
                "POST",
                "/v1/confirmations".to_owned(),
                json!({"token": link}),
            )
        } else {
            (
                ada.login.clone(),
                "POST",
                "/v1/entities/EMS/agents".to_owned(),
                json!({"contact": contact(HERS)}),
            )
        };
        let acts = if round % 4 < 2 {
            vec![acceptance, taking]
        } else {
            vec![again, taking]
        };
        let statuses = world.at_once(acts).await;
        world.settle().await;
        match statuses[..] {
            [200, 409] => accepted += 1,
            [202 | 404, 200 | 201] => taken += 1,
            _ => panic!("round {round}: {statuses:?}"),
        }
        assert_whole(&world).await;
        assert_eq!(
            withdrawn(&world, &zoe, "LYON").await.len(),
            usize::from(statuses[1] != 409)
        );
    }
    assert!(taken > 0, "{accepted} {taken}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_who_take_an_address_at_once_one_has_it() {
    for round in 0..ROUNDS {
        let (world, ada, bruno) = bruno().await;
        let zoe = world.organisation("LYON").await;
        let email = "hedwige@ems.example.fr";
        reserve(&world, &zoe, "LYON", email).await;
        let mut acts = vec![(
            ada.login.clone(),
            "POST",
            "/v1/entities/EMS/agents".to_owned(),
            json!({"contact": contact(email)}),
        )];
        if round % 2 == 0 {
            acts.push(acts[0].clone());
        } else {
            ask(&world, &bruno, email).await;
            let link = world.last_mail(email).token();
            acts.push((
                Login::new("nobody"),
                "POST",
                "/v1/confirmations".to_owned(),
                json!({"token": link}),
            ));
        }
        let world = Arc::new(world);
        let statuses = world.at_once(acts).await;
        world.settle().await;
        assert_whole(&world).await;
        let withdrawals = withdrawn(&world, &zoe, "LYON").await.len();
        assert_eq!(withdrawals, 1);
        match (round % 2, &statuses[..]) {
            (0, [201, 409] | [409, 201]) | (_, [409, 200]) => {}
            // Confirming takes what was reserved a moment ago.
            (1, [201, 200]) => assert_eq!(withdrawn(&world, &ada, "EMS").await.len(), 1),
            _ => panic!("round {round}: {statuses:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_customer_that_is_provisioned_while_its_address_is_accepted_has_it_or_is_rejected() {
    for _ in 0..ROUNDS / 2 {
        let (world, _, _) = bruno().await;
        let zoe = world.organisation("LYON").await;
        reserve(&world, &zoe, "LYON", HERS).await;
        let invitation = world.last_mail(HERS).token();
        let world = Arc::new(world);
        let event = json!({"source": "procurement", "detail-type": "OrganisationProvisioned", "detail": provisioned("CUS", HERS)});
        let start = Arc::new(Barrier::new(2));
        let (there, begin) = (Arc::clone(&world), Arc::clone(&start));
        let acceptance = tokio::spawn(async move {
            begin.wait().await;
            accept(&there, &Login::new("hedwige"), &invitation)
                .await
                .status
        });
        start.wait().await;
        let answer = world
            .provisioning
            .consume(sqs(&event, 1))
            .await
            .expect("an answer");
        let accepted = acceptance.await.expect("an answer");
        world.settle().await;
        assert_eq!(answer["batchItemFailures"], json!([]));
        assert_eq!(
            world.rejections().len(),
            usize::from(accepted == 200),
            "{accepted} {:?}",
            world.rejections()
        );
        assert_whole(&world).await;
    }
}

/// What keeps whoever wants an address from learning who holds it: it stays taken, and nobody waits
/// for an operator.
#[tokio::test]
async fn what_cannot_be_read_of_a_holder_keeps_the_address_and_blocks_nobody() {
    for (pk, sk, field) in [
        ("ACCOUNT#", "ACCOUNT", "role"),
        ("ENTITY#LYON", "ENTITY", "name"),
        ("EMAIL#", "EMAIL", "owner"),
    ] {
        let (world, ada, bruno) = bruno().await;
        let zoe = world.organisation("LYON").await;
        ask(&world, &bruno, HERS).await;
        let token = world.last_mail(HERS).token();
        let id = reserve(&world, &zoe, "LYON", HERS).await;
        let digest = vigie_domain::contact::email::Email::parse(HERS)
            .expect("an address")
            .digest();
        let pk = match pk {
            "ACCOUNT#" => format!("{pk}{id}"),
            "EMAIL#" => format!("{pk}{digest}"),
            pk => pk.to_owned(),
        };
        world.set(&pk, sk, field, AttributeValue::Bool(true)).await;

        let answer = post(&world, &ada.login, "EMS", HERS).await.expect(409);
        assert_eq!(answer.problem(), "email-taken", "{pk}");
        let rows = format!(
            "prénom;nom;courriel\nA;B;{HERS}\nC;D;c@ems.example.fr\nE;F;e@ems.example.fr\n"
        );
        let imported = world
            .request("POST", "/v1/entities/EMS/agents/import?dryRun=false")
            .by(&ada.login)
            .raw("text/csv", &rows)
            .send()
            .await
            .expect(200)
            .json;
        assert_eq!(
            (
                &imported["refused"],
                &imported["created"],
                &imported["notTried"]
            ),
            (&json!(1), &json!(2), &json!(0)),
            "{pk}: {imported}"
        );
        provision(&world, "COLMAR", HERS).await;
        let rejected = world.rejections();
        assert!(
            rejected
                .iter()
                .any(|reason| reason.starts_with("email-taken")),
            "{pk}: {rejected:?}"
        );
        assert!(world.dead.lock().expect("a lock").is_empty(), "{pk}");
        if sk != "ENTITY" {
            let answer = confirm(&world, &token).await.expect(409);
            assert_eq!(answer.problem(), "email-taken", "{pk}");
        }
    }
}
