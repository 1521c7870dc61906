//! Addresses that are looked up: so many and no more, and an organisation's own apart.

use serde_json::json;
use vigie_tests::{Answer, World, scenario::Person};

use super::{counts, import};
use crate::administration::organisation;

/// Fails unless as many were looked up as may be in an hour.
#[track_caller]
fn assert_waits(refused: Answer) {
    assert_eq!(refused.headers["retry-after"], "3661");
    refused.refused(429, "too-many-rows");
}

/// Each answer tells whether an address is known here: a thousand an hour and five thousand a day
/// for an organisation, whoever asks.
#[tokio::test]
async fn addresses_are_looked_up_so_many_times_and_no_more() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let chef = world.administrator(&ada, "EMS-DSI", "Chef").await;
    let file = |round: usize, rows: usize| -> String {
        let rows: Vec<_> = (0..rows)
            .map(|i| format!("Prénom;Nom;inconnu{round}x{i}@ailleurs.example.fr\r\n"))
            .collect();
        format!("prénom;nom;courriel\r\n{}", rows.concat())
    };
    for round in 0..5 {
        let by = if round % 2 == 0 { &ada } else { &chef };
        import(&world, by, true, &file(round, 200))
            .await
            .expect(200);
    }
    assert_waits(import(&world, &ada, true, &file(5, 1)).await);
    import(&world, &chef, true, &file(5, 1)).await.expect(429);
    // Imports are counted apart, and so is another organisation.
    import(&world, &ada, false, &file(5, 1)).await.expect(200);
    let zoe = world.organisation("LYON").await;
    let there = world
        .request("POST", "/v1/entities/LYON/agents/import?dryRun=true")
        .by(&zoe.login)
        .raw("text/csv", &file(6, 1));
    there.send().await.expect(200);

    // One address at a time is no way around it.
    world.pass(jiff::SignedDuration::from_mins(61));
    for round in 0..50 {
        import(&world, &ada, true, &file(round, 1))
            .await
            .expect(200);
    }
    import(&world, &ada, true, &file(51, 1)).await.expect(429);
}

/// A file of strangers, each time others.
fn strangers(round: usize, rows: usize) -> String {
    let rows: Vec<_> = (0..rows)
        .map(|i| format!("Prénom;Nom;inconnu{round}x{i}@ailleurs.example.fr\r\n"))
        .collect();
    format!("prénom;nom;courriel\r\n{}", rows.concat())
}

#[tokio::test]
async fn rows_that_are_refused_without_a_look_up_cost_nothing() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let audited = async || {
        world
            .get(&ada.login, "/v1/entities/EMS/audit")
            .await
            .expect(200)
            .json["items"]
            .as_array()
            .unwrap()
            .len()
    };
    let (before, entries) = (world.table.items().await.len(), audited().await);
    let bad = |good: &str| {
        format!(
            "prénom;nom;courriel\r\n{good}{}",
            ";Nom;inconnu@ailleurs.example.fr\r\n".repeat(199)
        )
    };
    for round in 0..6 {
        for dry_run in [true, false] {
            let report = import(&world, &ada, dry_run, &bad(""))
                .await
                .expect(200)
                .json;
            assert_eq!(counts(&report), [0, 0, 0, 199, 0], "{round}");
        }
    }
    assert_eq!(
        (world.table.items().await.len(), audited().await),
        (before, entries),
        "nothing was looked up, nothing is recorded"
    );
    // Of a file that has others too, the others count: the least that a file counts as, fifty
    // times.
    for round in 0..50 {
        let good = format!("Prénom;Nom;inconnu{round}@ailleurs.example.fr\r\n");
        import(&world, &ada, true, &bad(&good)).await.expect(200);
    }
    import(&world, &ada, true, &strangers(0, 1))
        .await
        .expect(429);
    // Where nothing may be looked up, what needs no look-up is still said.
    import(&world, &ada, true, &bad("")).await.expect(200);
}

