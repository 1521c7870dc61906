//! Saying that one is away, and agreeing to stand in.

use serde_json::{Value, json};
use vigie_tests::Login;

use crate::daily_and_absence::{Office, absence};

#[tokio::test]
async fn an_absence_is_shown_as_it_was_put_until_it_is_over() {
    let office = Office::new("off").await;
    let (login, path) = (&office.reader.login, office.reader.path("/absence"));
    assert_eq!(
        office.world.get(login, &path).await.expect(200).json,
        Value::Null
    );
    let put = office
        .world
        .put(login, &path, absence("2026-11-26", "2026-11-27", None))
        .await
        .expect(200)
        .json;
    let shown = json!({"from": "2026-11-26", "until": "2026-11-27", "delegateAccountId": null, "delegateAgreed": false});
    assert_eq!(put, shown);
    assert_eq!(office.world.get(login, &path).await.json, shown);
    office.world.until("2026-11-27T23:59:59+01:00");
    assert_eq!(office.world.get(login, &path).await.json, shown);
    office.world.until("2026-11-28T00:00:00+01:00");
    assert_eq!(office.world.get(login, &path).await.json, Value::Null);
    office
        .world
        .put(login, &path, absence("2026-11-28", "2026-11-28", None))
        .await
        .expect(200);
    assert_eq!(
        office
            .world
            .put(login, &path, Value::Null)
            .await
            .expect(200)
            .json,
        Value::Null
    );
}

#[tokio::test]
async fn the_owner_is_told_who_stands_in_by_name_if_they_ask_and_nobody_else_is() {
    let office = Office::new("off").await;
    let (world, reader) = (&office.world, &office.reader);
    let path = reader.path("/absence");
    let read = async |login: &Login, query: &str| {
        let answer = world
            .get(login, &format!("{path}{query}"))
            .await
            .expect(200);
        (
            answer.json["delegateName"].clone(),
            answer.headers["etag"].clone(),
        )
    };
    assert_eq!(read(&reader.login, "?names=true").await.0, Value::Null);
    world
        .put(
            &reader.login,
            &path,
            absence("2026-11-26", "2026-11-27", Some(&office.author.id)),
        )
        .await
        .expect(200);
    let (unasked, tag) = read(&reader.login, "").await;
    assert_eq!(unasked, Value::Null);
    // The tag is that of the absence: whoever has it may put another one.
    assert_eq!(
        read(&reader.login, "?names=true").await,
        (json!("Author Agent"), tag)
    );
    assert_eq!(read(&reader.login, "?names=false").await.0, Value::Null);
    world
        .get(&reader.login, &format!("{path}?names=yes"))
        .await
        .expect(422);

    // A linked account keeps the absence, and is told no colleague's name.
    let chloe = world.organisation("LYON").await;
    let body = json!({"email": chloe.email});
    reader.post(world, "/links", body).await.expect(202);
    world.settle().await;
    let mails = world.mails_to(&chloe.email);
    let token = mails.last().expect("a mail").token();
    world
        .post(&chloe.login, "/v1/links", json!({"token": token}))
        .await
        .expect(200);
    assert_eq!(read(&chloe.login, "?names=true").await.0, Value::Null);

    // Who is gone has no name.
    office.author.delete(world, "").await.expect(204);
    assert_eq!(read(&reader.login, "?names=true").await.0, Value::Null);
}

/// A page that is left open, or a client that sends again what it was answered, says a first day
/// that has passed.
#[tokio::test]
async fn a_first_day_that_has_passed_is_today_or_the_one_that_is_known() {
    let office = Office::new("off").await;
    let (login, path) = (&office.reader.login, office.reader.path("/absence"));
    let put = async |from: &str, until: &str| {
        let put = office
            .world
            .put(login, &path, absence(from, until, None))
            .await
            .expect(200)
            .json;
        assert_eq!(office.world.get(login, &path).await.json, put);
        (
            put["from"].as_str().unwrap().to_owned(),
            put["until"].as_str().unwrap().to_owned(),
        )
    };
    let days = |from: &str, until: &str| (from.to_owned(), until.to_owned());
    assert_eq!(
        put("2026-11-01", "2026-11-27").await,
        days("2026-11-24", "2026-11-27")
    );
    office.world.until("2026-11-26T12:00:00+01:00");
    // Prolonged while it runs, and the same once more.
    assert_eq!(
        put("2026-11-24", "2026-12-01").await,
        days("2026-11-24", "2026-12-01")
    );
    assert_eq!(
        put("2026-11-24", "2026-12-01").await,
        days("2026-11-24", "2026-12-01")
    );
    assert_eq!(
        put("2026-11-23T23:00:00Z", "2026-12-01+01:00").await,
        days("2026-11-24", "2026-12-01")
    );
    office.world.until("2026-12-03T12:00:00+01:00");
    assert_eq!(
        put("2026-11-24", "2026-12-04").await,
        days("2026-12-03", "2026-12-04")
    );
    let refused = office
        .world
        .put(login, &path, absence("2026-12-03", "20261-12-04", None))
        .await
        .expect(422);
    assert_eq!(
        refused.json["errors"][0]["reason"], "lies more than a year ahead",
        "{}",
        refused.text
    );
}

