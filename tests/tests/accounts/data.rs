//! One's data: `GET …/deliveries`, and `GET …/export` with everything that the table holds.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_domain::{
    contact::email::Email,
    id::{AccountId, ConsultationId},
};
use vigie_store::{
    Claim, Intent, Subject,
    keys::{self, Key},
};
use vigie_tests::{
    World,
    fake_aws::Fault,
    scenario::{Person, alerts, tender},
};

use super::{ask, bruno, change};

async fn page(world: &World, person: &Person, query: &str) -> Value {
    person
        .get(world, &format!("/deliveries{query}"))
        .await
        .expect(200)
        .json
}

fn items(page: &Value) -> Vec<Value> {
    page["items"].as_array().expect("items").clone()
}

async fn export(world: &World, person: &Person) -> Value {
    person.get(world, "/export").await.expect(200).json
}

/// A deposit, a second after the last.
async fn deposit(world: &World, consultation: &str, id: &str) {
    world.pass(SignedDuration::from_secs(1));
    world.send("TenderReceived", tender(consultation, id)).await;
}

/// Bruno as author of `c-1` that he follows, with every alert on.
async fn followed() -> (World, Person, Person) {
    let (world, ada, bruno) = bruno().await;
    world.wants_everything(&bruno).await;
    world.consultation("c-1", "EMS", &bruno, &[]).await;
    world.star(&bruno, "c-1").await;
    (world, ada, bruno)
}

async fn guests(world: &World, revision: u64, author: &Person, guests: &[&Person]) {
    world
        .save("c-2", revision, "EMS", &author.id, "consultation", guests)
        .await;
}

#[tokio::test]
async fn deliveries_are_listed_newest_first_with_state_and_reason() {
    let (world, ada, bruno) = followed().await;
    deposit(&world, "c-1", "sent").await;
    let sent = world.now();
    world.aws.with(|traffic| {
        traffic.faults.push_back(Fault::Entries(vec![(
            bruno.email.clone(),
            "INVALID_PARAMETER",
        )]))
    });
    deposit(&world, "c-1", "failed").await;
    let agent = format!("/v1/entities/EMS/agents/{}", bruno.id);
    world
        .patch(&ada.login, &agent, json!({"active": false}))
        .await
        .expect(200);
    deposit(&world, "c-1", "skipped").await;
    world
        .patch(&ada.login, &agent, json!({"active": true}))
        .await
        .expect(200);
    world.pass(SignedDuration::from_secs(1));
    let (account, consultation) = (
        AccountId::parse(&bruno.id).expect("an id"),
        ConsultationId::parse("c-1").expect("an id"),
    );
    let subject = Subject::alert(&consultation, "tenderReceived", "pending");
    let intent = [(account, Intent::Send("author"))];
    assert_eq!(
        world
            .table
            .store()
            .delivery_claim(&subject, &intent, world.now())
            .await,
        Ok(vec![Claim::Acquired])
    );

    let list = page(&world, &bruno, "").await;
    assert_eq!(list["cursor"], Value::Null);
    let told: Vec<_> = items(&list)
        .iter()
        .map(|item| {
            [&item["factKey"], &item["state"], &item["why"]].map(|v| v.as_str().unwrap().to_owned())
        })
        .collect();
    let expected = [
        ["pending", "PENDING", "author"],
        ["skipped", "SKIPPED", "inactive"],
        ["failed", "FAILED", "INVALID_PARAMETER"],
        ["sent", "SENT", "author"],
    ];
    assert_eq!(told, expected.map(|row| row.map(str::to_owned)));
    assert_eq!(
        items(&list)[3],
        json!({
            "kind": "tenderReceived",
            "consultationId": "c-1",
            "factKey": "sent",
            "reference": "21-166157",
            "title": "Prestations d'assistance et de développements spécifiques sur le logiciel Qgis",
            "at": sent.to_string(),
            "state": "SENT",
            "why": "author",
            "code": null,
        })
    );
}

