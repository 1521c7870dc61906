//! `POST /v1/accounts/{id}/links`: the same answer and the same work whoever has the address, and a
//! mail only to who could accept.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use vigie_tests::scenario::{Person, address};

use super::{SUBJECT, WEEK, accept, ask, link, set_active, strangers, token, unlink};

#[tokio::test]
async fn who_is_asked_learns_who_asks_what_it_means_and_how_to_refuse() {
    let (world, [_, _, bruno, chloe]) = strangers().await;
    // Another spelling of the address is the same address.
    ask(&world, &bruno, &format!(" {} ", chloe.email.to_uppercase()))
        .await
        .expect(202);
    let mails = world.mails();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!(
        (mail.to.as_str(), mail.subject.as_str()),
        (chloe.email.as_str(), SUBJECT)
    );
    for said in [
        "Bonjour Chloe Agent,",
        "Bruno Agent vous demande d’associer",
        "Organisme\u{a0}: Organisme EMS. Entité\u{a0}: Direction EMS.",
        "https://vigie.test/link?token=l1~",
        "mardi 1er décembre 2026 à 9\u{a0}h\u{a0}00",
        "Pour refuser, ne faites rien",
    ] {
        assert!(mail.text.contains(said), "{said}: {}", mail.text);
    }
    assert!(!mail.text.contains(&bruno.email));
}

/// Whoever may have an address: who asks is told the same, in the same time, and keeps the same.
#[tokio::test]
async fn asking_never_tells_whether_an_address_is_known() {
    let (world, [ada, zoe, bruno, chloe]) = strangers().await;
    let dora = world.agent(&zoe, "LYON", "Dora").await;
    link(&world, &bruno, &dora).await;
    let emil = world.agent(&zoe, "LYON", "Emil").await;
    set_active(&world, &zoe, "LYON", &emil, false).await;
    world.invite(&ada, "EMS", "Fanny").await;
    world.settle().await;
    let fanny = address("Fanny");
    let mut told = Vec::new();
    for (asked, mailed) in [
        ("nobody@agents.example.fr", false),
        (&*chloe.email, true),
        (&*bruno.email, false),
        (&*dora.email, false),
        (&*emil.email, false),
        // Invited, not confirmed.
        (&*fanny, false),
    ] {
        world.pass(SignedDuration::from_hours(2));
        world.empty_inbox();
        let before = kept(&world.table.items().await, &bruno);
        world.table.calls();
        let answer = bruno
            .post(&world, "/links", json!({"email": asked}))
            .await
            .expect(202);
        let calls = world.table.calls();
        world.settle().await;
        assert_eq!(
            answer.json,
            json!({"expiresAt": world.now() + WEEK}),
            "{asked}"
        );
        let mut headers: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
        headers.sort();
        let new: Vec<_> = kept(&world.table.items().await, &bruno)
            .into_iter()
            .filter(|item| !before.contains(item))
            .collect();
        told.push((headers, answer.text.len(), calls, new));
        assert_eq!(
            world.mails().iter().filter(|mail| mail.to == asked).count(),
            usize::from(mailed),
            "{asked}"
        );
        assert_eq!(world.mails().len(), usize::from(mailed), "{asked}");
    }
    assert_eq!(told[0].2, ["BatchGetItem", "TransactWriteItems"]);
    assert_eq!(
        told[0].3.len(),
        1,
        "a request, and no delivery: {:?}",
        told[0].3
    );
    for other in &told[1..] {
        assert_eq!(
            (&other.0, other.1, &other.2, other.3.len()),
            (&told[0].0, told[0].1, &told[0].2, told[0].3.len())
        );
    }
}

/// The sort keys of what lies under somebody's account.
fn kept(
    items: &[std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue>],
    person: &Person,
) -> Vec<String> {
    let of = format!("ACCOUNT#{}", person.id);
    items
        .iter()
        .filter(|item| item["pk"].as_s() == Ok(&of))
        .map(|item| item["sk"].as_s().expect("a key").clone())
        .collect()
}

