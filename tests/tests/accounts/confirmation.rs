//! `POST /v1/confirmations`, and withdrawing and sending again what it answers.

use jiff::SignedDuration;
use serde_json::json;
use vigie_domain::{
    id::{AccountId, RequestId},
    token::{Purpose, Token},
};
use vigie_tests::fake_aws::foreign_keys;

use super::{CONFIRMATION, TAKEN, accept, ask, bruno, change, confirm, read, tampered};

const CHANGED: &str = "Changement d’adresse de votre compte";
const NEW: &str = "new@agents.example.fr";

#[tokio::test]
async fn a_confirmed_address_takes_the_place_of_the_old_one() {
    let (world, ada, bruno) = bruno().await;
    let asked = ask(&world, &bruno, NEW).await;

    let answer = confirm(&world, &world.last_mail(NEW).token())
        .await
        .expect(200);

    assert_eq!(
        answer.json,
        json!({"confirmed": true}),
        "whoever holds the link learns nothing of the account"
    );
    let mut expected = asked.json.clone();
    expected["version"] = json!(asked.json["version"].as_u64().unwrap() + 1);
    expected["contact"]["email"] = json!(NEW);
    expected["pendingEmail"] = json!(null);
    assert_eq!(read(&world, &bruno).await, expected);
    let events = world.events("AccountEmailChanged");
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["accountId"], bruno.id.as_str());
    // The old one is free at once.
    change(&world, &ada, &bruno.email).await;
    assert_eq!(
        read(&world, &ada).await["contact"]["email"],
        bruno.email.as_str()
    );
}

#[tokio::test]
async fn a_link_opened_twice_changes_nothing_the_second_time() {
    let (world, _, bruno) = bruno().await;
    ask(&world, &bruno, NEW).await;
    let token = world.last_mail(NEW).token();
    let first = confirm(&world, &token).await.expect(200);
    let (after, items, mails) = (
        read(&world, &bruno).await,
        world.table.items().await.len(),
        world.mails().len(),
    );

    for days in [0, 8] {
        world.pass(SignedDuration::from_hours(24 * days));
        assert_eq!(confirm(&world, &token).await.expect(200).json, first.json);
        assert_eq!(read(&world, &bruno).await, after);
    }
    assert_eq!(world.table.items().await.len(), items);
    assert_eq!(world.mails().len(), mails);
    assert_eq!(world.events("AccountEmailChanged").len(), 1);
}

#[tokio::test]
async fn a_link_opened_twice_at_once_succeeds_both_times() {
    let (world, _, bruno) = bruno().await;
    let version = ask(&world, &bruno, NEW).await.json["version"]
        .as_u64()
        .unwrap();
    let token = world.last_mail(NEW).token();
    let (a, b, c) = tokio::join!(
        confirm(&world, &token),
        confirm(&world, &token),
        confirm(&world, &token)
    );
    assert_eq!([a.status, b.status, c.status], [200; 3]);
    assert_eq!(read(&world, &bruno).await["version"], version + 1);
}

#[tokio::test]
async fn a_withdrawn_request_s_link_is_unknown() {
    let (world, _, bruno) = bruno().await;
    let asked = ask(&world, &bruno, NEW).await.json;
    let token = world.last_mail(NEW).token();

    bruno
        .delete(&world, "/contact/pending-email")
        .await
        .expect(204);

    confirm(&world, &token).await.refused(404, "not-found");
    let after = read(&world, &bruno).await;
    assert!(after["pendingEmail"].is_null());
    assert_eq!(after["version"], asked["version"].as_u64().unwrap() + 1);
    assert_eq!(after["contact"]["email"], bruno.email.as_str());
    // Nothing waits: there is nothing more to withdraw, and nothing to send again.
    bruno
        .delete(&world, "/contact/pending-email")
        .await
        .expect(204);
    bruno
        .post(&world, "/contact/pending-email/resend", json!({}))
        .await
        .expect(404);
    assert_eq!(read(&world, &bruno).await, after);
}

#[tokio::test]
async fn what_is_withdrawn_before_its_mail_left_is_not_mailed() {
    let (world, _, bruno) = bruno().await;
    bruno
        .patch_contact(&world, json!({"email": NEW}))
        .await
        .expect(202);
    bruno
        .delete(&world, "/contact/pending-email")
        .await
        .expect(204);
    world.settle().await;
    assert!(world.mails().is_empty());
}

