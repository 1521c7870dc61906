//! Scheduled work: what has to be done at a time, as an entry that stays until it is done. Whoever
//! does it reads again what it is about, and drops the entry in the transaction that does it, so
//! that nothing is lost by a crash and nothing done twice. The entries are here; what each means is
//! done in the file of its noun.

use jiff::{SignedDuration, Timestamp};
use vigie_domain::{
    account::{
        Account, address::FORMER_KEPT, binding::WaitingRecovery, departure::over_at,
        invitation::Invitation,
    },
    consultation::{Consultation, fact::Fact},
    directory::agent::AgentName,
    event::AccountMailKind,
    id::{AccountId, ConsultationId, EntityId, RequestId, digest},
    retention::consultation_until,
};

use crate::{
    Item, Page, Result, Store, StoreError,
    table::{
        item,
        keys::{self, ItemKind, Key, WorkKind},
        snapshot::{Snapshot, marked},
        transaction::{Expression, Transaction},
    },
};

/// Partitions that open work is spread over: deadlines fall on the same hour.
pub const SHARDS: u64 = 4;

/// Time after a deadline at which its consultation is closed: deposits of the last second arrive.
const GRACE: SignedDuration = SignedDuration::from_secs(30);

/// When an erased account is looked at again: no worker that knew it is at work any more.
pub(crate) const SECOND_LOOK: SignedDuration = SignedDuration::from_mins(15);

/// Marks the entry of a deadline that passed while it was in force, and was taken out of it before
/// a sweep came by.
pub(crate) const PASSED: &str = "passed";

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// The deadline of a consultation has passed.
    Closing(Closing),
    /// An account was erased: what it has elsewhere goes too.
    Purge(Purge),
    /// An account's deferred alerts are to be told.
    Daily(Daily),
    /// An administrator is to be told whom mails do not reach.
    Unreached(Unreached),
    /// A consultation may have been over for long enough.
    Retention(Retention),
    /// A request may still wait on the working day before its answer is wanted.
    Reminder(Reminder),
    /// Nobody may have accepted an invitation in time.
    Unaccepted(Unaccepted),
    /// A recovery was not stopped in time.
    Recovery(OfAccount),
    /// Former addresses of an account were kept for long enough.
    FormerEmail(OfAccount),
    /// A mail about an account was held back, and may go now.
    HeldMail(HeldMail),
    /// The last day of an agent may be over.
    Agent(DueAgent),
    /// Invitations that waited for their turn go on.
    Invitations(DueInvitations),
    /// The last day of an account's agent may be over.
    Leaving(Leaving),
    /// An account may not have worked for long enough.
    Inactive(Inactive),
    /// Written by a newer version and left for it. Holds the entry's sort key.
    Unknown(String),
}

impl Work {
    /// Its name in logs: what it is and what it is about, no personal data.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Closing(closing) => &closing.entry.sk,
            Self::Purge(purge) => &purge.entry.sk,
            Self::Daily(daily) => &daily.entry.key.sk,
            Self::Unreached(unreached) => &unreached.entry.key.sk,
            Self::Retention(retention) => &retention.entry.sk,
            Self::Reminder(reminder) => &reminder.entry.sk,
            Self::Unaccepted(unaccepted) => &unaccepted.entry.sk,
            Self::Recovery(of) | Self::FormerEmail(of) => &of.entry.sk,
            Self::HeldMail(held) => &held.entry.key.sk,
            Self::Agent(agent) => &agent.entry.key.sk,
            Self::Invitations(invitations) => &invitations.entry.key.sk,
            Self::Leaving(leaving) => &leaving.entry.sk,
            Self::Inactive(inactive) => &inactive.entry.sk,
            Self::Unknown(sk) => sk,
        }
    }
}

/// A consultation whose deadline has passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    pub(crate) consultation: ConsultationId,
    pub(crate) deadline: Timestamp,
    /// It passed while it was in force, whatever was saved since.
    pub(crate) passed: bool,
    pub(crate) entry: Key,
}

/// An account that was erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purge {
    pub(crate) account: AccountId,
    pub(crate) entry: Key,
}

/// An account for which alerts are held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Daily {
    /// The account.
    pub account: AccountId,
    /// The entry, which is dropped once the mailer was told, unless something was held since.
    pub entry: Snapshot,
}

/// A mail about an account that was held back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldMail {
    /// The account.
    pub account: AccountId,
    /// The kind of mail.
    pub mail: AccountMailKind,
    /// The request that it is about.
    pub request: RequestId,
    /// One more each time that it was asked for again.
    pub attempt: u32,
    /// The entry, which is dropped once the mailer was told, unless it was held back again since.
    pub entry: Snapshot,
}