/// Half of what the organisation may look up is for one who administers a part of it, three
/// quarters for all such people.
#[tokio::test]
async fn an_administrator_of_a_part_cannot_use_up_the_organisation_s_look_ups() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let chef = world.administrator(&ada, "EMS-DSI", "Chef").await;
    let puppet = world.administrator(&chef, "EMS-RESEAU", "Puppet").await;
    let at = async |by: &Person, entity: &str, rows: usize| {
        let path = format!("/v1/entities/{entity}/agents/import?dryRun=true");
        world
            .request("POST", &path)
            .by(&by.login)
            .raw("text/csv", &strangers(rows, rows))
            .send()
            .await
    };
    for rows in [200, 200, 100] {
        at(&chef, "EMS-DSI", rows).await.expect(200);
    }
    // What is refused is not counted anywhere.
    for _ in 0..30 {
        assert_waits(at(&chef, "EMS-RESEAU", 200).await);
    }
    at(&puppet, "EMS-RESEAU", 200).await.expect(200);
    at(&puppet, "EMS-RESEAU", 51).await.expect(429);
    at(&puppet, "EMS-RESEAU", 50).await.expect(200);
    at(&puppet, "EMS-RESEAU", 1).await.expect(429);
    // The rest is for whoever administers all of it, wherever they use it.
    at(&ada, "EMS-DSI", 200).await.expect(200);
    at(&ada, "EMS", 51).await.expect(429);
    at(&ada, "EMS", 50).await.expect(200);
    at(&ada, "EMS", 1).await.expect(429);
    // Creating is counted apart, and shared in the same way.
    let create = async |by: &Person, name: &str| {
        let contact = json!({"firstName": "Un", "lastName": "Agent", "email": format!("{name}@ailleurs.example.fr")});
        world
            .post(
                &by.login,
                "/v1/entities/EMS-RESEAU/agents",
                json!({"contact": contact}),
            )
            .await
    };
    // A file counts as twenty, a single agent as one; the puppet was the first.
    for round in 0..24 {
        let path = "/v1/entities/EMS-DSI/agents/import?dryRun=false";
        let file = format!("prénom;nom;courriel\nUn;Agent;n{round}@ailleurs.example.fr\n");
        world
            .request("POST", path)
            .by(&chef.login)
            .raw("text/csv", &file)
            .send()
            .await
            .expect(200);
    }
    for name in 0..19 {
        create(&chef, &format!("m{name}")).await.expect(201);
    }
    create(&chef, "trop").await.expect(429);
    create(&puppet, "un").await.expect(201);
    create(&ada, "deux").await.expect(201);
    world.pass(jiff::SignedDuration::from_secs(3661));
    at(&chef, "EMS-DSI", 200).await.expect(200);
    create(&chef, "trop").await.expect(201);
}

/// The one who administers all of it may use up all: whoever is below waits, and nobody else.
#[tokio::test]
async fn whoever_administers_all_has_all_of_it() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let chef = world.administrator(&ada, "EMS-DSI", "Chef").await;
    for round in 0..5 {
        import(&world, &ada, true, &strangers(round, 200))
            .await
            .expect(200);
    }
    import(&world, &ada, true, &strangers(5, 1))
        .await
        .expect(429);
    import(&world, &chef, true, &strangers(5, 1))
        .await
        .expect(429);
    world.pass(jiff::SignedDuration::from_secs(3661));
    import(&world, &chef, true, &strangers(5, 200))
        .await
        .expect(200);
}

#[tokio::test]
async fn agents_created_one_by_one_count_as_those_of_a_file() {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let create = async |by: &Person, entity: &str, name: &str| {
        let contact = json!({"firstName": "Un", "lastName": "Agent", "email": format!("{name}@ailleurs.example.fr")});
        world
            .post(
                &by.login,
                &format!("/v1/entities/{entity}/agents"),
                json!({"contact": contact}),
            )
            .await
    };
    create(&ada, "EMS-DSI", "un").await.expect(201);
    // An address that is refused for its form is not looked up.
    create(&ada, "EMS-DSI", "pas une adresse ")
        .await
        .expect(422);
    for round in 0..49 {
        import(
            &world,
            &ada,
            false,
            &format!("prénom;nom;courriel\nUn;Agent;n{round}@ailleurs.example.fr\n"),
        )
        .await
        .expect(200);
    }
    for name in 0..19 {
        create(&ada, "EMS-DSI", &format!("m{name}"))
            .await
            .expect(201);
    }
    assert_waits(create(&ada, "EMS", "trop").await);
    // A refusal for the count does not tell if the address is known.
    create(&ada, "EMS-DSI", "un").await.expect(429);
    let zoe = world.organisation("LYON").await;
    create(&zoe, "LYON", "ailleurs").await.expect(201);
    world.pass(jiff::SignedDuration::from_secs(3661));
    create(&ada, "EMS", "trop").await.expect(201);
    create(&ada, "EMS-DSI", "un").await.expect(409);
}

