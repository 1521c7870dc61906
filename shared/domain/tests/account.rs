//! The mails that an account may cause, and where its requests stand.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::json;
use vigie_domain::{
    account::{
        Account, Confirmation, EmailStatus, MAILS_PER_HOUR, MailQuota, PendingEmail, Role,
        invitation::{Acceptance, Invitation},
        preferences::{Alerts, AutomaticFavourites, Kind, Mode, Rule},
        reservation::is_reserved,
    },
    contact::{Contact, email::Email},
    id::{AccountId, EntityId, RequestId},
    text::Text,
    token::LINK_LIFETIME,
};

const START: i64 = 1_795_507_200_000;
const HOUR: i64 = 3_600_000;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(START + millis).unwrap()
}

/// The quota after a mail was asked for at each of these moments, and which of them it granted.
fn asked(moments: &[i64]) -> (MailQuota, Vec<i64>) {
    let mut quota = MailQuota::default();
    let granted = moments
        .iter()
        .copied()
        .filter(|moment| quota.take(at(*moment)).is_ok())
        .collect();
    (quota, granted)
}

/// Moments in their order, close enough together to meet the limit.
fn moments() -> impl Strategy<Value = Vec<i64>> {
    let pause = prop_oneof![Just(0_i64), 1..1000_i64, 1..HOUR / 3, HOUR - 1..=HOUR + 1];
    prop::collection::vec(pause, 0..40).prop_map(|pauses| {
        let passed = |now: &mut i64, pause: i64| {
            *now += pause;
            Some(*now)
        };
        pauses.into_iter().scan(0, passed).collect()
    })
}

proptest! {
    #[test]
    fn a_mail_is_granted_as_long_as_the_last_hour_had_fewer_than_five(moments in moments()) {
        let mut quota = MailQuota::default();
        let mut granted: Vec<i64> = Vec::new();
        for now in moments {
            let lately = granted.iter().filter(|then| now - **then < HOUR).count();
            prop_assert_eq!(quota.take(at(now)).is_ok(), lately < MAILS_PER_HOUR);
            if lately < MAILS_PER_HOUR {
                granted.push(now);
            }
        }
        for (i, first) in granted.iter().enumerate() {
            prop_assert!(granted[i..].iter().filter(|then| *then - first < HOUR).count() <= MAILS_PER_HOUR);
        }
    }

    #[test]
    fn who_waits_as_long_as_told_is_let_in_and_not_a_second_earlier(moments in moments()) {
        let (quota, _) = asked(&moments);
        let now = moments.last().copied().unwrap_or_default();
        if let Err(seconds) = quota.clone().take(at(now)) {
            prop_assert!((1..=3600).contains(&seconds));
            prop_assert!(quota.clone().take(at(now + 1000 * seconds)).is_ok());
            prop_assert!(quota.clone().take(at(now + 1000 * (seconds - 1))).is_err());
        }
    }

    #[test]
    fn asking_in_vain_costs_nothing(moments in moments(), vain in 1..10_usize) {
        let (quota, granted) = asked(&moments);
        let now = moments.last().copied().unwrap_or_default();
        let mut insistent = quota.clone();
        if let Err(seconds) = insistent.take(at(now)) {
            for _ in 0..vain {
                prop_assert_eq!(insistent.take(at(now)), Err(seconds));
            }
            prop_assert!(insistent.take(at(now + 1000 * seconds)).is_ok());
            prop_assert!(granted.len() >= MAILS_PER_HOUR);
        }
    }

    #[test]
    fn no_more_is_remembered_than_an_hour_s_mails(moments in moments()) {
        let (quota, _) = asked(&moments);
        let stored = serde_json::to_value(&quota).unwrap();
        prop_assert!(stored.as_array().unwrap().len() <= MAILS_PER_HOUR);
        prop_assert_eq!(serde_json::from_value::<MailQuota>(stored).unwrap(), quota);
    }

    #[test]
    fn clocks_that_disagree_never_grant_more(moments in prop::collection::vec(0..2 * HOUR, 0..40)) {
        let mut quota = MailQuota::default();
        for moment in moments {
            match quota.take(at(moment)) {
                Ok(()) => prop_assert!(serde_json::to_value(&quota).unwrap().as_array().unwrap().len() <= MAILS_PER_HOUR),
                Err(seconds) => prop_assert!(seconds >= 1),
            }
        }
    }

    #[test]
    fn a_confirmation_waits_for_its_own_request_and_only_until_it_expires(
        pending in prop::option::of("[abc]"),
        confirmed in prop::option::of("[abc]"),
        request in "[abc]",
        active: bool,
        now in -2..=2_i64,
    ) {
        let mut account = Account { active, ..account() };
        let address = Email::parse("new@example.fr").unwrap();
        account.confirmed_request = confirmed.as_ref().map(|request| id(request));
        account.pending_email = pending.as_ref().map(|request| PendingEmail { address: address.clone(), request_id: id(request), expires_at: at(0), attempt: 1, by_portal: false, by_administrator: false });
        let expected = if confirmed.as_ref() == Some(&request) {
            Confirmation::Done
        } else if pending.as_ref() != Some(&request) {
            Confirmation::Unknown
        } else if now >= 0 {
            Confirmation::Expired
        } else if active {
            Confirmation::Waits(&address)
        } else {
            Confirmation::Unknown
        };
        prop_assert_eq!(account.confirmation(&id(&request), at(now)), expected);
    }

    #[test]
    fn an_invitation_waits_for_its_own_request_and_only_until_it_expires(
        invited in prop::option::of("[abc]"),
        accepted in prop::option::of("[abc]"),
        request in "[abc]",
        active: bool,
        now in -2..=2_i64,
    ) {
        let invitation = |request: &String| Invitation { expires_at: at(0), ..Invitation::new(id(request), at(0)) };
        let account = Account {
            active,
            invitation: invited.as_ref().map(invitation),
            accepted_invitation: accepted.as_ref().map(|request| id(request)),
            ..account()
        };
        let expected = if !active {
            Acceptance::Unknown
        } else if accepted.as_ref() == Some(&request) {
            Acceptance::Done
        } else if invited.as_ref() != Some(&request) {
            Acceptance::Unknown
        } else if now < 0 {
            Acceptance::Waits
        } else {
            Acceptance::Expired
        };
        prop_assert_eq!(account.acceptance(&id(&request), at(now)), expected);
    }

    #[test]
    fn only_a_new_address_or_one_that_nobody_confirmed_is_asked_for(
        new: bool,
        named: bool,
        status in prop::sample::select(vec![EmailStatus::Confirmed, EmailStatus::Unconfirmed, EmailStatus::Undeliverable]),
    ) {
        let before = Account { email_status: status, ..account() };
        let address = if new { Email::parse("new@example.fr").unwrap() } else { before.contact.email.clone().unwrap() };
        let asked = Contact { email: Some(address.clone()), job_title: Some(Text::parse("Acheteuse").unwrap()), ..before.contact.clone() };
        let mut after = before.clone();
        let mailed = after.change_contact(asked.clone(), named, id("r-2"), at(5)).unwrap();
        prop_assert_eq!(mailed, new || (named && status != EmailStatus::Confirmed));
        let pending = PendingEmail { address, request_id: id("r-2"), expires_at: at(5) + LINK_LIFETIME, attempt: 1, by_portal: false, by_administrator: false };
        prop_assert_eq!(&after.pending_email, &mailed.then_some(pending));
        prop_assert_eq!(&after.contact, &Contact { email: before.contact.email.clone(), ..asked });
        prop_assert_eq!(after.email_status, before.email_status);
        prop_assert_eq!(after.mail_quota == before.mail_quota, !mailed);
    }
}