impl HeldMail {
    /// Names the event that tells the mailer of it, the same each time.
    #[must_use]
    pub fn event_id(&self) -> String {
        digest(&["held mail", &self.entry.key.sk])
    }
}

/// An administrator for whom agents are collected whom mails do not reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreached {
    /// The administrator.
    pub administrator: AccountId,
    /// Names this piece of work, the same each time that the mailer is told of it.
    pub request: RequestId,
    /// The entry, which is dropped once the mailer was told, unless somebody was collected since.
    pub entry: Snapshot,
}

/// An agent whose last day is over, unless the portal said otherwise since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueAgent {
    /// The agent.
    pub name: AgentName,
    /// The entry, which is dropped once the directory was told.
    pub entry: Snapshot,
}

impl DueAgent {
    /// Names the event that tells the directory of it, the same each time.
    #[must_use]
    pub fn event_id(&self) -> String {
        digest(&["due agent", &self.entry.key.sk])
    }
}

/// Invitations of an entity's declared agents that go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueInvitations {
    /// The entity.
    pub entity: EntityId,
    /// The step that is due.
    pub step: u64,
    /// The entry, which is dropped once the directory was told.
    pub entry: Snapshot,
}

impl DueInvitations {
    /// Names the event that tells the directory of it, the same each time.
    #[must_use]
    pub fn event_id(&self) -> String {
        digest(&["due invitations", &self.entry.key.sk])
    }
}

/// An account whose agent's last day may be over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving {
    pub(crate) account: AccountId,
    pub(crate) entry: Key,
}

/// An account that may not have worked since then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inactive {
    pub(crate) account: AccountId,
    pub(crate) since: Timestamp,
    pub(crate) entry: Key,
}

/// A consultation to delete, if it has been over since then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    pub(crate) consultation: ConsultationId,
    pub(crate) over_since: Timestamp,
    pub(crate) entry: Key,
}

/// A request to remind of, by the kind and key of its fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder {
    pub(crate) consultation: ConsultationId,
    pub(crate) kind: String,
    pub(crate) key: String,
    pub(crate) entry: Key,
}

/// An invitation whose time is over unless it was accepted, or another one followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unaccepted {
    pub(crate) account: AccountId,
    pub(crate) request: RequestId,
    pub(crate) entry: Key,
}

/// A request that was made of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfAccount {
    pub(crate) account: AccountId,
    pub(crate) request: RequestId,
    pub(crate) entry: Key,
}

/// The entries that a saved consultation needs: it will be closed, it is over and will be deleted.
/// `before` is the revision that it replaces.
pub(crate) fn entries_of(
    consultation: &Consultation,
    before: Option<&Consultation>,
    now: Timestamp,
) -> impl Iterator<Item = Key> {
    let closing = consultation
        .closes_at(before)
        .map(|deadline| closing(consultation, deadline));
    closing.into_iter().chain(retention_of(consultation, now))
}

/// The entry of a deadline that has passed by `now` and that the next revision takes out of force;
/// it may have been closed already.
pub(crate) fn passed_of(before: &Consultation, next: &Consultation, now: Timestamp) -> Option<Key> {
    let deadline = before
        .deadline()
        .filter(|deadline| closing_due(*deadline) <= now)?;
    (before.closed_by(deadline) && !next.closed_by(deadline)).then(|| closing(before, deadline))
}

/// When a deadline is closed; a portal may write one at the end of time.
fn closing_due(deadline: Timestamp) -> Timestamp {
    deadline.checked_add(GRACE).unwrap_or(Timestamp::MAX)
}

fn closing(consultation: &Consultation, deadline: Timestamp) -> Key {
    keys::closing(
        shard(consultation.id.as_str()),
        closing_due(deadline),
        &consultation.id,
        deadline,
    )
}

/// The entry that a saved consultation needs, if it is over. Each revision that says so leaves one;
/// the first of the row is the one that deletes, and the others find nothing.
fn retention_of(consultation: &Consultation, now: Timestamp) -> Option<Key> {
    consultation
        .is_over()
        .then(|| retention(&consultation.id, now))
}

/// The entry that a fact needs whose consultation is not there (yet): if it never comes, what waits
/// for it goes as if it had been over.
pub(crate) fn retention(id: &ConsultationId, now: Timestamp) -> Key {
    keys::retention(shard(id.as_str()), consultation_until(now), id, now)
}

