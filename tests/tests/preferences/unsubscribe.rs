//! `GET` and `POST /v1/unsubscribe/{token}`: out of a kind of alert from the mail itself.

use jiff::SignedDuration;
use serde_json::json;
use vigie_domain::{
    id::{AccountId, RequestId},
    token::{Purpose, Token},
};
use vigie_tests::{
    Answer, World,
    fake_aws::{Mail, foreign_keys},
    scenario::Person,
    traffic::news,
};

use super::{agent, chosen};

const FORM: &str = "application/x-www-form-urlencoded";
const ONE_CLICK: &str = "List-Unsubscribe=One-Click";

/// Bruno, who follows `c-1` and wants everything.
async fn follower() -> (World, Person) {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    world.wants_everything(&bruno).await;
    world.consultation("c-1", "EMS-DSI", &ada, &[&bruno]).await;
    world.star(&bruno, "c-1").await;
    world.empty_inbox();
    (world, bruno)
}

/// The path of the mail's header, which has the form that mail programs know.
#[track_caller]
fn link(mail: &Mail) -> String {
    assert_eq!(mail.headers["List-Unsubscribe-Post"], ONE_CLICK);
    let url = mail.headers["List-Unsubscribe"]
        .strip_prefix('<')
        .and_then(|url| url.strip_suffix('>'))
        .expect("an address in brackets");
    assert!(
        mail.text.contains(url) && mail.html.contains(url),
        "the same link in the mail's foot"
    );
    url.strip_prefix("https://vigie.test")
        .expect("the portal's address")
        .to_owned()
}

async fn click(world: &World, path: &str) -> Answer {
    let answer = world
        .request("POST", path)
        .raw(FORM, ONE_CLICK)
        .send()
        .await;
    world.settle().await;
    answer
}

#[tokio::test]
async fn each_alert_carries_a_link_that_switches_off_its_kind_and_no_other() {
    let (world, bruno) = follower().await;
    for fact in news("c-1") {
        world.wants_everything(&bruno).await;
        let mut expected = chosen(&world, &bruno).await;
        world.empty_inbox();
        world.send(fact.detail_type, fact.detail).await;
        let path = link(&world.mails_to(&bruno.email)[0]);

        // A scanner opens the link, twice, and finds a page.
        for _ in 0..2 {
            let page = world.request("GET", &path).send().await.expect(200);
            assert!(
                page.text.contains("<form method=\"post\">") && page.text.contains("<button"),
                "{}",
                page.text
            );
            assert!(!page.text.contains("Bruno") && !page.text.contains(&bruno.email));
        }
        assert_eq!(chosen(&world, &bruno).await, expected, "{}", fact.kind);
        // The button, pressed twice.
        for _ in 0..2 {
            click(&world, &path).await.expect(200);
        }
        expected["kinds"][fact.kind] = json!("off");
        assert_eq!(chosen(&world, &bruno).await, expected, "{}", fact.kind);
    }
    assert!(world.events("PreferencesChanged").len() >= 7);
}

#[tokio::test]
async fn a_request_that_no_button_sent_changes_nothing() {
    let (world, bruno) = follower().await;
    let [fact, ..] = news("c-1");
    world.send(fact.detail_type, fact.detail).await;
    let path = link(&world.mails_to(&bruno.email)[0]);
    let before = chosen(&world, &bruno).await;
    for body in [
        "",
        "List-Unsubscribe",
        "List-Unsubscribe=",
        "List-Unsubscribe=one-click",
        "x=One-Click",
        "xList-Unsubscribe=One-Clicks",
    ] {
        assert_eq!(
            world
                .request("POST", &path)
                .raw(FORM, body)
                .send()
                .await
                .expect(422)
                .fields(),
            ["List-Unsubscribe"],
            "{body}"
        );
    }
    assert_eq!(chosen(&world, &bruno).await, before);

    let parts = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
    let multipart = "multipart/form-data; boundary=b";
    world
        .request("POST", &path)
        .raw(
            multipart,
            &parts.replace("One-Click\r\n--b--", "No\r\n--b--"),
        )
        .send()
        .await
        .expect(422);
    assert_eq!(chosen(&world, &bruno).await, before);
    world
        .request("POST", &path)
        .raw(multipart, parts)
        .send()
        .await
        .expect(200);
    assert_eq!(
        chosen(&world, &bruno).await["kinds"]["tenderReceived"],
        "off"
    );
}

