//! Behaviour that only the real `DynamoDB` shows: contention, throttling, silence, lost answers.
//! The answer is the contract's, and the same request can be made again.

mod line;

use serde_json::{Value, json};
use vigie_tests::{
    Answer, World,
    routes::{Row, Scene, all},
    scenario::Person,
};

use line::{Fault, Line};

const NEW: &str = "new@agents.example.fr";

/// Everything that means « not now ».
fn outages() -> Vec<Fault> {
    let cancelled = |code: &str| {
        Fault::Refused(
            400,
            "TransactionCanceledException",
            json!({"CancellationReasons": [{"Code": code}]}),
        )
    };
    vec![
        Fault::Refused(400, "ThrottlingException", json!({})),
        Fault::Refused(400, "ProvisionedThroughputExceededException", json!({})),
        Fault::Refused(400, "RequestLimitExceeded", json!({})),
        Fault::Refused(400, "AccessDeniedException", json!({})),
        Fault::Refused(500, "InternalServerError", json!({})),
        Fault::Refused(503, "ServiceUnavailable", json!({})),
        cancelled("ThrottlingError"),
        cancelled("ProvisionedThroughputExceeded"),
        Fault::Broken,
    ]
}

#[track_caller]
fn unavailable(what: &str, answer: &Answer) {
    assert_eq!(
        (answer.status, answer.problem()),
        (503, "unavailable"),
        "{what}: {}",
        answer.text
    );
    assert_eq!(
        answer.headers["content-type"], "application/problem+json",
        "{what}"
    );
    let seconds: i64 = answer.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&seconds), "{what}: {seconds}");
    let told = answer.text.to_lowercase();
    for secret in [
        "vigie\"",
        "dynamo",
        "throttl",
        "exception",
        "table",
        "account#",
    ] {
        assert!(!told.contains(secret), "{what}: {told}");
    }
}

async fn rightful(scene: &Scene, row: &Row) -> Answer {
    let asked = scene.request(row);
    match scene.rightful(row) {
        Some(login) => asked.by(&login).send().await,
        None => asked.send().await,
    }
}

fn stored() -> impl Iterator<Item = Row> {
    all().into_iter().filter(|row| {
        // A program that is held to no organisation has nothing looked up.
        !["portal", "intake"].contains(&row.function)
            && !["GET /v1/places", "GET /v1/unsubscribe/{token}"].contains(&row.key().as_str())
    })
}

/// Rows and scenes for them: reading leaves a scene as it is, for the next that reads.
#[derive(Default)]
struct Scenes(Option<Scene>);

impl Scenes {
    async fn of(&mut self, row: &Row) -> Scene {
        match self.0.take() {
            Some(scene) if row.only_reads() => scene,
            left => {
                self.0 = left;
                Scene::new().await
            }
        }
    }

    fn leave(&mut self, row: &Row, scene: Scene) {
        if row.only_reads() {
            self.0 = Some(scene);
        }
    }
}

#[tokio::test]
async fn whichever_call_of_whichever_route_fails_the_answer_is_503_and_the_same_request_works_later()
 {
    let mut scenes = Scenes::default();
    for row in stored() {
        let mut scene = scenes.of(&row).await;
        let line = Line::lay(&mut scene.world, 1);
        let mut fails = 0;
        loop {
            line.all_after(fails, Fault::Refused(400, "ThrottlingException", json!({})));
            let answer = rightful(&scene, &row).await;
            let calls = line.mend().len();
            if calls <= fails {
                assert!(
                    (200..300).contains(&answer.status),
                    "{}: {}",
                    row.key(),
                    answer.text
                );
                break;
            }
            unavailable(&format!("{}, call {fails}", row.key()), &answer);
            fails += 1;
        }
        assert!(fails > 0, "{} needs the table", row.key());
        scenes.leave(&row, scene);
    }
}