/// A large organisation's file, in pieces as the account page sends them.
#[tokio::test]
async fn five_thousand_agents_on_the_organisation_s_own_domain_are_looked_up_in_a_sitting_and_never_created_twice()
 {
    let world = World::new().await;
    let ada = organisation(&world).await;
    let domain = ada.email.split_once('@').expect("an address").1;
    let piece = |n: usize, size: usize| {
        let rows =
            (n * size..(n + 1) * size).map(|i| format!("Agent{i},Nombreux,agent{i}@{domain}\r\n"));
        format!("firstName,lastName,email\r\n{}", rows.collect::<String>())
    };
    // Once, and once more after something was corrected. Rows without an address look nothing up.
    for _ in 0..2 {
        let mut sum = [0; 5];
        for n in 0..25 {
            let file = piece(n, 200).replacen("agent7@", "agent7 at ", 1);
            let found = counts(&import(&world, &ada, true, &file).await.expect(200).json);
            sum.iter_mut()
                .zip(found)
                .for_each(|(sum, found)| *sum += found);
        }
        assert_eq!(sum, [0, 4999, 0, 1, 0]);
    }
    // A third time within the hour has to wait, and loses nothing by that.
    assert_waits(import(&world, &ada, true, &piece(0, 200)).await);
    world.pass(jiff::SignedDuration::from_mins(61));
    import(&world, &ada, true, &piece(0, 200)).await.expect(200);
    // Creating counts apart. A call may be over before its piece is: the rest is sent again, and
    // nobody is created twice.
    let mut created = 0;
    for _ in 0..20 {
        let [new, _, there, refused, left] = counts(
            &import(&world, &ada, false, &piece(7, 100))
                .await
                .expect(200)
                .json,
        );
        assert_eq!((there, refused), (created, 0));
        created += new;
        if left == 0 {
            break;
        }
    }
    assert_eq!(created, 100);
    let again = counts(
        &import(&world, &ada, false, &piece(7, 100))
            .await
            .expect(200)
            .json,
    );
    assert_eq!(again, [0, 0, 100, 0, 0]);
}

/// A domain is an organisation's own once one who administers all of it reads mails there, and
/// where nobody else can have an address.
#[tokio::test]
async fn only_a_domain_that_the_whole_organisation_s_administrators_read_mails_at_is_its_own() {
    let full = |domain: &str| {
        let rows = (0..200).map(|i| format!("Agent{i},N,agent{i}@{domain}\r\n"));
        format!("firstName,lastName,email\r\n{}", rows.collect::<String>())
    };
    // One that administers a part of it reads mails at `agents.example.fr`.
    let world = World::new().await;
    let ada = organisation(&world).await;
    let chef = world.administrator(&ada, "EMS-DSI", "Chef").await;
    let own = chef.email.split_once('@').expect("an address").1.to_owned();
    for _ in 0..2 {
        import(&world, &chef, true, &full(&own)).await.expect(200);
    }
    import(&world, &chef, true, &full(&own)).await.expect(429);
    // The administrator of all has an address where everybody can have one.
    let world = World::new().await;
    let ada = organisation(&world).await;
    let token = ada.asks_for(&world, "mairie.ems@orange.fr").await;
    world.confirm(&token).await.expect(200);
    for _ in 0..5 {
        import(&world, &ada, true, &full("orange.fr"))
            .await
            .expect(200);
    }
    import(&world, &ada, true, &full("orange.fr"))
        .await
        .expect(429);
}
