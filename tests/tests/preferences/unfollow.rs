//! « Ne plus suivre cette consultation » : out of one consultation from the mail itself, and back.

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_domain::{
    delivery::unsubscribe::{Choice, Unsubscribe},
    id::{AccountId, ConsultationId},
};
use vigie_tests::{
    Answer, World,
    fake_aws::Mail,
    scenario::{Person, alerts, tender},
    traffic::news,
};

use super::{agent, chosen};

const FORM: &str = "application/x-www-form-urlencoded";
const LABEL: &str = "Ne plus suivre cette consultation";

/// Bruno, who wrote `c-1`, so that a rule starred it; and the administrator.
async fn author(mode: &str) -> (World, Person, Person) {
    let world = World::new().await;
    let (ada, bruno) = agent(&world).await;
    bruno.put(&world, "/alerts", alerts(mode)).await.expect(200);
    for (revision, phase) in [(1, "drafting"), (2, "consultation")] {
        world
            .save("c-1", revision, "EMS-DSI", &bruno.id, phase, &[])
            .await;
    }
    world.empty_inbox();
    (world, ada, bruno)
}

/// The path behind the label in a mail's text, which the HTML has too.
#[track_caller]
fn link(mail: &Mail) -> String {
    let mut lines = mail
        .text
        .lines()
        .skip_while(|line| !line.starts_with(LABEL));
    let url = lines.nth(1).expect("an address below its label");
    assert!(
        mail.html.contains(&format!("<a href='{url}'")) && mail.html.contains(LABEL),
        "{}",
        mail.html
    );
    url.strip_prefix("https://vigie.test")
        .expect("the portal's address")
        .to_owned()
}

async fn press(world: &World, path: &str) -> Answer {
    let answer = world
        .request("POST", path)
        .raw(FORM, "List-Unsubscribe=One-Click")
        .send()
        .await;
    world.settle().await;
    answer
}

/// Returns the address to which the button of an answered page leads, relative to the page's own.
#[track_caller]
fn undo(page: &Answer) -> String {
    let (_, action) = page
        .text
        .split_once("<form method=\"post\" action=\"")
        .unwrap_or_else(|| panic!("no button: {}", page.text));
    format!(
        "/v1/unsubscribe/{}",
        action.split('"').next().expect("an address")
    )
}

async fn favourites(world: &World, person: &Person) -> Value {
    person.get(world, "/favourites").await.expect(200).json["items"].clone()
}

/// The mail about a new deposit.
async fn told(world: &World, person: &Person, deposit: &str) -> Option<Mail> {
    world.empty_inbox();
    world.send("TenderReceived", tender("c-1", deposit)).await;
    world.mails_to(&person.email).pop()
}

#[tokio::test]
async fn each_alert_carries_a_link_that_unstars_its_consultation_and_nothing_else() {
    let (world, _, bruno) = author("immediate").await;
    let everything = chosen(&world, &bruno).await;
    world
        .save("c-2", 1, "EMS-DSI", &bruno.id, "drafting", &[])
        .await;
    for fact in news("c-1") {
        world.star(&bruno, "c-1").await;
        world.empty_inbox();
        world.send(fact.detail_type, fact.detail).await;
        let mail = world.last_mail(&bruno.email);
        assert!(
            mail.text.contains("https://vigie.test/favoris/c-1\n")
                && mail.html.contains("https://vigie.test/favoris/c-1\"")
        );
        let path = link(&mail);
        assert!(
            !mail.headers["List-Unsubscribe"].contains(&path),
            "one click ends the kind"
        );

        for _ in 0..2 {
            let page = world.request("GET", &path).send().await.expect(200);
            assert!(
                page.text.contains(LABEL) && page.text.contains("<form method=\"post\">"),
                "{}",
                page.text
            );
        }
        assert_eq!(
            world.request("HEAD", &path).send().await.expect(200).text,
            ""
        );
        world
            .request("POST", &path)
            .raw(FORM, "")
            .send()
            .await
            .expect(422);
        assert_eq!(
            favourites(&world, &bruno).await.as_array().map(Vec::len),
            Some(2),
            "opening it changes nothing"
        );

        for _ in 0..2 {
            press(&world, &path).await.expect(200);
            let left = favourites(&world, &bruno).await;
            assert_eq!(
                (left.as_array().map(Vec::len), &left[0]["consultationId"]),
                (Some(1), &json!("c-2")),
                "{}",
                fact.kind
            );
        }
        assert_eq!(chosen(&world, &bruno).await, everything);
    }
    assert!(told(&world, &bruno, "d-9").await.is_none());
    let removed = world.events("FavouriteRemoved");
    assert_eq!(removed.len(), 7, "{removed:?}");
}

