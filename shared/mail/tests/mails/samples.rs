//! Consultations, facts and accounts to write about, ordinary and hostile.

use jiff::{Timestamp, civil::Date};
use serde_json::{Map, Value, json};
use vigie_domain::{
    account::{
        Account, Cause, Role,
        absence::{self, Absence, Delegate},
        departure::LEAVES_ON,
        preferences::Alerts,
    },
    audit::{Change, RECOVERY_DUE, Record, What},
    consultation::{
        Consultation, Sight,
        fact::{Fact, RecordedFact},
    },
    contact::{Contact, email::Email},
    entity::Entity,
    id::{AccountId, EntityId, RequestId},
    text::{Text, one_line},
};
use vigie_mail::{
    AccountMail, Alert, Content, Daily, Letterhead, Linked, Links, Particulars, Recovered,
    Rendered, Told, Why, unreached_line,
};

pub const UNSUBSCRIBE: &str =
    "https://vigie.example.fr/v1/unsubscribe/u~abc~tenderReceived.20781~DEF";
pub const UNFOLLOW: &str =
    "https://vigie.example.fr/v1/unsubscribe/u~abc~consultation.c-26-0042.20781~DEF";
pub const CALENDAR: &str = "https://vigie.example.fr/v1/deadlines/d~abc~c-26-0042~DEF";
pub const PORTAL: &str = "https://vigie.example.fr";
/// At most 100 characters, so that it fits every field.
pub const HOSTILE: &str = "</title><script>alert('x')</script> {{x}} {{{x}}} \"q\" &amp; \r\nBcc: a@b.fr\u{2028}\u{202e}eltit\u{200f}\u{0}\u{1b}";

/// The letterhead of an operator that says all.
pub fn letterhead() -> Letterhead {
    let from = Particulars {
        name: Some("Achats d’Alsace & cie"),
        colour: Some("#5b2a86"),
        mail: Some("aide@alsace.example.fr"),
        telephone: Some("03\u{a0}88\u{a0}00\u{a0}00\u{a0}00"),
    };
    Letterhead::new(PORTAL, from)
}

pub fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

pub fn now() -> Timestamp {
    at("2026-04-01T09:30:00+02:00")
}

pub fn consultation(changes: &Value) -> Consultation {
    let mut consultation = json!({
        "consultationId": "c-26-0042",
        "revision": 3,
        "reference": "26-0042",
        "title": "Travaux d'entretien & rénovation des écoles",
        "organisation": "Ville de Colmar",
        "entityId": "colmar-batiments",
        "authorAccountId": "a-1",
        "phase": "consultation",
        "submissionDeadline": "2026-04-13T12:00:00+02:00",
        "url": "https://marches.example.fr/consultations/c-26-0042?a=1&b=2",
    });
    for (key, value) in changes.as_object().unwrap() {
        consultation[key] = value.clone();
    }
    serde_json::from_value(consultation).unwrap()
}

pub fn hostile() -> Consultation {
    let title = format!("{{{{#if x}}}}{HOSTILE}{}", "é".repeat(4800));
    let url = "https://x.example/'}}{{x}}&y";
    consultation(
        &json!({ "reference": HOSTILE, "title": title, "organisation": HOSTILE, "url": url }),
    )
}

/// A fact for each mail, with `text` wherever free text can stand.
pub fn facts(text: Option<&str>) -> Vec<(&'static str, Value)> {
    let or = |usual: &str| text.unwrap_or(usual).to_owned();
    let url = "https://marches.example.fr/p?x=1&y='2'";
    let received = "2026-03-31T18:04:05+02:00";
    let request = json!({
        "requestId": "r-1", "level": or("1"), "requestedBy": or("Hélène Weber"), "wantedOn": "2026-05-01", "url": url,
    });
    let tender = json!({
        "depositId": "d-1", "depositNumber": or("4"), "receivedAt": received, "channel": "electronic",
        "lots": [or("Lot 1 – Peinture"), or("Lot 2 – Sols")],
    });
    let notice = json!({
        "noticeId": "n-1", "noticeNumber": or("26-0042"), "edition": or("20260331A"), "publishedOn": "2026-03-31", "url": url,
        "pdfUrl": "https://avis.example.fr/26-0042.pdf",
    });
    let refusal = json!({
        "noticeId": "n-1", "attempt": 2, "reasons": [or("Le code postal est absent."), or("La date précède l'envoi.")], "url": url,
    });
    let message = json!({ "messageId": "m-1", "receivedAt": received, "messageType": or("Réponse à une demande de complément"), "url": url });
    let question =
        json!({ "questionId": "q-1", "receivedAt": received, "hasAttachment": true, "url": url });
    vec![
        ("TenderReceived", tender),
        ("MessageReceived", message),
        ("QuestionReceived", question),
        ("NoticePublished", notice),
        ("NoticeRejected", refusal),
        ("ApprovalRequested", request.clone()),
        ("ValidationRequested", request.clone()),
        ("ApprovalReminded", request.clone()),
        ("ValidationReminded", request),
    ]
}

