//! The dry run of an alert.

mod hidden;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use vigie_tests::{
    World,
    scenario::{Person, alerts, saved, tender},
};

use crate::administration::{each, organisation, pages};

const PATH: &str = "/v1/consultations/c-1/recipients?kind=tenderReceived&";

/// A consultation of EMS-DSI, and everybody who has to do with it in whatever way.
struct Crowd {
    world: World,
    ada: Person,
    /// Administers EMS-DSI.
    chef: Person,
    people: BTreeMap<&'static str, Person>,
}

impl Crowd {
    async fn new() -> Self {
        let world = World::new().await;
        let ada = organisation(&world).await;
        let zoe = world.organisation("LYON").await;
        let chef = world.administrator(&ada, "EMS-DSI", "Chef").await;
        let mut people = BTreeMap::new();
        for (name, entity, by, right) in [
            ("Author", "EMS-DSI", &ada, None),
            ("Guest", "EMS-DSI", &ada, None),
            ("Starless-guest", "EMS-DSI", &ada, None),
            ("Unstars", "EMS-DSI", &ada, None),
            ("Kind-off", "EMS-DSI", &ada, None),
            ("Daily", "EMS-DSI", &ada, None),
            ("Away", "EMS-DSI", &ada, None),
            ("Uninvited", "EMS-DSI", &ada, None),
            ("Deactivated", "EMS-DSI", &ada, None),
            ("Addressless", "EMS-DSI", &ada, None),
            ("Unconfirmed", "EMS-DSI", &ada, None),
            ("Undeliverable", "EMS-DSI", &ada, None),
            ("Own", "EMS-DSI", &ada, Some("own")),
            ("Starless-own", "EMS-DSI", &ada, Some("own")),
            ("Guest-and-own", "EMS-DSI", &ada, Some("own")),
            ("Nobody", "EMS-DSI", &ada, Some("dependent")),
            ("Below", "EMS-RESEAU", &ada, Some("own")),
            ("Guest-below", "EMS-RESEAU", &ada, None),
            ("Dependent", "EMS", &ada, Some("dependent")),
            ("Starless-dependent", "EMS", &ada, Some("dependent")),
            ("Own-above", "EMS", &ada, Some("own")),
            ("Transverse", "EMS-EAU", &ada, Some("transverse")),
            ("Starless-transverse", "EMS-EAU", &ada, Some("transverse")),
            ("Foreign-guest", "LYON", &zoe, None),
            ("Foreign-off", "LYON", &zoe, None),
        ] {
            let person = world.agent(by, entity, name).await;
            world.wants_everything(&person).await;
            if let Some(right) = right {
                let mut rights = json!({"own": false, "dependent": false, "transverse": false});
                rights[right] = json!(true);
                world.rights(by, entity, &person.id, rights).await;
            }
            people.insert(name, person);
        }
        world.link(&ada, "EMS-EAU", "EMS-DSI").await;
        let crowd = Self {
            world,
            ada,
            chef,
            people,
        };
        crowd.meanwhile().await;
        crowd
    }

    /// Stars are given, and then things happen to those who have them.
    async fn meanwhile(&self) {
        let Self {
            world, ada, people, ..
        } = self;
        let named = [
            "Guest",
            "Starless-guest",
            "Unstars",
            "Kind-off",
            "Daily",
            "Away",
            "Uninvited",
            "Deactivated",
            "Addressless",
            "Unconfirmed",
            "Undeliverable",
            "Guest-and-own",
            "Guest-below",
            "Foreign-guest",
            "Foreign-off",
        ];
        let guests: Vec<_> = named.iter().map(|name| &people[name]).collect();
        world
            .consultation("c-1", "EMS-DSI", &people["Author"], &guests)
            .await;
        let starless = [
            "Starless-guest",
            "Starless-own",
            "Starless-dependent",
            "Starless-transverse",
            "Nobody",
            "Below",
            "Own-above",
        ];
        for (_, person) in people.iter().filter(|(name, _)| !starless.contains(name)) {
            world.star(person, "c-1").await;
        }
        world
            .delete(
                &people["Unstars"].login,
                &people["Unstars"].path("/favourites/c-1"),
            )
            .await
            .expect(204);
        for name in ["Kind-off", "Foreign-off"] {
            let mut choice = alerts("immediate");
            choice["kinds"]["tenderReceived"] = json!("off");
            people[name].put(world, "/alerts", choice).await.expect(200);
        }
        let mut choice = alerts("immediate");
        choice["kinds"]["tenderReceived"] = json!("daily");
        world
            .put(
                &people["Daily"].login,
                &people["Daily"].path("/alerts"),
                choice,
            )
            .await
            .expect(200);
        let away = json!({"from": "2026-11-24", "until": "2026-11-24", "delegateAccountId": null});
        world
            .put(
                &people["Away"].login,
                &people["Away"].path("/absence"),
                away,
            )
            .await
            .expect(200);
        let left: Vec<_> = guests
            .into_iter()
            .filter(|guest| guest.id != people["Uninvited"].id)
            .collect();
        world
            .save(
                "c-1",
                2,
                "EMS-DSI",
                &people["Author"].id,
                "consultation",
                &left,
            )
            .await;
        let path = format!("/v1/entities/EMS-DSI/agents/{}", people["Deactivated"].id);
        world
            .patch(&ada.login, &path, json!({"active": false}))
            .await
            .expect(200);
        for (name, status) in [
            ("Unconfirmed", "unconfirmed"),
            ("Undeliverable", "undeliverable"),
        ] {
            let status = AttributeValue::S(status.to_owned());
            world
                .set(
                    &format!("ACCOUNT#{}", people[name].id),
                    "ACCOUNT",
                    "emailStatus",
                    status,
                )
                .await;
        }
        world.loses_address(&people["Addressless"]).await;
        world.settle().await;
        world.empty_inbox();
    }