/// An account that its portal declared without an address.
fn declared() -> Account {
    let Account {
        id,
        entity_id,
        role,
        contact,
        ..
    } = account();
    let without = Contact {
        email: None,
        ..contact
    };
    Account::declare(id, entity_id, role, without)
}

#[test]
fn a_declared_account_has_no_invitation_and_an_unconfirmed_address_or_none() {
    let without = declared();
    let with = Account::declare(
        without.id.clone(),
        without.entity_id.clone(),
        Role::Agent,
        account().contact,
    );
    assert_eq!(
        (without.email_status, with.email_status),
        (EmailStatus::None, EmailStatus::Unconfirmed)
    );
    for account in [&without, &with] {
        assert_eq!(
            (&account.invitation, account.confirmed_email()),
            (&None, None)
        );
    }
    // Nobody has shown that they read it, so that it is only reserved.
    assert!(is_reserved(&with) && !is_reserved(&without));
    let confirmed = Account {
        email_status: EmailStatus::Confirmed,
        ..with.clone()
    };
    assert_eq!(confirmed.confirmed_email(), with.contact.email.as_ref());
    assert!(!is_reserved(&confirmed));
}

#[test]
fn an_owner_without_an_address_is_asked_for_the_one_that_they_give_and_replaces_none() {
    let before = declared();
    let mut after = before.clone();
    let unchanged = before.contact.clone();
    assert_eq!(
        after.change_contact(unchanged, true, id("r-2"), at(5)),
        Ok(false)
    );
    assert_eq!(after, before);
    let asked = account().contact;
    assert_eq!(
        after.change_contact(asked.clone(), true, id("r-2"), at(5)),
        Ok(true)
    );
    let pending = after.pending_email.as_ref().map(|pending| &pending.address);
    assert_eq!(
        (pending, &after.contact.email),
        (asked.email.as_ref(), &None)
    );
    assert_eq!(after.former_after(&id("r-2"), at(6)), []);
}

fn id(id: &str) -> RequestId {
    RequestId::parse(id).unwrap()
}

#[test]
fn details_that_change_without_the_address_leave_the_request_that_waits() {
    let mut account = account();
    let pending = PendingEmail::new(Email::parse("new@example.fr").unwrap(), id("r-2"), at(0));
    account.pending_email = Some(pending.clone());
    let asked = Contact {
        job_title: Some(Text::parse("Acheteuse").unwrap()),
        ..account.contact.clone()
    };
    assert_eq!(
        account.change_contact(asked, false, id("r-3"), at(1)),
        Ok(false)
    );
    assert_eq!(account.pending_email, Some(pending));
}

