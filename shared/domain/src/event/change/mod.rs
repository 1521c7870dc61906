//! Changes of items, as events: the item before and after, and what that tells. Pure, so that
//! nothing is told that was not stored, and the same change tells the same (docs/decisions/002).

pub mod account;
pub mod directory;

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use crate::{
    account::{binding::RecoveryAsks, departure::HANDED_TO},
    audit::{Record, What},
    consultation::Phase,
    delivery::{Delivery, DeliveryState, TEST_ALERT},
    event::{
        AccountMailDue, AlertDue, AlertFailed, AlertSent, CANDIDATES, ConsultationReady, Event,
        FactRecorded, FavouriteAdded, FavouriteRemoved, KeyText, KindName, RecoveryDue,
        mail::AccountMailKind,
    },
    id::{AccountId, ConsultationId, LoginId, RequestId},
};

/// A change of one item. Its name is the same however often the change is read.
#[derive(Debug)]
pub struct Change<'a, T> {
    /// Its name.
    pub name: &'a str,
    /// The item before; `None` if it is new.
    pub before: Option<&'a T>,
    /// The item now; `None` if it is gone.
    pub after: Option<&'a T>,
}

impl<T> Clone for Change<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Change<'_, T> {}

impl<'a, T> Change<'a, T> {
    /// The name of one of several events of the change.
    fn part(&self, part: &str) -> String {
        format!("{}{part}", self.name)
    }

    /// The item, if it is new.
    fn inserted(&self) -> Option<&'a T> {
        self.after.filter(|_| self.before.is_none())
    }

    /// A part of the item that is there now and is another than before.
    fn became<P: PartialEq>(&self, part: impl Fn(&'a T) -> Option<P>) -> Option<P> {
        let now = part(self.after?)?;
        (self.before.and_then(part).as_ref() != Some(&now)).then_some(now)
    }
}

fn mail_due<T>(
    change: &Change<T>,
    account: &AccountId,
    mail: AccountMailKind,
    of: &RequestId,
) -> AccountMailDue {
    let name = change.part(&format!(".{}", mail.as_str()));
    AccountMailDue::new(name, account, mail, of)
}

/// Returns the event about a new request to be linked. The mailer finds out if there is anybody to
/// mail.
#[must_use]
pub fn link_request(
    change: Change<Value>,
    account: &AccountId,
    request: &RequestId,
) -> Option<Event> {
    change.inserted()?;
    Some(mail_due(&change, account, AccountMailKind::LinkRequest, request).into())
}

/// Returns the events of what a login asked for since. The mailer finds out if there is anybody to
/// mail.
#[must_use]
pub fn recovery_asks(change: Change<RecoveryAsks>, login: &LoginId) -> Vec<Event> {
    let none = RecoveryAsks::default();
    let (before, after) = (
        change.before.unwrap_or(&none),
        change.after.unwrap_or(&none),
    );
    let due = |request: &RequestId| RecoveryDue {
        event_id: change.part(&format!(".{request}")),
        login_id: login.clone(),
        request_id: request.clone(),
    };
    let newer = after.newer_than(before).into_iter();
    newer.map(|request| due(request).into()).collect()
}

/// Tells an agent what others did to their account, or took back of their own, as the account's
/// copy of the audit says.
#[must_use]
pub fn audited(change: Change<Record>, account: &AccountId, entry: &RequestId) -> Option<Event> {
    let record = change.inserted()?;
    let is_target = record.target_account_id.as_ref() == Some(account);
    let mail = match record.what {
        What::AgentChanged | What::AgentLeft if is_target => AccountMailKind::AccountChanged,
        // Withdrawn by no administrator, whose own copy would say so: its address was yielded.
        What::AgentWithdrawn if record.actor_account_id.is_none() => {
            AccountMailKind::InvitationWithdrawn
        }
        What::AdministratorsGone if !is_target => AccountMailKind::AdministratorsGone,
        What::AgentHandedOver if is_target || receives(record, account) => {
            AccountMailKind::HandedOver
        }
        What::ErasureAnnounced if is_target => AccountMailKind::ErasureAnnounced,
        What::AccountsLinked => AccountMailKind::AccountsLinked,
        What::AbsenceChanged if is_target => AccountMailKind::AbsenceChanged,
        What::RecoveryWaits | What::RecoveryStopped | What::AccountRecovered if is_target => {
            AccountMailKind::AccountRecovered
        }
        _ => return None,
    };
    Some(mail_due(&change, account, mail, entry).into())
}

/// True if an account follows now what somebody else alone had followed.
fn receives(record: &Record, account: &AccountId) -> bool {
    let mut changes = record.changes.iter();
    changes.any(|of| of.field == HANDED_TO && of.after.as_deref() == Some(account.as_str()))
}

