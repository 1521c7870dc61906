//! Every kind of item that the table has: it is in the record of processing activities, and it is
//! said here what becomes of it when an account is erased. A new kind does not compile until
//! somebody has said so.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_store::keys::{ItemKind, WorkKind, parse};
use vigie_tests::{
    World,
    scenario::{Person, alerts, tender},
};

use super::ask;

/// Traces that an erasure leaves of a kind of item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Nothing that names the account, nor its address.
    Goes,
    /// Its id, as the record of processing activities says.
    KeepsId,
    /// It never names an account.
    NamesNobody,
}
use Fate::{Goes, KeepsId, NamesNobody};

/// The word by which the record of processing activities calls a kind, and what becomes of it.
fn of(kind: ItemKind<'_>) -> (&'static str, Fate) {
    match kind {
        ItemKind::Address(_) => ("EMAIL", Goes),
        ItemKind::Mailed(_) => ("MAILED", NamesNobody),
        ItemKind::Account(_) => ("ACCOUNT", Goes),
        ItemKind::AccountOfLogin(..) => ("LOGIN", Goes),
        ItemKind::RecoveryAsks(_) => ("RECOVERIES", NamesNobody),
        ItemKind::AccountAudit(..) | ItemKind::Audit(..) => ("AUDIT", KeepsId),
        ItemKind::Delivery(..) => ("DELIVERY", Goes),
        ItemKind::Bundle(..) => ("BUNDLE", Goes),
        ItemKind::Link(..) => ("LINK", Goes),
        ItemKind::LinkRequest(..) => ("LINKREQUEST", Goes),
        ItemKind::DeferredAlert(..) => ("HELD", Goes),
        ItemKind::Unreached(_) => ("UNREACHED", Goes),
        ItemKind::Trip(..) => ("TRIP", NamesNobody),
        ItemKind::Entity(_) => ("ENTITY", NamesNobody),
        ItemKind::Root(_) => ("ROOT", NamesNobody),
        ItemKind::Administrators(_) => ("ADMINISTRATORS", Goes),
        ItemKind::Lookups(..) => ("LOOKUPS", NamesNobody),
        ItemKind::Child(..) => ("CHILD", NamesNobody),
        ItemKind::Below(..) => ("BELOW", NamesNobody),
        ItemKind::TransverseOut(..) | ItemKind::TransverseIn(..) => ("TRANSVERSE", NamesNobody),
        ItemKind::DeclaredEntity(_) => ("DECLARED", NamesNobody),
        ItemKind::AwaitedEntity(..) | ItemKind::AwaitedAgent(..) | ItemKind::Waiting(..) => {
            ("AWAITED", NamesNobody)
        }
        ItemKind::Inviting(_) => ("INVITATIONS", KeepsId),
        ItemKind::AgentName(_) => ("NAME", Goes),
        ItemKind::Agent(..) => ("AGENT", Goes),
        ItemKind::Todo(..) => ("TODO", Goes),
        ItemKind::Watch(..) => ("WATCH", Goes),
        ItemKind::Person(..) => ("PERSON", Goes),
        ItemKind::Searches(_) => ("SEARCHES", Goes),
        ItemKind::Listed(..) => ("LISTED", NamesNobody),
        ItemKind::Drafted(..) => ("DRAFTED", KeepsId),
        ItemKind::Consultation(_) => ("CONSULTATION", KeepsId),
        ItemKind::Tally(_) => ("TALLY", NamesNobody),
        ItemKind::Fact(..) => ("FACT", NamesNobody),
        ItemKind::Favourite(..) => ("FAVOURITE", Goes),
        ItemKind::Named(..) => ("NAMED", Goes),
        ItemKind::Work(_, WorkKind::Daily(_) | WorkKind::Purge(_) | WorkKind::Invitation(..)) => {
            ("OPEN", Goes)
        }
        ItemKind::Work(
            _,
            WorkKind::Unreached(_)
            | WorkKind::AccountMail(..)
            | WorkKind::Recovery(..)
            | WorkKind::Leaving(_)
            | WorkKind::Inactive(..),
        ) => ("OPEN", Goes),
        ItemKind::Work(
            _,
            WorkKind::Closing(..)
            | WorkKind::Reminder(..)
            | WorkKind::Retention(..)
            | WorkKind::Agent(_)
            | WorkKind::Invitations(..),
        ) => ("OPEN", NamesNobody),
        ItemKind::Work(_, WorkKind::FormerEmail(..)) => ("OPEN", KeepsId),
        ItemKind::Erased(_) => ("STATISTICS", NamesNobody),
        ItemKind::Unknown => panic!("an item of no kind"),
    }
}

