//! An administrator is told whom mails do not reach: of the first at once, of those that follow
//! within an hour by one list.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::json;
use vigie_domain::{
    account::{Account, Cause, EmailStatus, Role, Undeliverable, unreached::Unreached},
    contact::Contact,
    id::{AccountId, EntityId, RequestId},
};
use vigie_store::keys;
use vigie_tests::{
    World,
    fake_aws::{Fault, Mail},
    feedback::said_of,
};

use crate::daily_and_absence::{Office, told};

const ALONE: &str = "Un agent ne reçoit plus ses alertes";
const LIST: &str = "Des agents ne reçoivent plus leurs alertes";

/// So many agents of `EMS-DSI` whose addresses died, named by their numbers, and what the stream
/// says of that.
fn die(world: &World, numbers: std::ops::Range<usize>) -> Vec<AccountId> {
    let (entity, since) = (EntityId::parse("EMS-DSI").expect("an id"), world.now());
    let account = |i| {
        let contact = json!({"firstName": "Quirin", "lastName": format!("Muet{i:04}"), "email": format!("muet{i}@crowd.example.fr")});
        let contact = Contact::from_json(&contact).expect("a contact");
        let id = |of: &str| format!("{of}-{i:04}");
        let request = |of: &str| RequestId::parse(&id(of)).expect("an id");
        let account = AccountId::parse(&id("muet")).expect("an id");
        let mut account = Account::invite(
            account,
            entity.clone(),
            Role::Agent,
            contact,
            request("invited"),
            since,
        );
        account.accepted_invitation = account
            .invitation
            .take()
            .map(|invitation| invitation.request_id);
        account.email_status = EmailStatus::Undeliverable;
        account.undeliverable = Some(Undeliverable {
            since,
            cause: Cause::Bounce,
            code: None,
            request_id: request("dead"),
        });
        account
    };
    let accounts: Vec<Account> = numbers.map(account).collect();
    let items = accounts.iter().map(|account| {
        (
            keys::account(&account.id),
            serde_dynamo::to_item(account).expect("an item"),
        )
    });
    world.table.import(items.collect());
    for account in &accounts {
        let request = account
            .undeliverable
            .as_ref()
            .map(|found| found.request_id.clone());
        let detail = json!({"accountId": account.id, "mail": "undeliverable", "requestId": request, "attempt": 1});
        let event = json!({"source": "vigie", "detail-type": "AccountMailDue", "detail": detail});
        world.aws.with(|traffic| traffic.events.push_back(event));
    }
    accounts.into_iter().map(|account| account.id).collect()
}

/// The agents that mails to somebody name, each as often as it is named.
fn named(mails: &[Mail]) -> Vec<usize> {
    let parts = mails
        .iter()
        .flat_map(|mail| mail.text.split("Quirin Muet").skip(1));
    let mut named: Vec<_> = parts
        .filter_map(|rest| rest.get(..4)?.parse().ok())
        .collect();
    named.sort_unstable();
    named
}

async fn hour(office: &Office) {
    office.world.pass(SignedDuration::from_mins(61));
    office.world.sweep().await;
}

async fn collected(office: &Office) -> usize {
    let items = office.world.table.items().await;
    let waits = |sk: &str| sk.contains("#unreached#");
    items
        .iter()
        .filter(|item| {
            item["sk"].as_s().is_ok_and(|sk| waits(sk))
                || ["waiting", "telling"].iter().any(|of| {
                    let known = item.get(*of).and_then(|of| of.as_m().ok());
                    known.is_some_and(|known| {
                        *of == "telling"
                            || known["known"].as_m().is_ok_and(|known| !known.is_empty())
                    })
                })
        })
        .count()
}

#[tokio::test]
async fn the_first_is_told_at_once_and_all_that_follow_within_an_hour_by_one_list() {
    for (mode, count) in [("immediate", 2), ("daily", 101)] {
        let office = Office::new("immediate").await;
        let (world, ada) = (&office.world, &office.ada);
        office.wants(ada, mode).await;
        world.settle().await;
        world.empty_inbox();
        die(world, 0..count);
        world.settle().await;
        assert_eq!(office.subjects(ada), [ALONE], "{mode}");
        hour(&office).await;
        assert_eq!(office.subjects(ada), [ALONE, LIST], "{mode}");
        let mails = world.mails_to(&ada.email);
        assert_eq!(named(&mails[1..]), (1..count).collect::<Vec<_>>());
        let list = &mails[1];
        assert!(
            list.html.len() <= 100_000 && list.text.len() <= 100_000,
            "{} {}",
            list.html.len(),
            list.text.len()
        );
        assert!(
            list.text
                .contains("Quirin Muet0001 (Service EMS-DSI), depuis le 24/11/2026"),
            "{}",
            list.text
        );
        assert!(
            list.text
                .contains("https://vigie.test/administration/adresses\n")
                && !list.text.contains('@')
        );
        // Others of the next hour come with the next list, and after a quiet hour the first again
        // at once.
        die(world, 2000..2002);
        world.settle().await;
        assert_eq!(office.subjects(ada).len(), 2);
        hour(&office).await;
        hour(&office).await;
        die(world, 3000..3001);
        world.settle().await;
        assert_eq!(office.subjects(ada), [ALONE, LIST, LIST, ALONE]);
        hour(&office).await;
        assert_eq!(
            (office.subjects(ada).len(), collected(&office).await),
            (4, 0)
        );
    }
}

