//! Everything that an agent may see now and that is not over, with its stars: from lists, judged at
//! each request.

mod one;
mod pages;

use std::collections::BTreeSet;

use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::{Value, json};
use vigie_tests::{
    World,
    scenario::{Person, alerts, saved},
};

/// An organisation EMS ← EMS-DSI ← EMS-RESEAU ← EMS-FIBRE, EMS-CULTURE and EMS-RH beside EMS-DSI,
/// EMS-DSI linked to EMS-CULTURE; an agent of EMS-DSI.
async fn agent(world: &World) -> (Person, Person) {
    let ada = world.organisation("EMS").await;
    for (id, parent) in [
        ("EMS-DSI", "EMS"),
        ("EMS-RESEAU", "EMS-DSI"),
        ("EMS-FIBRE", "EMS-RESEAU"),
        ("EMS-CULTURE", "EMS"),
        ("EMS-RH", "EMS"),
    ] {
        world.entity(&ada, id, parent).await;
    }
    world.link(&ada, "EMS-DSI", "EMS-CULTURE").await;
    let bruno = world.agent(&ada, "EMS-DSI", "Bruno").await;
    (ada, bruno)
}

const EVERYWHERE: [&str; 6] = [
    "EMS",
    "EMS-DSI",
    "EMS-RESEAU",
    "EMS-FIBRE",
    "EMS-CULTURE",
    "EMS-RH",
];

async fn page(world: &World, person: &Person, query: &str) -> Value {
    person
        .get(world, &format!("/consultations{query}"))
        .await
        .expect(200)
        .json
}

fn ids(page: &Value) -> Vec<String> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["consultationId"].as_str().unwrap().to_owned())
        .collect()
}

/// The whole list, page by page.
async fn all(world: &World, person: &Person, query: &str) -> Vec<String> {
    all_of(world, person, "consultations", query).await
}

async fn all_of(world: &World, person: &Person, list: &str, query: &str) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = person.path(&format!("/{list}?{query}{cursor}"));
        let page = world.get(&person.login, &path).await.expect(200).json;
        found.extend(ids(&page));
        let Some(next) = page["cursor"].as_str() else {
            return found;
        };
        cursor = format!("&cursor={next}");
    }
}

async fn rights(world: &World, ada: &Person, bruno: &Person, rights: Value) {
    world.rights(ada, "EMS-DSI", &bruno.id, rights).await;
}

fn every_right() -> Value {
    json!({"own": true, "dependent": true, "transverse": true})
}