#[tokio::test]
async fn a_consultation_that_is_seen_no_more_is_not_named_and_what_happens_there_is_not_told() {
    let (world, ada, bruno) = followed().await;
    guests(&world, 1, &ada, &[&bruno]).await;
    world.star(&bruno, "c-2").await;
    deposit(&world, "c-2", "seen").await;
    guests(&world, 2, &ada, &[]).await;
    deposit(&world, "c-2", "secret").await;
    let skipped = world
        .delivery(&bruno.id, "c-2", "tenderReceived", "secret")
        .await
        .expect("a record");
    assert_eq!(skipped.reason.as_deref(), Some("mayNotSeeIt"));

    let list = items(&page(&world, &bruno, "").await);
    assert_eq!(list.len(), 1, "{list:?}");
    assert_eq!(
        (
            &list[0]["factKey"],
            &list[0]["reference"],
            &list[0]["title"]
        ),
        (&json!("seen"), &Value::Null, &Value::Null)
    );
    let file = export(&world, &bruno).await;
    assert!(
        !file.to_string().contains("secret") && file.to_string().contains("\"seen\""),
        "{file}"
    );

    guests(&world, 3, &ada, &[&bruno]).await;
    let list = items(&page(&world, &bruno, "").await);
    assert_eq!(
        (&list[0]["factKey"], &list[0]["why"], &list[0]["reference"]),
        (&json!("secret"), &json!("mayNotSeeIt"), &json!("21-166157"))
    );
    assert_eq!(
        export(&world, &bruno).await["deliveries"]
            .as_array()
            .expect("a list")
            .len(),
        2
    );
}

#[tokio::test]
async fn deliveries_come_page_by_page_and_only_no_cursor_ends() {
    let (world, _, bruno) = followed().await;
    for i in 0..7 {
        deposit(&world, "c-1", &format!("d-{i}")).await;
    }
    for limit in [1, 2, 3, 7, 100] {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = page(&world, &bruno, &format!("?limit={limit}{cursor}")).await;
            assert!(items(&page).len() <= limit);
            found.extend(
                items(&page)
                    .iter()
                    .map(|item| item["factKey"].as_str().expect("a key").to_owned()),
            );
            let Some(next) = page["cursor"].as_str() else {
                break;
            };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(
            found,
            ["d-6", "d-5", "d-4", "d-3", "d-2", "d-1", "d-0"],
            "limit {limit}"
        );
    }
}

#[tokio::test]
async fn deliveries_of_one_consultation_are_all_of_it_and_no_others() {
    let (world, ada, bruno) = followed().await;
    world.consultation("c-2", "EMS", &ada, &[&bruno]).await;
    world.star(&bruno, "c-2").await;
    for i in 0..4 {
        deposit(&world, "c-1", &format!("d-{i}")).await;
        deposit(&world, "c-2", &format!("e-{i}")).await;
    }
    for limit in [1, 2, 3, 4, 100] {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let query = format!("?consultationId=c-2&limit={limit}{cursor}");
            let page = page(&world, &bruno, &query).await;
            assert!(items(&page).len() <= limit);
            found.extend(items(&page).iter().map(|item| item["factKey"].clone()));
            let Some(next) = page["cursor"].as_str() else {
                break;
            };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(found, ["e-3", "e-2", "e-1", "e-0"], "limit {limit}");
    }
    assert_eq!(
        page(&world, &bruno, "?consultationId=c-9").await,
        json!({"items": [], "cursor": null})
    );
    let path = bruno.path("/deliveries?consultationId=a%20b");
    let refused = world.get(&bruno.login, &path).await.expect(422);
    assert_eq!(refused.fields(), ["consultationId"]);
}

#[tokio::test]
async fn a_cursor_of_somebody_elses_shows_nothing_of_theirs() {
    let (world, ada, bruno) = followed().await;
    for i in 0..3 {
        deposit(&world, "c-1", &format!("d-{i}")).await;
    }
    let cursor = page(&world, &bruno, "?limit=1").await["cursor"]
        .as_str()
        .expect("a cursor")
        .to_owned();
    assert_eq!(
        page(&world, &ada, &format!("?cursor={cursor}")).await,
        json!({"items": [], "cursor": null})
    );
}