#[tokio::test]
async fn a_newer_request_supersedes_the_older() {
    let (world, _, bruno) = bruno().await;
    ask(&world, &bruno, "first@agents.example.fr").await;
    let first = world.last_mail("first@agents.example.fr").token();
    ask(&world, &bruno, NEW).await;
    let second = world.last_mail(NEW).token();
    ask(&world, &bruno, NEW).await;
    let third = world.last_mail(NEW).token();

    for superseded in [first, second] {
        confirm(&world, &superseded).await.refused(404, "not-found");
    }
    assert_eq!(
        read(&world, &bruno).await["contact"]["email"],
        bruno.email.as_str()
    );
    confirm(&world, &third).await.expect(200);
    assert_eq!(read(&world, &bruno).await["contact"]["email"], NEW);
}

#[tokio::test]
async fn a_link_that_was_used_is_unknown_once_a_newer_one_was() {
    let (world, _, bruno) = bruno().await;
    ask(&world, &bruno, NEW).await;
    let first = world.last_mail(NEW).token();
    confirm(&world, &first).await.expect(200);
    change(&world, &bruno, &bruno.email).await;
    confirm(&world, &first).await.expect(404);
    assert_eq!(
        read(&world, &bruno).await["contact"]["email"],
        bruno.email.as_str()
    );
}

#[tokio::test]
async fn a_link_works_for_seven_days_and_again_once_sent_again() {
    let (world, _, bruno) = bruno().await;
    let asked = ask(&world, &bruno, NEW).await.json;
    let token = world.last_mail(NEW).token();
    world.pass(SignedDuration::from_hours(7 * 24));

    confirm(&world, &token).await.refused(410, "token-expired");
    assert_eq!(read(&world, &bruno).await, asked);

    let answer = bruno
        .post(&world, "/contact/pending-email/resend", json!({}))
        .await
        .expect(202);
    world.settle().await;
    assert_eq!(
        answer.json["pendingEmail"]["expiresAt"],
        (world.now() + SignedDuration::from_hours(7 * 24)).to_string()
    );
    assert_eq!(
        answer.json["version"],
        asked["version"].as_u64().unwrap() + 1
    );
    assert_eq!(
        answer.headers["etag"],
        format!("\"{}\"", answer.json["version"])
    );
    assert_eq!(world.subjects_to(NEW), [CONFIRMATION, CONFIRMATION]);
    assert_eq!(
        world.last_mail(NEW).token(),
        token,
        "sending again gives the same link"
    );

    world.pass(SignedDuration::from_hours(7 * 24) - SignedDuration::from_millis(1));
    confirm(&world, &token).await.expect(200);
}

#[tokio::test]
async fn sending_again_does_not_tell_the_old_address_again() {
    let (world, _, bruno) = bruno().await;
    ask(&world, &bruno, NEW).await;
    bruno
        .post(&world, "/contact/pending-email/resend", json!({}))
        .await
        .expect(202);
    world.settle().await;
    assert_eq!(world.subjects_to(NEW).len(), 2);
    assert_eq!(world.subjects_to(&bruno.email).len(), 1);
}

#[tokio::test]
async fn an_old_address_is_told_even_if_the_new_one_was_confirmed_first() {
    let (world, _, bruno) = bruno().await;
    bruno
        .patch_contact(&world, json!({"email": NEW}))
        .await
        .expect(202);
    let (notices, confirmations): (Vec<_>, Vec<_>) = world
        .due()
        .await
        .into_iter()
        .partition(|event| event["detail"]["mail"] == "emailChangeNotice");
    world.resume(confirmations).await;
    assert!(world.subjects_to(&bruno.email).is_empty());
    confirm(&world, &world.last_mail(NEW).token())
        .await
        .expect(200);

    world.resume([notices.clone(), notices].concat()).await;

    assert_eq!(world.subjects_to(&bruno.email), [CHANGED]);
    assert!(!world.last_mail(&bruno.email).text.contains(NEW), "masked");
}

