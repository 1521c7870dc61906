//! Changes of accounts: what others are told, and the mails that are due by them.

use serde::Deserialize;

use super::{Change, mail_due};
use crate::{
    account::{Account, EmailStatus},
    directory::agent::AgentName,
    event::{
        AccountCreated, AccountEmailChanged, AccountMailDue, AccountNamed, Event, HandoverDue,
        PreferencesChanged, mail::AccountMailKind,
    },
    id::{AccountId, RequestId},
};

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

/// Returns the events of a changed account: created, another address, other choices, and the mails
/// that are due by it. They start here, so that a crash after the write cannot lose one.
#[must_use]
pub fn changed(change: Change<Account>) -> Vec<Event> {
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

/// The item under an agent's name, as far as it says whose the name is.
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
