//! `GET /v1/deadlines/{token}`: the deadline for one's calendar, from mails and from the list of
//! favourites.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vigie_domain::{
    id::{AccountId, ConsultationId},
    token::{Token, TokenKeys},
};
use vigie_tests::{
    Answer, World,
    fake_aws::{Mail, foreign_keys},
    scenario::{Person, saved, tender},
};

const LABEL: &str = "Ajouter la date limite à mon agenda";

/// Ada administers EMS; Bruno is the author of `c-1`, Chloe its guest; both follow it and want
/// every alert.
async fn followed() -> (World, Person, Person, Person) {
    let (world, ada) = World::with("EMS").await;
    let [bruno, chloe] = [
        world.agent(&ada, "EMS", "Bruno").await,
        world.agent(&ada, "EMS", "Chloe").await,
    ];
    world.consultation("c-1", "EMS", &bruno, &[&chloe]).await;
    for person in [&bruno, &chloe] {
        world.wants_everything(person).await;
        world.star(person, "c-1").await;
    }
    world.settle().await;
    world.empty_inbox();
    (world, ada, bruno, chloe)
}

async fn listed(world: &World, person: &Person) -> Value {
    person.get(world, "/favourites").await.expect(200).json["items"][0]["calendar"].clone()
}

/// Asked by nobody in particular, as calendar programs do.
async fn open(world: &World, path: &str) -> Answer {
    world.request("GET", path).send().await
}

/// The path of the link in a mail, which is the same in both of its parts.
fn link(mail: &Mail) -> Option<String> {
    let mut lines = mail
        .text
        .lines()
        .skip_while(|line| !line.starts_with(LABEL));
    let link = lines.nth(1)?.to_owned();
    assert!(
        mail.html.contains(&format!(
            "<a href='{link}' style='color:#1f3a5f;'>{LABEL}</a>"
        )),
        "{}",
        mail.html
    );
    Some(
        link.strip_prefix("https://vigie.test")
            .expect("our address")
            .to_owned(),
    )
}

#[tokio::test]
async fn every_recipient_has_a_link_of_its_own_in_mail_and_list() {
    let (world, _, bruno, chloe) = followed().await;
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    let mut paths = BTreeSet::new();
    for person in [&bruno, &chloe] {
        let mail = world.last_mail(&person.email);
        let path = link(&mail).expect("a link");
        assert_eq!(listed(&world, person).await, path.as_str());
        let answer = open(&world, &path).await.expect(200);
        assert_eq!(
            answer.headers["content-type"],
            "text/calendar; method=PUBLISH; charset=utf-8"
        );
        assert_eq!(
            answer.headers["content-disposition"],
            "inline; filename=\"21-166157.ics\""
        );
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert!(
            answer
                .text
                .contains("\r\nDTSTART:20270201T110000Z\r\nSEQUENCE:1\r\nSTATUS:CONFIRMED\r\n"),
            "{}",
            answer.text
        );
        assert!(!answer.text.contains(&person.id));
        paths.insert(path);
    }
    assert_eq!(paths.len(), 2);
}

#[tokio::test]
async fn the_deadline_in_force_is_shown_under_the_same_link() {
    let (world, _, bruno, chloe) = followed().await;
    let path = listed(&world, &bruno)
        .await
        .as_str()
        .expect("a path")
        .to_owned();
    let before = open(&world, &path).await.expect(200).text;
    let save = async |revision, phase, deadline: Value| {
        let mut detail = saved("c-1", revision, "EMS", &bruno.id, phase, &[&chloe]);
        detail["submissionDeadline"] = deadline;
        world.send("ConsultationSaved", detail).await;
    };
    save(2, "consultation", json!("2027-03-28T03:00:00+02:00")).await;
    let moved = open(&world, &path).await.expect(200).text;
    assert!(
        moved.contains("\r\nDTSTART:20270328T010000Z\r\nSEQUENCE:2\r\n"),
        "{moved}"
    );
    let uid = |text: &str| {
        text.lines()
            .find(|line| line.starts_with("UID:"))
            .expect("a UID")
            .to_owned()
    };
    assert_eq!(uid(&before), uid(&moved));
    save(3, "cancelled", json!("2027-03-28T03:00:00+02:00")).await;
    assert!(
        open(&world, &path)
            .await
            .expect(200)
            .text
            .contains("\r\nSTATUS:CANCELLED\r\n")
    );
    save(4, "consultation", Value::Null).await;
    open(&world, &path).await.expect(404);
    assert_eq!(listed(&world, &bruno).await, Value::Null);
}

