//! Programs that are held to some organisations.

use jiff::SignedDuration;
use serde_json::{Value, json};
use vigie_tests::{
    Login, World,
    scenario::{Person, saved, tender},
};

use crate::intake::{asked, event, on_the_bus, portal, refusal, sent, taken};

/// Two organisations, a consultation in each, and an administrator of each who is told everything.
async fn two() -> (World, Person, Person) {
    let (world, ada) = World::with("EMS").await;
    let zoe = world.organisation("LYON").await;
    for (who, id, entity) in [(&ada, "c-ems", "EMS"), (&zoe, "c-lyon", "LYON")] {
        world.wants_everything(who).await;
        world.consultation(id, entity, who, &[]).await;
        world.star(who, id).await;
    }
    world.empty_inbox();
    (world, ada, zoe)
}

fn of_ems() -> Login {
    Login::machine("of-ems")
}

fn with(mut detail: Value, organisation: &str) -> Value {
    detail["organisationId"] = json!(organisation);
    detail
}

#[tokio::test]
async fn a_held_program_speaks_of_its_own_organisations_alone() {
    let (world, ada, zoe) = two().await;
    let save =
        |id: &str, entity: &str, who: &Person| saved(id, 2, entity, &who.id, "consultation", &[]);
    let entity = |organisation: &str, id: &str| json!({"organisationId": organisation, "entityId": id, "revision": 1, "name": "x", "parentId": organisation});
    taken(
        &world,
        &of_ems(),
        &[
            event("TenderReceived", &tender("c-ems", "d-1")),
            event("TenderReceived", &with(tender("c-ems", "d-2"), "EMS")),
            event("ConsultationSaved", &save("c-ems", "EMS", &ada)),
            event("ConsultationSaved", &save("c-new", "EMS", &ada)),
            event(
                "ConsultationSaved",
                &with(save("c-later", "nowhere", &ada), "EMS"),
            ),
            event("TenderReceived", &with(tender("c-unknown", "d-1"), "EMS")),
            event("EntitySaved", &entity("EMS", "voirie")),
        ],
    )
    .await;
    assert!(world.rejections().is_empty(), "{:?}", world.rejections());
    assert_eq!(world.mails_to(&ada.email).len(), 2);
    let provisioned = json!({"organisation": "x", "entityId": "PARIS", "name": "x", "administrator": {"firstName": "A", "lastName": "B", "email": "a@paris.example.fr"}});
    let before = world.table.items().await.len();
    for (detail_type, detail, field) in [
        ("OrganisationProvisioned", provisioned, "type"),
        ("TenderReceived", tender("c-lyon", "d-1"), "consultationId"),
        (
            "TenderReceived",
            with(tender("c-lyon", "d-1"), "EMS"),
            "consultationId",
        ),
        (
            "TenderReceived",
            with(tender("c-ems", "d-1"), "LYON"),
            "organisationId",
        ),
        (
            "TenderReceived",
            tender("c-unheard", "d-1"),
            "organisationId",
        ),
        (
            "TenderReceived",
            with(tender("c-unheard", "d-1"), "LYON"),
            "organisationId",
        ),
        (
            "ConsultationSaved",
            save("c-lyon", "LYON", &zoe),
            "consultationId",
        ),
        (
            "ConsultationSaved",
            with(save("c-lyon", "EMS", &ada), "EMS"),
            "consultationId",
        ),
        ("ConsultationSaved", save("c-ems", "LYON", &ada), "entityId"),
        (
            "ConsultationSaved",
            save("c-other", "LYON", &ada),
            "entityId",
        ),
        (
            "ConsultationSaved",
            save("c-other", "nowhere", &ada),
            "organisationId",
        ),
        ("EntitySaved", entity("LYON", "voirie-2"), "organisationId"),
        (
            "EntityRemoved",
            json!({"organisationId": "EMS", "entityId": "LYON", "revision": 9}),
            "entityId",
        ),
    ] {
        let (told, _) = refusal(&world, &of_ems(), event(detail_type, &detail)).await;
        assert_eq!(told, field, "{detail_type} {detail}");
    }
    assert_eq!(
        (on_the_bus(&world), world.table.items().await.len()),
        (0, before)
    );
    // One that is held to both speaks of both, and of no mixture.
    let both = Login::machine("of-both");
    taken(
        &world,
        &both,
        &[event("TenderReceived", &tender("c-lyon", "d-9"))],
    )
    .await;
    let (field, _) = refusal(
        &world,
        &both,
        event("ConsultationSaved", &save("c-ems", "LYON", &ada)),
    )
    .await;
    assert_eq!(field, "entityId");
    // One that is held to none may all of it.
    taken(
        &world,
        &portal(),
        &[event("TenderReceived", &tender("c-lyon", "d-8"))],
    )
    .await;
}