#[tokio::test]
async fn what_cannot_be_an_address_is_refused_and_not_counted() {
    let (world, [_, _, bruno, _]) = strangers().await;
    for _ in 0..2 {
        for odd in [
            "",
            "x",
            "a@b",
            "@agents.example.fr",
            "\"a\"@agents.example.fr",
            "a@127.0.0.1",
        ] {
            let answer = ask(&world, &bruno, odd).await.expect(422);
            assert_eq!(answer.fields(), ["email"], "{odd}");
        }
    }
    ask(&world, &bruno, "nobody@agents.example.fr")
        .await
        .expect(202);
}

#[tokio::test]
async fn five_mails_an_hour_are_asked_for_and_changes_of_address_count_too() {
    let (world, [_, _, bruno, chloe]) = strangers().await;
    bruno
        .patch_contact(&world, json!({"email": "bruno.new@agents.example.fr"}))
        .await
        .expect(202);
    for n in 0..4 {
        // Known or not, each counts.
        let asked = if n % 2 == 0 {
            chloe.email.clone()
        } else {
            format!("nobody-{n}@agents.example.fr")
        };
        ask(&world, &bruno, &asked).await.expect(202);
    }
    let answer = ask(&world, &bruno, &chloe.email).await.expect(429);
    assert_eq!(
        (answer.problem(), &answer.headers["retry-after"]),
        ("too-many-mails", &http::HeaderValue::from_static("3600"))
    );
    world.pass(SignedDuration::from_secs(3600));
    ask(&world, &bruno, &chloe.email).await.expect(202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn however_many_ask_at_once_five_mails_are_counted() {
    let (world, [_, _, bruno, _]) = strangers().await;
    let world = std::sync::Arc::new(world);
    let mut asking = JoinSet::new();
    for n in 0..12 {
        let (world, bruno) = (world.clone(), bruno.clone());
        asking.spawn(async move {
            let body = json!({"email": format!("nobody-{n}@agents.example.fr")});
            bruno.post(&world, "/links", body).await.status
        });
    }
    let statuses = asking.join_all().await;
    let asked = statuses.iter().filter(|status| **status == 202).count();
    assert!(
        statuses
            .iter()
            .all(|status| [202, 409, 429].contains(status)),
        "{statuses:?}"
    );
    assert!((1..=5).contains(&asked), "{statuses:?}");
    let requests = kept(&world.table.items().await, &bruno)
        .iter()
        .filter(|sk| sk.starts_with("LINKREQUEST#"))
        .count();
    assert_eq!(requests, asked);
}

/// The mail is judged when it is sent.
#[tokio::test]
async fn who_could_not_accept_when_the_mail_would_go_gets_none() {
    // Undone, with the request, before the mail went.
    let (world, [_, _, bruno, chloe]) = strangers().await;
    bruno
        .post(&world, "/links", json!({"email": chloe.email}))
        .await
        .expect(202);
    unlink(&world, &bruno, &chloe).await.expect(204);
    world.settle().await;
    assert_eq!(world.mails().len(), 0);

    // Linked meanwhile.
    let first = token(&world, &bruno, &chloe).await;
    bruno
        .post(&world, "/links", json!({"email": chloe.email}))
        .await
        .expect(202);
    world
        .post(&chloe.login, "/v1/links", json!({"token": first}))
        .await
        .expect(200);
    world.empty_inbox();
    world.settle().await;
    assert!(world.mails().iter().all(|mail| mail.subject != SUBJECT));

    // Either the asker does not work here any more, or the person asked.
    for by_asker in [true, false] {
        let (world, [ada, zoe, bruno, chloe]) = strangers().await;
        bruno
            .post(&world, "/links", json!({"email": chloe.email}))
            .await
            .expect(202);
        let (administrator, entity, leaver) = if by_asker {
            (&ada, "EMS", &bruno)
        } else {
            (&zoe, "LYON", &chloe)
        };
        set_active(&world, administrator, entity, leaver, false).await;
        world.settle().await;
        // The person who leaves is told so, and that is all.
        let mails: Vec<_> = world
            .mails()
            .into_iter()
            .map(|mail| (mail.to, mail.subject))
            .collect();
        assert_eq!(
            mails,
            [(
                leaver.email.clone(),
                "Votre compte d’agent a été modifié".to_owned()
            )]
        );
    }
}

#[tokio::test]
async fn a_request_goes_by_itself_a_while_after_it_expired_and_holds_no_address_once_accepted() {
    let (world, [_, _, bruno, chloe]) = strangers().await;
    let link = token(&world, &bruno, &chloe).await;
    let request = async || {
        let items = world.table.items().await;
        let request = items
            .into_iter()
            .find(|item| {
                item["sk"]
                    .as_s()
                    .is_ok_and(|sk| sk.starts_with("LINKREQUEST#"))
            })
            .expect("a request");
        serde_dynamo::from_item::<_, Value>(request).expect("JSON")
    };
    let waits = request().await;
    let address = vigie_domain::contact::email::Email::parse(&chloe.email)
        .expect("an address")
        .digest();
    assert_eq!(
        (&waits["address"], &waits["expiresAt"]),
        (&json!(address), &json!(world.now() + WEEK))
    );
    assert!(!waits.to_string().contains(&chloe.email), "{waits}");
    assert_eq!(waits["ttl"], json!((world.now() + WEEK + WEEK).as_second()));
    accept(&world, &chloe.login, &link).await.expect(200);
    let accepted = request().await;
    assert_eq!(
        (
            accepted.get("address"),
            &accepted["acceptedBy"],
            &accepted["ttl"]
        ),
        (None, &json!(chloe.id), &waits["ttl"])
    );
}

/// By the link in the mail, whose page changes nothing before its button is pressed; and as one
/// chooses. Who asks is answered as ever.
#[tokio::test]
async fn people_refuse_further_requests_by_the_mail_itself_and_take_them_again() {
    let (world, [ada, _, bruno, chloe]) = strangers().await;
    ask(&world, &bruno, &chloe.email).await.expect(202);
    let mail = world.mails_to(&chloe.email).remove(0);
    let path = mail
        .text
        .split_whitespace()
        .find_map(|word| word.strip_prefix("https://vigie.test/v1/unsubscribe/"))
        .expect("a link");
    let path = format!("/v1/unsubscribe/{path}");
    let taken = async || chloe.get(&world, "/requests").await.expect(200).json;
    let page = world.request("GET", &path).send().await.expect(200);
    assert!(
        page.text.contains("Ne plus recevoir de telles demandes"),
        "{}",
        page.text
    );
    assert_eq!(
        taken().await,
        json!({"linkRequests": true, "delegations": true})
    );
    for _ in 0..2 {
        world.one_click(&path).await.expect(200);
    }
    assert_eq!(
        taken().await,
        json!({"linkRequests": false, "delegations": true})
    );
    for asker in [&bruno, &ada] {
        ask(&world, asker, &chloe.email).await.expect(202);
    }
    assert_eq!(world.mails_to(&chloe.email).len(), 1);
    // The request from before is still there to be accepted.
    accept(&world, &chloe.login, &mail.token())
        .await
        .expect(200);
    // Not even one who is linked allows it again.
    let all = json!({"linkRequests": true, "delegations": false});
    world
        .put(&bruno.login, &chloe.path("/requests"), all.clone())
        .await
        .expect(403);
    assert_eq!(
        chloe
            .put(&world, "/requests", all.clone())
            .await
            .expect(200)
            .json,
        all
    );
    assert_eq!(taken().await, all);
    ask(&world, &ada, &chloe.email).await.expect(202);
    let requests = world
        .mails_to(&chloe.email)
        .into_iter()
        .filter(|mail| mail.text.contains("/link?token="));
    assert_eq!(requests.count(), 2);
}