#[tokio::test]
async fn withdrawing_and_sending_again_wait_for_who_writes_meanwhile() {
    let (world, ada, bruno) = bruno().await;
    ask(&world, &bruno, NEW).await;
    let rights = |own: bool| {
        world.change(
            &ada,
            "EMS",
            &bruno.id,
            json!({"permanentGuest": {"own": own}}),
        )
    };
    let (pending, resend) = (
        bruno.path("/contact/pending-email"),
        bruno.path("/contact/pending-email/resend"),
    );
    let resend = || world.post(&bruno.login, &resend, json!({}));
    let (a, b, c, d) = tokio::join!(resend(), rights(true), resend(), rights(false));
    assert_eq!(
        [a.status, b.status, c.status, d.status],
        [202, 200, 202, 200]
    );
    world.settle().await;
    assert_eq!(world.subjects_to(NEW).len(), 3);
    let withdraw = || world.delete(&bruno.login, &pending);
    let (a, b, c) = tokio::join!(withdraw(), rights(true), withdraw());
    assert_eq!([a.status, b.status, c.status], [204, 200, 204]);
    assert_eq!(read(&world, &bruno).await["pendingEmail"], json!(null));
}

#[tokio::test]
async fn whoever_confirms_first_has_the_address() {
    let (world, ada, bruno) = bruno().await;
    let chloe = world.agent(&ada, "EMS", "Chloe").await;
    ask(&world, &bruno, NEW).await;
    let bruno_s = world.last_mail(NEW).token();
    ask(&world, &chloe, NEW).await;
    let chloe_s = world.last_mail(NEW).token();
    let waiting = read(&world, &bruno).await;

    confirm(&world, &chloe_s).await.expect(200);
    let refused = confirm(&world, &bruno_s).await.expect(409);

    assert_eq!(refused.problem(), "email-taken");
    assert!(
        !refused.text.contains('@') && !refused.text.contains(&chloe.id),
        "{}",
        refused.text
    );
    assert_eq!(read(&world, &bruno).await, waiting);
    assert_eq!(read(&world, &chloe).await["contact"]["email"], NEW);
    // Sent again, the mail says so itself.
    bruno
        .post(&world, "/contact/pending-email/resend", json!({}))
        .await
        .expect(202);
    world.settle().await;
    assert_eq!(world.subjects_to(NEW).last().unwrap(), TAKEN);
    // A refusal does not spend the link: once the address is free, it is Bruno's for the asking.
    change(&world, &chloe, &chloe.email).await;
    confirm(&world, &bruno_s).await.expect(200);
    assert_eq!(read(&world, &bruno).await["contact"]["email"], NEW);
}

#[tokio::test]
async fn who_accepts_an_invitation_has_its_address_before_anybody_confirms_it() {
    let (world, ada, bruno) = bruno().await;
    ask(&world, &bruno, "chloe@agents.example.fr").await;
    let token = world.last_mail("chloe@agents.example.fr").token();
    world.agent(&ada, "EMS", "Chloe").await;
    confirm(&world, &token).await.refused(409, "email-taken");
}

#[tokio::test]
async fn a_waiting_request_reserves_nothing() {
    let (world, ada, bruno) = bruno().await;
    ask(&world, &bruno, "chloe@agents.example.fr").await;
    let chloe = world.agent(&ada, "EMS", "Chloe").await;
    assert_eq!(read(&world, &chloe).await["emailStatus"], "confirmed");
}

#[tokio::test]
async fn a_token_is_of_safe_characters_and_hard_to_guess() {
    let (world, _, bruno) = bruno().await;
    ask(&world, &bruno, NEW).await;
    let mail = world.last_mail(NEW);
    let (_, link) = mail
        .text
        .split_once("https://vigie.test/confirm?token=")
        .unwrap();
    let token = link.split_whitespace().next().unwrap();
    assert!(
        token
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._~-".contains(&b)),
        "{token}"
    );
    // 128 bits are 22 characters of base64.
    assert!(token.rsplit('~').next().unwrap().len() >= 22, "{token}");
    assert!(
        mail.html
            .contains(&format!("https://vigie.test/confirm?token={token}"))
    );
    assert!(!mail.text.contains("{{") && !mail.html.contains("{{"));
    for item in world.table.items().await {
        assert!(
            !format!("{item:?}").contains(token.rsplit('~').next().unwrap()),
            "nothing secret in the table"
        );
    }
    let seen = world.seen.lock().unwrap();
    let events = format!(
        "{:?}",
        seen.iter()
            .filter(|event| event["source"] == "vigie")
            .collect::<Vec<_>>()
    );
    assert!(
        !events.contains(token.rsplit('~').next().unwrap()) && !events.contains('@'),
        "nothing secret on the bus"
    );
}

