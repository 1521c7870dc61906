//! Mails, word for word, calendars, and the connection that mails leave by.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod calendar;
mod contrast;
mod harmless;
mod samples;

use insta::assert_snapshot;
use serde_json::{Map, json};
use vigie_domain::{
    account::{Account, preferences::Kind},
    consultation::{Sight, fact::RecordedFact},
};
use vigie_mail::{Alert, Content, Links, Why, label};

use crate::samples::{
    PORTAL, account_mails, agent, alerts, consultation, content, dailies, facts, letterhead, links,
    merged, now, recorded, shown,
};

#[test]
fn every_alert_reads_well() {
    for (name, content) in alerts(&consultation(&json!({})), None) {
        assert_snapshot!(name, shown(&content.render()));
    }
}

#[test]
fn every_account_mail_reads_well() {
    for (name, mail) in account_mails("Ville de Colmar") {
        assert_snapshot!(name, shown(&mail));
    }
}

#[test]
fn the_daily_mail_reads_well() {
    for (name, mail) in dailies(&consultation(&json!({})), None) {
        assert_snapshot!(name, shown(&mail));
    }
}

#[test]
fn every_mail_about_a_consultation_leads_to_its_page() {
    let consultation = consultation(&json!({}));
    let page = format!("{PORTAL}/favoris/{}", consultation.id);
    let alerts = alerts(&consultation, None).into_iter();
    let mails = alerts.map(|(name, content)| (name, content.render()));
    for (name, mail) in mails.chain(dailies(&consultation, None)) {
        assert!(mail.text.contains(&format!("{page}\n")), "{name}");
        let quoted = ['"', '\''].map(|quote| format!("href={quote}{page}{quote}"));
        assert!(quoted.iter().any(|link| mail.html.contains(link)), "{name}");
    }
}

#[test]
fn a_delegate_reads_for_whom_it_stands_in() {
    let fact = recorded("MessageReceived", facts(None)[1].1.clone(), None);
    let alert = Alert::new(
        Kind::MessageReceived,
        &consultation(&json!({})),
        None,
        &fact,
        &letterhead(),
        now(),
    )
    .unwrap();
    let data = alert.data_for(
        &agent("Camille", "A"),
        Why::StandsIn(&agent("Bob <b>", "B")),
        &Links {
            unfollow: None,
            ..links()
        },
    );
    let data: Map<_, _> = serde_json::from_str(&data).unwrap();
    assert!(
        data["why_html"]
            .as_str()
            .unwrap()
            .contains("remplacer Bob &lt;b&gt; B pendant"),
        "{data:?}"
    );
    assert_eq!(data["unsubscribe_text"], "Ne plus remplacer Bob <b> B");
}

#[test]
fn subjects_are_the_tables_to_the_letter() {
    let subjects = alerts(&consultation(&json!({})), None)
        .into_iter()
        .map(|(_, content)| content.render().subject);
    let expected = [
        "[26-0042] Nouveau dépôt électronique",
        "[26-0042] Réponse reçue à votre message",
        "[26-0042] Nouvelle question d'une entreprise",
        "[26-0042] Avis publié au BOAMP",
        "[26-0042] ÉCHEC de publication au BOAMP",
        "[26-0042] À approuver",
        "[26-0042] À valider",
        "[26-0042] Rappel\u{a0}: à approuver pour le vendredi 1er mai 2026",
        "[26-0042] Rappel\u{a0}: à valider pour le vendredi 1er mai 2026",
    ];
    assert_eq!(subjects.collect::<Vec<_>>(), expected);
}

#[test]
fn the_page_names_the_kinds_as_the_mails_do() {
    let texts = include_str!("../../../../functions/portal/web/src/texts/alerts.ts");
    let (_, names) = texts.split_once("shortKinds").unwrap();
    for kind in Kind::ALL {
        let line = format!("\n  {}: \"{}\",\n", kind.as_str(), label(kind));
        assert!(names.contains(&line), "{line}");
    }
}

#[test]
fn a_long_reference_gives_way_to_what_happened() {
    let long = consultation(&json!({ "reference": "R".repeat(200) }));
    let subject = alerts(&long, None)[2].1.render().subject;
    assert_eq!(subject.chars().count(), 200);
    assert!(
        subject.ends_with("R…] Nouvelle question d'une entreprise"),
        "{subject}"
    );
    let empty = consultation(&json!({ "reference": " \u{200b}\n" }));
    assert_eq!(
        alerts(&empty, None)[5].1.render().subject,
        "[sans référence] À approuver"
    );
}

