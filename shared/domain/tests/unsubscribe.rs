//! A link that switches one kind off, for a year.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use vigie_domain::{
    account::preferences::Kind,
    delivery::{
        asked::Asked,
        unsubscribe::{Choice, Unsubscribe},
    },
    id::{AccountId, ConsultationId, RequestId},
    token::{Purpose, Token, TokenKeys, Verdict},
};

fn account() -> AccountId {
    AccountId::parse("01939c0e-0000-7000-8000-000000000002").unwrap()
}

fn choice() -> impl Strategy<Value = Choice> {
    prop_oneof![
        prop::sample::select(&Kind::ALL[..]).prop_map(Choice::Kind),
        (
            prop::collection::btree_set(prop::sample::select(&Kind::ALL[..]), 1..8),
            any::<bool>()
        )
            .prop_map(|(kinds, daily)| Choice::Told { kinds, daily }),
        Just(Choice::StandingIn(account())),
        prop::sample::select(&[Asked::LinkRequest, Asked::Delegation][..]).prop_map(Choice::Asked),
        // The longest identifier that the portal may make.
        "[A-Za-z0-9._-]{1,128}"
            .prop_map(|id| Choice::Consultation(ConsultationId::parse(&id).unwrap())),
    ]
}

proptest! {
    #[test]
    fn a_link_says_what_it_was_made_for_and_lasts_a_year(choice in choice(), second in 0..4_102_444_800_i64) {
        let now = Timestamp::from_second(second).unwrap();
        let link = Unsubscribe::new(account(), choice, now);
        let secret = (1, "a key of at least thirty-two characters".to_owned());
        let key = TokenKeys::new(&[secret].into()).unwrap();
        let signed = key.sign(&link.token().unwrap());
        prop_assert!(signed.bytes().all(|b| b.is_ascii_alphanumeric() || b"._~-".contains(&b)));
        let Verdict::Made(token) = key.verify(Purpose::Unsubscribe, &signed) else {
            return Err(TestCaseError::fail("not made here"));
        };
        prop_assert_eq!(Unsubscribe::of(&token), Some(link.clone()));
        prop_assert_eq!(key.verify(Purpose::Confirmation, &signed), Verdict::Refused);
        prop_assert_eq!(key.verify(Purpose::Invitation, &signed), Verdict::Refused);
        for (days, expired) in [(0, false), (365, false), (366, true), (4000, true)] {
            prop_assert_eq!(link.has_expired(now + SignedDuration::from_hours(24 * days)), expired, "{} days", days);
        }
    }
}

#[test]
fn what_a_link_did_to_a_consultation_can_be_taken_back_for_a_day_by_another_link() {
    let now: Timestamp = "2026-11-24T23:59:59Z".parse().unwrap();
    let consultation = ConsultationId::parse(&"c.".repeat(64)).unwrap();
    let since: Timestamp = "2026-11-24T08:00:00.123Z".parse().unwrap();
    let star = Choice::ConsultationAgain {
        consultation,
        since,
    };
    let undo = Unsubscribe::new(account(), star, now);
    assert_eq!(Unsubscribe::of(&undo.token().unwrap()), Some(undo.clone()));
    for (hours, expired) in [(0, false), (24, false), (25, true)] {
        assert_eq!(
            undo.has_expired(now + SignedDuration::from_hours(hours)),
            expired,
            "{hours} hours"
        );
    }
}

#[test]
fn what_names_no_kind_or_is_for_something_else_says_nothing() {
    let token = |purpose, request: &str| Token {
        purpose,
        account: account(),
        request: RequestId::parse(request).unwrap(),
    };
    for request in [
        "tenderReceived",
        "tenderReceived.",
        "tenderReceived.x",
        "everything.20000",
        ".20000",
        "TenderReceived.20000",
        "daily.20000",
        "delegation.r.20000",
        "delegate..20000",
        "told.20000",
        &format!("told.{}.20000", 1 << Kind::ALL.len()),
        "told.-1.20000",
        "toldDaily.x.20000",
        "consultation.20000",
        "consultation..20000",
        "consultationAgain.20000",
        "consultationAgain.c-1.20000",
        "consultationAgain.0..20000",
        "consultationAgain.x.c-1.20000",
    ] {
        assert_eq!(
            Unsubscribe::of(&token(Purpose::Unsubscribe, request)),
            None,
            "{request}"
        );
    }
    assert!(Unsubscribe::of(&token(Purpose::Unsubscribe, "tenderReceived.20000")).is_some());
    assert_eq!(
        Unsubscribe::of(&token(Purpose::Confirmation, "tenderReceived.20000")),
        None
    );
}
