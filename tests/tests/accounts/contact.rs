//! `GET` of an account and `PATCH` of its contact details.

use serde_json::{Value, json};
use vigie_tests::{Answer, World, scenario::Person};

use super::{bruno, read};

async fn patch_with(world: &World, person: &Person, tag: &str, body: Value) -> Answer {
    world
        .request("PATCH", &person.path("/contact"))
        .by(&person.login)
        .header("if-match", tag)
        .json(&body)
        .send()
        .await
}

#[tokio::test]
async fn an_account_is_shown_with_its_version_as_etag() {
    let (world, _, bruno) = bruno().await;

    let answer = bruno.get(&world, "").await.expect(200);

    let version = answer.json["version"].as_u64().unwrap();
    assert_eq!(answer.headers["etag"], format!("\"{version}\""));
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(answer.headers["cache-control"], "no-store");
    let expected = json!({
        "id": bruno.id,
        "version": version,
        "role": "agent",
        "active": true,
        "leavesOn": null,
        "entity": {"id": "EMS", "name": "Direction EMS"},
        "contact": {
            "civility": null,
            "firstName": "Bruno",
            "lastName": "Agent",
            "jobTitle": null,
            "email": "bruno@agents.example.fr",
            "phone": null,
            "fax": null,
            "address": null,
        },
        "emailStatus": "confirmed",
        "undeliverable": null,
        "pendingEmail": null,
        "permanentGuest": {"own": false, "dependent": false, "transverse": false},
        "invitationExpiresAt": null,
    });
    assert_eq!(answer.json, expected);
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_leaves_the_rest() {
    let (world, _, bruno) = bruno().await;
    let before = read(&world, &bruno).await;
    let everything = json!({
        "civility": "M.",
        "jobTitle": "Acheteur",
        "phone": "01 23 45 67 89",
        "fax": "+33 1 23 45 67 80",
        "address": {"street": "1 parc de l'Étoile", "postalCode": "67000", "city": "Strasbourg", "country": null},
    });

    let answer = bruno.patch_contact(&world, everything).await.expect(200);

    assert_eq!(
        answer.headers["etag"],
        format!("\"{}\"", before["version"].as_u64().unwrap() + 1)
    );
    let mut expected = before["contact"].clone();
    expected["civility"] = json!("M.");
    expected["jobTitle"] = json!("Acheteur");
    expected["phone"] = json!("+33123456789");
    expected["fax"] = json!("+33123456780");
    expected["address"] = json!({"street": "1 parc de l'Étoile", "postalCode": "67000", "city": "Strasbourg", "country": null});
    assert_eq!(answer.json["contact"], expected);
    assert_eq!(read(&world, &bruno).await, answer.json);

    let answer = bruno
        .patch_contact(
            &world,
            json!({"fax": null, "address": {"city": "Kehl", "country": "Allemagne"}}),
        )
        .await
        .expect(200);

    expected["fax"] = Value::Null;
    expected["address"]["city"] = json!("Kehl");
    expected["address"]["country"] = json!("Allemagne");
    assert_eq!(answer.json["contact"], expected);
    assert_eq!(
        answer.json["version"],
        before["version"].as_u64().unwrap() + 2
    );
    world.settle().await;
    assert!(world.mails().is_empty(), "nobody is told of a phone number");
    assert!(world.events("AccountEmailChanged").is_empty());
}

#[tokio::test]
async fn a_patch_may_come_as_merge_patch_or_as_plain_json() {
    let (world, _, bruno) = bruno().await;
    for (media_type, title) in [
        ("application/merge-patch+json", "Acheteuse"),
        ("application/json; charset=utf-8", "Juriste"),
    ] {
        let tag = bruno.get(&world, "").await.headers["etag"]
            .to_str()
            .unwrap()
            .to_owned();
        let body = json!({"jobTitle": title}).to_string();
        let request = world
            .request("PATCH", &bruno.path("/contact"))
            .by(&bruno.login)
            .header("if-match", &tag);
        let answer = request.raw(media_type, &body).send().await.expect(200);
        assert_eq!(answer.json["contact"]["jobTitle"], title);
    }
}

#[tokio::test]
async fn a_patch_without_if_match_is_refused() {
    let (world, _, bruno) = bruno().await;
    let before = read(&world, &bruno).await;

    let (path, body) = (bruno.path("/contact"), json!({"jobTitle": "Acheteur"}));
    world
        .patch(&bruno.login, &path, body)
        .await
        .refused(428, "precondition-required");
    assert_eq!(read(&world, &bruno).await, before);
}

#[tokio::test]
async fn a_patch_of_another_version_is_refused() {
    let (world, _, bruno) = bruno().await;
    let before = read(&world, &bruno).await;
    let version = before["version"].as_u64().unwrap();

    // A weak tag never matches here (RFC 9110 section 13.1.1).
    for tag in [
        format!("\"{}\"", version - 1),
        format!("\"{}\"", version + 1),
        format!("W/\"{version}\""),
        version.to_string(),
        String::new(),
    ] {
        let answer = patch_with(&world, &bruno, &tag, json!({"jobTitle": "Acheteur"}))
            .await
            .expect(412);
        assert_eq!(answer.problem(), "stale", "{tag}");
    }
    assert_eq!(read(&world, &bruno).await, before);

    patch_with(
        &world,
        &bruno,
        &format!("\"0\", \"{version}\""),
        json!({"jobTitle": "Acheteur"}),
    )
    .await
    .expect(200);
    patch_with(&world, &bruno, "*", json!({"jobTitle": "Juriste"}))
        .await
        .expect(200);
}

#[tokio::test]
async fn of_two_patches_of_one_version_the_second_is_refused() {
    let (world, _, bruno) = bruno().await;
    let tag = format!("\"{}\"", read(&world, &bruno).await["version"]);

    let (a, b) = tokio::join!(
        patch_with(&world, &bruno, &tag, json!({"jobTitle": "Acheteur"})),
        patch_with(&world, &bruno, &tag, json!({"civility": "M."}))
    );

    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
}

#[tokio::test]
async fn a_patch_that_changes_nothing_writes_nothing() {
    let (world, _, bruno) = bruno().await;
    let before = read(&world, &bruno).await;

    for body in [
        json!({}),
        json!({"firstName": "Bruno"}),
        json!({"email": " BRUNO@Agents.Example.FR "}),
        before["contact"].clone(),
    ] {
        let answer = bruno.patch_contact(&world, body).await.expect(200);
        assert_eq!(answer.json, before);
    }
    world.settle().await;
    assert!(world.mails().is_empty());
}

#[tokio::test]
async fn a_refused_field_is_named_and_nothing_is_written() {
    let (world, _, bruno) = bruno().await;
    let before = read(&world, &bruno).await;
    let body = json!({"phone": "12", "lastName": null, "email": "bruno@", "shoeSize": 43, "address": {"planet": "Mars"}, "jobTitle": "Acheteur"});

    let answer = bruno.patch_contact(&world, body).await.expect(422);

    let mut fields = answer.fields();
    fields.sort_unstable();
    assert_eq!(
        fields,
        ["address.planet", "email", "lastName", "phone", "shoeSize"]
    );
    assert_eq!(read(&world, &bruno).await, before);
}

#[tokio::test]
async fn who_has_the_account_as_it_is_is_sent_none() {
    let (world, _, bruno) = bruno().await;
    let read = async |method: &str, tags: &str| {
        world
            .request(method, &bruno.path(""))
            .by(&bruno.login)
            .header("if-none-match", tags)
            .send()
            .await
    };
    let etag = bruno.get(&world, "").await.expect(200).headers["etag"]
        .to_str()
        .expect("text")
        .to_owned();
    for tags in [
        "*",
        " * ",
        &etag,
        &format!("W/{etag}"),
        &format!("\"a\", W/\"b\" ,{etag}"),
        &format!("{etag},\"a\""),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = read(method, tags).await.expect(304);
            assert!(
                answer.text.is_empty()
                    && answer.headers["etag"] == etag
                    && !answer.headers.contains_key("content-type"),
                "{tags}"
            );
        }
    }
    let bare = etag.trim_matches('"');
    for tags in [
        "",
        "\"older\"",
        bare,
        &format!("w/{etag}"),
        &format!("W/W/{etag}"),
        &format!("\"a{bare}\""),
        &format!("{etag}x"),
        "\"*\"",
    ] {
        assert_eq!(
            read("GET", tags).await.expect(200).headers["etag"],
            etag,
            "{tags}"
        );
    }
    // A newer version is sent, and what changes something, has no tag or is refused does not ask.
    bruno
        .patch_contact(&world, json!({"jobTitle": "Acheteur"}))
        .await
        .expect(200);
    read("GET", &etag).await.expect(200);
    let stars = world
        .request("GET", &bruno.path("/favourites"))
        .by(&bruno.login)
        .header("if-none-match", "*")
        .send()
        .await;
    stars.expect(200);
    world
        .request("GET", &bruno.path(""))
        .header("if-none-match", "*")
        .send()
        .await
        .expect(401);
    let patched = world
        .request("PATCH", &bruno.path("/contact"))
        .by(&bruno.login)
        .header("if-match", "*")
        .header("if-none-match", "*");
    patched
        .json(&json!({"jobTitle": "Autre"}))
        .send()
        .await
        .expect(200);
}