#[tokio::test]
async fn no_rule_stars_again_what_was_unstarred_from_the_mail() {
    let (world, _, bruno) = author("immediate").await;
    let path = link(&told(&world, &bruno, "d-1").await.expect("an alert"));
    press(&world, &path).await.expect(200);
    world
        .save("c-1", 1, "EMS-DSI", &bruno.id, "drafting", &[])
        .await;
    world
        .save("c-1", 3, "EMS-DSI", &bruno.id, "consultation", &[])
        .await;
    assert_eq!(favourites(&world, &bruno).await, json!([]));
}

#[tokio::test]
async fn the_page_that_answers_takes_it_back_as_it_was() {
    for by_rule in [true, false] {
        let (world, _, bruno) = author("immediate").await;
        if !by_rule {
            bruno.delete(&world, "/favourites/c-1").await.expect(204);
            world.star(&bruno, "c-1").await;
        }
        let before = favourites(&world, &bruno).await;
        let path = link(&told(&world, &bruno, "d-1").await.expect("an alert"));
        world.pass(SignedDuration::from_secs(60));
        let back = undo(&press(&world, &path).await.expect(200));
        assert_eq!(favourites(&world, &bruno).await, json!([]));
        world.pass(SignedDuration::from_secs(60));

        world.request("GET", &back).send().await.expect(200);
        assert_eq!(
            favourites(&world, &bruno).await,
            json!([]),
            "opening it changes nothing"
        );
        for _ in 0..2 {
            press(&world, &back).await.expect(200);
            assert_eq!(
                favourites(&world, &bruno).await,
                before,
                "by a rule: {by_rule}"
            );
        }
        assert!(told(&world, &bruno, "d-2").await.is_some());
    }
}

#[tokio::test]
async fn what_waits_for_the_daily_mail_survives_a_click_that_was_taken_back() {
    let (world, _, bruno) = author("daily").await;
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    world.pass(SignedDuration::from_hours(24));
    world.sweep().await;
    let mail = world.last_mail(&bruno.email);
    world.send("TenderReceived", tender("c-1", "d-2")).await;
    world.pass(SignedDuration::from_secs(60));
    let back = undo(&press(&world, &link(&mail)).await.expect(200));
    press(&world, &back).await.expect(200);
    world.empty_inbox();
    world.pass(SignedDuration::from_hours(24));
    world.sweep().await;
    let mails = world.mails_to(&bruno.email);
    assert!(
        mails.len() == 1 && mails[0].text.contains("N-d-2"),
        "{mails:?}"
    );
}