pub fn recorded(detail_type: &str, mut detail: Value, total: Option<u64>) -> RecordedFact {
    detail["consultationId"] = json!("c-26-0042");
    // The clock makes a reminder of what was asked.
    let asked = detail_type.replace("Reminded", "Requested");
    let (_, mut fact) = Fact::from_event(&asked, &detail).unwrap().unwrap();
    if asked != detail_type {
        (fact, _) = fact.reminder().unwrap();
    }
    RecordedFact {
        fact,
        recorded_at: now(),
        total,
        waiting: false,
        organisation_id: None,
    }
}

pub fn agent(first_name: &str, last_name: &str) -> Account {
    let contact = json!({ "firstName": first_name, "lastName": last_name, "email": "camille@colmar.example.fr" });
    Account::invite(
        AccountId::parse("a-1").unwrap(),
        EntityId::parse("colmar-batiments").unwrap(),
        Role::Agent,
        Contact::from_json(&contact).unwrap(),
        RequestId::parse("i-1").unwrap(),
        now(),
    )
}

pub fn content(
    consultation: &Consultation,
    detail_type: &str,
    detail: Value,
    entity: Option<&str>,
) -> Content {
    let recorded = recorded(
        detail_type,
        detail,
        (detail_type == "TenderReceived").then_some(1234),
    );
    let kind = recorded.fact.alert().unwrap();
    let alert = Alert::new(kind, consultation, entity, &recorded, &letterhead(), now()).unwrap();
    let calendar = consultation
        .deadline_ahead(now())
        .map(|_| CALENDAR.to_owned());
    let data = alert.data_for(
        &agent("Camille", "O'Brien <b>"),
        Why::Follows(Sight::OwnEntity),
        &Links {
            calendar,
            ..links()
        },
    );
    Content {
        template: alert.template(),
        data: merged(&alert, &data),
    }
}

/// Those of who follows it, without a deadline.
pub fn links() -> Links {
    Links {
        unsubscribe: UNSUBSCRIBE.to_owned(),
        unfollow: Some(UNFOLLOW.to_owned()),
        calendar: None,
    }
}

/// Merges the data that all share with a recipient's own, as SES does: key by key.
pub fn merged(alert: &Alert, own: &str) -> Map<String, Value> {
    let mut data: Map<String, Value> = serde_json::from_str(&alert.shared()).unwrap();
    data.extend(serde_json::from_str::<Map<String, Value>>(own).unwrap());
    data
}

/// Every alert about the consultation.
pub fn alerts(consultation: &Consultation, text: Option<&str>) -> Vec<(&'static str, Content)> {
    facts(text)
        .into_iter()
        .map(|(name, detail)| (name, content(consultation, name, detail, Some("Bâtiments"))))
        .collect()
}

fn told<'a>(record: &'a Record, of: Option<(&'a str, &'a str)>) -> AccountMail<'a> {
    AccountMail::Recovered(Recovered { record, of })
}