#[tokio::test]
async fn a_list_names_a_thousand_and_counts_those_that_it_has_no_room_for() {
    for (count, all) in [(1000, true), (2300, false)] {
        let office = Office::new("immediate").await;
        let world = &office.world;
        let ada = AccountId::parse(&office.ada.id).expect("an id");
        let agents = die(world, 0..count);
        world.taken();
        let dead = |i: usize| RequestId::parse(&format!("dead-{i:04}")).expect("an id");
        let heard =
            |known, (i, agent)| Some(Unreached::heard(known, agent, &dead(i), world.now()).0);
        let known = agents.iter().enumerate().fold(None, heard).expect("agents");
        world.table.import(vec![(
            keys::unreached(&ada),
            serde_dynamo::to_item(&known).expect("an item"),
        )]);
        world.pass(SignedDuration::from_mins(61));
        let detail =
            json!({"accountId": ada, "mail": "unreached", "requestId": "r-1", "attempt": 1});
        world
            .resume(vec![
                json!({"source": "vigie", "detail-type": "AccountMailDue", "detail": detail}),
            ])
            .await;
        let mails = world.mails_to(&office.ada.email);
        let [list] = &mails[..] else {
            panic!("{mails:?}")
        };
        assert!(
            list.html.len() <= 100_000 && list.text.len() <= 100_000,
            "{} {}",
            list.html.len(),
            list.text.len()
        );
        let shown = named(&mails).len();
        assert_eq!(
            list.text
                .contains(&format!("et {} autres", count - 1 - shown)),
            !all,
            "{shown}"
        );
        assert!(
            if all {
                shown == count - 1
            } else {
                shown >= 999
            },
            "{shown}"
        );
        assert_eq!(collected(&office).await, 0);
    }
}

/// The reader's address dies, while the hour of another one runs.
async fn second() -> Office {
    let office = Office::new("immediate").await;
    office.tender("d-1").await;
    let mail = office.world.last_mail(&office.reader.email);
    die(&office.world, 0..1);
    office.world.settle().await;
    office.world.pass(SignedDuration::from_secs(1));
    office.world.empty_inbox();
    let bounce = said_of(
        &mail,
        "bounced-permanent",
        office.world.now(),
        office.world.now(),
    );
    for _ in 0..2 {
        office.world.hears(bounce.clone()).await;
    }
    assert!(office.world.mails_to(&office.ada.email).is_empty());
    office
}

#[tokio::test]
async fn what_is_mended_within_the_hour_is_told_nobody() {
    let office = second().await;
    office.world.pass(SignedDuration::from_secs(5));
    let reader = office.reader.clone();
    let token = reader
        .asks_for(&office.world, "neuve@agents.example.fr")
        .await;
    office.world.pass(SignedDuration::from_secs(1));
    office.world.confirm(&token).await.expect(200);
    hour(&office).await;
    assert!(office.subjects(&office.ada).is_empty());
    assert_eq!(collected(&office).await, 0);
}

#[tokio::test]
async fn whoever_does_not_administer_the_agent_any_more_is_told_nothing() {
    for change in [
        json!({"active": false}),
        json!({"role": "agent"}),
        json!({"entityId": "EMS-DRH"}),
    ] {
        let office = Office::new("immediate").await;
        let world = &office.world;
        let ada = &office.ada;
        world.entity(ada, "EMS-DRH", "EMS").await;
        let chief = world.administrator(ada, "EMS-DSI", "Chief").await;
        world.empty_inbox();
        die(world, 0..3);
        world.settle().await;
        assert_eq!(office.subjects(&chief), [ALONE]);
        world
            .change(ada, "EMS-DSI", &chief.id, change.clone())
            .await
            .expect(200);
        world.settle().await;
        hour(&office).await;
        assert!(
            !office.subjects(&chief).contains(&LIST.to_owned()),
            "{change}"
        );
        assert_eq!(office.subjects(ada), [ALONE, LIST]);
        assert_eq!(collected(&office).await, 0);
    }
}