    /// Returns what the answer says of each person: mailed or not, why they may see it, why they
    /// are not mailed.
    fn said(&self, items: &[Value]) -> BTreeMap<&'static str, (bool, Value, Value)> {
        let said = items.iter().map(|item| {
            let (name, person) = self
                .people
                .iter()
                .find(|(_, person)| item["accountId"] == person.id.as_str())
                .expect("somebody known");
            assert_eq!(item["name"], format!("{name} Agent"), "{}", person.email);
            (
                *name,
                (
                    item["mailed"].as_bool().unwrap(),
                    item["sight"].clone(),
                    item["leftOut"].clone(),
                ),
            )
        });
        said.collect()
    }
}

fn of_dsi() -> BTreeMap<&'static str, (bool, Value, Value)> {
    let none = Value::Null;
    BTreeMap::from([
        ("Author", (true, json!("author"), none.clone())),
        ("Guest", (true, json!("guest"), none.clone())),
        ("Guest-and-own", (true, json!("guest"), none.clone())),
        ("Guest-below", (true, json!("guest"), none.clone())),
        ("Own", (true, json!("ownEntity"), none.clone())),
        (
            "Starless-guest",
            (false, json!("guest"), json!("notAFavourite")),
        ),
        (
            "Starless-own",
            (false, json!("ownEntity"), json!("notAFavourite")),
        ),
        ("Unstars", (false, json!("guest"), json!("notAFavourite"))),
        ("Kind-off", (false, json!("guest"), json!("kindOff"))),
        ("Daily", (false, json!("guest"), json!("daily"))),
        ("Away", (false, json!("guest"), json!("away"))),
        ("Uninvited", (false, none, json!("mayNotSeeIt"))),
        ("Deactivated", (false, json!("guest"), json!("inactive"))),
        ("Addressless", (false, json!("guest"), json!("noAddress"))),
        (
            "Unconfirmed",
            (false, json!("guest"), json!("addressUnconfirmed")),
        ),
        (
            "Undeliverable",
            (false, json!("guest"), json!("addressUndeliverable")),
        ),
    ])
}

#[tokio::test]
async fn everybody_is_said_once_with_the_reason_and_who_is_elsewhere_only_counted() {
    let crowd = Crowd::new().await;
    let mut of_ems = of_dsi();
    of_ems.extend([
        ("Dependent", (true, json!("dependentEntity"), Value::Null)),
        (
            "Starless-dependent",
            (false, json!("dependentEntity"), json!("notAFavourite")),
        ),
        ("Transverse", (true, json!("transverseEntity"), Value::Null)),
        (
            "Starless-transverse",
            (false, json!("transverseEntity"), json!("notAFavourite")),
        ),
    ]);
    // Two people may see it, and six.
    let (of_lyon, above) = (Value::Null, json!(6));
    for (by, wanted, outside) in [
        (&crowd.ada, of_ems, of_lyon),
        (&crowd.chef, of_dsi(), above),
    ] {
        let mut lists = BTreeSet::new();
        for limit in [1, 2, 3, 7, 100] {
            let (items, first) = pages(&crowd.world, by, PATH, limit).await;
            assert_eq!(first["consultation"]["reference"], "21-166157");
            assert_eq!(items.len(), wanted.len(), "{limit}");
            assert_eq!(crowd.said(&items), wanted, "{limit}");
            assert_eq!(first["kind"], "tenderReceived");
            assert_eq!(first.get("outside"), Some(&outside), "{limit}");
            lists.insert(each(&items, "accountId"));
        }
        assert_eq!(lists.len(), 1, "the order does not hang on the page");
    }
}