/// The entry that a request needs which is to be reminded of; none if it came later than that.
pub(crate) fn reminder_of(id: &ConsultationId, fact: &Fact, now: Timestamp) -> Option<Key> {
    let (_, due) = fact.reminder()?;
    let entry = || keys::reminder(shard(id.as_str()), due, id, fact.kind(), &fact.key());
    (due > now).then(entry)
}

/// The entry that an invitation needs as long as it waits. Made from what the account holds, so
/// that whoever ends it finds the entry.
pub(crate) fn invitation_of(account: &AccountId, invitation: &Invitation) -> Key {
    keys::invitation(
        shard(account.as_str()),
        invitation.account_kept_until(),
        account,
        &invitation.request_id,
    )
}

/// The entry that a recovery needs as long as it waits.
pub(crate) fn recovery_of(account: &AccountId, waiting: &WaitingRecovery) -> Key {
    let shard = shard(account.as_str());
    keys::recovery(shard, waiting.due, account, &waiting.request_id)
}

/// The entry that a confirmed address needs as long as the one that it replaced is kept.
pub(crate) fn former_email_of(account: &AccountId, request: &RequestId, at: Timestamp) -> Key {
    keys::former_email(shard(account.as_str()), at + FORMER_KEPT, account, request)
}

/// The entries that a changed account needs: its agent's last day will be over, it does not work
/// any more. Of who is declared, the last day is the portal's.
pub(crate) fn departure_of(before: Option<&Account>, after: &Account) -> Vec<Key> {
    let (id, mut entries) = (&after.id, Vec::new());
    let changed = before.is_none_or(|before| before.leaves_on != after.leaves_on);
    if let Some(day) = after.leaves_on
        && changed
        && after.active
        && after.declared.is_none()
    {
        entries.push(keys::leaving(shard(id.as_str()), over_at(day), id));
    }
    let since = |of: &Account| Some(of.deactivated.as_ref()?.since);
    if let Some(now) = since(after)
        && before.and_then(since) != Some(now)
    {
        entries.push(inactive_of(id, now, now));
    }
    entries
}

/// The entries that an account still has of those, to go with it.
pub(crate) fn departure_left(account: &Account) -> impl Iterator<Item = Key> {
    let id = &account.id;
    let last = account
        .leaves_on
        .map(|day| keys::leaving(shard(id.as_str()), over_at(day), id));
    let stopped = account.deactivated.as_ref();
    let stopped = stopped.map(|of| inactive_of(id, of.since, of.due()));
    last.into_iter().chain(stopped)
}

/// The entry of an account that has not worked since then, to look at it at a time.
pub(crate) fn inactive_of(id: &AccountId, since: Timestamp, due: Timestamp) -> Key {
    keys::inactive(shard(id.as_str()), due, id, since)
}

/// The entries that an erased account needs: one for now, one for what was being written then or
/// what the index did not show yet.
pub(crate) fn purges_of(account: &AccountId, now: Timestamp) -> [Key; 2] {
    [now, now + SECOND_LOOK].map(|due| keys::purge(shard(account.as_str()), due, account))
}

/// The entry of an account for which alerts are held, anew each time.
pub(crate) fn daily_of(account: &AccountId, due: Timestamp) -> Item {
    marked(keys::daily(shard(account.as_str()), due, account).attributes())
}

/// The entry of an administrator for whom agents are collected, anew each time.
pub(crate) fn unreached_of(administrator: &AccountId, due: Timestamp) -> Item {
    marked(keys::unreached_due(shard(administrator.as_str()), due, administrator).attributes())
}

/// The entry of an agent whose last day is over then, anew each time.
pub(crate) fn agent_of(name: &AgentName, due: Timestamp) -> Item {
    marked(keys::agent_due(shard(name.as_str()), due, name).attributes())
}

/// The entry of an entity's invitations that go on then.
pub(crate) fn invitations_of(entity: &EntityId, step: u64, due: Timestamp) -> Item {
    let shard = shard(entity.as_str());
    marked(keys::invitations_due(shard, due, entity, step).attributes())
}

pub(crate) fn shard(id: &str) -> u64 {
    digest(&[id]).bytes().next().map_or(0, u64::from) % SHARDS
}

impl Store {
    /// A page of what is due in a shard, oldest first.
    pub async fn work_list(
        &self,
        shard: u64,
        now: Timestamp,
        after: Option<String>,
    ) -> Result<Page<Work>> {
        let page = self
            .query_until(keys::open_pk(shard), keys::due_until(now), after, 100)
            .await?;
        Ok(Page {
            items: page.items.iter().map(work).collect(),
            next: page.next,
        })
    }