#[tokio::test]
async fn each_way_of_seeing_lists_a_consultation_once_with_its_star() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    for entity in EVERYWHERE {
        world
            .consultation(&format!("c-{entity}"), entity, &ada, &[])
            .await;
    }
    assert!(all(&world, &bruno, "").await.is_empty());
    // Named on what a right shows too: once all the same.
    world
        .consultation("a-guest", "EMS-RH", &ada, &[&bruno])
        .await;
    world
        .consultation("a-guest-below", "EMS-FIBRE", &ada, &[&bruno])
        .await;
    let mut choice = alerts("off");
    choice["automaticFavourites"]["mine"] = json!(true);
    bruno.put(&world, "/alerts", choice).await.expect(200);
    world
        .save("a-mine", 1, "EMS-DSI", &bruno.id, "drafting", &[])
        .await;
    assert_eq!(
        all(&world, &bruno, "").await,
        ["a-guest", "a-guest-below", "a-mine"]
    );
    for (right, shown) in [
        ("own", vec!["c-EMS-DSI"]),
        ("dependent", vec!["c-EMS-RESEAU", "c-EMS-FIBRE"]),
        ("transverse", vec!["c-EMS-CULTURE"]),
    ] {
        rights(&world, &ada, &bruno, json!({right: true})).await;
        assert_eq!(all(&world, &bruno, "").await[3..], shown, "{right}");
        rights(&world, &ada, &bruno, json!({right: false})).await;
    }
    rights(&world, &ada, &bruno, every_right()).await;
    world.star(&bruno, "c-EMS-RESEAU").await;
    let list = page(&world, &bruno, "").await;
    assert_eq!(
        ids(&list),
        [
            "a-guest",
            "a-guest-below",
            "a-mine",
            "c-EMS-DSI",
            "c-EMS-RESEAU",
            "c-EMS-FIBRE",
            "c-EMS-CULTURE"
        ]
    );
    assert_eq!(list["cursor"], Value::Null);
    let told: Vec<_> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (&item["sight"], &item["starred"], &item["automatic"]))
        .collect();
    let said = json!([
        ["guest", false, null],
        ["guest", false, null],
        ["author", true, "mine"],
        ["ownEntity", false, null],
        ["dependentEntity", true, null],
        ["dependentEntity", false, null],
        ["transverseEntity", false, null],
    ]);
    assert_eq!(json!(told), said);
    let mut item = list["items"][4].clone();
    let calendar = item["calendar"].take();
    assert!(
        calendar
            .as_str()
            .is_some_and(|path| path.starts_with("/v1/deadlines/d1~")),
        "{calendar}"
    );
    assert_eq!(
        item,
        json!({
            "consultationId": "c-EMS-RESEAU",
            "reference": "21-166157",
            "title": "Prestations d'assistance et de développements spécifiques sur le logiciel Qgis",
            "entity": {"id": "EMS-RESEAU", "name": "Service EMS-RESEAU"},
            "phase": "consultation",
            "submissionDeadline": "2027-02-01T11:00:00Z",
            "timeZone": null,
            "sight": "dependentEntity",
            "starred": true,
            "automatic": null,
            "calendar": null,
            "url": "https://marches.example.fr/consultations/c-EMS-RESEAU",
        })
    );
}

#[tokio::test]
async fn what_may_not_be_seen_any_more_or_is_over_is_gone_and_back_when_that_is_undone() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    rights(&world, &ada, &bruno, every_right()).await;
    let mut revision = 0;
    let mut save =
        async |id: &str, entity: &str, author: &Person, phase: &str, guests: &[&Person]| {
            revision += 1;
            world
                .save(id, revision, entity, &author.id, phase, guests)
                .await;
        };
    save("guest", "EMS-RH", &ada, "drafting", &[&bruno]).await;
    save("mine", "EMS-RH", &bruno, "consultation", &[]).await;
    save("own", "EMS-DSI", &ada, "opening", &[]).await;
    let shown = async || all(&world, &bruno, "").await;
    assert_eq!(shown().await, ["guest", "mine", "own"]);
    for over in ["archived", "cancelled"] {
        for (id, entity, author, guests) in [
            ("guest", "EMS-RH", &ada, vec![&bruno]),
            ("mine", "EMS-RH", &bruno, vec![]),
            ("own", "EMS-DSI", &ada, vec![]),
        ] {
            save(id, entity, author, over, &guests).await;
            assert!(!shown().await.contains(&id.to_owned()), "{id} {over}");
            save(id, entity, author, "decision", &guests).await;
            assert_eq!(shown().await, ["guest", "mine", "own"], "{id} {over}");
        }
    }
    // Off the list of guests, and on it again; another author; elsewhere.
    save("guest", "EMS-RH", &ada, "consultation", &[]).await;
    save("mine", "EMS-RH", &ada, "consultation", &[]).await;
    save("own", "EMS-RH", &ada, "consultation", &[]).await;
    assert!(shown().await.is_empty());
    save("guest", "EMS-RH", &ada, "consultation", &[&ada, &bruno]).await;
    save("mine", "EMS-RH", &bruno, "consultation", &[&bruno]).await;
    save("own", "EMS-FIBRE", &ada, "consultation", &[]).await;
    assert_eq!(shown().await, ["guest", "mine", "own"]);
    // An older revision that comes late changes nothing.
    world
        .save("guest", 1, "EMS-RH", &ada.id, "archived", &[])
        .await;
    world
        .save("late", 2, "EMS-RH", &ada.id, "consultation", &[])
        .await;
    world
        .save("late", 1, "EMS-RH", &ada.id, "drafting", &[&bruno])
        .await;
    assert_eq!(shown().await, ["guest", "mine", "own"]);
    // The tree decides as it is now.
    world
        .put(
            &ada.login,
            "/v1/entities/EMS-RESEAU",
            json!({"name": "Réseau", "parentId": "EMS-CULTURE"}),
        )
        .await
        .expect(200);
    assert_eq!(shown().await, ["guest", "mine"]);
}

