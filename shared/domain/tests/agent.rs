//! Agents as the portal declares them: what of an event is needed, what is repaired, and what is
//! known of them in whatever order its words come.

use jiff::{
    Timestamp,
    civil::{Date, date},
};
use serde_json::{Value, json};
use vigie_domain::{
    account::{Account, Role, invitation::Invitation},
    contact::email::Email,
    directory::{
        agent::{AgentId, AgentName, Declaration, Saved, Word},
        known::Known,
        settle::{self, World},
    },
    id::{AccountId, EntityId, RequestId},
};

fn saved(revision: u64) -> Value {
    json!({
        "organisationId": "EMS", "agentId": "agt 17/é", "revision": revision, "entityId": "EMS-DSI",
        "email": " Zoe@EMS.example.FR ", "civility": "Mme", "firstName": "Zoé", "lastName": "Petit",
        "jobTitle": "Acheteuse", "phone": "03 88 60 90 90", "role": "agent",
        "permanentGuest": {"own": true, "dependent": false, "transverse": false},
        "active": true, "invite": true,
    })
}

fn left(revision: u64, on: &str) -> Value {
    json!({"organisationId": "EMS", "agentId": "agt 17/é", "revision": revision, "leftOn": on})
}

fn with(mut detail: Value, field: &str, value: Value) -> Value {
    detail[field] = value;
    detail
}

fn without(mut detail: Value, field: &str) -> Value {
    detail.as_object_mut().expect("an object").remove(field);
    detail
}

fn read(detail: &Value) -> Result<Declaration, String> {
    let detail_type = if detail.get("leftOn").is_some() {
        "AgentLeft"
    } else {
        "AgentSaved"
    };
    Declaration::read(detail_type, detail).map_err(|e| e.to_string())
}

fn declared(detail: &Value) -> Declaration {
    read(detail).expect("a declaration")
}

fn agent(detail: &Value) -> Saved {
    match declared(detail).word {
        Word::Saved(saved) => saved,
        Word::Left(_) => panic!("one who is there"),
    }
}

fn root() -> EntityId {
    EntityId::parse("EMS").expect("an id")
}

/// Returns what is known after words in this order.
fn known(words: &[&Value]) -> Known {
    words.iter().fold(Known::nothing(&root()), |known, word| {
        known.with(&declared(word)).unwrap_or(known)
    })
}

#[test]
fn an_agent_is_read_as_the_portal_says_with_the_address_in_its_one_spelling() {
    let agent = agent(&saved(3));
    assert_eq!(
        (agent.revision, agent.role, agent.invite),
        (3, Role::Agent, true)
    );
    assert_eq!(
        agent.email.expect("an address").as_str(),
        "zoe@ems.example.fr"
    );
    assert!(agent.permanent_guest.own && agent.active);
    assert!(declared(&saved(3)).repaired.is_empty());
}

#[test]
fn what_identifies_an_agent_or_says_what_they_may_do_is_needed() {
    for field in ["organisationId", "agentId", "revision", "entityId", "role"] {
        for unfit in [Value::Null, json!([]), json!(""), json!("no such thing!")] {
            if field == "agentId" && unfit == "no such thing!" {
                continue;
            }
            let reason = read(&with(saved(1), field, unfit.clone())).expect_err(field);
            assert!(reason.starts_with(&format!("{field}: ")), "{reason}");
            assert!(!reason.contains("such"), "{reason}");
        }
        assert!(read(&without(saved(1), field)).is_err(), "{field}");
    }
    for (field, unfit) in [
        ("active", json!("yes")),
        ("invite", json!(1)),
        ("permanentGuest", json!({"own": "yes"})),
        ("permanentGuest", json!([])),
        ("agentId", json!("x".repeat(129))),
        ("revision", json!(0)),
        ("revision", json!(1.5)),
        ("revision", json!(-1)),
    ] {
        assert!(read(&with(saved(1), field, unfit)).is_err(), "{field}");
    }
    for day in [json!(null), json!("soon"), json!(20_261_130)] {
        assert!(read(&with(left(1, ""), "leftOn", day)).is_err());
    }
}