/// True if the export says what an item of the table says about the account.
fn is_told(file: &Value, key: &Key, item: &Value, person: &Person) -> bool {
    let holds = |list: &Value, field: &str, id: &str| {
        list.as_array()
            .expect("a list")
            .iter()
            .any(|entry| entry[field] == id || (field.is_empty() && entry == id))
    };
    let consultation = key.pk.strip_prefix("CONSULTATION#").unwrap_or_default();
    match (
        key.pk.split('#').next().expect("a type"),
        key.sk.split('#').next().expect("a type"),
    ) {
        // At the root, and with whoever else it names, the same entry again.
        (_, "AUDIT") => {
            let mut named = item.clone();
            named["item"] = json!(key.sk);
            file["others"].as_array().expect("a list").contains(&named)
        }
        ("ACCOUNT", "ACCOUNT") => file["account"] == *item,
        ("ACCOUNT", "DELIVERY") if item["consultationId"].is_null() => file["accountMails"]
            .as_array()
            .expect("a list")
            .contains(item),
        ("ACCOUNT", "DELIVERY") => file["deliveries"]
            .as_array()
            .expect("a list")
            .contains(item),
        ("ACCOUNT", _) => {
            let mut named = item.clone();
            named["item"] = json!(key.sk);
            file["others"].as_array().expect("a list").contains(&named)
        }
        ("EMAIL", _) => {
            let address = Email::parse(
                file["account"]["contact"]["email"]
                    .as_str()
                    .expect("an address"),
            )
            .expect("an address");
            key.pk == keys::email(&address).pk
        }
        ("LOGIN", _) => key.pk == format!("LOGIN#{}", file["login"].as_str().expect("a login")),
        ("ENTITY", "AGENT") => {
            key.pk == format!("ENTITY#{}", file["entity"]["id"].as_str().expect("an id"))
        }
        // The words of their name, as they are found by them.
        ("ENTITY", "PERSON") => {
            let contact = &file["account"]["contact"];
            let words = item["words"].as_str().expect("words").to_owned();
            ["firstName", "lastName"].iter().all(|name| {
                let name = contact[name].as_str().expect("a name").to_lowercase();
                words.contains(&name)
            })
        }
        ("ENTITY", "WATCH") => {
            let rule = key.sk.split('#').nth(1).expect("a rule");
            file["account"]["alerts"]["automaticFavourites"][rule] == true
        }
        ("CONSULTATION", "FAVOURITE") if item["starred"] == true => {
            holds(&file["favourites"], "consultationId", consultation)
        }
        ("CONSULTATION", "FAVOURITE") => holds(&file["unstarred"], "", consultation),
        // The portal's word about authors and guests, as in an erasure.
        ("CONSULTATION", "CONSULTATION" | "NAMED") => true,
        // An address that is to be forgotten.
        ("OPEN", _) if key.sk.contains("#formerEmail#") => {
            let request = key.sk.rsplit('#').next().expect("a request");
            holds(&file["account"]["formerEmails"], "requestId", request)
        }
        _ => panic!(
            "nobody has said how the export tells {key:?} of {}",
            person.id
        ),
    }
}

#[tokio::test]
async fn an_export_holds_everything_that_the_table_holds_and_nothing_of_others() {
    let (world, ada, bruno) = bruno().await;
    let chloe = world.agent(&ada, "EMS", "Chloe").await;
    world
        .rights(
            &ada,
            "EMS",
            &bruno.id,
            json!({"own": true, "dependent": true, "transverse": true}),
        )
        .await;
    let mut choice = alerts("immediate");
    for rule in ["ownEntity", "dependentEntities", "transverseEntities"] {
        choice["automaticFavourites"][rule] = json!(true);
    }
    bruno.put(&world, "/alerts", choice).await.expect(200);
    world.wants_everything(&chloe).await;
    for id in ["c-1", "c-2", "c-3"] {
        world
            .save(id, 1, "EMS", &chloe.id, "drafting", &[&bruno])
            .await;
        deposit(&world, id, "d-1").await;
    }
    bruno.delete(&world, "/favourites/c-2").await.expect(204);
    change(&world, &bruno, "bruno.second@agents.example.fr").await;
    ask(&world, &bruno, "bruno.new@agents.example.fr").await;
    // Written by a version that keeps more.
    let account = AccountId::parse(&bruno.id).expect("an id");
    let later = Key {
        pk: keys::account_pk(&account),
        sk: "LINK#another".to_owned(),
    };
    world
        .table
        .put_all(vec![(
            later,
            [(
                "since".to_owned(),
                AttributeValue::S("2026-11-24".to_owned()),
            )]
            .into(),
        )])
        .await;
    // He may not see these any more.
    world
        .rights(
            &ada,
            "EMS",
            &bruno.id,
            json!({"own": false, "dependent": false, "transverse": false}),
        )
        .await;
    world
        .save("c-3", 2, "EMS", &chloe.id, "drafting", &[])
        .await;

    let answer = bruno.get(&world, "/export").await.expect(200);
    assert_eq!(
        answer.headers["content-disposition"],
        "attachment; filename=\"vigie-2026-11-24.json\""
    );
    let file = answer.json;
    let mut seen = BTreeSet::new();
    for item in world.table.items().await {
        let mut item = serde_dynamo::from_item::<_, Value>(item).expect("JSON");
        let key = Key {
            pk: item["pk"].as_str().unwrap().to_owned(),
            sk: item["sk"].as_str().unwrap().to_owned(),
        };
        let about = item.to_string();
        if !about.contains(&bruno.id) && !about.contains("bruno") {
            continue;
        }
        item.as_object_mut()
            .expect("an object")
            .retain(|name, _| !["pk", "sk", "i1pk", "i1sk"].contains(&name.as_str()));
        assert!(
            is_told(&file, &key, &item, &bruno),
            "{key:?} {item}\n{file:#}"
        );
        seen.insert(
            [key.pk, key.sk]
                .map(|key| key.split('#').next().expect("a type").to_owned())
                .join("/"),
        );
    }
    assert_eq!(seen.len(), 14, "{seen:?}");
    assert_eq!(
        (
            file["favourites"].as_array().map(Vec::len),
            &file["unstarred"]
        ),
        (Some(2), &json!(["c-2"]))
    );
    assert_eq!(
        file["account"]["pendingEmail"]["address"],
        "bruno.new@agents.example.fr"
    );
    assert_eq!(
        file["account"]["mailQuota"].as_array().map(Vec::len),
        Some(2)
    );
    let text = file.to_string();
    // His copy of the audit has the ids of the people who administer him, and no more about them.
    for other in [
        chloe.id.as_str(),
        &chloe.email,
        &ada.email,
        "Chloe",
        "Ministre",
    ] {
        assert!(!text.contains(other), "{other}: {text}");
    }
}