#[tokio::test]
async fn who_may_not_see_it_any_more_has_no_deadline() {
    let (world, ada, bruno, chloe) = followed().await;
    let [of_bruno, of_chloe] = [listed(&world, &bruno).await, listed(&world, &chloe).await]
        .map(|path| path.as_str().unwrap().to_owned());
    let nothing = open(&world, "/v1/deadlines/nothing").await.expect(404).text;
    let shut = async |path: &str| assert_eq!(open(&world, path).await.expect(404).text, nothing);
    let active = async |active: bool| {
        world
            .change(&ada, "EMS", &chloe.id, json!({"active": active}))
            .await
            .expect(200);
    };
    active(false).await;
    shut(&of_chloe).await;
    active(true).await;
    open(&world, &of_chloe).await.expect(200);
    // Named no more; then by a standing right again.
    world
        .save("c-1", 2, "EMS", &bruno.id, "consultation", &[])
        .await;
    shut(&of_chloe).await;
    world
        .rights(&ada, "EMS", &chloe.id, json!({"own": true}))
        .await;
    open(&world, &of_chloe).await.expect(200);
    chloe.delete(&world, "").await.expect(204);
    shut(&of_chloe).await;
    open(&world, &of_bruno).await.expect(200);
}

#[tokio::test]
async fn a_link_that_was_not_made_here_or_for_something_else_opens_nothing() {
    let (world, _, bruno, _) = followed().await;
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    let good = listed(&world, &bruno).await.as_str().unwrap().to_owned();
    let unsubscribe = world.last_mail(&bruno.email);
    let unsubscribe = unsubscribe
        .text
        .lines()
        .find_map(|line| line.split_once("/v1/unsubscribe/"))
        .expect("a link")
        .1
        .to_owned();
    let account = AccountId::parse(&bruno.id).expect("an id");
    let token = |keys: &TokenKeys, id: &str| {
        keys.sign(
            &Token::deadline(&account, 0, &ConsultationId::parse(id).expect("an id"))
                .expect("a token"),
        )
    };
    let forged = token(&foreign_keys(), "c-1");
    let unknown = token(&world.aws.keys(), "c-2");
    for token in [
        &unsubscribe,
        &forged,
        &unknown,
        &good["/v1/deadlines/".len()..good.len() - 1].to_owned(),
    ] {
        open(&world, &format!("/v1/deadlines/{token}"))
            .await
            .expect(404);
    }
    // And it does nothing else.
    let token = good.strip_prefix("/v1/deadlines/").expect("a token");
    world
        .request("GET", &format!("/v1/unsubscribe/{token}"))
        .send()
        .await
        .expect(404);
    world.confirm(token).await.expect(404);
}

#[tokio::test]
async fn a_mail_has_a_link_only_while_a_deadline_lies_ahead() {
    let (world, _, bruno, _) = followed().await;
    for (revision, phase, deadline, linked) in [
        (2, "consultation", json!("2026-11-24T12:00:00+01:00"), true),
        (3, "consultation", Value::Null, false),
        (4, "consultation", json!("2026-11-24T08:59:59+01:00"), false),
        (5, "cancelled", json!("2026-11-24T12:00:00+01:00"), false),
    ] {
        let mut detail = saved("c-1", revision, "EMS", &bruno.id, phase, &[]);
        detail["submissionDeadline"] = deadline;
        world.send("ConsultationSaved", detail).await;
        world.empty_inbox();
        world
            .send("TenderReceived", tender("c-1", &format!("d-{revision}")))
            .await;
        let mail = world.last_mail(&bruno.email);
        assert_eq!(link(&mail).is_some(), linked, "{revision}: {}", mail.text);
        assert_eq!(
            mail.html.contains("agenda") || mail.html.contains("deadlines"),
            linked,
            "{revision}"
        );
    }
}