#[test]
fn an_id_is_any_text_of_128_characters_and_is_shown_by_its_digest_alone() {
    let id = AgentId::parse(&"é".repeat(128)).expect("an id");
    assert!(AgentId::parse("").is_err() && AgentId::parse(&"é".repeat(129)).is_err());
    assert_eq!(format!("{id:?}"), "AgentId(…)");
    let name = AgentName::new(&root(), &id);
    assert_eq!(AgentName::parse(name.as_str()).expect("a name"), name);
    let cus = EntityId::parse("CUS").expect("an id");
    assert_ne!(AgentName::new(&cus, &id), name);
    // No two pairs of organisation and id have one name.
    let [of_e, of_em] = ["E", "EM"].map(|id| EntityId::parse(id).expect("an id"));
    let [ms, s] = ["MS", "S"].map(|id| AgentId::parse(id).expect("an id"));
    assert_ne!(AgentName::new(&of_e, &ms), AgentName::new(&of_em, &s));
}

#[test]
fn what_is_only_shown_is_repaired_or_left_out_and_rejects_nothing() {
    for field in [
        "email",
        "civility",
        "firstName",
        "lastName",
        "jobTitle",
        "phone",
    ] {
        for absent in [Value::Null, json!(""), json!("  ")] {
            let declared = declared(&with(saved(1), field, absent));
            assert_eq!(declared.repaired, Vec::<&str>::new(), "{field}");
        }
        for unfit in [json!({}), json!(["a"]), json!(true)] {
            assert_eq!(declared(&with(saved(1), field, unfit)).repaired, [field]);
        }
    }
    for unfit in ["zoe", "zoe@", "zoe petit@ems.example.fr", "@ems.example.fr"] {
        assert_eq!(agent(&with(saved(1), "email", json!(unfit))).email, None);
    }
    let named = agent(&with(saved(1), "firstName", json!("Zoé\r\n\u{202e}Anne")));
    assert_eq!(named.first_name.expect("a name").as_str(), "Zoé Anne");
    let linked = agent(&with(saved(1), "lastName", json!("http://evil.example.fr")));
    assert_eq!(linked.last_name, None);
    assert_eq!(agent(&with(saved(1), "phone", json!("soon"))).phone, None);
    assert_eq!(agent(&with(saved(1), "revision", json!(4.0))).revision, 4);
    let bare = agent(&without(
        without(without(saved(1), "active"), "invite"),
        "permanentGuest",
    ));
    assert_eq!(
        (bare.active, bare.invite, bare.permanent_guest.own),
        (true, false, false)
    );
}

#[test]
fn the_newest_word_of_each_kind_counts_in_whatever_order_they_come() {
    let mut first = with(saved(1), "role", json!("administrator"));
    first["entityId"] = json!("EMS-CULTURE");
    let (second, leaves) = (saved(3), left(2, "2026-11-30"));
    let words = [&first, &second, &leaves];
    let in_order = known(&[&first, &leaves, &second]);
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let order = order.map(|i: usize| words[i]);
        let mut twice = order.to_vec();
        twice.extend(order);
        for words in [order.as_slice(), &twice] {
            let known = known(words);
            assert_eq!(
                (&known.saved, &known.left),
                (&in_order.saved, &in_order.left)
            );
            assert_eq!(known.leaves_on(), None, "declared again since");
        }
    }
}

#[test]
fn the_same_or_an_older_revision_says_nothing_new() {
    let known = known(&[&saved(5)]);
    assert_eq!(
        known.with(&declared(&with(saved(5), "role", json!("administrator")))),
        None
    );
    assert_eq!(known.with(&declared(&saved(4))), None);
    let newer = known.with(&declared(&saved(6))).expect("news");
    assert_eq!(
        (newer.version, newer.revision()),
        (known.version + 1, Some(6))
    );
}

const LAST: Date = date(2026, 11, 30);