/// So many deliveries of great length, a millisecond after each other.
async fn many(world: &World, account: &AccountId, count: u32) {
    let mut written = Vec::new();
    for i in 0..count {
        let at = world.now() + SignedDuration::from_millis(i64::from(i));
        let hash = format!("{:022}", i.reverse_bits());
        let item = [
            ("state", "SENT".to_owned()),
            ("kind", "tenderReceived".to_owned()),
            ("consultationId", "c-1".to_owned()),
            ("key", i.to_string()),
            ("reason", "r".repeat(40_000)),
            ("at", at.to_string()),
            ("i1pk", keys::deliveries_of(account)),
            ("i1sk", format!("{at:.3}#{hash}")),
        ];
        let item = item.map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
        written.push((keys::delivery(account, &hash), item.into()));
    }
    world.table.put_all(written).await;
}

#[tokio::test]
async fn an_export_of_too_much_stays_small_and_says_where_it_goes_on() {
    let (world, _, bruno) = followed().await;
    many(&world, &AccountId::parse(&bruno.id).expect("an id"), 150).await;

    let answer = bruno.get(&world, "/export").await.expect(200);

    assert!(
        answer.text.len() < 5_000_000 && answer.text.len() > 4_000_000,
        "{}",
        answer.text.len()
    );
    let deliveries = answer.json["deliveries"].as_array().expect("a list");
    let keys: Vec<u32> = deliveries
        .iter()
        .map(|item| {
            item["key"]
                .as_str()
                .expect("a key")
                .parse()
                .expect("a number")
        })
        .collect();
    assert!(
        keys.iter().copied().eq((keys[keys.len() - 1]..150).rev()),
        "{keys:?}"
    );
    let cursor = answer.json["deliveriesCursor"].as_str().expect("a cursor");
    let next = page(&world, &bruno, &format!("?limit=1&cursor={cursor}")).await;
    assert_eq!(
        next["items"][0]["factKey"],
        (keys[keys.len() - 1] - 1).to_string()
    );
}

#[tokio::test]
async fn of_more_deliveries_than_a_document_takes_the_newest_are_held_whatever_their_names() {
    let (world, _, bruno) = followed().await;
    let account = AccountId::parse(&bruno.id).expect("an id");
    many(&world, &account, 100).await;
    for (most, more) in [(3, true), (99, true), (100, false)] {
        let data = world
            .table
            .store()
            .account_data_read(&account, most, 1)
            .await
            .expect("a read");
        let keys: Vec<_> = data
            .alerts
            .iter()
            .map(|(_, alert)| alert["key"].as_str().expect("a key").to_owned())
            .collect();
        assert_eq!(
            keys,
            (100 - most..100)
                .rev()
                .map(|i| i.to_string())
                .collect::<Vec<_>>()
        );
        assert_eq!((data.more, data.mails.len()), (more, 1));
    }
}

#[tokio::test]
async fn one_s_data_is_for_nobody_else() {
    let (world, ada, bruno) = followed().await;
    for path in ["/deliveries", "/export"] {
        world.get(&ada.login, &bruno.path(path)).await.expect(403);
        world
            .request("GET", &bruno.path(path))
            .send()
            .await
            .expect(401);
    }
}