#[tokio::test]
async fn a_list_that_does_not_go_is_told_in_the_end_and_one_whose_record_was_lost_once_more_at_most()
 {
    for (fault, most) in [
        (Fault::Throttle, 1),
        (Fault::Down, 1),
        (Fault::DiesAfter, 2),
    ] {
        let office = second().await;
        office
            .world
            .aws
            .with(|traffic| traffic.faults.push_back(fault));
        office.world.pass(SignedDuration::from_mins(61));
        let ada = office.ada.clone();
        let Office { world, reader, .. } = office;
        let world = std::sync::Arc::new(world);
        let swept = std::sync::Arc::clone(&world);
        let local = tokio::task::LocalSet::new();
        let died = local.spawn_local(async move { swept.sweep().await });
        local.await;
        if died.await.is_err() {
            // Its message comes back.
            world.pass(SignedDuration::from_mins(3));
            let event = json!({"source": "vigie", "detail-type": "AccountMailDue", "detail": {"accountId": ada.id, "mail": "unreached", "requestId": "again", "attempt": 1}});
            die(&world, 7..8);
            world.settle().await;
            world.resume(vec![event]).await;
        }
        let lists: Vec<_> = world
            .mails_to(&ada.email)
            .into_iter()
            .filter(|mail| mail.text.contains("Reader Agent"))
            .collect();
        assert!((1..=most).contains(&lists.len()), "{lists:?}");
        world.pass(SignedDuration::from_mins(61));
        world.sweep().await;
        let all = world.mails_to(&ada.email);
        assert!(
            all.iter()
                .filter(|mail| mail.text.contains("Reader Agent"))
                .count()
                <= most,
            "{}",
            reader.id
        );
        if most == 2 {
            assert_eq!(named(&all), [7], "what came between is in the next list");
        }
    }
}

#[tokio::test]
async fn an_agent_who_cannot_be_read_keeps_no_administrator_from_anything_and_is_told_once_mended()
{
    let office = second().await;
    let (world, ada, reader) = (&office.world, &office.ada, &office.reader);
    office.wants(ada, "daily").await;
    world
        .save(
            "c-1",
            2,
            "EMS-DSI",
            &office.author.id,
            "consultation",
            &[reader, ada],
        )
        .await;
    world.star(ada, "c-1").await;
    office.tender("d-2").await;
    let quirin = die(world, 1..2);
    world.settle().await;
    let key = keys::account(&AccountId::parse(&reader.id).expect("an id"));
    let version = AttributeValue::N("4".to_owned());
    world
        .set(
            &key.pk,
            &key.sk,
            "version",
            AttributeValue::S("by hand".to_owned()),
        )
        .await;
    hour(&office).await;
    assert_eq!(
        (named(&world.mails_to(&ada.email)), world.rejections()),
        (
            vec![1],
            vec![
                "a record of the stream: its item cannot be read".to_owned(),
                "accounts that cannot be read".to_owned()
            ]
        ),
        "{quirin:?}"
    );
    office.at("2026-11-25T07:00:00+01:00").await;
    let mails = world.mails_to(&ada.email);
    assert_eq!(mails.iter().map(told).collect::<Vec<_>>().concat(), ["d-2"]);
    assert!(world.dead.lock().expect("a lock").is_empty());

    world.set(&key.pk, &key.sk, "version", version).await;
    let original = world.rejected.lock().expect("a lock")[1]["original"].clone();
    world.resume(vec![original]).await;
    hour(&office).await;
    let mails = world.mails_to(&ada.email);
    assert_eq!(
        mails
            .iter()
            .filter(|mail| mail.text.contains("Reader Agent"))
            .count(),
        1
    );
}

#[tokio::test]
async fn an_erased_administrator_leaves_nothing_collected() {
    let office = second().await;
    let (world, ada) = (&office.world, &office.ada);
    world.administrator(ada, "EMS", "Other").await;
    ada.delete(world, "").await.expect(204);
    for _ in 0..3 {
        world.pass(SignedDuration::from_mins(31));
        world.sweep().await;
    }
    let items = world.table.items().await;
    let of = |item: &std::collections::HashMap<String, AttributeValue>| {
        item["pk"].as_s().is_ok_and(|pk| pk.contains(&ada.id))
            || item["sk"].as_s().is_ok_and(|sk| sk.contains("#unreached#"))
    };
    assert!(!items.iter().any(of));
}