#[tokio::test]
async fn bad_days_and_delegates_name_their_field() {
    let office = Office::new("off").await;
    let zoe = office.world.organisation("LYON").await;
    let invited = office.world.invite(&office.ada, "EMS-DSI", "Invited").await;
    let deactivated = office.world.agent(&office.ada, "EMS-DSI", "Gone").await;
    office
        .world
        .change(
            &office.ada,
            "EMS-DSI",
            &deactivated.id,
            json!({"active": false}),
        )
        .await
        .expect(200);
    let me = office.reader.id.as_str();
    for (wanted, field) in [
        (absence("2026-11-27", "2026-11-26", None), "until"),
        (absence("2026-11-01", "2026-11-23", None), "until"),
        (absence("2026-11-27", "2027-11-25", None), "until"),
        (absence("2026-11-31", "2026-12-01", None), "from"),
        (absence("tomorrow", "2026-12-01", None), "from"),
        (absence("2026-11-24", "20261-12-01", None), "until"),
        (absence("20261-11-24", "20261-12-01", None), "from"),
        (
            absence("2026-11-27", "2026-12-01", Some("nobody")),
            "delegateAccountId",
        ),
        (
            absence("2026-11-27", "2026-12-01", Some("a#b")),
            "delegateAccountId",
        ),
        (
            absence("2026-11-27", "2026-12-01", Some(me)),
            "delegateAccountId",
        ),
        (
            absence("2026-11-27", "2026-12-01", Some(&zoe.id)),
            "delegateAccountId",
        ),
        (
            absence("2026-11-27", "2026-12-01", Some(&deactivated.id)),
            "delegateAccountId",
        ),
        (
            json!({"from": "2026-11-27", "delegateAccountId": null}),
            "until",
        ),
    ] {
        let refused = office
            .reader
            .put(&office.world, "/absence", wanted.clone())
            .await
            .expect(422);
        assert_eq!(refused.fields(), [field], "{wanted}: {}", refused.text);
    }
    // A colleague who has not accepted yet may be asked; nothing is mailed to an address that
    // nobody confirmed.
    office
        .reader
        .put(
            &office.world,
            "/absence",
            absence("2026-11-27", "2026-12-01", Some(&invited)),
        )
        .await
        .expect(200);
    let before = office.world.mails().len();
    office.world.settle().await;
    let asked: Vec<_> = office.world.mails()[before..]
        .iter()
        .filter(|mail| mail.subject.contains("collègue"))
        .cloned()
        .collect();
    assert!(asked.is_empty(), "{asked:?}");
}

#[tokio::test]
async fn only_the_delegate_agrees_and_may_take_it_back() {
    let office = Office::new("off").await;
    let author = office.author.clone();
    let path = office.reader.path("/absence");
    office
        .world
        .put(
            &office.reader.login,
            &path,
            absence("2026-11-24", "2026-11-26", Some(&author.id)),
        )
        .await
        .expect(200);
    office.world.settle().await;
    let mail = office.world.last_mail(&author.email);
    assert!(
        mail.text.contains(
            "Reader Agent sera absent(e) du mardi 24 novembre 2026 au jeudi 26 novembre 2026"
        ),
        "{}",
        mail.text
    );
    let token = mail.token();
    let answer =
        async |login: &Login, body: Value| office.world.post(login, "/v1/delegations", body).await;
    answer(&office.reader.login, json!({"token": token}))
        .await
        .expect(403);
    answer(&office.ada.login, json!({"token": token}))
        .await
        .expect(403);
    answer(&author.login, json!({"token": format!("{token}x")}))
        .await
        .expect(404);
    for _ in 0..2 {
        assert_eq!(
            answer(&author.login, json!({"token": token}))
                .await
                .expect(200)
                .json["agreed"],
            true
        );
    }
    assert_eq!(
        office.world.get(&office.reader.login, &path).await.json["delegateAgreed"],
        true
    );
    answer(&author.login, json!({"token": token, "agree": false}))
        .await
        .expect(200);
    assert_eq!(
        office.world.get(&office.reader.login, &path).await.json["delegateAgreed"],
        false
    );
    answer(&author.login, json!({"token": token}))
        .await
        .expect(200);

    // Days within those agreed to are not asked again; others are, and the older link is void.
    office
        .world
        .put(
            &office.reader.login,
            &path,
            absence("2026-11-25", "2026-11-26", Some(&author.id)),
        )
        .await
        .expect(200);
    assert_eq!(
        office.world.get(&office.reader.login, &path).await.json["delegateAgreed"],
        true
    );
    office
        .world
        .put(
            &office.reader.login,
            &path,
            absence("2026-11-25", "2026-11-30", Some(&author.id)),
        )
        .await
        .expect(200);
    assert_eq!(
        office.world.get(&office.reader.login, &path).await.json["delegateAgreed"],
        false
    );
    answer(&author.login, json!({"token": token}))
        .await
        .expect(404);
    office.world.settle().await;
    let token = office.world.last_mail(&author.email).token();
    office.world.until("2026-12-01T00:00:00+01:00");
    answer(&author.login, json!({"token": token}))
        .await
        .refused(410, "token-expired");
}

#[tokio::test]
async fn asking_colleagues_draws_on_the_mails_of_the_hour() {
    let office = Office::new("off").await;
    for i in 0..5 {
        let days = absence(
            "2026-11-25",
            &format!("2026-12-{:02}", i + 1),
            Some(&office.author.id),
        );
        office
            .reader
            .put(&office.world, "/absence", days)
            .await
            .expect(200);
    }
    let days = absence("2026-11-25", "2026-12-20", Some(&office.author.id));
    office
        .reader
        .put(&office.world, "/absence", days)
        .await
        .expect(429);
    office
        .reader
        .put(
            &office.world,
            "/absence",
            absence("2026-11-25", "2026-12-20", None),
        )
        .await
        .expect(200);
}