/// Returns the events of a delivery: its alert went, or did not; and whom it stood in for, if it
/// did not arrive.
#[must_use]
pub fn delivery(change: Change<Delivery>, account: &AccountId) -> Vec<Event> {
    let Some(after) = change.after else {
        return Vec::new();
    };
    if change.before.is_none() && after.kind == TEST_ALERT {
        return test_alert(change, account, after).into_iter().collect();
    }
    let (Some(consultation_id), Ok(kind), Ok(fact_key)) = (
        after.consultation_id.clone(),
        KindName::new(after.kind.clone()),
        KeyText::new(after.key.clone()),
    ) else {
        return Vec::new();
    };
    let before = change.before.map(|before| before.state);
    if before == Some(after.state) {
        return Vec::new();
    }
    let (event_id, account_id) = (change.name.to_owned(), account.clone());
    let mut events: Vec<Event> = Vec::new();
    if after.state == DeliveryState::Failed {
        let reason = after.reason.clone().unwrap_or_default();
        let (consultation_id, kind, fact_key) =
            (consultation_id.clone(), kind.clone(), fact_key.clone());
        events.push(
            AlertFailed {
                event_id,
                account_id,
                consultation_id,
                kind,
                fact_key,
                reason,
            }
            .into(),
        );
    } else if after.state.was_sent() && !before.is_some_and(DeliveryState::was_sent) {
        // SES's report about a mail can be recorded before the sender's own result.
        let (consultation_id, kind, fact_key) =
            (consultation_id.clone(), kind.clone(), fact_key.clone());
        events.push(
            AlertSent {
                event_id,
                account_id,
                consultation_id,
                kind,
                fact_key,
            }
            .into(),
        );
    }
    if matches!(after.state, DeliveryState::Bounced | DeliveryState::Failed) {
        let absentees: Vec<_> = after.stands_in_for.iter().cloned().collect();
        events.extend(
            absentees
                .chunks(CANDIDATES)
                .enumerate()
                .map(|(i, absentees)| {
                    let untold = AlertDue {
                        event_id: change.part(&format!(".{i}")),
                        consultation_id: consultation_id.clone(),
                        kind: kind.clone(),
                        fact_key: fact_key.clone(),
                        account_ids: absentees.iter().cloned().collect(),
                        entity_path: Vec::new(),
                        delegate_id: Some(account.clone()),
                    };
                    untold.into()
                }),
        );
    }
    events
}

/// A delivery that is recorded before anybody sends it: the agent asked for it.
fn test_alert(change: Change<Delivery>, account: &AccountId, after: &Delivery) -> Option<Event> {
    let (request, _) = after.key.split_once('+')?;
    let request = RequestId::parse(request).ok()?;
    Some(mail_due(&change, account, AccountMailKind::Test, &request).into())
}

/// A consultation, as far as it says whether facts about it can be told.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Readiness {
    /// Its phase.
    phase: Phase,
    /// There once its automatic favourites were given.
    #[serde(default)]
    stars_given: Option<bool>,
    /// The accounts that could not be read then, and have theirs still to come.
    #[serde(default)]
    stars_owed: BTreeSet<String>,
    /// Time at which somebody whom it names and who follows it became known.
    #[serde(default)]
    follower_known_at: Option<String>,
}

/// Returns the event of a consultation that is ready for the facts that overtook it: its automatic
/// favourites were given, it starts beyond drafting, where it gets none, or somebody became known
/// whom it names and who follows it.
#[must_use]
pub fn consultation(change: Change<Readiness>, id: &ConsultationId) -> Option<Event> {
    let after = change.after?;
    let beyond_drafting = change.before.is_none() && after.phase != Phase::Drafting;
    // Given later, since their accounts could not be read before.
    let given_late = change.before.is_some_and(|before| {
        before.stars_given.is_some()
            && !before.stars_owed.is_empty()
            && before.stars_owed != after.stars_owed
    });
    let given = change.became(|of| of.stars_given).is_some();
    let known = change.became(|of| of.follower_known_at.clone()).is_some();
    let ready = ConsultationReady {
        event_id: change.name.to_owned(),
        consultation_id: id.clone(),
        after: None,
    };
    (beyond_drafting || given || given_late || known).then(|| ready.into())
}

/// Returns the event of a new fact.
#[must_use]
pub fn fact(
    change: Change<Value>,
    id: &ConsultationId,
    kind: &KindName,
    key: &KeyText,
) -> Option<Event> {
    change.inserted()?;
    let recorded = FactRecorded {
        event_id: change.name.to_owned(),
        consultation_id: id.clone(),
        kind: kind.clone(),
        fact_key: key.clone(),
        after: None,
    };
    Some(recorded.into())
}

/// A favourite, as far as it says whether it is one, or the tombstone of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Star {
    #[serde(default)]
    starred: bool,
}

/// Returns the event of a star that was given or taken.
#[must_use]
pub fn favourite(change: Change<Star>, id: &ConsultationId, account: &AccountId) -> Option<Event> {
    let starred = |of: Option<&Star>| of.is_some_and(|star| star.starred);
    let (event_id, account_id) = (change.name.to_owned(), account.clone());
    let consultation_id = id.clone();
    match (starred(change.before), starred(change.after)) {
        (false, true) => Some(
            FavouriteAdded {
                event_id,
                account_id,
                consultation_id,
            }
            .into(),
        ),
        (true, false) => Some(
            FavouriteRemoved {
                event_id,
                account_id,
                consultation_id,
            }
            .into(),
        ),
        _ => None,
    }
}
