//! Changes of items, as events: the item before and after, and what that tells. Pure, so that
//! nothing is told that was not stored, and the same change tells the same (docs/decisions/002).

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use crate::{
    account::{Account, EmailStatus, binding::RecoveryAsks, departure::HANDED_TO},
    audit::{Record, What},
    consultation::Phase,
    delivery::{Delivery, DeliveryState, TEST_ALERT},
    directory::{agent::AgentName, inviting::Inviting},
    event::{
        AccountCreated, AccountEmailChanged, AccountMailDue, AccountMailKind, AccountNamed,
        AgentDue, AlertDue, AlertFailed, AlertSent, CANDIDATES, ConsultationReady, DirectoryReady,
        EntityCame, Event, FactRecorded, FavouriteAdded, FavouriteRemoved, HandoverDue,
        InvitationsDue, KeyText, KindName, PreferencesChanged, RecoveryDue,
    },
    id::{AccountId, ConsultationId, EntityId, LoginId, RequestId},
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

/// Mails of one account that a change makes due.
struct Mails<'a> {
    account: &'a AccountId,
    due: Vec<Event>,
}

impl Mails<'_> {
    fn push<T>(&mut self, change: Change<T>, mail: AccountMailKind, of: &RequestId, attempt: u32) {
        let due = mail_due(&change, self.account, mail, of);
        self.due.push(AccountMailDue { attempt, ..due }.into());
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

/// Returns the events of a changed account: created, another address, other choices, and the mails
/// that are due by it. They start here, so that a crash after the write cannot lose one.
#[must_use]
pub fn account(change: Change<Account>) -> Vec<Event> {
    let Some(after) = change.after else {
        return Vec::new();
    };
    let (id, name) = (&after.id, change.name);
    let mut events = Vec::new();
    if let Some(before) = change.before {
        if before.contact.email != after.contact.email && after.confirmed_email().is_some() {
            let (event_id, account_id) = (name.to_owned(), id.clone());
            events.push(
                AccountEmailChanged {
                    event_id,
                    account_id,
                }
                .into(),
            );
        }
        let choices = |of: &Account| (of.alerts.clone(), of.places.clone(), of.absence.clone());
        if choices(before) != choices(after) {
            let (event_id, account_id) = (change.part(".preferences"), id.clone());
            events.push(
                PreferencesChanged {
                    event_id,
                    account_id,
                }
                .into(),
            );
        }
    } else {
        let (event_id, account_id) = (name.to_owned(), id.clone());
        events.push(
            AccountCreated {
                event_id,
                account_id,
            }
            .into(),
        );
    }
    events.extend(named(change));
    events.extend(handed_over(change));
    events.extend(mails(change, after));
    events
}

/// Its owner has shown that they read its address, and it is another one than before.
fn named(change: Change<Account>) -> Option<Event> {
    change.became(Account::confirmed_address)?;
    let named = AccountNamed {
        event_id: change.part(".address"),
        account_id: change.after?.id.clone(),
        agent: None,
        after: None,
    };
    Some(named.into())
}

/// Somebody was asked for to whom what the account alone follows is given.
fn handed_over(change: Change<Account>) -> Option<Event> {
    let due = HandoverDue {
        event_id: change.part(".handover"),
        account_id: change.after?.id.clone(),
        request_id: change.became(|of| Some(of.handover.as_ref()?.request_id.clone()))?,
        after: None,
    };
    Some(due.into())
}

/// An agent's name, as far as it says whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Owner {
    /// The account of the agent, once there is one.
    #[serde(default)]
    account_id: Option<AccountId>,
}

/// Returns the event of an account that has the name of an agent now.
#[must_use]
pub fn agent_name(change: Change<Owner>, name: &AgentName) -> Option<Event> {
    let named = AccountNamed {
        event_id: change.name.to_owned(),
        account_id: change.became(|of| of.account_id.clone())?,
        agent: Some(name.clone()),
        after: None,
    };
    Some(named.into())
}