    /// Has a mail about an account tried again at a time.
    pub async fn work_open_mail(
        &self,
        account: &AccountId,
        mail: &str,
        request: &RequestId,
        attempt: u32,
        due: Timestamp,
    ) -> Result<()> {
        let key = keys::account_mail(
            shard(account.as_str()),
            due,
            account,
            &format!("{mail}.{request}.{attempt}"),
        );
        self.put_item(marked(key.attributes())).await
    }

    /// Opens the work of telling what is held for an account at a time.
    pub async fn work_open_daily(&self, account: &AccountId, due: Timestamp) -> Result<()> {
        let mut writes = Transaction::new();
        writes.put((), self, daily_of(account, due), Expression::default())?;
        self.transact(writes).await.map_err(StoreError::from)
    }
}

fn work(entry: &Item) -> Work {
    let key = item::key(entry);
    known(&key, entry).unwrap_or(Work::Unknown(key.sk))
}

fn of_account(account: &str, request: &str, entry: Key) -> Option<OfAccount> {
    Some(OfAccount {
        account: AccountId::parse(account).ok()?,
        request: RequestId::parse(request).ok()?,
        entry,
    })
}

fn known(key: &Key, found: &Item) -> Option<Work> {
    let ItemKind::Work(_, kind) = keys::parse(&key.pk, &key.sk) else {
        return None;
    };
    let entry = key.clone();
    Some(match kind {
        WorkKind::Closing(consultation, deadline) => Work::Closing(Closing {
            consultation: ConsultationId::parse(consultation).ok()?,
            deadline: deadline.parse().ok()?,
            passed: found.contains_key(PASSED),
            entry,
        }),
        WorkKind::Daily(account) => Work::Daily(Daily {
            account: AccountId::parse(account).ok()?,
            entry: Snapshot::of(found),
        }),
        WorkKind::Agent(name) => Work::Agent(DueAgent {
            name: AgentName::parse(name).ok()?,
            entry: Snapshot::of(found),
        }),
        WorkKind::Invitations(entity, step) => Work::Invitations(DueInvitations {
            entity: EntityId::parse(entity).ok()?,
            step: step.parse().ok()?,
            entry: Snapshot::of(found),
        }),
        WorkKind::Unreached(account) => {
            let (administrator, request) = (
                AccountId::parse(account).ok()?,
                RequestId::parse(&digest(&["unreached", &key.sk])).ok()?,
            );
            Work::Unreached(Unreached {
                administrator,
                request,
                entry: Snapshot::of(found),
            })
        }
        WorkKind::Leaving(account) => Work::Leaving(Leaving {
            account: AccountId::parse(account).ok()?,
            entry,
        }),
        WorkKind::Inactive(account, since) => Work::Inactive(Inactive {
            account: AccountId::parse(account).ok()?,
            since: since.parse().ok()?,
            entry,
        }),
        WorkKind::Retention(consultation, since) => {
            let consultation = ConsultationId::parse(consultation).ok()?;
            Work::Retention(Retention {
                consultation,
                over_since: since.parse().ok()?,
                entry,
            })
        }
        WorkKind::Reminder(consultation, kind, key) => Work::Reminder(Reminder {
            consultation: ConsultationId::parse(consultation).ok()?,
            kind: kind.to_owned(),
            key: key.to_owned(),
            entry,
        }),
        WorkKind::Invitation(account, request) => {
            let account = AccountId::parse(account).ok()?;
            Work::Unaccepted(Unaccepted {
                account,
                request: RequestId::parse(request).ok()?,
                entry,
            })
        }
        WorkKind::Recovery(account, request) => {
            Work::Recovery(of_account(account, request, entry)?)
        }
        WorkKind::FormerEmail(account, request) => {
            Work::FormerEmail(of_account(account, request, entry)?)
        }
        WorkKind::AccountMail(account, mail) => {
            let (mail, request) = mail.split_once('.')?;
            let (request, attempt) = request.rsplit_once('.')?;
            let (account, request) = (
                AccountId::parse(account).ok()?,
                RequestId::parse(request).ok()?,
            );
            Work::HeldMail(HeldMail {
                account,
                mail: AccountMailKind::parse(mail)?,
                request,
                attempt: attempt.parse().ok()?,
                entry: Snapshot::of(found),
            })
        }
        WorkKind::Purge(account) => Work::Purge(Purge {
            account: AccountId::parse(account).ok()?,
            entry,
        }),
    })
}