#[test]
fn once_too_many_mails_were_asked_for_nothing_changes() {
    let mut account = account();
    let asked = |n: i64| Contact {
        email: Email::parse(&format!("new{n}@example.fr")).ok(),
        ..self::account().contact
    };
    for n in 0..5 {
        assert_eq!(
            account.change_contact(asked(n), true, id("r-2"), at(n)),
            Ok(true)
        );
    }
    let before = account.clone();
    assert_eq!(
        account.change_contact(asked(5), true, id("r-3"), at(5)),
        Err(3600)
    );
    assert_eq!(account, before);
}

#[test]
fn a_link_that_is_sent_again_is_the_same_for_seven_more_days() {
    let mut pending = PendingEmail::new(Email::parse("new@example.fr").unwrap(), id("r-2"), at(0));
    let first = pending.clone();
    assert_eq!(
        (first.attempt, first.expires_at),
        (1, at(0) + LINK_LIFETIME)
    );
    pending.send_again(at(7));
    assert_eq!(
        pending,
        PendingEmail {
            attempt: 2,
            expires_at: at(7) + LINK_LIFETIME,
            ..first
        }
    );
}

#[test]
fn an_account_that_nobody_accepts_is_kept_for_thirty_days() {
    let invitation = Invitation::new(id("r-1"), at(0));
    assert_eq!(
        invitation.account_kept_until(),
        at(0) + SignedDuration::from_hours(30 * 24)
    );
}

fn account() -> Account {
    let contact = json!({"firstName": "Zoé", "lastName": "Durand", "email": "zoe@example.fr"});
    let contact = Contact::from_json(&contact).unwrap();
    let (id, entity) = (
        AccountId::parse("a-1").unwrap(),
        EntityId::parse("EMS").unwrap(),
    );
    Account::invite(
        id,
        entity,
        Role::Agent,
        contact,
        RequestId::parse("r-1").unwrap(),
        at(0),
    )
}

#[test]
fn the_hour_ends_on_the_millisecond() {
    let (quota, granted) = asked(&[0; 5]);
    assert_eq!(granted.len(), 5);
    assert_eq!(quota.clone().take(at(0)), Err(3600));
    assert_eq!(quota.clone().take(at(1)), Err(3600));
    assert_eq!(quota.clone().take(at(HOUR - 1)), Err(1));
    assert_eq!(quota.clone().take(at(HOUR)), Ok(()));
}

#[test]
fn an_invited_account_gets_no_alert_and_has_no_rights_yet() {
    let account = account();
    let stored = serde_json::to_value(&account).unwrap();
    assert_eq!(account.version, 1);
    assert!(account.active);
    assert_eq!(account.email_status, EmailStatus::Unconfirmed);
    assert!(
        stored["alerts"]["kinds"]
            .as_object()
            .unwrap()
            .values()
            .all(|mode| mode == "off"),
        "{stored}"
    );
    assert_eq!(
        stored["permanentGuest"],
        json!({"own": false, "dependent": false, "transverse": false})
    );
    assert_eq!(stored["places"], json!([]));
    assert_eq!(
        account.invitation.unwrap().expires_at,
        at(0) + LINK_LIFETIME
    );
    assert_eq!(LINK_LIFETIME, SignedDuration::from_hours(168));
}

#[test]
fn an_account_is_read_back_as_it_was_stored() {
    let mut account = account();
    for pending in [false, true] {
        account.pending_email = pending.then(|| PendingEmail {
            address: Email::parse("new@example.fr").unwrap(),
            request_id: RequestId::parse("r-2").unwrap(),
            expires_at: at(1),
            attempt: 2,
            by_portal: false,
            by_administrator: false,
        });
        let stored = serde_json::to_value(&account).unwrap();
        assert_eq!(serde_json::from_value::<Account>(stored).unwrap(), account);
    }
}

#[test]
fn a_proposal_is_for_who_has_chosen_nothing_and_leaves_out_what_they_may_not() {
    let mut new = account();
    new.permanent_guest.dependent = true;
    let mut defaults = Alerts::default();
    defaults.kinds.set(Kind::TenderReceived, Mode::Immediate);
    defaults.automatic_favourites = AutomaticFavourites {
        mine: false,
        own_entity: true,
        dependent_entities: true,
        transverse_entities: true,
    };
    let proposal = new.proposal(&defaults).expect("a proposal");
    assert_eq!(proposal.kinds, defaults.kinds);
    let rules = proposal.automatic_favourites;
    let on: Vec<_> = Rule::ALL
        .into_iter()
        .filter(|rule| rules.is_on(*rule))
        .collect();
    assert_eq!(on, [Rule::DependentEntities]);
    let mut chosen = new.clone();
    chosen.alerts.kinds.set(Kind::NoticeRejected, Mode::Daily);
    assert_eq!(chosen.proposal(&defaults), None);
    new.accepted_invitation = new
        .invitation
        .take()
        .map(|invitation| invitation.request_id);
    assert_eq!(new.proposal(&defaults), None);
}