#[test]
fn recipients_of_one_alert_differ_in_their_greeting_and_reason_only() {
    let fact = recorded("MessageReceived", facts(None)[1].1.clone(), None);
    let alert = Alert::new(
        Kind::MessageReceived,
        &consultation(&json!({})),
        None,
        &fact,
        &letterhead(),
        now(),
    )
    .unwrap();
    let data = |account: &Account, sight| {
        serde_json::from_str::<Map<_, _>>(&alert.data_for(account, Why::Follows(sight), &links()))
            .unwrap()
    };
    let (first, second) = (
        data(&agent("Ada", "A"), Sight::Author),
        data(&agent("Bob", "B"), Sight::Guest),
    );
    let differ: Vec<_> = first
        .iter()
        .filter(|(key, value)| second[*key] != **value)
        .map(|(key, _)| key.as_str())
        .collect();
    assert_eq!(
        differ,
        ["greeting_html", "greeting_text", "why_html", "why_text"]
    );
}

#[test]
fn the_usual_reason_is_told_once_and_a_mail_reads_the_same() {
    let fact = recorded("MessageReceived", facts(None)[1].1.clone(), None);
    let new = |deadline| {
        let consultation = consultation(&json!({ "submissionDeadline": deadline }));
        Alert::new(
            Kind::MessageReceived,
            &consultation,
            None,
            &fact,
            &letterhead(),
            now(),
        )
        .unwrap()
    };
    let (agent, absentee) = (agent("Camille", "A"), agent("Bob <b>", "B"));
    let url = |name: &str| Some(format!("{PORTAL}/{name}"));
    for (deadline, calendar) in [
        (Some("2026-04-13T12:00:00+02:00"), url("deadline")),
        (Some("2026-04-13T12:00:00+02:00"), None),
        (None, None),
    ] {
        let (plain, usual) = (new(deadline), new(deadline).usually(Some(Sight::Guest)));
        for why in [
            Why::Follows(Sight::Guest),
            Why::Follows(Sight::Author),
            Why::StandsIn(&absentee),
        ] {
            let unfollow = if matches!(why, Why::StandsIn(_)) {
                None
            } else {
                url("unfollow")
            };
            let links = Links {
                calendar: calendar.clone(),
                unfollow: unfollow.clone(),
                ..links()
            };
            let [plain, usual] =
                [&plain, &usual].map(|alert| (alert.data_for(&agent, why, &links), alert));
            let read = |(own, alert): &(String, &Alert)| {
                Content {
                    template: alert.template(),
                    data: merged(alert, own),
                }
                .render()
            };
            assert!(read(&plain) == read(&usual));
            assert_eq!(
                usual.0.contains("why_html"),
                !matches!(why, Why::Follows(Sight::Guest))
            );
            let text = read(&usual).text;
            assert_eq!(text.contains("mon agenda"), calendar.is_some());
            assert_eq!(text.contains("Ne plus suivre"), unfollow.is_some());
            for url in calendar.iter().chain(&unfollow) {
                assert!(
                    text.contains(&format!("\n{url}\n"))
                        && read(&usual).html.contains(&format!("<a href='{url}'"))
                );
            }
        }
    }
}

#[test]
fn a_fact_makes_an_alert_of_its_own_kind_only() {
    let new = |kind, fact: &RecordedFact| {
        Alert::new(
            kind,
            &consultation(&json!({})),
            None,
            fact,
            &letterhead(),
            now(),
        )
        .is_some()
    };
    let paper = json!({ "depositId": "d-1", "depositNumber": 4, "receivedAt": "2026-03-31T16:00:00Z", "channel": "paper" });
    let paper = recorded("TenderReceived", paper, Some(1));
    let withdrawal =
        json!({ "withdrawalId": "w-1", "at": "2026-03-31T16:00:00Z", "channel": "anonymous" });
    let withdrawal = recorded("DocumentsWithdrawn", withdrawal, None);
    let end = json!({ "requestId": "r-1", "at": "2026-03-31T16:00:00Z", "outcome": "given" });
    let end = recorded("ApprovalGiven", end, None);
    for kind in Kind::ALL {
        assert!(!new(kind, &paper) && !new(kind, &withdrawal) && !new(kind, &end));
        for (name, detail) in facts(None) {
            let fact = recorded(name, detail, None);
            assert_eq!(new(kind, &fact), fact.fact.alert() == Some(kind), "{name}");
        }
    }
}

