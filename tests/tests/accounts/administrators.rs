//! `GET /v1/accounts/{id}/administrators` and `…/missed`: who can help an agent, by name, and what
//! the agent was not told.

use serde_json::{Value, json};
use vigie_tests::{World, scenario::Person};

/// Entity and names of each who administers a person.
async fn named(world: &World, person: &Person) -> Vec<(String, Vec<String>)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let answer = person.get(world, "/administrators").await.expect(200).json;
    let items = answer["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| {
            let members: Vec<_> = item["administrators"]
                .as_array()
                .expect("people")
                .iter()
                .collect();
            for member in &members {
                assert_eq!(
                    member
                        .as_object()
                        .expect("a name")
                        .keys()
                        .collect::<Vec<_>>(),
                    ["firstName", "lastName"],
                    "nothing but the name"
                );
            }
            (
                text(&item["entity"]["id"]),
                members
                    .into_iter()
                    .map(|name| text(&name["firstName"]))
                    .collect(),
            )
        });
    items.collect()
}

fn entry(entity: &str, names: &[&str]) -> (String, Vec<String>) {
    (
        entity.to_owned(),
        names.iter().map(|name| (*name).to_owned()).collect(),
    )
}

/// `EMS` ← `EMS-DSI` ← `EMS-DEV`, `EMS-RH` beside; Bruno in `EMS-DEV`; administrators Ada of all,
/// Denis of `EMS-DSI`, Rita of `EMS-RH`.
async fn scene() -> (World, Person, Person, Person) {
    let (world, ada) = World::with("EMS").await;
    for (entity, above) in [
        ("EMS-DSI", "EMS"),
        ("EMS-DEV", "EMS-DSI"),
        ("EMS-RH", "EMS"),
    ] {
        world.entity(&ada, entity, above).await;
    }
    let bruno = world.agent(&ada, "EMS-DEV", "Bruno").await;
    let denis = world.administrator(&ada, "EMS-DSI", "Denis").await;
    world.administrator(&ada, "EMS-RH", "Rita").await;
    (world, ada, bruno, denis)
}

#[tokio::test]
async fn an_agent_is_told_the_names_of_those_who_administer_it_nearest_first_and_of_nobody_else() {
    let (world, ada, bruno, denis) = scene().await;
    let ada_s = named(&world, &bruno).await[1].1.clone();
    assert_eq!(
        named(&world, &bruno).await,
        [
            entry("EMS-DSI", &["Denis"]),
            ("EMS".to_owned(), ada_s.clone())
        ]
    );
    // Nobody is told to ask themselves.
    assert_eq!(named(&world, &denis).await, [("EMS".to_owned(), ada_s)]);
    assert_eq!(named(&world, &ada).await, []);
}

#[tokio::test]
async fn who_cannot_act_is_not_named() {
    let (world, ada, bruno, denis) = scene().await;
    // Invited, and never came.
    world
        .post(
            &ada.login,
            "/v1/entities/EMS-DEV/agents",
            json!({"contact": {"firstName": "Nora", "lastName": "N", "email": "nora@agents.example.fr"}, "role": "administrator"}),
        )
        .await
        .expect(201);
    let entities = |found: Vec<(String, Vec<String>)>| {
        found
            .into_iter()
            .map(|(entity, _)| entity)
            .collect::<Vec<_>>()
    };
    assert_eq!(entities(named(&world, &bruno).await), ["EMS-DSI", "EMS"]);
    let denis_s = format!("/v1/entities/EMS-DSI/agents/{}", denis.id);
    for (change, undone) in [
        (json!({"active": false}), json!({"active": true})),
        (json!({"role": "agent"}), json!({"role": "administrator"})),
    ] {
        world.patch(&ada.login, &denis_s, change).await.expect(200);
        assert_eq!(entities(named(&world, &bruno).await), ["EMS"]);
        world.patch(&ada.login, &denis_s, undone).await.expect(200);
        assert_eq!(entities(named(&world, &bruno).await), ["EMS-DSI", "EMS"]);
    }
    world
        .request("DELETE", &denis.path(""))
        .by(&denis.login)
        .send()
        .await
        .expect(204);
    world.settle().await;
    assert_eq!(entities(named(&world, &bruno).await), ["EMS"], "erased");
}

#[tokio::test]
async fn whoever_was_deactivated_learns_whom_to_ask_and_others_do_not() {
    let (world, ada, bruno, denis) = scene().await;
    world
        .change(&ada, "EMS-DEV", &bruno.id, json!({"active": false}))
        .await
        .expect(200);
    assert_eq!(named(&world, &bruno).await.len(), 2);
    // Not even those who are named.
    for stranger in [&ada, &denis] {
        world
            .get(&stranger.login, &bruno.path("/administrators"))
            .await
            .expect(403);
    }
    let me = world.get(&bruno.login, "/v1/me").await.expect(200).json;
    assert_eq!(me["deactivated"][0]["id"], bruno.id);
}

#[tokio::test]
async fn twenty_people_are_named_at_most() {
    let (world, ada, bruno, _) = scene().await;
    for n in 0..21 {
        let name = format!("Admin{n}");
        world.administrator(&ada, "EMS-DEV", &name).await;
    }
    let found = named(&world, &bruno).await;
    assert_eq!((found.len(), found[0].1.len()), (1, 20));
}