#[tokio::test]
async fn as_many_guests_as_one_consultation_can_have_find_it() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    let crowd = |last: &Person| {
        let mut detail = saved("c-crowd", 1, "EMS-RH", &ada.id, "consultation", &[]);
        let mut guests: Vec<_> = (0..999).map(|i| format!("guest-{i:04}")).collect();
        guests.push(last.id.clone());
        detail["guests"] = json!(guests);
        detail
    };
    world.send("ConsultationSaved", crowd(&bruno)).await;
    assert!(world.rejections().is_empty() && world.dead.lock().unwrap().is_empty());
    assert_eq!(all(&world, &bruno, "").await, ["c-crowd"]);
    let mut next = crowd(&ada);
    next["revision"] = json!(2);
    world.send("ConsultationSaved", next).await;
    assert!(all(&world, &bruno, "").await.is_empty());
    // Deleted consultations go with every list of them.
    let mut over = crowd(&ada);
    over["revision"] = json!(3);
    over["phase"] = json!("archived");
    world.send("ConsultationSaved", over).await;
    world.pass(SignedDuration::from_hours(24 * 400));
    for _ in 0..4 {
        world.sweep().await;
        world.pass(SignedDuration::from_mins(20));
    }
    let left = world.table.items().await;
    let left: Vec<_> = left
        .iter()
        .filter(|item| item["pk"].as_s().unwrap().starts_with("CONSULTATION#"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_search_looks_at_reference_title_and_entity_whatever_case_and_accents() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    rights(&world, &ada, &bruno, every_right()).await;
    for (id, entity, reference, title, phase) in [
        (
            "c-1",
            "EMS-DSI",
            "21-166157",
            "Prestations d’assistance sur le logiciel Qgis",
            "consultation",
        ),
        (
            "c-2",
            "EMS-RESEAU",
            "22-000001",
            "Maîtrise d’œuvre de l’École Élisa-Lemonnier",
            "drafting",
        ),
        (
            "c-3",
            "EMS-CULTURE",
            "22-000002",
            "Travaux d'entretien des ECOLES",
            "consultation",
        ),
    ] {
        let mut detail = saved(id, 1, entity, &ada.id, phase, &[]);
        detail["reference"] = json!(reference);
        detail["title"] = json!(title);
        world.send("ConsultationSaved", detail).await;
        world.star(&bruno, id).await;
    }
    for (query, expected) in [
        ("q=qgis", vec!["c-1"]),
        ("q=QGIS%20assistance", vec!["c-1"]),
        ("q=21-1661", vec!["c-1"]),
        ("q=%C3%A9cole", vec!["c-2", "c-3"]),
        ("q=ecole%20oeuvre", vec!["c-2"]),
        ("q=d%27entretien", vec!["c-3"]),
        ("q=service%20reseau", vec!["c-2"]),
        ("q=culture", vec!["c-3"]),
        ("q=", vec!["c-1", "c-2", "c-3"]),
        ("q=%E2%80%AE", vec!["c-1", "c-2", "c-3"]),
        ("q=introuvable", vec![]),
        ("phase=consultation", vec!["c-1", "c-3"]),
        ("phase=drafting&q=ecole", vec!["c-2"]),
        ("phase=archived", vec![]),
    ] {
        for limit in ["", "&limit=1"] {
            assert_eq!(
                all(&world, &bruno, &format!("{query}{limit}")).await,
                expected,
                "{query}{limit}"
            );
            // Favourites are searched by the same words.
            let mut stars = all_of(&world, &bruno, "favourites", &format!("{query}{limit}")).await;
            stars.sort();
            assert_eq!(stars, expected, "{query}{limit}");
        }
    }
    for (query, field) in [
        ("q=".to_owned() + &"x".repeat(201), "q"),
        ("phase=published".to_owned(), "phase"),
        ("phase=".to_owned(), "phase"),
    ] {
        for list in ["consultations", "favourites"] {
            let path = bruno.path(&format!("/{list}?{query}"));
            let answer = world.get(&bruno.login, &path).await.expect(422);
            assert_eq!(answer.fields(), [field], "{list} {query}");
        }
    }
}

#[tokio::test]
async fn a_linked_account_sees_the_other_s_list_and_a_stranger_none() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    let chloe = world.agent(&ada, "EMS-RH", "Chloe").await;
    world.consultation("c-1", "EMS-DSI", &ada, &[&bruno]).await;
    let path = bruno.path("/consultations");
    world.get(&chloe.login, &path).await.expect(403);
    world.get(&ada.login, &path).await.expect(403);
    world.associate(&bruno, &chloe).await;
    assert_eq!(
        ids(&world.get(&chloe.login, &path).await.expect(200).json),
        ["c-1"]
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Against the star's own check, which asks about one consultation: what can be starred is what
    /// is listed.
    #[test]
    fn what_is_listed_is_what_can_be_starred(
        places in prop::collection::vec((0_usize..6, any::<bool>(), any::<bool>(), 0_usize..6), 1..14),
        own: bool, dependent: bool, transverse: bool, limit in 1_usize..5,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new().await;
            let (ada, bruno) = agent(&world).await;
            rights(&world, &ada, &bruno, json!({"own": own, "dependent": dependent, "transverse": transverse})).await;
            let phases = ["drafting", "consultation", "opening", "decision", "archived", "cancelled"];
            let mut expected = BTreeSet::new();
            for (i, (entity, author, guest, phase)) in places.iter().enumerate() {
                let (id, author) = (format!("c-{i:02}"), if *author { &bruno } else { &ada });
                let guests: &[&Person] = if *guest { &[&bruno] } else { &[] };
                world.save(&id, 1, EVERYWHERE[*entity], &author.id, phases[*phase], guests).await;
                let starred = bruno.put(&world, &format!("/favourites/{id}"), json!({})).await.status == 204;
                if starred && *phase < 4 {
                    expected.insert(id);
                }
            }
            let listed = all(&world, &bruno, &format!("limit={limit}")).await;
            assert_eq!(listed.len(), expected.len(), "{listed:?}");
            assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), expected);
        });
    }
}