#[test]
fn the_record_of_processing_activities_has_each_kind_of_item_and_no_other() {
    let readme = include_str!("../../../infra/README.md");
    let rows = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| table, ")?.split(" | ").next());
    let named: BTreeSet<&str> = rows
        .flat_map(|words| words.split(", "))
        .map(|word| word.trim_matches('`'))
        .collect();
    // The words are those of `of`, which has every kind.
    let source = include_str!("kinds.rs");
    let said: BTreeSet<&str> = source
        .lines()
        .filter_map(|line| {
            // An arm may stand on a line of its own.
            let arm = line.trim_start().strip_prefix("(\"");
            arm.or_else(|| Some(line.split_once("=> (\"")?.1))?
                .split_once("\", ")
        })
        .filter(|(_, fate)| {
            ["Goes", "KeepsId", "NamesNobody"]
                .iter()
                .any(|of| fate.starts_with(of))
        })
        .map(|(word, _)| word)
        .collect();
    assert_eq!(named, said);
}

/// The kinds of items that name an account in any way, by the word for them, with what becomes of
/// them.
async fn naming(world: &World, person: &Person) -> BTreeMap<&'static str, Fate> {
    let digest = vigie_domain::contact::email::Email::parse(&person.email)
        .expect("an address")
        .digest()
        .to_string();
    let mut found = BTreeMap::new();
    for item in world.table.items().await {
        let (pk, sk) = (
            item["pk"].as_s().expect("a key").clone(),
            item["sk"].as_s().expect("a key").clone(),
        );
        let item = serde_dynamo::from_item::<_, Value>(item)
            .expect("JSON")
            .to_string();
        if [&person.id, &person.email, &digest]
            .into_iter()
            .any(|trace| item.contains(trace.as_str()))
            && !pk.starts_with("MAILED#")
        {
            let (word, fate) = of(parse(&pk, &sk));
            // Of a kind that may keep the id, the account's own copy goes all the same.
            let fate = if pk.contains(&person.id) || item.contains(&person.email) {
                Goes
            } else {
                fate
            };
            found
                .entry(word)
                .and_modify(|known| *known = if fate == Goes { Goes } else { *known })
                .or_insert(fate);
        }
    }
    found
}

/// Whoever administers a part of an organisation has a share of its look-ups.
#[tokio::test]
async fn what_an_administrator_had_looked_up_names_nobody_and_goes_as_the_record_says() {
    let (world, ada) = World::with("EMS").await;
    world.entity(&ada, "EMS-DSI", "EMS").await;
    let bruno = world.administrator(&ada, "EMS-DSI", "Bruno").await;
    let rows = "prénom;nom;courriel\nA;B;a@example.fr\n";
    for dry_run in [true, false] {
        let path = format!("/v1/entities/EMS-DSI/agents/import?dryRun={dry_run}");
        let asked = world.request("POST", &path).by(&bruno.login);
        asked.raw("text/csv", rows).send().await.expect(200);
    }
    let (day, now) = (24 * 3600, world.now().as_second());
    let mut found = 0;
    for item in world.table.items().await {
        let sk = item["sk"].as_s().expect("a key");
        if !sk.starts_with("LOOKUPS#") {
            continue;
        }
        found += 1;
        let ttl: i64 = item["ttl"]
            .as_n()
            .expect("a time")
            .parse()
            .expect("a number");
        assert!((now + day..=now + 2 * day).contains(&ttl), "{sk}");
        let item = serde_dynamo::from_item::<_, Value>(item.clone()).expect("JSON");
        assert!(!item.to_string().contains(&bruno.id), "{item}");
    }
    // Of the whole, of all such people, and of this one.
    assert_eq!(found, 6);
    let readme = include_str!("../../../infra/README.md");
    let kept = |kind: &str| {
        let row = readme
            .lines()
            .find(|line| line.starts_with(&format!("| table, `{kind}` |")));
        row.expect("a row").contains("two days (TTL)")
    };
    assert!(kept("LOOKUPS") && kept("MAILED"));
}