#[expect(clippy::too_many_lines, reason = "a list")]
pub fn account_mails(text: &str) -> Vec<(&'static str, Rendered)> {
    let unreached = [Cause::Bounce, Cause::Complaint]
        .map(|cause| unreached_line("Zoé <i>", text, cause, now()));
    let expires_at = at("2026-04-08T09:30:00+02:00");
    let new_address = Email::parse("n'ouvelle&@exemple.fr").unwrap();
    let link = "https://vigie.example.fr/confirm?token=abc~DEF._-1";
    let changes = [
        ("role", "agent", "administrator"),
        ("active", "true", "false"),
        ("permanentGuest.own", "false", "true"),
        ("permanentGuest.dependent", "true", "false"),
        ("permanentGuest.transverse", "false", "true"),
        ("entityId", "colmar", "colmar-batiments"),
    ];
    let changes = changes
        .map(|(field, before, after)| Change::new(field, Some(before), Some(after)))
        .into();
    let id = EntityId::parse("colmar-batiments").unwrap();
    let administrator = AccountId::parse("a-1").unwrap();
    let record =
        Record::new(What::AgentChanged, Some(&administrator), &id, now()).changing(changes);
    // A text that is no name cannot name an entity.
    let name = Text::<200>::parse(&one_line(text, 200))
        .unwrap_or_else(|_| Text::parse("Bâtiments").unwrap());
    let entity = Entity {
        id: id.clone(),
        name: name.clone(),
        parent_id: None,
        organisation: name,
    };
    let entities = [(id.clone(), entity)].into();
    let withdrawn = Record::new(What::AgentWithdrawn, None, &id, now());
    let stops = Change::new("active", Some("true"), Some("false"));
    let [last_day, no_last_day] = [Some("2026-04-30"), None].map(|day| {
        let change = Change::new(LEAVES_ON, Some("2026-04-13"), day);
        Record::new(What::AgentChanged, Some(&administrator), &id, now()).changing(vec![change])
    });
    let left = Record::new(What::AgentLeft, None, &id, now()).changing(vec![stops]);
    let changed = |record| AccountMail::Changed {
        record,
        entities: &entities,
    };
    let erased = |of| AccountMail::ErasureAnnounced { at: expires_at, of };
    let due = Change::new(RECOVERY_DUE, None, Some("2026-04-02T07:30:00Z"));
    let waits = Record::new(What::RecoveryWaits, None, &id, now()).changing(vec![due]);
    let [stopped, recovered] = [What::RecoveryStopped, What::AccountRecovered]
        .map(|what| Record::new(what, None, &id, now()));
    let linked = Linked {
        name: text,
        entity_name: text,
        organisation: text,
    };
    let delegate = Delegate {
        account_id: AccountId::parse("a-2").unwrap(),
        request_id: RequestId::parse("r").unwrap(),
        agreed: false,
    };
    let days = Absence {
        from: day("2026-04-13"),
        until: day("2026-04-24"),
        delegate: Some(delegate),
    };
    let of = |before, after| {
        Record::new(What::AbsenceChanged, None, &id, now())
            .changing(absence::changes(before, after))
    };
    let (absent, back) = (of(None, Some(&days)), of(Some(&days), None));
    let lines = [
        format!(
            "[26-0042] Publication au BOAMP\u{a0}: {}",
            one_line(text, 170)
        ),
        "[26-0043] Deuxième".to_owned(),
    ];
    [
        (
            "Invitation",
            AccountMail::Invitation {
                link,
                expires_at,
                entity_name: text,
                organisation: text,
            },
        ),
        (
            "Confirmation",
            AccountMail::Confirmation { link, expires_at },
        ),
        ("AddressTaken", AccountMail::AddressTaken),
        (
            "EmailChangeNotice",
            AccountMail::EmailChangeNotice {
                new_address: &new_address,
                expires_at: Some(expires_at),
                by_administrator: false,
            },
        ),
        (
            "AddressGiven",
            AccountMail::EmailChangeNotice {
                new_address: &new_address,
                expires_at: Some(expires_at),
                by_administrator: true,
            },
        ),
        (
            "AddressReplaced",
            AccountMail::EmailChangeNotice {
                new_address: &new_address,
                expires_at: None,
                by_administrator: true,
            },
        ),
        (
            "Delegation",
            AccountMail::Delegation {
                link,
                absentee: text,
                days: [day("2026-04-13"), day("2026-04-24")],
            },
        ),
        (
            "EmailChanged",
            AccountMail::EmailChangeNotice {
                new_address: &new_address,
                expires_at: None,
                by_administrator: false,
            },
        ),
        (
            "TestAlert",
            AccountMail::TestAlert {
                alerts: &some_alerts(),
            },
        ),
        (
            "LinkRequest",
            AccountMail::LinkRequest {
                link,
                expires_at,
                name: text,
                entity_name: text,
                organisation: text,
                refuse: link,
            },
        ),
        (
            "Changed",
            AccountMail::Changed {
                record: &record,
                entities: &entities,
            },
        ),
        (
            "Recovery",
            AccountMail::Recovery {
                link,
                expires_at,
                by_administrator: false,
                entity_name: text,
                organisation: text,
            },
        ),
        (
            "RecoverySent",
            AccountMail::Recovery {
                link,
                expires_at,
                by_administrator: true,
                entity_name: text,
                organisation: text,
            },
        ),
        (
            "RecoveryStop",
            AccountMail::RecoveryStop {
                link,
                at: now(),
                due: expires_at,
            },
        ),
        ("RecoveryWaits", told(&waits, None)),
        ("RecoveryStopped", told(&stopped, None)),
        ("Recovered", told(&recovered, None)),
        ("RecoveryOfAgentWaits", told(&waits, Some((text, text)))),
        ("RecoveryOfAgentStopped", told(&stopped, Some((text, text)))),
        ("AgentRecovered", told(&recovered, Some((text, text)))),
        (
            "InvitationWithdrawn",
            AccountMail::InvitationWithdrawn {
                record: &withdrawn,
                entities: &entities,
            },
        ),
        (
            "AdministratorsGone",
            AccountMail::AdministratorsGone {
                record: &withdrawn,
                entities: &entities,
            },
        ),
        ("LastDay", changed(&last_day)),
        ("NoLastDay", changed(&no_last_day)),
        ("Left", changed(&left)),
        ("Received", AccountMail::Received { from: linked }),
        ("Given", AccountMail::Given { to: linked }),
        ("ErasureAnnounced", erased(None)),
        ("ErasureOfAgentAnnounced", erased(Some((text, text)))),
        (
            "Linked",
            AccountMail::Linked {
                record: &withdrawn,
                with: linked,
            },
        ),
        (
            "AbsenceChanged",
            AccountMail::AbsenceChanged {
                record: &absent,
                by: linked,
            },
        ),
        (
            "AbsenceEnded",
            AccountMail::AbsenceChanged {
                record: &back,
                by: Linked { name: "", ..linked },
            },
        ),
        (
            "Undeliverable",
            AccountMail::Undeliverable {
                agent: text,
                entity_name: text,
                cause: Cause::Bounce,
                since: now(),
            },
        ),
        (
            "Unreached",
            AccountMail::Unreached {
                lines: &unreached,
                more: 3,
            },
        ),
        (
            "Missed",
            AccountMail::Missed {
                since: now(),
                lines: &lines,
                more: true,
            },
        ),
        (
            "MissedNothing",
            AccountMail::Missed {
                since: now(),
                lines: &[],
                more: false,
            },
        ),
    ]
    .map(|(name, mail)| {
        (
            name,
            mail.render(&agent("Camille", "O'Brien <b>").contact, &letterhead()),
        )
    })
    .into()
}

