//! An address that an administrator set, confirmed at once with what its account is going through.

use serde_json::json;
use vigie_tests::Login;

use super::{
    super::{assert_bound, own},
    ALIAS, DAY, Scene, change, confirm, confirmation, give, links, press, read, shown, token,
};

#[tokio::test]
async fn confirmed_at_once_with_a_change_of_its_account_it_leaves_one_owner_and_one_address() {
    for other in ["own", "invite", "erase", "recover", "deactivate", "again"] {
        for _ in 0..4 {
            let scene = Scene::new().await;
            let (world, [ada, bruno], new) = scene.parts();
            let yves = world.organisation("LYON").await;
            let recovery = token(world, new, &bruno.email).await;
            give(world, ada, &bruno.id, ALIAS).await.expect(202);
            let waits = confirmation(world, ALIAS);
            let body = json!({"token": waits});
            let confirmed = world.request("POST", "/v1/confirmations").json(&body);
            let changed = async {
                match other {
                    "own" => {
                        let body = json!({"email": "own@agents.example.fr"});
                        bruno.patch_contact(world, body).await
                    }
                    "invite" => {
                        let contact = json!({"firstName": "A", "lastName": "B", "email": ALIAS});
                        let body = json!({"contact": contact, "role": "agent"});
                        let path = "/v1/entities/LYON/agents";
                        world.post(&yves.login, path, body).await
                    }
                    "erase" => bruno.delete(world, "").await,
                    "recover" => {
                        let body = json!({"token": recovery});
                        world.post(new, "/v1/recoveries/confirm", body).await
                    }
                    _ => {
                        let body = if other == "again" {
                            json!({"email": "third@agents.example.fr"})
                        } else {
                            json!({"active": false})
                        };
                        world.change(ada, "EMS", &bruno.id, body).await
                    }
                }
            };
            let (confirmed, changed) = tokio::join!(confirmed.send(), changed);
            world.settle().await;
            let came = confirmed.status == 200;
            assert!(
                came || confirmed.status == 404,
                "{other}: {}",
                confirmed.text
            );
            assert!(changed.status < 500, "{other}: {}", changed.text);
            if other == "erase" {
                let gone = own(world, &bruno.login).await.is_empty();
                assert_eq!(gone, changed.status == 204, "{}", changed.text);
                continue;
            }
            let login = if (other, changed.status) == ("recover", 200) {
                new
            } else {
                &bruno.login
            };
            if other == "deactivate" {
                let body = json!({"active": true});
                change(world, ada, &bruno.id, body).await.expect(200);
            }
            let others: Vec<_> = [new, &bruno.login]
                .into_iter()
                .filter(|of| of.sub != login.sub)
                .collect();
            assert_bound(world, &bruno.id, login, &others).await;
            let now = shown(world, login, bruno).await;
            let address = if came { ALIAS } else { &bruno.email };
            assert_eq!(now["contact"]["email"], json!(address), "{other}");
            // Once it came, nobody takes the account over at once.
            let third = Login::new("third");
            press(world, ada, &bruno.id).await.expect(202);
            let link = links(world, address).pop().expect("a link");
            let answer = confirm(world, &third, &link).await;
            answer.expect(if came { 202 } else { 200 });
        }
    }
}

/// Whoever is first, one of the two is bound at the end, and was told so.
#[tokio::test]
async fn stopped_at_the_instant_at_which_it_takes_effect_one_of_the_two_comes_true() {
    for _ in 0..6 {
        let scene = Scene::taken().await;
        let (world, [_, bruno], new) = scene.parts();
        let link = super::stops(world, &bruno.email).pop().expect("a link");
        world.pass(DAY);
        let body = json!({"token": link});
        let stopped = world.request("POST", "/v1/recoveries/stop").json(&body);
        let (stopped, ()) = tokio::join!(stopped.send(), world.sweep());
        world.settle().await;
        world.sweep().await;
        let (bound, other) = match stopped.status {
            200 => (&bruno.login, new),
            410 => (new, &bruno.login),
            status => panic!("{status}"),
        };
        assert_bound(world, &bruno.id, bound, &[other]).await;
    }
}

/// The same link used twice at once, and a second one of the same address.
#[tokio::test]
async fn confirmed_twice_at_once_it_is_one_change() {
    let scene = Scene::new().await;
    let (world, [ada, bruno], _) = scene.parts();
    give(world, ada, &bruno.id, ALIAS).await.expect(202);
    let older = confirmation(world, ALIAS);
    give(world, ada, &bruno.id, ALIAS).await.expect(202);
    let newer = confirmation(world, ALIAS);
    let (a, b, c) = tokio::join!(
        read(world, &newer),
        read(world, &newer),
        read(world, &older)
    );
    assert_eq!([a.status, b.status, c.status], [200, 200, 404]);
    let export = bruno.get(world, "/export").await;
    let former = export.expect(200).json["account"]["formerEmails"].clone();
    assert_eq!(former.as_array().expect("addresses").len(), 1);
}

/// Whichever is first, nothing waits on once the account works again.
#[tokio::test]
async fn begun_at_the_instant_of_a_deactivation_it_never_takes_effect() {
    for _ in 0..6 {
        let scene = Scene::given().await;
        let (world, [ada, bruno], new) = scene.parts();
        press(world, ada, &bruno.id).await.expect(202);
        let body = json!({"token": links(world, ALIAS).pop().expect("a link")});
        let begun = world.post(new, "/v1/recoveries/confirm", body);
        let off = world.change(ada, "EMS", &bruno.id, json!({"active": false}));
        let (begun, off) = tokio::join!(begun, off);
        off.expect(200);
        assert!([202, 404].contains(&begun.status), "{}", begun.text);
        world.settle().await;
        let on = json!({"active": true});
        change(world, ada, &bruno.id, on).await.expect(200);
        world.pass(DAY);
        world.sweep().await;
        assert_bound(world, &bruno.id, &bruno.login, &[new]).await;
    }
}