/// Mail programs write it in many ways; whatever says it acts.
#[tokio::test]
async fn the_button_of_every_mail_program_acts() {
    let (world, bruno) = follower().await;
    let [fact, ..] = news("c-1");
    world.send(fact.detail_type, fact.detail).await;
    let path = link(&world.mails_to(&bruno.email)[0]);
    let part = |disposition: &str| format!("--b\r\n{disposition}\r\n\r\nOne-Click\r\n--b--\r\n");
    let multipart = "multipart/form-data; boundary=b";
    for (media_type, body) in [
        (FORM, ONE_CLICK.to_owned()),
        (
            "application/x-www-form-urlencoded; charset=UTF-8",
            "List%2DUnsubscribe=One%2DClick".to_owned(),
        ),
        (FORM, "a=b&List-Unsubscribe=One-Click\r\n".to_owned()),
        (FORM, "List-Unsubscribe%3DOne-Click".to_owned()),
        (
            "application/json",
            "{\"List-Unsubscribe\": \"One-Click\"}".to_owned(),
        ),
        (
            multipart,
            part("content-disposition: form-data; Name = \"List-Unsubscribe\""),
        ),
        ("text/plain", ONE_CLICK.to_owned()),
        ("text/plain;charset=UTF-8", format!("{ONE_CLICK}\r\n")),
        ("", ONE_CLICK.to_owned()),
        ("application/octet-stream", ONE_CLICK.to_owned()),
        (
            multipart,
            part("Content-Disposition: form-data; name=\"List-Unsubscribe\""),
        ),
        (
            multipart,
            part("Content-Disposition: form-data; name=List-Unsubscribe"),
        ),
        (
            multipart,
            part("content-disposition: form-data; name=List-Unsubscribe; x=y"),
        ),
        (
            multipart,
            part(
                "Content-Type: text/plain\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"",
            ),
        ),
        (
            multipart,
            part("Content-Disposition: form-data; name=List-Unsubscribe").replace("\r\n", "\n"),
        ),
    ] {
        world.wants_everything(&bruno).await;
        world
            .request("POST", &path)
            .raw(media_type, &body)
            .send()
            .await
            .expect(200);
        assert_eq!(
            chosen(&world, &bruno).await["kinds"]["tenderReceived"],
            "off",
            "{media_type}: {body}"
        );
    }
}

#[tokio::test]
async fn a_link_that_was_not_mailed_or_is_older_than_a_year_does_nothing() {
    let (world, bruno) = follower().await;
    let [fact, ..] = news("c-1");
    world.send(fact.detail_type, fact.detail).await;
    let path = link(&world.mails_to(&bruno.email)[0]);
    let before = chosen(&world, &bruno).await;
    let account = AccountId::parse(&bruno.id).expect("an id");
    let token = |purpose, request: &str| Token {
        purpose,
        account: account.clone(),
        request: RequestId::parse(request).expect("an id"),
    };
    let mine = world.aws.keys();
    for forged in [
        path.replace("tenderReceived", "questionReceived"),
        path.replace(&bruno.id, "somebody"),
        format!("{path}A"),
        "/v1/unsubscribe/x".to_owned(),
        format!(
            "/v1/unsubscribe/{}",
            mine.sign(&token(Purpose::Confirmation, "tenderReceived.99999"))
        ),
        format!(
            "/v1/unsubscribe/{}",
            mine.sign(&token(Purpose::Unsubscribe, "everything.99999"))
        ),
        format!(
            "/v1/unsubscribe/{}",
            foreign_keys().sign(&token(Purpose::Unsubscribe, "tenderReceived.99999"))
        ),
    ] {
        world.request("GET", &forged).send().await.expect(404);
        click(&world, &forged).await.expect(404);
    }
    world.pass(SignedDuration::from_hours(24 * 366));
    world
        .request("GET", &path)
        .send()
        .await
        .refused(410, "token-expired");
    click(&world, &path).await.expect(410);
    assert_eq!(chosen(&world, &bruno).await, before);
}

#[tokio::test]
async fn the_link_of_an_erased_account_is_unknown() {
    let (world, bruno) = follower().await;
    let [fact, ..] = news("c-1");
    world.send(fact.detail_type, fact.detail).await;
    let path = link(&world.mails_to(&bruno.email)[0]);
    bruno.delete(&world, "").await.expect(204);
    click(&world, &path).await.expect(404);
    assert!(bruno.get(&world, "").await.status >= 400);
}

/// A page is a page, whichever function serves it.
#[tokio::test]
async fn its_pages_carry_the_same_headers_as_those_of_the_portal() {
    let (world, bruno) = follower().await;
    let [fact, ..] = news("c-1");
    world.send(fact.detail_type, fact.detail).await;
    let path = link(&world.mails_to(&bruno.email)[0]);
    let portal = world.request("GET", "/").send().await.expect(200);
    let directives = |answer: &Answer| -> Vec<String> {
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        policy
            .split("; ")
            .filter(|directive| !directive.ends_with("'self'") && !directive.contains("-src '"))
            .map(str::to_owned)
            .collect()
    };
    for answer in [
        world.request("GET", &path).send().await.expect(200),
        click(&world, &path).await.expect(200),
    ] {
        let names = |answer: &Answer| {
            answer
                .headers
                .keys()
                .map(|name| name.as_str().to_owned())
                .collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(names(&answer), names(&portal));
        for (name, value) in portal
            .headers
            .iter()
            .filter(|(name, _)| *name != "content-security-policy")
        {
            assert_eq!(answer.headers[name], value, "{name}");
        }
        for directive in directives(&portal)
            .into_iter()
            .filter(|directive| !directive.starts_with("form-action"))
        {
            assert!(directives(&answer).contains(&directive), "{directive}");
        }
        assert!(
            answer.headers["content-security-policy"]
                .to_str()
                .unwrap()
                .starts_with("default-src 'none'")
        );
    }
}