#[tokio::test]
async fn an_issuer_holds_a_program_by_a_claim_and_who_is_not_named_is_refused() {
    let (world, ..) = two().await;
    let batch = [event("TenderReceived", &tender("c-lyon", "d-1"))];
    let accepted = async |claims: Value| {
        let answer = asked(&world, &batch).with_claims(claims).send().await;
        (answer.status, answer.json["items"][0]["accepted"] == true)
    };
    let claims = |client: &str, organisations: &str| {
        let mut claims = Login::machine(client).claims();
        claims["vigie_organisations"] = json!(organisations);
        claims
    };
    assert_eq!(accepted(claims("portal", "[LYON EMS]")).await, (200, true));
    assert_eq!(accepted(claims("portal", "EMS")).await, (200, false));
    assert_eq!(accepted(claims("portal", "")).await, (200, false));
    assert_eq!(
        accepted(claims("of-ems", "LYON")).await,
        (200, false),
        "both hold it"
    );
    assert_eq!(accepted(claims("of-both", "LYON")).await, (200, true));
    let nameless = json!({"iss": "https://issuer.test", "sub": "s", "aud": "machines", "scope": "vigie/events"});
    assert_eq!(accepted(nameless).await, (403, false));
}

/// The door judges by what is there, and something may come between it and the queue.
#[tokio::test]
async fn what_passed_the_door_is_judged_again_where_it_is_written() {
    let (world, ada, zoe) = two().await;
    let lyon = |id: &str| {
        event(
            "ConsultationSaved",
            &saved(id, 1, "LYON", &zoe.id, "drafting", &[]),
        )
    };
    let ems = |id: &str, revision: u64| {
        event(
            "ConsultationSaved",
            &with(saved(id, revision, "EMS", &ada.id, "drafting", &[]), "EMS"),
        )
    };
    let request = |id: &str, type_: &str| {
        let detail = json!({"consultationId": id, "organisationId": "EMS", "requestId": "r-1", "at": "2026-11-24T09:00:00Z", "outcome": "given"});
        event(type_, &detail)
    };
    // Told while the consultation is not known, which then turns out to be another's.
    taken(
        &world,
        &of_ems(),
        &[
            event("TenderReceived", &with(tender("c-1", "d-1"), "EMS")),
            request("c-1", "ApprovalGiven"),
        ],
    )
    .await;
    taken(&world, &portal(), &[lyon("c-1")]).await;
    assert_eq!(
        world.mails().len(),
        0,
        "nobody is told what was told of another's"
    );
    assert!(
        world
            .rejections()
            .iter()
            .all(|reason| reason.starts_with("organisation-differs"))
    );
    assert_eq!(world.rejections().len(), 1);
    taken(
        &world,
        &portal(),
        &[event("TenderReceived", &tender("c-1", "d-2"))],
    )
    .await;
    assert_eq!(world.mails_to(&zoe.email).len(), 1);
    // Between the door and the queue the other comes first.
    sent(
        &world,
        &of_ems(),
        &[
            event("TenderReceived", &with(tender("c-2", "d-1"), "EMS")),
            ems("c-3", 2),
        ],
    )
    .await
    .expect(200);
    let late: Vec<Value> = world.aws.with(|traffic| traffic.events.drain(..).collect());
    taken(&world, &portal(), &[lyon("c-2"), lyon("c-3")]).await;
    world.empty_inbox();
    world.rejected.lock().unwrap().clear();
    world.resume(late).await;
    assert_eq!(world.rejections().len(), 2, "{:?}", world.rejections());
    assert!(
        world
            .rejections()
            .iter()
            .all(|reason| reason.starts_with("organisation-differs"))
    );
    assert_eq!(world.mails().len(), 0);
    let of = zoe.get(&world, "/consultations/c-3").await.expect(200);
    assert_eq!(of.json["entity"]["id"], "LYON");
}