#[tokio::test]
async fn a_token_that_was_tampered_with_is_unknown() {
    let (world, _, bruno) = bruno().await;
    let asked = ask(&world, &bruno, NEW).await.json;
    let token = world.last_mail(NEW).token();
    let account = AccountId::parse(&bruno.id).unwrap();
    let forged = |request: &str| {
        let token = Token {
            purpose: Purpose::Confirmation,
            account: account.clone(),
            request: RequestId::parse(request).unwrap(),
        };
        foreign_keys().sign(&token)
    };
    let mut wrong: Vec<_> = (0..token.len()).map(|at| tampered(&token, at)).collect();
    wrong.extend(
        [
            "",
            "~",
            "~~~",
            "c~a~b~c",
            "c1~a~b~c",
            &token[1..],
            &token[..token.len() - 1],
        ]
        .map(str::to_owned),
    );
    wrong.extend([
        format!("{token}A"),
        format!("{token}~"),
        format!(" {token}"),
        format!("{token}="),
        token.to_uppercase(),
    ]);
    wrong.push(forged(token.split('~').nth(2).unwrap()));
    for wrong in wrong {
        assert_eq!(
            confirm(&world, &wrong).await.expect(404).problem(),
            "not-found",
            "{wrong}"
        );
    }
    assert_eq!(read(&world, &bruno).await, asked);
}

#[tokio::test]
async fn a_link_does_nothing_but_what_it_was_mailed_for() {
    let (world, ada, bruno) = bruno().await;
    ask(&world, &bruno, NEW).await;
    let confirmation = world.last_mail(NEW).token();
    let chloe = world.invite(&ada, "EMS", "Chloe").await;
    world.settle().await;
    let invitation = world.last_mail("chloe@agents.example.fr").token();

    confirm(&world, &invitation).await.expect(404);
    accept(&world, &bruno.login, &confirmation)
        .await
        .expect(404);

    // Not even if its request were one of the other kind.
    let sealed = |purpose, account: &str, token: &str| {
        let request = RequestId::parse(token.split('~').nth(2).unwrap()).unwrap();
        world.aws.keys().sign(&Token {
            purpose,
            account: AccountId::parse(account).unwrap(),
            request,
        })
    };
    assert_eq!(
        sealed(Purpose::Confirmation, &bruno.id, &confirmation),
        confirmation
    );
    confirm(
        &world,
        &sealed(Purpose::Invitation, &bruno.id, &confirmation),
    )
    .await
    .expect(404);
    accept(
        &world,
        &bruno.login,
        &sealed(Purpose::Confirmation, &chloe, &invitation),
    )
    .await
    .expect(404);

    // Nor when its letter says otherwise.
    confirm(&world, &invitation.replacen('i', "c", 1))
        .await
        .expect(404);
    accept(&world, &bruno.login, &confirmation.replacen('c', "i", 1))
        .await
        .expect(404);
    confirm(&world, &confirmation).await.expect(200);
    accept(&world, &bruno.login, &invitation).await.expect(200);
}

#[tokio::test]
async fn each_former_address_is_told_though_several_changes_were_confirmed_before_a_notice_went() {
    let (world, _, bruno) = bruno().await;
    let mut late = Vec::new();
    for address in [
        "one@agents.example.fr",
        "two@agents.example.fr",
        "three@agents.example.fr",
    ] {
        bruno
            .patch_contact(&world, json!({"email": address}))
            .await
            .expect(202);
        let (notices, others): (Vec<_>, Vec<_>) = world
            .due()
            .await
            .into_iter()
            .partition(|event| event["detail"]["mail"] == "emailChangeNotice");
        late.extend(notices);
        world.resume(others).await;
        confirm(&world, &world.last_mail(address).token())
            .await
            .expect(200);
    }
    world.resume([late.clone(), late].concat()).await;
    for address in [
        &bruno.email,
        "one@agents.example.fr",
        "two@agents.example.fr",
    ] {
        assert_eq!(
            world
                .mails_to(address)
                .iter()
                .filter(|mail| mail.subject == CHANGED)
                .count(),
            1,
            "{address}"
        );
    }
    assert!(
        world
            .mails_to("three@agents.example.fr")
            .iter()
            .all(|mail| mail.subject != CHANGED)
    );
}
