//! An administrator's own account: who reads its mailbox may be several, so that its recovery needs
//! another administrator, or waits a day in which it can be stopped.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use vigie_tests::{Login, World, scenario::Person};

use super::{
    DAY, HOUR, RECOVERED, STOPPED, WAITS, assert_bound, audit, confirm, links, own, press, token,
};

/// Ada and Zoe administer `EMS`; `new` reads Ada's mailbox.
struct Scene {
    world: World,
    ada: Person,
    zoe: Person,
    new: Login,
}

impl Scene {
    async fn new() -> Self {
        let (world, ada) = World::with("EMS").await;
        let zoe = world.administrator(&ada, "EMS", "Zoe").await;
        world.empty_inbox();
        Self {
            world,
            ada,
            zoe,
            new: Login::new("ada anew"),
        }
    }

    /// The world, Ada and Zoe, and the other login.
    fn parts(&self) -> (&World, [&Person; 2], &Login) {
        (&self.world, [&self.ada, &self.zoe], &self.new)
    }

    /// The same, and a recovery of Ada's account waits.
    async fn waiting() -> (Self, String) {
        let scene = Self::new().await;
        let token = token(&scene.world, &scene.new, &scene.ada.email).await;
        confirm(&scene.world, &scene.new, &token).await.expect(202);
        (scene, token)
    }
}

/// Ada's account in the list of its administrators.
async fn listed(world: &World, by: &Person, id: &str) -> Value {
    let agents = world
        .get(&by.login, "/v1/entities/EMS/agents")
        .await
        .expect(200);
    let items = agents.items();
    items
        .into_iter()
        .find(|of| of["id"] == id)
        .expect("the account")
}

async fn stop(world: &World, by: &Login, path: &str) {
    world.delete(by, path).await.expect(204);
    world.settle().await;
}

#[tokio::test]
async fn the_recovery_of_an_administrator_waits_a_day_and_then_takes_effect() {
    let (scene, token) = Scene::waiting().await;
    let (world, [ada, _], new) = scene.parts();
    let due: Timestamp = world.now() + DAY;
    let answer = confirm(world, new, &token).await.expect(202);
    assert_eq!(answer.json["accountId"], json!(ada.id));
    assert_eq!(answer.json["due"], json!(due));
    assert_bound(world, &ada.id, &ada.login, &[new]).await;

    world.pass(DAY - SignedDuration::from_secs(1));
    world.sweep().await;
    assert_bound(world, &ada.id, &ada.login, &[new]).await;
    world.pass(SignedDuration::from_secs(1));
    world.sweep().await;
    assert_bound(world, &ada.id, new, &[&ada.login]).await;
    let entities = world.get(new, "/v1/entities/EMS").await;
    entities.expect(200);
    world.get(&ada.login, "/v1/entities/EMS").await.expect(403);
    assert!(
        world
            .subjects_to(&ada.email)
            .contains(&RECOVERED.to_owned())
    );
    // The link that it began with says so.
    confirm(world, new, &token).await.expect(200);
    let before = world.table.items().await;
    world.sweep().await;
    assert_eq!(world.table.items().await, before);
}

#[tokio::test]
async fn the_account_and_the_other_administrators_are_told_at_once_and_see_when_it_is_due() {
    let (scene, _) = Scene::waiting().await;
    let (world, [ada, zoe], _) = scene.parts();
    assert!(world.subjects_to(&ada.email).contains(&WAITS.to_owned()));
    assert_eq!(
        world.subjects_to(&zoe.email),
        ["Un autre identifiant demande le compte d’un agent"]
    );
    let due = json!(world.now() + DAY);
    assert_eq!(listed(world, zoe, &ada.id).await["recoveryDue"], due);
    let own = ada.get(world, "").await.expect(200);
    assert_eq!(own.json["recoveryDue"], due);
    let entry = &audit(world, zoe).await[0];
    assert_eq!(entry["what"], "recoveryWaits");
    assert_eq!(entry["actorAccountId"], Value::Null);
}

#[tokio::test]
async fn the_former_login_or_another_administrator_stops_it_by_one_press() {
    for by_zoe in [false, true] {
        let (scene, token) = Scene::waiting().await;
        let (world, [ada, zoe], new) = scene.parts();
        let (login, path) = if by_zoe {
            let path = format!("/v1/entities/EMS/agents/{}/recovery", ada.id);
            (&zoe.login, path)
        } else {
            (&ada.login, ada.path("/recovery"))
        };
        // Not by who recovers, nor by anybody else.
        for other in [new, &Login::new("somebody")] {
            world.delete(other, &path).await.expect(403);
        }
        world.pass(HOUR * 23);
        stop(world, login, &path).await;
        stop(world, login, &path).await;

        assert!(
            listed(world, zoe, &ada.id)
                .await
                .get("recoveryDue")
                .is_none()
        );
        let told = world.subjects_to(&ada.email);
        assert_eq!(told.iter().filter(|of| *of == STOPPED).count(), 1);
        assert_eq!(audit(world, zoe).await[0]["what"], "recoveryStopped");
        confirm(world, new, &token).await.expect(404);
        world.pass(DAY);
        world.sweep().await;
        assert_bound(world, &ada.id, &ada.login, &[new]).await;
    }
}