#[tokio::test]
async fn an_account_with_every_kind_of_item_leaves_of_each_what_is_said_and_no_more() {
    let world = World::new().await;
    let (ada, zoe) = (
        world.organisation("EMS").await,
        world.organisation("LYON").await,
    );
    let [bruno, dora] = [
        world.agent(&ada, "EMS", "Bruno").await,
        world.agent(&ada, "EMS", "Dora").await,
    ];
    let chloe = world.agent(&zoe, "LYON", "Chloe").await;
    world
        .rights(
            &ada,
            "EMS",
            &bruno.id,
            json!({"own": true, "dependent": true, "transverse": true}),
        )
        .await;
    world
        .change(&ada, "EMS", &bruno.id, json!({"role": "administrator"}))
        .await
        .expect(200);
    let mut choice = alerts("daily");
    choice["automaticFavourites"]["ownEntity"] = json!(true);
    bruno.put(&world, "/alerts", choice).await.expect(200);
    world.wants_everything(&dora).await;
    // Linked from either side, and asked once more.
    for (asker, asked) in [(&bruno, &chloe), (&ada, &bruno)] {
        asker
            .post(&world, "/links", json!({"email": asked.email}))
            .await
            .expect(202);
        world.settle().await;
        let link = world
            .mails_to(&asked.email)
            .into_iter()
            .rfind(|mail| mail.text.contains("/link?token="))
            .expect("a request")
            .token();
        world
            .post(&asked.login, "/v1/links", json!({"token": link}))
            .await
            .expect(200);
    }
    for asker in [&bruno, &chloe] {
        asker
            .post(&world, "/links", json!({"email": dora.email}))
            .await
            .expect(202);
    }
    // Accepted once, and undone.
    dora.post(&world, "/links", json!({"email": bruno.email}))
        .await
        .expect(202);
    world.settle().await;
    let link = world
        .mails_to(&bruno.email)
        .into_iter()
        .rfind(|mail| mail.text.contains("/link?token="))
        .expect("a request")
        .token();
    world
        .post(&bruno.login, "/v1/links", json!({"token": link}))
        .await
        .expect(200);
    dora.delete(&world, &format!("/links/{}", bruno.id))
        .await
        .expect(204);
    // Author and guest, followed and unstarred, told in one mail, and held again; a colleague's
    // dead address.
    world
        .save("c-1", 1, "EMS", &bruno.id, "drafting", &[&dora])
        .await;
    world
        .save("c-2", 1, "EMS", &ada.id, "drafting", &[&bruno])
        .await;
    world.star(&dora, "c-1").await;
    for deposit in ["d-1", "d-2"] {
        world.send("TenderReceived", tender("c-1", deposit)).await;
    }
    world.pass(SignedDuration::from_hours(24));
    world.sweep().await;
    bruno.delete(&world, "/favourites/c-2").await.expect(204);
    world.send("TenderReceived", tender("c-1", "d-3")).await;
    let alert = world.last_mail(&dora.email);
    world.ses_says(&alert, "bounced-permanent").await;
    ask(&world, &bruno, "bruno.new@agents.example.fr").await;
    world.settle().await;

    bruno.get(&world, "/colleagues?q=do").await.expect(200);

    let before = naming(&world, &bruno).await;
    let kinds: BTreeSet<&str> = before.keys().copied().collect();
    let named = [
        "ACCOUNT",
        "ADMINISTRATORS",
        "AGENT",
        "AUDIT",
        "BUNDLE",
        "CONSULTATION",
        "DELIVERY",
        "DRAFTED",
        "EMAIL",
        "FAVOURITE",
        "HELD",
        "LINK",
        "LINKREQUEST",
        "LOGIN",
        "NAMED",
        "OPEN",
        "PERSON",
        "SEARCHES",
        "UNREACHED",
        "WATCH",
    ];
    assert_eq!(
        kinds,
        BTreeSet::from(named),
        "an account that has everything"
    );

    bruno.delete(&world, "").await.expect(204);
    for _ in 0..3 {
        world.sweep().await;
        world.pass(SignedDuration::from_hours(24));
    }
    let left = naming(&world, &bruno).await;
    assert!(left.values().all(|fate| *fate == KeepsId), "{left:?}");
    assert_eq!(
        left.keys().copied().collect::<Vec<_>>(),
        ["AUDIT", "CONSULTATION", "DRAFTED"]
    );
}