#[tokio::test]
async fn whom_it_says_is_whom_the_mailer_mails() {
    let crowd = Crowd::new().await;
    let (items, first) = pages(&crowd.world, &crowd.ada, PATH, 100).await;
    crowd
        .world
        .send("TenderReceived", tender("c-1", "d-1"))
        .await;
    let mailed: BTreeSet<_> = crowd.world.mailed().into_iter().collect();
    let said = crowd
        .said(&items)
        .into_iter()
        .filter(|(_, (mailed, ..))| *mailed);
    let mut said: BTreeSet<_> = said
        .map(|(name, _)| crowd.people[name].email.clone())
        .collect();
    assert_eq!(first["outside"], Value::Null);
    said.insert(crowd.people["Foreign-guest"].email.clone());
    assert_eq!(mailed, said);

    // Another kind, which nobody of them has switched off.
    let (items, first) = pages(
        &crowd.world,
        &crowd.ada,
        &PATH.replace("tenderReceived", "approvalRequested"),
        100,
    )
    .await;
    assert_eq!(
        crowd.said(&items)["Kind-off"],
        (true, json!("guest"), Value::Null)
    );
    assert_eq!(first["outside"], Value::Null);
}

/// More of each than is looked at in one call.
#[tokio::test]
async fn each_of_many_is_said_once() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let guests: Vec<String> = (0..120).map(|i| format!("guest-{i:03}")).collect();
    let author = world.agent(&ada, "EMS-DSI", "Author").await;
    let mut detail = saved("c-1", 1, "EMS-DSI", &author.id, "consultation", &[]);
    detail["guests"] = json!(guests);
    world.send("ConsultationSaved", detail).await;
    let followers = world.crowd("EMS-DSI", "c-1", 230).await;
    // Guests too: accounts of the same make, at another entity, under the ids that were invited.
    let template = world
        .table
        .store()
        .account_read(&vigie_domain::id::AccountId::parse(&author.id).unwrap())
        .await
        .unwrap()
        .unwrap();
    let mut items = Vec::new();
    for (i, guest) in guests.iter().enumerate() {
        let mut account = template.clone();
        account.id = vigie_domain::id::AccountId::parse(guest).unwrap();
        account.contact.email =
            vigie_domain::contact::email::Email::parse(&format!("guest{i}@crowd.example.fr")).ok();
        items.push((
            vigie_store::keys::account(&account.id),
            serde_dynamo::to_item(&account).unwrap(),
        ));
    }
    world.table.put_all(items).await;
    for limit in [9, 100] {
        let (items, first) = pages(&world, &ada, PATH, limit).await;
        let ids: BTreeSet<_> = each(&items, "accountId").into_iter().collect();
        assert_eq!(
            (ids.len(), items.len()),
            (followers.len() + guests.len() + 1, ids.len()),
            "{limit}"
        );
        assert_eq!(
            items.iter().filter(|item| item["mailed"] == true).count(),
            followers.len()
        );
        assert_eq!(first["outside"], json!(0));
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_422_with_its_name() {
    let crowd = Crowd::new().await;
    let Crowd { world, ada, .. } = &crowd;
    let path = "/v1/consultations/c-1/recipients";
    for query in [
        "",
        "?kind",
        "?kind=",
        "?kind=tenderreceived",
        "?kind=documentsWithdrawn",
        "?limit=1",
    ] {
        assert_eq!(
            world
                .get(&ada.login, &format!("{path}{query}"))
                .await
                .expect(422)
                .fields(),
            ["kind"],
            "{query}"
        );
    }
    for limit in ["0", "101", "-1", "x", ""] {
        assert_eq!(
            world
                .get(&ada.login, &format!("{PATH}limit={limit}"))
                .await
                .expect(422)
                .fields(),
            ["limit"],
            "{limit}"
        );
    }
    for cursor in [
        "",
        "x",
        "followers",
        "followers~",
        "named~a/b",
        "agents~EMS-DSI",
        "agents~EMS-DSI~",
        "agents~~a",
        "agents~LYON~a",
        "~a",
        "named~a~b",
    ] {
        let answer = world
            .get(&ada.login, &format!("{PATH}cursor={cursor}"))
            .await
            .expect(422);
        assert_eq!(answer.fields(), ["cursor"], "{cursor}");
    }
}

#[tokio::test]
async fn whom_a_consultation_awaits_is_counted_for_who_administers_the_whole_organisation() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let chef = world.administrator(&ada, "EMS-DSI", "Chef").await;
    let mut detail = saved("c-1", 1, "EMS-DSI", &ada.id, "consultation", &[]);
    detail["author"] = json!({"agentId": "x"});
    let guests = json!([{"agentId": "x"}, {"email": "nobody@x.example.fr"}, chef.id, ada.id]);
    detail["guests"] = guests;
    world.send("ConsultationSaved", detail).await;
    let first = async |by: &Person| {
        let path = format!("{PATH}limit=1");
        world.get(&by.login, &path).await.expect(200).json
    };
    assert_eq!(first(&ada).await["awaited"], 2);
    assert!(first(&chef).await.get("awaited").is_none());
    let cursor = first(&ada).await["cursor"].as_str().unwrap().to_owned();
    let rest = world
        .get(&ada.login, &format!("{PATH}limit=1&cursor={cursor}"))
        .await
        .expect(200);
    assert!(rest.json.get("awaited").is_none());
    let word = json!({"organisationId": "EMS", "agentId": "x", "revision": 1, "entityId": "EMS-DSI", "role": "agent"});
    world.send("AgentSaved", word).await;
    assert_eq!(first(&ada).await["awaited"], 1);
}