/// Alerts with some of each mode.
fn some_alerts() -> Alerts {
    let kinds = json!({
        "tenderReceived": "immediate", "consultationClosed": "immediate", "messageReceived": "daily", "questionReceived": "daily",
        "noticePublished": "off", "noticeRejected": "immediate", "approvalRequested": "off",
    });
    let rules = json!({"mine": true, "ownEntity": false, "dependentEntities": false, "transverseEntities": false});
    serde_json::from_value(json!({"kinds": kinds, "automaticFavourites": rules})).unwrap()
}

fn day(day: &str) -> Date {
    day.parse().unwrap()
}

/// The daily mail about the consultation, and what a delegate gets.
pub fn dailies(consultation: &Consultation, text: Option<&str>) -> Vec<(&'static str, Rendered)> {
    let facts: Vec<_> = facts(text)
        .into_iter()
        .map(|(name, detail)| recorded(name, detail, Some(1234)))
        .collect();
    let told = |recorded| Told {
        consultation,
        entity_name: Some(text.unwrap_or("Bâtiments")),
        recorded,
        sight: Sight::Guest,
    };
    let (to, absentee) = (
        agent("Camille", "O'Brien <b>"),
        agent("{{x}}", "O'Away & <i>"),
    );
    [("Daily", None), ("DailyOfAnAbsentee", Some(&absentee))]
        .map(|(name, absentee)| {
            let told = facts.iter().map(told).collect();
            let unfollow = absentee
                .is_none()
                .then(|| (consultation.id.clone(), UNFOLLOW.to_owned()))
                .into_iter()
                .collect();
            let letterhead = &letterhead();
            let (unsubscribe_url, part) = (UNSUBSCRIBE, (1, 1));
            let daily = Daily {
                to: &to,
                absentee,
                told,
                letterhead,
                unsubscribe_url,
                unfollow,
                daily: true,
                part,
            };
            (name, daily.render(now()))
        })
        .into()
}

pub fn shown(mail: &Rendered) -> String {
    format!(
        "{}\n======== text\n{}======== html\n{}",
        mail.subject, mail.text, mail.html
    )
}
