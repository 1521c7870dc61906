//! The deadline that counts, and the digest's counts by it.

use serde_json::json;
use vigie_tests::scenario::alerts;

use crate::closing::{DEADLINE, closes, closing_at, deposit, digests, followed, row, withdrawal};

#[tokio::test]
async fn the_digest_counts_by_channel_and_late_deposits_apart() {
    let (world, _, author) = followed().await;
    for (id, channel, at) in [
        ("d-1", "electronic", "2026-11-24T09:00:00+01:00"),
        ("d-2", "electronic", "2026-11-24T12:00:00+01:00"),
        ("d-3", "electronic", "2026-11-24T12:00:00.001+01:00"),
        ("d-4", "paper", "2026-11-24T10:00:00Z"),
        ("d-5", "paper", "2026-11-24T11:00:01Z"),
        ("d-6", "paper", "2026-11-24T11:00:02Z"),
    ] {
        // Sent again, each counts once.
        for _ in 0..2 {
            world.send("TenderReceived", deposit(id, channel, at)).await;
        }
    }
    for (id, channel) in [
        ("w-1", "identified"),
        ("w-2", "anonymous"),
        ("w-3", "anonymous"),
        ("w-1", "identified"),
        ("w-4", "paper"),
    ] {
        world
            .send("DocumentsWithdrawn", withdrawal(id, channel))
            .await;
    }
    world.sweep_at("2026-11-24T12:00:29+01:00").await;
    assert!(
        digests(&world).is_empty(),
        "deposits of the last second may still arrive"
    );

    world.sweep_at("2026-11-24T12:00:30+01:00").await;

    let [digest] = &digests(&world)[..] else {
        panic!("{:?}", digests(&world))
    };
    assert_eq!(
        (&digest.to, digest.subject.as_str()),
        (&author.email, "[21-166157] Clôture – 3 dépôts, 4 retraits")
    );
    let rows = [
        ("Dépôts électroniques", 2),
        ("Dépôts papier", 1),
        ("Dépôts électroniques hors délai", 1),
        ("Dépôts papier hors délai", 2),
        ("Retraits identifiés", 1),
        ("Retraits anonymes", 2),
        ("Retraits papier", 1),
    ];
    for (label, number) in rows {
        assert_eq!(row(digest, label), number, "{label}");
    }
    assert!(
        digest
            .text
            .contains("mardi 24 novembre 2026 à 12\u{a0}h\u{a0}00 (heure de Paris)"),
        "{}",
        digest.text
    );
}

#[tokio::test]
async fn a_digest_is_sent_even_when_all_is_zero_and_only_to_who_wants_it() {
    let (world, ada, author) = followed().await;
    let silent = world.agent(&ada, "EMS-DSI", "Silent").await;
    let mut choice = alerts("immediate");
    choice["kinds"]["consultationClosed"] = json!("off");
    silent.put(&world, "/alerts", choice).await.expect(200);
    let mut detail = closing_at(3, &author, "consultation", DEADLINE);
    detail["guests"] = json!([silent.id]);
    world.send("ConsultationSaved", detail).await;
    world.star(&silent, "c-1").await;

    world.sweep_at("2026-11-24T12:01:00+01:00").await;

    let [digest] = &digests(&world)[..] else {
        panic!("{:?}", digests(&world))
    };
    assert_eq!(
        (&digest.to, digest.subject.as_str()),
        (&author.email, "[21-166157] Clôture – 0 dépôt, 0 retrait")
    );
    let sent = world.events("AlertSent");
    assert!(
        sent.iter()
            .any(|event| event["kind"] == "consultationClosed"),
        "{sent:?}"
    );
}

#[tokio::test]
async fn a_deadline_that_moves_takes_its_digest_with_it() {
    for (moved, before, after) in [
        (
            "2026-11-25T12:00:00+01:00",
            "2026-11-25T11:59:00+01:00",
            "2026-11-25T12:01:00+01:00",
        ),
        (
            "2026-11-24T10:00:00+01:00",
            "2026-11-24T09:59:00+01:00",
            "2026-11-24T10:01:00+01:00",
        ),
    ] {
        let (world, _, author) = followed().await;
        closes(&world, 3, &author, "consultation", moved).await;
        // The older revision comes late, and changes nothing.
        closes(&world, 2, &author, "consultation", DEADLINE).await;
        world.sweep_at(before).await;
        assert!(digests(&world).is_empty(), "{moved}");
        world.sweep_at(after).await;
        assert_eq!(digests(&world).len(), 1, "{moved}");
        world.sweep_at("2026-11-26T00:00:00+01:00").await;
        assert_eq!(digests(&world).len(), 1, "{moved}: the old one is over");
    }
}