#[test]
fn whoever_leaves_works_until_their_last_day_is_over_also_where_that_was_said_first() {
    for words in [
        [saved(1), left(2, "2026-11-30")],
        [left(2, "2026-11-30"), saved(1)],
    ] {
        let known = known(&[&words[0], &words[1]]);
        assert_eq!(known.leaves_on(), Some(LAST));
        assert!(known.is_active(LAST));
        assert!(!known.is_active(LAST.tomorrow().expect("a day")));
    }
    assert!(
        !known(&[&left(2, "2026-11-30")]).is_active(LAST),
        "nobody was declared"
    );
    assert!(!known(&[&with(saved(1), "active", json!(false))]).is_active(LAST));
    let back = known(&[&saved(1), &left(2, "2026-11-30"), &saved(3)]);
    assert!(back.is_active(date(2027, 1, 1)));
}

#[test]
fn an_erasure_leaves_the_last_revision_alone_and_only_a_newer_one_brings_them_back() {
    for words in [
        vec![saved(4), left(7, "2026-11-30")],
        vec![saved(7), left(4, "2026-11-30")],
    ] {
        let mut before = known(&words.iter().collect::<Vec<_>>());
        before.account_id = AccountId::parse("a-1").ok();
        let erased = before.after_erasure();
        let stored = serde_json::to_value(&erased).expect("JSON");
        assert_eq!(
            stored,
            json!({"organisationId": "EMS", "erased": 7, "version": before.version + 1})
        );
        for again in [
            saved(4),
            saved(7),
            left(7, "2026-12-01"),
            left(5, "2026-12-01"),
        ] {
            assert_eq!(erased.with(&declared(&again)), None);
        }
        assert!(erased.with(&declared(&saved(8))).is_some());
        // A second erasure knows of the first.
        assert_eq!(erased.after_erasure().erased, Some(7));
    }
}

/// An account as it was declared, by these words.
fn new(id: &str, known: &Known, world: &World) -> Account {
    let id = AccountId::parse(id).expect("an id");
    let saved = known.saved.as_ref().expect("a word");
    settle::new_account(id, known, saved, world).expect("an account")
}

#[test]
fn what_was_said_of_an_agent_stays_with_them_when_another_account_becomes_theirs() {
    let now: Timestamp = "2026-11-24T08:00:00Z".parse().expect("a time");
    let world = |request: &str| World {
        now,
        today: date(2026, 11, 24),
        request: RequestId::parse(request).expect("an id"),
    };
    let quiet = with(saved(3), "invite", json!(false));
    let known = known(&[&quiet]);
    let there = new("a-1", &known, &world("r-1"));
    let email = |text: &str| Email::parse(text).ok();
    let (first, now_at) = (world("r-1"), world("r-2"));
    let mut former = there
        .clone()
        .with_address(email("old@x.example.fr"), false, &first);
    let mut heir =
        new("a-2", &known, &first).with_address(email("new@x.example.fr"), false, &first);
    heir.declared = None;
    let of = |former: Option<&Account>, heir: &Account| {
        settle::succeeding(heir, former, &known, Some(&root()), &now_at)
    };
    assert_eq!(
        of(Some(&former), &heir).invitation,
        None,
        "nobody invited them"
    );
    assert_eq!(of(Some(&former), &heir).role, Role::Agent);
    let invitation = Invitation::new(first.request.clone(), now);
    former.invitation = Some(invitation.clone());
    former.declared.as_mut().expect("declared").raised = Some(3);
    let after = of(Some(&former), &heir);
    assert_eq!(after.role, Role::Administrator);
    let request = after.invitation.map(|invitation| invitation.request_id);
    assert_eq!(request, Some(now_at.request.clone()), "invited here");
    assert_eq!(of(None, &heir).role, Role::Agent);
    // Their own invitation works, and who has a login needs none.
    heir.invitation = Some(invitation.clone());
    assert_eq!(of(Some(&former), &heir).invitation, Some(invitation));
    heir.accepted_invitation = heir.invitation.take().map(|accepted| accepted.request_id);
    assert_eq!(of(Some(&former), &heir).invitation, None);
}