#[tokio::test]
async fn only_the_press_that_took_a_star_away_can_be_taken_back_and_gives_that_star() {
    let (world, _, bruno) = author("daily").await;
    bruno.delete(&world, "/favourites/c-1").await.expect(204);
    world.star(&bruno, "c-1").await;
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    world.pass(SignedDuration::from_hours(24));
    world.sweep().await;
    let path = link(&world.last_mail(&bruno.email));
    world.send("TenderReceived", tender("c-1", "d-2")).await;
    let before = favourites(&world, &bruno).await;
    world.pass(SignedDuration::from_secs(60));

    let back = undo(&press(&world, &path).await.expect(200));
    let again = press(&world, &path).await.expect(200);
    assert!(
        again.text.contains("n’est plus dans vos favoris") && !again.text.contains("<form"),
        "{}",
        again.text
    );
    // The daily mail comes by in between: what the star would tell waits as long as it can be put
    // back.
    world.empty_inbox();
    world.pass(SignedDuration::from_hours(24));
    world.sweep().await;
    assert!(world.mails_to(&bruno.email).is_empty());
    press(&world, &back).await.expect(200);
    assert_eq!(favourites(&world, &bruno).await, before);
    world.pass(SignedDuration::from_hours(24));
    world.sweep().await;
    let mails = world.mails_to(&bruno.email);
    assert!(
        mails.len() == 1 && mails[0].text.contains("N-d-2"),
        "{mails:?}"
    );

    // Taken away on the portal, it stays away.
    let back = undo(&press(&world, &path).await.expect(200));
    press(&world, &back).await.expect(200);
    bruno.delete(&world, "/favourites/c-1").await.expect(204);
    assert!(
        press(&world, &back)
            .await
            .expect(200)
            .text
            .contains("ne vaut plus")
    );
    assert_eq!(favourites(&world, &bruno).await, json!([]));
}

#[tokio::test]
async fn what_nobody_takes_back_is_told_no_more_and_leaves_nothing_deferred() {
    let (world, _, bruno) = author("daily").await;
    world.send("TenderReceived", tender("c-1", "d-1")).await;
    world.pass(SignedDuration::from_hours(24));
    world.sweep().await;
    let path = link(&world.last_mail(&bruno.email));
    world.send("TenderReceived", tender("c-1", "d-2")).await;
    press(&world, &path).await.expect(200);
    world.empty_inbox();
    for _ in 0..4 {
        world.pass(SignedDuration::from_hours(24));
        world.sweep().await;
    }
    let items = world.table.items().await;
    let left = items.iter().filter(|item| {
        item["sk"]
            .as_s()
            .is_ok_and(|sk| sk.starts_with("HELD#") || sk.contains("#daily#"))
    });
    assert_eq!((world.mails_to(&bruno.email).len(), left.count()), (0, 0));
}

#[tokio::test]
async fn an_old_link_leaves_a_star_that_was_given_since() {
    let (world, _, bruno) = author("immediate").await;
    let path = link(&told(&world, &bruno, "d-1").await.expect("an alert"));
    press(&world, &path).await.expect(200);
    world.pass(SignedDuration::from_hours(24 * 300));
    world.star(&bruno, "c-1").await;
    let page = press(&world, &path).await.expect(200);
    assert!(
        page.text.contains("ne vaut plus") && !page.text.contains("<form"),
        "{}",
        page.text
    );
    assert_eq!(
        favourites(&world, &bruno).await.as_array().map(Vec::len),
        Some(1)
    );
}

#[tokio::test]
async fn a_consultation_that_is_over_or_out_of_sight_or_gone_is_let_go_of_too() {
    for what in ["archived", "cancelled", "out of sight", "gone"] {
        let (world, ada, bruno) = author("immediate").await;
        let chloe = world.agent(&ada, "EMS-DSI", "Chloe").await;
        world.wants_everything(&chloe).await;
        world
            .save("c-1", 3, "EMS-DSI", &bruno.id, "consultation", &[&chloe])
            .await;
        world.star(&chloe, "c-1").await;
        let path = link(&told(&world, &chloe, "d-1").await.expect("an alert"));
        let phase = if what == "out of sight" {
            "consultation"
        } else {
            "archived"
        };
        let phase = if what == "cancelled" { what } else { phase };
        let guests: &[&Person] = if what == "out of sight" {
            &[]
        } else {
            &[&chloe]
        };
        world
            .save("c-1", 4, "EMS-DSI", &bruno.id, phase, guests)
            .await;
        if what == "gone" {
            // Thirteen months later, in as many sweeps as its deletion takes, while the link of a
            // mail still works.
            world.pass(SignedDuration::from_hours(24 * 400));
            for _ in 0..3 {
                world.sweep().await;
                world.pass(SignedDuration::from_mins(15));
            }
            let account = AccountId::parse(&chloe.id).expect("an id");
            let id = ConsultationId::parse("c-1").expect("an id");
            let fresh = Unsubscribe::new(account, Choice::Consultation(id), world.now())
                .token()
                .expect("a token");
            let path = format!("/v1/unsubscribe/{}", world.aws.keys().sign(&fresh));
            assert!(
                !press(&world, &path)
                    .await
                    .expect(200)
                    .text
                    .contains("<form"),
                "nothing is there to be put back"
            );
            assert_eq!(favourites(&world, &chloe).await, json!([]));
            continue;
        }
        let back = undo(&press(&world, &path).await.expect(200));
        // Seen again, it is followed no more.
        world
            .save("c-1", 5, "EMS-DSI", &bruno.id, "consultation", &[&chloe])
            .await;
        assert_eq!(favourites(&world, &chloe).await, json!([]), "{what}");
        press(&world, &back).await.expect(200);
        assert_eq!(
            favourites(&world, &chloe).await.as_array().map(Vec::len),
            Some(1),
            "{what}"
        );
    }
}