#[tokio::test]
async fn a_deadline_that_is_prolonged_after_it_passed_gives_a_digest_each() {
    let (world, _, author) = followed().await;
    world.sweep_at("2026-11-24T12:01:00+01:00").await;
    world
        .send(
            "TenderReceived",
            deposit("d-1", "electronic", "2026-11-24T12:30:00+01:00"),
        )
        .await;
    closes(
        &world,
        3,
        &author,
        "consultation",
        "2026-11-25T12:00:00+01:00",
    )
    .await;
    world.sweep().await;
    assert_eq!(digests(&world).len(), 1);

    world.sweep_at("2026-11-25T12:01:00+01:00").await;

    let [first, second] = &digests(&world)[..] else {
        panic!("{:?}", digests(&world))
    };
    assert_eq!(first.subject, "[21-166157] Clôture – 0 dépôt, 0 retrait");
    assert_eq!(
        second.subject, "[21-166157] Clôture – 1 dépôt, 0 retrait",
        "late by the first deadline, in time by the second"
    );
}

#[tokio::test]
async fn what_is_cancelled_or_still_a_draft_is_not_closed() {
    for phase in ["cancelled", "drafting"] {
        let (world, _, author) = followed().await;
        closes(&world, 3, &author, phase, DEADLINE).await;
        world.sweep_at("2026-11-24T13:00:00+01:00").await;
        assert!(digests(&world).is_empty(), "{phase}");
    }
}

#[tokio::test]
async fn a_consultation_that_is_already_being_opened_is_closed_all_the_same() {
    let (world, _, author) = followed().await;
    world.until("2026-11-24T12:00:10+01:00");
    closes(&world, 3, &author, "opening", DEADLINE).await;
    closes(&world, 4, &author, "decision", DEADLINE).await;
    world.sweep_at("2026-11-24T12:01:00+01:00").await;
    closes(&world, 5, &author, "archived", DEADLINE).await;
    world.sweep().await;
    assert_eq!(digests(&world).len(), 1);
}

#[tokio::test]
async fn the_instant_decides_on_both_sides_of_a_change_of_clocks() {
    // Summer time ends on 25 October 2026 and begins on 28 March 2027; the offsets are as gazettes
    // send them.
    for (deadline, shown) in [
        (
            "2027-03-28T03:00:00+02:00",
            "dimanche 28 mars 2027 à 3\u{a0}h\u{a0}00 (heure de Paris)",
        ),
        (
            "2027-03-28T01:59:59+01:00",
            "dimanche 28 mars 2027 à 1\u{a0}h\u{a0}59 (heure de Paris)",
        ),
        (
            "2027-04-13T12:00:00+01:00",
            "mardi 13 avril 2027 à 13\u{a0}h\u{a0}00 (heure de Paris)",
        ),
    ] {
        let (world, _, author) = followed().await;
        closes(&world, 3, &author, "consultation", deadline).await;
        let instant: jiff::Timestamp = deadline.parse().expect("a time");
        world
            .sweep_at(&(instant + jiff::SignedDuration::from_secs(29)).to_string())
            .await;
        assert!(digests(&world).is_empty(), "{deadline}");
        world
            .sweep_at(&(instant + jiff::SignedDuration::from_secs(30)).to_string())
            .await;
        let [digest] = &digests(&world)[..] else {
            panic!("{deadline}")
        };
        assert!(digest.text.contains(shown), "{}", digest.text);
    }
}

#[tokio::test]
async fn a_buyer_overseas_reads_its_own_hour_beside_that_of_paris() {
    for (deadline, shown) in [
        (
            "2027-01-29T12:00:00+04:00",
            "vendredi 29 janvier 2027 à 9\u{a0}h\u{a0}00 (heure de Paris), soit vendredi 29 janvier 2027 à 12\u{a0}h\u{a0}00 à l’heure de l’acheteur (UTC+4)",
        ),
        (
            "2027-06-30T20:00:00-04:00",
            "jeudi 1er juillet 2027 à 2\u{a0}h\u{a0}00 (heure de Paris), soit mercredi 30 juin 2027 à 20\u{a0}h\u{a0}00 à l’heure de l’acheteur (UTC−4)",
        ),
        (
            "2027-01-29T09:00:00+11:00",
            "jeudi 28 janvier 2027 à 23\u{a0}h\u{a0}00 (heure de Paris), soit vendredi 29 janvier 2027 à 9\u{a0}h\u{a0}00 à l’heure de l’acheteur (UTC+11)",
        ),
    ] {
        let (world, _, author) = followed().await;
        closes(&world, 3, &author, "consultation", deadline).await;
        let instant: jiff::Timestamp = deadline.parse().expect("a time");
        world
            .sweep_at(&(instant + jiff::SignedDuration::from_secs(60)).to_string())
            .await;
        let [digest] = &digests(&world)[..] else {
            panic!("{deadline}")
        };
        assert!(
            digest
                .text
                .contains(&format!("Date limite retenue\u{a0}: {shown}")),
            "{}",
            digest.text
        );
        let listed = author.get(&world, "/favourites").await.expect(200).json;
        assert_eq!(
            listed["items"][0]["submissionDeadline"],
            instant.to_string(),
            "times of the API are in UTC"
        );
    }
}