fn mails(change: Change<Account>, after: &Account) -> Vec<Event> {
    use AccountMailKind::{
        Confirmation, Delegation, EmailChangeNotice, Invitation, Recovery, Undeliverable,
    };
    let mut mails = Mails {
        account: &after.id,
        due: Vec::new(),
    };
    let invitation = |of: &Account| Some(of.invitation.as_ref()?.request_id.clone());
    if let Some(request) = change.became(invitation) {
        mails.push(change, Invitation, &request, 1);
    }
    let delegation =
        |of: &Account| Some(of.absence.as_ref()?.delegate.as_ref()?.request_id.clone());
    if let Some(request) = change.became(delegation) {
        mails.push(change, Delegation, &request, 1);
    }
    let recovery = |of: &Account| Some(of.binding.link.as_ref()?.request_id.clone());
    if let Some(request) = change.became(recovery) {
        mails.push(change, Recovery, &request, 1);
    }
    let stopped = |of: &Account| Some(of.undeliverable.as_ref()?.request_id.clone());
    if let Some(request) = change.became(stopped) {
        mails.push(change, Undeliverable, &request, 1);
    }
    mails.due.extend(missed(change));
    let asked = |of: &Account| Some(of.pending_email.as_ref()?.request_id.clone());
    if let Some(request) = change.became(asked) {
        // First the old address: once the new one is confirmed nobody knows it any more.
        mails.push(change, EmailChangeNotice, &request, 1);
    }
    let sent = |of: &Account| {
        let pending = of.pending_email.as_ref()?;
        Some((pending.request_id.clone(), pending.attempt))
    };
    if let Some((request, attempt)) = change.became(sent) {
        mails.push(change, Confirmation, &request, attempt);
    }
    mails.due
}

/// An address is confirmed that was before, or to which mails had come back. What came back, if
/// anything, is found out when it is told.
fn missed(change: Change<Account>) -> Option<Event> {
    let (before, after) = (change.before?, change.after?);
    let lifted = before.undeliverable.is_some() && after.undeliverable.is_none()
        || !before.soft_bounces.is_empty() && after.soft_bounces.is_empty()
        || before.confirmed_at.is_some() && before.confirmed_at != after.confirmed_at;
    let stopped = before.undeliverable.as_ref();
    let request = stopped.map_or(after.confirmed_request.as_ref(), |stop| {
        Some(&stop.request_id)
    })?;
    if !lifted || after.email_status != EmailStatus::Confirmed {
        return None;
    }
    let due = mail_due(&change, &after.id, AccountMailKind::MissedAlerts, request);
    let missed = AccountMailDue {
        since: stopped.map(|stop| stop.since),
        confirmed_at: before.confirmed_at,
        ..due
    };
    Some(missed.into())
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
    /// When somebody whom it names and who follows it became known.
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

/// An entity, as far as it says who may come to it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ground {
    /// Of a root: grows with each change of its tree.
    #[serde(default)]
    tree_version: Option<u64>,
    /// There while it is about to go, and takes nobody in.
    #[serde(default)]
    removing: bool,
}

/// Returns the events of an entity for which others may have waited: it came, stays after all, or
/// its tree has changed.
#[must_use]
pub fn entity(change: Change<Ground>, id: &EntityId) -> Vec<Event> {
    let Some(after) = change.after else {
        return Vec::new();
    };
    let awaited = change.before.is_none_or(|before| {
        before.removing && !after.removing || before.tree_version != after.tree_version
    });
    let came = change.inserted().map(|_| {
        let came = EntityCame {
            event_id: change.part(".came"),
            entity_id: id.clone(),
            after: None,
        };
        came.into()
    });
    let ready = awaited.then(|| ready(&change, id));
    ready.into_iter().chain(came).collect()
}

/// Returns the event of what left an entity, which may be about to go: an agent, or an entity right
/// below it.
#[must_use]
pub fn left(change: Change<Value>, id: &EntityId) -> Option<Event> {
    let left = change.before.is_some() && change.after.is_none();
    left.then(|| ready(&change, id))
}

/// Returns the event of invitations that go on at once. The scheduler tells of those that wait for
/// their turn.
#[must_use]
pub fn inviting(change: Change<Inviting>, id: &EntityId) -> Option<Event> {
    let step = change.became(|of| Some(of.step))?;
    let goes = change
        .after
        .is_some_and(|after| after.goes() && !after.waits);
    let due = InvitationsDue {
        event_id: change.name.to_owned(),
        entity_id: id.clone(),
        step,
    };
    goes.then(|| due.into())
}

fn ready<T>(change: &Change<T>, id: &EntityId) -> Event {
    let ready = DirectoryReady {
        event_id: change.name.to_owned(),
        entity_id: id.clone(),
        after: None,
    };
    ready.into()
}

/// The guard of an address, as far as it says who has it and who waits for it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Guard {
    owner: String,
    #[serde(default)]
    awaited_by: BTreeSet<AgentName>,
}

/// Returns the events of an address that its owner let go of: those who waited for it are looked at
/// again, whoever has it now.
#[must_use]
pub fn guard(change: Change<Guard>) -> Vec<Event> {
    let Some(before) = change.before else {
        return Vec::new();
    };
    if change
        .after
        .is_some_and(|after| after.owner == before.owner)
    {
        return Vec::new();
    }
    let due = |agent: &AgentName| {
        let due = AgentDue {
            event_id: change.part(&format!(".{agent}")),
            agent: agent.clone(),
        };
        due.into()
    };
    before.awaited_by.iter().map(due).collect()
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