#[tokio::test]
async fn a_deadline_overseas_has_the_buyer_s_zone_in_every_list() {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    for (id, deadline) in [
        ("c-reunion", "2027-02-01T12:00:00+04:00"),
        ("c-paris", "2027-02-01T12:00:00+01:00"),
    ] {
        let mut consultation = saved(id, 1, "EMS-DSI", &bruno.id, "drafting", &[]);
        consultation["submissionDeadline"] = json!(deadline);
        world.send("ConsultationSaved", consultation.clone()).await;
        consultation["revision"] = json!(2);
        consultation["phase"] = json!("consultation");
        world.send("ConsultationSaved", consultation).await;
    }
    let zones = |list: &Value| {
        let of = |id: &str| {
            let item = list["items"]
                .as_array()
                .unwrap()
                .iter()
                .find(|item| item["consultationId"] == id)
                .expect("an item");
            (item["submissionDeadline"].clone(), item["timeZone"].clone())
        };
        [of("c-reunion"), of("c-paris")]
    };
    let expected = [
        (json!("2027-02-01T08:00:00Z"), json!("+04:00")),
        (json!("2027-02-01T11:00:00Z"), json!(null)),
    ];
    assert_eq!(zones(&page(&world, &bruno, "").await), expected);
    assert_eq!(
        zones(&bruno.get(&world, "/favourites").await.expect(200).json),
        expected
    );
    for id in ["c-reunion", "c-paris"] {
        world
            .request("DELETE", &bruno.path(&format!("/favourites/{id}")))
            .by(&bruno.login)
            .send()
            .await
            .expect(204);
    }
    assert_eq!(
        zones(
            &world
                .get(&ada.login, "/v1/entities/EMS/unfollowed")
                .await
                .expect(200)
                .json
        ),
        expected
    );
}