/// Wherever the table goes away: before anything was created the answer is the usual one, after
/// that each row says whether it was tried; and the same call again finishes.
#[tokio::test]
async fn an_import_that_is_cut_short_says_what_was_not_tried_and_is_finished_by_the_same_call() {
    let rows: String = (0..3)
        .map(|i| format!("A{i};B;a{i}@agents.example.fr\n"))
        .collect();
    let csv = format!("prénom;nom;courriel\n;nobody;\n{rows}");
    let mut seen = std::collections::BTreeSet::new();
    for fault in [
        Fault::Refused(400, "ThrottlingException", json!({})),
        Fault::AnswerLost,
        Fault::Contention,
    ] {
        let mut fails = 0;
        loop {
            let (world, line, ada, _) = bruno(1).await;
            let import = async || {
                let asked = world
                    .request("POST", "/v1/entities/EMS/agents/import?dryRun=false")
                    .by(&ada.login);
                asked.raw("text/csv", &csv).send().await
            };
            line.all_after(fails, fault.clone());
            let answer = import().await;
            if line.mend().len() <= fails {
                assert_eq!(answer.expect(200).json["created"], 3);
                break;
            }
            if answer.status == 200 {
                let said: Vec<_> = answer.json["rows"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|row| row["status"].as_str().unwrap())
                    .collect();
                let done = said.iter().filter(|status| **status == "created").count();
                assert!((1..3).contains(&done), "{said:?}");
                assert_eq!(said[..=done], ["refused", "created", "created"][..=done]);
                assert!(
                    said[done + 1..].iter().all(|status| *status == "notTried"),
                    "{said:?}"
                );
                seen.insert(done);
            } else {
                assert!([409, 503].contains(&answer.status), "{}", answer.text);
            }
            let again = import().await.expect(200).json;
            assert_eq!(
                (&again["refused"], &again["notTried"]),
                (&json!(1), &json!(0))
            );
            assert_eq!(
                again["created"].as_u64().unwrap() + again["unchanged"].as_u64().unwrap(),
                3
            );
            assert_eq!(world.table.count("EMAIL#").await, 5);
            fails += 1;
        }
    }
    assert_eq!(seen, [1, 2].into());
}

async fn bruno(attempts: u32) -> (World, Line, Person, Person) {
    let mut world = World::new().await;
    let ada = world.organisation("EMS").await;
    let bruno = world.agent(&ada, "EMS", "Bruno").await;
    let line = Line::lay(&mut world, attempts);
    (world, line, ada, bruno)
}

async fn patch(world: &World, person: &Person, body: Value) -> Answer {
    world
        .request("PATCH", &person.path("/contact"))
        .by(&person.login)
        .header("if-match", "*")
        .json(&body)
        .send()
        .await
}

/// The link of a new request for [`NEW`].
async fn link(world: &World, person: &Person) -> String {
    patch(world, person, json!({"email": NEW}))
        .await
        .expect(202);
    world.settle().await;
    world.last_mail(NEW).token()
}

async fn confirm(world: &World, token: &str) -> Answer {
    world.confirm(token).await
}

async fn account(world: &World, person: &Person) -> Value {
    person.get(world, "").await.expect(200).json
}

#[tokio::test]
async fn every_outage_is_a_503_for_reading_and_for_writing() {
    let (world, line, _, bruno) = bruno(1).await;
    let token = link(&world, &bruno).await;
    let before = account(&world, &bruno).await;
    for outage in outages().into_iter().chain([Fault::Silence]) {
        // Nothing is read; all is read and nothing is written.
        for pass in [0, 1] {
            line.all_after(pass, outage.clone());
            unavailable(&format!("{outage:?}"), &confirm(&world, &token).await);
            // A partition that takes no more is waited for.
            let tries = if pass == 1 && format!("{outage:?}").contains("CancellationReasons") {
                6
            } else {
                1
            };
            assert_eq!(line.mend().len(), pass + tries, "{outage:?}");
        }
        for pass in [0, 1, 2] {
            line.all_after(pass, outage.clone());
            unavailable(
                &format!("{outage:?}"),
                &patch(&world, &bruno, json!({"jobTitle": "Acheteur"})).await,
            );
            line.mend();
        }
        assert_eq!(account(&world, &bruno).await, before, "{outage:?}");
    }
    confirm(&world, &token).await.expect(200);
    patch(&world, &bruno, json!({"jobTitle": "Acheteur"}))
        .await
        .expect(200);
}

#[tokio::test]
async fn what_cannot_be_shown_is_not_written_either() {
    let (world, line, _, bruno) = bruno(1).await;
    let before = account(&world, &bruno).await;
    line.all_after(1, Fault::Broken);
    unavailable(
        "the entity's name",
        &patch(&world, &bruno, json!({"email": NEW})).await,
    );
    assert_eq!(
        line.mend()
            .into_iter()
            .map(|(operation, _)| operation)
            .collect::<Vec<_>>(),
        ["BatchGetItem"; 2]
    );
    assert_eq!(account(&world, &bruno).await, before);
}

#[tokio::test]
async fn contention_that_passes_is_waited_out() {
    let mut scenes = Scenes::default();
    for row in stored() {
        let mut scene = scenes.of(&row).await;
        let line = Line::lay(&mut scene.world, 1);
        line.writes([Fault::Contention, Fault::Contention]);
        let answer = rightful(&scene, &row).await;
        let calls = line.mend();
        assert!(
            (200..300).contains(&answer.status),
            "{}: {}",
            row.key(),
            answer.text
        );
        if let [first, second, ..] = calls
            .iter()
            .filter_map(|(_, token)| token.as_ref())
            .collect::<Vec<_>>()[..]
        {
            assert_ne!(
                first,
                second,
                "{}: what was cancelled is another transaction the next time",
                row.key()
            );
        }
        scenes.leave(&row, scene);
    }
}