#[test]
fn a_deadline_is_shown_at_the_hour_of_paris_on_both_sides_of_a_change() {
    for (deadline, expected) in [
        ("2026-03-28T12:00:00+01:00", "samedi 28 mars 2026 à 12 h 00"),
        ("2026-03-30T12:00:00+02:00", "lundi 30 mars 2026 à 12 h 00"),
        ("2026-10-24T10:00:00Z", "samedi 24 octobre 2026 à 12 h 00"),
        ("2026-10-26T10:00:00Z", "lundi 26 octobre 2026 à 11 h 00"),
        ("2026-12-31T23:30:00Z", "vendredi 1er janvier 2027 à 0 h 30"),
        // Notices of spring 2015 came with the offset of winter: the instant decides.
        ("2015-04-13T12:00:00+01:00", "lundi 13 avril 2015 à 13 h 00"),
    ] {
        let text = alerts(
            &consultation(&json!({ "submissionDeadline": deadline })),
            None,
        )[1]
        .1
        .render()
        .text;
        let line = format!("Date limite de remise des plis : {expected} (heure de Paris)\n");
        assert!(text.replace('\u{a0}', " ").contains(&line), "{text}");
    }
    let text = alerts(&consultation(&json!({ "submissionDeadline": null })), None)[0]
        .1
        .render()
        .text;
    assert!(
        text.contains("Date limite de remise des plis\u{a0}: non fixée\n")
            && !text.contains("Temps restant")
    );
}

#[test]
fn the_time_left_is_spelt_right() {
    for (deadline, expected) in [
        ("2026-04-13T12:00:00+02:00", "12 jours et 2 heures"),
        ("2026-04-02T10:40:00+02:00", "1 jour et 1 heure"),
        ("2026-04-03T09:45:00+02:00", "2 jours"),
        ("2026-04-01T10:31:59+02:00", "1 heure et 1 minute"),
        ("2026-04-01T09:32:00+02:00", "2 minutes"),
        ("2026-04-01T09:30:00+02:00", "moins d’une minute"),
        (
            "2026-04-01T09:29:59+02:00",
            "aucun, la date limite est passée",
        ),
        // The clock goes back in between: whole days are days of the calendar.
        ("2026-10-26T09:30:00+01:00", "208 jours"),
    ] {
        let text = alerts(
            &consultation(&json!({ "submissionDeadline": deadline })),
            None,
        )[2]
        .1
        .render()
        .text;
        assert!(
            text.replace('\u{a0}', " ")
                .contains(&format!("Temps restant pour répondre : {expected}\n")),
            "{expected}: {text}"
        );
    }
}

#[test]
fn a_tender_is_late_after_the_instant_of_the_deadline_in_force() {
    for (deadline, late) in [
        ("2026-03-31T18:04:05+02:00", false),
        ("2026-03-31T18:04:04+02:00", true),
    ] {
        let mail = alerts(
            &consultation(&json!({ "submissionDeadline": deadline })),
            None,
        )[0]
        .1
        .render();
        assert_eq!(mail.text.contains("Délai\u{a0}: reçu hors délai\n"), late);
        assert_eq!(
            mail.text.contains("Délai\u{a0}: reçu dans les délais\n"),
            !late
        );
        assert_eq!(
            mail.html.contains(
                "<h1 style=\"margin:0 0 20px 0;font-size:22px;line-height:28px;color:#1b2430;\">Nouveau dépôt électronique, hors délai"
            ),
            late
        );
    }
}

#[test]
fn a_long_list_is_cut_and_counted() {
    let lots: Vec<_> = (1..=200).map(|lot| format!("Lot {lot}")).collect();
    let tender = json!({ "depositId": "d", "depositNumber": "4", "receivedAt": "2026-03-31T16:00:00Z", "channel": "electronic", "lots": lots });
    let text = content(&consultation(&json!({})), "TenderReceived", tender, None)
        .render()
        .text;
    assert!(text.contains("  - Lot 20\n  - et 180 autres\n") && !text.contains("Entité"));
}