#[tokio::test]
async fn another_administrator_s_button_takes_effect_at_once() {
    let scene = Scene::new().await;
    let (world, [ada, zoe], new) = scene.parts();
    press(world, zoe, &ada.id).await.expect(202);
    let link = links(world, &ada.email).pop().expect("a link");
    confirm(world, new, &link).await.expect(200);
    assert_bound(world, &ada.id, new, &[&ada.login]).await;
}

#[tokio::test]
async fn an_administrator_s_button_for_their_own_account_is_nobody_else_s() {
    let scene = Scene::new().await;
    let (world, [ada, _], new) = scene.parts();
    press(world, ada, &ada.id).await.expect(202);
    let link = links(world, &ada.email).pop().expect("a link");
    confirm(world, new, &link).await.expect(202);
    // Used: stopped, it begins nothing again.
    stop(world, &ada.login, &ada.path("/recovery")).await;
    confirm(world, new, &link).await.expect(404);
    assert_bound(world, &ada.id, &ada.login, &[new]).await;
}

#[tokio::test]
async fn of_two_that_wait_the_first_takes_effect_and_the_other_is_void() {
    let (scene, _) = Scene::waiting().await;
    let (world, [ada, _], new) = scene.parts();
    let second = Login::new("second");
    world.pass(HOUR);
    let link = token(world, &second, &ada.email).await;
    confirm(world, &second, &link).await.expect(202);
    world.pass(DAY * 2);
    world.sweep().await;
    world.sweep().await;
    assert_bound(world, &ada.id, new, &[&second, &ada.login]).await;
    confirm(world, &second, &link).await.expect(404);
}

#[tokio::test]
async fn what_changes_meanwhile_ends_what_waits() {
    for change in [
        "address",
        "deactivated",
        "undeliverable",
        "erased",
        "recovered",
    ] {
        let (scene, _) = Scene::waiting().await;
        let (world, [ada, zoe], new) = scene.parts();
        let agent = format!("/v1/entities/EMS/agents/{}", ada.id);
        match change {
            "address" => {
                let email = "ada.moved@ems.example.fr";
                let token = ada.asks_for(world, email).await;
                world.confirm(&token).await.expect(200);
            }
            "deactivated" => {
                let off = json!({"active": false});
                world.patch(&zoe.login, &agent, off).await.expect(200);
            }
            "undeliverable" => super::die(world, ada).await,
            "erased" => drop(ada.delete(world, "").await.expect(204)),
            _ => {
                press(world, zoe, &ada.id).await.expect(202);
                let link = links(world, &ada.email).pop().expect("a link");
                let third = Login::new("third");
                confirm(world, &third, &link).await.expect(200);
            }
        }
        world.settle().await;
        world.pass(DAY);
        world.sweep().await;
        world.sweep().await;
        assert!(!own(world, new).await.contains(&ada.id), "{change}");
        world.get(new, &ada.path("")).await;
        assert_eq!(
            world.get(new, "/v1/entities/EMS").await.status,
            403,
            "{change}"
        );
        if change == "deactivated" {
            let on = json!({"active": true});
            world.patch(&zoe.login, &agent, on).await.expect(200);
            world.pass(DAY);
            world.sweep().await;
        }
        assert!(!own(world, new).await.contains(&ada.id), "{change}");
    }
}

#[tokio::test]
async fn the_last_administrator_whose_login_is_gone_comes_back_after_a_day() {
    let (world, ada) = World::with("EMS").await;
    let new = Login::new("ada anew");
    let link = token(&world, &new, &ada.email).await;
    confirm(&world, &new, &link).await.expect(202);
    world.pass(DAY);
    world.sweep().await;
    assert_bound(&world, &ada.id, &new, &[&ada.login]).await;
    world
        .invite(&Person { login: new, ..ada }, "EMS", "Chloe")
        .await;
}

/// An agent becomes an administrator between the reading of the link and its use.
#[tokio::test]
async fn an_agent_who_was_promoted_meanwhile_waits_too() {
    let scene = Scene::new().await;
    let (world, [ada, _], new) = scene.parts();
    let bruno = world.agent(ada, "EMS", "Bruno").await;
    let link = token(world, new, &bruno.email).await;
    let role = json!({"role": "administrator"});
    world.change(ada, "EMS", &bruno.id, role).await.expect(200);
    confirm(world, new, &link).await.expect(202);
    assert_bound(world, &bruno.id, &bruno.login, &[new]).await;
}