/// Told before the consultation is known, by a program that is not its organisation's.
#[tokio::test]
async fn what_was_told_for_another_organisation_is_neither_counted_nor_ends_or_reminds() {
    for named in [true, false] {
        let (world, _, zoe) = two().await;
        let at = "2026-11-24T09:00:00+01:00";
        let asked = |id: &str| json!({"consultationId": "c-1", "requestId": id, "level": 1, "requestedBy": "Zoe", "wantedOn": "2026-11-26"});
        let given =
            json!({"consultationId": "c-1", "requestId": "r-1", "at": at, "outcome": "given"});
        let taken_away = json!({"consultationId": "c-1", "withdrawalId": "w-1", "at": at, "channel": "identified"});
        let ems = |detail_type, detail| event(detail_type, &with(detail, "EMS"));
        let early = [
            ems("TenderReceived", tender("c-1", "d-1")),
            ems("DocumentsWithdrawn", taken_away),
            ems("ApprovalGiven", given),
            ems("ApprovalRequested", asked("r-2")),
        ];
        taken(&world, &of_ems(), &early).await;
        let save = |revision: u64, phase: &str| {
            let mut detail = saved("c-1", revision, "LYON", &zoe.id, phase, &[]);
            if named {
                // Otherwise its entity says it.
                detail["organisationId"] = json!("LYON");
            }
            detail["submissionDeadline"] = json!("2026-11-26T12:00:00+01:00");
            event("ConsultationSaved", &detail)
        };
        taken(
            &world,
            &portal(),
            &[save(1, "drafting"), save(2, "consultation")],
        )
        .await;
        assert!(world.mails().is_empty());
        let differs = |reason: &String| reason.starts_with("organisation-differs: ");
        assert!(
            world.rejections().iter().all(differs),
            "{:?}",
            world.rejections()
        );
        taken(
            &world,
            &portal(),
            &[event("ApprovalRequested", &asked("r-1"))],
        )
        .await;
        assert_eq!(
            world.mails_to(&zoe.email).len(),
            1,
            "nobody has answered it"
        );
        for (deposit, total) in [("d-2", "1"), ("d-3", "2")] {
            let mut told = tender("c-1", deposit);
            if deposit == "d-3" {
                told = with(told, "LYON");
            }
            taken(&world, &portal(), &[event("TenderReceived", &told)]).await;
            let mail = world.last_mail(&zoe.email);
            assert!(
                mail.text.contains(&format!("{total}, celui-ci compris")),
                "{}",
                mail.text
            );
        }
        world.pass(SignedDuration::from_hours(23));
        world.sweep().await;
        assert_eq!(
            world.mails_to(&zoe.email).len(),
            4,
            "reminded of her own request alone"
        );
        world.pass(SignedDuration::from_hours(30));
        world.sweep().await;
        let digest = world.last_mail(&zoe.email);
        assert_eq!(digest.subject, "[21-166157] Clôture – 2 dépôts, 0 retrait");
    }
}

/// Saved by a program that is held to none, it left the organisation that it lay in for an entity
/// that is not there: it may be anybody's, so it is nobody's to take.
#[tokio::test]
async fn a_consultation_whose_organisation_is_not_known_is_taken_by_no_held_program() {
    let (world, ada, zoe) = two().await;
    let save = |revision: u64, entity: &str, who: &Person| {
        saved("c-1", revision, entity, &who.id, "consultation", &[])
    };
    let all = [
        event("ConsultationSaved", &save(1, "LYON", &zoe)),
        event("TenderReceived", &tender("c-1", "d-1")),
        event("ConsultationSaved", &save(2, "nowhere", &zoe)),
    ];
    for one in all {
        taken(&world, &portal(), &[one]).await;
    }
    let before = world.table.items().await.len();
    for (detail_type, detail) in [
        ("ConsultationSaved", save(3, "EMS", &ada)),
        ("ConsultationSaved", with(save(3, "EMS", &ada), "EMS")),
        ("TenderReceived", with(tender("c-1", "d-2"), "EMS")),
    ] {
        let (field, reason) = refusal(&world, &of_ems(), event(detail_type, &detail)).await;
        assert_eq!(field, "consultationId", "{reason}");
    }
    assert_eq!(world.table.items().await.len(), before);
    // Its own portal goes on with it.
    let own = with(save(4, "LYON", &zoe), "LYON");
    taken(&world, &portal(), &[event("ConsultationSaved", &own)]).await;
    assert!(world.rejections().is_empty(), "{:?}", world.rejections());
}