#[tokio::test]
async fn contention_for_a_count_is_waited_out_too() {
    let (world, line, ada, _) = bruno(1).await;
    line.counts([Fault::Contention, Fault::Contention]);
    world.invite(&ada, "EMS", "Chloe").await;
    assert_eq!(
        line.mend()
            .iter()
            .filter(|(operation, _)| operation == "UpdateItem")
            .count(),
        3
    );
}

/// The SDK waits where a call is throttled, not where a transaction was cancelled for it.
#[tokio::test]
async fn a_partition_that_takes_no_more_is_waited_for() {
    let (world, line, _, bruno) = bruno(1).await;
    let token = link(&world, &bruno).await;
    for code in ["ThrottlingError", "ProvisionedThroughputExceeded"] {
        let full = Fault::Refused(
            400,
            "TransactionCanceledException",
            json!({"CancellationReasons": [{"Code": "None"}, {"Code": code}]}),
        );
        line.writes([full.clone(), full]);
        patch(&world, &bruno, json!({"jobTitle": code}))
            .await
            .expect(200);
        assert_eq!(
            line.mend()
                .iter()
                .filter(|(_, token)| token.is_some())
                .count(),
            3,
            "{code}"
        );
    }
    confirm(&world, &token).await.expect(200);
}

#[tokio::test]
async fn contention_that_lasts_is_a_409_and_changes_nothing() {
    for row in stored().filter(|row| !row.only_reads()) {
        let mut scene = Scene::new().await;
        let line = Line::lay(&mut scene.world, 1);
        let before = scene.table().await;
        line.all_writes(Fault::Contention);
        let answer = rightful(&scene, &row).await;
        let writes = line
            .mend()
            .iter()
            .filter(|(_, token)| token.is_some())
            .count();
        let key = row.key();
        if (200..300).contains(&answer.status) {
            // Taking back or stopping what is not there writes nothing.
            let takes_back = row.method == "DELETE" || row.path.ends_with("/stop");
            assert!(takes_back && writes == 0, "{key}");
            continue;
        }
        scene.refused(&key, &answer, 409, "conflict");
        assert!(writes <= 6, "{key}: {writes}");
        assert_eq!(scene.table().await, before, "{key}");
        let answer = rightful(&scene, &row).await;
        assert!(
            (200..300).contains(&answer.status),
            "{key}: {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn a_taken_address_is_email_taken_even_beside_contention() {
    let (world, line, ada, bruno) = bruno(1).await;
    let token = link(&world, &bruno).await;
    // Ada was first, and has shown that she reads it: she keeps it.
    confirm(&world, &link(&world, &ada).await).await.expect(200);
    let none = json!({"Code": "None"});
    let busy = json!({"Code": "TransactionConflict"});
    let taken = json!({"Code": "ConditionalCheckFailed", "Item": {"pk": {"S": format!("EMAIL#{NEW}")}, "sk": {"S": "EMAIL"}, "owner": {"S": ada.id}}});
    for other in [&none, &busy] {
        line.writes([Fault::Cancelled(vec![
            taken.clone(),
            other.clone(),
            other.clone(),
            other.clone(),
        ])]);
        confirm(&world, &token).await.refused(409, "email-taken");
        let calls: Vec<_> = line
            .mend()
            .into_iter()
            .map(|(operation, _)| operation)
            .collect();
        assert_eq!(
            calls,
            ["GetItem", "TransactWriteItems", "GetItem", "GetItem"],
            "whether its owner keeps it is read; nothing is tried again"
        );
    }
}

/// Both uses of one link at once: the first has moved the guards, and is still writing the account.
#[tokio::test]
async fn a_link_that_meets_itself_is_not_told_that_the_address_is_taken() {
    let busy = json!({"Code": "TransactionConflict"});
    let gone = json!({"Code": "ConditionalCheckFailed"});
    for (guard_is_mine, old) in [(true, &busy), (true, &gone), (false, &gone)] {
        let (world, line, _, bruno) = bruno(1).await;
        let token = link(&world, &bruno).await;
        let mine = json!({"Code": "ConditionalCheckFailed", "Item": {"pk": {"S": format!("EMAIL#{NEW}")}, "sk": {"S": "EMAIL"}, "owner": {"S": bruno.id}}});
        let reasons = vec![
            if guard_is_mine { mine } else { busy.clone() },
            old.clone(),
            busy.clone(),
            busy.clone(),
        ];
        line.writes([Fault::Cancelled(reasons)]);
        confirm(&world, &token).await.expect(200);
        assert_eq!(account(&world, &bruno).await["contact"]["email"], NEW);
    }
}

#[tokio::test]
async fn what_was_done_though_its_answer_was_lost_is_answered_when_asked_again() {
    let (world, line, ada, bruno) = bruno(1).await;
    let token = link(&world, &bruno).await;
    let version = account(&world, &bruno).await["version"].as_u64().unwrap();
    line.writes([Fault::AnswerLost]);
    unavailable("confirming", &confirm(&world, &token).await);
    confirm(&world, &token).await.expect(200);
    assert_eq!(account(&world, &bruno).await["version"], version + 1);

    world.invite(&ada, "EMS", "Chloe").await;
    world.settle().await;
    let token = world.last_mail("chloe@agents.example.fr").token();
    line.writes([Fault::AnswerLost]);
    unavailable(
        "accepting",
        &world
            .post(&bruno.login, "/v1/invitations", json!({"token": token}))
            .await,
    );
    world
        .post(&bruno.login, "/v1/invitations", json!({"token": token}))
        .await
        .expect(200);

    ada.post(&world, "/links", json!({"email": NEW}))
        .await
        .expect(202);
    world.settle().await;
    let token = world.last_mail(NEW).token();
    line.writes([Fault::AnswerLost]);
    unavailable(
        "linking",
        &world
            .post(&bruno.login, "/v1/links", json!({"token": token}))
            .await,
    );
    world
        .post(&bruno.login, "/v1/links", json!({"token": token}))
        .await
        .expect(200);
    line.writes([Fault::AnswerLost]);
    let undo = async || bruno.delete(&world, &format!("/links/{}", ada.id)).await;
    unavailable("undoing", &undo().await);
    undo().await.expect(204);
}

/// Runs as deployed: the SDK tries four times, under one request token.
#[tokio::test]
async fn an_outage_that_passes_is_not_noticed() {
    let throttled = || Fault::Refused(400, "ThrottlingException", json!({}));
    for faults in [
        [throttled(), throttled()],
        [Fault::Broken, Fault::Silence],
        [Fault::AnswerLost, throttled()],
        [throttled(), Fault::AnswerLost],
    ] {
        let (world, line, ada, bruno) = bruno(4).await;
        let version = account(&world, &bruno).await["version"].as_u64().unwrap();
        let again = || line.writes(faults.clone());
        let once = || {
            let tokens: Vec<_> = line
                .mend()
                .into_iter()
                .filter_map(|(_, token)| token)
                .collect();
            assert!(
                tokens.len() == 3 && tokens.iter().all(|token| *token == tokens[0]),
                "{faults:?}: {tokens:?}"
            );
        };

        again();
        let answer = patch(&world, &bruno, json!({"email": NEW}))
            .await
            .expect(202);
        once();
        assert_eq!(answer.json, account(&world, &bruno).await);
        assert_eq!(answer.json["version"], version + 1);
        world.settle().await;
        assert_eq!(world.mails_to(NEW).len(), 1, "{faults:?}");
        let token = world.mails_to(NEW)[0].token();

        again();
        bruno
            .post(&world, "/contact/pending-email/resend", json!({}))
            .await
            .expect(202);
        once();
        world.settle().await;
        assert_eq!(world.mails_to(NEW).len(), 2, "{faults:?}");

        again();
        confirm(&world, &token).await.expect(200);
        once();
        assert_eq!(account(&world, &bruno).await["version"], version + 3);

        again();
        let id = world.invite(&ada, "EMS", "Chloe").await;
        once();
        assert_eq!(
            world.table.count(&format!("ACCOUNT#{id}")).await,
            2,
            "account and audit"
        );
        let chloe = world.accept("chloe@agents.example.fr").await;
        assert_eq!(chloe.id, id);
    }
}

/// The first attempt is still under way when the second comes, and succeeds before the third.
#[tokio::test]
async fn a_transaction_that_finds_its_own_work_has_succeeded() {
    let (world, line, ada, bruno) = bruno(2).await;
    let faults = || {
        [
            Fault::AnswerLost,
            Fault::Refused(400, "TransactionInProgressException", json!({})),
        ]
    };
    let token = link(&world, &bruno).await;

    line.writes(faults());
    confirm(&world, &token).await.expect(200);
    assert_eq!(account(&world, &bruno).await["contact"]["email"], NEW);

    line.writes(faults());
    let id = world.invite(&ada, "EMS", "Chloe").await;
    line.mend();
    assert_eq!(world.accept("chloe@agents.example.fr").await.id, id);
}