#[tokio::test]
async fn a_link_that_was_not_mailed_or_is_too_old_unstars_nothing_and_takes_nothing_back() {
    let (world, _, bruno) = author("immediate").await;
    let path = link(&told(&world, &bruno, "d-1").await.expect("an alert"));
    for forged in [
        path.replace("c-1", "c-2"),
        path.replace(&bruno.id, "somebody"),
        format!("{path}A"),
    ] {
        world.request("GET", &forged).send().await.expect(404);
        press(&world, &forged).await.expect(404);
    }
    let back = undo(&press(&world, &path).await.expect(200));
    assert!(back.len() < 300, "{back}");
    world.pass(SignedDuration::from_hours(49));
    press(&world, &back).await.refused(410, "token-expired");
    assert_eq!(favourites(&world, &bruno).await, json!([]));
    world.star(&bruno, "c-1").await;
    world.pass(SignedDuration::from_hours(24 * 366));
    press(&world, &path).await.expect(410);
    assert_eq!(
        favourites(&world, &bruno).await.as_array().map(Vec::len),
        Some(1)
    );
}

#[tokio::test]
async fn nothing_comes_back_of_an_erased_account_nor_of_what_was_never_followed() {
    let (world, ada, bruno) = author("immediate").await;
    let path = link(&told(&world, &bruno, "d-1").await.expect("an alert"));
    let back = undo(&press(&world, &path).await.expect(200));
    bruno.delete(&world, "").await.expect(204);
    for path in [&path, &back] {
        press(&world, path).await.expect(404);
    }
    let account = AccountId::parse(&ada.id).expect("an id");
    let star = Choice::ConsultationAgain {
        consultation: ConsultationId::parse("c-1").expect("an id"),
        since: world.now(),
    };
    let never = Unsubscribe::new(account, star, world.now())
        .token()
        .expect("a token");
    let page = press(
        &world,
        &format!("/v1/unsubscribe/{}", world.aws.keys().sign(&never)),
    )
    .await
    .expect(200);
    assert!(page.text.contains("ne vaut plus"), "{}", page.text);
    assert_eq!(favourites(&world, &ada).await, json!([]));
}

#[tokio::test]
async fn the_longest_id_of_a_consultation_has_its_links() {
    let (world, _, bruno) = author("immediate").await;
    let id = "c.-_".repeat(32);
    for (revision, phase) in [(1, "drafting"), (2, "consultation")] {
        world
            .save(&id, revision, "EMS-DSI", &bruno.id, phase, &[])
            .await;
    }
    world.empty_inbox();
    world.send("TenderReceived", tender(&id, "d-1")).await;
    let mail = world.last_mail(&bruno.email);
    let back = undo(&press(&world, &link(&mail)).await.expect(200));
    assert_eq!(
        favourites(&world, &bruno).await.as_array().map(Vec::len),
        Some(1)
    );
    press(&world, &back).await.expect(200);
    assert_eq!(
        favourites(&world, &bruno).await.as_array().map(Vec::len),
        Some(2)
    );
}
